"""Reading a JSON request of OpenAI's API strictly."""
from typing import Any, Callable

from ...exchange import Exchange
from ...failures import Refused


def need(condition: Any, detail: str, name: str = "invalid_request") -> None:
    """Refuses the request unless the condition holds."""
    if not condition:
        raise Refused(name, detail=detail)


def checked(check: Callable[..., None], *arguments: Any) -> None:
    """Runs a check; a member of the wrong type is the client's mistake."""
    try:
        check(*arguments)
    except (AttributeError, KeyError, TypeError) as error:
        raise Refused("invalid_request", detail=f"A member has the wrong type: {error}") from None


async def read(exchange: Exchange, fields: set[str], required: tuple[str, ...]) -> dict[str, Any]:
    """The request's object; unknown and missing members are refused."""
    need("application/json" in exchange.request.headers.get("Content-Type", ""), "The content type must be application/json.")
    try:
        body = await exchange.parsed()
    except ValueError:
        raise Refused("invalid_request", detail="We could not parse the JSON body of your request.") from None
    need(isinstance(body, dict), "The body must be a JSON object.")
    for name in body:
        need(name in fields, f"Unrecognized request argument supplied: {name}")
    for name in required:
        need(name in body, f"Missing required parameter: '{name}'.")
    return body
