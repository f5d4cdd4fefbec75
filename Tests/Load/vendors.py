#!/usr/bin/env python3
"""Whole calls on the vendors' plugins against their emulators, at the stage times of a real day; what callers wait, ear to ear.

    Tests/Load/vendors.py BIN_DIR [--calls 8] [--turns 63] [--smoke]     writes .build/reports/vendors.json

Recognition 300 ms after the speech, first token after 350 ms, first sound after 150 ms, as one second of a real day. The wait is read
from the two recordings of each call: the end of the caller's last word, the beginning of the agent's first.
"""
import argparse
import json
import math
import pathlib
import statistics
import subprocess
import sys
import time
import urllib.request

root = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(root / "Tests/Faults"), str(root / "Tests/Speech")]
import wordcode  # noqa: E402
from faulty import FaultyHost  # noqa: E402
from rows import report, row  # noqa: E402

STAGES = {"deepgram": {"final_ms": 200}, "claude": {"first_byte_ms": 350, "token_ms": 10},
          "chatterbox": {"first_byte_ms": 150, "real_time_factor": 0.1}}
QUESTION = ["q1", "q2", "q3", "q4"]
#: What the issue asks of the mean, and of nine waits in ten.
MEAN_MS, MOST_MS = 1000, 1500
#: A connection on which something is asked sooner was opened for it.
AHEAD_MS = 50


class Emulator:
    """One vendor on loopback; it ends when its standard input closes."""

    def __init__(self, provider: str, timing: dict):
        self.process = subprocess.Popen([root / "Tests/Emulators/emulate", "--provider", provider], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        said = json.loads(self.process.stdout.readline())
        self.url, self.key, self._control = said["url"], said["key"], said["control"]
        self.ask("POST", "/_control", {"timing": timing})

    def ask(self, method: str, path: str, body: dict | None = None) -> dict:
        request = urllib.request.Request(self._control + path, method=method, data=None if body is None else json.dumps(body).encode())
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.loads(answer.read())

    def log(self, kind: str) -> list[dict]:
        return [event for event in self.ask("GET", "/_log")["events"] if event["kind"] == kind]

    def stop(self):
        self.process.stdin.close()
        self.process.wait(10)


class VendorHost(FaultyHost):
    def __init__(self, binaries: str, emulators: dict[str, Emulator]):
        super().__init__(binaries, "", [])
        self.emulators = emulators
        wordcode.write(self.question, wordcode.sound(QUESTION))

    def _configure(self):
        plugins = self.state / "plugins.d"
        plugins.mkdir()
        # The vendor waits for 100 ms of silence, and has its final 200 ms later.
        more = {"deepgram": {"endpointing_ms": 100}, "chatterbox": {"dialect": "devnen-tts", "stream_mode": "chunked-wav", "auth_scheme": "none"}}
        for name, emulator in self.emulators.items():
            key = self.state / f"{name}.key"
            key.write_text(emulator.key)
            key.chmod(0o600)
            library = {"deepgram": "Deepgram", "claude": "Claude", "chatterbox": "Chatterbox"}[name]
            file = {"library": f"lib{library}.so", "settings": {"base_url": emulator.url, **more.get(name, {})}}
            if name != "chatterbox":
                file["secrets"] = {"api_key": f"file:{key}"}
            (plugins / f"{name}.yaml").write_text(json.dumps(file))
        (plugins / "wavphone.yaml").write_text(json.dumps({"library": "libWavPhone.so", "settings": {"control": True}}))
        (self.config / "agents").mkdir(parents=True)
        (self.config / "tenant.yaml").write_text(json.dumps({
            "id": "vendors", "name": "Vendors", "numbers": {"*": "desk"},
            "chains": {"stt": "deepgram", "llm": "claude", "tts": "chatterbox"}}))
        (self.config / "agents/desk.yaml").write_text(json.dumps({
            "name": "Desk", "instructions": "You answer calls.", "vocabulary": False, "silence": {"afterMs": 60_000},
            "turnTaking": {"endpointing": {"mode": "fixed", "minDelayMs": 300, "maxDelayMs": 3000}}}))
        return plugins


class Talk:
    """A call that asks the same question again and again."""

    def __init__(self, host: VendorHost, number: str, turns: int):
        self.host, self.facts = host, []
        self.heard, self.said = host.state / f"{number}.heard.wav", host.state / f"{number}.said.wav"
        script = {"to": number, "from": "+15550100199", "rate": wordcode.RATE, "codec": "pcm", "record": str(self.heard),
                  "record_said": str(self.said), "answer_after_ms": 1000, "hang_up_after_ms": 8000, "hold_open": False, "max_ms": 600_000,
                  "turns": [{"file": str(host.question), "wait": "none" if n == 0 else "agent_done", "after_ms": 1000} for n in range(turns)]}
        self.began = time.monotonic()
        self.reference = host.post("/providers/wavphone/calls", script)["call"]

    def finish(self, deadline: float):
        while not (self.facts and self.facts[-1]["kind"] == "callEnded") and time.monotonic() < deadline:
            try:
                self.facts.append(self.host._calls[self.reference].get(timeout=1))
            except Exception:  # Nothing came for a second.
                pass

    def waits(self) -> list[float]:
        """From the end of each question to the beginning of its answer; infinite where none came."""
        said, heard = (wordcode.decode(*wordcode.read(path)) for path in (self.said, self.heard))
        asked = [word.end_ms for word in said if word.text == QUESTION[-1]]
        waits = []
        for n, end in enumerate(asked):
            until = asked[n + 1] if n + 1 < len(asked) else float("inf")
            waits.append(next((word.start_ms - end for word in heard if end < word.start_ms < until), float("inf")))
        return waits

    def shares(self) -> list[float]:
        return [entry["fact"]["waterfall"]["hostMs"] for entry in self.facts if entry["kind"] == "turnEnded"]


def opened_in_turns(emulators: dict[str, Emulator], since: float) -> tuple[int, str]:
    """Connections that a vendor got while calls were going on, which a turn then pays for: by the vendors' own logs.

    A connection that is opened ahead is none: it is opened by a request without an answer worth logging, and stands idle afterwards.
    """
    count, notes = 0, []
    for name in ("claude", "chatterbox"):
        log = emulators[name].ask("GET", "/_log")["events"]
        for event in log:
            if event["kind"] != "accepted" or event["t"] < since:
                continue
            first = next((one["t"] for one in log if one["kind"] == "request" and one["connection"] == event["connection"]), math.inf)
            if first - event["t"] < AHEAD_MS:
                count += 1
                notes.append(f"{name} {(event['t'] - since) / 1000:.1f} s")
    return count, "; ".join(notes[:4])


def main() -> int:
    options = argparse.ArgumentParser()
    options.add_argument("binaries")
    # A Chatterbox server speaks one text after the other, as its emulator does: more callers than these would wait for each other's sentences.
    options.add_argument("--calls", type=int, default=8)
    options.add_argument("--turns", type=int, default=63)
    options.add_argument("--smoke", action="store_true", help="a few turns, shown and not judged")
    options = options.parse_args()
    calls, turns = (2, 3) if options.smoke else (options.calls, options.turns)
    emulators = {name: Emulator(name, timing) for name, timing in STAGES.items()}
    try:
        with VendorHost(options.binaries, emulators) as host:
            # Before the first call the host says its fixed lines once; that is nobody's turn.
            began = time.monotonic() * 1000
            talks = []
            for n in range(calls):
                talks.append(Talk(host, f"talk{n}", turns))
                time.sleep(0.2)
            deadline = time.monotonic() + 60 + 12 * turns
            for talk in talks:
                talk.finish(deadline)
            waits = [wait for talk in talks for wait in talk.waits()]
            shares = sorted(share for talk in talks for share in talk.shares())
            log = host.said()
        opened, notes = opened_in_turns(emulators, began)
    finally:
        for emulator in emulators.values():
            emulator.stop()
    answered = sorted(wait for wait in waits if wait != math.inf)
    if not answered:
        print(f"No caller was answered. The host's log:\n{log}")
        return 1
    late = len(waits) - sum(wait < MOST_MS for wait in waits)
    missing = calls * turns - len(waits)
    rows = [
        row("mouth to ear, mean", statistics.fmean(answered), "ms", MEAN_MS, f"{len(answered)} turns of {calls} calls"),
        row("mouth to ear, p50", answered[len(answered) // 2], "ms"),
        row("mouth to ear, p95", answered[len(answered) * 95 // 100], "ms"),
        row(f"not answered within {MOST_MS} ms", late / len(waits) * 100, "%", 10),
        row("turns that were not asked", missing, "", 0, f"of {calls * turns}"),
        row("host's share of a turn, p99", shares[len(shares) * 99 // 100], "ms"),
        row("connections opened within a turn", opened, "", 0, notes or "by the vendors' own logs"),
    ]
    # A figure of a short run on a shared machine is shown, not judged.
    return report(rows, "vendors", judge=not options.smoke)


if __name__ == "__main__":
    sys.exit(main())
