"""deepgram-sdk recognises speech at the emulator: /v1/listen and Flux."""
import hashlib
import json
import time
from typing import Any

import numpy
import pytest
import websockets
import wordcode
from deepgram import DeepgramClient
from deepgram.core.api_error import ApiError
from deepgram.environment import DeepgramClientEnvironment
from deepgram.listen.v1.types import ListenV1Metadata, ListenV1Results, ListenV1SpeechStarted, ListenV1UtteranceEnd
from deepgram.listen.v2.types import ListenV2Connected, ListenV2TurnInfo
from websockets.sync.client import connect

RATE = 16_000
V1 = {"model": "nova-3", "encoding": "linear16", "sample_rate": RATE}
V2 = {"model": "flux-general-en", "encoding": "linear16", "sample_rate": RATE}


def client(emulator: Any, key: str = "emulator-key") -> DeepgramClient:
    environment = DeepgramClientEnvironment(base=emulator.url, production=emulator.ws_url, agent=emulator.ws_url, agent_rest=emulator.url)
    return DeepgramClient(api_key=key, environment=environment)


def speech(*words: str) -> bytes:
    return wordcode.sound(list(words), RATE).astype("<i2").tobytes()


def silence(ms: int) -> bytes:
    return bytes(RATE * ms // 1000 * 2)


def send(socket: Any, sound: bytes, ms: int = 50) -> None:
    size = RATE * ms // 1000 * 2
    for at in range(0, len(sound), size):
        socket.send_media(sound[at : at + size])


def rejects(emulator: Any, api: str, **query: Any) -> int:
    """The HTTP status of a refused upgrade. The SDK lets the exception of its WebSocket library through."""
    try:
        with getattr(client(emulator).listen, api).connect(**query):
            pytest.fail("the upgrade was accepted")
    except websockets.exceptions.InvalidStatus as error:
        return error.response.status_code
    except ApiError as error:
        return error.status_code


def strict(message: Any) -> None:
    """The SDK does not check what it parses: every required field must be there, and a strict parse must succeed."""
    for name, field in type(message).model_fields.items():
        assert not field.is_required() or getattr(message, name, None) is not None, (name, message)
    type(message).model_validate(message.model_dump(), strict=True)


def test_temporary_token(deepgram: Any) -> None:
    """A granted token opens a socket; one that was never granted does not."""
    granted = client(deepgram).auth.v1.tokens.grant()
    assert granted.expires_in == 30
    environment = client(deepgram)._client_wrapper.get_environment()
    with DeepgramClient(access_token=granted.access_token, environment=environment).listen.v1.connect(**V1) as socket:
        socket.send_close_stream()
        assert isinstance(socket.recv(), ListenV1Metadata)
    with pytest.raises(websockets.exceptions.InvalidStatus):
        with DeepgramClient(access_token="made.up.token", environment=environment).listen.v1.connect(**V1):
            pass


def test_results(deepgram: Any) -> None:
    """Interim results grow, the final one has all words with their times, and the SDK's types are complete."""
    query = {**V1, "interim_results": True, "endpointing": 200, "vad_events": True, "utterance_end_ms": 1000, "smart_format": True}
    with client(deepgram).listen.v1.connect(**query) as socket:
        send(socket, silence(200) + speech("q1", "q2", "q3", "q4", "q5") + silence(1400))
        socket.send_close_stream()
        messages = list(socket)
    for message in messages:
        strict(message)
    results = [message for message in messages if isinstance(message, ListenV1Results)]
    interim, final = [one for one in results if not one.is_final], [one for one in results if one.speech_final]
    assert len(interim) >= 2 and len(final) == 1
    best = final[0].channel.alternatives[0]
    assert [word.word for word in best.words] == ["q1", "q2", "q3", "q4", "q5"]
    assert best.transcript == "Q1 q2 q3 q4 q5." and best.words[0].punctuated_word == "Q1"
    assert best.words[0].start == pytest.approx(0.2, abs=0.03) and best.words[4].end == pytest.approx(0.96, abs=0.05)
    assert final[0].is_final and final[0].channel_index == [0, 1] and final[0].metadata.model_info.name == "nova-3"
    assert [type(message) for message in messages if isinstance(message, (ListenV1SpeechStarted, ListenV1UtteranceEnd))] == [
        ListenV1SpeechStarted, ListenV1UtteranceEnd]
    assert isinstance(messages[-1], ListenV1Metadata)


def test_metadata_comes_last_with_the_digest(deepgram: Any) -> None:
    """Metadata comes only after CloseStream, with the digest and length of what was heard; then the socket closes with 1000."""
    sound = speech("w1") + silence(500)
    with client(deepgram).listen.v1.connect(**V1) as socket:
        send(socket, sound)
        socket.send_close_stream()
        messages = list(socket)
    metadata = messages[-1]
    assert isinstance(metadata, ListenV1Metadata) and [type(one) for one in messages].count(ListenV1Metadata) == 1
    assert metadata.sha256 == hashlib.sha256(sound).hexdigest() and metadata.transaction_key == "deprecated"
    assert metadata.duration == pytest.approx(len(sound) / 2 / RATE) and metadata.channels == 1
    closing = deepgram.wait(lambda events: [event for event in events if event["kind"] == "closing"])
    assert closing[0]["code"] == 1000 and closing[0]["by"] == "server"


def test_an_empty_stream_has_the_empty_digest(deepgram: Any) -> None:
    """CloseStream without audio gives Metadata alone."""
    with client(deepgram).listen.v1.connect(**V1) as socket:
        socket.send_close_stream()
        messages = list(socket)
    assert [type(message) for message in messages] == [ListenV1Metadata]
    assert messages[0].sha256 == hashlib.sha256(b"").hexdigest()


def test_finalize(deepgram: Any) -> None:
    """Finalize gives what is buffered, marked; on an empty buffer it gives nothing."""
    with client(deepgram).listen.v1.connect(**V1, endpointing="false") as socket:
        socket.send_finalize()
        send(socket, speech("w3", "w4") + silence(40))
        socket.send_finalize()
        first = socket.recv()
        socket.send_close_stream()
        rest = list(socket)
    assert isinstance(first, ListenV1Results) and first.from_finalize and first.is_final and not first.speech_final
    assert first.channel.alternatives[0].transcript == "w3 w4"
    assert [type(message) for message in rest] == [ListenV1Metadata]


def test_mulaw_and_script(deepgram: Any) -> None:
    """G.711 is heard; a scripted transcript replaces what would be heard, one for each utterance."""
    import emulators.sound as sound
    deepgram.order(script={"transcripts": ["book a table", "thank you"]})
    utterance = numpy.concatenate([wordcode.sound(["w1", "w2", "w3"], 8000), numpy.zeros(4000, numpy.int16)])
    data = sound.encoded(utterance, "mulaw")
    with client(deepgram).listen.v1.connect(model="nova-3", encoding="mulaw", sample_rate=8000, endpointing=300) as socket:
        for at in range(0, len(data) * 2, 160):
            socket.send_media((data * 2)[at : at + 160])
        socket.send_close_stream()
        said = [one.channel.alternatives[0].transcript for one in socket if isinstance(one, ListenV1Results)]
    assert [text for text in said if text] == ["book a table", "thank you"]


def test_mulaw_words(deepgram: Any) -> None:
    """Word-coded sound survives G.711."""
    import emulators.sound as sound
    data = sound.encoded(wordcode.sound(["q7", "q8"], 8000), "mulaw")
    with client(deepgram).listen.v1.connect(model="nova-2-phonecall", encoding="mulaw", sample_rate=8000) as socket:
        socket.send_media(data)
        socket.send_close_stream()
        said = [one.channel.alternatives[0].transcript for one in socket if isinstance(one, ListenV1Results)]
    assert said == ["q7 q8"]


@pytest.mark.parametrize("query", [
    {"model": "nova-9"}, {"language": "english language"}, {"keyterm": "x", "model": "nova-2"}, {"encoding": "pcm"}, {"sample_rate": "x"},
    {"utterance_end_ms": 1000}, {"endpointing": "soon"}, {"interim_results": "maybe"}, {"diarize_model": "v2"}])
def test_bad_queries_are_refused(deepgram: Any, query: dict[str, Any]) -> None:
    """A bad parameter is refused at the upgrade with 400."""
    assert rejects(deepgram, "v1", **{**V1, **query}) == 400


def test_a_wrong_key_is_refused(deepgram: Any) -> None:
    """401, with the request's id and reason in headers and the documented body."""
    with pytest.raises((websockets.exceptions.InvalidStatus, ApiError)):
        with client(deepgram, key="wrong").listen.v1.connect(**V1):
            pass
    with pytest.raises(websockets.exceptions.InvalidStatus) as caught:
        connect(f"{deepgram.ws_url}/v1/listen?model=nova-3")
    response = caught.value.response
    assert response.status_code == 401 and response.headers["dg-request-id"] and response.headers["dg-error"]
    assert set(json.loads(response.body)) == {"err_code", "err_msg", "request_id"}


def test_subprotocol_credential(deepgram: Any) -> None:
    """A client without headers gives its key as a subprotocol."""
    with connect(f"{deepgram.ws_url}/v1/listen?model=nova-3", subprotocols=["token", "emulator-key"]) as socket:
        assert socket.subprotocol == "token"


def test_keep_alive(deepgram: Any) -> None:
    """Without audio the socket closes as NET-0001 however many KeepAlives come; with audio each text KeepAlive holds it."""
    deepgram.order(timing={"idle_ms": 500})
    with client(deepgram).listen.v1.connect(**V1) as socket:
        socket.send_keep_alive()
        with pytest.raises(websockets.exceptions.ConnectionClosedError) as caught:
            socket.recv()
    assert caught.value.rcvd.code == 1011 and "net0001" in caught.value.rcvd.reason
    with client(deepgram).listen.v1.connect(**V1) as socket:
        socket.send_media(silence(50))
        # The passing of time is what is proved: three quarters of a second, none of the pauses as long as the limit.
        for _ in range(5):
            time.sleep(0.15)
            socket.send_keep_alive()
        socket.send_close_stream()
        assert isinstance(list(socket)[-1], ListenV1Metadata)
    assert [event["text"] for event in deepgram.events("frame") if "KeepAlive" in event.get("text", "")]


def test_a_text_that_is_no_message(deepgram: Any) -> None:
    """Gives an Error message, and the socket stays open."""
    with connect(f"{deepgram.ws_url}/v1/listen?model=nova-3", additional_headers={"Authorization": "Token emulator-key"}) as socket:
        socket.send("{")
        error = json.loads(socket.recv())
        assert error["type"] == "Error" and error["variant"] == "SchemaError" and error["message"] == "{"
        socket.send('{"type":"CloseStream"}')
        assert json.loads(socket.recv())["type"] == "Metadata"


def test_sound_that_is_none(deepgram: Any) -> None:
    """Without an encoding the data must be a container: DATA-0000."""
    with client(deepgram).listen.v1.connect(model="nova-3") as socket:
        socket.send_media(b"not a container at all")
        with pytest.raises(websockets.exceptions.ConnectionClosedError) as caught:
            socket.recv()
    assert caught.value.rcvd.code == 1008 and "DATA-0000" in caught.value.rcvd.reason


def test_flux_turns(deepgram: Any) -> None:
    """Connected first; start, updates, eager end, resumption and end in their order; sequence and turn numbers without gaps."""
    with client(deepgram).listen.v2.connect(**V2, eager_eot_threshold=0.4, eot_threshold=0.8) as socket:
        send(socket, silence(100) + speech("q1", "q2", "q3", "q4"), 80)
        send(socket, silence(280) + speech("q5", "q6") + silence(600), 80)
        send(socket, speech("q7", "q8") + silence(200), 80)
        socket.send_force_end_turn()
        socket.send_close_stream()
        messages = list(socket)
        with pytest.raises(websockets.exceptions.ConnectionClosedOK) as caught:
            socket.recv()
    assert caught.value.rcvd.code == 1005
    for message in messages:
        strict(message)
    assert isinstance(messages[0], ListenV2Connected)
    assert [message.sequence_id for message in messages] == list(range(len(messages)))
    turns = [message for message in messages if isinstance(message, ListenV2TurnInfo)]
    kept = [(turn.turn_index, turn.event) for turn in turns if turn.event != "Update"]
    assert kept[:6] == [(0, "StartOfTurn"), (0, "EagerEndOfTurn"), (0, "TurnResumed"), (0, "EagerEndOfTurn"), (0, "EndOfTurn"),
                        (1, "StartOfTurn")]
    ends = [turn for turn in turns if turn.event == "EndOfTurn"]
    assert [(end.transcript, end.trigger) for end in ends] == [("q1 q2 q3 q4 q5 q6", "model"), ("q7 q8", "manual")]
    assert all(turn.trigger is None for turn in turns if turn.event != "EndOfTurn")
    eager = [turn for turn in turns if turn.event == "EagerEndOfTurn"]
    assert eager[1].transcript == ends[0].transcript and ends[0].words[0].start is not None


def test_flux_configure(deepgram: Any) -> None:
    """Configure is confirmed with all that is in force."""
    from deepgram.listen.v2.types import ListenV2Configure, ListenV2ConfigureFailure, ListenV2ConfigureSuccess
    with client(deepgram).listen.v2.connect(**V2) as socket:
        socket.recv()
        socket.send_configure(ListenV2Configure(thresholds={"eot_threshold": 0.9}, keyterms=["Patchbay"]))
        success = socket.recv()
        socket.send_configure(ListenV2Configure(thresholds={"eot_threshold": 0.1}))
        failure = socket.recv()
    assert isinstance(success, ListenV2ConfigureSuccess) and success.thresholds.eot_threshold == 0.9 and success.keyterms == ["Patchbay"]
    assert isinstance(failure, ListenV2ConfigureFailure) and failure.code
    strict(success)


@pytest.mark.parametrize("query", [{"model": "nova-3"}, {"keyterm": "x" * 101}, {"eot_threshold": 0.2}, {"eot_timeout_ms": 10}])
def test_bad_flux_queries_are_refused(deepgram: Any, query: dict[str, Any]) -> None:
    """A bad parameter is refused at the upgrade with 400."""
    assert rejects(deepgram, "v2", **{**V2, **query}) == 400


def test_flux_knows_no_keep_alive(deepgram: Any) -> None:
    """What is no message of v2 ends the session with an Error."""
    with connect(f"{deepgram.ws_url}/v2/listen?model=flux-general-en&encoding=linear16&sample_rate=16000",
                 additional_headers={"Authorization": "Token emulator-key"}) as socket:
        assert json.loads(socket.recv())["type"] == "Connected"
        socket.send('{"type":"KeepAlive"}')
        assert json.loads(socket.recv())["type"] == "Error"
