"""Servers that nobody wrote a bank for: the shipped ones with their banks aside, a reference server, and saved listings."""

import json
import shutil
import tarfile
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.integration.conftest import ROOT, Done, run

pytestmark = pytest.mark.integration
CORPUS = ROOT.parent / "shared" / "corpus"
EVERYTHING = "@modelcontextprotocol/server-everything@2026.8.31"
LISTINGS = (
    "claude-flow-2.7.47/mcp/claude-flow",
    *(f"mcp-reference-servers/{name}" for name in ("everything", "fetch", "filesystem", "git", "memory", "sequential-thinking", "sqlite", "time")),
)


@pytest.fixture(scope="session")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The archives of real agent systems, unpacked."""
    if not CORPUS.is_dir():
        pytest.skip(f"{CORPUS} is not there")
    folder = tmp_path_factory.mktemp("corpus")
    for name in {listing.partition("/")[0] for listing in LISTINGS}:
        with tarfile.open(CORPUS / f"{name}.tar.gz") as archive:
            archive.extractall(folder, filter="data")
    return folder


def covered(folder: Path) -> None:
    """Every planned cell has a row, and a person can read why the others have none."""
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["cells"]["empty"] == []
    assert manifest["cells"]["covered"] == manifest["cells"]["planned"] > 0
    assert all(reason.split(": ", 1)[1] for reason in manifest["cells"]["excluded"])


@pytest.mark.parametrize("listing", LISTINGS)
def test_a_saved_listing_gives_a_dataset_offline(command: Callable[..., Done], corpus: Path, tmp_path: Path, listing: str) -> None:
    done = command("--source", corpus / listing / "tools_list.json", "--offline", "--rows", 40, "--quiet", "--out", tmp_path / "out")
    assert (done.code, done.sentence) == (0, "")
    covered(tmp_path / "out")
    assert {row["executed"] for row in pq.read_table(tmp_path / "out" / "kept.parquet").to_pylist()} == {False}


def test_the_shipped_servers_work_from_their_schemas_alone(tmp_path: Path) -> None:
    done = run("--schemas-only", "--rows", 40, "--quiet", "--out", tmp_path / "out")
    assert (done.code, done.sentence) == (0, "")
    covered(tmp_path / "out")


def test_a_reference_server_that_is_not_shipped_works_but_for_a_tool_that_tells_of_this_machine(tmp_path: Path) -> None:
    if not shutil.which("npx"):
        pytest.skip("npx is not installed")
    source = tmp_path / "mcp.json"
    source.write_text(json.dumps({"mcpServers": {"everything": {"command": "npx", "args": ["-y", EVERYTHING]}}}))
    done = run("--source", source, "--rows", 30, "--quiet", "--out", tmp_path / "out")
    if "cannot start" in done.sentence:
        pytest.skip(f"{EVERYTHING} is not installed, and its registry is not reached")
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    empty = manifest["cells"]["empty"]
    assert {cell.split("/")[0] for cell in empty} <= {"everything.get-env"}
    assert done.code == (1 if empty else 0)
    rejected = pq.read_table(tmp_path / "out" / "rejected.parquet").to_pylist()
    assert all(row["reject_reason"].startswith("verify: machine") for row in rejected if row["tool"] == "get-env")
