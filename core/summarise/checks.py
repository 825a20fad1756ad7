"""Is what a model wrote of a paper sound? A draft and its source in, the sound claims and everything that is wrong out.

Each check is a function of its own that says what is wrong, or nothing. A claim is sound where its quote stands in the
paper, its numbers do, it is in the language asked for, and nothing but plain prose is in it. Whether the quote implies
the claim is not checked: that takes reading. Pure, a few milliseconds for a summary.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from core.papers.paper import Evidence
from core.summarise.answers import Draft
from core.summarise.flaws import Failure, Flaw
from core.summarise.source import Source, content_stems, find_quote, letters_of
from core.text.commands import is_command
from core.text.numbers import mentions
from core.text.readable import readable, shorten
from core.text.scripts import is_written_in

#: characters of one claim; five parts that are as long fill a screen
LONGEST_CLAIM: Final = 600
#: share of a claim's words that must be the paper's where both are in one language: of people's own summaries 98 % have
#: it, of those of other papers 15 %
_LEAST_SHARED: Final = 0.25
#: with fewer words a share says nothing
_FEWEST_WORDS: Final = 5
#: words of its own that a gist has beside those of the title
_FEWEST_NEW_WORDS: Final = 2

#: characters of a paper that show its language
_TELLING: Final = 1_500
#: characters of a quote that is not found, for the report
_SHOWN_QUOTE: Final = 120

_FENCE: Final = re.compile(r"`{1,3}(?:[a-z]{1,10}(?=\s))?")
_EMPHASIS: Final = re.compile(r"(?<![\w*])(\*{1,3}|_{1,3}|~~)(?=\S)([^*_~]{1,400})(?<=\S)\1(?![\w*])")
_LINE_MARK: Final = re.compile(r"^\s{0,8}(?:#{1,6}|[-*+•>]|\d{1,2}[.)])\s+")
_TAG: Final = re.compile(
    r"</?(?:b|i|u|s|em|strong|p|br|hr|div|span|sub|sup|code|pre|ul|ol|li|h[1-6]|small|mark|del|ins|q|cite|tt|font|center)"
    r"(?:\s[^<>]{0,200})?/?>",
    re.IGNORECASE,
)
#: endings of names of hosts that chat programs make addresses of, even without a path
_ENDINGS: Final = "com|org|net|io|ai|dev|app|info|biz|xyz|top|ru|cn|example|link|click|site|online|co|me"
_LINK: Final = re.compile(
    r"\b[a-z][a-z0-9+.-]{1,15}://|\bwww\.\w|\b(?:mailto|javascript|data|tg|tel):\S|!?\[[^\]]{0,300}\]\s?\("
    rf"|\b[\w-]{{1,63}}(?:\.[\w-]{{1,63}}){{0,4}}\.(?:[a-z]{{2,12}}/\S|(?:{_ENDINGS})\b(?!\.\w))"
    r"|[\w.+-]{1,64}@[\w-]{1,63}\.[a-z]{2}",
    re.IGNORECASE,
)
_MENTION: Final = re.compile(r"(?<![\w.])@\s?\w|<\s?[@!#]|(?<!\S)/[a-z_]{2,32}\b|(?<![\w&])#[A-Za-z_]\w", re.IGNORECASE)
_TEX: Final = re.compile(r"\\[A-Za-z]{2,}")
_MARKUP: Final = re.compile(r"<\s?/?[a-z!][^<>]{0,300}>|\{\s?\"|\]\(|<\||&(?:#\w{1,8}|[a-z]{2,8});", re.IGNORECASE)
_LONG_WORD: Final = re.compile(r"[!-~]{81}")
#: `(1)`, `2)`, `3.` before the items of a list
_ENUMERATION: Final = re.compile(r"(?:^|(?<=[\s;:,.；：，。、])(?<!\d[.,]))[(（]?\d(?:[)）]|[.、](?=\s))")


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What is left of a draft."""

    #: part -> the claim as it is shown, with the paper's own passage
    sound: Mapping[str, Evidence]
    failures: tuple[Failure, ...]


def judge(draft: Draft, source: Source, language: str) -> Verdict:
    """Check every claim of a draft; a claim without failures is sound."""
    is_in_papers_language = is_written_in(source.text[:_TELLING], language) is True
    sound: dict[str, Evidence] = {}
    failures = [] if "gist" in draft.claims else [Failure(flaw=Flaw.EMPTY, part="gist")]
    for part, claim in draft.claims.items():
        text = plain(claim.text)
        flaws = list(claim_flaws(text, source, language))
        if is_in_papers_language and is_of_other_paper(text, source):
            flaws.append((Flaw.OTHER_PAPER, ""))
        if part == "gist":
            flaws += ((flaw, "") for flaw in gist_flaws(text, source))
        if any(letters_of(text) == letters_of(earlier.claim) for earlier in sound.values()):
            flaws.append((Flaw.REPETITION, ""))
        passage = find_quote(claim.quote, source)
        if isinstance(passage, Flaw):
            flaws.append((passage, shorten(claim.quote, _SHOWN_QUOTE)))
        elif not flaws:
            sound[part] = Evidence(claim=text, quote=passage)
        failures += (Failure(flaw=flaw, part=part, detail=detail) for flaw, detail in flaws)
    return Verdict(sound=MappingProxyType(sound), failures=tuple(failures))


def claim_flaws(text: str, source: Source, language: str) -> Iterator[tuple[Flaw, str]]:
    """What is wrong with a plain claim by itself, with the number or nothing as detail."""
    if not letters_of(text):
        yield Flaw.EMPTY, ""
    if flaw := foreign_matter(text, source):
        yield flaw, ""
    for number in unsound_numbers(text, source, language):
        yield Flaw.NUMBER, number
    if is_written_in(text, language) is False:
        yield Flaw.LANGUAGE, ""


def gist_flaws(text: str, source: Source) -> Iterator[Flaw]:
    """What is wrong with a plain claim as a gist."""
    if is_title_again(text, source):
        yield Flaw.TITLE
    if source.first_sentence and letters_of(text) == source.first_sentence:
        yield Flaw.COPY


def is_right_language(claims: Sequence[str], language: str) -> bool:
    """Are claims together in a language? Short ones do not always tell by themselves."""
    return is_written_in(" ".join(claims), language) is not False


def plain(text: str) -> str:
    """A claim as it is shown: one line, without what Markdown and HTML use to style words, and without TeX."""
    bare = _LINE_MARK.sub("", _TAG.sub("", _FENCE.sub("", readable(text))))
    for _ in range(2):
        bare = _EMPHASIS.sub(r"\2", bare)
    return readable(bare)


def unsound_numbers(text: str, source: Source, language: str) -> tuple[str, ...]:
    """The numbers of a claim that the paper does not have, as the claim writes them."""
    without_lists = _ENUMERATION.sub(" ", text)
    return tuple(number.text for number in mentions(without_lists, language) if not source.numbers.hold(number))


def foreign_matter(text: str, source: Source) -> Flaw | None:
    """What is in a plain claim that is no prose: an address, a mention, mark-up, a command or a word of one."""
    if _LINK.search(text):
        return Flaw.LINK
    if _MENTION.search(text):
        return Flaw.MENTION
    if _MARKUP.search(text) or any(command not in source.text for command in _TEX.findall(text)):
        return Flaw.MARKUP
    if is_command(text) or content_stems(text) & source.command_stems:
        return Flaw.COMMAND
    return Flaw.LONG if len(text) > LONGEST_CLAIM or _LONG_WORD.search(text) else None


def is_title_again(text: str, source: Source) -> bool:
    """Does a gist say no more than the title? Only where both are in one language, which their words show."""
    words = content_stems(text)
    return bool(words & source.title_stems) and len(words - source.title_stems) < _FEWEST_NEW_WORDS


def is_of_other_paper(text: str, source: Source) -> bool:
    """Are too few of a claim's words the paper's? Only for a claim in the paper's language."""
    words = content_stems(text)
    return len(words) >= _FEWEST_WORDS and len(words & source.stems) < _LEAST_SHARED * len(words)
