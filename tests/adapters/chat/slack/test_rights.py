"""Who may change a channel's digest on Slack, as Slack tells it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

import pytest

from adapters.chat.slack.client import SlackChat
from adapters.chat.slack.rights import standing_of
from tests.fakes.clock import FakeClock
from tests.fakes.desk import FakeDesk
from tests.fakes.running import running
from tests.fakes.slack_driver import a_chat, listening
from tests.fakes.waiting import until
from tests.standins.slack import Fault, SlackStandIn
from tests.standins.slack_api import CHANNEL, DIRECT, PERSON, TEAM

ASKING = ("users.info", "conversations.info")


@pytest.fixture
def slack() -> Iterator[SlackStandIn]:
    with SlackStandIn() as standin:
        yield standin
    assert not standin.violations


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def chat(slack: SlackStandIn, clock: FakeClock) -> AsyncIterator[SlackChat]:
    made = a_chat(slack, clock=clock)
    async with made.open():
        yield made


def questions(slack: SlackStandIn) -> list[str]:
    return [method for method, _ in slack.calls if method in ASKING]


@pytest.mark.parametrize(
    ("flags", "creator", "may_manage"),
    [
        ({"is_admin"}, "", True),
        ({"is_owner"}, "", True),
        ({"is_primary_owner"}, "", True),
        (set(), PERSON, True),
        (set(), "", False),
        ({"is_restricted"}, PERSON, False),
        ({"is_restricted", "is_ultra_restricted"}, PERSON, False),
    ],
)
async def test_who_manages_a_channel(
    chat: SlackChat, slack: SlackStandIn, flags: set[str], creator: str, may_manage: bool
) -> None:
    """The workspace's owners and admins and the channel's creator may change its digest; others and guests may not."""
    desk = FakeDesk()
    slack.flags, slack.creator = flags, creator or slack.creator
    async with listening(chat, desk, slack):
        await slack.slash("/paper", "subscribe cs.CL")
    assert [(one.may_manage, one.rights_problem) for one in desk.commands] == [(may_manage, "")]


async def test_everybody_manages_their_direct_message(chat: SlackChat, slack: SlackStandIn) -> None:
    """In a direct message Slack is not asked."""
    desk = FakeDesk()
    async with listening(chat, desk, slack):
        await slack.slash("/paper", "settings size 5", channel=DIRECT)
    assert [one.may_manage for one in desk.commands] == [True]
    assert questions(slack) == []


@pytest.mark.parametrize(("channel", "calls"), [(CHANNEL, list(ASKING)), (DIRECT, ["users.info"])])
async def test_zone_of_who_subscribes(chat: SlackChat, slack: SlackStandIn, channel: str, calls: list[str]) -> None:
    """Who subscribes brings their time zone, which costs no further call in a channel and one in a direct message."""
    desk = FakeDesk()
    slack.flags, slack.zone, slack.creator = set(), "Asia/Tokyo", PERSON
    async with listening(chat, desk, slack):
        for words in ("subscribe cs.CL", "subscribe cs.LG", "settings size 5"):
            await slack.slash("/paper", words, channel=channel)
            await slack.wait_until_settled()
    assert [one.zone for one in desk.commands] == ["Asia/Tokyo", "Asia/Tokyo", ""]
    assert questions(slack) == calls


async def test_who_changes_something_is_named(chat: SlackChat, slack: SlackStandIn) -> None:
    """Whoever changes a setting has the name that Slack shows, by a mention as by a slash command, at no further call;
    where Slack does not tell it, what came with the command counts."""
    desk = FakeDesk()
    slack.flags = {"is_admin"}
    async with listening(chat, desk, slack):
        await slack.mention("settings size 5")
        await slack.wait_until_settled()
        await slack.slash("/paper", "settings size 6")
        await slack.wait_until_settled()
    assert [one.actor_name for one in desk.commands] == ["ada", "ada"]
    assert questions(slack) == ["users.info"]
    slack.display_name = ""
    async with listening(chat, desk, slack):
        await slack.mention("settings size 7")
        await slack.wait_until_settled()
        slack.fail("users.info", Fault("error", "missing_scope", needed="users:read"), times=9)
    async with listening(chat, desk, slack):
        await slack.slash("/paper", "settings size 8")
        await slack.wait_until_settled()
    assert [one.actor_name for one in desk.commands[2:]] == ["Ada Reader", "reader"]


async def test_zone_that_slack_does_not_tell(chat: SlackChat, slack: SlackStandIn) -> None:
    """Where Slack cannot be asked, the person subscribes without a zone."""
    desk = FakeDesk()
    slack.fail("users.info", Fault("error", "missing_scope", needed="users:read"))
    async with listening(chat, desk, slack):
        await slack.slash("/paper", "subscribe cs.CL", channel=DIRECT)
    assert [(one.zone, one.may_manage) for one in desk.commands] == [("", True)]


async def test_only_changes_ask_slack(chat: SlackChat, slack: SlackStandIn) -> None:
    """Commands that anybody may give cost no call; those that change the digest do, a mention like a slash command."""
    async with listening(chat, FakeDesk(), slack):
        for words in ("search lamps", "2602.00001", "settings", "digest preview", "help"):
            await slack.slash("/paper", words)
            await slack.wait_until_settled()
        assert questions(slack) == []
        await slack.mention("settings size 5")
        await slack.wait_until_settled()
    assert questions(slack) == list(ASKING)


async def test_orders_of_a_digest_ask_slack(chat: SlackChat, slack: SlackStandIn) -> None:
    """A digest for everybody to see depends on whether the person manages the channel."""
    desk = FakeDesk()
    slack.flags = {"is_owner"}
    async with listening(chat, desk, slack):
        await slack.slash("/paper", "digest")
    assert [one.may_manage for one in desk.commands] == [True]


async def test_answers_are_remembered_for_five_minutes(chat: SlackChat, slack: SlackStandIn, clock: FakeClock) -> None:
    """Slack is asked once in five minutes about a person in a channel."""
    desk = FakeDesk()
    slack.flags = {"is_admin"}
    async with listening(chat, desk, slack):
        for minutes, flags in ((0, {"is_admin"}), (4, set()), (2, set())):
            clock.move(timedelta(minutes=minutes))
            slack.flags = flags
            await slack.slash("/paper", "unsubscribe")
            await slack.wait_until_settled()
    assert [one.may_manage for one in desk.commands] == [True, True, False]
    assert questions(slack) == ["users.info", *ASKING]


@pytest.mark.parametrize(
    ("method", "fault", "sentence"),
    [
        (
            "users.info",
            Fault("error", "missing_scope", needed="users:read"),
            "Paperboy lacks the scope users:read, so it cannot see whether you manage this channel.",
        ),
        (
            "conversations.info",
            Fault("error", "missing_scope", needed="channels:read,groups:read,mpim:read,im:read"),
            "Paperboy lacks the scopes channels:read and groups:read,"
            " so it cannot see whether you manage this channel.",
        ),
        (
            "users.info",
            Fault("broken"),
            "Paperboy cannot see whether you manage this channel: Slack is in trouble (HTTP 503).",
        ),
    ],
)
async def test_where_slack_cannot_be_asked(
    chat: SlackChat, slack: SlackStandIn, method: str, fault: Fault, sentence: str
) -> None:
    """A missing scope or an outage gives nobody the right, the person hears why, and the next command asks again."""
    desk = FakeDesk()
    slack.fail(method, fault)
    slack.creator = PERSON
    async with listening(chat, desk, slack):
        await slack.slash("/paper", "unsubscribe")
        await slack.wait_until_settled()
        await slack.slash("/paper", "unsubscribe")
    assert [(one.may_manage, one.rights_problem) for one in desk.commands] == [(False, sentence), (True, "")]


@pytest.mark.parametrize("code", ["user_not_found", "user_not_visible"])
async def test_a_person_whom_slack_does_not_show(chat: SlackChat, slack: SlackStandIn, code: str) -> None:
    """A person of another workspace in a shared channel, or one who left, manages nothing, which is no trouble."""
    desk = FakeDesk()
    slack.fail("users.info", Fault("error", code), times=9)
    async with listening(chat, desk, slack):
        await slack.slash("/paper", "unsubscribe")
    assert [(one.may_manage, one.rights_problem) for one in desk.commands] == [(False, "")]


async def test_a_slow_look_at_rights_is_waited_for_like_any_work(slack: SlackStandIn) -> None:
    """While Slack takes its time to tell who manages a channel, the person reads that the answer is on its way."""
    slack.fail("users.info", Fault("slow"))
    made = a_chat(slack, grace_s=0.01)
    async with made.open(), running(made, FakeDesk()):
        await slack.slash("/paper", "digest")
        await until(lambda: slack.messages)
        assert slack.read == ["Working on it…"]
    assert [message.visible_text for message in slack.messages] == [
        "Paperboy was stopped before the answer was ready. Please ask again in a minute."
    ]


def test_admins_of_another_workspace_are_no_admins_here() -> None:
    """In a channel that workspaces share, only its creator and this workspace's own admins may."""
    admin = {"is_admin": True}
    assert standing_of(admin | {"team_id": "T9OTHERS"}, team=TEAM) is None
    assert standing_of(admin | {"team_id": "E1", "enterprise_user": {"teams": [TEAM]}}, team=TEAM) is True
    assert standing_of(admin, team=TEAM) is True
