"""The small model as an `Embedder`: it loads when it is first used, and computes in a thread of its own.

Loaded it takes 150 MB, for a moment 300, and it embeds some ten papers a second of one processor. One batch is computed
at a time, on one processor, so that the program and its database keep the other ones. It knows English.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final

from core.errors import ModelRefused
from core.papers.embedding import Embedder, Embeddings, clean_text, unit_vectors

if TYPE_CHECKING:
    from adapters.minilm.bert import Bert, Floats

#: the model's name in the settings
LOCAL: Final = "local"
#: the name under which its vectors are stored, apart from those of other models
NAME: Final = "all-MiniLM-L6-v2"
#: tokens of a text that are read, as the model was trained; longer texts are cut
_MOST_TOKENS: Final = 256
_HEADS: Final = 12
_LAYERS: Final = 6
#: texts that are computed together, so that they stay in the processor's cache
_BATCH: Final = 4

Tokenize = Callable[[str], Sequence[int]]
Load = Callable[[], "tuple[Tokenize, Bert]"]


class LocalEmbedder(Embedder):
    """all-MiniLM-L6-v2 on this machine."""

    def __init__(self, load: Load | None = None, *, name: str = NAME) -> None:
        """`load` gives the model's parts; those of the installed wheel unless said otherwise."""
        self._load = load or load_installed
        self._name = name
        self._parts: tuple[Tokenize, Bert] | None = None
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="embedding")

    @property
    def name(self) -> str:
        """The model's own name."""
        return self._name

    @property
    def is_paid(self) -> bool:
        """False: it runs on this machine."""
        return False

    async def prepare(self) -> None:
        """Load the model. Raises ModelRefused where it is not installed."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._load_once)

    async def embed(self, texts: Sequence[str]) -> Embeddings:
        """A vector for each text. A cancelled call still computes its current batch."""
        loop = asyncio.get_running_loop()
        vectors: list[Floats] = []
        tokens = 0
        for begin in range(0, len(texts), _BATCH):  # in between, other calls get their turn
            batch = texts[begin : begin + _BATCH]
            batch_vectors, batch_tokens = await loop.run_in_executor(self._thread, self._embed, batch)
            vectors += list(batch_vectors)
            tokens += batch_tokens
        return Embeddings(
            vectors=unit_vectors(vectors, texts=len(texts), model=self._name), tokens=tokens, cost_usd=0.0
        )

    def _load_once(self) -> tuple[Tokenize, Bert]:
        if self._parts is None:
            self._parts = self._load()
        return self._parts

    def _embed(self, texts: Sequence[str]) -> tuple[Floats, int]:
        from threadpoolctl import threadpool_limits

        tokenize, bert = self._load_once()
        numbers = [tokenize(clean_text(text)) for text in texts]
        with threadpool_limits(limits=1, user_api="blas"):
            return bert.embed(numbers), sum(map(len, numbers))


def load_installed() -> tuple[Tokenize, Bert]:
    """The parts of the model in the installed wheel. Raises ModelRefused."""
    from adapters.minilm.bert import Bert
    from adapters.minilm.files import TOKENS, WEIGHTS, installed_files, read_files, weights_of

    files = read_files(installed_files())
    tokenize = tokenizer_of(files[TOKENS], longest=_MOST_TOKENS)
    return tokenize, Bert(weights_of(files[WEIGHTS]), heads=_HEADS, layers=_LAYERS)


def tokenizer_of(file: bytes, *, longest: int) -> Tokenize:
    """The function that turns a text into at most `longest` token numbers.

    Raises ModelRefused where the library is not installed, and for a file that holds no tokens.
    """
    from adapters.minilm.files import INSTALLING

    try:
        from tokenizers import Tokenizer
    except ImportError as error:
        raise ModelRefused(
            "tokenizers, which takes texts apart for embeddings.model, is not installed.", hint=INSTALLING
        ) from error
    try:
        tokenizer = Tokenizer.from_str(file.decode())
    except Exception as error:  # the library raises nothing narrower
        raise ModelRefused(f"The small model's file of tokens cannot be read: {error}.", hint=INSTALLING) from error
    tokenizer.no_padding()
    tokenizer.enable_truncation(longest)

    def tokenize(text: str) -> Sequence[int]:
        numbers: Sequence[int] = tokenizer.encode(text).ids
        return numbers

    return tokenize
