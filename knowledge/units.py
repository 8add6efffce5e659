"""Units: what is known, each with its provenance. This phase knows tools."""

import hashlib
import json
import re
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from knowledge.tokens import count

Level = Literal["L0", "L1", "L2", "L3", "L4"]
READING = re.compile(r"(?:get|list|read|describe|search|show|find|query|count)(?:_|(?=[A-Z])|$)")
SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z])|\n\n+")


class Tool(BaseModel):
    """A tool that a server offers.

    Attributes:
        name: how calls name it; carries the server's name where two servers share a tool name.
        called: how the server names it.
        source: where it was read: file and line, or the server's command or address.
        input_schema: JSON Schema of the arguments, references resolved by the reader of the schema.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    called: str
    server: str
    description: str = ""
    input_schema: dict[str, Any] = Field(default_factory=dict)
    output_schema: dict[str, Any] | None = None
    annotations: dict[str, Any] = Field(default_factory=dict)
    source: str = ""
    level: Level = "L2"
    category: str = "tool"

    @property
    def id(self) -> str:
        """Server and tool: unique in a catalog."""
        return f"{self.server}.{self.called}"

    @property
    def parameters(self) -> dict[str, Any]:
        """The properties of the input schema."""
        found = self.input_schema.get("properties")
        return found if isinstance(found, dict) else {}

    @property
    def required(self) -> tuple[str, ...]:
        """The required parameters, as listed."""
        return tuple(name for name in self.input_schema.get("required") or () if name in self.parameters)

    @property
    def read_only(self) -> bool:
        """Whether the server declares that the tool changes nothing."""
        return bool(self.annotations.get("readOnlyHint"))

    @property
    def harmless(self) -> bool:
        """Whether it is safe to take for granted that calls change nothing: declared, or plain from the name where nothing is declared."""
        return self.read_only or (not self.annotations and bool(READING.match(self.called)))

    @property
    def destructive(self) -> bool:
        """Whether the server declares that the tool may destroy something."""
        return bool(self.annotations.get("destructiveHint")) and not self.read_only

    @property
    def summary(self) -> str:
        """The first sentence of the description."""
        return SENTENCE.split(self.description.strip(), maxsplit=1)[0].strip() if self.description.strip() else ""

    @property
    def spec(self) -> dict[str, Any]:
        """The tool as chat APIs take it."""
        function: dict[str, Any] = {"name": self.name, "parameters": self.input_schema or {"type": "object", "properties": {}}}
        return {"type": "function", "function": function | ({"description": self.description} if self.description else {})}

    @property
    def digest(self) -> str:
        """A fingerprint of everything that a model is told of the tool."""
        return hashlib.sha256(json.dumps(self.spec, sort_keys=True).encode()).hexdigest()[:16]

    @property
    def tokens(self) -> int:
        """What the spec costs on every call, in o200k tokens of its compact JSON."""
        return count(json.dumps(self.spec, ensure_ascii=False, separators=(",", ":")))
