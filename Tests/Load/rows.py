"""Figures as rows: what was measured, what it came to, what it must not exceed; printed and kept."""
import json
import pathlib
from collections.abc import Callable


def row(name: str, value: float, unit: str, limit: float | None = None, note: str = "", void: bool = False) -> dict:
    """A figure; it holds when it is at most the limit. A void one says nothing, and holds nothing."""
    made = {"name": name, "value": round(value, 3), "unit": unit}
    if limit is not None:
        made |= {"limit": limit, "holds": not void and value <= limit}
    return made | ({"note": note} if note else {}) | ({"void": True} if void else {})


def settle(measure: Callable[[], list[dict]], runs: int = 3) -> list[dict]:
    """Rows of the first run that misses nothing, or else of the last: who shares the machine makes figures worse and never better. What
    earlier runs missed is in the notes. What must not happen at all is no matter of chance: a run in which it did is the last."""
    before: dict[str, list[str]] = {}
    while True:
        rows = measure()
        runs -= 1
        missed = [row for row in rows if not row.get("holds", True)]
        if not missed or runs == 0 or any(row["limit"] == 0 and not row.get("void") for row in missed):
            break
        for row in missed:
            before.setdefault(row["name"], []).append(f"{row['value']:g}{' (void)' if row.get('void') else ''}")
    for row in rows:
        if row["name"] in before:
            row["note"] = "; ".join(filter(None, [row.get("note"), f"missed before with {', '.join(before[row['name']])}"]))
    return rows


def report(rows: list[dict], name: str, judge: bool = True) -> int:
    """Prints the rows and writes `.build/reports/NAME.json`; answers the status to exit with, 1 where a figure was missed."""
    width = max(len(row["name"]) for row in rows)
    for row in rows:
        verdict = "VOID" if row.get("void") else "" if "limit" not in row else "ok" if row["holds"] else "MISSED"
        limit = f"<= {row['limit']:g} {verdict}" if "limit" in row else verdict
        print(f"{row['name']:<{width}}  {row['value']:>10g} {row['unit']:<8} {limit:<16} {row.get('note', '')}".rstrip())
    path = pathlib.Path(f".build/reports/{name}.json")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"rows": rows}, indent=1) + "\n")
    return 0 if not judge or all(row.get("holds", True) for row in rows) else 1
