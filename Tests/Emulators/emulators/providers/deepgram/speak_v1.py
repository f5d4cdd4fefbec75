"""Deepgram WebSocket /v1/speak: Speak, Flush, Clear, Close."""
import collections
import json
import re
import time

from ...conversation import Conversation
from ...exchange import Exchange
from ...outbox import Outbox, converse
from ...voice import Voice
from .access import Query, invalid

MODEL = re.compile(r"aura(-2)?-[a-z]+-(en|es|de|nl|fr|it|ja)")
RATES = {"linear16": {8000, 16000, 24000, 32000, 48000}, "mulaw": {8000, 16000}, "alaw": {8000, 16000}}
LONGEST_TEXT = 2000
MOST_CHARACTERS_PER_MINUTE = 2400
MOST_FLUSHES_PER_MINUTE = 20
VOICE_UUID = "ecb76e9d-f2db-4127-8060-79b05590d22f"


class Window:
    """Counts what happened within the last minute."""

    def __init__(self) -> None:
        self._items: collections.deque[tuple[float, int]] = collections.deque()

    def add(self, amount: int) -> int:
        """Adds and returns the sum of the last minute."""
        now = time.monotonic()
        self._items.append((now, amount))
        while self._items[0][0] < now - 60:
            self._items.popleft()
        return sum(amount for _, amount in self._items)


class Session:
    """One socket."""

    def __init__(self, conversation: Conversation, model: str, rate: int, encoding: str) -> None:
        self.conversation, self.model = conversation, model
        self.exchange = conversation.exchange
        self.outbox = Outbox(conversation)
        self.voice = Voice(self.outbox, self.exchange, rate, encoding)
        self.text = ""
        self.has_text = False
        self.sequence = 0
        self.characters, self.flushes = Window(), Window()

    async def listen(self) -> None:
        """Takes messages until the client has gone or closes."""
        self.outbox.put({"type": "Metadata", "request_id": self.exchange.id, "model_name": self.model, "model_version": "2025-04-21.0",
                         "model_uuid": VOICE_UUID, "additional_model_uuids": []})
        while True:
            try:
                frame = await self.conversation.receive(self.exchange.timing.voice_idle_ms)
            except TimeoutError:
                await self.conversation.fail("speak_net_0001")
            if frame is None:
                return
            if isinstance(frame, bytes):
                await self.conversation.fail("message_0000")
            elif not await self._obey(frame):
                self._say_sentences(is_last=True)
                await self.outbox.drain()
                return await self.conversation.close(1000)

    async def _obey(self, text: str | bytes) -> bool:
        try:
            message = json.loads(text)
            kind = message["type"]
        except (ValueError, KeyError, TypeError):
            kind, message = "", {}
        if kind == "Close":
            return False
        if kind == "Speak" and isinstance(message.get("text"), str):
            await self._speak(message["text"])
        elif kind == "Flush":
            self._flush()
        elif kind == "Clear":
            self.text, self.has_text = "", False
            self.voice.silence()
            # Each is answered, however soon the next one comes.
            self._answer("Cleared", lasting=True)
        else:
            await self.conversation.fail("speak_data_0000")
        return True

    async def _speak(self, text: str) -> None:
        if len(text) > LONGEST_TEXT:
            await self.conversation.fail("big_0001")
        if self.characters.add(len(text)) > MOST_CHARACTERS_PER_MINUTE:
            await self.conversation.fail("data_0001")
        self.text += text
        self.has_text = self.has_text or bool(text.strip())
        self._say_sentences(is_last=False)

    def _say_sentences(self, is_last: bool) -> None:
        """Whole sentences are made before the flush."""
        end = len(self.text) if is_last else max((match.end() for match in re.finditer(r"[.!?](?=\s)", self.text)), default=0)
        sentence, self.text = self.text[:end], self.text[end:]
        if sentence.strip():
            self.voice.say(sentence)

    def _flush(self) -> None:
        if self.flushes.add(1) > MOST_FLUSHES_PER_MINUTE:
            self._warn("EXCESSIVE_FLUSH", "Too many Flush messages; this one is ignored.")
        elif not self.has_text:
            self._warn("EMPTY_TEXT", "There is no text to flush.")
        else:
            self._say_sentences(is_last=True)
            self.has_text = False
            self._answer("Flushed")

    def _answer(self, kind: str, lasting: bool = False) -> None:
        self.voice.mark({"type": kind, "sequence_id": self.sequence}, lasting)
        self.sequence += 1

    def _warn(self, code: str, description: str) -> None:
        self.outbox.put({"type": "Warning", "code": code, "description": description})


async def serve(exchange: Exchange, subprotocols: tuple[str, ...]) -> None:
    """One socket from its upgrade to its end."""
    query = Query(exchange.request)
    model = query.text("model", "aura-asteria-en")
    if not MODEL.fullmatch(model):
        raise invalid(f"No such model: {model}")
    encoding = query.choice("encoding", set(RATES), "linear16")
    rate = query.whole("sample_rate", 1, 192_000, 24_000 if encoding == "linear16" else 8000)
    if rate not in RATES[encoding]:
        raise invalid(f"sample_rate {rate} is not available with encoding {encoding}")
    if query.text("container", "none") != "none":
        raise invalid("container is not available over WebSocket")
    conversation = Conversation(exchange, subprotocols)
    await conversation.open()
    session = Session(conversation, model, rate, encoding)
    await converse(session.outbox, session.listen)
