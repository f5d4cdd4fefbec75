"""OpenAI: chat completions with tools and usage, speech, transcriptions; and the deviations of servers that speak its dialect."""
import time

from ...emulator import KEY, Emulator
from ...exchange import Exchange
from ...failures import Refused
from ...script import Author
from . import chat, speech, transcriptions

MODELS = ("gpt-6-luna", "gpt-5.6-sol", "gpt-4o-mini-tts", "tts-1", "tts-1-hd", "gpt-transcribe", "whisper-1", "gpt-4o-transcribe")


class OpenAI(Emulator):
    """api.openai.com under /v1. `script.dialect` makes it answer as ollama, llama, vllm or groq do."""

    provider = "openai"

    def __init__(self) -> None:
        super().__init__()
        self.author = Author()

    def on_reset(self) -> None:
        self.author.reset()

    def dress(self, exchange: Exchange) -> None:
        exchange.headers |= {"x-request-id": "req_" + exchange.id.replace("-", ""), "openai-processing-ms": "12",
                             "openai-version": "2020-10-01",
                             "x-ratelimit-limit-requests": "10000", "x-ratelimit-remaining-requests": "9999",
                             "x-ratelimit-reset-requests": "6ms", "x-ratelimit-limit-tokens": "2000000",
                             "x-ratelimit-remaining-tokens": "1999000", "x-ratelimit-reset-tokens": "30ms"}

    def routes(self) -> None:
        self.route("POST", "/v1/chat/completions", self._chat)
        self.route("POST", "/v1/audio/speech", self._speech)
        self.route("POST", "/v1/audio/transcriptions", self._transcriptions)
        self.route("GET", "/v1/models", self._models)

    async def _chat(self, exchange: Exchange) -> None:
        _authorise(exchange)
        await chat.serve(exchange, self.author, self.knobs.script)

    async def _speech(self, exchange: Exchange) -> None:
        _authorise(exchange)
        await speech.serve(exchange)

    async def _transcriptions(self, exchange: Exchange) -> None:
        _authorise(exchange)
        await transcriptions.serve(exchange, self.knobs.script)

    async def _models(self, exchange: Exchange) -> None:
        _authorise(exchange)
        models = [{"id": name, "object": "model", "created": int(time.time()), "owned_by": "openai"} for name in MODELS]
        await exchange.json({"object": "list", "data": models})


def _authorise(exchange: Exchange) -> None:
    if exchange.request.headers.get("Authorization") != f"Bearer {KEY}":
        raise Refused("invalid_api_key")
