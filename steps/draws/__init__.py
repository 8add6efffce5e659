"""Values to ask for: one file a shipped server. Importing this package registers them all in `DRAWS`."""

from steps.draws import filesystem, git, sqlite, time
from steps.worlds import fetch, memory
from steps.worlds.world import DRAWS

__all__ = ["DRAWS", "fetch", "filesystem", "git", "memory", "sqlite", "time"]
