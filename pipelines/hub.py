"""Versions of a dataset on the Hugging Face Hub, or on another that HF_ENDPOINT names: a tag each, made by one commit."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from logging import ERROR
from pathlib import Path
from typing import TypeVar

from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi, constants
from huggingface_hub.errors import HfHubHTTPError, LocalTokenNotFoundError, OfflineModeIsEnabled, RepositoryNotFoundError, RevisionNotFoundError
from huggingface_hub.hf_api import RepoFile
from huggingface_hub.utils import logging
from huggingface_hub.utils.sha import git_hash
from huggingface_hub.utils.tqdm import disable_progress_bars

from pipelines.changes import VERSION, parsed
from pipelines.command import Stopped
from pipelines.release import MANIFEST, Release

KIND = "dataset"
OWN = (".gitattributes", MANIFEST)  # files that a version does not name
TRIES = 4
PAUSE = 1.0  # seconds before the second try; each later pause is twice as long
LONGEST = 60.0  # seconds that a server may ask to wait
CLIENTS = ("httpx", "httpcore", "requests", "urllib3", "hf_xet")  # what huggingface_hub asks through; their errors have no base in common
Answer = TypeVar("Answer")
MEANS = {
    401: "the Hub does not know who you are. Set HF_TOKEN to a token with write access (or run `hf auth login`).",
    403: "your token may not do that. It needs write access, and the name must be yours or your organisation's.",
    404: "there is no such dataset, or it is private and your token may not see it.",
    409: "it is there already.",
    412: "somebody else has published in the meantime. Run the same command again: it compares with what is there now.",
    413: "the Hub takes no files that large, or your space there is full.",
    429: "the Hub asks for fewer calls. Wait a few minutes, and run the same command again.",
}


class Hub:
    """A dataset repository; it is made by the first version.

    Args:
        name: `owner/name`.
        public: whether a new repository can be seen by all.
    """

    def __init__(self, name: str, public: bool = False) -> None:
        self.name, self.public = name, public
        logging.set_verbosity(ERROR)
        if not sys.stderr.isatty():
            disable_progress_bars()
        self.api = HfApi(library_name="finetune-compiler")

    def versions(self) -> list[str]:
        """The versions that are tagged, the oldest first; none where there is no repository."""
        with explained(self.name):
            try:
                refs = tried(lambda: self.api.list_repo_refs(self.name, repo_type=KIND))
            except RepositoryNotFoundError:
                return []
        names = [ref.name.removeprefix("v") for ref in refs.tags]
        return sorted((name for name in names if VERSION.fullmatch(name)), key=parsed)

    def file(self, version: str, path: str) -> Path:
        """A version's file, through the cache of huggingface_hub."""
        with explained(self.name, f"v{version} of "):
            return Path(tried(lambda: self.api.hf_hub_download(self.name, path, repo_type=KIND, revision=f"v{version}")))

    def send(self, release: Release, folder: Path, last: Release | None, say: str) -> None:
        """Commit what is new in one piece, then tag it. A second try of a cut one finds what came through."""
        with explained(self.name):
            tried(lambda: self.api.create_repo(self.name, repo_type=KIND, private=not self.public, exist_ok=True))
            oid = tried(lambda: self.commit(release, folder, last, say))
            tried(lambda: self.tag(f"v{release.version}", oid, say))

    def commit(self, release: Release, folder: Path, last: Release | None, say: str) -> str:
        """Make the head of the repository hold just this version; the commit's id. Nothing is sent where it does already."""
        head = str(self.api.dataset_info(self.name).sha)
        tree = self.api.list_repo_tree(self.name, recursive=True, repo_type=KIND, revision=head)
        there = {file.path: file.lfs.sha256 if file.lfs else file.blob_id for file in tree if isinstance(file, RepoFile)}
        operations: list[CommitOperationAdd | CommitOperationDelete] = []
        for path, digest in (release.files | {MANIFEST: ""}).items():
            if there.get(path) == digest:
                continue
            file = folder / path if (folder / path).is_file() or last is None else self.file(last.version, path)
            if there.get(path) != git_hash(file.read_bytes()):
                operations.append(CommitOperationAdd(path, file))
        operations += [CommitOperationDelete(path) for path in sorted(there.keys() - release.files.keys()) if path not in OWN]
        if not operations:
            return head
        return str(self.api.create_commit(self.name, operations, commit_message=f"v{release.version}: {say}", repo_type=KIND, parent_commit=head).oid)

    def tag(self, name: str, oid: str, say: str) -> None:
        """Tag a commit; a tag is never moved."""
        tags = {ref.name: ref.target_commit for ref in self.api.list_repo_refs(self.name, repo_type=KIND).tags}
        if name not in tags:
            self.api.create_tag(self.name, tag=name, tag_message=say, revision=oid, repo_type=KIND)
        elif tags[name] != oid:
            raise Stopped(f"{self.name} has a {name} already, with other content, and a version is never changed. Give another --version.")


def tried(ask: Callable[[], Answer]) -> Answer:
    """Ask, and ask again where the Hub was busy or the connection was cut."""
    pause = PAUSE
    for left in reversed(range(TRIES)):
        try:
            return ask()
        except Exception as error:
            found = origin(error)
            if not left or not passing(found):
                raise found from None
            header = found.response.headers.get("retry-after") if isinstance(found, HfHubHTTPError) else None
            pause = max(pause, waited(header))
        time.sleep(pause)
        pause *= 2
    raise AssertionError


def passing(error: Exception) -> bool:
    """Whether it may pass by itself: the Hub was busy, or the connection was cut."""
    if isinstance(error, HfHubHTTPError):
        return error.response.status_code == 429 or error.response.status_code >= 500
    return cut_off(error) or isinstance(error, OSError)


def waited(header: str | None) -> float:
    """How many seconds a server asks to wait."""
    return min(LONGEST, float(header)) if header and header.isdigit() else 0.0


def cut_off(error: BaseException) -> bool:
    """Whether a connection was refused, cut, or took too long."""
    return type(error).__module__.startswith(CLIENTS)


def origin(error: Exception) -> Exception:
    """What an upload failed of: huggingface_hub wraps it."""
    return error.__cause__ if type(error) is RuntimeError and isinstance(error.__cause__, Exception) else error


@contextmanager
def explained(name: str, what: str = "") -> Iterator[None]:
    """Say what went wrong at the Hub in one sentence.

    Raises:
        Stopped: with it.
    """
    try:
        yield
    except Stopped:
        raise
    except RevisionNotFoundError:
        raise Stopped(f"{what}{name}: there is no such version. `python -m pipelines.pull {name}` says which there are.") from None
    except HfHubHTTPError as error:
        status = error.response.status_code
        detail = f"the Hub answers {status} ({' '.join(str(error.server_message or error).split())[:160]})."
        raise Stopped(f"{what}{name}: {MEANS.get(status, detail)} Nothing that was published before has changed.") from None
    except LocalTokenNotFoundError:
        raise Stopped(f"{what}{name}: {MEANS[401]}") from None
    except OfflineModeIsEnabled:
        raise Stopped(f"{what}{name}: HF_HUB_OFFLINE is set, so that the Hub cannot be asked. Publish to local:PATH instead.") from None
    except ValueError as error:
        raise Stopped(f"{what}{name}: the Hub does not take the card: {' '.join(str(error).split())[:200]}") from None
    except Exception as error:
        if not cut_off(error) and not isinstance(error, OSError):
            raise
        why = " ".join(str(error).split())[:120] or type(error).__name__
        raise Stopped(f"{what}{name}: {constants.ENDPOINT} could not be reached ({why}). Nothing that was published before has changed; run the same command again.") from None
