"""Every row of the error tables: its words are those of the ABI, and its knob makes the emulator send exactly what it says."""
import contextlib
import json
import re
from typing import Any

import httpx
import pytest
import websockets
from conftest import ROOT
from websockets.sync.client import connect

TABLES = {path.stem: json.loads(path.read_text())["errors"] for path in sorted((ROOT / "errors").glob("*.json"))}
ROWS = [pytest.param(provider, row, id=f"{provider}-{row['name']}") for provider, rows in TABLES.items() for row in rows]
HEADER = (ROOT.parents[1] / "PluginABI/include/vox/error.h").read_text()
#: One client, because each makes a TLS context of its own, which takes longer than the test.
HTTP = httpx.Client(timeout=5)
BEARER = {"Authorization": "Bearer emulator-key"}
TOKEN = {"Authorization": "Token emulator-key"}
SOUND = "encoding=linear16&sample_rate=16000"
SOCKETS = {"any": f"/v1/listen?model=nova-3&{SOUND}", "listen.v1": f"/v1/listen?model=nova-3&{SOUND}",
           "listen.v2": f"/v2/listen?model=flux-general-en&{SOUND}", "speak.v1": "/v1/speak?model=aura-2-thalia-en",
           "speak.v2": "/v2/speak?model=flux-haley-en", "socket": "/stream"}
CLAUDE = {"model": "claude-sonnet-5-5", "max_tokens": 100, "stream": True, "messages": [{"role": "user", "content": "x"}]}
CHAT = {"model": "gpt-6-luna", "stream": True, "messages": [{"role": "user", "content": "x"}]}
SPEECH = {"model": "tts-1", "voice": "alloy", "input": "w1 w2"}
VOICE = {"voice_uuid": "55592656", "data": "w1"}
#: Of each provider: the request that meets an error, by the path that its control names, or by its default.
REQUESTS: dict[str, dict[str, tuple[str, Any]]] = {
    "deepgram": {"/v1/speak": ("/v1/speak?model=aura-2-thalia-en", {"text": "w1"})},
    "claude": {"": ("/v1/messages", CLAUDE)},
    "openai": {"": ("/v1/chat/completions", CHAT), "/v1/chat": ("/v1/chat/completions", CHAT), "/v1/audio": ("/v1/audio/speech", SPEECH),
               "/v1/audio/speech": ("/v1/audio/speech", SPEECH), "/v1/audio/transcriptions": ("/v1/audio/transcriptions", {})},
    "chatterbox": {"": ("/tts", {"text": "w1"}), "/tts": ("/tts", {"text": "w1"}), "/v1/audio/speech": ("/v1/audio/speech", SPEECH),
                   "/v2/": ("/v2/ep/runsync?wait=1000", {"input": {"text": "w1"}})},
    "resemble": {"/synthesize": ("/synthesize", VOICE), "/stream": ("/stream", VOICE)},
    "n8n": {"": ("/webhook/last", {}), "/webhook": ("/webhook/last", {}), "/webhook-test": ("/webhook-test/last", {}),
            "/webhook/stream": ("/webhook/stream", {}), "/mcp": ("/mcp/tools", {"jsonrpc": "2.0", "id": 1, "method": "tools/list"})},
}


def matches(template: Any, found: Any) -> bool:
    """Whether a value is what a row says, with anything in the place of its `$` fields."""
    if isinstance(template, dict):
        return isinstance(found, dict) and set(template) <= set(found) and all(
            name == "sequence_id" or matches(value, found[name]) for name, value in template.items())
    if isinstance(template, list):
        return len(template) == len(found) and all(map(matches, template, found))
    if isinstance(template, str) and "$" in template:
        return bool(re.fullmatch(re.sub(r"\\\$\w+", ".+", re.escape(template)), found))
    return template == found


@pytest.mark.parametrize("provider", TABLES)
def test_words_are_the_abis(provider: str) -> None:
    """Classes, scopes and side effects are names of error.h; each row says all that a plugin's test needs."""
    for row in TABLES[provider]:
        expect = row["expect"]
        for prefix, name in (("VOX_ERR_", expect["class"]), ("VOX_SCOPE_", expect["scope"]), ("VOX_EFFECTS_", expect["effects"])):
            assert re.search(rf"\b{prefix}{name}\b", HEADER), row
        assert {"retry", "retry_after_ms", "fail_over", "wire_status", "code"} <= set(expect) and row["control"], row
        assert expect["class"] not in ("NONE", "CRASHED", "CALLER"), row
        # The host never repeats what these classes stand for.
        assert not (expect["retry"] and expect["class"] in ("AUTH", "QUOTA", "INVALID", "REFUSED")), row


@pytest.mark.parametrize("provider, row", ROWS)
def test_the_knob_makes_it(provider: str, row: dict[str, Any], started: Any) -> None:
    """What comes over the wire is what the row says."""
    emulator = started(provider)
    emulator.order(**row["control"])
    wire, phase = row["wire"], row["phase"]
    is_socket = provider == "deepgram" and row["api"] != "speak.rest" or row["api"] == "socket"
    if phase == "fault":
        assert emulator.control.get("/_control").json()
    elif is_socket:
        _check_socket(emulator, SOCKETS[row["api"]], wire, TOKEN if provider == "deepgram" else BEARER)
    else:
        path, body = REQUESTS[provider][row["control"].get("path", "")]
        answer = HTTP.post(emulator.url + path, json=body, headers={**_headers(emulator, path), **BEARER})
        _check_http(answer, wire, phase)


@pytest.mark.parametrize("provider, path", [(provider, path) for provider, requests in REQUESTS.items() for path in requests])
def test_malformed_requests_are_answered(provider: str, path: str, started: Any) -> None:
    """Members of the wrong type, missing ones and bodies that are no objects meet an answer of the vendor's, never a crash."""
    emulator = started(provider)
    target, body = REQUESTS[provider][path]
    headers = {**_headers(emulator, target), **BEARER, **(TOKEN if provider == "deepgram" else {})}
    bodies: list[Any] = [[], 1, None, "x", {}]
    for name in body:
        bodies += [{**body, name: wrong} for wrong in (None, 1, "", [], [1], {}, {"x": 1}, [{}], [{"role": "user"}], [{"content": [1]}])]
        bodies.append({other: value for other, value in body.items() if other != name})
    for one in bodies:
        HTTP.post(emulator.url + target, json=one, headers=headers)
    for raw in (b"", b"{", b"\xff\xfe", b"[" * 2000):
        HTTP.post(emulator.url + target, content=raw, headers={**headers, "Content-Type": "application/json"})
    assert [event["error"] for event in emulator.events("broken")] == []


def _headers(emulator: Any, path: str) -> dict[str, str]:
    if path.startswith("/v1/messages"):
        return {"anthropic-version": "2026-10-21"}
    if path.startswith("/mcp"):
        accept = {"Accept": "application/json, text/event-stream"}
        session = HTTP.post(emulator.url + path, json={"jsonrpc": "2.0", "id": 0, "method": "initialize"}, headers=accept)
        if session.status_code != 200:
            # The initialisation itself met the fault: order it anew for the request.
            emulator.order(error=[event["error"] for event in emulator.events("fault")][-1], path="/mcp")
        elif "error" in session.text or "isError" in session.text:
            emulator.order(error=[event["error"] for event in emulator.events("fault")][-1], path="/mcp")
        return {**accept, "Mcp-Session-Id": session.headers.get("mcp-session-id", "")}
    return {}


def _check_http(answer: httpx.Response, wire: dict[str, Any], phase: str) -> None:
    if phase in ("http", "handshake"):
        assert answer.status_code == wire["status"]
        assert matches(wire["body"], answer.text if isinstance(wire["body"], str) else answer.json())
        for name, value in wire["headers"].items():
            assert matches(value, answer.headers[name])
        return
    assert answer.status_code == 200
    lines = [line.removeprefix("data: ") for line in answer.text.splitlines() if line.startswith(("data: {", "{"))]
    messages = [json.loads(line) for line in lines]
    if phase == "event":
        assert matches(wire["message"], messages[-1])
        assert ("event: " + wire["event"] in answer.text) if wire.get("event") else True
    elif phase == "rpc":
        assert matches(wire["result"], messages[-1]["result"]) if "result" in wire else matches(wire["message"], messages[-1]["error"])
    else:
        assert answer.json()["status"] == wire["status"] and answer.json().get("error", "") == wire.get("error", "")


def _check_socket(emulator: Any, path: str, wire: dict[str, Any], headers: dict[str, str]) -> None:
    if "status" in wire:
        with pytest.raises(websockets.exceptions.InvalidStatus) as caught:
            connect(emulator.ws_url + path, additional_headers=headers)
        assert caught.value.response.status_code == wire["status"] and matches(wire["body"], json.loads(caught.value.response.body))
        return
    with connect(emulator.ws_url + path, additional_headers=headers) as line:
        messages = []
        with pytest.raises((websockets.exceptions.ConnectionClosed, TimeoutError)) as caught:
            # Who has been closed already still reads what came before.
            with contextlib.suppress(websockets.exceptions.ConnectionClosed):
                _provoke(line, path)
            while True:
                frame = line.recv(timeout=0.1 if wire.get("stays_open") else 2)
                if isinstance(frame, str):
                    messages.append(json.loads(frame))
    if "message" in wire:
        assert any(matches(wire["message"], message) for message in messages)
    if "code" in wire and not wire.get("stays_open"):
        closed = caught.value
        assert isinstance(closed, websockets.exceptions.ConnectionClosed) and closed.rcvd is not None
        assert (closed.rcvd.code, closed.rcvd.reason) == (wire["code"] or 1005, wire.get("reason", ""))


def _provoke(line: Any, path: str) -> None:
    """Makes the server say something, where it does not by itself."""
    if "v1/listen" in path:
        line.send('{"type":"Configure"}')
    elif path == "/stream":
        line.send(json.dumps({"voice_uuid": "55592656", "data": "w1 w2 w3", "precision": "PCM_16", "sample_rate": 16000}))
