"""POST /v1/audio/speech: sound as a body or as events."""
import base64
from typing import Any

from ...exchange import Exchange
from ...failures import Refused
from ...script import count
from ...sound import wav_header
from ...voice import paced, sound_of
from .body import checked, need, read

FIELDS = {"model", "input", "voice", "response_format", "speed", "instructions", "stream_format"}
MODELS = {"tts-1", "tts-1-hd", "gpt-4o-mini-tts"}
VOICES = {"alloy", "ash", "ballad", "coral", "echo", "fable", "onyx", "nova", "sage", "shimmer", "verse", "marin", "cedar"}
TYPES = {"mp3": "audio/mpeg", "opus": "audio/ogg", "aac": "audio/aac", "flac": "audio/flac", "wav": "audio/wav", "pcm": "audio/pcm"}
RATE = 24_000
LONGEST_INPUT = 4096


def _check(body: dict[str, Any]) -> None:
    if body["model"] not in MODELS:
        raise Refused("model_not_found", detail=str(body["model"]))
    need(isinstance(body["input"], str) and body["input"].strip(), "Invalid 'input': string too short.")
    need(len(body["input"]) <= LONGEST_INPUT, f"Invalid 'input': string too long. Expected a string with maximum length {LONGEST_INPUT}.")
    need(body["voice"] in VOICES or isinstance(body["voice"], dict) and "id" in body["voice"], "Invalid value for 'voice'.")
    need(body.get("response_format", "mp3") in TYPES, "Invalid value for 'response_format'.")
    need(0.25 <= body.get("speed", 1) <= 4, "Invalid 'speed': must be from 0.25 to 4.")
    need(body.get("stream_format", "audio") in ("audio", "sse"), "Invalid value for 'stream_format'.")
    need(body.get("stream_format") != "sse" or not body["model"].startswith("tts-1"),
         "'stream_format' sse is not supported for this model.")


async def serve(exchange: Exchange) -> None:
    """One request."""
    body = await read(exchange, FIELDS, ("model", "input", "voice"))
    checked(_check, body)
    form = body.get("response_format", "mp3")
    sound = sound_of(exchange, body["input"], RATE, "linear16")
    if body.get("stream_format") == "sse":
        return await _events(exchange, body, sound)
    await exchange.begin(200, {"Content-Type": TYPES[form]})
    if form == "wav" and sound:
        # The length is not known when the stream begins.
        await exchange.write(wav_header(RATE, 0xFFFFFFFF, riff_size=0xFFFFFFFF))
    async for piece in paced(exchange, sound, RATE, "linear16"):
        await exchange.write(piece)
    await exchange.end()


async def _events(exchange: Exchange, body: dict[str, Any], sound: bytes) -> None:
    await exchange.begin(200, {"Content-Type": "text/event-stream; charset=utf-8"})
    async for piece in paced(exchange, sound, RATE, "linear16"):
        await exchange.event({"type": "speech.audio.delta", "audio": base64.b64encode(piece).decode()})
    asked, made = count(body["input"]), len(sound) // 2 * 20 // RATE
    usage = {"input_tokens": asked, "output_tokens": made, "total_tokens": asked + made}
    await exchange.event({"type": "speech.audio.done", "usage": usage})
    await exchange.end()
