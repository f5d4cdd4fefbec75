"""The listening socket of an emulator: accepts, refuses, cannot be reached, falls silent or resets, as the knobs say."""
import asyncio
import socket
import ssl
import struct
from typing import Callable

from .knobs import Knobs
from .ledger import Ledger

#: Closing a socket with this sends RST instead of FIN.
LINGER_ZERO = struct.pack("ii", 1, 0)


class Line(asyncio.Protocol):
    """One accepted connection: hands everything to the HTTP protocol behind it and notes its life."""

    def __init__(self, number: int, inner: asyncio.Protocol, door: "Door") -> None:
        self.number, self.inner, self.door = number, inner, door
        self.bytes_in = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.door.lines[transport] = self
        self.door.ledger.record("opened", self.number, tls=transport.get_extra_info("cipher") is not None)
        self.inner.connection_made(transport)

    def data_received(self, data: bytes) -> None:
        self.bytes_in += len(data)
        self.inner.data_received(data)

    def eof_received(self) -> bool | None:
        return self.inner.eof_received()

    def pause_writing(self) -> None:
        self.inner.pause_writing()

    def resume_writing(self) -> None:
        self.inner.resume_writing()

    def connection_lost(self, error: Exception | None) -> None:
        self.door.lines.pop(self.transport, None)
        self.door.ledger.record("closed", self.number, bytes_in=self.bytes_in, reset=error is not None)
        self.inner.connection_lost(error)


class Door:
    """Owns the port. Connections are numbered from 1 in the order in which they come."""

    def __init__(self, protocol: Callable[[], asyncio.Protocol], knobs: Knobs, ledger: Ledger, tls: ssl.SSLContext | None = None) -> None:
        self.protocol, self.knobs, self.ledger, self.tls = protocol, knobs, ledger, tls
        self.lines: dict[asyncio.Transport, Line] = {}
        self.port = 0
        self._count = 0
        self._accepting: asyncio.Task[None] | None = None
        self._silent: list[socket.socket] = []
        self._fillers: list[socket.socket] = []
        self._serving: set[asyncio.Task[None]] = set()

    def open(self, port: int) -> None:
        """Listens on loopback; port 0 takes a free one."""
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.setblocking(False)
        self._socket.bind(("127.0.0.1", port))
        self._socket.listen(512)
        self.port = self._socket.getsockname()[1]
        self._accepting = asyncio.create_task(self._accept())

    def close(self) -> None:
        """Stops listening and ends every connection."""
        self._stop_accepting()
        self._socket.close()
        for one in self._silent + self._fillers:
            one.close()
        self._silent.clear()
        self._fillers.clear()
        for transport in list(self.lines):
            transport.abort()

    def stand(self, how: str) -> None:
        """Opens, refuses (the port is closed) or cannot be reached (a SYN is never answered). Living connections end."""
        self.close()
        self.open(self.port)
        if how == "refuse":
            self._stop_accepting()
            self._socket.close()
        elif how == "unreachable":
            # A full queue of a listener that does not accept makes the kernel drop what comes.
            self._stop_accepting()
            self._socket.listen(0)
            for _ in range(2):
                filler = socket.socket()
                filler.setblocking(False)
                filler.connect_ex(("127.0.0.1", self.port))
                self._fillers.append(filler)

    def number_of(self, transport: asyncio.Transport | None) -> int:
        """The number of the connection, or 0 if it is gone."""
        line = self.lines.get(transport) if transport else None
        return line.number if line else 0

    def _stop_accepting(self) -> None:
        if self._accepting:
            self._accepting.cancel()
            self._accepting = None
            asyncio.get_running_loop().remove_reader(self._socket)

    async def _accept(self) -> None:
        while True:
            connection, _ = await asyncio.get_running_loop().sock_accept(self._socket)
            self._count += 1
            self.ledger.record("accepted", self._count)
            fault = self.knobs.take_line()
            if fault:
                self.ledger.record("fault", self._count, fault=fault)
            if fault == "silence":
                self._silent.append(connection)
            elif fault == "reset":
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_ZERO)
                connection.close()
            else:
                task = asyncio.create_task(self._serve(connection, self._count))
                self._serving.add(task)
                task.add_done_callback(self._serving.discard)

    async def _serve(self, connection: socket.socket, number: int) -> None:
        line = Line(number, self.protocol(), self)
        try:
            await asyncio.get_running_loop().connect_accepted_socket(lambda: line, connection, ssl=self.tls)
        except (OSError, ssl.SSLError) as error:
            self.ledger.record("handshake_failed", number, reason=str(error))
