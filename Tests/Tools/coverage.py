"""Adds llvm-cov's lines up by room, prints them, and fails when the host or the ABI falls below nine tenths.

    Tests/Tools/coverage.py coverage.json      writes .build/reports/coverage.json
"""
import collections
import json
import pathlib
import sys

#: What must be covered at least, per cent of lines.
GATES = {"Host": 90, "PluginABI": 90}
#: Shown, not judged: a worker's sandbox keeps it from writing what it ran through, so half of this room cannot be seen.
UNSEEN = {("Host", "Isolation")}
ROOT = pathlib.Path.cwd()


def room(path: pathlib.Path) -> tuple[str, str] | None:
    """The top folder and the room of a source file; None for what is not ours, or proves instead of being proved."""
    try:
        parts = path.relative_to(ROOT).parts
    except ValueError:
        return None
    if parts[0] not in ("Host", "PluginABI", "Plugins") or parts[1] in ("Examples",):
        return None
    return parts[0], parts[1]


def main(path: str) -> int:
    rooms = collections.defaultdict(lambda: [0, 0])
    tops = collections.defaultdict(lambda: [0, 0])
    for file in json.load(open(path))["data"][0]["files"]:
        where = room(pathlib.Path(file["filename"]))
        if where is None:
            continue
        lines = file["summary"]["lines"]
        for sums in [rooms[where]] + ([tops[where[0]]] if where not in UNSEEN else []):
            sums[0] += lines["covered"]
            sums[1] += lines["count"]
    rows = [{"room": "/".join(where), "covered": c, "lines": n, "percent": round(100 * c / n, 1)} for where, (c, n) in sorted(rooms.items())]
    failed = False
    print(f"{'room':<28} {'lines':>7} {'covered':>8}")
    for row in rows:
        unseen = tuple(row["room"].split("/")) in UNSEEN
        print(f"{row['room']:<28} {row['lines']:>7} {row['percent']:>7.1f}%{'  not judged: workers cannot tell' if unseen else ''}")
    for top, (covered, count) in sorted(tops.items()):
        percent, gate = 100 * covered / count, GATES.get(top, 0)
        failed |= percent < gate
        print(f"{top:<28} {count:>7} {percent:>7.1f}%{f'  at least {gate}%' if gate else ''}{'  FAILED' if percent < gate else ''}")
        rows.append({"room": top, "covered": covered, "lines": count, "percent": round(percent, 1), "gate": gate})
    reports = pathlib.Path(".build/reports")
    reports.mkdir(parents=True, exist_ok=True)
    (reports / "coverage.json").write_text(json.dumps({"rows": rows}, indent=1) + "\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
