"""Documents in, queries as Argilla writes them, the right documents out."""

import multiprocessing
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipelines.argilla.search.query import Query, Unknown
from pipelines.argilla.search.storage import Absent, Present, Storage, chance

MAPPINGS = {
    "_source": {"excludes": ["fields.picture"]},
    "properties": {
        "id": {"type": "keyword"},
        "inserted_at": {"type": "date_nanos"},
        "fields.text": {"type": "text"},
        "fields.chat": {"type": "object", "properties": {"content": {"type": "text"}, "role": {"type": "keyword"}}},
        "fields.picture": {"type": "object", "enabled": False},
        "metadata": {"type": "object", "dynamic": False},
        "metadata.tool": {"type": "keyword"},
        "metadata.turns": {"type": "long"},
        "responses": {"type": "nested", "properties": {"id": {"type": "keyword"}, "user_id": {"type": "keyword"}, "status": {"type": "keyword"}, "stars": {"type": "integer"}}},
    },
}
DOCUMENTS: dict[str, dict[str, Any]] = {
    "one": {
        "inserted_at": "2026-01-01T00:00:00",
        "fields": {"text": "The last commit", "chat": [{"role": "user", "content": "Hello git"}], "picture": "data:commit"},
        "metadata": {"tool": ["git", "time"], "turns": 3},
        "responses": [{"id": "a", "user_id": "u1", "status": "submitted", "stars": 5}, {"id": "b", "user_id": "u2", "status": "draft", "stars": 1}],
    },
    "two": {
        "inserted_at": "2026-01-01T00:00:00.5",
        "fields": {"text": "A file; a commit commit", "chat": None},
        "metadata": {"tool": "git", "turns": "10"},
        "responses": [{"id": "c", "user_id": "u1", "status": "draft", "stars": 2}],
    },
    "three": {"inserted_at": "2026-01-02T00:00:00", "fields": {"text": None, "chat": [{"role": "user", "content": "der Zug, Ärger"}]}, "metadata": {}},
}


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    """An index of three documents, and one of another dataset."""
    made = Storage(tmp_path / "search.db")
    for name in ("rg.here", "rg.elsewhere"):
        made.create(name, MAPPINGS, {})
    made.put("rg.here", {key: dict(document) for key, document in DOCUMENTS.items()})
    made.put("rg.elsewhere", {"one": dict(DOCUMENTS["one"])})
    return made


@pytest.fixture
def find(storage: Storage) -> Callable[..., list[str]]:
    """The documents that a query finds."""

    def found(query: dict[str, Any], sort: Any = None) -> list[str]:
        compiled = Query(storage.index("rg.here"))
        where = compiled.where(query)
        order = compiled.order(sort or [])
        rows = storage.rows(f"SELECT id FROM documents WHERE name = ? AND {where.text} ORDER BY {order.text}", ("rg.here", *where.values, *order.values))
        return [key for (key,) in rows]

    return found


def text(query: str, field: str = "fields.*") -> dict[str, Any]:
    return {"simple_query_string": {"query": query, "fields": [field]}}


def nested(*must: dict[str, Any]) -> dict[str, Any]:
    return {"nested": {"path": "responses", "query": {"bool": {"must": list(must)}}}}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"match_all": {}}, ["one", "two", "three"]),
        (text("commit"), ["one", "two"]),
        (text("COMMIT git"), ["one"]),
        (text("commit", "fields.chat.*"), []),
        (text("user"), []),  # who says it is not what is said
        (text("data"), []),  # pictures are not kept
        (text("-commit"), ["three"]),
        (text("ärger"), ["three"]),
        (text("arger"), []),
        (text("!"), []),
        ({"term": {"metadata.tool": "git"}}, ["one", "two"]),
        ({"terms": {"metadata.tool": ["time", "query"]}}, ["one"]),
        ({"terms": {"metadata.turns": ["10", "x"]}}, ["two"]),
        ({"range": {"metadata.turns": {"gte": 4}}}, ["two"]),
        ({"range": {"metadata.turns": {"gte": 3, "lte": 3}}}, ["one"]),
        ({"range": {"metadata.turns": {}}}, ["one", "two"]),
        ({"ids": {"values": ["two", "none"]}}, ["two"]),
        ({"exists": {"field": "responses"}}, ["one", "two"]),
        ({"bool": {"must_not": {"exists": {"field": "responses"}}}}, ["three"]),
        ({"bool": {"must_not": {"term": {"responses.user_id": "u2"}}}}, ["two", "three"]),
        (nested({"terms": {"responses.status": ["draft"]}}, {"terms": {"responses.user_id": ["u1"]}}), ["two"]),
        (nested({"range": {"responses.stars": {"gte": 2}}}), ["one", "two"]),
        ({"bool": {"should": [text("file"), {"term": {"metadata.tool": "time"}}], "minimum_should_match": 1}}, ["one", "two"]),
        ({"bool": {"should": [text("commit"), {"term": {"metadata.tool": "time"}}], "minimum_should_match": 2}}, ["one"]),
        ({"bool": {"must": [{"match_all": {}}], "filter": {"term": {"metadata.tool": "time"}}}}, ["one"]),
        ({"terms": {"responses.status": []}}, []),
    ],
    ids=str,
)
def test_a_query_finds(find: Callable[..., list[str]], query: dict[str, Any], expected: list[str]) -> None:
    assert find(query) == expected


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ([{"inserted_at": "desc"}], ["three", "two", "one"]),
        ([{"metadata.turns": "asc"}], ["one", "two", "three"]),
        ([{"metadata.turns": "desc"}], ["two", "one", "three"]),
        ([{"metadata.tool": "desc"}], ["one", "two", "three"]),
        ([{"responses.stars": {"order": "asc", "mode": "avg", "nested": {"path": "responses"}}}], ["two", "one", "three"]),
        ([{"responses.stars": {"order": "asc", "mode": "avg", "nested": {"path": "responses", "filter": {"terms": {"responses.user_id": ["u2"]}}}}}], ["one", "two", "three"]),
    ],
    ids=str,
)
def test_an_order_puts_what_has_no_value_last(find: Callable[..., list[str]], sort: Any, expected: list[str]) -> None:
    assert find({"match_all": {}}, sort) == expected


def test_a_query_of_an_unknown_kind_is_refused(find: Callable[..., list[str]]) -> None:
    with pytest.raises(Unknown, match="fuzzy"):
        find({"fuzzy": {"a": "b"}})


def test_words_that_fit_better_score_higher_and_each_user_has_an_order_of_their_own(storage: Storage) -> None:
    compiled = Query(storage.index("rg.here"))
    join, score = compiled.score({"bool": {"must": [text("commit")]}})
    scores = dict(storage.rows(f"SELECT id, {score.text} FROM documents{join.text} WHERE name = 'rg.here'", (*score.values, *join.values)))
    assert scores["two"] > scores["one"] and scores["three"] == 1
    drawn = {user: [chance(user, seq) for seq in range(20)] for user in ("u1", "u2")}
    assert drawn["u1"] != drawn["u2"] and all(0 <= one < 1 for one in drawn["u1"]) and drawn["u1"] == [chance("u1", seq) for seq in range(20)]


def test_a_document_is_changed_in_part_and_its_words_are_not_lost(storage: Storage, find: Callable[..., list[str]]) -> None:
    assert storage.alter("rg.here", "one", lambda document: document.update(status="completed"))
    assert find(text("commit")) == ["one", "two"] and find({"term": {"status": "completed"}}) == ["one"]
    storage.put("rg.here", {"one": {"fields": {"text": "another thing"}}})
    assert find(text("commit")) == ["two"] and find(text("another")) == ["one"] and find({"exists": {"field": "responses"}}) == ["two"]
    assert not storage.alter("rg.here", "none", lambda document: None)


def test_what_is_removed_is_gone_with_its_words_and_vectors(storage: Storage, find: Callable[..., list[str]]) -> None:
    storage.alter("rg.here", "one", lambda document: document.update(vectors={"v": [1.0, 2.0]}))
    [(value,)] = storage.rows("SELECT value FROM vectors")
    assert np.frombuffer(value, dtype=np.float32).tolist() == [1.0, 2.0]
    storage.remove("rg.here", ["one", "none"])
    assert find(text("commit")) == ["two"] and not storage.rows("SELECT * FROM vectors")
    storage.drop("rg.here")
    assert storage.names() == ["rg.elsewhere"] and len(storage.rows("SELECT seq FROM bodies")) == 1
    with pytest.raises(Absent):
        storage.put("rg.here", {"one": {}})
    with pytest.raises(Present):
        storage.create("rg.elsewhere", MAPPINGS, {})


def test_a_change_is_whole_or_not_at_all(storage: Storage, find: Callable[..., list[str]]) -> None:
    with pytest.raises(AttributeError):
        storage.put("rg.here", {"four": {"fields": {"text": "four"}}, "five": {"fields": "not an object"}})
    assert find(text("four")) == [] and find({"match_all": {}}) == ["one", "two", "three"]


def write(path: Path, who: int) -> None:
    for number in range(25):
        Storage(path).put("rg.here", {f"{who}-{number}": {"fields": {"text": f"writer{who}"}}})


def test_processes_write_at_the_same_time(storage: Storage, find: Callable[..., list[str]]) -> None:
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=write, args=(storage.path, who)) for who in range(3)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [len(find(text(f"writer{who}"))) for who in range(3)] == [25, 25, 25]
