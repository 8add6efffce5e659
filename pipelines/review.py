"""People look at rows in Argilla: `python -m pipelines.review`, and what they say comes back."""

import functools
import json
import secrets
import time
from pathlib import Path
from typing import Annotated

import typer

from pipelines import flags
from pipelines.argilla import up as server
from pipelines.argilla.credentials import FILE, Credentials, read
from pipelines.command import SHORT, Stopped, command
from pipelines.config import Settings, load_settings
from pipelines.console import Console, escape
from pipelines.layer import FILE as LAYER

INTERRUPTED = 130
cli = typer.Typer(add_completion=False, pretty_exceptions_enable=False, no_args_is_help=True, help=__doc__)
Data = Annotated[Path | None, typer.Option(help="The folder that everything is kept in. (default: argilla/ below the folder of runs)")]
Port = Annotated[int | None, typer.Option(min=1024, max=65535, help="Where the page opens: http://127.0.0.1:PORT. (default: 6900, or as before)")]
Reset = Annotated[bool, typer.Option("--reset", help="Begin anew: delete all datasets, answers and accounts first; says what would be lost, and asks.")]
Name = Annotated[str, typer.Option(help="The dataset's name on the server. (default: finetune-<phase>)")]
Workspace = Annotated[str, typer.Option(help="The workspace on the server. (default: the only one, or `review`)")]
Yes = Annotated[bool, typer.Option("--yes", help="Delete without asking.")]


@cli.command("up")
def start(data: Data = None, port: Port = None, reset: Reset = False, yes: Yes = False, config: flags.Config = None, as_json: flags.Json = False) -> None:
    """Start an Argilla server on this machine, for this machine alone. Needs nothing else; the first time it is installed."""
    console = Console(quiet=as_json)
    with command(console):
        place = folder(data, config)
        if reset:
            forget(place, yes)
        try:
            these, new = server.up(place, port, console)
        except KeyboardInterrupt:
            raise typer.Exit(console.fail("stopped; no server was started. Run the command again.", INTERRUPTED)) from None
        if as_json:
            typer.echo(json.dumps({"url": these.url, "credentials": str(place / FILE), "data": str(place)}))
            return
        show(console, place, these, new)


@cli.command("down")
def stop(data: Data = None, config: flags.Config = None) -> None:
    """Stop the server. Everything that people did stays in the folder, and is there again after `up`."""
    console = Console(quiet=False)
    with command(console):
        place = folder(data, config)
        was = server.down(place)
        console.note(f"the server is stopped; its data stays in {place}" if was else "no server was running")


@cli.command("status")
def status(data: Data = None, config: flags.Config = None, as_json: flags.Json = False) -> None:
    """Say whether the server is running, where, and what it holds. Exit code 1 when it is not running."""
    console = Console(quiet=False)
    with command(console):
        place = folder(data, config)
        these, counts = read(place), server.counted(place)
        number = server.process(place)
        runs = bool(number and these and server.answers(these.url))
        if as_json:
            typer.echo(json.dumps({"running": runs, "url": these.url if these else None, "process": number, "data": str(place), **counts}))
        else:
            state = f"running at {these.url}" if runs and these else "starting" if number else "not running; start it with `python -m pipelines.review up`"
            console.out.print(f"server    {state}", soft_wrap=True)
            console.out.print(f"data      {escape(str(place))}: {held(counts)}", soft_wrap=True)
        if not runs:
            raise typer.Exit(SHORT)


@cli.command("push")
def push_rows(
    run: Annotated[Path, typer.Argument(help="A run folder: runs/<phase>/<fingerprint>.")],
    size: Annotated[int, typer.Option(min=1, help="How many rows people are shown, the cells taking turns.")] = 200,
    overlap: Annotated[int, typer.Option(min=1, help="How many people answer each row.")] = 1,
    control: Annotated[float, typer.Option(min=0, max=1, help="The share of rows that are shown without suggestions, to see what these do to people.")] = 0.1,
    name: Name = "",
    workspace: Workspace = "",
    data: Data = None,
    config: flags.Config = None,
    as_json: flags.Json = False,
) -> None:
    """Show people rows of a run: conversations with what they should show, suggestions, and what the checks noticed. Pushing again adds what is new."""
    from pipelines.argilla.desk import desk
    from pipelines.argilla.push import push

    console = Console(quiet=as_json)
    with command(console), desk(folder(data, config), workspace) as here:
        done = push(run, here, size, overlap, control, name)
        if as_json:
            typer.echo(json.dumps(done._asdict(), ensure_ascii=False))
            return
        there = f"; {done.there:,} of the sample were there" if done.there else ""
        console.out.print(f"pushed    {done.new:,} rows to {done.name} at {done.url}{there}; {done.control} of them without suggestions", soft_wrap=True, markup=False)


@cli.command("pull")
def pull_answers(
    run: Annotated[Path, typer.Argument(help="The run folder whose rows were pushed.")],
    name: Name = "",
    workspace: Workspace = "",
    data: Data = None,
    config: flags.Config = None,
    as_json: flags.Json = False,
) -> None:
    """Bring back what people said, as a layer of the run (`review.parquet`), labels for `pipelines.calibrate`, and who agreed with whom."""
    from pipelines.argilla.desk import desk
    from pipelines.argilla.pull import pull

    console = Console(quiet=as_json)
    with command(console), desk(folder(data, config), workspace) as here:
        told = pull(run, here, name)
        if as_json:
            typer.echo(json.dumps(told, ensure_ascii=False))
            return
        say = functools.partial(console.out.print, soft_wrap=True, markup=False)
        say(told["says"])
        for question, found in told["agreement"].items():
            if found["value"] is not None:
                say(f"agree     {question.replace('_', ' ')}: α = {found['value']:.2f} ({found['low']:.2f}–{found['high']:.2f}) on {found['n']} rows")
        for one in told["disagreements"][:10]:
            say(f"differ    {one['id']}: {', '.join(one['said'])}")
        if told["strangers"]:
            say(f"aside     {told['strangers']:,} answered rows are not of this run")
        say(f"files     {run / LAYER}, review.json, quality/labels.jsonl; publish takes them along")


@cli.command("watch")
def watch(
    name: Name = "",
    workspace: Workspace = "",
    every: Annotated[float, typer.Option(min=0, help="Seconds until it looks again; 0 looks once.")] = 0,
    data: Data = None,
    config: flags.Config = None,
    as_json: flags.Json = False,
) -> None:
    """How far people are, by dataset and annotator, and how much work is left."""
    from pipelines.argilla.desk import desk
    from pipelines.argilla.watch import datasets, progress, spoken

    console = Console(quiet=False)
    with command(console), desk(folder(data, config), workspace) as here:
        while True:
            found = [progress(here, one) for one in datasets(here, name)]
            if not found:
                raise Stopped(f"there is no dataset {name or 'of reviews'} on the server. `python -m pipelines.review push RUN` makes one.")
            if as_json:
                typer.echo(json.dumps([one._asdict() for one in found], ensure_ascii=False))
            for one in [] if as_json else found:
                console.out.print(f"{one.name}: {one.done:,} of {one.records:,} rows done, {spoken(one.left)} of work left", soft_wrap=True, markup=False)
                for who, (number, seconds) in one.people.items():
                    console.out.print(f"  {who:<20} {number:>6,} rows, {spoken(seconds)} each", soft_wrap=True, markup=False)
            if not every:
                return
            time.sleep(every)


@cli.command("add")
def add(
    who: Annotated[str, typer.Argument(help="The annotator's name: letters, digits, - and _.")],
    workspace: Workspace = "",
    data: Data = None,
    config: flags.Config = None,
) -> None:
    """Let somebody review: make an account, and print its password once."""
    from pipelines.argilla.desk import desk

    console = Console(quiet=False)
    with command(console), desk(folder(data, config), workspace) as here:
        import argilla as rg

        if here.client.users(who):
            raise Stopped(f"there is somebody called {who} on the server already.")
        password = secrets.token_urlsafe(9)
        user = rg.User(username=who, first_name=who, role="annotator", password=password, client=here.client).create()
        user.add_to_workspace(here.client.workspaces(here.workspace))
        console.out.print(f"sign in   {who}, password {password} at {here.client.api_url}; it is not shown again", soft_wrap=True, markup=False)


def folder(data: Path | None, config: Path | None) -> Path:
    """Where the server's data is."""
    return (data or load_settings(Settings, config, {}).out / "argilla").absolute()


def forget(place: Path, yes: bool) -> None:
    """Delete the server's data, after asking.

    Raises:
        Stopped: when the answer is no.
    """
    counts = server.counted(place)
    if any(counts.values()) and not yes:
        try:
            sure = typer.confirm(f"Delete {held(counts)} in {place}? Pull first what you want to keep.", err=True)
        except typer.Abort:
            sure = False
        if not sure:
            raise Stopped("nothing was deleted, and no server was started. Give --yes to delete without being asked.")
    server.reset(place)


def held(counts: dict[str, int]) -> str:
    """Counts in words."""
    return ", ".join(f"{count:,} {name.removesuffix('s') if count == 1 else name}" for name, count in counts.items())


def show(console: Console, place: Path, these: Credentials, new: bool) -> None:
    """Say where the page is and how to sign in; the password and the key are shown once."""
    say = console.out.print
    say(f"page      {these.url}", soft_wrap=True)
    if new:
        say(f"sign in   {these.name}, password {escape(these.password)}", soft_wrap=True)
        say(f"key       {escape(these.key)}", soft_wrap=True)
        say(f"kept in   {escape(str(place / FILE))}, which you alone can read; they are not shown again", soft_wrap=True)
    else:
        say(f"sign in   {these.name}; the password is in {escape(str(place / FILE))}", soft_wrap=True)
    say("The server runs in the background: `python -m pipelines.review down` stops it, `status` looks at it.", soft_wrap=True)


if __name__ == "__main__":
    cli()
