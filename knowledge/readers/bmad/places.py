"""Where the files of BMAD lie: the folders of a core, the skills, and what stands beside what."""

import re
from collections.abc import Iterable
from pathlib import PurePosixPath

from knowledge.document import Document
from knowledge.readers.reading import Around

FOLDERS = ("agents", "agent-teams", "tasks", "templates", "workflows", "checklists", "data", "utils")
HOMES = {".bmad-core", "bmad-core", "_bmad", ".bmad", "bmad"}
PACK = re.compile(r"\.bmad-[\w-]+")
CONFIG, SKILL, CUSTOM = "core-config.yaml", "SKILL.md", "customize.toml"
YAML, PROSE = (".yaml", ".yml"), (".md", ".txt")


def found(paths: Iterable[str]) -> bool:
    """Whether the paths of a source show BMAD: a folder of its name, `core-config.yaml` beside agents or workflows, or a skill with a `customize.toml`."""
    files = [PurePosixPath(path) for path in paths]
    if any(part in HOMES or PACK.fullmatch(part) for path in files for part in path.parts[:-1]):
        return True
    configured = {path.parent for path in files if path.name == CONFIG}
    if configured and any(parent.name in ("agents", "workflows") and parent.parent in configured for path in files for parent in path.parents):
        return True
    return bool({path.parent for path in files if path.name == SKILL} & {path.parent for path in files if path.name == CUSTOM})


def home(document: Document, around: Around) -> tuple[str, str] | None:
    """The root of the BMAD core that a document lies in, and the folder there; an empty folder for `core-config.yaml`. None outside of one."""
    parts = PurePosixPath(document.path).parts
    if ".claude" in parts or document.suffix == ".toml":
        return None
    if document.name == CONFIG:
        return "/".join(parts[:-1]), ""
    for number in range(1, len(parts) - 1):
        if parts[number] in FOLDERS and is_core(parts[:number], around):
            return "/".join(parts[:number]), parts[number]
    return None


def is_core(parts: tuple[str, ...], around: Around) -> bool:
    """Whether a folder is the root of a BMAD core, a module or an expansion pack of one, or the `common` beside it."""
    if parts[-1] in HOMES or PACK.fullmatch(parts[-1]) or "/".join([*parts, CONFIG]) in around.documents:
        return True
    if len(parts) > 1 and (parts[-2] in ("_bmad", "bmad") or parts[-2] == "expansion-packs"):
        return True
    beside = parts[:-1]
    return parts[-1] == "common" and any("/".join([*beside, name, CONFIG]) in around.documents for name in ("bmad-core", ".bmad-core"))


def skill_of(document: Document, around: Around) -> str | None:
    """The folder of the version 6 skill that a document belongs to; None for none."""
    parts = PurePosixPath(document.path).parts
    for number in range(len(parts) - 1, 0, -1):
        folder = "/".join(parts[:number])
        if f"{folder}/{SKILL}" in around.documents:
            own = f"{folder}/{CUSTOM}" in around.documents
            return folder if own or (".claude" not in parts and (parts[number - 1].startswith("bmad") or any(part in HOMES for part in parts[:number]))) else None
    return None


def agents_beside(around: Around, root: str) -> list[str]:
    """The names of the agents in the same core."""
    return [PurePosixPath(path).stem for path in around.documents if path.startswith(f"{root}/agents/") and path.endswith((*PROSE, *YAML))]


def resource(document: Document, around: Around, name: str) -> str:
    """The path, from an agent, of a file that it depends on: in the same core, or in the `common` folder beside it."""
    near, common = f"../{name}", f"../../common/{name}"
    return common if not around.find(document, near) and around.find(document, common) else near
