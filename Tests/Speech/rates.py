"""Word error rates of the recogniser, measured through its plugin: what it is told to expect is what a call would tell it."""
import gzip
import json
import pathlib
import re
import tempfile

import voices
import words
from plugin import Plugin

VOCABULARY, LISTEN, EXPECT = 17, 16, 17
SENTENCES = pathlib.Path(__file__).with_name("sentences.txt")
TRANSCRIPTS = pathlib.Path("/usr/share/doc/asterisk-core-sounds-en/core-sounds-en.txt.gz")
DICTIONARY = pathlib.Path("/usr/share/pocketsphinx/model/en-us/cmudict-en-us.dict")
#: Sentences of one caller; then somebody else calls, whose voice the recogniser does not know yet.
PER_CALL = 8
GATES = {("phrases", "slt", 16000): 0.06, ("phrases", "slt", 8000): 0.12, ("prompts", "human", 16000): 0.08, ("prompts", "human", 8000): 0.12,
         ("prompts held out", "human", 16000): 0.08, ("prompts held out", "human", 8000): 0.12}


class Recogniser:
    """The recogniser with the vocabulary of one flow."""

    def __init__(self, binaries: pathlib.Path, flow: pathlib.Path, folder: str):
        script = Plugin(f"{binaries}/libScript.so")
        session = script.session("vox.llm/0", {"flow": str(flow)}, control=True)
        self.vocabulary = session.run(VOCABULARY, {"directory": folder})
        session.close()
        self.plugin = Plugin(f"{binaries}/libPocketSphinx.so")

    def hear(self, sentences: list[tuple[str, pathlib.Path]], rate: int) -> list[str]:
        """What is understood of one caller's sentences; each is the expected answer and the sound."""
        session = self.plugin.session("vox.stt/0", {"vocabulary": self.vocabulary}, rate)
        op = session.start(LISTEN)
        heard, at = [], 0
        for mark, (expected, sound) in enumerate(sentences, 1):
            session.run(EXPECT, {"expect": expectation(expected)})
            samples = bytes(rate // 2 * 2) + voices.read(sound) + bytes(rate * 2)
            session.push(op, samples, at)
            at += len(samples) // 2
            heard.append(session.flush(op, mark))
        session.close()
        return heard


def expectation(name: str) -> dict:
    if name == "open":
        return {"kind": "open", "digits": 0, "grammar": ""}
    digits = re.fullmatch(r"digits(\d+)", name)
    return {"kind": "digits" if digits else name, "digits": int(digits[1]) if digits else 0, "grammar": name}


def phrases(binaries: pathlib.Path, flow: pathlib.Path, folder: str) -> tuple[list[dict], list[str]]:
    """The demo's own phrases in four voices."""
    lines = [line.split(": ", 1) for line in SENTENCES.read_text().splitlines() if line and not line.startswith("#")]
    # Every call has a bit of everything.
    lines = [line for first in range(len(lines) // PER_CALL) for line in lines[first::len(lines) // PER_CALL]]
    recogniser = Recogniser(binaries, flow, folder)
    rows, report = [], []
    for voice in map(voices.Synthetic, ("slt", "rms", "awb", "kal16")):
        for rate in (16000, 8000):
            said = [(expected, text, voice.say(text, rate)) for expected, text in lines]
            rows += measure(recogniser, "phrases", voice.name, rate, said, report)
    return rows, report


def prompts(binaries: pathlib.Path, folder: str) -> tuple[list[dict], list[str]]:
    """A recorded person's sentences, with a language model made of nothing but these sentences; every second one is held out:
    nobody may look at it when something is tuned."""
    if not TRANSCRIPTS.exists():
        raise voices.Missing("install the Debian package asterisk-core-sounds-en")
    lines = transcripts()
    flow = pathlib.Path(folder) / "prompts.yaml"
    questions = [text for _, text in lines]
    flow.write_text(json.dumps({
        "agent": "Prompts", "greet": "Please speak.",
        "intents": {"nothing": {"label": "nothing", "say": ["nothing"], "do": "transfer"}},
        "faq": [{"q": questions[i:i + 20], "a": "Yes."} for i in range(0, len(questions), 20)],
        "limits": {"reprompt": 2, "then": "transfer"},
        "transfer": {"to": "nobody", "say": "Goodbye."}}))
    recogniser = Recogniser(binaries, flow, folder)
    rows, report = [], []
    for rate in (16000, 8000):
        said = []
        for key, text in lines:
            path = voices.CACHE / "prompts" / f"{key.replace('/', '-')}-{rate}.wav"
            path.parent.mkdir(parents=True, exist_ok=True)
            voices.write(path, voices.recording(key, rate), rate)
            said.append(("open", text, path))
        rows += measure(recogniser, "prompts", "human", rate, said, report, held_out=True)
    return rows, report


def transcripts() -> list[tuple[str, str]]:
    """Prompts of four words and more whose transcript is what is heard, in a fixed order."""
    known = {line.split(" ", 1)[0] for line in DICTIONARY.read_text().splitlines()}
    found = []
    for line in gzip.open(TRANSCRIPTS, "rt", errors="replace"):
        key, _, text = line.partition(":")
        if line.startswith(";") or not text or re.search(r"[\[(<*#…]|\.\.\.|\d\d", text):
            continue
        if not all((voices.RECORDINGS / f"{key}.{kind}").exists() for kind in ("wav", "g722")):
            continue
        text = re.sub(r"\d", lambda digit: words.UNITS[int(digit[0])], text.lower())
        text = " ".join(re.findall(r"[a-z']+", text))
        if 4 <= len(text.split()) <= 30 and all(word in known for word in text.split()):
            found.append((key, text))
    return sorted(found)


def measure(recogniser, part, voice, rate, said, report, held_out=False) -> list[dict]:
    """One row for all, one for each expected answer or for the half that is held out."""
    parts = {}
    for first in range(0, len(said), PER_CALL):
        call = said[first:first + PER_CALL]
        heard = recogniser.hear([(expected, sound) for expected, _, sound in call], rate)
        for i, ((expected, text, _), found) in enumerate(zip(call, heard)):
            names = [part] + ([f"{part} held out"] if held_out and i % 2 else []) + ([f"{part}: {expected}"] if not held_out else [])
            for name in names:
                parts.setdefault(name, words.ErrorRate()).add(text, found)
            if words.plain(text) != words.plain(found):
                report.append(f"{part} {voice} {rate} {expected}: said '{text}', heard '{found}'")
    rows = []
    for name, errors in parts.items():
        gate = GATES.get((name, voice, rate))
        rows.append({"part": name, "voice": voice, "rate": rate, "wer": round(errors.rate, 4), "words": errors.words,
                     "exact": errors.whole, "of": errors.of, "gate": gate, "ok": gate is None or errors.rate <= gate})
    return rows
