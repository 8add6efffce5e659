"""Argilla's queries as SQL: the part of Elasticsearch's query language that the server writes, and no more."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from .index import NUMBERS, Index
from .words import Both, Leaf, Tree, Without, leaves, read


@dataclass(frozen=True)
class Sql:
    """A piece of SQL and the values of its question marks."""

    text: str
    values: tuple[Any, ...] = ()


class Unknown(ValueError):
    """A query that this engine was never taught."""


class Query:
    """Compiles the queries of one index.

    A document is a row of `documents`, its JSON in `source`. Inside a nested query the document is one element of its list.
    """

    def __init__(self, index: Index) -> None:
        self.index = index
        self._kinds: dict[str, Callable[[Any, str, str], Sql]] = {
            "match_all": lambda body, document, path: Sql("1"),
            "bool": self._bool,
            "nested": self._nested,
            "function_score": lambda body, document, path: self.where(body["query"], document, path),
            "simple_query_string": self._words,
            "ids": lambda body, document, path: among("documents.id", body["values"]),
            "exists": lambda body, document, path: self._some(body["field"], document, path, lambda value: Sql(f"{value} IS NOT NULL")),
            "term": self._among,
            "terms": self._among,
            "range": self._range,
        }

    def where(self, query: dict[str, Any], document: str = "documents.source", path: str = "") -> Sql:
        """The condition that a document meets the query.

        Raises:
            Unknown: when the query is of a kind that Argilla does not write.
        """
        [(kind, body)] = query.items()
        if kind not in self._kinds:
            raise Unknown(f"this search engine knows no query of kind {kind!r}")
        return self._kinds[kind](body, document, path)

    def score(self, query: dict[str, Any]) -> tuple[Sql, Sql]:
        """What is joined to score a document, and the score: how well the words fit, in an order that is each user's own where it is asked for."""
        body, chance = query, Sql("1.0")
        if "function_score" in query:
            seed = query["function_score"]["functions"][0]["random_score"]["seed"]
            body, chance = query["function_score"]["query"], Sql("chance(?, documents.seq)", (str(seed),))
        must = body.get("bool", {}).get("must", [])
        texts = [clause["simple_query_string"] for clause in must if "simple_query_string" in clause]
        wanted = [self._match(leaf, text["fields"]) for text in texts if (tree := read(text["query"])) for leaf in leaves(tree)]
        if not wanted:
            return Sql(""), chance
        table = self.index.table
        join = f" LEFT JOIN (SELECT rowid AS hit, -bm25({table}) AS fit FROM {table} WHERE {table} MATCH ?) ON hit = documents.seq"
        return Sql(join, (" OR ".join(f"({match})" for match in wanted),)), Sql(f"coalesce(fit, 1.0) * {chance.text}", chance.values)

    def order(self, sort: Sequence[dict[str, Any]]) -> Sql:
        """The order of a sorted search; documents without a value come last."""
        texts, values = [], []
        for entry in sort:
            [(field, how)] = entry.items()
            how = how if isinstance(how, dict) else {"order": how}
            direction = "DESC" if plain(how["order"]) == "desc" else "ASC"
            kept = how.get("nested", {}).get("filter")
            number = self.index.types.get(field) in NUMBERS
            pick = "avg" if number and "mode" in how else "max" if direction == "DESC" else "min"
            source, value, names = self._values(field, "documents.source", "")
            only = self.where(kept, "many.value", f"{how['nested']['path']}.") if kept else Sql("1")
            texts.append(f"(SELECT {pick}({f'CAST({value} AS REAL)' if number else value}) FROM {source} WHERE {only.text}) {direction} NULLS LAST")
            values += [*names, *only.values]
        return Sql(", ".join([*texts, "documents.seq"]), tuple(values))

    def terms(self, field: str) -> tuple[str, str, tuple[str, ...]]:
        """The values of a field over all documents: the source to select from, the value, and the values of its question marks."""
        return self._values(field, "documents.source", "")

    def _bool(self, body: dict[str, Any], document: str, path: str) -> Sql:
        parts = [self.where(clause, document, path) for name in ("must", "filter") for clause in several(body.get(name))]
        parts += [negated(self.where(clause, document, path)) for clause in several(body.get("must_not"))]
        should = [self.where(clause, document, path) for clause in several(body.get("should"))]
        least = int(body.get("minimum_should_match") or (0 if parts else 1)) if should else 0
        if least == len(should):
            parts += should
        elif least == 1:
            parts.append(joined(should, " OR "))
        elif least:
            raise Unknown(f"this search engine cannot ask for {least} of {len(should)} clauses")
        return joined(parts, " AND ") if parts else Sql("1")

    def _nested(self, body: dict[str, Any], document: str, path: str) -> Sql:
        inner = self.where(body["query"], "inside.value", f"{body['path']}.")
        return Sql(f"EXISTS (SELECT 1 FROM json_each({document}, ?) AS inside WHERE {inner.text})", (place(body["path"].removeprefix(path)), *inner.values))

    def _words(self, body: dict[str, Any], document: str, path: str) -> Sql:
        tree = read(str(body["query"]))
        return self._tree(tree, body["fields"]) if tree else Sql("0")

    def _tree(self, tree: Tree, fields: Sequence[str]) -> Sql:
        match tree:
            case Leaf():
                table = self.index.table
                return Sql(f"documents.seq IN (SELECT rowid FROM {table} WHERE {table} MATCH ?)", (self._match(tree, fields),))
            case Both(left, right, either):
                return joined([self._tree(left, fields), self._tree(right, fields)], " OR " if either else " AND ")
            case Without(inner):
                return negated(self._tree(inner, fields))

    def _match(self, leaf: Leaf, fields: Sequence[str]) -> str:
        columns = [self.index.column(field) for field in fields]
        return f"{{{' '.join(filter(None, columns))}}} : {leaf.match}" if all(columns) else leaf.match

    def _among(self, body: dict[str, Any], document: str, path: str) -> Sql:
        [(field, wanted)] = body.items()
        if self.index.types.get(field) in NUMBERS:
            numbers = [number for one in several(wanted) if (number := as_number(one)) is not None]
            return self._some(field, document, path, lambda value: among(f"CAST({value} AS REAL)", numbers))
        return self._some(field, document, path, lambda value: among(f"CAST({value} AS TEXT)", [str(plain(one)) for one in several(wanted)]))

    def _range(self, body: dict[str, Any], document: str, path: str) -> Sql:
        [(field, bounds)] = body.items()
        number = self.index.types.get(field) in NUMBERS

        def within(value: str) -> Sql:
            shown = f"CAST({value} AS REAL)" if number else value
            return joined([Sql(f"{shown} IS NOT NULL"), *(Sql(f"{shown} {SIGNS[name]} ?", (plain(bound),)) for name, bound in bounds.items())], " AND ")

        return self._some(field, document, path, within)

    def _some(self, field: str, document: str, path: str, condition: Callable[[str], Sql]) -> Sql:
        """That one of the field's values meets a condition."""
        source, value, names = self._values(field, document, path)
        only = condition(value)
        return Sql(f"EXISTS (SELECT 1 FROM {source} WHERE {only.text})", (*names, *only.values))

    def _values(self, field: str, document: str, path: str) -> tuple[str, str, tuple[str, ...]]:
        """Where the values of a field come from: a list has many, and a field of a list's elements has those of all elements."""
        head, _, tail = field.partition(".")
        if not path and tail and self.index.types.get(head) == "nested":
            return f"json_each({document}, ?) AS many, json_each(many.value, ?) AS one", "one.value", (place(head), place(tail))
        return f"json_each({document}, ?) AS one", "one.value", (place(field.removeprefix(path)),)


SIGNS = {"gte": ">=", "lte": "<="}


def place(field: str) -> str:
    """A field's path in JSON."""
    return "$" + "".join(f'."{part}"' for part in field.split("."))


def several(value: Any) -> list[Any]:
    """A list, be it of one thing or of none."""
    return value if isinstance(value, list) else [] if value is None else [value]


def plain(value: Any) -> Any:
    """A value as SQLite knows it."""
    value = getattr(value, "value", value)
    return value.isoformat() if hasattr(value, "isoformat") else value


def as_number(value: Any) -> float | None:
    """A number, also where it comes as text."""
    try:
        return float(plain(value))
    except (TypeError, ValueError):
        return None


def among(value: str, wanted: Sequence[Any]) -> Sql:
    """That a value is one of several."""
    return Sql(f"{value} IN ({', '.join('?' * len(wanted))})", tuple(map(plain, wanted)))


def joined(parts: Sequence[Sql], word: str) -> Sql:
    """Several conditions as one."""
    return Sql("(" + word.join(part.text for part in parts) + ")", tuple(value for part in parts for value in part.values))


def negated(part: Sql) -> Sql:
    """The opposite of a condition."""
    return Sql(f"NOT coalesce({part.text}, 0)", part.values)
