"""The names that papers go by: arXiv numbers, DOIs and addresses, read in any spelling.

People paste identifiers into a chat and services use spellings of their own. A version is always kept apart from the
identifier it came with. Nothing here reads or writes anything.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, NamedTuple
from urllib.parse import unquote

from core.errors import BadIdentifier

_ARXIV_NEW: Final = r"\d{4}\.\d{4,5}"


_ARXIV_OLD: Final = r"[a-z][a-z-]*(?:\.[a-z-]+)?/\d{7}"


_VERSION: Final = r"(?:v([1-9]\d{0,2}))?"


_WEB: Final = r"(?:https?://)?"


#: of an address, after what identifies the paper
_REST: Final = r"/?(?:[?#].*)?"


# ASCII: other scripts have digits too, and they would make other values of the same identifier
_FLAGS: Final = re.IGNORECASE | re.ASCII


_ARXIV: Final = re.compile(
    # the stamp on the first page goes on: arXiv:2601.15529v1 [cs.CL] 21 Jan 2026
    rf"(?:oai:arxiv\.org:|arxiv:\s*)?({_ARXIV_NEW}|{_ARXIV_OLD}){_VERSION}(?:\s*\[[\w.-]+\][\w\s]*)?",
    _FLAGS,
)


_ARXIV_URL: Final = re.compile(
    rf"{_WEB}(?:[a-z0-9-]+\.)*(?:arxiv|alphaxiv|ar5iv)\.org/(?:abs|pdf|html|format|src|e-print|ps|overview)/"
    rf"({_ARXIV_NEW}|{_ARXIV_OLD}){_VERSION}(?:\.pdf)?{_REST}",
    _FLAGS,
)


_PAPERS_URL: Final = re.compile(
    rf"{_WEB}(?:www\.)?(?:huggingface|hf)\.co/papers/({_ARXIV_NEW}){_VERSION}{_REST}", _FLAGS
)


_DOI: Final = re.compile(r"(?:doi\s*:\s*|doi\s+)?(10\.\d{4,9}/\S+)", _FLAGS)


_DOI_URL: Final = re.compile(
    rf"(?:doi:\s*)?{_WEB}(?:dx\.|www\.)?doi\.org/(10\.\d{{4,9}}(?:/|%2F)[^\s?#]+){_REST}", _FLAGS
)


_ARXIV_DOI: Final = re.compile(rf"10\.48550/arxiv\.({_ARXIV_NEW}|{_ARXIV_OLD}){_VERSION}", _FLAGS)


_RXIV_URL: Final = re.compile(
    rf"{_WEB}(?:www\.|connect\.)?(?:biorxiv|medrxiv)\.org/content/(?:early/\d+/\d+/\d+/)?"
    rf"(10\.(?:1101|64898)/[0-9.]*\d){_VERSION}(?:\.(?:full|abstract)[^?#]*|/[^?#]*)?{_REST}",
    _FLAGS,
)


_RXIV_DOI: Final = re.compile(rf"(10\.(?:1101|64898)/[0-9.]*\d){_VERSION}", _FLAGS)


_URL: Final = re.compile(r"url:(https?://\S+)", _FLAGS)


_SAMPLE: Final = re.compile(rf"sample:(\d{{1,4}}){_VERSION}", _FLAGS)


#: characters of an identifier, however it is written
_LONGEST: Final = 2_000


#: what people leave around an identifier when they copy it from a sentence
_AROUND: Final = " \t\r\n<>\"'“”‘’"


@dataclass(frozen=True, slots=True, order=True)
class PaperId:
    """An identifier without a version, as `scheme:value`: `arxiv:2601.15529`, `doi:10.1101/2024.01.01.573000`.

    DOIs and old arXiv archives are in lower case, so that equal identifiers are equal values.
    """

    #: `arxiv`, `doi`, `url`, or `sample` for the invented papers of the sample day
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
        """Read any spelling: bare, prefixed, with a version, an abs, pdf or html address, a DOI or its address.

        Raises BadIdentifier with a sentence that shows how an identifier looks. What holds white space or anything
        that cannot be seen, escaped or not, is none.
        """
        if len(text) <= _LONGEST and (found := _reference(_bare(text))) and _is_visible(found.id.value):
            return found
        raise BadIdentifier(
            f"{_shown(text)} is not an identifier of a paper.",
            hint="Write an arXiv id like 2601.15529, a DOI like 10.1038/s41586-021-03819-2, or the paper's address.",
        )


def _is_visible(value: str) -> bool:
    return value.isprintable() and " " not in value


def _shown(text: str) -> str:
    return f"'{text[:60]}…'" if len(text) > 60 else f"'{text}'"


def _bare(text: str) -> str:
    """Without what stands around it in a sentence: quotes, brackets in pairs, a full stop."""
    if text.startswith("url:"):
        return text
    bare = text.strip(_AROUND).rstrip(".,;").rstrip(_AROUND)
    while bare[:1] + bare[-1:] in ("()", "[]", "{}"):
        bare = bare[1:-1].strip(_AROUND)
    return bare


def _reference(text: str) -> Reference | None:
    for pattern in (_ARXIV, _ARXIV_URL, _PAPERS_URL):
        if match := pattern.fullmatch(text):
            return Reference(arxiv_id(match[1]), _version(match[2]))
    if match := _SAMPLE.fullmatch(text):
        return Reference(PaperId("sample", str(int(match[1]))), _version(match[2]))
    if match := _RXIV_URL.fullmatch(text):
        return Reference(PaperId("doi", match[1].lower()), _version(match[2]))
    if match := _URL.fullmatch(text):
        return Reference(PaperId("url", match[1]), None)
    if match := _DOI.fullmatch(text):
        return _doi_reference(match[1])
    if match := _DOI_URL.fullmatch(text):
        return _doi_reference(unquote(match[1]))
    return None


def _doi_reference(typed: str) -> Reference:
    doi = typed.lower()
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
