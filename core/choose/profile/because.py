"""Why a paper is wanted, of what was learned: a paper like it that people saved, or words that it shares with those."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

import numpy as np

from core.choose.interest import vocabulary
from core.choose.profile.features import Numbers, look_up
from core.choose.profile.field import Field, texts_beside
from core.choose.profile.profile import Profile
from core.choose.profile.signs import Sign, SignKind, Wanted
from core.choose.profile.terms import number_of
from core.choose.reasons import Reason, ReasonKind
from core.papers.identifiers import PaperId
from core.papers.paper import Paper
from core.speech import N_, _, plural
from core.text.readable import all_of, clip_text

if TYPE_CHECKING:
    from core.choose.profile.opinions import Lessons

#: two papers are alike from here on (cosine)
_ALIKE: Final = 0.2
#: what rounding may take from a likeness
_ROUNDING: Final = 1e-4
#: liked papers that candidates are compared with, the newest
_MOST_LIKED: Final = 500
_MOST_WORDS: Final = 2
_LONGEST_TITLE: Final = 80
_LONGEST_WORD: Final = 40
_NUMBERS: Final = ("", N_("somebody"), N_("two people"), N_("three people"), N_("four people"), N_("five people"))
#: what people did with a paper, and what one person did
_DEEDS: Final = {
    (SignKind.SAVED,): N_("which {people} here saved"),
    (SignKind.MORE,): N_("which {people} here liked"),
    (SignKind.SAVED, SignKind.MORE): N_("which {people} here saved or liked"),
}
_OWN_DEEDS: Final = {
    (SignKind.SAVED,): N_("which you saved"),
    (SignKind.MORE,): N_("which you liked"),
    (SignKind.SAVED, SignKind.MORE): N_("which you saved and liked"),
}
#: of words that people asked for, and of those that they liked: in a channel, and in private
_WISH_SENTENCES: Final = (N_("{words}, of which people here want more"), N_("{words}, of which you want more"))
_LIKING_SENTENCES: Final = (
    N_("{words}, as in papers that people here liked"),
    N_("{words}, as in papers that you liked"),
)
#: what a term weighs at least that is named: `speech` does, `machine` and `framework` are in too many papers
_TELLING: Final = 0.45
#: papers at hand count as if there were so many more without a term: a few say nothing about how common it is
_MORE_PAPERS: Final = 50
KINDS_OF_LIKING: Final = frozenset({SignKind.SAVED, SignKind.MORE, SignKind.NAMED})


def reasons_for(
    lessons: Lessons,
    signs: Sequence[Sign],
    candidates: Sequence[Paper],
    rows: Sequence[int],
    field: Field,
    profile: Profile,
) -> dict[int, Reason]:
    """For each of these candidates, all by their rows, the liked paper that it is most like, else words, else none."""
    people = _people(signs)
    reasons: dict[int, Reason] = {}
    rows_left = list(rows)
    if rows and (liked_papers := [paper for paper in lessons.examples if paper.id in people][:_MOST_LIKED]):
        nearest = _nearest(rows, liked_papers, field)
        reason_of_place: dict[int, Reason] = {}
        rows_left = []
        for row in rows:
            place = nearest.get(row)
            if place is None or liked_papers[place].id == candidates[row].id:
                rows_left.append(row)
                continue
            if place not in reason_of_place:
                reason_of_place[place] = _like(
                    liked_papers[place], people[liked_papers[place].id], is_private=lessons.is_private
                )
            reasons[row] = reason_of_place[place]
    return reasons | dict(_by_words(lessons, profile, rows_left, field))


def _nearest(rows: Sequence[int], liked_papers: Sequence[Paper], field: Field) -> dict[int, int]:
    """For each candidate that is like any liked paper, the liked paper that it is most like, by their places.

    What common terms can add at most is known beforehand, so that hardly any text is compared as a whole.
    """
    every = np.array(rows)
    texts, common_length = texts_beside(liked_papers, field)
    texts = texts.T.tocsr()
    likeness = (field.rare_texts[every] @ texts).max(axis=1).toarray().ravel()
    some = every[likeness + field.common_lengths[every] * common_length >= _ALIKE - _ROUNDING]
    if not len(some):
        return {}
    whole = (field.texts[some] @ texts).toarray()
    nearest_papers = zip(some.tolist(), whole.argmax(axis=1).tolist(), whole.max(axis=1).tolist(), strict=True)
    return {row: nearest for row, nearest, alike in nearest_papers if alike >= _ALIKE}


def _like(paper: Paper, people: Mapping[SignKind, set[str]], *, is_private: bool) -> Reason:
    title, who = clip_text(paper.title, _LONGEST_TITLE), _who(people, is_private=is_private)
    text = _("like “{title}”, {who}", title=title, who=who)
    return Reason(kind=ReasonKind.LEARNED, text=text, subject=title)


def _people(signs: Sequence[Sign]) -> Mapping[PaperId, Mapping[SignKind, set[str]]]:
    """Who spoke for each paper, and how."""
    people: defaultdict[PaperId, defaultdict[SignKind, set[str]]] = defaultdict(lambda: defaultdict(set))
    for sign in signs:
        if sign.kind in KINDS_OF_LIKING:
            people[sign.paper][sign.kind].add(sign.person)
    return people


def _who(people: Mapping[SignKind, set[str]], *, is_private: bool) -> str:
    """Who did what with the paper: `which three people here saved`."""
    kinds = tuple(kind for kind in (SignKind.SAVED, SignKind.MORE) if kind in people)
    if not kinds:
        own = _("which you named as your own or liked")
        return own if is_private else _("one of the papers that this channel named")
    if is_private:
        return _(_OWN_DEEDS[kinds])
    count = len(set().union(*(people[kind] for kind in kinds)))
    who = _(_NUMBERS[count]) if count < len(_NUMBERS) else plural("{count} person", "{count} people", count)
    return _(_DEEDS[kinds], people=who)


def _by_words(lessons: Lessons, profile: Profile, rows: Sequence[int], field: Field) -> Iterator[tuple[int, Reason]]:
    """For each candidate that has any, the words that people asked for, else words of papers that they liked."""
    wished_terms = {
        correction.term for correction in lessons.corrections if correction.term and correction.wanted is Wanted.MORE
    }
    columns = [
        (word, column)
        for word, column in _columns(profile.liked_terms, field.features.columns)
        if word in wished_terms or (profile.pick_count and _tells(word, field))
    ]
    has = field.features.terms[list(rows)][:, [column for _word, column in columns]].tocoo()
    words: defaultdict[int, list[str]] = defaultdict(list)
    for place, column in sorted(zip(has.row.tolist(), has.col.tolist(), strict=True)):
        words[rows[place]].append(columns[column][0])
    reasons: dict[tuple[str, ...], Reason] = {}
    for row, own in words.items():
        wishes = [word for word in own if word in wished_terms]
        terms = tuple(wishes[:1] or _apart(own))
        if not wishes and len(terms) < _MOST_WORDS:
            continue
        if terms not in reasons:
            quotes = all_of([f"“{clip_text(word, _LONGEST_WORD)}”" for word in terms])
            text = _((_WISH_SENTENCES if wishes else _LIKING_SENTENCES)[lessons.is_private], words=quotes)
            reasons[terms] = Reason(kind=ReasonKind.LEARNED, text=text, subject=quotes)
        yield row, reasons[terms]


def _tells(word: str, field: Field) -> bool:
    """Does a term say what a paper is about? `grasp` does, where half of the day's papers do not have it."""
    lexicon, words = vocabulary.load(), vocabulary.words_of(word)
    (having,) = look_up(field.background.columns, field.background.counts, np.array([number_of(word)], dtype=np.uint32))
    share = max(float(having) - 1, 0) / (field.background.papers + _MORE_PAPERS)
    terms = [name] if (name := " ".join(words)) in lexicon.frequencies else words
    return max((lexicon.weight(term, share) for term in terms), default=0) >= _TELLING


def _columns(words: Sequence[str], columns: Numbers) -> list[tuple[str, int]]:
    """The words that any candidate has, with their columns."""
    if not len(columns):
        return []
    places = np.minimum(np.searchsorted(columns, [number_of(word) for word in words]), len(columns) - 1).tolist()
    return [(word, place) for word, place in zip(words, places, strict=True) if columns[place] == number_of(word)]


def _apart(words: Sequence[str]) -> list[str]:
    """The first words that have nothing in common: `robot arm` and `grasp`, not `robot arm` and `robots`."""
    first_words: list[str] = []
    earlier_parts = set[str]()
    for word in words:
        if earlier_parts.isdisjoint(parts := vocabulary.words_of(word)):
            first_words.append(word)
            earlier_parts.update(parts)
        if len(first_words) == _MOST_WORDS:
            break
    return first_words
