"""Resemble's WebSocket: many requests on one connection, sound as JSON or as binary frames, `audio_end` after each."""
import base64
import json
from typing import Any

from ...conversation import Conversation
from ...exchange import Exchange
from ...outbox import Outbox, converse
from ...sound import wav_header
from ...voice import Voice, pieces, sound_of
from .order import BadOrder, Order
from .timestamps import cue_chunks, timestamps

#: The documents allow more here than over HTTP.
LONGEST_TEXT = 3000
RATES = {8000, 16000, 22050, 32000, 44100}


class Session:
    """One connection."""

    def __init__(self, conversation: Conversation) -> None:
        self.conversation, self.exchange = conversation, conversation.exchange
        self.outbox = Outbox(conversation)
        #: Its clock says when the sound of the requests so far is ready.
        self.voice = Voice(self.outbox, self.exchange, 16_000, "linear16")
        self.count = 0

    async def listen(self) -> None:
        """Takes requests until the client has gone."""
        while (frame := await self.conversation.receive()) is not None:
            try:
                body = json.loads(frame)
                if not isinstance(body, dict):
                    raise BadOrder("bad_json", "A request is a JSON object")
                self._synthesise(body)
            except BadOrder as error:
                await self._refuse(error.row, error.detail)
            except ValueError:
                await self._refuse("bad_json", "The message is not JSON")

    async def _refuse(self, row: str, detail: str) -> None:
        # The table knows no length of its own for the socket.
        name = "ws_unknown_voice" if row == "unknown_voice" else "ws_bad_json"
        await self.outbox.drain()
        await self.conversation.fail(name, detail=detail or "The text is too long.")

    def _synthesise(self, body: dict[str, Any]) -> None:
        order = Order(body, LONGEST_TEXT, RATES, 22_050)
        number = body.get("request_id", self.count)
        self.count = number + 1
        sound = sound_of(self.exchange, order.text, order.rate, order.encoding)
        header = b"" if body.get("no_audio_header") else wav_header(
            order.rate, len(sound), order.encoding, extra=cue_chunks(order.text, order.rate))
        self.voice.rate, self.voice.encoding = order.rate, order.encoding
        is_first = True
        for piece in pieces(sound, order.rate, order.encoding):
            content = header + piece if is_first else piece
            if body.get("binary_response"):
                self.voice.play(content, len(piece))
            else:
                marks = timestamps(order.text) if is_first else {"graph_chars": [], "graph_times": [], "phon_chars": [], "phon_times": []}
                self.voice.play({"type": "audio", "audio_content": base64.b64encode(content).decode(), "audio_timestamps": marks,
                                 "sample_rate": order.rate, "request_id": number}, len(piece))
            is_first = False
        self.voice.mark({"type": "audio_end", "request_id": number})


async def serve(exchange: Exchange) -> None:
    """One connection from its upgrade to its end."""
    conversation = Conversation(exchange)
    await conversation.open()
    session = Session(conversation)
    await converse(session.outbox, session.listen)
