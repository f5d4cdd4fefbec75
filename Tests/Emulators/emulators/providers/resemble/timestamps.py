"""When each letter sounds: as JSON arrays, and as cue and list chunks of a WAV header."""
import struct
from typing import Any

from ...sound import word_times


def letters(text: str) -> list[tuple[str, float, float]]:
    """Each letter with its start and end in seconds, spread evenly over its word; the space belongs to the pause."""
    found: list[tuple[str, float, float]] = []
    for word, start, end in word_times(text):
        if found:
            found.append((" ", found[-1][2], start))
        step = (end - start) / len(word)
        found += [(letter, start + step * at, start + step * (at + 1)) for at, letter in enumerate(word)]
    return found


def timestamps(text: str) -> dict[str, Any]:
    """The object `audio_timestamps`; newer models give no phonemes."""
    items = letters(text)
    return {"graph_chars": [letter for letter, _, _ in items], "graph_times": [[round(start, 4), round(end, 4)] for _, start, end in items],
            "phon_chars": [], "phon_times": []}


def cue_chunks(text: str, rate: int) -> bytes:
    """The chunks `cue ` and `list` that stand before `data`."""
    items = letters(text)
    points, labels = b"", b""
    for number, (letter, start, end) in enumerate(items):
        at = int(start * rate)
        points += struct.pack("<II4sIII", number, at, b"data", 0, 0, at)
        name = letter.encode() + b"\0"
        labels += struct.pack("<4sIII4sHHHH", b"ltxt", 20 + len(name), number, int((end - start) * rate), b"grph", 0, 0, 0, 0) + name
        labels += b"\0" * (len(name) & 1)
    cue = struct.pack("<4sII", b"cue ", 4 + len(points), len(items)) + points
    return cue + struct.pack("<4sI4s", b"list", 4 + len(labels), b"adtl") + labels
