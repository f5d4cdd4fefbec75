"""The resemble SDK, and any WebSocket client, talk to the emulator."""
import base64
import json
import struct
from typing import Any, Iterator

import httpx
import numpy
import pytest
import requests
import websockets
import wordcode
from resemble import Resemble
from websockets.sync.client import connect

VOICE = "55592656"
RATE = 16_000
KEY = {"Authorization": "Bearer emulator-key"}


@pytest.fixture(name="sdk")
def _sdk(resemble: Any) -> Iterator[Any]:
    Resemble.api_key("emulator-key")
    Resemble.base_url(f"{resemble.url}/api/")
    Resemble.syn_server_url(f"{resemble.url}/")
    Resemble.direct_syn_server_url(f"{resemble.url}/synthesize")
    yield Resemble.v2.clips


def heard(pcm: bytes, rate: int = RATE) -> list[str]:
    return [word.text for word in wordcode.decode(numpy.frombuffer(pcm[: len(pcm) & ~1], "<i2").astype(float), rate)]


def chunks(wav: bytes) -> dict[bytes, bytes]:
    """The chunks of a WAV file by name; the sound is all that follows `data`."""
    assert wav[:4] == b"RIFF" and wav[8:12] == b"WAVE"
    found, at = {}, 12
    while at < len(wav):
        name, size = struct.unpack_from("<4sI", wav, at)
        found[name] = wav[at + 8 : at + 8 + size] if name != b"data" else wav[at + 8 :]
        at += 8 + size + (size & 1) if name != b"data" else len(wav)
    return found


def test_synthesize(sdk: Any) -> None:
    """A whole WAV in base64, times of each letter, and the length that is billed."""
    answer = sdk.create_direct("p", VOICE, "w1 w2", precision="PCM_16", sample_rate=RATE)
    assert answer["success"] is True and answer["issues"] == [] and answer["sample_rate"] == RATE
    assert heard(chunks(base64.b64decode(answer["audio_content"]))[b"data"]) == ["w1", "w2"]
    times = answer["audio_timestamps"]
    assert times["graph_chars"] == list("w1 w2") and times["graph_times"][3] == [0.16, 0.22] and times["phon_chars"] == []
    assert answer["duration"] == pytest.approx(0.32) and isinstance(answer["synth_duration"], float)


def test_default_precision_is_32_bits(sdk: Any) -> None:
    """Who forgets the precision gets PCM_32 at 48 kHz."""
    wav = base64.b64decode(sdk.create_direct("p", VOICE, "w1")["audio_content"])
    codec, channels, rate, _, _, bits = struct.unpack("<HHIIHH", chunks(wav)[b"fmt "])
    assert (codec, channels, rate, bits) == (1, 1, 48_000, 32)


def test_stream(sdk: Any) -> None:
    """The SDK's stream says the words."""
    assert heard(b"".join(sdk.stream("p", VOICE, "w1 w2 w3", sample_rate=RATE))) == ["w1", "w2", "w3"]


def test_stream_with_cues(sdk: Any, resemble: Any) -> None:
    """Cue and list chunks stand before the sound and name each letter; the SDK, which drops 44 bytes, mistakes them for sound."""
    body = {"voice_uuid": VOICE, "data": "w1 w2", "precision": "PCM_16", "sample_rate": RATE, "wav_encoded_timestamps": True}
    found = chunks(httpx.post(f"{resemble.url}/stream", json=body, headers=KEY).content)
    count = struct.unpack_from("<I", found[b"cue "])[0]
    offsets = [struct.unpack_from("<I", found[b"cue "], 4 + 24 * at + 20)[0] for at in range(count)]
    assert count == 5 and offsets[3] == int(0.16 * RATE) and found[b"list"][:4] == b"adtl"
    label = found[b"list"][4:]
    name, size, _, length, purpose = struct.unpack_from("<4sIII4s", label)
    assert (name, purpose, label[28 : 28 + size - 21]) == (b"ltxt", b"grph", b"w") and length == int(0.06 * RATE)
    assert heard(found[b"data"]) == ["w1", "w2"]


def test_mulaw(resemble: Any) -> None:
    """MULAW at 8000 is for telephony."""
    body = {"voice_uuid": VOICE, "data": "w1 w2", "precision": "MULAW", "sample_rate": 8000}
    found = chunks(httpx.post(f"{resemble.url}/stream", json=body, headers=KEY).content)
    assert struct.unpack_from("<H", found[b"fmt "])[0] == 7 and len(found[b"data"]) == 8000 * 320 // 1000


@pytest.mark.parametrize("change, name", [
    ({"voice_uuid": "nobody"}, "VoiceNotFound"), ({"data": ""}, "BadJSON"), ({"data": "x" * 2001}, "TextTooLong"),
    ({"precision": "PCM_8"}, "BadJSON"), ({"sample_rate": 11025}, "BadJSON")])
def test_bad_requests(resemble: Any, change: dict[str, Any], name: str) -> None:
    """400 with the vendor's shape."""
    answer = httpx.post(f"{resemble.url}/synthesize", json={"voice_uuid": VOICE, "data": "w1", **change}, headers=KEY)
    body = answer.json()
    assert answer.status_code == 400 and body["success"] is False and body["error_name"] == name and body["message"]


def test_sdk_errors(sdk: Any, resemble: Any) -> None:
    """A refused stream raises what the SDK raises; a wrong key of the whole synthesis is an answer without success."""
    resemble.order(error="stream_rate")
    with pytest.raises(requests.HTTPError, match="429"):
        list(sdk.stream("p", VOICE, "w1"))
    Resemble.api_key("wrong")
    assert sdk.create_direct("p", VOICE, "w1")["success"] is False
    with pytest.raises(requests.HTTPError, match="401"):
        list(sdk.stream("p", VOICE, "w1"))


def test_socket_json(resemble: Any) -> None:
    """audio frames, then audio_end, each with the request's number; an error leaves the socket open."""
    with connect(f"{resemble.ws_url}/stream", additional_headers=KEY) as socket:
        def ask(**body: Any) -> list[dict[str, Any]]:
            socket.send(json.dumps({"voice_uuid": VOICE, "precision": "PCM_16", "sample_rate": RATE, "no_audio_header": True, **body}))
            answers = []
            while not answers or answers[-1]["type"] == "audio":
                answers.append(json.loads(socket.recv()))
            return answers
        first, bad, second = ask(data="w1 w2"), ask(data=""), ask(data="w3")
    assert [answer["type"] for answer in first] == ["audio"] * 4 + ["audio_end"] and {answer["request_id"] for answer in first} == {0}
    assert heard(b"".join(base64.b64decode(answer["audio_content"]) for answer in first[:-1])) == ["w1", "w2"]
    assert first[0]["audio_timestamps"]["graph_chars"] == list("w1 w2") and first[0]["sample_rate"] == RATE
    assert bad[0]["type"] == "error" and bad[0]["error_name"] == "BadJSON" and bad[0]["status_code"] == 400
    assert second[-1] == {"type": "audio_end", "request_id": 1}


def test_socket_binary(resemble: Any) -> None:
    """The header comes in the first binary frame alone."""
    with connect(f"{resemble.ws_url}/stream", additional_headers=KEY) as socket:
        socket.send(json.dumps({"voice_uuid": VOICE, "data": "w1 w2 w3", "precision": "PCM_16", "sample_rate": RATE,
                                "binary_response": True}))
        frames = []
        while isinstance(frame := socket.recv(), bytes):
            frames.append(frame)
    assert json.loads(frame)["type"] == "audio_end" and [one[:4] == b"RIFF" for one in frames] == [True] + [False] * (len(frames) - 1)
    assert heard(chunks(b"".join(frames))[b"data"]) == ["w1", "w2", "w3"]


def test_socket_needs_a_key(resemble: Any) -> None:
    """401 at the upgrade."""
    with pytest.raises(websockets.exceptions.InvalidStatus) as caught:
        connect(f"{resemble.ws_url}/stream")
    assert caught.value.response.status_code == 401


def test_voices(sdk: Any) -> None:
    """The list of voices, as the management's API spells the key."""
    listed = Resemble.v2.voices.all(1, 10)
    assert listed["success"] and [voice["uuid"] for voice in listed["items"]] == [VOICE]
    assert sdk
