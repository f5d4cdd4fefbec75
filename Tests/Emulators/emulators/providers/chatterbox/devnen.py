"""devnen/Chatterbox-TTS-Server: /v1/audio/speech without streaming, its own /tts with it."""
from typing import Any

from ...exchange import Exchange
from ...failures import Refused
from ...sound import encoded, wav, wav_header
from .fields import read, refuse
from .model import RATE, TAGS, Model, is_between, split

VOICES = {"Emily.wav", "Abigail.wav", "Adrian.wav", "Gianna.wav", "Olivia.wav"}
REFERENCES = {"caller.wav"}
TYPES = {"wav": "audio/wav", "opus": "audio/opus", "mp3": "audio/mpeg"}


async def speech(exchange: Exchange, model: Model) -> None:
    """The OpenAI dialect: the whole sound at the end."""
    body = await read(exchange, ("model", "input", "voice"))
    form = body.get("response_format", "wav")
    if form not in TYPES:
        await refuse(exchange, "literal_error", ["body", "response_format"], "Input should be 'wav', 'opus' or 'mp3'")
    if not is_between(body.get("speed", 1.0), 0.25, 4):
        await refuse(exchange, "less_than_equal", ["body", "speed"], "Input should be between 0.25 and 4")
    if model.is_loading:
        raise Refused("devnen_not_loaded")
    if body["voice"] not in VOICES | REFERENCES:
        raise Refused("openai_missing_voice")
    if not body["input"].strip():
        # A catch-all around the handler makes a client's error a server's.
        raise Refused("devnen_internal")
    samples = await model.make(body["input"], exchange)
    await exchange.whole(200, wav(samples, RATE), {"Content-Type": TYPES[form]})


async def tts(exchange: Exchange, model: Model) -> None:
    """POST /tts: the native API."""
    body = await read(exchange, ("text",))
    if model.is_loading:
        raise Refused("devnen_not_loaded")
    if not body["text"].strip():
        raise Refused("devnen_bad_request")
    _check_voice(body)
    form = body.get("output_format", "wav")
    if form not in TYPES:
        await refuse(exchange, "literal_error", ["body", "output_format"], "Input should be 'wav', 'opus' or 'mp3'")
    headers = {"Content-Type": TYPES[form], "Content-Disposition": f'attachment; filename="tts_output.{form}"'}
    parts = split(body["text"], body.get("chunk_size", 120)) if body.get("split_text", True) else [body["text"]]
    if not body.get("stream"):
        samples = await model.make(body["text"], exchange)
        return await exchange.whole(200, wav(samples, RATE), headers)
    await exchange.begin(200, headers)
    for number, part in enumerate(parts):
        samples = await model.make(part, exchange)
        if number == 0 and len(samples):
            await exchange.write(wav_header(RATE, 0xFFFFFFFF, riff_size=0xFFFFFFFF))
        await exchange.write(encoded(samples, "linear16"))
    await exchange.end()


def _check_voice(body: dict[str, Any]) -> None:
    if body.get("voice_mode", "predefined") == "clone":
        if body.get("reference_audio_filename") not in REFERENCES:
            raise Refused("devnen_missing_voice")
    elif body.get("predefined_voice_id", "Emily.wav") not in VOICES:
        raise Refused("devnen_missing_voice")


async def voices(exchange: Exchange, model: Model) -> None:
    """The file names of all voices; blocked while the model works."""
    await model.idle()
    await exchange.json({"voices": sorted(VOICES)})


async def model_info(exchange: Exchange, model: Model) -> None:
    """What is loaded; blocked while the model works, so that a busy server looks dead to an impatient probe."""
    await model.idle()
    is_turbo = model.kind == "turbo"
    name = "ChatterboxTurboTTS" if is_turbo else "ChatterboxTTS"
    await exchange.json({"loaded": not model.is_loading, "type": model.kind, "class_name": name, "device": "cuda",
                         "sample_rate": RATE, "supports_paralinguistic_tags": is_turbo,
                         "available_paralinguistic_tags": TAGS if is_turbo else [], "supports_multilingual": model.kind == "multilingual"})


ROUTES = [("POST", "/tts", tts), ("GET", "/v1/audio/voices", voices), ("GET", "/get_predefined_voices", voices),
          ("GET", "/api/model-info", model_info)]
