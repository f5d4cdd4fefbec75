"""Numbers, days and times as callers say them, and the distance between what was said and what was heard."""
import datetime
import re

UNITS = ("zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
         "eighteen nineteen").split()
TENS = ["", "", "twenty", "thirty", "forty", "fifty"]
ORDINALS = ("zeroth first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth "
            "fifteenth sixteenth seventeenth eighteenth nineteenth twentieth").split()
MONTHS = "january february march april may june july august september october november december".split()
WEEKDAYS = "monday tuesday wednesday thursday friday saturday sunday".split()


def cardinal(number: int) -> str:
    """`thirty one` for 31; 0 to 59."""
    if number < 20:
        return UNITS[number]
    return TENS[number // 10] + (" " + UNITS[number % 10] if number % 10 else "")


def ordinal(number: int) -> str:
    """`thirty first` for 31; 1 to 31."""
    if number <= 20:
        return ORDINALS[number]
    return "thirtieth" if number == 30 else TENS[number // 10] + " " + ORDINALS[number % 10]


def days(day: datetime.date, today: datetime.date) -> list[str]:
    """The ways to say a day that mean this one and no other."""
    month, rank, weekday = MONTHS[day.month - 1], ordinal(day.day), WEEKDAYS[day.weekday()]
    ways = [f"{month} {rank}", f"the {rank} of {month}"]
    ahead = (day - today).days
    if 1 <= ahead <= 6:
        ways += [weekday, f"on {weekday}", f"{weekday} please"] * 2
    if ahead == 1:
        ways += ["tomorrow"] * 3
    if ahead == 2:
        ways += ["the day after tomorrow"]
    return ways


def times(time: datetime.time) -> list[str]:
    """The ways to say a full or half hour."""
    hour = cardinal((time.hour + 11) % 12 + 1)
    half = "a.m." if time.hour < 12 else "p.m."
    if time.minute == 30:
        return [f"{hour} thirty", f"at {hour} thirty", f"half past {hour}", f"{hour} thirty {half}"]
    ways = [f"{hour} o'clock", f"at {hour} {half}", f"{hour} {half}"]
    return ways + ["noon"] if time.hour == 12 else ways


def digits(number: str, one_by_one: bool = False) -> str:
    """A telephone number in groups, as people say it and as a synthesiser keeps it apart: `four one five, five five five, …`."""
    groups = list(number) if one_by_one else [number[:3], number[3:6], number[6:]]
    return ", ".join(" ".join(UNITS[int(d)] for d in group) for group in groups)


def plain(text: str) -> list[str]:
    """Words as the recogniser writes them."""
    text = text.lower().replace("a.m.", "a.m").replace("p.m.", "p.m")
    text = re.sub(r"[^a-z0-9'. ]", " ", text)
    words = [word.strip(".'") for word in text.split()]
    return [{"a.m": "am", "p.m": "pm"}.get(word, word) for word in words if word]


def values(text: list[str]) -> list[str]:
    """The words that say which day, time or number."""
    known = {*UNITS, *TENS, *ORDINALS, *MONTHS, *WEEKDAYS, "thirtieth", "noon", "tomorrow", "appointment"}
    return [word for word in text if word in known]


def distance(said: list[str], heard: list[str]) -> int:
    """Words put in, left out and changed: Levenshtein's distance."""
    row = list(range(len(heard) + 1))
    for i, a in enumerate(said, 1):
        before, row[0] = row[0], i
        for j, b in enumerate(heard, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (a != b))
    return row[-1]


class ErrorRate:
    """Word errors over words, added up."""

    def __init__(self):
        self.errors = self.words = self.whole = self.of = 0

    def add(self, said: str, heard: str):
        a, b = plain(said), plain(heard)
        errors = distance(a, b)
        self.errors += errors
        self.words += len(a)
        self.whole += errors == 0
        self.of += 1

    @property
    def rate(self) -> float:
        return self.errors / self.words if self.words else 0.0
