"""`/search`: search all papers."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from core.converse import replies
from core.converse.command import Command
from core.converse.commands import summary
from core.converse.spec import CommandSpec, Services
from core.deliver.footer import SOURCE_NAMES
from core.errors import UsageError
from core.papers.feeds import known_feeds
from core.papers.filters import check_filters
from core.papers.search import SearchQuery, parse_query
from core.posts.tree import Post

#: hits of one answer
HITS: Final = 8


async def answer(services: Services, command: Command) -> Post:
    """The best hits, and where their summaries are. Raises UsageError."""
    feeds = await known_feeds(command.arguments, services.feeds, services.store)
    check_filters(command.arguments, sources=SOURCE_NAMES, feeds=feeds)
    query = parse_query(command.arguments, today=services.clock.now().date())
    if query == SearchQuery(typed=command.arguments):
        raise UsageError("Search for what?", hint='Write words, "a phrase", or a filter: `/search diffusion since:7d`')
    found = await services.lookup.search(query, limit=HITS)
    return replace(replies.search_results(found), **summary.offered([hit.id for hit in found.hits]))


COMMAND: Final = CommandSpec(
    name="search",
    usage="QUERY [since:7d] [in:cs.CL] [author:NAME]",
    does="search all papers",
    examples=('"in-context learning" since:7d', "diffus* in:cs.CV author:Lee"),
    answer=answer,
)
