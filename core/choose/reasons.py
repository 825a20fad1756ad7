"""Why a paper was kept, or stands where it stands: values, and which of them convince a reader.

`core.choose.rules.judging` and `core.choose.ranking` make them. `why` and JSON tell all of them; a paper's message
tells those alone that a reader would nod at: somebody the channel follows, its own words. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from core.speech import N_, _


class ReasonKind(StrEnum):
    """What speaks for a paper."""

    #: it is by somebody whom the channel follows
    FOLLOWED = "followed"
    #: it is by somebody whom the rule names
    AUTHOR = "author"
    #: a word or phrase of the rule is in its title
    TITLE = "title"
    #: a word or phrase of the rule is in its abstract
    ABSTRACT = "abstract"
    #: it is about what the channel is interested in
    INTEREST = "interest"
    #: it is like papers that people of the channel liked
    LEARNED = "learned"
    #: it is about what goes with that interest, and has none of the channel's own words
    RELATED = "related"
    #: a language model thinks so: of a paper that fits, or does not
    MODEL = "model"
    #: it is something else than the channel usually saves
    EXPLORED = "explored"
    #: it is close in meaning to that interest, and has none of these words
    CLOSE = "close"
    #: true of many papers: its category, its day, its authors' number; it orders and convinces nobody
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One thing that speaks for a paper."""

    kind: ReasonKind = ReasonKind.OTHER
    #: in words a reader understands
    text: str
    #: the author, or the channel's own words, that it is about; empty where it convinces nobody
    subject: str = ""


#: how many convincing reasons are shown
_MOST_TOLD: Final = 2
#: what a reader is told of a subject
_SENTENCES: Final = {
    ReasonKind.AUTHOR: N_("by {subject}, whom your rule names"),
    ReasonKind.INTEREST: N_("your interest in {subject}"),
    ReasonKind.RELATED: N_("related to your interest: {subject}"),
}
#: the same of what a rule asks for, by its form
_TOLD_BY_FORM: Final = {
    ReasonKind.TITLE: {
        "word": N_("your word “{subject}” in the title"),
        "phrase": N_("your phrase “{subject}” in the title"),
        "expression": N_("your expression “{subject}” in the title"),
    },
    ReasonKind.ABSTRACT: {
        "word": N_("your word “{subject}”"),
        "phrase": N_("your phrase “{subject}”"),
        "expression": N_("your expression “{subject}”"),
    },
}


def weak_reason(text: str) -> Reason:
    """A reason that convinces nobody."""
    return Reason(text=text)


def author_reason(author: str) -> Reason:
    """The paper is by somebody whom the channel follows; `A. Lee, probably “Ann Lee”` where that is not certain."""
    text = _("by {author}, whom this channel follows", author=author)
    return Reason(kind=ReasonKind.FOLLOWED, text=text, subject=author)


def exploration_reason() -> Reason:
    """The paper is something else than the channel usually saves."""
    text = _("something else: outside of what this channel usually saves")
    return Reason(kind=ReasonKind.EXPLORED, text=text, subject=_("something else"))


def convincing(reasons: Iterable[Reason]) -> tuple[str, ...]:
    """What a reader is told under a paper, the strongest first; empty where nothing convinces."""
    sentences = dict.fromkeys(words for reason in reasons if (words := _convincing(reason)))
    return tuple(sentences)[:_MOST_TOLD]


def _convincing(reason: Reason) -> str:
    match reason.kind:
        case ReasonKind.FOLLOWED | ReasonKind.LEARNED | ReasonKind.EXPLORED | ReasonKind.CLOSE:
            return reason.text
        case ReasonKind.MODEL:
            return reason.text if reason.subject else ""
        case ReasonKind.TITLE | ReasonKind.ABSTRACT:
            subject = reason.subject
            form = "expression" if subject[:1] == "/" else "phrase" if " " in subject else "word"
            return _(_TOLD_BY_FORM[reason.kind][form], subject=subject)
        case ReasonKind.OTHER:
            return ""
        case _:
            return _(_SENTENCES[reason.kind], subject=reason.subject)
