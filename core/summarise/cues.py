"""The phrases by which abstracts announce what a sentence is about: tables for `core.summarise.extract`, nothing else.

All patterns look at folded text (lower case, no diacritics).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

#: a pattern, and how strongly it speaks for (or against) a sentence
Cue = tuple[re.Pattern[str], float]

_WE: Final = r"\b(?:we|i)\b(?: \w+){0,3}? "

PROPOSES: Final = re.compile(
    _WE + r"(?:propose|introduce|present|develop|design|devise|describe|formulate|suggest|build|construct|create|offer"
    r"|contribute|release|advocate|put forward)\b"
)
_STUDIES: Final = re.compile(
    _WE + r"(?:study|investigate|explore|examine|analy[sz]e|consider|address|aim|focus|revisit|compare|tackle|discuss"
    r"|learn|leverage|use|apply|extend|train|adapt|utili[sz]e)\b"
)
_SHOWS: Final = re.compile(
    _WE + r"(?:show|demonstrate|prove|find|found|observe|establish|reveal|report|argue|identify|provide|derive|give"
    r"|discover|conclude)\b"
)
_THIS_PAPER: Final = re.compile(
    r"\b(?:this|our|the present|the current) (?:\w+ )?(?:paper|work|article|study|letter|survey|report|thesis|review)\b"
)
_GOES_ON: Final = re.compile(
    r"^(?:furthermore|moreover|additionally|in addition|finally|also|further|besides|then|next|lastly|second|secondly"
    r"|third|similarly|together with|along with|alongside|building on)\b"
    r"|\bwe (?:also|further|additionally|finally|then)\b"
)
_LEANS: Final = re.compile(r"^(?:it|they|these|those|such|its|their|this (?!paper|work|article|study|survey|report))\b")
_POINTS_AWAY: Final = re.compile(
    r"https?://|www\.|\b(?:code|data|demos?|videos?|models?|page|checkpoints?|dataset)\b[^.]{0,60}"
    r"\b(?:available|released|found at|open-sourced)\b"
)
_TURNS: Final = re.compile(r"^(?:however|but|unfortunately|yet|despite|although|while|nevertheless)\b|\bhowever,")
_LACKS: Final = re.compile(
    r"\b(?:challeng\w*|difficult\w*|lack\w*|limit(?:s|ed|ations?)|remain\w*|fails?|failed|suffer\w*|unclear|struggl\w*"
    r"|bottleneck\w*|hinder\w*|neglect\w*|overlook\w*|under-?explored|expensive|costly|gaps?)\b"
)
_MATTERS: Final = re.compile(
    r"\b(?:problems?|important|crucial|critical|essential|fundamental|key|need(?:s|ed)?|widely|central|success\w*)\b"
)
_BEFORE: Final = re.compile(
    r"\b(?:existing|previous\w*|prior|current\w*|recent\w*|traditional\w*|conventional\w*|often|typically|most|many)\b"
)
_IN_DETAIL: Final = re.compile(r"^(?:specifically|in particular|concretely|more specifically|first|the key idea)\b")
_OURS: Final = re.compile(
    r"\b(?:our|the proposed|the|this) (?:\w+ ){0,2}?(?:method|approach|model|framework|algorithm|system|architecture"
    r"|technique|pipeline|key idea)\b"
)
_WORKS_BY: Final = re.compile(
    r"\b(?:consists?|comprises?|combin\w+|integrat\w+|leverag\w+|employ\w*|incorporat\w+|based on|by \w+ing|using|uses"
    r"|via|through|built on|trained?|optimi[sz]\w+|formulat\w+)\b"
)
_MEASURED: Final = re.compile(
    r"\b(?:experiments?|experimental\w*|evaluat\w+|results?|empirical\w*|benchmarks?|simulations?|ablations?|tested)\b"
)
_BETTER: Final = re.compile(
    r"\b(?:outperform\w*|state[- ]of[- ]the[- ]art|sota|achiev\w*|improv\w*|surpass\w*|superior|accuracy|reduc\w+"
    r"|gains?|faster|exceed\w*|competitive|compared (?:to|with))\b"
)
_NUMBERS: Final = re.compile(r"\d(?:\.\d+)?\s?(?:\\?%|percent|x\b|times\b|points?\b)|\d\.\d")
_MEANS: Final = re.compile(
    r"\b(?:suggest\w*|implications?|highlight\w*|underscor\w+|conclu\w+|findings|insights?|pav(?:e|es|ing)|implies"
    r"|indicat\w+|opens?|foundations?|potential\w*|promising|practical\w*|enabl\w+|opportunit\w+|directions?|toward\w*)\b"
)
_SUMS_UP: Final = re.compile(
    r"^(?:overall|in conclusion|in summary|to conclude|together|taken together|ultimately|thus|therefore|hence"
    r"|(?:these|our|the) (?:results|findings)|this work|our work|this (?:study|paper)) ?\b"
)

#: cues of the sentence that tells the gist
GIST: Final[tuple[Cue, ...]] = (
    (PROPOSES, 0.045),
    (_THIS_PAPER, 0.04),
    (_STUDIES, 0.033),
    (_SHOWS, 0.025),
    (_GOES_ON, -0.017),
    (_LEANS, -0.01),
    (_POINTS_AWAY, -0.05),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of a summary, and how to know a sentence that tells it."""

    #: the field of `core.papers.Summary`
    name: str
    cues: tuple[Cue, ...]
    #: where in an abstract it is told: 0 is the first sentence, 1 the last
    place: float
    #: the least score (cues, and up to 1 for the place) of a sentence that tells it
    enough: float


#: in the order in which abstracts tell them
PARTS: Final = (
    Part(
        name="motivation",
        cues=(
            (_TURNS, 1.5),
            (_LACKS, 1.0),
            (_MATTERS, 0.7),
            (_BEFORE, 0.5),
            (PROPOSES, -2.0),
            (_SHOWS, -1.0),
            (_THIS_PAPER, -1.0),
            (_MEASURED, -0.5),
        ),
        place=0.1,
        enough=1.5,
    ),
    Part(
        name="method",
        cues=(
            (PROPOSES, 1.0),
            (_STUDIES, 0.7),
            (_IN_DETAIL, 1.0),
            (_OURS, 0.5),
            (_WORKS_BY, 0.8),
            (_TURNS, -1.0),
            (_LACKS, -0.7),
            (_MEASURED, -1.0),
            (_BETTER, -0.7),
            (_SHOWS, -0.5),
            (_POINTS_AWAY, -2.0),
        ),
        place=0.5,
        enough=1.7,
    ),
    Part(
        name="result",
        cues=(
            (_MEASURED, 1.0),
            (_BETTER, 1.0),
            (_NUMBERS, 0.8),
            (_SHOWS, 0.8),
            (PROPOSES, -1.0),
            (_TURNS, -0.7),
            (_BEFORE, -0.3),
            (_POINTS_AWAY, -2.0),
        ),
        place=0.85,
        enough=1.7,
    ),
    Part(
        name="conclusion",
        cues=(
            (_MEANS, 1.0),
            (_SUMS_UP, 1.0),
            (PROPOSES, -1.0),
            (_NUMBERS, -0.7),
            (_BETTER, -0.3),
            (_TURNS, -1.0),
            (_POINTS_AWAY, -2.0),
        ),
        place=1.0,
        enough=1.7,
    ),
)
