"""RunPod serverless: /v2/{endpoint}/run, runsync, status, stream, cancel, retry, purge-queue, health, and the public Turbo endpoint."""
import asyncio
import base64
import time
import uuid
from typing import Any

from ...emulator import KEY, Handler
from ...exchange import Exchange
from ...failures import Failure, Refused
from ...knobs import Knobs
from ...sound import wav
from .model import RATE, Model, split

FINAL = {"COMPLETED", "FAILED", "CANCELLED", "TIMED_OUT"}
PUBLIC = "chatterbox-turbo"
PUBLIC_VOICES = {"aaron", "abigail", "anaya", "andy", "archer", "brian", "chloe", "dylan", "emmanuel", "ethan", "evelyn", "gavin", "gordon",
                 "ivan", "laura", "lucy", "madison", "marisol", "meera", "walter"}
LARGEST_RUN, LARGEST_RUNSYNC = 10 << 20, 20 << 20
#: A worker without work for this long is scaled to zero; the next job starts cold.
IDLE_TIMEOUT_S = 5.0


class Job:
    """One job from the queue to its end."""

    def __init__(self, endpoint: str, order: dict[str, Any], is_sync: bool) -> None:
        self.endpoint, self.order = endpoint, order
        self.id = ("sync-" if is_sync else "") + str(uuid.uuid4()) + "-u1"
        self.status = "IN_QUEUE"
        self.output: Any = None
        self.error = ""
        self.pieces: list[dict[str, Any]] = []
        self.created = time.monotonic()
        self.started = self.ended = 0.0
        self.done = asyncio.Event()
        self.task: asyncio.Task[None] | None = None

    def finish(self, status: str) -> None:
        """Takes a final state; the first one stands."""
        if self.status not in FINAL:
            self.status, self.ended = status, time.monotonic()
            self.done.set()

    def shown(self) -> dict[str, Any]:
        """The job as /status tells it."""
        fields: dict[str, Any] = {"id": self.id, "status": self.status}
        if self.started:
            fields |= {"delayTime": int((self.started - self.created) * 1000), "workerId": "worker-1"}
        if self.status in FINAL and self.started:
            fields["executionTime"] = int((self.ended - self.started) * 1000)
        if self.status == "COMPLETED":
            fields["output"] = self.output
        if self.error:
            fields["error"] = self.error
        return fields


class RunPod:
    """The queue and its one worker. `script.output` is the handler's shape: audio, audio_base64, plain or url; `script.handler` whole
    makes it no generator, so that nothing streams."""

    def __init__(self, knobs: Knobs, model: Model) -> None:
        self.knobs, self.model = knobs, model
        self.reset()

    def reset(self) -> None:
        """An empty queue and no worker."""
        self.jobs: dict[str, Job] = {}
        self.sounds: dict[str, bytes] = {}
        self._last_work = 0.0

    def routes(self) -> list[tuple[str, str, Handler]]:
        """The API's paths."""
        base = "/v2/{endpoint}"
        return [("POST", f"{base}/run", self._run), ("POST", f"{base}/runsync", self._runsync),
                ("GET", f"{base}/status/{{id}}", self._status), ("GET", f"{base}/stream/{{id}}", self._stream),
                ("POST", f"{base}/cancel/{{id}}", self._cancel),
                ("POST", f"{base}/retry/{{id}}", self._retry), ("POST", f"{base}/purge-queue", self._purge),
                ("GET", f"{base}/health", self._health), ("GET", "/audio/{name}", self._audio)]

    async def _run(self, exchange: Exchange) -> None:
        job = await self._enqueue(exchange, LARGEST_RUN, is_sync=False)
        await exchange.json({"id": job.id, "status": "IN_QUEUE"})

    async def _runsync(self, exchange: Exchange) -> None:
        job = await self._enqueue(exchange, LARGEST_RUNSYNC, is_sync=True)
        wait_ms = int(exchange.request.query.get("wait", "90000"))
        if not 1000 <= wait_ms <= 300_000:
            raise Refused("runpod_bad_request", detail="wait must be from 1000 to 300000")
        try:
            await asyncio.wait_for(job.done.wait(), wait_ms / 1000)
        except TimeoutError:
            pass
        await exchange.json(job.shown())

    async def _enqueue(self, exchange: Exchange, largest: int, is_sync: bool) -> Job:
        _authorise(exchange)
        if len(await exchange.body()) > largest:
            raise Refused("runpod_too_large")
        try:
            order = await exchange.parsed()
        except ValueError:
            raise Refused("runpod_bad_request", detail="the body is not JSON") from None
        if not isinstance(order, dict) or not isinstance(order.get("input"), dict):
            raise Refused("runpod_bad_request", detail="the body needs an object `input`")
        job = Job(exchange.request.match_info["endpoint"], order, is_sync)
        self.jobs[job.id] = job
        self._start(job, exchange)
        return job

    def _start(self, job: Job, exchange: Exchange) -> None:
        failure = self.knobs.take(f"/v2/{job.endpoint}/", is_whole=False).failure
        job.task = asyncio.create_task(self._work(job, exchange.request.host, failure))

    async def _work(self, job: Job, host: str, failure: Failure | None) -> None:
        wire = failure.wire if failure else {}
        if wire.get("for_ever"):
            return
        timing = self.knobs.timing
        if time.monotonic() - self._last_work > IDLE_TIMEOUT_S:
            await asyncio.sleep(timing.cold_start_ms / 1000)
        await asyncio.sleep(timing.work_ms / 1000)
        job.status, job.started = "IN_PROGRESS", time.monotonic()
        if failure:
            job.error = wire.get("error", "")
            return job.finish(wire["status"])
        try:
            await self._handle(job, host)
            job.finish("COMPLETED")
        except (KeyError, TypeError, ValueError) as error:
            job.error = f"handler: {type(error).__name__}: {error}"
            job.finish("FAILED")
        self._last_work = time.monotonic()

    async def _handle(self, job: Job, host: str) -> None:
        """What the worker's handler does."""
        given = job.order["input"]
        if job.endpoint == PUBLIC:
            if given.get("voice", "lucy") not in PUBLIC_VOICES and "voice_url" not in given:
                raise ValueError("unknown voice")
            sound = wav(await self.model.make(given["prompt"]), RATE)
            job.output = {"audio_url": self._keep(host, sound)}
            return
        text = given.get("text") or given["prompt"]
        parts = split(text, 200) if self.knobs.script.get("handler") != "whole" else [text]
        outputs = []
        for part in parts:
            outputs.append(self._shape(host, wav(await self.model.make(part), RATE)))
            if self.knobs.script.get("handler") != "whole":
                job.pieces.append({"output": outputs[-1]})
        job.output = outputs if len(outputs) > 1 else outputs[0]

    def _shape(self, host: str, sound: bytes) -> Any:
        shape, text = self.knobs.script.get("output", "audio"), base64.b64encode(sound).decode()
        if shape == "plain":
            return text
        if shape == "url":
            return {"audio_url": self._keep(host, sound), "sample_rate": RATE}
        return {shape: text, "sample_rate": RATE}

    def _keep(self, host: str, sound: bytes) -> str:
        name = uuid.uuid4().hex + ".wav"
        self.sounds[name] = sound
        return f"http://{host}/audio/{name}"

    def _job(self, exchange: Exchange) -> Job:
        _authorise(exchange)
        job = self.jobs.get(exchange.request.match_info["id"])
        if job is None or job.endpoint != exchange.request.match_info["endpoint"]:
            raise Refused("runpod_not_found")
        return job

    async def _status(self, exchange: Exchange) -> None:
        await exchange.json(self._job(exchange).shown())

    async def _stream(self, exchange: Exchange) -> None:
        # Each poll takes what is new.
        job = self._job(exchange)
        pieces, job.pieces = job.pieces, []
        await exchange.json({"status": job.status, "stream": pieces})

    async def _cancel(self, exchange: Exchange) -> None:
        job = self._job(exchange)
        if job.task:
            job.task.cancel()
        job.finish("CANCELLED")
        await exchange.json({"id": job.id, "status": job.status})

    async def _retry(self, exchange: Exchange) -> None:
        job = self._job(exchange)
        if job.status not in ("FAILED", "TIMED_OUT"):
            raise Refused("runpod_bad_request", detail="only failed jobs can be retried")
        job.status, job.error, job.done = "IN_QUEUE", "", asyncio.Event()
        self._start(job, exchange)
        await exchange.json({"id": job.id, "status": job.status})

    async def _purge(self, exchange: Exchange) -> None:
        _authorise(exchange)
        waiting = [job for job in self.jobs.values() if job.status == "IN_QUEUE"]
        for job in waiting:
            if job.task:
                job.task.cancel()
            job.finish("CANCELLED")
        await exchange.json({"removed": len(waiting), "status": "completed"})

    async def _health(self, exchange: Exchange) -> None:
        _authorise(exchange)
        def number(*states: str) -> int:
            return sum(job.status in states for job in self.jobs.values())
        running, is_warm = number("IN_PROGRESS"), time.monotonic() - self._last_work <= IDLE_TIMEOUT_S
        await exchange.json({"jobs": {"completed": number("COMPLETED"), "failed": number("FAILED", "TIMED_OUT"), "inProgress": running,
                                      "inQueue": number("IN_QUEUE"), "retried": 0},
                             "workers": {"idle": int(is_warm and not running), "running": running, "initializing": 0, "ready": int(is_warm),
                                         "throttled": 0, "unhealthy": 0}})

    async def _audio(self, exchange: Exchange) -> None:
        sound = self.sounds.get(exchange.request.match_info["name"])
        if sound is None:
            raise Refused("runpod_not_found")
        await exchange.whole(200, sound, {"Content-Type": "audio/wav"})


def _authorise(exchange: Exchange) -> None:
    """With or without the word Bearer."""
    if exchange.request.headers.get("Authorization", "").removeprefix("Bearer ") != KEY:
        raise Refused("runpod_unauthorized")
