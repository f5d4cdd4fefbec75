#!/usr/bin/env python3
"""The fault matrix: what a caller hears when a provider fails, decoded from the caller's own recording.

    Tests/Faults/matrix.py BIN_DIR                  every cell; writes .build/reports/fault-matrix.json and .md
    Tests/Faults/matrix.py BIN_DIR --smoke          seven cells, under a minute
    Tests/Faults/matrix.py BIN_DIR --only tts/cut   the cells whose role/name begins so
    Tests/Faults/matrix.py BIN_DIR --docs FILE      puts the table between the marks of that file as well
"""
import argparse
import dataclasses
import json
import pathlib
import re
import sys
import time

import wordcode
from cells import WARM_CALLS, Cell, all_cells
from faulty import Agent, Caller, FaultyHost
from machine import Witness, wait_until_steady

REPORTS = pathlib.Path(".build/reports")
#: Agents of one host at a time, so that two cores keep up with all of them in real time.
BATCH = 6
#: The call after is placed while the first one goes on: it must meet what the first has learned, before a back-off of five seconds ends.
NEXT_AFTER_S = {"stt": 3.5, "llm": 2.5, "tts": 2.5, "tool": 4.5}
#: A call is over long before.
END_S = 45
#: What the line forgives: one frame. Whoever missed while the machine stood still for longer is measured again, so many times in all;
#: a minute at most is waited each time for a steady stretch.
STILL_MS, TRIES, STEADY_S = 20, 5, 60
#: The calls that meet no fault, without and with a tool.
BASELINES = {False: Agent("plain"), True: Agent("booking", calls_tool=True)}
NAMES = ("extra_silence_ms", "caller_words_lost", "caller_words_doubled", "agent_words_lost", "agent_words_doubled", "host_added_ms",
         "next_extra_silence_ms")


@dataclasses.dataclass
class Heard:
    """What came of one call."""
    #: From the caller's last word to the agent's first; the longest silence within the answer.
    first_ms: float | None
    inside_ms: float
    #: From the caller's last word to anything at all.
    anything_ms: float | None
    words: list[str]
    #: What the caller heard besides the answer.
    others: list[str]
    understood: list[str]
    effects: int
    host_ms: float
    switch_ms: float | None
    has_ended: bool


def measure(call: Caller, agent: Agent, noted: list[dict]) -> Heard:
    heard, said = (wordcode.decode(*wordcode.read(path)) if path.exists() else [] for path in (call.heard, call.said))
    asked = next((word.end_ms for word in reversed(said) if word.text == "q20"), 0.0)
    answer = [word for word in heard if word.text in wordcode.ANSWER]
    mine = [entry for entry in noted if entry["call"] == call.id]
    users = [entry["users"] for entry in mine if "users" in entry]
    return Heard(
        first_ms=answer[0].start_ms - asked if answer else None,
        inside_ms=wordcode.longest_silence_ms(answer),
        anything_ms=next((word.start_ms - asked for word in heard if word.start_ms > asked), None),
        words=[word.text for word in answer], others=[word.text for word in heard if word.text not in wordcode.ANSWER],
        # What the last completion was asked about is all that was understood of the caller.
        understood=" ".join(users[-1]).split() if users else [],
        effects=sum("effect" in entry for entry in mine), host_ms=host_ms(call, agent), switch_ms=switch_ms(call, agent),
        has_ended=call.has_ended)


def attempts(call: Caller, agent: Agent) -> list[dict]:
    return sorted((fact for fact in call.of("attempt") if fact["role"] == agent.role), key=lambda fact: fact["startedMs"])


def host_ms(call: Caller, agent: Agent) -> float:
    """The host's own share of the turn, and of every switch: from the moment a provider's failure was known to the next one's start."""
    share = max((fact["waterfall"]["hostMs"] for fact in call.of("turnEnded")), default=0.0)
    tries = attempts(call, agent)
    for lost, after in zip(tries, tries[1:]):
        if lost["outcome"] == "lost" and after["kind"] != "hedge" and lost["cause"]["code"] not in ("deadline", "connect_timeout", "stalled"):
            share += max(after["startedMs"] - lost["endedMs"], 0.0)
    return share


def switch_ms(call: Caller, agent: Agent) -> float | None:
    """From the onset of the caller's speech to the next recogniser's start."""
    onset = next((fact["atMs"] for fact in call.of("speechStarted")), None)
    tries = attempts(call, agent)
    if agent.role != "stt" or onset is None or len(tries) < 2:
        return None
    return max(tries[1]["startedMs"] - onset, 0.0)


class Batch:
    """A host with the agents of a few cells, and their calls at the same time."""

    def __init__(self, binaries: str, faults: str, agents: list[Agent], keep: pathlib.Path | None):
        self.agents = agents
        self.keep = keep
        self.baselines = [agent for books, agent in BASELINES.items() if any(one.calls_tool == books for one in agents)]
        self.host = FaultyHost(binaries, faults, agents + self.baselines)
        self.first: dict[str, Heard] = {}
        self.next: dict[str, Heard] = {}
        self.p95: dict[str, float] = {}
        #: The host's exit status, if it did not live to the end.
        self.died: int | None = None
        #: How long the machine stood still meanwhile.
        self.stood_still_ms = 0.0

    def run(self) -> "Batch":
        with Witness() as machine, self.host as host:
            self._run(host)
            self.died = host.process.poll()
        self.stood_still_ms = machine.stood_still_ms
        return self

    def _run(self, host: FaultyHost):
        for agent in self.agents:
            if agent.is_known:
                self._warm(host, agent)
        host.arm()
        began = time.monotonic()
        # Not all in the same moment: calls do not come so.
        todo = [(0.15 * n, agent, "first") for n, agent in enumerate(self.agents + self.baselines)]
        todo += [(0.15 * n + NEXT_AFTER_S[agent.role], agent, "next") for n, agent in enumerate(self.agents)]
        placed: list[tuple[Agent, str, Caller]] = []
        for after, agent, tag in sorted(todo, key=lambda item: item[0]):
            time.sleep(max(began + after - time.monotonic(), 0))
            placed.append((agent, tag, host.dial(agent.name, tag)))
        deadline = time.monotonic() + END_S
        for _, _, call in placed:
            call.finish(deadline)
        noted = host.noted()
        for agent, tag, call in placed:
            (self.first if tag == "first" else self.next)[agent.name] = measure(call, agent, noted)
            if self.keep:
                self._keep(call, agent, tag)

    def _warm(self, host: FaultyHost, agent: Agent):
        """Lets the account serve, until its 95th percentile is known."""
        calls = [host.dial(agent.name, f"warm{n}") for n in range(WARM_CALLS)]
        for call in calls:
            call.finish(time.monotonic() + END_S)
        times = sorted(fact["firstOutputMs"] - fact["startedMs"] for call in calls for fact in attempts(call, agent)
                       if fact.get("firstOutputMs") is not None)
        self.p95[agent.name] = times[(len(times) * 95 + 99) // 100 - 1] if times else 0.0

    def _keep(self, call: Caller, agent: Agent, tag: str):
        """Facts and recordings, for whoever looks into a cell."""
        base = self.keep / f"{agent.name}-{tag}"
        base.with_suffix(".json").write_text("\n".join(json.dumps(entry) for entry in call.facts) + "\n")
        for path, kind in ((call.heard, "heard"), (call.said, "said")):
            if path.exists():
                base.with_suffix(f".{kind}.wav").write_bytes(path.read_bytes())


def silence(heard: Heard, base: Heard) -> float | None:
    """How much longer the caller waited than without the fault: before the answer or within it, whichever is more."""
    if heard.first_ms is None or base.first_ms is None:
        return None
    return max(heard.first_ms - base.first_ms, heard.inside_ms - base.inside_ms, 0.0)


def result(cell: Cell, batches: dict[str, Batch]) -> dict:
    """The cell's figures: the worst of its calls."""
    row = {"role": cell.role, "fault": cell.name, "hedged": cell.hedged}
    figures: dict[str, list] = {name: [] for name in (*NAMES, "switch_ms", "last_resort_ms", "tool_effects")}
    misses = []
    for agent in cell.agents:
        batch = batches[agent.name]
        base, first, after = batch.first[BASELINES[agent.calls_tool].name], batch.first[agent.name], batch.next[agent.name]
        if batch.died is not None:
            misses.append(f"the host died with status {batch.died}")
        if base.words != wordcode.ANSWER or base.understood != wordcode.QUESTION:
            misses.append(f"the call without a fault heard {len(base.words)} words and was understood in {len(base.understood)}")
        for name, call in (("call", first), ("next call", after)):
            if not call.has_ended:
                misses.append(f"the {name} did not end")
        if cell.fault == "all down":
            figures["last_resort_ms"].append(first.anything_ms)
            continue
        for name, value in zip(("caller_words_lost", "caller_words_doubled"), wordcode.lost_and_doubled(wordcode.QUESTION, first.understood)):
            figures[name].append(value)
        for name, value in zip(("agent_words_lost", "agent_words_doubled"), wordcode.lost_and_doubled(wordcode.ANSWER, first.words)):
            figures[name].append(value)
        if first.others:
            misses.append(f"the caller also heard {' '.join(first.others)}")
        figures["extra_silence_ms"].append(silence(first, base))
        figures["host_added_ms"].append(first.host_ms)
        figures["next_extra_silence_ms"].append(silence(after, base))
        if cell.role == "stt":
            figures["switch_ms"].append(first.switch_ms)
        if agent.calls_tool:
            figures["tool_effects"].append(first.effects)
    for name, values in figures.items():
        if values or name in NAMES:
            known = [value for value in values if value is not None]
            row[name] = round(max(known), 1) if known and len(known) == len(values) else None
    misses += missed(cell, row, batches)
    if misses:
        row["missed"] = misses
    return row


def missed(cell: Cell, row: dict, batches: dict[str, Batch]) -> list[str]:
    misses = []
    for name, limit in cell.limits.items():
        if limit == "p95":
            # The hedge's timer and the line's frame come on top of it.
            limit = max(batches[agent.name].p95.get(agent.name, 0.0) for agent in cell.agents) + 50
        value = row.get(name)
        if value is None or value > limit:
            misses.append(f"{name} is {value}, at most {round(limit)} is allowed")
    if cell.fault == "all down":
        return misses
    for name in NAMES[1:5]:
        if row[name] is None or row[name] > cell.off:
            misses.append(f"{name} is {row[name]}")
    if row.get("tool_effects", 0) > 1:
        misses.append(f"the tool took effect {row['tool_effects']} times")
    return misses


def table(rows: list[dict]) -> str:
    head = ("role", "fault", "hedged", "extra silence", "next call", "caller lost / doubled", "agent lost / doubled", "host added", "beside it")
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]

    def ms(value) -> str:
        return "–" if value is None else f"{round(value)} ms"

    for row in rows:
        if "needs" in row:
            lines.append(f"| {row['role']} | {row['fault']} | | needs {row['needs']} | | | | | |")
            continue
        beside = [f"switched {ms(row['switch_ms'])} after the onset"] if row.get("switch_ms") is not None else []
        beside += [f"last resort after {ms(row['last_resort_ms'])}"] if "last_resort_ms" in row else []
        beside += [f"took effect {row['tool_effects']} ×"] if "tool_effects" in row else []
        beside += ["**missed**"] if "missed" in row else []
        words = [f"{row[f'{who}_words_lost']} / {row[f'{who}_words_doubled']}" if row[f"{who}_words_lost"] is not None else "–"
                 for who in ("caller", "agent")]
        lines.append("| " + " | ".join([
            row["role"], row["fault"], "yes" if row["hedged"] else "", ms(row["extra_silence_ms"]), ms(row["next_extra_silence_ms"]), *words,
            "–" if row["host_added_ms"] is None else f"{row['host_added_ms']:.1f} ms", ", ".join(beside)]) + " |")
    return "\n".join(lines) + "\n"


def put(text: str, path: pathlib.Path):
    """Between the marks of a document."""
    whole = path.read_text()
    marked, count = re.subn(r"(<!-- fault-matrix -->\n).*?(<!-- /fault-matrix -->)", lambda m: m[1] + "\n" + text + "\n" + m[2], whole, flags=re.S)
    if count != 1:
        raise SystemExit(f"{path} needs one pair of marks <!-- fault-matrix --> and <!-- /fault-matrix -->")
    path.write_text(marked)


def workers_run(binaries: str, faults: str) -> bool:
    with FaultyHost(binaries, faults, [Agent("probe", "tts", isolation="worker")]) as host:
        return host.accepts_workers()


def run(cells: list[Cell], faults: str, options: argparse.Namespace) -> dict[str, Batch]:
    """The calls of the cells; by agent the batch that has them."""
    agents = [agent for cell in cells for agent in cell.agents]
    batches: dict[str, Batch] = {}
    size = len(agents) if options.smoke else BATCH
    for at in range(0, len(agents), max(size, 1)):
        batch = Batch(options.binaries, faults, agents[at:at + size], options.keep).run()
        batches |= {agent.name: batch for agent in batch.agents}
        if batch.died is not None and len(batch.agents) > 1:
            # Whose doing it was: each alone.
            batches |= {agent.name: Batch(options.binaries, faults, [agent], options.keep).run() for agent in batch.agents}
        print(f"{min(at + size, len(agents))} of {len(agents)}", end="\r", file=sys.stderr, flush=True)
    return batches


def main() -> int:
    options = argparse.ArgumentParser()
    options.add_argument("binaries")
    options.add_argument("--plugin", help="the library of the failing plugin; by default libFaults.so among the binaries")
    options.add_argument("--smoke", action="store_true", help="seven cells")
    options.add_argument("--only", help="role/name of the cells, or its beginning")
    options.add_argument("--docs", type=pathlib.Path, help="a document with marks for the table")
    options.add_argument("--keep", type=pathlib.Path, help="a folder for facts and recordings")
    options = options.parse_args()
    faults = options.plugin or f"{options.binaries}/libFaults.so"
    if options.keep:
        options.keep.mkdir(parents=True, exist_ok=True)
    cells = [cell for cell in all_cells() if not options.smoke or cell.is_smoke]
    if options.only:
        cells = [cell for cell in cells if f"{cell.role}/{cell.fault}".startswith(options.only) or f"{cell.role}/{cell.name}".startswith(options.only)]
    has_workers = any(cell.needs_worker for cell in cells) and workers_run(options.binaries, faults)
    runnable = [cell for cell in cells if has_workers or not cell.needs_worker]
    measured: dict[str, dict] = {}
    todo = runnable
    for attempt in range(TRIES):
        batches = run(todo, faults, options)
        measured |= {cell.key: result(cell, batches) for cell in todo}
        todo = [cell for cell in todo if "missed" in measured[cell.key]
                and max(batches[agent.name].stood_still_ms for agent in cell.agents) > STILL_MS]
        if not todo or attempt == TRIES - 1:
            break
        for cell in todo:
            print(f"{cell.role}/{cell.name} missed while the machine stood still for up to "
                  f"{max(batches[agent.name].stood_still_ms for agent in cell.agents):.0f} ms; it is measured again. "
                  f"Missed: {'; '.join(measured[cell.key]['missed'])}")
        wait_until_steady(STILL_MS, STEADY_S)
    rows = [measured.get(cell.key, {"role": cell.role, "fault": cell.name, "hedged": cell.hedged, "needs": "a worker"}) for cell in cells]
    text = table(rows)
    print(text)
    for row in rows:
        for miss in row.get("missed", []):
            print(f"MISSED {row['role']}/{row['fault']}{' hedged' if row['hedged'] else ''}: {miss}")
    if not options.smoke and not options.only:
        REPORTS.mkdir(parents=True, exist_ok=True)
        (REPORTS / "fault-matrix.json").write_text(json.dumps(rows, indent=1) + "\n")
        (REPORTS / "fault-matrix.md").write_text(text)
        if options.docs:
            put(text, options.docs)
    return 1 if any("missed" in row for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
