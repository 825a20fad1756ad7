"""Files that come with answers, on every platform there is."""

from __future__ import annotations

import pytest

from adapters.chat.files import content_of
from core.errors import ChatError
from core.posts.tree import Attachment, Audience, Paragraph, Post, text
from tests.fakes.desk import FakeDesk
from tests.fakes.discord_driver import DiscordDriver
from tests.fakes.platform_drivers import PlatformDriver, TerminalDriver
from tests.fakes.slack_driver import SlackDriver
from tests.fakes.telegram_driver import TelegramDriver
from tests.standins.slack import Fault as SlackFault
from tests.standins.telegram import Fault

CONTENT = "@misc{lee2026,\n  title = {Lanterns — 歩く <b>},\n}\n"
LIST = Attachment(name="reading-list.bib", mime="application/x-bibtex", content=CONTENT)


def an_answer(audience: Audience) -> Post:
    told = "Your list as BibTeX."
    return Post(blocks=(Paragraph(spans=(text(told),)),), attachment=LIST, audience=audience, fallback=told)


def refuse_files(driver: PlatformDriver) -> str:
    """Have the platform take no file where the person is, for want of a right; the right."""
    if isinstance(driver, TelegramDriver):
        refusal = Fault(400, "Bad Request: not enough rights to send documents to the chat")
        driver.standin.fails("sendDocument", refusal)
        return "Let members send files"
    if isinstance(driver, SlackDriver):
        driver.standin.fail("files.getUploadURLExternal", SlackFault("error", "missing_scope", needed="files:write"))
        return "files:write"
    assert isinstance(driver, DiscordDriver)
    # an answer to a slash command needs no right of the bot's, and this is what a server can say all the same
    driver.standin.refuses(r"POST /webhooks/", 403, 50_013, "Missing Permissions")
    return "Attach Files"


def files(driver: PlatformDriver) -> list[tuple[str, bytes]]:
    """Name and content of each file that the person has."""
    assert isinstance(driver, DiscordDriver | SlackDriver | TelegramDriver)
    return [(name, content) for *_, name, content in driver.standin.files]


@pytest.mark.parametrize("audience", [Audience.EVERYONE, Audience.PERSONAL])
async def test_a_file_follows_its_answer(driver: PlatformDriver, audience: Audience) -> None:
    """The file is there once and byte by byte, where the answer is; a terminal prints it."""
    desk = FakeDesk(an_answer(audience))
    await driver.person_types(desk, ["/bookmarks export"])
    assert "Your list as BibTeX." in driver.seen()
    if isinstance(driver, TerminalDriver):
        assert CONTENT in driver.seen()
    else:
        assert files(driver) == [("reading-list.bib", CONTENT.encode())]


async def test_a_file_that_is_refused(driver: PlatformDriver) -> None:
    """Where a right is missing, the asker alone is told which, and has the text instead."""
    if isinstance(driver, TerminalDriver):
        pytest.skip("a terminal refuses nothing")
    desk = FakeDesk(an_answer(Audience.EVERYONE))
    right = refuse_files(driver)
    await driver.person_types(desk, ["/bookmarks export"])
    assert files(driver) == []
    assert right in driver.seen()
    assert "@misc{lee2026," in driver.seen()
    assert "@misc{lee2026," not in driver.seen_by_all()


def test_a_file_that_is_too_large() -> None:
    """What a platform does not take is not sent, and the sentence says how to ask for less."""
    with pytest.raises(ChatError) as told:
        content_of(LIST, platform="Here", most=10)
    assert "takes 0" in str(told.value)
    assert "export" in told.value.hint
    assert content_of(LIST, platform="Here", most=1_000) == CONTENT.encode()
