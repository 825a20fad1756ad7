"""`/trending`: the papers whose votes rise, in what the channel reads or everywhere."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from core.converse import completions, replies
from core.converse.command import Command
from core.converse.options import Option
from core.converse.spec import CommandSpec, Group, Services
from core.converse.values import parse_days
from core.papers.trending import rises
from core.posts.tree import Post
from core.speech import N_

_EVERYWHERE: Final = ("all", "everything", "everywhere")
#: papers of one answer
_PAPERS: Final = 10


async def answer(services: Services, command: Command) -> Post:
    """The papers that gained most. Raises UsageError."""
    words = command.arguments.split()
    is_everywhere = bool(words) and words[-1].lower() in _EVERYWHERE
    days = parse_days(" ".join(words[:-1] if is_everywhere else words), today=services.clock.now().date())
    subscriptions = () if is_everywhere else await services.store.subscriptions(command.place)
    categories = tuple(
        dict.fromkeys(category for subscription in subscriptions for category in subscription.categories)
    )
    since = services.clock.now() - timedelta(days=days)
    voted_papers = await services.store.voted_papers(since=since, categories=categories)
    return replies.trending(rises(voted_papers, since=since, limit=_PAPERS), days=days, categories=categories)


COMMAND: Final = CommandSpec(
    name="trending",
    usage="[DAYS] [all]",
    does=N_("papers whose votes rise"),
    examples=("", "14", "last week", "7 all"),
    group=Group.FIND,
    options=(
        Option(name="days", does=N_("How many days, 1 to 31, or since monday; 7 unless given"), is_completed=True),
        Option(name="where", does=N_("all for every category"), choices=("all",)),
    ),
    completions=completions.of_values("7", "14", "31", "last week", "since monday"),
    answer=answer,
    other_words=dict.fromkeys(("hot", "popular", "top", "rising"), "trending"),
)
