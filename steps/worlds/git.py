"""The project's repository: made, and read back."""

from pathlib import Path
from typing import Any

from steps.worlds import filesystem, repository
from steps.worlds.world import World


def make(world: World, home: Path) -> None:
    """Write the project's files, its history (the same hashes every time), then the uncommitted work."""
    filesystem.make(world, home)
    repository.write(world, home / world.theme.name, tuple(medium.path for medium in filesystem.media(world)))


def state(world: World, home: Path) -> dict[str, Any]:
    """`git`: branch, branches (name to hash), subjects (name to that of its tip), staged, unstaged, untracked; and the files."""
    return filesystem.state(world, home) | {"git": repository.state(home / world.theme.name)}
