"""The pace at which sound is made: pieces with the times at which they are ready, for sockets and for HTTP answers."""
import asyncio
import time
from typing import Any, AsyncIterator

from .exchange import Exchange
from .outbox import Outbox
from .sound import bytes_per_sample, encoded, spoken, wav_header

#: A piece of sound that leaves at once.
PIECE_MS = 100


def pieces(sound: bytes, rate: int, encoding: str) -> list[bytes]:
    """Sound in pieces of 100 ms."""
    size = rate * PIECE_MS // 1000 * bytes_per_sample(encoding)
    return [sound[at : at + size] for at in range(0, len(sound), size)]


def sound_of(exchange: Exchange, text: str, rate: int, encoding: str) -> bytes:
    """What a text sounds like, bent by the faults that concern raw sound."""
    if exchange.is_empty:
        return b""
    sound = encoded(spoken(text, rate), encoding)
    if exchange.armed.kind == "wav_header":
        sound = wav_header(exchange.armed.settings["rate"] or rate, len(sound), encoding) + sound
    return sound


async def paced(exchange: Exchange, sound: bytes, rate: int, encoding: str) -> AsyncIterator[bytes]:
    """The pieces of an HTTP answer, each when it is ready; the first one after the first-byte time."""
    await asyncio.sleep(exchange.timing.first_byte_ms / 1000)
    ready = time.monotonic()
    for piece in pieces(sound, rate, encoding):
        ready += _seconds(piece, rate, encoding) * exchange.timing.real_time_factor / exchange.pace
        await asyncio.sleep(max(0, ready - time.monotonic()))
        yield piece


class Voice:
    """Makes the sound of a socket: one text after the other, pieces into the outbox when they are ready."""

    def __init__(self, outbox: Outbox, exchange: Exchange, rate: int, encoding: str) -> None:
        self.outbox, self.exchange, self.rate, self.encoding = outbox, exchange, rate, encoding
        #: When all sound so far is ready, on the monotonic clock.
        self.ready = 0.0

    def say(self, text: str) -> float:
        """Starts to make the sound of a text; returns how long it is in milliseconds."""
        sound = sound_of(self.exchange, text, self.rate, self.encoding)
        for piece in pieces(sound, self.rate, self.encoding):
            self.play(piece, len(piece))
        return _seconds(sound, self.rate, self.encoding) * 1000

    def play(self, message: dict[str, Any] | bytes, size: int) -> None:
        """Sends a piece when its sound, of so many bytes, is ready; the first one after the first-byte time."""
        now, timing = time.monotonic(), self.exchange.timing
        if self.ready <= now:
            self.ready = now + timing.first_byte_ms / 1000
        self.ready += size / bytes_per_sample(self.encoding) / self.rate * timing.real_time_factor / self.exchange.pace
        self.outbox.put(message, not_before=self.ready)

    def mark(self, message: dict[str, Any], lasting: bool = False) -> None:
        """Sends a message behind all sound so far; one that lasts is sent even if that is thrown away."""
        self.outbox.put(message, not_before=self.ready, lasting=lasting)

    def silence(self) -> None:
        """Throws away all that has not left."""
        self.outbox.discard()
        self.ready = 0.0


def _seconds(sound: bytes, rate: int, encoding: str) -> float:
    return len(sound) / bytes_per_sample(encoding) / rate

