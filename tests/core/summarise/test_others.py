"""Gists that others wrote are used where they are sound, beside parts from the abstract."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.channels import Depth
from core.papers.paper import Summary
from core.summarise import extract
from core.summarise.others import with_parts
from core.summarise.summaries import Summariser
from tests.fakes.papers import AT, a_listing, a_paper
from tests.fakes.stores import SqlStore

PAPER = a_paper(
    1,
    version=2,
    title="Counting sheep",
    abstract=(
        "Shepherds count sheep at night, which takes long. We propose a gate that counts each sheep as it passes. "
        "In 40 nights the gate missed 3 sheep of 2,000. Gates may replace shepherds."
    ),
)
GIST = Summary(
    paper=PAPER.id,
    version=2,
    language="en",
    gist="A gate that counts each sheep as it passes missed only 3 of 2,000 sheep.",
    made_by="huggingface",
)
EXTRACT = extract.summarise(PAPER)


def test_a_sound_gist_comes_before_parts_of_the_abstract() -> None:
    """It is the gist, says who wrote it, and what the abstract tells of parts stands below it with its passages."""
    joined = with_parts(GIST, EXTRACT, PAPER)
    assert (joined.gist, joined.made_by, joined.parts) == (GIST.gist, "huggingface", EXTRACT.parts)
    assert {one.claim for one in joined.evidence} == {claim for _, claim in joined.parts}


@pytest.mark.parametrize(
    "gist",
    [
        "A gate that counts each sheep as it passes missed only 5 of 2,000 sheep.",
        "Counting sheep.",
        "A transformer translates proteins into music with state-of-the-art fidelity on ten benchmarks.",
        "The gate counts each sheep; read more at https://evil.example/sheep.",
        "这扇门在每只羊通过时数一只羊。",
        "",
    ],
    ids=["number", "title", "other paper", "link", "language", "empty"],
)
def test_a_gist_that_is_not_sound_is_not_used(gist: str) -> None:
    """Where a check fails, sentences of the abstract serve alone."""
    assert with_parts(replace(GIST, gist=gist), EXTRACT, PAPER) == EXTRACT


async def test_only_a_current_gist_is_used() -> None:
    """One of an earlier version is no gist of this one; a short summary is the gist alone."""
    async with SqlStore("sqlite://").open() as store:
        await store.add(a_listing([PAPER]), at=AT)
        summariser = Summariser(store)
        await store.save_summaries([replace(GIST, version=1)])
        assert (await summariser.summarise_paper(PAPER, language="en")).summary == EXTRACT
        await store.save_summaries([GIST])
        assert (await summariser.summarise_paper(PAPER, language="en")).summary == with_parts(GIST, EXTRACT, PAPER)
        line = (await summariser.summarise_paper(PAPER, language="en", depth=Depth.LINE)).summary
        assert (line.gist, line.parts, line.made_by) == (GIST.gist, (), "huggingface")
