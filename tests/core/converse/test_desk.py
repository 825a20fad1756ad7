from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, timedelta

import pytest

from adapters.chat.vocabulary import Vocabulary
from core.channels import ChannelRef, Depth, LateDay, QuietDay, Subscription, UserRef, parse_zone
from core.converse.command import Command, Origin
from core.converse.desk import FrontDesk
from core.converse.feedback import Feedback
from core.converse.ports import Store
from core.converse.upcoming import likely_zones
from core.deliver import digest
from core.deliver.digest import Result
from core.ingest.lookup import Lookup
from core.ingest.state import SourceState, State
from core.papers.identifiers import PaperId
from core.posts.messages import MessageRef
from core.posts.reactions import Feeling, Reaction
from core.posts.tree import Audience, Post
from core.summarise.ports import Purpose, Usage
from storage.store import SqlStore
from tests.fakes.chat import FakeChat
from tests.fakes.clock import FakeClock
from tests.fakes.papers import AT, DAY, a_listing, a_paper
from tests.fakes.troubles import failed

CHANNEL = ChannelRef("terminal", "", "main")
ANN, BOB = UserRef("terminal", "", "ann"), UserRef("terminal", "", "bob")
READS_CL = Subscription(channel=CHANNEL, categories=("cs.CL",), size=3)


class Office:
    """A desk with a store, a clock and a chat, and a person who types."""

    def __init__(self, store: Store) -> None:
        self.store, self.clock, self.chat = store, FakeClock(AT), FakeChat()
        self.desk = FrontDesk(
            store=store, clock=self.clock, deliver=self.deliver, lookup=Lookup(store=store, clock=self.clock)
        )

    async def deliver(self, subscription: Subscription, day: date) -> Result:
        return await digest.deliver(subscription, day, store=self.store, chat=self.chat, clock=self.clock)

    async def asks(self, name: str, arguments: str = "", *, may_manage: bool = True, user: UserRef = ANN) -> Post:
        return await self.desk.handle(
            Command(
                place=CHANNEL, actor=user, name=name, arguments=arguments, at=self.clock.now(), may_manage=may_manage
            )
        )

    async def reacts(self, key: str, feeling: Feeling, *, added: bool = True, user: UserRef = ANN) -> Post | None:
        message = MessageRef(CHANNEL, key)
        return await self.desk.react(Reaction(user=user, message=message, feeling=feeling, added=added))


def pressed(button: str, paper: PaperId) -> Command:
    return Command(name=button, arguments=str(paper), actor=ANN, place=CHANNEL, origin=Origin.BUTTON, at=AT)


@pytest.fixture
async def office() -> AsyncIterator[Office]:
    async with SqlStore("sqlite://").opened() as store:
        await store.save_subscription(READS_CL, at=AT)
        papers = [a_paper(n) for n in range(1, 4)]
        papers.append(a_paper(4, title="Graph <b>whispers</b> & @everyone", authors=("Mira Holt",)))
        await store.add(a_listing(papers), at=AT)
        state = SourceState(source="arxiv", scope="cs.CL", state=State.FRESH, checked_at=AT, listing_day=DAY, listed=4)
        await store.save_source_state(state)
        yield Office(store)


def words(post: Post) -> str:
    """All text of a post and its thread."""
    return repr(Vocabulary().localise(post))


async def test_paper_by_any_spelling(office: Office) -> None:
    """/paper takes an id, an address, a DOI or a title, and answers with the paper and a bookmark button."""
    for asked in ("2602.00001", "https://arxiv.org/pdf/2602.00001v2", "10.48550/arXiv.2602.00001"):
        post = await office.asks("paper", asked)
        assert [str(one) for one in post.papers] == ["arxiv:2602.00001"]
        assert post.actions
    assert (await office.asks("paper", "graph whispers")).papers


async def test_unknown_paper_gets_a_sentence(office: Office) -> None:
    """An id or a title that nobody has seen is answered with what to do, to the asker alone."""
    for asked, said in (
        ("2602.55555", "has not seen"),
        ("no such title here", "No paper has the title"),
        ("", "Which"),
    ):
        post = await office.asks("paper", asked)
        assert said in words(post)
        assert post.audience is Audience.ASKER


async def test_search_answers_with_hits(office: Office) -> None:
    """/search answers with numbered hits, or says that there are none, or asks for words."""
    assert len((await office.asks("search", "invented paper")).papers) == 3
    assert len((await office.asks("search", "author:Holt")).papers) == 1
    assert "No paper matches" in words(await office.asks("search", "zebrafish"))
    assert "Search for what" in words(await office.asks("search"))
    assert "not a date" in words(await office.asks("search", "since:soon"))


async def test_digest_now_again_and_preview(office: Office) -> None:
    """/digest posts once, then shows the same again; a preview posts nothing; a past day without one is previewed."""
    preview = await office.asks("digest", "preview")
    assert not office.chat.sent
    assert "Posted 3" in words(await office.asks("digest"))
    again = await office.asks("digest", "today")
    assert again.papers == preview.papers
    assert len(office.chat.sent) == 4
    assert "is not a day" in words(await office.asks("digest", "tomorrowish"))
    assert "Nothing new" in words(await office.asks("digest", "2026-02-03"))


async def test_members_order_a_digest_once_an_hour(office: Office) -> None:
    """Who does not manage the channel has the digest posted or shown there once an hour, and hears when again."""
    assert "Posted 3" in words(await office.asks("digest", may_manage=False))
    office.clock.move(timedelta(minutes=9, seconds=20))
    for arguments in ("", "again", str(DAY)):
        refusal = await office.asks("digest", arguments, may_manage=False, user=BOB)
        assert "The next order is possible at 10:00 (UTC)" in words(refusal)
        assert refusal.audience is Audience.ASKER
    assert (await office.asks("digest")).audience is Audience.EVERYONE
    office.clock.move(timedelta(minutes=50, seconds=40))
    assert (await office.asks("digest", may_manage=False)).audience is Audience.EVERYONE
    office.clock.move(timedelta(minutes=3, seconds=1))
    assert "possible at 11:00" in words(await office.asks("digest", may_manage=False))


async def test_previews_and_empty_days_are_no_orders(office: Office) -> None:
    """A preview is for the asker alone and not limited, and an order that shows no digest does not count."""
    for _ in range(3):
        preview = await office.asks("digest", "preview", may_manage=False)
        assert preview.papers
        assert preview.audience is Audience.ASKER
        assert "Nothing new" in words(await office.asks("digest", "2026-02-03", may_manage=False))
        assert "is not a day" in words(await office.asks("digest", "someday", may_manage=False))
    assert "Posted 3" in words(await office.asks("digest", may_manage=False))


async def test_trouble_is_told_to_the_asker(office: Office) -> None:
    """Where sources are in trouble the channel hears of it once, and each later order is answered to the asker."""
    (state,) = await office.store.source_states()
    await office.asks("digest")
    await office.store.save_source_state(replace(state, state=State.FAILED, problems=failed("No answer.")))
    office.clock.move(timedelta(days=1))
    answers = [await office.asks("digest", may_manage=False) for _ in range(2)]
    assert [one.audience for one in answers] == [Audience.ASKER] * 2
    assert len(office.chat.sent) == 4 + 1


async def test_the_abstract_button(office: Office) -> None:
    """A press brings the abstract to the presser alone, as its stored arguments say, and a title leads to the paper."""
    post = await office.desk.handle(pressed("abstract", PaperId("arxiv", "2602.00001")))
    assert post.audience is Audience.ASKER
    assert a_paper(1).abstract in words(post)
    assert a_paper(1).title in words(post)
    unknown = await office.asks("abstract", "2602.99999")
    assert unknown.audience is Audience.ASKER
    assert "2602.99999" in words(unknown)


async def test_reaction_becomes_a_bookmark(office: Office) -> None:
    """A bookmark on a paper's message is on the person's list and the channel's until it is taken away."""
    await office.asks("digest")
    key = office.chat.keys[1]
    assert await office.reacts(key, Feeling.BOOKMARK) is None
    assert len((await office.asks("bookmarks")).papers) == 1
    assert len((await office.asks("bookmarks", "team", user=BOB)).papers) == 1
    assert not (await office.asks("bookmarks", user=BOB)).papers
    await office.reacts(key, Feeling.BOOKMARK, added=False)
    assert "is empty" in words(await office.asks("bookmarks"))


async def test_reaction_on_the_whole_digest_gets_one_hint(office: Office) -> None:
    """A reaction on a message that shows several papers bookmarks none and says where to react."""
    await office.asks("digest")
    hint = await office.reacts(office.chat.keys[0], Feeling.BOOKMARK)
    assert hint is not None
    assert "several papers" in words(hint)
    assert "is empty" in words(await office.asks("bookmarks"))


async def test_reaction_on_a_strange_message_is_ignored(office: Office) -> None:
    """A reaction on a message that is not ours changes nothing and says nothing."""
    assert await office.reacts("not-ours", Feeling.BOOKMARK) is None


async def test_reaction_before_its_message_is_recorded_waits(office: Office) -> None:
    """A reaction that is quicker than our record of the message counts once the message is recorded."""
    await office.reacts("answer/9/0", Feeling.BOOKMARK)
    assert "is empty" in words(await office.asks("bookmarks"))
    await office.desk.shown(MessageRef(CHANNEL, "answer/9/0"), [a_paper(1).id])
    assert len((await office.asks("bookmarks")).papers) == 1


async def test_the_last_word_before_the_record_counts(office: Office) -> None:
    """Added and taken away before the message is recorded is taken away."""
    await office.reacts("answer/9/0", Feeling.BOOKMARK)
    await office.reacts("answer/9/0", Feeling.BOOKMARK, added=False)
    await office.desk.shown(MessageRef(CHANNEL, "answer/9/0"), [a_paper(1).id])
    assert "is empty" in words(await office.asks("bookmarks"))


async def test_a_reaction_waits_ten_minutes_and_no_longer(office: Office) -> None:
    """A reaction on a message that is recorded a quarter of an hour later is forgotten."""
    await office.reacts("answer/9/0", Feeling.BOOKMARK)
    office.clock.move(timedelta(minutes=15))
    await office.desk.shown(MessageRef(CHANNEL, "answer/9/0"), [a_paper(1).id])
    assert "is empty" in words(await office.asks("bookmarks"))


@pytest.mark.parametrize("feeling", [Feeling.MORE, Feeling.LESS])
async def test_thumbs_are_feedback(office: Office, feeling: Feeling) -> None:
    """👍 and 👎 on a paper's message are recorded without a word, and taken back with the reaction."""
    await office.asks("digest")
    key, (_, paper, *_) = office.chat.keys[1], [outgoing.papers[0] for outgoing, _ in office.chat.sent]
    assert await office.reacts(key, feeling) is None
    assert await office.store.feedback() == (
        Feedback(user=ANN, paper=paper, feeling=feeling, where=CHANNEL, at=AT, public=True),
    )
    assert await office.reacts(key, feeling, added=False) is None
    assert await office.store.feedback() == ()


async def test_thumbs_on_the_whole_digest_are_left_alone(office: Office) -> None:
    """👍 on a message that shows several papers is about none of them, and nobody is told to react elsewhere."""
    await office.asks("digest")
    assert await office.reacts(office.chat.keys[0], Feeling.MORE) is None
    assert await office.reacts(office.chat.keys[0], Feeling.BOOKMARK, added=False) is None
    assert await office.store.feedback() == ()


async def test_thumbs_before_their_message_is_recorded_wait(office: Office) -> None:
    """Feedback that is quicker than our record of the message counts once the message is recorded."""
    await office.reacts("answer/9/0", Feeling.LESS)
    await office.desk.shown(MessageRef(CHANNEL, "answer/9/0"), [a_paper(1).id])
    assert [(one.paper, one.feeling) for one in await office.store.feedback()] == [(a_paper(1).id, Feeling.LESS)]


async def test_a_button_is_private_and_a_toggle(office: Office) -> None:
    """The bookmark button feeds the person's list alone; pressed again it takes the paper off."""
    press = pressed("bookmark", a_paper(1).id)
    assert "On your reading list" in words(await office.desk.handle(press))
    assert len((await office.asks("bookmarks")).papers) == 1
    assert "is empty" in words(await office.asks("bookmarks", "team"))
    assert "Taken off" in words(await office.desk.handle(press))
    assert "is empty" in words(await office.asks("bookmarks"))
    unknown = pressed("bookmark", a_paper(99).id)
    assert "audience=<Audience.ASKER" in words(await office.desk.handle(unknown))
    old = pressed("teleport", a_paper(1).id)
    assert "another version" in words(await office.desk.handle(old))


async def test_a_reaction_that_goes_leaves_the_private_mark(office: Office) -> None:
    """Taking away a reaction takes the paper off the channel's list, and off the person's only where no button had
    put it there as well."""
    await office.asks("digest")
    key, paper = office.chat.keys[1], office.chat.sent[1][0].papers[0]
    await office.desk.handle(pressed("bookmark", paper))
    await office.reacts(key, Feeling.BOOKMARK)
    assert (await office.asks("bookmarks", "team")).papers == (paper,)
    await office.reacts(key, Feeling.BOOKMARK, added=False)
    assert (await office.asks("bookmarks")).papers == (paper,)
    assert "is empty" in words(await office.asks("bookmarks", "team"))


async def test_the_button_takes_off_what_a_reaction_put_on(office: Office) -> None:
    """Pressed where the paper is on the list already, the button takes it off entirely, and says so."""
    await office.asks("digest")
    key, paper = office.chat.keys[1], office.chat.sent[1][0].papers[0]
    await office.reacts(key, Feeling.BOOKMARK)
    press = pressed("bookmark", paper)
    assert "Taken off your reading list" in words(await office.desk.handle(press))
    assert "is empty" in words(await office.asks("bookmarks"))
    assert "is empty" in words(await office.asks("bookmarks", "team"))
    assert "On your reading list" in words(await office.desk.handle(press))


async def test_the_channel_lists_a_paper_while_a_reaction_stands(office: Office) -> None:
    """A paper that two people bookmarked is on the channel's list once, until the last of them takes it back."""
    await office.asks("digest")
    key = office.chat.keys[1]
    for user in (ANN, BOB):
        await office.reacts(key, Feeling.BOOKMARK, user=user)
    assert len((await office.asks("bookmarks", "team")).papers) == 1
    await office.reacts(key, Feeling.BOOKMARK, user=ANN, added=False)
    assert len((await office.asks("bookmarks", "team")).papers) == 1
    await office.reacts(key, Feeling.BOOKMARK, user=BOB, added=False)
    assert "is empty" in words(await office.asks("bookmarks", "team"))


async def test_reaction_on_an_answer_counts(office: Office) -> None:
    """A paper shown by an answer can be bookmarked where it was shown."""
    post = await office.asks("paper", "2602.00002")
    await office.desk.shown(MessageRef(CHANNEL, "answer/1/0"), post.papers)
    await office.reacts("answer/1/0", Feeling.BOOKMARK)
    assert len((await office.asks("bookmarks")).papers) == 1


async def test_subscribe_and_settings(office: Office) -> None:
    """/subscribe adds to what is read, /settings changes one thing, and both show the result."""
    post = await office.asks("subscribe", 'cs.RO author:"Mira Holt" rule: "world model" AND NOT survey')
    assert "cs.CL, cs.RO" in words(post)
    await office.asks("settings", "size 5")
    await office.asks("settings", "layout by-category")
    await office.asks("settings", "depth line")
    (saved,) = await office.store.subscriptions(CHANNEL)
    assert saved == replace(
        READS_CL,
        categories=("cs.CL", "cs.RO"),
        authors=("Mira Holt",),
        rule='"world model" AND NOT survey',
        size=5,
        layout=saved.layout,
        depth=Depth.LINE,
        set_up_by=saved.set_up_by,
    )
    assert saved.layout.value == "by-category"
    assert saved.set_up_by
    await office.asks("unsubscribe", "cs.RO author:Mira")
    assert "cs.RO" not in words(await office.asks("settings"))


async def test_a_paper_in_another_language(office: Office) -> None:
    """/paper says where its summary is not in the channel's language, and why."""
    assert "Summary in" not in words(await office.asks("paper", "2602.00002"))
    await office.asks("settings", "language German")
    assert "Summary in English: no model is configured for German" in words(await office.asks("paper", "2602.00002"))


@pytest.mark.parametrize("named", ["2602.00002 in German", "arxiv:2602.00002 in deutsch", "Paper 2 in DE"])
async def test_a_language_for_one_paper(office: Office, named: str) -> None:
    """/paper takes a language by its name or tag for this once, whatever the channel reads."""
    told = words(await office.asks("paper", named))
    assert "2602.00002" in told
    assert "Summary in English: no model is configured for German" in told
    assert "Summary in" not in words(await office.asks("paper", "2602.00002"))


async def test_the_thread_s_paper_in_a_language(office: Office) -> None:
    """In a paper's thread the language alone is enough."""
    paper = a_paper(2).id
    told = await office.desk.handle(
        Command(place=CHANNEL, actor=ANN, name="paper", arguments="in French", paper=paper, at=AT)
    )
    assert "no model is configured for French" in words(told)


async def test_titles_end_with_languages_as_well(office: Office) -> None:
    """A title is a title, and what is no language after an identifier is told with the nearest one."""
    title = "Reading menus in German"
    await office.store.add(a_listing([a_paper(77, title=title)]), at=AT)
    told = words(await office.asks("paper", title))
    assert "2602.00077" in told and "Summary in" not in told
    assert "2602.00077" in words(await office.asks("paper", "reading menus in"))
    assert "Did you mean German (de)?" in words(await office.asks("paper", "2602.00077 in Germn"))


async def test_settings_tell_what_models_cost(office: Office) -> None:
    """/settings tells what language models cost for the channel this month, where one was called for it."""
    assert "Language models" not in words(await office.asks("settings"))
    usage = Usage(model="acme/small", input_tokens=400, output_tokens=100, cost_usd=0.25)
    for channel, days in ((CHANNEL, 0), (CHANNEL, -40), (None, 0)):
        at = AT + timedelta(days=days)
        await office.store.record_usage(usage, purpose=Purpose.SUMMARY, channel=channel, at=at)
    told = words(await office.asks("settings"))
    assert "Language models cost $0.2500 (500 tokens) for this channel in February." in told


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        ("subscribe", "cs.XQ", "cs.XQ"),
        ("subscribe", 'rule: "open AND', "never closed"),
        ("settings", "sise 5", "Did you mean size"),
        ("settings", "size many", "not a number"),
        ("settings", "size 500", "1 to 50"),
        ("settings", "zone Mars/Base", "time zone"),
        ("settings", "weekdays someday", "weekdays"),
        ("settings", "at 25:00", "time of day"),
        ("settings", "layout round", "layout"),
        ("settings", "depth deep", "line or parts or full"),
        ("settings", "language klingonese!", "language"),
        ("settings", "patience ages", "number of minutes"),
        ("settings", "patience 9999", "0 to 720 minutes"),
        ("settings", "quiet-day shout", "nothing or line"),
        ("settings", "late-day tomorrow", "post or skip"),
        ("settings", "brief perhaps", "on or off"),
    ],
)
async def test_senseless_settings_change_nothing(office: Office, name: str, arguments: str, said: str) -> None:
    """A wrong setting gets a sentence, and the subscription stays as it was."""
    assert said.lower() in words(await office.asks(name, arguments)).lower()
    assert await office.store.subscriptions(CHANNEL) == (READS_CL,)


async def test_settings_of_the_schedule(office: Office) -> None:
    """What to do on quiet and late days, and how long to wait, can be set and is shown as it can be typed."""
    await office.asks("settings", "quiet-day line")
    await office.asks("settings", "late-day skip")
    post = await office.asks("settings", "patience 15 minutes")
    assert all(value in words(post) for value in ("15 minutes", "line", "skip"))
    (saved,) = await office.store.subscriptions(CHANNEL)
    expected = replace(READS_CL, quiet_day=QuietDay.LINE, late_day=LateDay.SKIP, patience_min=15)
    assert saved == expected
    await office.asks("settings", "patience never")
    assert await office.store.subscriptions(CHANNEL) == (replace(expected, patience_min=0),)


async def test_when_the_next_digest_comes(office: Office) -> None:
    """Settings and a digest that was ordered say when the next one comes, in the channel's own time."""
    office.clock.set(AT - timedelta(hours=1))  # eight in the morning
    await office.asks("settings", "zone Europe/Berlin")
    assert "comes on Thursday at 09:00 (Europe/Berlin)." in words(await office.asks("settings"))
    assert "comes today at 10:30 (Europe/Berlin)." in words(await office.asks("settings", "at 10:30"))
    assert "Posted 3 papers. The next digest comes on Thursday at 10:30" in words(await office.asks("digest"))
    assert "on Wednesday, 11 February, at 10:30" in words(await office.asks("settings", "weekdays wed"))
    paused = replace((await office.store.subscriptions(CHANNEL))[0], paused=True)
    await office.store.save_subscription(paused, at=AT)
    assert "This digest is paused." in words(await office.asks("settings"))


async def test_next_digest_after_a_quiet_answer(office: Office) -> None:
    """Where nothing is new the answer says when the next digest comes."""
    await office.asks("digest")
    office.clock.move(timedelta(days=1))
    answer = words(await office.asks("digest"))
    assert "Nothing new" in answer and "The next digest comes on Friday at 09:00 (UTC, until" in answer


async def test_time_zone_is_asked_for_once(office: Office) -> None:
    """A new channel is asked for its zone, with buttons and the words to type; nobody is asked a second time."""
    await office.store.remove_subscription(CHANNEL, "main")
    post = await office.asks("subscribe", "cs.RO")
    assert "Which time zone?" in words(post) and "zone Europe/Berlin" in words(post)
    assert "(UTC, until somebody chooses a time zone)" in words(post)
    assert [one.arguments for one in post.actions][:2] == ["zone Europe/Berlin", "zone Europe/London"]
    again = await office.asks("subscribe", "cs.LG")
    assert "Which time zone?" not in words(again) and again.actions == ()
    button = post.actions[1]
    assert "09:00 (Europe/London)." in words(await office.asks(button.name, button.arguments))


async def test_utc_can_be_chosen(office: Office) -> None:
    """UTC that somebody chose is a zone like any other."""
    assert "(UTC)." in words(await office.asks("settings", "zone utc"))


@pytest.mark.parametrize(("locale", "first"), [("de-AT", "Berlin"), ("en-US", "New York"), ("zh-CN", "Shanghai")])
async def test_likely_zones(locale: str, first: str) -> None:
    """The zones offered first are those where the person's language is spoken; there are five, each once."""
    offered = likely_zones(locale)
    assert offered[0].label == first
    assert len({one.arguments for one in offered}) == 5
    assert {parse_zone(one.arguments.removeprefix("zone ")) for one in offered}


@pytest.mark.parametrize("told", ["Asia/Tokyo", "Mars/Base", ""])
async def test_zone_that_the_platform_tells(office: Office, told: str) -> None:
    """The asker's own zone is taken where the platform tells it, and said; nonsense is passed over."""
    await office.store.remove_subscription(CHANNEL, "main")
    asked = Command(place=CHANNEL, actor=ANN, name="subscribe", arguments="cs.RO", at=AT, may_manage=True, zone=told)
    answer = words(await office.desk.handle(asked))
    (saved,) = await office.store.subscriptions(CHANNEL)
    is_taken = told == "Asia/Tokyo"
    assert (saved.at.zone, saved.at.is_zone_known) == (("Asia/Tokyo", True) if is_taken else ("UTC", False))
    assert ("Its time zone is yours, Asia/Tokyo." in answer) == is_taken
    assert ("Which time zone?" in answer) != is_taken


async def test_chosen_zone_stays(office: Office) -> None:
    """Who subscribes to more does not move the channel to their own zone."""
    await office.asks("settings", "zone Europe/Berlin")
    asked = Command(
        place=CHANNEL, actor=BOB, name="subscribe", arguments="cs.RO", at=AT, may_manage=True, zone="Asia/Tokyo"
    )
    assert "Asia/Tokyo" not in words(await office.desk.handle(asked))


async def test_only_managers_change_settings(office: Office) -> None:
    """People without the right to manage a channel can look at its settings and change nothing."""
    for name, arguments in (("subscribe", "cs.RO"), ("settings", "size 5"), ("unsubscribe", "")):
        assert "Only people who manage" in words(await office.asks(name, arguments, may_manage=False))
    assert "cs.CL" in words(await office.asks("settings", may_manage=False))
    assert await office.store.subscriptions(CHANNEL) == (READS_CL,)


async def test_why_nobody_can_tell_who_manages(office: Office) -> None:
    """Where a platform cannot tell whether the person manages the channel, the answer says why."""
    asked = Command(
        place=CHANNEL, actor=ANN, name="subscribe", arguments="cs.RO", at=AT, rights_problem="Paperboy lacks a scope."
    )
    assert "Paperboy lacks a scope." in words(await office.desk.handle(asked))
    assert await office.store.subscriptions(CHANNEL) == (READS_CL,)


async def test_unsubscribe_ends_the_digest_and_subscribe_starts_it(office: Office) -> None:
    """/unsubscribe alone ends the channel's digest; /subscribe starts one again, and commands say so between."""
    await office.asks("unsubscribe")
    assert "no digest yet" in words(await office.asks("digest"))
    assert "no digest yet" in words(await office.asks("settings"))
    assert "cs.LG" in words(await office.asks("subscribe", "cs.LG"))


async def test_brief(office: Office) -> None:
    """/brief tells the asker the themes of the channel's days, of as many as were asked for."""
    waiting = await office.asks("brief")
    assert "4 papers waiting for the next digest" in words(waiting)
    assert waiting.audience is Audience.ASKER
    await office.asks("digest")
    assert "3 papers posted here in the last 14 days" in words(await office.asks("brief", "14 days"))
    for wrong in ("0", "32", "soon", "-1", "9999999"):
        assert "from 1 to 31" in words(await office.asks("brief", wrong))


async def test_summaries_of_hits(office: Office) -> None:
    """One paper's summary is a card for the asker; several are replies, each about one paper."""
    hits = await office.asks("search", "invented paper")
    one = await office.asks("summary", hits.actions[0].arguments)
    assert (one.papers, one.audience) == (hits.papers[:1], Audience.ASKER)
    assert hits.thread
    several = await office.asks("summary", hits.thread.arguments)
    assert [reply.papers for reply in several.replies] == [(paper,) for paper in hits.papers]
    assert "not an identifier" in words(await office.asks("summary", "nonsense\nmore"))


async def test_help_lists_every_command_and_explains_one(office: Office) -> None:
    """/help shows every command; /help search shows examples; an unknown one names the nearest."""
    assert "/why ID" in words(await office.asks("help"))
    assert "in-context" in words(await office.asks("help", "search"))
    assert "Did you mean /search" in words(await office.asks("help", "serch"))


async def test_why_in_chat(office: Office) -> None:
    """/why tells for a posted paper and one never seen."""
    await office.asks("digest")
    posted = str(office.chat.sent[1][0].papers[0])
    assert "was posted here" in words(await office.asks("why", posted))
    assert "was not posted here" in words(await office.asks("why", "2602.77777"))
    assert "not an identifier" in words(await office.asks("why", "nonsense"))
