"""POST /v1/audio/transcriptions: a file in, its words out, whole or as events."""
import asyncio
from typing import Any

import numpy
from aiohttp import web

from ...exchange import Exchange
from ...failures import Refused
from ...script import count
from ...sound import Heard, Recogniser, of_wav
from .body import need

FIELDS = {"file", "model", "language", "languages", "prompt", "keywords", "response_format", "temperature", "timestamp_granularities",
          "stream", "include", "chunking_strategy"}
MODELS = {"whisper-1", "gpt-transcribe", "gpt-4o-transcribe", "gpt-4o-mini-transcribe", "gpt-4o-transcribe-diarize"}
FORMATS = {"json", "text", "srt", "verbose_json", "vtt", "diarized_json"}
KINDS = (".wav", ".mp3", ".mp4", ".mpeg", ".mpga", ".m4a", ".webm", ".ogg", ".flac")
LARGEST_FILE = 25 << 20


async def _form(exchange: Exchange) -> dict[str, list[Any]]:
    need(exchange.request.content_type == "multipart/form-data", "The content type must be multipart/form-data.")
    # The body has been read for the log; the parser reads it again from there.
    fields: dict[str, list[Any]] = {}
    for name, value in (await exchange.request.post()).items():
        fields.setdefault(name.removesuffix("[]"), []).append(value)
    for name in fields:
        need(name in FIELDS, f"Unrecognized request argument supplied: {name}")
    for name in ("file", "model"):
        need(name in fields, f"Missing required parameter: '{name}'.")
    return fields


def _heard(upload: Any, script: dict[str, Any]) -> tuple[list[Heard], float]:
    """The words and the length in seconds of an uploaded file."""
    need(isinstance(upload, web.FileField), "Invalid 'file': expected a file.")
    need(upload.filename.lower().endswith(KINDS), f"Invalid file format. Supported formats: {', '.join(kind[1:] for kind in KINDS)}")
    data = upload.file.read()
    if len(data) > LARGEST_FILE:
        raise Refused("file_too_large")
    try:
        samples, rate = of_wav(data)
    except ValueError:
        need(not upload.filename.endswith(".wav"), "Audio file might be corrupted or unsupported.")
        samples, rate = numpy.zeros(0), 16_000
    ear = Recogniser(rate, script.get("lexicon"), script.get("transcripts"))
    ear.feed(samples)
    return ear.words(), len(samples) / rate


async def serve(exchange: Exchange, script: dict[str, Any]) -> None:
    """One request."""
    fields = await _form(exchange)
    model, form = fields["model"][0], fields.get("response_format", ["json"])[0]
    if model not in MODELS:
        raise Refused("model_not_found", detail=model)
    need(form in FORMATS, "Invalid value for 'response_format'.")
    need(form in ("json", "text") or model == "whisper-1" or form == "diarized_json" and "diarize" in model,
         f"response_format '{form}' is not compatible with model '{model}'.")
    need("timestamp_granularities" not in fields or form == "verbose_json", "'timestamp_granularities' needs response_format=verbose_json.")
    words, seconds = _heard(fields["file"][0], script)
    words = [] if exchange.is_empty else words
    text = " ".join(word.text for word in words)
    usage = _usage(model, text, seconds)
    if fields.get("stream", ["false"])[0] == "true" and model != "whisper-1":
        return await _stream(exchange, words, text, usage)
    await asyncio.sleep(exchange.timing.final_ms / 1000)
    if form == "text":
        return await exchange.whole(200, text.encode() + b"\n", {"Content-Type": "text/plain; charset=utf-8"})
    if form in ("srt", "vtt"):
        return await exchange.whole(200, _subtitles(text, seconds, form).encode(), {"Content-Type": "text/plain; charset=utf-8"})
    answer: dict[str, Any] = {"text": text, "usage": usage}
    if form == "verbose_json":
        granularities = fields.get("timestamp_granularities", ["segment"])
        answer |= {"task": "transcribe", "language": "english", "duration": seconds}
        if "word" in granularities:
            answer["words"] = [{"word": word.text, "start": word.start, "end": word.end} for word in words]
        if "segment" in granularities:
            answer["segments"] = [{"id": 0, "seek": 0, "start": 0.0, "end": seconds, "text": text, "tokens": [], "temperature": 0.0,
                                   "avg_logprob": -0.1, "compression_ratio": 1.0, "no_speech_prob": 0.01}]
    await exchange.json(answer)


def _usage(model: str, text: str, seconds: float) -> dict[str, Any]:
    if model == "whisper-1":
        return {"type": "duration", "seconds": round(seconds)}
    heard, said = int(seconds * 10), count(text)
    return {"type": "tokens", "input_tokens": heard, "output_tokens": said, "total_tokens": heard + said,
            "input_token_details": {"audio_tokens": heard, "text_tokens": 0}}


async def _stream(exchange: Exchange, words: list[Heard], text: str, usage: dict[str, Any]) -> None:
    await exchange.begin(200, {"Content-Type": "text/event-stream; charset=utf-8"})
    await asyncio.sleep(exchange.timing.first_byte_ms / 1000)
    for number, word in enumerate(words):
        await exchange.event({"type": "transcript.text.delta", "delta": (" " if number else "") + word.text})
    await exchange.event({"type": "transcript.text.done", "text": text, "usage": usage})
    await exchange.end()


def _subtitles(text: str, seconds: float, form: str) -> str:
    mark = "," if form == "srt" else "."
    end = f"00:{int(seconds) // 60:02}:{int(seconds) % 60:02}{mark}{int(seconds * 1000) % 1000:03}"
    head = "1\n" if form == "srt" else "WEBVTT\n\n"
    return f"{head}00:00:00{mark}000 --> {end}\n{text}\n"
