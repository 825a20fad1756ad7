"""Which stored summary a reader gets, and whether a model should write a better one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.channels import Depth
from core.papers.paper import Evidence, Summary
from core.summarise.selection import best_summary, cut_to
from tests.fakes.papers import a_paper

PAPER = a_paper(1, version=2)
MODELS = ("acme/large", "acme/small")
GIST = Summary(paper=PAPER.id, version=2, language="en", gist="It counts.", made_by="huggingface")
IMPORTED = replace(GIST, made_by="daily-arxiv", method="By hand.")
FULL = replace(
    GIST,
    made_by="acme/small",
    depth=Depth.FULL,
    recipe="full-2",
    method="By hand.",
    readers="For shepherds.",
    evidence=(Evidence(claim="By hand.", quote="by hand"), Evidence(claim="For shepherds.", quote="shepherds")),
)
PARTS = replace(FULL, depth=Depth.PARTS, recipe="parts-2", readers="")


def recipe(depth: Depth) -> str:
    return f"{depth}-2"


def test_nothing_is_stored() -> None:
    """Without a stored summary there is none, and a model should write one; without a model nothing better comes."""
    for models, is_final in ((MODELS, False), ((), True)):
        selection = best_summary([], PAPER, Depth.PARTS, recipe, models)
        assert (selection.summary, selection.is_final) == (None, is_final)


def test_a_model_s_summary_is_used() -> None:
    """What a model wrote by the present recipe is final, whatever others wrote later."""
    selection = best_summary([GIST, IMPORTED, PARTS], PAPER, Depth.PARTS, recipe, MODELS)
    assert (selection.summary, selection.is_final) == (PARTS, True)


def test_of_several_models_the_preferred_one() -> None:
    """Of two models that are configured the preferred one is shown; one that is not any more is still good."""
    large, gone = replace(PARTS, made_by="acme/large"), replace(PARTS, made_by="acme/old")
    assert best_summary([gone, PARTS, large], PAPER, Depth.PARTS, recipe, MODELS).summary == large
    assert best_summary([gone], PAPER, Depth.PARTS, recipe, MODELS).is_final


@pytest.mark.parametrize("candidates", [[PARTS], [FULL], [IMPORTED], [GIST]], ids=["parts", "full", "imported", "gist"])
def test_earlier_versions_do_not_count(candidates: list[Summary]) -> None:
    """A summary of an earlier version is no summary of this one."""
    selection = best_summary([replace(one, version=1) for one in candidates], PAPER, Depth.LINE, recipe, MODELS)
    assert (selection.summary, selection.is_final) == (None, False)


def test_an_earlier_recipe_stands_in() -> None:
    """What a model wrote by an earlier recipe is shown before what others wrote, until it is written anew."""
    stale = replace(PARTS, recipe="parts-1")
    selection = best_summary([IMPORTED, stale], PAPER, Depth.PARTS, recipe, MODELS)
    assert (selection.summary, selection.is_final) == (stale, False)


def test_without_models_an_earlier_recipe_is_final() -> None:
    """Where no model is configured any more, what one wrote is better than an extract and stays."""
    selection = best_summary([replace(PARTS, recipe="parts-1"), IMPORTED], PAPER, Depth.PARTS, recipe, ())
    assert selection.summary and selection.summary.recipe == "parts-1"
    assert selection.is_final


def test_a_deeper_one_serves_as_well() -> None:
    """A deeper summary by the present recipe is cut, so that nobody pays twice; the right depth comes first."""
    selection = best_summary([FULL], PAPER, Depth.PARTS, recipe, MODELS)
    assert (selection.summary, selection.is_final) == (cut_to(FULL, Depth.PARTS), True)
    assert best_summary([FULL, PARTS], PAPER, Depth.PARTS, recipe, MODELS).summary == PARTS


def test_a_shallower_one_is_not_enough() -> None:
    """One that tells less than a channel wants is written anew, and shown until then as a gist of others would be."""
    line = replace(PARTS, depth=Depth.LINE, recipe="line-2", method="", evidence=())
    assert not best_summary([line], PAPER, Depth.PARTS, recipe, MODELS).is_final
    assert best_summary([line, IMPORTED], PAPER, Depth.PARTS, recipe, MODELS).summary == IMPORTED


def test_of_others_the_one_that_tells_more() -> None:
    """Where parts are wanted, a summary with parts comes before a gist alone; where a line is wanted, the newest."""
    assert best_summary([GIST, IMPORTED], PAPER, Depth.PARTS, recipe, ()).summary == IMPORTED
    assert best_summary([GIST, IMPORTED], PAPER, Depth.LINE, recipe, ()).summary == GIST


def test_extracts_are_made_anew() -> None:
    """A stored extract does not count: the chooser of today may be better."""
    assert best_summary([replace(IMPORTED, made_by="extract")], PAPER, Depth.PARTS, recipe, ()).summary is None


def test_cutting_leaves_out_parts_and_their_evidence() -> None:
    """A line is the gist alone; parts have neither readers nor novelty; evidence of what is left out goes with it."""
    assert cut_to(FULL, Depth.FULL) == FULL
    parts, line = cut_to(FULL, Depth.PARTS), cut_to(FULL, Depth.LINE)
    assert (parts.depth, parts.method, parts.readers, parts.evidence) == (
        Depth.PARTS,
        "By hand.",
        "",
        FULL.evidence[:1],
    )
    assert (line.depth, line.parts, line.evidence) == (Depth.LINE, (), ())


def test_from_the_full_text() -> None:
    """Where the full text was read, only what was made from it is final; where it was not, that does as well."""
    read = replace(FULL, recipe="full-2-text", gist="It counts, section by section.")
    wanted = best_summary([FULL], PAPER, Depth.FULL, recipe, MODELS, from_text=True)
    assert (wanted.summary, wanted.is_final) == (FULL, False)
    assert best_summary([FULL, read], PAPER, Depth.FULL, recipe, MODELS, from_text=True).summary == read
    assert best_summary([read], PAPER, Depth.FULL, recipe, MODELS).is_final
    assert not best_summary([replace(read, recipe="full-1-text")], PAPER, Depth.FULL, recipe, MODELS).is_final
