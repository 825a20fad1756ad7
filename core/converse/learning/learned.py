"""`/settings learned`: what the channel's digest has learned, and everything that a person can do about it.

It is shown; added to by papers and by what an ORCID's owner wrote; corrected by words and papers; forgotten as a whole.
"""

from __future__ import annotations

import re
from typing import Final

from core.channels import is_private_chat
from core.choose.profile.signs import Correction, SignKind, Wanted
from core.choose.profile.terms import term_of
from core.converse.command import Command
from core.converse.learning import taste, teaching
from core.converse.spec import Services, require_manager
from core.errors import BadIdentifier, BadSetting, NotFound
from core.papers.identifiers import PaperId
from core.posts.tree import Post
from core.speech import _, plural
from core.text.readable import clip_text

_WISHES: Final = {"more": Wanted.MORE, "less": Wanted.LESS, taste.FORGET: Wanted.NEITHER}
#: words or papers that are corrected at once
_MOST: Final = 10
_LONGEST: Final = 60
#: signs of each kind that are counted
_MOST_COUNTED: Final = 1_000


async def answer(services: Services, command: Command, value: str) -> Post:
    """What was learned, after the change where there is one. Raises NotAllowed, NotFound, BadSetting."""
    if not value:
        return await _taste_post(services, command)
    require_manager(command)
    verb, _space, names = value.partition(" ")
    verb = verb.lower()
    if feeling := teaching.FEELINGS.get(verb):
        return await teaching.teach(services, command, feeling, names)
    if value.lower() == taste.FORGET:
        await services.store.forget_profile(command.place, at=services.clock.now())
        return taste.answer(None, note=_(taste.FORGOTTEN))
    if verb in _WISHES and names.strip():
        return await _correct(services, command, _WISHES[verb], names)
    raise BadSetting(
        _("What was learned can be shown, added to, corrected or forgotten."),
        hint=_("`/settings learned like 2601.15529`, `unlike` and a paper, `less fog`, `forget fog`, or `forget`"),
    )


async def _taste_post(services: Services, command: Command, note: str = "") -> Post:
    store = services.store
    signs = await store.signs(command.place, limit=_MOST_COUNTED)
    return taste.answer(
        await store.kept_profile(command.place),
        await store.corrections(command.place),
        seeds=len(await store.seeds(command.place)),
        waiting=len({sign.paper for sign in signs if sign.kind is not SignKind.POSTED}),
        note=note,
        is_private=is_private_chat(command.place),
    )


async def _correct(services: Services, command: Command, wish: Wanted, words: str) -> Post:
    """Record corrections of terms; `forget` also takes papers."""
    parts = [part.strip() for part in re.split(r"[,;]", words) if part.strip()]
    if not 1 <= len(parts) <= _MOST:
        raise BadSetting(
            _("Name one to {most} words, with commas between them.", most=_MOST),
            hint="`/settings learned less diffusion`",
        )
    now = services.clock.now()
    corrections = [
        Correction(paper=paper, at=now)
        if wish is Wanted.NEITHER and (paper := await _known_paper(services, command, part))
        else Correction(term=_term(part), wanted=wish, at=now)
        for part in parts
    ]
    for correction in corrections:
        await services.store.correct(command.place, correction)
    note = plural(
        "Noted: {count} correction. The next digest heeds it.",
        "Noted: {count} corrections. The next digest heeds it.",
        len(corrections),
    )
    return await _taste_post(services, command, note)


def _term(word: str) -> str:
    if term := term_of(word.strip("\"'“”*_")):
        return term
    raise BadSetting(
        _("“{words}” is not a word that a digest learns.", words=clip_text(word, _LONGEST)),
        hint=_("Name one word or two that belong together: `/settings learned less diffusion, language models`"),
    )


async def _known_paper(services: Services, command: Command, name: str) -> PaperId | None:
    """Finds a paper among the stored ones and the seeds; None where `name` is a word. Raises NotFound."""
    try:
        id = PaperId.parse(name)
    except BadIdentifier:
        return None
    if paper := await services.store.paper(id):
        return paper.id
    for seed in await services.store.seeds(command.place):
        if id in (seed.paper.id, *seed.paper.identifiers):
            return seed.paper.id
    raise NotFound(
        _("Nothing was learned from {paper}.", paper=clip_text(str(id), _LONGEST)),
        hint=_("`/settings learned` shows what was."),
    )
