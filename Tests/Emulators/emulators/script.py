"""What an emulated model answers: the first rule of the script that fits the last words it was told, or a plain default."""
import dataclasses
import json
import re
from typing import Any

DEFAULT_ANSWER = "w1 w2 w3 w4. w5 w6 w7 w8."
CALL = re.compile(r"\bcall (\w[\w-]*)\s*(\{.*\})?", re.DOTALL)


@dataclasses.dataclass
class Call:
    """One tool that the model wants called."""

    name: str
    arguments: dict[str, Any]


@dataclasses.dataclass
class Reply:
    """What the model answers. `stop` names a vendor's stop reason where it is not the usual one."""

    say: str = ""
    calls: list[Call] = dataclasses.field(default_factory=list)
    thinking: str = ""
    stop: str = ""


@dataclasses.dataclass
class Told:
    """The last thing a model was told."""

    text: str
    is_result: bool
    tools: list[str]


class Author:
    """Finds replies; remembers how often each rule has served."""

    def __init__(self) -> None:
        self._served: dict[int, int] = {}

    def reset(self) -> None:
        """Forgets what has served."""
        self._served.clear()

    def reply(self, script: dict[str, Any], told: Told) -> Reply:
        """The answer; a rule with `times` serves only so often, one with `on` only results or only users."""
        for number, rule in enumerate(script.get("rules", [])):
            if rule.get("on") not in (None, "result" if told.is_result else "user"):
                continue
            if not re.search(rule.get("when", ""), told.text, re.DOTALL):
                continue
            served = self._served.get(number, 0)
            if served >= rule.get("times", served + 1):
                continue
            self._served[number] = served + 1
            calls = [Call(tool["name"], tool.get("arguments", {})) for tool in rule.get("tools", [])]
            return Reply(rule.get("say", "").replace("$text", told.text), calls, rule.get("thinking", ""), rule.get("stop", ""))
        if told.is_result:
            return Reply(f"The tool said {told.text}.")
        wanted = CALL.search(told.text)
        if wanted and wanted[1] in told.tools:
            return Reply("Let me check.", [Call(wanted[1], _arguments(wanted[2]))])
        return Reply(DEFAULT_ANSWER)


def tokens(text: str) -> list[str]:
    """A text in the pieces in which it streams: words with the space before them."""
    return re.findall(r"\s*\S+", text)


def count(text: str) -> int:
    """Tokens of a text as the emulators count them: four characters each, at least one."""
    return max(1, len(text) // 4) if text else 0


def fragments(arguments: dict[str, Any]) -> list[str]:
    """Arguments as they stream: JSON cut at every seventh character, within names and escapes as well."""
    text = json.dumps(arguments)
    return [text[at : at + 7] for at in range(0, len(text), 7)]


def _arguments(text: str | None) -> dict[str, Any]:
    try:
        value = json.loads(text or "{}")
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
