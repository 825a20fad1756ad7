"""The names that papers go by: arXiv numbers, DOIs and addresses, read in any spelling.

People paste identifiers into a chat and services use spellings of their own. A version is always kept apart from the
identifier it came with. Nothing here reads or writes anything.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final, NamedTuple

from core.errors import BadIdentifier
from core.papers import addresses
from core.papers.addresses import ARXIV_NEW, ARXIV_OLD
from core.speech import _

_VERSION: Final = r"(?:v([1-9]\d{0,2}))?"
# ASCII: other scripts have digits too, and they would make other values of the same identifier
_FLAGS: Final = re.IGNORECASE | re.ASCII
_ARXIV: Final = re.compile(
    # the stamp on the first page goes on: arXiv:2601.15529v1 [cs.CL] 21 Jan 2026
    rf"(?:oai:arxiv\.org:|arxiv:\s*)?({ARXIV_NEW}|{ARXIV_OLD}){_VERSION}(?:\s*\[[\w.-]+\][\w\s]*)?",
    _FLAGS,
)
_DOI: Final = re.compile(r"(?:info:)?(?:doi\s?[:/]\s*|doi\s+)?(10\.\d{4,9}/\S+)", _FLAGS)
_ARXIV_DOI: Final = re.compile(rf"10\.48550/arxiv\.({ARXIV_NEW}|{ARXIV_OLD}){_VERSION}", _FLAGS)
_RXIV_DOI: Final = re.compile(rf"(10\.(?:1101|64898)/[0-9.]*\d){_VERSION}", _FLAGS)
_PMID: Final = re.compile(r"(?:info:)?(?:pmid|pubmed(?:\s?id)?)\s?[:/]?\s*0*([1-9]\d{0,7})", _FLAGS)
_URL: Final = re.compile(r"url:(https?://\S+)", _FLAGS)
_GUID: Final = re.compile(r"guid:(\S+)", _FLAGS)
_SAMPLE: Final = re.compile(rf"sample:(\d{{1,4}}){_VERSION}", _FLAGS)
#: a journal's issue and page, as some old DOIs hold them: `1097-4571(199806)49:8<693::AID-ASI4>3.0.CO;2-O`
_SICI: Final = (
    r"(?:\(SICI\))?\d{4}-\d{3}[\dX]\(\d{4,8}\)[\d:+()-]{1,20}[<\[][^<>\[\]\s]{1,80}[>\]]\d\.\d\.\w{2};2(?:-[\w#@%*&])?"
)
_DOI_IN_TEXT: Final = re.compile(
    r"(?:\bdoi\s?[:=]?\s{0,3}(?:https?://(?:dx\.|www\.)?doi\.org/)?|\bhttps?://(?:dx\.|www\.)?doi\.org/)"
    rf"(10\.\d{{4,9}}/(?:{_SICI}|[^\s<>\"&,]{{1,200}}))",
    _FLAGS,
)

#: characters of an identifier, however it is written
_LONGEST: Final = 2_000
#: what people leave around an identifier when they copy it from a sentence
_AROUND: Final = " \t\r\n\"'“”‘’«»*_`"
#: pairs that stand around one
_PAIRS: Final = ("()", "[]", "{}", "<>")
#: characters of some DOIs, as mark-up has them
_ENTITIES: Final = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))
#: a link as Markdown and as Slack write it
_MARKDOWN: Final = re.compile(r"\[[^\[\]]{0,300}\]\((\S+?)(?:\s+\"[^\"]*\")?\)")
_SLACK_LINK: Final = re.compile(r"<([^<>|\s]+)\|[^<>]{0,300}>")


@dataclass(frozen=True, slots=True, order=True)
class PaperId:
    """An identifier without a version, as `scheme:value`: `arxiv:2601.15529`, `doi:10.1101/2024.01.01.573000`.

    DOIs and old arXiv archives are in lower case, so that equal identifiers are equal values.
    """

    #: `arxiv`, `doi`, `pmid` (PubMed), `url`, `guid` (what a feed calls an entry, after the feed's host), or `sample`
    #: for the invented papers of the sample day
    scheme: str
    #: the identifier within its scheme, without a version
    value: str

    def __str__(self) -> str:
        return f"{self.scheme}:{self.value}"

    @staticmethod
    def parse(text: str) -> PaperId:
        """Any spelling of an identifier, its version dropped. Raises BadIdentifier."""
        return Reference.parse(text).id


class Reference(NamedTuple):
    """An identifier as somebody wrote it: the paper, and the version if they named one."""

    id: PaperId
    version: int | None

    @staticmethod
    def parse(text: str) -> Reference:
        """Read any spelling: bare, prefixed, with a version, in quotes or brackets, as a link, a publisher's address.

        An address that tells no identifier is one by itself, as it is written. Raises BadIdentifier with a sentence
        that shows how an identifier looks. What holds white space or anything that cannot be seen, escaped or not, is
        none; what cannot be seen around or between its characters is dropped.
        """
        if len(text) <= _LONGEST:
            bare = _bare(text)
            reference = _identifier(bare) or _from_address(bare)
            if reference and _is_visible(reference.id.value):
                return reference
        hint = _("Write an arXiv id like 2601.15529, a DOI like 10.1038/s41586-021-03819-2, or the paper's address.")
        raise BadIdentifier(_("{text} is not an identifier of a paper.", text=_abbreviate(text)), hint=hint)


def dois_in(text: str) -> tuple[str, ...]:
    """The DOIs that a text names as such (`doi:10.1000/x`, `https://doi.org/10.1000/x`), each once, in lower case."""
    dois = (addresses.without_end(doi) for doi in _DOI_IN_TEXT.findall(text))
    return tuple(dict.fromkeys(doi.lower() for doi in dois))


def _is_visible(value: str) -> bool:
    return value.isprintable() and " " not in value


def _abbreviate(text: str) -> str:
    return f"'{text[:60]}…'" if len(text) > 60 else f"'{text}'"


def _bare(text: str) -> str:
    """Without what stands around it in a sentence or a message: quotes, brackets, a full stop, a link's own text."""
    if text.startswith(("url:", "guid:")):
        return text
    bare = _without_hidden(text).strip(_AROUND)
    for entity, char in _ENTITIES if "&" in bare else ():
        bare = bare.replace(entity, char)
    if match := _MARKDOWN.fullmatch(bare) or _SLACK_LINK.fullmatch(bare):
        bare = match[1]
    before = None
    while bare != before:
        before = bare
        if bare[:1] + bare[-1:] in _PAIRS:
            bare = bare[1:-1].strip(_AROUND)
        bare = addresses.without_end(bare.lstrip("<").strip(_AROUND)).strip(_AROUND)
    return bare


def _without_hidden(text: str) -> str:
    """Without what has no width: spaces, joiners and marks that come along when people copy from pages."""
    if text.isascii():
        return text
    plain = "".join(char for char in text if unicodedata.category(char) != "Cf")
    return "".join(" " if unicodedata.category(char) == "Zs" else char for char in plain)


def _identifier(text: str) -> Reference | None:
    if match := _ARXIV.fullmatch(text):
        return Reference(arxiv_id(match[1]), _version(match[2]))
    if match := _SAMPLE.fullmatch(text):
        return Reference(PaperId("sample", str(int(match[1]))), _version(match[2]))
    if match := _PMID.fullmatch(text):
        return Reference(PaperId("pmid", match[1]), None)
    if match := _DOI.fullmatch(text):
        return _doi_reference(match[1])
    for scheme, pattern in (("url", _URL), ("guid", _GUID)):
        if match := pattern.fullmatch(text):
            return Reference(PaperId(scheme, match[1]), None)
    return None


def _from_address(text: str) -> Reference | None:
    """What an address holds, and else the address."""
    address = re.sub(r"^doi:\s*(?=https?://|[a-z.]*doi\.org/)", "", text, flags=re.IGNORECASE)
    if identifier := addresses.identifier_in(address):
        return _identifier(identifier)
    return Reference(PaperId("url", address), None) if addresses.is_address(address) else None


def _doi_reference(text: str) -> Reference:
    doi = text.lower()
    if match := _ARXIV_DOI.fullmatch(doi):
        return Reference(arxiv_id(match[1]), _version(match[2]))
    if match := _RXIV_DOI.fullmatch(doi):
        return Reference(PaperId("doi", match[1]), _version(match[2]))
    return Reference(PaperId("doi", doi), None)


def _version(digits: str | None) -> int | None:
    return int(digits) if digits else None


def arxiv_id(value: str) -> PaperId:
    """An arXiv identifier without version; the subject class of an old one (`math.GT/0309136`) is dropped."""
    archive, slash, number = value.partition("/")
    return PaperId("arxiv", f"{archive.partition('.')[0].lower()}/{number}" if slash else value)
