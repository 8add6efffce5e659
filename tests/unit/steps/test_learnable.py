from typing import Any

from steps.embeddings import embedded
from steps.learnable import clusters, distances, learnability, spread

SUBJECTS = {"notes": "Please {} the note about the {}.", "clocks": "What time is it in {} when the {} opens?"}
WORDS = "ferry harbour bakery violin garden printer saddle lantern orchard walnut".split()


def rows() -> tuple[list[dict[str, Any]], list[str]]:
    made, texts = [], []
    for number in range(200):
        tool = ("notes", "clocks")[number % 2]
        made.append({"id": str(number), "split": "test" if number % 5 == 0 else "train", "tool": tool, "form": "play", "behaviour": "direct"})
        texts.append(SUBJECTS[tool].format(WORDS[number % 10], WORDS[(number // 10) % 10]))
    return made, texts


def test_tools_that_are_asked_for_differently_can_be_told() -> None:
    made, texts = rows()
    [tool] = learnability(made, embedded(texts, "wordllama"))
    assert tool.name == "tool told from the request" and tool.value == 1.0 and tool.n == 40 and tool.low > 0.9 and "0.50 of them" in tool.definition


def test_few_rows_are_not_measured_and_one_row_breaks_nothing() -> None:
    made, texts = rows()
    vectors = embedded(texts, "wordllama")
    assert learnability(made[:20], vectors[:20]) == [] and spread(vectors[:1]).value is None
    assert distances(made[:1], vectors[:1]) == [] and clusters(made[:1], texts[:1], vectors[:1]) == ([], [])


def test_the_map_has_every_row_in_order_and_the_same_bytes_again() -> None:
    made, texts = rows()
    vectors = embedded(texts, "wordllama")
    places, told = clusters(made, texts, vectors)
    assert [place["id"] for place in places] == [row["id"] for row in made] and sum(one["rows"] for one in told) == 200
    assert all({"notes": "note", "clocks": "time"}[made[int(place["id"])]["tool"]] in " ".join(told[place["cluster"]]["words"]) for place in places)
    assert clusters(made, texts, vectors) == (places, told)


def test_splits_of_one_kind_lie_as_far_apart_as_rows_of_one_split() -> None:
    made, texts = rows()
    apart, own = distances(made, embedded(texts, "wordllama"))
    assert apart.n == 40 and own.n == 160 and 0 <= apart.value < 0.5 and 0 <= own.value < 0.5
