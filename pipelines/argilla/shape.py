"""The shape of a dataset for reviews: what annotators see, what they are asked, and what they can filter by."""

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from knowledge.bank import BANKS, read_bank
from knowledge.rubrics import Criterion, load_rubrics
from steps.people.verdicts import REASONS, VERDICTS

if TYPE_CHECKING:
    import argilla as rg

FIELDS = ("conversation", "shows", "remarks", "other")
METADATA = ("split", "level", "category", "cell", "tool", "persona", "reason", "control")
PREFERRED = {"one": "The one in the conversation", "two": "The other one", "neither": "Neither is better"}
VECTOR = "meaning"


def criteria(rows: Iterable[Mapping[str, Any]]) -> list[Criterion]:
    """What the rows are judged by, each criterion once."""
    rubrics = load_rubrics()
    found = {criterion.name: criterion for row in rows for criterion in rubrics.of(str(row.get("category") or "tool"), form(row))}
    return [found[name] for name in sorted(found)]


def form(row: Mapping[str, Any]) -> str:
    """A row's form, as the rubrics know it."""
    return str(row.get("form") or "") if row.get("form") not in ("play", None) else ""


def settings(client: "rg.Argilla", asked: Iterable[Criterion], categories: Iterable[str], overlap: int, dimensions: int) -> "rg.Settings":
    """The dataset's settings.

    Args:
        asked: the criteria to rate.
        categories: of the rows, for the guidelines.
        overlap: how many people answer each row.
        dimensions: of the vectors; 0 where there are none.
    """
    import argilla as rg

    asked = list(asked)
    return rg.Settings(
        guidelines=guidelines(asked, categories),
        fields=[
            rg.TextField(name="shows", title="What it should show", use_markdown=True, required=False, client=client),
            rg.ChatField(name="conversation", title="Conversation", use_markdown=True, _client=client),
            rg.TextField(name="remarks", title="Remarks of the machine's checks", use_markdown=True, required=False, client=client),
            rg.TextField(name="other", title="Another last answer", use_markdown=True, required=False, client=client),
        ],
        questions=[
            rg.LabelQuestion(name="verdict", title="What should become of this conversation?", labels=VERDICTS, client=client),
            rg.MultiLabelQuestion(name="reasons", title="What is wrong with it?", labels=REASONS, required=False, visible_labels=len(REASONS), client=client),
            rg.TextQuestion(name="corrected", title="The last answer, as it should be", description="Change it only where your verdict is Fix.", required=False, client=client),
            rg.LabelQuestion(name="preferred", title="Which last answer would you rather get?", labels=PREFERRED, required=False, client=client),
            *(rg.RatingQuestion(name=one.name, title=one.asks[:400], description=scale(one), values=sorted(one.scale), required=False, client=client) for one in asked),
        ],
        metadata=[*(rg.TermsMetadataProperty(name=name, client=client) for name in METADATA), rg.FloatMetadataProperty(name="score", client=client)],
        vectors=[rg.VectorField(name=VECTOR, dimensions=dimensions, _client=client)] if dimensions else [],
        distribution=rg.TaskDistribution(min_submitted=overlap),
    )


def scale(criterion: Criterion) -> str:
    """What each score means."""
    return "; ".join(f"{score}: {words}" for score, words in criterion.scale.items())


def guidelines(asked: Iterable[Criterion], categories: Iterable[str]) -> str:
    """What annotators are told, in Markdown."""
    known = read_bank(BANKS / "reviewing.yaml")
    named = {name: known[name] for name in dict.fromkeys(categories) if name in known}
    return environment().get_template("guidelines.md.j2").render(categories=named, criteria=list(asked))


@cache
def environment() -> Environment:
    """What renders the guidelines."""
    return Environment(loader=FileSystemLoader(Path(__file__).parent), undefined=StrictUndefined, autoescape=False)
