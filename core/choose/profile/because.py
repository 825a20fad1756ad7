"""Why a paper is wanted, of what was learned: a paper like it that people saved, or words that it shares with those."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from core.choose.profile.features import Numbers, features_of, weighed
from core.choose.profile.field import Field, in_columns
from core.choose.profile.profile import Profile
from core.choose.profile.signs import Correction, Sign, SignKind, Wanted
from core.choose.profile.terms import number_of
from core.choose.reasons import Reason, ReasonKind
from core.papers.identifiers import PaperId
from core.papers.paper import Paper
from core.text.readable import said

#: two papers are alike from here on (cosine)
_ALIKE: Final = 0.2
#: liked papers that candidates are compared with, the newest
_MOST_LIKED: Final = 500
_MOST_WORDS: Final = 2
_LONGEST_TITLE: Final = 80
_LONGEST_WORD: Final = 40
_NUMBERS: Final = ("", "somebody", "two people", "three people", "four people", "five people")
LIKED: Final = frozenset({SignKind.SAVED, SignKind.MORE, SignKind.NAMED})


def reasons_for(
    signs: Sequence[Sign],
    examples: Sequence[Paper],
    candidates: Sequence[Paper],
    field: Field,
    profile: Profile,
    corrections: Sequence[Correction],
    *,
    is_private: bool,
) -> dict[PaperId, Reason]:
    """For each candidate the liked paper that it is most like, else the words that speak for it; the rest have none."""
    people = _people(signs)
    reasons = _by_words(profile, candidates, field, corrections, is_private=is_private)
    liked = [paper for paper in examples if paper.id in people][:_MOST_LIKED]
    if not liked or not candidates:
        return reasons
    features = features_of(liked)
    texts = in_columns(weighed(features, field.background), features.columns, field.features.columns)
    likeness = (field.texts @ texts.T).toarray()
    for candidate, alike in zip(candidates, likeness, strict=True):
        nearest = int(alike.argmax())
        paper = liked[nearest]
        if alike[nearest] >= _ALIKE and paper.id != candidate.id:
            title = said(paper.title, _LONGEST_TITLE)
            text = f"like “{title}”, {_who(people[paper.id], is_private=is_private)}"
            reasons[candidate.id] = Reason(kind=ReasonKind.LEARNED, text=text, subject=title)
    return reasons


def _people(signs: Sequence[Sign]) -> Mapping[PaperId, Mapping[SignKind, set[str]]]:
    """Who spoke for each paper, and how."""
    people: defaultdict[PaperId, defaultdict[SignKind, set[str]]] = defaultdict(lambda: defaultdict(set))
    for sign in signs:
        if sign.kind in LIKED:
            people[sign.paper][sign.kind].add(sign.person)
    return people


def _who(people: Mapping[SignKind, set[str]], *, is_private: bool) -> str:
    """Who did what with the paper: `which three people here saved`."""
    said_so = {kind: people[kind] for kind in (SignKind.SAVED, SignKind.MORE) if kind in people}
    what = " or ".join({SignKind.SAVED: "saved", SignKind.MORE: "liked"}[kind] for kind in said_so)
    if not what:
        return "which you named as your own or liked" if is_private else "one of the papers that this channel named"
    if is_private:
        return f"which you {what.replace(' or ', ' and ')}"
    count = len(set().union(*said_so.values()))
    who = _NUMBERS[count] if count < len(_NUMBERS) else f"{count} people"
    return f"which {who} here {what}"


def _by_words(
    profile: Profile,
    candidates: Sequence[Paper],
    field: Field,
    corrections: Sequence[Correction],
    *,
    is_private: bool,
) -> dict[PaperId, Reason]:
    wished = {one.term for one in corrections if one.term and one.wanted is Wanted.MORE}
    whose = "you" if is_private else "people here"
    words = [word for word in profile.liked if word in wished or profile.picked]
    columns = _columns(words, field.features.columns)
    has = field.features.terms[:, [column for _, column in columns]].toarray() > 0
    reasons = {}
    for candidate, row in zip(candidates, has, strict=True):
        own = [word for (word, _), stands in zip(columns, row, strict=True) if stands]
        if asked := [word for word in own if word in wished]:
            told, why = asked[:1], f"of which {whose} want more"
        else:
            told, why = _apart(own), f"as in papers that {whose} liked"
        if asked or len(told) == _MOST_WORDS:
            shown = " and ".join(f"“{said(word, _LONGEST_WORD)}”" for word in told)
            reasons[candidate.id] = Reason(kind=ReasonKind.LEARNED, text=f"{shown}, {why}", subject=shown)
    return reasons


def _columns(words: Sequence[str], columns: Numbers) -> list[tuple[str, int]]:
    """The words that any candidate has, with their columns."""
    if not len(columns):
        return []
    places = np.minimum(np.searchsorted(columns, [number_of(word) for word in words]), len(columns) - 1).tolist()
    return [(word, place) for word, place in zip(words, places, strict=True) if columns[place] == number_of(word)]


def _apart(words: Sequence[str]) -> list[str]:
    """The first words that have nothing in common: `robot arm` and `grasp`, not `robot arm` and `robot`."""
    told: list[str] = []
    for word in words:
        if not any(set(word.split()) & set(other.split()) for other in told):
            told.append(word)
    return told[:_MOST_WORDS]
