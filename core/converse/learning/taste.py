"""What a channel's digest has learned, as a person reads it: a sentence for `/settings`, and an answer of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from core.choose.profile.opinions import Taste, taste_of
from core.choose.profile.signs import Correction, KeptProfile, Wanted
from core.posts.tree import Audience, Block, Note, Paragraph, Post, prose, text
from core.speech import N_, _, plural
from core.text.readable import all_of, clip_text

#: what is typed to forget it
FORGET: Final = "forget"
_FEW: Final = 5
_LONGEST_WORD: Final = 40
_FORMS: Final = {
    Wanted.MORE: N_("more {words}"),
    Wanted.LESS: N_("less {words}"),
    Wanted.NEITHER: N_("no weight on {words}"),
}
_HOW: Final = N_(
    "To correct it: `/settings learned less diffusion` or `/settings learned forget diffusion`; a paper by its number. "
    "To begin anew: `/settings learned forget`"
)
NOTHING: Final = N_(
    "Nothing was learned yet. Bookmark papers, or rate them with :more: and :less:, and the next digest heeds it."
)
FORGOTTEN: Final = N_("Forgotten. Reading lists stay as they are; what people say from now on counts.")


def sentence(profile: KeptProfile | None, corrections: Sequence[Correction] = (), *, is_private: bool = False) -> str:
    """What was learned as one sentence; empty where there is nothing."""
    taste = taste_of(profile, corrections)
    terms = {
        wish: [correction.term for correction in corrections if correction.term and correction.wanted is wish]
        for wish in Wanted
    }
    liked_words = (*terms[Wanted.MORE], *(taste.liked_terms if taste else ()))[:_FEW]
    disliked_words = (*terms[Wanted.LESS], *(taste.disliked_terms if taste else ()))[:_FEW]
    parts = ((Wanted.MORE, _join_words(liked_words)), (Wanted.LESS, _join_words(disliked_words)))
    wishes = all_of([_(_FORMS[wish], words=words) for wish, words in parts if words])
    if taste is None:
        return _("Wanted: {wishes}.", wishes=wishes) if wishes else ""
    papers = _papers(taste, is_private=is_private)
    if wishes:
        return _("Learned from {papers}: {wishes}.", papers=papers, wishes=wishes)
    return _("Learned from {papers}.", papers=papers)


def answer(
    profile: KeptProfile | None,
    corrections: Sequence[Correction] = (),
    *,
    seeds: int = 0,
    waiting: int = 0,
    note: str = "",
    is_private: bool = False,
) -> Post:
    """All that was learned in words, what people corrected, and how to correct or forget it.

    `waiting`: papers that were saved or rated, and that a digest is yet to learn from.
    """
    taste = taste_of(profile, corrections)
    blocks: list[Block] = [Note(spans=prose(note))] if note else []
    if taste is not None:
        source = _("Learned from {papers}.", papers=_papers(taste, is_private=is_private))
        blocks.append(Paragraph(spans=(text(source),)))
        if taste.liked_terms:
            blocks.append(Paragraph(spans=(text(_("More: {words}", words=_join_words(taste.liked_terms))),)))
        if taste.disliked_terms:
            blocks.append(Paragraph(spans=(text(_("Less: {words}", words=_join_words(taste.disliked_terms))),)))
    if seeds:
        library = plural("{count} paper of a library teach it too.", "{count} papers of a library teach it too.", seeds)
        blocks.append(Paragraph(spans=(text(library),)))
    if correction_words := corrections_in_words(corrections):
        blocks.append(Paragraph(spans=(text(_("Corrected: {words}", words=correction_words)),)))
    if not blocks:
        waits = plural(
            "Nothing was learned yet. The next digest learns from {count} paper saved or rated here.",
            "Nothing was learned yet. The next digest learns from {count} papers saved or rated here.",
            waiting,
        )
        blocks.append(Paragraph(spans=prose(waits if waiting else _(NOTHING))))
    elif taste is not None or seeds or corrections:
        blocks.append(Note(spans=prose(_(_HOW))))
    return Post(blocks=tuple(blocks), audience=Audience.ASKER, fallback=_("What this channel's digest has learned"))


def corrections_in_words(corrections: Sequence[Correction]) -> str:
    """What people corrected: `less diffusion; fog is neither for nor against a paper`; empty where nothing was."""
    parts = []
    for wish, form in _FORMS.items():
        if terms := [correction.term for correction in corrections if correction.term and correction.wanted is wish]:
            parts.append(_(form, words=_join_words(terms)))
    if papers := [str(correction.paper) for correction in corrections if correction.paper]:
        parts.append(_("forgotten {papers}", papers=_join_words(papers)))
    return "; ".join(parts)


def _papers(taste: Taste, *, is_private: bool) -> str:
    if is_private:
        papers = plural("{count} paper that you liked", "{count} papers that you liked", taste.pick_count)
    else:
        papers = plural(
            "{count} paper that people here liked", "{count} papers that people here liked", taste.pick_count
        )
    if taste.pass_count:
        return plural("{papers} and {count} other", "{papers} and {count} others", taste.pass_count, papers=papers)
    return papers


def _join_words(words: Sequence[str]) -> str:
    return ", ".join(clip_text(word, _LONGEST_WORD) for word in words)
