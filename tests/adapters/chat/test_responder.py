"""How a question is answered, whatever the platform."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace

import pytest

from adapters.chat.responder import Responder
from core.channels import UserRef
from core.converse.command import Command, Mistake
from core.errors import (
    ChannelGone,
    ChatThrottled,
    ChatUnanswered,
    ChatUnavailable,
    NotAllowed,
    NotFound,
    StoreUnreachable,
    Unheard,
)
from core.posts.messages import MessageRef
from core.posts.reactions import Feeling, Reaction
from core.posts.tree import Audience, Paragraph, Post, text
from tests.fakes.bracketed_language import PSEUDO
from tests.fakes.clock import NOON, FakeClock
from tests.fakes.desk import FakeDesk
from tests.fakes.papers import a_paper
from tests.fakes.surface import HERE, FakeSurface
from tests.fakes.waiting import turns, until

ANN = UserRef("slack", "T1", "U1")
OPEN = Post(blocks=(Paragraph(spans=(text("Everybody reads this."),)),))
ALONE = replace(OPEN, blocks=(Paragraph(spans=(text("One person reads this."),)),), audience=Audience.ASKER)
PERSONAL = replace(ALONE, audience=Audience.PERSONAL)
WORKING = "Working on it…"


def asks(name: str, arguments: str = "") -> Command:
    return Command(name=name, arguments=arguments, actor=ANN, place=HERE, at=NOON)


def a_responder(desk: FakeDesk, *, patience_s: float = 60.0) -> Responder:
    return Responder(desk, FakeClock(), patience_s=patience_s)


async def slow(desk: FakeDesk, command: Command, surface: FakeSurface) -> list[dict[str, str]]:
    """Answer a command that takes longer than the patience; what stood there meanwhile, open and alone."""
    desk.hesitates()
    async with asyncio.TaskGroup() as group:
        group.create_task(a_responder(desk, patience_s=0).answer(command, surface))
        await until(lambda: desk.commands)
        await turns()
        meanwhile = [dict(surface.open), dict(surface.alone)]
        desk.goes_on()
    return meanwhile


async def test_an_open_answer_stands_where_it_was_asked() -> None:
    """An answer for everyone is a reply in place, and the question is closed."""
    surface = FakeSurface()
    await a_responder(FakeDesk(OPEN)).answer(asks("paper", "2601.1"), surface)
    assert list(surface.open.values()) == ["Everybody reads this."]
    assert not surface.alone
    assert surface.is_closed


@pytest.mark.parametrize("post", [ALONE, PERSONAL])
async def test_an_answer_for_the_asker_is_read_by_nobody_else(post: Post) -> None:
    """An answer for the asker alone is whispered."""
    surface = FakeSurface()
    await a_responder(FakeDesk(post)).answer(asks("help"), surface)
    assert list(surface.alone.values()) == ["One person reads this."]
    assert not surface.open


async def test_in_a_direct_message_everything_is_said_in_place() -> None:
    """Where only the asker reads, nothing is whispered."""
    surface = FakeSurface(is_private=True)
    await a_responder(FakeDesk(PERSONAL)).answer(asks("bookmarks"), surface)
    assert list(surface.open.values()) == ["One person reads this."]


@pytest.mark.parametrize("error", [ChannelGone("not in the channel"), NotAllowed("no direct messages")])
async def test_what_cannot_be_whispered_is_said_in_place(error: Exception) -> None:
    """Where the platform cannot reach the asker alone, the answer stands in place: a saved setting says so."""
    surface = FakeSurface()
    surface.fails("whisper", error)  # type: ignore[arg-type]  # both are PaperboyErrors
    await a_responder(FakeDesk(ALONE)).answer(asks("settings", "size 20"), surface)
    assert list(surface.open.values()) == ["One person reads this."]


async def test_what_is_personal_is_never_said_in_place() -> None:
    """A reading list that cannot be whispered stays untold; the place learns only how to be reached."""
    surface = FakeSurface(how_to_be_reached="Open a chat with Paperboy first.")
    surface.fails("whisper", ChannelGone("no chat"))
    await a_responder(FakeDesk(PERSONAL)).answer(asks("bookmarks"), surface)
    (said,) = surface.open.values()
    assert said == "The answer is for you alone, and Paperboy cannot write to you. Open a chat with Paperboy first."


async def test_a_slow_open_answer_replaces_its_placeholder() -> None:
    """An answer for everyone that takes long has an open placeholder, and stands in its place afterwards."""
    surface, desk = FakeSurface(), FakeDesk(OPEN)
    open, alone = await slow(desk, asks("paper", "2601.1"), surface)
    assert list(open.values()) == [WORKING]
    assert not alone
    assert list(surface.open.values()) == ["Everybody reads this."]


async def test_a_slow_private_answer_has_a_private_placeholder() -> None:
    """Nobody else sees that a private answer is being worked on."""
    surface, desk = FakeSurface(), FakeDesk(ALONE)
    open, alone = await slow(desk, asks("help"), surface)
    assert not open
    assert list(alone.values()) == [WORKING]
    assert list(surface.alone.values()) == ["One person reads this."]
    assert not surface.open


async def test_where_no_private_placeholder_exists_there_is_none() -> None:
    """A platform without private placeholders shows none for a private answer."""
    surface, desk = FakeSurface(holds_private_places=False), FakeDesk(ALONE)
    open, alone = await slow(desk, asks("help"), surface)
    assert not open
    assert not alone


async def test_a_placeholder_in_the_wrong_audience_is_taken_away() -> None:
    """An error is for the asker: the open placeholder of what was asked openly goes."""
    surface, desk = FakeSurface(), FakeDesk(ALONE)
    open, _ = await slow(desk, asks("paper", "2601.1"), surface)
    assert list(open.values()) == [WORKING]
    assert not surface.open
    assert list(surface.alone.values()) == ["One person reads this."]


async def test_a_placeholder_that_somebody_deleted_is_no_loss() -> None:
    """Where the placeholder is gone, the answer is a message of its own."""
    surface, desk = FakeSurface(), FakeDesk(OPEN)
    surface.fails("replace", ChannelGone("message_not_found"))
    await slow(desk, asks("paper", "2601.1"), surface)
    assert "Everybody reads this." in surface.open.values()
    assert WORKING not in surface.open.values()


@pytest.mark.parametrize("verb", ["reply", "whisper", "replace"])
async def test_a_call_that_fails_is_made_again(verb: str) -> None:
    """One failed call loses no answer."""
    surface = FakeSurface()
    surface.fails(verb, ChatUnavailable("HTTP 503"))
    desk = FakeDesk(ALONE if verb == "whisper" else OPEN)
    if verb == "replace":
        await slow(desk, asks("paper", "1"), surface)
    else:
        await a_responder(desk).answer(asks("help" if verb == "whisper" else "paper"), surface)
    assert surface.calls.count(verb) == 2
    assert len(surface.open) + len(surface.alone) == 1


async def test_a_reply_that_may_be_there_is_repeated_where_it_cannot_double() -> None:
    """A platform that recognises a repeated message gets it again after no answer came."""
    surface = FakeSurface(can_double=False)
    surface.fails("reply", ChatUnanswered("no answer"))
    await a_responder(FakeDesk(OPEN)).answer(asks("paper"), surface)
    assert list(surface.open.values()) == ["Everybody reads this."]


async def test_a_reply_that_could_double_is_told_instead() -> None:
    """Where a repeated message could stand there twice, the person is told that the answer may be lost."""
    surface = FakeSurface(can_double=True)
    surface.fails("reply", ChatUnanswered("no answer"), carried_out=True)
    await a_responder(FakeDesk(OPEN)).answer(asks("paper"), surface)
    assert list(surface.open.values()) == [
        "Everybody reads this.",
        "The answer may have been lost on the way. Please ask again if it is not here.",
    ]


async def test_a_whisper_that_could_double_is_told_to_the_asker_instead() -> None:
    """Where a repeated whisper could stand there twice, the asker alone is told that the answer may be lost."""
    surface = FakeSurface(can_double=True)
    surface.fails("whisper", ChatUnanswered("no answer"), carried_out=True)
    await a_responder(FakeDesk(ALONE)).answer(asks("help"), surface)
    assert list(surface.alone.values()) == [
        "One person reads this.",
        "The answer may have been lost on the way. Please ask again if it is not here.",
    ]
    assert not surface.open


async def test_a_question_is_closed_in_spite_of_a_failed_call() -> None:
    """One failed call leaves no question open."""
    surface = FakeSurface()
    surface.fails("close", ChatUnavailable("HTTP 503"))
    await a_responder(FakeDesk(OPEN)).answer(asks("paper"), surface)
    assert surface.is_closed


async def test_an_answer_waits_as_long_as_the_platform_asks() -> None:
    """A platform that asks for a pause is asked again after it, and no sooner."""
    clock, surface = FakeClock(), FakeSurface()
    surface.fails("reply", ChatThrottled("Slow down.", retry_after_s=12.0))
    await Responder(FakeDesk(OPEN), clock, patience_s=60).answer(asks("paper"), surface)
    assert list(surface.open.values()) == ["Everybody reads this."]
    assert clock.slept == [12.0]


async def test_an_answer_stands_though_it_cannot_be_recorded() -> None:
    """A database that is out of reach after the answer was said takes nothing of it back."""
    desk, surface = FakeDesk(replace(OPEN, papers=(a_paper().id,))), FakeSurface()
    desk.forgets_with(StoreUnreachable("The database does not answer."))
    await a_responder(desk).answer(asks("paper"), surface)
    assert list(surface.open.values()) == ["Everybody reads this."]


async def test_a_bug_is_told_as_a_sentence() -> None:
    """Somebody who meets a bug hears a sentence without its details."""
    desk, surface = FakeDesk(), FakeSurface()
    desk.fails_with(ValueError("secret detail"))  # type: ignore[arg-type]  # not a PaperboyError, on purpose
    await a_responder(desk).answer(asks("paper"), surface)
    assert list(surface.alone.values()) == ["Something went wrong here. Paperboy's log has the details."]


async def test_the_responder_speaks_the_channels_language() -> None:
    """The placeholder, and what stands in an answer's place, are in the language that is spoken where it was asked."""
    desk, surface = FakeDesk(OPEN), FakeSurface()
    desk.spoken = PSEUDO
    assert [*(await slow(desk, asks("paper"), surface))[0].values()] == ["⟦Working on it…⟧"]
    desk.fails_with(ValueError("secret detail"))  # type: ignore[arg-type]  # not a PaperboyError, on purpose
    await a_responder(desk).answer(asks("paper"), surface)
    assert list(surface.alone.values()) == ["⟦Something went wrong here. Paperboy's log has the details.⟧"]


async def test_what_is_wrong_with_a_question_is_told_to_the_asker() -> None:
    """Words that are no command are answered with what is wrong with them."""
    surface = FakeSurface()
    problem = NotFound("There is no command 'serch'.", hint="Did you mean `/search`?")
    await a_responder(FakeDesk()).answer(Mistake(error=problem, actor=ANN, place=HERE, at=NOON), surface)
    assert list(surface.alone.values()) == ["There is no command 'serch'. Did you mean /search?"]


async def test_a_stop_says_so_in_the_placeholders_place() -> None:
    """A stop in the middle of an answer leaves no placeholder behind, and asks the person to ask again."""
    surface, desk = FakeSurface(), FakeDesk(OPEN)
    desk.hesitates()
    task = asyncio.ensure_future(a_responder(desk, patience_s=0).answer(asks("paper"), surface))
    await until(lambda: surface.open)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    assert list(surface.open.values()) == [
        "Paperboy was stopped before the answer was ready. Please ask again in a minute."
    ]


async def test_a_stop_is_told_in_place_to_whom_nobody_can_whisper() -> None:
    """Where the platform cannot reach the asker alone, the place hears that the answer will not come."""
    surface, desk = FakeSurface(), FakeDesk(ALONE)
    surface.fails("whisper", ChannelGone("not in the channel"))
    desk.hesitates()
    task = asyncio.ensure_future(a_responder(desk).answer(asks("help"), surface))
    await until(lambda: desk.commands)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    assert list(surface.open.values()) == [
        "Paperboy was stopped before the answer was ready. Please ask again in a minute."
    ]


async def test_the_desk_learns_which_message_shows_which_paper() -> None:
    """Reactions on an answer's messages count: the desk is told what each shows."""
    paper = a_paper().id
    desk = FakeDesk(replace(OPEN, papers=(paper,)))
    await a_responder(desk).answer(asks("paper"), FakeSurface())
    assert list(desk.seen.values()) == [(paper,)]


async def test_a_hint_on_a_reaction_is_whispered() -> None:
    """What a person should hear about a reaction is for that person alone; most reactions are taken in silence."""
    desk, surface = FakeDesk(), FakeSurface()
    reaction = Reaction(user=ANN, message=MessageRef(HERE, "1"), feeling=Feeling.BOOKMARK, added=True)
    await a_responder(desk).react(reaction, surface)
    assert not surface.calls
    desk.tells(ALONE)
    await a_responder(desk).react(reaction, surface)
    assert list(surface.alone.values()) == ["One person reads this."]


async def test_who_floods_is_met_with_silence() -> None:
    """A command of somebody who was told to wait is answered with nothing, and the question is closed all the same."""
    desk, surface = FakeDesk(), FakeSurface()
    desk.fails_with(Unheard("Too much at once."))
    await a_responder(desk).answer(asks("help"), surface)
    assert not surface.open
    assert not surface.alone
    assert surface.is_closed
