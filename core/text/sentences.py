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
_SHORT_FORMS: Final = (
    "al alg algs approx cf ch cor def dr e.g eq eqs eqn eqns fig figs i.e lem prof prop ref refs resp sec secs tab tabs"
    " thm thms viz vol vs w.r.t"
)
_BEFORE_DOT: Final = "|".join(rf"(?<=\b{re.escape(word)}\.)" for word in _SHORT_FORMS.split())
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
_CLOSING_SIGNS: Final = re.compile(r"(?<=[.!?])(?:''|\})+(?=\s)")
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
_AS_MOTIVATION: Final = (
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
    rf"|(?:here|{_THIS_PAPER}|{_ADDRESSING}|{_AS_MOTIVATION}|{_LINK})\s*,\s*(?=[\w(])"
    r"|\(?(?:[ivx]{1,4}|\d|[a-e])\)\s+(?=\w)",
    re.IGNORECASE,
)
#: what is left must still be a sentence
_SHORTEST_REST: Final = 20
_MOST_OPENINGS: Final = 3


def split(text: str) -> list[str]:
    """The sentences of a text in order, each a verbatim piece of it, without the space around them."""
    return [piece for start, end in _spans(_mask_inner_stops(text)) for piece in _pieces(text[start:end])]


def trim(sentence: str) -> str:
    """The sentence without a label ("Methods:") or an opening such as "In this paper,", with its capital again."""
    text = _LABEL.sub("", sentence)
    for _ in range(_MOST_OPENINGS):
        opening = _OPENING.match(text)
        if not opening or len(text) - opening.end() < _SHORTEST_REST:
            break
        text = text[opening.end() :]
    text = _capitalise(text) if text != sentence else sentence
    return f"{text[:-1]}." if text.endswith((";", ":", ",")) else text


def hide_mathematics(text: str) -> str:
    """The text with an `m` in the place of each character of mathematics, so that patterns do not look into it."""
    return _MATH.sub(lambda match: "m" * len(match[0]), text) if "$" in text or "\\" in text else text


def _mask_inner_stops(text: str) -> str:
    # same length, so that offsets stay true
    mask = hide_mathematics(text)
    for match in _SMALL_OPENING.finditer(text):
        mask = f"{mask[: match.end()]}{mask[match.end()].upper()}{mask[match.end() + 1 :]}"
    flat = _CLOSING_SIGNS.sub(lambda match: ")" * len(match[0]), mask)
    return _ABBREVIATION.sub("m", _DECIMAL.sub("m", flat))


def _spans(mask: str) -> Iterator[tuple[int, int]]:
    if not _DOUBTFUL.search(mask):
        start = 0
        for stop in _PLAIN_END.finditer(mask):
            yield start, stop.end()
            start = stop.end()
        if start < len(mask):
            yield start, len(mask)
        return
    from syntok import segmenter  # loads with its patterns, which plain texts do without

    for paragraph in segmenter.analyze(mask):
        for tokens in paragraph:
            yield tokens[0].offset, tokens[-1].offset + len(tokens[-1].value)


def _pieces(sentence: str) -> list[str]:
    return [piece.strip() for piece in _WIDE_STOP.split(sentence) if piece.strip()]


def _capitalise(text: str) -> str:
    # "iPhone" and "$k$-means" keep their letters
    first_word = re.match(r"\w+", text)
    return text[0].upper() + text[1:] if first_word and first_word[0].islower() else text
