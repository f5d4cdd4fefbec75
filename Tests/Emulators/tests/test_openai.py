"""The openai SDK, in its strict mode, talks to the emulator."""
import time
from typing import Any

import numpy
import openai as sdk
import pytest
import wordcode

MODEL = "gpt-6-luna"
TOOLS = [{"type": "function", "function": {"name": name, "description": "A tool.", "parameters": {"type": "object", "properties": {}}}}
         for name in ("book", "hours")]


def client(emulator: Any, key: str = "emulator-key", retries: int = 0) -> sdk.OpenAI:
    return sdk.OpenAI(api_key=key, base_url=f"{emulator.url}/v1", max_retries=retries, timeout=5, _strict_response_validation=True)


def ask(text: str) -> dict[str, Any]:
    return {"model": MODEL, "messages": [{"role": "system", "content": "Be short."}, {"role": "user", "content": text}]}


def test_stream_with_usage(openai: Any) -> None:
    """Chunks, one finish reason, a last chunk without choices that has the usage; comments are passed over."""
    chunks = list(client(openai).chat.completions.create(**ask("hello"), stream=True, stream_options={"include_usage": True}))
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert text == "w1 w2 w3 w4. w5 w6 w7 w8." and chunks[0].choices[0].delta.role == "assistant"
    assert [chunk.choices[0].finish_reason for chunk in chunks if chunk.choices and chunk.choices[0].finish_reason] == ["stop"]
    last = chunks[-1]
    assert last.choices == [] and last.usage.total_tokens == last.usage.prompt_tokens + last.usage.completion_tokens
    assert last.usage.prompt_tokens_details.cached_tokens == 0 and last.usage.completion_tokens_details.reasoning_tokens == 0
    assert all(chunk.usage is None for chunk in chunks[:-1])


def test_obfuscation(openai: Any) -> None:
    """Is there unless switched off."""
    on = list(client(openai).chat.completions.create(**ask("x"), stream=True))
    off = list(client(openai).chat.completions.create(**ask("x"), stream=True, stream_options={"include_obfuscation": False}))
    assert on[1].obfuscation and not off[1].obfuscation


def test_parallel_tools(openai: Any) -> None:
    """Two calls stream in fragments that the SDK's helper merges; both results are needed."""
    openai.order(script={"rules": [{"on": "user", "say": "Let me check.",
                                    "tools": [{"name": "book", "arguments": {"day": "fri \"x\" ü"}}, {"name": "hours"}]}]})
    with client(openai).chat.completions.stream(**ask("book"), tools=TOOLS) as stream:
        list(stream)
        choice = stream.get_final_completion().choices[0]
    calls = choice.message.tool_calls
    assert choice.finish_reason == "tool_calls" and choice.message.content == "Let me check."
    assert [call.function.name for call in calls] == ["book", "hours"] and calls[0].function.arguments == '{"day": "fri \\"x\\" \\u00fc"}'
    called = [call.model_dump(include={"id", "type", "function"}) for call in calls]
    history = [*ask("book")["messages"], {"role": "assistant", "content": "Let me check.", "tool_calls": called}]
    results = [{"role": "tool", "tool_call_id": call.id, "content": "done"} for call in calls]
    with pytest.raises(sdk.BadRequestError, match="tool"):
        client(openai).chat.completions.create(model=MODEL, messages=history + results[:1], tools=TOOLS)
    answer = client(openai).chat.completions.create(model=MODEL, messages=history + results, tools=TOOLS)
    assert answer.choices[0].message.content == "The tool said done and done."


def test_whole(openai: Any) -> None:
    """Not streamed: message, usage, request id and rate-limit headers."""
    response = client(openai).chat.completions.with_raw_response.create(**ask("x"), prompt_cache_key="k")
    completion = response.parse()
    assert completion.choices[0].message.content.startswith("w1") and completion.choices[0].finish_reason == "stop"
    assert completion.usage.prompt_tokens_details.cached_tokens is not None and completion.id.startswith("chatcmpl-")
    assert response.headers["x-request-id"] and response.headers["x-ratelimit-remaining-requests"]


def test_refusal_filter_and_length(openai: Any) -> None:
    """A refusal streams as such; a filter and a limit are finish reasons."""
    openai.order(script={"rules": [{"when": "bad", "say": "I will not.", "stop": "refusal"}, {"when": "odd", "stop": "content_filter"}]})
    chunks = list(client(openai).chat.completions.create(**ask("bad"), stream=True))
    assert "".join(chunk.choices[0].delta.refusal or "" for chunk in chunks) == "I will not."
    assert client(openai).chat.completions.create(**ask("bad")).choices[0].message.refusal == "I will not."
    assert client(openai).chat.completions.create(**ask("odd")).choices[0].finish_reason == "content_filter"
    assert client(openai).chat.completions.create(**ask("x"), max_completion_tokens=2).choices[0].finish_reason == "length"


@pytest.mark.parametrize("dialect", ["ollama", "llama", "vllm", "groq"])
def test_dialects(openai: Any, dialect: str) -> None:
    """Servers of the dialect deviate, and the SDK still understands them."""
    rule = {"thinking": "Hm.", "say": "Yes.", "tools": [{"name": "book", "arguments": {"a": 1}}]}
    openai.order(script={"dialect": dialect, "rules": [rule]})
    lenient = sdk.OpenAI(api_key="emulator-key", base_url=f"{openai.url}/v1", max_retries=0)
    chunks = list(lenient.chat.completions.create(model="llama3.2", messages=ask("x")["messages"], tools=TOOLS, stream=True, max_tokens=50,
                                                  stream_options={"include_usage": True}))
    calls = [call for chunk in chunks if chunk.choices for call in chunk.choices[0].delta.tool_calls or []]
    assert "".join(call.function.arguments or "" for call in calls) == '{"a": 1}' and chunks[-1].usage.total_tokens
    if dialect == "ollama":
        assert calls[0].index is None and len(calls) == 1


@pytest.mark.parametrize("change, kind", [
    ({"model": "nonsense"}, sdk.NotFoundError), ({"max_tokens": 5}, sdk.BadRequestError), ({"temperature": 0.5}, sdk.BadRequestError),
    ({"messages": []}, sdk.BadRequestError), ({"extra_body": {"foo": 1}}, sdk.BadRequestError),
    ({"tool_choice": "auto"}, sdk.BadRequestError), ({"stream_options": {"include_usage": True}}, sdk.BadRequestError)])
def test_bad_requests(openai: Any, change: dict[str, Any], kind: type[Exception]) -> None:
    """Each raises the SDK's class and says what is wrong."""
    with pytest.raises(kind) as caught:
        client(openai).chat.completions.create(**{**ask("x"), **change})
    assert set(caught.value.body) == {"message", "type", "param", "code"}


@pytest.mark.parametrize("name, kind, code", [
    ("invalid_api_key", sdk.AuthenticationError, "invalid_api_key"), ("unsupported_country", sdk.PermissionDeniedError, None),
    ("model_not_found", sdk.NotFoundError, "model_not_found"), ("conflict", sdk.ConflictError, None),
    ("unprocessable", sdk.UnprocessableEntityError, None), ("rate_limit_exceeded", sdk.RateLimitError, "rate_limit_exceeded"),
    ("insufficient_quota", sdk.RateLimitError, "insufficient_quota"), ("server_error", sdk.InternalServerError, None),
    ("slow_down", sdk.InternalServerError, "slow_down")])
def test_errors_are_the_sdks_own(openai: Any, name: str, kind: type[Exception], code: str | None) -> None:
    """Each documented status raises the class that the SDK has for it."""
    openai.order(error=name)
    with pytest.raises(kind) as caught:
        client(openai).chat.completions.create(**ask("x"))
    assert code is None or caught.value.code == code
    assert caught.value.request_id.startswith("req_")


def test_error_in_the_stream(openai: Any) -> None:
    """An error object after HTTP 200 raises APIError; retry-after-ms is obeyed; a wrong key is refused."""
    openai.order(error="stream_server_error", after=3)
    with pytest.raises(sdk.APIError, match="had an error"):
        list(client(openai).chat.completions.create(**ask("x"), stream=True))
    openai.order(error="rate_limit_ms")
    began = time.monotonic()
    assert client(openai, retries=1).chat.completions.create(**ask("x")).choices and time.monotonic() - began < 1
    with pytest.raises(sdk.AuthenticationError):
        client(openai, "wrong").chat.completions.create(**ask("x"))


def test_speech(openai: Any) -> None:
    """pcm is 24 kHz without a header and streams; wav has sizes that mean nothing; both say the words."""
    voice = client(openai).audio.speech.with_streaming_response
    with voice.create(model="gpt-4o-mini-tts", voice="alloy", input="w1 w2 w3", response_format="pcm") as response:
        pcm = b"".join(response.iter_bytes())
    with voice.create(model="tts-1", voice="alloy", input="w1 w2 w3", response_format="wav") as response:
        wav = response.read()
    assert response.headers["content-type"] == "audio/wav" and wav[44:] == pcm and wav[4:8] == b"\xff\xff\xff\xff"
    assert [word.text for word in wordcode.decode(numpy.frombuffer(pcm, "<i2").astype(float), 24_000)] == ["w1", "w2", "w3"]


def test_speech_events(openai: Any) -> None:
    """stream_format sse gives base64 pieces and a usage; tts-1 has none."""
    with client(openai).audio.speech.with_streaming_response.create(
            model="gpt-4o-mini-tts", voice="alloy", input="w1 w2", response_format="pcm", stream_format="sse") as response:
        lines = [line for line in response.iter_lines() if line]
    assert all(line.startswith("data: ") for line in lines) and "speech.audio.done" in lines[-1] and "total_tokens" in lines[-1]
    for bad in ({"model": "tts-1", "stream_format": "sse"}, {"voice": "nobody"}, {"input": "x" * 4097}, {"speed": 9}):
        with pytest.raises(sdk.BadRequestError):
            client(openai).audio.speech.create(**{"model": "gpt-4o-mini-tts", "voice": "alloy", "input": "x", **bad})


def clip(*words: str) -> tuple[str, bytes]:
    import emulators.sound as sound
    return "clip.wav", sound.wav(wordcode.sound(list(words)), 16_000)


def test_transcription(openai: Any) -> None:
    """json, verbose with word times, text and a stream say what is in the file."""
    audio = client(openai).audio.transcriptions
    whole = audio.create(model="gpt-transcribe", file=clip("q1", "q2", "q3"))
    assert whole.text == "q1 q2 q3" and whole.usage.type == "tokens"
    verbose = audio.create(model="whisper-1", file=clip("q1", "q2"), response_format="verbose_json", timestamp_granularities=["word"])
    assert [word.word for word in verbose.words] == ["q1", "q2"] and verbose.duration == pytest.approx(0.32)
    assert verbose.words[1].start == pytest.approx(0.16, abs=0.03)
    assert audio.create(model="gpt-transcribe", file=clip("q4"), response_format="text").strip() == "q4"
    events = list(audio.create(model="gpt-transcribe", file=clip("q5", "q6"), stream=True))
    assert "".join(event.delta for event in events[:-1]) == "q5 q6" == events[-1].text and events[-1].usage.total_tokens


def test_bad_files(openai: Any) -> None:
    """A name without a known ending, no audio, an unknown model."""
    audio = client(openai).audio.transcriptions
    for bad in ({"file": ("clip.txt", b"x")}, {"file": ("clip.wav", b"x")}, {"response_format": "srt"}):
        with pytest.raises(sdk.BadRequestError):
            audio.create(**{"model": "gpt-transcribe", "file": clip("q1"), **bad})
    with pytest.raises(sdk.NotFoundError):
        audio.create(model="gpt-nothing", file=clip("q1"))


def test_models(openai: Any) -> None:
    """The list of models."""
    assert MODEL in [model.id for model in client(openai).models.list()]
