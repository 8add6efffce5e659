"""What texts mean, as vectors."""

import logging
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

Vectors = Any  # numpy: n × d, float32, each of length 1 (0 for a text without a known word)
LONGEST = 1_500  # characters of a text that are read


class Missing(RuntimeError):
    """A model cannot be had; the message says what to install."""


def embedded(texts: Sequence[str], model: str) -> Vectors:
    """The vectors of some texts.

    Args:
        model: `wordllama`, whose weights lie in its wheel; or `model2vec:<id>` or `sentence-transformers:<id>`, of the Hub or a folder.

    Returns:
        n × d, float32, each row of length 1.

    Raises:
        Missing: when the model cannot be had.
    """
    import numpy as np

    found = np.asarray(encoder(model)([text[:LONGEST] or " " for text in texts]), dtype=np.float32) if texts else np.zeros((0, 1), np.float32)
    lengths = np.linalg.norm(found, axis=1, keepdims=True)
    return np.divide(found, lengths, out=np.zeros_like(found), where=lengths > 0)


@cache
def encoder(model: str) -> Callable[[list[str]], Any]:
    """What turns texts into vectors.

    Raises:
        Missing: when it is not installed, or not there.
    """
    kind, _, name = model.partition(":")
    try:
        if kind == "wordllama":
            import wordllama

            logging.getLogger("wordllama").setLevel(logging.ERROR)
            static = wordllama.WordLlama.load(cache_dir=Path(wordllama.__file__).parent, disable_download=True)  # the wheel's own files, and no network
            return lambda texts: static.embed(texts)
        if kind == "model2vec":
            from model2vec import StaticModel

            distilled = StaticModel.from_pretrained(name)
            return lambda texts: distilled.encode(texts)
        if kind == "sentence-transformers":
            from sentence_transformers import SentenceTransformer

            network = SentenceTransformer(name)
            return lambda texts: network.encode(texts, show_progress_bar=False)
    except ImportError:
        raise Missing(f"the embedder {model} needs the package {kind}: pip install {kind}") from None
    except Exception as error:  # of many kinds, each of which means that the weights cannot be had
        raise Missing(f"the embedder {model} cannot be loaded: {str(error).splitlines()[0][:120]}") from None
    raise Missing(f"there is no embedder {model!r}: write wordllama, model2vec:<id> or sentence-transformers:<id>")
