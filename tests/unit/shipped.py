"""The shipped servers' catalog as recorded, with nothing started."""

from functools import cache

from knowledge.catalog import HIVE, Catalog, recorded
from knowledge.servers import read_servers
from knowledge.theme import load_themes
from steps.grid import Grid, grid
from steps.scenario import Scenario, plan


@cache
def shipped(*names: str, executes: bool = True) -> Catalog:
    servers = {server.name: server for server in read_servers(HIVE.read_text(encoding="utf-8"), str(HIVE), shipped=True)}
    tools = tuple(tool for name in names for tool in recorded(servers[name]))
    return Catalog(tools=tools, servers={name: servers[name] for name in names} if executes else {})


@cache
def grid_of(*names: str, offline: bool = False, banks: bool = True) -> Grid:
    return grid(shipped(*names), load_themes(), offline=offline, banks=banks)


@cache
def planned(*names: str, rows: int, seed: int = 0, offline: bool = False) -> tuple[Scenario, ...]:
    return tuple(plan(grid_of(*names, offline=offline), rows, seed))
