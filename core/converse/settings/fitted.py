"""Use case: a channel wishes for something and names no categories; find those that fit, and say what is read.

`/subscribe`, `/settings` and `paperboy channels` call `fit`; what fits is decided in `core.choose.interest.fitting`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from core.channels import Subscription
from core.choose.interest.fitting import Fit, Wish, fit_categories, wish_of
from core.converse.ports import Store
from core.papers.categories import name_of
from core.papers.search import SearchQuery, Term
from core.speech import _
from core.text.readable import some
from core.text.words import STOP_WORDS, fold, split_words

#: phrases and authors of a wish that known papers are looked for by, words of a phrase, and papers of each
_MOST_ASKED: Final = 5
_MOST_WORDS: Final = 6
_MOST_PAPERS: Final = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class FitResult:
    """A subscription with the categories that fit, and what to say about them."""

    subscription: Subscription
    #: a sentence or two for who subscribed; empty where the channel names its categories itself
    note: str = ""


async def fit(subscription: Subscription, *, store: Store, how: str) -> FitResult:
    """Choose categories for a subscription that names none; `how` they are changed as it is typed, with {} for them."""
    if subscription.categories:
        return FitResult(subscription=subscription)
    wish = wish_of(subscription)
    fits = fit_categories(
        wish,
        papers=await _known_categories(store, [_about(phrase) for phrase in wish.phrases]),
        by_authors=await _known_categories(store, [SearchQuery(typed="", authors=(name,)) for name in wish.authors]),
    )
    subscription_with_categories = replace(
        subscription, categories=tuple(category_fit.category for category_fit in fits)
    )
    if fits:
        return FitResult(subscription=subscription_with_categories, note=_reading(fits, how))
    read_categories = await store.wanted_categories()
    return FitResult(subscription=subscription_with_categories, note=_no_fit_note(wish, read_categories, how))


def _about(phrase: str) -> SearchQuery:
    words = [word for word in split_words(fold(phrase)) if word not in STOP_WORDS][:_MOST_WORDS]
    is_begun = len(words) == 1 and phrase.endswith("*")
    return SearchQuery(typed=phrase, terms=tuple(Term(words=(word,), prefix=is_begun) for word in words))


async def _known_categories(store: Store, queries: Sequence[SearchQuery]) -> list[tuple[str, ...]]:
    """The categories of known papers that any of the queries finds, each paper once."""
    papers = {}
    for query in [query for query in queries if query.terms or query.authors][:_MOST_ASKED]:
        results = await store.search(query, limit=_MOST_PAPERS)
        papers.update({hit.id: hit.categories for hit in results.hits[: results.complete]})
    return list(papers.values())


def _reading(fits: Sequence[Fit], how: str) -> str:
    changing = how.format(",".join(category_fit.category.replace(" ", "_") for category_fit in fits))
    sentence = _reason(fits[0])
    for category_fit in fits[1:]:
        sentence = _("{categories}, and {other}", categories=sentence, other=_reason(category_fit))
    return _("Reading {categories}. Change it with {command}.", categories=sentence, command=changing)


def _reason(category_fit: Fit) -> str:
    name = name_of(category_fit.category)
    return _(
        "{category} ({name}), because {reason}", category=category_fit.category, name=name, reason=category_fit.because
    )


def _no_fit_note(wish: Wish, read_categories: Sequence[str], how: str) -> str:
    why = _("No categories could be told from that") if wish else _("No categories are named")
    if read_categories:
        reading = _(
            "{why}: this channel reads all that others read ({categories}).", why=why, categories=some(read_categories)
        )
    else:
        reading = _("{why}, and no other channel reads any: no paper can come.", why=why)
    return f"{reading} {_('Name its own with {command}.', command=how.format('cs.LG,cs.CL'))}"
