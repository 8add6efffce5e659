"""How results read: one file a shipped server. Importing this package registers them all in `READERS`."""

from steps.results import fetch, filesystem, git, memory, sqlite, time
from steps.worlds.world import READERS

__all__ = ["READERS", "fetch", "filesystem", "git", "memory", "sqlite", "time"]
