"""Papers that somebody named as their own or as liked, as values: from a library's file, an ORCID, or one by one.

`adapters.sources.references` reads files, `core.converse.learning.seeding` gives them to a channel.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from typing import Final

from core.papers.identifiers import PaperId
from core.papers.identity.matching import title_key
from core.papers.paper import Paper

#: seeds of a channel; the newest stay
MOST_SEEDS: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreadReference:
    """An entry of a library that nothing can be learned from."""

    #: its key, its place in the file, or how it begins
    where: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedPapers:
    """What somebody named."""

    #: with a title at least
    papers: tuple[Paper, ...] = ()
    #: identifiers and addresses, which have to be looked up
    references: tuple[str, ...] = ()
    unread: tuple[UnreadReference, ...] = ()


def own_id(title: str, authors: tuple[str, ...]) -> PaperId:
    """What a paper without any identifier goes by: the same for the same title and first author."""
    key = title_key(Paper(id=PaperId("guid", ""), title=title, authors=authors)) or title
    digest = blake2b(key.encode("utf-8", "replace"), digest_size=12).hexdigest()
    return PaperId("guid", f"library/{digest}")
