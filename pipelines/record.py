"""Record the shipped servers' tool lists, for --offline and for a fast start: `python -m pipelines.record`."""

import asyncio
import json
import tempfile
from pathlib import Path

from knowledge.catalog import HIVE, RECORDED
from knowledge.client import Connection
from knowledge.servers import read_servers
from pipelines.console import Console


async def record() -> None:
    """Start each server once and write what it lists."""
    console = Console(quiet=False)
    for server in read_servers(HIVE.read_text(encoding="utf-8"), str(HIVE), shipped=True):
        with tempfile.TemporaryDirectory() as folder:
            home = Path(folder).resolve() / "home"
            home.mkdir()
            connection = Connection(server, home, start_seconds=120)
            await connection.start()
            tools = await connection.tools()
            await connection.close()
        path = RECORDED / f"{server.name}.json"
        path.write_text(json.dumps({"tools": tools}, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        console.note(f"{server.name}: {len(tools)} tools")


if __name__ == "__main__":
    asyncio.run(record())
