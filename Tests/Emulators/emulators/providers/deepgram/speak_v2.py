"""Deepgram Flux TTS, WebSocket /v2/speak: turns, interruption with what was heard, exact billing."""
import json
import re
from typing import Any

from ...conversation import Conversation
from ...exchange import Exchange
from ...outbox import Outbox, converse
from ...sound import word_times
from ...voice import Voice
from .access import Query, invalid
from .speak_v1 import RATES, VOICE_UUID

MODEL = re.compile(r"flux-[a-z]+-[a-z]{2}")
#: An inline control that only the batch API knows ends the socket.
PAUSE = re.compile(r"\\?\{\s*pause\s*:")
#: The step of `speed`, and its bounds.
SPEED_STEP, SLOWEST, FASTEST = 0.05, 0.5, 1.5


class Turn:
    """One speech: its text and where its sound begins in the session."""

    def __init__(self, number: int, text: str, start_ms: float) -> None:
        self.id, self.text, self.start_ms = f"speech-{number}", text, start_ms
        self.length_ms = 0.0


class Session:
    """One socket."""

    def __init__(self, conversation: Conversation, model: str, rate: int, encoding: str) -> None:
        self.conversation, self.model, self.exchange = conversation, model, conversation.exchange
        self.outbox = Outbox(conversation)
        self.voice = Voice(self.outbox, self.exchange, rate, encoding)
        self.text = ""
        self.turns: list[Turn] = []
        self.offset_ms = 0.0
        self.sound_ms = 0.0
        self.characters = 0

    async def listen(self) -> None:
        """Takes messages until the client has gone or closes."""
        self.outbox.put({"type": "Connected", "request_id": self.exchange.id, "model_name": self.model, "model_version": "2026-05-01.0",
                         "model_uuids": [VOICE_UUID]})
        while True:
            try:
                frame = await self.conversation.receive(self.exchange.timing.voice_idle_ms)
            except TimeoutError:
                await self.conversation.fail("flux_net_0001")
            if frame is None:
                return
            if isinstance(frame, bytes):
                await self.conversation.fail("flux_message_0000")
            elif not await self._obey(frame):
                return await self._close()

    async def _obey(self, text: str | bytes) -> bool:
        try:
            message = json.loads(text)
            kind = message["type"]
        except (ValueError, KeyError, TypeError):
            kind, message = "", {}
        if kind == "Close":
            return False
        if kind == "Speak" and isinstance(message.get("text"), str):
            if PAUSE.search(message["text"]):
                await self.conversation.fail("flux_data_0002")
            self.text += message["text"]
        elif kind == "Flush":
            self._flush()
        elif kind == "Interrupt":
            self._interrupt(message.get("playback_offset"))
        elif kind == "Configure":
            self._configure(message.get("speed"))
        else:
            await self.conversation.fail("flux_data_0000")
        return True

    def _flush(self) -> None:
        text, self.text = self.text, ""
        if not re.search(r"\w", text):
            self._warn("NO_SYNTHESIZABLE_TEXT", "The turn has no text that can be spoken.")
            return
        turn = Turn(len(self.turns), text, self.sound_ms)
        self.turns.append(turn)
        self.voice.mark({"type": "SpeechStarted", "speech_id": turn.id})
        turn.length_ms = self.voice.say(text)
        self.sound_ms += turn.length_ms
        self.characters += len(text)
        self.voice.mark({"type": "Flushed", "speech_id": turn.id})
        self.voice.mark({"type": "SpeechMetadata", **self._bill(turn)})

    def _interrupt(self, offset: dict[str, Any] | None) -> None:
        if not self.turns:
            self._warn("NO_ACTIVE_SPEECH", "There is nothing to interrupt.")
            return
        turn, at = self.turns[-1], None if offset is None else offset.get("value")
        if at is not None and (offset is None or offset.get("type") != "time_ms" or at < self.offset_ms):
            self._warn("INVALID_INTERRUPT_OFFSET", "Offsets count from the start of the session and must increase.")
            return
        self.voice.silence()
        played = turn.length_ms if at is None else min(max(at - turn.start_ms, 0), turn.length_ms)
        texts = {}
        if at is not None:
            self.offset_ms = at
            words = word_times(turn.text)
            heard = [word for word, _, end in words if end * 1000 <= played]
            texts = {"text_spoken": " ".join(heard), "text_remaining": " ".join(word for word, _, _ in words[len(heard):])}
        self.outbox.put({"type": "SpeechInterrupted", "audio_played_ms": int(played), **texts, "metadata": self._bill(turn)}, lasting=True)

    def _configure(self, speed: Any) -> None:
        if not isinstance(speed, (int, float)) or not SLOWEST <= speed <= FASTEST:
            code = "SPEED_OUT_OF_RANGE"
        elif abs(speed / SPEED_STEP - round(speed / SPEED_STEP)) > 1e-6:
            code = "SPEED_INCREMENT_INVALID"
        else:
            self.outbox.put({"type": "ConfigureSuccess", "applied": {"speed": speed}})
            return
        self.outbox.put({"type": "ConfigureFailure", "code": code, "field": "speed", "value": speed,
                         "description": "The speed stays as it was."})

    def _bill(self, turn: Turn) -> dict[str, Any]:
        controls = {"pronunciations_applied": 0, "breaks_applied": 0, "pronunciation_warnings": 0}
        return {"speech_id": turn.id, "audio_duration_ms": int(turn.length_ms), "input_character_count": len(turn.text),
                "billable_character_count": len(turn.text), "controls_applied": controls}

    def _warn(self, code: str, description: str) -> None:
        self.outbox.put({"type": "Warning", "code": code, "description": description})

    async def _close(self) -> None:
        self.voice.mark({"type": "SessionMetadata", "total_audio_duration_ms": int(self.sound_ms),
                         "total_input_character_count": self.characters, "total_billable_character_count": self.characters})
        await self.outbox.drain()
        await self.conversation.close(1000)


async def serve(exchange: Exchange, subprotocols: tuple[str, ...]) -> None:
    """One socket from its upgrade to its end."""
    query = Query(exchange.request)
    model = query.text("model")
    if not MODEL.fullmatch(model):
        raise invalid(f"No such model: {model or '(none)'}")
    encoding = query.choice("encoding", set(RATES), "linear16")
    rate = query.whole("sample_rate", 1, 192_000, 24_000 if encoding == "linear16" else 8000)
    if rate not in RATES[encoding]:
        raise invalid(f"sample_rate {rate} is not available with encoding {encoding}")
    query.number("speed", SLOWEST, FASTEST, None)
    query.number("expressivity", -2, 2, None)
    conversation = Conversation(exchange, subprotocols)
    await conversation.open()
    session = Session(conversation, model, rate, encoding)
    await converse(session.outbox, session.listen)
