"""The contract of `Store` for words that somebody begins to type, over every store there is."""

from __future__ import annotations

from core.converse.ports import Store
from storage.search import title_words
from tests.fakes.papers import AT, a_listing, a_paper


async def test_words_of_titles_and_authors(store: Store) -> None:
    """Words that begin so are told once however they are written, those first that most papers have."""
    titles = ("Diffusion for robots", "diffusions and LoRA", "The diffusion of heat", "Loran towers", "loraine")
    papers = [a_paper(n, title=title, authors=("Ada Diffley",)) for n, title in enumerate(titles, 1)]
    await store.add(a_listing(papers), at=AT)
    assert await store.words_begun("diff", limit=9) == ("Diffley", "diffusion", "diffusions")
    assert await store.words_begun("DIFFUSION", limit=9) == ("diffusions",)
    assert {*await store.words_begun("lor", limit=9)} == {"LoRA", "loran", "loraine"}
    assert len(await store.words_begun("lor", limit=2)) == 2
    assert await store.words_begun("zebra", limit=9) == ()


async def test_any_beginning(store: Store) -> None:
    """Nothing that is typed is a pattern or an expression of the database."""
    await store.add(a_listing([a_paper(title='100 % of (graphs) or "nets"')]), at=AT)
    for start in ("gra", "(", "%", "or", '"', ".", "*", "100", "gra*", "学习", "a" * 500, "\x00", "x:y"):
        assert all(isinstance(word, str) for word in await store.words_begun(start, limit=9))
    assert await store.words_begun("grap", limit=9) == ("graphs",)


async def test_rare_words_come_from_the_index(store: Store) -> None:
    """A word that none of the latest papers has is found by the index, in whatever form it stands there."""
    await store.add(a_listing([a_paper(9_000, title="Xylophones transformed")]), at=AT)
    many = [a_paper(number) for number in range(1, title_words.LATEST + 2)]
    await store.add(a_listing(many), at=AT)
    assert await store.words_begun("xylo", limit=9) == ("xylophones",)
    assert await store.words_begun("transforme", limit=9) == ("transformed",)
