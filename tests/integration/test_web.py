"""A server that is given by its address."""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.integration.conftest import run

pytestmark = pytest.mark.integration


@dataclass(frozen=True)
class Web:
    """A server over HTTP, and what it wrote down."""

    address: str
    log: Path

    @property
    def called(self) -> set[str]:
        """The tools that were really called."""
        return {line.split()[1] for line in self.log.read_text().splitlines() if line.startswith("called ")}


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Web]:
    """A streamable-HTTP server on loopback."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = tmp_path / "web.log"
    with log.open("w") as file:
        process = subprocess.Popen([sys.executable, str(Path(__file__).parent / "servers" / "web.py"), str(port)], stdout=file, stderr=file)
    for _ in range(600):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.1)
    yield Web(f"http://127.0.0.1:{port}/mcp", log)
    process.kill()
    process.wait()


def calls(folder: Path) -> set[tuple[str, str, bool]]:
    """Tool, who answered, and whether the row says that its calls ran."""
    return {(call["tool"], call["by"], row["executed"]) for row in pq.read_table(folder / "kept.parquet").to_pylist() for call in json.loads(row["calls"])}


def test_only_reading_tools_of_an_address_are_run(web: Web, limits: str, tmp_path: Path) -> None:
    done = run("--source", web.address, "--config", limits, "--rows", 20, "--out", tmp_path / "out")
    assert done.code == 0
    assert "server 127-0-0-1 was given an address, a path or a key: only its read-only tools are run (--allow-writes runs all)" in done.err
    assert web.called == {"look_up_price"}
    assert calls(tmp_path / "out") >= {("look_up_price", "server", True), ("order_product", "nobody", False)}
    assert not {found for found in calls(tmp_path / "out") if found[0] == "order_product" and found[1] == "server"}


def test_writing_tools_of_an_address_are_run_when_allowed(web: Web, limits: str, tmp_path: Path) -> None:
    assert run("--source", web.address, "--config", limits, "--rows", 20, "--allow-writes", "--quiet", "--out", tmp_path / "out").code == 0
    assert web.called == {"look_up_price", "order_product"}
    assert {by for _, by, _ in calls(tmp_path / "out")} <= {"server", "fault"}


def test_an_address_where_nobody_answers_is_named(limits: str, tmp_path: Path) -> None:
    done = run("--source", "http://127.0.0.1:9/mcp", "--config", limits, "--out", tmp_path / "out")
    assert (done.code, done.sentence) == (1, "server 127-0-0-1 cannot be reached (All connection attempts failed). Check the address: http://127.0.0.1:9/mcp")


def test_an_address_that_is_no_mcp_server_is_named(web: Web, limits: str, tmp_path: Path) -> None:
    address = web.address.replace("/mcp", "/elsewhere")
    done = run("--source", address, "--config", limits, "--out", tmp_path / "out")
    assert done.code == 1
    assert done.sentence.startswith("server 127-0-0-1 cannot be reached (")
    assert done.sentence.endswith(f"Check the address: {address}")


def test_an_address_is_not_reached_offline(tmp_path: Path) -> None:
    done = run("--source", "http://127.0.0.1:9/mcp", "--offline", "--out", tmp_path / "out")
    assert (done.code, done.sentence) == (2, "http://127.0.0.1:9/mcp is a live server, and --offline reaches none. Save its tools/list answer and give the file.")
