"""The bars of the Argilla server of one's own: `python -m tests.benchmarks.argilla [--rows 10000] [--kills 10] [--install]`.

`--install`: also make the environment anew, in an empty cache, as on a fresh machine. The push is the SDK's own, row by row as it comes; what
`review push` makes of it is measured elsewhere. Searches are those that the page sends, over HTTP.
"""

import argparse
import json
import os
import random
import signal
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from pipelines.argilla.credentials import Credentials
from tests.argilla import server
from tests.benchmarks.table import Measured, show

ANNOTATORS, SUBMITS = 4, 50
TIMES = 15


def started(data: Path) -> float:
    """Seconds from the command to its end, when the page is open."""
    began = time.monotonic()
    done = server.review("up", "--data", data, "--port", server.free_port())
    seconds = time.monotonic() - began
    assert done.returncode == 0, done.stderr
    return seconds


def searches(dataset: str) -> dict[str, tuple[str, dict[str, Any]]]:
    """What the page asks: words, filters, an order, likeness."""
    metadata = {"type": "terms", "scope": {"entity": "metadata", "metadata_property": "tool"}, "values": ["git_log"]}
    between = {"type": "range", "scope": {"entity": "metadata", "metadata_property": "score"}, "ge": 0.2, "le": 0.6}
    suggested = {"type": "terms", "scope": {"entity": "suggestion", "question": "verdict", "property": "value"}, "values": ["fix"]}
    pending = {"type": "terms", "scope": {"entity": "response", "property": "status"}, "values": ["pending"]}
    order = {"scope": {"entity": "metadata", "metadata_property": "score"}, "order": "desc"}
    alike = {"vector": {"name": "meaning", "value": [random.gauss(0, 1) for _ in range(server.SIZE)], "max_results": 50}}
    own, all_ = f"/api/v1/me/datasets/{dataset}/records/search", f"/api/v1/datasets/{dataset}/records/search"
    return {
        "a word": (own, {"query": {"text": {"q": "commit"}}}),
        "a phrase and a word": (own, {"query": {"text": {"q": '"commit of yesterday" rule'}}}),
        "what is pending": (own, {"filters": {"and": [pending]}}),
        "words, pending, metadata": (own, {"query": {"text": {"q": "file"}}, "filters": {"and": [pending, metadata]}}),
        "metadata, a range, a suggestion": (all_, {"filters": {"and": [metadata, between, suggested]}}),
        "sorted": (all_, {"sort": [order]}),
        "alike": (own, {"query": alike}),
        "alike, filtered": (own, {"query": alike, "filters": {"and": [metadata, pending]}}),
    }


def timed(line: httpx.Client, dataset: str) -> dict[str, float]:
    """The median seconds of each search."""
    medians = {}
    for name, (address, body) in searches(dataset).items():
        seconds = []
        for _ in range(TIMES):
            began = time.monotonic()
            done = line.post(f"{address}?limit=10&include=suggestions&include=responses", json=body)
            seconds.append(time.monotonic() - began)
            assert done.status_code == 200 and done.json()["total"], (name, done.text[:300])
        medians[name] = statistics.median(seconds)
    return medians


def people(kept: Credentials, dataset: Any, names: list[str]) -> list[httpx.Client]:
    """Connections of annotators."""
    host = server.client(kept)
    return [httpx.Client(base_url=kept.url, headers={"X-Argilla-Api-Key": server.annotator(host, name)[0]}, timeout=60) for name in names]


def records(host: httpx.Client, dataset: str, number: int) -> list[str]:
    """The ids of the first records."""
    found: list[str] = []
    while len(found) < number:
        page = host.get(f"/api/v1/datasets/{dataset}/records?limit=500&offset={len(found)}").json()["items"]
        if not page:
            break
        found += [one["id"] for one in page]
    return found[:number]


def together(jobs: list[Callable[[], None]]) -> None:
    """Do jobs at the same time."""
    threads = [threading.Thread(target=job) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def beside_a_push(kept: Credentials, dataset: Any) -> tuple[int, int, float]:
    """Errors, answers that are lost, and the median seconds of a submit: annotators submit while rows are pushed."""
    host = server.client(kept).api.http_client
    some = records(host, str(dataset.id), SUBMITS)
    lines = people(kept, dataset, [f"anna{place}" for place in range(ANNOTATORS)])
    errors: list[int] = []
    seconds: list[float] = []

    def submits(line: httpx.Client) -> None:
        for record in some:
            began = time.monotonic()
            status = server.submit(line, record, "keep")
            seconds.append(time.monotonic() - began)
            if status != 200:
                errors.append(status)

    def push() -> None:
        dataset.records.log(server.rows(600, seed=9))

    together([push, *(lambda line=line: submits(line) for line in lines)])  # type: ignore[misc]
    return len(errors), lost(kept, dataset, {(place, record): "keep" for place in range(ANNOTATORS) for record in some}, lines), statistics.median(seconds)


def lost(kept: Credentials, dataset: Any, acknowledged: dict[tuple[int, str], str], lines: list[httpx.Client]) -> int:
    """How many acknowledged answers are not in the database or not in the index."""
    missing = 0
    for place, line in enumerate(lines):
        mine = {record: value for (who, record), value in acknowledged.items() if who == place}
        stored: dict[str, str] = {}
        found: set[str] = set()
        done = {"type": "terms", "scope": {"entity": "response", "property": "status"}, "values": ["submitted"]}
        while True:
            address = f"/api/v1/me/datasets/{dataset.id}/records/search?limit=500&offset={len(found)}&include=responses"
            items = line.post(address, json={"filters": {"and": [done]}}).json()["items"]
            if not items:
                break
            for item in items:
                found.add(item["record"]["id"])
                for answer in item["record"]["responses"]:
                    stored[item["record"]["id"]] = answer["values"]["verdict"]["value"]
        missing += sum(stored.get(record) != value for record, value in mine.items())
    return missing


def killed(data: Path, kept: Credentials, dataset: Any, kills: int) -> tuple[int, int, list[float]]:
    """Acknowledged answers, those that are lost, and seconds until the page is back: the server or the worker is killed while annotators submit."""
    host = server.client(kept).api.http_client
    some = records(host, str(dataset.id), 4000)
    lines = people(kept, dataset, [f"ben{place}" for place in range(ANNOTATORS)])
    acknowledged: dict[tuple[int, str], str] = {}
    over = threading.Event()
    back: list[float] = []

    def submits(place: int) -> None:
        rng = random.Random(place)
        for record in some:
            value = rng.choice(["keep", "fix", "reject"])
            while not over.is_set():
                try:
                    if server.submit(lines[place], record, value) == 200:
                        acknowledged[place, record] = value
                        break
                except httpx.HTTPError:
                    time.sleep(0.1)
            if over.is_set():
                return

    def kill() -> None:
        rng = random.Random(0)
        for number in range(kills):
            time.sleep(rng.uniform(0.5, 3))
            before = json.loads((data / "running.json").read_text())
            who = ("server", "server", "worker")[number % 3]
            os.kill(before[who], signal.SIGKILL)
            began = time.monotonic()
            while json.loads((data / "running.json").read_text()).get(who) == before[who] or httpx_fails(kept.url):
                time.sleep(0.05)
            back.append(time.monotonic() - began)
        over.set()

    together([kill, *(lambda place=place: submits(place) for place in range(ANNOTATORS))])  # type: ignore[misc]
    server.review("down", "--data", data)
    assert server.review("up", "--data", data, "--port", kept.port).returncode == 0
    return len(acknowledged), lost(kept, dataset, acknowledged, lines), back


def httpx_fails(url: str) -> bool:
    """Whether the page does not open."""
    try:
        return httpx.get(url, timeout=5).status_code != 200
    except httpx.HTTPError:
        return True


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--install", action="store_true")
    options = parser.parse_args()
    bars: list[Measured] = []
    with tempfile.TemporaryDirectory(prefix="argilla-bench-") as place:
        data = Path(place) / "data"
        if options.install:
            os.environ["XDG_CACHE_HOME"] = str(Path(place) / "cache")
            seconds = started(data)
            bars.append(("`up` to first page, with the installation, on an empty cache", "≤ 180 s", f"{seconds:.1f} s", seconds <= 180))
            server.review("down", "--data", data)
        started(data)  # also makes the environment
        server.review("down", "--data", data)
        seconds = started(data)
        bars.append(("`up` to first page, environment made before", "≤ 15 s", f"{seconds:.1f} s", seconds <= 15))
        server.review("down", "--data", data)
        with server.running(data) as kept:
            host = server.client(kept)
            dataset = server.dataset(host, "bench", overlap=ANNOTATORS)
            began = time.monotonic()
            for first in range(0, options.rows, 1000):
                dataset.records.log(server.rows(1000, seed=first, length=120))
            pushed = options.rows / (time.monotonic() - began)
            print(f"pushed {options.rows} rows with the plain SDK, {pushed:.0f} a second", file=sys.stderr)
            errors, missing, median = beside_a_push(kept, dataset)
            what = f"{ANNOTATORS} annotators × {SUBMITS} submits beside a push (median of a submit {median * 1000:.0f} ms)"
            bars.append((what, "0 errors, 0 lost", f"{errors} errors, {missing} lost", errors == missing == 0))
            for name, found in timed(host.api.http_client, str(dataset.id)).items():
                bars.append((f"search at {options.rows:,} records: {name}", "≤ 500 ms", f"{found * 1000:.0f} ms", found <= 0.5))
            acknowledged, missing, back = killed(data, kept, dataset, options.kills)
            what = f"SIGKILL of server or worker, {options.kills} times under load (page back after {statistics.median(back):.1f} s, at most {max(back):.1f} s)"
            bars.append((what, "every acknowledged answer is there", f"{missing} of {acknowledged:,} lost", acknowledged > 0 and missing == 0))
        server.review("down", "--data", data)
        seconds = started(data)
        bars.append((f"`up` to first page with {options.rows:,} records", "≤ 15 s", f"{seconds:.1f} s", seconds <= 15))
        server.review("down", "--data", data)
    show("Argilla of one's own", bars)


if __name__ == "__main__":
    main()
