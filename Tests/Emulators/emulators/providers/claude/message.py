"""A message of Claude: its content blocks, its usage, and the events in which it streams."""
import json
import uuid
from typing import Any, Iterator

from ...script import Reply, Told, count, fragments, tokens
from .cache import Input
from .check import signature


def last_told(body: dict[str, Any]) -> Told:
    """What the last user message says: its tool results, or its text."""
    names = [tool["name"] for tool in body.get("tools", [])]
    content = next((message["content"] for message in reversed(body["messages"]) if message["role"] == "user"), "")
    if isinstance(content, str):
        return Told(content, False, names)
    results = [_text(block.get("content", "")) for block in content if block["type"] == "tool_result"]
    if results:
        return Told(" and ".join(results), True, names)
    return Told(" ".join(block["text"] for block in content if block["type"] == "text"), False, names)


def _text(content: Any) -> str:
    if isinstance(content, str):
        return content
    return " ".join(block.get("text", "") for block in content)


def _id(prefix: str) -> str:
    return prefix + uuid.uuid4().hex[:24]


class Message:
    """One answer."""

    def __init__(self, body: dict[str, Any], reply: Reply, tokens_in: Input, is_empty: bool) -> None:
        self.body, self.input = body, tokens_in
        self.id = _id("msg_")
        self.sequence: str | None = None
        self.reason = reply.stop or ("tool_use" if reply.calls else "end_turn")
        self.thought = count(reply.thinking)
        # A pre-warming request has no room for an answer.
        is_silent = is_empty or body["max_tokens"] == 0
        self.blocks = [] if is_silent else self._blocks(reply)
        if is_silent:
            self.reason = "end_turn" if is_empty else "max_tokens"

    def _blocks(self, reply: Reply) -> list[dict[str, Any]]:
        blocks: list[dict[str, Any]] = []
        if reply.thinking and self.body.get("thinking", {}).get("type") != "disabled":
            blocks.append({"type": "thinking", "thinking": reply.thinking, "signature": signature(reply.thinking)})
        text = self._limited(reply.say)
        if text:
            blocks.append({"type": "text", "text": text, "citations": None})
        if self.reason not in ("max_tokens", "stop_sequence"):
            wanted = reply.calls[:1] if self.body.get("tool_choice", {}).get("disable_parallel_tool_use") else reply.calls
            blocks += [{"type": "tool_use", "id": _id("toolu_"), "name": call.name, "input": call.arguments} for call in wanted]
        if self.reason == "pause_turn":
            blocks.append({"type": "server_tool_use", "id": _id("srvtoolu_"), "name": "web_search", "input": {"query": "opening hours"}})
        return blocks

    def _limited(self, text: str) -> str:
        """The text up to a stop sequence or to the limit of tokens."""
        for stop in self.body.get("stop_sequences", []):
            if stop in text:
                text, self.reason, self.sequence = text[: text.index(stop)], "stop_sequence", stop
        pieces = tokens(text)
        if len(pieces) > self.body["max_tokens"]:
            text, self.reason = "".join(pieces[: self.body["max_tokens"]]), "max_tokens"
        return text

    def _output(self) -> dict[str, Any]:
        spoken = [block for block in self.blocks if block["type"] != "thinking"]
        said = sum(count(block.get("text", "") or json.dumps(block.get("input", ""))) for block in spoken)
        made = max(1, said + self.thought) if self.blocks else 0
        return {"output_tokens": made, "output_tokens_details": {"thinking_tokens": self.thought}}

    def _cached(self) -> dict[str, Any]:
        return {"input_tokens": self.input.fresh, "cache_creation_input_tokens": self.input.written,
                "cache_read_input_tokens": self.input.read}

    def _usage(self) -> dict[str, Any]:
        written = {"ephemeral_5m_input_tokens": self.input.written_5m, "ephemeral_1h_input_tokens": self.input.written_1h}
        return {**self._cached(), "cache_creation": written,
                "service_tier": "standard", "server_tool_use": None, "inference_geo": None}

    def _stop(self) -> dict[str, Any]:
        details = {"type": "refusal", "category": "general_harms", "explanation": None} if self.reason == "refusal" else None
        return {"stop_reason": self.reason, "stop_sequence": self.sequence, "stop_details": details}

    def whole(self) -> dict[str, Any]:
        """The message in one piece."""
        return {"id": self.id, "type": "message", "role": "assistant", "model": self.body["model"], "content": self.blocks, **self._stop(),
                "usage": {**self._usage(), **self._output()}}

    def events(self) -> Iterator[dict[str, Any]]:
        """The message as a stream."""
        start = {"id": self.id, "type": "message", "role": "assistant", "model": self.body["model"], "content": [], "stop_reason": None,
                 "stop_sequence": None, "stop_details": None, "usage": {**self._usage(), "output_tokens": 1}}
        yield {"type": "message_start", "message": start}
        yield {"type": "ping"}
        for index, block in enumerate(self.blocks):
            yield {"type": "content_block_start", "index": index, "content_block": _opening(block)}
            for delta in _deltas(block):
                yield {"type": "content_block_delta", "index": index, "delta": delta}
            yield {"type": "content_block_stop", "index": index}
        yield {"type": "message_delta", "delta": self._stop(), "usage": {**self._cached(), **self._output()}}
        yield {"type": "message_stop"}


def _opening(block: dict[str, Any]) -> dict[str, Any]:
    empty: dict[str, dict[str, Any]] = {"text": {"text": ""}, "thinking": {"thinking": "", "signature": ""}}
    return {**block, **empty.get(block["type"], {"input": {}})}


def _deltas(block: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if block["type"] == "text":
        for piece in tokens(block["text"]):
            yield {"type": "text_delta", "text": piece}
    elif block["type"] == "thinking":
        for piece in tokens(block["thinking"]):
            yield {"type": "thinking_delta", "thinking": piece}
        yield {"type": "signature_delta", "signature": block["signature"]}
    else:
        yield {"type": "input_json_delta", "partial_json": ""}
        for piece in fragments(block["input"]) if block["input"] else []:
            yield {"type": "input_json_delta", "partial_json": piece}
