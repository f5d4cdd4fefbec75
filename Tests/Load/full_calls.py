#!/usr/bin/env python3
"""Many whole calls on one core: callers on the web phone's socket, recogniser, model and voice behind the vendors' plugins and protocols.

    Tests/Load/full_calls.py BIN_DIR            writes .build/reports/full-calls.json
    Tests/Load/full_calls.py BIN_DIR --smoke    a few calls for a few seconds, shown and not judged

The host is pinned to the last core. `Lab` is its callers and its vendors, one native program on the other cores. It measures from a byte
that it sends, by one clock: to the byte that follows from it outside, so that a figure holds the host whole: socket, plugin, ABI, engine, and
the plugin on the way out; and to where it passes the ABI, by taps, plugins in front of the plugins that change nothing of what passes. What
comes is timed by the kernel as it comes, not as the lab finds the time to read it. A row is void where the lab itself was late. A single event is
left out where a core did not run at all, as a thread knows that nothing goes before: that is the machine, which others share.
"""
import argparse
import array
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time
import wave

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "Speech"))
import voices  # noqa: E402
from host import Host  # noqa: E402
from rows import report, row, settle  # noqa: E402

QUESTION = "please tell me about your weekend opening hours"
#: Of the single events so many may be left out, because a core stood still meanwhile, before nothing of them is believed.
LEFT_OUT = 0.1
#: The caller's own lateness beyond which nothing is believed, p99; and what the design promises.
LATE_MS, ADDED_MS, EVENT_MS, CLAUSE_MS, SOUND_MS, CALL_MB = 5, 200, 1, 5, 2, 1
CORES = sorted(os.sched_getaffinity(0))
LAB = pathlib.Path(".build/lab").absolute()


def speech(folder: pathlib.Path) -> pathlib.Path:
    """The question as raw samples that end with its last sound: a pause at the end would be taken for the caller's."""
    with wave.open(str(voices.Synthetic("slt").say(QUESTION, 16_000))) as sound:
        samples = array.array("h", sound.readframes(sound.getnframes()))
    loud = [i for i, sample in enumerate(samples) if abs(sample) > 400]
    path = folder / "question.raw"
    path.write_bytes(samples[max(loud[0] - 80, 0):loud[-1] + 80].tobytes())
    return path


class LabHost(Host):
    """A host on one core whose providers are the lab's."""

    def __init__(self, binaries: str, folder: pathlib.Path, ports: dict, calls: int, isolation: str, is_tapped: bool):
        config = folder / "config"
        (config / "agents").mkdir(parents=True)
        (config / "tenant.yaml").write_text(json.dumps({
            "id": "lab", "name": "Lab", "numbers": {"*": "desk"}, "chains": {"stt": "ears", "llm": "mind", "tts": "voice"}}))
        # What the figures are compared with: a turn is over 300 ms after the speech, and no answer is begun before.
        (config / "agents/desk.yaml").write_text(json.dumps({
            "name": "Desk", "instructions": "You answer calls.", "vocabulary": False, "silence": {"afterMs": 60_000}, "fillers": {"afterMs": 20_000},
            "turnTaking": {"endpointing": {"mode": "fixed", "minDelayMs": 300, "maxDelayMs": 300}, "interruption": {"minDurationMs": 200},
                           "preemptiveGeneration": False}}))
        super().__init__(binaries, str(config))
        self.ports, self.most, self.isolation, self.is_tapped = ports, calls + 10, isolation, is_tapped

    def plugins(self) -> dict:
        key = self.state / "key"
        key.write_text("lab-key")
        key.chmod(0o600)

        def tapped(plugin: str) -> str:
            return str(LAB / f"libTapped{plugin}.so") if self.is_tapped else f"lib{plugin}.so"

        def vendor(library: str, role: str) -> dict:
            return {"library": library, "isolation": self.isolation, "secrets": {"api_key": f"file:{key}"},
                    "settings": {"base_url": f"http://127.0.0.1:{self.ports[role]}"}}

        return {"ears": vendor(tapped("Deepgram"), "stt"), "mind": vendor("libClaude.so", "llm"), "voice": vendor("libDeepgram.so", "tts"),
                "webphone": {"library": tapped("WebPhone"), "isolation": self.isolation, "settings": {"max_calls": self.most},
                             "public_routes": ["/phone", "/phone/socket"]}}

    def __enter__(self):
        os.sched_setaffinity(0, {CORES[-1]})
        try:
            return super().__enter__()
        finally:
            os.sched_setaffinity(0, CORES)

    def _follow(self):
        """Nobody reads the facts: it would cost the host's core."""

    @property
    def port(self) -> str:
        return re.search(r"http://[^/]*:(\d+)/phone", self.said())[1]

    def processes(self) -> list[pathlib.Path]:
        """The host's and its workers'."""
        found = [self.process.pid]
        for pid in found:
            for tasks in pathlib.Path(f"/proc/{pid}/task").glob("*/children"):
                found += [int(child) for child in tasks.read_text().split()]
        return [pathlib.Path(f"/proc/{pid}") for pid in found]

    def megabytes(self) -> float:
        """Resident memory; of what processes share, each its part."""
        return sum(int(re.search(r"^Pss:\s+(\d+)", (process / "smaps_rollup").read_text(), re.M)[1]) for process in self.processes()) / 1024

    def cpu_seconds(self) -> float:
        fields = [(process / "stat").read_text().rpartition(")")[2].split() for process in self.processes()]
        return sum(int(one[11]) + int(one[12]) for one in fields) / os.sysconf("SC_CLK_TCK")


def run(binaries: str, calls: int, seconds: int, isolation: str = "in-process", is_tapped: bool = False) -> dict:
    """What the lab found, with the host's memory and CPU."""
    with tempfile.TemporaryDirectory(prefix="patchbay-lab-") as temporary:
        folder = pathlib.Path(temporary)
        command = [LAB / "lab", "--calls", str(calls), "--seconds", str(seconds), "--speech", speech(folder)]
        for core in {CORES[0], CORES[-1]}:
            command += ["--core", str(core)]
        if len(CORES) > 1:
            command[:0] = ["taskset", "-c", ",".join(map(str, CORES[:-1]))]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as lab:
            with LabHost(binaries, folder, json.loads(lab.stdout.readline()), calls, isolation, is_tapped) as host:
                idle = host.megabytes()
                lab.stdin.write(f"{host.port}\n")
                lab.stdin.flush()
                if not lab.stdout.readline():
                    raise RuntimeError(f"the calls were not answered:\n{host.said()[-2000:]}")
                cpu = host.cpu_seconds()
                # The lab hangs up with its last word: what the calls hold is read shortly before.
                time.sleep(seconds - 1)
                share = (host.cpu_seconds() - cpu) / (seconds - 1)
                found = {"memory_mb": (host.megabytes() - idle) / calls, "core": share * 100, "cpu_s": share * 60 / calls}
                found |= json.loads(lab.stdout.readline())
            lab.stdin.close()
    found["late"] = max(found["caller_late"]["p99"], found["vendor_late"]["p99"])
    found["said"] = f"the lab's own lateness p99 {found['late']:.2f} ms"
    return found


def whole(found: dict, name: str) -> list[dict]:
    """The rows of one run."""
    void = found["late"] > LATE_MS
    lost = found["hung_up"] + found["unanswered"]
    return [
        row(f"added to a turn, {name}, p50", found["added"]["p50"], "ms", void=void),
        row(f"added to a turn, {name}, p95", found["added"]["p95"], "ms", ADDED_MS, f"{found['turns']} turns; {found['said']}", void),
        row(f"turns unanswered and calls lost, {name}", lost, "", 0, f"{found['crossed']} guesses on another's screen", void),
        row(f"playouts that ran dry, {name}", found["dried_up"], "", note="between two frames of an answer", void=void),
        row(f"CPU per call-minute, {name}", found["cpu_s"], "s", note=f"{found['core']:.0f} % of the core"),
        row(f"memory per call, {name}", found["memory_mb"], "MB", CALL_MB, "over the idle host and its workers"),
        row(f"connections opened to vendors meanwhile, {name}", sum(found["opened"].values()), "", note=str(found["opened"])),
    ]


def overhead(found: dict, name: str) -> list[dict]:
    """What the host and a plugin add to single events: what is promised, and the way to the caller that it is a part of."""
    kinds = [("vendor's guess to the plugin's event", "guess_to_event", EVENT_MS),
             ("whole clause to the voice's request", "clause_to_request", CLAUSE_MS),
             ("voice's first byte to the end of playout", "sound_to_playout", SOUND_MS),
             ("vendor's guess to the caller's screen", "guess_to_screen", None),
             ("voice's first byte to the caller's line", "sound_to_line", None)]
    seen = sum(found[key]["count"] for _, key, _ in kinds)
    void = found["late"] > LATE_MS or found["stood_still"] > LEFT_OUT * (seen + found["stood_still"])
    rows = []
    for kind, key, limit in kinds:
        values = found[key]
        if values["count"] + found["stood_still"] < found["turns"] / 2:
            raise RuntimeError(f"{kind}: {values['count']} were seen in {found['turns']} turns")
        rows.append(row(f"{kind}, {name}, p99", values["p99"], "ms", limit,
                        f"p50 {values['p50']:.2f}, most {values['max']:.1f} ms of {values['count']}; {found['said']}", void))
    # What is left out is shown once, beside the share of the time that it comes from.
    rows[0]["note"] += f"; a core stood still for {found['stood_still_share'] * 100:.2f} % of the time, {found['stood_still']} of {seen} left out"
    return rows


def main() -> int:
    options = argparse.ArgumentParser()
    options.add_argument("binaries")
    options.add_argument("--smoke", action="store_true")
    options.add_argument("--seconds", type=int, default=60)
    options.add_argument("--only", default="", help="runs whose name begins so: overhead, many, workers")
    options = options.parse_args()
    subprocess.run(["make", "-s", "-C", "Tests/Load/Lab", f"OUT={LAB}", f"BIN={pathlib.Path(options.binaries).absolute()}"], check=True)
    few, many, seconds = (5, 10, 8) if options.smoke else (100, 250, options.seconds)
    runs = 1 if options.smoke else 3

    def loaded() -> list[dict]:
        found = run(options.binaries, few, seconds, is_tapped=True)
        return overhead(found, f"{few} calls") + whole(found, f"{few} calls")

    parts = {"overhead": loaded,
             "many": lambda: whole(run(options.binaries, many, seconds), f"{many} calls"),
             "workers": lambda: whole(run(options.binaries, few, seconds, "worker"), f"{few} calls, all providers in workers")}
    rows = [row for name, part in parts.items() if name.startswith(options.only) for row in settle(part, runs)]
    # A figure of a short run on a shared machine is shown, not judged.
    return report(rows, "full-calls", judge=not options.smoke)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except voices.Missing as missing:
        sys.exit(f"full-calls: {missing}")
