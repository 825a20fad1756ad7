"""Does a sentence make sense to somebody who has not read the one before it, and does it tell anything?

`core.summarise.gist` and `core.summarise.roles` prefer sentences that do. Pure functions over a trimmed sentence.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from core.text.words import fold

_SELF: Final = (
    r"(?:\w+ ){0,2}?(?:paper|work|article|study|survey|report|letter|thesis|review|manuscript|chapter|tutorial|note|"
    r"research|project|dissertation|overview|perspective|essay|document|contribution|investigation|analysis|monograph|"
    r"whitepaper|demo|editorial|commentary)\b"
)
#: what "this" may point at in another sentence
_THING: Final = (
    r"(?:issues?|problems?|gaps?|challenges?|limitations?|ideas?|concepts?|observations?|insights?|findings?"
    r"|questions?|"
    r"goals?|aims?|ends?|purposes?|settings?|tasks?|approach(?:es)?|methods?|methodology|frameworks?|techniques?"
    r"|models?|"
    r"systems?|results?|needs?|assumptions?|properties|property|difficult(?:y|ies)|trends?|phenomen(?:on|a)|effects?|"
    r"regimes?|scenarios?|contexts?|datasets?|tools?|strateg(?:y|ies)|mechanisms?|architectures?|algorithms?"
    r"|process(?:es)?|"
    r"cases?|domains?|directions?|fields?|areas?|factors?|risks?|concerns?|shortcomings?|obstacles?|barriers?"
    r"|dilemmas?|"
    r"constraints?|trade-?offs?|structures?|components?|modules?|features?|capabilit(?:y|ies)|advances?|improvements?|"
    r"experiments?|evaluations?|benchmarks?|pipelines?|paradigms?|representations?|principles?|relationships?|"
    r"perspectives?|formulations?|information|knowledge|data|metrics?|measures?|outcomes?|bias(?:es)?|patterns?)\b"
)
#: beginnings that lean on the sentence before
_LEANS: Final = re.compile(
    rf"(?:it(?! is (?:\w+ )?(?:known|shown|proved|proven|well|widely|important|essential|crucial|difficult|hard"
    rf"|possible|"
    rf"impossible|challenging|common|unclear|necessary|still|now|often))|its|they|them|their|these|those|such(?! as)"
    rf"|he|she|each (?:is|was|has|of them)"
    rf"|this(?! {_SELF})|that|both(?! \w+ \w+ and)|neither|the (?:former|latter|above|same|resulting|resultant"
    rf"|aforementioned|first|second|third|other|others|remaining|reason|idea|goal|challenge|problem|question)\b"
    r"|(?:one|a|the) (?:key |main |major |possible |second |third |further |final |other )*(?:reason|reasons|exception|"
    r"such|challenge|solution|issue|approach is|drawback|contribution)\b|another|others|here|there(?:by|fore|fter)"
    r"|however|but|yet|and|or|so|nor|thus|hence|then|also|too|moreover|furthermore|additionally|besides|instead"
    r"|otherwise"
    r"|consequently|accordingly|nevertheless|nonetheless|meanwhile|similarly|likewise|conversely|alternatively|rather"
    r"|subsequently|afterwards|specifically|notably|finally|lastly|secondly|thirdly|next|indeed|in fact|as such|in turn"
    r"|as a (?:result|consequence)|in (?:contrast|addition|particular|this|that|these|those|doing so|both|each|all) ?"
    rf"|for (?:instance|example|this|these|that|each of)|on the (?:other|one) (?:hand|side)|(?:un)?like (?:this|these"
    rf"|it)"
    r"|with (?:this|these|that|it)|by (?:this|these|doing (?:so|this|that)|so doing)|under (?:this|these|such)"
    r"|(?:using|via|through|from|within|among|of|at|to|on|after|based on|given|following|leveraging|due to|because of"
    r"|despite|beyond|across|without|unlike|applying|addressing|building (?:up)?on|inspired by|motivated by)"
    rf" (?:these|those|this(?! {_SELF})|such|it|them|their|that)|(?:(?:in order )?to \w+ )(?:this(?! {_SELF})|these"
    rf"|it|them|such)"
    r"|(?:which|who|whose|where|while|whereas|although|though|even though|because|since|as)\b(?=[^,]*$))\b"
)
#: "To learn what becomes of them, we ...", "Trained on lids, it ..."
_OPENING_CLAUSE: Final = re.compile(
    r"(?:(?:in order )?to|by|when|while|if|since|because|as|after|before|for|how|where|although|though|once)\b"
    r"([^,;:.]{0,120}?(?<!and )(?<!or )(?<!into )\b(?:it|its|they|them|their)\b)"
    r"[^;:.]{0,80}?,? (?:we|this (?:paper|study|work))\b"
    r"|(?:(?!existing|emerging)\w+(?:ed|ing)|built|made|drawn|written|given) [^,;:.]{0,120}, (?:it|they)\b"
    r"(?! is (?:\w+ )?(?:possible|shown|found|known|clear|hard|easy|that)\b)"
)
#: what a pronoun after it may stand for: a thing with its article, or several things
_ANTECEDENT: Final = re.compile(
    r"\b(?:an?|the|each|every|any|no|one|our|another) \w|(?<!what )(?<!which )(?<!how )(?<!who )\b\w{3,}[^s\W]s\b"
)
#: words that point at something said elsewhere, wherever they stand
_POINTS: Final = re.compile(
    rf"\b(?:these|those) (?:[\w-]+ ){{0,2}}?{_THING}|\bthis (?!{_SELF})(?:[\w-]+ ){{0,2}}?{_THING}"
    rf"|(?<!just )\bsuch an? (?:[\w-]+ )?{_THING}|\bdo(?:es|ing)? so\b"
    r"|\bthe (?:former|latter)\b|\b(?:the )?(?:aforementioned|above-mentioned|said)\b|\bthe above\b|\bmentioned above\b"
    r"|\bthese (?:two|three|four|five)\b|\b(?:each|all|both|some|one|any) of (?:these|those)\b(?! who)"
)
_BARE_THIS: Final = re.compile(r"(?<!like )\b(?:this|these)(?: (?:by|with|using|through|via|as|is|end)\b|[,.;]|$)")
_MAY_POINT: Final = re.compile(r"this|th[eo]se|such|\bso\b|former|latter|above|aforem|said|them")
#: a thing of the same kind said before in the same sentence: "a problem ..., and solve this problem"
_WORD: Final = re.compile(r"[a-z]+")
#: statements that hold for any paper
_VAGUE: Final = re.compile(
    r"^(?:our|the|its|we make|this work makes|this paper makes) (?:\w+ )?(?:\w+ )?contributions?\b|\bcontributions?:"
    r"|^(?:extensive|comprehensive|thorough|numerical|experimental|empirical|theoretical|we conduct|we perform|various|"
    r"multiple|detailed)?\s?(?:experiments?|results?|evaluations?|simulations?|ablations?|analys[ie]s)\b[^.]{0,50}"
    r"\b(?:validate|demonstrate|confirm|verify|show|illustrate|prove)s?\b[^.]{0,20}\b(?:effectiveness|efficacy"
    r"|superiority|"
    r"validity|feasibility|potential|utility|performance)\b[^.]{0,40}\.?$"
    r"|\b(?:we (?:hope|believe|expect|release|open-?source|make (?:our|the|all))|future (?:work|research"
    r"|directions?))\b"
    r"|^(?:the )?(?:rest|remainder|structure) of (?:the|this)"
)
_POINTS_AWAY: Final = re.compile(
    r"^(?:our|the|all|source|a|related)? ?(?:\w+ )?(?:code|data|models?|datasets?|project page|webpage|demo"
    r"|supplementary|"
    r"implementation|resources?|video|software|package|repository)s?\b[^.]{0,60}"
    r"\b(?:available|released|found|open-?sourced?|public|accessible)|https?:|www\.|\bgithub\b"
)
_ANY_THIS: Final = re.compile(rf"\b(?:this(?! {_SELF})|these|such an?) [a-z]")
_PROPOSAL: Final = re.compile(
    r"\b(?:is|are|was|were) (?:\w+ly )?(?:then )?(?:proposed|developed|introduced|presented|designed)\b"
)
_OUR_THING: Final = re.compile(
    r"^(?:our|the (?:proposed|presented|developed|resulting|new)) (?:\w+ )?(?:method|approach|framework|model|system"
    r"|algorithm|"
    r"technique|pipeline|architecture|solution|strategy|design|work|analysis|benchmark|dataset|findings?|results?"
    r"|study|"
    r"experiments?|evaluations?|implementation|contribution)s?\b"
)
_LIST: Final = re.compile(r"\((?:1|i|a)\)|\b1\)|[:;]$")
_MACRO: Final = re.compile(r"\\(?!text|emph|url|href|%|&|_|#|\$|mathr|mathb|cite|[a-z]{1,3}\b)[A-Za-z]{4,}")
_QUESTION: Final = re.compile(r"[?？][\"”']?$")
_OUR_VOICE: Final = (
    r"\b(?:we|our|ours|us|i|my)\b|\b(?:this|the present|the current|current) (?:\w+ ){0,2}?(?:paper|work|article|study|"
    r"letter|survey|report|thesis|review|manuscript|chapter|tutorial|note|research|project)\b"
    r"|\bthe (?:paper|article|authors?|report|survey|thesis) (?:\w+ly )?(?:introduc|propos|present|develop|describ"
    r"|stud[iy]|investigat|examin|explor|show|argu|review|analy[sz]|address|aims?\b)"
)
_OUR_VOICE_ALONE: Final = re.compile(_OUR_VOICE)
_OWN_WORK: Final = re.compile(
    rf"{_OUR_VOICE}|\b(?:is|are|was|were) (?:\w+ly )?(?:proposed|presented|introduced|developed|investigated|studied"
    rf"|shown|"
    r"derived|evaluated|analy[sz]ed|examined|compared|proven|proved|used|applied|employed|tested|found|described|"
    r"discussed|obtained|designed|demonstrated|considered|established|explored|conducted|performed|trained)\b"
)
#: what tells of something done once, or names a thing by a word of its own: a number, the past, "PotNet"
_PARTICULAR: Final = re.compile(
    r"\d|\b(?:was|were|had|did)\b|\b(?:is|are) (?:\w+ )?here\b|^(?:the )?[a-z]*[A-Z][a-z]*[A-Z]",
)
_BACKGROUND: Final = re.compile(
    r"\b(?:has|have) (?:\w+ )?(?:emerged|shown|become|been|gained|attracted|achieved|demonstrated|revolutioni[sz]ed"
    r"|made|"
    r"led|transformed|enabled|opened|garnered|received|seen|advanced|driven|proven|drawn|grown)\b"
    r"|\brecent (?:advance|progress|work|year|development|stud|research|breakthrough|success|trend|effort)"
    r"|\b(?:existing|previous|prior|conventional|traditional|current|most|many"
    r"|state-of-the-art) (?:\w+ ){0,3}?(?:methods?|"
    r"approach(?:es)?|works?|models?|studies|research|techniques|systems|solutions|algorithms|benchmarks|datasets"
    r"|efforts)\b"
    r"|\bremains? (?:a |an |\w+ly )?(?:\w+ )?(?:challeng|difficult|unclear|open|limited|under|unexplored|critical"
    r"|hard|elusive|"
    r"largely|poorly|unknown)|\b(?:is|are) (?:a |an )?(?:\w+ )?(?:crucial|critical|essential|important|fundamental"
    r"|challenging|widely|key|vital|"
    r"increasingly|central|ubiquitous|popular|prone|often|typically|commonly|notoriously|known)\b"
    r"|\b(?:often|typically|usually|commonly|frequently|generally) (?:\w+ly )?(?:rel|suffer|requir|fail|lack|struggl"
    r"|assum|"
    r"inherit|focus|neglect|ignor|limit|overlook|depend|treat|use)|^(?:despite|while|although|as|with the|given the"
    r"|in recent|due to)\b"
)

#: letters of a thing, rather than of "so" or "them", and of what it shares with another mention of it
_SHORTEST_THING: Final = 4
_ROOT: Final = 6

#: claims whose answers are kept: those of one abstract are asked about several times
_CACHE_SIZE: Final = 256

# what a gist loses, in units of ROUGE's F1: a good sentence and a usual one of an abstract are 0.1 apart
_LEANING: Final = 0.3
_POINTING: Final = 0.1
_OF_OTHERS: Final = 0.2
_OF_NOBODY: Final = 0.05
_UNREADABLE: Final = 0.08
_LOSSES: Final = (
    (_POINTS_AWAY, 0.3),
    (_VAGUE, 0.15),
    (_QUESTION, 0.12),
    (_OUR_THING, 0.08),
    (_LIST, 0.06),
    (_ANY_THIS, 0.04),
)


@lru_cache(maxsize=_CACHE_SIZE)
def leans(claim: str) -> bool:
    """Does it need the sentence before it: a beginning such as "It", "These", "However", or a "this problem" in it?"""
    text = fold(claim)
    return _leans(text) or _points_elsewhere(text)


@lru_cache(maxsize=_CACHE_SIZE)
def begins_in_the_air(claim: str) -> bool:
    """Does its beginning need the sentence before it?"""
    return _leans(fold(claim))


@lru_cache(maxsize=_CACHE_SIZE)
def is_vague(claim: str) -> bool:
    """Would it fit almost any paper: a list of contributions, a promise of code, "experiments validate our method"?"""
    return _VAGUE.search(fold(claim)) is not None


@lru_cache(maxsize=_CACHE_SIZE)
def points_away(claim: str) -> bool:
    """Does it only say where code or data are?"""
    return _POINTS_AWAY.search(fold(claim)) is not None


@lru_cache(maxsize=_CACHE_SIZE)
def is_background(claim: str) -> bool:
    """Does it tell what others do or what is the case, rather than what the paper does?"""
    text = fold(claim)
    return _OWN_WORK.search(text) is None and _BACKGROUND.search(text) is not None


@lru_cache(maxsize=_CACHE_SIZE)
def is_ours(claim: str) -> bool:
    """Does it say that the paper does or finds something?"""
    return _OWN_WORK.search(fold(claim)) is not None


@lru_cache(maxsize=_CACHE_SIZE)
def speaks_of_itself(claim: str) -> bool:
    """Does it say "we", "our" or "this paper"? "A scheme is proposed" may be what others did."""
    return _OUR_VOICE_ALONE.search(fold(claim)) is not None


def is_proposed(claim: str) -> bool:
    """Does it say that something is proposed, in the passive voice?"""
    return _PROPOSAL.search(fold(claim)) is not None


def first_of_its_own(claims: Sequence[str]) -> int:
    """The place of the first claim in which the paper speaks of itself; what is before it is background.

    Where none does, it is the first that tells more than what is always the case.
    """
    for speaks in (speaks_of_itself, _is_particular):
        for place, claim in enumerate(claims):
            if speaks(claim):
                return place
    return 0


def _is_particular(claim: str) -> bool:
    return is_ours(claim) or _PARTICULAR.search(claim) is not None


def speaks_of_its_method(claim: str) -> bool:
    """Does it speak of the paper's own method: "the proposed scheme"?"""
    return _OUR_THING.match(fold(claim)) is not None or "proposed" in claim


def weakness(claim: str) -> float:
    """How much a gist loses, in units of ROUGE's F1, by what a reader would hold against it."""
    text = fold(claim)
    total = sum(loss for pattern, loss in _LOSSES if pattern.search(text))
    if _leans(text):
        total += _LEANING
    elif _points_elsewhere(text):
        total += _POINTING
    if _OWN_WORK.search(text) is None:
        total += _OF_OTHERS if _BACKGROUND.search(text) else _OF_NOBODY
    # only a letter's case tells a macro of the authors' from TeX's own
    if "\\" in claim and _MACRO.search(claim):
        total += _UNREADABLE
    return total


def _leans(text: str) -> bool:
    if _LEANS.match(text):
        return True
    clause = _OPENING_CLAUSE.match(text)
    return clause is not None and not (clause[1] and _ANTECEDENT.search(clause[1]))


def _points_elsewhere(text: str) -> bool:
    if not _MAY_POINT.search(text):
        return False
    if _BARE_THIS.search(text):
        return True
    for match in _POINTS.finditer(text):
        *_, thing = _WORD.findall(match[0]) or [""]
        before = text[: match.start()]
        if len(thing) < _SHORTEST_THING or thing.rstrip("s")[:_ROOT] not in before:
            return True
    return False
