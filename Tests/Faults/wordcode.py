"""Word-coded audio: each word is a pair of tones of its own, so that what somebody heard is read from the recording alone."""
import dataclasses
import pathlib
import wave

import numpy

#: As in Plugin/WordCode.swift: 120 ms of two tones, 40 ms of silence; word number n has low tone n % 8 and high tone n / 8.
TONE_MS, WORD_MS = 120, 160
LOW = [400 + 100 * n for n in range(8)]
HIGH = [1400 + 200 * n for n in range(8)]
ANSWER = [f"w{n}" for n in range(1, 25)]
QUESTION = [f"q{n}" for n in range(1, 21)]
WORDS = ANSWER + QUESTION + [f"x{n}" for n in range(1, 21)]
RATE = 16_000

#: A window of 20 ms is looked at every 10 ms. Five windows are half of a word's sound: it was heard. A word may sound in parts, when the
#: line was late within it. It has about eleven windows: half of a word and a whole one are the same word twice.
HOP_MS, WINDOW_MS, HOPS_OF_WORD, HOPS_OF_TWO, HOPS_OF_MORE = 10, 20, 5, 16, 12
#: Mean square below which nothing sounds, -50 dBFS; and what the two tones must hold of the energy.
FAINTEST, PURITY = 100.0 ** 2, 0.6


@dataclasses.dataclass
class Word:
    text: str
    start_ms: float
    end_ms: float
    #: The longest silence within it.
    pause_ms: float = 0.0


def sound(words: list[str], rate: int = RATE) -> numpy.ndarray:
    """The samples of a sentence."""
    time = numpy.arange(rate * TONE_MS // 1000)
    # Edges of 4 ms, because a tone that is switched hard clicks.
    rise = numpy.minimum(1, numpy.minimum(time, len(time) - 1 - time) / (rate // 250))
    gap = numpy.zeros(rate * (WORD_MS - TONE_MS) // 1000)
    parts = []
    for word in words:
        number = WORDS.index(word)
        tones = sum(numpy.sin(2 * numpy.pi * hertz * time / rate) for hertz in (LOW[number % 8], HIGH[number // 8]))
        parts += [tones * 6000 * rise, gap]
    return numpy.concatenate(parts).astype(numpy.int16)


def write(path: pathlib.Path, samples: numpy.ndarray, rate: int = RATE):
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples.astype("<i2").tobytes())


def read(path: pathlib.Path) -> tuple[numpy.ndarray, int]:
    with wave.open(str(path)) as file:
        return numpy.frombuffer(file.readframes(file.getnframes()), "<i2").astype(float), file.getframerate()


def decode(samples: numpy.ndarray, rate: int = RATE) -> list[Word]:
    """The words of a recording in the order in which they sound. Any two of the tones are orthogonal over a window."""
    window, hop = rate * WINDOW_MS // 1000, rate * HOP_MS // 1000
    if len(samples) < window:
        return []
    frames = numpy.lib.stride_tricks.sliding_window_view(samples, window)[::hop]
    waves = numpy.exp(-2j * numpy.pi * numpy.outer(numpy.arange(window), LOW + HIGH) / rate)
    powers = numpy.abs(frames @ waves) ** 2
    energy = (frames ** 2).sum(axis=1)
    low, high = powers[:, :8].argmax(axis=1), powers[:, 8:].argmax(axis=1)
    of_low, of_high = powers[:, :8].max(axis=1), powers[:, 8:].max(axis=1)
    clear = (energy > FAINTEST * window) & ((of_low + of_high) * 2 / window > PURITY * energy)
    clear &= numpy.minimum(of_low, of_high) * 20 > numpy.maximum(of_low, of_high)
    numbers = numpy.where(clear & (high * 8 + low < len(WORDS)), high * 8 + low, -1)

    words, run, start, last, hops, pause = [], -1, 0, 0, 0, 0.0

    def end():
        if run >= 0 and hops >= HOPS_OF_WORD:
            word = Word(WORDS[run], start * HOP_MS, last * HOP_MS + WINDOW_MS, pause)
            words.extend([word] * (1 if hops < HOPS_OF_TWO else 2 + (hops - HOPS_OF_TWO) // HOPS_OF_MORE))

    for at, number in enumerate(numbers):
        if number < 0:
            continue
        if number != run:
            end()
            run, start, hops, pause = number, at, 0, 0.0
        elif hops:
            pause = max(pause, (at - last) * HOP_MS - WINDOW_MS)
        hops += 1
        last = at
    end()
    return words


def longest_silence_ms(words: list[Word]) -> float:
    """Between two words, or within one."""
    return max([word.pause_ms for word in words] + [two.start_ms - one.end_ms for one, two in zip(words, words[1:])], default=0.0)


def lost_and_doubled(expected: list[str], heard: list[str]) -> tuple[int, int]:
    """How many words are missing from what was to be heard, and how many of the heard ones are too many: by the longest common
    sequence, so that a word in the wrong place counts as both."""
    table = [[0] * (len(heard) + 1) for _ in range(len(expected) + 1)]
    for i, one in enumerate(expected):
        for j, two in enumerate(heard):
            table[i + 1][j + 1] = table[i][j] + 1 if one == two else max(table[i][j + 1], table[i + 1][j])
    common = table[-1][-1]
    return len(expected) - common, len(heard) - common
