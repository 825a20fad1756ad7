"""An answer to a question about a paper, as a post: statements with quotes, passages, figures, and where they are from.

Pure; `commands.ask` and the command line call it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from core.deliver.card import paper_title
from core.papers.paper import Paper
from core.posts.tree import (
    Audience,
    Block,
    Heading,
    ListBlock,
    Note,
    Paragraph,
    Post,
    Quote,
    Span,
    bold,
    command,
    italic,
    text,
)
from core.summarise.answering import Answer
from core.summarise.fulltext import Figure, TextForm, licence_of
from core.summarise.passages import Passage
from core.summarise.reading import PaperText, TextLack
from core.text.readable import clip_text, readable, shorten

#: characters of a statement, a quote, a caption, a table
_LONGEST_STATEMENT: Final = 600
_LONGEST_QUOTE: Final = 500
_LONGEST_CAPTION: Final = 700
_LONGEST_TABLE: Final = 600
#: papers that one can choose from
_MOST_CHOICES: Final = 20

_UNLICENSED: Final = "From the abstract alone: nobody told Paperboy under which licence the paper is."
_LACKS: Final = {
    TextLack.LICENCE: "From the abstract alone: the paper's licence ({licence}) does not let its full text be used.",
    TextLack.NOT_THERE: "From the abstract alone: Paperboy finds no full text of this paper.",
    TextLack.FAILED: "From the abstract alone: the full text could not be read.",
}


def answer_post(answer: Answer) -> Post:
    """The answer as a message that is about the paper."""
    paper = answer.source.paper
    return Post(
        blocks=(
            Heading(level=2, spans=paper_title(paper)),
            Note(spans=(italic(f"“{clip_text(answer.question)}”"),)),
            *_figures(answer),
            *_body(answer),
            *(Note(spans=(text(note),)) for note in _notes(answer)),
        ),
        papers=(paper.id,),
        fallback=f"An answer from {clip_text(paper.title)}",
    )


def which_paper(papers: Sequence[Paper]) -> Post:
    """The question which of several papers is meant, with their numbers."""
    titles = tuple((text(clip_text(paper.title, 120)),) for paper in papers[:_MOST_CHOICES])
    return Post(
        blocks=(
            Paragraph(spans=(bold("Which of these papers? "), text("Ask with its number: "), _example("2"))),
            ListBlock(items=titles, ordered=True),
        ),
        audience=Audience.ASKER,
        fallback="Which of these papers?",
    )


def _example(which: str) -> Span:
    return command("ask", f"{which} what data was used?")


def _figures(answer: Answer) -> Iterator[Block]:
    for figure in answer.figures.found:
        yield Paragraph(spans=(bold(f"{clip_text(figure.label)}. "), text(_caption(figure))))
        if figure.content:
            yield Quote(spans=(text(shorten("\n".join(map(readable, figure.content.split("\n"))), _LONGEST_TABLE)),))
    if answer.figures.missing:
        named = " and no ".join(answer.figures.missing)
        yield Note(warning=True, spans=(text(f"{_what(answer.source)} has no {clip_text(named)}."),))


def _caption(figure: Figure) -> str:
    return shorten(readable(figure.caption), _LONGEST_CAPTION) or "It has no caption."


def _body(answer: Answer) -> Iterator[Block]:
    if answer.statements:
        for statement in answer.statements:
            yield Paragraph(spans=(text(shorten(readable(statement.text), _LONGEST_STATEMENT)),))
            yield _quote(statement.evidence)
        return
    if answer.made_by or not (answer.passages or answer.figures.found):
        yield Paragraph(spans=(bold(f"{_what(answer.source)} does not say{'' if answer.made_by else _AS_FAR}."),))
    if answer.passages:
        nearest = "What stands nearest:" if answer.made_by else "Passages that fit the question best:"
        yield Note(spans=(text(nearest),))
        yield from map(_quote, answer.passages)


_AS_FAR: Final = ", as far as its words show: no passage has half of the question's words"


def _quote(passage: Passage) -> Quote:
    section = clip_text(passage.section, 100)
    where = (text(" — "), italic(section)) if section else ()
    return Quote(spans=(text(f"“{shorten(readable(passage.text), _LONGEST_QUOTE)}”"), *where))


def _what(source: PaperText) -> str:
    return "The abstract" if source.text.form is TextForm.ABSTRACT else "The text"


def _notes(answer: Answer) -> Iterator[str]:
    source = answer.source
    licence = licence_of(source.paper).name
    if source.lack is None:
        cut = ", of which the end is left out" if source.text.is_cut else ""
        yield f"From the full text ({source.text.form.value.upper()}, v{source.text.version}, {licence}){cut}."
    else:
        lack = _LACKS[source.lack].format(licence=licence) if source.paper.licence else _UNLICENSED
        yield " ".join(
            filter(None, (lack if source.lack is TextLack.LICENCE else _LACKS[source.lack], clip_text(source.detail)))
        )
    if answer.made_by:
        yield clip_text(f"Answered by {answer.made_by}; every quote was checked to stand in the text.")
    else:
        how = "Passages word for word" if answer.passages or answer.figures.found else "Looked for by its words alone"
        yield " ".join(filter(None, (f"{how}, no model used.", clip_text(answer.problem))))
