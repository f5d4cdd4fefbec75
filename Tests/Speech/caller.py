"""People with a wish: each hears what the agent asked, as it was spoken, and answers that."""
import dataclasses
import datetime
import random
import re

import words


@dataclasses.dataclass(frozen=True)
class Wish:
    """An appointment."""
    day: datetime.date
    time: datetime.time
    phone: str

    @staticmethod
    def draw(chance: random.Random, today: datetime.date) -> "Wish":
        """A working day within the next three weeks, a full or half hour from 8 am to 4:30 pm, a number of ten digits."""
        days = [today + datetime.timedelta(n) for n in range(1, 22)]
        day = chance.choice([day for day in days if day.weekday() < 5])
        slot = chance.randrange(16, 34)
        phone = str(chance.randrange(2, 10)) + "".join(str(chance.randrange(10)) for _ in range(9))
        return Wish(day, datetime.time(slot // 2, slot % 2 * 30), phone)


@dataclasses.dataclass(frozen=True)
class Answer:
    """What the person does: speaks, or presses keys when there is nothing to say or the voice cannot say it."""
    text: str = ""
    keys: str = ""
    #: Nothing follows but the agent's goodbye.
    last: bool = False


class Person:
    """Says "no" to what was misheard, says it again, and types what the agent asks to be typed."""

    #: What the person says to begin with.
    OPENINGS: list[str] = []
    #: What the agent says when it has done what it can.
    SERVED = ["You are booked", "Your message is with our team"]

    def __init__(self, wish: Wish, chance: random.Random, today: datetime.date, can_say=lambda text: True):
        self.wish, self.chance, self.today, self.can_say = wish, chance, today, can_say
        self.day_is_wrong = False
        self.before = Answer()
        self.is_served = False
        self.offers_of_keys = 0

    def answer(self, spoken: str) -> Answer | None:
        """What the person does after hearing this; None when nothing was asked."""
        self.is_served |= any(words in spoken for words in self.SERVED)
        sentences = re.split(r"(?<=[.?!])\s+", spoken.strip())
        self.offers_of_keys = self.offers_of_keys + 1 if "press 1 for yes" in spoken else 0
        for i in range(len(sentences) - 1, -1, -1):
            for pattern, rule in self.RULES:
                if found := re.search(pattern, sentences[i]):
                    self.before = getattr(self, rule)(found, " ".join(sentences[:i + 1])) or self.before
                    return self.before
        return None

    def _pick(self, ways: list[str]) -> str:
        return self.chance.choice([way for way in ways if self.can_say(way)] or [""])

    # One rule for each question; `heard` is everything up to and with the question.

    def _open(self, found, heard):
        return Answer(self._pick(self.OPENINGS))

    def _day(self, found, heard):
        return Answer(self._pick(words.days(self.wish.day, self.today)))

    def _time(self, found, heard):
        return self._objection(heard) or Answer(self._pick(words.times(self.wish.time)))

    def _phone(self, found, heard):
        return self._objection(heard) or Answer(words.digits(self.wish.phone, one_by_one="one by one" in found.string))

    def _objection(self, heard) -> Answer | None:
        """The agent repeats each value it took, so that the caller can object."""
        if self._day_in(heard) not in (None, self.wish.day):
            return Answer("no, " + self._pick(words.days(self.wish.day, self.today)))
        if self._time_in(heard) not in (None, self.wish.time):
            return Answer("no, " + self._pick(words.times(self.wish.time)))
        return None

    def _read_back(self, found, heard):
        return self._yes("".join(re.findall(r"\d", heard.split("I have")[-1])) == self.wish.phone)

    def _confirm(self, found, heard):
        self.day_is_wrong = self._day_in(heard) != self.wish.day
        return self._yes(not self.day_is_wrong and self._time_in(heard) == self.wish.time)

    def _doubt(self, found, heard):
        """Did you say ...? Said in other words it is still right."""
        told = words.plain(found[1])
        if found[1].startswith(":"):
            said = words.plain(self.before.text)
            return self._yes(words.distance(said, told) <= len(said) / 2 and words.values(said) == words.values(told))
        digits = "".join(re.findall(r"\d", found[1]))
        return self._yes(self._day_in(found[1]) in (None, self.wish.day) and self._time_in(found[1]) in (None, self.wish.time)
                         and (len(digits) < 7 or digits == self.wish.phone))

    def _wanted(self, found, heard):
        return self._yes(self.AIM in found[1])

    def _change(self, found, heard):
        return Answer(self._pick(["the day" if self.day_is_wrong else "the time"]) or
                      self._pick((words.days(self.wish.day, self.today) if self.day_is_wrong else words.times(self.wish.time))))

    def _yes(self, right: bool) -> Answer:
        key = "1" if right else "2"
        # Who is told of the keys a second time uses them.
        if self.offers_of_keys > 1:
            return Answer(keys=key)
        return Answer(self._pick(["yes", "yes please", "that's right"]) if right else "no", key)

    def _menu(self, found, heard):
        options = re.findall(r"To (.*?), press (\d)", heard)
        return Answer(keys=next((key for label, key in options if self.AIM in label), "0"))

    def _message(self, found, heard):
        return Answer(self._pick(["tomorrow at ten thirty"]))

    def _no(self, found, heard):
        # Whoever was answered something else says again what they called for.
        if not self.is_served and "anything else" in found[0]:
            return self._open(found, heard)
        return Answer(self._pick(["no thank you", "no"]), "2", last=True)

    def _type_phone(self, found, heard):
        return Answer(keys=self.wish.phone)

    def _type_day(self, found, heard):
        return Answer(keys=self.wish.day.strftime("%m%d"))

    def _type_time(self, found, heard):
        return Answer(keys=self.wish.time.strftime("%H%M"))

    def _repeat(self, found, heard):
        return self.before

    RULES = [
        (r"Shall I book it\?", "_confirm"),
        (r"Is that right\?", "_read_back"),
        (r"Did you say(.*)\?", "_doubt"),
        (r"Did you want to (.*)\?", "_wanted"),
        (r"What should I change", "_change"),
        (r"[Tt]ype the ten digits", "_type_phone"),
        (r"type the date", "_type_day"),
        (r"type the time", "_type_time"),
        (r"phone number|say the ten digits|What number", "_phone"),
        (r"What day|say a day", "_day"),
        (r"What time|say a time", "_time"),
        (r"To .*, press \d", "_menu"),
        (r"say your message", "_message"),
        (r"What can I do for you|How can I help|You can say, for example", "_open"),
        (r"anything else|leave a message\?", "_no"),
        (r"still there|hear you", "_repeat"),
    ]

    def _day_in(self, heard: str) -> datetime.date | None:
        """The last day the agent has named: `Friday, March sixth`; without a year it is the first one to come."""
        ranks = {words.ordinal(n): n for n in range(1, 32)}
        pattern = rf"({'|'.join(words.MONTHS)}) ({'|'.join(sorted(ranks, key=len, reverse=True))})(?:, (\d{{4}}))?"
        found = re.findall(pattern, heard.lower())
        if not found:
            return None
        month, rank, year = found[-1]
        day = datetime.date(int(year or self.today.year), words.MONTHS.index(month) + 1, ranks[rank])
        return day if year or day >= self.today else day.replace(year=day.year + 1)

    @staticmethod
    def _time_in(heard: str) -> datetime.time | None:
        """The last time the agent has named: `10:30 am`, `3 pm`, `noon`."""
        found = re.findall(r"\b(\d{1,2})(?::(\d\d))? ([ap])m\b|\b(noon)\b", heard)
        if not found:
            return None
        hour, minute, half, noon = found[-1]
        return datetime.time(12) if noon else datetime.time(int(hour) % 12 + (12 if half == "p" else 0), int(minute or 0))


class Booker(Person):
    """Wants an appointment."""
    AIM = "book"
    OPENINGS = ["I'd like to book an appointment", "I need an appointment", "can I make an appointment", "I want to schedule an appointment",
                "book an appointment please"]

    def _open(self, found, heard):
        # Who has no word for it names the day.
        return super()._open(found, heard) if any(map(self.can_say, self.OPENINGS)) else self._day(found, heard)


class Asker(Person):
    """Wants to know when the clinic is open."""
    AIM = "nothing that has a key"
    OPENINGS = ["hours"]
    SERVED = ["We are open"]


class Leaver(Person):
    """Wants to leave a message."""
    AIM = "message"
    OPENINGS = ["press five to leave a message"]
