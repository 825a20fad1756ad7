"""Files that come with answers, on every platform there is."""

from __future__ import annotations

import pytest

from adapters.chat.files import content_of
from core.errors import ChatError
from core.posts.tree import Attachment, Audience, Paragraph, Post, text
from tests.fakes.desk import FakeDesk
from tests.fakes.stages import Stage, TerminalStage

CONTENT = "@misc{lee2026,\n  title = {Lanterns — 歩く <b>},\n}\n"
LIST = Attachment(name="reading-list.bib", mime="application/x-bibtex", content=CONTENT)


def an_answer(audience: Audience) -> Post:
    told = "Your list as BibTeX."
    return Post(blocks=(Paragraph(spans=(text(told),)),), attachment=LIST, audience=audience, fallback=told)


@pytest.mark.parametrize("audience", [Audience.EVERYONE, Audience.PERSONAL])
async def test_a_file_follows_its_answer(stage: Stage, audience: Audience) -> None:
    """The file is there once and byte by byte, where the answer is; a terminal prints it."""
    desk = FakeDesk()
    desk.answers_with(an_answer(audience))
    await stage.person_types(desk, ["/bookmarks export"])
    assert "Your list as BibTeX." in stage.seen()
    if isinstance(stage, TerminalStage):
        assert CONTENT in stage.seen()
    else:
        assert stage.files() == [("reading-list.bib", CONTENT.encode())]


async def test_a_file_that_is_refused(stage: Stage) -> None:
    """Where a right is missing, the asker alone is told which, and has the text instead."""
    if isinstance(stage, TerminalStage):
        pytest.skip("a terminal refuses nothing")
    desk = FakeDesk()
    desk.answers_with(an_answer(Audience.EVERYONE))
    right = stage.refuses_files()
    await stage.person_types(desk, ["/bookmarks export"])
    assert stage.files() == []
    assert right in stage.seen()
    assert "@misc{lee2026," in stage.seen()
    assert "@misc{lee2026," not in stage.seen_by_all()


def test_a_file_that_is_too_large() -> None:
    """What a platform does not take is not sent, and the sentence says how to ask for less."""
    with pytest.raises(ChatError) as told:
        content_of(LIST, platform="Here", most=10)
    assert "takes 0" in str(told.value)
    assert "export" in told.value.hint
    assert content_of(LIST, platform="Here", most=1_000) == CONTENT.encode()
