"""The world that a row names."""

from functools import cache

from knowledge.theme import Theme, load_themes
from steps.worlds.bench import bench, tasks
from steps.worlds.world import World


@cache
def themes() -> dict[str, Theme]:
    """Every theme by name."""
    return {theme.name: theme for theme in load_themes()}


def world_of(name: str) -> World:
    """The world that a row names: a theme, or a coding task's workbench, and a seed."""
    theme, seed = name.rsplit(":", 1)
    return World(bench(theme) if theme in tasks() else themes()[theme], int(seed))
