"""A run as one self-contained page."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pipelines.audit_page import digest, environment
from pipelines.report_against import MATCHED, compare
from pipelines.report_cover import coverage, empty
from pipelines.report_data import Row, Run, funnel
from pipelines.report_rows import pack

TEMPLATE = "report_page.html"
HERE = Path(__file__).parent
SCRIPTS = ("report_page.js", "report_map.js", "report_row.js", "report_list.js")
UNITS = {"tokens": ("tokens", "Tokens a row"), "turns": ("turns", "Turns of the user a row"), "tools": ("calls", "Tool calls a row")}
WIDE, HIGH = 320, 96


def page(run: Run, other: Run | None = None, rows: Run | None = None) -> str:
    """The page's HTML: one file without any reference to another, which the browser is told to hold to (the page's security policy).

    Args:
        other: a run that this one is compared with.
        rows: the run with the rows that the page holds, where it is not to hold all; see `report_data.few`.
    """
    change = compare(run, other) if other else None
    packed = pack(run, change.gone, change.changes, change.before) if change else pack(rows or run)
    script = "\n".join((HERE / name).read_text(encoding="utf-8") for name in SCRIPTS)
    style = (HERE / "report_page.css").read_text(encoding="utf-8")
    measures = run.measures or {}
    cover = coverage(run, packed.sources)
    made: str = (
        environment()
        .get_template(TEMPLATE)
        .render(
            run=run,
            other=other,
            change=change,
            matched=MATCHED,
            facts=facts(run),
            verdict=verdict(run),
            gates=(run.gate or {}).get("gates", ()),
            calibration=(run.gate or {}).get("calibration"),
            funnel=funnel(run),
            planned=planned(run),
            cover=cover,
            units=sum(len(group["units"]) for group in cover["groups"]),
            empty=empty(run),
            skipped=(measures.get("skipped") or {}).get("semantic"),
            clusters=measures.get("clusters") or (),
            pictures=[picture(name, found) for name, found in (measures.get("distributions") or {}).items() if found.get("histogram")],
            scores=scores(measures),
            measures=measures.get("measures", ()),
            packed=packed,
            notes=(rows or run).notes,
            flags=Counter(str(flag["filter"]) for flag in run.flags or ()).most_common(),
            figure=figure,
            bar=bar,
            difference=difference,
            script=script,
            style=style,
            script_digest=digest(script),
            style_digest=digest(style),
            data={"cover": cover, "clusters": measures.get("clusters") or [], "gone": change.gone.num_rows if change else None, "blocks": len(packed.blocks)},
        )
    )
    return made


def facts(run: Run) -> list[tuple[str, str]]:
    """What the manifest says of a run, in words; only what it says."""
    told = run.manifest
    splits, teachers, spent, seconds = ({} if not isinstance(told.get(name), dict) else told[name] for name in ("splits", "teachers", "spent", "seconds"))
    who = set(map(str, teachers.values()))
    found = [
        ("splits", ", ".join(f"{split} {number:,}" for split, number in splits.items())),
        ("teacher", "; ".join(f"{role}: {name}" for role, name in teachers.items()) if len(who) > 1 else next(iter(who), "")),
        ("judge", f"no judge has seen {told['unjudged_rows']:,} rows" if isinstance(told.get("unjudged_rows"), int) else ""),
        ("cost", f"{spent.get('calls', 0):,} calls of a model, ${spent['dollars']:,.2f}" if isinstance(spent.get("dollars"), (int, float)) else ""),
        ("time", f"{seconds['all']} s" if "all" in seconds else ""),
        ("seed", str(told.get("seed", ""))),
        ("folder", str(run.folder)),
    ]
    return [(name, words) for name, words in found if words]


def planned(run: Run) -> int:
    """How many rows were planned; those that are there, where the manifest does not say."""
    rows = run.manifest.get("rows")
    number = rows.get("planned") if isinstance(rows, dict) else None
    return number if isinstance(number, int) else run.size


def verdict(run: Run) -> tuple[str, str]:
    """Whether a run passes, for the style and in words."""
    gates: Sequence[Row] = (run.gate or {}).get("gates", ())
    short = [gate for gate in gates if gate.get("passed") is False]
    aside = sum(gate.get("passed") is None for gate in gates)
    was = "was" if aside == 1 else "were"
    if aside == len(gates):
        return "aside", "Not measured"
    if short:
        return "short", f"Falls short of {len(short)} of {len(gates)} gates: {', '.join(str(gate.get('name')) for gate in short)}"
    return "passed", f"Passes {'all ' if aside else 'all of its '}{len(gates) - aside} gates{f' that were measured; {aside} {was} not' if aside else ''}"


def picture(name: str, found: Mapping[str, Any]) -> Row:
    """A histogram: bars in a field of 320 × 96, the quantiles, and the whole of it in words."""
    unit, title = UNITS.get(name, (name, name))
    bins = found["histogram"]
    most = max(number for _, _, number in bins) or 1
    wide = WIDE / len(bins)
    bars = [
        (round(at * wide + 0.5, 2), round(HIGH - number / most * HIGH, 2), round(wide - 1, 2), round(number / most * HIGH, 2), between(low, high), number)
        for at, (low, high, number) in enumerate(bins)
    ]
    known = [(words, found[key]) for key, words in (("q05", "5 %"), ("q25", "25 %"), ("q50", "half"), ("q75", "75 %"), ("q95", "95 %"), ("max", "most")) if key in found]
    half = f"half of the rows have at most {figure(found['q50'])}, 95 % at most {figure(found['q95'])}, none more than {figure(found['max'])}" if "q95" in found else ""
    return {"title": title, "unit": unit, "bars": bars, "low": figure(bins[0][0]), "high": figure(bins[-1][1]), "known": known, "half": half}


def between(low: float, high: float) -> str:
    """A bin's bounds, or the one value it is for."""
    return figure(low) if low == high else f"{figure(low)} to {figure(high)}"


def scores(measures: Mapping[str, Any]) -> tuple[list[int], list[tuple[str, dict[int, int], int]]]:
    """The scores that were given, and for each criterion how often each was, and how many in all."""
    found = {str(name): {int(score): int(number) for score, number in counts} for name, counts in (measures.get("scores") or {}).items()}
    every = sorted({score for counts in found.values() for score in counts})
    return every, [(name.replace("_", " "), counts, sum(counts.values())) for name, counts in found.items()]


def figure(number: float | None) -> str:
    """A number as it is read: thousands separated, at most four digits of a fraction."""
    if number is None:
        return ""
    if isinstance(number, float) and not number.is_integer():
        return f"{number:,.1f}" if abs(number) >= 100 else f"{number:.4g}"
    return f"{int(number):,}"


def difference(mine: float, theirs: float) -> str:
    """By how much a figure differs, with its sign."""
    apart = round(mine - theirs, 4)
    return f"{'+' if apart > 0 else '−' if apart < 0 else ''}{figure(abs(apart))}"


def bar(part: float, whole: float) -> str:
    """The width of a bar in percent of its field."""
    return f"{100 * part / whole if whole else 0:.2f}"
