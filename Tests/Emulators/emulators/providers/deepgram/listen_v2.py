"""Deepgram Flux, /v2/listen: turns with start, update, eager end, resumption and end."""
import json
from typing import Any

from ...conversation import Conversation
from ...exchange import Exchange
from ...failures import Refused
from ...outbox import Outbox, converse
from ...sound import Recogniser, bytes_per_sample, decoded
from .access import Query, invalid

MODELS = {"flux-general-en", "flux-general-multi"}
ENCODINGS = {"linear16", "linear32", "mulaw", "alaw", "opus", "ogg-opus"}
LONGEST_KEYTERM = 100
#: Silence after which this emulator is sure that a turn is over; its confidence grows evenly until then.
CERTAIN_AFTER_MS = 500
UPDATE_MS = 250


class Settings:
    """The query of the upgrade."""

    def __init__(self, query: Query) -> None:
        self.model = query.text("model")
        if self.model not in MODELS:
            raise invalid(f"model must be one of {', '.join(sorted(MODELS))}")
        self.encoding = query.choice("encoding", ENCODINGS, "")
        self.rate = query.whole("sample_rate", 1, 192_000, 0)
        if self.encoding and not self.rate:
            raise invalid("sample_rate is required with encoding")
        self.thresholds: dict[str, float | int | None] = {
            "eager_eot_threshold": query.number("eager_eot_threshold", 0.3, 0.9, None),
            "eot_threshold": query.number("eot_threshold", 0.5, 1.0, 0.7),
            "eot_timeout_ms": query.whole("eot_timeout_ms", 500, 60_000, 5000)}
        self.keyterms = query.all("keyterm")
        if any(len(term) > LONGEST_KEYTERM for term in self.keyterms):
            raise Refused("keyterm_too_long")
        self.hints = query.all("language_hint")
        if self.hints and self.model != "flux-general-multi":
            raise invalid("language_hint requires flux-general-multi")
        self.numerals = query.flag("numerals")


class Session:
    """One socket and the turn that it is in."""

    def __init__(self, conversation: Conversation, settings: Settings, script: dict[str, Any]) -> None:
        self.conversation, self.settings = conversation, settings
        self.exchange, self.timing = conversation.exchange, conversation.exchange.timing
        self.outbox = Outbox(conversation)
        self.ear = Recogniser(settings.rate or 16_000, script.get("lexicon"), script.get("transcripts"))
        self.sequence = self.turn = 0
        self.shown: list[str] = []
        self.is_in_turn = self.is_eager = False
        self.next_update = 0.0
        self.carry = b""

    async def listen(self) -> None:
        """Takes frames until the client has gone or the stream has ended."""
        self._say("Connected")
        while True:
            try:
                frame = await self.conversation.receive(self.timing.idle_ms)
            except TimeoutError:
                await self.conversation.fail("net_0001")
            if frame is None:
                return
            if isinstance(frame, bytes):
                self._hear(frame)
            elif not await self._obey(frame):
                return await self._close_stream()

    async def _obey(self, text: str) -> bool:
        try:
            message = json.loads(text)
            kind = message["type"]
        except (ValueError, KeyError, TypeError):
            kind, message = "", {}
        if kind == "CloseStream":
            return False
        if kind == "ForceEndTurn":
            if self.is_in_turn:
                self._end_turn("manual", 1.0)
        elif kind == "Configure":
            self._configure(message)
        else:
            await self.outbox.drain()
            await self.conversation.fail("flux_bad_message")
        return True

    def _configure(self, message: dict[str, Any]) -> None:
        bounds = {"eager_eot_threshold": (0.3, 0.9), "eot_threshold": (0.5, 1.0), "eot_timeout_ms": (500, 60_000)}
        changes = message.get("thresholds") or {}
        bad = [name for name, value in changes.items() if name not in bounds or not bounds[name][0] <= value <= bounds[name][1]]
        terms = message.get("keyterms")
        if bad or any(len(term) > LONGEST_KEYTERM for term in terms or []):
            self._say("ConfigureFailure", code="INVALID_CONFIGURATION", description=f"Out of range: {', '.join(bad) or 'keyterms'}")
            return
        self.settings.thresholds |= changes
        self.settings.keyterms = self.settings.keyterms if terms is None else terms
        self.settings.hints = message.get("language_hints") or self.settings.hints
        self.settings.numerals = message.get("numerals", self.settings.numerals)
        more: dict[str, Any] = {"language_hints": self.settings.hints} if self.settings.hints else {}
        thresholds = {name: value for name, value in self.settings.thresholds.items() if value is not None}
        self._say("ConfigureSuccess", thresholds=thresholds, keyterms=self.settings.keyterms, numerals=self.settings.numerals, **more)

    def _hear(self, data: bytes) -> None:
        encoding = self.settings.encoding or "linear16"
        width = bytes_per_sample(encoding)
        data = self.carry + data
        whole = len(data) // width * width
        self.carry = data[whole:]
        before = self.ear.last_loud
        self.ear.feed(decoded(data[:whole], encoding))
        if self.ear.first_loud is None or self.exchange.is_empty:
            if self.ear.time - self.ear.start > 5:
                self.ear.settle()
            return
        self._judge(has_sounded=self.ear.last_loud != before)

    def _judge(self, has_sounded: bool) -> None:
        words = [word.text for word in self.ear.words()]
        if not words:
            return
        if not self.is_in_turn:
            self.is_in_turn = True
            self._inform("StartOfTurn", 0.0)
        if self.is_eager and has_sounded and words != self.shown:
            self.is_eager = False
            self._inform("TurnResumed", 0.0)
        limits, silence = self.settings.thresholds, self.ear.silence_ms
        confidence = min(1.0, silence / CERTAIN_AFTER_MS)
        eager, end = limits["eager_eot_threshold"], limits["eot_threshold"] or 0.7
        if silence >= (limits["eot_timeout_ms"] or 5000):
            self._end_turn("timeout", confidence)
        elif end < 1.0 and confidence >= end:
            self._end_turn("model", confidence)
        elif eager is not None and confidence >= eager and not self.is_eager:
            self.is_eager = True
            self._inform("EagerEndOfTurn", confidence)
        elif words != self.shown and self.ear.time >= self.next_update and not self.is_eager:
            self._inform("Update", confidence)

    def _end_turn(self, trigger: str, confidence: float) -> None:
        self._inform("EndOfTurn", confidence, trigger=trigger)
        self.ear.settle()
        self.turn += 1
        self.shown, self.is_in_turn, self.is_eager = [], False, False

    def _inform(self, event: str, confidence: float, **more: str) -> None:
        words = self.ear.words()
        self.shown = [word.text for word in words]
        self.next_update = self.ear.time + UPDATE_MS / 1000
        items = [{"word": word.text, "confidence": 0.98, "start": round(word.start, 3), "end": round(word.end, 3)} for word in words]
        multi: dict[str, Any] = {"languages": ["en"]} if self.settings.model == "flux-general-multi" else {}
        if self.settings.hints:
            multi["languages_hinted"] = self.settings.hints
        self._say("TurnInfo", self.timing.final_ms if event == "EndOfTurn" else 0, event=event, turn_index=self.turn,
                  audio_window_start=round(self.ear.start, 3), audio_window_end=round(self.ear.time, 3), transcript=" ".join(self.shown),
                  words=items, end_of_turn_confidence=round(confidence, 3), **multi, **more)

    def _say(self, kind: str, after_ms: float = 0, **fields: Any) -> None:
        self.outbox.put({"type": kind, "request_id": self.exchange.id, "sequence_id": self.sequence, **fields}, after_ms)
        self.sequence += 1

    async def _close_stream(self) -> None:
        # The vendor ends no turn here, sends no metadata and gives no close code.
        if self.is_in_turn and [word.text for word in self.ear.words()] != self.shown:
            self._inform("Update", 0.0)
        await self.outbox.drain()
        await self.conversation.close(None)


async def serve(exchange: Exchange, subprotocols: tuple[str, ...], script: dict[str, Any]) -> None:
    """One socket from its upgrade to its end."""
    settings = Settings(Query(exchange.request))
    conversation = Conversation(exchange, subprotocols)
    await conversation.open()
    session = Session(conversation, settings, script)
    await converse(session.outbox, session.listen)
