"""The contract of `PaperStore` for what happens to a paper: events, each told once."""

from __future__ import annotations

from datetime import timedelta

from core.converse.ports import Store
from core.papers.identity.changes import FIRST_WORDS
from core.papers.paper import AnnounceType, EventKind, Paper, Signals
from tests.fakes.dated_listings import DOI, ONE, a_preprint, add, an_article, get, tell
from tests.fakes.papers import AT, a_paper, events_in

LATER = AT + timedelta(hours=1)


def _with_code(name: str) -> Paper:
    return a_paper(1, signals=Signals(code_url=f"https://example.org/{name}"))


class TestEvents:
    async def test_what_happened(self, store: Store) -> None:
        """A new version, a publication, code and a withdrawal are events, each once, in order; a new paper is none."""
        second = tell("arxiv", a_paper(1, version=2, doi=DOI.value), at=LATER, type=AnnounceType.REPLACE)
        code = tell("huggingface", _with_code("c"), at=AT + FIRST_WORDS, is_news=False)
        gone = tell("arxiv", a_paper(1, version=3, comment="This paper has been withdrawn by the authors."), at=LATER)
        await add(store, a_preprint(), second, an_article(), code, second, gone, gone)
        events = await events_in(store)
        assert [(one.kind, one.detail, one.source) for one in events] == [
            (EventKind.VERSION, "2", "arxiv"),
            (EventKind.PUBLISHED, DOI.value, "arxiv"),
            (EventKind.CODE, "https://example.org/c", "huggingface"),
            (EventKind.VERSION, "3", "arxiv"),
            (EventKind.WITHDRAWN, "This paper has been withdrawn by the authors.", "arxiv"),
        ]
        assert {one.paper for one in events} == {ONE} and events[0].at == LATER
        dossier = await store.dossier(ONE)
        assert dossier and dossier.events == events

    async def test_a_retraction_outweighs_a_remark(self, store: Store) -> None:
        """That a paper was retracted is heard from an index too, whatever its authors remark; it is one event."""
        words = "Retracted: see https://doi.org/10.9999/notice"
        told = tell("crossref", a_paper(1, comment=words), at=AT + FIRST_WORDS, is_news=False, scope="works")
        await add(store, a_preprint(comment="12 pages, 3 figures"), told, told)
        assert (await get(store, ONE)).comment == words
        assert [(one.kind, one.detail, one.source) for one in await events_in(store)] == [
            (EventKind.WITHDRAWN, words, "crossref")
        ]
        dossier = await store.dossier(ONE)
        assert dossier and dossier.provenance["comment"] == "crossref"

    async def test_first_words_are_no_events(self, store: Store) -> None:
        """What a source says of a paper as soon as it is there did not happen since; what it says later did."""
        first = tell("huggingface", _with_code("c"), at=AT + FIRST_WORDS / 2, is_news=False)
        await add(store, a_preprint(), first)
        assert await events_in(store) == ()
        assert (await store.papers()).papers[0].signals.code_url == "https://example.org/c"

    async def test_another_source_that_counts_versions(self, store: Store) -> None:
        """A paper that another source knows in its third version has no third version of the first source's."""
        await add(store, a_preprint(), tell("biorxiv", a_paper(9, id=DOI, version=3, identifiers=(ONE,))))
        assert [one.kind for one in await events_in(store)] == [EventKind.PUBLISHED]

    async def test_two_papers_that_are_one(self, store: Store) -> None:
        """Events stay with the paper when it turns out to be another one."""
        await add(store, an_article(), a_preprint(), tell("arxiv", a_paper(1, version=2)))
        await add(store, tell("arxiv", a_paper(1, version=2, doi=DOI.value)))
        assert [(one.paper, one.kind) for one in await events_in(store)] == [(ONE, EventKind.VERSION)]
