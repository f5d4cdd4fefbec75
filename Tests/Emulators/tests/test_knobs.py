"""Every fault looks on the wire as it is called, and the log tells when what arrived."""
import asyncio
import gzip
import json
import socket
import ssl
import struct
import sys
import time
from typing import Any

import httpx
import pytest
import websockets
from conftest import ROOT
from websockets.sync.client import connect

BODY = {"model": "gpt-6-luna", "messages": [{"role": "user", "content": "x"}], "stream": True, "stream_options": {"include_usage": True}}
KEY = {"Authorization": "Bearer emulator-key"}
LISTEN = "/v1/listen?model=nova-3&encoding=linear16&sample_rate=16000"


def ask(emulator: Any, **options: Any) -> httpx.Response:
    return httpx.post(f"{emulator.url}/v1/chat/completions", **{"json": BODY, "headers": KEY, "timeout": 5, **options})


def raw(emulator: Any, path: str = "/v1/chat/completions", body: dict[str, Any] | None = None, seconds: float = 5) -> tuple[bytes, bool]:
    """All bytes that come, and whether the connection was reset."""
    content = json.dumps(body or BODY).encode()
    head = (f"POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer emulator-key\r\nContent-Type: application/json\r\n"
            f"Connection: close\r\nContent-Length: {len(content)}\r\n\r\n")
    with socket.create_connection(("127.0.0.1", emulator.port), seconds) as line:
        line.sendall(head.encode() + content)
        received = b""
        try:
            while data := line.recv(65_536):
                received += data
        except ConnectionResetError:
            return received, True
    return received, False


def listen(emulator: Any) -> Any:
    return connect(emulator.ws_url + LISTEN, additional_headers={"Authorization": "Token emulator-key"}, open_timeout=2)


def test_refuse_and_reset(openai: Any) -> None:
    """The port is closed, then open again at the same number."""
    openai.order(fault="refuse")
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", openai.port), 1)
    openai.reset()
    assert ask(openai).status_code == 200


def test_unreachable(openai: Any) -> None:
    """A connection is never made: not refused, not accepted."""
    openai.order(fault="unreachable")
    with pytest.raises(TimeoutError):
        socket.create_connection(("127.0.0.1", openai.port), 0.3)
    openai.reset()
    assert ask(openai).status_code == 200


def test_refuse_ends_living_connections(openai: Any) -> None:
    """A pooled connection does not outlive the vendor."""
    with httpx.Client(base_url=openai.url, headers=KEY) as client:
        assert client.get("/v1/models").status_code == 200
        openai.order(fault="refuse")
        with pytest.raises(httpx.TransportError):
            client.get("/v1/models")


def test_silence_and_reset_of_a_line(openai: Any) -> None:
    """One connection is accepted and never answered, the next is reset, the third is well."""
    openai.order(fault="silence")
    openai.order(fault="reset")
    with pytest.raises(httpx.ReadTimeout):
        ask(openai, timeout=0.2)
    with pytest.raises(httpx.TransportError):
        ask(openai)
    assert ask(openai).status_code == 200


def test_hang_and_slow(openai: Any) -> None:
    """hang never answers; slow answers late."""
    openai.order(fault="hang")
    with pytest.raises(httpx.ReadTimeout):
        ask(openai, timeout=0.2)
    openai.order(fault={"kind": "slow", "ms": 200})
    began = time.monotonic()
    assert ask(openai).status_code == 200 and time.monotonic() - began > 0.2


def test_cut(openai: Any) -> None:
    """The stream ends within its body, by FIN or by RST."""
    openai.order(fault={"kind": "cut", "after": 300})
    received, was_reset = raw(openai)
    assert not was_reset and b"[DONE]" not in received and not received.endswith(b"0\r\n\r\n")
    openai.order(fault={"kind": "cut", "after": 300, "rst": True})
    assert raw(openai)[1]


def test_truncate_and_stall(openai: Any) -> None:
    """truncate ends the body well and too early; stall stays open and says nothing more."""
    openai.order(fault={"kind": "truncate", "after": 300})
    assert len(ask(openai).content) == 300
    openai.order(fault={"kind": "stall", "after": 300})
    with pytest.raises(httpx.ReadTimeout):
        ask(openai, timeout=0.3)


def test_garbage_and_invalid_utf8(openai: Any) -> None:
    """Bytes that are no text stand in the middle."""
    openai.order(fault={"kind": "garbage", "after": 100})
    assert bytes(range(128, 256)) in ask(openai).content
    openai.order(fault={"kind": "invalid_utf8", "after": 100})
    with pytest.raises(UnicodeDecodeError):
        ask(openai).content.decode()


def test_split_and_odd(openai: Any) -> None:
    """Each byte is a chunk of its own; odd pieces end within samples; the content is the same."""
    openai.order(fault="split")
    received, _ = raw(openai)
    body = received.split(b"\r\n\r\n", 1)[1]
    assert body.count(b"1\r\n") > 1000 and b"2\r\n" not in body[:40]
    speech = {"model": "tts-1", "voice": "alloy", "input": "w1", "response_format": "pcm"}
    plain = httpx.post(f"{openai.url}/v1/audio/speech", json=speech, headers=KEY).content
    openai.order(fault="odd")
    with httpx.stream("POST", f"{openai.url}/v1/audio/speech", json=speech, headers=KEY) as response:
        assert b"".join(response.iter_bytes()) == plain


def test_wav_header_empty_and_pace(openai: Any) -> None:
    """A header stands before raw sound; an empty sound is a success; sound comes slower than it would."""
    speech = {"model": "tts-1", "voice": "alloy", "input": "w1 w2", "response_format": "pcm"}

    def say() -> bytes:
        return httpx.post(f"{openai.url}/v1/audio/speech", json=speech, headers=KEY).content
    openai.order(fault="wav_header")
    assert say()[:4] == b"RIFF"
    openai.order(fault="empty")
    assert say() == b""
    openai.order(fault={"kind": "pace", "factor": 0.02})
    began = time.monotonic()
    assert say() and time.monotonic() - began > 0.2


def test_redirect_content_type_gzip_oversize(openai: Any) -> None:
    """Another host, another type, a packed body, a line without end."""
    openai.order(fault={"kind": "redirect", "location": "http://127.0.0.2:9/x"})
    assert (ask(openai).status_code, openai.events("responded")[-1]["status"]) == (307, 307)
    openai.order(fault="content_type")
    assert ask(openai).headers["content-type"].startswith("text/html")
    openai.order(fault="gzip")
    received, _ = raw(openai)
    assert b"Content-Encoding: gzip" in received and b"[DONE]" not in received
    openai.order(fault={"kind": "oversize", "bytes": 300_000})
    assert max(len(line) for line in ask(openai).content.split(b"\n")) > 290_000


def test_gzip_can_be_unpacked(openai: Any) -> None:
    """What is packed is the answer."""
    openai.order(fault="gzip")
    with httpx.stream("POST", f"{openai.url}/v1/chat/completions", json=BODY, headers=KEY) as response:
        assert gzip.decompress(b"".join(response.iter_raw())).rstrip().endswith(b"[DONE]")


def test_times_skip_path(openai: Any) -> None:
    """A fault meets the requests that it is meant for and no others."""
    openai.order(error="server_error", times=2, skip=1, path="/v1/chat")
    assert httpx.get(f"{openai.url}/v1/models", headers=KEY).status_code == 200
    assert [ask(openai).status_code for _ in range(4)] == [200, 500, 500, 200]
    openai.order(error="server_error", times=0)
    assert [ask(openai).status_code for _ in range(3)] == [500] * 3
    openai.reset()
    assert ask(openai).status_code == 200


@pytest.mark.parametrize("order", [{"fault": "nonsense"}, {"error": "nonsense"}, {"timing": {"x": 1}}, {"timing": {"token_ms": -1}},
                                   {"x": 1}, {"fault": {"kind": "cut", "x": 1}}, []])
def test_bad_orders(openai: Any, order: Any) -> None:
    """Are refused with a sentence."""
    answer = openai.control.post("/_control", json=order)
    assert answer.status_code == 400 and answer.json()["error"]


def test_timing(openai: Any) -> None:
    """First byte and tokens come when they are due."""
    openai.order(timing={"first_byte_ms": 150, "token_ms": 20})
    began, stamps = time.monotonic(), []
    with httpx.stream("POST", f"{openai.url}/v1/chat/completions", json=BODY, headers=KEY) as response:
        for line in response.iter_lines():
            if line.startswith("data: "):
                stamps.append(time.monotonic() - began)
    assert stamps[0] >= 0.15 and stamps[-1] - stamps[0] >= 0.15


def test_log_of_a_warm_connection_and_a_cancel(openai: Any) -> None:
    """The log shows that a second request used the first one's connection, and when a client left its stream."""
    openai.order(timing={"token_ms": 100})
    with httpx.Client(base_url=openai.url, headers=KEY) as client:
        client.get("/v1/models")
        with client.stream("POST", "/v1/chat/completions", json=BODY) as response:
            lines = response.iter_lines()
            next(lines)
            left = time.monotonic() * 1000
    events = openai.wait(lambda events: events if [event for event in events if event["kind"] == "closed"] else None)
    kinds = [event["kind"] for event in events]
    assert kinds.count("accepted") == kinds.count("opened") == 1 and kinds.count("request") == 2
    aborted = next(event for event in events if event["kind"] == "aborted")
    assert 0 <= aborted["t"] - left < 500
    assert "emulator-key" not in json.dumps([event for event in events if event["kind"] == "request"])
    assert next(event for event in events if event["kind"] == "body")["json"] == BODY


def test_a_socket_that_is_cut(deepgram: Any) -> None:
    """The peer sees 1006."""
    deepgram.order(fault={"kind": "cut", "after": 0}, path="/v1/listen")
    with listen(deepgram) as line, pytest.raises(websockets.exceptions.ConnectionClosedError) as caught:
        line.recv(timeout=2)
    assert caught.value.rcvd is None


def test_an_error_that_leaves_a_socket_open_meets_every_socket(deepgram: Any) -> None:
    """Once in each of them, as often as it was ordered; a message of an unknown kind likewise."""
    warning, novelty = {"error": "flush_warning", "after": 1, "times": 2}, {"fault": {"kind": "novelty"}, "times": 2}
    for order, kind in ((warning, "Warning"), (novelty, "something_new")):
        deepgram.order(**order, path="/v1/speak")
        for _ in range(2):
            address = deepgram.ws_url + "/v1/speak?model=aura-2-thalia-en"
            with connect(address, additional_headers={"Authorization": "Token emulator-key"}) as line:
                line.send('{"type":"Clear"}')
                kinds = [json.loads(line.recv(timeout=2))["type"] for _ in range(3)]
            assert kinds == ["Metadata", kind, "Cleared"]


@pytest.mark.parametrize("kind", ["garbage", "invalid_utf8"])
def test_a_socket_with_garbage(deepgram: Any, kind: str) -> None:
    """The client gives no message out of it."""
    deepgram.order(fault={"kind": kind})
    with listen(deepgram) as line:
        line.send('{"type":"CloseStream"}')
        with pytest.raises(websockets.exceptions.ConnectionClosed):
            line.recv(timeout=2)


def test_a_socket_that_is_split_stalls_or_is_truncated(deepgram: Any) -> None:
    """split changes nothing but the packets; stall says nothing more; truncate is JSON that ends too early; oversize is too much."""
    deepgram.order(fault="split")
    with listen(deepgram) as line:
        line.send('{"type":"CloseStream"}')
        assert json.loads(line.recv(timeout=2))["type"] == "Metadata"
    deepgram.order(fault="stall")
    with listen(deepgram) as line:
        line.send('{"type":"CloseStream"}')
        with pytest.raises(TimeoutError):
            line.recv(timeout=0.2)
    deepgram.order(fault="truncate")
    with listen(deepgram) as line:
        line.send('{"type":"CloseStream"}')
        with pytest.raises(ValueError):
            json.loads(line.recv(timeout=2))
    deepgram.order(fault={"kind": "oversize", "bytes": 2_000_000})
    with listen(deepgram) as line:
        line.send('{"type":"CloseStream"}')
        with pytest.raises(websockets.exceptions.ConnectionClosedError) as caught:
            line.recv(timeout=2)
    assert caught.value.sent is not None and caught.value.sent.code == 1009


def test_a_ping_is_answered_and_logged(deepgram: Any) -> None:
    """As the protocol demands."""
    with listen(deepgram) as line:
        assert line.ping("are you there").wait(2)
    assert deepgram.events("ping")


def test_odd_sound_on_a_socket(deepgram: Any) -> None:
    """Samples are split across frames."""
    deepgram.order(fault="odd")
    with connect(deepgram.ws_url + "/v1/speak?model=aura-2-thalia-en", additional_headers={"Authorization": "Token emulator-key"}) as line:
        line.send('{"type":"Speak","text":"w1"}')
        line.send('{"type":"Flush"}')
        frames = []
        while not (isinstance(frame := line.recv(timeout=2), str) and "Flushed" in frame):
            frames.append(frame)
    assert any(isinstance(frame, bytes) and len(frame) % 2 for frame in frames)


def test_tls(started: Any, tmp_path_factory: Any) -> None:
    """The certificate is good for who trusts its authority, and bad once it has expired."""
    folder = tmp_path_factory.mktemp("tls")
    emulator = started("openai", "--tls", str(folder / "good"))
    good = ssl.create_default_context(cafile=str(folder / "good" / "ca.pem"))
    assert httpx.get(f"{emulator.url}/v1/models", headers=KEY, verify=good).status_code == 200
    assert emulator.events("opened")[0]["tls"] is True
    expired = started("openai", "--tls", str(folder / "old"), "--tls-expired")
    old = ssl.create_default_context(cafile=str(folder / "old" / "ca.pem"))
    with pytest.raises(httpx.ConnectError, match="expired"):
        httpx.get(f"{expired.url}/v1/models", headers=KEY, verify=old)


def test_word_code_and_g711() -> None:
    """Any word sounds as some word of the code; G.711 tables are those of the standard."""
    from emulators import sound
    assert sound.code_word("W7,") == "w7" and sound.code_word("hello") == sound.code_word("Hello!")
    assert (sound.MULAW[0], sound.MULAW[0x80], sound.MULAW[0xFF]) == (-32124, 32124, 0)
    assert (sound.ALAW[0x55], sound.ALAW[0xD5], sound.ALAW[0x2A], sound.ALAW[0xAA]) == (-8, 8, -32256, 32256)
    header = sound.wav_header(8000, 4, "mulaw")
    assert len(header) == 44 and struct.unpack_from("<H", header, 20) == (7,)


def test_one_command_starts_all() -> None:
    """--all prints a line for each provider and ends with its standard input."""
    async def run() -> list[dict[str, Any]]:
        process = await asyncio.create_subprocess_exec(sys.executable, "-m", "emulators", "--all", cwd=ROOT,
                                                       stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE)
        assert process.stdout and process.stdin
        lines = [json.loads(await process.stdout.readline()) for _ in range(6)]
        process.stdin.close()
        assert await asyncio.wait_for(process.wait(), 10) == 0
        return lines
    lines = asyncio.run(run())
    assert [line["provider"] for line in lines] == ["chatterbox", "claude", "deepgram", "n8n", "openai", "resemble"]
    assert len({line["port"] for line in lines} | {line["control_port"] for line in lines}) == 12
