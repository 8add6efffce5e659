"""The memory of an engine, all its processes together."""

import threading
import time

import psutil


class Peak(threading.Thread):
    """The most memory that a process and all its children held at once, in MB."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.process, self.pss, self.rss = psutil.Process(pid), 0.0, 0.0
        self.start()

    def run(self) -> None:
        while True:
            pss = rss = 0
            try:
                for process in (self.process, *self.process.children(recursive=True)):
                    own, share = held(process)
                    rss, pss = rss + own, pss + share
            except psutil.Error:
                return
            self.pss, self.rss = max(self.pss, pss / 1e6), max(self.rss, rss / 1e6)
            time.sleep(0.25)


def held(process: psutil.Process) -> tuple[int, int]:
    """The resident and the proportional set size of a process; the first for both where the system does not tell the second."""
    try:
        full = process.memory_full_info()
        return full.rss, getattr(full, "pss", full.rss)
    except psutil.AccessDenied:
        own = process.memory_info().rss
        return own, own
    except psutil.NoSuchProcess:
        return 0, 0
