"""Claude: the Messages API, streamed and whole, with tools, thinking, caching and its rate-limit headers."""
import asyncio
from typing import Any

from ...emulator import KEY, LARGEST_BODY, Emulator
from ...exchange import Exchange
from ...failures import Refused
from ...script import Author
from .cache import Cache
from .check import MODELS, VERSIONS, check
from .message import Message, last_told

#: The vendor's limit of a request.
LARGEST_REQUEST = 32 << 20
assert LARGEST_REQUEST < LARGEST_BODY


class Claude(Emulator):
    """api.anthropic.com."""

    provider = "claude"

    def __init__(self) -> None:
        super().__init__()
        self.author, self.cache = Author(), Cache()

    def on_reset(self) -> None:
        self.author.reset()
        self.cache.clear()

    def dress(self, exchange: Exchange) -> None:
        exchange.id = "req_" + exchange.id.replace("-", "")[:24]
        exchange.headers["request-id"] = exchange.id
        exchange.headers["anthropic-organization-id"] = "00000000-1111-2222-3333-444444444444"
        for kind, limit in (("requests", 4000), ("tokens", 480_000), ("input-tokens", 400_000), ("output-tokens", 80_000)):
            exchange.headers |= {f"anthropic-ratelimit-{kind}-limit": str(limit), f"anthropic-ratelimit-{kind}-remaining": str(limit - 1),
                                 f"anthropic-ratelimit-{kind}-reset": "2026-11-21T12:00:00Z"}

    def routes(self) -> None:
        self.route("POST", "/v1/messages", self._messages)
        self.route("POST", "/v1/messages/count_tokens", self._count)
        self.route("GET", "/v1/models", self._models)

    async def _messages(self, exchange: Exchange) -> None:
        body = await self._body(exchange)
        try:
            check(body, exchange.request.headers["anthropic-version"])
        except (AttributeError, KeyError, TypeError) as error:
            raise Refused("invalid_request", detail=f"a member has the wrong type: {error}") from None
        reply = self.author.reply(self.knobs.script, last_told(body))
        message = Message(body, reply, self.cache.use(body), exchange.is_empty)
        if body.get("stream"):
            await self._stream(exchange, message)
        else:
            await asyncio.sleep(exchange.timing.answer_ms / 1000)
            await exchange.json(message.whole())

    async def _stream(self, exchange: Exchange, message: Message) -> None:
        await exchange.begin(200, {"Content-Type": "text/event-stream; charset=utf-8", "Cache-Control": "no-cache"})
        await asyncio.sleep(exchange.timing.first_byte_ms / 1000)
        for event in message.events():
            if event["type"] == "content_block_delta":
                await asyncio.sleep(exchange.timing.token_ms / 1000)
            await exchange.event(event, event["type"])
        await exchange.end()

    async def _count(self, exchange: Exchange) -> None:
        body = await self._body(exchange)
        usage = Cache().use(body)
        await exchange.json({"input_tokens": usage.fresh + usage.written})

    async def _models(self, exchange: Exchange) -> None:
        _authorise(exchange)
        data = [{"type": "model", "id": name, "display_name": name, "created_at": "2026-01-01T00:00:00Z", "lifecycle": "active"}
                for name in sorted(MODELS)]
        await exchange.json({"data": data, "has_more": False, "first_id": data[0]["id"], "last_id": data[-1]["id"]})

    async def _body(self, exchange: Exchange) -> dict[str, Any]:
        """The request's JSON after the checks of its headers."""
        _authorise(exchange)
        headers = exchange.request.headers
        version = headers.get("anthropic-version")
        if version is None:
            raise Refused("invalid_request", detail="anthropic-version: header is required")
        if version not in VERSIONS:
            raise Refused("invalid_request", detail=f"anthropic-version: \"{version}\" is not a valid version")
        if len(await exchange.body()) > LARGEST_REQUEST:
            raise Refused("request_too_large")
        if "application/json" not in headers.get("Content-Type", ""):
            raise Refused("invalid_request", detail="content-type: must be application/json")
        try:
            body = await exchange.parsed()
        except ValueError as error:
            raise Refused("invalid_request", detail=f"The request body is not valid JSON: {error}") from None
        if not isinstance(body, dict):
            raise Refused("invalid_request", detail="The request body must be a JSON object")
        return body


def _authorise(exchange: Exchange) -> None:
    """`x-api-key` wins over a bearer token."""
    headers = exchange.request.headers
    key = headers.get("x-api-key")
    if key is None:
        scheme, _, key = headers.get("Authorization", "").partition(" ")
        key = key if scheme.lower() == "bearer" else ""
    if key != KEY:
        raise Refused("authentication")
