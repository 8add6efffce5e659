"""The operations of a description, one by one: each a tool, and the part of it that is sent on every call."""

import json
import re
from typing import Any

from knowledge.document import Document
from knowledge.readers.openapi.arguments import input_schema, output_schema
from knowledge.readers.openapi.lines import json_lines, yaml_lines
from knowledge.readers.openapi.names import distinct, listed, slug
from knowledge.readers.openapi.schemas import LARGEST, Schemas
from knowledge.readers.openapi.security import authorization
from knowledge.readers.reading import Part, Reading
from knowledge.readers.values import mapping, text_of
from knowledge.units import Tool

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace", "query")
READS = ("get", "head", "options", "trace", "query")
LARGEST_ANSWER = 50_000  # characters of the schema of an answer
FOREIGN_NAMED = 20  # references to other documents that are named one by one


class Api:
    """One document, read operation by operation."""

    def __init__(self, document: Document, root: dict[str, Any], reading: Reading) -> None:
        self.document, self.root, self.reading = document, root, reading
        title = re.sub(r"[^A-Za-z0-9]+", "-", text_of(mapping(root.get("info")).get("title"))).strip("-").lower()
        self.server = title[:40].strip("-") or re.sub(r"[^\w-]+", "-", document.inner.stem).strip("-") or "api"
        self.schemas = Schemas(root)
        self.lines: dict[tuple[str, str], int] = {}
        self.called: set[str] = set()
        self.names: set[str] = set()
        self.shallow: list[str] = []

    def read(self) -> Reading:
        """The tools of all paths, in the document's order."""
        paths = self.root.get("paths")
        if not isinstance(paths, dict) or not paths:
            self.warn(1, "has no paths, so there is no tool in it")
            return self.reading
        self.lines = json_lines(self.document) if self.document.text.lstrip()[:1] == "{" else yaml_lines(self.document)
        for path, entry in paths.items():
            if path.startswith("x-"):
                continue
            item = self.schemas.resolved(entry)
            if not isinstance(item, dict):
                self.warn(self.lines.get((path, ""), 1), f"holds nothing that can be read at the path {path}")
                continue
            for method in item:
                if method.lower() in METHODS:
                    self.operation(path, method, item)
        self.foreign()
        if self.shallow:
            self.warn(1, f"describes the answers of {listed(self.shallow)} at such length that their deeper levels are left out")
        return self.reading

    def warn(self, line: int, words: str) -> None:
        """Say, in one line, what could not be read as it was written; names in a description may hold line ends."""
        self.reading.warnings.append((self.document.at(line), " ".join(words.split())))

    def foreign(self) -> None:
        """Name the references that lead out of the document or to nothing."""
        for reference, why in list(self.schemas.missed.items())[:FOREIGN_NAMED]:
            self.warn(1, f"refers to {reference[:200]}, {why}; what it stands for is left empty")
        if (more := len(self.schemas.missed) - FOREIGN_NAMED) > 0:
            self.warn(1, f"has {more:,} more references like these; what they stand for is left empty")

    def operation(self, path: str, method: str, item: dict[str, Any]) -> None:
        """One operation as a tool."""
        line = self.lines.get((path, method)) or self.lines.get((path, ""), 1)
        operation = self.schemas.resolved(item[method])
        if not isinstance(operation, dict):
            if isinstance(item[method], dict):
                return  # it is in another document, which is said once for all
            self.warn(line, f"holds nothing that can be read at {method.upper()} {path}")
            return
        wanted = text_of(operation.get("operationId"))
        called = distinct(wanted or slug(f"{method}_{path}"), self.called)
        name = distinct(re.sub(r"[^A-Za-z0-9_-]", "_", called)[:64], self.names, 64)
        if wanted and called != wanted:
            self.warn(line, f"uses the operationId {wanted[:80]} more than once; {method.upper()} {path} is called {called[:80]}")
        schema, cut = self.schemas.fitting(lambda: input_schema(self.schemas, operation, item), LARGEST)
        if cut:
            self.warn(line, f"describes the arguments of {called[:80]} at such length that their deeper levels are left out")
        answer, shallow = self.schemas.fitting(lambda: output_schema(self.schemas, operation), LARGEST_ANSWER)
        if shallow:
            self.shallow.append(called[:80])
        method = method.lower()
        annotations: dict[str, Any] = {"readOnlyHint": method in READS}
        annotations |= {"destructiveHint": True} if method == "delete" else {}
        annotations |= {"idempotentHint": True} if method in ("put", "delete") else {}
        tool = Tool(
            name=name,
            called=called,
            server=self.server,
            description=self.description(operation, item),
            input_schema=schema,
            output_schema=answer or None,
            annotations=annotations,
            source=self.document.at(line),
        )
        self.reading.units.append(tool)
        sent = {"name": f"mcp__{self.server}__{name}", "description": tool.description, "input_schema": schema}
        text = json.dumps(sent, ensure_ascii=False, separators=(",", ":"))
        self.reading.parts.append(Part(name=name, residency="resident", level="L2", category="tool", server=self.server, text=text, source=tool.source))

    def description(self, operation: dict[str, Any], item: dict[str, Any]) -> str:
        """Summary and description, whether it is deprecated, and what authorization it needs."""
        summary = text_of(operation.get("summary")) or text_of(item.get("summary"))
        described = text_of(operation.get("description")) or text_of(item.get("description"))
        told = [described] if described.startswith(summary) else [summary, described]
        marks = ["Deprecated."] if operation.get("deprecated") is True else []
        needed = authorization(self.schemas, operation.get("security") if "security" in operation else self.root.get("security"))
        return "\n".join(filter(None, [" ".join([*marks, *told[:1]]).strip(), *told[1:], needed]))
