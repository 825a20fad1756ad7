"""The one sentence that says what a paper is about: learned weights choose it, a few rules keep bad ones out.

`core.summarise.extract` calls `choose_gist`. A form of a sentence is scored by `core.summarise.features` with the
weights of `weights.json`, which estimate ROUGE against TL;DRs that people wrote; what ROUGE does not see (a sentence
that leans on another, background, a promise of code) is taken off by `core.summarise.standalone`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from core.summarise.compression import forms
from core.summarise.features import Setting, form_features, phrases, sentence_features, weigh
from core.summarise.standalone import is_ours, weakness
from core.summarise.weights import GistWeights, load
from core.text.words import cut, fold, stem

#: sentences whose shorter forms are looked at
_FINALISTS: Final = 5
#: what telling something before the paper speaks of itself costs: it is background
_BEFORE_OURS: Final = 0.12
#: what restating the title costs: more than anything else
_RESTATES: Final = 1.0
#: share of a gist's words that a title may have all of, before the gist only restates it
_TOO_LIKE_THE_TITLE: Final = 0.85
#: a form that is too short to tell anything
_TELLING_WORDS: Final = 7
_TERSE: Final = 0.08


def choose_gist(whole: Setting) -> tuple[int, str]:
    """The place of the sentence that tells the gist, and the form of it that tells it best."""
    weights = load().gist
    by_place = [weigh(sentence_features(place, whole), weights.numbers) for place in range(len(whole.sentences))]
    scores = {
        place: by_place[place] + _score(sentence.claim, place, whole, weights)
        for place, sentence in enumerate(whole.sentences)
    }
    ours = next((place for place, sentence in enumerate(whole.sentences) if is_ours(sentence.claim)), 0)
    for place in range(ours):
        by_place[place] -= _BEFORE_OURS
        scores[place] -= _BEFORE_OURS
    finalists = sorted(scores, key=lambda place: -scores[place])[:_FINALISTS]
    best = (scores[finalists[0]], finalists[0], whole.sentences[finalists[0]].claim)
    for place in finalists:
        for form in forms(whole.sentences[place].quote)[1:]:
            score = by_place[place] + _score(form, place, whole, weights)
            if score > best[0]:
                best = (score, place, form)
    return best[1], best[2]


def _score(form: str, place: int, whole: Setting, weights: GistWeights) -> float:
    words = cut(fold(form))
    score = weigh(form_features(form, words, whole.sentences[place], whole), weights.numbers)
    score += _phrase_weight(words, weights.phrases) - weakness(form)
    if len(words) < _TELLING_WORDS:
        score -= _TERSE
    return score - (_RESTATES if _restates(words, whole) else 0.0)


def _phrase_weight(words: list[str], weights: Mapping[str, float]) -> float:
    return sum(weights.get(phrase, 0.0) for phrase in set(phrases(words)))


def _restates(words: list[str], whole: Setting) -> bool:
    """Is it hardly more than the title?"""
    if not whole.topic:
        return False
    stems = [stem(word) for word in words]
    new = sum(1 for key in stems if key not in whole.title)
    return len(stems) > 0 and new / len(stems) < 1 - _TOO_LIKE_THE_TITLE
