"""Children of the process that keeps the server: forked from what it has imported, and ended with it, however it ends."""

import contextlib
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable

GRACE = 5.0  # seconds that a child has to end


def fork(work: Callable[[], object], alive: int, ours: tuple[int, ...]) -> int:
    """Do work in a child; its number.

    The child, and what it started, ends when this process is gone: then the pipe `alive` ends. What is this process's own (`ours`) it closes.
    """
    number = os.fork()
    if number:
        return number
    code = 1
    try:
        os.setpgid(0, 0)
        for descriptor in ours:
            os.close(descriptor)
        threading.Thread(target=end_with, args=(alive,), daemon=True).start()
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        work()
        code = 0
    except KeyboardInterrupt:
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def end_with(alive: int) -> None:
    """End this process, and what it started, once the other end of a pipe is closed."""
    os.read(alive, 1)
    os.killpg(0, signal.SIGKILL)


def ended(number: int) -> None:
    """End a child."""
    with contextlib.suppress(ProcessLookupError, ChildProcessError):
        os.kill(number, signal.SIGTERM)
        until = time.monotonic() + GRACE
        while os.waitpid(number, os.WNOHANG)[0] == 0:
            if time.monotonic() > until:
                os.killpg(number, signal.SIGKILL)
            time.sleep(0.02)
