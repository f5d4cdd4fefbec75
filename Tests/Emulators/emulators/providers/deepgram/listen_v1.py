"""Deepgram /v1/listen: interim and final results, endpointing, utterance end, KeepAlive, Finalize, CloseStream."""
import datetime
import hashlib
import json
import re
import time
from typing import Any

import numpy

from ...conversation import Conversation
from ...exchange import Exchange
from ...failures import Refused
from ...outbox import Outbox, converse
from ...sound import SHORTEST_PAUSE_MS, Heard, Recogniser, bytes_per_sample, decoded
from .access import Query, invalid

USES = ("general", "meeting", "phonecall", "finance", "conversationalai", "voicemail", "video", "medical", "drivethru", "automotive")
MODELS = {"nova-3", "nova-3-general", "nova-3-medical", "nova-2", *(f"nova-2-{use}" for use in USES), "nova", "nova-general",
          "nova-phonecall", "nova-medical", "enhanced", *(f"enhanced-{use}" for use in ("general", "meeting", "phonecall", "finance")),
          "base", *USES}
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
ENCODINGS = {"linear16", "linear32", "flac", "alaw", "mulaw", "amr-nb", "amr-wb", "opus", "ogg-opus", "speex", "g729"}
#: Those whose sound this emulator hears; of the others it takes the bytes and hears silence.
HEARD_ENCODINGS = {"linear16", "mulaw", "alaw"}
LANGUAGE = re.compile(r"multi|[a-z]{2,3}(-[A-Za-z0-9]{2,4})*")
MODEL_UUID = "2187e11a-3532-4498-b076-81fa530bdd49"
#: Speech without a pause, or silence, is settled in pieces of this length.
LONGEST_SEGMENT_S = 5.0
#: Tokens that all key terms may have; a word counts as one here.
MOST_KEYTERM_WORDS = 500
FLAGS = ("interim_results", "vad_events", "punctuate", "smart_format", "numerals", "dictation", "profanity_filter", "filler_words",
         "no_delay", "diarize", "detect_entities", "mip_opt_out", "multichannel")


class Settings:
    """The query of the upgrade, checked as the vendor checks it."""

    def __init__(self, query: Query) -> None:
        self.model = query.text("model", "base")
        if self.model not in MODELS and not UUID.fullmatch(self.model):
            raise invalid(f"No such model/language/tier combination found: {self.model}")
        self.language = query.text("language", "en")
        if not LANGUAGE.fullmatch(self.language):
            raise invalid(f"No such model/language/tier combination found: {self.model}, {self.language}")
        self.encoding = query.choice("encoding", ENCODINGS, "")
        self.rate = query.whole("sample_rate", 1, 192_000, 0)
        if self.encoding and not self.rate:
            raise invalid("sample_rate is required with encoding")
        self.channels = query.whole("channels", 1, 20, 1)
        self.flags = {name: query.flag(name) for name in FLAGS}
        self.utterance_end_ms = query.whole("utterance_end_ms", 1, 60_000, 0)
        if self.utterance_end_ms and not self.flags["interim_results"]:
            raise invalid("utterance_end_ms requires interim_results=true")
        pause = query.text("endpointing", "10")
        if pause not in ("true", "false") and not pause.isdecimal():
            raise invalid("endpointing must be an integer or false")
        self.endpointing_ms = {"true": 10.0, "false": float("inf")}.get(pause) or float(pause)
        self._check_terms(query)
        self.keyterms = query.all("keyterm")
        if query.text("diarize_model", "latest") not in ("latest", "v1"):
            raise invalid("diarize_model must be latest or v1 for streaming")

    def _check_terms(self, query: Query) -> None:
        is_nova_3 = self.model.startswith("nova-3")
        if query.all("keyterm") and not is_nova_3:
            raise invalid("keyterm is only available for nova-3")
        if query.all("keywords") and is_nova_3:
            raise invalid("keywords is not available for nova-3; use keyterm")
        if sum(len(term.split()) for term in query.all("keyterm")) > MOST_KEYTERM_WORDS:
            raise Refused("keyterm_limit")
        if query.all("language_hint") and not (is_nova_3 and self.language == "multi"):
            raise invalid("language_hint requires model=nova-3 and language=multi")


class Channel:
    """What is known of one channel's speech."""

    def __init__(self, recogniser: Recogniser) -> None:
        self.ear = recogniser
        self.next_interim = 0.0
        self.shown: list[str] = []
        #: The end of the last word of an utterance whose UtteranceEnd has not been sent.
        self.last_word_end: float | None = None
        self.has_started = False


class Session:
    """One socket."""

    def __init__(self, conversation: Conversation, settings: Settings, script: dict[str, Any]) -> None:
        self.conversation, self.settings = conversation, settings
        self.exchange, self.timing = conversation.exchange, conversation.exchange.timing
        self.outbox = Outbox(conversation)
        count = settings.channels if settings.flags["multichannel"] else 1
        rate = settings.rate or 16_000
        self.channels = [Channel(Recogniser(rate, script.get("lexicon"), script.get("transcripts"))) for _ in range(count)]
        self.digest = hashlib.sha256()
        self.bytes = 0
        self.carry = b""
        self.opened = time.monotonic()

    async def listen(self) -> None:
        """Takes frames until the client has gone or the stream has ended."""
        while True:
            try:
                limit = self.timing.idle_ms if self.bytes else self.timing.idle_ms - (time.monotonic() - self.opened) * 1000
                frame = await self.conversation.receive(max(limit, 0.001))
            except TimeoutError:
                await self.conversation.fail("net_0001")
            if frame is None:
                return
            if isinstance(frame, bytes) and frame:
                await self._hear(frame)
            elif isinstance(frame, bytes) or not await self._obey(frame):
                return await self._close_stream()

    async def _obey(self, text: str) -> bool:
        """Follows a text message; false when it ends the stream."""
        try:
            message = json.loads(text)
            kind = message["type"]
        except (ValueError, KeyError, TypeError):
            kind, message = "", {}
        if kind == "CloseStream":
            return False
        if kind == "Finalize":
            channel = message.get("channel")
            for number, one in enumerate(self.channels):
                if channel in (None, number) and one.ear.first_loud is not None:
                    self._settle(number, one, speech_final=False, from_finalize=True)
        elif kind == "Configure":
            self._configure(message)
        elif kind != "KeepAlive":
            self.outbox.put({"type": "Error", "variant": "SchemaError", "description": "Could not deserialize last text message.",
                             "message": text})
        return True

    def _configure(self, message: dict[str, Any]) -> None:
        terms = message.get("keyterms")
        code = ""
        if terms and not self.settings.model.startswith("nova-3"):
            code = "CONFIGURE_KEYTERMS_NOT_SUPPORTED"
        elif terms and sum(len(term.split()) for term in terms) > MOST_KEYTERM_WORDS:
            code = "CONFIGURE_KEYTERM_LIMIT_EXCEEDED"
        if code:
            self.outbox.put({"type": "ConfigureFailure", "request_id": self.exchange.id, "code": code,
                             "description": "The configuration was not applied."})
            return
        if terms is not None:
            self.settings.keyterms = terms
        self.outbox.put({"type": "ConfigureSuccess", "request_id": self.exchange.id, "keyterms": self.settings.keyterms})

    async def _hear(self, data: bytes) -> None:
        encoding = self.settings.encoding
        if not encoding and not self.bytes:
            if data[:4] not in (b"RIFF", b"OggS", b"fLaC", b"\x1aE\xdf\xa3"):
                await self.conversation.fail("data_0000")
            data = data[44:] if data[:4] == b"RIFF" else data
        self.digest.update(data)
        self.bytes += len(data)
        encoding = encoding or "linear16"
        width = bytes_per_sample(encoding) * self.settings.channels
        data = self.carry + data
        whole = len(data) // width * width
        self.carry = data[whole:]
        samples = decoded(data[:whole], encoding) if encoding in HEARD_ENCODINGS else numpy.zeros(whole // 2)
        for number, channel in enumerate(self.channels):
            channel.ear.feed(samples[number :: self.settings.channels])
            self._judge(number, channel)

    def _judge(self, number: int, channel: Channel) -> None:
        """Decides what the audio so far gives rise to."""
        ear, flags = channel.ear, self.settings.flags
        if ear.first_loud is not None and not channel.has_started:
            channel.has_started = True
            if flags["vad_events"]:
                self._say({"type": "SpeechStarted", "channel": [number, len(self.channels)], "timestamp": ear.first_loud})
        is_long = ear.time - ear.start >= LONGEST_SEGMENT_S
        if ear.first_loud is not None and ear.silence_ms >= max(self.settings.endpointing_ms, SHORTEST_PAUSE_MS):
            self._settle(number, channel, speech_final=True)
        elif is_long and (ear.first_loud is None or ear.silence_ms >= SHORTEST_PAUSE_MS):
            self._settle(number, channel, speech_final=False)
        elif flags["interim_results"] and ear.time >= channel.next_interim:
            channel.next_interim = ear.time + self.timing.interim_ms / 1000
            self._interim(number, channel)
        limit, end = self.settings.utterance_end_ms, channel.last_word_end
        if limit and end is not None and ear.first_loud is None and (ear.time - end) * 1000 >= limit:
            channel.last_word_end = None
            self._say({"type": "UtteranceEnd", "channel": [number, len(self.channels)], "last_word_end": round(end, 3)})

    def _interim(self, number: int, channel: Channel) -> None:
        words = channel.ear.words()
        shown = [word.text for word in words]
        if shown and shown != channel.shown and not self.exchange.is_empty:
            channel.shown = shown
            self._say(self._results(number, channel, words, is_final=False, speech_final=False))

    def _settle(self, number: int, channel: Channel, speech_final: bool, from_finalize: bool = False) -> None:
        words = [] if self.exchange.is_empty else channel.ear.words()
        message = self._results(number, channel, words, is_final=True, speech_final=speech_final)
        if from_finalize:
            message["from_finalize"] = True
        if words:
            channel.last_word_end = words[-1].end
        channel.ear.settle()
        channel.shown, channel.has_started = [], False
        channel.next_interim = channel.ear.time + self.timing.interim_ms / 1000
        self._say(message, self.timing.final_ms)

    def _say(self, message: dict[str, Any], after_ms: float = 0) -> None:
        speed = self.timing.input_speed
        not_before = self.opened + self.channels[0].ear.time / speed if speed else 0
        self.outbox.put(message, after_ms, not_before)

    def _results(self, number: int, channel: Channel, words: list[Heard], is_final: bool, speech_final: bool) -> dict[str, Any]:
        ear, formats = channel.ear, self.settings.flags["smart_format"] or self.settings.flags["punctuate"]
        items: list[dict[str, Any]] = [{"word": word.text.lower(), "start": round(word.start, 3), "end": round(word.end, 3),
                                        "confidence": 0.98} for word in words]
        text = " ".join(word.text for word in words)
        if formats and words:
            text = text[0].upper() + text[1:] + "."
            for item, shown in zip(items, text.split()):
                item["punctuated_word"] = shown
        if self.settings.flags["diarize"]:
            for item in items:
                item["speaker"] = 0
        alternative: dict[str, Any] = {"transcript": text, "confidence": 0.98 if words else 0.0, "words": items}
        if self.settings.language == "multi":
            alternative |= {"languages": ["en"] if words else [], "languages_hinted": []}
        message: dict[str, Any] = {
            "type": "Results", "channel_index": [number, len(self.channels)], "duration": round(ear.time - ear.start, 3),
            "start": round(ear.start, 3), "is_final": is_final, "speech_final": speech_final, "from_finalize": False,
            "channel": {"alternatives": [alternative]},
            "metadata": {"request_id": self.exchange.id, "model_uuid": MODEL_UUID,
                         "model_info": {"name": self.settings.model, "version": "2025-01-01.0", "arch": self.settings.model[:6]}}}
        if is_final and self.settings.flags["detect_entities"]:
            message["entities"] = []
        return message

    async def _close_stream(self) -> None:
        for number, channel in enumerate(self.channels):
            if channel.ear.first_loud is not None:
                self._settle(number, channel, speech_final=True)
        width = bytes_per_sample(self.settings.encoding or "linear16") * self.settings.channels
        created = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        info = {"name": self.settings.model, "version": "2025-01-01.0", "arch": self.settings.model[:6]}
        self.outbox.put({"type": "Metadata", "transaction_key": "deprecated", "request_id": self.exchange.id,
                         "sha256": self.digest.hexdigest(), "created": created,
                         "duration": round(self.bytes / width / (self.settings.rate or 16_000), 6), "channels": self.settings.channels,
                         "models": [MODEL_UUID], "model_info": {MODEL_UUID: info}})
        await self.outbox.drain()
        await self.conversation.close(1000)


async def serve(exchange: Exchange, subprotocols: tuple[str, ...], script: dict[str, Any]) -> None:
    """One socket from its upgrade to its end."""
    settings = Settings(Query(exchange.request))
    conversation = Conversation(exchange, subprotocols)
    await conversation.open()
    session = Session(conversation, settings, script)
    await converse(session.outbox, session.listen)
