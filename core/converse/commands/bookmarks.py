"""`/bookmarks`: the asker's reading list, or the channel's: pages, search, notes, tags, read marks, export."""

from __future__ import annotations

import asyncio
from typing import Final

from core.converse import completions
from core.converse.command import Command
from core.converse.lists import pages, reading_lists
from core.converse.lists.feedback import AnnotationChange
from core.converse.lists.pages import Discussion
from core.converse.lists.reading_lists import ListEntry, ReadingList
from core.converse.lists.requests import ListRequest, Target, Verb, read_request
from core.converse.options import Completion, Option
from core.converse.spec import CommandSpec, Group, Services
from core.errors import NotAllowed, PaperboyError, UsageError
from core.papers.citations.export import FORMATS
from core.papers.paper import Paper
from core.posts.tree import Audience, Post
from core.speech import N_, _, number

#: of a paper on a list, whoever gave them
_MOST_TAGS: Final = 50
#: what can be done with a list, as it is typed
_DOINGS: Final = ("unread", "search", *(verb.value for verb in Verb if verb not in (Verb.LIST, Verb.OPEN)))
_CHANGES: Final = {Verb.DONE: AnnotationChange(is_done=True), Verb.UNDONE: AnnotationChange(is_done=False)}


async def answer(services: Services, command: Command) -> Post:
    """The list, a paper of it, a file, or word of what was changed. Raises UsageError, NotFound, NotAllowed."""
    request = read_request(command.arguments, has_paper=command.paper is not None)
    if request.verb is Verb.ADD:
        return await _add(services, command, request)
    reading = await _list(services, command, request)
    if request.verb is Verb.LIST:
        page = await asyncio.to_thread(pages.page, reading, request)
        papers = [entry.paper for entry in reading.items if entry.paper.id in page.papers]
        discussions = await _discussions(services, command, papers)
        return await asyncio.to_thread(pages.page, reading, request, discussions) if discussions else page
    if request.verb is Verb.EXPORT:
        return await asyncio.to_thread(pages.file, reading, request, FORMATS[request.format])
    entries = [reading.find(target) for target in _targets(request, command)]
    if request.verb is Verb.OPEN:
        (entry,) = entries
        discussions = await _discussions(services, command, [entry.paper])
        return pages.paper_page(entry, reading, discussions.get(str(entry.paper.id), ()))
    if request.verb is Verb.REMOVE:
        return await _remove(services, command, request, entries)
    if request.verb is Verb.TAG and any(len({*entry.tags, *request.tags}) > _MOST_TAGS for entry in entries):
        hint = _("Take some away: `/bookmarks untag 3 robots`")
        raise UsageError(_("A paper has at most {tags} tags.", tags=number(_MOST_TAGS)), hint=hint)
    change = _CHANGES.get(request.verb) or AnnotationChange(
        note=request.text if request.verb is Verb.NOTE else None,
        add_tags=request.tags if request.verb is Verb.TAG else (),
        remove_tags=request.tags if request.verb is Verb.UNTAG else (),
    )
    for entry in entries:
        await services.store.annotate(
            str(command.actor), entry.paper.id, reading.channel, change, at=services.clock.now()
        )
    return pages.change_report(request, entries)


async def _list(services: Services, command: Command, request: ListRequest) -> ReadingList:
    if request.is_team:
        return await reading_lists.team_list(command.place, store=services.store)
    return await reading_lists.own_list(command.actor, store=services.store)


def _targets(request: ListRequest, command: Command) -> tuple[Target, ...]:
    """The papers that were named, or else the one of the thread. Raises UsageError where there is none."""
    if request.targets:
        return request.targets
    if command.paper:
        return (command.paper,)
    hint = _("Name one by its number on the list: {command}", command=f"`/bookmarks {request.verb} 3`")
    raise UsageError(_("Which paper?"), hint=hint)


async def _discussions(services: Services, command: Command, papers: list[Paper]) -> dict[str, list[Discussion]]:
    """Finds the messages about the papers in this channel; people may not see other channels."""
    messages_by_id = await services.store.messages_showing(papers, command.place)
    return {
        str(id): [
            Discussion(url=services.address_of(message), label=_("message {number}", number=place))
            for place, message in enumerate(messages, 1)
        ]
        for id, messages in messages_by_id.items()
    }


async def _add(services: Services, command: Command, request: ListRequest) -> Post:
    """Save papers: openly on the channel's list, else on the asker's own."""
    papers: list[Paper] = []
    has_changed = False
    for target in _targets(request, command):
        if isinstance(target, int):
            raise UsageError(_("A number names what is on the list already."), hint="`/bookmarks add 2601.15529`")
        paper = await services.lookup.paper(str(target))
        has_changed |= await services.store.add_bookmark(
            str(command.actor), paper.id, str(command.place), at=services.clock.now(), public=request.is_team
        )
        papers.append(paper)
    entries = [
        ListEntry(number=0, paper=paper, savers=(), at=services.clock.now(), channel=str(command.place))
        for paper in papers
    ]
    return pages.change_report(request, entries, has_changed=has_changed)


async def _remove(services: Services, command: Command, request: ListRequest, entries: list[ListEntry]) -> Post:
    """Take papers off: whatever put them on the own list, or the asker's open mark here.

    Raises NotAllowed where others saved a paper of the channel's list.
    """
    channel = str(command.place) if request.is_team else None
    has_changed = False
    for entry in entries:
        if request.is_team and str(command.actor) not in entry.savers:
            raise NotAllowed(
                _("Others saved that paper here."), hint=_("It leaves the list when they take their :bookmark: away.")
            )
        has_changed |= await services.store.remove_bookmark(str(command.actor), entry.paper.id, channel=channel)
    return pages.change_report(request, entries, has_changed=has_changed)


def _audience(arguments: str) -> Audience:
    try:
        return pages.audience_of(is_team=read_request(arguments).is_team)
    except PaperboyError:
        return Audience.PERSONAL


async def _completions(_services: Services, command: Command) -> tuple[Completion, ...]:
    before, verb, fragment = command.arguments.rpartition(f"{Verb.EXPORT} ")
    if verb:
        return completions.fitting(((name, name) for name in FORMATS), fragment, before=f"{before}{verb}")
    return completions.fitting(((example, example) for example in COMMAND.examples if example), command.arguments)


COMMAND: Final = CommandSpec(
    name="bookmarks",
    usage="[team] [search WORDS | N | done N | note N TEXT | tag N TAG | export FORMAT]",
    does=N_("your reading list, or the channel's"),
    examples=(
        "",
        "team",
        "unread",
        "search #robots walk",
        "done 3",
        "note 3 compare section 4",
        "tag 3 robots to-read",
        "team note 3 see also ours",
        "export bibtex",
        "add 2601.15529",
    ),
    group=Group.KEEP,
    options=(
        Option(name="list", does=N_("The channel's list; yours without it"), choices=("team",)),
        Option(name="do", does=N_("What to do with the list; without it, it is shown"), choices=_DOINGS),
        Option(name="with", does=N_("Words to search, a number, a number and a note, or a format"), is_completed=True),
    ),
    completions=_completions,
    answer=answer,
    other_words=dict.fromkeys(("bookmark", "saved", "save", "list", "library", "reading"), "bookmarks"),
    audience=_audience,
    concerns_channel=lambda arguments: _audience(arguments) is Audience.ASKER,
)
