"""The Argilla server that people review on: one's own, a team's, or a Space; and the dataset of a phase there."""

import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines.argilla.credentials import read
from pipelines.command import Stopped

if TYPE_CHECKING:
    import argilla as rg

URL, KEY = "ARGILLA_API_URL", "ARGILLA_API_KEY"
SECONDS = 120.0
OLDEST, NEWEST = (2, 4), (3, 0)  # versions of the server that are known to fit: from, below
PAGE = 250  # records that are read at a time
Row = dict[str, Any]


class Desk:
    """A server, signed in.

    Attributes:
        client: the SDK's.
        line: its HTTP client, which asks the server directly where the SDK makes an object of every record.
    """

    def __init__(self, client: "rg.Argilla", workspace: str) -> None:
        self.client, self.workspace = client, workspace
        self.line = client.api.http_client

    def dataset(self, name: str) -> "rg.Dataset | None":
        """The dataset of a name, if it is there."""
        found: rg.Dataset | None = self.client.datasets(name, workspace=self.workspace)
        return found

    def ids(self, dataset: "rg.Dataset") -> set[str]:
        """The rows that it holds, by id."""
        return {str(record["external_id"]) for record in self.records(dataset)}

    def records(self, dataset: "rg.Dataset", *include: str) -> Iterator[Row]:
        """Its records as the server tells them, in the order in which they were pushed.

        Args:
            include: `responses`, `suggestions`.
        """
        offset = 0
        while True:
            done = self.line.get(f"/api/v1/datasets/{dataset.id}/records", params={"limit": PAGE, "offset": offset, "include": list(include)})
            done.raise_for_status()
            items = done.json()["items"]
            yield from items
            if len(items) < PAGE:
                return
            offset += PAGE

    def push(self, dataset: "rg.Dataset", records: Sequence[Row]) -> None:
        """Create records, some hundred a call.

        Raises:
            Stopped: when the server takes none of them, with what it says.
        """
        for start in range(0, len(records), PAGE):
            part = records[start : start + PAGE]
            done = self.line.post(f"/api/v1/datasets/{dataset.id}/records/bulk", json={"items": part})
            if done.status_code == 422 and len(part) > 1:  # one of them is refused: find it
                for one in part:
                    self.push(dataset, [one])
            elif done.status_code >= 400:
                raise Stopped(f"the server refused row {part[0]['external_id']}: {' '.join(done.text.split())[:200]}. What was sent before it is there.")

    def people(self) -> dict[str, str]:
        """The names of those who answer, by id."""
        done = self.line.get("/api/v1/users")
        if done.status_code == 403:  # an annotator may not see others
            me = self.line.get("/api/v1/me").json()
            return {me["id"]: me["username"]}
        done.raise_for_status()
        return {user["id"]: user["username"] for user in done.json()["items"]}


@contextmanager
def desk(data: Path, workspace: str = "") -> Iterator[Desk]:
    """Sign in at the server that the environment names, else at the one that `up` made.

    Args:
        data: the folder of one's own server.
        workspace: where the datasets are; empty: the only one, or `review`.

    Raises:
        Stopped: when there is none, it does not answer, does not know the key, or is of another version.
    """
    try:
        import argilla as rg
        import httpx
        from argilla._exceptions import ArgillaError
    except ImportError:
        raise Stopped("reviews need Argilla's package: pip install 'finetune-compiler[review]'") from None
    logging.getLogger("argilla.sdk").setLevel(logging.CRITICAL)  # what goes wrong is said in a sentence
    logging.getLogger("httpx").setLevel(logging.CRITICAL)
    url, key = os.environ.get(URL, ""), os.environ.get(KEY, "")
    if not (url and key):
        known = read(data)
        if known is None:
            raise Stopped(f"no server is known. Set {URL} and {KEY} to a team's or a Space's, or start one of your own: python -m pipelines.review up")
        url, key = known.url, known.key
    try:
        fitting(httpx.get(f"{url.rstrip('/')}/api/v1/version", timeout=SECONDS), url)
        client = rg.Argilla(api_url=url, api_key=key, timeout=int(SECONDS))
        yield Desk(client, workspace or chosen(client))
    except ArgillaError as error:
        status = getattr(error, "status_code", 0)
        if status == 401 or "Credentials" in type(error).__name__ or "Unauthorized" in type(error).__name__:
            raise Stopped(f"{url} does not know this key. Set {KEY} to the one on your settings page there.") from None
        raise Stopped(f"{url} says: {' '.join(str(error).split())[:200]}") from None
    except httpx.HTTPStatusError as error:
        raise Stopped(f"{url} answers {error.response.status_code}: {' '.join(error.response.text.split())[:200]}") from None
    except (httpx.HTTPError, OSError) as error:
        raise Stopped(f"{url} could not be reached ({' '.join(str(error).split())[:100] or type(error).__name__}). Is the server up? python -m pipelines.review status") from None


def fitting(answer: Any, url: str) -> None:
    """Hold the server's version against what is known to fit.

    Raises:
        Stopped: when it is no Argilla server, too old, or too new.
    """
    try:
        version = str(answer.json()["version"])
        number = tuple(int(part) for part in version.split(".")[:2])
    except (ValueError, KeyError, TypeError):
        raise Stopped(f"{url} is no Argilla server (it answers {answer.status_code}).") from None
    if not OLDEST <= number < NEWEST:
        raise Stopped(f"{url} is Argilla {version}; reviews need {'.'.join(map(str, OLDEST))} or newer, below {'.'.join(map(str, NEWEST))}.")


def chosen(client: "rg.Argilla") -> str:
    """The workspace to use.

    Raises:
        Stopped: when there is none, or several and none is called `review`.
    """
    names = [workspace.name for workspace in client.workspaces]
    if "review" in names or len(names) == 1:
        return "review" if "review" in names else str(names[0])
    if not names:
        raise Stopped("your key sees no workspace. Ask the server's owner to add you to one.")
    raise Stopped(f"there are several workspaces ({', '.join(names)}). Say which with --workspace NAME.")


def different(dataset: "rg.Dataset", settings: "rg.Settings") -> list[str]:
    """How the shape of a dataset on the server differs from what is wanted; empty where it does not."""
    found = []
    for what in ("fields", "questions", "metadata", "vectors"):
        theirs, ours = ({one.name for one in getattr(each, what)} for each in (dataset.settings, settings))
        found += [f"the {what.removesuffix('s')} {name} is not there" for name in sorted(ours - theirs)]
        found += [f"there is another {what.removesuffix('s')}, {name}" for name in sorted(theirs - ours)] if what in ("fields",) else []
    return found


def values_of(response: Mapping[str, Any]) -> dict[str, Any]:
    """What a person answered, by question."""
    return {name: one["value"] for name, one in (response.get("values") or {}).items() if one.get("value") is not None}
