"""What papers mean, as vectors: the `VectorStore` part of `SqlStore`.

A vector lies beside its paper in numbers of two bytes, 768 bytes for a small model. Only the latest papers are looked
through, however many are stored. `applying` and `absorbing` forget vectors of texts that change.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import delete, exists, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from core.ingest.traits import NO_SOURCES, Sources
from core.papers.embedding import (
    EmbedderState,
    EmbeddingProgress,
    PaperVector,
    RecentVectors,
    VectorStore,
    text_sign,
)
from core.papers.identifiers import PaperId
from core.papers.paper import Paper
from core.papers.search import SearchQuery
from core.text.storable import short
from storage import rows
from storage.engine.database import Database, OnDatabase, uninterrupted
from storage.engine.statements import put, rows_in
from storage.papers.enrichments import LATEST
from storage.search import meaning
from storage.search.meaning import STORED_TYPE
from storage.tables import embedders, identifiers, papers
from storage.tables import vectors as table

if TYPE_CHECKING:
    from core.papers.embedding import Vectors
    from storage.search.vector_signs import VectorSigns

_ORDER: Final = (papers.c.announced.desc(), papers.c.id.desc())


class SqlVectors(OnDatabase, VectorStore):
    """The vectors in the database."""

    def __init__(self, database: Database, traits: Sources = NO_SOURCES) -> None:
        super().__init__(database, traits)
        #: model -> what was read of its vectors for searches by meaning
        self._vector_signs: dict[str, VectorSigns] = {}

    @uninterrupted
    async def vectors(self, ids: Sequence[PaperId], model: str) -> Mapping[PaperId, Vectors]:
        """The vector of each of the papers that has one."""
        keys = {rows.key_of(id): id for id in ids}
        statement = select(identifiers.c.key, table.c.vector).join(table, table.c.paper_id == identifiers.c.paper_id)
        statement = statement.where(table.c.model == short(model))
        async with self.database.reading() as connection:
            vector_rows = await rows_in(connection, statement, identifiers.c.key, keys)
        return {keys[row.key]: _numbers([row.vector])[0] for row in vector_rows}

    @uninterrupted
    async def recent_vectors(self, model: str, *, limit: int) -> RecentVectors:
        """The vectors of the papers that were stored last."""
        newest = select(papers.c.key, table.c.vector).join(table, table.c.paper_id == papers.c.id)
        newest = newest.where(table.c.model == short(model)).order_by(table.c.paper_id.desc()).limit(limit)
        async with self.database.reading() as connection:
            vector_rows = (await connection.execute(newest)).all()
        return RecentVectors(
            papers=tuple(rows.id_of(row.key) for row in vector_rows),
            vectors=_numbers([row.vector for row in vector_rows]),
        )

    @uninterrupted
    async def nearest(
        self, query: SearchQuery, vector: Vectors, model: str, *, limit: int
    ) -> tuple[tuple[PaperId, float], ...]:
        """The nearest of the papers that pass the filters."""
        signs = self._signs_of(model, len(vector))
        async with self.database.reading() as connection:
            return await meaning.nearest(connection, query, vector, model, signs, limit=limit)

    def _signs_of(self, model: str, size: int) -> VectorSigns:
        """The signs of that model's vectors, of which some may have been read."""
        from storage.search.vector_signs import VectorSigns  # loads numpy, which takes time

        if model not in self._vector_signs or self._vector_signs[model].size != size:
            self._vector_signs[model] = VectorSigns(size)
        return self._vector_signs[model]

    @uninterrupted
    async def papers_to_embed(self, model: str, *, limit: int) -> tuple[Paper, ...]:
        """The latest papers that have no vector, the latest first."""
        latest = _latest()
        has_one = exists().where(table.c.paper_id == latest.c.id, table.c.model == short(model))
        numbers = select(latest.c.id).where(~has_one).order_by(latest.c.announced.desc(), latest.c.id.desc())
        statement = select(papers).where(papers.c.id.in_(numbers.limit(limit))).order_by(*_ORDER)
        async with self.database.reading() as connection:
            return tuple(map(rows.paper_of, (await connection.execute(statement)).all()))

    @uninterrupted
    async def keep_vectors(self, model: str, vectors: Sequence[PaperVector], *, at: datetime) -> None:
        """Keep them, where their papers still say what was embedded."""
        by_key = {rows.key_of(vector.paper): vector for vector in vectors}
        async with self.database.writing() as connection:
            values: list[dict[str, Any]] = [
                {"paper_id": number, "model": short(model), "vector": _bytes(by_key[key].vector), "made_at": at}
                for key, number, sign in await _lock_texts(connection, by_key)
                if sign == by_key[key].sign
            ]
            if values:
                await _settle_size(connection, short(model), len(by_key[rows.key_of(vectors[0].paper)].vector), at)
                await put(connection, table, values, key=("paper_id", "model"))
        if (signs := self._vector_signs.get(model)) and values and len(values[0]["vector"]) == 2 * signs.size:
            # those of later papers are read when somebody searches
            read = [row for row in values if signs.oldest <= row["paper_id"] <= signs.newest]
            signs.add([row["paper_id"] for row in read], b"".join(row["vector"] for row in read))

    @uninterrupted
    async def record_embedder(self, state: EmbedderState) -> None:
        """Note how a model is doing."""
        values = {"model": short(state.model), "problem": state.problem, "since": state.since, "size": None}
        async with self.database.writing() as connection:
            await put(connection, embedders, [values], key=("model",), keep=("size",))

    @uninterrupted
    async def embedding_progress(self, model: str | None = None) -> tuple[EmbeddingProgress, ...]:
        """How far embedding has come with each model."""
        latest = _latest()
        having = select(func.count()).select_from(latest.join(table, table.c.paper_id == latest.c.id))
        async with self.database.reading() as connection:
            states = {row.model: row for row in (await connection.execute(select(embedders))).all()}
            of = (await connection.execute(select(func.count()).select_from(latest))).scalar_one()
            progress = []
            for name in sorted(states) if model is None else [short(model)]:
                count = (await connection.execute(having.where(table.c.model == name))).scalar_one()
                row = states.get(name)
                state = EmbedderState(model=name, problem=row.problem, since=row.since) if row else None
                progress.append(EmbeddingProgress(model=name, papers=count, of=of, state=state))
        return tuple(progress)


async def _lock_texts(connection: AsyncConnection, keys: Collection[str]) -> list[tuple[str, int, str]]:
    """The name, number and sign of the papers, whose texts stay as they are until the transaction ends."""
    statement = select(identifiers.c.key, papers.c.id, papers.c.title, papers.c.abstract)
    statement = statement.join(papers, papers.c.id == identifiers.c.paper_id).with_for_update(read=True, of=papers)
    text_rows = await rows_in(connection, statement, identifiers.c.key, keys)
    # two names of one paper would be one row twice
    once = {row.id: row for row in text_rows}
    return [(row.key, row.id, text_sign(row.title, row.abstract)) for row in once.values()]


async def _settle_size(connection: AsyncConnection, model: str, size: int, at: datetime) -> None:
    """A model that answers with vectors of another size is another model: those before say nothing any more."""
    before = (await connection.execute(select(embedders.c.size).where(embedders.c.model == model))).scalar()
    if before != size:
        if before is not None:
            await connection.execute(delete(table).where(table.c.model == model))
        values = {"model": model, "problem": "", "since": at, "size": size}
        await put(connection, embedders, [values], key=("model",), keep=("problem", "since"))


def _latest() -> Any:
    return select(papers.c.id, papers.c.announced).order_by(*_ORDER).limit(LATEST).subquery("latest")


def _bytes(vector: Vectors) -> bytes:
    return vector.astype(STORED_TYPE).tobytes()


def _numbers(contents: Sequence[bytes]) -> Vectors:
    import numpy as np  # whoever embeds nothing does not wait for it

    numbers = np.frombuffer(b"".join(contents), dtype=STORED_TYPE).astype(np.float32)
    return numbers.reshape(len(contents), -1) if contents else numbers.reshape(0, 0)
