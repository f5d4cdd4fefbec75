"""What a test turns: stage timing, a script, and faults for the next requests. Decides only; others act on it."""
import dataclasses
from typing import Any

from .failures import Failure, Failures

#: Kinds that act before any request is read: on all connections until reset, or on each new connection.
DOOR_FAULTS = {"refuse", "unreachable"}
LINE_FAULTS = {"silence", "reset"}
#: Kinds that act on a request, with the names of their settings and the defaults.
REQUEST_FAULTS: dict[str, dict[str, Any]] = {
    "hang": {},
    "slow": {"ms": 5000},
    "cut": {"after": 0, "rst": False},
    "stall": {"after": 0},
    "garbage": {"after": 0},
    "invalid_utf8": {"after": 0},
    "truncate": {"after": 0},
    "oversize": {"bytes": 16_000_000},
    "redirect": {"location": "http://127.0.0.2:9/elsewhere"},
    "content_type": {"value": "text/html; charset=utf-8"},
    "gzip": {},
    "split": {},
    "odd": {},
    "novelty": {"after": 1},
    "wav_header": {"rate": 0},
    "pace": {"factor": 10.0},
    "empty": {},
}


class BadOrder(ValueError):
    """An order to the control port that cannot be followed; the text says why."""


@dataclasses.dataclass
class Timing:
    """How long each stage takes. The defaults are quick, so that tests are."""

    #: From the end of the request to the first byte of a streamed answer.
    first_byte_ms: float = 2
    #: Between two tokens of a model.
    token_ms: float = 1
    #: A whole answer that is not streamed.
    answer_ms: float = 2
    #: Time to make a second of sound, in seconds; 0 makes all of it at once.
    real_time_factor: float = 0.02
    #: Interim results come at most this often, in time of the audio.
    interim_ms: float = 200
    #: From the end of an utterance to its final result.
    final_ms: float = 5
    #: The vendor's limit for a socket on which nothing arrives.
    idle_ms: float = 10_000
    #: The same for the sockets of voices, where vendors publish none.
    voice_idle_ms: float = 60_000
    #: The first job of a worker that was scaled to zero waits for this.
    cold_start_ms: float = 0
    #: Audio is heard at most this much faster than real time; 0 is without limit.
    input_speed: float = 0
    #: The work of a tool or a job besides the sound that it makes.
    work_ms: float = 2


@dataclasses.dataclass
class Armed:
    """A fault or a documented error that waits for its request."""

    kind: str
    settings: dict[str, Any]
    failure: Failure | None = None
    path: str = ""
    skip: int = 0
    #: 0 means until reset.
    times: int = 1
    after: int = 0


#: What a request meets when nothing is armed.
PLAIN = Armed("", {})


class Knobs:
    """All that is set at an emulator."""

    def __init__(self, failures: Failures) -> None:
        self.failures = failures
        self.reset()

    def reset(self) -> None:
        """All as at the start."""
        self.timing = Timing()
        self.script: dict[str, Any] = {}
        self.armed: list[Armed] = []
        #: How the door stands: open, refuse or unreachable.
        self.door = "open"

    def obey(self, order: Any) -> None:
        """Follows an order of the control port, or raises `BadOrder` and changes nothing."""
        if not isinstance(order, dict):
            raise BadOrder("an order is a JSON object")
        known = {"fault", "error", "timing", "script", "times", "path", "skip", "after"}
        if unknown := set(order) - known:
            raise BadOrder(f"unknown keys {sorted(unknown)}; known are {sorted(known)}")
        timing = self._timing(order.get("timing", {}))
        armed = [self._fault(order)] if "fault" in order else []
        armed += [self._error(order)] if "error" in order else []
        self.timing = timing
        if "script" in order:
            self.script = order["script"]
        for one in armed:
            if one.kind in DOOR_FAULTS:
                self.door = one.kind
            else:
                self.armed.append(one)

    def take_line(self) -> str:
        """The fault of a connection that has just come, or an empty string."""
        return self._take(lambda armed: armed.kind in LINE_FAULTS).kind

    def take(self, path: str, is_whole: bool = True) -> Armed:
        """What a request to the path meets; counts it. A job of a queue asks with its API's name and `is_whole` false."""
        def suits(armed: Armed) -> bool:
            is_job = armed.failure is not None and armed.failure.phase == "job"
            return armed.kind not in LINE_FAULTS and is_job != is_whole and path.startswith(armed.path)
        return self._take(suits)

    def state(self) -> dict[str, Any]:
        """All settings, for the control port."""
        armed = [{"kind": one.kind, "error": one.failure.name if one.failure else None, "path": one.path, "skip": one.skip,
                  "times": one.times, "settings": one.settings} for one in self.armed]
        return {"timing": dataclasses.asdict(self.timing), "script": self.script, "door": self.door, "armed": armed}

    def _take(self, suits: Any) -> Armed:
        for one in self.armed:
            if not suits(one):
                continue
            if one.skip > 0:
                one.skip -= 1
                continue
            if one.times == 1:
                self.armed.remove(one)
            elif one.times > 1:
                one.times -= 1
            return one
        return PLAIN

    def _timing(self, changes: dict[str, Any]) -> Timing:
        names = {field.name for field in dataclasses.fields(Timing)}
        for name, value in changes.items():
            if name not in names:
                raise BadOrder(f"no stage is called {name}; there are {sorted(names)}")
            if not isinstance(value, (int, float)) or value < 0:
                raise BadOrder(f"{name} must be a number that is not negative")
        return dataclasses.replace(self.timing, **changes)

    def _fault(self, order: dict[str, Any]) -> Armed:
        fault = order["fault"]
        if isinstance(fault, str):
            fault = {"kind": fault}
        kind = fault.get("kind")
        if kind in DOOR_FAULTS | LINE_FAULTS:
            return Armed(kind, {}, times=order.get("times", 1), skip=order.get("skip", 0))
        if kind not in REQUEST_FAULTS:
            raise BadOrder(f"no fault is called {kind}; there are {sorted(DOOR_FAULTS | LINE_FAULTS | set(REQUEST_FAULTS))}")
        settings = {name: value for name, value in fault.items() if name != "kind"}
        if unknown := set(settings) - set(REQUEST_FAULTS[kind]):
            raise BadOrder(f"the fault {kind} has no settings {sorted(unknown)}; it has {sorted(REQUEST_FAULTS[kind])}")
        settings = REQUEST_FAULTS[kind] | settings
        return Armed(kind, settings, None, order.get("path", ""), order.get("skip", 0), order.get("times", 1), settings.get("after", 0))

    def _error(self, order: dict[str, Any]) -> Armed:
        failure = self.failures.get(order["error"])
        if failure is None:
            raise BadOrder(f"no error is called {order['error']}; there are {sorted(self.failures)}")
        if failure.phase == "fault":
            raise BadOrder(f"{failure.name} is no error of the vendor's; order what its row has as `control`")
        return Armed("error", {}, failure, order.get("path", ""), order.get("skip", 0), order.get("times", 1), order.get("after", 0))
