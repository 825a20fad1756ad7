"""BERT as numpy computes it: token numbers -> one vector of unit length per text. Pure; knows no file and no thread.

Six layers of 384 numbers are 11 million weights, so that matrix products are nearly all the work, and numpy does them
as fast as any runtime for such models; none has to be installed. After Devlin et al. 2019 (BERT) and Reimers and
Gurevych 2019 (Sentence-BERT: the mean over the tokens, scaled to unit length).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats: TypeAlias = NDArray[np.float32]

#: added to a variance, so that nothing is divided by zero
_EPSILON: Final = np.float32(1e-12)
#: rows that are activated together, so that they stay in the processor's cache
_ROWS: Final = 32
_ROOT_TWO_OVER_PI: Final = np.float32((2 / np.pi) ** 0.5)
_CUBE_WEIGHT: Final = np.float32(0.044715)
#: added before the softmax to the score of a token that only fills up a row
_UNSEEN: Final = np.float32(-1e9)


@dataclass(frozen=True, slots=True)
class _Layer:
    """The weights of a layer; each matrix is laid out to be multiplied from the right."""

    query_key_value: tuple[Floats, Floats]
    attention_output: tuple[Floats, Floats]
    first_norm: tuple[Floats, Floats]
    intermediate: tuple[Floats, Floats]
    output: tuple[Floats, Floats]
    second_norm: tuple[Floats, Floats]


class Bert:
    """An encoder with the weights of a file."""

    def __init__(self, weights: Mapping[str, Floats], *, heads: int, layers: int) -> None:
        """`weights` by the names that Hugging Face's BERT has; they are copied. Raises KeyError."""
        self._heads = heads
        self._words = weights["embeddings.word_embeddings.weight"].copy()
        # every token has the first type: a text is one sentence
        places = weights["embeddings.position_embeddings.weight"]
        self._places = places + weights["embeddings.token_type_embeddings.weight"][0]
        self._norm = _pair(weights, "embeddings.LayerNorm")
        self._layers = [_layer(weights, f"encoder.layer.{number}") for number in range(layers)]

    @property
    def longest(self) -> int:
        """The most tokens of a text."""
        return int(self._places.shape[0])

    def embed(self, texts: Sequence[Sequence[int]]) -> Floats:
        """A vector of unit length for each text of at least one and at most `longest` token numbers."""
        length = max(map(len, texts))
        tokens = np.zeros((len(texts), length), dtype=np.int64)
        mask = np.zeros((len(texts), length), dtype=np.float32)
        for row, text in enumerate(texts):
            tokens[row, : len(text)] = text
            mask[row, : len(text)] = 1.0
        state = _normalise(self._words[tokens] + self._places[:length], self._norm)
        unseen = (1 - mask)[:, None, None, :] * _UNSEEN
        for layer in self._layers:
            state = self._after(layer, state, unseen)
        mean = (state * mask[:, :, None]).sum(axis=1) / mask.sum(axis=1, keepdims=True)
        return np.asarray(mean / np.linalg.norm(mean, axis=1, keepdims=True), dtype=np.float32)

    def _after(self, layer: _Layer, state: Floats, unseen: Floats) -> Floats:
        texts, length, width = state.shape
        size = width // self._heads
        joint = _linear(state, layer.query_key_value).reshape(texts, length, 3, self._heads, size)
        queries, keys, values = joint.transpose(2, 0, 3, 1, 4)
        scores = queries @ keys.transpose(0, 1, 3, 2)
        scores *= np.float32(size**-0.5)
        scores += unseen
        scores -= scores.max(axis=-1, keepdims=True)
        np.exp(scores, out=scores)
        scores /= scores.sum(axis=-1, keepdims=True)
        context = (scores @ values).transpose(0, 2, 1, 3).reshape(texts, length, width)
        state = _normalise(state + _linear(context, layer.attention_output), layer.first_norm)
        wide = _linear(state, layer.intermediate)
        _activate(wide.reshape(-1, wide.shape[-1]))
        return _normalise(state + _linear(wide, layer.output), layer.second_norm)


def _layer(weights: Mapping[str, Floats], name: str) -> _Layer:
    parts = [_matrix(weights, f"{name}.attention.self.{part}") for part in ("query", "key", "value")]
    joint = (np.concatenate([matrix for matrix, _ in parts], axis=1), np.concatenate([bias for _, bias in parts]))
    return _Layer(
        query_key_value=joint,
        attention_output=_matrix(weights, f"{name}.attention.output.dense"),
        first_norm=_pair(weights, f"{name}.attention.output.LayerNorm"),
        intermediate=_matrix(weights, f"{name}.intermediate.dense"),
        output=_matrix(weights, f"{name}.output.dense"),
        second_norm=_pair(weights, f"{name}.output.LayerNorm"),
    )


def _matrix(weights: Mapping[str, Floats], name: str) -> tuple[Floats, Floats]:
    matrix, bias = _pair(weights, name)
    return np.ascontiguousarray(matrix.T), bias


def _pair(weights: Mapping[str, Floats], name: str) -> tuple[Floats, Floats]:
    return weights[f"{name}.weight"].copy(), weights[f"{name}.bias"].copy()


def _linear(state: Floats, pair: tuple[Floats, Floats]) -> Floats:
    matrix, bias = pair
    result: Any = state.reshape(-1, state.shape[-1]) @ matrix
    result += bias
    return np.asarray(result.reshape(*state.shape[:-1], matrix.shape[1]))


def _activate(state: Floats) -> None:
    """GELU in place, by its approximation with tanh, which is ten times as fast (Hendrycks and Gimpel 2016)."""
    for begin in range(0, len(state), _ROWS):
        part = state[begin : begin + _ROWS]
        inner = np.square(part)
        inner *= _CUBE_WEIGHT
        inner += 1
        inner *= part
        inner *= _ROOT_TWO_OVER_PI
        np.tanh(inner, out=inner)
        inner += 1
        part *= inner
        part *= np.float32(0.5)


def _normalise(state: Floats, pair: tuple[Floats, Floats]) -> Floats:
    scale, shift = pair
    state = state - state.mean(axis=-1, keepdims=True)
    state /= np.sqrt(np.square(state).mean(axis=-1, keepdims=True) + _EPSILON)
    return state * scale + shift
