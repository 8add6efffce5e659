"""The bank of evolution."""

import pytest
import yaml

from knowledge.bank import parse_bank
from knowledge.evolution import CHECKS, FILE, Evolution, load_evolution
from steps.constraints import PREDICATES


def test_every_operator_but_the_one_that_adds_constraints_has_sentences_and_every_check_is_decided() -> None:
    bank = load_evolution()
    assert list(bank.operators) == ["add_constraint", "deepen", "concretise", "more_reasoning", "complicate_input", "mutate"]
    assert min(len(operator.families) for name, operator in bank.operators.items() if name != "add_constraint") >= 20
    assert {one.check for one in bank.constraints} <= set(CHECKS) <= set(PREDICATES)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda bank: bank["operators"]["deepen"].update(befor=["x"]), "befor"),
        (lambda bank: bank["operators"]["deepen"]["after"].append("Well: {request}"), "a frame, and nothing else, holds {request}"),
        (lambda bank: bank["operators"]["mutate"]["frame"].append("For a friend."), "a frame, and nothing else, holds {request}"),
        (lambda bank: bank["constraints"][0].update(check="max_word"), "no check is called 'max_word'"),
        (lambda bank: bank["constraints"][0]["says"].append("Short, please."), "lacks {of}"),
        (lambda bank: bank["constraints"][2].update(unless="(x"), "is no pattern"),
    ],
)
def test_a_slip_in_the_bank_is_an_error_that_names_file_and_key(change, fault, tmp_path) -> None:
    bank = yaml.safe_load(FILE.read_text())
    change(bank)
    (tmp_path / "evolution.yaml").write_text(yaml.safe_dump(bank))
    with pytest.raises(ValueError, match=r"^evolution\.yaml: ") as error:
        parse_bank(tmp_path / "evolution.yaml", Evolution)
    assert fault in str(error.value)
