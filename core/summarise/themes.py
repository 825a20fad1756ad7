"""Which of some papers belong together, and what each group is about: texts in, themes out.

Papers are weighted word vectors (tf-idf of stems and pairs of stems); those whose joining loses least are joined first
(Ward's method, J. Am. Stat. Assoc. 58, 1963, 236-244), until a few themes are left. A theme is named by phrases that
its papers share and others do not have. Pure and deterministic: the order of the papers does not matter. Sixty papers
take some 150 ms.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from core.papers.identifiers import PaperId
from core.text.readable import readable, shorten
from core.text.words import STOP_WORDS, fold, stem

#: themes of one briefing at most, and papers for each theme
_MOST_THEMES: Final = 6
_PAPERS_EACH: Final = 3
#: cosine of a paper and the rest of its theme, below which it is in the wrong place
_LEAST_ALIKE: Final = 0.06
#: distance of groups that are joined however few there are
_ONE_THEME: Final = 0.5
#: characters of a text that count, and words of a phrase
_LONGEST_TEXT: Final = 4_000
_LONGEST_PHRASE: Final = 3
#: how often a title counts
_TITLE_WEIGHT: Final = 2
#: words in a theme's name, more where the last phrase has several, and its characters
_MOST_WORDS: Final = 3
_LONGEST_LABEL: Final = 60
#: share of the best phrase's score that another one needs
_NEARLY_AS_GOOD: Final = 0.4
#: score of a word that names a theme though one title alone has it
_TELLS_ALONE: Final = 0.7
#: characters of a word that stands alone, unless it is an abbreviation
_SHORTEST_WORD: Final = 4

_WORD: Final = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
#: what may stand between the words of one phrase
_BETWEEN: Final = re.compile(r"[ \u00a0]|[-‐‑–]")
_GENERAL_WORDS: Final = (
    "ability able abstract accuracy accurate achieve achieves achieving across address addresses advance advances"
    " aim al algorithm algorithms allow analyses analysis analyze answer answers application applications apply"
    " applying architecture art aspect assess attention available average aware baseline baselines behavior"
    " behaviour benchmark benchmarks best better beyond build building capabilities capability capable capture case"
    " cases challenge challenges challenging class code com common comparable compare compared complete complex"
    " comprehensive computational compute concern concerns consistent consistently content context contribution core"
    " cost critical current data dataset datasets deep demonstrate demonstrates demonstrating dependent design"
    " designed despite develop developed development different difficult direct directly diverse domain domains"
    " drive driven dynamic effect effective effectively effectiveness effects efficiency efficient efficiently eg"
    " enable enables enabling end enhance enhanced ensure environment environments error errors essential establish"
    " estimate et evaluate evaluated evaluating evaluation existing experiment experimental experiments explicit"
    " explore extensive face factor factors failure favorable feature features field fig figure final finally find"
    " findings fine first five focus form four framework frameworks free full fully function functions fundamental"
    " future gain gap gaps general generally generate generated github given goal good guide help high higher highly"
    " https human hybrid identify ie impact implementation important improve improved improvement improvements"
    " improves improving include including increase increasing independent individual inference information input"
    " insight insights instance instruction integrate integrates integrating integration introduce introduced"
    " introduces introducing investigate investigated issue issues joint key knowledge known lack language languages"
    " large largely larger lead leading learn learned learning led level levels leverage leverages leveraging limit"
    " limitation limitations limited limits line llm llms local long low lower machine main maintain maintaining"
    " major mean means measure mechanism mechanisms minimize model modeling modelling models module multi multiple"
    " natural need network networks neural next non number observe offer open optimal optimization order org"
    " original outperform outperforms output overall overcome parameter parameters part partial particular"
    " particularly performance pipeline point points poor popular possible potential power powerful practical"
    " practice predict predicting prediction predictions presence present presents previous prior problem problems"
    " process processes processing produce promising properties property provide provides providing public publicly"
    " quality quantitative question questions raise raises range rate real reasoning recent recently reduce reduced"
    " reduces reducing related relation relations release relevant reliable rely remain remains represent"
    " representation representations require required requires respectively response reveal robust robustness role"
    " sample samples sampling scale scenario scenarios scheme second section set sets setting settings shed shot"
    " shown signal significant significantly similar simple simply simultaneously single size small smaller solution"
    " solutions solve space specific specifically stage standard state step steps strategies strategy strong"
    " structure structures success successful suggest superior support survey surveys system systematic systems"
    " table target targeted task tasks technique techniques term terms test testing text textual three time times"
    " token tokens tool tools trade traditional train trained training type types typically unified unique unknown"
    " validate value values variety verifiable version versus via way ways white wide widely wise world www year"
    " years yield yields zero"
)
#: words that papers of all subjects have, and that name none
_GENERAL: Final = frozenset(_GENERAL_WORDS.split())
_HALF_WORDS: Final = "language model models learning network networks data training system systems reasoning"
#: of those, words that may end a phrase: `diffusion model`
_HALF: Final = frozenset(_HALF_WORDS.split())


@dataclass(frozen=True, slots=True, kw_only=True)
class ThemeText:
    """What a paper is about, as far as themes are concerned."""

    paper: PaperId
    title: str
    #: abstract and gist
    body: str = ""
    keywords: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """Papers that belong together."""

    #: hostile text, one line; empty for what is left over
    label: str
    #: by identifier
    papers: tuple[PaperId, ...]


@dataclass(frozen=True, slots=True)
class _Phrase:
    """Some words in a row."""

    #: their stems, one space between them
    key: str
    #: as it is written
    text: str
    in_title: bool


def themes_of(texts: Sequence[ThemeText]) -> tuple[Theme, ...]:
    """Every paper in exactly one theme; the largest theme first, and what is left over, if anything, last."""
    texts_by_paper = {text.paper: text for text in texts}
    papers = [texts_by_paper[id] for id in sorted(texts_by_paper)]
    if not papers:
        return ()
    phrases = [tuple(_phrases(paper)) for paper in papers]
    vectors = _vectors([_counts(paper_phrases) for paper_phrases in phrases])
    groups, remainder = _settle(_join_groups(vectors, max(1, round(len(papers) / _PAPERS_EACH))), vectors)
    holders = Counter(key for paper_phrases in phrases for key in {phrase.key for phrase in paper_phrases})
    by_size = sorted(groups, key=lambda group: (-len(group), group))
    label_keys: set[str] = set()
    themes = []
    for group in by_size:
        label = _label([phrases[place] for place in group], holders, len(papers), label_keys)
        if label:
            themes.append(Theme(label=label, papers=tuple(papers[place].paper for place in group)))
        else:
            remainder += group
    if remainder:
        themes.append(Theme(label="", papers=tuple(papers[place].paper for place in sorted(remainder))))
    return tuple(themes)


def _phrases(paper: ThemeText) -> Iterator[_Phrase]:
    """Every run of up to three telling words, in order."""
    pieces = [(paper.title, True)] + [(keyword, False) for keyword in paper.keywords] + [(paper.body, False)]
    for piece, in_title in pieces:
        text = readable(piece)[:_LONGEST_TEXT]
        words = list(_WORD.finditer(text))
        stems = [stem(fold(word[0])) for word in words]
        plain_words = [fold(word[0]) for word in words]
        for first, word in enumerate(words):
            for last in range(first, min(first + _LONGEST_PHRASE, len(words))):
                if last > first and not _BETWEEN.fullmatch(text[words[last - 1].end() : words[last].start()]):
                    break
                is_short = last == first and len(word[0]) < _SHORTEST_WORD and not word[0].isupper()
                if not is_short and _is_telling(plain_words[first : last + 1]):
                    yield _Phrase(" ".join(stems[first : last + 1]), text[word.start() : words[last].end()], in_title)


def _is_telling(words: Sequence[str]) -> bool:
    """Do the words name a subject?"""
    ends = (words[0], words[-1])
    if any(word in STOP_WORDS or word.isdigit() or len(word) == 1 for word in ends):
        return False
    if len(words) == 1:
        return words[0] not in _GENERAL and not words[0].endswith(("ed", "ing"))
    if any(word in STOP_WORDS for word in words):
        return False
    return words[0] not in _GENERAL and (words[-1] not in _GENERAL or words[-1] in _HALF)


def _counts(phrases: Sequence[_Phrase]) -> Mapping[str, float]:
    counts: dict[str, float] = defaultdict(float)
    for phrase in phrases:
        if phrase.key.count(" ") < 2:
            counts[phrase.key] += _TITLE_WEIGHT if phrase.in_title else 1
    return counts


def _vectors(counts: Sequence[Mapping[str, float]]) -> list[Mapping[str, float]]:
    """Unit vectors of the phrases that at least two papers have."""
    holders = Counter(key for row in counts for key in row)
    vectors: list[Mapping[str, float]] = []
    for row in counts:
        weights = {
            key: (1 + math.log(count)) * math.log(len(counts) / holders[key])
            for key, count in sorted(row.items())
            if 1 < holders[key] < len(counts)
        }
        length = math.sqrt(sum(weight * weight for weight in weights.values()))
        vectors.append({key: weight / length for key, weight in weights.items()} if length else {})
    return vectors


def _cosine(first: Mapping[str, float], second: Mapping[str, float]) -> float:
    small, large = (first, second) if len(first) <= len(second) else (second, first)
    return sum(weight * large[key] for key, weight in small.items() if key in large)


def _join_groups(vectors: Sequence[Mapping[str, float]], most: int) -> list[tuple[int, ...]]:
    """Groups of indexes: at most `most`, fewer where groups are much alike; of equal pairs the first is joined.

    Ward's method in the form of Lance and Williams.
    """
    groups: dict[int, tuple[int, ...]] = {place: (place,) for place in range(len(vectors))}
    apart = {
        (first, second): 1 - _cosine(vectors[first], vectors[second])
        for second in groups
        for first in groups
        if first < second
    }
    while apart:
        first, second = min(apart, key=lambda pair: (round(apart[pair], 9), pair))
        if len(groups) <= most and apart[first, second] > _ONE_THEME:
            break
        between = apart.pop((first, second))
        sizes = len(groups[first]), len(groups[second])
        for third in groups:
            if third in (first, second):
                continue
            size = len(groups[third])
            to_first, to_second = (min(first, third), max(first, third)), (min(second, third), max(second, third))
            apart[to_first] = (
                (sizes[0] + size) * apart[to_first] + (sizes[1] + size) * apart.pop(to_second) - size * between
            ) / (sum(sizes) + size)
        groups[first] = tuple(sorted((*groups[first], *groups.pop(second))))
    return list(groups.values())


def _settle(
    groups: Sequence[tuple[int, ...]], vectors: Sequence[Mapping[str, float]]
) -> tuple[list[tuple[int, ...]], list[int]]:
    """The few groups that hold together best, with all that is like them, and what is like none of them."""
    if len(groups) == 1:
        return list(groups), []
    cores = sorted(
        (group for group in groups if len(group) > 1), key=lambda group: (-round(_cohesion(group, vectors), 9), group)
    )[:_MOST_THEMES]
    themes = [list(core) for core in cores]
    remainder = []
    for place in range(len(vectors)):
        if any(place in core for core in cores):
            continue
        likeness = [_likeness(place, core, vectors) for core in cores]
        best = max(range(len(cores)), key=lambda number: (likeness[number], -number), default=0)
        if cores and likeness[best] >= _LEAST_ALIKE:
            themes[best].append(place)
        else:
            remainder.append(place)
    return [tuple(sorted(theme)) for theme in themes], remainder


def _cohesion(group: Sequence[int], vectors: Sequence[Mapping[str, float]]) -> float:
    """How much its papers have in common, all in all."""
    return sum(_likeness(place, group, vectors) for place in group)


def _likeness(place: int, group: Sequence[int], vectors: Sequence[Mapping[str, float]]) -> float:
    """Mean cosine of a paper and the others of its group."""
    neighbours = [neighbour for neighbour in group if neighbour != place]
    return sum(_cosine(vectors[place], vectors[neighbour]) for neighbour in neighbours) / max(len(neighbours), 1)


def _label(papers: Sequence[Sequence[_Phrase]], holders: Mapping[str, int], total: int, other_keys: set[str]) -> str:
    """One phrase or two that most of the papers share and few others have; empty where they share none."""
    scores = _scores(papers, holders, total)
    keys: list[str] = []
    for key in sorted(scores, key=lambda key: (-round(scores[key], 9), -key.count(" "), key)):
        if keys and scores[key] < scores[keys[0]] * _NEARLY_AS_GOOD:
            break
        if key not in other_keys and not any(set(key.split()) & set(earlier.split()) for earlier in keys):
            keys.append(key)
        if sum(1 + key.count(" ") for key in keys) >= _MOST_WORDS:
            break
    other_keys.update(keys)
    spellings = Counter((phrase.key, phrase.text) for phrases in papers for phrase in phrases)
    texts = [
        min((-count, text) for (key, text), count in spellings.items() if key == label_key)[1] for label_key in keys
    ]
    while len(" · ".join(texts)) > _LONGEST_LABEL and len(texts) > 1:
        texts.pop()
    return shorten(" · ".join(f"{text[:1].upper()}{text[1:]}" for text in texts), _LONGEST_LABEL)


def _scores(papers: Sequence[Sequence[_Phrase]], holders: Mapping[str, int], total: int) -> Mapping[str, float]:
    """How well each phrase that the papers share names them; the words of titles, and longer phrases, do it better."""
    inside = Counter(key for phrases in papers for key in {phrase.key for phrase in phrases})
    title_counts = Counter(key for phrases in papers for key in {phrase.key for phrase in phrases if phrase.in_title})
    least = min(2, len(papers))
    shared_keys = [key for key in inside if inside[key] >= least]

    def score(key: str) -> float:
        outside = (holders[key] - inside[key]) / max(total - len(papers), 1)
        share = inside[key] / len(papers) - outside
        return share * (1.6 if " " in key else 1) * (1 + 0.5 * title_counts[key] / inside[key])

    scores = {key: score(key) for key in shared_keys}
    sure = {key: value for key, value in scores.items() if " " in key or title_counts[key] >= least}
    return sure or {key: value for key, value in scores.items() if title_counts[key] and value >= _TELLS_ALONE}
