"""The cells of the matrix: which provider fails how, and what the caller may notice of it."""
import dataclasses

from faulty import Agent

#: Faults that are told at once, and those that are only noticed by waiting.
TOLD = ("refuse", "auth", "quota", "rate", "unavailable", "overloaded", "empty", "garbage")
SILENT = ("black_hole", "silence", "slow", "ignore_cancel")
#: As people read them.
NAMES = {"auth": "401", "quota": "402", "rate": "429", "unavailable": "5xx", "overloaded": "529", "black_hole": "black hole",
         "ignore_cancel": "ignore cancel", "slow": "slow first byte", "silence": "accept then silence", "cut": "cut mid-stream",
         "empty": "empty output"}
#: The deadlines that chains have without a choice of their own, and what is allowed beside them.
FIRST_OUTPUT_MS = {"tts": 800, "llm": 1000}
SLACK_MS = 150
#: Two frames of the line and one window of the decoder: what two calls without any fault differ by.
NOTHING_MS = 50
#: So many calls before make a 95th percentile known.
WARM_CALLS = 8


@dataclasses.dataclass
class Cell:
    role: str
    fault: str
    agents: list[Agent]
    hedged: bool = False
    #: Said behind the fault's name, for cells that differ from the plain one.
    note: str = ""
    #: The most that the caller may notice: silence, words; `next_extra_silence_ms` of the call after; `switch_ms` of a recogniser.
    limits: dict = dataclasses.field(default_factory=dict)
    #: Words off that are allowed where a voice tells no times.
    off: int = 0
    is_smoke: bool = False

    @property
    def name(self) -> str:
        return NAMES.get(self.fault, self.fault) + (f", {self.note}" if self.note else "")

    @property
    def key(self) -> str:
        """No other cell has its agents."""
        return self.agents[0].name

    @property
    def needs_worker(self) -> bool:
        return any(agent.isolation == "worker" for agent in self.agents)


def all_cells() -> list[Cell]:
    cells = [*voices(), *models(), *recognisers(), *tools(), *everybody()]
    for number, cell in enumerate(cells):
        for index, agent in enumerate(cell.agents):
            agent.name = f"c{number}-{index}"
    return cells


def agent(role: str, fault: str, second: dict | None = None, **settings) -> Agent:
    own = {"isolation", "hedge", "calls_tool", "is_known"} & settings.keys()
    options = {key: settings.pop(key) for key in own}
    return Agent("", role, {"fault": fault, **settings}, second or {}, **options)


def in_worker(role: str) -> list[Cell]:
    """Faults that take the process with them, or its thread."""
    # The text that the next model gives comes after its own first-token time, whatever the host does.
    limits = {"crash": {"extra_silence_ms": 200 + (250 if role == "llm" else 0)}, "hang": {}}
    if role in FIRST_OUTPUT_MS:
        limits["hang"] = {"extra_silence_ms": FIRST_OUTPUT_MS[role] + SLACK_MS}
    tool = {"calls_tool": True} if role == "tool" else {}
    after = {"crash": 0 if role == "tool" else 4, "hang": 4 if role == "stt" else 0}
    return [Cell(role, fault, [agent(role, fault, isolation="worker", after=after[fault], **tool)], limits=limits[fault])
            for fault in ("crash", "hang")]


def voices() -> list[Cell]:
    cells = [Cell("tts", fault, [agent("tts", fault)], limits={"extra_silence_ms": 300, "next_extra_silence_ms": NOTHING_MS},
                  is_smoke=fault == "refuse") for fault in TOLD]
    for fault in SILENT:
        cells.append(Cell("tts", fault, [agent("tts", fault)], limits={"extra_silence_ms": FIRST_OUTPUT_MS["tts"] + SLACK_MS}))
        cells.append(Cell("tts", fault, [agent("tts", fault, is_known=True, hedge="p95")], hedged=True,
                          limits={"extra_silence_ms": 300}))
    # A voice is asked for a sentence of eight words at a time: the words before, then the cut within the sentence.
    places = (0, 1, 3, 7, 8, 9, 12, 16, 20, 23)
    for times in (True, False):
        cut = [agent("tts", "cut", skip=at // 8, after=at % 8, times=1, word_times=times, second={"word_times": times}) for at in places]
        # After the last word of a sentence and before its good-bye.
        cut += [agent("tts", "cut", skip=at, after=8, times=1, word_times=times, second={"word_times": times}) for at in (0, 2)]
        cells.append(Cell("tts", "cut", cut, note="" if times else "no word times", limits={"extra_silence_ms": 250}, off=0 if times else 1))
    cells.append(Cell("tts", "cut", [agent("tts", "cut", skip=1, after=4)], note="word 12", limits={"extra_silence_ms": 250}, is_smoke=True))
    return cells + in_worker("tts")


def models() -> list[Cell]:
    cells = [Cell("llm", fault, [agent("llm", fault)], limits={"extra_silence_ms": 1000}) for fault in TOLD]
    for fault in SILENT:
        cells.append(Cell("llm", fault, [agent("llm", fault)], limits={"extra_silence_ms": 1000}, is_smoke=fault == "silence"))
        cells.append(Cell("llm", fault, [agent("llm", fault, is_known=True, hedge="p95")], hedged=True,
                          limits={"extra_silence_ms": "p95"}))
    for resume, note in (("prefill", ""), ("asked", "backup without prefill"), ("restart", "backup begins again")):
        cut = [agent("llm", "cut", after=words, second={"resume": resume}) for words in (0, 1, 5, 8, 13, 16, 23, 24)]
        cells.append(Cell("llm", "cut", cut, note=note, limits={"extra_silence_ms": 1000}))
    cells.append(Cell("llm", "cut", [agent("llm", "cut", after=8)], note="after the first sentence", limits={"extra_silence_ms": 1000},
                      is_smoke=True))
    half = agent("llm", "cut", second={"calls_tool": True}, calls_tool=True)
    half.first["calls_tool"] = True
    cells.append(Cell("llm", "cut", [half], note="in a tool call", limits={"extra_silence_ms": 1000}))
    return cells + in_worker("llm")


def recognisers() -> list[Cell]:
    def listening(fault: str, **settings) -> Agent:
        return agent("stt", fault, **settings)

    # A connection stands before the caller speaks; what befalls it befalls it in the middle of the question.
    cells = [Cell("stt", "refuse", [listening("refuse")]), Cell("stt", "empty", [listening("empty")])]
    cells += [Cell("stt", fault, [listening(fault, after=4)]) for fault in ("auth", "quota", "rate", "unavailable", "overloaded")]
    for fault in (*SILENT, "garbage"):
        options = {"after": 1} if fault == "garbage" else {}
        cells.append(Cell("stt", fault, [listening(fault, **options)], limits={"switch_ms": 1500}, is_smoke=fault == "silence"))
    cells.append(Cell("stt", "black_hole", [listening("black_hole", hedge=200)], hedged=True, limits={"switch_ms": 1500}))
    cells.append(Cell("stt", "silence", [listening("silence", after=8)], note="after 8 words"))
    for finals, note in ((0, ""), (6, "with finals on the way")):
        cut = [listening("cut", after=words, final_words=finals, second={"final_words": finals}) for words in (1, 5, 7, 12, 13, 19, 20)]
        cells.append(Cell("stt", "cut", cut, note=note))
    cells.append(Cell("stt", "cut", [listening("cut", after=12, final_words=6)], note="word 12", is_smoke=True))
    return cells + in_worker("stt")


def tools() -> list[Cell]:
    faults = ("refuse", *SILENT, "cut", "garbage", "auth", "quota", "rate", "unavailable", "overloaded", "empty")
    cells = [Cell("tool", fault, [agent("tool", fault, calls_tool=True)], is_smoke=fault == "cut") for fault in faults]
    cells.append(Cell("tool", "cut", [agent("tool", "cut", times=1, keeps_keys=False, calls_tool=True)], note="keys not kept"))
    return cells + in_worker("tool")


def everybody() -> list[Cell]:
    """All providers of a role are down: the caller hears the last resort."""
    return [Cell(role, "all down", [agent(role, "refuse", {"fault": "silence"})], limits={"last_resort_ms": 3000})
            for role in ("stt", "llm", "tts")]
