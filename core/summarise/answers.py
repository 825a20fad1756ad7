"""Read what a language model answered: text -> draft, or the reason why there is none.

Takes JSON as it should be, and JSON within prose, code fences or a model's thoughts; with trailing commas; and of an
answer that was cut off, the claims that are whole. It never guesses: a field that is not an object of two texts is not
read. Answers to questions and briefings are found by `last_object` as well. Pure, bounded, and nothing here raises.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated, Any, Final, TypeVar

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from core.channels import Depth
from core.summarise.flaws import Flaw
from core.summarise.selection import PARTS

#: characters of the longest answer that is read; real ones have 500 to 6,000
LONGEST_ANSWER: Final = 40_000
#: characters of one claim or quote
_LONGEST_TEXT: Final = 2_000
#: places in an answer where an object may begin that are tried
_MOST_BEGINNINGS: Final = 12

_Object = TypeVar("_Object")

#: what ends the thoughts that some models write before their answer
_END_OF_THOUGHTS: Final = re.compile(r"</(?:think|thinking|reasoning)>", re.IGNORECASE)
_BEGINNING: Final = re.compile(r'\{(?=\s{0,20}["}])')
_TRAILING_COMMA: Final = re.compile(r",(\s{0,200}[}\]])")
_KEY: Final = re.compile(r'\s*,?\s*"(\w{1,40})"\s*:\s*')
_REFUSAL: Final = re.compile(
    r"^\W{0,5}(?:i(?:['’]m| am) (?:sorry|not able|unable)|sorry|i can(?:not|['’]t)|as an ai|unfortunately"
    r"|i (?:won['’]t|will not|must decline)|es tut mir leid|je suis désolé|lo siento|抱歉|对不起|很抱歉|申し訳)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What a model says of a paper, and the passage that it names for it; hostile text, both."""

    text: str
    quote: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A summary as a model wrote it, of which nothing is checked."""

    #: part -> claim; parts that the model left empty are left out
    claims: Mapping[str, Claim]
    #: True where the answer was cut off, so that the last parts may be missing
    is_cut: bool = False


#: one text in an answer
AnswerText = Annotated[str, StringConstraints(strip_whitespace=True, max_length=_LONGEST_TEXT)]


class ClaimFields(BaseModel):
    """A claim as it stands in an answer."""

    model_config = ConfigDict(strict=True, extra="ignore")

    text: AnswerText
    quote: AnswerText


def read_answer(answer: str, depth: Depth, *, is_cut: bool = False) -> Draft | Flaw:
    """The draft that an answer holds; a refusal in the place of the gist is a refusal."""
    if len(answer) > LONGEST_ANSWER:
        return Flaw.HUGE
    text = _without_thoughts(answer)
    if not text:
        return Flaw.NO_ANSWER
    whole = last_object(text, _with_gist)
    fields = whole or _broken_off(text)
    if fields is None:
        return Flaw.REFUSAL if _REFUSAL.match(text) else Flaw.NOT_JSON
    try:
        claims = {part: _claim(fields[part]) for part in PARTS[depth] if part in fields}
    except ValidationError:
        return Flaw.SHAPE
    gist = claims.get("gist")
    if gist and _REFUSAL.match(gist.text):
        return Flaw.REFUSAL
    claims_with_text = {part: claim for part, claim in claims.items() if claim.text}
    return Draft(claims=MappingProxyType(claims_with_text), is_cut=is_cut or whole is None)


def _claim(value: object) -> Claim:
    read = ClaimFields.model_validate({"text": "", "quote": ""} if value is None else value)
    return Claim(text=read.text, quote=read.quote)


def last_object(answer: str, read: Callable[[object], _Object | None]) -> _Object | None:
    """What `read` makes of the last whole object in an answer that is one for it; None where none is."""
    text = _without_thoughts(answer[:LONGEST_ANSWER])
    for candidate in (text, _TRAILING_COMMA.sub(r"\1", text)):
        objects = [reading for value in _objects(candidate) if (reading := read(value)) is not None]
        if objects:
            return objects[-1]
    return None


def _without_thoughts(answer: str) -> str:
    return _END_OF_THOUGHTS.split(answer)[-1].strip()


def _broken_off(text: str) -> Mapping[str, Any] | None:
    """What there is of the first object with a gist."""
    members = (_members(text, beginning) for beginning in _beginnings(text))
    return next((fields for fields in members if "gist" in fields), None)


def _objects(text: str) -> Iterator[object]:
    end = 0
    for beginning in _beginnings(text):
        if beginning >= end:
            try:
                value, end = _DECODER.raw_decode(text, beginning)
            except (ValueError, RecursionError):
                continue
            yield value


def _beginnings(text: str) -> list[int]:
    places = (match.start() for match in _BEGINNING.finditer(text))
    return [place for place, _ in zip(places, range(_MOST_BEGINNINGS), strict=False)]


def _with_gist(value: object) -> Mapping[str, Any] | None:
    """The object with the gist: the value itself, or the one thing that is wrapped in it."""
    if isinstance(value, dict):
        if "gist" in value:
            return value
        if len(value) == 1:
            inner = next(iter(value.values()))
            return inner if isinstance(inner, dict) and "gist" in inner else None
    return None


def _members(text: str, beginning: int) -> Mapping[str, Any]:
    """The members of an object that are whole, up to where it breaks off."""
    members: dict[str, Any] = {}
    at = beginning + 1
    while key := _KEY.match(text, at):
        try:
            members[key[1]], at = _DECODER.raw_decode(text, key.end())
        except (ValueError, RecursionError):
            break
    return members


_DECODER: Final = json.JSONDecoder()
