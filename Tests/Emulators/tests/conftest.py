"""An emulator as a process of its own for each provider, shared by all tests and reset before each."""
import json
import pathlib
import subprocess
import sys
import time
from typing import Any, Callable, Iterator

import httpx
import pytest

ROOT = pathlib.Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))
sys.path.insert(0, str(ROOT.parent / "Faults"))


class Running:
    """A running emulator: its addresses, its knobs, its log."""

    def __init__(self, provider: str, *options: str) -> None:
        self.process = subprocess.Popen([sys.executable, "-m", "emulators", "--provider", provider, *options], cwd=ROOT,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        facts = json.loads(self.process.stdout.readline())
        self.provider, self.url, self.port, self.key = facts["provider"], facts["url"], facts["port"], facts["key"]
        self.ws_url = self.url.replace("http", "ws", 1)
        self.control = httpx.Client(base_url=facts["control"], timeout=5)

    def stop(self) -> None:
        """The end of its standard input ends it."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        assert self.process.wait(10) == 0

    def order(self, **order: Any) -> dict[str, Any]:
        """Turns knobs."""
        answer = self.control.post("/_control", json=order)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def reset(self) -> None:
        """All as at the start, and an empty log."""
        self.control.post("/_reset")
        self.control.delete("/_log")

    def events(self, kind: str | None = None) -> list[dict[str, Any]]:
        """What has happened."""
        events = self.control.get("/_log").json()["events"]
        return [event for event in events if kind in (None, event["kind"])]

    def wait(self, fact: Callable[[list[dict[str, Any]]], Any], seconds: float = 3) -> Any:
        """Waits until the log shows a fact."""
        deadline = time.monotonic() + seconds
        while not (found := fact(self.events())):
            assert time.monotonic() < deadline, f"not in the log: {self.events()}"
            time.sleep(0.01)
        return found


@pytest.fixture(scope="session")
def started() -> Iterator[Callable[..., Running]]:
    """Starts emulators when they are first wanted, and stops them all in the end."""
    running: dict[tuple[str, ...], Running] = {}

    def start(*arguments: str) -> Running:
        if arguments not in running:
            running[arguments] = Running(*arguments)
        running[arguments].reset()
        return running[arguments]
    yield start
    for one in running.values():
        one.stop()


def _provider(name: str) -> Any:
    @pytest.fixture(name=name)
    def emulator(started: Callable[..., Running]) -> Iterator[Running]:
        running = started(name)
        yield running
        assert not running.events("broken")
    return emulator


deepgram, claude, openai, chatterbox, resemble, n8n = map(_provider, ("deepgram", "claude", "openai", "chatterbox", "resemble", "n8n"))
