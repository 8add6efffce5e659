"""What commands have in common: signals stop them as Ctrl-C does, and whatever goes wrong ends in one sentence and an exit code."""

import os
import signal
import sys
import tempfile
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import typer

from knowledge.bank import Misprint
from knowledge.catalog import ServerFailed, Unreadable
from knowledge.guard import guard
from knowledge.system import Misfit, NoSource
from pipelines.config import Misconfigured
from pipelines.console import Console
from pipelines.folder import Occupied

SHORT, WRONG, LEFT = 1, 2, 3
KEPT = "What is finished is kept: run the same command again with --resume."


class Stopped(RuntimeError):
    """A run fell short in a way that is known; the message says how, and what to do."""


class Left(RuntimeError):
    """A run waits for a provider's batch; the message says for which."""


@contextmanager
def command(console: Console) -> Iterator[None]:
    """Run a command; what goes wrong in it is said in one sentence.

    Raises:
        typer.Exit: 1 when the run fell short, 2 when it was called wrongly, 3 when it waits for a batch, 128 and the signal when it was stopped.
    """
    came = heed_signals()
    guard().open()
    own = str(Path(sys.executable).parent)  # uvx lies beside python, whether or not the environment is activated
    if own not in os.environ.get("PATH", "").split(os.pathsep):
        os.environ["PATH"] = os.pathsep.join(filter(None, (own, os.environ.get("PATH", ""))))
    try:
        yield
    except (Misconfigured, Unreadable, Occupied, NoSource, Misfit, Misprint) as error:
        raise typer.Exit(console.fail(str(error), WRONG)) from None
    except Stopped as error:
        raise typer.Exit(console.fail(str(error), SHORT)) from None
    except Left as error:
        console.note(str(error))
        raise typer.Exit(LEFT) from None
    except ServerFailed as error:
        raise typer.Exit(console.fail(error.full, SHORT)) from None
    except KeyboardInterrupt:
        sys.unraisablehook = lambda _: None  # what was cut off in the middle has nothing to add
        number = came[0] if came else signal.SIGINT
        raise typer.Exit(console.fail(f"stopped. {KEPT}", 128 + number)) from None
    except OSError as error:
        raise typer.Exit(console.fail(f"the run cannot be written ({error.strerror or error}). Make room, or give another --out; then run again with --resume.", SHORT)) from None
    except typer.Exit:
        raise
    except Exception as error:
        raise typer.Exit(console.fail(bug(error), SHORT)) from None


def start(main: Callable[..., None]) -> None:
    """Run a command's main function on the command line's words."""
    cli = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    cli.command()(main)
    cli()


def heed_signals() -> list[int]:
    """Let SIGTERM and SIGHUP stop a run as Ctrl-C does; the list that comes back will hold the signal that came."""
    came: list[int] = []

    def stop(number: int, frame: object) -> None:
        came.append(number)
        if not callable(signal.getsignal(signal.SIGINT)):  # a job in the background ignores Ctrl-C
            signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.raise_signal(signal.SIGINT)

    for number in (signal.SIGTERM, signal.SIGHUP):
        if threading.current_thread() is threading.main_thread() and signal.getsignal(number) == signal.SIG_DFL:
            signal.signal(number, stop)
    return came


def bug(error: Exception) -> str:
    """What to say of an error that nobody foresaw; the traceback goes to a file."""
    with tempfile.NamedTemporaryFile("w", prefix="finetune-bug-", suffix=".txt", delete=False) as file:
        traceback.print_exception(error, file=file)
    what = " ".join(str(error).split())[:200]
    return f"this is a bug of finetune-compiler: {type(error).__name__}: {what}. What is finished is kept. Please report it with {file.name}"
