"""Messages that belong to a platform: planned for it, or accepted by it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.channels import ChannelRef
from core.papers.identifiers import PaperId


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """One message of a planned post, rendered and ready to send; stored before anything is sent."""

    #: unique for ever and stable across restarts: `<post key>/<position>`
    key: str
    #: the key of the message whose thread this belongs to; None for a message of its own
    parent_key: str | None
    #: the papers it shows
    papers: tuple[PaperId, ...]
    #: what the platform's adapter needs to send it: JSON values only
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True, order=True)
class MessageRef:
    """A message that a platform has accepted."""

    channel: ChannelRef
    #: the platform's own identifier of the message within the channel
    id: str
