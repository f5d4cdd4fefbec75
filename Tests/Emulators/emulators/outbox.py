"""Messages of a WebSocket that leave later than they were decided, in order, while the client is listened to."""
import asyncio
import time
from typing import Any, Awaitable, Callable

from .conversation import Conversation


class Outbox:
    """Messages with the times at which they are due; none overtakes another."""

    def __init__(self, conversation: Conversation) -> None:
        self.conversation = conversation
        self._queue: asyncio.Queue[tuple[float, dict[str, Any] | bytes, bool]] = asyncio.Queue()
        #: Counts up when what waits is thrown away; sound that is being made looks at it.
        self.generation = 0

    def put(self, message: dict[str, Any] | bytes, after_ms: float = 0, not_before: float = 0, lasting: bool = False) -> None:
        """Sends a message after a time, or at an instant of the monotonic clock if that is later; a lasting one is never discarded."""
        self._queue.put_nowait((max(time.monotonic() + after_ms / 1000, not_before), message, lasting))

    def discard(self) -> None:
        """Throws away what has not left, but what lasts."""
        self.generation += 1
        waiting = [self._queue.get_nowait() for _ in range(self._queue.qsize())]
        for item in waiting:
            if item[2]:
                self._queue.put_nowait(item)
            self._queue.task_done()

    async def drain(self) -> None:
        """Waits until all has left."""
        await self._queue.join()

    async def run(self) -> None:
        """Sends what is due, for ever."""
        while True:
            due, message, lasts = await self._queue.get()
            generation = self.generation
            await asyncio.sleep(max(0, due - time.monotonic()))
            if lasts or generation == self.generation:
                await self.conversation.send(message)
            self._queue.task_done()


async def converse(outbox: Outbox, listen: Callable[[], Awaitable[None]]) -> None:
    """Listens until the listener ends, and sends meanwhile. What ends the one ends the other."""
    tasks = [asyncio.ensure_future(listen()), asyncio.ensure_future(outbox.run())]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
