"""The checks of a Messages request: what the vendor answers with 400 or 404, this does too."""
import hashlib
import re
from typing import Any

from ...failures import Refused

VERSIONS = {"2023-01-01", "2023-06-01", "2026-10-21"}
SAMPLING = ("temperature", "top_p", "top_k")
#: Older models still take an assistant message at the end as the beginning of the answer.
PREFILLED = {"claude-opus-4-5", "claude-opus-4-5-20251101", "claude-sonnet-4-5", "claude-sonnet-4-5-20250929", "claude-haiku-4-5",
             "claude-haiku-4-5-20251001"}
MODELS = PREFILLED | {"claude-opus-5-5", "claude-sonnet-5-5", "claude-haiku-5-5", "claude-fable-5-2", "claude-fable-5-1", "claude-fable-5",
                      "claude-mythos-5-2", "claude-mythos-5-1", "claude-mythos-5", "claude-mythos-preview", "claude-opus-5",
                      "claude-sonnet-5", "claude-opus-4-8", "claude-opus-4-7", "claude-opus-4-6", "claude-sonnet-4-6"}
FIELDS = {"model", "max_tokens", "messages", "system", "stream", "stop_sequences", "tools", "tool_choice", "metadata", "cache_control",
          "thinking", "output_config", "service_tier", "speed", "inference_geo", "diagnostics", "container", "context_management"}
BLOCKS = {"text": {"text"}, "image": {"source"}, "document": {"source"}, "tool_use": {"id", "name", "input"},
          "thinking": {"thinking", "signature"}, "redacted_thinking": {"data"}, "tool_result": {"tool_use_id"},
          "server_tool_use": {"id", "name", "input"}, "web_search_tool_result": {"tool_use_id", "content"}}
EFFORTS = {"low", "medium", "high", "xhigh", "max"}
MOST_MESSAGES = 100_000
MOST_BREAKPOINTS = 4


def signature(thinking: str) -> str:
    """The signature of a thinking block; a block that comes back must carry it."""
    return "Er" + hashlib.sha256(thinking.encode()).hexdigest()


def _need(condition: Any, detail: str) -> None:
    if not condition:
        raise Refused("invalid_request", detail=detail)


def check(body: dict[str, Any], version: str) -> None:
    """Checks a whole request; raises `Refused`."""
    allowed = FIELDS if version == "2026-10-21" else FIELDS | set(SAMPLING)
    for name in body:
        _need(name in allowed, f"{name}: Extra inputs are not permitted")
    for name in ("model", "max_tokens", "messages"):
        _need(name in body, f"{name}: Field required")
    if body["model"] not in MODELS:
        raise Refused("not_found", detail=str(body["model"]))
    _need(_is_whole(body["max_tokens"]) and body["max_tokens"] >= 0, "max_tokens: Input should be greater than or equal to 0")
    for name, high in (("temperature", 1), ("top_p", 1), ("top_k", 500)):
        _need(name not in body or 0 <= body[name] <= high, f"{name}: range: 0..{high}")
    _need(isinstance(body.get("stream", False), bool), "stream: Input should be a valid boolean")
    stops = body.get("stop_sequences", [])
    _need(isinstance(stops, list) and all(isinstance(stop, str) and stop.strip() for stop in stops),
          "stop_sequences: each stop sequence must contain non-whitespace")
    _check_system(body.get("system", []))
    _check_tools(body.get("tools", []), body.get("tool_choice"))
    _check_thinking(body)
    _check_messages(body, version)
    _need(_breakpoints(body) <= MOST_BREAKPOINTS, f"A maximum of {MOST_BREAKPOINTS} blocks with cache_control may be provided.")


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _check_system(system: Any) -> None:
    if isinstance(system, str):
        return
    _need(isinstance(system, list), "system: Input should be a valid list")
    for at, block in enumerate(system):
        _need(block.get("type") == "text" and block.get("text"), f"system.{at}: text content blocks must be non-empty")


def _check_tools(tools: Any, choice: Any) -> None:
    _need(isinstance(tools, list), "tools: Input should be a valid list")
    names = set()
    for at, tool in enumerate(tools):
        name, schema = tool.get("name", ""), tool.get("input_schema")
        _need(re.fullmatch(r"[a-zA-Z0-9_-]{1,128}", name), f"tools.{at}.name: String should match pattern '^[a-zA-Z0-9_-]{{1,128}}$'")
        _need(name not in names, "tools: Tool names must be unique.")
        _need(isinstance(schema, dict) and schema.get("type") == "object", f"tools.{at}.input_schema.type: Input should be 'object'")
        names.add(name)
    if choice is None:
        return
    kind = choice.get("type")
    _need(kind in ("auto", "any", "tool", "none"), "tool_choice.type: Input should be 'auto', 'any', 'tool' or 'none'")
    _need(kind in ("auto", "none") or tools, "tool_choice may only be specified while providing tools.")
    _need(kind != "tool" or choice.get("name") in names, f"Tool '{choice.get('name')}' not found in provided tools")


def _check_thinking(body: dict[str, Any]) -> None:
    thinking = body.get("thinking")
    if thinking is not None:
        kind = thinking.get("type")
        _need(kind in ("adaptive", "disabled", "between_tools", "enabled"), "thinking.type: Input should be a known type")
        if kind == "enabled":
            budget = thinking.get("budget_tokens", 0)
            _need(_is_whole(budget) and budget >= 1024, "thinking.enabled.budget_tokens: Input should be greater than or equal to 1024")
            _need(budget < body["max_tokens"], "`max_tokens` must be greater than `thinking.budget_tokens`.")
    effort = body.get("output_config", {}).get("effort", "high")
    _need(effort in EFFORTS, f"output_config.effort: Input should be one of {sorted(EFFORTS)}")


def _check_messages(body: dict[str, Any], version: str) -> None:
    messages = body["messages"]
    _need(isinstance(messages, list) and messages, "messages: at least one message is required")
    _need(len(messages) <= MOST_MESSAGES, "messages: too many messages")
    waiting: list[str] = []
    for at, message in enumerate(messages):
        role = message.get("role")
        _need(role in ("user", "assistant", "system"), f"messages.{at}.role: Input should be 'user', 'assistant' or 'system'")
        _need(set(message) == {"role", "content"}, f"messages.{at}: only role and content are permitted")
        blocks = _blocks(message["content"], at)
        for number, block in enumerate(blocks):
            _check_block(block, role, version, f"messages.{at}.content.{number}")
        answered = [block["tool_use_id"] for block in blocks if block["type"] == "tool_result"]
        missing = [one for one in waiting if one not in answered]
        _need(not missing, f"messages.{at}: `tool_use` ids were found without `tool_result` blocks immediately after: "
              f"{', '.join(missing)}.")
        for one in answered:
            _need(one in waiting, f"messages.{at}: unexpected `tool_use_id` found in `tool_result` blocks: {one}.")
        kinds = [block["type"] == "tool_result" for block in blocks]
        _need(kinds == sorted(kinds, reverse=True), f"messages.{at}: `tool_result` blocks must come first in the content")
        waiting = [block["id"] for block in blocks if block["type"] == "tool_use"]
    _need(not waiting, "messages: `tool_use` ids were found without `tool_result` blocks after them.")
    _need(messages[0]["role"] != "assistant", "messages: first message must use the \"user\" role")
    last = messages[-1]
    if last["role"] == "assistant" and body["model"] not in PREFILLED:
        is_paused = any(block["type"] == "server_tool_use" for block in _blocks(last["content"], 0))
        _need(is_paused, "This model does not support assistant message prefill. The conversation must end with a user message.")


def _blocks(content: Any, at: int) -> list[dict[str, Any]]:
    if isinstance(content, str):
        _need(content.strip(), f"messages.{at}: content must be non-empty")
        return []
    _need(isinstance(content, list) and content, f"messages.{at}: content must be non-empty")
    return content


def _check_block(block: dict[str, Any], role: str, version: str, where: str) -> None:
    kind = str(block.get("type"))
    _need(kind in BLOCKS, f"{where}.type: Input tag '{kind}' found does not match any of the expected tags")
    missing = BLOCKS[kind] - set(block)
    _need(not missing, f"{where}.{kind}.{min(missing, default='')}: Field required")
    is_assistants = kind in ("tool_use", "thinking", "redacted_thinking", "server_tool_use")
    _need(kind == "text" or (role == "assistant") == is_assistants or kind == "document" and version != "2026-10-21",
          f"{where}: `{kind}` blocks are not permitted in {role} messages")
    if kind == "text":
        _need(isinstance(block["text"], str) and block["text"].strip(), f"{where}: text content blocks must be non-empty")
        _need(role != "user" or version != "2026-10-21" or not block.get("citations"), f"{where}.citations: Extra inputs are not permitted")
    if kind == "tool_use":
        _need(isinstance(block["input"], dict), f"{where}.tool_use.input: Input should be a valid dictionary")
    if kind == "thinking":
        _need(block["signature"] == signature(block["thinking"]), f"{where}: Invalid `signature` in `thinking` block")


def _breakpoints(body: dict[str, Any]) -> int:
    count = sum("cache_control" in tool for tool in body.get("tools", []))
    count += sum("cache_control" in block for block in body.get("system", []) if isinstance(block, dict))
    for message in body["messages"]:
        count += sum("cache_control" in block for block in message["content"] if isinstance(block, dict))
    return count
