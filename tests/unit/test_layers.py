"""The house rules that no linter knows: which way imports run, who reads what."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LAYERS = ("knowledge", "steps", "pipelines")
FILES = sorted(path.relative_to(ROOT) for layer in LAYERS for path in (ROOT / layer).rglob("*.py"))
PHASES = [path for path in FILES if path.name.startswith("phase")]


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""
            yield from (f"{node.module}.{name.name}" for name in node.names)


def test_there_is_something_to_look_at() -> None:
    assert len(FILES) > 30 and PHASES and "knowledge.catalog" in set(imports(Path("pipelines/phase3_tools.py")))


@pytest.mark.parametrize("path", FILES, ids=str)
def test_imports_run_one_way(path: Path) -> None:
    above = LAYERS[LAYERS.index(path.parts[0]) + 1 :]
    assert [name for name in imports(path) if name.split(".")[0] in (*above, "tests", "configs")] == []


@pytest.mark.parametrize("path", FILES, ids=str)
def test_no_file_puts_its_annotations_off(path: Path) -> None:
    """distilabel reads them when a step is made."""
    assert "__future__.annotations" not in set(imports(path))


@pytest.mark.parametrize("path", PHASES, ids=str)
def test_phases_never_import_phases(path: Path) -> None:
    assert [name for name in imports(path) if name.split(".")[-1].startswith("phase") and name.startswith("pipelines")] == []


def test_settings_are_read_by_one_module() -> None:
    readers = {str(path) for path in FILES for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8"))) if isinstance(node, ast.Constant) and node.value == "configs"}
    assert readers == {"pipelines/config.py"}


@pytest.mark.parametrize("path", FILES, ids=str)
def test_a_module_is_called_by_what_it_is_about(path: Path) -> None:
    assert path.stem not in ("utils", "util", "helpers", "helper", "common", "misc", "base")
