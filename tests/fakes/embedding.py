"""Embedders for tests: one that knows words alone, and a tiny model in the form of the real one."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from functools import cache
from hashlib import sha256

import numpy as np

from adapters.minilm.bert import Bert
from adapters.minilm.embedder import LocalEmbedder, Tokenize, tokenizer_of
from adapters.minilm.files import weights_of
from core.papers.embedding import Embedder, Embeddings, clean_text, unit_vectors
from core.text.words import fold, split_words

NUMBERS = 64
#: of the tiny model
WIDTH, HEADS, LAYERS, PLACES = 8, 2, 2, 32
_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789."


class FakeEmbedder(Embedder):
    """Texts with words in common are near each other; it fails, or answers nonsense, where a test says so."""

    def __init__(
        self, *, name: str = "fake/words", cost_usd: float | None = 0.0, numbers: int = NUMBERS, is_paid: bool = True
    ) -> None:
        self._name = name
        self.cost_usd = cost_usd
        self._is_paid = is_paid
        #: how many a vector has
        self.numbers = numbers
        #: raised in the place of every answer
        self.error: Exception | None = None
        #: seconds before every answer
        self.takes_s = 0.0
        #: every text, batch by batch
        self.batches: list[tuple[str, ...]] = []

    @property
    def name(self) -> str:
        return self._name

    @property
    def is_paid(self) -> bool:
        return self._is_paid

    def fails_with(self, error: Exception | None) -> None:
        """From now on, nothing but this."""
        self.error = error

    async def prepare(self) -> None:
        if self.error:
            raise self.error

    async def embed(self, texts: Sequence[str]) -> Embeddings:
        self.batches.append(tuple(texts))
        await asyncio.sleep(self.takes_s)
        if self.error:
            raise self.error
        rows = [word_vector(clean_text(text), self.numbers) for text in texts]
        tokens = sum(len(text) // 4 for text in texts)
        vectors = unit_vectors(rows, texts=len(texts), model=self._name)
        return Embeddings(vectors=vectors, tokens=tokens, cost_usd=self.cost_usd)


def word_vector(text: str, numbers: int = NUMBERS) -> list[float]:
    """A vector by the words of a text, whatever their order."""
    found = np.full(numbers, 0.01)
    for word in split_words(fold(text)) or [text]:
        found[int.from_bytes(sha256(word.encode()).digest()[:4], "little") % numbers] += 1.0
    return [float(one) for one in found]


def tiny_embedder() -> LocalEmbedder:
    """The adapter of the model on this machine, over a model of some kilobytes."""
    return LocalEmbedder(_tiny_parts, name="tiny")


@cache
def _tiny_parts() -> tuple[Tokenize, Bert]:
    return tokenizer_of(tiny_tokens(), longest=PLACES), Bert(weights_of(tiny_weights()), heads=HEADS, layers=LAYERS)


def tiny_tokens() -> bytes:
    """Tokens in the form of the real model's: single letters."""
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *_LETTERS, *(f"##{letter}" for letter in _LETTERS)]
    special = [("[CLS]", 2), ("[SEP]", 3)]
    return json.dumps(
        {
            "version": "1.0",
            "truncation": None,
            "padding": None,
            "added_tokens": [],
            "normalizer": {
                "type": "BertNormalizer",
                "clean_text": True,
                "handle_chinese_chars": True,
                "strip_accents": None,
                "lowercase": True,
            },
            "pre_tokenizer": {"type": "BertPreTokenizer"},
            "post_processor": {
                "type": "TemplateProcessing",
                "single": [
                    {"SpecialToken": {"id": "[CLS]", "type_id": 0}},
                    {"Sequence": {"id": "A", "type_id": 0}},
                    {"SpecialToken": {"id": "[SEP]", "type_id": 0}},
                ],
                "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
                "special_tokens": {name: {"id": name, "ids": [id], "tokens": [name]} for name, id in special},
            },
            "decoder": None,
            "model": {
                "type": "WordPiece",
                "unk_token": "[UNK]",
                "continuing_subword_prefix": "##",
                "max_input_chars_per_word": 100,
                "vocab": {word: place for place, word in enumerate(words)},
            },
        }
    ).encode()


def tiny_weights() -> bytes:
    """A file of weights in the real one's form, with numbers that are drawn."""
    draw = np.random.default_rng(7)
    shapes = {
        "embeddings.word_embeddings.weight": (4 + 2 * len(_LETTERS), WIDTH),
        "embeddings.position_embeddings.weight": (PLACES, WIDTH),
        "embeddings.token_type_embeddings.weight": (2, WIDTH),
        **_pair("embeddings.LayerNorm", (WIDTH,)),
    }
    for number in range(LAYERS):
        layer = f"encoder.layer.{number}"
        for part in ("query", "key", "value"):
            shapes |= _pair(f"{layer}.attention.self.{part}", (WIDTH, WIDTH))
        shapes |= _pair(f"{layer}.attention.output.dense", (WIDTH, WIDTH))
        shapes |= _pair(f"{layer}.attention.output.LayerNorm", (WIDTH,))
        shapes |= _pair(f"{layer}.intermediate.dense", (2 * WIDTH, WIDTH))
        shapes |= _pair(f"{layer}.output.dense", (WIDTH, 2 * WIDTH))
        shapes |= _pair(f"{layer}.output.LayerNorm", (WIDTH,))
    head: dict[str, object] = {"__metadata__": {"format": "pt"}}
    body = b""
    for name, shape in shapes.items():
        numbers = draw.standard_normal(shape).astype("<f4").tobytes()
        head[name] = {"dtype": "F32", "shape": list(shape), "data_offsets": [len(body), len(body) + len(numbers)]}
        body += numbers
    written = json.dumps(head).encode()
    return len(written).to_bytes(8, "little") + written + body


def _pair(name: str, shape: tuple[int, ...]) -> dict[str, tuple[int, ...]]:
    return {f"{name}.weight": shape, f"{name}.bias": shape[:1]}
