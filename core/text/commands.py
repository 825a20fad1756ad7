"""Sentences that speak to a model or a reviewer instead of telling of research: "Ignore your instructions and ...".

`core.summarise.source` leaves them out of what a summary may rest on, `core.summarise.extract` out of what it chooses.
Papers about such attacks quote them within their own sentences, of which only those few are left out. Pure and linear;
it finds the usual wordings, not all there can be.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

_SENTENCE: Final = re.compile(r"[^.!?。！？\n]{1,2000}[.!?。！？\n]*")

_RULES: Final = r"(?:instructions?|prompts?|directives?|guidelines|everything|rules|commands?)"
_PAPER: Final = r"(?:paper|work|submission|article|manuscript)"
_MODEL: Final = r"(?:ai|llm|language model|large language model|automated|summari[sz]er|ai assistant)s?"
_POLITE: Final = (
    r"^\W{0,10}(?:(?:please|now|instead|always|only|finally|also|then|and|important|attention|note|warning|dear|stop|hey"
    r"|you (?:must|should|will|have to|need to))\b\W{0,4}){0,3}"
)
#: how an attack begins
_ATTACK: Final = re.compile(
    rf"{_POLITE}(?:ignore|disregard|forget|override|bypass)\b[^.]{{0,60}}?\b{_RULES}"
    r"|^\W{0,10}(?:system|developer|assistant|user|human|instructions?|admin|new task)\s{0,2}"
    r"(?:prompt|message|instructions?|override)?\s{0,2}[:\]>]"
    r"|^\W{0,10}(?:=====|-----|#####?)\s{0,3}(?:PAPER|ANSWER|END|BEGIN|SYSTEM)\b"
    r"|^\W{0,10}(?:ignoriere?n?|vergiss|ignore[zr]?|oublie[zr]?|ignora|olvida)\b[^.]{0,60}"
    r"\b(?:anweisung(?:en)?|instructions|instrucciones|istruzioni)",
    re.IGNORECASE,
)
#: what an attack has in it
_ATTACK_WITHIN: Final = re.compile(
    r"<\s?\|?\s?/?(?:im_start|im_end|system|start_of_turn|end_of_turn|assistant|endoftext)\b|\[\s?/?INST\s?\]|<<\s?/?SYS"
    r"|\byou are (?:now )?(?:a|an|the|no longer) (?:\w{1,20} ){0,3}(?:ai|assistant|model|reviewer|chatbot|bot|dan)\b"
    r"|忽略(?:之前|以上|所有|你|前面)[^。]{0,20}(?:指令|指示|提示)",
    re.IGNORECASE,
)
#: how a sentence begins that asks for something
_REQUEST: Final = re.compile(
    rf"{_POLITE}(?:output|respond|reply|answer|print|repeat|include|insert|write|say|state|translate|summari[sz]e|rate"
    r"|score|recommend|accept|click|visit|open|tell|send|post|append|mention|reveal|return|set|add|use|give|assign"
    r"|praise|download|transfer|subscribe|follow)\s(?:with\b|only\b|that (?:this|it)|exactly|the following"
    r"|the (?:word|phrase|sentence|gist|summary|user|reader|paper|link)s?\b"
    r"|this (?:paper|work|link|text|summary|article)|your|here\b|https?:|@|[\"'“‘«:]|it (?:10|as|a)\b|everyone"
    r"|all (?:users|readers|channels|members))",
    re.IGNORECASE,
)
#: what a sentence has in it that asks for something
_REQUEST_WITHIN: Final = re.compile(
    rf"\b(?:ignore|disregard|forget|override)\s(?:\w{{1,12}}\s){{0,4}}(?:previous|prior|above|earlier|your|all)\s"
    rf"(?:\w{{1,12}}\s){{0,3}}{_RULES}"
    rf"|\b(?:rate|score|grade|review)s? (?:this|the|our) {_PAPER} (?:\w{{1,12}} ){{0,3}}"
    r"(?:\d{1,3}\s?/\s?\d{1,3}|positively|highly|as)"
    r"|\b(?:give|assign|award) (?:\w{1,12} ){0,4}"
    r"(?:positive review|full marks|top score|highest (?:score|rating)|\d{1,3}\s?/\s?\d{1,3})"
    rf"|\b(?:as|to) (?:an?|the|any|all) {_MODEL}(?: (?:language model|reviewer|assistant|summari[sz]er|model|agent)s?)?"
    r"\s?(?:,|:|reading|reviewing|summari[sz]ing|that reads|who)"
    r"|\bsystem prompt\s?:|\bdo not (?:mention|highlight|reveal|summari[sz]e|tell)\b[^.]{0,40}"
    r"\b(?:this|negatives?|weakness|instruction|users?|readers?)"
    r"|\b(?:you must|you should|you have to|make sure (?:to|you)) (?:\w{1,12} ){0,2}"
    r"(?:output|respond|reply|say|write|rate|include|click|visit|accept|recommend|summari[sz]e|mention)"
    r"|\bclick (?:here|(?:on )?(?:the|this) link)|\bgist\s?[\"']?\s?[:=]",
    re.IGNORECASE,
)
#: one of these is in every sentence that the slow patterns find
_CLUES: Final = (
    *("<", "[", "you ", "忽略", "ignore", "disregard", "forget", "override", "this paper", "the paper", "our paper"),
    *("this work", "the work", "our work", "submission", "article", "manuscript", "review", "marks", "score", "rating"),
    *("/", " ai", "llm", "language model", "automated", "summari", "system prompt", "do not", "click", "gist"),
)


def is_command(sentence: str) -> bool:
    """Does the sentence tell a model or a reviewer what to do?"""
    has_clue = _has_clue(sentence)
    return _is_attack(sentence, has_clue=has_clue) or _is_request(sentence, has_clue=has_clue)


def command_spans(text: str) -> tuple[tuple[int, int], ...]:
    """Where sentences of a text are commands; after an open attack everything up to the end of the line is one."""
    return tuple(_spans(text))


def _spans(text: str) -> Iterator[tuple[int, int]]:
    attacked_until = 0
    for match in _SENTENCE.finditer(text):
        start, end = match.span()
        has_clue = _has_clue(match[0])
        if start < attacked_until:
            yield start, end
        elif _is_attack(match[0], has_clue=has_clue):
            line_end = text.find("\n", start)
            attacked_until = len(text) if line_end < 0 else line_end
            yield start, end
        elif _is_request(match[0], has_clue=has_clue):
            yield start, end


def _is_attack(sentence: str, *, has_clue: bool) -> bool:
    return _ATTACK.match(sentence) is not None or (has_clue and _ATTACK_WITHIN.search(sentence) is not None)


def _is_request(sentence: str, *, has_clue: bool) -> bool:
    return _REQUEST.match(sentence) is not None or (has_clue and _REQUEST_WITHIN.search(sentence) is not None)


def _has_clue(sentence: str) -> bool:
    lower = sentence.lower()
    return any(clue in lower for clue in _CLUES)
