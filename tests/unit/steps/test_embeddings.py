import numpy as np
import pytest

from steps.embeddings import Missing, embedded


def test_what_means_the_same_lies_near_and_the_vectors_have_length_one() -> None:
    one, same, other = embedded(["Remove the note called shopping.", "Please delete my shopping note.", "What time is it in Lisbon?"], "wordllama")
    assert one @ same > 0.6 > 0.3 > one @ other
    assert np.allclose(np.linalg.norm([one, same, other], axis=1), 1, atol=1e-5)


def test_nothing_and_no_words_are_vectors_too() -> None:
    assert embedded([], "wordllama").shape[0] == 0
    assert not np.isnan(embedded([""], "wordllama")).any()


@pytest.mark.parametrize(
    ("model", "says"),
    [
        ("model2vec:nobody/nothing", "needs the package model2vec"),
        ("sentence-transformers:nobody/nothing", "needs the package sentence-transformers"),
        ("oracle", "there is no embedder 'oracle': write wordllama, model2vec:<id> or sentence-transformers:<id>"),
    ],
)
def test_a_model_that_cannot_be_had_is_named(model: str, says: str) -> None:
    with pytest.raises(Missing, match=says):
        embedded(["x"], model)
