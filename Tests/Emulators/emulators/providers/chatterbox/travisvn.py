"""travisvn/chatterbox-tts-api: /v1/audio/speech as WAV or events, /v1/audio/speech/stream as WAV piece by piece."""
import base64
from typing import Any

from ...exchange import Exchange
from ...failures import Refused
from ...sound import encoded, wav, wav_header
from .fields import read, refuse
from .model import RATE, Model, is_between, split

LONGEST_INPUT = 3000
#: Of each number that the server checks: its bounds.
BOUNDS = {"exaggeration": (0.25, 2), "cfg_weight": (0, 1), "temperature": (0.05, 5), "streaming_chunk_size": (50, 500)}
CHOICES = {"stream_format": ("audio", "sse"), "streaming_strategy": ("sentence", "paragraph", "fixed", "word"),
           "streaming_quality": ("fast", "balanced", "high")}


async def _checked(exchange: Exchange, model: Model) -> dict[str, Any]:
    body = await read(exchange, ("input",))
    if len(body["input"]) > LONGEST_INPUT:
        raise Refused("travisvn_validation")
    for name, (low, high) in BOUNDS.items():
        if body.get(name) is not None and not is_between(body[name], low, high):
            await refuse(exchange, "less_than_equal", ["body", name], f"Input should be from {low} to {high}")
    for name, words in CHOICES.items():
        if body.get(name) is not None and body[name] not in words:
            await refuse(exchange, "value_error", ["body", name], f"{name} must be one of {', '.join(words)}")
    if not body["input"].strip():
        raise Refused("travisvn_bad_request")
    if model.is_loading:
        raise Refused("travisvn_model_error")
    return body


async def speech(exchange: Exchange, model: Model) -> None:
    """Always WAV, whatever is asked; or events. An unknown voice silently is the default one."""
    body = await _checked(exchange, model)
    if body.get("stream_format") == "sse":
        return await _events(exchange, model, body)
    samples = await model.make(body["input"], exchange)
    await exchange.whole(200, wav(samples, RATE), {"Content-Type": "audio/wav"})


async def stream(exchange: Exchange, model: Model) -> None:
    """A WAV header at once, then each piece of text when its sound is made."""
    body = await _checked(exchange, model)
    await exchange.begin(200, {"Content-Type": "audio/wav"})
    await exchange.write(wav_header(RATE, 0xFFFFFFFF, riff_size=0x7FFFFFFF - 36))
    for part in split(body["input"], body.get("streaming_chunk_size") or 200):
        await exchange.write(encoded(await model.make(part, exchange), "linear16"))
    await exchange.end()


async def _events(exchange: Exchange, model: Model, body: dict[str, Any]) -> None:
    await exchange.begin(200, {"Content-Type": "text/event-stream"})
    await exchange.event({"type": "speech.audio.info", "sample_rate": RATE, "channels": 1, "bits_per_sample": 16})
    made = 0
    for part in split(body["input"], body.get("streaming_chunk_size") or 200):
        sound = encoded(await model.make(part, exchange), "linear16")
        made += len(sound)
        await exchange.event({"type": "speech.audio.delta", "audio": base64.b64encode(sound).decode()})
    asked, made = len(body["input"]) // 4, made // 1000
    usage = {"input_tokens": asked, "output_tokens": made, "total_tokens": asked + made}
    await exchange.event({"type": "speech.audio.done", "usage": usage})
    await exchange.end()


async def voices(exchange: Exchange, _: Model) -> None:
    """The library."""
    await exchange.json({"voices": [{"name": "default", "aliases": ["alloy"]}], "count": 1})


async def models(exchange: Exchange, _: Model) -> None:
    """One model."""
    model = {"id": "chatterbox-tts-1", "object": "model", "created": 0, "owned_by": "resemble-ai"}
    await exchange.json({"object": "list", "data": [model]})


async def health(exchange: Exchange, model: Model) -> None:
    """Answers during the load as well."""
    status = "initializing" if model.is_loading else "healthy"
    await exchange.json({"status": status, "model_loaded": not model.is_loading, "device": "cuda"})


ROUTES = [("POST", "/audio/speech", speech), ("POST", "/v1/audio/speech/stream", stream), ("POST", "/audio/speech/stream", stream),
          ("GET", "/v1/voices", voices), ("GET", "/v1/models", models), ("GET", "/health", health)]
