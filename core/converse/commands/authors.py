"""`/authors`: whom the channel follows, with their newest papers; follow somebody, or no longer."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from core.converse import completions, replies
from core.converse.command import Command
from core.converse.commands import subscribe, unsubscribe
from core.converse.options import Completion, Option
from core.converse.settings import naming
from core.converse.spec import CommandSpec, Group, Services
from core.converse.values import MOST_NAMES, parse_names
from core.papers.search import SearchQuery
from core.posts.tree import Post
from core.speech import N_

_FOLLOW: Final = ("follow", "add")
_UNFOLLOW: Final = ("unfollow", "remove")
_LIST_WORDS: Final = ("", "list")
#: newest papers of somebody who is not followed
_PAPERS: Final = 5


async def answer(services: Services, command: Command) -> Post:
    """Whom the channel follows, what somebody wrote lately, or the digest's settings after the change.

    Raises NotAllowed, NotFound, UsageError.
    """
    verb, _space, arguments = command.arguments.partition(" ")
    if command.arguments.lower() in _LIST_WORDS:
        return await _followed_authors(services, command)
    if verb.lower() in (*_FOLLOW, *_UNFOLLOW):
        digest, arguments = naming.read_name(arguments)
        names = parse_names(arguments, example="`/authors follow Ann Lee, Bob Ray`")
        authors = naming.naming(" ".join(f'author:"{name}"' for name in names), digest)
        change = subscribe.answer if verb.lower() in _FOLLOW else unsubscribe.answer
        return await change(services, replace(command, arguments=authors))
    (name, *_further) = parse_names(command.arguments, example="`/authors Ann Lee`")
    results = await services.lookup.search(_by(name), limit=_PAPERS)
    return replies.author(name, results)


async def _followed_authors(services: Services, command: Command) -> Post:
    subscriptions = await services.store.subscriptions(command.place)
    names = dict.fromkeys(name for subscription in subscriptions for name in subscription.authors)
    newest = {name: await services.lookup.search(_by(name), limit=1) for name in [*names][:MOST_NAMES]}
    return replies.followed_authors({name: results.hits for name, results in newest.items()}, total=len(names))


def _by(name: str) -> SearchQuery:
    return SearchQuery(typed=f'author:"{name}"', authors=(name,))


async def _completions(services: Services, command: Command) -> tuple[Completion, ...]:
    verb, space, arguments = command.arguments.partition(" ")
    is_change = bool(space) and _is_change(verb)
    before, name = (f"{verb} ", arguments) if is_change else ("", command.arguments)
    *lead, last = name.rpartition(",")
    before += "".join(lead) + " " * bool(lead[0])
    are_followed = verb.lower() in _UNFOLLOW if is_change else None
    return await completions.people(services, command, last.strip(), before=before, are_followed=are_followed)


def _is_change(arguments: str) -> bool:
    return arguments.partition(" ")[0].lower() in (*_FOLLOW, *_UNFOLLOW)


COMMAND: Final = CommandSpec(
    name="authors",
    usage="[follow|unfollow NAME, ...]",
    does=N_("whom this channel follows, and their newest papers"),
    examples=("", "follow Ann Lee, Bob Ray", "unfollow Bob Ray", "Ann Lee"),
    group=Group.KEEP,
    settings=("authors",),
    options=(
        Option(name="do", does=N_("Follow somebody, or no longer"), choices=("follow", "unfollow")),
        Option(name="who", does=N_("Names between commas"), is_completed=True),
    ),
    completions=_completions,
    answer=answer,
    other_words={"follow": "authors follow", "unfollow": "authors unfollow"},
    is_shared=True,
    concerns_managers=_is_change,
    wants_zone=True,
)
