"""The anthropic SDK, in its strict mode, talks to the emulator."""
import time
from typing import Any

import anthropic
import pytest

MODEL = "claude-sonnet-5-5"
TOOLS = [{"name": name, "description": "A tool.", "input_schema": {"type": "object", "properties": {"day": {"type": "string"}}}}
         for name in ("book", "hours")]


def client(emulator: Any, key: str = "emulator-key", retries: int = 0) -> anthropic.Anthropic:
    return anthropic.Anthropic(api_key=key, base_url=emulator.url, max_retries=retries, timeout=5, _strict_response_validation=True)


def ask(text: str) -> dict[str, Any]:
    return {"model": MODEL, "max_tokens": 500, "messages": [{"role": "user", "content": text}]}


def test_stream(claude: Any) -> None:
    """The text streams token by token; a ping is passed over; usage and stop reason are there."""
    with client(claude).messages.stream(**ask("hello")) as stream:
        pieces = list(stream.text_stream)
        message = stream.get_final_message()
    assert "".join(pieces) == "w1 w2 w3 w4. w5 w6 w7 w8." and len(pieces) == 8
    assert message.stop_reason == "end_turn" and message.usage.input_tokens >= 1 and message.usage.output_tokens > 1
    assert message.id.startswith("msg_") and message.model == MODEL and message.role == "assistant"


def test_what_the_sdk_sends(claude: Any) -> None:
    """One credential, the newest version, no sampling fields: what the emulator has seen."""
    client(claude).messages.create(**ask("hello"))
    headers = claude.events("request")[0]["headers"]
    assert headers["anthropic-version"] == "2026-10-21"
    assert ("authorization" in headers) + ("x-api-key" in headers) == 1 and "emulator-key" not in str(headers)
    assert "temperature" not in claude.events("body")[0]["json"]


def test_whole(claude: Any) -> None:
    """Without streaming the same message comes whole, with request id and rate-limit headers."""
    response = client(claude).messages.with_raw_response.create(**ask("hello"))
    message = response.parse()
    assert message.content[0].text == "w1 w2 w3 w4. w5 w6 w7 w8." and message.usage.service_tier == "standard"
    assert response.headers["request-id"].startswith("req_") and int(response.headers["anthropic-ratelimit-requests-remaining"]) > 0
    assert message.usage.cache_creation is not None and message.usage.output_tokens_details is not None


def test_parallel_tools_and_their_results(claude: Any) -> None:
    """Two tools in one answer, one with arguments and one without; the results of both are answered; one alone is refused."""
    claude.order(script={"rules": [{"on": "user", "when": "book", "say": "Let me check.",
                                    "tools": [{"name": "book", "arguments": {"day": "fri \"x\" ü"}}, {"name": "hours"}]}]})
    messages: list[Any] = [{"role": "user", "content": "book it"}]
    with client(claude).messages.stream(model=MODEL, max_tokens=500, messages=messages, tools=TOOLS) as stream:
        deltas = [event.delta for event in stream if event.type == "content_block_delta"]
        message = stream.get_final_message()
    text, book, hours = message.content
    assert message.stop_reason == "tool_use" and text.text == "Let me check."
    assert book.input == {"day": "fri \"x\" ü"} and hours.input == {} and book.id.startswith("toolu_") and book.id != hours.id
    pieces = [delta.partial_json for delta in deltas if delta.type == "input_json_delta"]
    assert pieces[0] == "" and len(pieces) > 3
    messages.append({"role": "assistant", "content": [block.model_dump(exclude_none=True) for block in message.content]})
    results = [{"type": "tool_result", "tool_use_id": block.id, "content": "done"} for block in (book, hours)]

    def answer(results: list[Any]) -> anthropic.types.Message:
        told = [*messages, {"role": "user", "content": results}]
        return client(claude).messages.create(model=MODEL, max_tokens=500, tools=TOOLS, messages=told)
    with pytest.raises(anthropic.BadRequestError, match="tool_use"):
        answer(results[:1])
    assert answer(results).content[0].text == "The tool said done and done."


def test_one_tool_when_parallel_ones_are_off(claude: Any) -> None:
    """disable_parallel_tool_use gives one."""
    claude.order(script={"rules": [{"tools": [{"name": "book"}, {"name": "hours"}]}]})
    message = client(claude).messages.create(**ask("x"), tools=TOOLS, tool_choice={"type": "auto", "disable_parallel_tool_use": True})
    assert [block.name for block in message.content] == ["book"]


def test_thinking_is_echoed(claude: Any) -> None:
    """Thinking streams with a signature; it is taken back as it was and refused when changed."""
    claude.order(script={"rules": [{"on": "user", "thinking": "Let me think about it.", "say": "Yes.", "tools": [{"name": "book"}]}]})
    thinking = {"type": "enabled", "budget_tokens": 1024}
    options: dict[str, Any] = {"model": MODEL, "max_tokens": 2000, "tools": TOOLS, "thinking": thinking}
    messages: list[Any] = [{"role": "user", "content": "x"}]
    with client(claude).messages.stream(messages=messages, **options) as stream:
        message = stream.get_final_message()
    first = message.content[0]
    assert first.type == "thinking" and first.thinking == "Let me think about it." and first.signature
    assert message.usage.output_tokens_details.thinking_tokens > 0
    blocks = [block.model_dump(exclude_none=True) for block in message.content]
    result = {"role": "user", "content": [{"type": "tool_result", "tool_use_id": message.content[-1].id, "content": "ok"}]}
    client(claude).messages.create(messages=[*messages, {"role": "assistant", "content": blocks}, result], **options)
    blocks[0]["thinking"] = "Something else."
    with pytest.raises(anthropic.BadRequestError, match="signature"):
        client(claude).messages.create(messages=[*messages, {"role": "assistant", "content": blocks}, result], **options)


def test_pause_turn_is_continued(claude: Any) -> None:
    """A paused turn is sent back as it is and goes on."""
    claude.order(script={"rules": [{"times": 1, "say": "One moment.", "stop": "pause_turn"}, {"say": "Open till six."}]})
    messages: list[Any] = [{"role": "user", "content": "hours?"}]
    paused = client(claude).messages.create(model=MODEL, max_tokens=500, messages=messages)
    assert paused.stop_reason == "pause_turn" and paused.content[-1].type == "server_tool_use"
    messages.append({"role": "assistant", "content": [block.model_dump(exclude_none=True) for block in paused.content]})
    assert client(claude).messages.create(model=MODEL, max_tokens=500, messages=messages).content[0].text == "Open till six."


def test_refusal_and_truncation(claude: Any) -> None:
    """A refusal has its details; max_tokens and stop sequences end the text where they should."""
    claude.order(script={"rules": [{"when": "bad", "say": "Well", "stop": "refusal"}]})
    with client(claude).messages.stream(**ask("bad")) as stream:
        refused = stream.get_final_message()
    assert refused.stop_reason == "refusal" and refused.stop_details.category == "general_harms"
    short = client(claude).messages.create(**{**ask("x"), "max_tokens": 3})
    assert (short.stop_reason, short.content[0].text) == ("max_tokens", "w1 w2 w3")
    stopped = client(claude).messages.create(**ask("x"), stop_sequences=["w3"])
    assert (stopped.stop_reason, stopped.stop_sequence, stopped.content[0].text) == ("stop_sequence", "w3", "w1 w2 ")


def test_cache(claude: Any) -> None:
    """A long prefix is written once and read afterwards; a short one is silently not cached; an hour counts apart."""
    def usage(text: str, **control: str) -> Any:
        system = [{"type": "text", "text": text, "cache_control": {"type": "ephemeral", **control}}]
        return client(claude).messages.create(**ask("x"), system=system).usage
    first, second, short = usage("a" * 8000), usage("a" * 8000), usage("b")
    assert first.cache_creation_input_tokens > 1900 and first.cache_read_input_tokens == 0
    assert second.cache_creation_input_tokens == 0 and second.cache_read_input_tokens == first.cache_creation_input_tokens
    assert (short.cache_creation_input_tokens, short.cache_read_input_tokens) == (0, 0)
    hour = usage("c" * 8000, ttl="1h")
    assert hour.cache_creation.ephemeral_1h_input_tokens > 0 and hour.cache_creation.ephemeral_5m_input_tokens == 0


@pytest.mark.parametrize("change, match", [
    ({"messages": []}, "at least one"), ({"max_tokens": -1}, "max_tokens"), ({"messages": [{"role": "user", "content": ""}]}, "non-empty"),
    ({"messages": [{"role": "user", "content": "x"}, {"role": "assistant", "content": "y"}]}, "prefill"),
    ({"tools": [{"name": "a b", "input_schema": {"type": "object"}}]}, "name"), ({"tool_choice": {"type": "any"}}, "tools"),
    ({"extra_body": {"temperature": 0.5}}, "temperature: Extra inputs are not permitted"), ({"extra_body": {"foo": 1}}, "foo"),
    ({"system": [{"type": "text", "text": ""}]}, "non-empty"), ({"thinking": {"type": "enabled", "budget_tokens": 100}}, "1024")])
def test_bad_requests(claude: Any, change: dict[str, Any], match: str) -> None:
    """Each is a 400 that says what is wrong."""
    with pytest.raises(anthropic.BadRequestError, match=match) as caught:
        client(claude).messages.create(**{**ask("x"), **change})
    assert caught.value.body["type"] == "error" and caught.value.body["error"]["type"] == "invalid_request_error"


def test_older_version_takes_sampling(claude: Any) -> None:
    """Under 2023-06-01, and with x-api-key, temperature is still taken."""
    old = client(claude).with_options(default_headers={"anthropic-version": "2023-06-01", "x-api-key": "emulator-key"})
    assert old.messages.create(**ask("x"), extra_body={"temperature": 0.3}).content


@pytest.mark.parametrize("name, kind", [
    ("invalid_request", anthropic.BadRequestError), ("authentication", anthropic.AuthenticationError),
    ("billing", anthropic.APIStatusError), ("permission", anthropic.PermissionDeniedError), ("not_found", anthropic.NotFoundError),
    ("conflict", anthropic.ConflictError),
    ("request_too_large", anthropic.APIStatusError), ("rate_limit", anthropic.RateLimitError), ("api_error", anthropic.InternalServerError),
    ("service_unavailable", anthropic.InternalServerError), ("overloaded", anthropic.InternalServerError)])
def test_errors_are_the_sdks_own(claude: Any, name: str, kind: type[Exception]) -> None:
    """Each documented status raises the class that the SDK has for it."""
    claude.order(error=name)
    with pytest.raises(kind) as caught:
        client(claude).messages.create(**ask("x"))
    assert caught.value.request_id.startswith("req_")


def test_wrong_key_and_model(claude: Any) -> None:
    """401 and 404 without any knob."""
    with pytest.raises(anthropic.AuthenticationError):
        client(claude, "wrong").messages.create(**ask("x"))
    with pytest.raises(anthropic.NotFoundError):
        client(claude).messages.create(**{**ask("x"), "model": "claude-99"})


def test_retry_after_ms_is_obeyed(claude: Any) -> None:
    """The SDK waits as told and succeeds at the second attempt."""
    claude.order(error="rate_limit_ms")
    began = time.monotonic()
    assert client(claude, retries=2).messages.create(**ask("x")).content
    assert 0.03 < time.monotonic() - began < 1 and len(claude.events("request")) == 2


def test_overloaded_after_200(claude: Any) -> None:
    """An error event in the middle of the stream raises with status 200."""
    claude.order(error="stream_overloaded", after=5)
    with pytest.raises(anthropic.APIStatusError) as caught:
        with client(claude).messages.stream(**ask("x")) as stream:
            list(stream.text_stream)
    assert caught.value.status_code == 200 and caught.value.body["error"]["type"] == "overloaded_error"


def test_unknown_events_are_passed_over(claude: Any) -> None:
    """An event that no client knows changes nothing, unless the SDK is strict."""
    claude.order(fault={"kind": "novelty", "after": 4})
    lenient = anthropic.Anthropic(api_key="emulator-key", base_url=claude.url, max_retries=0)
    with lenient.messages.stream(**ask("x")) as stream:
        assert stream.get_final_text() == "w1 w2 w3 w4. w5 w6 w7 w8."


def test_split_and_empty(claude: Any) -> None:
    """Split at every byte the same text arrives; an empty answer is a success without content."""
    claude.order(fault={"kind": "split"})
    with client(claude).messages.stream(**ask("x")) as stream:
        assert stream.get_final_text() == "w1 w2 w3 w4. w5 w6 w7 w8."
    claude.order(fault={"kind": "empty"})
    assert client(claude).messages.create(**ask("x")).content == []


def test_models_and_tokens(claude: Any) -> None:
    """The list of models and the count of tokens."""
    assert MODEL in [model.id for model in client(claude).models.list()]
    assert client(claude).messages.count_tokens(model=MODEL, messages=[{"role": "user", "content": "x" * 400}]).input_tokens >= 100
