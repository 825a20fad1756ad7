"""Embedding papers as they come: all of them as a job of the running service, some of them after `ingest`."""

from __future__ import annotations

from typing import Final

import structlog

from bot.operation.pulse import Pulse
from core.deliver.meanings import Meanings
from core.errors import ModelError, OverBudget, StoreError

#: seconds for which embedding may give no sign of life: a batch, with all its attempts
EMBEDDING_S: Final = 1_200.0

#: papers that a command embeds: some minutes of a small model; the service, or the next command, goes on
MOST_AT_ONCE: Final = 1_500

_log = structlog.get_logger(__name__)


async def embed_all(meanings: Meanings, pulse: Pulse) -> None:
    """Embed what has no vector, the latest papers first. Raises nothing."""
    with pulse.on_duty():
        while await embed_some(meanings):
            pulse.beat()


async def embed_waiting(meanings: Meanings, *, most: int = MOST_AT_ONCE) -> None:
    """Embed the latest papers without a vector, about so many at most. Raises nothing."""
    count = 0
    while count < most and (some := await embed_some(meanings)):
        count += some


async def embed_some(meanings: Meanings) -> int:
    """Embed some papers, if any have no vector; how many, 0 where that failed. Raises nothing."""
    try:
        count = await meanings.embed_new()
    except (ModelError, OverBudget):  # told once, where it happened
        return 0
    except StoreError as error:  # the next tick tries again
        _log.warning("papers were not embedded", error=error.sentence())
        return 0
    except Exception:  # noqa: BLE001 - a bug in what a model gives must not stop the service; it is logged whole
        _log.exception("embedding papers crashed")
        return 0
    if count:
        _log.info("papers embedded", papers=count, model=meanings.embedder.name)
    return count
