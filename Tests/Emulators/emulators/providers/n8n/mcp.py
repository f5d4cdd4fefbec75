"""The MCP Server Trigger: streamable HTTP on /mcp/{path}, and the older pair of /sse and /messages."""
import asyncio
import json
import uuid
from typing import Any

from ...exchange import Exchange
from ...failures import Refused
from ...knobs import Knobs
from ...ledger import Ledger
from .access import authorise

VERSIONS = ("2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05")
SESSION = "Mcp-Session-Id"
TOOLS: list[dict[str, Any]] = [
    {"name": "opening_hours", "description": "When the office is open.", "inputSchema": {"type": "object", "properties": {}}},
    {"name": "book_appointment", "description": "Books an appointment.",
     "inputSchema": {"type": "object", "properties": {"day": {"type": "string"}, "time": {"type": "string"}}, "required": ["day"]}},
]


class RPCError(Exception):
    """An error of JSON-RPC."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


class Trigger:
    """One trigger. `script.auth` is none (default), bearer or header; `script.tools` replaces the tools: the members of MCP and
    `result`, a text; `script.answers` json answers without a stream."""

    def __init__(self, knobs: Knobs, ledger: Ledger) -> None:
        self.knobs, self.ledger = knobs, ledger
        self.reset()

    def reset(self) -> None:
        """Ends all sessions."""
        self.sessions: set[str] = set()
        self._streams: dict[str, asyncio.Queue[dict[str, Any]]] = {}

    async def serve(self, exchange: Exchange) -> None:
        """Streamable HTTP: POST a message, GET a stream for the server's own ones, DELETE the session."""
        request = exchange.request
        authorise(exchange, self.knobs.script.get("auth", "none"))
        session = request.headers.get(SESSION, "")
        if request.method == "POST":
            return await self._post(exchange, session)
        if session not in self.sessions:
            raise Refused("mcp_session_lost")
        if request.method == "DELETE":
            self.sessions.discard(session)
            return await exchange.whole(200, b"", {})
        await exchange.begin(200, {"Content-Type": "text/event-stream", SESSION: session})
        # The trigger has nothing to say of its own; the stream lasts until the client goes.
        await asyncio.Event().wait()

    async def _post(self, exchange: Exchange, session: str) -> None:
        accepted = exchange.request.headers.get("Accept", "")
        if "application/json" not in accepted or "text/event-stream" not in accepted:
            error = {"code": -32000, "message": "Not Acceptable: Client must accept both application/json and text/event-stream"}
            return await exchange.json({"jsonrpc": "2.0", "error": error, "id": None}, 406)
        try:
            message = await exchange.parsed()
        except ValueError:
            return await exchange.json({"jsonrpc": "2.0", "error": {"code": -32700, "message": "Parse error"}, "id": None}, 400)
        if not isinstance(message, dict) or not isinstance(message.get("params") or {}, dict):
            return await exchange.json({"jsonrpc": "2.0", "error": {"code": -32600, "message": "Invalid Request"}, "id": None}, 400)
        if message.get("method") == "initialize":
            session = str(uuid.uuid4())
            self.sessions.add(session)
        elif session not in self.sessions:
            if not session:
                error = {"code": -32000, "message": "Bad Request: Server not initialized"}
                return await exchange.json({"jsonrpc": "2.0", "error": error, "id": message.get("id")}, 400)
            raise Refused("mcp_session_lost")
        if "id" not in message:
            return await exchange.whole(202, b"", {SESSION: session})
        answer = await self._answer(exchange, message)
        if self.knobs.script.get("answers") == "json":
            return await exchange.json(answer, headers={SESSION: session})
        await exchange.begin(200, {"Content-Type": "text/event-stream", "Cache-Control": "no-cache", SESSION: session})
        await exchange.event(answer, "message")
        await exchange.end()

    async def sse(self, exchange: Exchange) -> None:
        """The older transport: a stream that first tells where to post."""
        authorise(exchange, self.knobs.script.get("auth", "none"))
        session = str(uuid.uuid4())
        queue = self._streams[session] = asyncio.Queue()
        await exchange.begin(200, {"Content-Type": "text/event-stream", "Cache-Control": "no-cache"})
        await exchange.event(f"/mcp/{exchange.request.match_info['path']}/messages?sessionId={session}", "endpoint")
        try:
            while True:
                await exchange.event(await queue.get(), "message")
        finally:
            self._streams.pop(session, None)

    async def message(self, exchange: Exchange) -> None:
        """A message of the older transport; its answer goes to the stream."""
        authorise(exchange, self.knobs.script.get("auth", "none"))
        queue = self._streams.get(exchange.request.query.get("sessionId", ""))
        if queue is None:
            raise Refused("mcp_session_lost")
        try:
            message = await exchange.parsed()
        except ValueError:
            message = None
        if not isinstance(message, dict):
            return await exchange.whole(400, b"Invalid message", {"Content-Type": "text/plain"})
        await exchange.whole(202, b"Accepted", {"Content-Type": "text/plain"})
        if "id" in message:
            queue.put_nowait(await self._answer(exchange, message))

    async def _answer(self, exchange: Exchange, message: dict[str, Any]) -> dict[str, Any]:
        head = {"jsonrpc": "2.0", "id": message["id"]}
        failure = exchange.armed.failure
        try:
            if failure and failure.phase == "rpc":
                if "result" in failure.wire:
                    return {**head, "result": failure.wire["result"]}
                raise RPCError(**failure.wire["message"])
            return {**head, "result": await self._result(exchange, message.get("method", ""), message.get("params") or {})}
        except RPCError as error:
            return {**head, "error": {"code": error.code, "message": error.message}}

    async def _result(self, exchange: Exchange, method: str, params: dict[str, Any]) -> dict[str, Any]:
        tools = self.knobs.script.get("tools", TOOLS)
        if method == "initialize":
            asked = params.get("protocolVersion")
            return {"protocolVersion": asked if asked in VERSIONS else VERSIONS[0], "capabilities": {"tools": {}},
                    "serverInfo": {"name": "n8n-mcp-server", "version": "0.1.0"}}
        if method == "ping":
            return {}
        if method == "tools/list":
            return {"tools": [{name: value for name, value in tool.items() if name != "result"} for tool in tools]}
        if method == "tools/call":
            return await self._call(exchange, tools, params)
        raise RPCError(-32601, "Method not found")

    async def _call(self, exchange: Exchange, tools: list[dict[str, Any]], params: dict[str, Any]) -> dict[str, Any]:
        tool = next((tool for tool in tools if tool["name"] == params.get("name")), None)
        if tool is None:
            raise RPCError(-32602, f"Tool {params.get('name')} not found")
        arguments = params.get("arguments") or {}
        missing = [name for name in tool["inputSchema"].get("required", []) if name not in arguments]
        if missing:
            return {"content": [{"type": "text", "text": f"Missing {', '.join(missing)}"}], "isError": True}
        await asyncio.sleep(self.knobs.timing.work_ms / 1000)
        self.ledger.record("executed", exchange.number, path=exchange.request.path, tool=tool["name"])
        text = tool.get("result") or json.dumps({"did": tool["name"], "with": arguments})
        return {"content": [] if exchange.is_empty else [{"type": "text", "text": text}]}
