"""`/settings learned`: papers and ORCIDs teach a digest, words and papers are corrected, and everything is shown."""

from __future__ import annotations

import pytest

from core.choose.profile.signs import Correction, Seed, Wanted
from core.errors import Unreachable
from core.ingest.ports import Bibliography
from core.papers.identifiers import PaperId
from core.papers.paper import Paper
from tests.fakes.desk_driver import ANN, CHANNEL, DeskDriver, words
from tests.fakes.papers import AT, a_paper

ORCID = "0000-0002-1825-0097"


class OwnWorks(Bibliography):
    """An index that knows what one person wrote."""

    name = "openalex"

    def __init__(self, *works: Paper, fails: bool = False) -> None:
        self._works, self._fails = works, fails

    async def works_of(self, orcid: str, *, limit: int) -> tuple[Paper, ...]:
        if self._fails:
            raise Unreachable("openalex did not answer.")
        return self._works[:limit] if orcid == ORCID else ()


async def test_words_are_corrected(driver: DeskDriver) -> None:
    """Less, more and forget take words, several between commas; they are shown in /settings and in what was learned."""
    await driver.store.add_bookmark(str(ANN), PaperId("arxiv", "2602.00001"), str(CHANNEL), at=AT, public=True)
    await driver.asks("digest", "preview")
    assert "invented" in words(await driver.asks("settings", "learned"))
    told = words(await driver.asks("settings", "learned less Invented, “number”"))
    assert "Noted: 2 corrections" in told
    assert "Corrected: less invented, number" in told or "Corrected: less number, invented" in told
    await driver.asks("settings", "learned more world models")
    told = words(await driver.asks("settings", "learned forget count"))
    assert "more world models" in told and "no weight on count" in told
    assert "count, " not in told.partition("Corrected")[0]
    shown = words(await driver.asks("settings"))
    assert "more world models" in shown and "less " in shown
    kept = {one.term: one.wanted for one in await driver.store.corrections(CHANNEL)}
    assert kept == {
        "invented": Wanted.LESS,
        "number": Wanted.LESS,
        "world models": Wanted.MORE,
        "count": Wanted.NEITHER,
    }
    await driver.asks("digest", "preview")
    profile = await driver.store.kept_profile(CHANNEL)
    assert profile and '"world models"' in profile.value
    await driver.asks("settings", "learned forget")
    assert "Nothing was learned yet" in words(await driver.asks("settings", "learned"))


async def test_wishes_alone_are_shown(driver: DeskDriver) -> None:
    """A wish is shown before anything was learned, with how to correct it."""
    told = words(await driver.asks("settings", "learned more diffusion"))
    assert "Corrected: more diffusion" in told and "Nothing was learned" not in told
    assert "Wanted: more diffusion." in words(await driver.asks("settings"))


@pytest.mark.parametrize(
    "named",
    ["less", "more ,", "less the", "less three words here", "less *", "forget 🦀", "less a,b,c,d,e,f,g,h,i,j,k"],
)
async def test_what_is_no_word(driver: DeskDriver, named: str) -> None:
    """What is no word, or too many of them, gets a sentence, and nothing changes."""
    told = words(await driver.asks("settings", f"learned {named}"))
    assert any(part in told for part in ("not a word", "one to 10 words", "can be shown"))
    assert await driver.store.corrections(CHANNEL) == ()


async def test_a_paper_is_forgotten(driver: DeskDriver) -> None:
    """What was said of one paper is forgotten by its number; a paper that nobody knows gets a sentence."""
    saved = PaperId("arxiv", "2602.00001")
    await driver.store.add_bookmark(str(ANN), saved, str(CHANNEL), at=AT, public=True)
    told = words(await driver.asks("settings", "learned forget https://arxiv.org/abs/2602.00001"))
    assert "forgotten arxiv:2602.00001" in told
    await driver.asks("digest", "preview")
    assert await driver.store.kept_profile(CHANNEL) is None
    assert "Nothing was learned from arxiv:2602.09999" in words(
        await driver.asks("settings", "learned forget 2602.09999")
    )
    seed = a_paper(77)
    await driver.store.add_seeds(CHANNEL, [Seed(paper=seed, at=AT)], most=10)
    assert "1 paper of a library" in words(await driver.asks("settings", "learned"))
    await driver.asks("settings", "learned forget 2602.00077")
    assert Correction(paper=seed.id, at=AT) in await driver.store.corrections(CHANNEL)


async def test_only_managers_correct(driver: DeskDriver) -> None:
    """Who does not manage the channel corrects nothing."""
    told = words(await driver.asks("settings", "learned less diffusion", may_manage=False))
    assert "Only people who manage" in told
    assert await driver.store.corrections(CHANNEL) == ()


async def test_an_orcid_teaches(driver: DeskDriver) -> None:
    """What the owner of an ORCID wrote teaches the digest, and is stored as no paper."""
    works = [a_paper(n, title=f"On fog, part {n}") for n in range(50, 80)]
    driver.knows(OwnWorks(fails=True), OwnWorks(*works))
    told = words(await driver.asks("settings", f"learned like https://orcid.org/{ORCID}"))
    assert "more like 30 papers" in told and "and 10 others" in told
    seeds = await driver.store.seeds(CHANNEL)
    assert {seed.paper.id for seed in seeds} == {paper.id for paper in works}
    assert {seed.person for seed in seeds} == {str(ANN)}
    assert await driver.store.paper(works[0].id) is None
    assert "can be liked alone" in words(await driver.asks("settings", f"learned unlike {ORCID}"))


async def test_an_orcid_that_nobody_knows(driver: DeskDriver) -> None:
    """Without an index, and where none knows the person, a sentence says what to do."""
    asked = f"learned like {ORCID}"
    assert "No index is set up" in words(await driver.asks("settings", asked))
    driver.knows(OwnWorks(fails=True))
    told = words(await driver.asks("settings", asked))
    assert "No works of the ORCID" in told and "did not answer" in told
    assert await driver.store.seeds(CHANNEL) == ()
