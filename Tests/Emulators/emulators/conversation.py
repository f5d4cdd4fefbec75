"""One WebSocket, bent by the fault that is armed for its handshake."""
import asyncio
import json
import struct
from typing import Any

from aiohttp import WSMsgType, web

from .exchange import GARBAGE, NOT_UTF8, NOVELTY, ODD_SIZES, Ended, Exchange
from .knobs import PLAIN


class Conversation:
    """A WebSocket after its upgrade. `receive` gives text as str and binary as bytes, and None when the client has gone."""

    def __init__(self, exchange: Exchange, subprotocols: tuple[str, ...] = (), largest: int = 16 << 20) -> None:
        self.exchange, self.ledger, self.number = exchange, exchange.ledger, exchange.number
        self.socket = web.WebSocketResponse(autoping=False, autoclose=False, protocols=subprotocols, max_msg_size=largest, compress=False)
        self.sent = 0
        self.has_ended = False

    async def open(self) -> None:
        """Answers the upgrade."""
        exchange = self.exchange
        self.socket.headers.update(exchange.headers)
        await self.socket.prepare(exchange.request)
        exchange.response = self.socket
        self.ledger.record("upgraded", self.number, path=exchange.request.path)
        await self._end_if_due()

    async def receive(self, within_ms: float | None = None) -> str | bytes | None:
        """The next message of the client; raises TimeoutError when none comes in time."""
        while True:
            message = await asyncio.wait_for(self.socket.receive(), None if within_ms is None else within_ms / 1000)
            if message.type is WSMsgType.TEXT:
                self.ledger.record("frame", self.number, direction="in", type="text", text=message.data)
                return message.data
            if message.type is WSMsgType.BINARY:
                self.ledger.record("frame", self.number, direction="in", type="binary", bytes=len(message.data))
                return message.data
            if message.type is WSMsgType.PING:
                self.ledger.record("ping", self.number)
                await self.socket.pong(message.data)
            elif message.type is not WSMsgType.PONG:
                await self._left(message)
                return None

    async def _left(self, message: Any) -> None:
        if message.type is WSMsgType.CLOSE and not self.has_ended:
            self.ledger.record("closing", self.number, by="client", code=message.data, reason=message.extra or "")
            await self.socket.close(code=message.data or 1000)
        self.has_ended = True

    async def send(self, message: dict[str, Any] | bytes) -> None:
        """Sends a JSON object as text, or sound as binary."""
        if self.sent == self.exchange.armed.after:
            await self._bend(message)
        self.sent += 1
        if isinstance(message, bytes):
            await self._send_sound(message)
        else:
            text = json.dumps(message, ensure_ascii=False)
            self.ledger.record("frame", self.number, direction="out", type="text", text=text)
            await self._put(text.encode(), WSMsgType.TEXT)
        await self._end_if_due()

    async def _send_sound(self, sound: bytes) -> None:
        pieces = [sound]
        if self.exchange.armed.kind == "odd":
            pieces, at = [], 0
            while at < len(sound):
                size = ODD_SIZES[len(pieces) % len(ODD_SIZES)]
                pieces.append(sound[at : at + size])
                at += size
        for piece in pieces:
            self.ledger.record("frame", self.number, direction="out", type="binary", bytes=len(piece))
            await self._put(piece, WSMsgType.BINARY)

    async def _put(self, payload: bytes, opcode: WSMsgType) -> None:
        transport = self.exchange.request.transport
        if self.exchange.armed.kind != "split" or transport is None:
            await self.socket.send_frame(payload, opcode)
            return
        for byte in _frame(payload, opcode):
            transport.write(bytes([byte]))
            await asyncio.sleep(0)

    async def _bend(self, message: dict[str, Any] | bytes) -> None:
        """Puts something wrong before a message."""
        kind, transport = self.exchange.armed.kind, self.exchange.request.transport
        if kind == "garbage" and transport is not None:
            transport.write(GARBAGE)
        elif kind == "invalid_utf8":
            await self.socket.send_frame(NOT_UTF8, WSMsgType.TEXT)
        elif kind == "novelty":
            await self.socket.send_frame(json.dumps(NOVELTY).encode(), WSMsgType.TEXT)
        elif kind == "truncate":
            await self.socket.send_frame(json.dumps(message).encode()[:-5] if isinstance(message, dict) else message[:-1], WSMsgType.TEXT)
        elif kind == "oversize":
            await self.socket.send_frame(b'{"type":"' + b"x" * self.exchange.armed.settings["bytes"], WSMsgType.TEXT)

    async def _end_if_due(self) -> None:
        """Ends the conversation when as many messages have been sent as the armed fault or error lets through."""
        armed = self.exchange.armed
        if self.sent < armed.after:
            return
        if armed.failure and armed.failure.phase in ("close", "event"):
            await self.fail(armed.failure.name)
        elif armed.kind == "cut":
            self.has_ended = True
            await self.exchange.cut()
        elif armed.kind == "stall":
            await self._stall()

    async def _stall(self) -> None:
        """Takes what the client still says, and answers nothing."""
        transport = self.exchange.request.transport
        try:
            while await self.receive() is not None:
                pass
        except RuntimeError:
            # The listener of this socket takes it already.
            while transport is not None and not transport.is_closing():
                await asyncio.sleep(0.02)
        raise Ended

    async def fail(self, name: str, **fields: str) -> None:
        """Ends the conversation with a documented error: a last message, a close code, or both."""
        wire = self.exchange.rendered(self.exchange.failures[name], fields)
        if "message" in wire:
            if "sequence_id" in wire["message"]:
                wire["message"]["sequence_id"] = self.sent
            text = json.dumps(wire["message"])
            self.ledger.record("frame", self.number, direction="out", type="text", text=text)
            await self.socket.send_frame(text.encode(), WSMsgType.TEXT)
        if "code" in wire:
            await self.close(wire["code"], wire.get("reason", ""))
        if wire.get("stays_open"):
            armed = self.exchange.armed
            if armed.failure and armed.failure.name == name:
                self.exchange.armed = PLAIN
            return
        raise Ended

    async def close(self, code: int | None = 1000, reason: str = "") -> None:
        """Closes with a code, or with an empty close frame that the peer sees as 1005."""
        if self.has_ended:
            return
        self.has_ended = True
        self.ledger.record("closing", self.number, by="server", code=code, reason=reason)
        if code is None:
            await self.socket.send_frame(b"", WSMsgType.CLOSE)
            try:
                await asyncio.wait_for(self.socket.receive(), 1)
            except (RuntimeError, TimeoutError):
                # The listener of this socket hears the answer, or nobody answers.
                pass
        else:
            await self.socket.close(code=code, message=reason.encode())


def _frame(payload: bytes, opcode: WSMsgType) -> bytes:
    """A server's frame (RFC 6455, section 5.2): final, not masked."""
    head = bytes([0x80 | int(opcode)])
    if len(payload) < 126:
        return head + bytes([len(payload)]) + payload
    if len(payload) < 65_536:
        return head + b"\x7e" + struct.pack(">H", len(payload)) + payload
    return head + b"\x7f" + struct.pack(">Q", len(payload)) + payload
