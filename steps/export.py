"""Write the kept rows as chat fine-tuning files: with the tools in the context, and with the tools in the weights."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

from knowledge.catalog import Catalog

Variant = Literal["full", "in-weights"]
VARIANTS: tuple[Variant, ...] = ("full", "in-weights")


def export(rows: Sequence[dict[str, Any]], catalog: Catalog | None, folder: Path) -> list[Path]:
    """Write OpenAI chat JSONL, a file a variant and split: `openai-<variant>/<split>.jsonl`.

    *full*: `messages` and `tools`, every spec of the catalog: what the baseline is tuned or prompted with. *in-weights*: the
    same messages and calls, no `tools`. Without a catalog there is nothing to leave out, and *in-weights* is all.

    Source: OpenAI fine-tuning, chat format with function calling.
    """
    written = []
    for variant in VARIANTS if catalog else VARIANTS[1:]:
        for split in ("train", "validation", "test"):
            path = folder / f"openai-{variant}" / f"{split}.jsonl"
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("w", encoding="utf-8", newline="\n") as file:
                file.writelines(lines([row for row in rows if row["split"] == split], catalog, variant))
            written.append(path)
    return written


def lines(rows: Sequence[dict[str, Any]], catalog: Catalog | None, variant: Variant) -> Iterator[str]:
    """One JSON line a row."""
    tools = json.dumps([tool.spec for tool in catalog.tools] if catalog else [], ensure_ascii=False)
    tail = f', "tools": {tools}' if variant == "full" else ""
    for row in rows:
        yield f'{{"messages": {json.dumps([said(message) for message in row["messages"]], ensure_ascii=False)}{tail}}}\n'


def said(message: dict[str, Any]) -> dict[str, Any]:
    """A message with the keys that it uses, in one order: a table of messages gives each the keys of all."""
    used = {key: message.get(key) for key in ("role", "content", "tool_calls", "tool_call_id")}
    return {key: value for key, value in used.items() if value is not None or (key == "content" and message["role"] == "assistant")}
