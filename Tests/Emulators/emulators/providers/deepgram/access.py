"""Deepgram's authentication and the checks of query parameters that its sockets share."""
import re
import time
import uuid

from aiohttp import web

from ...emulator import KEY
from ...failures import Refused

#: A temporary token must be valid when it connects; what it has opened outlives it.
GRANT_SECONDS = 30


class Grants:
    """The temporary tokens."""

    def __init__(self) -> None:
        self._ends: dict[str, float] = {}

    def new(self) -> str:
        """A token for the next 30 seconds."""
        token = f"emulator.{uuid.uuid4().hex}.token"
        self._ends[token] = time.monotonic() + GRANT_SECONDS
        return token

    def authorise(self, request: web.Request) -> tuple[str, ...]:
        """Checks the credential; returns the subprotocols that the upgrade may choose."""
        scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
        if self._is_good(scheme, secret):
            return ()
        offered = [part.strip() for part in request.headers.get("Sec-WebSocket-Protocol", "").split(",")]
        if len(offered) == 2 and self._is_good(*offered):
            return (offered[0],)
        raise Refused("invalid_auth")

    def _is_good(self, scheme: str, secret: str) -> bool:
        if scheme.lower() == "token":
            return secret == KEY
        return scheme.lower() == "bearer" and self._ends.get(secret, 0) > time.monotonic()


def invalid(detail: str) -> Refused:
    """The refusal of a query parameter."""
    return Refused("invalid_query_parameter", detail=detail)


class Query:
    """The query parameters of a socket, read strictly."""

    def __init__(self, request: web.Request) -> None:
        self.query = request.query

    def text(self, name: str, default: str = "") -> str:
        """The parameter as it is."""
        return self.query.get(name, default)

    def all(self, name: str) -> list[str]:
        """All values of a repeated parameter."""
        return self.query.getall(name, [])

    def flag(self, name: str) -> bool:
        """`true` or `false`; absent is false."""
        value = self.query.get(name, "false").lower()
        if value not in ("true", "false"):
            raise invalid(f"{name} must be true or false")
        return value == "true"

    def whole(self, name: str, low: int, high: int, default: int) -> int:
        """An integer within bounds."""
        value = self.query.get(name)
        if value is None:
            return default
        if not re.fullmatch(r"-?\d+", value) or not low <= int(value) <= high:
            raise invalid(f"{name} must be an integer from {low} to {high}")
        return int(value)

    def number(self, name: str, low: float, high: float, default: float | None) -> float | None:
        """A number within bounds."""
        value = self.query.get(name)
        if value is None:
            return default
        if not re.fullmatch(r"-?\d+(\.\d+)?", value) or not low <= float(value) <= high:
            raise invalid(f"{name} must be a number from {low} to {high}")
        return float(value)

    def choice(self, name: str, choices: set[str], default: str) -> str:
        """One of some words."""
        value = self.query.get(name, default)
        if value not in choices and value != default:
            raise invalid(f"{name} must be one of {', '.join(sorted(choices))}")
        return value
