"""Deepgram POST /v1/speak and /v2/speak: a text in, a streamed body of sound out."""
from ...exchange import Exchange
from ...failures import Refused
from ...sound import wav_header
from ...voice import paced, sound_of
from .access import Query, invalid
from .speak_v1 import MODEL, VOICE_UUID
from .speak_v2 import MODEL as FLUX_MODEL

#: Of each encoding: the containers (first is the default), the rates (first is the default), the content type.
FORMS: dict[str, tuple[tuple[str, ...], tuple[int, ...], str]] = {
    "linear16": (("wav", "none"), (24000, 8000, 16000, 32000, 48000), "audio/wav"),
    "mulaw": (("wav", "none"), (8000, 16000), "audio/wav"),
    "alaw": (("wav", "none"), (8000, 16000), "audio/wav"),
    "mp3": (("",), (22050,), "audio/mpeg"),
    "opus": (("ogg",), (48000,), "audio/ogg; codecs=opus"),
    "flac": (("",), (48000, 8000, 16000, 22050, 32000), "audio/flac"),
    "aac": (("",), (22050,), "audio/aac"),
}
#: Their sound is not made; a body of the right type and of no meaning stands for it.
COMPRESSED = {"mp3", "opus", "flac", "aac"}
#: Vendor pages give 1000, 2000 and 2400; the strictest one, so that a client that stays below is right everywhere.
LONGEST_TEXT = 1000


async def _text(exchange: Exchange) -> str:
    try:
        value = await exchange.parsed()
    except ValueError:
        raise Refused("payload_error", detail="The body is not JSON") from None
    if not isinstance(value, dict) or set(value) not in ({"text"}, {"url"}):
        raise Refused("payload_error", detail="Exactly one of text or url is required")
    text = value.get("text", "a page")
    if not isinstance(text, str) or not text.strip():
        raise Refused("payload_error", detail="The text is empty")
    if len(text) > LONGEST_TEXT:
        raise Refused("text_too_long")
    return text


async def serve(exchange: Exchange) -> None:
    """One request."""
    if "json" not in exchange.request.headers.get("Content-Type", ""):
        raise Refused("unsupported_media_type")
    query = Query(exchange.request)
    model = query.text("model", "aura-asteria-en")
    pattern = FLUX_MODEL if exchange.request.path.startswith("/v2/") else MODEL
    if not pattern.fullmatch(model):
        raise invalid(f"No such model: {model}")
    encoding = query.choice("encoding", set(FORMS), "mp3")
    containers, rates, kind = FORMS[encoding]
    container = query.text("container", containers[0])
    if container not in containers:
        raise invalid(f"container {container} is not available with encoding {encoding}")
    rate = query.whole("sample_rate", 1, 192_000, rates[0])
    if rate not in rates:
        raise invalid(f"sample_rate {rate} is not available with encoding {encoding}")
    text = await _text(exchange)
    sound = sound_of(exchange, text, rate, "linear16" if encoding in COMPRESSED else encoding)
    if container == "none":
        kind = {"linear16": "audio/l16", "mulaw": "audio/basic", "alaw": "audio/x-alaw"}[encoding]
    headers = {"Content-Type": kind, "dg-model-name": model, "dg-model-uuid": VOICE_UUID, "dg-char-count": str(len(text))}
    await exchange.begin(200, headers)
    if container == "wav" and not exchange.is_empty:
        await exchange.write(wav_header(rate, len(sound), encoding, riff_size=0xFFFFFFFF))
    async for piece in paced(exchange, sound, rate, encoding):
        await exchange.write(piece)
    await exchange.end()
