from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from core.converse.command import Command
from core.ingest.state import State
from core.papers.identifiers import PaperId
from core.posts.tree import Audience
from tests.fakes.desk_driver import ANN, BOB, CHANNEL, DeskDriver, pressed, words
from tests.fakes.papers import AT, DAY, a_listing, a_paper
from tests.fakes.problems import failed


async def test_paper_by_any_spelling(driver: DeskDriver) -> None:
    """/paper takes an id, an address, a DOI or a title, and answers with the paper and a bookmark button."""
    for asked in ("2602.00001", "https://arxiv.org/pdf/2602.00001v2", "10.48550/arXiv.2602.00001"):
        post = await driver.asks("paper", asked)
        assert [str(one) for one in post.papers] == ["arxiv:2602.00001"]
        assert post.actions
    assert (await driver.asks("paper", "graph whispers")).papers


async def test_unknown_paper_gets_a_sentence(driver: DeskDriver) -> None:
    """An id or a title that nobody has seen is answered with what to do, to the asker alone."""
    for asked, said in (
        ("2602.55555", "has not seen"),
        ("no such title here", "No paper has the title"),
        ("", "Which"),
    ):
        post = await driver.asks("paper", asked)
        assert said in words(post)
        assert post.audience is Audience.ASKER


async def test_search_answers_with_hits(driver: DeskDriver) -> None:
    """/search answers with numbered hits, or says that there are none, or asks for words."""
    assert len((await driver.asks("search", "invented paper")).papers) == 3
    assert len((await driver.asks("search", "author:Holt")).papers) == 1
    assert "No paper matches" in words(await driver.asks("search", "zebrafish"))
    assert "Search for what" in words(await driver.asks("search"))
    assert "not a date" in words(await driver.asks("search", "since:soon"))


async def test_digest_now_again_and_preview(driver: DeskDriver) -> None:
    """/digest posts once, then shows the same again; a preview posts nothing; a past day without one is previewed."""
    preview = await driver.asks("digest", "preview")
    assert not driver.chat.sent
    assert "Posted 3" in words(await driver.asks("digest"))
    again = await driver.asks("digest", "today")
    assert again.papers == preview.papers
    assert len(driver.chat.sent) == 4
    assert "is not a day" in words(await driver.asks("digest", "tomorrowish"))
    assert "was not read" in words(await driver.asks("digest", "2026-02-03"))


async def test_a_preview_shows_the_latest_listing_again(driver: DeskDriver) -> None:
    """Where nothing is new, /digest preview shows the latest listing once more, as the settings of now choose of it."""
    await driver.asks("digest")
    assert len((await driver.asks("digest", "preview")).papers) == 3
    await driver.asks("settings", "size 1")
    post = await driver.asks("digest", "preview")
    assert len(post.papers) == 1
    assert "once more" in words(post)
    assert "Nothing is new" in words(post)
    assert post.audience is Audience.ASKER
    await driver.saves("settings", "rule zebrafish")
    assert "none kept by the rule" in words(await driver.asks("digest", "preview"))


async def test_members_order_a_digest_once_an_hour(driver: DeskDriver) -> None:
    """Who does not manage the channel has the digest posted or shown there once an hour, and hears when again."""
    assert "Posted 3" in words(await driver.asks("digest", may_manage=False))
    driver.clock.move(timedelta(minutes=9, seconds=20))
    for arguments in ("", "again", str(DAY)):
        refusal = await driver.asks("digest", arguments, may_manage=False, user=BOB)
        assert "The next order is possible at 10:00 (UTC)" in words(refusal)
        assert refusal.audience is Audience.ASKER
    assert (await driver.asks("digest")).audience is Audience.EVERYONE
    driver.clock.move(timedelta(minutes=50, seconds=40))
    assert (await driver.asks("digest", may_manage=False)).audience is Audience.EVERYONE
    driver.clock.move(timedelta(minutes=3, seconds=1))
    assert "possible at 11:00" in words(await driver.asks("digest", may_manage=False))


async def test_previews_and_empty_days_are_no_orders(driver: DeskDriver) -> None:
    """A preview is for the asker alone and not limited, and an order that shows no digest does not count."""
    for _ in range(3):
        preview = await driver.asks("digest", "preview", may_manage=False)
        assert preview.papers
        assert preview.audience is Audience.ASKER
        assert "was not read" in words(await driver.asks("digest", "2026-02-03", may_manage=False))
        assert "is not a day" in words(await driver.asks("digest", "someday", may_manage=False))
    assert "Posted 3" in words(await driver.asks("digest", may_manage=False))


async def test_trouble_is_told_to_the_asker(driver: DeskDriver) -> None:
    """Where sources are in trouble the channel hears of it once, and each later order is answered to the asker."""
    (state,) = await driver.store.source_states()
    await driver.asks("digest")
    await driver.store.save_source_state(replace(state, state=State.FAILED, problems=failed("No answer.")))
    driver.clock.move(timedelta(days=1))
    answers = [await driver.asks("digest", may_manage=False) for _ in range(2)]
    assert [one.audience for one in answers] == [Audience.ASKER] * 2
    assert len(driver.chat.sent) == 4 + 1
    first, later = map(words, answers)
    assert "what could not be read was just posted here." in first
    assert "No digest yet: sources could not be read" in later


async def test_the_abstract_button(driver: DeskDriver) -> None:
    """A press brings the abstract to the presser alone, as its stored arguments say, and a title leads to the paper."""
    post = await driver.desk.handle(pressed("abstract", PaperId("arxiv", "2602.00001")))
    assert post.audience is Audience.ASKER
    assert a_paper(1).abstract in words(post)
    assert a_paper(1).title in words(post)
    unknown = await driver.asks("abstract", "2602.99999")
    assert unknown.audience is Audience.ASKER
    assert "2602.99999" in words(unknown)


async def test_a_paper_in_another_language(driver: DeskDriver) -> None:
    """/paper says where its summary is not in the channel's language, and why."""
    assert "Summary in" not in words(await driver.asks("paper", "2602.00002"))
    await driver.asks("settings", "language German")
    assert "Summary in English: no model is configured for German" in words(await driver.asks("paper", "2602.00002"))


@pytest.mark.parametrize("named", ["2602.00002 in German", "arxiv:2602.00002 in deutsch", "Paper 2 in DE"])
async def test_a_language_for_one_paper(driver: DeskDriver, named: str) -> None:
    """/paper takes a language by its name or tag for this once, whatever the channel reads."""
    told = words(await driver.asks("paper", named))
    assert "2602.00002" in told
    assert "Summary in English: no model is configured for German" in told
    assert "Summary in" not in words(await driver.asks("paper", "2602.00002"))


async def test_the_thread_s_paper_in_a_language(driver: DeskDriver) -> None:
    """In a paper's thread the language alone is enough."""
    paper = a_paper(2).id
    told = await driver.desk.handle(
        Command(place=CHANNEL, actor=ANN, name="paper", arguments="in French", paper=paper, at=AT)
    )
    assert "no model is configured for French" in words(told)


async def test_titles_end_with_languages_as_well(driver: DeskDriver) -> None:
    """A title is a title, and what is no language after an identifier is told with the nearest one."""
    title = "Reading menus in German"
    await driver.store.add(a_listing([a_paper(77, title=title)]), at=AT)
    told = words(await driver.asks("paper", title))
    assert "2602.00077" in told and "Summary in" not in told
    assert "2602.00077" in words(await driver.asks("paper", "reading menus in"))
    assert "Did you mean German (de)?" in words(await driver.asks("paper", "2602.00077 in Germn"))


async def test_brief(driver: DeskDriver) -> None:
    """/brief tells the asker the themes of the channel's days, of as many as were asked for."""
    waiting = await driver.asks("brief")
    assert "4 papers waiting for the next digest" in words(waiting)
    assert waiting.audience is Audience.ASKER
    await driver.asks("digest")
    assert "3 papers posted here in the last 14 days" in words(await driver.asks("brief", "14 days"))
    for wrong in ("0", "32", "soon", "-1", "9999999"):
        assert "from 1 to 31" in words(await driver.asks("brief", wrong))


async def test_summaries_of_hits(driver: DeskDriver) -> None:
    """One paper's summary is a card for the asker; several are replies, each about one paper."""
    hits = await driver.asks("search", "invented paper")
    one = await driver.asks("summary", hits.actions[0].arguments)
    assert (one.papers, one.audience) == (hits.papers[:1], Audience.ASKER)
    assert hits.thread
    several = await driver.asks("summary", hits.thread.arguments)
    assert [reply.papers for reply in several.replies] == [(paper,) for paper in hits.papers]
    assert "not an identifier" in words(await driver.asks("summary", "nonsense\nmore"))


async def test_help_lists_every_command_and_explains_one(driver: DeskDriver) -> None:
    """/help shows every command; /help search shows examples; an unknown one names the nearest."""
    assert "/why 2601.15529" in words(await driver.asks("help"))
    assert "in-context" in words(await driver.asks("help", "search"))
    assert "Did you mean /search" in words(await driver.asks("help", "serch"))


async def test_why_in_chat(driver: DeskDriver) -> None:
    """/why tells for a posted paper and one never seen."""
    await driver.asks("digest")
    posted = str(driver.chat.sent[1][0].papers[0])
    assert "was posted here" in words(await driver.asks("why", posted))
    assert "was not posted here" in words(await driver.asks("why", "2602.77777"))
    assert "No stored paper has the title" in words(await driver.asks("why", "nonsense"))


@pytest.mark.parametrize(
    ("day", "told", "to_do"),
    [
        ("2026-02-07", "has not come yet", "/digest 2026-02-04"),
        ("2027-01-04", "has not come yet", "The next listing is that of Thursday, 5 February 2026"),
        ("2026-01-31", "publishes nothing at weekends", "/digest 2026-02-04"),
        ("2025-12-26", "a holiday", "/digest 2026-02-04"),
        ("2025-02-04", "was not read", "paperboy ingest --day 2025-02-04"),
        ("2026-02-03", "was not read", "paperboy ingest --day 2026-02-03"),
    ],
)
async def test_a_day_without_papers_says_why(driver: DeskDriver, day: str, told: str, to_do: str) -> None:
    """A day that was not read, or has no listing, is told as what it is, with what to do, to the asker alone."""
    answer = await driver.asks("digest", day)
    assert told in words(answer) and to_do in words(answer)
    assert "Nothing new" not in words(answer)
    assert answer.audience is Audience.ASKER


async def test_a_day_whose_rule_keeps_nothing(driver: DeskDriver) -> None:
    """A preview of which the rule keeps nothing says how many papers there were, and what shows the rule."""
    await driver.saves("settings", "rule knitting")
    answer = words(await driver.asks("digest", "preview"))
    assert "None of the 4 new papers fits." in answer and "/settings" in answer
