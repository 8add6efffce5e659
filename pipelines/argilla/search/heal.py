"""Put the search index right: whatever a kill left different from the database is indexed again, and nothing else."""

import json
from collections import defaultdict
from typing import Any
from uuid import UUID

from argilla_server.database import AsyncSessionLocal
from argilla_server.enums import DatasetStatus
from argilla_server.models import Dataset, Record, Response, Suggestion, Vector
from argilla_server.search_engine.commons import es_index_name_for_dataset
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from .engine import EmbeddedSearchEngine
from .index import dumps, properties

AT_ONCE = 200


async def heal() -> int:
    """Compare every dataset's index with the database; how many records had to be put right."""
    engine = await EmbeddedSearchEngine.new_instance()
    settings = [selectinload(part) for part in (Dataset.fields, Dataset.questions, Dataset.metadata_properties, Dataset.vectors_settings)]
    async with AsyncSessionLocal() as db:
        datasets = (await db.execute(select(Dataset).where(Dataset.status == DatasetStatus.ready).options(*settings))).scalars().all()
        wanted = {es_index_name_for_dataset(dataset): dataset for dataset in datasets}
        for name in set(engine.storage.names()) - set(wanted):
            engine.storage.drop(name)
        return sum([await _one(db, engine, name, dataset) for name, dataset in wanted.items()])


async def _one(db: AsyncSession, engine: EmbeddedSearchEngine, name: str, dataset: Dataset) -> int:
    """Put one dataset's index right."""
    mapping = json.loads(dumps(properties(engine._configure_index_mappings(dataset)["properties"])))
    if name not in engine.storage.names() or engine.storage.index(name).mappings["properties"] != mapping:
        await engine.delete_index(dataset)
        await engine.create_index(dataset)
    should, are = await _should(db, dataset), _are(engine, name)
    engine.storage.remove(name, [key for key in are if key not in should])
    differ = [UUID(key) for key, facts in should.items() if are.get(key) != facts]
    for first in range(0, len(differ), AT_ONCE):
        suggested, near = selectinload(Record.suggestions).selectinload(Suggestion.question), selectinload(Record.vectors).selectinload(Vector.vector_settings)
        parts = (selectinload(Record.responses), suggested, near)
        records = (await db.execute(select(Record).where(Record.id.in_(differ[first : first + AT_ONCE])).options(*parts))).scalars().all()
        await engine.index_records(dataset, records)
        db.expunge_all()
        db.add(dataset)
    return len(differ)


async def _should(db: AsyncSession, dataset: Dataset) -> dict[str, Any]:
    """What the database says of each record, as far as it is searched; texts and metadata change with `updated_at`."""
    answers: dict[UUID, dict[str, Any]] = defaultdict(dict)
    suggestions: dict[UUID, dict[str, Any]] = defaultdict(dict)
    vectors: dict[UUID, set[str]] = defaultdict(set)
    for key, record, status, user, values in await _rows(db, dataset, Response, Response.id, Response.record_id, Response.status, Response.user_id, Response.values):
        answers[record][str(key)] = {"status": status, "user_id": user, **{question: value.get("value") for question, value in (values or {}).items()}}
    names = {question.id: question.name for question in dataset.questions}
    columns = (Suggestion.record_id, Suggestion.question_id, Suggestion.type, Suggestion.agent, Suggestion.score, Suggestion.value)
    for record, question, kind, agent, score, value in await _rows(db, dataset, Suggestion, *columns):
        suggestions[record][names[question]] = {"type": kind, "agent": agent, "score": score, "value": value}
    for record, settings in await _rows(db, dataset, Vector, Vector.record_id, Vector.vector_settings_id):
        vectors[record].add(str(settings))
    rows = await db.execute(select(Record.id, Record.external_id, Record.status, Record.updated_at).where(Record.dataset_id == dataset.id))
    return {str(key): _same([external, status, updated, answers.get(key, {}), suggestions.get(key, {}), sorted(vectors.get(key, ()))]) for key, external, status, updated in rows}


async def _rows(db: AsyncSession, dataset: Dataset, kind: Any, *columns: Any) -> Any:
    return await db.execute(select(*columns).select_from(kind).join(Record, Record.id == kind.record_id).where(Record.dataset_id == dataset.id))


def _are(engine: EmbeddedSearchEngine, name: str) -> dict[str, Any]:
    """What the index says of each record."""
    vectors: dict[int, set[str]] = defaultdict(set)
    for seq, kind in engine.storage.rows("SELECT seq, kind FROM vectors JOIN documents USING (seq) WHERE name = ?", (name,)):
        vectors[seq].add(kind)
    found = {}
    for seq, key, source in engine.storage.rows("SELECT seq, id, source FROM documents WHERE name = ?", (name,)):
        document = json.loads(source)
        answers = {answer.pop("id"): answer for answer in document.get("responses") or []}
        told = [document.get(part) for part in ("external_id", "status", "updated_at")]
        found[key] = [*told, answers, document.get("suggestions") or {}, sorted(vectors.get(seq, ()))]
    return found


def _same(facts: Any) -> Any:
    """Facts as JSON gives them back."""
    return json.loads(dumps(facts))
