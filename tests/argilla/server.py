"""A real Argilla server for tests, started as a person starts it, and rows to review on it."""

import json
import random
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines.argilla.credentials import Credentials, read

if TYPE_CHECKING:
    import argilla

ROOT = Path(__file__).parents[2]
SIZE = 64
TOOLS = ("git_log", "read_file", "query", "get_current_time")
TOPICS = ("commit", "file", "table", "clock", "branch", "folder", "row", "zone")
WORDS = "the of and to in a is that for it as was with be by on not he this are or his from at which but have an they you were her she all would there been".split()


def review(*words: object) -> "subprocess.CompletedProcess[str]":
    """The command, run to its end."""
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "pipelines.review", *map(str, words)], cwd=ROOT, capture_output=True, text=True, timeout=900, stdin=subprocess.DEVNULL
    )


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as line:
        line.bind(("127.0.0.1", 0))
        return int(line.getsockname()[1])


@contextmanager
def running(data: Path) -> Iterator[Credentials]:
    """A server on a data folder, stopped afterwards.

    Raises:
        RuntimeError: with what `up` says, when the server does not start.
    """
    done = review("up", "--data", data, "--port", free_port(), "--json")
    kept = read(data)
    if done.returncode or kept is None:
        raise RuntimeError(done.stderr.strip())
    try:
        yield kept
    finally:
        review("down", "--data", data)


def client(kept: Credentials, key: str | None = None) -> "argilla.Argilla":
    """The SDK, signed in."""
    import argilla

    return argilla.Argilla(api_url=kept.url, api_key=key or kept.key, timeout=60)


def dataset(signed_in: "argilla.Argilla", name: str, overlap: int = 1) -> "argilla.Dataset":
    """A dataset as a phase would have it: a chat, questions of each kind, metadata of each kind, a vector."""
    import argilla as rg

    settings = rg.Settings(
        fields=[rg.ChatField(name="conversation"), rg.TextField(name="rule")],
        questions=[
            rg.LabelQuestion(name="verdict", labels=["keep", "fix", "reject"]),
            rg.RatingQuestion(name="quality", values=[1, 2, 3, 4, 5], required=False),
            rg.TextQuestion(name="corrected", required=False),
        ],
        metadata=[rg.TermsMetadataProperty(name="tool"), rg.IntegerMetadataProperty(name="turns"), rg.FloatMetadataProperty(name="score")],
        vectors=[rg.VectorField(name="meaning", dimensions=SIZE)],
        distribution=rg.TaskDistribution(min_submitted=overlap),
    )
    made = rg.Dataset(name=name, workspace="review", settings=settings, client=signed_in)
    made.create()
    return made


def rows(number: int, seed: int = 0, length: int = 40) -> list["argilla.Record"]:
    """Records, the same for the same seed."""
    import argilla as rg

    rng = random.Random(seed)
    made = []
    for place in range(number):
        topic, tool = rng.choice(TOPICS), rng.choice(TOOLS)
        said = " ".join(rng.choice(WORDS) for _ in range(length))
        chat = [
            {"role": "user", "content": f"Please show me the {topic} of yesterday. {said}"},
            {"role": "assistant", "content": f"I call {tool} with number {place}. {said}"},
        ]
        made.append(
            rg.Record(
                id=f"row-{seed}-{place}",
                fields={"conversation": chat, "rule": f"Rule {place % 50}: say where it was found."},
                metadata={"tool": tool, "turns": rng.randrange(2, 9), "score": round(rng.random(), 3)},
                vectors={"meaning": [rng.gauss(0, 1) for _ in range(SIZE)]},
                suggestions=[rg.Suggestion("verdict", rng.choice(["keep", "fix"]), score=round(rng.random(), 3), agent="judge")],
            )
        )
    return made


def annotator(signed_in: "argilla.Argilla", name: str) -> tuple[str, str]:
    """An annotator's key and password."""
    import argilla as rg

    password = f"pass-{name}-word"
    user = rg.User(username=name, first_name=name, role="annotator", password=password, client=signed_in).create()
    user.add_to_workspace(signed_in.workspaces("review"))
    return str(signed_in.api.http_client.get(f"/api/v1/users/{user.id}").json()["api_key"]), password


def submit(line: Any, record: str, value: str) -> int:
    """Answer a record, as the page does; the status of the server's reply."""
    body = {"items": [{"record_id": record, "status": "submitted", "values": {"verdict": {"value": value}}}]}
    done = line.post("/api/v1/me/responses/bulk", json=body)
    return int(done.status_code) if done.status_code != 200 or done.json()["items"][0]["error"] is None else 599


def pretty(reply: Any) -> str:
    """A reply for a message."""
    return json.dumps(reply.json())[:400]
