"""deepgram-sdk makes speech at the emulator: REST, /v1/speak and Flux TTS."""
from typing import Any

import numpy
import pytest
import websockets
import wordcode
from deepgram.core.api_error import ApiError
from deepgram.speak.v1.types import SpeakV1Text
from deepgram.speak.v2.types import SpeakV2Configure, SpeakV2Interrupt, SpeakV2InterruptPlaybackOffset, SpeakV2Speak
from test_deepgram_listen import RATE, client, strict

V1 = {"model": "aura-2-thalia-en", "encoding": "linear16", "sample_rate": RATE}
V2 = {"model": "flux-haley-en", "encoding": "linear16", "sample_rate": RATE}


def heard(sound: bytes) -> list[str]:
    samples = numpy.frombuffer(sound[: len(sound) & ~1], "<i2").astype(float)
    return [word.text for word in wordcode.decode(samples, RATE)]


def until(socket: Any, kind: str) -> tuple[bytes, list[Any]]:
    """Sound and messages up to and with the first message of a kind."""
    sound, messages = b"", []
    while True:
        message = socket.recv()
        if isinstance(message, bytes):
            sound += message
            continue
        messages.append(message)
        # A Cleared is parsed as Flushed by this SDK, so the kind decides and never the class.
        if message.type == kind:
            return sound, messages


def test_rest(deepgram: Any) -> None:
    """The words come back from the streamed body; headers bill the characters."""
    with client(deepgram).speak.v1.audio.with_raw_response.generate(
            text="w1 w2 w3.", model="aura-2-thalia-en", encoding="linear16", sample_rate=RATE, container="none") as response:
        sound = b"".join(response.data)
    assert heard(sound) == ["w1", "w2", "w3"]
    assert response.headers["dg-char-count"] == "9" and response.headers["dg-model-name"] == "aura-2-thalia-en"
    assert response.headers["dg-request-id"]


def test_rest_has_a_container_unless_told(deepgram: Any) -> None:
    """The default container of linear16 is WAV."""
    sound = b"".join(client(deepgram).speak.v1.audio.generate(text="w1", model="aura-2-thalia-en", encoding="linear16"))
    assert sound[:4] == b"RIFF"


@pytest.mark.parametrize("query, text, status", [
    ({"model": "aura-9"}, "hi", 400), ({"encoding": "linear16", "sample_rate": 11025}, "hi", 400), ({}, " ", 400), ({}, "x" * 1001, 422),
    ({"encoding": "mulaw", "container": "ogg"}, "hi", 400)])
def test_rest_refuses(deepgram: Any, query: dict[str, Any], text: str, status: int) -> None:
    """What the vendor refuses raises the SDK's error with its status and body."""
    with pytest.raises(ApiError) as caught:
        b"".join(client(deepgram).speak.v1.audio.generate(text=text, **{"model": "aura-2-thalia-en", **query}))
    assert caught.value.status_code == status and caught.value.body["err_code"]


def test_rest_wrong_key(deepgram: Any) -> None:
    """401."""
    with pytest.raises(ApiError) as caught:
        b"".join(client(deepgram, "wrong").speak.v1.audio.generate(text="hi", model="aura-2-thalia-en"))
    assert caught.value.status_code == 401 and caught.value.body["err_code"] == "INVALID_AUTH"


def test_speak_and_flush(deepgram: Any) -> None:
    """Metadata first; Flushed follows the last sound of its text; a sentence begins before its flush."""
    with client(deepgram).speak.v1.connect(**V1) as socket:
        first = socket.recv()
        socket.send_text(SpeakV1Text(text="w1 w2 w3. w4 w5"))
        socket.send_flush()
        sound, messages = until(socket, "Flushed")
        socket.send_text(SpeakV1Text(text="x1"))
        socket.send_flush()
        more, again = until(socket, "Flushed")
        socket.send_close()
        assert list(socket) == []
    assert first.type == "Metadata" and first.model_name == "aura-2-thalia-en" and first.model_uuid and first.request_id
    assert heard(sound) == ["w1", "w2", "w3", "w4", "w5"] and heard(more) == ["x1"]
    assert [message.sequence_id for message in messages + again] == [0, 1]
    assert deepgram.wait(lambda events: [event for event in events if event["kind"] == "closing"])[0]["code"] == 1000


def test_clear(deepgram: Any) -> None:
    """Clear throws away what is not yet sent: nothing comes after Cleared but what is said later."""
    deepgram.order(timing={"real_time_factor": 1})
    with client(deepgram).speak.v1.connect(**V1) as socket:
        socket.recv()
        socket.send_text(SpeakV1Text(text=" ".join(f"w{n}" for n in range(1, 21))))
        socket.send_flush()
        early = socket.recv()
        socket.send_clear()
        late, _ = until(socket, "Cleared")
        socket.send_text(SpeakV1Text(text="x7"))
        socket.send_flush()
        after, messages = until(socket, "Flushed")
    assert len(heard(early + late)) < 5 and heard(after) == ["x7"] and len(messages) == 1


def test_each_clear_is_answered(deepgram: Any) -> None:
    """Each Clear has its Cleared, although the next one throws away what waits."""
    with client(deepgram).speak.v1.connect(**V1) as socket:
        for _ in range(20):
            socket.send_clear()
        for _ in range(20):
            until(socket, "Cleared")


def test_limits(deepgram: Any) -> None:
    """The 21st flush of a minute gives a Warning; a text above 2000 characters closes with BIG-0001; 2400 in a minute with DATA-0001."""
    with client(deepgram).speak.v1.connect(**V1) as socket:
        socket.recv()
        for _ in range(21):
            socket.send_text(SpeakV1Text(text="w1"))
            socket.send_flush()
        _, messages = until(socket, "Warning")
    assert messages[-1].code and messages[-1].description
    for texts, code, reason in ((["x" * 2001], 1009, "BIG-0001"), (["x " * 700, "x " * 600], 1008, "DATA-0001")):
        with client(deepgram).speak.v1.connect(**V1) as socket:
            for text in texts:
                socket.send_text(SpeakV1Text(text=text))
            with pytest.raises(websockets.exceptions.ConnectionClosedError) as caught:
                while True:
                    socket.recv()
        assert caught.value.rcvd.code == code and reason in caught.value.rcvd.reason


def test_flux_turn(deepgram: Any) -> None:
    """Connected, SpeechStarted, sound, Flushed, SpeechMetadata with its bill, and the session's sum at the end."""
    with client(deepgram).speak.v2.connect(**V2) as socket:
        connected = socket.recv()
        socket.send_speak(SpeakV2Speak(text="w1 w2 w3"))
        socket.send_flush()
        sound, messages = until(socket, "SpeechMetadata")
        socket.send_close()
        end = list(socket)
    for message in [connected, *messages, *end]:
        strict(message)
    assert heard(sound) == ["w1", "w2", "w3"]
    kinds = [message.type for message in [connected, *messages, *end]]
    assert kinds == ["Connected", "SpeechStarted", "Flushed", "SpeechMetadata", "SessionMetadata"]
    assert messages[-1].audio_duration_ms == 480 and messages[-1].billable_character_count == 8
    assert end[0].total_billable_character_count == 8


def test_flux_interrupt(deepgram: Any) -> None:
    """What was heard up to an offset is told, and no more sound comes."""
    deepgram.order(timing={"real_time_factor": 1})
    with client(deepgram).speak.v2.connect(**V2) as socket:
        socket.recv()
        socket.send_speak(SpeakV2Speak(text="w1 w2 w3 w4 w5 w6 w7 w8"))
        socket.send_flush()
        while not isinstance(socket.recv(), bytes):
            pass
        socket.send_interrupt(SpeakV2Interrupt(playback_offset=SpeakV2InterruptPlaybackOffset(type="time_ms", value=320)))
        _, messages = until(socket, "SpeechInterrupted")
        socket.send_configure(SpeakV2Configure(speed=1.1))
        _, success = until(socket, "ConfigureSuccess")
        socket.send_configure(SpeakV2Configure(speed=1.12))
        _, failure = until(socket, "ConfigureFailure")
    stopped = messages[-1]
    assert (stopped.text_spoken, stopped.text_remaining) == ("w1 w2", "w3 w4 w5 w6 w7 w8") and stopped.audio_played_ms == 320
    assert success[0].applied.speed == 1.1 and failure[0].code == "SPEED_INCREMENT_INVALID"
    strict(stopped)


def test_flux_pause_markup_ends_the_socket(deepgram: Any) -> None:
    """DATA-0002 as an Error, then the close."""
    with client(deepgram).speak.v2.connect(**V2) as socket:
        socket.recv()
        socket.send_speak(SpeakV2Speak(text="wait \\{pause:500ms\\} now"))
        assert socket.recv().code == "DATA-0002"


def test_models(deepgram: Any) -> None:
    """The list of models, of which the SDK keeps every member."""
    models = client(deepgram).manage.v1.models.list()
    assert [model.canonical_name for model in models.tts or []] == ["aura-2-thalia-en", "aura-2-viktoria-de"]
    assert {model.architecture for model in models.stt or [] if model.streaming} == {"nova-3", "nova-2"}
    assert (models.tts or [])[0].metadata.accent == "American"
