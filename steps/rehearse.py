"""Plan the rows of a general instruct mix: the authored conversations, or those of the user's own dataset."""

import hashlib
import json
import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import Any

from datasets import Dataset, IterableDataset, load_dataset
from datasets.exceptions import DatasetNotFoundError, DatasetsError
from pyarrow import ArrowInvalid
from pyarrow.parquet import read_metadata

from knowledge.rehearsal import Conversation, load_rehearsal
from knowledge.theme import Split

Row = dict[str, Any]
Talk = list[dict[str, str]]
HUB = re.compile(r"(?P<path>[\w.-]+/[\w.-]+)(?:@(?P<revision>[\w./-]+))?(?::(?P<name>[\w.-]+))?")
FILES = {"jsonl": "json", "json": "json", "parquet": "parquet"}
ROLES = {"system": "system", "user": "user", "human": "user", "assistant": "assistant", "gpt": "assistant"}
PAIRS = (("instruction", "output"), ("instruction", "response"), ("prompt", "completion"), ("prompt", "response"))
EXPECTED = "expected are the columns messages, conversations (ShareGPT), instruction and output (and input), or prompt and completion"
AHEAD = 4096
LOOKS = 20


def rehearsed(count: int, seed: int, dataset: str = "") -> list[Row]:
    """Planned rows of rehearsal, each conversation at most once; a larger count holds the rows of a smaller one.

    The splits come in the shares that the source has. `dataset`: see `read_talks`; empty: the authored bank.

    Raises:
        ValueError: when the source has fewer conversations than that, or cannot be read.
    """
    if dataset:
        return [borrowed(talk, seed) for talk in read_talks(dataset, count, seed)]
    bank = load_rehearsal()
    if count > len(bank):
        raise ValueError(f"rehearsal: {count} rows are planned and the bank holds {len(bank)} conversations; name a dataset of your own for more")
    return [authored(conversation, seed) for conversation in spread(bank, seed)[:count]]


def spread(bank: Sequence[Conversation], seed: int) -> list[Conversation]:
    """The conversations in an order drawn by seed, in which every beginning holds the splits in their shares."""
    split: dict[Split, list[Conversation]] = defaultdict(list)
    for conversation in bank:
        split[conversation.split].append(conversation)
    placed: list[tuple[float, str, Conversation]] = []
    for name, members in sorted(split.items()):
        random.Random(f"{seed}:{name}").shuffle(members)
        placed += [((place + 0.5) / len(members), one.id, one) for place, one in enumerate(members)]
    return [one for _, _, one in sorted(placed, key=lambda entry: entry[:2])]


def authored(conversation: Conversation, seed: int) -> Row:
    """The row of a conversation of the bank."""
    messages = [{"role": role, "content": text} for turn in conversation.turns for role, text in (("user", turn.user), ("assistant", turn.assistant))]
    theme, family = conversation.kind, conversation.topic
    return row(conversation.id, messages, conversation.split, seed) | {"complexity": conversation.complexity, "theme": theme, "family": family}


def borrowed(talk: Talk, seed: int) -> Row:
    """The row of a conversation of the user's own dataset: the split follows from its content."""
    digest = hashlib.sha256(json.dumps(talk, ensure_ascii=False, sort_keys=True).encode()).hexdigest()
    return row(digest[:16], talk, split_of(talk), seed)


def split_of(talk: Talk) -> Split:
    """The split of a conversation, by the hash of what the user says first: 80 in 100 train, 10 validation, 10 test."""
    first = next(message["content"] for message in talk if message["role"] == "user")
    place = int(hashlib.sha256(" ".join(first.lower().split()).encode()).hexdigest(), 16) % 10
    return "test" if place == 9 else "validation" if place == 8 else "train"


def row(name: str, messages: Iterable[dict[str, str]], split: Split, seed: int) -> Row:
    """A planned row whose conversation is there already."""
    said = list(messages)
    requests = [message["content"] for message in said if message["role"] == "user"]
    return {
        "id": f"rehearsal-{name}",
        "unit": f"rehearsal:{name}",
        "level": "L0",
        "category": "rehearsal",
        "behaviour": "rehearsal",
        "complexity": "simple" if len(requests) == 1 else "moderate",
        "error_case": "none",
        "boundary": False,
        "form": "rehearsal",
        "split": split,
        "seed": int(hashlib.sha256(f"{seed}:{name}".encode()).hexdigest()[:8], 16),
        "theme": "",
        "asker": "verbatim",
        "family": name,
        "script": "{}",
        "requests": requests,
        "messages": said,
        "executed": "[]",
        "state": [],
        "evolution": "[]",
        "reject_reason": None,
    }


class Unusable(ValueError):
    """A row that is no conversation to practise on; the message says why."""


def read_talks(dataset: str, count: int, seed: int) -> list[Talk]:
    """Conversations in the OpenAI chat form, drawn by seed, none of them twice.

    `dataset`: a JSONL, JSON or Parquet file, a folder of them, or an id on the Hugging Face Hub
    (`owner/name`, `owner/name:config`, `owner/name@revision`), which is streamed.

    Raises:
        ValueError: when there is no such dataset, its columns are of no known layout, or it has too few conversations.
    """
    rows = drawn(dataset, seed)
    first = next(rows, None)
    if first is None:
        raise ValueError(f"{dataset}: it is empty")
    if not known(first):
        raise ValueError(f"{dataset}: its columns are {', '.join(sorted(first))}; {EXPECTED}")
    found: dict[str, Talk] = {}
    why = Counter[str]()
    for entry in islice(chain([first], rows), max(AHEAD, LOOKS * count)):
        if len(found) == count:
            break
        try:
            talk = conversation(entry)
        except Unusable as error:
            why[str(error)] += 1
            continue
        why["it stands there twice"] += repr(talk) in found
        found.setdefault(repr(talk), talk)
    if len(found) < count:
        reasons = "; ".join(f"{times} left out: {reason}" for reason, times in why.most_common() if times)
        raise ValueError(f"{dataset}: {count} conversations are planned and {len(found)} can be used" + (f" ({reasons})" if reasons else ""))
    return list(found.values())


def drawn(dataset: str, seed: int) -> Iterator[dict[str, Any]]:
    """The rows of a dataset in an order drawn by seed; of a stream, the next few thousand at a time.

    Raises:
        ValueError: when it cannot be read, saying why.
    """
    path = Path(dataset).expanduser()
    try:
        if path.exists():
            yield from local(path).shuffle(seed=seed, keep_in_memory=True)
        else:
            yield from remote(dataset).shuffle(seed=seed, buffer_size=AHEAD)
    except (DatasetsError, OSError, RuntimeError, ArrowInvalid) as error:
        raise ValueError(f"{dataset}: it cannot be read: {first_line(error.__cause__ or error)}") from error


def local(path: Path) -> Dataset:
    """The rows of a file, or of all files of the one kind that a folder holds.

    Raises:
        ValueError: when there is nothing to read.
    """
    files = [path] if path.is_file() else sorted(file for file in path.rglob("*") if file.suffix.lstrip(".") in FILES)
    kinds = {FILES.get(file.suffix.lstrip("."), file.suffix or "none") for file in files}
    if len(kinds) != 1 or not kinds <= set(FILES.values()):
        raise ValueError(f"{path}: found are files of the kinds {', '.join(sorted(kinds)) or 'none'}; expected is one of jsonl, json, parquet")
    filled = [str(file) for file in files if (read_metadata(file).num_rows if file.suffix == ".parquet" else file.stat().st_size)]
    if not filled:
        raise ValueError(f"{path}: it is empty")
    try:
        return load_dataset(kinds.pop(), data_files=filled, split="train")
    except ValueError as error:
        raise ValueError(f"{path}: it cannot be read: {first_line(error)}") from error


def remote(dataset: str) -> IterableDataset:
    """A dataset of the Hugging Face Hub as a stream: its split `train`, or the first that is called so, or the first.

    Raises:
        ValueError: when there is none of that name, or it wants a config.
    """
    match = HUB.fullmatch(dataset)
    if match is None:
        raise ValueError(f"{dataset}: no such file or folder, and no id of the Hugging Face Hub (owner/name)")
    try:
        splits = load_dataset(match["path"], match["name"], revision=match["revision"], streaming=True)
    except DatasetNotFoundError as error:
        raise ValueError(f"{dataset}: no such file or folder, and the Hugging Face Hub shows no such dataset ({first_line(error)})") from error
    except ValueError as error:
        raise ValueError(f"{dataset}: the Hugging Face Hub's dataset does not open: {' '.join(str(error).split())}") from error
    return splits[min(splits, key=lambda name: (not str(name).startswith("train"), str(name)))]


def first_line(error: BaseException) -> str:
    """What an error says, without what follows."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def known(entry: dict[str, Any]) -> bool:
    """Whether a row's columns are of a layout that can be read."""
    return bool(entry.keys() & {"messages", "conversations"}) or any(entry.keys() >= set(pair) for pair in PAIRS)


def conversation(entry: dict[str, Any]) -> Talk:
    """A row as a conversation: perhaps a system message, then user and assistant by turns.

    Raises:
        Unusable: when it is none.
    """
    talk = list(turns(entry))
    body = talk[1:] if talk[:1] and talk[0]["role"] == "system" else talk
    if not body or [message["role"] for message in body] != ["user", "assistant"] * (len(body) // 2):
        raise Unusable("user and assistant do not speak by turns")
    if not all(message["content"].strip() for message in body):
        raise Unusable("a message is empty")
    return talk


def turns(entry: dict[str, Any]) -> Iterator[dict[str, str]]:
    """The messages of a row, whatever its layout.

    Raises:
        Unusable: when a message is not plain text of a known role.
    """
    if listed := entry.get("messages") or entry.get("conversations"):
        yield from map(said, listed)
        return
    pair = next((pair for pair in PAIRS if entry.keys() >= set(pair)), None)
    if pair is None:
        raise Unusable("a message is empty")
    asked, answered = entry[pair[0]], entry[pair[1]]
    if isinstance(asked, list) and isinstance(answered, list):
        yield from map(said, [*asked, *answered])
        return
    if not isinstance(asked, str) or not isinstance(answered, str):
        raise Unusable("a message is not plain text")
    if system := entry.get("system"):
        yield {"role": "system", "content": str(system)}
    yield {"role": "user", "content": f"{asked}\n\n{entry['input']}" if entry.get("input") else asked}
    yield {"role": "assistant", "content": answered}


def said(message: Any) -> dict[str, str]:
    """A message in the OpenAI chat form.

    Raises:
        Unusable: when it is not plain text of a known role.
    """
    if not isinstance(message, dict):
        raise Unusable("a message is not plain text")
    role, text = message.get("role", message.get("from")), message.get("content", message.get("value"))
    if message.get("tool_calls") or role not in ROLES:
        raise Unusable("it calls tools or has roles other than system, user and assistant")
    if not isinstance(text, str):
        raise Unusable("a message is not plain text")
    return {"role": ROLES[role], "content": text}
