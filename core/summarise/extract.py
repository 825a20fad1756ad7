"""Summaries without a model: the sentences of the abstract that say most, shortened by leaving words out.

`core.summarise` calls `summarise` for every paper that no model has summarised. `core.summarise.gist` chooses the gist,
`core.summarise.roles` a sentence for each other part. Nothing here writes a word of its own: each claim is its quote
with words left out, and a part that the abstract does not tell stays empty.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from core.channels import Depth
from core.papers.paper import Evidence, Paper, Summary
from core.summarise.features import read_sentence, setting
from core.summarise.gist import choose_gist
from core.summarise.ports import MADE_BY
from core.summarise.roles import choose_parts
from core.text.commands import command_spans
from core.text.readable import shorten
from core.text.scripts import language_of
from core.text.sentences import split

#: characters of an abstract that are looked at; real ones have 200 to 3,000
_MOST_TEXT: Final = 12_000
#: sentences that are compared with one another; real abstracts have 4 to 15
_MOST_SENTENCES: Final = 60
#: characters of one part
_LONGEST_PART: Final = 600


def summarise(paper: Paper) -> Summary:
    """Summarise a paper by sentences of its abstract, in a few milliseconds; the title where there is no abstract.

    Every part that is told stands in `evidence` with the passage of the abstract (or the title) it was taken from.
    """
    sentences = [read_sentence(quote) for quote in _without_commands(paper.abstract[:_MOST_TEXT])[:_MOST_SENTENCES]]
    if not sentences:
        return _summary(paper, {"gist": (" ".join(paper.title.split()), paper.title)})
    place, gist = choose_gist(setting(paper.title, sentences))
    parts = {
        part: (sentences[at].claim, sentences[at].quote) for part, at in choose_parts(sentences, gist=place).items()
    }
    return _summary(paper, {"gist": (gist, sentences[place].quote), **parts})


def _without_commands(text: str) -> list[str]:
    """The sentences of an abstract that do not tell a model or a reviewer what to do."""
    quotes, commands = split(text), command_spans(text)
    if not commands:
        return quotes
    harmless_quotes, end = [], 0
    for quote in quotes:
        start = text.index(quote, end)
        end = start + len(quote)
        if not any(start < command_end and command_start < end for command_start, command_end in commands):
            harmless_quotes.append(quote)
    return harmless_quotes


def _summary(paper: Paper, parts: Mapping[str, tuple[str, str]]) -> Summary:
    claims = {part: shorten(claim, _LONGEST_PART) for part, (claim, _) in parts.items()}
    return Summary(
        paper=paper.id,
        version=paper.version,
        language=language_of(paper.abstract),
        made_by=MADE_BY,
        evidence=tuple(Evidence(claim=claims[part], quote=quote) for part, (_, quote) in parts.items()),
        depth=Depth.PARTS,
        **claims,
    )
