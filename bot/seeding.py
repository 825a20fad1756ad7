"""`paperboy channels seed`: what was typed -> files, ORCIDs and identifiers -> papers that a channel learns from."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bot.output import screen
from bot.tasks import subscription
from bot.wire import App, read_library
from core.choose.profile.seeds import NamedPapers, UnreadReference
from core.converse.learning.seeding import Seeding, seed_channel
from core.errors import BadIdentifier, NotFound, UsageError
from core.ingest.refresh import Progress
from core.papers.identifiers import PaperId
from core.papers.orcid import orcid_in


async def seed(app: App, channel: str, name: str, typed: Sequence[str], *, show: bool) -> Seeding:
    """Teach a channel the papers of files, of ORCIDs, and those named by identifier.

    Raises UsageError and BadFeed for what is none of these, NotFound where nothing was found: then nothing is kept.
    """
    reference = (await subscription(app, channel, name)).channel
    with screen.progress(shown=show) as tell:
        parts: list[NamedPapers] = []
        for number, one in enumerate(typed):
            tell(Progress(what=f"reading {Path(one).name[:40]}", done=number, total=len(typed)))
            parts.append(await _named(app, one))
        named = _together(parts)
        total = len(named.references)
        found = await seed_channel(
            reference,
            named,
            person="",
            store=app.store,
            clock=app.clock,
            lookup=app.lookup,
            tell=lambda done: tell(Progress(what="looking papers up", done=done, total=total)),
        )
    if not found.papers:
        why = "; ".join(f"{one.where}: {one.reason}" for one in found.missing[:3])
        raise NotFound(f"No paper was found. {why}", hint=" ".join(found.troubles))
    return found


async def _named(app: App, typed: str) -> NamedPapers:
    if orcid := orcid_in(typed):
        return NamedPapers(papers=await app.lookup.works_of(orcid))
    path = Path(typed)
    if _is_there(path):
        return read_library(path)
    try:
        PaperId.parse(typed)
    except BadIdentifier:
        raise UsageError(
            f"'{typed[:60]}' is no file, no ORCID and no identifier of a paper.",
            hint="Name a .bib, .ris, .json or .rdf file, an ORCID like 0000-0002-1825-0097, or an arXiv number.",
        ) from None
    return NamedPapers(references=(typed,))


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # a name that no file has
        return False


def _together(parts: Sequence[NamedPapers]) -> NamedPapers:
    papers = {paper.id: paper for part in parts for paper in part.papers}
    references = dict.fromkeys(reference for part in parts for reference in part.references)
    unread: list[UnreadReference] = [one for part in parts for one in part.unread]
    return NamedPapers(papers=tuple(papers.values()), references=tuple(references), unread=tuple(unread))
