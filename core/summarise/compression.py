"""Shorter forms of a sentence that are still sentences, and still true: words are taken away, none is added.

`core.summarise.extract` chooses among them. What goes: an opening that leans on the sentence before
(`core.text.sentences.trim`), references in brackets, a leading "By doing so and so,", and a trailing clause that only
adds to a whole statement (", which ...", ", thereby ..."). A condition or a contrast ("if", "but", "unless", "only")
stays, since the statement without it would be another one.
"""

from __future__ import annotations

import re
from typing import Final

from core.text.sentences import hide_mathematics, trim

#: words of a form that is worth a sentence
_FEWEST_WORDS: Final = 6
#: forms of one sentence
_MOST_FORMS: Final = 6

#: brackets that only refer: citations, figures, addresses
_REFERENCE: Final = re.compile(
    r"\s*\((?:[^()]*\b(?:19|20)\d\d[a-z]?|[^()]*\bet al\b[^()]*|(?:see|cf|e\.g|i\.e|fig|sec|table|eq|ref|https?|www"
    r"|code|"
    r"data|available|github)\b[^()]*|\d{1,3}(?:\s?[,-]\s?\d{1,3})*)\)"
    r"|\s*\[\d{1,3}(?:\s?[,;-]\s?\d{1,3})*\]|\s*~?\\cite[a-z]*\*?\s?\{[^{}]*\}|\\footnote\{[^{}]*\}",
    re.IGNORECASE,
)
_BRACKETS: Final = re.compile(r"\s+\([^()]{1,80}\)(?=[\s.,;:]|$)")
_POINTER: Final = re.compile(
    r"[,;:(]?\s*(?:and |with )?(?:(?:the|our|all) )?(?:source )?(?:codes?|data|models?|videos?|demos?|project pages?|"
    r"implementations?|datasets?)(?: and (?:codes?|data|models?|datasets?))?"
    r"(?: (?:is|are|will be))?(?: (?:made|publicly|freely|openly|now|also))* (?:available|found|released)\b[^.]*"
    r"(?:https?://\S*|\\url\S*|www\.\S*)?[^.]*$"
    r"|\s*(?:(?:at|in|from|on|see|via):?\s+)?(?:https?://\S+|\\url\{[^}]*\}|\\href\{[^}]*\}\{[^}]*\}|www\.\S+)",
    re.IGNORECASE,
)
_AS_SHOWN: Final = re.compile(
    r"(?:^|,? )as (?:shown|seen|illustrated|depicted|described|discussed|demonstrated|evidenced) (?:in|by|above"
    r"|below)\b(?:[^,;.]|\.(?= ?\d))*"
    r"(?:,(?=\s)|(?=\.?$))",
    re.IGNORECASE,
)

#: plurals that stand without "these"
_PLURAL_WITHOUT_THESE: Final = re.compile(
    r"^(?:these|those) (?=(?:\w+ )?(?:results|findings|experiments|observations|analyses|evaluations|insights"
    r"|simulations"
    r"|outcomes|data|advances|improvements)\b)",
    re.IGNORECASE,
)
#: what only continues: "we then present", "our method thus offers"
_CONTINUERS: Final = (
    "then also further additionally finally therefore thus hence consequently furthermore moreover herein hereby"
    " subsequently next instead first"
)
_CONTINUES: Final = re.compile(rf"\b(we|our \w{{3,12}}) (?:{'|'.join(_CONTINUERS.split())}),? (?=\w)", re.IGNORECASE)
#: "To see why, in this paper, we ask ..."
_IN_THIS_PAPER: Final = re.compile(
    r"(?<=,) (?:in|here in) this (?:paper|work|article|study|letter|report),(?= )| in this (?:paper|work|study"
    r"|article)(?=\.?$)"
)
_HAS_CONTINUER: Final = frozenset(_CONTINUERS.split())

_SOLVES: Final = (
    r"(?:address|tackle|solve|overcome|mitigate|bridge|fill|remedy|alleviate|resolve|handle|fix|close|combat|counter"
    r"|meet|"
    r"achieve|reach|circumvent|deal with|cope with|lift|go beyond|attack|answer)"
)
#: "... to address these issues" within or at the end, "we lift these limits and propose ..."
_PURPOSE: Final = re.compile(
    r"(?=,? (?:in order )?to )"
    r"(?<!\bway)(?<!\bways)(?<!\bhow)(?<!\bable)(?<!\bpossible)(?<!\bpropose)(?<!\bproposed)(?<!\bused)(?<!\baim)(?<!\baims)"
    rf"(?<!\bseeks)(?<!\bseek)(?<!\bneeded)(?<!\bdesigned),? (?:in order )?to (?:\w+ly )?{_SOLVES} (?:this|these"
    rf"|those|such)"
    r" [\w-]+(?: [\w-]+)?(?=,? (?:by|with|using|via|through|based)\b|[,.;]|$)"
    rf"|(?<=^we ){_SOLVES} (?:this|these|those) (?:[\w-]+ ){{1,3}}and (?=(?:propose|present|introduce|develop"
    rf"|design)\b)",
    re.IGNORECASE,
)

_LEADING: Final = re.compile(
    r"(?:by \w+ing|using|leveraging|utili[sz]ing|exploiting|employing|combining|drawing on|building (?:up)?on|based on|"
    r"inspired by|motivated by|unlike|in contrast (?:to|with)|compared (?:to|with)|rather than|instead of"
    r"|in addition to|"
    r"(?:in order )?to (?!be\b)\w+|through|via|with (?:the|a|an) (?:aim|goal|help))\b[^,;:]*(?:, [^,;:]*){0,2}?,\s+"
    r"(?=(?:we|this (?:paper|work|article|study)|our)\b)",
    re.IGNORECASE,
)
_REPORTS: Final = re.compile(
    r"(?:(?:empirically|theoretically|experimentally|further|also),? )?we (?:\w+ly )?(?:also |further )?"
    r"(?:show|demonstrate|find|prove|observe|establish|reveal|report|discover)(?: \w+ly)? that\s+(?=\w)",
    re.IGNORECASE,
)

_ADDS: Final = (
    r"which|where|whose|thereby|thus|hence|leading to|resulting in|making|allowing|enabling|yielding|achieving"
    r"|attaining"
    r"|demonstrating|showing|outperforming|surpassing|suggesting|indicating|highlighting|revealing|providing|offering"
    r"|improving|reducing|giving|obtaining|opening|paving|facilitating|ensuring|producing|supporting|establishing"
    r"|confirming|capturing|eliminating|avoiding|bridging|including|such as|especially|particularly|specifically|namely"
    r"|i\.e|e\.g|for example|for instance"
)
_CLAIMS: Final = (
    r"show|demonstrate|prove|evaluate|validate|verify|compare|discuss|analy[sz]e|report|provide|illustrate|derive|apply"
    r"|find|observe|test|conduct|establish|use|achieve|propose|present|introduce|develop|study|investigate|examine"
)
#: where a clause begins that the statement before it can do without
_TRAILING: Final = re.compile(
    rf",\s+(?:{_ADDS})\b"
    rf"|(?:,|(?<![\s,]))\s+and\s+(?:we\s+)?(?:\w+ly\s+|also\s+|further\s+)?(?:{_CLAIMS})\b(?!\w)"
    r"|;\s+|(?<!\s)\s+(?:--+|—|–)\s+|:\s+"
    r"|(?<!\s)\s+(?:by (?:\w+ly )?\w+ing|in order to|so as to|thereby|through the use of)\s"
)
_SUBORDINATE: Final = re.compile(
    r"(?:when|while|if|although|though|because|since|given|by|using|with|for|in|on|to|as|despite|unlike|through|from"
    r"|after"
    r"|before|under|among|at|during|based|whereas|rather|instead|within|without|once|until|of|building|leveraging"
    r"|inspired"
    r"|motivated|compared|contrary|whether|what|how|both|not only|\w+ing)\b",
    re.IGNORECASE,
)
#: a verb that makes a statement
_STATES: Final = re.compile(
    r"\b(?:we|i)\s+(?:\w+ly\s+)?(?!and\b|or\b)\w+|\b(?:is|are|was|were|has|have|had|can|cannot|could|may|might|must"
    r"|will|would|should|do|does|did"
    r"|remains?|shows?|showed|achieves?|achieved|outperforms?|outperformed|improves?|improved|reduces?|reduced"
    r"|provides?"
    r"|proposes?|presents?|introduces?|investigates?|studies|explores?|examines?|addresses|develops?|describes?|offers?"
    r"|yields?|leads?|led|enables?|allows?|requires?|uses?|reveals?|revealed|demonstrates?|demonstrated|suggests?"
    r"|suggested"
    r"|indicates?|indicated|finds?|found|increases?|increased|decreases?|outlines?|argues?|considers?|combines?|learns?"
    r"|generates?|predicts?|captures?|makes?|made|gives?|gave|takes?|works?|fails?|failed|performs?|performed|depends?"
    r"|differs?|extends?|generali[sz]es?|integrates?|leverages?|employs?|aims?|seeks?|focus(?:es)?|tackles?|surveys?"
    r"|reviews?|establishes|exhibits?|exceeds?|surpass(?:es)?|supports?|needs?|lacks?|suffers?|holds?|converges?"
    r"|emerges?"
    r"|plays?|serves?|highlights?|identif(?:y|ies)|causes?|contains?|consists?|comprises?|matches|produces?"
    r"|produced)\b",
    re.IGNORECASE,
)
_CONDITION: Final = re.compile(
    r"\b(?:but|if|unless|except|only|although|though|however|whereas|despite|while|provided|assuming|until|rather than|"
    r"instead of|not|no longer|nor)\b",
    re.IGNORECASE,
)
#: a clause that would be left without its means: "where lids are merged by clustering"
_RELATIVE: Final = re.compile(r", (?:which|where|whose|in which)\b")
_THAT_WORD: Final = re.compile(r"\bthat\b", re.IGNORECASE)
_ENDS_OPEN: Final = re.compile(
    r"(?:\b(?:a|an|the|of|to|in|on|by|for|with|and|or|as|that|is|are|from|at|its|their|our|called|named|into|than"
    r"|both|between"
    r"|via|using|through|i\.e|e\.g|which|not|more|such|be|featuring|including|comprising|containing|involving|combining"
    r"|following|integrating|namely|follows|consisting|where|we|this|has|have|was|were|like|, \w+(?:ly|ed))"
    r"|[(\[{,:;-])$",
    re.IGNORECASE,
)
#: characters of an open end
_LONGEST_END: Final = 40
_BRACKET_PAIRS: Final = (("(", ")"), ("[", "]"), ("{", "}"), ("“", "”"))


def forms(claim: str) -> list[str]:
    """A sentence as `clean` leaves it, then shorter forms of it; each reads as a sentence and says nothing new."""
    candidates = [claim]
    bare = _finish(_leave_out(_BRACKETS, claim)) if "(" in claim else claim
    starts = [bare]
    if leading := _LEADING.match(bare):
        starts.append(bare[leading.end() :])
    if (reports := _REPORTS.match(starts[-1])) and _STATES.search(starts[-1], reports.end()):
        starts.append(starts[-1][reports.end() :])
    for start in starts:
        candidates.append(_finish(start))
        candidates.extend(_finish(start[:end]) for end in _ends(start))
    unique = list(dict.fromkeys(candidates))
    return unique[:1] + [form for form in unique[1:] if _is_whole(form)][: _MOST_FORMS - 1]


def clean(sentence: str) -> str:
    """The sentence as it stands alone: on one line, trimmed, without references and addresses."""
    line = " ".join(sentence.split())
    short = trim(line)
    words = set(short.split())
    if short.startswith("Th"):
        short = _PLURAL_WITHOUT_THESE.sub("", short, count=1)
    if not words.isdisjoint(_HAS_CONTINUER):
        short = _CONTINUES.sub(r"\1 ", short, count=1)
    if not words.isdisjoint(("this", "these", "those", "such")):
        short = _leave_out(_PURPOSE, _IN_THIS_PAPER.sub("", short), most=1)
    if "(" in short or "[" in short or "\\" in short:
        short = _leave_out(_REFERENCE, short)
    if "http" in short or "www" in short or "\\url" in short or "available" in words or "released" in words:
        short = _whole_or(_leave_out(_POINTER, short), short)
    if not words.isdisjoint(("as", "As")):
        short = _whole_or(_leave_out(_AS_SHOWN, short), short)
    return _finish(short) or line


def _whole_or(shorter: str, longer: str) -> str:
    return shorter if _is_whole(_finish(shorter)) else longer


def _leave_out(pattern: re.Pattern[str], text: str, most: int = 0) -> str:
    """The text without what the pattern finds, which never looks into mathematics."""
    prose = hide_mathematics(text)
    if prose is text:
        return pattern.sub("", text, count=most)
    pieces, at = [], 0
    for number, match in enumerate(pattern.finditer(prose), start=1):
        pieces.append(text[at : match.start()])
        at = match.end()
        if number == most:
            break
    return "".join(pieces) + text[at:]


def _ends(sentence: str) -> list[int]:
    """Where the sentence could end before it ends."""
    prose = hide_mathematics(sentence)
    is_opening = _SUBORDINATE.match(prose) is not None
    main = prose.find(",") + 1 if is_opening else 0
    if is_opening and not main:
        return []
    ends = []
    for clause in _TRAILING.finditer(prose, main):
        head, tail = prose[main : clause.start()], prose[clause.end() :]
        is_means = clause[0].startswith(" ") and not clause[0].strip().startswith("and") and _RELATIVE.search(head)
        if clause.start() and not is_means and _is_statement(head) and not _CONDITION.search(tail):
            ends.append(clause.start())
    return ends


def _is_statement(head: str) -> bool:
    """Is a verb there, and one after the last "that" as well?"""
    if not _STATES.search(head):
        return False
    last_that = max((match.end() for match in _THAT_WORD.finditer(head)), default=-1)
    return last_that < 0 or _STATES.search(head, last_that) is not None


def _is_whole(form: str) -> bool:
    stem = form.rstrip(".!?")
    if form.count(" ") + 1 < _FEWEST_WORDS or _ENDS_OPEN.search(stem, max(len(stem) - _LONGEST_END, 0)):
        return False
    return (
        form.count("$") % 2 == 0
        and form.count('"') % 2 == 0
        and all(form.count(a) == form.count(b) for a, b in _BRACKET_PAIRS)
    )


def _finish(text: str) -> str:
    """With a capital where a word begins it, and a full stop."""
    text = text.strip().rstrip(" ,;:–—-")
    if not text:
        return text
    first_word = re.match(r"[^\W\d_]+", text)
    # "iPhone" keeps its letters
    if first_word and first_word[0].islower():
        text = text[0].upper() + text[1:]
    return text if text.endswith((".", "!", "?", "。", "！", "？", "”", '."', ".'")) else f"{text}."
