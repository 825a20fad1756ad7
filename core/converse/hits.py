"""A page of search results as a post: numbered hits, why each was found, and what one can do next. Pure.

`commands.search`, `commands.similar` and the command line call it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from core.deliver.card import authors_and_categories, title_spans
from core.deliver.compose import say
from core.papers.identifiers import PaperId
from core.papers.paper import Paper
from core.papers.passages import marks
from core.papers.relevance import telling_terms
from core.papers.search import Found, Hit, Term
from core.posts.tree import (
    Action,
    Audience,
    Block,
    Heading,
    Note,
    Paragraph,
    Post,
    Spans,
    bold,
    command,
    prose,
    text,
)
from core.speech import _, plural
from core.text.readable import clip_text, readable

#: characters of a title, an author or a word of the query
_LONGEST: Final = 300
_LONGEST_WORD: Final = 40


def search_results(results: Found, *, first: int = 1, actions: Sequence[Action] = ()) -> Post:
    """A page of hits, numbered from `first`; says so where only some of the words were found."""
    query = clip_text(results.query.typed, _LONGEST)
    if not results.hits and first > 1:
        return say(_("There are no more papers for “{typed}”.", typed=query))
    if not results.hits:
        sentence = _("No paper matches “{typed}”. Fewer words, or part of a word with *, find more.", typed=query)
        post = say((text(" ".join((sentence, *results.troubles))),))
        return replace(post, actions=tuple(actions))
    total = _total(results, query)
    terms = telling_terms(results.query.terms)
    return Post(
        blocks=(
            Heading(level=2, spans=(text(total),)),
            *(Note(spans=(text(remark),)) for remark in _remarks(results)),
            *_numbered_hits(results.hits, terms, first=first, is_split=not results.any_word),
            *(Note(spans=(text(trouble),)) for trouble in results.troubles),
            *(() if actions else (open_note(results.hits[0].id),)),
        ),
        actions=tuple(actions),
        papers=tuple(hit.id for hit in results.hits),
        numbers=tuple(range(first, first + len(results.hits))) if first > 1 else (),
        audience=Audience.ASKER,
        fallback=total,
    )


def similar_papers(paper: Paper, hits: Sequence[Hit], actions: Sequence[Action] = ()) -> Post:
    """Papers like one, the nearest first; without `actions` that open them, it says how one does."""
    title = _("Papers like “{title}”", title=clip_text(paper.title, _LONGEST))
    if not hits:
        return say(_("No stored paper is like “{title}”.", title=clip_text(paper.title, _LONGEST)))
    return Post(
        blocks=(
            Heading(level=2, spans=(text(title),)),
            *(block for number, hit in enumerate(hits, 1) for block in hit_blocks(number, replace(hit, missing=()))),
            *(() if actions else (open_note(hits[0].id),)),
        ),
        actions=tuple(actions),
        papers=tuple(hit.id for hit in hits),
        audience=Audience.ASKER,
        fallback=title,
    )


def _remarks(results: Found) -> Iterator[str]:
    if results.any_word and results.near == results.total:
        yield _("No paper has any of these words; these are close in meaning.")
    elif results.any_word:
        yield (
            _("No paper has all of these words; these have some, or are close in meaning.")
            if results.near
            else _("No paper has all of these words; these have some.")
        )
    if results.words_alone:
        yield _("Compared by their words alone: the model that knows meanings cannot be asked just now.")


def _total(results: Found, query: str) -> str:
    full = results.total - results.near if results.any_word else results.complete
    if not full and results.near:
        return _("Papers close in meaning to “{typed}”", typed=query)
    if results.is_bounded and full:
        papers = plural(
            "more than {count} paper for “{typed}”", "more than {count} papers for “{typed}”", full, typed=query
        )
    else:
        papers = plural("{count} paper for “{typed}”", "{count} papers for “{typed}”", full, typed=query)
    if results.any_word:
        return papers
    match results.partial > results.near, results.near > 0:
        case True, True:
            return _("{papers_found}, and others with some of the words or close in meaning", papers_found=papers)
        case True, False:
            return _("{papers_found}, and others with some of the words", papers_found=papers)
        case False, True:
            return _("{papers_found}, and others close in meaning", papers_found=papers)
    return papers


def _numbered_hits(hits: Sequence[Hit], terms: Sequence[Term], *, first: int, is_split: bool) -> Iterator[Block]:
    """Renders the hits, with a note before those that have only some of the words."""
    for place, hit in enumerate(hits):
        if is_split and all(map(_is_partial, hits[place:])) and not (place and _is_partial(hits[place - 1])):
            yield Note(spans=(text(_("These have only some of the words:")),))
        yield from hit_blocks(first + place, hit, terms)


def _is_partial(hit: Hit) -> bool:
    return bool(hit.missing) and not hit.is_near


def hit_blocks(number: int, hit: Hit, terms: Sequence[Term] = ()) -> tuple[Block, ...]:
    """One hit: its title, its particulars and why it was found, and the passage with what was looked for in bold."""
    particulars = (authors_and_categories(hit.authors, hit.categories), f"{hit.published or ''}", str(hit.id))
    return (
        Paragraph(spans=(text(f"{number}. "), *title_spans(hit.title, hit.url, withdrawn=hit.withdrawn))),
        Note(indented=True, spans=(text(" · ".join(part for part in (*particulars, *_why(hit, terms)) if part)),)),
        Paragraph(indented=True, spans=mark_terms(readable(hit.snippet), terms)),
    )


def _why(hit: Hit, terms: Sequence[Term]) -> Iterator[str]:
    """Says where the words are that the passage does not show, and which ones are missing."""
    in_title = {place for _, _, place in marks(clip_text(hit.title, _LONGEST), terms)}
    in_authors = {place for _, _, place in marks(clip_text(", ".join(hit.authors), _LONGEST), terms)}
    if in_title and len(terms) > 1:
        yield _("title: {words}", words=_words(terms, in_title))
    if by := in_authors - in_title:
        yield _("author: {words}", words=_words(terms, by))
    if hit.is_near:
        yield _("close in meaning")
    elif hit.missing:
        yield _("without: {words}", words=", ".join(clip_text(word, _LONGEST_WORD) for word in hit.missing))


def _words(terms: Sequence[Term], places: set[int]) -> str:
    words = dict.fromkeys(clip_text(" ".join(terms[place].words), _LONGEST_WORD) for place in sorted(places))
    return ", ".join(words)


def open_note(paper: PaperId) -> Note:
    """How a paper of a list is opened."""
    return Note(spans=prose(_("Open one with {command}"), command=command("paper", str(paper))))


def mark_terms(passage: str, terms: Sequence[Term]) -> Spans:
    """Returns the passage with the terms in bold."""
    spans, end = [], 0
    for start, stop, _place in marks(passage, terms):
        spans += [text(passage[end:start]), bold(passage[start:stop])]
        end = stop
    return tuple(span for span in (*spans, text(passage[end:])) if span.text)
