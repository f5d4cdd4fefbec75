"""POST /v1/chat/completions: checks, whole answers and streams, with the deviations of other servers on request."""
import asyncio
import json
import time
import uuid
from typing import Any, Iterator

from ...exchange import Exchange
from ...failures import Refused
from ...script import Author, Call, Reply, Told, count, fragments, tokens
from .body import checked, need, read

FIELDS = {"model", "messages", "stream", "stream_options", "max_completion_tokens", "max_tokens", "temperature", "top_p", "stop", "tools",
          "tool_choice", "parallel_tool_calls", "reasoning_effort", "verbosity", "service_tier", "prompt_cache_key", "safety_identifier",
          "store", "metadata", "response_format", "n", "seed", "user", "frequency_penalty", "presence_penalty", "logprobs", "logit_bias",
          "prediction", "modalities", "prompt_cache_retention"}
ROLES = {"system", "developer", "user", "assistant", "tool"}
EFFORTS = {"none", "minimal", "low", "medium", "high", "xhigh", "max"}
DIALECTS = {"openai", "ollama", "llama", "vllm", "groq"}
STOPS = {"content_filter", "length", "refusal"}


def is_reasoning(model: str) -> bool:
    """Whether a model of the vendor refuses `max_tokens` and sampling."""
    return model.startswith(("gpt-5", "gpt-6", "o1", "o3", "o4"))


def check(body: dict[str, Any], dialect: str) -> None:
    """Refuses what the vendor refuses; a dialect is as lenient as its server."""
    if dialect == "openai":
        if not body["model"].startswith(("gpt-", "o1", "o3", "o4", "chatgpt-")):
            raise Refused("model_not_found", detail=body["model"])
        if is_reasoning(body["model"]):
            need("max_tokens" not in body, "Unsupported parameter: 'max_tokens' is not supported with this model. "
                 "Use 'max_completion_tokens' instead.", "unsupported_parameter")
            need(body.get("temperature", 1) == 1, "Unsupported value: 'temperature' does not support this value with this model.",
                 "unsupported_parameter")
    need(0 <= body.get("temperature", 1) <= 2, "Invalid 'temperature': decimal above maximum value.")
    need(isinstance(body.get("stop") or [], str) or len(body.get("stop") or []) <= 4, "Invalid 'stop': array too long.")
    need(body.get("reasoning_effort", "none") in EFFORTS, "Invalid value for 'reasoning_effort'.")
    need("stream_options" not in body or body.get("stream"), "The 'stream_options' parameter is only allowed when 'stream' is enabled.")
    names = [_tool_name(tool) for tool in body.get("tools", [])]
    need(names or "tool_choice" not in body or body["tool_choice"] == "none", "'tool_choice' is only allowed when 'tools' are specified.")
    need(names or "parallel_tool_calls" not in body, "'parallel_tool_calls' is only allowed when 'tools' are specified.")
    _check_messages(body["messages"])


def _tool_name(tool: dict[str, Any]) -> str:
    need(tool.get("type") == "function" and tool.get("function", {}).get("name"), "Missing required parameter: 'tools[0].function.name'.")
    return tool["function"]["name"]


def _check_messages(messages: Any) -> None:
    need(isinstance(messages, list) and messages, "Invalid 'messages': empty array.")
    waiting: list[str] = []
    for at, message in enumerate(messages):
        role = message.get("role")
        need(role in ROLES, f"Invalid value: '{role}'. Supported values are: {', '.join(sorted(ROLES))}.")
        if role == "tool":
            need(message.get("tool_call_id") in waiting, "Invalid parameter: messages with role 'tool' must be a response to a preceeding "
                 "message with 'tool_calls'.")
            waiting.remove(message["tool_call_id"])
            continue
        need(not waiting, f"An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. "
             f"The following tool_call_ids did not have response messages: {', '.join(waiting)}")
        need(message.get("content") is not None or role == "assistant" and (message.get("tool_calls") or message.get("refusal")),
             f"Invalid value for 'messages[{at}].content': expected a string, got null.")
        for call in message.get("tool_calls") or []:
            need(isinstance(call.get("function", {}).get("arguments"), str),
                 f"Invalid type for 'messages[{at}].tool_calls': expected a string.")
            waiting.append(call["id"])
    need(not waiting, "An assistant message with 'tool_calls' must be followed by tool messages.")


def _told(body: dict[str, Any]) -> Told:
    names = [tool["function"]["name"] for tool in body.get("tools", [])]
    last = body["messages"][-1]
    if last["role"] == "tool":
        results: list[str] = []
        for message in reversed(body["messages"]):
            if message["role"] != "tool":
                break
            results.insert(0, _text(message["content"]))
        return Told(" and ".join(results), True, names)
    content = next((message["content"] for message in reversed(body["messages"]) if message["role"] == "user"), "")
    return Told(_text(content), False, names)


def _text(content: Any) -> str:
    return content if isinstance(content, str) else " ".join(part.get("text", "") for part in content)


class Completion:
    """One answer."""

    def __init__(self, body: dict[str, Any], reply: Reply, dialect: str, is_empty: bool) -> None:
        self.body, self.dialect, self.reply = body, dialect, Reply() if is_empty else reply
        self.id, self.created = "chatcmpl-" + uuid.uuid4().hex, int(time.time())
        pieces = tokens(self.reply.say)
        limit = body.get("max_completion_tokens") or body.get("max_tokens") or len(pieces)
        self.pieces = pieces[:limit]
        calls = self.reply.calls if body.get("parallel_tool_calls", True) else self.reply.calls[:1]
        self.calls = [("call_" + uuid.uuid4().hex[:24], call) for call in calls]
        self.reason = self.reply.stop if self.reply.stop in STOPS else "tool_calls" if self.calls else "stop"
        if len(pieces) > limit:
            self.reason, self.calls = "length", []
        self.is_refusal = self.reason == "refusal"
        if self.is_refusal:
            self.reason = "stop"

    def usage(self) -> dict[str, Any]:
        """Tokens; what stood in the cache is a part of the prompt."""
        asked = sum(count(_text(message.get("content") or "")) for message in self.body["messages"])
        asked += count(json.dumps(self.body.get("tools", [])))
        thought = count(self.reply.thinking)
        said = len(self.pieces) + sum(count(json.dumps(call.arguments)) for _, call in self.calls) + thought
        cached = asked // 128 * 128 if self.body.get("prompt_cache_key") else 0
        return {"prompt_tokens": asked, "completion_tokens": said, "total_tokens": asked + said,
                "prompt_tokens_details": {"cached_tokens": cached, "cache_write_tokens": 0, "audio_tokens": 0},
                "completion_tokens_details": {"reasoning_tokens": thought, "audio_tokens": 0, "accepted_prediction_tokens": 0,
                                              "rejected_prediction_tokens": 0}}

    def whole(self) -> dict[str, Any]:
        """The answer in one piece."""
        text = "".join(self.pieces)
        message: dict[str, Any] = {"role": "assistant", "content": None if self.is_refusal else text or None,
                                   "refusal": text if self.is_refusal else None, "annotations": []}
        if self.calls:
            message["tool_calls"] = [_shown(one, call) for one, call in self.calls]
        choice = {"index": 0, "message": message, "finish_reason": self.reason, "logprobs": None}
        return {"id": self.id, "object": "chat.completion", "created": self.created, "model": self.body["model"], "choices": [choice],
                "usage": self.usage(), "service_tier": "default", "system_fingerprint": "fp_emulator"}

    def chunks(self) -> Iterator[dict[str, Any]]:
        """The answer as a stream, without the final [DONE]."""
        options = self.body.get("stream_options") or {}
        yield self._chunk({"role": "assistant", "content": "", "refusal": None})
        if self.reply.thinking and self.dialect in ("vllm", "ollama", "llama"):
            name = "reasoning" if self.dialect == "ollama" else "reasoning_content"
            for piece in tokens(self.reply.thinking):
                yield self._chunk({name: piece})
        for piece in self.pieces:
            yield self._chunk({"refusal" if self.is_refusal else "content": piece})
        yield from self._call_chunks()
        last = self._chunk({}, self.reason)
        if self.dialect == "groq":
            last["x_groq"] = {"id": "req_emulator", "usage": self.usage()}
        if self.dialect == "llama":
            last["timings"] = {"prompt_n": 1, "predicted_n": len(self.pieces)}
        yield last
        if options.get("include_usage"):
            yield {**self._chunk({}), "choices": [], "usage": self.usage()}

    def _call_chunks(self) -> Iterator[dict[str, Any]]:
        for index, (one, call) in enumerate(self.calls):
            if self.dialect in ("ollama", "groq"):
                # The whole call comes at once; some servers leave the index out.
                place = {"index": index} if self.dialect == "groq" else {}
                yield self._chunk({"tool_calls": [{**place, **_shown(one, call)}]})
                continue
            head = {"index": index, "id": one, "type": "function", "function": {"name": call.name, "arguments": ""}}
            yield self._chunk({"tool_calls": [head]})
            for piece in fragments(call.arguments):
                yield self._chunk({"tool_calls": [{"index": index, "function": {"arguments": piece}}]})

    def _chunk(self, delta: dict[str, Any], reason: str | None = None) -> dict[str, Any]:
        if self.dialect == "ollama" and "role" not in delta:
            delta = {"role": "assistant", **delta}
        chunk: dict[str, Any] = {"id": self.id, "object": "chat.completion.chunk", "created": self.created, "model": self.body["model"],
                                 "choices": [{"index": 0, "delta": delta, "finish_reason": reason, "logprobs": None}]}
        options = self.body.get("stream_options") or {}
        if self.dialect == "openai":
            chunk |= {"service_tier": "default", "system_fingerprint": "fp_emulator"}
            if options.get("include_usage"):
                chunk["usage"] = None
            if options.get("include_obfuscation", True):
                chunk["obfuscation"] = "x" * 7
        return chunk


def _shown(one: str, call: Call) -> dict[str, Any]:
    return {"id": one, "type": "function", "function": {"name": call.name, "arguments": json.dumps(call.arguments)}}


async def serve(exchange: Exchange, author: Author, script: dict[str, Any]) -> None:
    """One request."""
    dialect = script.get("dialect", "openai")
    body = await read(exchange, FIELDS, ("model", "messages"))
    checked(check, body, dialect)
    completion = Completion(body, author.reply(script, _told(body)), dialect, exchange.is_empty)
    if not body.get("stream"):
        await asyncio.sleep(exchange.timing.answer_ms / 1000)
        return await exchange.json(completion.whole())
    await exchange.begin(200, {"Content-Type": "text/event-stream; charset=utf-8"})
    await exchange.write(b": keep-alive\n\n")
    await asyncio.sleep(exchange.timing.first_byte_ms / 1000)
    for chunk in completion.chunks():
        await asyncio.sleep(exchange.timing.token_ms / 1000)
        await exchange.event(chunk)
    # A server of the dialect may leave the sentinel out.
    if dialect != "llama":
        await exchange.event("[DONE]")
    await exchange.end()
