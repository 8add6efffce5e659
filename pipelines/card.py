"""The card of a dataset: what it is, how it was made, how good it is, and what changed."""

import json
import zipfile
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow.parquet as pq
from huggingface_hub import DatasetCardData
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from pipelines import retired
from pipelines.finished import Row
from pipelines.folder import share_of
from pipelines.release import DEFAULT, REJECTED, Part, Release
from pipelines.shards import SPLITS
from steps.prose import language

TEMPLATE = "card.md.j2"
TEACHES = {
    "phase1": "the system prompt's rules, kept without being told",
    "phase2": "the methodology, gone through without being named",
    "phase3": "which tool, with which arguments, and when none",
    "phase4": "personas, commands and hand-overs",
    "whole": "all of it in one conversation",
    DEFAULT: "everything, as one curriculum",
}
LICENCES = "apache-2.0 mit bsd-2-clause bsd-3-clause agpl-3.0 lgpl-3.0 gpl-2.0 gpl-3.0 mpl-2.0 cc-by-4.0 cc0-1.0 isc unlicense".split()  # as the Hub names them
CODES = {
    "English": "en",
    "German": "de",
    "French": "fr",
    "Spanish": "es",
    "Italian": "it",
    "Portuguese": "pt",
    "Dutch": "nl",
    "Polish": "pl",
    "Swedish": "sv",
    "Japanese": "ja",
    "Korean": "ko",
    "Russian": "ru",
    "Chinese": "zh",
}
SAMPLE = 400  # rows that languages are told from
FEW = 0.02  # the share of requests from which on a language is named
SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))


class Facts(NamedTuple):
    """What a config's archive tells: the run's manifest, what the gate saw, its measures, and what its documents say."""

    manifest: Row
    gate: Row
    measures: Row
    units: int


def facts_of(archive: Path) -> Facts:
    """Read a config's archive."""
    with zipfile.ZipFile(archive) as file:
        there = set(file.namelist())

        def told(name: str, empty: Any) -> Any:
            return json.loads(file.read(name)) if name in there else empty

        units = told("points.json", None) or told("tools.json", [])
        return Facts(told("manifest.json", {}), told("quality/gate.json", {}), told("quality/measures.json", {}), len(units))


def card(source: str, release: Release, facts: Mapping[str, Facts], changed: str, licence: str, languages: Sequence[str]) -> str:
    """The README.md of a version, with the Hub's metadata.

    Args:
        source: `owner/name`, or `local:NAME` of a folder.
        facts: by config.
        changed: what this version changes, in Markdown.
        licence: as the Hub names it; empty: that of the sources.
        languages: ISO 639-1 codes of the languages that people speak in the rows.

    Source of the metadata: https://huggingface.co/docs/hub/datasets-cards.
    """
    parts = [told(config, part, facts[config]) for config, part in release.parts.items()]
    local = source.startswith("local:")
    owner, _, name = source.removeprefix("local:").rpartition("/")
    title = name.replace("-", " ").replace("_", " ").strip().capitalize() or "Dataset"
    text = (
        environment()
        .get_template(TEMPLATE)
        .render(
            title=title,
            about=about(release, facts),
            source=source,
            repo=f"{name}/v{release.version}" if local else source,
            revision="" if local else f', revision="v{release.version}"',
            version=release.version,
            splits=SPLITS,
            parts=parts,
            forced=release.forced,
            rejects=any(part.rejects for part in release.parts.values()),
            curriculum=DEFAULT in release.parts,
            retired=retired.PATH in release.more,
            sources=sources(facts),
            made=made(facts),
            measures=measures(facts),
            people=people(facts),
            limits=limits(release, facts),
            changed=changed,
            before=release.version != "1.0.0",
            key="".join(filter(str.isalnum, name)) or "dataset",
            owner=owner or "the owner of this dataset",
            year=datetime.now(UTC).year,
        )
    )
    return f"---\n{metadata(release, title, licence or licence_of(facts), languages)}\n---\n\n{text}"


def metadata(release: Release, title: str, licence: str, languages: Sequence[str]) -> str:
    """The card's metadata, YAML."""
    rows = sum(part.kept for part in release.parts.values())
    configs: list[Row] = [
        {
            "config_name": config,
            **({"default": True} if config == DEFAULT else {}),
            "data_files": [{"split": split, "path": f"{config}/{split}-*.parquet"} for split in SPLITS if part.splits.get(split)],
        }
        for config, part in release.parts.items()
    ]
    if any(part.rejects for part in release.parts.values()):
        configs.append({"config_name": REJECTED, "data_files": [{"split": "train", "path": f"{REJECTED}/*.parquet"}]})
    if retired.PATH in release.more:
        configs.append({"config_name": retired.CONFIG, "data_files": [{"split": "train", "path": retired.PATH}]})
    found = DatasetCardData(
        pretty_name=title,
        license=licence,
        language=list(languages),
        task_categories=["text-generation"],
        size_categories=next((name for most, name in SIZES if rows < most), "1M<n<10M"),
        tags=["synthetic", "tool-use", "function-calling", "agents", "instruction-tuning", "finetune-compiler"],
        configs=configs,
    )
    return str(found.to_yaml(line_break="\n"))


def told(config: str, part: Part, facts: Facts) -> Row:
    """A config, as the card shows it."""
    gates: list[Row] = facts.gate.get("gates") or []
    short = [gate["name"] for gate in gates if gate["passed"] is False]
    return {
        "config": config,
        "name": "whole" if config == DEFAULT else config if config != "whole" else "integration",
        "teaches": TEACHES.get(config, "rows of an agent system"),
        "splits": part.splits,
        "rejected": part.rejected,
        "verdict": f"short: {', '.join(short)}" if short else "passed",
        "says": (facts.gate.get("calibration") or {}).get("says") or "Its thresholds are uncalibrated.",
        "gates": [gate | {"figure": "" if gate["figure"] is None else f"{gate['figure']:g}", "verdict": VERDICTS[gate["passed"]]} for gate in gates if gate["passed"] is not None],
    }


VERDICTS = {True: "passed", False: "**short**", None: "left aside"}


def about(release: Release, facts: Mapping[str, Facts]) -> str:
    """What the dataset is, in two sentences, with the tokens that it may save."""
    rows = sum(part.kept for config, part in release.parts.items() if config != DEFAULT or len(release.parts) == 1)
    configs = f"{len(release.parts)} configs" if len(release.parts) > 1 else "one config"
    full, lean = (sum((one.manifest.get("tokens") or {}).get(key) or 0 for one in facts.values()) for key in ("full", "in_weights"))
    saved = f" With the manual in the context these conversations take {full:,} tokens, without it {lean:,}: {1 - lean / full:.0%} fewer." if full > lean > 0 else ""
    what = "Conversations that teach a model an agent system's manual, so that the manual need not stand in its context"
    return f"{what}: {rows:,} rows in {configs}.{saved}"


def sources(facts: Mapping[str, Facts]) -> list[str]:
    """What was compiled, with licences and numbers of units."""
    named: dict[str, str | None] = {}
    for one in facts.values():
        named |= one.manifest.get("licences") or {}
    units = {config: one.units for config, one in facts.items() if one.units}
    return [
        *(f"`{name}`: {licence or 'no licence was found beside it'}" for name, licence in sorted(named.items())),
        *(f"`{config}`: {number:,} {'tools' if config == 'phase3' else 'points'}" for config, number in units.items()),
    ]


def made(facts: Mapping[str, Facts]) -> list[str]:
    """Who wrote and who answered, by config, what it cost, and with which code."""
    lines = []
    for config, one in facts.items():
        teachers = one.manifest.get("teachers") or {}
        if teachers and all("embedded" in str(name) for name in teachers.values()):
            lines.append(f"`{config}`: written by the embedded composer, which puts rows together from authored phrasings by seed; **no model wrote them**.")
        elif teachers:
            spent = one.manifest.get("spent") or {}
            dollars = f", ${spent['dollars']:,.2f}" if isinstance(spent.get("dollars"), (int, float)) else ""
            lines.append(f"`{config}`: {'; '.join(f'{role}: {name}' for role, name in teachers.items())} ({spent.get('calls', 0):,} calls{dollars}).")
        else:
            lines.append(
                f"`{config}`: chosen from the other configs' runs, each request once, weighted by level, with {share(one, 'rehearsal')} of general conversations among them."
            )
    return lines


def share(one: Facts, name: str) -> str:
    """A share of the manifest in percent."""
    return f"{(one.manifest.get('shares') or {}).get(name) or 0:.0%}"


def measures(facts: Mapping[str, Facts]) -> list[Row]:
    """The measures, a column a config."""
    every = {config: {one["name"]: one for one in told.measures.get("measures") or ()} for config, told in facts.items()}
    names = dict.fromkeys(name for known in every.values() for name in known)
    return [
        {
            "name": name,
            "n": " / ".join(str(known[name]["n"]) if name in known else "–" for known in every.values()),
            "values": [figure(known.get(name)) for known in every.values()],
        }
        for name in names
    ]


def figure(one: Row | None) -> str:
    """A measure with its interval."""
    if one is None or one["value"] is None:
        return "–"
    return f"{one['value']:.3f}" + (f" ({one['low']:.3f}–{one['high']:.3f})" if one["low"] is not None else "")


def people(facts: Mapping[str, Facts]) -> list[str]:
    """What people said of the rows."""
    lines = []
    for config, one in facts.items():
        review = one.manifest.get("review")
        if review:
            lines.append(f"`{config}`: {review['says']}")
    return lines or ["No person has reviewed these rows."]


def limits(release: Release, facts: Mapping[str, Facts]) -> list[str]:
    """What a user should know before training on it."""
    rows = sum(part.kept for part in release.parts.values())
    unjudged = sum(one.manifest.get("unjudged_rows") or 0 for one in facts.values())
    composed = [config for config, one in facts.items() if one.manifest.get("teachers") and all("embedded" in str(name) for name in one.manifest["teachers"].values())]
    lines = ["It was compiled from one agent system, and teaches that one: its rules, its tools, its way of speaking."]
    if composed:
        named = ", ".join(f"`{config}`" for config in composed)
        lines.append(f"{named}: composed text is less varied than people's; expect a tuned model to do worse on other people's phrasings than on the test split.")
    if unjudged:
        lines.append(f"No judge has seen {unjudged:,} of {rows:,} rows ({share_of(rows, unjudged):.0%}); deterministic checks alone stand behind those.")
    left = Counter({config: part.left_out for config, part in release.parts.items() if part.left_out})
    if left:
        lines.append(f"Rejected rows are not published: {', '.join(f'{number:,} of `{config}`' for config, number in left.items())}.")
    return lines


def licence_of(facts: Mapping[str, Facts]) -> str:
    """The sources' one licence, as the Hub names it; `unknown` where there is none, `other` where there are several."""
    named = {str(licence).lower() for one in facts.values() for licence in (one.manifest.get("licences") or {}).values() if licence}
    return "unknown" if not named else "other" if len(named) > 1 or not named <= set(LICENCES) else next(iter(named))


def languages(runs: Iterable[Path]) -> list[str]:
    """The languages that people speak in some rows of each run, the commonest first; ISO 639-1 codes."""
    found: Counter[str] = Counter()
    for run in runs:
        rows = next(pq.ParquetFile(run / "kept.parquet").iter_batches(SAMPLE, columns=["messages"])).to_pylist() if pq.read_metadata(run / "kept.parquet").num_rows else []
        found.update(code for row in rows for message in row["messages"] if message["role"] == "user" and (code := CODES.get(language(message["content"] or "") or "")))
    return [code for code, number in found.most_common() if number >= FEW * found.total()] or ["en"]


@cache
def environment() -> Environment:
    """What renders the card."""
    return Environment(loader=FileSystemLoader(Path(__file__).parent), undefined=StrictUndefined, autoescape=False, trim_blocks=False, keep_trailing_newline=True)
