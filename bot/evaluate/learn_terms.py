"""Learn which terms papers use, how often, and which belong together; write them to `vocabulary.tsv`.

    python -m bot.evaluate.learn_terms --abstracts DIR [--until YYYY-MM] [--write]

DIR has listings as `arxiv-YYYY-MM.jsonl.gz`. It takes a minute or two; the same data give the same file. Without
`--write` it only tells the figures. The file holds counts and terms of one to four words that many papers share, and no
text of any paper.
"""

from __future__ import annotations

import argparse
import gzip
import json
import math
import re
import sys
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from core.choose.interest.vocabulary import JOINING, Vocabulary, words_of
from core.text.terms import search_text
from core.text.words import STOP_WORDS, stem

_FILE: Final = Path(__file__).parents[2] / "core/choose/interest/vocabulary.tsv"
#: papers that a word, and a phrase, must be in at least
_FEWEST_WITH_WORD: Final = 9
_FEWEST_WITH_PHRASE: Final = 22
_FEWEST_WITH_LONGER: Final = 14
#: a phrase that is in fewer of its papers' titles is rhetoric, or a piece of a phrase
_LEAST_IN_TITLES: Final = 0.02
#: how much more often than by chance the words of a phrase must follow one another
_LEAST_LIFT: Final = 3.0
_LONGEST: Final = 4
#: terms in a larger part of the papers are related to everything, and those in fewer titles are rhetoric
_COMMON: Final = 0.06
_LEAST_OF_SUBJECT: Final = 0.1
#: what stands in one longer phrase in so large a part of its papers is told as that phrase
_MOST_IN_ONE_PHRASE: Final = 0.6
#: papers that have two related terms at least, and the least normalised pointwise mutual information
_FEWEST_TOGETHER: Final = 8
_LEAST_NPMI: Final = 0.3
_MOST_RELATED: Final = 6
#: a derived form is a form of a term where so large a part of the papers with it have the term itself
_LEAST_SHARED: Final = 0.4
#: `MT` is machine translation in one paper and a mobile terminal in the next
_SHORTEST_ACRONYM: Final = 3
_FEWEST_ACRONYMS: Final = 3
_LEAST_OF_ACRONYM: Final = 0.6
_SEGMENT: Final = re.compile(r"[,;:.!?()\[\]\n]")
_ACRONYM: Final = re.compile(r"((?:[\w'-]+ ){1,6})\(([A-Z][A-Za-z-]{1,7})\)")
#: a term as numbers of words
_Term = tuple[int, ...]
#: papers that have each term
_Terms = dict[_Term, int]
#: phrases begin so, though their first word alone says nothing
_OPENINGS: Final = (("in", "context"), ("few", "shot"))
#: between the segments of a text
_BORDER: Final = 0


@dataclass(slots=True)
class _Texts:
    """All abstracts as numbers of words."""

    numbers: dict[str, int] = field(default_factory=lambda: {"": _BORDER})
    texts: list[array[int]] = field(default_factory=list)
    titles: list[array[int]] = field(default_factory=list)
    #: what authors wrote in front of an abbreviation in parentheses
    acronyms: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, title: str, abstract: str) -> None:
        self.titles.append(self._as_numbers(title))
        self.texts.append(self._as_numbers(f"{title}. {abstract}"))
        self.acronyms.update(set(_acronyms(abstract)))

    def _as_numbers(self, text: str) -> array[int]:
        numbers = self.numbers
        row = array("L")
        for segment in _SEGMENT.split(search_text(text)):
            row.extend(numbers.setdefault(word, len(numbers)) for word in words_of(segment))
            row.append(_BORDER)
        return row


def read(folder: Path, until: str = "9999-99") -> _Texts:
    """The abstracts of all months up to that one."""
    texts = _Texts()
    for file in sorted(folder.glob("arxiv-*.jsonl.gz")):
        if file.name.removeprefix("arxiv-")[:7] <= until:
            with gzip.open(file, "rt", encoding="utf-8") as lines:
                for record in map(json.loads, lines):
                    texts.add(record["title"], record["summary"])
    return texts


def _terms_of(texts: _Texts) -> _Terms:
    """The words and phrases that many papers have, and in how many they are."""
    words = list(texts.numbers)
    frequencies = Counter(number for text in texts.texts for number in set(text))
    terms: _Terms = {
        (number,): count
        for number, count in frequencies.items()
        if count >= _FEWEST_WITH_WORD and _is_word(words[number])
    }
    before = {key for key in terms if words[key[0]] not in STOP_WORDS}
    openings = {tuple(texts.numbers.get(word, _BORDER) for word in opening) for opening in _OPENINGS}
    joining = {texts.numbers[word] for word in JOINING if word in texts.numbers}
    occurrences = Counter(number for text in texts.texts for number in text)
    for length in range(2, _LONGEST + 1):
        candidates = _phrases(
            texts.texts, length, parts=before | set(terms), edges=before, openings=openings, joining=joining
        )
        fewest = _FEWEST_WITH_PHRASE if length == 2 else _FEWEST_WITH_LONGER
        total = sum(occurrences.values())
        for phrase, (papers, times) in candidates.items():
            if papers >= fewest and _lift(phrase, times, occurrences, total) >= _LEAST_LIFT:
                terms[phrase] = papers
    return terms


def learn(texts: _Texts) -> Vocabulary:
    """What the abstracts tell."""
    words, terms = list(texts.numbers), _terms_of(texts)
    in_titles = Counter(term for title in texts.titles for term in _terms_in(title, terms))
    terms = {
        term: count for term, count in terms.items() if len(term) == 1 or in_titles[term] >= _LEAST_IN_TITLES * count
    }
    names = {term: " ".join(words[number] for number in term) for term in terms}
    subjects = {
        term: count
        for term, count in terms.items()
        if count <= _COMMON * len(texts.texts) and in_titles[term] >= _LEAST_OF_SUBJECT * count
    }
    related_terms: dict[_Term, list[_Term]] = {}
    forms: defaultdict[str, dict[str, None]] = defaultdict(dict)
    pieces = _pieces_of_phrases(terms)
    for term, beside in _companions(texts.texts, subjects):
        if companions := _related_terms(term, beside, subjects, len(texts.texts), pieces):
            related_terms[term] = companions
        for word in _derived_words(term, beside, subjects, names):
            forms[names[term]][names[word]] = None
    for name, equal in _equal_names(names.values(), texts.acronyms):
        forms[name][equal] = None
        forms[equal][name] = None
    return Vocabulary(
        papers=len(texts.texts),
        frequencies={names[term]: count for term, count in terms.items()},
        title_shares={names[term]: in_titles[term] / count for term, count in terms.items()},
        forms={name: tuple(sorted(spellings)) for name, spellings in forms.items()},
        related_terms={
            names[term]: tuple(names[companion] for companion in companions)
            for term, companions in related_terms.items()
        },
    )


def _is_word(word: str) -> bool:
    return len(word) > 1 and not word[0].isdigit() and word.isascii()


def _phrases(
    texts: Iterable[Sequence[int]],
    length: int,
    *,
    parts: set[_Term],
    edges: set[_Term],
    openings: set[_Term],
    joining: set[int],
) -> dict[_Term, tuple[int, int]]:
    """Words in a row with the papers that have them, and how often; those alone whose parts may be phrases."""
    papers: Counter[_Term] = Counter()
    times: Counter[_Term] = Counter()
    for text in texts:
        rows = [
            tuple(text[place : place + length])
            for place in range(len(text) - length + 1)
            if ((text[place],) in edges or tuple(text[place : place + 2]) in openings)
            and (text[place + length - 1],) in edges
        ]
        rows = [row for row in rows if _may_be_phrase(row, parts, joining)]
        times.update(rows)
        papers.update(set(rows))
    return {row: (count, times[row]) for row, count in papers.items() if count >= _FEWEST_WITH_LONGER}


def _may_be_phrase(row: _Term, parts: set[_Term], joining: set[int]) -> bool:
    if len(row) == 2:
        return True
    if any(number == _BORDER for number in row):
        return False
    if row[1] in joining or row[-2] in joining:
        return len([number for number in row[1:] if number in joining]) == 1
    return row[:-1] in parts or row[1:] in parts


def _lift(phrase: _Term, times: int, occurrences: Counter[int], total: int) -> float:
    """How much more often than by chance the words stand together, at the root for each word added."""
    chance = math.exp(sum(math.log(occurrences[number] / total) for number in phrase)) * total
    return float((times / chance) ** (1 / (len(phrase) - 1)))


def _terms_in(text: Sequence[int], terms: Mapping[_Term, int]) -> set[_Term]:
    rows = (
        tuple(text[place : place + length])
        for length in range(1, _LONGEST + 1)
        for place in range(len(text) - length + 1)
    )
    return {row for row in rows if row in terms}


def _companions(texts: Sequence[Sequence[int]], terms: Mapping[_Term, int]) -> Iterator[tuple[_Term, Counter[_Term]]]:
    """Each term, and how many papers have it together with each other one."""
    itself = {term: term for term in terms}  # one tuple for each term: millions of them would not fit
    terms_of_texts = [[itself[term] for term in _terms_in(text, terms)] for text in texts]
    places: defaultdict[_Term, list[int]] = defaultdict(list)
    for place, of_text in enumerate(terms_of_texts):
        for term in of_text:
            places[term].append(place)
    for term in sorted(places):
        beside: Counter[_Term] = Counter()
        for place in places[term]:
            beside.update(terms_of_texts[place])
        yield term, beside


def _pieces_of_phrases(terms: Mapping[_Term, int]) -> set[_Term]:
    """The terms that mostly stand in one longer phrase: `kv` of `kv cache`."""
    return {
        piece
        for phrase, count in terms.items()
        for length in range(1, len(phrase))
        for begin in range(len(phrase) - length + 1)
        if (piece := phrase[begin : begin + length]) in terms and count >= _MOST_IN_ONE_PHRASE * terms[piece]
    }


def _related_terms(
    term: _Term,
    beside: Mapping[_Term, int],
    terms: Mapping[_Term, int],
    papers: int,
    pieces: set[_Term],
) -> list[_Term]:
    """The terms that go with a term most."""
    scores = {}
    for companion, count in beside.items():
        if (
            count < _FEWEST_TOGETHER
            or companion in pieces
            or set(companion) <= set(term)
            or set(term) <= set(companion)
        ):
            continue
        sure = count - math.sqrt(count)
        mutual = math.log(sure * papers / (terms[term] * terms[companion])) / -math.log(count / papers)
        if mutual >= _LEAST_NPMI:
            scores[companion] = mutual
    best: list[_Term] = []
    for companion in sorted(scores, key=lambda companion: (-scores[companion], companion)):
        if not any(set(companion) <= set(better) or set(better) <= set(companion) for better in best):
            best.append(companion)
    return best[:_MOST_RELATED]


def _derived_words(
    term: _Term,
    beside: Mapping[_Term, int],
    terms: Mapping[_Term, int],
    names: Mapping[_Term, str],
) -> Iterator[_Term]:
    """The derived words that mean the term: papers with them have the term itself; `quantized` of `quantization`."""
    if len(term) == 1:
        root = stem(names[term])
        for word, count in beside.items():
            is_of_word = len(word) == 1 and word != term and count / terms[word] >= _LEAST_SHARED
            if is_of_word and stem(names[word]) == root:
                yield word


def _equal_names(names: Iterable[str], acronyms: Counter[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Two ways to write the same: abbreviations, and one word for two."""
    all_names = set(names)
    for name in sorted(all_names):
        if name.count(" ") == 1 and (single_word := name.replace(" ", "")) in all_names:
            yield name, single_word
    for short, long in _known_acronyms(acronyms):
        if short in all_names and long in all_names:
            yield short, long


def _acronyms(abstract: str) -> Iterator[tuple[str, str]]:
    """`small language models (SLMs)` is slm, small language model."""
    for match in _ACRONYM.finditer(abstract):
        short = match[2].lower().removesuffix("s") if match[2].endswith("s") else match[2].lower()
        letters = short.replace("-", "")
        words = words_of(search_text(match[1].replace("-", " ")))
        for length in range(2, min(len(words), 5) + 1):
            tail = words[-length:]
            initials = "".join(word[0] for word in tail)
            if initials == letters and len(letters) >= _SHORTEST_ACRONYM:
                yield letters, " ".join(tail)


def _known_acronyms(acronyms: Counter[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Those that mean one thing in nearly all papers."""
    totals: Counter[str] = Counter()
    for (short, _), count in acronyms.items():
        totals[short] += count
    for (short, long), count in sorted(acronyms.items()):
        if count >= _FEWEST_ACRONYMS and count >= _LEAST_OF_ACRONYM * totals[short]:
            yield short, long


def main(arguments: Sequence[str] | None = None) -> None:
    """Tell the figures, or write the file."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--abstracts", type=Path, required=True, metavar="DIR")
    parser.add_argument("--until", default="9999-99", metavar="YYYY-MM", help="the last month that is read")
    parser.add_argument("--write", action="store_true", help="write core/choose/interest/vocabulary.tsv")
    options = parser.parse_args(arguments)
    vocabulary = learn(read(options.abstracts, options.until))
    text = vocabulary.as_text()
    if options.write:
        _FILE.write_text(text, "utf-8")
    phrases = sum(1 for name in vocabulary.frequencies if " " in name)
    words = len(vocabulary.frequencies) - phrases
    sys.stdout.write(f"{vocabulary.papers} papers: {words} words, {phrases} phrases, {len(text)} characters\n")


if __name__ == "__main__":
    main()
