"""Reading lists as posts: pages of a list, one paper of it, and word of what was changed. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from core.converse.lists.feedback import Annotation
from core.converse.lists.reading_lists import ListEntry, ReadingList
from core.converse.lists.requests import ListRequest, Verb, Which
from core.deliver.card import authors_and_categories, paper_title, short_badges
from core.deliver.compose import say
from core.papers.citations.export import Format, export
from core.posts.tree import (
    Action,
    Attachment,
    Audience,
    Block,
    Heading,
    Note,
    Paragraph,
    Post,
    Span,
    Spans,
    bold,
    command,
    is_carried,
    link,
    person,
    prose,
    text,
)
from core.speech import N_, _, number, plural
from core.text.readable import clip_text, readable, shorten

#: papers of a page
PAGE: Final = 8
#: characters of a note on a page, and of a title in a sentence
_SHORT_NOTE: Final = 200
_TITLE: Final = 100
#: people that are named, and messages that are linked
_MOST_NAMED: Final = 5
_MOST_LINKS: Final = 5
_OWN: Final = N_("Your reading list")
_TEAM: Final = N_("This channel's reading list")
_OWN_HINT: Final = N_(
    "`/bookmarks {number}` opens one; `/bookmarks done {number}`, `/bookmarks note {number} good`, "
    "`/bookmarks tag {number} robots`"
)
_TEAM_HINT: Final = N_(
    "`/bookmarks team {number}` opens one; `/bookmarks team note {number} see also ours` is for all to read"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Discussion:
    """A message that shows a paper."""

    #: where people see it; empty where the platform has no address for it
    url: str
    #: what it is called: `message 1`
    label: str


def audience_of(*, is_team: bool) -> Audience:
    """Returns who sees answers about a list; nobody else ever sees those about a person's own."""
    return Audience.ASKER if is_team else Audience.PERSONAL


def page(reading: ReadingList, request: ListRequest, links: Mapping[str, Sequence[Discussion]] | None = None) -> Post:
    """A page of the papers that were asked for, newest first; `links` by identifier."""
    audience = audience_of(is_team=reading.is_team)
    name = _(_TEAM) if reading.is_team else _(_OWN)
    if not reading.items:
        empty = _("This channel's reading list is empty.") if reading.is_team else _("Your reading list is empty.")
        hint = _("Put :bookmark: on a paper's message to add it.")
        return replace(say(f"{empty} {hint}"), audience=audience)
    entries = reading.select(request.which, request.text)
    if not entries:
        own, team = (
            _("No paper of your reading list is like that."),
            _("No paper of this channel's reading list is like that."),
        )
        none = f"{team if reading.is_team else own} {_('`/bookmarks` shows all.')}"
        return replace(say(none), audience=audience)
    last = -(-len(entries) // PAGE)
    at = min(request.page, last)
    page_entries = entries[(at - 1) * PAGE : at * PAGE]
    summary = " · ".join(_summary(reading, entries, request, at, last))
    hint = _(_TEAM_HINT if reading.is_team else _OWN_HINT, number=page_entries[0].number)
    return Post(
        blocks=(
            Heading(level=2, spans=(text(f"{name} ({number(len(reading.items))})"),)),
            *((Note(spans=(text(summary),)),) if summary else ()),
            *(
                block
                for entry in page_entries
                for block in _entry(entry, reading, (links or {}).get(str(entry.paper.id), ()))
            ),
            Note(spans=prose(hint)),
            *_typed_pages(request, at, last),
        ),
        actions=(*_pages(request, at, last), *_export_button(request)),
        papers=tuple(entry.paper.id for entry in page_entries),
        numbers=tuple(entry.number for entry in page_entries),
        audience=audience,
        fallback=f"{name}: {plural('{count} paper', '{count} papers', len(reading.items))}",
    )


def _summary(
    reading: ReadingList, entries: Sequence[ListEntry], request: ListRequest, at: int, last: int
) -> Iterator[str]:
    read = sum(entry.is_done for entry in reading.items)
    if request.text or request.which is not Which.ALL:
        papers = _papers(request.which, len(entries))
        words = shorten(readable(request.text), _TITLE)
        yield _("{papers} for “{words}”", papers=papers, words=words) if request.text else papers
    elif read:
        yield _("{read} read, {unread} unread", read=number(read), unread=number(len(reading.items) - read))
    if last > 1:
        yield _("page {page} of {last}", page=at, last=last)


def _papers(which: Which, count: int) -> str:
    if which is Which.READ:
        return plural("{count} paper read", "{count} papers read", count)
    if which is Which.UNREAD:
        return plural("{count} paper unread", "{count} papers unread", count)
    return plural("{count} paper", "{count} papers", count)


def _entry(entry: ListEntry, reading: ReadingList, links: Sequence[Discussion]) -> Iterator[Block]:
    paper = entry.paper
    yield Paragraph(spans=(text(f"{entry.number}. "), *paper_title(paper)))
    particulars = (
        _("✓ read") if entry.is_done else "",
        authors_and_categories(paper.authors, paper.categories[:1]),
        *short_badges(paper),
        _("since {day}", day=f"{entry.at:%Y-%m-%d}"),
        str(paper.id),
    )
    spans: list[Span] = [text(" · ".join(part for part in particulars if part))]
    if reading.is_team:
        spans += (text(" · "), *prose(_("saved by {people}"), people=_people(entry.savers)))
    for discussion in links[-1:]:
        spans += (text(" · "), link(_("discussed here"), discussion.url)) if discussion.url else ()
    yield Note(indented=True, spans=tuple(spans))
    if entry.tags:
        yield Note(indented=True, spans=(text(" ".join(f"#{tag}" for tag in entry.tags)),))
    for annotation in entry.annotations:
        if annotation.note:
            yield Note(indented=True, spans=_note(annotation, is_team=reading.is_team, longest=_SHORT_NOTE))


def _note(annotation: Annotation, *, is_team: bool, longest: int) -> Spans:
    who = (person(annotation.user), text(": ")) if is_team else ()
    return (*who, text(f"“{clip_text(annotation.note, longest)}”"))


def _people(refs: Sequence[str]) -> Spans:
    names = tuple(span for ref in refs[:_MOST_NAMED] for span in (text(", "), person(ref)))[1:]
    if (more := len(refs) - _MOST_NAMED) > 0:
        template = plural("{people} and {count} other", "{people} and {count} others", more, people="{people}")
        return prose(template, people=names)
    return names


def _pages(request: ListRequest, at: int, last: int) -> Iterator[Action]:
    for label, to in ((_("‹ Newer"), at - 1), (_("Older ›"), at + 1)):
        arguments = replace(request, page=to).arguments()
        if 1 <= to <= last and is_carried(arguments):
            yield Action(name="bookmarks", label=label, arguments=arguments or "page 1")


def _typed_pages(request: ListRequest, at: int, last: int) -> Iterator[Block]:
    """Says what to type for the next page where the command is too long for a button."""
    older = replace(request, page=at + 1).arguments()
    if at < last and not is_carried(older):
        yield Note(spans=prose(_("Older ones: {command}"), command=command("bookmarks", older)))


def _export_button(request: ListRequest) -> Iterator[Action]:
    arguments = replace(request, verb=Verb.EXPORT, page=1).arguments()
    if is_carried(arguments):
        yield Action(name="bookmarks", label="BibTeX", arguments=arguments)  # not said: a name


def paper_page(entry: ListEntry, reading: ReadingList, discussions: Sequence[Discussion]) -> Post:
    """One paper of a list: all notes, who saved and who read it, and where it was discussed; with buttons."""
    title = paper_title(entry.paper)
    readers = [annotation.user for annotation in entry.annotations if annotation.done_at]
    links = [discussion for discussion in discussions if discussion.url][:_MOST_LINKS]
    spans = tuple(span for discussion in links for span in (text(", "), link(discussion.label, discussion.url)))[1:]
    blocks: list[Block] = [Heading(level=2, spans=(text(f"{entry.number}. "), *title))]
    blocks += [*_entry(replace(entry, annotations=()), reading, ())][1:]
    if entry.tags:
        blocks.append(Note(spans=(text(" ".join(f"#{tag}" for tag in entry.tags)),)))
    blocks += [
        Paragraph(spans=_note(annotation, is_team=reading.is_team, longest=2 * 1_000))
        for annotation in entry.annotations
        if annotation.note
    ]
    if readers:
        sentence = _("Read by {people}") if reading.is_team else _("Read.")
        blocks.append(Note(spans=prose(sentence, people=_people(readers))))
    if spans:
        blocks.append(Note(spans=prose(_("Discussed: {messages}"), messages=spans)))
    elif discussions:
        count = len(discussions)
        sentence = plural("Discussed in {count} message here.", "Discussed in {count} messages here.", count)
        blocks.append(Note(spans=(text(sentence),)))
    buttons = (
        (_("Not read"), Verb.UNDONE) if entry.is_done else (_("Done"), Verb.DONE),
        (_("Take off the list"), Verb.REMOVE),
    )
    return Post(
        blocks=tuple(blocks),
        actions=(
            Action(name="paper", label=_("Open"), arguments=str(entry.paper.id)),
            *(_button(label, verb, entry, is_team=reading.is_team) for label, verb in buttons),
        ),
        papers=(entry.paper.id,),
        audience=audience_of(is_team=reading.is_team),
        fallback="".join(span.text for span in title),
    )


def _button(label: str, verb: Verb, entry: ListEntry, *, is_team: bool) -> Action:
    """A button on one paper: by its identifier, or by its number where a button cannot carry that."""
    by_id = ListRequest(verb=verb, is_team=is_team, targets=(entry.paper.id,)).arguments()
    by_number = ListRequest(verb=verb, is_team=is_team, targets=(entry.number,)).arguments()
    return Action(name="bookmarks", label=label, arguments=by_id if is_carried(by_id) else by_number)


def change_report(request: ListRequest, entries: Sequence[ListEntry], *, has_changed: bool = True) -> Post:
    """Says what was done, with a button that takes it back."""
    titles = tuple(
        span for entry in entries for span in (text(", "), text(f"“{clip_text(entry.paper.title, _TITLE)}”"))
    )[1:]
    blocks: list[Block] = [Paragraph(spans=(bold(f"{_change_sentence(request, has_changed=has_changed)} "), *titles))]
    if request.verb is Verb.NOTE and request.text:
        blocks.append(Note(indented=True, spans=(text(f"“{clip_text(request.text, _SHORT_NOTE)}”"),)))
    back = _BACK.get(request.verb) if has_changed else None
    undo = [
        _button(_("Undo"), back, entry, is_team=request.is_team) for entry in entries[:1] if back and len(entries) == 1
    ]
    return Post(blocks=tuple(blocks), actions=tuple(undo), audience=audience_of(is_team=request.is_team))


_BACK: Final = {Verb.DONE: Verb.UNDONE, Verb.UNDONE: Verb.DONE, Verb.REMOVE: Verb.ADD, Verb.ADD: Verb.REMOVE}


def _change_sentence(request: ListRequest, *, has_changed: bool) -> str:
    whose = _("the channel's reading list") if request.is_team else _("your reading list")
    tags = " ".join(f"#{tag}" for tag in request.tags)
    sentences = {
        Verb.DONE: (_("Marked as read:"), _("Marked as read before:")),
        Verb.UNDONE: (_("Not read any more:"), _("Not marked as read:")),
        Verb.ADD: (_("On {list}:", list=whose), _("On {list} already:", list=whose)),
        Verb.REMOVE: (_("Taken off {list}:", list=whose), _("Nothing was changed on {list}:", list=whose)),
        Verb.NOTE: (_("Noted for everybody here:") if request.is_team else _("Noted for you alone:"), ""),
        Verb.TAG: (_("Tagged {tags}:", tags=tags), ""),
        Verb.UNTAG: (_("No longer tagged {tags}:", tags=tags), ""),
    }
    if request.verb is Verb.NOTE and not request.text:
        return _("Your note is gone:")
    success, before = sentences[request.verb]
    return success if has_changed else before


def file(reading: ReadingList, request: ListRequest, format: Format) -> Post:
    """The chosen papers as a file."""
    entries = reading.select(request.which, request.text)[::-1]
    audience = audience_of(is_team=reading.is_team)
    if not entries:
        return page(reading, request)
    content = export([entry.keepsake() for entry in entries], format, of=[entry.keepsake() for entry in reading.items])
    name = f"{'team-' if reading.is_team else ''}reading-list.{format.suffix}"
    papers = plural("{count} paper", "{count} papers", len(entries))
    title = _(_TEAM) if reading.is_team else _(_OWN)
    sentence = _("{list} as {format}: {papers}.", list=title, format=format.title, papers=papers)
    return Post(
        blocks=(Paragraph(spans=(text(sentence),)),),
        attachment=Attachment(name=name, mime=format.mime, content=content),
        audience=audience,
        fallback=sentence,
    )
