"""The real host as a process, its facts as they happen, and synthetic callers on its lines."""
import collections
import http.client
import json
import pathlib
import queue
import socket
import subprocess
import tempfile
import threading
import time


class Gone(Exception):
    """What was asked about is not there any more."""


class Host:
    """`patchbay serve` with a state folder and a plugins.d of its own; use it in a `with`."""

    def __init__(self, binaries: str, config: str = "deploy/demo"):
        self.binaries = pathlib.Path(binaries).absolute()
        self.config = pathlib.Path(config).absolute()
        self.folder = tempfile.TemporaryDirectory(prefix="patchbay-speech-")
        self.state = pathlib.Path(self.folder.name)
        self.diary = self.state / "appointments.jsonl"
        self._calls: dict[str, queue.Queue] = collections.defaultdict(queue.Queue)
        self._numbers: dict[str, str] = {}

    def plugins(self) -> dict:
        """What `plugins.d` holds, by the names of the providers."""
        hours = {day: "00:00-24:00" for day in ("mon", "tue", "wed", "thu", "fri")}
        # Room for everybody: a caller who was misheard must not take the time of another one.
        diary = {"file": str(self.diary), "hours": hours, "capacity": 1000}
        return {
            "flite": {"library": "libFlite.so", "settings": {"voice": "slt", "threads": 2}}, "script": {"library": "libScript.so"},
            "pocketsphinx": {"library": "libPocketSphinx.so"}, "wavphone": {"library": "libWavPhone.so", "settings": {"control": True}},
            "appointments": {"library": "libDiary.so", "settings": diary},
        }

    def __enter__(self):
        plugins = self.state / "plugins.d"
        plugins.mkdir()
        for name, file in self.plugins().items():
            # JSON is YAML.
            (plugins / f"{name}.yaml").write_text(json.dumps(file))
        self.log = open(self.state / "log", "w+")
        self.process = subprocess.Popen(
            [self.binaries / "patchbay", "serve", "--state", self.state / "state", "--config", self.config, "--plugins", plugins,
             "--libraries", self.binaries, "--weights", pathlib.Path(".build/silero").absolute(), "--listen", "127.0.0.1:0",
             "--log-level", "warning", "--drain-ms", "1000"],
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)
        deadline = time.monotonic() + 30
        while "Serving" not in self.said():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.__exit__()
                raise RuntimeError("the host did not start:\n" + self.said())
            time.sleep(0.05)
        threading.Thread(target=self._follow, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def said(self) -> str:
        """What the host has logged."""
        return (self.state / "log").read_text(errors="replace")

    # What commands would ask.

    def _connect(self) -> http.client.HTTPConnection:
        connection = http.client.HTTPConnection("localhost", timeout=30)
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.connect(str(self.state / "state" / "control.sock"))
        return connection

    def post(self, path: str, body: dict) -> dict:
        connection = self._connect()
        connection.request("POST", path, json.dumps(body), {"content-type": "application/json"})
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        if answer.status in (404, 409):
            raise Gone(f"{path} answered {answer.status}: {text}")
        if answer.status >= 300:
            raise RuntimeError(f"{path} answered {answer.status}: {text}")
        return json.loads(text)

    def _follow(self):
        """Hands every fact to whoever waits for the number that was called."""
        connection = self._connect()
        connection.sock.settimeout(None)
        connection.request("GET", "/v1/events?after=0")
        for line in connection.getresponse():
            if not line.startswith(b"data: "):
                continue
            entry = json.loads(line[6:])
            call = entry.get("call")
            if entry["kind"] == "callOffered":
                self._numbers[call] = entry["fact"]["to"]
            if call in self._numbers:
                self._calls[self._numbers[call]].put(entry)

    # Calls.

    def call(self, number: str, rate: int) -> "Line":
        """Places a call to `number`, which must be another for every call; nobody speaks yet."""
        script = {"to": number, "from": "+15550100199", "rate": rate, "codec": "ulaw" if rate == 8000 else "pcm", "hold_open": True,
                  "turns": []}
        placed = self.post("/providers/wavphone/calls", script)
        return Line(self, number, placed["call"])

    def appointments(self, call: str) -> list[dict]:
        """What the diary's file holds of a call."""
        lines = self.diary.read_text().splitlines() if self.diary.exists() else []
        return [entry for entry in map(json.loads, lines) if entry.get("key", "").startswith(call + "/")]


class Line:
    """One call, as the caller has it."""

    def __init__(self, host: Host, number: str, reference: str):
        self.host = host
        self.reference = reference
        self.facts = host._calls[number]
        self.id = ""

    def next(self, seconds: float) -> dict | None:
        """The next fact of the call; None when none comes for so long."""
        try:
            entry = self.facts.get(timeout=seconds)
        except queue.Empty:
            return None
        self.id = entry["call"]
        return entry

    def speak(self, sound: pathlib.Path, after_ms: int, last: bool = False):
        """Says this when the agent has been silent for `after_ms`; hangs up after the answer to the last."""
        self._more({"file": str(sound), "after_ms": after_ms}, last)

    def press(self, keys: str, after_ms: int, last: bool = False):
        self._more({"dtmf": keys, "after_ms": after_ms}, last)

    def _more(self, turn: dict, last: bool):
        try:
            self.host.post("/providers/wavphone/calls", {"call": self.reference, "turns": [turn], "hold_open": not last})
        except Gone:
            pass  # The agent has hung up; the fact that says so is on its way.
