"""Deepgram: recognition over /v1/listen and /v2/listen (Flux), voices over /v1/speak and /v2/speak."""
from ...emulator import Emulator
from ...exchange import Exchange
from . import listen_v1, listen_v2, models, speak_rest, speak_v1, speak_v2
from .access import GRANT_SECONDS, Grants


class Deepgram(Emulator):
    """api.deepgram.com, both its https and its wss side."""

    provider = "deepgram"

    def __init__(self) -> None:
        super().__init__()
        self.grants = Grants()

    def dress(self, exchange: Exchange) -> None:
        exchange.headers["dg-request-id"] = exchange.id
        exchange.headers["dg-project-id"] = "00000000-1111-2222-3333-444444444444"

    def routes(self) -> None:
        self.route("GET", "/v1/listen", self._listen_v1)
        self.route("GET", "/v2/listen", self._listen_v2)
        self.route("GET", "/v1/speak", self._speak_v1)
        self.route("GET", "/v2/speak", self._speak_v2)
        self.route("POST", "/v1/auth/grant", self._grant)
        self.route("GET", "/v1/models", self._models)
        self.route("POST", "/v1/speak", self._speak_rest)
        self.route("POST", "/v2/speak", self._speak_rest)

    async def _grant(self, exchange: Exchange) -> None:
        self.grants.authorise(exchange.request)
        await exchange.json({"access_token": self.grants.new(), "expires_in": GRANT_SECONDS})

    async def _models(self, exchange: Exchange) -> None:
        self.grants.authorise(exchange.request)
        await exchange.json(models.LIST)

    async def _listen_v1(self, exchange: Exchange) -> None:
        await listen_v1.serve(exchange, self.grants.authorise(exchange.request), self.knobs.script)

    async def _listen_v2(self, exchange: Exchange) -> None:
        await listen_v2.serve(exchange, self.grants.authorise(exchange.request), self.knobs.script)

    async def _speak_v1(self, exchange: Exchange) -> None:
        await speak_v1.serve(exchange, self.grants.authorise(exchange.request))

    async def _speak_v2(self, exchange: Exchange) -> None:
        await speak_v2.serve(exchange, self.grants.authorise(exchange.request))

    async def _speak_rest(self, exchange: Exchange) -> None:
        self.grants.authorise(exchange.request)
        await speak_rest.serve(exchange)
