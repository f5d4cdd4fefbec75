"""A request for synthesis, checked as Resemble checks it."""
import xml.etree.ElementTree as XML
from typing import Any, ClassVar

from ...exchange import Exchange
from ...failures import Refused

PRECISIONS = {"MULAW": "mulaw", "PCM_16": "linear16", "PCM_24": "linear24", "PCM_32": "linear32"}
RATES = {8000, 16000, 22050, 32000, 44100, 48000}
LONGEST_TEXT = 2000


class BadOrder(Exception):
    """Why a request cannot be served: the table's row without the name of the API, and the details."""

    def __init__(self, row: str, detail: str = "") -> None:
        super().__init__(row)
        self.row, self.detail = row, detail


def said(data: str) -> str:
    """What is heard of plain text, or of a document of SSML, whose root is `speak`."""
    if not data.lstrip().startswith("<speak"):
        return data
    try:
        return "".join(XML.fromstring(data).itertext())
    except XML.ParseError as error:
        raise BadOrder("bad_json", f"data is no SSML: {error}") from None


class Order:
    """What to synthesise and how."""

    voices: ClassVar[tuple[str, ...]] = ("55592656",)

    def __init__(self, body: dict[str, Any], longest: int = LONGEST_TEXT, rates: set[int] = RATES, rate: int = 48_000) -> None:
        for name in ("voice_uuid", "data"):
            if not isinstance(body.get(name), str) or not body[name].strip():
                raise BadOrder("bad_json", f"{name} is required")
        if body["voice_uuid"] not in self.voices:
            raise BadOrder("unknown_voice")
        if len(body["data"]) > longest:
            raise BadOrder("text_too_long")
        precision, self.rate, self.form = body.get("precision", "PCM_32"), body.get("sample_rate", rate), body.get("output_format", "wav")
        if precision not in PRECISIONS:
            raise BadOrder("bad_json", f"precision must be one of {', '.join(PRECISIONS)}")
        if self.rate not in rates:
            raise BadOrder("bad_json", f"sample_rate must be one of {sorted(rates)}")
        if self.form not in ("wav", "mp3"):
            raise BadOrder("bad_json", "output_format must be wav or mp3")
        self.encoding = PRECISIONS[precision]
        self.text = said(body["data"])
        self.title = body.get("title")
        self.wants_cues = body.get("wav_encoded_timestamps") is True


async def read(exchange: Exchange, api: str) -> Order:
    """The order of an HTTP request; `api` is sync or stream."""
    try:
        body = await exchange.parsed()
        if not isinstance(body, dict):
            raise BadOrder("bad_json", "The body must be a JSON object")
        return Order(body)
    except BadOrder as error:
        raise Refused(f"{api}_{error.row}", detail=error.detail) from None
    except ValueError:
        raise Refused(f"{api}_bad_json", detail="The body is not JSON") from None
