"""The project's files: made, and read back."""

import hashlib
import io
import os
import random
import struct
import wave
import zlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Any

from steps.worlds.world import HOME, Value, World, draw, pick

PICTURES = {
    "train": ("logo", "icon", "banner", "badge", "stamp", "splash"),
    "validation": ("emblem", "cover", "thumbnail"),
    "test": ("crest", "header", "favicon"),
}
SOUNDS = {"train": ("chime", "beep", "alert", "done"), "validation": ("ping", "bell"), "test": ("buzzer", "tick")}
PICTURE_FOLDERS = {
    "train": ("assets", "media", "static", "images", "icons"),
    "validation": ("artwork", "branding", "graphics", "visuals"),
    "test": ("pictures", "public", "brand", "badges"),
}
SOUND_FOLDERS = {"train": ("sounds", "audio"), "validation": ("jingles", "signals"), "test": ("tones", "wav")}
KINDS = {
    ".md": "Markdown", ".csv": "CSV", ".py": "Python", ".rs": "Rust", ".go": "Go", ".rb": "Ruby", ".ts": "TypeScript", ".sh": "shell",
    ".toml": "TOML", ".json": "JSON", ".sql": "SQL", ".yaml": "YAML", ".yml": "YAML", ".html": "HTML", ".ex": "Elixir", ".exs": "Elixir",
    ".c": "C", ".txt": "text",
}  # fmt: skip


@dataclass(frozen=True)
class Medium:
    """A picture or a sound of the project. `facts` say what is in it."""

    path: str
    data: bytes
    facts: dict[str, Any]


def make(world: World, home: Path) -> None:
    """Write all that the home folder holds: the project's files, its pictures and sounds."""
    write_project(world, home)
    rng = random.Random(f"media dates {world.theme.name} {world.seed}")
    for medium in media(world):
        file = home / world.theme.name / medium.path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(medium.data)
        when = world.clock.timestamp() - rng.randrange(20 * 86_400, 60 * 86_400)
        os.utime(file, (when, when))
    settle(home / world.theme.name)


def write_project(world: World, home: Path) -> None:
    """Write the project's text files below the (empty) real home folder, with dates of the world's past."""
    rng = random.Random(f"dates {world.theme.name} {world.seed}")
    project = home / world.theme.name
    for path, content in world.theme.files.items():
        file = project / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content, encoding="utf-8")
        when = world.clock.timestamp() - rng.randrange(3_600, 40 * 86_400)
        os.utime(file, (when, when))


def settle(folder: Path) -> None:
    """Date each folder like the newest thing in it."""
    for at, _, _ in os.walk(folder, topdown=False):
        inside = [entry.stat().st_mtime for entry in os.scandir(at)]
        if inside:
            os.utime(at, (max(inside), max(inside)))


def state(world: World, home: Path) -> dict[str, Any]:
    """`files`: virtual path to text (or a digest of bytes that are no text); `folders`: virtual paths.

    The repository's own folder is left out.
    """
    files: dict[str, str] = {}
    folders: list[str] = []
    for folder, inside, names in os.walk(home / world.theme.name):
        inside[:] = sorted(name for name in inside if name != ".git")
        at = Path(folder)
        folders += [f"{HOME}/{(at / name).relative_to(home)}" for name in inside]
        for name in sorted(names):
            file = at / name
            raw = file.read_bytes()
            try:
                text = raw.decode("utf-8")
            except UnicodeDecodeError:
                text = f"sha256:{hashlib.sha256(raw).hexdigest()}"
            files[f"{HOME}/{file.relative_to(home)}"] = text
    return {"files": files, "folders": sorted(folders)}


@lru_cache(maxsize=256)
def media(world: World) -> tuple[Medium, ...]:
    """Two pictures of one colour each and a short tone, named after the theme, each in a folder of its own."""
    rng = random.Random(f"media {world.theme.name}")
    name, split = world.theme.name, world.split
    used = {path.split("/")[0] for path in (*world.theme.files, *world.theme.new_folders, *(new.path for new in world.theme.new_files))}
    places = rng.sample([place for place in PICTURE_FOLDERS[split] if place not in used], 2)
    out: list[Medium] = []
    for stem, place in zip(rng.sample(PICTURES[split], 2), places, strict=True):
        width, height = rng.choice(((32, 32), (64, 48), (96, 32), (48, 48), (120, 40), (16, 16)))
        facts = {"kind": "picture", "format": "PNG", "mime": "image/png", "stem": stem}
        out.append(Medium(f"{place}/{name}-{stem}.png", png(width, height, rng.randbytes(3)), facts))
    stem = rng.choice(SOUNDS[split])
    facts = {"kind": "sound", "format": "WAV", "mime": "audio/wav", "stem": stem}
    place = pick(rng, [place for place in SOUND_FOLDERS[split] if place not in used], "folder for sounds")
    out.append(Medium(f"{place}/{name}-{stem}.wav", tone(rng.choice((50, 60, 80, 100, 120)), rng.choice((5, 8, 10))), facts))
    return tuple(out)


def png(width: int, height: int, colour: bytes) -> bytes:
    """A picture of one colour."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = (b"\0" + colour * width) * height
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b"")


def tone(milliseconds: int, half: int) -> bytes:
    """A mono square wave of 8 bits at 4 kHz, which turns every `half` samples."""
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(1)
        sound.setframerate(4000)
        sound.writeframes(bytes(160 if at // half % 2 else 96 for at in range(4 * milliseconds)))
    return file.getvalue()


def facts_of(world: World, path: str) -> dict[str, Any]:
    """What templates may say about a path of the project."""
    pure = PurePosixPath(path)
    folder = "" if str(pure.parent) == "." else str(pure.parent)
    return {
        "rel": path,
        "name": pure.name,
        "stem": pure.stem,
        "ext": pure.suffix,
        "folder": folder or "the project root",
        "folder_path": f"{world.project}/{folder}".rstrip("/"),
        "kind": KINDS.get(pure.suffix, pure.suffix.lstrip(".") or "plain"),
    }


def folders_of(world: World) -> dict[str, list[str]]:
    """Each folder of the project's text files, with the names of what it holds."""
    inside: dict[str, set[str]] = {}
    for path in world.theme.files:
        pure = PurePosixPath(path)
        while str(pure) != ".":
            inside.setdefault(str(pure.parent), set()).add(pure.name)
            pure = pure.parent
    return {folder: sorted(names) for folder, names in sorted(inside.items()) if folder != "."}


def folder_value(world: World, path: str, **more: Any) -> Value:
    """A folder as a value."""
    name = PurePosixPath(path).name
    return Value(f"{world.project}/{path}", (path, f"{path}/", f"the {path} folder", f"`{path}`"), {"rel": path, "name": name} | more)


@draw
def folder(world: World, rng: random.Random) -> Value:
    """A folder of the project."""
    path = pick(rng, list(folders_of(world)), "folder")
    return folder_value(world, path)


@draw
def sound(world: World, rng: random.Random) -> Value:
    """A sound of the project."""
    return media_value(world, pick(rng, [medium for medium in media(world) if medium.facts["kind"] == "sound"], "sound"))


def media_value(world: World, medium: Medium) -> Value:
    """A picture or a sound as a value."""
    facts = facts_of(world, medium.path) | medium.facts | {"glob": f"**/*{PurePosixPath(medium.path).suffix}"}
    return Value(f"{world.project}/{medium.path}", (medium.path, f"`{medium.path}`"), facts)
