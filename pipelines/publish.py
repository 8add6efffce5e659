"""Publish a run as a version of a dataset: `python -m pipelines.publish RUN --to owner/name [--version 1.2.0]`."""

import dataclasses
import errno
import json
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from knowledge.catalog import Unreadable
from pipelines import flags
from pipelines import folder as run_folder
from pipelines.command import Stopped, command, start
from pipelines.config import load_gates
from pipelines.console import Console
from pipelines.finished import read_manifest
from pipelines.release import nameless

if TYPE_CHECKING:
    from pipelines.changes import Changes
    from pipelines.places import Place
    from pipelines.release import Release

LIST = "CHANGELOG.md"
HEAD = "# What changed\n\n"
ROWS = 4  # of a report that is published: the dataset holds them all
SHOWN = 12  # rows and units that a plan names; --json names all
LEAST = 10  # characters of a reason


def main(
    run: Annotated[list[Path], typer.Argument(help="Run folders: runs/<phase>/<fingerprint>. That of phase 5 brings those of its phases along.")],
    to: Annotated[str, typer.Option(help="owner/name on the Hub (or on the one that HF_ENDPOINT names), or local:PATH.")],
    version: Annotated[str | None, typer.Option(help="Such as 1.2.0. (default: what follows from the changes)")] = None,
    plan: Annotated[bool, typer.Option("--plan", help="Print what would change and which version it would be; send nothing.")] = False,
    public: Annotated[bool, typer.Option("--public", help="A new repository can be seen by all; else by its owner alone.")] = False,
    rejected: Annotated[bool, typer.Option("--rejected", help="Publish the rejected rows too, as the config `rejected`.")] = False,
    counter_examples: Annotated[
        bool, typer.Option("--counter-examples", help="Also publish, as the config `retired`, preference pairs against rules that now say the opposite of what they said.")
    ] = False,
    licence: Annotated[str, typer.Option(help="The dataset's licence, as the Hub names it. (default: the sources' own)")] = "",
    force: Annotated[str, typer.Option(metavar="REASON", help="Publish although gates fell short; the reason stands on the card.")] = "",
    config: Annotated[Path | None, typer.Option(help="A YAML of your own over configs/gates.yaml.")] = None,
    quiet: flags.Quiet = False,
    as_json: flags.Json = False,
) -> None:
    """Send a run that passed its gates as a version: one commit and a tag, with a card and the list of what changed. Private unless --public. Exit code 1 when it was refused."""
    console = Console(quiet=quiet or as_json)
    with command(console):
        from pipelines.places import place_of

        began = time.monotonic()
        if force and len(force.strip()) < LEAST:
            raise Stopped("--force needs a reason that a reader of the card can follow: a sentence, not a word.")
        place = place_of(to, public)
        runs = named(run)
        short = fallen(runs, config, console)
        if short and not force:
            raise Stopped(f'{short} Mend it, or publish all the same with --force "the reason", which then stands on the card.')
        try:
            with tempfile.TemporaryDirectory(prefix="publish-") as room:
                made = prepared(runs, place, version, Path(room), rejected, counter_examples, licence, force.strip() if short else "")
                show(made, place, began, console, as_json, plan)
                if made.changes.level and not plan:
                    place.send(made.release, Path(room), made.last, made.title)
                    if not quiet and not as_json:
                        console.out.print(f"published {place.name} v{made.release.version} in {time.monotonic() - began:.1f} s", soft_wrap=True, markup=False)
        except OSError as error:
            if error.errno == errno.ENOSPC:
                raise Stopped(f"there is no room for the shards in {tempfile.gettempdir()}. Make some, or set TMPDIR to another folder; nothing was sent.") from None
            raise


class Prepared(NamedTuple):
    """A version, ready to be sent.

    Attributes:
        last: the version before; None where this is the first.
        title: what is new, in one line.
        sent: bytes of the files that the version before does not have.
        whole: bytes of all files of this version that were made here.
    """

    release: "Release"
    last: "Release | None"
    changes: "Changes"
    title: str
    sent: int
    whole: int


def named(folders: Sequence[Path]) -> dict[str, Path]:
    """The runs that are published together, by phase.

    Raises:
        Unreadable: when one is no finished run.
        Stopped: when one was edited after it was made, or two are of one phase.
    """
    from pipelines.release import runs_of

    found: dict[str, Path] = {}
    for folder in folders:
        for phase, place in runs_of(folder, read_manifest(folder)).items():
            if found.setdefault(phase, place).resolve() != place.resolve():
                raise Stopped(f"{found[phase]} and {place} are both of {phase}; a version holds one run of a phase.")
    for place in found.values():
        if changed := run_folder.edited(place, read_manifest(place)):
            raise Stopped(
                f"{place / changed[0]} is not what the run's manifest.json says: it was edited after the run was made. Make the run again; what is published can be traced."
            )
    return found


def fallen(runs: Mapping[str, Path], config: Path | None, console: Console) -> str:
    """Which gates fell short, in words; looks at the runs that nobody has looked at as they are now.

    Raises:
        Unreadable: when a run cannot be looked at.
    """
    from pipelines.report_data import look

    gates, short = load_gates(config), []
    for place in runs.values():
        notes: list[str] = []
        gate, *_ = look(place, gates, [], console.note, notes)
        if gate is None:
            raise Unreadable(f"{place}: {' '.join(notes)}")
        if missed := [one["name"] for one in gate["gates"] if one["passed"] is False]:
            short.append(f"{place} falls short of {', '.join(missed)}.")
    return " ".join(short)


def prepared(runs: Mapping[str, Path], place: "Place", version: str | None, room: Path, rejected: bool, counter: bool, licence: str, forced: str) -> Prepared:
    """Write a version's files into a folder, and say what it changes.

    Raises:
        Stopped: when the version is none, is there already with other content, or promises less than was changed.
    """
    from pipelines.changes import FIRST, Changes, compare, fitting, parsed, proposed
    from pipelines.places import released
    from pipelines.release import DEFAULT, MANIFEST, Release, config_of, part_of
    from pipelines.retired import PATH, retired
    from pipelines.shards import written

    versions = place.versions()
    last = released(place, versions[-1]) if versions else None
    known = last.parts if last else {}
    if empty := [str(run) for run in runs.values() if not (read_manifest(run).get("rows") or {}).get("kept")]:
        raise Stopped(f"{empty[0]} has no kept row: there is nothing to publish.")
    parts = known | {config_of(phase): part_of(run, read_manifest(run), room, known.get(config_of(phase)), rejected, excerpt(run)) for phase, run in runs.items()}
    release = Release(parts={config: parts[config] for config in sorted(parts, key=lambda config: (config == DEFAULT, config))}, forced=forced)

    def here(path: str) -> Path:
        return room / path if (room / path).is_file() or last is None else place.file(last.version, path)

    if last is None:
        changes = Changes(before="", level="major", reason="the first version")
        release.version = ".".join(map(str, parsed(version or FIRST)))
    else:
        before = last.version
        changes = compare(last, release, lambda path: place.file(before, path), here)
        if version and version.removeprefix("v") in versions and changes.level:
            raise Stopped(f"{place.name} has a v{version.removeprefix('v')} already, and a version is never changed. What follows from the changes is {proposed(changes)}.")
        release.version = before if not changes.level else fitting(version, changes) if version else proposed(changes)
    title = headline(changes, release)
    if counter and last and changes.reversed:
        before = last.version
        table = retired(changes.reversed, last, lambda path: place.file(before, path))
        if table.num_rows:
            release.more[PATH] = written(table, PATH, room).sha256
    if changes.level:
        tell(release, changes, place, runs, room, here, licence, title)
        (room / MANIFEST).write_text(release.model_dump_json() + "\n", encoding="utf-8")
    old = last.files if last else {}
    sizes = {path: (room / path).stat().st_size for path in (*release.files, MANIFEST) if (room / path).is_file()}
    return Prepared(release, last, changes, title, sum(size for path, size in sizes.items() if old.get(path) != release.files.get(path, "")), sum(sizes.values()))


def tell(release: "Release", changes: "Changes", place: "Place", runs: Mapping[str, Path], room: Path, here: Callable[[str], Path], licence: str, title: str) -> None:
    """Write what tells of a version: the card, the list of changes, and the page."""
    from pipelines.card import card, facts_of, languages
    from pipelines.places import LOCAL

    entry = noted(release, changes, title)
    old = here(LIST).read_text(encoding="utf-8").removeprefix(HEAD) if changes.before else ""
    (room / LIST).write_text(f"{HEAD}{entry}{old}", encoding="utf-8")
    facts = {config: facts_of(here(f"run/{config}.zip")) for config in release.parts}
    source = f"{LOCAL}{Path(place.name.removeprefix(LOCAL)).name}" if place.name.startswith(LOCAL) else place.name  # a card names no place of this machine
    text = card(source, release, facts, entry.partition("\n")[2].strip(), licence, languages(runs.values()))
    (room / "README.md").write_text(text, encoding="utf-8")
    release.more |= {name: run_folder.sha256(room / name) for name in ("README.md", LIST)}


def excerpt(run: Path) -> bytes:
    """The run's report with some of its rows, and without the places of this machine."""
    from pipelines.report_data import few, read
    from pipelines.report_page import page

    found = read(run, load_gates(None))
    found = dataclasses.replace(found, folder=Path(found.name), gate=nameless(found.gate) if found.gate else None)
    return page(found, rows=few(found, ROWS)).encode("utf-8", "replace")


def headline(changes: "Changes", release: "Release") -> str:
    """What is new, in one line."""
    if not changes.before:
        return f"the first version: {sum(part.kept for part in release.parts.values()):,} rows"
    parts = [
        *changes.configs[:2],
        *([f"{counted(len(changes.units), 'unit')} changed"] if changes.units else []),
        *(f"{counted(number, 'row')} {how}" for how, number in changes.counts.items() if number),
    ]
    return ", ".join(parts) or changes.reason


def counted(number: int, what: str) -> str:
    """A number of things, in words."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def noted(release: "Release", changes: "Changes", title: str) -> str:
    """The entry of a version in the list of changes, in Markdown."""
    lines = [f"## v{release.version} ({datetime.now(UTC):%Y-%m-%d})", "", f"{title[:1].upper()}{title[1:]}."]
    if changes.before:
        lines[-1] += f" {changes.level.capitalize()}, since {changes.reason}."
    every = [*changes.configs, *changes.columns, *changes.units]
    why = Counter((row.config, row.how, row.why) for row in changes.rows)
    every += [f"{config}: {counted(number, 'row')} {how}, {reason}" for (config, how, reason), number in sorted(why.items())]
    lines += ["", *(f"- {line}" for line in every)] if every else []
    lines += ["", f"Published although gates fell short, since: {release.forced}"] if release.forced else []
    return "\n".join(lines) + "\n\n"


def show(made: Prepared, place: "Place", began: float, console: Console, as_json: bool, plan: bool) -> None:
    """Print what a version changes, and what would be sent."""
    release, changes = made.release, made.changes
    if as_json:
        told = {
            "to": place.name,
            "version": release.version,
            "published": bool(changes.level) and not plan,
            "sent": made.sent,
            "bytes": made.whole,
            "seconds": round(time.monotonic() - began, 2),
        }
        typer.echo(json.dumps(told | changes.model_dump(mode="json"), ensure_ascii=False))
        return
    if not changes.level:
        console.note(f"{place.name} v{release.version} holds just this; nothing is sent.")
        return
    if console.quiet:
        return

    def say(line: str) -> None:
        console.out.print(line, soft_wrap=True, markup=False)

    say(f"version   v{release.version} of {place.name}" + (f", after v{changes.before}: {changes.level}, since {changes.reason}" if changes.before else ", the first"))
    for config, part in release.parts.items():
        splits = ", ".join(f"{split} {number:,}" for split, number in part.splits.items())
        aside = ", not published" if part.left_out else ""
        say(f"config    {config}: {part.kept:,} rows ({splits}) in {len(part.shards)} files; {part.rejected:,} rejected{aside}")
    for what, lines in (("columns", changes.columns), ("units", changes.units), ("cells", changes.cells)):
        for line in few_of(lines):
            say(f"{what:<9} {line}")
    if changes.before:
        say(f"rows      {', '.join(f'{number:,} {how}' for how, number in changes.counts.items())}")
    for row in few_of(changes.rows):
        say(f"          {row}" if isinstance(row, str) else f"          {row.how} {row.config} {row.id} ({row.split}, {row.cell}): {row.why}")
    say(f"sends     {made.sent / 1e6:.2f} of {made.whole / 1e6:.2f} MB" + ("; nothing was sent (--plan)" if plan else ""))


def few_of(lines: Sequence[Any]) -> list[Any]:
    """The first of some lines, and how many more there are."""
    return [*lines[:SHOWN], *([f"… and {len(lines) - SHOWN:,} more (--json names all)"] if len(lines) > SHOWN else [])]


if __name__ == "__main__":
    start(main)
