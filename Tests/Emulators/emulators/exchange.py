"""One HTTP request and its answer, bent by the fault that is armed for it."""
import asyncio
import json
import socket
import uuid
import zlib
from typing import Any, Callable, Mapping

from aiohttp import web

from .door import LINGER_ZERO
from .failures import Failure, Failures
from .knobs import PLAIN, Armed, Timing
from .ledger import Ledger, without_secrets

#: Sizes of the pieces of an answer whose chunks are odd: no sample, character or line ends where a chunk does.
ODD_SIZES = (1, 3, 7, 13, 101, 997)
#: What garbage looks like: neither text, JSON, HTTP nor a WebSocket frame.
GARBAGE = bytes(range(128, 256)) * 2 + b"\x00\xff{]\r\r\n"
#: A message of a kind that no client knows yet; vendors add some without a new version.
NOVELTY: dict[str, Any] = {"type": "something_new", "object": "something.new", "choices": [], "more": {"x": [1, None, "ü"]}}
NOT_UTF8 = b"\xc3\x28\xff\xfe"


class Ended(Exception):
    """The answer is over, as a fault wanted it."""


class Exchange:
    """What a handler reads the request from and writes the answer to.

    Use either `json`/`whole` for an answer in one piece, or `begin`, `write`, `event`, `end` for a stream.
    """

    def __init__(self, request: web.Request, number: int, timing: Timing, armed: Armed, failures: Failures, ledger: Ledger) -> None:
        self.request, self.number, self.timing, self.armed = request, number, timing, armed
        self.failures, self.ledger = failures, ledger
        self.id = str(uuid.uuid4())
        #: The vendor's headers that every answer of it carries.
        self.headers: dict[str, str] = {}
        self.response: web.StreamResponse | None = None
        self.sent = 0
        self._events = 0
        self._packer: Any = None
        self._odd = 0
        self._raw_body: bytes | None = None

    @property
    def is_empty(self) -> bool:
        """Whether the answer is to be a success without content."""
        return self.armed.kind == "empty"

    @property
    def pace(self) -> float:
        """How much faster than usual sound is to come."""
        return self.armed.settings["factor"] if self.armed.kind == "pace" else 1.0

    async def body(self) -> bytes:
        """The request's body as it came."""
        if self._raw_body is None:
            self._raw_body = await self.request.read()
        return self._raw_body

    async def parsed(self) -> Any:
        """The request's body as JSON; ValueError if it is none, or nests too deeply."""
        try:
            return json.loads(await self.body())
        except RecursionError:
            raise ValueError("too deeply nested") from None

    def arrived(self) -> None:
        """Notes the request before its body is read."""
        self.ledger.record("request", self.number, method=self.request.method, path=self.request.path,
                           query=[list(pair) for pair in self.request.query.items()], headers=without_secrets(self.request.headers))

    async def meet_fault(self) -> None:
        """Does what the armed fault does before the answer begins."""
        kind, failure = self.armed.kind, self.armed.failure
        if self.armed is not PLAIN:
            self.ledger.record("fault", self.number, fault=kind, error=failure.name if failure else None)
        if kind == "hang":
            await asyncio.Event().wait()
        elif kind == "slow":
            await asyncio.sleep(self.armed.settings["ms"] / 1000)
        elif kind == "redirect":
            await self.begin(307, {"Location": self.armed.settings["location"]})
            await self.end()
            raise Ended
        elif failure and failure.phase in ("http", "handshake"):
            await self.refuse(failure.name)

    def rendered(self, failure: Failure, fields: Mapping[str, str]) -> dict[str, Any]:
        """What a documented error sends in this exchange."""
        return failure.rendered({"request_id": self.id, "detail": "as ordered"} | dict(fields))

    async def refuse(self, name: str, **fields: str) -> None:
        """Answers with a documented error and ends."""
        wire = self.rendered(self.failures[name], fields)
        body = wire.get("body", "")
        is_text = isinstance(body, str)
        content = body.encode() if is_text else json.dumps(body).encode()
        kind = {"Content-Type": "text/plain; charset=utf-8" if is_text else "application/json"}
        await self.whole(wire["status"], content, kind | wire.get("headers", {}))
        raise Ended

    async def json(self, value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> None:
        """A whole answer of JSON."""
        await self.whole(status, json.dumps(value, ensure_ascii=False).encode(), {"Content-Type": "application/json"} | dict(headers or {}))

    async def whole(self, status: int, content: bytes, headers: Mapping[str, str]) -> None:
        """A whole answer; its length is told unless a fault changes it."""
        if self.armed.kind in ("", "error", "slow"):
            headers = dict(headers) | {"Content-Length": str(len(content))}
        await self.begin(status, headers)
        await self.write(content)
        await self.end()

    async def begin(self, status: int, headers: Mapping[str, str]) -> None:
        """Sends the head of the answer."""
        head = {**self.headers, **headers}
        if self.armed.kind == "content_type":
            head["Content-Type"] = self.armed.settings["value"]
        if self.armed.kind == "gzip":
            head["Content-Encoding"] = "gzip"
            self._packer = zlib.compressobj(wbits=31)
        self.response = web.StreamResponse(status=status, headers=head)
        if "Content-Length" not in head and status != 204:
            self.response.enable_chunked_encoding()
        await self.response.prepare(self.request)
        self.ledger.record("responded", self.number, status=status, path=self.request.path)

    async def write(self, data: bytes) -> None:
        """Sends a piece of the body, unless the armed fault acts within it."""
        kind, after = self.armed.kind, self.armed.after
        bends = kind in ("cut", "stall", "garbage", "invalid_utf8", "truncate", "oversize")
        if bends and self.sent <= after < self.sent + max(len(data), 1):
            head, data = data[: after - self.sent], data[after - self.sent :]
            await self._put(head)
            await self._bend()
        await self._put(data)

    async def _bend(self) -> None:
        kind = self.armed.kind
        if kind == "cut":
            await self.cut()
        elif kind == "stall":
            await asyncio.Event().wait()
        elif kind == "garbage":
            await self._put(GARBAGE)
        elif kind == "invalid_utf8":
            await self._put(NOT_UTF8)
        elif kind == "truncate":
            await self.end()
            raise Ended
        elif kind == "oversize":
            await self._flood()

    async def _flood(self) -> None:
        """One value or line that does not end within any sensible limit."""
        block, left = b'"' + b"x" * 65_535, self.armed.settings["bytes"]
        while left > 0:
            await self._put(block[:left])
            left -= len(block)

    async def _put(self, data: bytes) -> None:
        if not data or self.response is None:
            return
        self.sent += len(data)
        if self._packer:
            await self.response.write(self._packer.compress(data) + self._packer.flush(zlib.Z_SYNC_FLUSH))
        elif self.armed.kind == "split":
            for byte in data:
                await self.response.write(bytes([byte]))
        elif self.armed.kind == "odd":
            while data:
                size = ODD_SIZES[self._odd % len(ODD_SIZES)]
                self._odd += 1
                await self.response.write(data[:size])
                data = data[size:]
        else:
            await self.response.write(data)

    async def event(self, message: Any, name: str | None = None, form: Callable[[Any, str | None], bytes] | None = None) -> None:
        """A server-sent event, or what `form` makes of it; a documented error of the stream takes its turn."""
        form = form or framed
        failure = self.armed.failure
        if failure and failure.phase == "event" and self._events >= self.armed.after:
            wire = self.rendered(failure, {})
            await self.write(form(wire["message"], wire.get("event")))
            await self.end()
            raise Ended
        if self.armed.kind == "novelty" and self._events == self.armed.after:
            await self.write(form(NOVELTY, NOVELTY["type"] if name else None))
        self._events += 1
        await self.write(form(message, name))

    async def end(self) -> None:
        """Ends the answer well."""
        if self.response is None:
            return
        if self._packer:
            await self.response.write(self._packer.flush())
        await self.response.write_eof()
        self.ledger.record("finished", self.number, bytes=self.sent, path=self.request.path)

    async def cut(self) -> None:
        """Ends the connection in the middle of the answer."""
        transport = self.request.transport
        if transport is not None:
            if self.armed.settings.get("rst"):
                transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_ZERO)
                transport.abort()
            else:
                transport.close()
        raise Ended


def framed(message: Any, name: str | None = None) -> bytes:
    """A server-sent event on the wire. Text is sent as it is."""
    data = message if isinstance(message, str) else json.dumps(message, ensure_ascii=False)
    return (f"event: {name}\n" if name else "").encode() + f"data: {data}\n\n".encode()


def lined(message: Any, _: str | None = None) -> bytes:
    """A line of newline-delimited JSON."""
    return json.dumps(message, ensure_ascii=False).encode() + b"\n"
