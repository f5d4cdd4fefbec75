"""The Webhook node: /webhook/{auth}/{mode} for every authentication and response mode, and workflows of a script."""
import asyncio
import hashlib
import hmac
import time
from typing import Any

from ...exchange import Exchange, lined
from ...failures import Refused
from ...knobs import Knobs
from ...ledger import Ledger
from .access import authorise

AUTHS = ("none", "basic", "header", "jwt", "bearer", "unset")
LARGEST_BODY = 16 << 20
#: The secret of workflows that check a signature, and how old one may be.
SECRET, OLDEST_SIGNATURE_S = "emulator-secret", 300
JSON = {"Content-Type": "application/json; charset=utf-8"}
BOTS = ("bot", "crawl", "spider", "curl/")


class Workflow:
    """An active workflow. Modes: received, last, all, text, empty, node, redirect, stream, fails, unanswered, signed, once, invalid."""

    def __init__(self, auth: str, mode: str, methods: list[str], answer: Any, refuses_bots: bool = False) -> None:
        self.auth, self.mode, self.methods, self.answer, self.refuses_bots = auth, mode, methods, answer, refuses_bots


class Webhooks:
    """All webhooks of the instance.

    `/webhook/{mode}` asks for nothing, `/webhook/{auth}/{mode}` for a credential. `script.workflows` adds others by path:
    {"auth","mode","methods","answer","refuses_bots"}. `script.listening` lists the paths whose test URL waits for its one call.
    """

    def __init__(self, knobs: Knobs, ledger: Ledger) -> None:
        self.knobs, self.ledger = knobs, ledger
        self.reset()

    def reset(self) -> None:
        """Forgets the keys of earlier executions."""
        self.executions: dict[str, int] = {}
        self._running: set[asyncio.Task[Any]] = set()

    async def production(self, exchange: Exchange) -> None:
        """/webhook/{path}."""
        await self._answer(exchange, is_test=False)

    async def test(self, exchange: Exchange) -> None:
        """/webhook-test/{path}: one call after somebody began to listen."""
        path, listening = exchange.request.match_info["path"], self.knobs.script.get("listening", [])
        if path not in listening:
            raise Refused("test_not_registered", detail=path)
        listening.remove(path)
        await self._answer(exchange, is_test=True)

    def _workflow(self, exchange: Exchange) -> Workflow:
        path, method = exchange.request.match_info["path"], exchange.request.method
        scripted = self.knobs.script.get("workflows", {}).get(path)
        if scripted is not None:
            workflow = Workflow(scripted.get("auth", "none"), scripted.get("mode", "last"), scripted.get("methods", ["POST"]),
                                scripted.get("answer"), scripted.get("refuses_bots", False))
        else:
            auth, _, mode = path.rpartition("/")
            if mode not in MODES or (auth or "none") not in AUTHS:
                raise Refused("not_registered", detail=f"{method} {path}")
            workflow = Workflow(auth or "none", mode, ["GET", "POST"], None)
        if method not in workflow.methods:
            raise Refused("wrong_method", detail=method)
        return workflow

    async def _answer(self, exchange: Exchange, is_test: bool) -> None:
        request = exchange.request
        workflow = self._workflow(exchange)
        agent = request.headers.get("User-Agent", "").lower()
        if workflow.refuses_bots and any(bot in agent for bot in BOTS):
            raise Refused("bot_refused")
        payload = authorise(exchange, workflow.auth)
        raw = await exchange.body()
        if len(raw) > LARGEST_BODY:
            raise Refused("payload_too_large")
        try:
            body = await exchange.parsed() if raw and "json" in request.headers.get("Content-Type", "") else {}
        except ValueError:
            raise Refused("bad_request") from None
        item = {"headers": {name.lower(): value for name, value in request.headers.items()}, "params": {}, "query": dict(request.query),
                "body": body, "webhookUrl": str(request.url), "executionMode": "test" if is_test else "production"}
        if payload:
            item["jwtPayload"] = payload
        work = asyncio.ensure_future(self._execute(exchange, workflow))
        self._running.add(work)
        work.add_done_callback(self._running.discard)
        if workflow.mode == "received":
            return await exchange.json({"message": "Workflow was started"})
        # Who leaves does not stop the execution.
        await asyncio.shield(work)
        await MODES[workflow.mode](self, exchange, workflow, item)

    async def _execute(self, exchange: Exchange, workflow: Workflow) -> None:
        await asyncio.sleep(self.knobs.timing.work_ms / 1000)
        key = exchange.request.headers.get("Idempotency-Key", "")
        is_repeated = workflow.mode == "once" and key in self.executions
        if not is_repeated:
            self.executions[key] = self.executions.get(key, 0) + 1
        self.ledger.record("executed", exchange.number, path=exchange.request.path, key=key, repeated=is_repeated)

    async def _last(self, exchange: Exchange, workflow: Workflow, item: dict[str, Any]) -> None:
        answer = workflow.answer if workflow.answer is not None else {"result": f"did {_tool(item)}", "item": item}
        await exchange.json({} if exchange.is_empty else answer, headers=JSON)

    async def _all(self, exchange: Exchange, workflow: Workflow, item: dict[str, Any]) -> None:
        await exchange.json([workflow.answer or {"result": f"did {_tool(item)}"}], headers=JSON)

    async def _text(self, exchange: Exchange, workflow: Workflow, item: dict[str, Any]) -> None:
        text = workflow.answer or f"did {_tool(item)}"
        await exchange.whole(200, text.encode(), {"Content-Type": "text/html; charset=utf-8"})

    async def _empty(self, exchange: Exchange, *_: Any) -> None:
        await exchange.json({"code": 0, "message": "No item to return got found"}, headers=JSON)

    async def _node(self, exchange: Exchange, workflow: Workflow, item: dict[str, Any]) -> None:
        # The Respond node chooses status and headers of its own; this one answers as Vapi's tools do.
        calls = item["body"].get("message", {}).get("toolCallList", [{"id": item["body"].get("id", "")}])
        answer = workflow.answer or {"results": [{"toolCallId": call.get("id"), "result": f"did {_tool(item)}"} for call in calls]}
        await exchange.json(answer, 201, {**JSON, "X-Workflow": "respond"})

    async def _redirect(self, exchange: Exchange, *_: Any) -> None:
        await exchange.whole(302, b"", {"Location": "http://127.0.0.2:9/elsewhere"})

    async def _stream(self, exchange: Exchange, workflow: Workflow, item: dict[str, Any]) -> None:
        await exchange.begin(200, JSON)
        await asyncio.sleep(exchange.timing.first_byte_ms / 1000)
        text = workflow.answer or f"did {_tool(item)} for you"
        chunks = [("begin", None), *(("item", word + " ") for word in text.split()), ("end", None)]
        for kind, content in chunks:
            node = {"nodeId": "5f3c", "nodeName": "AI Agent", "itemIndex": 0, "runIndex": 0, "timestamp": int(time.time() * 1000)}
            chunk: dict[str, Any] = {"type": kind, "metadata": node}
            if content is not None:
                chunk["content"] = content
                await asyncio.sleep(exchange.timing.token_ms / 1000)
            await exchange.event(chunk, form=lined)
        await exchange.end()

    async def _fails(self, *_: Any) -> None:
        raise Refused("workflow_error")

    async def _unanswered(self, exchange: Exchange, *_: Any) -> None:
        await exchange.whole(200, b"", JSON)

    async def _invalid(self, *_: Any) -> None:
        raise Refused("unparseable")

    async def _signed(self, exchange: Exchange, workflow: Workflow, item: dict[str, Any]) -> None:
        """A workflow with a Crypto node over the raw body: `v1=` hex HMAC-SHA256 of timestamp, a dot and the body."""
        headers = item["headers"]
        signature = next((value for name, value in headers.items() if name.endswith("-signature")), "")
        stamp = next((value for name, value in headers.items() if name.endswith("-timestamp")), "")
        expected = hmac.new(SECRET.encode(), stamp.encode() + b"." + await exchange.body(), hashlib.sha256).hexdigest()
        is_fresh = stamp.isdecimal() and abs(time.time() - int(stamp)) <= OLDEST_SIGNATURE_S
        if not is_fresh or not hmac.compare_digest(signature, f"v1={expected}"):
            return await exchange.json({"error": "The signature is wrong or old."}, 401, JSON)
        await self._last(exchange, workflow, item)

    async def _once(self, exchange: Exchange, workflow: Workflow, item: dict[str, Any]) -> None:
        key = item["headers"].get("idempotency-key", "")
        await exchange.json({"result": f"did {_tool(item)}", "executions": self.executions.get(key, 0)}, headers=JSON)


MODES = {"received": Webhooks._last, "last": Webhooks._last, "all": Webhooks._all, "text": Webhooks._text, "empty": Webhooks._empty,
         "node": Webhooks._node, "redirect": Webhooks._redirect, "stream": Webhooks._stream, "fails": Webhooks._fails,
         "unanswered": Webhooks._unanswered, "invalid": Webhooks._invalid, "signed": Webhooks._signed, "once": Webhooks._once}


def _tool(item: dict[str, Any]) -> str:
    body = item["body"] if isinstance(item["body"], dict) else {}
    return body.get("tool", {}).get("name") or body.get("name") or "nothing"
