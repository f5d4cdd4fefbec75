"""Claude's prompt cache: prefixes that end at a breakpoint are written once and read afterwards."""
import dataclasses
import hashlib
import json
from typing import Any, Iterator

from ...script import count

#: A shorter prefix is silently not cached; the vendor's limit depends on the model, this is its lowest.
SHORTEST_PREFIX = 1024


@dataclasses.dataclass
class Input:
    """Input tokens of a request: not cached, written (for five minutes or an hour) and read."""

    fresh: int = 0
    written_5m: int = 0
    written_1h: int = 0
    read: int = 0

    @property
    def written(self) -> int:
        """All tokens that the cache takes in."""
        return self.written_5m + self.written_1h


def parts(body: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The pieces of a prompt in the order of the cache: tools, system, messages."""
    yield from body.get("tools", [])
    system = body.get("system", [])
    yield from [{"type": "text", "text": system}] if isinstance(system, str) else system
    for message in body["messages"]:
        content = message["content"]
        yield from [{"type": "text", "text": content}] if isinstance(content, str) else content


class Cache:
    """The prefixes that are known."""

    def __init__(self) -> None:
        self._known: set[str] = set()

    def clear(self) -> None:
        """Forgets all of them."""
        self._known.clear()

    def use(self, body: dict[str, Any]) -> Input:
        """Counts a request's input and remembers its prefixes."""
        digest, total, read, written = hashlib.sha256(), 0, 0, 0
        pieces = list(parts(body))
        ttl = ""
        for number, piece in enumerate(pieces):
            control = piece.get("cache_control") or (body.get("cache_control") if number == len(pieces) - 1 else None)
            text = json.dumps({name: value for name, value in piece.items() if name != "cache_control"}, sort_keys=True)
            digest.update(text.encode())
            total += count(text)
            if control and total >= SHORTEST_PREFIX:
                key = digest.hexdigest()
                if key in self._known:
                    read = total
                else:
                    written, ttl = total, control.get("ttl", "5m")
                    self._known.add(key)
        written = max(0, written - read)
        return Input(total - read - written, written if ttl != "1h" else 0, written if ttl == "1h" else 0, read)
