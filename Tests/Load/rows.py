"""Figures as rows: what was measured, what it came to, what it must not exceed; printed and kept."""
import json
import pathlib


def row(name: str, value: float, unit: str, limit: float | None = None, note: str = "", void: bool = False) -> dict:
    """A figure; it holds when it is at most the limit. A void one says nothing, and holds nothing."""
    made = {"name": name, "value": round(value, 3), "unit": unit}
    if limit is not None:
        made |= {"limit": limit, "holds": not void and value <= limit}
    return made | ({"note": note} if note else {}) | ({"void": True} if void else {})


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
