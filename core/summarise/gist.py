"""The one sentence that says what a paper is about: learned weights choose it, a few rules keep bad ones out.

`core.summarise.extract` calls `choose_gist`. A form of a sentence is scored by `core.summarise.features` with the
weights of `weights.json`, which estimate ROUGE against TL;DRs that people wrote; what ROUGE does not see (a sentence
that leans on another, background, a promise of code) is taken off by `core.summarise.standalone`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Final

from core.summarise.compression import forms
from core.summarise.cues import is_frame_word
from core.summarise.features import Setting, form_features, phrases, sentence_features, weigh
from core.summarise.standalone import first_of_its_own, weakness
from core.summarise.weights import load
from core.text.words import STOP_WORDS, fold, split_words, stem

#: sentences whose shorter forms are looked at
_FINALISTS: Final = 5
#: what telling something before the paper speaks of itself costs: it is background
_BEFORE_OURS: Final = 0.2
#: what a thing costs that only an earlier sentence introduces
_NAMED_BEFORE: Final = 0.1
#: what follows a thing to say which it is: "the weight of lids"
_SAYS_WHICH: Final = frozenset({"of", "for", "in", "between", "that", "which", "with", "to", "from", "on"})
#: what restating the title costs: more than anything else
_RESTATES: Final = 1.0
#: share of the title's words that make a sentence without others a copy of it
_MOST_OF_TITLE: Final = 0.75
#: words of a form that tells something, and what each word less costs
_TELLING_WORDS: Final = 9
_TERSE: Final = 0.025


def choose_gist(whole: Setting) -> tuple[int, str]:
    """The place of the sentence that tells the gist, and the form of it that tells it best."""
    weights = load().gist
    first_own = first_of_its_own([sentence.claim for sentence in whole.sentences])
    by_place = [
        weigh(sentence_features(place, whole), weights.numbers) - _BEFORE_OURS * (place < first_own)
        for place in range(len(whole.sentences))
    ]
    promise = [
        by_place[place]
        + weigh(form_features(sentence.claim, sentence.words, sentence, whole), weights.numbers)
        + _phrase_weight(sentence.phrases, weights.phrases)
        for place, sentence in enumerate(whole.sentences)
    ]
    finalists = sorted(range(len(promise)), key=lambda place: -promise[place])[:_FINALISTS]
    candidates = [(promise[place], place, sentence.claim) for place, sentence in enumerate(whole.sentences)]
    for place in finalists:
        for form in forms(whole.sentences[place].claim)[1:]:
            words = split_words(fold(form))
            likeness = weigh(form_features(form, words, whole.sentences[place], whole), weights.numbers)
            candidates.append(
                (by_place[place] + likeness + _phrase_weight(phrases(words), weights.phrases), place, form)
            )
    return _first_by_worth(candidates, whole)


def _first_by_worth(candidates: list[tuple[float, int, str]], whole: Setting) -> tuple[int, str]:
    """The best candidate after what it loses; looked at in turn until no other can be better."""
    candidates.sort(key=lambda candidate: -candidate[0])
    best = (-math.inf, 0, "")
    for promise, place, form in candidates:
        if promise <= best[0]:
            break
        worth = promise - _loss(form, place, whole)
        if worth > best[0]:
            best = (worth, place, form)
    return best[1], best[2]


def _loss(form: str, place: int, whole: Setting) -> float:
    words = split_words(fold(form))
    return (
        weakness(form)
        + _TERSE * max(_TELLING_WORDS - len(words), 0)
        + _RESTATES * _restates(words, whole)
        + _NAMED_BEFORE * _is_named_before(words, place, whole)
    )


def _is_named_before(words: Sequence[str], place: int, whole: Setting) -> bool:
    """Does it begin with "the policy", where a sentence before it, and not the title, says which?"""
    if words[:1] != ["the"] or len(words) < 3 or words[2] in _SAYS_WHICH:
        return False
    thing = stem(words[1])
    return thing not in whole.title and any(thing in sentence.content for sentence in whole.sentences[:place])


def _phrase_weight(phrases: frozenset[str], weights: Mapping[str, float]) -> float:
    return sum(weights[phrase] for phrase in phrases & weights.keys())


def _restates(words: Sequence[str], whole: Setting) -> bool:
    """Has it most of the title, and nothing else but "we present" and the like?"""
    stems = {stem(word) for word in words if word not in STOP_WORDS and not is_frame_word(word)}
    topic = {word for word in whole.topic if not is_frame_word(word)}
    return bool(topic) and stems <= whole.title.keys() and len(topic & stems) >= _MOST_OF_TITLE * len(topic)
