#!/usr/bin/env python3
"""Proves that people are understood: callers book by voice, recordings of a person lead dialogues, words are counted.

    Tests/Speech/prove.py BIN_DIR            everything; writes .build/reports/prove-speech.json
    Tests/Speech/prove.py BIN_DIR --smoke    one conversation per voice and line
"""
import argparse
import concurrent.futures
import datetime
import json
import pathlib
import random
import sys
import tempfile
import time
import zoneinfo

import rates
import voices
import words
from caller import Asker, Booker, Leaver, Person, Wish
from host import Host

VOICES = ["rms", "awb", "kal16"]
RATES = [16000, 8000]
#: The share of conversations that must end with the right appointment.
GATES = {16000: 0.9, 8000: 0.8}
AT_ONCE = 20
BOOKS_OR_MESSAGE = "books, or leaves a message"
ZONE = zoneinfo.ZoneInfo("America/New_York")  # of the demo's tenant
REPORTS = pathlib.Path(".build/reports")
NAME = "prove-speech"


class Conversation:
    """One call from ring to end, and what came of it."""

    #: Longer than any conversation that is still going anywhere.
    SECONDS = 240

    def __init__(self, part: str, name: str, kind: type[Person], voice, rate: int, seed: int):
        self.part, self.name, self.voice, self.rate = part, name, voice, rate
        self.chance = random.Random(f"{seed} {name}")
        today = datetime.datetime.now(ZONE).date()
        self.person = kind(Wish.draw(self.chance, today), self.chance, today, voice.can_say)
        self.lines: list[str] = []
        self.said: list[str] = []
        self.heard: list[str] = []
        self.end = ""
        self.call = ""
        self.went_well = False

    def hold(self, host: Host):
        line = host.call(self.name, self.rate)
        deadline = time.monotonic() + self.SECONDS
        while entry := line.next(min(20, max(0.1, deadline - time.monotonic()))):
            self.call, kind, fact = entry["call"], entry["kind"], entry["fact"]
            if kind == "agentSaid":
                self.lines.append(f"agent   {fact['text']}" + (" ..." if fact["interrupted"] else ""))
                if not fact["interrupted"]:
                    self._answer(line, fact["text"])
            elif kind == "heard":
                self.heard.append(fact["text"])
                self.lines.append(f"  heard {fact['text']}  ({fact.get('confidence') or 0:.2f}, {fact['use']})")
            elif kind == "toolCalled":
                self.lines.append(f"tool    {fact['name']}: {fact['outcome']}")
            elif kind == "callEnded":
                self.end = fact["cause"]
                return
        self.end = "nothing happened any more"
        host.post(f"/v1/calls/{self.call}/hangup", {})

    def _answer(self, line, text: str):
        answer = self.person.answer(text)
        if not answer:
            return
        # People take a moment, each time another one.
        after = self.chance.randrange(300, 900)
        if answer.text and self.voice.can_say(answer.text):
            self.lines.append(f"caller  {answer.text}")
            self.said.append(answer.text)
            line.speak(self.voice.say(answer.text, self.rate, self.chance), after, answer.last)
        else:
            self.lines.append(f"keys    {answer.keys}")
            line.press(answer.keys, after, answer.last)


    def judge(self, host: Host) -> bool:
        """Whether the wish was fulfilled, and nothing else was done."""
        wish = self.person.wish
        kept = [(entry["what"], entry.get("day"), entry.get("time"), entry["phone"]) for entry in host.appointments(self.call)]
        match self.person:
            # Words cut out of recordings, over a narrow line: a message with the right number is an end as well.
            case Booker() if self.part == BOOKS_OR_MESSAGE and kept == [("message", None, None, wish.phone)]: return True
            case Booker(): return kept == [("booked", wish.day.isoformat(), wish.time.strftime("%H:%M"), wish.phone)]
            case Leaver(): return kept == [("message", None, None, wish.phone)]
            case _: return kept == [] and any("We are open Monday to Friday" in line for line in self.lines)


def bookings(each: int, seed: int) -> list[Conversation]:
    """`each` conversations for every voice and line."""
    return [Conversation("books", f"{voice}-{rate // 1000}k-{n}", Booker, voices.Synthetic(voice), rate, seed)
            for n in range(1, each + 1) for rate in RATES for voice in VOICES]


def human(each: int, seed: int) -> list[Conversation]:
    """A recorded person leads the dialogues it has the words for; "yes" it has not, and presses 1."""
    def parts(rate):
        return [("books" if rate == 16000 else BOOKS_OR_MESSAGE, Booker), ("asks for the hours", Asker), ("leaves a message", Leaver)]
    return [Conversation(part, f"human-{part.split()[0]}-{rate // 1000}k-{n}", kind, voices.Human(), rate, seed)
            for n in range(1, each + 1) for rate in RATES for part, kind in parts(rate)]


def hold_all(host: Host, conversations: list[Conversation], at_once: int):
    """Holds them all, so many at once; the first ones begin one after the other, so that they do not speak in step."""
    def hold(item):
        index, conversation = item
        time.sleep(index * 0.7 if index < at_once else 0)
        try:
            conversation.hold(host)
            conversation.went_well = conversation.judge(host)
        except Exception as error:  # One call that fails must not hide what became of the others.
            conversation.end = f"{type(error).__name__}: {error}"

    with concurrent.futures.ThreadPoolExecutor(at_once) as pool:
        list(pool.map(hold, enumerate(conversations)))


def rows_of(conversations: list[Conversation]) -> list[dict]:
    groups: dict[tuple, list[Conversation]] = {}
    for conversation in conversations:
        groups.setdefault((conversation.part, conversation.rate, conversation.voice.name), []).append(conversation)
    rows = []
    for (part, rate, voice), group in groups.items():
        errors = words.ErrorRate()
        for conversation in group:
            errors.add(" ".join(conversation.said), " ".join(conversation.heard))
        well = sum(conversation.went_well for conversation in group)
        rows.append({"part": part, "voice": voice, "rate": rate, "booked": well, "of": len(group), "wer": round(errors.rate, 4),
                     "gate": GATES[rate], "ok": well >= GATES[rate] * len(group)})
    return rows


def table(rows: list[dict]):
    print(f"{'what':<27} {'voice':<6} {'Hz':>6} {'went well':>10} {'at least':>9} {'word errors':>12} {'at most':>8}")
    for r in rows:
        is_call = "booked" in r
        well = f"{r['booked'] if is_call else r['exact']} of {r['of']}"
        gate = "" if r["gate"] is None else f"{r['gate']:.0%}"
        print(f"{r['part']:<27} {r['voice']:<6} {r['rate']:>6} {well:>10} {gate if is_call else '':>9} {r['wer']:>12.1%} "
              f"{'' if is_call else gate:>8}{'' if r['ok'] else '  FAILED'}")


def main() -> int:
    options = argparse.ArgumentParser()
    options.add_argument("binaries")
    options.add_argument("--smoke", action="store_true", help="one conversation per voice and line, nothing else")
    options.add_argument("--human-only", action="store_true", help="only the calls of the recorded person")
    options.add_argument("--calls-only", action="store_true", help="no word error rates")
    options.add_argument("--each", type=int, default=30, help="conversations per voice and line")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--at-once", type=int, default=AT_ONCE)
    options = options.parse_args()
    REPORTS.mkdir(parents=True, exist_ok=True)
    conversations = [] if options.human_only else bookings(1 if options.smoke else options.each, options.seed)
    if not options.smoke:
        conversations += human(max(options.each // 3, 1), options.seed)
    with Host(options.binaries) as host:
        hold_all(host, conversations, options.at_once)
        log = host.said()
    rows, misheard = rows_of(conversations), []
    if not options.smoke and not options.calls_only and not options.human_only:
        with tempfile.TemporaryDirectory(prefix="patchbay-speech-") as folder:
            for measured, remarks in (rates.phrases(host.binaries, host.config / "flow.yaml", folder), rates.prompts(host.binaries, folder)):
                rows += measured
                misheard += remarks
    with open(REPORTS / f"{NAME}.txt", "w") as report:
        for c in conversations:
            print(f"{c.name} {c.call}: {'well' if c.went_well else 'NOT WELL'}, {c.end}; {c.person.wish}", *c.lines, "", sep="\n", file=report)
        print(log, *misheard, sep="\n", file=report)
    (REPORTS / f"{NAME}.json").write_text(json.dumps({"rows": rows}, indent=1) + "\n")
    table(rows)
    print(f"Every conversation and every word that was misheard: {REPORTS}/{NAME}.txt")
    return 0 if all(r["ok"] for r in rows) else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except voices.Missing as missing:
        sys.exit(f"prove-speech: {missing}")
