"""The model behind every Chatterbox server: one generation at a time, whole pieces of text, tags that only Turbo understands."""
import asyncio
import re
from typing import Any

import numpy

from ...exchange import Exchange
from ...knobs import Knobs
from ...sound import spoken

RATE = 24_000
TAGS = ["clear throat", "sigh", "shush", "cough", "groan", "sniff", "gasp", "chuckle", "laugh"]
TAG = re.compile(rf"\[({'|'.join(TAGS)})\]")


class Model:
    """Makes sound as the knobs say."""

    def __init__(self, knobs: Knobs) -> None:
        self.knobs = knobs
        self.reset()

    def reset(self) -> None:
        """A GPU on which nothing runs."""
        self._gpu = asyncio.Lock()

    @property
    def kind(self) -> str:
        """turbo, original or multilingual."""
        return self.knobs.script.get("model", "turbo")

    @property
    def is_loading(self) -> bool:
        """Whether the model is not loaded yet."""
        return bool(self.knobs.script.get("loading"))

    def samples(self, text: str) -> numpy.ndarray:
        """The sound of a text. A model without tags reads them aloud."""
        return spoken(TAG.sub(" ", text) if self.kind == "turbo" else text, RATE)

    async def make(self, text: str, exchange: Exchange | None = None) -> numpy.ndarray:
        """Makes a piece, whole. Who leaves meanwhile leaves the GPU busy until the piece is done."""
        samples = self.samples(text)
        pace = exchange.pace if exchange else 1.0
        timing = self.knobs.timing
        seconds = timing.first_byte_ms / 1000 + len(samples) / RATE * timing.real_time_factor / pace
        await asyncio.shield(asyncio.ensure_future(self._work(seconds)))
        return samples[:0] if exchange and exchange.is_empty else samples

    async def idle(self) -> None:
        """Waits until nothing runs, as a server does whose requests share a thread with the model."""
        async with self._gpu:
            pass

    async def _work(self, seconds: float) -> None:
        async with self._gpu:
            await asyncio.sleep(seconds)


def split(text: str, size: int) -> list[str]:
    """A text in sentences, joined while they are shorter than `size` characters."""
    parts: list[str] = []
    for sentence in re.findall(r"[^.!?]+[.!?]*\s*", text):
        if parts and len(parts[-1]) + len(sentence) <= size:
            parts[-1] += sentence
        else:
            parts.append(sentence)
    return parts or [text]


def is_between(value: Any, low: float, high: float) -> bool:
    """Whether a number is within bounds."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and low <= value <= high
