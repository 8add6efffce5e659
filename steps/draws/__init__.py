"""Values to ask for: one file a shipped server. Importing this package registers them all in `DRAWS`."""

from steps.draws import fetch, filesystem, git, memory, sqlite, time
from steps.worlds.world import DRAWS

__all__ = ["DRAWS", "fetch", "filesystem", "git", "memory", "sqlite", "time"]
