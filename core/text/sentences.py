"""Sentences of an abstract: where one ends, and how one reads when it stands alone.

`core.summarise` chooses among them. Mathematics, decimals and the abbreviations of papers are hidden first, so that
neither `$f(x)=1. 5$` nor `Smith et al. (2019)` ends a sentence. Where every stop is plain, it ends a sentence. Where
one is doubtful (an initial, a dot within a line), syntok splits the whole text. No text is ever changed by splitting.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

_MATH: Final = re.compile(r"(?<!\\)\$[^$]{1,400}\$|\\\([^()]{1,400}\\\)|\\\[[^\]]{1,400}\\\]")
_SHORTENED: Final = (
    "al alg algs approx cf ch cor def dr e.g eq eqs eqn eqns fig figs i.e lem prof prop ref refs resp sec secs tab tabs"
    " thm thms viz vol vs w.r.t"
)
_BEFORE_DOT: Final = "|".join(rf"(?<=\b{re.escape(word)}\.)" for word in _SHORTENED.split())
#: the dot alone, which is found sooner than the word before it
_ABBREVIATION: Final = re.compile(rf"\.(?=[\s,])(?:{_BEFORE_DOT}|(?:(?<=\bno\.)|(?<=\bnos\.))(?=\s\d))", re.IGNORECASE)
#: where a sentence ends without a doubt, and what leaves doubts that syntok settles, ten times slower
_PLAIN_END: Final = re.compile(r"(?<=[A-Za-z0-9)%}][.!?])(?=\s+[A-Z])")
_DOUBTFUL: Final = re.compile(
    r"[.!?](?!\s+[A-Z]|\s*$|[a-z0-9/])|(?<![A-Za-z0-9)%}])[.!?]|\b(?:[A-Za-z]|[A-Z][a-z]{1,3}|[a-z]\.[a-z]"
    r"|etc)[.!?](?=\s)"
    r"|\n\s*\n|[^\x00-\x7f–—’“”]|\s[-*•]\s"
)
#: TeX's quotes and braces behind a stop; they close a sentence as a bracket does
_CLOSED: Final = re.compile(r"(?<=[.!?])(?:''|\})+(?=\s)")
#: mathematics, or a name like iTea, that begins a sentence: behind a stop that ends no abbreviation
_SMALL_OPENING: Final = re.compile(
    r"(?:(?<=[a-z]{4})|(?<=\d)|(?<=[)%}]))[.!?](?:\)|''|\}|[\"”])*\s+(?<!\bincl\.\s)(?<!\bdiag\.\s)(?=\$|\\\(|[a-z][A-Z])"
)
_DECIMAL: Final = re.compile(r"(?<=\d)\.(?=\d)")
#: Chinese and Japanese put no space after a full stop
_WIDE_STOP: Final = re.compile(r"(?<=[。！？])")

_THIS_PAPER: Final = (
    r"(?:in|through|with|throughout) (?:this|the present|our|the current) (?:\w+ )?"
    r"(?:paper|work|article|study|letter|report|survey|thesis|note|research|manuscript|tutorial|review|contribution)"
)
_ADDRESSING: Final = (
    r"(?:to|in order to|aiming to|seeking to|in an effort to|in an attempt to) (?:\w+ )?(?:address|tackle|solve"
    r"|overcome|mitigate|bridge|fill|remedy|alleviate|resolve|handle"
    r"|fix|close|combat|counter|move toward|work toward|deal with|cope with|circumvent|meet|achieve|do|reach) "
    r"(?:this|that|these|those|such|the above|the aforementioned|so|it)\b[^,;:.]{0,60}"
)
_MOTIVATED: Final = (
    r"(?:as )?(?:an? )?(?:(?:first|initial|important|small) )?(?:step|effort|attempt|move) (?:to|towards?|in) (?:this"
    r"|these|that)\b"
    r"[^,;:.]{0,60}"
    r"|(?:(?:motivated|inspired|driven|prompted|guided) by|stemming from|following|building (?:up)?on|based on|under"
    r"|given) "
    r"(?:this|these|those|that|the above)\b[^,;:.]{0,60}"
    r"|in response|alongside (?:this|these|the) [^,;:.]{0,40}"
    r"|(?:in light of|in view of|in response to|with|in pursuit of|in this) (?:this|that|these|those|regard|respect)\b"
    r"[^,;:.]{0,40}"
    r"|(?:to|towards?|for) (?:this|that|these) (?:\w+ )?(?:ends?|goals?|purposes?|reasons?|aims?)"
)
_LINK: Final = (
    r"(?:therefore|thus|hence|specifically|in particular|furthermore|moreover|additionally|in addition|finally|however"
    r"|instead|accordingly|consequently|as a result|further|also|nevertheless|nonetheless|importantly|interestingly"
    r"|surprisingly|remarkably|notably|crucially|more specifically"
    r"|concretely|more precisely|first|firstly|second|secondly|third|thirdly|fourth|lastly|besides|then|next"
    r"|in summary|in short|overall"
    r"|in contrast|conversely|to summarize|to conclude|in conclusion|and|but|so)"
)
#: `Methods: In a double-blind trial ...`, `Results We counted ...`
_LABEL: Final = re.compile(
    r"^(?:background|introduction|objectives?|aims?|purpose|motivation|materials and methods|methods?|approach"
    r"|results?|findings|conclusions?|discussion|significance)"
    r"(?:\s*:\s+(?=\S)|\s+(?=(?-i:We|Our|The|This|These|There|Here|It|In|To|An?|Among|Using)\s))",
    re.IGNORECASE,
)
#: openings that lean on the sentence before, or only say that this is a paper
_OPENING: Final = re.compile(
    rf"(?:here|{_THIS_PAPER})\s+(?=(?:we|i|an?|the|our|this)\b)"
    rf"|(?:here|{_THIS_PAPER}|{_ADDRESSING}|{_MOTIVATED}|{_LINK})\s*,\s*(?=[\w(])"
    r"|\(?(?:[ivx]{1,4}|\d|[a-e])\)\s+(?=\w)",
    re.IGNORECASE,
)
#: what is left must still be a sentence
_SHORTEST_REST: Final = 20
_MOST_OPENINGS: Final = 3


def split(text: str) -> list[str]:
    """The sentences of a text in order, each a verbatim piece of it, without the space around them."""
    return [piece for start, end in _spans(_hidden(text)) for piece in _pieces(text[start:end])]


def trim(sentence: str) -> str:
    """The sentence without a label ("Methods:") or an opening such as "In this paper,", with its capital again."""
    rest = _LABEL.sub("", sentence)
    for _ in range(_MOST_OPENINGS):
        opening = _OPENING.match(rest)
        if not opening or len(rest) - opening.end() < _SHORTEST_REST:
            break
        rest = rest[opening.end() :]
    rest = _capitalised(rest) if rest != sentence else sentence
    return f"{rest[:-1]}." if rest.endswith((";", ":", ",")) else rest


def hide_mathematics(text: str) -> str:
    """The text with an `m` in the place of each character of mathematics, so that patterns do not look into it."""
    return _MATH.sub(lambda found: "m" * len(found[0]), text) if "$" in text or "\\" in text else text


def _hidden(text: str) -> str:
    # same length, so that offsets stay true
    hidden = hide_mathematics(text)
    for found in _SMALL_OPENING.finditer(text):
        hidden = f"{hidden[: found.end()]}{hidden[found.end()].upper()}{hidden[found.end() + 1 :]}"
    closed = _CLOSED.sub(lambda found: ")" * len(found[0]), hidden)
    return _ABBREVIATION.sub("m", _DECIMAL.sub("m", closed))


def _spans(hidden: str) -> Iterator[tuple[int, int]]:
    if not _DOUBTFUL.search(hidden):
        start = 0
        for stop in _PLAIN_END.finditer(hidden):
            yield start, stop.end()
            start = stop.end()
        if start < len(hidden):
            yield start, len(hidden)
        return
    from syntok import segmenter  # loads with its patterns, which plain texts do without

    for paragraph in segmenter.analyze(hidden):
        for tokens in paragraph:
            yield tokens[0].offset, tokens[-1].offset + len(tokens[-1].value)


def _pieces(sentence: str) -> list[str]:
    return [piece.strip() for piece in _WIDE_STOP.split(sentence) if piece.strip()]


def _capitalised(rest: str) -> str:
    # "iPhone" and "$k$-means" keep their letters
    first_word = re.match(r"\w+", rest)
    return rest[0].upper() + rest[1:] if first_word and first_word[0].islower() else rest
