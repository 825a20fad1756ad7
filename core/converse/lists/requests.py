"""What people ask of reading lists: `/bookmarks` and what follows it, read and written.

Pure. Buttons carry what `typed` writes, and `read_request` reads it again.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from core.errors import BadIdentifier, UsageError
from core.papers.citations.export import parse_format
from core.papers.identifiers import PaperId
from core.speech import N_, _, number
from core.text.nearest import nearest
from core.text.readable import on_one_line

#: characters of a note and of a tag, and tags of one change
LONGEST_NOTE: Final = 1_000
LONGEST_TAG: Final = 40
MOST_TAGS: Final = 10
#: papers of one change
MOST_TARGETS: Final = 50
_LAST_PAGE: Final = 9_999

_TEAM: Final = frozenset({"team", "channel"})
_NUMBER: Final = re.compile(r"\[?#?([0-9]{1,6})\]?,?", re.ASCII)
_PAGE: Final = re.compile(r"(?:^|\s)page\s+([0-9]{1,6})$", re.IGNORECASE | re.ASCII)
_TAG: Final = re.compile(r"[\w-]+")
_EXAMPLE: Final = N_("Write `/help bookmarks` for all there is.")


class Verb(StrEnum):
    """What is to be done with a list."""

    LIST = "list"
    OPEN = "open"
    ADD = "add"
    REMOVE = "remove"
    DONE = "done"
    UNDONE = "undone"
    NOTE = "note"
    TAG = "tag"
    UNTAG = "untag"
    EXPORT = "export"


class Which(StrEnum):
    """Which papers of a list."""

    ALL = "all"
    UNREAD = "unread"
    READ = "read"


_WHICH: Final = {"all": Which.ALL, "unread": Which.UNREAD, "open": Which.UNREAD, "read": Which.READ}
_VERBS: Final = {
    **{verb.value: verb for verb in Verb if verb not in (Verb.LIST, Verb.OPEN)},
    "save": Verb.ADD,
    "delete": Verb.REMOVE,
    "notes": Verb.NOTE,
    "tags": Verb.TAG,
}

#: a number in the list, or an identifier
Target = int | PaperId


@dataclass(frozen=True, slots=True, kw_only=True)
class ListRequest:
    """One request."""

    verb: Verb = Verb.LIST
    #: the channel's list; the asker's own unless
    is_team: bool = False
    #: the papers it is about; none where it is about the paper of the thread that it was given in, or about all
    targets: tuple[Target, ...] = ()
    which: Which = Which.ALL
    #: words that the listed or exported papers have, or the note; a tag among the words begins with #
    text: str = ""
    tags: tuple[str, ...] = ()
    #: of an export
    format: str = "bibtex"
    #: from 1
    page: int = 1

    def arguments(self) -> str:
        """What follows `/bookmarks`."""
        words = ["team"] if self.is_team else []
        if self.verb not in (Verb.LIST, Verb.OPEN):
            words.append(self.verb.value)
        if self.verb is Verb.EXPORT:
            words.append(self.format)
        words += [str(target) for target in self.targets]
        words += [self.which.value] if self.which is not Which.ALL else []
        if self.text and self.verb is not Verb.NOTE:
            words.append("search")
        words += [self.text] if self.text else []
        words += self.tags
        words += [f"page {self.page}"] if self.page > 1 else []
        return " ".join(words)


def read_request(arguments: str, *, has_paper: bool = False) -> ListRequest:
    """What was asked for; `has_paper`: in a paper's thread. Raises UsageError with an example, or the nearest word."""
    words = arguments.split()
    is_team = bool(words) and words[0].lower() in _TEAM
    words = words[1:] if is_team else words
    if not words:
        return ListRequest(is_team=is_team)
    first, tail = words[0].lower(), words[1:]
    if first in _VERBS and not (first == "done" and not (tail or has_paper)):
        return _change(_VERBS[first], tail, is_team=is_team)
    targets = [target_of(word) for word in words]
    if len(words) == 1 and targets[0] is not None:
        return ListRequest(verb=Verb.OPEN, is_team=is_team, targets=(targets[0],))
    return _listing(words, ListRequest(is_team=is_team))


def target_of(word: str) -> Target | None:
    """`3`, `[3]`, `#3` or an identifier; None for any other word."""
    if match := _NUMBER.fullmatch(word):
        return int(match[1])
    try:
        return PaperId.parse(word.rstrip(","))
    except BadIdentifier:
        return None


def tag_of(word: str) -> str:
    """A tag as it is kept: small letters, digits and hyphens, without #. Raises UsageError for any other."""
    tag = unicodedata.normalize("NFKC", word.lstrip("#").strip(",")).casefold()
    if not _TAG.fullmatch(tag) or len(tag) > LONGEST_TAG:
        hint = _("A tag is one word of at most {most} letters: `/bookmarks tag 3 robots to-read`", most=LONGEST_TAG)
        raise UsageError(_("'{word}' is no tag.", word=word[:LONGEST_TAG]), hint=hint)
    return tag


def _change(verb: Verb, words: Sequence[str], *, is_team: bool) -> ListRequest:
    if verb is Verb.EXPORT:
        return _export(words, is_team=is_team)
    targets: list[Target] = []
    for word in words:
        target = target_of(word)
        is_tag = word.startswith("#") and verb in (Verb.TAG, Verb.UNTAG) and targets
        if target is None or is_tag or (targets and verb in (Verb.NOTE, Verb.TAG, Verb.UNTAG)):
            break
        targets.append(target)
    tail = words[len(targets) :]
    request = ListRequest(verb=verb, is_team=is_team, targets=tuple(dict.fromkeys(targets)))
    if len(request.targets) > MOST_TARGETS:
        raise UsageError(_("{most} papers at a time are the most.", most=MOST_TARGETS), hint=_(_EXAMPLE))
    if verb is Verb.NOTE:
        return _note(request, tail)
    if verb in (Verb.TAG, Verb.UNTAG):
        return _tags(request, tail)
    if tail:
        hint = _("Name papers by number or identifier: {command}", command=f"`/bookmarks {verb} 3 5`")
        raise UsageError(_("'{words}' is no paper of the list.", words=" ".join(tail)[:60]), hint=hint)
    return request


def _note(request: ListRequest, words: Sequence[str]) -> ListRequest:
    note = on_one_line(" ".join(words))
    if len(note) > LONGEST_NOTE:
        raise UsageError(
            _(
                "A note has at most {most} characters, and this has {count}.",
                most=number(LONGEST_NOTE),
                count=number(len(note)),
            )
        )
    return replace(request, text=note)


def _tags(request: ListRequest, words: Sequence[str]) -> ListRequest:
    tags = tuple(dict.fromkeys(tag_of(word) for word in words))
    if not tags or len(tags) > MOST_TAGS:
        raise UsageError(
            _("Name one to {most} tags.", most=MOST_TAGS), hint=f"`/bookmarks {request.verb} 3 robots to-read`"
        )
    return replace(request, tags=tags)


def _export(words: Sequence[str], *, is_team: bool) -> ListRequest:
    format_name = "" if not words or words[0].lower() in (*_WHICH, "search") else words[0]
    format = parse_format(format_name).name
    return replace(
        _listing(words[bool(format_name) :], ListRequest(verb=Verb.EXPORT, is_team=is_team, format=format)), page=1
    )


def _listing(words: Sequence[str], request: ListRequest) -> ListRequest:
    """`unread search robots page 2`, and tags alone, which begin with #."""
    line = " ".join(words)
    page = _PAGE.search(line)
    line = line[: page.start()] if page else line
    number = min(max(int(page[1]), 1), _LAST_PAGE) if page else 1
    first, tail = _first_word(line)
    which = Which.READ if first.lower() == "done" else _WHICH.get(first.lower())
    if which:
        first, tail = _first_word(tail)
    if first.startswith("#") and len(first) > 1:
        text = f"{first} {tail}"
    elif first.lower() == "search" and tail.strip():
        text = tail
    elif first.lower() == "search":
        raise UsageError(
            _("Search the list for what?"), hint=_("Write words or a tag: `/bookmarks search #robots walk`")
        )
    elif first:
        raise _unknown(first)
    else:
        text = ""
    return replace(request, which=which or Which.ALL, text=on_one_line(text), page=number)


def _first_word(line: str) -> tuple[str, str]:
    """A word, and what follows it."""
    word, _space, tail = line.partition(" ")
    return word, tail


def _unknown(word: str) -> UsageError:
    near = nearest(word.lower(), (*_VERBS, *_WHICH, *_TEAM, "search"))
    hint = (
        _("Did you mean {command}?", command=f"`/bookmarks {near}`")
        if near
        else _("Write `/bookmarks` for yours, `/bookmarks team` for all.")
    )
    return UsageError(_("'{word}' is nothing that a reading list can do.", word=word[:40]), hint=hint)
