"""What an emulator's WebSocket sends when what waits is thrown away."""
import asyncio
from typing import Any

from emulators.outbox import Outbox


class Ear:
    """The far end: all that has been sent."""

    def __init__(self) -> None:
        self.heard: list[Any] = []

    async def send(self, message: Any) -> None:
        self.heard.append(message)


def test_an_answer_outlives_the_sound_that_is_thrown_away() -> None:
    """Sound goes, whether it waits or is about to leave; the answer to an earlier request does not."""

    async def talk() -> list[Any]:
        ear = Ear()
        outbox = Outbox(ear)
        running = asyncio.ensure_future(outbox.run())
        for is_leaving in (False, True):
            outbox.put({"type": "Cleared"}, after_ms=20, lasting=True)
            outbox.put(b"sound")
            if is_leaving:
                await asyncio.sleep(0)
            outbox.discard()
        outbox.put(b"later sound")
        await outbox.drain()
        running.cancel()
        return ear.heard

    assert asyncio.run(talk()) == [{"type": "Cleared"}, {"type": "Cleared"}, b"later sound"]
