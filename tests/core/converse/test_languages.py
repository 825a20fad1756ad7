"""The desk speaks the language of the channel, in all that people read."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from typing import Final

import pytest

from core.channels import QuietDay, Subscription
from core.converse.command import Command, Mistake, Origin
from core.converse.grammar import split
from core.converse.pasted import PastedLinks
from core.converse.settings import subscribing
from core.converse.spec import CommandSpec
from core.converse.table import COMMANDS, TYPED_COMMANDS
from core.deliver.ledger import DeliveryKind
from core.errors import UsageError
from core.ingest.state import SourceState, State
from core.papers.categories import describe_category
from core.posts.reactions import Feeling, Reaction
from core.posts.tree import Post
from core.speech import ENGLISH, Languages
from tests.fakes.bracketed_language import LANGUAGES, is_untranslated, untranslated
from tests.fakes.desk_driver import ANN, CHANNEL, DeskDriver
from tests.fakes.papers import AT, DAY, a_listing, a_paper
from tests.fakes.stores import SqlStore

READS: Final = Subscription(
    channel=CHANNEL, categories=("cs.CL",), authors=("Άννα Λη",), size=3, language="el", link_cards=True
)
#: what is the same in every language: papers, sources, categories, settings with their values, digests' names, places
OWN: Final = (
    r"\barxiv(?::\S+)?",
    r"\barXiv\b",
    r"\b[\w-]+\.[A-Z-]{2,}(?: \([\w -]+[)…])?",
    rf"(?:{'|'.join(subscribing.NAMES)}): .*",
    r"more … → …",
    r"\b(?:BibTeX|RIS|CSL-JSON|Markdown)\b",
    r"\b(?:Europe/)?(?:UTC|Berlin|London|New York|Los Angeles|Shanghai)\b",
    r"\blist:ours\b|\b(?:main|search|two|three|line|parts|full)\b",
    rf"(?:(?:{'|'.join(subscribing.NAMES)})(?:, )?){{2,}}",
    r"author:\"[^\"]*\"|since:7d|\bin:(?=\S)",
)


#: commands that build on one another
STORIES: Final = (
    (
        *("bookmarks add 2602.00001", "bookmarks team add 2602.00002", "bookmarks", "bookmarks team", "bookmarks 1"),
        *("bookmarks note 1 σκέψη", "bookmarks tag 1 ρομπότ", "bookmarks search σκέψη", "bookmarks done 1"),
        *("bookmarks unread", "bookmarks export ris", "bookmarks untag 1 ρομπότ", "bookmarks remove 1", "privacy"),
        *("privacy export", "privacy delete", "privacy delete yes"),
    ),
    (
        *("digest", "digest", "why 2602.00005", "why 2602.00001", "bookmark 2602.00005", "digest catchup 7d"),
        *("bookmark 2602.00005", "settings learned", "settings learned like 2602.00003", "settings learned reset"),
        *(
            "share 2602.00002",
            "brief",
            "trending 7 all",
            "summary 2602.00001\n2602.00002",
            "paper 2602.00001 in German",
        ),
    ),
    (
        *("settings size 2", "settings log", "settings undo", "settings undo 99", "subscribe name:two cs.LG"),
        *("settings", "settings size", "settings name:two rename three", "settings pause", "settings resume"),
        *("settings rule σκέψη", "settings save", "settings interest αρχή", "settings cancel", "unsubscribe cs.CL"),
        *("settings emoji more 🎉", "settings list ours σκέψη", "settings list", "settings list ours none"),
    ),
    tuple(f"settings {name}" for name in subscribing.NAMES),
)


@pytest.fixture
async def driver() -> AsyncIterator[DeskDriver]:
    """Papers and people are Greek, so that all Latin letters are ours."""
    async with SqlStore("sqlite://").open() as store:
        await store.save_subscription(READS, at=AT)
        words = {"authors": ("Άννα Λη", "Μίρα Χολτ"), "abstract": "Κανείς δεν ξέρει. Προτείνουμε μια αρχή."}
        await store.add(a_listing([a_paper(n, title=f"Η σκέψη {n}", **words) for n in range(1, 6)]), at=AT)
        state = SourceState(source="arxiv", scope="cs.CL", state=State.FRESH, checked_at=AT, listing_day=DAY, listed=5)
        await store.save_source_state(state)
        driver = DeskDriver(store)
        driver.desk = replace(driver.desk, languages=LANGUAGES)
        yield driver


def own_words(typed: str = "") -> re.Pattern[str]:
    """What is nobody's language; what a person typed is theirs."""
    words = sorted({typed, *typed.split(), *re.split(r"\W+", typed)} - {""}, key=len, reverse=True)
    return re.compile("|".join((*OWN, *(f"(?i:{re.escape(word)})" for word in words))))


@pytest.mark.parametrize("spec", COMMANDS, ids=lambda spec: spec.name)
async def test_every_answer_speaks_it(driver: DeskDriver, spec: CommandSpec) -> None:
    """What a command answers to its examples, to nothing and to nonsense is in the channel's language, to the end."""
    for typed in ("", "2602.00001", "ξένο", *spec.examples):
        await driver.store.save_subscription(READS, at=AT)
        assert not untranslated(await driver.asks(spec.name, typed), own_words(typed)), typed


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story[0])
async def test_what_follows_speaks_it(driver: DeskDriver, story: tuple[str, ...]) -> None:
    """So does what is said of what people did before."""
    for typed in story:
        name, _, arguments = typed.partition(" ")
        assert not untranslated(await driver.asks(name, arguments), own_words(arguments)), typed


async def test_every_help_speaks_it(driver: DeskDriver) -> None:
    """So does the help on each command."""
    for spec in TYPED_COMMANDS:
        assert not untranslated(await driver.asks("help", spec.name), own_words()), spec.name


@pytest.mark.parametrize("name", ["subscribe", "settings", "digest"])
async def test_refusals_speak_it(driver: DeskDriver, name: str) -> None:
    """What somebody may not do, and what cannot be done, is said in it as well."""
    assert not untranslated(await driver.asks(name, "size 5", may_manage=False), own_words("size 5"))
    for typed in ("cs.QQ", "depth x", "at x", "zone x", "weekdays x", "size 99", "rule (", "language x", "catchup 99"):
        assert not untranslated(await driver.asks(name, typed), own_words(typed)), typed


async def test_mistakes_speak_it(driver: DeskDriver) -> None:
    """What a platform could not read, before anybody knew the language, is corrected in it."""
    for typed in ("/serch graphs", "/xyzzy", "x" * 10_001, "/paper bookmark"):
        read = partial(split, typed)
        with pytest.raises(UsageError) as refused:
            read()
        mistake = Mistake(error=refused.value, read=read, actor=ANN, place=CHANNEL, at=AT)
        assert not untranslated(await driver.desk.correct(mistake), own_words(typed)), typed
        assert untranslated(await driver.desk.correct(replace(mistake, read=None)), own_words(typed)), typed


async def test_completions_speak_it(driver: DeskDriver) -> None:
    """What completes a command is what can be typed, or is said in it."""
    typing = Command(name="", actor=ANN, place=CHANNEL, origin=Origin.COMPLETION, may_manage=True, at=AT)
    for spec in TYPED_COMMANDS:
        for typed in ("", *(example[:4] for example in spec.examples[:2])):
            for one in await driver.desk.complete(replace(typing, name=spec.name, arguments=typed)):
                typeable = own_words(f"{one.arguments} {describe_category(one.arguments)} {spec.name}")
                assert not is_untranslated(one.label, typeable), one


async def test_reactions_and_links_speak_it(driver: DeskDriver) -> None:
    """So do the words on a reaction, and the card for a link."""
    await driver.asks("digest")
    (messages,) = (await driver.store.messages_showing([a_paper(5)], CHANNEL)).values()
    posts: list[Post | None] = [
        await driver.desk.react(Reaction(user=ANN, message=messages[0], feeling=feeling, added=added, is_typed=True))
        for feeling in Feeling
        for added in (True, False)
    ]
    posts.append(await driver.desk.card_for_links(PastedLinks(user=ANN, place=CHANNEL, papers=(a_paper(2).id,), at=AT)))
    assert all(posts)
    assert not [shown for post in posts if post for shown in untranslated(post, own_words())]


async def test_digests_speak_it(driver: DeskDriver) -> None:
    """A digest with its thread is posted in the language of its own channel, whoever orders it."""
    await driver.deliver(READS, DAY)
    delivery = await driver.store.delivery(READS, DAY, DeliveryKind.DAILY)
    assert delivery is not None
    assert delivery.post is not None
    assert len(delivery.post.replies) == 4
    assert not untranslated(delivery.post, own_words())


async def test_notices_speak_it(driver: DeskDriver) -> None:
    """So does word of a source in trouble."""
    await driver.deliver(READS, DAY)
    state = SourceState(source="arxiv", scope="cs.CL", state=State.STALE, checked_at=AT, listing_day=DAY)
    await driver.store.save_source_state(state)
    reader, tomorrow = replace(READS, quiet_day=QuietDay.LINE), DAY.replace(day=5)
    await driver.deliver(reader, tomorrow)
    notice = await driver.store.delivery(reader, tomorrow, DeliveryKind.NOTICE)
    assert notice is not None
    assert notice.post is not None
    assert not untranslated(notice.post, own_words())


async def test_other_channels_hear_english(driver: DeskDriver) -> None:
    """Where nothing is subscribed, and where nobody chose a language, English is spoken."""
    await driver.store.save_subscription(replace(READS, language="en"), at=AT)
    assert untranslated(await driver.asks("help"), own_words())
    await driver.store.remove_subscription(CHANNEL, READS.name)
    assert untranslated(await driver.asks("help"), own_words())


async def test_where_there_is_no_choice_nothing_is_read() -> None:
    """With English alone a desk speaks it without asking its database, which is closed here."""
    closed = DeskDriver(SqlStore("sqlite://")).desk
    assert await replace(closed, languages=Languages(by_code={ENGLISH.code: ENGLISH})).language(CHANNEL) is ENGLISH
