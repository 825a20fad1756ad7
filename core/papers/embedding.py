"""What texts mean, as vectors: the ports of a model that makes them and of a store that keeps them, and their checks.

Texts that mean alike lie close together: their vectors have a length of 1, and the product of two is between -1 and 1.
Vectors of two models, or of two sizes, cannot be compared. `core.deliver.meanings` makes and uses them; search asks
the store for the nearest. numpy loads where there are vectors and not before.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import TYPE_CHECKING, Final, TypeAlias

from core.errors import BadAnswer
from core.papers.identifiers import PaperId
from core.papers.paper import Paper
from core.papers.search import SearchQuery
from core.speech import _

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    #: one vector, or one per row
    Vectors: TypeAlias = NDArray[np.float32]

#: characters of a text that are read; models read less
LONGEST: Final = 8_000
#: texts that a model is asked about at once, at most
MOST_TEXTS: Final = 32
#: numbers of a vector, at most
_MOST_NUMBERS: Final = 8_192
#: bytes of the sign of a text
_SIGN: Final = 12
#: what is embedded where there is nothing
_NOTHING: Final = "."


@dataclass(frozen=True, slots=True, kw_only=True)
class Embeddings:
    """What a model made of texts."""

    #: one row of unit length per text, in their order
    vectors: Vectors
    #: tokens that were read, as far as the model tells
    tokens: int = 0
    #: US dollars; None where the price is not known
    cost_usd: float | None = None


class Embedder(ABC):
    """A model that turns texts into vectors. It may be used from many tasks at once."""

    @property
    @abstractmethod
    def name(self) -> str:
        """The model's name; vectors are kept under it."""

    @property
    def is_paid(self) -> bool:
        """True where a provider may send a bill."""
        return True

    @abstractmethod
    async def prepare(self) -> None:
        """Load what it needs. Raises ModelRefused where something is missing, with what to do."""

    @abstractmethod
    async def embed(self, texts: Sequence[str]) -> Embeddings:
        """A vector for each of at most MOST_TEXTS texts, in their order.

        Any text has one: an empty one, one of any length (of which the beginning counts), one in any script. The same
        text has the same vector, as far as the model is exact. Raises ModelError; a cancellation ends the waiting.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperVector:
    """A paper's vector, to be kept."""

    paper: PaperId
    #: `text_sign` of what was embedded: it is kept only while the paper still says that
    sign: str
    vector: Vectors


@dataclass(frozen=True, slots=True, kw_only=True)
class RecentVectors:
    """The vectors of the papers that were stored last, the newest first."""

    papers: tuple[PaperId, ...]
    #: a row for each
    vectors: Vectors


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbedderState:
    """How a model that embeds is doing, for `paperboy status`."""

    #: the model's name
    model: str
    #: what is wrong with it, a sentence; empty where it works
    problem: str
    #: since when, UTC
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddingProgress:
    """How far embedding has come with a model."""

    model: str
    #: of the latest papers, those with a vector
    papers: int
    #: the latest papers, all together
    of: int
    #: None where the model was never asked
    state: EmbedderState | None = None


class VectorStore(ABC):
    """Vectors of papers, each kept once for its model. Every method is one transaction.

    A paper whose title or abstract changes has no vector until a new one is kept.
    """

    @abstractmethod
    async def vectors(self, ids: Sequence[PaperId], model: str) -> Mapping[PaperId, Vectors]:
        """The vector of each of the papers that has one, under the identifier asked for."""

    @abstractmethod
    async def recent_vectors(self, model: str, *, limit: int) -> RecentVectors:
        """The vectors of at most so many of the papers that were stored last."""

    @abstractmethod
    async def nearest(
        self, query: SearchQuery, vector: Vectors, model: str, *, limit: int
    ) -> tuple[tuple[PaperId, float], ...]:
        """The papers nearest to a vector of unit length, and how near they are, from -1 to 1; the nearest first.

        Of the papers with a vector of that model and size those are compared that pass the filters of the query; its
        words do not matter. All of them are compared roughly, and those that are likely near exactly, so that of very
        many a few are missed; the first searches look among the newest ones. It takes a bit of memory a number of each.
        """

    @abstractmethod
    async def papers_to_embed(self, model: str, *, limit: int) -> tuple[Paper, ...]:
        """The newest papers that have no vector, the latest first."""

    @abstractmethod
    async def keep_vectors(self, model: str, vectors: Sequence[PaperVector], *, at: datetime) -> None:
        """Keep them; those of papers that are gone, or say something else by now, are left out.

        The vectors of a model have one size: where they come with another one, those before are forgotten.
        """

    @abstractmethod
    async def record_embedder(self, state: EmbedderState) -> None:
        """Note how a model is doing."""

    @abstractmethod
    async def embedding_progress(self, model: str | None = None) -> tuple[EmbeddingProgress, ...]:
        """How far embedding has come with each model that was ever asked, by name, or with one."""


def paper_text(paper: Paper) -> str:
    """What of a paper is embedded, and what a provider gets to read: title and abstract."""
    return clean_text(f"{paper.title}\n\n{paper.abstract}")


def clean_text(text: str) -> str:
    """The text as a model gets it: bounded, of characters that can be sent, and never empty."""
    plain = text[:LONGEST].encode("utf-8", "replace").decode().replace("\0", " ")
    return plain.strip() or _NOTHING


def text_sign(title: str, abstract: str) -> str:
    """Tells whether a paper still says what was embedded."""
    content = f"{title}\0{abstract}".encode("utf-8", "replace")
    return blake2b(content, digest_size=_SIGN).hexdigest()


def unit_vectors(numbers: Sequence[Sequence[float]] | Sequence[Vectors], *, texts: int, model: str) -> Vectors:
    """What a model answered for so many texts, scaled to unit length.

    Raises BadAnswer where a vector is missing, is of another size than the others, is nothing but zeros, or holds
    something that is no number.
    """
    import numpy as np

    try:
        vectors = np.asarray(numbers, dtype=np.float32)
    except (TypeError, ValueError, OverflowError):
        raise BadAnswer(_("{model} answered with something that is no list of vectors.", model=model)) from None
    if vectors.ndim != 2 or len(vectors) != texts or not 0 < vectors.shape[1] <= _MOST_NUMBERS:
        raise BadAnswer(_("{model} did not answer with a vector for each text.", model=model))
    lengths = np.linalg.norm(vectors.astype(np.float64), axis=1, keepdims=True)
    if not np.isfinite(lengths).all() or not lengths.all():
        sentence = _("{model} answered with vectors that say nothing: of zeros, or of what is no number.", model=model)
        raise BadAnswer(sentence)
    return np.asarray(vectors / lengths, dtype=np.float32)
