r"""Is this the same paper? By title, first author and year, where no identifier tells.

Pure. The store looks papers up by `title_key` and asks `is_same` before it merges; a source's title search does the
same with what it found. The rule is precise rather than clever: a missed twin is shown twice, a wrong merge hides a
paper. `paperboy eval matching` measures it on labelled data as `store`, beside `likeness`, which weighs what two
records that need not agree in every letter have in common, and by which typed titles are recognised.

A key is the title's letters and digits, free of case, accents, spacing, punctuation, HTML and TeX markup, and of what
one service adds and another leaves out ("Short report:", "[Article in French]", "RETRACTED:"), then the first author's
surname. What makes another paper of it stays: part numbers ("Part II" is "part 2"), "Erratum to", "Reply to".
"""

from __future__ import annotations

import html
import re
import unicodedata
from functools import lru_cache
from typing import Final

from rapidfuzz import fuzz

from core.papers.name_words import EAST_ASIAN, GROUPS, is_surname_in_capitals
from core.papers.paper import Paper
from core.text.readable import unicode_accents
from core.text.words import MARKS, fold, split_words

#: letters and digits; a shorter title ("Deep learning") is borne by many papers
SHORTEST_TITLE: Final = 20
#: characters of a title or a name; what follows is none
LONGEST_TITLE: Final = 1_000
#: letters and digits of a title without an author
SHORTEST_ALONE: Final = 50
#: a Chinese or Japanese character says as much as this many letters
IDEOGRAPH: Final = 3
#: numbers that tell where a paper is printed: its volume and its page; one alone is met by chance
WHOLE_PLACE: Final = 2
#: titles under one address are of one paper if they agree so much, of 100
SAME_ADDRESS: Final = 70
#: characters of an abstract that is no notice which others have as well ("No abstract available")
LONG_ABSTRACT: Final = 150
#: a preprint and its journal version appear at most this many years apart
YEARS_APART: Final = 1

_TAG: Final = re.compile(r"</?[a-z][^<>]{0,200}>", re.IGNORECASE)
#: commands that change how letters look, and say nothing; the others are names of what they stand for (`\alpha`)
_FACE: Final = re.compile(
    r"\\(?:emph|text[a-z]*|math[a-z]*|operatorname|boldsymbol|bm|ensuremath|mbox|underline|overline|left|right"
    r"|rm|it|bf|em|sc|sf|sl|tt|cal|sffamily|bfseries|itshape|xspace|protect)(?![A-Za-z])"
)
#: TeX's other shapes of a letter: `\varepsilon`
_VARIANT: Final = re.compile(r"\\var(?=(?:epsilon|theta|pi|rho|sigma|phi|kappa)(?![A-Za-z]))")
_GREEK: Final = re.compile("[α-ω]")
_GREEK_LETTERS: Final = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigma sigma tau upsilon"
    " phi chi psi omega"
)
_LETTER_NAMES: Final = _GREEK_LETTERS.split()
_NOTE: Final = re.compile(
    # what PubMed and F1000 write behind a title
    r"\[\s*(?:article in\s+)?(?:chinese|czech|danish|dutch|french|german|hungarian|italian|japanese|korean|norwegian"
    r"|persian|polish|portuguese|russian|spanish|swedish|turkish)\s*\]|\(author'?s'? transl\)"
    r"|\[\s*version \d+[^\[\]]{0,80}\]"
)
_SECTION: Final = re.compile(
    r"\A\W*(?:(?:short|brief|rapid|original|full|case|technical|research)\s+"
    r"(?:report|communication|article|paper|research|contribution|note)|(?:review|retracted|withdrawn) article"
    r"|retracted|withdrawn)\s*[:.\]\u2014-]+"
)
_ARTICLE: Final = re.compile(r"\A\W*(?:the|an?)\s+(?=\S)")
#: words whose number tells one paper of a series from the next
SERIES: Final = ("part", "phase", "type", "stage", "volume", "vol", "chapter", "study", "paper")
_SERIES_NUMBER: Final = re.compile(rf"\b({'|'.join(SERIES)})[\W_]+(i{{1,3}}|iv|v|vi{{1,3}})\b")
_ROMAN: Final = {"i": "1", "ii": "2", "iii": "3", "iv": "4", "v": "5", "vi": "6", "vii": "7", "viii": "8"}
_NOT_WORD: Final = re.compile(r"[\W_]+")
_HEADING_WORDS: Final = (
    "a abstract abstracts acknowledgement acknowledgements acknowledgment an and announcement annual appendix"
    " author authors book books by chair chairs closing column comment commentary comments conference contents"
    " correction correspondence corrigendum editor editorial editors erratum foreword from front guest in index"
    " information international introduction introductory invited issue issues keynote letter letters list material"
    " materials matter meeting message minutes news note notes notice obituary of on opening opinion our overview"
    " paper papers perspective preface president presidential proceedings program programme publisher remarks reply"
    " report response retraction review reviewer reviewers reviews s section special statement summary supplement"
    " supplementary supporting symposium table thanks the this to title untitled volume welcome with word words"
    " workshop"
)
#: a title of nothing but these words is a heading, and every issue has one
_HEADING: Final = frozenset(_HEADING_WORDS.split())
#: what repositories of preprints give to the preprints themselves: bioRxiv and medRxiv (whose 10.1101 is that of
#: Cold Spring Harbor's journals as well), arXiv, Research Square, SSRN, PsyArXiv, OSF, EarthArXiv, Preprints.org,
#: ChemRxiv, TechRxiv, Authorea, PeerJ, Zenodo, figshare, SocArXiv, EdArXiv
_PREPRINTS: Final = re.compile(
    r"10\.(?:1101/(?=\d)"
    r"|(?:64898|48550|21203|2139|31234|31219|31223|20944|26434|36227|22541|7287|5281|6084|31235|35542)/)"
)
_DIGITS: Final = re.compile(r"(?a:\d{1,9})")
_YEAR: Final = re.compile(r"\(?\b(?:19|20)\d\d\b\)?")
_SUFFIX: Final = frozenset({"jr", "sr", "ii", "iii", "iv", "md", "phd", "dr", "prof"})
_ET_AL: Final = re.compile(r"[\s,]{0,3}\b(?:et\.? al\b\.?|and others\b).*", re.IGNORECASE)
_INITIALS: Final = re.compile(r"(?:[^\W\d_]\.?-?){1,4}")
_UMLAUT: Final = re.compile("([aou])e")


def title_key(paper: Paper) -> str:
    """What two records of one paper have in common; empty where the title or the author is too common to tell.

    Where no author is told, a long title is enough.
    """
    words = title_words(paper.title)
    author = surname(paper.authors[0]) if paper.authors else ""
    shortest = SHORTEST_TITLE if author else SHORTEST_ALONE
    if _length(words) < shortest or all(word in _HEADING or word.isdigit() for word in words):
        return ""
    return f"{''.join(words)}|{author}"


def is_same(first: Paper, second: Paper) -> bool:
    """True where two papers with the same title key are one.

    Their years may differ by one, or not at all where no author is told; a year may be unknown. Two arXiv numbers are
    two papers, and so are two publishers' DOIs and two places in print: a talk, and the article that came of it. But
    DOIs have slips of the pen, and one place is one paper. A preprint's DOI beside a journal's says nothing.
    """
    most_apart = YEARS_APART if first.authors or second.authors else 0
    if years_apart(first, second) > most_apart or _other_numbers(first, second, "arxiv"):
        return False
    numbers = min(len(_place(first.journal or "")), len(_place(second.journal or "")))
    if numbers >= WHOLE_PLACE and (share := place_shared(first, second)) in (0, 1):
        return share == 1
    return not _other_numbers(first, second, "doi")


def is_of_one_name(first: Paper, second: Paper) -> bool:
    """True where two titles have the same words."""
    first_words, second_words = title_words(first.title), title_words(second.title)
    return first_words == second_words and bool(first_words or first.title == second.title)


def are_called_alike(first: Paper, second: Paper) -> bool:
    """True where what stands under one address is one paper: its title, or what else is told of it, is the same.

    A title may be corrected and a subtitle added. Where an address is that of an issue, a page or a place in a feed,
    another paper stands there tomorrow: under another title, and with other authors or another abstract.
    """
    first_words, second_words = title_words(first.title), title_words(second.title)
    if first_words == second_words:
        return True
    if fuzz.token_set_ratio(" ".join(first_words), " ".join(second_words)) >= SAME_ADDRESS:
        return True
    if first.abstract == second.abstract and len(first.abstract) >= LONG_ABSTRACT:
        return True
    return first.authors == second.authors != () and first.published == second.published is not None


def is_preprint_doi(doi: str) -> bool:
    """True of a DOI, in lower case, that a repository gave to a preprint: a journal may give the same paper another."""
    return bool(_PREPRINTS.match(doi))


def years_apart(first: Paper, second: Paper) -> int:
    """Between the years of publication; 0 where one is unknown."""
    return abs(first.published.year - second.published.year) if first.published and second.published else 0


def are_twins(first: Paper, second: Paper) -> bool:
    """True where identifiers say that these are two, however alike: other arXiv numbers, other publishers' DOIs."""
    return _other_numbers(first, second, "arxiv") or _other_numbers(first, second, "doi")


def place_shared(first: Paper, second: Paper) -> float | None:
    """How much of volume and page, as `journal` tells them, two papers share: of the one that tells less, 0 to 1.

    None where one tells nothing: the place tells them neither together nor apart.
    """
    first_place, second_place = _place(first.journal or ""), _place(second.journal or "")
    least = min(len(first_place), len(second_place))
    return len(first_place & second_place) / least if least else None


@lru_cache(maxsize=2_500)  # the store asks twice for each paper of a listing
def title_words(title: str) -> tuple[str, ...]:
    r"""The words of a title that count, folded: `The $\beta$-Test: Part~II.` -> `beta`, `test`, `part`, `2`."""
    text = _SECTION.sub("", _NOTE.sub(" ", _bare(_strip_markup(title[:LONGEST_TITLE])).replace("’", "'")), count=1)
    text = _SERIES_NUMBER.sub(lambda match: f"{match[1]} {_ROMAN[match[2]]}", _ARTICLE.sub("", text, count=1))
    return tuple(split_words(text.replace("_", " ")))


@lru_cache(maxsize=512)
def surname(name: str) -> str:
    """The last word of an author's surname in plain letters, which all spellings of the name share.

    Of `Ada van der Example`, `van der Example, Ada`, `EXAMPLE Ada`, `EXAMPLE A.`, `Example AB`, `A. Test-Example`,
    `A. Example Jr.` it is `example`, and of a group too: `The Example Collaboration`. Of two words without a comma, a
    common Chinese, Korean or Vietnamese surname before a hyphenated name is the surname: `Kim Sung-Bin`.
    """
    first = _ET_AL.sub("", unicode_accents(name[:LONGEST_TITLE]).partition(";")[0])
    if group := _group(first):
        return group
    family, _, given_names = first.partition(",")
    if _without_suffix(family) and _without_suffix(given_names):
        return _plain_name(_without_suffix(family)[-1])
    words = [word for word in _without_suffix(first) if not _is_initials(word, first)]
    return _plain_name(_leading(words)) if words else _plain_name(first)


def _bare(text: str) -> str:
    """The folded text without marks that make another letter, and with spaces for vowel signs.

    The store knows papers by what was made of their titles so.
    """
    text = fold(text)
    if text.isascii():
        return text
    letters = (char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char))
    return "".join(" " if char in MARKS else char for char in letters)


def _strip_markup(title: str) -> str:
    text = _TAG.sub("", html.unescape(title)) if "<" in title or "&" in title else title
    if "\\" in text:
        text = _FACE.sub(" ", _VARIANT.sub(r"\\", unicode_accents(text)))
        # braces join (`{\'e}t{\'e}`), commands and what follows them do not
        text = text.replace("{", "").replace("}", "")
    text = text.replace("$", "").replace("&", " and ")
    return text if text.isascii() else _GREEK.sub(_letter_name, text.casefold().replace("µ", "μ"))


def _letter_name(match: re.Match[str]) -> str:
    return _LETTER_NAMES[ord(match[0]) - ord("α")]


def _length(words: tuple[str, ...]) -> int:
    return sum(len(word) + (IDEOGRAPH - 1) * sum(char >= "\u2e80" for char in word) for word in words)


def _numbers(paper: Paper, scheme: str) -> frozenset[str]:
    """Identifiers that a paper has one of: preprint servers' DOIs are left out."""
    numbers = {id.value for id in (paper.id, *paper.identifiers) if id.scheme == scheme}
    if scheme == "doi" and paper.doi:
        numbers.add(paper.doi.lower())
    return frozenset(value for value in numbers if not is_preprint_doi(value))


def _other_numbers(first: Paper, second: Paper, scheme: str) -> bool:
    first_numbers, second_numbers = _numbers(first, scheme), _numbers(second, scheme)
    return bool(first_numbers and second_numbers) and first_numbers.isdisjoint(second_numbers)


@lru_cache(maxsize=512)
def _place(journal: str) -> frozenset[int]:
    """Volume and page, whatever they are called, without the year."""
    return frozenset(int(digits) for digits in _DIGITS.findall(_YEAR.sub(" ", journal)))


def _without_suffix(name: str) -> list[str]:
    """The words of a name without what stands around it: titles, degrees, `Jr.`"""
    return [word for word in name.replace(",", " ").split() if fold(word).replace(".", "") not in _SUFFIX]


def _is_initials(word: str, name: str) -> bool:
    """`A.`, `A.B.` and `AB` in `Example AB`, but not `LI` in `Xi LI`."""
    letters = word.replace(".", "").replace("-", "")
    if len(letters) <= 1:
        return True
    if not _INITIALS.fullmatch(word) or not letters.isupper():
        return False
    longest = max(map(len, name.split()))
    return "." in word or (len(letters) < min(longest, 4) and fold(letters) not in EAST_ASIAN)


def _group(name: str) -> str:
    """The name of a group as one word; empty for a person's."""
    *own, last = split_words(fold(name)) or [""]
    return "".join(word for word in own if word != "the") if last in GROUPS else ""


def _leading(words: list[str]) -> str:
    """The surname among the words of a name that has no comma."""
    first, last = fold(words[0]), fold(words[-1])
    is_first = len(words) == 2 and first in EAST_ASIAN and last not in EAST_ASIAN and "-" in last
    is_in_capitals = is_surname_in_capitals(words[0]) and not any(word.isupper() for word in words[1:])
    return words[0] if is_first or is_in_capitals else words[-1]


def _plain_name(word: str) -> str:
    last = _NOT_WORD.sub(" ", _bare(word)).split()
    return _UMLAUT.sub(r"\1", last[-1]) if last else ""
