"""How results read: one file a shipped server. Importing this package registers them all in `READERS`."""

from steps.results import filesystem, git, sqlite, time
from steps.worlds import fetch, memory
from steps.worlds.world import READERS

__all__ = ["READERS", "fetch", "filesystem", "git", "memory", "sqlite", "time"]
