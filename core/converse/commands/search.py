"""`/search`: search all papers.

By buttons alone, `hits` brings another page, and `save_search` makes a digest of it, which `/settings undo` ends.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from core.channels import Subscription
from core.converse import completions
from core.converse.command import Command
from core.converse.commands import summary
from core.converse.commands.digest import preview
from core.converse.hits import search_results
from core.converse.options import Option
from core.converse.settings import naming, saving
from core.converse.settings.fitted import fit
from core.converse.settings.followed_search import latest_of, left_out, name_for, subscription_for
from core.converse.settings.wish_notes import wish_notes
from core.converse.spec import CommandSpec, Group, Services, require_manager
from core.converse.values import with_filters
from core.errors import NotFound, UsageError
from core.papers.feeds import known_feeds
from core.papers.filters import check_filters
from core.papers.search import Found, SearchQuery, parse_query
from core.posts.tree import Action, Post, is_carried
from core.speech import N_, _

#: hits of a page
HITS: Final = 8
#: pages that buttons lead to
_MOST_PAGES: Final = 50
_HITS: Final = "hits"
_SAVE: Final = "save_search"
#: stands before the key of a search that is too long for a button
_KEY_MARK: Final = "~"


async def answer(services: Services, command: Command) -> Post:
    """The best hits, and where their summaries are. Raises UsageError."""
    return await _page(services, command.arguments, 1)


async def answer_page(services: Services, command: Command) -> Post:
    """The page that a button names: `2 graph nets`. Raises UsageError, NotFound."""
    number, _space, line = command.arguments.partition(" ")
    if not (number.isascii() and number.isdecimal() and len(number) < 4 and 1 <= int(number) <= _MOST_PAGES):
        raise UsageError(_("That is no page of a search."), hint=_("Search again: `/search diffusion since:7d`"))
    return await _page(services, await _recall_search(services, line), int(number))


async def answer_save(services: Services, command: Command) -> Post:
    """A digest of the channel with what the search looks for. Raises NotAllowed, NotFound, BadRule."""
    require_manager(command)
    line = await _recall_search(services, command.arguments)
    query = await _query(services, line)
    existing = await services.store.subscriptions(command.place)
    naming.check_room(existing)
    like = existing[0] if existing else Subscription(channel=command.place)
    name = name_for(query, used=[digest.name for digest in existing])
    subscription = subscription_for(query, like=like, name=name, set_up_by=command.actor)
    result = await fit(subscription, store=services.store, how="`/subscribe {}`")
    note = " ".join(filter(None, (_("Saved: what this search finds is posted from now on."), result.note)))
    notes = await wish_notes(result.subscription, store=services.store, clock=services.clock)
    latest = latest_of((await preview(services, result.subscription)).digest)
    remarks = (*left_out(query), latest, *notes.sentences)
    return await saving.save(services, command, None, result.subscription, note=note, remarks=remarks)


async def _page(services: Services, line: str, number: int) -> Post:
    query = await _query(services, line)
    offset = HITS * (number - 1)
    results = await services.lookup.search(query, limit=HITS, offset=offset)
    offer = summary.offer([hit.id for hit in results.hits], first=offset + 1)
    post = search_results(
        results, first=offset + 1, actions=(*offer["actions"], *await _next_steps(services, results, number))
    )
    return replace(post, thread=offer["thread"])


async def _next_steps(services: Services, results: Found, number: int) -> tuple[Action, ...]:
    """Other pages, another source, and a digest of what is looked for."""
    line = results.query.typed
    steps: list[Action] = []
    if number > 1:
        steps.append(
            Action(name=_HITS, label=_("Back"), arguments=await _button_arguments(services, line, f"{number - 1} "))
        )
    if results.hits and results.total > HITS * number and number < _MOST_PAGES:
        steps.append(
            Action(name=_HITS, label=_("More"), arguments=await _button_arguments(services, line, f"{number + 1} "))
        )
    traits = services.store.traits
    finders = services.lookup.finders() if _is_scarce(results) else ()
    for source in (finder.name for finder in finders if traits[finder.name].is_searched):
        label, there = _("Ask {source}", source=traits.name_of(source)), f"{line} from:{source}"
        steps.append(Action(name=_HITS, label=label, arguments=await _button_arguments(services, there, "1 ")))
    if number == 1 and results.hits and (results.query.terms or results.query.authors or results.query.categories):
        steps.append(
            Action(name=_SAVE, label=_("Follow this search"), arguments=await _button_arguments(services, line))
        )
    return tuple(steps)


def _is_scarce(results: Found) -> bool:
    """Has the first page room for more papers with all the words, and was no source asked yet?"""
    return bool(results.query.terms) and not results.query.sources and results.complete < HITS


async def _button_arguments(services: Services, line: str, before: str = "") -> str:
    """Returns what a button carries: the search, or the key of a stored one that is too long for a button."""
    plain = before + line
    if is_carried(plain) and not line.startswith(_KEY_MARK) and plain == " ".join(plain.split()):
        return plain
    return f"{before}{_KEY_MARK}{await services.store.keep_search(line, at=services.clock.now())}"


async def _recall_search(services: Services, arguments: str) -> str:
    if not arguments.startswith(_KEY_MARK):
        return arguments
    if (line := await services.store.kept_search(arguments.removeprefix(_KEY_MARK))) is None:
        raise NotFound(_("This search is not kept any more."), hint=_("Search again: `/search diffusion since:7d`"))
    return line


async def _query(services: Services, line: str) -> SearchQuery:
    feeds = await known_feeds(line, services.feeds, services.store)
    check_filters(line, sources=[source.name for source in services.store.traits], feeds=feeds)
    today = services.clock.now().date()
    query = replace(parse_query(with_filters(line, today=today), today=today), typed=line)
    if query == SearchQuery(typed=line):
        raise UsageError(
            _("Search for what?"), hint=_('Write words, "a phrase", or a filter: `/search diffusion since:7d`')
        )
    return query


COMMAND: Final = CommandSpec(
    name="search",
    usage="QUERY [since:7d] [in:cs.CL] [author:NAME] [from:arxiv]",
    does=N_("search all papers"),
    examples=('"in-context learning" since:7d', "diffus* in:cs.CV author:Lee"),
    group=Group.FIND,
    options=(
        Option(name="query", does=N_('Words, "a phrase", or the beginning of a word with *'), is_completed=True),
        Option(
            name="since", does=N_("From when on: 7d, yesterday, last week, 4 Feb"), lead="since:", is_completed=True
        ),
        Option(name="in", does=N_("A category, by code or by name"), lead="in:", is_completed=True),
        Option(name="author", does=N_("Somebody who wrote it"), lead="author:", is_completed=True),
        Option(name="from", does=N_("A source that knows it"), lead="from:", is_completed=True),
    ),
    completions=completions.searches,
    answer=answer,
    other_words=dict.fromkeys(("find", "look", "query"), "search"),
    is_shared=True,
)
PAGES: Final = CommandSpec(name=_HITS, answer=answer_page, is_typed=False)
SAVING: Final = CommandSpec(name=_SAVE, answer=answer_save, is_typed=False, concerns_managers=lambda _: True)
