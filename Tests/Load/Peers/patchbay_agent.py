"""Patchbay as the third peer of the bench: one unmodified host whose plugins speak to the lab, and a phone on its web socket per call.

The bench's `run.py` wants a module with NAME, ENDPOINT, start(), stop() and finish(); `peer.py` hands it this one.
"""
import asyncio
import atexit
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

import aiohttp

NAME = "patchbay"
BINARIES = pathlib.Path(os.environ["PATCHBAY_BINARIES"])
#: The core the host is pinned to; the caller and the lab run on the others.
CORE = os.environ.get("PATCHBAY_CORE")
WEIGHTS = os.environ.get("PATCHBAY_WEIGHTS", ".build/silero")

#: The like-for-like settings of the bench (the turn is over 300 ms after the speech), with and without an answer begun early, and our own.
FIXED = {"endpointing": {"mode": "fixed", "minDelayMs": 300, "maxDelayMs": 300}, "interruption": {"minDurationMs": 200},
         "preemptiveGeneration": False}
SETTINGS = {"tuned": FIXED, "tuned_pre": {**FIXED, "preemptiveGeneration": True}, "default": {}}
ENDPOINT = {"tuned": 300, "tuned_pre": 300, "default": 500}


def wanted(option: str, usual: str) -> str:
    return sys.argv[sys.argv.index(option) + 1] if option in sys.argv else usual


class Host:
    """`patchbay serve`, with an account per call, because the lab knows calls by their keys."""

    def __init__(self, base: int, settings: str, failover: bool):
        self.folder = tempfile.TemporaryDirectory(prefix="patchbay-peers-")
        root = pathlib.Path(self.folder.name)
        self.keys = [f"patchbay-{os.getpid()}-{i}" for i in range(int(wanted("--calls", "1")))]
        for name in ("plugins.d", "config/agents"):
            (root / name).mkdir(parents=True)
        self._write(root / "plugins.d/webphone.yaml", {
            "library": "libWebPhone.so", "settings": {"max_calls": len(self.keys) + 10}, "public_routes": ["/phone", "/phone/socket"]})
        environment = dict(os.environ)
        for i, key in enumerate(self.keys):
            environment[f"KEY_{i}"] = key
            self._write(root / f"config/agents/call{i}.yaml", self._agent(root, base, i, settings, failover))
        self._write(root / "config/tenant.yaml", {
            "id": "bench", "name": "Bench", "numbers": {f"call{i}": f"call{i}" for i in range(len(self.keys))}})
        pinned = ["taskset", "-c", CORE] if CORE else []
        self.log = open(root / "log", "w+")
        self.process = subprocess.Popen(
            [*pinned, BINARIES / "patchbay", "serve", "--state", root / "state", "--config", root / "config", "--plugins", root / "plugins.d",
             "--libraries", BINARIES, "--weights", WEIGHTS, "--listen", "127.0.0.1:0", "--log-level", "warning", "--drain-ms", "500"],
            env=environment, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)
        atexit.register(self.stop)
        self.page = self._wait(root / "log")

    def _agent(self, root: pathlib.Path, base: int, i: int, settings: str, failover: bool) -> dict:
        """An agent, and the files of its providers: the lab's first instance, and its second where the run is about fail-over."""
        def provider(name: str, library: str, **values) -> str:
            self._write(root / f"plugins.d/{name}{i}.yaml",
                        {"library": f"lib{library}.so", "secrets": {"api_key": f"env:KEY_{i}"}, "settings": values})
            return f"{name}{i}"

        chains = {"stt": [], "llm": [], "tts": []}
        for inst in (0, 1) if failover else (0,):
            chains["stt"].append(provider(f"ears{inst}-", "Deepgram", base_url=f"http://127.0.0.1:{base + 10 + inst}"))
            url = f"http://127.0.0.1:{base + 20 + inst}"
            chains["llm"].append(provider(f"mind{inst}-", "Claude", base_url=url) if inst == 0 else
                                 provider(f"mind{inst}-", "OpenAI", base_url=url))
            chains["tts"].append(provider(f"voice{inst}-", "Deepgram", base_url=f"http://127.0.0.1:{base + 30 + inst}"))
        return {"name": "Bench", "instructions": "You answer calls.", "chains": chains, "turnTaking": SETTINGS[settings],
                "vocabulary": False, "silence": {"afterMs": 60_000}, "fillers": {"afterMs": 20_000}}

    @staticmethod
    def _write(path: pathlib.Path, content: dict):
        path.write_text(json.dumps(content))  # JSON is YAML.

    def _wait(self, log: pathlib.Path) -> str:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and self.process.poll() is None:
            for word in log.read_text(errors="replace").split():
                if word.startswith("http://127.0.0.1:") and "/phone" in word:
                    return word.rstrip(".,").split("/phone")[0]
            time.sleep(0.02)
        self.stop()
        raise RuntimeError("the host did not start:\n" + log.read_text(errors="replace"))

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
        self.folder.cleanup()


_host: Host | None = None
_http: aiohttp.ClientSession | None = None
_calls = 0


def host_process() -> int:
    """The process whose CPU and memory the bench is to count; 0 before it runs."""
    return _host.process.pid if _host else 0


async def start(call, base, settings="tuned", failover=None, tts="deepgram"):
    """Places a call and waits until it is answered."""
    global _host, _http, _calls
    if _host is None:
        _host = Host(base, settings, bool(failover))
        _http = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
    index, _calls = _calls, _calls + 1
    # The lab knows the call by the key of its providers.
    call.key = _host.keys[index % len(_host.keys)]
    call.errors = []
    socket = await _http.ws_connect(_host.page.replace("http", "ws", 1) + "/phone/socket", max_msg_size=0)
    await socket.send_json({"type": "start", "to": f"call{index % len(_host.keys)}", "from": "bench"})
    answered = asyncio.get_running_loop().create_future()
    listening = asyncio.create_task(listen(socket, call, answered))
    await asyncio.wait_for(answered, 20)
    sending: asyncio.Queue[bytes] = asyncio.Queue()
    call.feed = sending.put_nowait
    return socket, listening, asyncio.create_task(speak(socket, sending))


async def speak(socket, frames):
    while True:
        await socket.send_bytes(await frames.get())


async def listen(socket, call, answered):
    """What the agent says goes to the caller's ear; marks are answered when they have been heard."""
    marks: set[asyncio.Task] = set()
    async for message in socket:
        if message.type == aiohttp.WSMsgType.BINARY:
            call.sink.put(message.data, 16_000)
            continue
        if message.type != aiohttp.WSMsgType.TEXT:
            break
        event = json.loads(message.data)
        match event["type"]:
            case "answered":
                answered.set_result(None)
            case "mark":
                task = asyncio.create_task(later(socket, message.data, call.sink.queued()))
                marks.add(task)
                task.add_done_callback(marks.discard)
            case "clear":
                dropped = int(call.sink.queued() * 16_000)
                call.sink.clear()
                for mark in marks:
                    mark.cancel()
                await socket.send_json({"type": "cleared", "dropped": dropped})
            case "hangup":
                call.errors.append((time.monotonic(), "CLOSE", event.get("reason", "")))
    if not answered.done():
        answered.set_exception(ConnectionError(f"the host hung up: {socket.close_code}"))


async def later(socket, text, seconds):
    await asyncio.sleep(seconds)
    await socket.send_str(text)


async def stop(session):
    socket, listening, speaking = session
    speaking.cancel()
    if not socket.closed:
        await socket.send_json({"type": "hangup"})
        await socket.close()
    await asyncio.wait({listening}, timeout=5)


async def finish():
    if _http:
        await _http.close()
    if _host:
        _host.stop()
