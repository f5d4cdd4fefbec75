"""What arrived at an emulator and when, so that a test can assert warm connections, cancels and keep-alives."""
import time
from typing import Any

#: The oldest events go first; a test of some hundred turns stays far below.
MOST_EVENTS = 200_000
#: A longer text or body is cut in the log.
LONGEST_TEXT = 16_384
#: Their values are credentials; the log shows the scheme alone.
SECRET_HEADERS = {"authorization", "x-api-key", "x-access-token", "x-auth-token", "sec-websocket-protocol"}


def now_ms() -> float:
    """CLOCK_MONOTONIC, which all processes of a machine share."""
    return round(time.monotonic() * 1000, 3)


def without_secrets(headers: Any) -> dict[str, str]:
    """Headers by lower-case names; of a credential only its scheme remains."""
    shown = {}
    for name, value in headers.items():
        name = name.lower()
        if name in SECRET_HEADERS:
            value = value.split(" ")[0].rstrip(",") if " " in value else "(hidden)"
        shown[name] = value
    return shown


class Ledger:
    """Events in the order in which they happened."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self._sequence = 0

    def record(self, kind: str, connection: int, **facts: Any) -> None:
        """Notes that something happened on a connection now."""
        self._sequence += 1
        shown = {name: value[:LONGEST_TEXT] if isinstance(value, str) else value for name, value in facts.items()}
        self.events.append({"seq": self._sequence, "t": now_ms(), "kind": kind, "connection": connection, **shown})
        if len(self.events) > MOST_EVENTS:
            del self.events[: MOST_EVENTS // 10]

    def after(self, sequence: int) -> list[dict[str, Any]]:
        """The events that follow the given one."""
        return [event for event in self.events if event["seq"] > sequence]

    def clear(self) -> None:
        """Forgets all events; their numbers go on."""
        self.events.clear()
