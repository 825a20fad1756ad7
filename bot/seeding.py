"""`paperboy channels seed`: what was typed -> files, ORCIDs and identifiers -> papers that a channel learns from."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bot.output import screen
from bot.tasks import find_subscription
from bot.wire import App, read_library
from core.choose.profile.seeds import NamedPapers, UnreadReference
from core.converse.learning.seeding import Seeding, seed_channel
from core.errors import BadIdentifier, NotFound, UsageError
from core.ingest.refresh import Progress
from core.papers.identifiers import PaperId
from core.papers.orcid import orcid_in


async def seed(app: App, channel: str, name: str, arguments: Sequence[str], *, show: bool) -> Seeding:
    """Teach a channel the papers of files, of ORCIDs, and those named by identifier.

    Raises UsageError and BadFeed for what is none of these, NotFound where nothing was found: then nothing is kept.
    """
    place = (await find_subscription(app, channel, name)).channel
    with screen.progress(is_shown=show) as tell:
        parts: list[NamedPapers] = []
        for number, argument in enumerate(arguments):
            tell(Progress(what=f"reading {Path(argument).name[:40]}", done=number, total=len(arguments)))
            parts.append(await _read_argument(app, argument))
        named_papers = _merge(parts)
        total = len(named_papers.references)
        seeding = await seed_channel(
            place,
            named_papers,
            person="",
            store=app.store,
            clock=app.clock,
            lookup=app.lookup,
            tell=lambda count: tell(Progress(what="looking papers up", done=count, total=total)),
        )
    if not seeding.papers:
        why = "; ".join(f"{reference.where}: {reference.reason}" for reference in seeding.missing[:3])
        raise NotFound(f"No paper was found. {why}", hint=" ".join(seeding.troubles))
    return seeding


async def _read_argument(app: App, argument: str) -> NamedPapers:
    if orcid := orcid_in(argument):
        return NamedPapers(papers=await app.lookup.works_of(orcid))
    path = Path(argument)
    if _is_there(path):
        return read_library(path)
    try:
        PaperId.parse(argument)
    except BadIdentifier:
        raise UsageError(
            f"'{argument[:60]}' is no file, no ORCID and no identifier of a paper.",
            hint="Name a .bib, .ris, .json or .rdf file, an ORCID like 0000-0002-1825-0097, or an arXiv number.",
        ) from None
    return NamedPapers(references=(argument,))


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # a name that no file has
        return False


def _merge(parts: Sequence[NamedPapers]) -> NamedPapers:
    papers = {paper.id: paper for part in parts for paper in part.papers}
    references = dict.fromkeys(reference for part in parts for reference in part.references)
    unread: list[UnreadReference] = [reference for part in parts for reference in part.unread]
    return NamedPapers(papers=tuple(papers.values()), references=tuple(references), unread=tuple(unread))
