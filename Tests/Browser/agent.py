"""The other end of the phone's socket, scripted: serves the page from its sources and does what a test tells it."""

import asyncio
import json
import pathlib
import threading
import time

import numpy as np
from aiohttp import WSMsgType, web

WWW = pathlib.Path(__file__).parents[2] / "Plugins/WebPhone/www"
FRAME = 320


def page(title="Test phone"):
    """The page as the plugin composes it."""
    html = (WWW / "phone.html").read_text()
    for mark, content in [
        ("{{style}}", (WWW / "phone.css").read_text()),
        ("{{worklet}}", (WWW / "worklet.js").read_text()),
        ("{{script}}", (WWW / "phone.js").read_text()),
        ("{{title}}", title),
    ]:
        html = html.replace(mark, content)
    return html


class Agent:
    """Answers one call after the other in a thread of its own; everything it was sent stays in the members."""

    def __init__(self):
        self.messages = []  # (time, JSON)
        self.frames = []  # (time, samples)
        self.socket = None
        self.loop = asyncio.new_event_loop()
        self.url = None
        ready = threading.Event()
        threading.Thread(target=self._run, args=(ready,), daemon=True).start()
        ready.wait(10)

    def _run(self, ready):
        asyncio.set_event_loop(self.loop)
        app = web.Application()
        app.router.add_get("/phone", lambda _: _text(page()))
        app.router.add_get("/phone/socket", self._call)
        runner = web.AppRunner(app)
        self.loop.run_until_complete(runner.setup())
        site = web.TCPSite(runner, "127.0.0.1", 0)
        self.loop.run_until_complete(site.start())
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}/phone"
        ready.set()
        self.loop.run_forever()

    async def _call(self, request):
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self.socket = socket
        async for message in socket:
            if message.type == WSMsgType.TEXT:
                self.messages.append((time.monotonic(), json.loads(message.data)))
            elif message.type == WSMsgType.BINARY:
                self.frames.append((time.monotonic(), np.frombuffer(message.data, np.int16)))
        return socket

    def of(self, kind):
        return [m for _, m in self.messages if m["type"] == kind]

    def _do(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(60)

    def send(self, **message):
        self._do(self.socket.send_str(json.dumps(message)))

    def close(self, code=1000):
        self._do(self.socket.close(code=code))

    def speak(self, samples, speech="1", lead_ms=100, jitter=None):
        """Sends speech paced as a host does, at most `lead_ms` ahead, with a mark every 200 ms; `jitter(i)` delays frame i."""
        self._do(self._speak(samples, speech, lead_ms, jitter))

    async def _speak(self, samples, speech, lead_ms, jitter):
        began = time.monotonic()
        for i, at in enumerate(range(0, len(samples), FRAME)):
            due = began + i * 0.02 - lead_ms / 1000 + (jitter(i) if jitter else 0)
            await asyncio.sleep(max(0, due - time.monotonic()))
            await self.socket.send_bytes(samples[at : at + FRAME].tobytes())
            end = min(at + FRAME, len(samples))
            if end % 3200 == 0 or end == len(samples):
                await self.socket.send_str(json.dumps({"type": "mark", "name": f"{speech}:{end}"}))


async def _text(html):
    return web.Response(text=html, content_type="text/html")
