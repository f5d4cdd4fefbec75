"""The authentication that a webhook or an MCP trigger may ask for."""
import base64
import hashlib
import hmac
import json
import time
from typing import Any

from ...emulator import KEY
from ...exchange import Exchange
from ...failures import Refused

USER, PASSWORD = "emulator", KEY
HEADER = "X-Emulator-Key"
PASSPHRASE = KEY


def authorise(exchange: Exchange, kind: str) -> dict[str, Any]:
    """Checks the credential of a kind: none, basic, header, bearer, jwt, unset. Returns the payload of a JWT."""
    headers = exchange.request.headers
    if kind == "basic":
        _basic(headers.get("Authorization") or headers.get("x-auth-token") or "")
    elif kind == "header" and headers.get(HEADER) != KEY:
        raise Refused("authorization_wrong")
    elif kind == "bearer" and headers.get("Authorization") != f"Bearer {KEY}":
        raise Refused("authorization_wrong")
    elif kind == "unset":
        raise Refused("no_credential")
    elif kind == "jwt":
        scheme, _, token = headers.get("Authorization", "").partition(" ")
        if scheme != "Bearer" or not token:
            raise Refused("token_missing")
        return verified(token)
    return {}


def _basic(given: str) -> None:
    scheme, _, code = given.partition(" ")
    if scheme.lower() != "basic":
        raise Refused("authorization_missing")
    try:
        pair = base64.b64decode(code, validate=True).decode()
    except ValueError:
        raise Refused("authorization_missing") from None
    if pair != f"{USER}:{PASSWORD}":
        raise Refused("authorization_wrong")


def verified(token: str) -> dict[str, Any]:
    """The payload of a JWT signed with HS256; refuses with the messages of n8n's library."""
    parts = token.split(".")
    try:
        header, payload = (json.loads(_decoded(part)) for part in parts[:2])
        signature = _decoded(parts[2])
    except (ValueError, IndexError):
        raise Refused("token_invalid", detail="jwt malformed") from None
    if header.get("alg") != "HS256":
        raise Refused("token_invalid", detail="invalid algorithm")
    expected = hmac.digest(PASSPHRASE.encode(), f"{parts[0]}.{parts[1]}".encode(), hashlib.sha256)
    if not hmac.compare_digest(expected, signature):
        raise Refused("token_invalid", detail="invalid signature")
    if payload.get("exp", time.time() + 1) <= time.time():
        raise Refused("token_invalid", detail="jwt expired")
    return payload


def signed(payload: dict[str, Any], passphrase: str = PASSPHRASE) -> str:
    """A JWT with HS256, for whoever wants to be let in."""
    def coded(value: bytes) -> str:
        return base64.urlsafe_b64encode(value).rstrip(b"=").decode()
    head = coded(b'{"alg":"HS256","typ":"JWT"}') + "." + coded(json.dumps(payload).encode())
    return head + "." + coded(hmac.digest(passphrase.encode(), head.encode(), hashlib.sha256))


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
