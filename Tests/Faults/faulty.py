"""A real host whose providers fail on request, and callers who keep what they heard."""
import dataclasses
import json
import pathlib
import queue
import subprocess
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "Speech"))
from host import Host  # noqa: E402

import wordcode  # noqa: E402

ROLES = ("stt", "llm", "tts", "tool")
#: The caller waits this long for the agent to go on before it hangs up: longer than any silence that a cell may have.
PATIENCE_MS, NO_ANSWER_MS = 2500, 9000


@dataclasses.dataclass
class Agent:
    """An agent of its own for one call or two: its chain for the role under test, and what its providers do."""
    name: str
    role: str = ""
    #: Settings of the first and of the second provider of the chain.
    first: dict = dataclasses.field(default_factory=dict)
    second: dict = dataclasses.field(default_factory=dict)
    hedge: str | int = "off"
    isolation: str = "in-process"
    calls_tool: bool = False
    #: Serves well until `FaultyHost.arm`, so that the host knows how quick it is.
    is_known: bool = False

    @property
    def providers(self) -> list[str]:
        return [f"{self.name}-a", f"{self.name}-b"]


class FaultyHost(Host):
    """`patchbay serve` with the agents of a batch. The voice detector is the one that goes by energy: tones are no speech."""

    def __init__(self, binaries: str, faults: str, agents: list[Agent]):
        super().__init__(binaries)
        self.faults, self.agents = pathlib.Path(faults).absolute(), agents
        self.config = self.state / "config"
        self.books = self.state / "books"
        self.books.mkdir()
        self.armed = self.state / "armed"
        self.question = self.state / "question.wav"
        wordcode.write(self.question, wordcode.sound(wordcode.QUESTION))

    def _configure(self):
        plugins = self.state / "plugins.d"
        plugins.mkdir()

        def provider(name: str, settings: dict, isolation: str = "in-process"):
            settings = settings | {"log": str(self.books / f"{name}.jsonl")}
            file = {"library": str(self.faults), "isolation": isolation, "settings": settings}
            if isolation == "worker":
                file |= {"spare": 1, "writable": [str(self.books)]}
            # JSON is YAML.
            (plugins / f"{name}.yaml").write_text(json.dumps(file))

        (plugins / "wavphone.yaml").write_text(json.dumps({"library": "libWavPhone.so", "settings": {"control": True}}))
        provider("good", {})
        (self.config / "agents").mkdir(parents=True)
        tenant = {"id": "faults", "name": "Faults", "numbers": {agent.name: agent.name for agent in self.agents},
                  "chains": {role: "good" for role in ("stt", "llm", "tts")}}
        (self.config / "tenant.yaml").write_text(json.dumps(tenant))
        for agent in self.agents:
            # Nothing fills a silence, or it would not be measured; what is said for want of an answer is words of its own.
            file = {"name": agent.name, "lastResort": "x1 x2 x3 x4.", "confidence": {"againQuestion": "x5 x6 x7 x8."},
                    "fillers": {"afterMs": 20_000, "lines": ["x9."]}, "silence": {"afterMs": 60_000}, "farewell": "x10.",
                    "vocabulary": False, "maxDurationMs": 60_000, "chains": {}}
            if agent.role:
                if agent.is_known:
                    agent.first = agent.first | {"armed": str(self.armed)}
                for name, settings in zip(agent.providers, (agent.first, agent.second)):
                    # What is to fail runs apart if anything does; who takes over is well.
                    provider(name, settings, agent.isolation if settings is agent.first else "in-process")
                file["chains"][agent.role] = {"providers": agent.providers, "hedge": agent.hedge}
            if agent.calls_tool:
                tool = agent.providers[0] if agent.role == "tool" else "good"
                file["tools"] = [{"name": "book", "description": "Books.", "provider": tool, "timeoutMs": 3000, "fillerAfterMs": 60_000}]
                if agent.role != "llm":
                    provider(f"{agent.name}-mind", {"calls_tool": True})
                    file["chains"]["llm"] = f"{agent.name}-mind"
            (self.config / "agents" / f"{agent.name}.yaml").write_text(json.dumps(file))
        return plugins

    def __enter__(self):
        plugins = self._configure()
        weights = self.state / "no-weights"
        weights.mkdir()
        self.log = open(self.state / "log", "w+")
        self.process = subprocess.Popen(
            [self.binaries / "patchbay", "serve", "--state", self.state / "state", "--config", self.config, "--plugins", plugins,
             "--libraries", self.binaries, "--weights", weights, "--listen", "127.0.0.1:0", "--log-level", "warning", "--drain-ms", "1000"],
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)
        deadline = time.monotonic() + 60
        while "Serving" not in self.said():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.__exit__()
                raise RuntimeError("the host did not start:\n" + self.said())
            time.sleep(0.05)
        threading.Thread(target=self._follow, daemon=True).start()
        return self

    def _follow(self):
        """Hands every fact to the call it is about. A call is known by the line's own name for it, since two may ring the same number."""
        connection = self._connect()
        connection.sock.settimeout(None)
        connection.request("GET", "/v1/events?after=0")
        for line in connection.getresponse():
            if not line.startswith(b"data: "):
                continue
            entry = json.loads(line[6:])
            if entry["kind"] == "callOffered":
                self._numbers[entry["call"]] = entry["fact"]["reference"]
            if entry.get("call") in self._numbers:
                self._calls[self._numbers[entry["call"]]].put(entry)

    def get(self, path: str) -> dict:
        connection = self._connect()
        connection.request("GET", path)
        answer = json.loads(connection.getresponse().read())
        connection.close()
        return answer

    def arm(self):
        """From now on the providers that served well fail."""
        self.armed.touch()

    def accepts_workers(self) -> bool:
        """Whether the providers that are to run in a worker do so."""
        states = {entry["name"]: entry for entry in self.get("/v1/plugins")["plugins"]}
        wanted = [agent.providers[0] for agent in self.agents if agent.isolation == "worker"]
        return all(states.get(name, {}).get("isolation") == "worker" and not states[name].get("problem") for name in wanted)

    def noted(self) -> list[dict]:
        """What the providers have written down: completions that were asked for, and effects of tools."""
        lines = [line for path in sorted(self.books.glob("*.jsonl")) for line in path.read_text().splitlines()]
        return [json.loads(line) for line in lines]

    def dial(self, number: str, tag: str, asks: bool = True) -> "Caller":
        return Caller(self, number, tag, asks)


class Caller:
    """A call that is going on: the question of 20 words, then silence until the agent has answered."""

    def __init__(self, host: FaultyHost, number: str, tag: str, asks: bool):
        self.host, self.number = host, number
        base = host.state / f"{number}-{tag}"
        self.heard, self.said = base.with_suffix(".heard.wav"), base.with_suffix(".said.wav")
        turns = [{"file": str(host.question), "wait": "none", "after_ms": 1000}] if asks else []
        script = {"to": number, "from": "+15550100199", "rate": wordcode.RATE, "codec": "pcm", "record": str(self.heard),
                  "record_said": str(self.said), "turns": turns, "answer_after_ms": PATIENCE_MS, "hang_up_after_ms": NO_ANSWER_MS,
                  "hold_open": False, "max_ms": 30_000 if asks else 1500}
        self.reference = host.post("/providers/wavphone/calls", script)["call"]
        self.facts: list[dict] = []

    @property
    def id(self) -> str:
        return self.facts[0]["call"] if self.facts else ""

    def finish(self, deadline: float):
        """Waits for the last fact; the recordings are complete then. A call that does not end by the deadline, or whose host dies,
        has none."""
        while not self.has_ended:
            try:
                self.facts.append(self.host._calls[self.reference].get(timeout=0.5))
            except queue.Empty:
                if time.monotonic() > deadline or self.host.process.poll() is not None:
                    return

    @property
    def has_ended(self) -> bool:
        return bool(self.facts) and self.facts[-1]["kind"] == "callEnded"

    def of(self, kind: str) -> list[dict]:
        return [entry["fact"] for entry in self.facts if entry["kind"] == kind]
