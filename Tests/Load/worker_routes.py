#!/usr/bin/env python3
"""A phone on the host's HTTP server whose plugin runs in a worker: the same page, the same call, and what a crash leaves behind.

    Tests/Load/worker_routes.py BIN_DIR
"""
import base64
import http.client
import json
import os
import pathlib
import re
import signal
import socket
import struct
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "Speech"))
from host import Host  # noqa: E402

TEXT, BINARY, CLOSE = 1, 2, 8
FRAME = bytes(640)


class PhoneHost(Host):
    """A host whose only line is the phone page, here or in a worker."""

    def __init__(self, binaries: str, folder: pathlib.Path, isolation: str):
        config = folder / "config"
        (config / "agents").mkdir(parents=True)
        (config / "tenant.yaml").write_text(json.dumps(
            {"id": "phone", "name": "Phone", "numbers": {"*": "agent"}, "chains": {role: "echo" for role in ("stt", "llm", "tts")}}))
        (config / "agents/agent.yaml").write_text(json.dumps({"name": "Agent", "greeting": "hello there", "vocabulary": False}))
        super().__init__(binaries, str(config))
        self.isolation = isolation

    def plugins(self) -> dict:
        phone = {"library": "libWebPhone.so", "settings": {"to": "reception"}, "public_routes": ["/phone", "/phone/socket"],
                 "isolation": self.isolation}
        if self.isolation == "worker":
            phone["spare"] = 1
        return {"echo": {"library": "libEcho.so", "settings": {"hears": ["hello there"], "silence_ms": 200}}, "webphone": phone}

    @property
    def port(self) -> int:
        return int(re.search(r"http://[^/]*:(\d+)/phone", self.said())[1])

    def page(self) -> bytes:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        connection.request("GET", "/phone")
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        return body if answer.status == 200 else f"status {answer.status}".encode()

    def workers(self) -> list[int]:
        """The processes of the plugin, the oldest first."""
        children = pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        tasks = pathlib.Path(f"/proc/{self.process.pid}/task").glob("*/children")
        return sorted(int(pid) for path in tasks for pid in path.read_text().split()) if children.exists() else []


class Phone:
    """A WebSocket client of few words (RFC 6455)."""

    def __init__(self, port: int):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=5)
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall((f"GET /phone/socket HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\nupgrade: websocket\r\nconnection: Upgrade\r\n"
                             f"sec-websocket-key: {key}\r\nsec-websocket-version: 13\r\n\r\n").encode())
        head = b""
        while b"\r\n\r\n" not in head:
            head += self.socket.recv(1)
        if b" 101 " not in head.split(b"\r\n")[0]:
            raise RuntimeError(head.decode())

    def send(self, kind: int, data: bytes):
        length = bytes([128 | len(data)]) if len(data) < 126 else bytes([128 | 126]) + struct.pack(">H", len(data))
        # A mask of zeros is a mask.
        self.socket.sendall(bytes([128 | kind]) + length + bytes(4) + data)

    def receive(self) -> tuple[int, bytes]:
        head = self._take(2)
        length = head[1] & 127
        if length > 125:
            length = struct.unpack(">H" if length == 126 else ">Q", self._take(2 if length == 126 else 8))[0]
        return head[0] & 15, self._take(length)

    def _take(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            more = self.socket.recv(count - len(data))
            if not more:
                return data + bytes(count - len(data))
            data += more
        return data


def call(port: int, seconds: float) -> tuple[list[str], int]:
    """Calls and is silent; the kinds of messages that were heard, and the bytes of sound."""
    phone, heard, sound = Phone(port), [], 0
    phone.send(TEXT, json.dumps({"type": "start", "to": "reception", "from": "test"}).encode())
    end, next_frame = time.monotonic() + seconds, time.monotonic()
    phone.socket.settimeout(0.02)
    while time.monotonic() < end:
        if time.monotonic() >= next_frame:
            phone.send(BINARY, FRAME)
            next_frame += 0.02
        try:
            kind, data = phone.receive()
        except (TimeoutError, socket.timeout):
            continue
        if kind == BINARY:
            sound += len(data)
        elif kind == TEXT:
            heard.append(json.loads(data)["type"])
        elif kind == CLOSE:
            break
    phone.send(TEXT, b'{"type":"hangup"}')
    return heard, sound


def crash(host: PhoneHost) -> tuple[int, bytes]:
    """Ends the worker under a call: the close code the phone hears, and what the page is right afterwards."""
    phone = Phone(host.port)
    phone.send(TEXT, json.dumps({"type": "start", "to": "reception", "from": "test"}).encode())
    phone.receive()
    os.kill(host.workers()[0], signal.SIGSEGV)
    phone.socket.settimeout(3)
    kind, data = phone.receive()
    while kind in (TEXT, BINARY):
        kind, data = phone.receive()
    return struct.unpack(">H", data[:2])[0] if kind == CLOSE and len(data) >= 2 else 0, host.page()


def main() -> int:
    import tempfile
    pages, calls, end = {}, {}, (0, b"")
    for isolation in ("in-process", "worker"):
        with tempfile.TemporaryDirectory(prefix="patchbay-routes-") as folder, PhoneHost(sys.argv[1], pathlib.Path(folder), isolation) as host:
            pages[isolation] = host.page()
            calls[isolation] = call(host.port, 3)
            if isolation == "worker":
                print("workers:", host.workers())
                end = crash(host)
    heard = {isolation: [kind for kind in found[0] if kind not in ("transcript", "mark", "clear")] for isolation, found in calls.items()}
    checks = {
        "the page is the same": pages["worker"] == pages["in-process"] and len(pages["worker"]) > 1000,
        "a call says the same": heard["worker"] == heard["in-process"] and "answered" in heard["worker"],
        "a call is heard": calls["worker"][1] > 3200 and calls["in-process"][1] > 3200,
        "a crash closes the phone's socket": end[0] != 0,
        "the spare serves the page": end[1] == pages["worker"],
    }
    for name, holds in checks.items():
        print(f"{name:<36} {'yes' if holds else 'NO'}")
    print({isolation: (heard[isolation], calls[isolation][1], len(pages[isolation])) for isolation in pages}, end[0], end[1][:60])
    return 0 if all(checks.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
