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
    bold,
    command,
    italic,
    prose,
    text,
)
from core.speech import N_, _
from core.summarise.answering import Answer
from core.summarise.fulltext import Figure, TextForm, licence_of
from core.summarise.passages import Passage
from core.summarise.reading import TextLack
from core.text.readable import clip_text, readable, shorten

#: characters of a statement, a quote, a caption, a table
_LONGEST_STATEMENT: Final = 600
_LONGEST_QUOTE: Final = 500
_LONGEST_CAPTION: Final = 700
_LONGEST_TABLE: Final = 600
#: papers that one can choose from
_MOST_CHOICES: Final = 20

_WHOLE_TEXT: Final = N_("From the full text ({form}, v{version}, {licence}).")
_CUT_TEXT: Final = N_("From the full text ({form}, v{version}, {licence}), of which the end is left out.")
_NO_LICENCE: Final = N_("From the abstract alone: nobody told Paperboy under which licence the paper is.")
_LACKS: Final = {
    TextLack.LICENCE: N_(
        "From the abstract alone: the paper's licence ({licence}) does not let its full text be used."
    ),
    TextLack.NOT_THERE: N_("From the abstract alone: Paperboy finds no full text of this paper."),
    TextLack.FAILED: N_("From the abstract alone: the full text could not be read."),
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
        fallback=_("An answer from {title}", title=clip_text(paper.title)),
    )


def which_paper(papers: Sequence[Paper]) -> Post:
    """The question which of several papers is meant, with their numbers."""
    titles = tuple((text(clip_text(paper.title, 120)),) for paper in papers[:_MOST_CHOICES])
    which = _("Which of these papers?")
    example = command("ask", _("{paper} what data was used?", paper="2"))
    return Post(
        blocks=(
            Paragraph(spans=(bold(f"{which} "), *prose(_("Ask with its number: {example}"), example=example))),
            ListBlock(items=titles, ordered=True),
        ),
        audience=Audience.ASKER,
        fallback=which,
    )


def _figures(answer: Answer) -> Iterator[Block]:
    for figure in answer.figures.present:
        yield Paragraph(spans=(bold(f"{clip_text(figure.label)}. "), text(_caption(figure))))
        if figure.content:
            yield Quote(spans=(text(shorten("\n".join(map(readable, figure.content.split("\n"))), _LONGEST_TABLE)),))
    is_abstract = answer.source.text.form is TextForm.ABSTRACT
    if answer.figures.missing:
        first, *labels = answer.figures.missing
        for label in labels:
            first = _("{figures} and no {figure}", figures=first, figure=label)
        has_none = N_("The abstract has no {figures}.") if is_abstract else N_("The text has no {figures}.")
        yield Note(warning=True, spans=(text(_(has_none, figures=clip_text(first))),))


def _caption(figure: Figure) -> str:
    return shorten(readable(figure.caption), _LONGEST_CAPTION) or _("It has no caption.")


def _body(answer: Answer) -> Iterator[Block]:
    if answer.statements:
        for statement in answer.statements:
            yield Paragraph(spans=(text(shorten(readable(statement.text), _LONGEST_STATEMENT)),))
            yield _quote(statement.evidence)
        return
    if answer.made_by or not (answer.passages or answer.figures.present):
        yield Paragraph(spans=(bold(_silence(answer)),))
    if answer.passages:
        nearest = _("What stands nearest:") if answer.made_by else _("Passages that fit the question best:")
        yield Note(spans=(text(nearest),))
        yield from map(_quote, answer.passages)


def _silence(answer: Answer) -> str:
    """That the paper does not say it; without a model its words are all that was looked at."""
    is_abstract = answer.source.text.form is TextForm.ABSTRACT
    if answer.made_by:
        return _("The abstract does not say.") if is_abstract else _("The text does not say.")
    return (
        _("The abstract does not say, as far as its words show: no passage has half of the question's words.")
        if is_abstract
        else _("The text does not say, as far as its words show: no passage has half of the question's words.")
    )


def _quote(passage: Passage) -> Quote:
    section = clip_text(passage.section, 100)
    where = (text(" — "), italic(section)) if section else ()
    return Quote(spans=(text(f"“{shorten(readable(passage.text), _LONGEST_QUOTE)}”"), *where))


def _notes(answer: Answer) -> Iterator[str]:
    source = answer.source
    licence = licence_of(source.paper).name
    if source.lack is None:
        whole = source.text
        words = _CUT_TEXT if whole.is_cut else _WHOLE_TEXT
        yield _(words, form=whole.form.value.upper(), version=whole.version, licence=licence)
    else:
        is_unlicensed = source.lack is TextLack.LICENCE and not source.paper.licence
        lack = _(_NO_LICENCE if is_unlicensed else _LACKS[source.lack], licence=licence)
        yield " ".join(filter(None, (lack, clip_text(source.detail))))
    if answer.made_by:
        yield clip_text(_("Answered by {model}; every quote was checked to stand in the text.", model=answer.made_by))
    else:
        how = (
            _("Passages word for word, no model used.")
            if answer.passages or answer.figures.present
            else _("Looked for by its words alone, no model used.")
        )
        yield " ".join(filter(None, (how, clip_text(answer.problem))))
