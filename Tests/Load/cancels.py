#!/usr/bin/env python3
"""What a caller who interrupts costs: how soon the vendors' streams are closed, and what is still asked for afterwards; by their own logs.

    Tests/Load/cancels.py BIN_DIR [--calls 20] [--smoke]        writes .build/reports/cancels.json

The model and the voice are slow, so that both are in the middle of their work when the caller speaks over the agent. Measured from the
fact that the interruption is confirmed to the end of the stream in the log of the emulator: both clocks are CLOCK_MONOTONIC.
"""
import argparse
import json
import pathlib
import re
import sys
import time

import vendors
import wordcode
from rows import report, row

#: From the decision to the end of the stream.
CLOSED_MS = 100
QUESTION, OVER = ["q1", "q2", "q3", "q4"], ["q5", "q6", "q7", "q8", "q9"]
LONG = "w1 w2 w3 w4. w5 w6 w7 w8. w9 w10 w11 w12. w13 w14 w15 w16. w17 w18 w19 w20. w21 w22 w23 w24."
OLD_WORD = re.compile(r"\bw\d")
#: Both speak for longer than the caller listens.
SLOW = {"deepgram": {"final_ms": 200, "real_time_factor": 0.9}, "claude": {"first_byte_ms": 200, "token_ms": 150},
        "chatterbox": {"first_byte_ms": 100, "real_time_factor": 0.9}}
VOICES = ("chatterbox", "deepgram")
#: What each voice is asked for before the first call: the last resort and the question that asks back.
FIXED_LINES = 2


class InterruptedHost(vendors.VendorHost):
    """Every call is of one of two agents: a voice over HTTP, which ends with its request, and one over a socket, which is told to be silent."""

    def _configure(self):
        plugins = super()._configure()
        tenant = json.loads((self.config / "tenant.yaml").read_text())
        tenant["numbers"] = {f"{voice}{n}": voice for voice in VOICES for n in range(100)}
        (self.config / "tenant.yaml").write_text(json.dumps(tenant))
        desk = json.loads((self.config / "agents/desk.yaml").read_text())
        for voice in VOICES:
            (self.config / f"agents/{voice}.yaml").write_text(json.dumps(desk | {"chains": {"tts": voice}}))
        return plugins


class Interrupted(vendors.Talk):
    """A call that asks, and speaks over the answer."""

    def __init__(self, host: InterruptedHost, number: str, over: pathlib.Path):
        self.host, self.facts, self.number = host, [], number
        script = {"to": number, "from": "+15550100199", "rate": wordcode.RATE, "codec": "pcm", "answer_after_ms": 1000,
                  "hang_up_after_ms": 8000, "hold_open": False, "max_ms": 60_000,
                  "turns": [{"file": str(host.question), "wait": "none", "after_ms": 1000},
                            {"file": str(over), "wait": "agent_speaks", "after_ms": 700}]}
        self.began = time.monotonic()
        self.reference = host.post("/providers/wavphone/calls", script)["call"]

    def interrupted_ms(self) -> float | None:
        """When the host decided to give way, on the clock of the emulators."""
        return next((entry["mono"] / 1e6 for entry in self.facts if entry["kind"] == "interruption" and entry["fact"]["step"] == "confirmed"),
                    None)


def settle(emulators: dict[str, vendors.Emulator]):
    """Waits until the host has had its fixed lines said ahead, and slows the vendors down."""
    deadline = time.monotonic() + 30
    while not all(said(emulators[voice].ask("GET", "/_log")["events"]) >= FIXED_LINES for voice in VOICES):
        if time.monotonic() > deadline:
            raise RuntimeError("the host's fixed lines were not said within 30 s")
        time.sleep(0.1)
    for name, emulator in emulators.items():
        emulator.ask("POST", "/_control", {"timing": SLOW[name]})


def said(log: list[dict]) -> int:
    """How many texts a voice has said to their end."""
    return sum(event["kind"] == "finished" or event["kind"] == "frame" and event["direction"] == "out" and '"Flushed"' in event.get("text", "")
               for event in log)


def closings(log: list[dict], path: str, at: float) -> list[float]:
    """For each answer that was being sent at that time: how long it went on. An emulator serves one call at a time here."""
    open_streams: set[int] = set()
    closed = []
    for event in log:
        if event["kind"] == "request" and event["path"].startswith(path) and event["t"] <= at:
            open_streams.add(event["connection"])
        elif event["kind"] in ("finished", "aborted", "closed") and event["connection"] in open_streams:
            open_streams.discard(event["connection"])
            if event["t"] > at:
                closed.append(event["t"] - at)
    return closed + [float("inf")] * len(open_streams)


def silenced(log: list[dict], at: float) -> list[float]:
    """How long until each socket of the voice that had something to say was told to be silent."""
    asked = {event["connection"] for event in log if event["kind"] == "frame" and event["direction"] == "in" and event["t"] <= at
             and '"Speak"' in event.get("text", "")}
    return [next((event["t"] - at for event in log if event["connection"] == one and event["t"] > at and event["kind"] in ("frame", "closed")
                  and (event["kind"] == "closed" or '"Clear"' in event.get("text", ""))), float("inf")) for one in asked]


def outdated(log: list[dict], at: float) -> int:
    """What was asked for after the interruption that belongs to the answer it ended."""
    count = 0
    for event in log:
        if event["t"] <= at:
            continue
        if event["kind"] == "body" and isinstance(event.get("json"), dict):
            body = event["json"]
            if "messages" in body:
                said = json.dumps([one for one in body["messages"] if one["role"] == "user"][-1:])
                count += OVER[0] not in said.lower()
            else:
                count += bool(OLD_WORD.search(json.dumps(body)))
        elif event["kind"] == "frame" and event["direction"] == "in" and '"Speak"' in event.get("text", ""):
            count += bool(OLD_WORD.search(event["text"]))
    return count


def main() -> int:
    options = argparse.ArgumentParser()
    options.add_argument("binaries")
    options.add_argument("--calls", type=int, default=20)
    options.add_argument("--smoke", action="store_true", help="a call of each kind")
    options = options.parse_args()
    calls = 1 if options.smoke else options.calls
    emulators = {name: vendors.Emulator(name, {}) for name in SLOW}
    rules = [{"when": f"(?i){OVER[0]}", "say": "x1 x2 x3."}, {"when": f"(?i){QUESTION[0]}", "say": LONG}]
    emulators["claude"].ask("POST", "/_control", {"script": {"rules": rules}})
    model: list[float] = []
    voice: dict[str, list[float]] = {name: [] for name in VOICES}
    left = missed = 0
    try:
        with InterruptedHost(options.binaries, emulators) as host:
            over = host.state / "over.wav"
            wordcode.write(over, wordcode.sound(OVER))
            settle(emulators)
            for n in range(calls):
                for name in VOICES:
                    for emulator in emulators.values():
                        emulator.ask("DELETE", "/_log")
                    call = Interrupted(host, f"{name}{n}", over)
                    call.finish(time.monotonic() + 60)
                    if host.process.poll() is not None:
                        raise RuntimeError(f"the host ended with status {host.process.returncode}:\n{host.said()[-3000:]}")
                    at = call.interrupted_ms()
                    if at is None:
                        missed += 1
                        continue
                    logs = {one: emulator.ask("GET", "/_log")["events"] for one, emulator in emulators.items()}
                    model += closings(logs["claude"], "/v1/messages", at)
                    voice[name] += closings(logs["chatterbox"], "/tts", at) if name == "chatterbox" else silenced(logs["deepgram"], at)
                    left += sum(outdated(log, at) for log in logs.values())
            log = host.said()
    finally:
        for emulator in emulators.values():
            emulator.stop()
    rows = []
    for name, found in (("the model's stream", model), ("the voice's stream, over HTTP", voice["chatterbox"]),
                        ("the voice's stream, over a socket", voice["deepgram"])):
        if not found:
            print(f"No stream of this kind was under way when the caller spoke: {name}.\n{log}", file=sys.stderr)
            return 1
        # Infinity is no JSON: a stream that was never closed has lasted longer than any call.
        rows.append(row(f"barge-in to the end of {name}, most", min(max(found), 60_000), "ms", CLOSED_MS,
                        f"median {sorted(found)[len(found) // 2]:.1f} ms of {len(found)}"))
    rows += [row("asked for after a barge-in although nobody waits for it", left, "", 0, "requests and texts, by the vendors' logs"),
             row("barge-ins that were not taken", missed, "", 0, f"of {calls * len(VOICES)}")]
    return report(rows, "cancels", judge=not options.smoke)


if __name__ == "__main__":
    sys.exit(main())
