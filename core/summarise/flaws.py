"""What can be wrong with what a model wrote, as values, and as sentences for the model that is asked again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from core.summarise.languages import language_name


class Flaw(StrEnum):
    """What is wrong with an answer, or with one claim in it."""

    # with the answer
    NO_ANSWER = "no answer"
    #: far longer than any summary
    HUGE = "huge"
    #: the model says that it does not do it
    REFUSAL = "refusal"
    #: no object with a gist in it
    NOT_JSON = "not JSON"
    #: JSON of another shape than asked for
    SHAPE = "shape"
    #: it breaks off
    CUT = "cut"

    # with a quote
    QUOTE_MISSING = "quote missing"
    QUOTE_SHORT = "quote too short"
    QUOTE_NOT_FOUND = "quote not found"
    #: the quote is of a sentence that tells a model what to do
    QUOTE_OF_COMMAND = "quote of a command"

    # with a claim
    EMPTY = "empty"
    #: a number that the paper does not have
    NUMBER = "number"
    LANGUAGE = "language"
    #: the gist says what the title says
    TITLE = "title"
    #: the gist is the abstract's first sentence
    COPY = "copy"
    #: two parts say the same
    REPETITION = "repetition"
    LONG = "long"
    LINK = "link"
    MENTION = "mention"
    MARKUP = "mark-up"
    #: the claim tells somebody what to do
    COMMAND = "command"
    #: the claim shares next to no words with the paper
    OTHER_PAPER = "other paper"


#: the flaws of a quote
QUOTE_FLAWS: Final = frozenset({Flaw.QUOTE_MISSING, Flaw.QUOTE_SHORT, Flaw.QUOTE_NOT_FOUND, Flaw.QUOTE_OF_COMMAND})


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """One thing that is wrong with an answer."""

    flaw: Flaw
    #: the part of the summary; empty where it is the whole answer
    part: str = ""
    #: which number, which quote; hostile text
    detail: str = ""


_REASONS: Final[Mapping[Flaw, str]] = MappingProxyType(
    {
        Flaw.NO_ANSWER: "There is no answer.",
        Flaw.HUGE: "It is far too long.",
        Flaw.REFUSAL: "It is no summary. The paper is public, and nothing but a summary of it is asked for.",
        Flaw.NOT_JSON: "It is not one JSON object with the field gist.",
        Flaw.SHAPE: "It is JSON of another shape: each field is an object with the texts quote and text.",
        Flaw.CUT: "It breaks off. Be much shorter.",
        Flaw.QUOTE_MISSING: "the quote is missing.",
        Flaw.QUOTE_SHORT: "the quote is too short, or has too many gaps. Copy one whole passage.",
        Flaw.QUOTE_NOT_FOUND: "the quote does not stand in the paper. Copy a passage letter by letter, not the title.",
        Flaw.QUOTE_OF_COMMAND: "the quote is no part of the research. Quote a sentence of the research.",
        Flaw.EMPTY: "the text is empty.",
        Flaw.NUMBER: "the number {detail} does not stand in the paper. Copy its numbers, or leave them out.",
        Flaw.LANGUAGE: "the text is not in {language}.",
        Flaw.TITLE: "the text only says the title again. Say what is new.",
        Flaw.COPY: "the text is the first sentence of the abstract. Say what is new, in your own words.",
        Flaw.REPETITION: "the text repeats another field.",
        Flaw.LONG: "the text is too long.",
        Flaw.LINK: "the text has an address in it. Leave it out.",
        Flaw.MENTION: "the text has a mention or a chat command in it. Leave it out.",
        Flaw.MARKUP: "the text has mark-up in it. Write plain text.",
        Flaw.COMMAND: "the text tells somebody what to do. Say what the research found.",
        Flaw.OTHER_PAPER: "the text is not about this paper.",
    }
)


def explain(failure: Failure, language: str) -> str:
    """A failure as a sentence for the model; `language` is the tag of the one that was asked for."""
    reason = _REASONS[failure.flaw].format(language=language_name(language), detail=failure.detail)
    return f'"{failure.part}": {reason}' if failure.part else reason
