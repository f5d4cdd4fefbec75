#!/usr/bin/env python3
"""Two hundred crashes of workers under fifty live calls, and what the callers hear of them.

    Tests/Load/worker_crashes.py BIN_DIR [--crashes N] [--calls N]        writes .build/reports/worker-crashes.json

Each way to die (SEGV, abort, trap, exit, out of memory) strikes each role (stt, llm, tts, tool) in the middle of a conversation. Every
worker serves several calls at a time, so one death cuts all of them. Half of the chains name that provider alone: its spare takes over;
the other half names a second provider.
"""
import argparse
import dataclasses
import json
import pathlib
import re
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "Faults"))
import wordcode  # noqa: E402
from faulty import Agent, Caller, FaultyHost  # noqa: E402

REPORT = pathlib.Path(".build/reports/worker-crashes.json")
ENDS = {"segv": "segmentation fault", "abort": r"called abort\(\)", "trap": "stopped at a trap", "exit": r"called exit\(3\)",
        "memory": "ran out of the"}
#: Words, or tokens, that were given well before the crash: at the beginning, in the middle, and before the end of a sentence. A model
#: that dies before its first sentence is whole costs the next one's first token, which is no time of the host's.
AFTER = {"stt": (1, 6, 12, 17, 20), "llm": (9, 11, 14, 17, 22), "tts": (1, 3, 4, 6, 8), "tool": (0,) * 5}
#: When a provider is armed, in seconds after the first call of a round: before its role's work begins.
ARMED_S = {"stt": 0.0, "llm": 1.0, "tts": 1.0, "tool": 1.0}
#: Out of memory must not take the machine along; a Swift plugin needs some 60 MiB.
MEMORY_MB = 256
GAP_MS = 200
#: Fifty calls ring within so many seconds, and a round is over long before.
RINGING_S, ROUND_S = 2.5, 45


class CrashHost(FaultyHost):
    """Providers in workers with a warm spare. Each file that arms one makes one piece of its work end the worker."""

    def armed_file(self, agent: Agent) -> pathlib.Path:
        return self.books / f"{agent.name}.armed"

    def _configure(self):
        for agent in self.agents:
            if agent.role:
                agent.first |= {"armed": str(self.armed_file(agent)), "disarms": True}
        plugins = super()._configure()
        for agent in self.agents:
            if agent.role:
                path = plugins / f"{agent.providers[0]}.yaml"
                path.write_text(json.dumps(json.loads(path.read_text()) | {"memory_mb": MEMORY_MB}))
            if agent.name.endswith("alone"):
                path = self.config / "agents" / f"{agent.name}.yaml"
                file = json.loads(path.read_text())
                file["chains"][agent.role] = {"providers": agent.providers[:1]}
                path.write_text(json.dumps(file))
        return plugins

    def crashes(self) -> list[str]:
        return re.findall(r"a worker (\S+ .*)", self.said())


@dataclasses.dataclass
class Heard:
    agent: Agent
    #: Silence between the caller's last word and the answer, and the longest one within the answer; milliseconds.
    first_ms: float | None
    inside_ms: float
    lost: int
    doubled: int
    caller_lost: int
    caller_doubled: int
    others: list[str]
    effects: int
    has_ended: bool
    #: A worker died under it.
    was_hit: bool
    facts: list[dict]


def measure(call: Caller, agent: Agent, noted: list[dict]) -> Heard:
    heard, said = (wordcode.decode(*wordcode.read(path)) if path.exists() else [] for path in (call.heard, call.said))
    asked = next((word.end_ms for word in reversed(said) if word.text == wordcode.QUESTION[-1]), 0.0)
    answer = [word for word in heard if word.text in wordcode.ANSWER]
    mine = [entry for entry in noted if entry["call"] == call.id]
    users = [entry["users"] for entry in mine if "users" in entry]
    lost, doubled = wordcode.lost_and_doubled(wordcode.ANSWER, [word.text for word in answer])
    caller = wordcode.lost_and_doubled(wordcode.QUESTION, " ".join(users[-1]).split() if users else [])
    codes = [fact["cause"]["code"] for fact in call.of("attempt") if fact["outcome"] == "lost"]
    return Heard(
        agent, answer[0].start_ms - asked if answer else None, wordcode.longest_silence_ms(answer), lost, doubled, *caller,
        [word.text for word in heard if word.text not in wordcode.ANSWER], sum("effect" in entry for entry in mine), call.has_ended,
        any(code.startswith("crash_") for code in codes), call.facts)


def agents() -> list[Agent]:
    """One for each role, way to die and chain."""
    made = []
    for chain in ("alone", "two"):
        for role in AFTER:
            for end, after in zip(ENDS, AFTER[role]):
                made.append(Agent(f"{role}-{end}-{chain}", role, {"fault": "crash", "end": end, "after": after}, isolation="worker",
                                  calls_tool=role == "tool"))
    return made


def play(host: CrashHost, everybody: list[Agent], plain: list[Agent], calls: int, tag: str) -> tuple[list[Heard], list[Heard]]:
    """One round: the calls ring, the workers are armed, everybody hangs up. The calls with crashes and the calls without."""
    begun = time.monotonic()
    todo = [(RINGING_S * n / calls, "dial", everybody[n % len(everybody)]) for n in range(calls)]
    todo += [(RINGING_S * (n + 1) / (len(plain) + 1), "dial", agent) for n, agent in enumerate(plain)]
    todo += [(ARMED_S[agent.role], "arm", agent) for agent in everybody]
    placed: list[tuple[Agent, Caller]] = []
    for n, (after, what, agent) in enumerate(sorted(todo, key=lambda item: item[0])):
        time.sleep(max(begun + after - time.monotonic(), 0))
        if what == "arm":
            host.armed_file(agent).touch()
        else:
            placed.append((agent, host.dial(agent.name, f"{tag}-{n}")))
    for _, call in placed:
        call.finish(begun + ROUND_S)
    noted = host.noted()
    heard = [measure(call, agent, noted) for agent, call in placed]
    return [one for one in heard if one.agent.role], [one for one in heard if not one.agent.role]


def gap(one: Heard, plain: list[Heard]) -> float | None:
    """How much longer the silence was than in a call without a crash, at the same time: before the answer or within it."""
    base = next(other for other in plain if other.agent.calls_tool == one.agent.calls_tool)
    if one.first_ms is None or base.first_ms is None:
        return None
    return max(one.first_ms - base.first_ms, one.inside_ms - base.inside_ms, 0.0)


def main() -> int:
    options = argparse.ArgumentParser()
    options.add_argument("binaries")
    options.add_argument("--crashes", type=int, default=200)
    options.add_argument("--calls", type=int, default=50)
    options.add_argument("--plugin", help="the library of the failing plugin; by default libFaults.so among the binaries")
    options.add_argument("--only", default="", help="agents whose name begins so")
    options.add_argument("--keep", type=pathlib.Path, help="a folder for the facts of calls that were hurt")
    options = options.parse_args()
    everybody = [agent for agent in agents() if agent.name.startswith(options.only)]
    plain = [Agent("plain"), Agent("booking", calls_tool=True)]
    hurt: list[str] = []
    gaps: list[float] = []
    by_role: dict[str, list[float]] = {role: [] for role in AFTER}
    total = dict.fromkeys(("calls", "dropped", "hit", "lost", "doubled", "caller_lost", "caller_doubled", "effects"), 0)
    with CrashHost(options.binaries, options.plugin or f"{options.binaries}/libFaults.so", everybody + plain) as host:
        number = 0
        while len(host.crashes()) < options.crashes and number < options.crashes:
            number += 1
            found, base = play(host, everybody, plain, options.calls, f"round{number}")
            for one in found:
                total["calls"] += 1
                total["dropped"] += not one.has_ended or one.first_ms is None
                total["hit"] += one.was_hit
                for name in ("lost", "doubled", "caller_lost", "caller_doubled"):
                    total[name] += getattr(one, name)
                total["effects"] += max(one.effects - 1, 0)
                silence = gap(one, base)
                if one.was_hit and silence is not None:
                    gaps.append(silence)
                    by_role[one.agent.role].append(silence)
                wrong = [f"{name} {value}" for name in ("lost", "doubled", "caller_lost", "caller_doubled") if (value := getattr(one, name))]
                wrong += [f"gap {silence}"] if silence is None or silence > GAP_MS else []
                wrong += [f"also heard {' '.join(one.others)}"] if one.others else []
                if wrong or not one.has_ended:
                    hurt.append(f"round {number}, {one.agent.name}: {', '.join(wrong) or 'did not end'}")
                    if options.keep:
                        options.keep.mkdir(parents=True, exist_ok=True)
                        (options.keep / f"{number}-{one.agent.name}-{len(hurt)}.json").write_text(
                            "\n".join(json.dumps(fact) for fact in one.facts) + "\n")
            print(f"{len(host.crashes())} crashes, {len(hurt)} calls hurt", end="\r", file=sys.stderr, flush=True)
        said = host.crashes()
        died = host.process.poll()
        log = host.said()
        if options.keep:
            options.keep.mkdir(parents=True, exist_ok=True)
            (options.keep / "log").write_text(log)
    gaps.sort()

    def at(permille: int) -> float:
        return round(gaps[min(len(gaps) * permille // 1000, len(gaps) - 1)], 1) if gaps else float("nan")

    rows = [
        {"name": "workers that died", "value": len(said), "unit": "", "least": options.crashes},
        {"name": "ways to die that were told apart", "value": sum(any(re.search(words, one) for one in said) for words in ENDS.values()),
         "unit": f"of {len(ENDS)}", "least": min(len(ENDS), len(everybody))},
        {"name": "calls", "value": total["calls"], "unit": f"{options.calls} at once"},
        {"name": "calls under which a worker died", "value": total["hit"], "unit": ""},
        {"name": "calls dropped", "value": total["dropped"], "unit": "", "limit": 0},
        {"name": "the host died", "value": int(died is not None), "unit": "0 = no", "limit": 0},
        {"name": "the agent's words lost", "value": total["lost"], "unit": "", "limit": 0},
        {"name": "the agent's words doubled", "value": total["doubled"], "unit": "", "limit": 0},
        {"name": "the caller's words lost", "value": total["caller_lost"], "unit": "", "limit": 0},
        {"name": "the caller's words doubled", "value": total["caller_doubled"], "unit": "", "limit": 0},
        {"name": "tools that took effect twice", "value": total["effects"], "unit": "", "limit": 0},
        {"name": "gap heard, p50", "value": at(500), "unit": "ms"},
        {"name": "gap heard, p99", "value": at(990), "unit": "ms", "limit": GAP_MS},
    ]
    for role, values in by_role.items():
        if values:
            rows.append({"name": f"gap heard, the worst of {role}", "value": round(max(values), 1), "unit": f"ms of {len(values)}"})
    for row in rows:
        row["holds"] = row["value"] <= row.get("limit", row["value"]) and row["value"] >= row.get("least", row["value"])
        print(f"{row['name']:<42} {row['value']:>10} {row['unit']:<12}{'' if row['holds'] else '  FAILED'}")
    for line in hurt:
        print(line)
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    REPORT.write_text(json.dumps({"rows": rows, "hurt": hurt}, indent=1) + "\n")
    return 0 if all(row["holds"] for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
