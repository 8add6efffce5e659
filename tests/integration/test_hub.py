"""The loopback Hub, asked by the real clients: what the tests of publishing rest on."""

import json
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from huggingface_hub import CommitInfo, CommitOperationAdd, CommitOperationDelete, HfApi, HfFileSystem, constants
from huggingface_hub.errors import EntryNotFoundError, HfHubHTTPError, RepositoryNotFoundError, RevisionNotFoundError

from tests.hub import Fault, Hub

pytestmark = pytest.mark.integration
NAME = "org/rows"
CARD = "---\nlicense: apache-2.0\nconfigs:\n- config_name: phase3\n  data_files:\n  - split: train\n    path: phase3/train-*\n---\n# Rows\n"
LOAD = """
import json, sys
from datasets import load_dataset
print(json.dumps({tag: load_dataset("org/rows", "phase3", revision=tag)["train"][:]["text"] for tag in sys.argv[1:]}))
"""
UPLOAD = """
import sys
from huggingface_hub import HfApi
print(HfApi().upload_file(path_or_fileobj=sys.argv[1], path_in_repo="x.parquet", repo_id="org/rows", repo_type="dataset").oid)
"""


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
    with Hub(tmp_path / "hub") as hub:
        yield hub


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Seconds that the client would have waited before its next try."""
    waits: list[float] = []
    monkeypatch.setattr("huggingface_hub.utils._http.time", SimpleNamespace(sleep=waits.append, time=time.time))
    return waits


@pytest.fixture
def api(hub: Hub) -> HfApi:
    api = HfApi(endpoint=hub.url, token="hf_owner")
    api.create_repo(NAME, repo_type="dataset", private=True)
    return api


def shard(seed: str, rows: int = 200) -> bytes:
    rng, sink = random.Random(seed), pa.BufferOutputStream()
    pq.write_table(pa.table({"text": [f"{seed} {rng.random()}" for _ in range(rows)]}), sink)
    return sink.getvalue().to_pybytes()


def files(changed: str) -> dict[str, bytes]:
    manifest = json.dumps({"changed": changed}).encode()
    return {"README.md": CARD.encode(), "phase3/train-0.parquet": shard("a"), "phase3/train-1.parquet": shard(changed), "manifest.json": manifest}


def publish(api: HfApi, version: str, content: dict[str, bytes]) -> CommitInfo:
    """One commit, then the tag."""
    head = api.dataset_info(NAME).sha
    operations = [CommitOperationAdd(path, body) for path, body in content.items()]
    done = api.create_commit(NAME, operations, commit_message=version, repo_type="dataset", parent_commit=head)
    api.create_tag(NAME, tag=version, revision=done.oid, repo_type="dataset", exist_ok=True)
    return done


def held(api: HfApi, version: str, cache: Path) -> dict[str, bytes]:
    """What a version holds, as it is downloaded."""
    folder = Path(api.snapshot_download(NAME, repo_type="dataset", revision=version, cache_dir=cache))
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file() and path.name != ".gitattributes"}


def test_two_versions_are_loaded_by_their_tags_and_only_the_changed_shard_is_sent(hub: Hub, api: HfApi, tmp_path: Path) -> None:
    one, two = files("b"), files("c")
    first = publish(api, "v1.0.0", one)
    assert hub.sent("PUT") == len(one["phase3/train-0.parquet"]) + len(one["phase3/train-1.parquet"])
    hub.forget()
    second = publish(api, "v1.1.0", two)
    assert hub.sent("PUT") == len(two["phase3/train-1.parquet"])
    refs = api.list_repo_refs(NAME, repo_type="dataset")
    assert {tag.name: tag.target_commit for tag in refs.tags} == {"v1.0.0": first.oid, "v1.1.0": second.oid}
    assert [commit.title for commit in api.list_repo_commits(NAME, repo_type="dataset")] == ["v1.1.0", "v1.0.0", "initial commit"]
    environment = hub.environment(tmp_path / "cache", "hf_owner")
    loaded = subprocess.run([sys.executable, "-W", "ignore", "-c", LOAD, "v1.0.0", "v1.1.0"], env=environment, capture_output=True, text=True, check=True)
    for tag, content in (("v1.0.0", one), ("v1.1.0", two)):
        rows = [pq.read_table(pa.BufferReader(content[f"phase3/train-{n}.parquet"])).column("text").to_pylist() for n in (0, 1)]
        assert json.loads(loaded.stdout)[tag] == rows[0] + rows[1]


def test_what_is_published_twice_makes_no_commit(hub: Hub, api: HfApi) -> None:
    first = publish(api, "v1.0.0", files("b"))
    hub.forget()
    assert publish(api, "v1.0.0", files("b")).oid == first.oid
    assert hub.sent("PUT") == 0 and not [seen for seen in hub.requests if "/commit/" in seen.path]


def test_who_may_not_is_refused_as_the_real_hub_does(hub: Hub, api: HfApi) -> None:
    publish(api, "v1.0.0", files("b"))
    nobody, other, reader = (HfApi(endpoint=hub.url, token=token) for token in (False, "hf_other", "hf_reader"))
    for stranger, status in ((nobody, 401), (other, 404)):
        with pytest.raises(RepositoryNotFoundError) as refused:
            stranger.dataset_info(NAME)
        assert refused.value.response.status_code == status
    assert reader.dataset_info(NAME).private
    for act in (lambda: publish(reader, "v2.0.0", files("c")), lambda: other.create_repo("org/more", repo_type="dataset")):
        with pytest.raises(HfHubHTTPError) as refused:
            act()
        assert refused.value.response.status_code == 403
    with pytest.raises(HfHubHTTPError) as refused:
        HfApi(endpoint=hub.url, token="hf_unknown").whoami()
    assert refused.value.response.status_code == 401
    assert (reader.whoami()["name"], [org["name"] for org in reader.whoami()["orgs"]]) == ("owner", ["org"])


def test_what_is_there_or_is_not(hub: Hub, api: HfApi, tmp_path: Path) -> None:
    first = publish(api, "v1.0.0", files("b"))
    with pytest.raises(HfHubHTTPError) as refused:
        api.create_repo(NAME, repo_type="dataset")
    assert refused.value.response.status_code == 409
    assert str(api.create_repo(NAME, repo_type="dataset", exist_ok=True)).endswith(f"/datasets/{NAME}")
    with pytest.raises(HfHubHTTPError) as refused:
        api.create_tag(NAME, tag="v1.0.0", repo_type="dataset")
    assert refused.value.response.status_code == 409
    with pytest.raises(RevisionNotFoundError):
        api.dataset_info(NAME, revision="v9.9.9")
    with pytest.raises(EntryNotFoundError):
        api.hf_hub_download(NAME, "gone.json", repo_type="dataset", revision="v1.0.0", cache_dir=tmp_path)
    removed = [CommitOperationDelete("manifest.json"), CommitOperationDelete("phase3/")]
    api.create_commit(NAME, removed, commit_message="fewer", repo_type="dataset", parent_commit=first.oid)
    assert api.list_repo_files(NAME, repo_type="dataset") == [".gitattributes", "README.md"]
    assert held(api, "v1.0.0", tmp_path) == files("b")
    api.delete_tag(NAME, tag="v1.0.0", repo_type="dataset")
    api.delete_repo(NAME, repo_type="dataset")
    assert not api.repo_exists(NAME, repo_type="dataset")
    with pytest.raises(ValueError, match="Invalid metadata in README"):
        api.create_commit(NAME, [CommitOperationAdd("README.md", b"---\na: [\n---\n")], commit_message="x", repo_type="dataset")


def test_a_moved_parent_is_refused_and_changes_nothing(hub: Hub, api: HfApi) -> None:
    first = publish(api, "v1.0.0", files("b"))
    second = publish(api, "v1.1.0", files("c"))
    with pytest.raises(HfHubHTTPError) as refused:
        late = [CommitOperationAdd("manifest.json", b"{}")]
        api.create_commit(NAME, late, commit_message="late", repo_type="dataset", parent_commit=first.oid)
    assert refused.value.response.status_code == 412
    assert api.dataset_info(NAME).sha == second.oid


def test_lists_come_in_pages_and_files_in_ranges(hub: Hub, api: HfApi) -> None:
    hub.page = 2
    publish(api, "v1.0.0", files("b"))
    listed = {entry.path: entry for entry in api.list_repo_tree(NAME, repo_type="dataset", recursive=True, revision="v1.0.0")}
    assert sorted(listed) == sorted([*files("b"), ".gitattributes", "phase3"])
    assert len([seen for seen in hub.requests if "/tree/" in seen.path]) == 3
    sizes = {entry.rfilename: entry.size for entry in api.dataset_info(NAME, files_metadata=True).siblings}
    assert sizes["phase3/train-1.parquet"] == len(shard("b")) == api.get_paths_info(NAME, "phase3/train-1.parquet", repo_type="dataset")[0].lfs.size
    with HfFileSystem(endpoint=hub.url, token="hf_owner").open(f"datasets/{NAME}@v1.0.0/phase3/train-0.parquet", block_size=100) as file:
        file.seek(-4, 2)
        assert file.read() == b"PAR1"
    assert 206 in [seen.status for seen in hub.requests]


@pytest.mark.parametrize("cut", ["before", "during", "after"])
def test_a_cut_at_any_request_leaves_the_last_tag_whole_and_a_second_try_succeeds(hub: Hub, api: HfApi, slept: list[float], tmp_path: Path, cut: str) -> None:
    publish(api, "v1.0.0", files("b"))
    hub.forget()
    publish(api, "v2.0.0", files("try 0"))
    requests = len(hub.requests)
    assert requests == 8  # head, card, preupload, batch, put, verify, commit, tag
    for number in range(1, requests + 1):
        hub.forget()
        hub.faults = [Fault(at=number, onwards=True, cut=cut)]
        version, content = f"v2.0.{number}", files(f"try {number}")
        with pytest.raises(Exception, match=r"Server disconnected|Error while uploading|peer closed|Connection reset|Broken pipe"):
            publish(api, version, content)
        arrived = {seen.path for seen in hub.requests if seen.method == "PUT" and (seen.number < number or cut == "after")}
        hub.forget()
        assert held(api, "v1.0.0", tmp_path / f"{number}-old") == files("b")
        publish(api, version, content)
        assert not arrived & {seen.path for seen in hub.requests}
        assert held(api, version, tmp_path / f"{number}-new") == content


@pytest.mark.parametrize(("status", "waits"), [(429, [8.0]), (503, [8.0]), (413, None)])
def test_a_status_is_answered_once_with_its_headers(hub: Hub, api: HfApi, slept: list[float], status: int, waits: list[float] | None) -> None:
    hub.faults = [Fault("POST", "objects/batch", status=status, headers={"Retry-After": "7"}, times=1)]
    if waits is None:
        with pytest.raises(HfHubHTTPError):
            publish(api, "v1.0.0", files("b"))
    else:
        publish(api, "v1.0.0", files("b"))
    assert slept == (waits or [])


def test_an_upload_by_xet_is_tried_again_and_put_together_to_the_same_bytes(hub: Hub, api: HfApi, tmp_path: Path) -> None:
    rng, path = random.Random(1), tmp_path / "x.parquet"
    columns = {"text": [str(rng.random()) for _ in range(5000)], "number": pa.array([rng.random() for _ in range(50_000)][:5000], pa.float32())}
    pq.write_table(pa.table(columns), path, compression="none", use_dictionary=False)
    hub.faults = [Fault("POST", "/v1/xorbs/", cut="during", times=1), Fault("POST", "/v1/shards", status=503, times=1)]
    subprocess.run([sys.executable, "-W", "ignore", "-c", UPLOAD, path], env=hub.environment(tmp_path / "cache", "hf_owner", xet=True), capture_output=True, check=True)
    assert [seen.status for seen in hub.requests if seen.path.startswith(("/v1/xorbs/", "/v1/shards"))] == [0, 200, 503, 200]
    assert Path(api.hf_hub_download(NAME, "x.parquet", repo_type="dataset", cache_dir=tmp_path)).read_bytes() == path.read_bytes()
