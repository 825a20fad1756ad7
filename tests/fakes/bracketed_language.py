"""A language in which every message stands in brackets, so that what nobody translated stands outside of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from gettext import NullTranslations
from types import MappingProxyType
from typing import Final

from core.posts.tree import Block, Facts, ListBlock, Post, Span, Spans
from core.speech import ENGLISH, Language, Languages

_PLACE: Final = re.compile(r"\{\w+\}")
#: a message, also where it is cut, and what a platform writes as it writes that
_SAID: Final = re.compile(r"`/[^`]*`|:(?:bookmark|more|less|done):|⟦[^⟦⟧]*(?:⟧|$)")
_LETTER: Final = re.compile(r"[A-Za-z]")


class _Bracketed(NullTranslations):
    """Each message in ⟦…⟧, without what is put into its places."""

    def gettext(self, message: str) -> str:
        return _PLACE.sub(lambda place: f"⟧{place[0]}⟦", f"⟦{message}⟧")

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self.gettext(msgid1 if n == 1 else msgid2)


#: numbers, days and names of languages are Greek, which has no Latin letters
PSEUDO: Final = Language(code="el", translations=_Bracketed())
LANGUAGES: Final = Languages(by_code=MappingProxyType({language.code: language for language in (ENGLISH, PSEUDO)}))


def untranslated(post: Post, own: re.Pattern[str]) -> list[str]:
    """What people read of a post that has Latin letters outside of brackets; `own` are words of no language."""
    return [shown for shown in _texts_of(post) if is_untranslated(shown, own)]


def is_untranslated(shown: str, own: re.Pattern[str]) -> bool:
    """Has it Latin letters outside of brackets?"""
    return bool(_LETTER.search(own.sub(" ", _SAID.sub(" ", shown))))


def _texts_of(post: Post) -> Iterator[str]:
    yield post.fallback
    yield from (action.label for action in post.actions if action.label not in action.arguments)
    for block in post.blocks:
        yield from _shown_in(block)
    for reply in post.replies:
        yield from _texts_of(reply)


def _shown_in(block: Block) -> Iterator[str]:
    match block:
        case Facts(rows=rows):
            yield from (name for name, _ in rows)
            parts: tuple[Spans, ...] = tuple(spans for _, spans in rows)
        case ListBlock(items=items):
            parts = items
        case _:
            parts = (getattr(block, "spans", ()),)
    yield from ("".join("…" if _is_own(span) else span.text for span in spans) for spans in parts)


def _is_own(span: Span) -> bool:
    """Is it a command, a person, or what somebody wrote?"""
    return bool(span.command or span.person or span.code or span.feeling)
