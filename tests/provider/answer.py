"""What a script says to a request, in one form for both wires."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

Stop = Literal["stop", "length", "tool_calls", "content_filter"]


def tokens(size: int) -> int:
    """Tokens of so many bytes of UTF-8: one for every four that are begun."""
    return (size + 3) // 4


def written(arguments: dict[str, Any] | str) -> str:
    """A call's arguments as text."""
    return arguments if isinstance(arguments, str) else json.dumps(arguments, ensure_ascii=False)


@dataclass(frozen=True)
class Answer:
    """An answer.

    Attributes:
        text: what is said.
        calls: tool calls: a name, and the arguments as an object or as raw text.
        stop: why it ends, in OpenAI's words; None is the right one for what it holds.
        refusal: the words of a refusal; nothing else is said then.
        usage: tokens that take the place of the counted ones: input (the whole prompt), cached and written (parts of it), output.
    """

    text: str | None = None
    calls: tuple[tuple[str, dict[str, Any] | str], ...] | list[tuple[str, dict[str, Any] | str]] = ()
    stop: Stop | None = None
    refusal: str | None = None
    usage: Mapping[str, int] | None = None

    def __post_init__(self) -> None:
        if self.stop not in (None, "stop", "length", "tool_calls", "content_filter"):
            raise ValueError(f"no such stop: {self.stop}")
        if unknown := set(self.usage or {}) - {"input", "cached", "written", "output"}:
            raise ValueError(f"no such usage: {', '.join(sorted(unknown))}")
        if self.refusal is not None and (self.text is not None or self.calls or self.stop):
            raise ValueError("a refusal says nothing else")

    @property
    def size(self) -> int:
        """Bytes that were generated."""
        said = [self.text or "", self.refusal or "", *(part for name, arguments in self.calls for part in (name, written(arguments)))]
        return sum(len(part.encode()) for part in said)

    def cut(self, size: int) -> "Answer":
        """What there is of it after so many bytes; it ends for lack of tokens."""
        text = None if self.text is None else self.text.encode()[:size].decode(errors="ignore")
        left = size - len((self.text or "").encode())
        calls: list[tuple[str, dict[str, Any] | str]] = []
        for name, arguments in self.calls:
            left -= len(name.encode())
            if left < 0:
                break
            raw = written(arguments).encode()
            calls.append((name, raw[:left].decode(errors="ignore")))
            left -= len(raw)
        return replace(self, text=text, calls=tuple(calls), stop="length", usage=None)
