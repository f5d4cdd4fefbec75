"""The openai SDK talks to Chatterbox's servers, the runpod SDK to its queue."""
import base64
import concurrent.futures
import time
from typing import Any

import httpx
import numpy
import openai as sdk
import pytest
import requests
import runpod
import wordcode

RATE = 24_000
BEARER = {"Authorization": "Bearer emulator-key"}


def client(emulator: Any) -> sdk.OpenAI:
    return sdk.OpenAI(api_key="emulator-key", base_url=f"{emulator.url}/v1", max_retries=0, timeout=5)


def heard(wav: bytes) -> list[str]:
    pcm = wav[44:] if wav[:4] == b"RIFF" else wav
    return [word.text for word in wordcode.decode(numpy.frombuffer(pcm[: len(pcm) & ~1], "<i2").astype(float), RATE)]


def test_devnen_speech(chatterbox: Any) -> None:
    """One whole WAV file at the end, with true sizes; tags make no sound on Turbo."""
    with client(chatterbox).audio.speech.with_streaming_response.create(
            model="chatterbox", voice="Emily.wav", input="w1 [laugh] w2", response_format="wav") as response:
        wav = response.read()
    assert heard(wav) == ["w1", "w2"] and int.from_bytes(wav[40:44], "little") == len(wav) - 44
    assert response.headers["content-type"] == "audio/wav"


def test_devnen_refuses(chatterbox: Any) -> None:
    """A voice that is no file: 404; an empty text: 500 of the catch-all; a missing field: 422."""
    speech = client(chatterbox).audio.speech
    with pytest.raises(sdk.NotFoundError):
        speech.create(model="chatterbox", voice="Nobody.wav", input="w1")
    with pytest.raises(sdk.InternalServerError):
        speech.create(model="chatterbox", voice="Emily.wav", input=" ", response_format="wav")
    with pytest.raises(sdk.UnprocessableEntityError) as caught:
        speech.create(model="chatterbox", voice="Emily.wav", input="w1", response_format="flac")
    assert caught.value.body[0]["loc"] if isinstance(caught.value.body, list) else caught.value.response.json()["detail"][0]["loc"]


def test_devnen_tts_streams(chatterbox: Any) -> None:
    """`stream:true` gives the header of a stream and each sentence when it is made."""
    body = {"text": "w1 w2 w3. w4 w5 w6.", "chunk_size": 10, "stream": True, "output_format": "wav"}
    with httpx.stream("POST", f"{chatterbox.url}/tts", json=body) as response:
        wav = b"".join(response.iter_bytes())
    assert wav[4:8] == b"\xff\xff\xff\xff" and heard(wav) == ["w1", "w2", "w3", "w4", "w5", "w6"]
    whole = httpx.post(f"{chatterbox.url}/tts", json={"text": "w1"})
    assert heard(whole.content) == ["w1"] and "attachment" in whole.headers["content-disposition"]


def test_devnen_is_blocked_while_it_works(chatterbox: Any) -> None:
    """A probe waits for the generation, also for one whose client has gone."""
    chatterbox.order(timing={"real_time_factor": 1})
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(f"{chatterbox.url}/tts", json={"text": "w1 w2 w3 w4 w5 w6 w7 w8"}, timeout=0.1)
    began = time.monotonic()
    info = httpx.get(f"{chatterbox.url}/api/model-info").json()
    assert time.monotonic() - began > 0.3
    assert info["loaded"] and info["sample_rate"] == RATE and "laugh" in info["available_paralinguistic_tags"]


def test_travisvn_stream(chatterbox: Any) -> None:
    """The header comes at once, with the sizes of a stream; an unknown voice is the default one."""
    chatterbox.order(script={"server": "travisvn"})
    body = {"input": "w1 w2. w3 w4.", "streaming_chunk_size": 50}
    with httpx.stream("POST", f"{chatterbox.url}/v1/audio/speech/stream", json=body) as response:
        wav = b"".join(response.iter_bytes())
    assert int.from_bytes(wav[4:8], "little") == 0x7FFFFFFF - 36 and wav[40:44] == b"\xff\xff\xff\xff"
    assert heard(wav) == ["w1", "w2", "w3", "w4"]
    wav = client(chatterbox).audio.speech.create(model="tts-1", voice="alloy", input="w1", response_format="mp3").read()
    assert wav[:4] == b"RIFF"


def test_travisvn_events(chatterbox: Any) -> None:
    """info, deltas, done; data only, no sentinel."""
    chatterbox.order(script={"server": "travisvn"})
    response = httpx.post(f"{chatterbox.url}/v1/audio/speech", json={"input": "w1 w2.", "stream_format": "sse"})
    events = [line.removeprefix("data: ") for line in response.text.split("\n\n") if line]
    kinds = [httpx.Response(200, text=event).json()["type"] for event in events]
    assert kinds == ["speech.audio.info", "speech.audio.delta", "speech.audio.done"]
    assert heard(base64.b64decode(httpx.Response(200, text=events[1]).json()["audio"])) == ["w1", "w2"]


@pytest.mark.parametrize("change, status", [({"input": "x" * 3001}, 422), ({"input": " "}, 400), ({"exaggeration": 9}, 422),
                                            ({"streaming_chunk_size": 5}, 422)])
def test_travisvn_refuses(chatterbox: Any, change: dict[str, Any], status: int) -> None:
    """Its bounds are checked."""
    chatterbox.order(script={"server": "travisvn"})
    assert httpx.post(f"{chatterbox.url}/v1/audio/speech", json={"input": "w1", **change}).status_code == status


def test_loading(chatterbox: Any) -> None:
    """A server that loads is healthy to nobody: 503, 500 and `initializing`, 204 to a load balancer."""
    chatterbox.order(script={"loading": True})
    assert httpx.post(f"{chatterbox.url}/tts", json={"text": "w1"}).status_code == 503
    assert httpx.get(f"{chatterbox.url}/health").json()["status"] == "initializing"
    assert httpx.get(f"{chatterbox.url}/ping").status_code == 204
    chatterbox.order(script={"loading": True, "server": "travisvn"})
    answer = httpx.post(f"{chatterbox.url}/v1/audio/speech", json={"input": "w1"})
    assert answer.status_code == 500 and answer.json()["error"]["type"] == "model_error"


def test_load_balancer_asks_for_the_key(chatterbox: Any) -> None:
    """With `script.auth` bearer."""
    chatterbox.order(script={"auth": "bearer"})
    assert httpx.post(f"{chatterbox.url}/tts", json={"text": "w1"}).status_code == 401
    assert httpx.post(f"{chatterbox.url}/tts", json={"text": "w1"}, headers=BEARER).status_code == 200


def endpoint(emulator: Any, name: str = "ep", key: str = "emulator-key") -> runpod.Endpoint:
    runpod.endpoint_url_base = f"{emulator.url}/v2"
    return runpod.Endpoint(name, api_key=key)


def test_run_status_output(chatterbox: Any) -> None:
    """A queued job completes with its output and its times; health counts it."""
    one = endpoint(chatterbox)
    job = one.run({"input": {"text": "w1 w2"}})
    output = job.output(timeout=5)
    assert heard(base64.b64decode(output["audio"])) == ["w1", "w2"] and output["sample_rate"] == RATE and job.status() == "COMPLETED"
    status = httpx.get(f"{chatterbox.url}/v2/ep/status/{job.job_id}", headers={"Authorization": "emulator-key"}).json()
    assert isinstance(status["delayTime"], int) and isinstance(status["executionTime"], int)
    health = one.health()
    assert health["jobs"]["completed"] == 1 and set(health["workers"]) >= {"idle", "running", "throttled"}


def test_stream_and_runsync(chatterbox: Any) -> None:
    """A generator's pieces stream by polls; runsync waits; the public endpoint gives a URL."""
    long = "w1 " * 70 + ". " + "w2 " * 70 + "."
    with concurrent.futures.ThreadPoolExecutor() as pool:
        streamed = pool.submit(lambda: list(endpoint(chatterbox).run({"input": {"text": long}}).stream()))
        whole = endpoint(chatterbox).run_sync({"input": {"prompt": "w3"}}, timeout=5)
        assert heard(base64.b64decode(whole["audio"])) == ["w3"]
        public = endpoint(chatterbox, "chatterbox-turbo").run_sync({"input": {"prompt": "w4", "voice": "lucy"}}, timeout=5)
        assert heard(httpx.get(public["audio_url"]).content) == ["w4"]
        pieces = streamed.result(10)
    assert [set(heard(base64.b64decode(piece["audio"]))) for piece in pieces] == [{"w1"}, {"w2"}]


def test_cold_start_and_cancel(chatterbox: Any) -> None:
    """A cold job waits in the queue; cancel ends it; a purge empties the queue."""
    chatterbox.order(timing={"cold_start_ms": 60_000})
    one = endpoint(chatterbox)
    job = one.run({"input": {"text": "w1"}})
    assert job.status() == "IN_QUEUE"
    assert job.cancel()["status"] == "CANCELLED" and job.status() == "CANCELLED"
    one.run({"input": {"text": "w1"}})
    assert one.purge_queue()["removed"] == 1


def test_runpod_errors(chatterbox: Any) -> None:
    """A wrong key is the SDK's RuntimeError, other refusals its HTTPError; a failed job has a reason."""
    with pytest.raises(RuntimeError, match="401"):
        endpoint(chatterbox, key="wrong").run({"input": {"text": "w1"}})
    chatterbox.order(error="runpod_internal")
    with pytest.raises(requests.HTTPError):
        endpoint(chatterbox).run({"input": {"text": "w1"}})
    chatterbox.order(error="job_failed")
    answer = httpx.post(f"{chatterbox.url}/v2/ep/runsync", json={"input": {"text": "w1"}}, headers=BEARER).json()
    assert answer["status"] == "FAILED" and "ValueError" in answer["error"]
    natural = httpx.post(f"{chatterbox.url}/v2/ep/runsync", json={"input": {"no": "text"}}, headers=BEARER).json()
    assert natural["status"] == "FAILED" and "KeyError" in natural["error"]
