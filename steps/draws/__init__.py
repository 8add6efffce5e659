"""Values to ask for: one file a shipped server. Importing this package registers them all in `DRAWS`."""

from steps.draws import filesystem, sqlite, time
from steps.worlds import fetch, git, memory
from steps.worlds.world import DRAWS

__all__ = ["DRAWS", "fetch", "filesystem", "git", "memory", "sqlite", "time"]
