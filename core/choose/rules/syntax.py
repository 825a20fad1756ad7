"""How a rule is written: text -> tree.

`core.choose.rules.nodes` has the tree, `core.choose.rules.judging` says what it means. Whatever cannot be read raises
BadRule with one sentence, the place, and what was probably meant.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from core.choose.rules import regexes
from core.choose.rules.facts import NUMBERS, THINGS, TYPES, is_category
from core.choose.rules.nodes import (
    NEARNESS,
    TEXT_FIELDS,
    Comparison,
    Leaf,
    NamedList,
    Near,
    Node,
    Or,
    Regex,
    Term,
    all_of,
    any_of,
    leaves_of,
    none_of,
    terms_of,
)
from core.errors import BadCategory, BadRule
from core.papers.categories import canonical
from core.papers.taxonomy import NAMES, SUBJECT_AREAS
from core.speech import N_, _, number
from core.text.nearest import nearest
from core.text.patterns import words_of

if TYPE_CHECKING:  # lark loads with the first rule that is read
    from lark import Lark, Token, Tree
    from lark.exceptions import UnexpectedInput

#: characters of a rule
LONGEST: Final = 20_000
#: characters of a word or a phrase
LONGEST_TERM: Final = 2_000
#: parentheses within parentheses
DEEPEST: Final = 20
#: words, phrases and other parts of a rule
MOST_TERMS: Final = 1_000
#: regular expressions of a rule
MOST_REGEXES: Final = 10
MOST_WEIGHT: Final = 100.0
#: words that may stand between two terms that are near one another
MOST_BETWEEN: Final = 100
#: a name of a list
LIST_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}", re.IGNORECASE)

_REGEX: Final = r"\/(?:\\[^\n]|[^\/\\\n])+\/i?(?![^\s()\"^])"
_GRAMMAR: Final = r"""
    ?start: either
    ?either: both (_OR both)*
    ?both: unary (_AND? unary)*
    ?unary: close | _not+ close -> negated
    ?close: atom (NEAR atom)*
    ?atom: term | regex | comparison | group
    group: FIELD? "(" either ")"
    term: FIELD? (PHRASE | WORD) WEIGHT?
    regex: FIELD? REGEX WEIGHT?
    comparison: COMPARISON
    _not: NOT | MINUS

    _AND.2: /(?:AND|&&?)(?![^\s()"])/i
    _OR.2: /(?:OR|\|\|?)(?![^\s()"])/i
    NOT.2: /NOT(?![^\s()"])/i
    NEAR.2: /NEAR(?:\/\d{1,4})?(?![^\s()"])/
    MINUS.2: /-(?=[^\s-])/
    COMPARISON.2: /(?:NUMBERS)\s*:?\s*(?:[<>=!]=|=[<>]|[<>=≥≤])\s*\d{1,9}(?![^\s()"])/i
    FIELD.1: /[A-Za-z]+:\s*/
    REGEX.2: /THE_REGEX/
    WEIGHT: /\^\d{1,4}(?:\.\d{1,2})?/
    PHRASE: /"[^"]*"/
    WORD: /[^\s()"^]+/
    %ignore /\s+/
""".replace("NUMBERS", "|".join(NUMBERS)).replace("THE_REGEX", _REGEX)  # not said: a grammar
#: what is looked in, and other names for it
FIELDS: Final = {
    "title": "title",
    "abstract": "abstract",
    "author": "author",
    "cat": "cat",
    "in": "cat",
    "primary": "primary",
    "venue": "venue",
    "source": "source",
    "type": "type",
    "has": "has",
    "list": "list",
}
#: what a field holds one of
_CHOICES: Final[Mapping[str, Sequence[str]]] = {"type": tuple(TYPES), "has": tuple(THINGS)}
_QUOTES: Final = str.maketrans(dict.fromkeys("“”„‟«»", '"'))
_OPERATOR_SPELLINGS: Final = {"≥": ">=", "≤": "<=", "==": "=", "=>": ">=", "=<": "<="}
_EXPECTATIONS: Final = {
    "WORD": N_("a word"),
    "PHRASE": N_('a "phrase"'),
    "NOT": "NOT",
    "LPAR": "(",
    "RPAR": ")",
    "_AND": "AND",
    "_OR": "OR",
}
_EXAMPLE: Final = N_('Write it like "world model" AND robot* AND NOT survey.')
#: regular expressions and quoted phrases, in which parentheses and quotation marks are plain characters
_OPAQUE: Final = re.compile(rf'(?<![^\s():-]){_REGEX}|"[^"]*"|[()"]')
#: other words for numbers of papers
_OTHER_NUMBERS: Final = {"likes": "upvotes", "votes": "upvotes", "thumbs": "upvotes", "cited": "citations"}
#: what looks like a comparison: `likes>=20`, `upvotes>many`
_COMPARISON: Final = re.compile(r"([a-z]{3,20}):?([<>]=?|=[<>]|[≥≤])(.*)", re.IGNORECASE)


def parse(text: str) -> Node | None:
    """Read a rule; None for an empty one. Raises BadRule."""
    rule = text.translate(_QUOTES)
    if not rule.strip():
        return None
    from lark.exceptions import UnexpectedInput

    _check_size(rule)
    try:
        tree = _parser().parse(rule)
    except UnexpectedInput as error:
        place = _place(rule, error)
        raise BadRule(_sentence(rule, error), hint=_guess(rule, place) or _(_EXAMPLE), rule=rule, place=place) from None
    node = _Reader(rule).node(tree)
    leaves = list(leaves_of(node))
    _check_count(
        sum(map(_size, leaves)), MOST_TERMS, N_("The rule has {count} words and phrases; at most {most} are read.")
    )
    _check_count(
        sum(isinstance(leaf, Regex) for leaf in leaves),
        MOST_REGEXES,
        N_("The rule has {count} regular expressions; at most {most} are read."),
    )
    return node


def _check_count(count: int, most: int, message: str) -> None:
    if count > most:
        raise BadRule(
            _(message, count=number(count), most=number(most)),
            hint=_("A beginning such as transform* stands for many words."),
        )


def _size(leaf: Leaf) -> int:
    return len(terms_of(leaf.first)) + len(terms_of(leaf.second)) if isinstance(leaf, Near) else 1


@lru_cache(maxsize=1)
def _parser() -> Lark:
    from lark import Lark

    # the basic lexer never takes an operator for a word, wherever it stands
    return Lark(_GRAMMAR, parser="lalr", lexer="basic")


def _check_size(rule: str) -> None:
    if len(rule) > LONGEST:
        hint = _("Put the words into a list that rules name, or use beginnings such as transform*.")
        message = N_("The rule has {count} characters; at most {most} are read.")
        raise BadRule(_(message, count=number(len(rule)), most=number(LONGEST)), hint=hint)
    _check_parentheses(rule)


def _check_parentheses(rule: str) -> None:
    open_at: list[int] = []
    for match in _OPAQUE.finditer(rule):
        place = match.start()
        if match[0] == '"':
            raise _bad(_("The quotation mark at {place}, is never closed.", place=_at(rule, place)), rule, place)
        if match[0] == "(":
            open_at.append(place)
        elif match[0] == ")":
            if not open_at:
                raise _bad(_("The ) at {place}, closes nothing.", place=_at(rule, place)), rule, place)
            open_at.pop()
        if len(open_at) > DEEPEST:
            counts = {"count": len(open_at), "most": DEEPEST}
            raise _bad(_("The rule has parentheses {count} deep; at most {most} are read.", **counts), rule, place)
    if open_at:
        raise _bad(_("The ( at {place}, is never closed.", place=_at(rule, open_at[-1])), rule, open_at[-1])


def _bad(sentence: str, rule: str, place: int) -> BadRule:
    return BadRule(sentence, hint=_(_EXAMPLE), rule=rule, place=place)


def _at(rule: str, position: int) -> str:
    """`character 7, “AND nets…”`."""
    return _("character {number}, {words}", number=position + 1, words=_excerpt(rule[position:]))


def _excerpt(text: str) -> str:
    excerpt = "".join(char if char.isprintable() else " " for char in text[:26])
    return f"“{excerpt[:24]}…”" if len(excerpt) > 25 else f"“{excerpt}”"


def _place(rule: str, error: UnexpectedInput) -> int:
    """Where an error is, in characters; the end where the rule ends too early."""
    from lark.exceptions import UnexpectedToken

    if isinstance(error, UnexpectedToken) and error.token.type == "$END":
        return len(rule.rstrip())
    return error.pos_in_stream or 0


def _guess(rule: str, place: int) -> str:
    """The rule without the operator that stands where none can, where that reads."""
    begin, operator = (
        rule[:place].rstrip(),
        re.match(r"(?:AND|OR|NEAR(?:/\d+)?|&&?|\|\|?)\s+", rule[place:], re.IGNORECASE),
    )
    last = re.search(r"(?:\A|\s)(?:AND|OR|NOT|NEAR(?:/\d+)?|&&?|\|\|?)\Z", begin, re.IGNORECASE)
    if operator:
        repair = f"{begin} {rule[place + operator.end() :]}".strip()
    elif last and place >= len(begin):
        repair = begin[: last.start()].strip()
    else:
        return ""
    return _("Did you mean {rule}", rule=repair) if repair and len(repair) <= 200 and repair.isprintable() else ""


def _sentence(rule: str, error: UnexpectedInput) -> str:
    from lark.exceptions import UnexpectedToken

    place = _at(rule, error.pos_in_stream or 0)
    if not isinstance(error, UnexpectedToken):
        return _("The weight at {place}, should be a number such as ^2 or ^0.5.", place=place)
    terminals = error.accepts or error.expected
    names = [_(name) for terminal, name in _EXPECTATIONS.items() if terminal in terminals]
    expectation = "".join(names)
    if len(names) > 1:
        expectation = _("{names} or {last}", names=", ".join(names[:-1]), last=names[-1])
    if error.token.type == "$END":
        end = _excerpt(rule.strip()[-24:])
        return _("The rule ends too early, after {words}: expected {expected}.", words=end, expected=expectation)
    return _("The rule goes wrong at {place}: expected {expected}.", place=place, expected=expectation)


class _Reader:
    """Makes nodes of the trees of one rule."""

    def __init__(self, rule: str) -> None:
        self._rule = rule

    def node(self, tree: Tree[Token], field: str = "") -> Node:
        """Build the node of a tree; `field` is that of the group around it."""
        from lark import Token, Tree

        tokens = {token.type: token for token in tree.children if isinstance(token, Token)}
        field = self._field(tokens["FIELD"]) if "FIELD" in tokens else field
        match tree.data:
            case "term":
                return self._term(tokens, field)
            case "regex":
                return self._regex(tokens, field)
            case "comparison":
                return self._comparison(tokens["COMPARISON"])
        parts = [self.node(child, field) for child in tree.children if isinstance(child, Tree)]
        match tree.data:
            case "negated":
                return none_of(parts[0]) if len(tree.children) % 2 == 0 else parts[0]
            case "close":
                return self._near(parts, [child for child in tree.children if isinstance(child, Token)])
            case "either":
                return any_of(parts)
            case _:
                return all_of(parts)

    def _bad(self, message: str, token: Token, *, hint: str = "", **values: object) -> BadRule:
        return BadRule(_(message, **values), hint=hint, rule=self._rule, place=token.start_pos or 0)

    def _field(self, token: Token) -> str:
        name = token.rstrip(": \t\r\n").lower()
        if name in FIELDS:
            return FIELDS[name]
        hint = _("There are {names}.", names=", ".join(f"{field}:" for field in FIELDS))
        if name in NUMBERS:
            hint = _("Write {comparison}.", comparison=f"{name}>=20")
        elif near := nearest(name, FIELDS):
            hint = f"{_('Did you mean {name}?', name=f'{near}:')} {hint}"
        raise self._bad(N_("There is no field {name}: to look in."), token, hint=hint, name=name[:40])

    def _term(self, tokens: Mapping[str, Token], field: str) -> Leaf:
        token = tokens.get("PHRASE") or tokens["WORD"]
        wording = " ".join(token.strip('"').split())
        if len(wording) > LONGEST_TERM:
            message = N_("A word or phrase has at most {most} characters, not {count}.")
            hint = _("Write the words that matter, with OR between them.")
            raise self._bad(message, token, hint=hint, most=number(LONGEST_TERM), count=number(len(wording)))
        text, is_quoted, weight = wording.removesuffix("*"), token.type == "PHRASE", self._weight(tokens)
        match field:
            case "cat" | "primary":
                return Term(text=self._category(wording, token), field=field, weight=weight)
            case "type" | "has":
                return Term(text=self._choice(field, wording, token), field=field, weight=weight)
            case "list":
                return self._list(wording, token)
        if not is_quoted and not field:
            self._check_comparison(wording, token)
        if "*" in text:
            message = N_("In {words} the star is not at the end of the word, where it stands for any ending.")
            beginning = text.partition("*")[0]
            hint = _("Did you mean {name}?", name=f"{beginning}*") if beginning else ""
            raise self._bad(message, token, hint=hint, words=_excerpt(token))
        if not words_of(text):
            place = (token.start_pos or 0) + 1
            message = N_("{words} at character {number} has no letter or digit to look for.")
            raise self._bad(message, token, words=_excerpt(token), number=place)
        return Term(text=text.strip(), field=field, is_quoted=is_quoted, prefix=wording.endswith("*"), weight=weight)

    def _category(self, text: str, token: Token) -> str:
        try:
            return canonical(text.removesuffix("*").rstrip(".").strip())
        except BadCategory as error:
            if "*" not in text.removesuffix(".*"):
                raise self._bad(str(error), token, hint=error.hint) from None
        if any(is_category(text, category) for category in (*NAMES, *SUBJECT_AREAS)):
            return text
        hint = _("Write one like cat:cs.* or cat:q-*.")
        raise self._bad(N_("No category is spelled like {words}."), token, hint=hint, words=_excerpt(text))

    def _choice(self, field: str, text: str, token: Token) -> str:
        if text.lower() in _CHOICES[field]:
            return text.lower()
        near, choices = nearest(text, _CHOICES[field]), ", ".join(f"{field}:{choice}" for choice in _CHOICES[field])
        hint = _("Did you mean {name}?", name=f"{field}:{near}") if near else _("There are {names}.", names=choices)
        raise self._bad(N_("There is no {name}."), token, hint=hint, name=f"{field}:{text[:40]}")

    def _list(self, name: str, token: Token) -> NamedList:
        if LIST_NAME.fullmatch(name):
            return NamedList(name.lower())
        hint = _("Use letters, digits, - and _.")
        raise self._bad(N_("{words} is no name of a list."), token, hint=hint, words=_excerpt(name))

    def _regex(self, tokens: Mapping[str, Token], field: str) -> Regex:
        token = tokens["REGEX"]
        body, _slash, flags = token[1:].rpartition("/")
        if field not in TEXT_FIELDS:
            hint = _("It is for title: and abstract:.")
            raise self._bad(N_("A regular expression is not for {field}:."), token, hint=hint, field=field)
        if problem := regexes.problem_of(body):
            message = N_("The regular expression {words} cannot be read: {problem}.")
            raise self._bad(message, token, words=_excerpt(token), problem=problem)
        return Regex(pattern=body, field=field, ignores_case=flags == "i", weight=self._weight(tokens))

    def _comparison(self, token: Token) -> Comparison:
        match = re.fullmatch(r"([a-z]+)\s*:?\s*(\D+?)\s*(\d+)", token, re.IGNORECASE)
        assert match is not None, token
        return Comparison(match[1].lower(), _OPERATOR_SPELLINGS.get(match[2], match[2]), int(match[3]))

    def _check_comparison(self, text: str, token: Token) -> None:
        match = _COMPARISON.fullmatch(text)
        word = match[1].lower() if match else ""
        name = word if word in NUMBERS else _OTHER_NUMBERS.get(word) or nearest(word, NUMBERS, least=80)
        if match and name:
            least = match[3][:9] if match[3].isdecimal() else "20"
            hint = _("Did you mean {name}?", name=f"{name}{_OPERATOR_SPELLINGS.get(match[2], match[2])}{least}")
            raise self._bad(N_("{words} compares no number that papers have."), token, hint=hint, words=_excerpt(text))

    def _near(self, parts: Sequence[Node], operators: Sequence[Token]) -> Node:
        pairs = []
        for place, token in enumerate(operators):
            distance = token.partition("/")[2]
            words = int(distance) if distance else NEARNESS
            if words > MOST_BETWEEN:
                message = N_("{operator} allows more than {most} words between.")
                raise self._bad(message, token, hint=_("Write AND."), operator=token, most=MOST_BETWEEN)
            pairs.append(Near(self._side(parts[place], token), self._side(parts[place + 1], token), words))
        return all_of(pairs)

    def _side(self, node: Node, token: Token) -> Term | Or:
        parts = node.parts if isinstance(node, Or) else (node,)
        if isinstance(node, Term | Or) and all(isinstance(part, Term) and part.field in TEXT_FIELDS for part in parts):
            return node
        hint = _("Write one like graph NEAR/5 (neural OR network*).")
        message = N_("{operator} stands between words and phrases, or an OR of these.")
        raise self._bad(message, token, hint=hint, operator=token)

    def _weight(self, tokens: Mapping[str, Token]) -> float:
        if "WEIGHT" not in tokens:
            return 1.0
        weight = float(tokens["WEIGHT"][1:])
        if 0 < weight <= MOST_WEIGHT:
            return weight
        token = tokens["WEIGHT"]
        message = N_("The weight {weight} is not above 0 and at most {most}.")
        raise self._bad(message, token, weight=token, most=f"{MOST_WEIGHT:g}")
