"""The search engine that Argilla runs on here, in place of Elasticsearch. Argilla writes each mapping, document and query; this one keeps and answers them."""

import asyncio
import dataclasses
import sqlite3
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
from argilla_server.models import Record, Response, Suggestion, VectorSettings
from argilla_server.search_engine.base import SearchEngine
from argilla_server.search_engine.commons import (
    BaseElasticAndOpenSearchEngine,
    es_bool_query,
    es_field_for_vector_settings,
    es_ids_query,
    es_index_name_for_dataset,
)
from argilla_server.settings import settings

from .index import merge, nested
from .query import Query, joined
from .storage import Storage

NAME = "embedded"
FILE = "search.db"


@SearchEngine.register(engine_name=NAME)
@dataclasses.dataclass
class EmbeddedSearchEngine(BaseElasticAndOpenSearchEngine):
    """Indices in one SQLite file. What takes time runs in a thread, so that the server goes on answering others."""

    number_of_shards: int = 1
    number_of_replicas: int = 0

    def __post_init__(self) -> None:
        self.storage = Storage(Path(settings.home_path) / FILE)

    @classmethod
    async def new_instance(cls) -> "EmbeddedSearchEngine":
        return cls()

    async def close(self) -> None:
        """Nothing: connections belong to threads, and are kept."""

    async def ping(self) -> bool:
        return bool(await asyncio.to_thread(self.storage.rows, "SELECT 1"))

    async def info(self) -> dict:
        return {"cluster_name": NAME, "version": {"number": sqlite3.sqlite_version, "distribution": "sqlite"}}

    def _mapping_for_vector_settings(self, vector_settings: VectorSettings) -> dict:
        return {es_field_for_vector_settings(vector_settings): {"type": "dense_vector", "dims": vector_settings.dimensions, "index": True, "similarity": "cosine"}}

    async def _create_index_request(self, index_name: str, mappings: dict, settings: dict) -> None:
        await asyncio.to_thread(self.storage.create, index_name, mappings, settings)

    async def _delete_index_request(self, index_name: str) -> None:
        await asyncio.to_thread(self.storage.drop, index_name)

    async def _index_exists_request(self, index_name: str) -> bool:
        return index_name in await asyncio.to_thread(self.storage.names)

    async def put_index_mapping_request(self, index: str, mappings: dict) -> None:
        await asyncio.to_thread(self.storage.extend, index, mappings)

    async def _update_document_request(self, index_name: str, id: str, body: dict) -> None:
        await self._alter(index_name, id, lambda document: merge(document, nested(body["doc"])))

    async def _bulk_op_request(self, actions: list[dict[str, Any]]) -> None:
        kinds: dict[tuple[str, str], list[dict[str, Any]]] = {}
        for action in actions:
            kinds.setdefault((action["_index"], action["_op_type"]), []).append(action)
        for (index, kind), group in kinds.items():
            if kind == "delete":
                await asyncio.to_thread(self.storage.remove, index, [str(one["_id"]) for one in group])
            elif kind == "update":
                for one in group:
                    await self._update_document_request(index, str(one["_id"]), {"doc": one["doc"]})
            else:
                documents = {str(one["_id"]): {name: value for name, value in one.items() if name not in ("_op_type", "_id", "_index")} for one in group}
                await asyncio.to_thread(self.storage.put, index, documents)

    async def partial_record_update(self, record: Record, **update: Any) -> None:
        await super().partial_record_update(record, updated_at=record.updated_at, **update)  # the database has set it; else the index would be behind

    async def update_record_response(self, response: Response) -> None:
        new = self._map_record_response_to_es(response)
        await self._answers(response, lambda answers: [*without(answers, response.id), new])

    async def delete_record_response(self, response: Response) -> None:
        await self._answers(response, lambda answers: without(answers, response.id))

    async def delete_record_suggestion(self, suggestion: Suggestion) -> None:
        await self._alter(
            es_index_name_for_dataset(suggestion.record.dataset), str(suggestion.record_id), lambda document: document.get("suggestions", {}).pop(suggestion.question.name, None)
        )

    @staticmethod
    def _map_record_response_to_es(response: Response) -> dict[str, Any]:
        values = {question: value.get("value") for question, value in (response.values or {}).items()}  # a record can be discarded without a word
        return {"id": str(response.id), "status": response.status, "user_id": str(response.user_id), **values}

    async def _answers(self, response: Response, change: Any) -> None:
        def answered(document: dict[str, Any]) -> None:
            document["responses"] = change(document.get("responses") or [])

        await self._alter(es_index_name_for_dataset(response.record.dataset), str(response.record_id), answered)

    async def _alter(self, index: str, key: str, how: Any) -> None:
        if not await asyncio.to_thread(self.storage.alter, index, key, how):
            self._LOGGER.warning("record %s is not in the search index; it is put there at the next start", key)

    async def _index_search_request(self, index: str, query: dict, size: int | None = None, from_: int | None = None, sort: Any = None, aggregations: dict | None = None) -> dict:
        if aggregations:
            return {"aggregations": await asyncio.to_thread(self._aggregated, index, query, aggregations)}
        found = await asyncio.to_thread(self._found, index, query, sort)
        first = from_ or 0
        return hits(found[first : first + (10 if size is None else size)], len(found))

    async def _request_similarity_search(
        self, index: str, vector_settings: VectorSettings, value: list[float], k: int, excluded_id: UUID | None = None, query_filters: list[dict] | None = None
    ) -> dict:
        query = es_bool_query(must=query_filters, must_not=es_ids_query([str(excluded_id)]) if excluded_id else None)
        found = await asyncio.to_thread(self._near, index, str(vector_settings.id), value, query)
        return hits(found[:k], min(k, len(found)))

    def _found(self, index: str, query: dict, sort: Any) -> list[tuple[str, float | None]]:
        """All documents that a query finds, best or first ones first."""
        compiled = Query(self.storage.index(index))
        where = compiled.where(query)
        if sort:
            order = compiled.order(sort)
            rows = self.storage.rows(f"SELECT id FROM documents WHERE name = ? AND {where.text} ORDER BY {order.text}", (index, *where.values, *order.values))
            return [(key, None) for (key,) in rows]
        join, score = compiled.score(query)
        sql = f"SELECT id, {score.text} AS score FROM documents{join.text} WHERE name = ? AND {where.text} ORDER BY score DESC, seq"
        return self.storage.rows(sql, (*score.values, *join.values, index, *where.values))

    def _near(self, index: str, kind: str, value: list[float], query: dict) -> list[tuple[str, float]]:
        """The documents that a query finds, by how alike their vectors are to one: from 1, the same, to 0, the opposite."""
        where = Query(self.storage.index(index)).where(query)
        sql = f"SELECT id, value FROM documents JOIN vectors USING (seq) WHERE name = ? AND kind = ? AND {where.text}"
        rows = self.storage.rows(sql, (index, kind, *where.values))
        if not rows:
            return []
        vectors = np.frombuffer(b"".join(blob for _, blob in rows), dtype=np.float32).reshape(len(rows), -1)
        wanted = np.asarray(value, dtype=np.float32)
        lengths = np.linalg.norm(vectors, axis=1) * np.linalg.norm(wanted)
        scores = (1 + np.divide(vectors @ wanted, lengths, out=np.zeros(len(rows), dtype=np.float32), where=lengths > 0)) / 2
        return [(rows[place][0], float(scores[place])) for place in np.argsort(-scores, kind="stable")]

    def _aggregated(self, index: str, query: dict, aggregations: dict) -> dict:
        """Counts of a field's values, or their bounds."""
        compiled = Query(self.storage.index(index))
        where = compiled.where(query)
        [(name, entry)] = aggregations.items()
        [(kind, body)] = entry.items()
        source, value, names = compiled.terms(body["field"])
        each = joined([where], "")
        distinct = f"SELECT DISTINCT seq, {value} AS shown FROM documents, {source} WHERE name = ? AND {value} IS NOT NULL AND {each.text}"
        values = (*names, index, *each.values)
        if kind == "value_count":
            [(number,)] = self.storage.rows(f"SELECT count(*) FROM ({distinct})", values)
            return {name: {"value": number}}
        if kind == "terms":
            rows = self.storage.rows(f"SELECT shown, count(*) AS number FROM ({distinct}) GROUP BY shown ORDER BY number DESC, shown LIMIT ?", (*values, body["size"]))
            return {name: {"buckets": [{"key": str(key), "doc_count": number} for key, number in rows]}}
        [bounds] = self.storage.rows(f"SELECT min(CAST(shown AS REAL)), max(CAST(shown AS REAL)) FROM ({distinct})", values)
        if compiled.index.types.get(body["field"]) == "float":
            bounds = tuple(None if bound is None else float(np.float32(bound)) for bound in bounds)
        return {name: dict(zip(("min", "max"), bounds, strict=True))}


def hits(found: list[tuple[str, float | None]], total: int) -> dict:
    """What was found, as Elasticsearch says it."""
    return {"hits": {"total": {"value": total}, "hits": [{"_id": key, "_score": score} for key, score in found]}}


def without(answers: list[dict[str, Any]], key: Any) -> list[dict[str, Any]]:
    """Answers but the one of an id."""
    return [answer for answer in answers if answer["id"] != str(key)]
