"""Instructions that grow from seeds."""

import random

import pytest

from steps.forms.given import Given
from steps.forms.operations import OPERATIONS
from steps.forms.rouge import most_alike, rouge, words
from steps.forms.selfinstruct import ALIKE, Instructed, SelfInstruct

FORM = SelfInstruct()
ROWS = {"header": ["bay", "pieces"], "rows": [["C-1", "7"], ["C-2", "12"], ["C-3", "9"]], "column": "pieces", "limit": 8, "table": "bays"}


def test_rouge_l_is_the_f1_of_the_longest_common_subsequence():
    assert rouge("police killed the gunman".split(), "police kill the gunman".split()) == 0.75
    assert rouge("the gunman killed police".split(), "police killed the gunman".split()) == 0.5
    assert rouge([], ["a"]) == 0.0


def test_the_nearest_text_of_a_pool_is_found():
    pool = [words("Sort the rows."), words("Count the rows by colour.")]
    assert most_alike("Count rows by colour!", pool) == (pytest.approx(8 / 9), 1)
    assert most_alike("Hello", []) == (0.0, -1)


def test_no_kept_instruction_is_like_one_before_it_or_a_seed():
    drafts = FORM.drafts(40, "train", 0)
    instructions = [words(draft.facts["instruction"]) for draft in drafts]
    assert all(draft.facts["similarity"] < ALIKE and draft.facts["like"] for draft in drafts)
    assert max(rouge(one, other) for number, one in enumerate(instructions) for other in instructions[:number]) < ALIKE


@pytest.mark.parametrize(
    ("name", "result"),
    [
        ("sort", "bay,pieces\nC-2,12\nC-3,9\nC-1,7"),
        ("above", "bay,pieces\nC-2,12\nC-3,9"),
        ("total", "28, over 3 values"),
        ("extremes", "Lowest: C-1 (7). Highest: C-2 (12)."),
        ("markdown", "| bay | pieces |\n| --- | --- |\n| C-1 | 7 |\n| C-2 | 12 |\n| C-3 | 9 |"),
        ("align", "bay  pieces\nC-1  7\nC-2  12\nC-3  9"),
        ("transpose", "bay,C-1,C-2,C-3\npieces,7,12,9"),
    ],
)
def test_an_operation_does_what_it_says(name, result):
    assert OPERATIONS[name][1](ROWS) == result


def test_a_tree_puts_folders_first():
    assert OPERATIONS["tree"][1]({"items": ["b.md", "src/z.py", "src/a/x.py"]}) == "src/\n  a/\n    x.py\n  z.py\nb.md"


def test_insert_statements_quote_what_is_no_number():
    made = {"header": ["name", "n"], "rows": [["O'Hara", "3"], ["", "4.5"]], "table": "t"}
    assert OPERATIONS["inserts"][1](made) == "INSERT INTO t (name, n) VALUES ('O''Hara', 3);\nINSERT INTO t (name, n) VALUES (NULL, 4.5);"


def test_an_answer_that_is_not_the_result_is_refused():
    [draft] = FORM.drafts(1, "train", 4)
    wrong = draft.said((draft.requests[0], "Done."))
    assert FORM.check(draft) is None
    assert FORM.check(wrong) == "selfinstruct: the answer is not what the operation makes of the input"


def test_a_teachers_instruction_must_differ_from_the_seeds_that_it_saw():
    one, two = FORM.asked_of(Given(), 2)
    assert len(one.facts["seeds"]) == 8 and one.unit != two.unit
    made = Instructed(instruction="Draw a map of the harbour in ASCII.", answer="~~~")
    assert FORM.check(FORM.finish(one, made, random.Random(0))) is None
    seed = two.facts["seeds"][0]
    again = FORM.finish(two, made.model_copy(update={"instruction": seed}), random.Random(0))
    assert FORM.check(again).startswith("selfinstruct: ROUGE-L 1.00 with ")
