#!/usr/bin/env python3
"""A hundred hot swaps of a voice under fifty live calls: no call is dropped, and memory comes back.

    Tests/Load/hot_swap.py BIN_DIR [--swaps N] [--calls N] [--isolation worker]        writes .build/reports/hot-swap.json
"""
import argparse
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import time
import wave

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "Speech"))
from host import Host  # noqa: E402

REPORT = pathlib.Path(".build/reports/hot-swap.json")


class EchoHost(Host):
    """A host on echo providers: what is measured is the host and not a recogniser."""

    def __init__(self, binaries: str, folder: pathlib.Path, isolation: str):
        config = folder / "config"
        (config / "agents").mkdir(parents=True)
        (config / "tenant.yaml").write_text(json.dumps(
            {"id": "swap", "name": "Swap", "numbers": {"*": "agent"}, "chains": {"stt": "ears", "llm": "ears", "tts": "voice"}}))
        (config / "agents/agent.yaml").write_text(json.dumps(
            {"name": "Agent", "greeting": "hello there", "vocabulary": False}))
        super().__init__(binaries, str(config))
        self.isolation = isolation

    def plugins(self) -> dict:
        settings = {"hears": ["hello there"], "silence_ms": 200}
        return {"ears": {"library": "libEcho.so", "settings": settings},
                "voice": {"library": "libEcho.so", "settings": settings, "isolation": self.isolation},
                "wavphone": {"library": "libWavPhone.so", "settings": {"control": True}}}

    def memory(self) -> int:
        """Resident kilobytes of the host."""
        return int(re.search(r"VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{self.process.pid}/status").read_text())[1])

    def metric(self, name: str) -> float:
        connection = self._connect()
        connection.request("GET", "/metrics")
        text = connection.getresponse().read().decode()
        connection.close()
        return sum(float(line.split()[-1]) for line in text.splitlines() if line.startswith(name))


def main() -> int:
    options = argparse.ArgumentParser()
    options.add_argument("binaries")
    options.add_argument("--swaps", type=int, default=100)
    options.add_argument("--calls", type=int, default=50)
    options.add_argument("--isolation", default="in-process", choices=["in-process", "worker"])
    options = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="patchbay-swap-") as temporary:
        folder = pathlib.Path(temporary)
        turn = folder / "turn.wav"
        with wave.open(str(turn), "wb") as sound:
            sound.setparams((1, 2, 16000, 0, "NONE", ""))
            sound.writeframes(b"".join(int(9000 * ((i % 107) - 53) / 53).to_bytes(2, "little", signed=True) for i in range(16000)))
        with EchoHost(options.binaries, folder, options.isolation) as host:
            for n in range(options.calls):
                host.post("/providers/wavphone/calls", {
                    "to": f"n{n}", "from": "1", "rate": 16000, "hold_open": True, "max_ms": 600000,
                    "turns": [{"file": str(turn)} for _ in range(60)]})
                time.sleep(0.02)
            time.sleep(3)
            before, ended = host.memory(), host.metric("patchbay_calls_ended_total")
            refused = 0
            for _ in range(options.swaps):
                try:
                    host.post("/v1/plugins/voice/reload", {})
                except Exception as error:  # What a swap was refused for is told at the end.
                    refused += 1
                    print(error, file=sys.stderr)
            live, dropped = host.metric("patchbay_calls "), host.metric("patchbay_calls_ended_total") - ended
            lateness = host.metric("patchbay_frame_lateness_p99_seconds") * 1000
            # New calls are served by the last generation.
            host.post("/providers/wavphone/calls", {"to": "last", "from": "1", "rate": 16000, "hold_open": True, "turns": [{"file": str(turn)}]})
            time.sleep(2)
            after = host.memory()
            served = "last" in host._calls and any(fact["kind"] == "agentSaid" for fact in list(host._calls["last"].queue))
            log = host.said()
    rows = [
        {"name": "swaps refused", "value": refused, "unit": f"of {options.swaps}", "limit": 0},
        {"name": "calls dropped", "value": dropped, "unit": f"of {options.calls}", "limit": 0},
        {"name": "calls live at the end", "value": live, "unit": ""},
        {"name": "lateness of a frame, p99", "value": lateness, "unit": "ms"},
        {"name": "a call after the last swap was answered", "value": int(not served), "unit": "0 = yes", "limit": 0},
        {"name": "memory, after against before", "value": round((after - before) / 1024, 1), "unit": "MB"},
    ]
    for row in rows:
        row["holds"] = "limit" not in row or row["value"] <= row["limit"]
        print(f"{row['name']:<42} {row['value']:>10} {row['unit']:<8}{'' if row['holds'] else '  FAILED'}")
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    REPORT.write_text(json.dumps({"rows": rows, "isolation": options.isolation}, indent=1) + "\n")
    if not all(row["holds"] for row in rows):
        print(log[-3000:], file=sys.stderr)
    return 0 if all(row["holds"] for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
