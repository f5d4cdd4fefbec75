"""The documented errors of a provider, read from errors/<provider>.json: what goes over the wire, and what a plugin makes of it."""
import dataclasses
import json
import pathlib
from typing import Any

FOLDER = pathlib.Path(__file__).parent.parent / "errors"


@dataclasses.dataclass(frozen=True)
class Failure:
    """One row of the table.

    `phase` says where it happens: http (an answer), handshake (of a WebSocket), close (its end), event (a message of a stream or
    socket), job (of a queue), rpc (an answer of JSON-RPC), or fault (nothing that the vendor sends).
    """

    name: str
    api: str
    phase: str
    wire: dict[str, Any]

    def rendered(self, fields: dict[str, str]) -> dict[str, Any]:
        """The wire's part with `$name` replaced by the given fields."""
        return _filled(self.wire, fields)


class Failures(dict[str, Failure]):
    """All rows of a provider by name."""

    @classmethod
    def of(cls, provider: str) -> "Failures":
        table = json.loads((FOLDER / f"{provider}.json").read_text())
        rows = [Failure(row["name"], row["api"], row["phase"], row["wire"]) for row in table["errors"]]
        return cls({row.name: row for row in rows})


class Refused(Exception):
    """A request that the vendor refuses: a row of the table, with the details of this case."""

    def __init__(self, name: str, **fields: str) -> None:
        super().__init__(name)
        self.name, self.fields = name, fields


def _filled(value: Any, fields: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {name: _filled(member, fields) for name, member in value.items()}
    if isinstance(value, list):
        return [_filled(member, fields) for member in value]
    if isinstance(value, str):
        for name, text in fields.items():
            value = value.replace(f"${name}", text)
    return value
