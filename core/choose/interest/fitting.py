"""Which categories fit what a channel wishes for, where it names none itself: from its words, and from known papers.

`fit_categories` is pure; `core.converse.settings.fitted` asks the store and tells people. Nothing here is stored.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from core.channels import Subscription
from core.choose.rules import judging
from core.choose.rules.nodes import TEXT_FIELDS, Leaf, Near, Term, terms_of, wanted_leaves
from core.papers.subjects import SUBJECTS
from core.papers.taxonomy import NAMES, OTHER_NAMES, SUBJECT_AREAS
from core.speech import _, plural
from core.text.readable import all_of
from core.text.words import STOP_WORDS, fold, split_words, stem

#: categories that are suggested at most
MOST: Final = 3
#: words that are looked for in names and subjects
_MOST_WORDS: Final = 200
#: a category fits beside the best one where it has at least this part of its score
_NEAR: Final = 0.5
#: how much more a phrase says than a word
_PHRASE_COUNTS: Final = 2.0
#: words of a subject
_LONGEST: Final = 5
#: papers that are enough to tell by; of an author whom a channel follows one is
_ENOUGH: Final = 5
#: a category has at least this part of the known papers
_LEAST_SHARE: Final = 0.2
#: what an interest denies; `core.choose.interest.units` reads it more closely
_DENIAL: Final = re.compile(
    r"\b(?:(?:but|and) +)?(?:not(?! only)|no|without|except|excluding)\b(?!-).*?(?=\bbut\b|$)", re.I
)
_PLAIN_WORDS: Final = """
other general science sciences theory systems system methods analysis applications application methodology structure
high energy physics mathematical mathematics computer computation computational engineering experiment applied studies
new health medicine biology history overview statistics data machine learning language neural information networks
intelligence artificial dynamics processing number groups functional category behavior society management time digital
retrieval technologies pattern recognition education communication policy social public care primary
"""  # not said: a list of words
#: stems of words of names that alone say nothing about a subject
_PLAIN: Final = frozenset(map(stem, _PLAIN_WORDS.split()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """A category that fits."""

    category: str
    #: what speaks for it, the end of a sentence: `you wrote “robot”`
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a channel wishes for, taken apart."""

    #: categories that its rule names
    categories: tuple[str, ...]
    #: words and phrases of its rule and its interest, as they were typed
    phrases: tuple[str, ...]
    #: the authors that it follows or that its rule names
    authors: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.categories or self.phrases or self.authors)


def wish_of(subscription: Subscription) -> Wish:
    """What the subscription's rule, interest and authors wish for; what they exclude is no wish. Raises BadRule."""
    terms = [term for leaf in wanted_leaves(judging.parse(subscription.rule).tree) for term in _terms(leaf)]
    parts = subscription.interest.replace(";", ",").replace(".", ",").split(",")
    interest = [_DENIAL.sub("", part).strip() for part in parts]
    return Wish(
        categories=_once(term.text for term in terms if term.field in ("cat", "primary") and "*" not in term.text),
        phrases=_once((*(_spelling(term) for term in terms if term.field in TEXT_FIELDS), *filter(None, interest))),
        authors=_once((*subscription.authors, *(term.text for term in terms if term.field == "author"))),
    )


def fit_categories(
    wish: Wish, *, papers: Sequence[Sequence[str]] = (), by_authors: Sequence[Sequence[str]] = ()
) -> tuple[Fit, ...]:
    """The categories that fit a wish, the best first; none where nothing tells.

    `papers` are the categories of known papers that match its phrases, each paper's primary one first; `by_authors`
    those of papers by its authors.
    """
    if wish.categories:
        return tuple(Fit(category=category, because=_("your rule names it")) for category in wish.categories)
    by_words = _by_words(wish.phrases)
    shares = _shares(papers, _ENOUGH, _matching) if wish.phrases else {}
    if not by_words and not shares:
        shares = _shares(by_authors, 1, _by_followed)
    scores: defaultdict[str, float] = defaultdict(float)
    for category, (score, _reason) in by_words.items():
        scores[category] += score
    for category, (share, _reason) in shares.items():
        scores[category] += 2 * share
    best = max(scores.values(), default=0)
    categories = sorted(
        scores,
        key=lambda category: (-scores[category], list(NAMES).index(category) if category in NAMES else len(NAMES)),
    )
    near = [category for category in categories if scores[category] >= _NEAR * best][:MOST]
    return tuple(
        Fit(category=category, because=by_words[category][1] if category in by_words else shares[category][1])
        for category in near
    )


def _terms(leaf: Leaf) -> Sequence[Term]:
    match leaf:
        case Term():
            return (leaf,)
        case Near(first, second):
            return (*terms_of(first), *terms_of(second))
        case _:
            return ()


def _spelling(term: Term) -> str:
    return f"{term.text}*" if term.prefix else term.text


def _once(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(texts))


def _stems(text: str) -> tuple[str, ...]:
    return tuple(map(stem, split_words(fold(text))))


def _by_words(phrases: Sequence[str]) -> Mapping[str, tuple[float, str]]:
    """The score of each category whose name or subjects are among the words, and the sentence for it."""
    parts_by_category: defaultdict[str, dict[str, float]] = defaultdict(dict)
    for phrase in phrases:
        for subject, length, categories in _subjects_in(phrase):
            for category in categories:
                parts_by_category[category][subject] = _PHRASE_COUNTS if length > 1 else 1.0
    return {category: (sum(parts.values()), _wrote(parts)) for category, parts in parts_by_category.items()}


def _wrote(parts: Iterable[str]) -> str:
    longest = sorted(parts, key=lambda subject: -len(subject))[:2]
    return _("you wrote {words}", words=all_of([f"“{subject}”" for subject in longest]))


def _subjects_in(phrase: str) -> Iterator[tuple[str, int, Collection[str]]]:
    """Each subject of a phrase as it was typed, its words, and whose it is; the longest at each place."""
    words, vocabulary = split_words(fold(phrase))[:_MOST_WORDS], _vocabulary()
    stems, place = tuple(map(stem, words)), 0
    while place < len(words):
        lengths = range(min(_LONGEST, len(words) - place), 0, -1)
        length = next((count for count in lengths if stems[place : place + count] in vocabulary), 0)
        if length:
            yield " ".join(words[place : place + length]), length, vocabulary[stems[place : place + length]]
        place += max(length, 1)
    if phrase.endswith("*") and words:
        completions = [names for part, names in vocabulary.items() if any(word.startswith(words[-1]) for word in part)]
        yield f"{words[-1]}*", 1, set().union(*completions)


@cache
def _vocabulary() -> Mapping[tuple[str, ...], frozenset[str]]:
    """Stems of names and subjects, and the categories that they speak for."""
    speaks_for: dict[tuple[str, ...], set[str]] = {}
    for category, name in (*NAMES.items(), *SUBJECT_AREAS.items()):
        words = _stems(name.partition(" (")[0])
        whole = category in SUBJECTS or "." in category or ":" in category or category in ("quant-ph", "gr-qc")
        if not whole:
            continue
        parts = {words, *((word,) for word in words if word not in _PLAIN and word not in STOP_WORDS)}
        for part in (*parts, *map(_stems, SUBJECTS.get(category, ()))):
            speaks_for.setdefault(part, set()).add(category)
    for alias, category in OTHER_NAMES.items():
        speaks_for.setdefault(_stems(alias), set()).add(category)
    # what speaks for half of science says nothing
    return {part: frozenset(names) for part, names in speaks_for.items() if len(names) <= MOST}


def _matching(count: int) -> str:
    return plural("{count} known paper that match", "{count} known papers that match", count)


def _by_followed(count: int) -> str:
    return plural("{count} known paper by authors you follow", "{count} known papers by authors you follow", count)


def _shares(
    papers: Sequence[Sequence[str]], enough: int, say_papers: Callable[[int], str]
) -> dict[str, tuple[float, str]]:
    """The part of the papers that has each category as its primary one, and the sentence for it."""
    primary = Counter(categories[0] for categories in papers if categories)
    if primary.total() < enough:
        return {}
    papers_text = say_papers(primary.total())
    return {
        category: (
            number / primary.total(),
            plural("{count} of {papers} is in it", "{count} of {papers} are in it", number, papers=papers_text),
        )
        for category, number in primary.items()
        if number / primary.total() >= _LEAST_SHARE and (category in NAMES or category in SUBJECT_AREAS)
    }
