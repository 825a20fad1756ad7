"""Seeds: papers that a person names so that the channel's digest learns from them, beside reactions and bookmarks.

`/settings learned like 2601.15529 2602.00001` is the same as a 👍 on each of them, `unlike` the same as a 👎; an ORCID
stands for all that its owner wrote. `paperboy channels seed` takes whole libraries.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from core.choose.profile.seeds import NamedPapers
from core.converse.command import Command
from core.converse.learning.seeding import seed_channel
from core.converse.lists.feedback import Feedback
from core.converse.spec import Services
from core.errors import BadIdentifier, BadSetting, NotFound, SeveralFound
from core.papers.identifiers import Reference
from core.papers.orcid import orcid_in
from core.papers.paper import Paper
from core.posts.reactions import Feeling
from core.posts.tree import Audience, Block, Note, Paragraph, Post, prose, text
from core.speech import _, plural
from core.text.readable import clip_text

FEELINGS: Final[Mapping[str, Feeling]] = MappingProxyType({"like": Feeling.MORE, "unlike": Feeling.LESS})
#: papers that are named at once: each may have to be asked of a source
_MOST: Final = 20
_LONGEST_TITLE: Final = 100
_SPLIT: Final = re.compile(r"[\s,;]+")


async def teach(services: Services, command: Command, feeling: Feeling, line: str) -> Post:
    """Record the feeling for each paper that is named by its identifier or address. Raises BadSetting, StoreError."""
    names = list(dict.fromkeys(part for part in _SPLIT.split(line) if part))
    if len(names) == 1 and (orcid := orcid_in(names[0])):
        return await _works(services, command, feeling, orcid)
    if not 1 <= len(names) <= _MOST:
        raise BadSetting(
            _("Name one to {most} papers, by arXiv number, DOI or address.", most=_MOST),
            hint="`/settings learned like 2601.15529 2602.00001`",
        )
    papers: list[Paper] = []
    missing: list[str] = []
    for name in names:
        try:
            Reference.parse(name)
            papers.append(await services.lookup.paper(name))
        except (BadIdentifier, NotFound, SeveralFound):
            missing.append(clip_text(name, _LONGEST_TITLE))
    for paper in papers:
        await services.store.add_feedback(
            Feedback(
                user=command.actor,
                paper=paper.id,
                feeling=feeling,
                where=command.place,
                at=services.clock.now(),
                public=True,
            )
        )
    return _report(papers, missing, feeling)


async def _works(services: Services, command: Command, feeling: Feeling, orcid: str) -> Post:
    """What the person with this ORCID wrote becomes seeds. Raises NotFound, BadSetting."""
    if feeling is not Feeling.MORE:
        raise BadSetting(_("An ORCID can be liked alone."), hint=_("Name the papers of which you want less."))
    works = await services.lookup.works_of(orcid)
    seeding = await seed_channel(
        command.place,
        NamedPapers(papers=works),
        person=str(command.actor),
        store=services.store,
        clock=services.clock,
        lookup=services.lookup,
    )
    return _report(list(seeding.papers), [], feeling)


def _report(known_papers: list[Paper], missing: list[str], feeling: Feeling) -> Post:
    blocks: list[Block] = []
    if known_papers:
        papers = plural("{count} paper", "{count} papers", len(known_papers))
        more, less = (
            _("Noted: more like {papers}. The next digest heeds it.", papers=papers),
            _("Noted: less like {papers}. The next digest heeds it.", papers=papers),
        )
        blocks.append(Paragraph(spans=(text(more if feeling is Feeling.MORE else less),)))
        blocks += [
            Paragraph(spans=(text(f"“{clip_text(paper.title, _LONGEST_TITLE)}”"),)) for paper in known_papers[:_MOST]
        ]
        if len(known_papers) > _MOST:
            remainder = plural("and {count} other", "and {count} others", len(known_papers) - _MOST)
            blocks.append(Paragraph(spans=(text(remainder),)))
    if missing:
        blocks.append(Note(warning=True, spans=(text(_("Not found: {papers}", papers=", ".join(missing))),)))
    blocks.append(Note(spans=prose(_("`/settings learned` shows what was learned."))))
    return Post(blocks=tuple(blocks), audience=Audience.ASKER, fallback=_("What the digest should learn from"))
