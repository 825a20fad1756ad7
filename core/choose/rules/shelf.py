"""Papers whose words are looked up once for all rules: a term of ten thousand rules reads a day's papers once.

A shelf has a place for each paper, and answers which places a term is found at, as the bits of one number: rules then
combine such numbers (`core.choose.rules.evaluation`). Words lead to places through an index; whatever an index cannot
tell for sure (phrases, scripts without spaces, names) is decided by the same `Pattern` and `find_author` as everywhere.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial
from itertools import islice, pairwise
from threading import RLock
from typing import Final, NamedTuple

from core.choose.rules.facts import NUMBERS, OPERATORS, THINGS, is_category, sources_of, venue_of
from core.choose.rules.nodes import Comparison, Near, Regex, Term, terms_of
from core.choose.rules.regexes import Slow, Watch
from core.papers.categories import within
from core.papers.front_matter import is_front_matter
from core.papers.identifiers import PaperId
from core.papers.name_readings import letters_of, needles_of
from core.papers.names import find_author
from core.papers.paper import Paper
from core.text.patterns import Pattern, any_form, exact, phrase, words_between, words_in
from core.text.terms import BORDER, search_text, show_tex

#: answers that are kept; a term of a thousand papers takes some hundred bytes
_MOST_ANSWERS: Final = 20_000
#: papers that the shelf of all digests has before another one takes its place
_MOST_PAPERS: Final = 4_000
#: fewer papers than this are read one by one
_WORTH_AN_INDEX: Final = 24
#: places of a term in one text that are compared with those of another
_MOST_SPANS: Final = 200
#: letters of a word of a phrase that are worth asking the index for
_TELLING: Final = 4


class Places(NamedTuple):
    """Where a term is found: bits of numbers, by the place of each paper on the shelf."""

    title: int = 0
    abstract: int = 0
    #: in its categories, authors or other facts
    other: int = 0

    @property
    def anywhere(self) -> int:
        """The papers that have it at all."""
        return self.title | self.abstract | self.other


@lru_cache(maxsize=8_192)
def _pattern_of(text: str, *, field: str, is_quoted: bool, prefix: bool) -> Pattern:
    """What a term is looked for by."""
    if prefix or field == "author":
        return exact(text, prefix=prefix)
    return phrase(text) if is_quoted else any_form(text)


def of_term(term: Term) -> Pattern:
    """The pattern of a term."""
    return _pattern_of(term.text, field=term.field, is_quoted=term.is_quoted, prefix=term.prefix)


@dataclass(slots=True)
class _Texts:
    """One text of each paper, and which papers have each of their words."""

    texts: list[str] = field(default_factory=list)
    #: word -> the places of papers that have it
    _holders: dict[str, int] = field(default_factory=dict)
    #: papers with `a_b`, which is a word to a word and two to a phrase
    _with_underscore: int = 0
    _vocabulary: list[str] = field(default_factory=list)
    _indexed_count: int = 0

    def find(self, pattern: Pattern, first: int) -> int:
        """The papers from place `first` on whose text has the pattern."""
        beyond = -1 << first
        if len(self.texts) - first < _WORTH_AN_INDEX or not (pattern.is_word or pattern.alternative is None):
            return self._read(pattern, range(first, len(self.texts)))
        self._index()
        if pattern.is_word:
            return self._word(pattern) & beyond
        return self._read(pattern, bits_of(self._likely(pattern) & beyond))

    def words(self) -> Iterator[tuple[str, int]]:
        """Each word, and how many papers have it."""
        self._index()
        return ((word, holders.bit_count()) for word, holders in self._holders.items())

    def _word(self, pattern: Pattern) -> int:
        words = (word for word in self._beginning(pattern.needle) if pattern.is_in(word))
        papers = 0
        for word in words:
            papers |= self._holders[word]
        return papers | (self._word(pattern.alternative) if pattern.alternative else 0)

    def _likely(self, pattern: Pattern) -> int:
        """Papers that may have a phrase: those with words that begin like each of its telling words."""
        likely = (1 << len(self.texts)) - 1
        for needle in pattern.needles:
            if len(needle) >= _TELLING or needle == pattern.needle:
                holders = self._with_underscore
                for word in self._beginning(needle):
                    holders |= self._holders[word]
                likely &= holders
        return likely

    def _read(self, pattern: Pattern, places: range | Iterator[int]) -> int:
        papers = 0
        for place in places:
            if pattern.is_in(self.texts[place]):
                papers |= 1 << place
        return papers

    def _beginning(self, needle: str) -> Iterator[str]:
        at = bisect_left(self._vocabulary, needle)
        while at < len(self._vocabulary) and self._vocabulary[at].startswith(needle):
            yield self._vocabulary[at]
            at += 1

    def _index(self) -> None:
        if self._indexed_count == len(self.texts):
            return
        holders = self._holders
        for place in range(self._indexed_count, len(self.texts)):
            bit = 1 << place
            for word in set(words_in(self.texts[place])):
                holders[word] = holders.get(word, 0) | bit
            if "_" in self.texts[place]:
                self._with_underscore |= bit
        self._vocabulary = sorted(holders)
        self._indexed_count = len(self.texts)


class Shelf:
    """Papers, each at a place of its own, and what rules found out about them. One thread at a time holds `lock`."""

    def __init__(self, papers: Sequence[Paper] = ()) -> None:
        self.lock: Final = RLock()
        #: by place
        self.papers: Final[list[Paper]] = []
        #: pages of an issue, which are no papers
        self.front_matter = 0
        self._place_of: dict[PaperId, int] = {}
        #: the same for objects that are on the shelf
        self._by_identity: dict[int, int] = {}
        self._titles, self._abstracts, self._venues = _Texts(), _Texts(), _Texts()
        self._categories: dict[str, int] = {}
        self._primary: dict[str, int] = {}
        self._sources: dict[str, int] = {}
        #: the letters of each paper's authors, and their names as they are searched; made with the first name
        self._letters: list[str] = []
        self._names = _Texts()
        #: question -> how many papers were on the shelf, and what was found among them
        self._answers: dict[tuple[object, ...], tuple[int, Places]] = {}
        self.places(papers)

    def __len__(self) -> int:
        return len(self.papers)

    def places(self, papers: Sequence[Paper]) -> list[int]:
        """The places of papers, which are put there where they are not yet; one that changed gets a new place."""
        return [self._place(paper) for paper in papers]

    def title(self, place: int) -> str:
        """As `terms.search_text` has it."""
        return self._titles.texts[place]

    def abstract(self, place: int) -> str:
        """As `terms.search_text` has it."""
        return self._abstracts.texts[place]

    def vocabulary(self) -> Iterator[tuple[str, int]]:
        """The words of all abstracts, and how many have each."""
        return self._abstracts.words()

    def term(self, term: Term) -> Places:
        """Where a word, a phrase or a fact is found; a `type:` is not the shelf's to know."""
        match term.field:
            case "" | "title" | "abstract":
                key: tuple[object, ...] = (term.text, term.is_quoted, term.prefix)
                places = self._answer(key, partial(self._in_texts, of_term(term)))
                return Places(
                    title=places.title if term.field != "abstract" else 0,
                    abstract=places.abstract if term.field != "title" else 0,
                )
            case "author":
                return self._answer(("author", term.text, term.prefix), partial(self._by, term))
            case "cat":
                return Places(other=_union(self._categories, lambda category: is_category(term.text, category)))
            case "primary":
                return Places(other=_union(self._primary, lambda category: is_category(term.text, category)))
            case "source":
                name = term.text.lower()
                return Places(
                    other=_union(
                        self._sources, lambda source: source.startswith(name) if term.prefix else source == name
                    )
                )
            case "venue":
                key = ("venue", term.text, term.is_quoted, term.prefix)
                return self._answer(key, lambda first: Places(other=self._venues.find(of_term(term), first)))
            case _:
                return self._answer(("has", term.text), partial(self._having, THINGS[term.text]))

    def in_categories(self, categories: Sequence[str]) -> int:
        """The papers in any of some categories, archives and servers."""
        return _union(self._categories, lambda category: within(categories, (category,)))

    def near(self, near: Near) -> Places:
        """Where both sides are found with few words between."""
        return self._answer((str(near),), partial(self._nearby, near))

    def comparison(self, comparison: Comparison) -> Places:
        """The papers whose number compares so; a paper without the number does not."""
        number_of, compares = NUMBERS[comparison.name], OPERATORS[comparison.operator]

        def has(paper: Paper) -> bool:
            number = number_of(paper)
            return number is not None and compares(number, comparison.number)

        return self._answer((str(comparison),), partial(self._having, has))

    def by_any(self, names: Sequence[str]) -> int:
        """The papers by any of these authors, as `find_author` finds them."""
        return all_bits(self._answer(("followed", name), partial(self._by_name, name)).other for name in names)

    def matching(self, expression: Regex) -> Places:
        """Where a regular expression matches; `other` are the papers on which it did not come to an end in time."""
        key = ("regex", expression.pattern, expression.field, expression.ignores_case)
        return self._answer(key, partial(self._by_expression, expression))

    def _place(self, paper: Paper) -> int:
        place = self._by_identity.get(id(paper))
        if place is not None and self.papers[place] is paper:
            return place
        place = self._place_of.get(paper.id)
        if place is not None and self.papers[place] == paper:
            return place
        place = self._place_of[paper.id] = self._by_identity[id(paper)] = len(self.papers)
        bit = 1 << place
        self.papers.append(paper)
        self.front_matter |= bit * is_front_matter(paper)
        self._titles.texts.append(search_text(paper.title))
        self._abstracts.texts.append(search_text(paper.abstract))
        self._venues.texts.append(search_text(venue_of(paper)))
        for names, holders in (
            (paper.categories, self._categories),
            (paper.categories[:1], self._primary),
            (sources_of(paper), self._sources),
        ):
            for name in set(names):
                holders[name] = holders.get(name, 0) | bit
        return place

    def _answer(self, key: tuple[object, ...], find: Callable[[int], Places]) -> Places:
        """What was found before, with what is found among papers that came since."""
        first, before = self._answers.get(key, (0, Places()))
        if first == len(self.papers):
            return before
        new = find(first)
        places = Places(before.title | new.title, before.abstract | new.abstract, before.other | new.other)
        if len(self._answers) >= _MOST_ANSWERS:
            self._answers.clear()
        self._answers[key] = (len(self.papers), places)
        return places

    def _in_texts(self, pattern: Pattern, first: int) -> Places:
        return Places(title=self._titles.find(pattern, first), abstract=self._abstracts.find(pattern, first))

    def _nearby(self, near: Near, first: int) -> Places:
        sides = [[self.term(term) for term in terms_of(side)] for side in (near.first, near.second)]
        beyond = -1 << first
        papers_by_text = []
        for name, texts in (("title", self._titles.texts), ("abstract", self._abstracts.texts)):
            left_bits, right_bits = (all_bits(getattr(places, name) for places in side) for side in sides)
            likely, papers = bits_of(left_bits & right_bits & beyond), 0
            for place in likely:
                if _is_near(near, name, texts[place]):
                    papers |= 1 << place
            papers_by_text.append(papers)
        return Places(title=papers_by_text[0], abstract=papers_by_text[1])

    def _by(self, term: Term, first: int) -> Places:
        """Papers by a person, or by somebody whose name has the words themselves, as in `Le*`."""
        papers = self._by_name(term.text, first).other
        return Places(other=papers | self._names.find(of_term(term), first))

    def _by_name(self, name: str, first: int) -> Places:
        for paper in self.papers[len(self._letters) :]:
            self._letters.append("|".join(map(letters_of, paper.authors)))
            self._names.texts.append(f" {BORDER} ".join(map(search_text, paper.authors)))
        papers = 0
        for needle in needles_of(name):
            likely = [place for place in range(first, len(self.papers)) if needle in self._letters[place]]
            papers |= bits_at([place for place in likely if find_author((name,), self.papers[place].authors)])
        return Places(other=papers)

    def _by_expression(self, expression: Regex, first: int) -> Places:
        watch = Watch(len(self.papers) - first)
        papers_by_text = {"title": 0, "abstract": 0, "slow": 0}
        for place in range(first, len(self.papers)):
            for name in ("title", "abstract") if not expression.field else (expression.field,):
                text = show_tex(getattr(self.papers[place], name))
                try:
                    is_here = watch.search(expression.pattern, text, ignores_case=expression.ignores_case)
                except Slow:
                    papers_by_text["slow"] |= 1 << place
                else:
                    papers_by_text[name] |= is_here << place
        return Places(title=papers_by_text["title"], abstract=papers_by_text["abstract"], other=papers_by_text["slow"])

    def _having(self, has: Callable[[Paper], bool], first: int) -> Places:
        papers = 0
        for place in range(first, len(self.papers)):
            if has(self.papers[place]):
                papers |= 1 << place
        return Places(other=papers)


_shelves: Final[list[Shelf]] = []


def shared_shelf(papers: int) -> Shelf:
    """The shelf of all digests of this process, with room for so many more papers."""
    if not _shelves or len(_shelves[0]) + papers > max(_MOST_PAPERS, papers):
        _shelves[:] = [Shelf()]
    return _shelves[0]


def bits_of(number: int) -> Iterator[int]:
    """The places of the bits of a number, from the lowest on."""
    digits = f"{number:b}"[::-1] if number else ""
    place = digits.find("1")
    while place >= 0:
        yield place
        place = digits.find("1", place + 1)


def bits_at(places: Sequence[int]) -> int:
    """The number whose bits are at these places."""
    digits = bytearray(b"0") * (max(places, default=0) + 1)
    for place in places:
        digits[~place] = 49  # "1"
    return int(digits, 2)


def _union(holders: dict[str, int], is_wanted: Callable[[str], bool]) -> int:
    return all_bits(places for name, places in holders.items() if is_wanted(name))


def all_bits(numbers: Iterable[int]) -> int:
    """Every bit of any of the numbers."""
    bits = 0
    for number in numbers:
        bits |= number
    return bits


def _is_near(near: Near, name: str, text: str) -> bool:
    """Has a text both sides, apart from one another, with at most so many words between?"""
    spans = sorted(
        (begin, end, side)
        for side, terms in enumerate((terms_of(near.first), terms_of(near.second)))
        for term in terms
        if term.field in ("", name)
        for begin, end in islice(of_term(term).spans(text), _MOST_SPANS)
    )
    return any(
        span[2] != following[2] and span[1] <= following[0] and _are_close(text, span[1], following[0], near.words)
        for span, following in pairwise(spans)
    )


def _are_close(text: str, begin: int, end: int, most: int) -> bool:
    return BORDER not in text[begin:end] and words_between(text, begin, end) <= most
