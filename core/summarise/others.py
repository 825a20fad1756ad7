"""Gists that others wrote, such as Hugging Face's: used where they are sound, beside parts from the abstract. Pure.

Nobody knows what such a gist was made from. It is checked as a model's would be, but for quotations, which it has none
of; where it fails, sentences of the abstract serve alone. `core.summarise.summaries` calls it.
"""

from __future__ import annotations

from dataclasses import replace

from core.papers.paper import Paper, Summary
from core.summarise.checks import claim_flaws, gist_flaws, is_of_other_paper, plain
from core.summarise.source import read_source


def with_parts(gist: Summary, extract: Summary, paper: Paper) -> Summary:
    """Another's gist with the parts of the extract; the extract where the gist is not sound.

    Without an abstract there is nothing to check it by, and nothing better.
    """
    if not paper.abstract:
        return gist
    source, text = read_source(paper), plain(gist.gist)
    is_sound = not any(claim_flaws(text, source, gist.language)) and not any(gist_flaws(text, source))
    if not is_sound or is_of_other_paper(text, source):
        return extract
    evidence = tuple(entry for entry in extract.evidence if entry.claim != extract.gist)
    return replace(extract, gist=text, language=gist.language, made_by=gist.made_by, evidence=evidence)
