"""What callers sound like: synthetic voices, and a human one put together from recordings."""
import ctypes
import functools
import hashlib
import os
import pathlib
import random
import struct
import subprocess
import threading
import wave

import words

CACHE = pathlib.Path(".build/speech").absolute()
RECORDINGS = pathlib.Path("/usr/share/asterisk/sounds/en_US_f_Allison")


class Missing(Exception):
    """A program or package that the test needs is not installed."""


class Synthetic:
    """A voice of flite, which like a person never says anything twice in the same sound."""

    #: Speeds, as factors on a word's length, and takes of each: most voices differ from take to take.
    SPEEDS = (0.95, 1.0, 1.05, 1.1)
    TAKES = 3

    def __init__(self, name: str):
        self.name = name

    def can_say(self, text: str) -> bool:
        return True

    def say(self, text: str, rate: int, chance: random.Random | None = None) -> pathlib.Path:
        """A WAV file of `rate` Hz; 8,000 is a telephone's band. Speed and take are left to `chance`."""
        speed, take = (chance.choice(self.SPEEDS), chance.randrange(self.TAKES)) if chance else (1.0, 0)
        key = hashlib.sha256(f"{text} {speed} {take}".encode()).hexdigest()[:16]
        path = CACHE / self.name / f"{key}-{rate}.wav"
        with _lock_of(path):
            if path.exists():
                return path
            path.parent.mkdir(parents=True, exist_ok=True)
            raw = path.with_name(key + ".raw.wav")
            if not raw.exists():
                part = raw.with_suffix(".part")
                run("flite", "-voice", self.name, "--setf", f"duration_stretch={speed}", "-t", text + ".", "-o", part)
                os.replace(part, raw)
            part = path.with_suffix(".part.wav")
            line = ["sinc", "300-3400"] if rate == 8000 else []
            run("sox", "-R", raw, "-r", rate, "-b", 16, part, "gain", "-n", -6, "pad", 0, 0.1, *line)
            os.replace(part, path)
        return path


class Human:
    """A recorded person who has said single words; sentences are put together from them."""

    name = "human"
    FILES = (
        {word: f"digits/{i}" for i, word in enumerate(words.UNITS)}
        | {"twenty": "digits/20", "thirty": "digits/30", "a.m.": "digits/a-m", "p.m.": "digits/p-m", "o'clock": "digits/oclock", "at": "digits/at",
           "tomorrow": "digits/tomorrow", "today": "digits/today", "no": "vm-no", "hours": "hours", "location": "location",
           "press five to leave a message": "vm-leavemsg"}
        | {day: f"digits/day-{(i + 1) % 7}" for i, day in enumerate(words.WEEKDAYS)}
        | {month: f"digits/mon-{i}" for i, month in enumerate(words.MONTHS)}
        | {words.ordinal(i): f"digits/h-{i}" for i in [*range(1, 21), 30]})

    def can_say(self, text: str) -> bool:
        return all(word in self.FILES for word in self._parts(text))

    def _parts(self, text: str) -> list[str]:
        text = text.lower()
        return [text] if text in self.FILES else text.replace(",", "").split()

    def say(self, text: str, rate: int, chance: random.Random | None = None) -> pathlib.Path:
        """Words with the short gaps of a person who reads them from a card; how short is left to `chance`."""
        take = chance.randrange(8) if chance else 0
        key = hashlib.sha256(f"{text} {take}".encode()).hexdigest()[:16]
        path = CACHE / "human" / f"{key}-{rate}.wav"
        with _lock_of(path):
            if path.exists():
                return path
            path.parent.mkdir(parents=True, exist_ok=True)
            gaps = hashlib.sha256(key.encode()).digest()
            samples = []
            for i, part in enumerate(self._parts(text)):
                samples += trimmed(recording(self.FILES[part], rate), rate) + [0] * (rate * (40 + gaps[i % 32] * 110 // 255) // 1000)
            write(path, samples, rate)
        return path


@functools.cache
def recording(key: str, rate: int) -> list[int]:
    """A prompt of the packages asterisk-core-sounds-en-wav (8 kHz) and -g722 (16 kHz after decoding)."""
    if rate == 8000:
        path = RECORDINGS / f"{key}.wav"
        if not path.exists():
            raise Missing("install the Debian package asterisk-core-sounds-en-wav")
        with wave.open(str(path)) as sound:
            return list(struct.unpack(f"<{sound.getnframes()}h", sound.readframes(sound.getnframes())))
    path = RECORDINGS / f"{key}.g722"
    if not path.exists():
        raise Missing("install the Debian package asterisk-core-sounds-en-g722")
    data = path.read_bytes()
    room = (ctypes.c_int16 * (2 * len(data)))()
    spandsp = _spandsp()
    state = ctypes.c_void_p(spandsp.g722_decode_init(None, 64000, 0))
    count = spandsp.g722_decode(state, room, data, len(data))
    spandsp.g722_decode_free(state)
    return list(room[:count])


@functools.cache
def _spandsp():
    try:
        library = ctypes.CDLL("libspandsp.so.2")
    except OSError:
        raise Missing("install the Debian package libspandsp2") from None
    library.g722_decode_init.restype = ctypes.c_void_p
    return library


def trimmed(samples: list[int], rate: int) -> list[int]:
    """Without the silence around it; 20 ms of it stay."""
    loud = [i for i, sample in enumerate(samples) if abs(sample) > 300]
    edge = rate // 50
    return samples[max(loud[0] - edge, 0):loud[-1] + edge] if loud else samples


def write(path: pathlib.Path, samples: list[int], rate: int):
    part = path.with_suffix(".part")
    with wave.open(str(part), "wb") as sound:
        sound.setparams((1, 2, rate, 0, "NONE", ""))
        sound.writeframes(struct.pack(f"<{len(samples)}h", *samples))
    os.replace(part, path)


def read(path: pathlib.Path) -> bytes:
    """The samples of a WAV file of 16 bits, as bytes."""
    with wave.open(str(path)) as sound:
        return sound.readframes(sound.getnframes())


_locks: dict[str, threading.Lock] = {}
_guard = threading.Lock()


def _lock_of(path: pathlib.Path) -> threading.Lock:
    """One maker at a time for what both rates of a sentence share."""
    with _guard:
        return _locks.setdefault(path.name.rsplit("-", 1)[0], threading.Lock())


def run(*command):
    try:
        subprocess.run([str(word) for word in command], check=True, capture_output=True)
    except FileNotFoundError:
        raise Missing(f"install the Debian package {command[0]}") from None
