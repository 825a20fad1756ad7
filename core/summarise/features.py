"""What the chooser looks at: the numbers and phrases of a sentence that may tell the gist, and of each form of it.

`core.summarise.gist` weighs them; `bot.evaluate.train_summaries` learns the weights. Both see the same numbers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Final

from core.summarise.compression import clean
from core.summarise.cues import cue_names, find_cues, has_cue
from core.text.words import STOP_WORDS, fold, split_words, stem

#: stands before the first word of a form, so that a phrase can be an opening
START: Final = "^"
#: words of a TL;DR as people write them
_USUAL_WORDS: Final = 20
_SHORT_WORDS: Final = 8
_LONG_WORDS: Final = 35
_VERY_LONG_WORDS: Final = 45
_LAST_COUNTED: Final = 12


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of the abstract, cut for comparison."""

    #: as the abstract has it
    quote: str
    #: trimmed, to stand alone
    claim: str
    #: folded words of the claim, in order
    words: tuple[str, ...]
    #: the stem of each of them
    stem_of: Mapping[str, str]
    #: `phrases` of the words
    phrases: frozenset[str]
    #: stems of the claim, each with its count
    stems: Counter[str]
    #: stems of the claim without stop words
    content: frozenset[str]
    #: the bits of `core.summarise.cues.CUES`
    cues: int


@dataclass(frozen=True, slots=True)
class Setting:
    """What is the same for all sentences of an abstract."""

    sentences: Sequence[Sentence]
    #: stems of the title, each with its count
    title: Counter[str]
    #: stems of the title without stop words
    topic: frozenset[str]
    #: stems that more than one sentence has, without stop words
    recurring: frozenset[str]
    #: the first sentence that proposes something; None where none does
    first_to_propose: int | None
    #: how like all the others each sentence is, from 0 to 1
    like_the_others: Sequence[float]


def read_sentence(quote: str) -> Sentence:
    """A passage cut for comparison."""
    claim = clean(quote)
    words = split_words(fold(claim))
    stem_of = {word: stem(word) for word in set(words)}
    stems = [stem_of[word] for word in words]
    opening = split_words(fold(quote[:40]))[:1]
    content = frozenset(key for key, word in zip(stems, words, strict=True) if word not in STOP_WORDS)
    cues = find_cues(words, stems)
    if opening and opening != words[:1]:
        cues |= find_cues(opening, [stem(opening[0])])
    return Sentence(quote, claim, tuple(words), stem_of, phrases(words), Counter(stems), content, cues)


def setting(title: str, sentences: Sequence[Sentence]) -> Setting:
    """The abstract as a whole."""
    counts = Counter(word for sentence in sentences for word in sentence.content)
    words = split_words(fold(title))
    proposing = (at for at, sentence in enumerate(sentences) if has_cue(sentence.cues, "proposes"))
    return Setting(
        sentences=sentences,
        title=Counter(stem(word) for word in words),
        topic=frozenset(stem(word) for word in words if word not in STOP_WORDS),
        recurring=frozenset(word for word, count in counts.items() if count > 1),
        first_to_propose=next(proposing, None),
        like_the_others=_like_the_others(sentences),
    )


def sentence_features(place: int, whole: Setting) -> dict[str, float]:
    """Numbers of the sentence at `place`, whatever form of it is taken."""
    sentences = whole.sentences
    count = len(sentences)
    first = whole.first_to_propose
    features = {
        "first": float(place == 0),
        "second": float(place == 1),
        "third": float(place == 2),
        "last": float(place == count - 1),
        "last but one": float(place == count - 2),
        "depth": place / max(count - 1, 1),
        "number": float(min(place, _LAST_COUNTED)),
        "alone": float(count == 1),
        "first to propose": float(place == first),
        "after the proposal": float(min(place - first, _LAST_COUNTED)) if first is not None else 0.0,
        "something is proposed": float(first is not None),
        "like the others": whole.like_the_others[place],
    }
    for label, near in (("", place), ("before: ", place - 1), ("after: ", place + 1)):
        cues = sentences[near].cues if 0 <= near < count else 0
        features.update(dict.fromkeys(cue_names(cues, label), 1.0))
    return features


def form_features(form: str, words: Sequence[str], sentence: Sentence, whole: Setting) -> dict[str, float]:
    """Numbers of one form of a sentence; `words` are its folded words."""
    stem_of = sentence.stem_of
    stems = [stem_of.get(word) or stem(word) for word in words]
    unique = set(stems)
    length = len(words) or 1
    return {
        "shortened": float(length < len(sentence.words)),
        "kept": length / max(len(sentence.words), 1),
        "words": float(length),
        "off the usual length": abs(length - _USUAL_WORDS),
        "short": float(length < _SHORT_WORDS),
        "long": float(length > _LONG_WORDS),
        "very long": float(length > _VERY_LONG_WORDS),
        "content": len(unique & sentence.content) / length,
        "like the title": likeness(sentence.stems if words is sentence.words else Counter(stems), whole.title),
        "title words": _share(whole.topic, unique),
        "recurring words": _share(whole.recurring, unique),
        "brackets": float("(" in form),
        "commas": float(form.count(",")),
        "colon": float(":" in form),
        "mathematics": float("$" in form),
        "capitals": sum(map(str.isupper, form[1:])) / (len(form) or 1),
    }


def phrases(words: Sequence[str]) -> frozenset[str]:
    """The words of a form and their neighbouring pairs, from its start."""
    return frozenset((*words, *map(" ".join, pairwise((START, *words)))))


def likeness(first: Counter[str], second: Counter[str]) -> float:
    """The F1 of shared words, as ROUGE-1 counts it."""
    few, many = (first, second) if len(first) < len(second) else (second, first)
    common = sum(min(count, many[word]) for word, count in few.items() if word in many)
    return 2 * common / ((first.total() + second.total()) or 1)


def _like_the_others(sentences: Sequence[Sentence]) -> list[float]:
    sums = [0.0] * len(sentences)
    sizes = [len(sentence.words) for sentence in sentences]
    repeated_words = [{word for word, count in sentence.stems.items() if count > 1} for sentence in sentences]
    for (at, first), (other_at, second) in combinations(enumerate(sentences), 2):
        if common := first.stems.keys() & second.stems.keys():
            words = repeated_words[at] & repeated_words[other_at]
            overlap = len(common) + sum(min(first.stems[word], second.stems[word]) - 1 for word in words)
            like = 2 * overlap / (sizes[at] + sizes[other_at])
            sums[at] += like
            sums[other_at] += like
    return [total / max(len(sentences) - 1, 1) for total in sums]


def weigh(features: Mapping[str, float], weights: Mapping[str, float]) -> float:
    """The sum of the features by their weights; what has no weight counts nothing."""
    return sum(value * weights.get(name, 0.0) for name, value in features.items())


def _share(topic: frozenset[str], words: set[str]) -> float:
    return len(topic & words) / len(topic) if topic else 0.0
