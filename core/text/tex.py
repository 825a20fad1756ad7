r"""TeX in running text as people would write it: styles, links, footnotes, escapes, quotes, dashes, and formulas in it.

`core.text.readable` calls it until nothing changes. A command is resolved with its arguments or left with them, and so
is a formula: `\textbf{60\%}` -> `60%`, `\cite{a}` and `\frac{\alpha}{2}` stay. Pure; linear in the length of the text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from core.text.formulas import CLOSE_BRACE, DOLLAR, OPEN_BRACE, SWITCHES, SYMBOLS, TILDE, formula, names, script, table

#: one argument; braces in it are balanced, three deep
_FLAT: Final = r"(?:[^{}\\]|\\.)"
_ARGUMENT: Final = rf"\{{(?>(?:{_FLAT}|\{{(?>(?:{_FLAT}|\{{(?>{_FLAT}*)\}})*)\}})*)\}}"
_ONE_ARGUMENT: Final = re.compile(rf"\s?{_ARGUMENT}")
#: begins with a set of characters, so that what is no TeX is passed over fast; then by the character that was found
#: U+FDD0 is a dollar that stands for itself: no formula goes over it
_PATTERN: Final = re.compile(
    r"[\\$~`{}:^_-](?:"
    r"(?<=\\)(?:(?P<escaped>[%&_#${}])"
    # what is left of symbols whose first letters were taken for an accent: `\b{eta}`
    r"|(?P<beheaded>[bcdknrtuv]\{[a-z]{1,12}\})"
    r"|u(?P<code>[0-9][0-9A-Fa-f]{3})(?![0-9A-Fa-f])"
    rf"|(?P<command>[A-Za-z]++)(?:\[[^\[\]{{}}]{{0,80}}\])?(?P<arguments>(?>(?:\s?{_ARGUMENT})+))"
    r"|(?P<symbol>[A-Za-z]{2,}+)(?!\{)(?:(?<=textmu)\s(?=m)|(?<=degree)\s(?=[CF]\b)|(?<=slash)\s)?"
    # arXiv takes a closing brace for the end of an address
    r"|(?:footnote\{(?P<note>[^{}]{1,600})\Z|(?P<unclosed>text(?:bf|it|tt)|emph)\{(?=[^{}]{1,600}\Z))"
    r"|(?P<round>\([^$\ufdd0]{1,300}?\\\)|\[[^$\ufdd0]{1,300}?\\\])"
    r"|(?P<space>[ ,;\\])|(?P<nothing>-(?=\w)|[@/!](?=[\w\s,.;:)}])))"
    # without TeX in it, it is mathematics only where the dollars touch it and no digit follows: "$5 and $10" is none
    rf"|(?<=\$)(?:\\(?:text[a-z]{{0,2}}|emph|underline)\s?(?P<boxed>{_ARGUMENT})\$"
    r"|\\\$(?P<price>[0-9][0-9.,]{0,20})\$|(?P<thin>\\[,;: ]|~)\$"
    r"|(?P<math>(?!\$)(?:[^$\ufdd0\\^_]{0,40}[\\^_][^$\ufdd0]{0,400}(?:(?<![\s\\])\$|(?<=\s)\$(?!\d))|(?!\s)[^$\ufdd0]{1,100}(?<![\s\\])\$(?!\d))"
    r"|\$[^$\ufdd0]{1,400}\$\$))"
    rf"|(?<=\{{)(?:\\(?P<switch>[A-Za-z]++)\s(?P<switched>(?>(?:{_FLAT}|\{{(?>{_FLAT}*)\}})*))\}}"
    rf"|\\color\s?\{{[^{{}}]*+\}}(?P<coloured>(?>(?:{_FLAT}|\{{(?>{_FLAT}*)\}})*))\}}"
    r"|\\(?P<letter>[A-Za-z]{2,}+)\s?\}"
    # braces that keep capitals in bibliographies: `{B}ias`
    r"|(?<=[^\W_]\{)(?P<ending>[^\W_]{1,30})\}|(?<![\^_\w}\]]\{)(?P<beginning>[^\W_]{1,30})\}(?=[^\W_])"
    r"|(?<=\A\{)(?P<first>[^{}]{2,300}+)\}(?=[:,]|\Z)|(?<=\d\{),\}(?=\d))"
    r"|(?<=[\w.,)\]]~)(?P<tie>)(?=[\w\\$\ufdd0(\[])"
    r"|(?<=-)(?:(?<![-]-)(?P<long>--)(?!-)|(?<=\w-)(?P<short>-)(?=\w))"
    r"|(?<=`)`(?P<quote>[^`]{1,400}?)(?:''|\")"
    r"|(?:(?<=[\w)\]]\^)|(?<=[\w)\]]_))\{(?P<script>[-+\w]{1,8})\}"
    # addresses hold tildes and dashes of their own
    r"|(?:(?<=https:)|(?<=http:))(?P<address>//(?>(?:[^\s{}\\$`]|\\[_%&#~-])+))"
    r")"
)
#: a link that was put between dollars
_LINK_IN_MATH: Final = re.compile(rf"\\(?:href|hyperlink)(?:\s?{_ARGUMENT}){{2}}")
#: of which only the argument is shown
_STYLES: Final = SWITCHES | names(
    "textbf textit textsc texttt textrm textsf textsl textup textmd textnormal text emph underline uline ul hl mbox"
    " hbox bm rev revise revised revision change changed added edit edited enquote mathrm mathbf mathit mathsf mathtt"
    " num textquote uppercase centering makebox fbox url"
)
#: of which only the last argument is shown
_COLOURS: Final = names("textcolor colorbox")
_LINKS: Final = names("href hyperlink")
#: of which nothing is shown
_UNSEEN: Final = names("label index vspace phantomsection")
_NOTES: Final = names("footnote footnotetext thanks")
_SCRIPTS: Final = {"textsuperscript": "^", "textsubscript": "_"}
_ESCAPE: Final = re.compile(r"\\([%&_#~])")
_LETTERS: Final = names(
    "alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu nu xi pi rho sigma tau"
    " upsilon phi varphi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega"
)
#: signs that authors use outside of formulas; other names of unicodeit may be macros of their own
_SIGNS: Final = _LETTERS | names(
    "times pm mp sim simeq approx leq le geq ge neq ne ll gg infty cdot rightarrow leftarrow to Rightarrow"
    " leftrightarrow uparrow downarrow Uparrow Downarrow notin subset subseteq cup cap sum prod partial nabla forall"
    " exists ell equiv propto div perp bullet star deg degree dots ldots dag ddag dagger ddagger copyright circledR"
    " pounds euro slash textpertenthousand textperthousand texttrademark textmu textordmasculine textordfeminine"
    " textdegree textregistered texteuro textunderscore"
)
#: what a command without an argument says in running text
_WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        **{name: SYMBOLS[name] for name in sorted(_SIGNS)},
        **table(
            "ie i.e. eg e.g. etc etc. wrt w.r.t. cf cf. vs vs. textemdash — textendash – textellipsis … checkmark ✓"
        ),
        **table("textcopyright © textquoteright ’ textquoteleft ‘ textquotedblleft “ textquotedblright ”"),
        **table(
            "textquotesingle ' textless < textgreater > textbar | textasciicircum ^ textbullet • LaTeX LaTeX TeX TeX"
        ),
        "etal": "et al.",
        "textasciitilde": TILDE,
        **dict.fromkeys(("newline", "linebreak", "par", "quad", "qquad", "space"), " "),
        **dict.fromkeys(("noindent", "centering", *sorted(SWITCHES)), ""),
    }
)


def untangle(text: str) -> str:
    """The text with one layer of its TeX resolved, in one line."""
    return " ".join(_PATTERN.sub(_resolve, text).split())


def _resolve(match: re.Match[str]) -> str:  # noqa: C901 - one line for each kind of mark-up
    what = match.lastgroup
    match what:
        case "math" | "round":
            return _formula(match[0])
        case "escaped":
            return {"$": DOLLAR, "{": OPEN_BRACE, "}": CLOSE_BRACE}.get(match[0][1], match[0][1])
        case "beheaded":
            name = match["beheaded"].replace("{", "").rstrip("}")
            return _WORDS[name] if name in _LETTERS or (len(name) > 3 and name in _WORDS) else match[0]
        case "address":
            return _ESCAPE.sub(r"\1", match[0])
        case "note":
            return f" ({match['note'].strip()})"
        case "boxed":
            return match["boxed"][1:-1]
        case "price":
            return f"{DOLLAR}{match['price']}"
        case "code":
            char = chr(int(match["code"], 16))
            return char if char.isprintable() and not char.isascii() else match[0]
        case "arguments":
            return _command(match)
        case "switched":
            return match["switched"] if match["switch"] in SWITCHES else match[0]
        case "symbol" | "letter":
            return _word(match, match[what])
        case "quote":
            return f"“{match['quote']}”"
        case "script":
            return script(match[0][0], match["script"].replace("-", "−")) or match[0]
        case "ending" | "beginning" | "coloured" | "first":
            return match[what]
        case "space" | "tie" | "thin" | "unclosed" | "nothing" | "long" | "short":
            return {"space": " ", "tie": " ", "thin": " ", "unclosed": "", "nothing": "", "long": "—", "short": "–"}[
                what
            ]
        case None:
            return ","
    return match[0]


def _formula(source: str) -> str:
    inner = source[2:-2] if source.startswith(("$$", "\\(", "\\[")) else source[1:-1]
    if link := _LINK_IN_MATH.fullmatch(inner.strip()):
        return link[0]
    return formula(inner) or source


def _word(match: re.Match[str], name: str) -> str:
    word = _WORDS.get(name)
    if word is None:
        return match[0]
    # `\etc.` has its stop already
    return word[:-1] if word.endswith(".") and match.string.startswith(".", match.end()) else word


def _command(match: re.Match[str]) -> str:
    name = match["command"]
    arguments = _ONE_ARGUMENT.findall(match["arguments"])
    first, tail = arguments[0].strip()[1:-1], "".join(arguments[1:])
    second = arguments[1].strip()[1:-1] if len(arguments) > 1 else ""
    if name in _STYLES:
        return f"{first}{tail}"
    if name == "color" or name in _UNSEEN:
        return tail
    if name in _COLOURS:
        return f"{second}{''.join(arguments[2:])}"
    if name in _LINKS:
        return f"{_link(first, second)}{''.join(arguments[2:])}" if tail or "://" in first else match[0]
    if name in _NOTES:
        gap = "" if match.string[: match.start()][-1:].isspace() else " "
        return f"{gap}({first.strip()}){tail}" if first.strip() else tail
    if name in _SCRIPTS:
        return _show_script(match, _SCRIPTS[name], first, tail)
    if name in _WORDS and not first.strip():
        return f"{_WORDS[name]}{tail}"
    return formula(match[0]) or match[0]


def _show_script(match: re.Match[str], kind: str, content: str, tail: str) -> str:
    inner = _WORDS.get(content.strip().removeprefix("\\"), content.replace("-", "−"))
    if script_text := script(kind, inner):
        return f"{script_text}{tail}"
    is_last = not tail and not match.string[match.end() : match.end() + 1].isalnum()
    return f"{kind}{inner}" if inner.isalnum() and is_last else match[0]


def _link(address: str, label: str) -> str:
    address, label = _ESCAPE.sub(r"\1", address.strip()), label.strip()
    plain = _ESCAPE.sub(r"\1", label)
    if not label or plain.removeprefix("https://") == address.removeprefix("https://"):
        return address
    # an address within this paper leads nowhere outside
    return f"{label} ({address})" if "/" in address or plain.startswith("http") else label
