"""Resemble: whole synthesis, streamed WAV with timestamps in its header, and a WebSocket; all hosts on one port."""
import base64
import uuid
from typing import Any

from ...emulator import KEY, Emulator
from ...exchange import Exchange
from ...failures import Refused
from ...sound import encoded, spoken, wav_header
from ...voice import paced, sound_of
from . import socket
from .order import Order, read
from .timestamps import cue_chunks, timestamps


class Resemble(Emulator):
    """app.resemble.ai, f.cluster.resemble.ai and websocket.cluster.resemble.ai.

    `script.issues` is what the whole synthesis finds odd about a text that it says all the same.
    """

    provider = "resemble"

    def routes(self) -> None:
        self.route("POST", "/synthesize", self._synthesize)
        self.route("POST", "/stream", self._stream)
        self.route("GET", "/stream", self._socket)
        self.route("GET", "/api/v2/voices", self._voices)

    async def _synthesize(self, exchange: Exchange) -> None:
        _authorise(exchange, "sync")
        order = await read(exchange, "sync")
        sound = b"" if exchange.is_empty else encoded(spoken(order.text, order.rate), order.encoding)
        content = wav_header(order.rate, len(sound), order.encoding) + sound
        seconds = len(spoken(order.text, order.rate)) / order.rate
        async for _ in paced(exchange, sound, order.rate, order.encoding):
            pass
        await exchange.json({"success": True, "audio_content": base64.b64encode(content).decode(),
                             "audio_timestamps": timestamps(order.text),
                             "duration": seconds, "synth_duration": seconds * exchange.timing.real_time_factor,
                             "output_format": order.form, "sample_rate": order.rate, "seed": 7, "title": order.title,
                             "issues": self.knobs.script.get("issues", [])})

    async def _stream(self, exchange: Exchange) -> None:
        _authorise(exchange, "stream")
        order = await read(exchange, "stream")
        sound = sound_of(exchange, order.text, order.rate, order.encoding)
        await exchange.begin(200, {"Content-Type": "audio/wav"})
        extra = cue_chunks(order.text, order.rate) if order.wants_cues else b""
        header = wav_header(order.rate, len(sound), order.encoding, extra=extra)
        is_first = True
        async for piece in paced(exchange, sound, order.rate, order.encoding):
            await exchange.write(header + piece if is_first else piece)
            is_first = False
        await exchange.end()

    async def _socket(self, exchange: Exchange) -> None:
        if exchange.request.headers.get("Authorization", "").removeprefix("Bearer ") != KEY:
            raise Refused("ws_unauthorized")
        await socket.serve(exchange)

    async def _voices(self, exchange: Exchange) -> None:
        _authorise(exchange, "sync")
        items: list[dict[str, Any]] = [{"uuid": Order.voices[0], "name": "Emulated", "status": "finished", "voice_type": "professional"}]
        await exchange.json({"success": True, "page": 1, "num_pages": 1, "page_size": 10, "items": items, "request": str(uuid.uuid4())})


def _authorise(exchange: Exchange, api: str) -> None:
    """Three spellings: a bearer token, `Token token=`, or x-access-token; the bare key too."""
    headers = exchange.request.headers
    given = headers.get("x-access-token") or headers.get("Authorization", "")
    if given not in (KEY, f"Bearer {KEY}", f"Token token={KEY}"):
        raise Refused(f"{api}_unauthorized")
