"""Chatterbox: its popular servers (devnen, travisvn) and RunPod (queue, public endpoint, load balancer)."""
from typing import Awaitable, Callable

from ...emulator import KEY, Emulator, Handler
from ...exchange import Exchange
from ...failures import Refused
from . import devnen, travisvn
from .model import Model
from .runpod import RunPod


class Chatterbox(Emulator):
    """One port for all. `script.server` says who answers /v1/audio/speech: devnen (default) or travisvn.

    `script.model` is turbo (default), original or multilingual; `script.auth` bearer asks for the key, as a load balancer does;
    `script.loading` true is a server whose model is not loaded yet.
    """

    provider = "chatterbox"

    def __init__(self) -> None:
        super().__init__()
        self.model = Model(self.knobs)
        self.runpod = RunPod(self.knobs, self.model)

    def on_reset(self) -> None:
        self.model.reset()
        self.runpod.reset()

    def routes(self) -> None:
        self.route("POST", "/v1/audio/speech", self._speech)
        self.route("GET", "/ping", self._ping)
        for method, path, handler in devnen.ROUTES + travisvn.ROUTES:
            self.route(method, path, self._served_by(handler))
        for method, path, serve in self.runpod.routes():
            self.route(method, path, serve)

    def _served_by(self, handler: Callable[[Exchange, Model], Awaitable[None]]) -> Handler:
        async def serve(exchange: Exchange) -> None:
            self._authorise(exchange)
            await handler(exchange, self.model)
        return serve

    async def _speech(self, exchange: Exchange) -> None:
        self._authorise(exchange)
        server = travisvn if self.knobs.script.get("server") == "travisvn" else devnen
        await server.speech(exchange, self.model)

    async def _ping(self, exchange: Exchange) -> None:
        await exchange.whole(204 if self.model.is_loading else 200, b"", {})

    def _authorise(self, exchange: Exchange) -> None:
        if self.knobs.script.get("auth") == "bearer" and exchange.request.headers.get("Authorization") != f"Bearer {KEY}":
            raise Refused("runpod_unauthorized")
