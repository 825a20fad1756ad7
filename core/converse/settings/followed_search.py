"""A search that a channel follows: the subscription that posts from now on what the search would find. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Final

from core.channels import Subscription, UserRef
from core.choose.rules import judging
from core.converse.settings.naming import LONGEST
from core.deliver.content import Digest
from core.errors import UsageError
from core.papers.relevance import is_telling
from core.papers.search import SearchQuery, Term
from core.speech import _, plural
from core.text.readable import clip_text

#: papers that are named, and characters of a title
_MOST_TITLES: Final = 5
_LONGEST_TITLE: Final = 80
_NO_NAME: Final = re.compile(r"[^a-z0-9]+")
_NO_WORD: Final = re.compile(r"[^\w\s\-]+")


def subscription_for(query: SearchQuery, *, like: Subscription, name: str, set_up_by: UserRef) -> Subscription:
    """All words of the search as a rule, its categories and authors; hour, size and language as those of `like`.

    A search without a category is followed in those that the channel reads. Raises UsageError, BadRule.
    """
    rule = " AND ".join(map(_term, filter(is_telling, query.terms)))
    categories = query.categories or like.categories
    if not (rule or query.authors or query.categories):
        raise UsageError(_("This search has nothing to follow."), hint=_("Search for words, authors or categories."))
    if rule:
        judging.parse(rule)
    return replace(
        Subscription(channel=like.channel),
        name=name,
        categories=categories,
        authors=query.authors,
        rule=rule,
        at=like.at,
        size=like.size,
        language=like.language,
        depth=like.depth,
        set_up_by=set_up_by,
    )


def left_out(query: SearchQuery) -> tuple[str, ...]:
    """A sentence for each filter of the search that a digest cannot have."""
    remarks = []
    if query.since:
        remarks.append(_("{filter} is left out: a digest brings what is new.", filter=f"since:{query.since}"))
    if sources := " ".join(f"from:{name}" for name in query.sources):
        remark = _("{filter} is left out: a digest reads categories, whatever source they are from.", filter=sources)
        remarks.append(remark)
    return tuple(remarks)


def latest_of(digest: Digest) -> str:
    """What the search would have brought in the last listing, in a sentence."""
    counts = digest.counts
    if not counts.candidates:
        return _("No listing of its categories is stored yet to try it on.")
    papers = plural("{count} paper", "{count} papers", counts.candidates)
    if not digest.items:
        return _("Of the {papers} of {day} it would have brought none.", papers=papers, day=digest.day)
    titles = "; ".join(clip_text(item.paper.title, _LONGEST_TITLE) for item in digest.items[:_MOST_TITLES])
    if (more := len(digest.items) - _MOST_TITLES) > 0:
        titles = _("{titles}; and {more} more", titles=titles, more=more)
    return _(
        "Of the {papers} of {day} it would have brought {items}: {titles}.",
        papers=papers,
        day=digest.day,
        items=len(digest.items),
        titles=titles,
    )


def name_for(query: SearchQuery, *, used: Collection[str]) -> str:
    """A short name of the search that no other subscription of the channel has."""
    telling_words = " ".join(" ".join(term.words) for term in filter(is_telling, query.terms))
    words = _NO_NAME.sub("-", (telling_words or " ".join((*query.authors, *query.categories))).lower()).strip("-")
    base = words[:LONGEST].strip("-") or "search"
    return next(name for name in _numbered_names(base) if name not in used)


def _numbered_names(base: str) -> Sequence[str]:
    return (base, *(f"{base[: LONGEST - 1 - len(f'{number}')]}-{number}" for number in range(2, 1_000)))


def _term(term: Term) -> str:
    """A term as rules write it."""
    words = " ".join(_NO_WORD.sub(" ", " ".join(term.words)).split())
    return f'"{words}{"*" if term.prefix else ""}"' if " " in words or not term.prefix else f"{words}*"
