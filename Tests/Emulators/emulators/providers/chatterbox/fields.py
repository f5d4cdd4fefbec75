"""FastAPI's way of checking a JSON body: 422 with a list of what is wrong."""
from typing import Any

from ...exchange import Ended, Exchange


async def read(exchange: Exchange, required: tuple[str, ...]) -> dict[str, Any]:
    """The body's object; unknown members are ignored, as FastAPI does."""
    try:
        body = await exchange.parsed()
    except ValueError:
        await refuse(exchange, "json_invalid", ["body", 0], "JSON decode error")
    if not isinstance(body, dict):
        await refuse(exchange, "model_attributes_type", ["body"], "Input should be a valid dictionary or object to extract fields from")
    for name in required:
        if name not in body:
            await refuse(exchange, "missing", ["body", name], "Field required")
        if not isinstance(body[name], str):
            await refuse(exchange, "string_type", ["body", name], "Input should be a valid string")
    return body


async def refuse(exchange: Exchange, kind: str, place: list[Any], message: str) -> None:
    """Answers 422 and ends."""
    await exchange.json({"detail": [{"type": kind, "loc": place, "msg": message, "input": None}]}, 422)
    raise Ended
