"""What all emulators share: the vendor's port, the control port, and the way of a request through the knobs."""
import asyncio
import ssl
from typing import Any, Awaitable, Callable

from aiohttp import web

from .door import Door
from .exchange import Ended, Exchange
from .failures import Failures, Refused
from .knobs import BadOrder, Knobs
from .ledger import Ledger, now_ms

#: The one credential that every emulator takes.
KEY = "emulator-key"
#: Requests above this are refused by the server itself; vendors' own limits are lower.
LARGEST_BODY = 64 << 20

Handler = Callable[[Exchange], Awaitable[None]]


class Emulator:
    """A vendor on loopback. A subclass names the provider and adds its routes in `routes`."""

    provider = ""

    def __init__(self) -> None:
        self.failures = Failures.of(self.provider)
        self.knobs = Knobs(self.failures)
        self.ledger = Ledger()
        self.app = web.Application(client_max_size=LARGEST_BODY)

    def routes(self) -> None:
        """Adds the vendor's paths with `route`."""
        raise NotImplementedError

    def route(self, method: str, path: str, handler: Handler) -> None:
        """Serves a path; `handler` writes the answer or raises `Refused`."""
        async def serve(request: web.Request) -> web.StreamResponse:
            return await self._serve(request, handler)
        self.app.router.add_route(method, path, serve)

    def dress(self, exchange: Exchange) -> None:
        """Gives an answer the headers that the vendor adds to all of them."""

    def on_reset(self) -> None:
        """Forgets what a subclass remembers of earlier requests."""

    async def start(self, port: int = 0, control_port: int = 0, tls: ssl.SSLContext | None = None) -> dict[str, Any]:
        """Opens both ports and returns what a client needs to know."""
        self.routes()
        # A generation ends with its client: the handler of a connection that closes is cancelled.
        self._runner = web.AppRunner(self.app, handler_cancellation=True, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        assert self._runner.server is not None
        self.door = Door(self._runner.server, self.knobs, self.ledger, tls)
        self.door.open(port)
        control = web.Application()
        control.add_routes([web.get("/_control", self._show), web.post("/_control", self._obey), web.post("/_reset", self._reset),
                            web.get("/_log", self._log), web.delete("/_log", self._clear)])
        self._control = web.AppRunner(control, access_log=None, shutdown_timeout=1)
        await self._control.setup()
        site = web.TCPSite(self._control, "127.0.0.1", control_port)
        await site.start()
        self.control_port = self._control.addresses[0][1]
        scheme = "https" if tls else "http"
        return {"provider": self.provider, "url": f"{scheme}://127.0.0.1:{self.door.port}", "port": self.door.port,
                "control": f"http://127.0.0.1:{self.control_port}", "control_port": self.control_port, "key": KEY}

    async def stop(self) -> None:
        """Closes both ports and every connection."""
        self.door.close()
        await self._runner.cleanup()
        await self._control.cleanup()

    async def _serve(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        armed = self.knobs.take(request.path)
        exchange = Exchange(request, self.door.number_of(request.transport), self.knobs.timing, armed, self.failures, self.ledger)
        exchange.arrived()
        self.dress(exchange)
        try:
            # A form is read piece by piece by whoever wants its parts.
            if request.method in ("POST", "PUT", "PATCH") and request.content_type != "multipart/form-data":
                await self._note_body(exchange)
            await exchange.meet_fault()
            try:
                await handler(exchange)
            except Refused as refused:
                await exchange.refuse(refused.name, **refused.fields)
        except Ended:
            pass
        except asyncio.CancelledError:
            self.ledger.record("aborted", exchange.number, path=request.path, bytes=exchange.sent)
            raise
        except ConnectionError:
            # The client hung up while it was written to: an answer cut short, not an error of the server's.
            self.ledger.record("aborted", exchange.number, path=request.path, bytes=exchange.sent)
        except Exception as error:
            self.ledger.record("broken", exchange.number, path=request.path, error=repr(error))
            raise
        return exchange.response or web.Response(status=500, text="The emulator gave no answer.")

    async def _note_body(self, exchange: Exchange) -> None:
        size = len(await exchange.body())
        try:
            self.ledger.record("body", exchange.number, bytes=size, json=await exchange.parsed())
        except ValueError:
            self.ledger.record("body", exchange.number, bytes=size)

    async def _show(self, _: web.Request) -> web.Response:
        return web.json_response(self.knobs.state())

    async def _obey(self, request: web.Request) -> web.Response:
        try:
            order = await request.json()
            self.knobs.obey(order)
        except (BadOrder, ValueError) as error:
            return web.json_response({"error": str(error)}, status=400)
        if self.knobs.door != "open":
            self.door.stand(self.knobs.door)
        return web.json_response(self.knobs.state())

    async def _reset(self, _: web.Request) -> web.Response:
        stood = self.knobs.door
        self.knobs.reset()
        self.on_reset()
        if stood != "open":
            self.door.stand("open")
        return web.json_response(self.knobs.state())

    async def _log(self, request: web.Request) -> web.Response:
        return web.json_response({"now": now_ms(), "events": self.ledger.after(int(request.query.get("after", "0")))})

    async def _clear(self, _: web.Request) -> web.Response:
        self.ledger.clear()
        return web.json_response({})
