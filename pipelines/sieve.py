"""The filters that a finished run goes through."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from knowledge.catalog import Unreadable
from pipelines import against
from pipelines.config import Gates
from pipelines.finished import read_manifest, read_rows

if TYPE_CHECKING:
    from steps.filters.flag import Filter

LISTS = frozenset({"enum", "const", "default", "examples"})
ORDERS = re.compile(
    r"\b(?:instructions?|orders?)\b.{0,80}\b(?:files?|results?|pages?|documents?|web)\b|\b(?:files?|results?|pages?)\b.{0,80}\b(?:instructions|orders|tells? an)\b", re.I
)


def filters(gates: Gates, folders: dict[str, Path], benchmarks: Sequence[Path] = (), earlier: Sequence[Path] = (), missing: str = "") -> list["Filter"]:
    """The filters of a look; the checks are those of the runs that can be verified again, and left out where one cannot.

    Args:
        missing: why texts cannot be compared by what they mean; the filters that do so are left out then.
    """
    from steps.filters.balance import Balance
    from steps.filters.checks import Checks
    from steps.filters.duplicates import Duplicates
    from steps.filters.earlier import Earlier
    from steps.filters.endings import Endings
    from steps.filters.leaks import Benchmarks, Splits
    from steps.filters.orders import Orders
    from steps.filters.paraphrases import Paraphrases
    from steps.filters.personas import Personas
    from steps.filters.privacy import Personal, Secrets

    model = "" if missing else gates.embedder
    orders = Orders(teaching(folders.values()))
    found: list[Filter] = [Duplicates(gates.near), Splits(gates.near, listed(folders.values())), Secrets(), Personal(), orders, Endings(), Personas(), Balance(gates.balance)]
    known = against.verifiers(folders)
    if known.keys() == folders.keys():
        found.append(Checks(known, against.values(folders), next(iter(folders))))
    if model:
        found.append(Paraphrases(model, gates.alike))
    if benchmarks:
        found.append(Benchmarks([line for path in benchmarks for line in lines(path)], model))
    if earlier:
        found.append(Earlier({read_manifest(path).get("fingerprint") or path.name: read_rows(path)[0] for path in earlier}, gates.near, model, gates.alike))
    return found


def listed(folders: Iterable[Path]) -> frozenset[str]:
    """The values that tools' schemas list, which belong to every split."""
    specs = [json.loads(path.read_text(encoding="utf-8")) for folder in folders if (path := folder / "tools.json").is_file()]
    return frozenset(chain.from_iterable(map(choices, specs)))


def choices(schema: Any) -> Iterator[str]:
    """The texts that a JSON schema lists below `enum`, `const`, `default` and `examples`, at any depth."""
    if isinstance(schema, list):
        yield from chain.from_iterable(map(choices, schema))
    elif isinstance(schema, dict):
        for key, value in schema.items():
            if key in LISTS:
                yield from (one for one in (value if isinstance(value, list) else [value]) if isinstance(one, str))
            else:
                yield from choices(value)


def teaching(folders: Iterable[Path]) -> frozenset[str]:
    """The points of runs that are about orders in files and results: their rows may hold such text."""
    known = [point for folder in folders if (path := folder / "points.json").is_file() for point in json.loads(path.read_text(encoding="utf-8"))]
    return frozenset(point["id"] for point in known if ORDERS.search(point["text"]))


def lines(path: Path) -> list[tuple[str, str]]:
    """A benchmark's texts by file and line; of a JSONL file all strings of a line.

    Raises:
        Unreadable: when it cannot be read.
    """
    from steps.checks.source import strings

    try:
        texts = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise Unreadable(f"the benchmark {path} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise Unreadable(f"the benchmark {path} is no text (UTF-8).") from None
    found = []
    for number, line in enumerate(texts, 1):
        try:
            said = " ".join(strings(json.loads(line))) if path.suffix in (".jsonl", ".json") else line
        except ValueError:
            raise Unreadable(f"the benchmark {path} is not JSON in line {number}.") from None
        found.append((f"{path.name}:{number}", said))
    return found
