"""Messages that are not for the bot and lead to papers: what platforms bring of them, and nothing else of what is said.

Pure; platforms call it for what they hear in channels, `core.converse.link_cards` answers.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from core.channels import ChannelRef, UserRef
from core.errors import BadIdentifier
from core.papers.addresses import addresses_in, identifier_in
from core.papers.identifiers import PaperId

#: papers of a message that are looked at
_PAPERS: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class PastedLinks:
    """A message of a person that is not for the bot and leads to papers."""

    user: UserRef
    place: ChannelRef
    #: at least one, in the order of the message
    papers: tuple[PaperId, ...]
    at: datetime


def papers_in(text: str) -> tuple[PaperId, ...]:
    """The papers that the addresses of a text, and words like `arXiv:2601.15529`, certainly lead to; each once."""
    words = [word for word in text.split() if word.lower().startswith(("arxiv:", "doi:10."))] if ":" in text else []
    names = [*map(identifier_in, addresses_in(text)), *words] if ":" in text else []
    ids: dict[PaperId, None] = {}
    for name in filter(None, names):
        try:
            ids[PaperId.parse(name)] = None
        except BadIdentifier:
            continue
    return tuple(ids)[:_PAPERS]
