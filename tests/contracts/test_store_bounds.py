"""The contract of `Store` for texts without end: every store keeps a bounded part of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from adapters.chat.discord.render import plan as plan_for_discord
from adapters.chat.slack.plan import plan as plan_for_slack
from adapters.chat.telegram.plan import plan as plan_for_telegram
from bot.origins import SOURCES
from core.channels import ChannelRef
from core.converse.ports import Store
from core.deliver import card
from core.ingest.listing import Listing
from core.papers.bounds import bounded_paper, bounded_summary
from core.papers.identity.changes import Stored
from core.papers.paper import Paper, Summary
from core.summarise import extract
from tests.fakes.papers import AT, a_listing, a_paper

HUGE = "word " * 400_000
PLANS: Mapping[str, Any] = {
    "slack": lambda post: plan_for_slack(post, key="k"),
    "discord": lambda post: plan_for_discord(ChannelRef("discord", "1", "2"), post, key="k"),
    "telegram": lambda post: plan_for_telegram(post, key="k"),
}


def a_huge_paper(said: str = HUGE, **fields: Any) -> Paper:
    values = {"title": said, "abstract": said, "authors": (said,) * 3, "comment": said, "journal": said}
    return a_paper(**(values | fields))


def a_summary(paper: Paper) -> Summary:
    return Summary(paper=paper.id, version=1, language="en", gist=HUGE, method=HUGE, made_by="saved")


def listed(source: str, paper: Paper) -> Listing:
    """The paper with a summary, as a source tells it."""
    listing = a_listing([replace(paper, sources=(source,))])
    line = replace(listing.announcements[0], source=source, summaries=(a_summary(paper),))
    return replace(listing, source=source, announcements=(line,))


@pytest.mark.parametrize("source", ["arxiv", "feeds", "huggingface", "daily-arxiv"])
async def test_a_text_without_end_is_kept_in_part(store: Store, source: str) -> None:
    """Whatever source it comes from, a paper of megabytes is stored cut, and so is its summary."""
    await store.add(listed(source, a_huge_paper()), at=AT)
    paper = await store.paper(a_paper().id)
    assert paper == bounded_paper(replace(a_huge_paper(), sources=(source,)))
    assert len(repr(paper)) < 20_000
    assert await store.summaries([paper.id], "en") == {paper.id: (bounded_summary(a_summary(paper)),)}


@pytest.mark.parametrize("source", ["arxiv", "feeds", "huggingface", "daily-arxiv"])
async def test_a_date_far_ahead_is_not_kept(store: Store, source: str) -> None:
    """Whatever source tells it, a paper of a day far ahead is of today, and when it appeared is not known."""
    far = AT + timedelta(days=365)
    paper = replace(a_paper(), published=far, announced=far.date())
    listing = listed(source, paper)
    line = replace(listing.announcements[0], day=far.date())
    await store.add(replace(listing, announcements=(line,)), at=AT)
    kept = (await store.papers(day=AT.date())).papers
    assert [(one.published, one.announced) for one in kept] == [(None, AT.date())]


async def test_saved_summaries_are_kept_in_part(store: Store) -> None:
    """A summary that is saved on its own is cut as well."""
    await store.add(a_listing([a_paper()]), at=AT)
    await store.save_summaries([a_summary(a_paper())])
    assert await store.summaries([a_paper().id], "en") == {a_paper().id: (bounded_summary(a_summary(a_paper())),)}


async def test_the_same_text_again_is_known(store: Store) -> None:
    """A cut paper that is listed again is known and unchanged, and its next version is an update."""
    await store.add(listed("arxiv", a_huge_paper()), at=AT)
    before = await store.dossier(a_paper().id)
    again = await store.add(listed("arxiv", a_huge_paper()), at=AT + timedelta(hours=1))
    assert again == Stored(known=1) and await store.dossier(a_paper().id) == before
    assert (await store.add(listed("arxiv", a_huge_paper(version=2)), at=AT)).updated == 1


async def test_two_sources_of_a_cut_paper_are_one_paper(store: Store) -> None:
    """A cut paper is merged with what another source says of it."""
    await store.add(listed("arxiv", a_huge_paper()), at=AT)
    await store.add(listed("huggingface", a_huge_paper(id=a_paper().id)), at=AT)
    assert (await store.papers()).total == 1


#: 2 MB of a text -> the messages that it may take; Slack counts twelve characters for an emoji
MOST_MESSAGES = {HUGE: 3, "x" * 2_000_000: 3, "\n" * 2_000_000: 3, "语" * 700_000: 8, "\U0001f600" * 500_000: 13}


@pytest.mark.parametrize("platform", PLANS)
@pytest.mark.parametrize(("said", "most"), MOST_MESSAGES.items(), ids=["words", "a word", "lines", "Chinese", "emoji"])
def test_a_message_of_a_cut_paper_is_short(platform: str, said: str, most: int) -> None:
    """On every platform a paper of megabytes is a few messages."""
    paper = bounded_paper(a_huge_paper(said))
    assert len(PLANS[platform](card.paper(paper, extract.summarise(paper), traits=SOURCES))) <= most
