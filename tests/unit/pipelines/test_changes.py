"""What became of units, and the version that follows."""

import pytest

from pipelines.changes import Changes, Unit, fates, fitting, opposite, parsed, proposed
from pipelines.command import Stopped


def unit(name: str, text: str, file: str = "rules.md", digest: str = "") -> Unit:
    return Unit(id=name, digest=digest or text, source=f"{file}:3", text=text)


def known(*units: Unit) -> dict[str, Unit]:
    return {one.id: one for one in units}


def test_a_unit_is_changed_reversed_removed_or_new() -> None:
    before = known(
        unit("a", "Ask before you delete a row."),
        unit("b", "Give the short hash after a commit."),
        unit("c", "Write tests first."),
        unit("d", "Greet.", digest="1"),
        unit("e", "Stay."),
    )
    after = known(
        unit("a2", "Ask before you delete a table or a row."),
        unit("b2", "Never give the short hash after a commit."),
        unit("d", "Greet.", digest="2"),
        unit("e", "Stay."),
        unit("f", "Fly."),
    )
    assert fates(before, after) == {"a": ("changed", "a2"), "b": ("reversed", "b2"), "c": ("removed", ""), "d": ("changed", "d")}


def test_a_like_unit_of_another_file_is_another_unit() -> None:
    assert fates(known(unit("a", "Ask first.")), known(unit("b", "Ask first!", "other.md"))) == {"a": ("removed", "")}


@pytest.mark.parametrize(
    ("one", "two", "is_so"),
    [
        ("Use tabs for indentation.", "Do not use tabs for indentation.", True),
        ("Never commit to main.", "Commit to main.", True),
        ("Use tabs for indentation.", "Use spaces for indentation.", False),
        ("Never commit to main.", "Never ever commit to main.", False),
    ],
)
def test_a_rule_is_reversed_when_a_never_comes_or_goes(one: str, two: str, is_so: bool) -> None:
    assert opposite(one, two) is is_so


@pytest.mark.parametrize(("level", "version"), [("major", "2.0.0"), ("minor", "1.3.0"), ("patch", "1.2.4")])
def test_the_version_follows_from_the_level(level: str, version: str) -> None:
    changes = Changes(before="1.2.3", level=level, reason="so it is")
    assert proposed(changes) == version == fitting(f"v{version}", changes)
    assert fitting("3.0.0", changes) == "3.0.0"
    with pytest.raises(Stopped, match="is not above the last one"):
        fitting("1.2.3", changes)


@pytest.mark.parametrize(("level", "wanted"), [("major", "1.9.0"), ("minor", "1.2.9")])
def test_a_version_that_promises_less_is_refused(level: str, wanted: str) -> None:
    with pytest.raises(Stopped, match="promises less than was changed \\(so it is\\)"):
        fitting(wanted, Changes(before="1.2.3", level=level, reason="so it is"))


@pytest.mark.parametrize("word", ["1.2", "01.2.3", "1.2.3-rc1", "", "latest"])
def test_other_words_are_no_version(word: str) -> None:
    with pytest.raises(Stopped, match="is no version"):
        parsed(word)
