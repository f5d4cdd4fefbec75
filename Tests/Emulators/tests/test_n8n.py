"""Webhooks of every kind, and the mcp SDK at the MCP trigger."""
import asyncio
import base64
import hashlib
import hmac
import json
import time
from typing import Any

import httpx
import pytest
from emulators.providers.n8n.access import signed
from mcp import Client, MCPError
from mcp.client.sse import sse_client
from mcp.client.streamable_http import create_mcp_http_client, streamable_http_client

CALL = {"id": "1", "type": "tool.call", "tool": {"name": "book", "arguments": {}}}
BASIC = "Basic " + base64.b64encode(b"emulator:emulator-key").decode()
BAD_BASIC = "Basic " + base64.b64encode(b"emulator:wrong").decode()


def post(emulator: Any, path: str, **options: Any) -> httpx.Response:
    return httpx.post(f"{emulator.url}/{path}", **{"json": CALL, **options})


@pytest.mark.parametrize("auth, headers, status, text", [
    ("none", {}, 200, ""),
    ("basic", {}, 401, "Authorization is required!"), ("basic", {"Authorization": BAD_BASIC}, 403, "Authorization data is wrong!"),
    ("basic", {"Authorization": BASIC}, 200, ""), ("basic", {"x-auth-token": BASIC}, 200, ""),
    ("header", {}, 403, "Authorization data is wrong!"), ("header", {"X-Emulator-Key": "wrong"}, 403, "Authorization data is wrong!"),
    ("header", {"X-Emulator-Key": "emulator-key"}, 200, ""),
    ("bearer", {}, 403, "Authorization data is wrong!"), ("bearer", {"Authorization": "Bearer emulator-key"}, 200, ""),
    ("jwt", {}, 401, "No token provided"), ("jwt", {"Authorization": "Bearer x"}, 403, "jwt malformed"),
    ("jwt", {"Authorization": "Bearer " + signed({"a": 1}, "wrong")}, 403, "invalid signature"),
    ("jwt", {"Authorization": "Bearer " + signed({"exp": 1})}, 403, "jwt expired"),
    ("jwt", {"Authorization": "Bearer " + signed({"sub": "me"})}, 200, ""),
    ("unset", {}, 500, "No authentication data defined on node!")])
def test_authentication(n8n: Any, auth: str, headers: dict[str, str], status: int, text: str) -> None:
    """Status, plain text, and the header that n8n sends on every failure; a JWT's payload reaches the workflow."""
    answer = post(n8n, f"webhook/{auth}/last", headers=headers)
    assert answer.status_code == status
    if text:
        assert answer.text == text and answer.headers["content-type"].startswith("text/plain")
        assert answer.headers["www-authenticate"] == 'Basic realm="Webhook"'
    elif auth == "jwt":
        assert answer.json()["item"]["jwtPayload"] == {"sub": "me"}


def test_response_modes(n8n: Any) -> None:
    """Immediately, last node, all entries, text, empty, Respond node, redirect, nothing, failure."""
    assert post(n8n, "webhook/received").json() == {"message": "Workflow was started"}
    last = post(n8n, "webhook/last?a=1").json()
    assert last["result"] == "did book" and last["item"]["body"] == CALL and last["item"]["query"] == {"a": "1"}
    assert last["item"]["executionMode"] == "production"
    assert post(n8n, "webhook/all").json() == [{"result": "did book"}]
    assert post(n8n, "webhook/text").text == "did book"
    assert "message" in post(n8n, "webhook/empty").json()
    node = post(n8n, "webhook/node", json={"message": {"type": "tool-calls", "toolCallList": [{"id": "c1", "name": "x", "arguments": {}}]}})
    assert (node.status_code, node.json()["results"][0]["toolCallId"], node.headers["x-workflow"]) == (201, "c1", "respond")
    assert post(n8n, "webhook/redirect").status_code == 302
    assert post(n8n, "webhook/unanswered").content == b""
    failed = post(n8n, "webhook/fails")
    assert failed.status_code == 500 and failed.json() == {"message": "Error in workflow"}


def test_streaming(n8n: Any) -> None:
    """Lines of JSON: begin, items, end."""
    with httpx.stream("POST", f"{n8n.url}/webhook/stream", json=CALL) as response:
        lines = [json.loads(line) for line in response.iter_lines()]
    assert response.headers["content-type"] == "application/json; charset=utf-8" and response.headers["transfer-encoding"] == "chunked"
    assert [line["type"] for line in lines] == ["begin"] + ["item"] * 4 + ["end"]
    assert "".join(line.get("content", "") for line in lines) == "did book for you " and lines[0]["metadata"]["nodeName"]


def test_unknown_paths_and_methods(n8n: Any) -> None:
    """404 with a code, a message and a hint; the same for a method that is not registered."""
    answer = post(n8n, "webhook/nowhere")
    assert answer.status_code == 404 and set(answer.json()) == {"code", "message", "hint"}
    assert answer.json()["message"] == 'The requested webhook "POST nowhere" is not registered.'
    assert httpx.delete(f"{n8n.url}/webhook/last").status_code == 404


def test_test_url_serves_once(n8n: Any) -> None:
    """A test URL answers one call after somebody listens, and 404 before and after."""
    assert post(n8n, "webhook-test/last").status_code == 404
    n8n.order(script={"listening": ["last"]})
    assert post(n8n, "webhook-test/last").json()["item"]["executionMode"] == "test"
    assert post(n8n, "webhook-test/last").status_code == 404


def test_signature(n8n: Any) -> None:
    """A signed body is taken, a changed or old one refused. The fixed vector was computed with `openssl dgst -sha256 -hmac`."""
    assert hmac.new(b"emulator-secret", b"1700000000.{}", hashlib.sha256).hexdigest() == (
        "65a1db947a7938472d5fe3814ee73177e304260d80cfe445e11794b041befd41")
    body, stamp = json.dumps(CALL).encode(), str(int(time.time()))

    def send(content: bytes, stamp: str) -> int:
        code = hmac.new(b"emulator-secret", stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
        headers = {"Content-Type": "application/json", "X-Patchbay-Timestamp": stamp, "X-Patchbay-Signature": f"v1={code}"}
        return httpx.post(f"{n8n.url}/webhook/signed", content=content, headers=headers).status_code
    assert send(body, stamp) == 200 and send(body + b" ", stamp) == 401 and send(body, "1700000000") == 401


def test_idempotency_and_leaving(n8n: Any) -> None:
    """A key is executed once; an execution goes on when its client has gone."""
    headers = {"Idempotency-Key": "k1"}
    assert post(n8n, "webhook/once", headers=headers).json()["executions"] == 1
    assert post(n8n, "webhook/once", headers=headers).json()["executions"] == 1
    n8n.order(timing={"work_ms": 300})
    with pytest.raises(httpx.ReadTimeout):
        post(n8n, "webhook/last", headers={"Idempotency-Key": "k2"}, timeout=0.05)
    n8n.wait(lambda events: [event for event in events if event["kind"] == "executed" and event["key"] == "k2"])
    assert [event for event in n8n.events("aborted")]


def test_limits_and_bots(n8n: Any) -> None:
    """16 MB is the most; a body that is no JSON is refused; a bot may be too."""
    big = httpx.post(f"{n8n.url}/webhook/last", content=b" " * (16 << 20) + b"{}", headers={"Content-Type": "application/json"})
    assert big.status_code == 413
    assert httpx.post(f"{n8n.url}/webhook/last", content=b"{", headers={"Content-Type": "application/json"}).status_code == 400
    n8n.order(script={"workflows": {"shy": {"refuses_bots": True, "answer": {"result": "hello"}}}})
    assert post(n8n, "webhook/shy", headers={"User-Agent": "curl/8.0"}).status_code == 403
    assert post(n8n, "webhook/shy").json() == {"result": "hello"}


async def _mcp(target: Any) -> tuple[Any, Any, Any]:
    async with Client(target) as client:
        tools = await client.list_tools()
        good = await client.call_tool("book_appointment", {"day": "friday"})
        bad = await client.call_tool("book_appointment", {})
        with pytest.raises(MCPError):
            await client.call_tool("nothing", {})
        return tools, good, bad


@pytest.mark.parametrize("answers", ["sse", "json"])
def test_mcp_streamable_http(n8n: Any, answers: str) -> None:
    """The mcp SDK finds the tools, calls one, and ends its session."""
    n8n.order(script={"answers": answers})
    tools, good, bad = asyncio.run(_mcp(f"{n8n.url}/mcp/tools"))
    assert [tool.name for tool in tools.tools] == ["opening_hours", "book_appointment"]
    assert tools.tools[1].input_schema["required"] == ["day"]
    assert json.loads(good.content[0].text) == {"did": "book_appointment", "with": {"day": "friday"}} and not good.is_error and bad.is_error
    methods = [event["json"]["method"] for event in n8n.events("body")]
    assert "initialize" in methods and "notifications/initialized" in methods
    assert n8n.wait(lambda events: [event for event in events if event.get("method") == "DELETE"])


def test_mcp_sse(n8n: Any) -> None:
    """The older transport works too."""
    tools, good, _ = asyncio.run(_mcp(sse_client(f"{n8n.url}/mcp/tools/sse")))
    assert len(tools.tools) == 2 and good.content


def test_mcp_authentication(n8n: Any) -> None:
    """A bearer is asked for when the trigger has one."""
    n8n.order(script={"auth": "bearer"})

    async def lists(headers: dict[str, str]) -> int:
        async with create_mcp_http_client(headers=headers) as http:
            async with Client(streamable_http_client(f"{n8n.url}/mcp/tools", http_client=http)) as client:
                return len((await client.list_tools()).tools)
    assert asyncio.run(lists({"Authorization": "Bearer emulator-key"})) == 2
    with pytest.raises(BaseException):
        asyncio.run(lists({}))
    assert httpx.post(f"{n8n.url}/mcp/tools", json={}).status_code == 403


def test_mcp_lost_session_and_errors(n8n: Any) -> None:
    """An unknown session is 404; an ordered error of JSON-RPC reaches the SDK's exception."""
    headers = {"Accept": "application/json, text/event-stream", "Mcp-Session-Id": "gone"}
    assert httpx.post(f"{n8n.url}/mcp/tools", json={"jsonrpc": "2.0", "id": 1, "method": "tools/list"}, headers=headers).status_code == 404

    async def call() -> None:
        async with Client(f"{n8n.url}/mcp/tools") as client:
            await client.list_tools()
            n8n.order(error="mcp_internal_error")
            await client.call_tool("opening_hours", {})
    with pytest.raises(BaseException) as caught:
        asyncio.run(call())
    assert "Internal error" in repr(caught.value)
