"""Speech that can be read back: words as pairs of tones, G.711, WAV headers, and a recogniser that hears as audio arrives."""
import dataclasses
import pathlib
import re
import struct
import sys
import zlib

import numpy

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "Faults"))
import wordcode  # noqa: E402

#: Energy below which nothing is said, as in wordcode.
FAINTEST = wordcode.FAINTEST
HOP_MS = 10
#: Between two code words lie 40 ms of silence; a pause must be longer than that.
SHORTEST_PAUSE_MS = 60


#: Of each encoding: the codec's number in a WAV file and the bytes of a sample.
ENCODINGS = {"linear16": (1, 2), "linear24": (1, 3), "linear32": (1, 4), "mulaw": (7, 1), "alaw": (6, 1)}


def code_word(word: str) -> str:
    """The word of the code that stands for a word of the text: itself, or one that its letters choose."""
    bare = re.sub(r"[^\w]", "", word.lower())
    if bare in wordcode.WORDS:
        return bare
    return wordcode.WORDS[zlib.crc32(bare.encode()) % len(wordcode.WORDS)]


def spoken(text: str, rate: int) -> numpy.ndarray:
    """The samples of a text, 160 ms for each word."""
    words = [code_word(word) for word in text.split() if re.search(r"\w", word)]
    return wordcode.sound(words, rate) if words else numpy.zeros(0, numpy.int16)


def word_times(text: str) -> list[tuple[str, float, float]]:
    """Each word with its start and end in seconds, as `spoken` sounds it."""
    words = [word for word in text.split() if re.search(r"\w", word)]
    step, tone = wordcode.WORD_MS / 1000, wordcode.TONE_MS / 1000
    return [(word, number * step, number * step + tone) for number, word in enumerate(words)]


def encoded(samples: numpy.ndarray, encoding: str) -> bytes:
    """Samples in one of the encodings above, little endian."""
    if encoding in ("linear24", "linear32"):
        wide = (samples.astype("<i4") << 16).view(numpy.uint8).reshape(-1, 4)
        return wide[:, 4 - bytes_per_sample(encoding) :].tobytes()
    if encoding == "mulaw":
        return _nearest(samples, MULAW).tobytes()
    if encoding == "alaw":
        return _nearest(samples, ALAW).tobytes()
    return samples.astype("<i2").tobytes()


def decoded(data: bytes, encoding: str) -> numpy.ndarray:
    """Samples of linear16, mulaw or alaw; an odd byte at the end is the caller's to keep."""
    if encoding in ("mulaw", "alaw"):
        return (MULAW if encoding == "mulaw" else ALAW)[numpy.frombuffer(data, numpy.uint8)].astype(float)
    return numpy.frombuffer(data[: len(data) & ~1], "<i2").astype(float)


def bytes_per_sample(encoding: str) -> int:
    """Of one of the encodings above; what is not known counts as linear16."""
    return ENCODINGS.get(encoding, (1, 2))[1]


def wav_header(rate: int, size: int, encoding: str = "linear16", riff_size: int | None = None, extra: bytes = b"") -> bytes:
    """A mono WAV header; `extra` are whole chunks between `fmt ` and `data`."""
    codec, width = ENCODINGS[encoding]
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, codec, 1, rate, rate * width, width, width * 8)
    total = 4 + len(form) + len(extra) + 8 + size if riff_size is None else riff_size
    return struct.pack("<4sI4s", b"RIFF", total & 0xFFFFFFFF, b"WAVE") + form + extra + struct.pack("<4sI", b"data", size & 0xFFFFFFFF)


def wav(samples: numpy.ndarray, rate: int, encoding: str = "linear16") -> bytes:
    """A whole WAV file."""
    data = encoded(samples, encoding)
    return wav_header(rate, len(data), encoding) + data


def of_wav(data: bytes) -> tuple[numpy.ndarray, int]:
    """The samples and rate of a WAV file, whatever its chunks and sizes say; ValueError if it is none."""
    if data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        raise ValueError("no RIFF header")
    at, rate, codec = 12, 0, 1
    while at + 8 <= len(data):
        name, size = struct.unpack_from("<4sI", data, at)
        if name == b"fmt ":
            codec, _, rate = struct.unpack_from("<HHI", data, at + 8)
        if name == b"data":
            encoding = {7: "mulaw", 6: "alaw"}.get(codec, "linear16")
            return decoded(data[at + 8 : at + 8 + size], encoding), rate
        at += 8 + size + (size & 1)
    raise ValueError("no data chunk")


def _mulaw_table() -> numpy.ndarray:
    """ITU-T G.711: the value of each mu-law byte."""
    code = ~numpy.arange(256, dtype=numpy.int32) & 0xFF
    value = (((code & 0x0F) << 3) + 0x84 << (code >> 4 & 7)) - 0x84
    return numpy.where(code & 0x80, -value, value).astype(numpy.int16)


def _alaw_table() -> numpy.ndarray:
    """ITU-T G.711: the value of each A-law byte."""
    code = numpy.arange(256, dtype=numpy.int32) ^ 0x55
    segment, value = code >> 4 & 7, ((code & 0x0F) << 4) + 8
    value = numpy.where(segment > 0, value + 0x100 << numpy.maximum(segment - 1, 0), value)
    return numpy.where(code & 0x80, value, -value).astype(numpy.int16)


MULAW, ALAW = _mulaw_table(), _alaw_table()


def _nearest(samples: numpy.ndarray, table: numpy.ndarray) -> numpy.ndarray:
    order = numpy.argsort(table, kind="stable")
    levels = table[order].astype(numpy.int32)
    right = numpy.clip(numpy.searchsorted(levels, samples), 1, 255)
    is_left = numpy.abs(samples - levels[right - 1]) <= numpy.abs(levels[right] - samples)
    return order[numpy.where(is_left, right - 1, right)].astype(numpy.uint8)


@dataclasses.dataclass
class Heard:
    """A word with its times in seconds of the stream."""

    text: str
    start: float
    end: float


class Recogniser:
    """Hears words in a stream of samples. Times count the audio that was given, not the clock.

    `transcripts` are said instead, one per utterance, whatever the sound is; `lexicon` renames the words of the code.
    """

    def __init__(self, rate: int, lexicon: dict[str, str] | None = None, transcripts: list[str] | None = None) -> None:
        self.rate, self.lexicon, self.transcripts = rate, lexicon or {}, list(transcripts or [])
        self.is_scripted = bool(transcripts)
        self._samples = numpy.zeros(0)
        #: Where the samples that are kept begin, in samples of the stream.
        self._start = 0
        self._hop = rate * HOP_MS // 1000
        self._looked = 0
        #: The words of which more sound can change nothing, and the sample of what is kept up to which they reach.
        self._certain: list[Heard] = []
        self._certain_to = 0
        self.first_loud: float | None = None
        self.last_loud: float | None = None

    @property
    def time(self) -> float:
        """Seconds of audio given so far."""
        return (self._start + len(self._samples)) / self.rate

    @property
    def start(self) -> float:
        """Where the audio begins that is not settled yet."""
        return self._start / self.rate

    @property
    def silence_ms(self) -> float:
        """For how long nothing has sounded, since the last sound that is not settled."""
        return 0 if self.last_loud is None else (self.time - self.last_loud) * 1000

    def feed(self, samples: numpy.ndarray) -> None:
        """Takes the next samples."""
        self._samples = numpy.concatenate([self._samples, samples])
        while self._looked + self._hop <= len(self._samples):
            piece = self._samples[self._looked : self._looked + self._hop]
            self._looked += self._hop
            if (piece ** 2).mean() > FAINTEST:
                self.last_loud = (self._start + self._looked) / self.rate
                if self.first_loud is None:
                    self.first_loud = self.last_loud - HOP_MS / 1000

    def words(self) -> list[Heard]:
        """The words in the audio that is not settled."""
        if self.first_loud is None or self.last_loud is None:
            return []
        if self.is_scripted:
            return self._scripted(self.first_loud, self.last_loud)
        begin = max(self._certain_to, int((self.first_loud - self.start) * self.rate) - 4 * self._hop, 0)
        offset = self.start + begin / self.rate
        found = [Heard(self.lexicon.get(word.text, word.text), offset + word.start_ms / 1000, offset + word.end_ms / 1000)
                 for word in wordcode.decode(self._samples[begin:], self.rate)]
        if len(found) > 1:
            # What lies before the last gap is not looked at again: many sockets are heard at the same time.
            self._certain += found[:-1]
            self._certain_to = int(((found[-2].end + found[-1].start) / 2 - self.start) * self.rate)
        return self._certain + found[-1:]

    def settle(self) -> None:
        """The audio so far belongs to an utterance that is over."""
        if self.first_loud is not None and self.transcripts:
            self.transcripts.pop(0)
        self._start += len(self._samples)
        self._samples = numpy.zeros(0)
        self._looked = self._certain_to = 0
        self._certain = []
        self.first_loud = self.last_loud = None

    def _scripted(self, start: float, end: float) -> list[Heard]:
        words = self.transcripts[0].split() if self.transcripts else []
        step = (end - start) / max(len(words), 1)
        return [Heard(word, start + step * number, start + step * (number + 1)) for number, word in enumerate(words)]
