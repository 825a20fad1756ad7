from dataclasses import replace
from typing import Any

import pytest

from core.channels import Depth
from core.errors import BadAnswer, ModelError, ModelRefused, ModelThrottled, ModelUnavailable
from core.papers.paper import Evidence
from core.summarise.flaws import Flaw
from core.summarise.fulltext import TextSection
from core.summarise.ports import Completion, Usage
from core.summarise.prompts import recipe
from core.summarise.write import Writing, write_summary
from tests.fakes.model import Answer, FakeModel
from tests.fakes.papers import a_paper

PAPER = a_paper(
    title="TeaNet: Counting Teapots without Scales",
    abstract="Counting teapots is an important problem in kitchens. Existing methods need scales. "
    "We propose TeaNet, a method that combines a lid detector with handle pooling. "
    "On three kitchens it reaches an accuracy of 96.1%. This suggests that teapots may be counted anywhere.",
)
GIST = {
    "text": "TeaNet counts the teapots of 3 kitchens with 96.1% accuracy.",
    "quote": "it reaches an accuracy of 96.1%",
}
METHOD = {
    "text": "A lid detector is combined with handle pooling.",
    "quote": "combines a lid detector with handle pooling",
}
SOUND = {"gist": GIST, "method": METHOD}
INVENTED = {"text": "It reaches 99.9% accuracy on teapots.", "quote": "it reaches an accuracy of 99.9%"}
GERMAN = {
    "gist": {
        "text": "TeaNet zählt die Teekannen in 3 Küchen ohne Waage und mit 96.1% Genauigkeit.",
        "quote": GIST["quote"],
    }
}


async def writing(*models: FakeModel, language: str = "en", depth: Depth = Depth.PARTS, **how: Any) -> Writing:
    return await write_summary(how.pop("paper", PAPER), language=language, depth=depth, models=models, **how)


def flaws(told: Writing) -> list[set[Flaw]]:
    return [{failure.flaw for failure in attempt.failures} for attempt in told.attempts]


async def test_a_sound_answer() -> None:
    """A sound first answer becomes the summary, with its maker, recipe, language and evidence, for one call."""
    model = FakeModel(SOUND, name="fake/good")
    told = await writing(model)
    assert told.summary is not None
    assert (told.summary.gist, told.summary.method, told.summary.result) == (GIST["text"], METHOD["text"], "")
    assert (told.summary.made_by, told.summary.recipe) == ("fake/good", recipe(Depth.PARTS))
    assert (told.summary.paper, told.summary.version, told.summary.language) == (PAPER.id, 1, "en")
    assert told.summary.evidence[1] == Evidence(
        claim=METHOD["text"], quote="combines a lid detector with handle pooling."
    )
    assert told.attempts[0].is_sound
    assert len(model.prompts) == len(told.usages) == 1


async def test_a_line_is_the_gist_alone() -> None:
    """A line asks for the gist, and keeps nothing else that a model tells."""
    told = await writing(FakeModel(SOUND), depth=Depth.LINE)
    assert told.summary is not None
    assert (told.summary.parts, told.summary.depth, told.summary.recipe) == ((), Depth.LINE, recipe(Depth.LINE))


async def test_everything_is_told() -> None:
    """In full, a summary says what is new and whom it is for as well."""
    more = {
        "readers": {
            "text": "For cooks with many teapots in their kitchens.",
            "quote": "an important problem in kitchens",
        }
    }
    told = await writing(FakeModel(SOUND | more), depth=Depth.FULL)
    assert told.summary is not None
    assert told.summary.parts[-1] == ("For", more["readers"]["text"])


async def test_a_repair() -> None:
    """An answer that is not sound is followed by one question that says why, and its answer stands."""
    model = FakeModel({"gist": INVENTED}, SOUND)
    told = await writing(model)
    assert told.summary is not None
    assert told.summary.gist == GIST["text"]
    assert flaws(told) == [{Flaw.NUMBER, Flaw.QUOTE_NOT_FOUND}, set()]
    assert [attempt.is_repair for attempt in told.attempts] == [False, True]
    assert "99.9" in model.prompts[1].user
    assert model.prompts[0].user in model.prompts[1].user
    assert model.prompts[0].system == model.prompts[1].system


async def test_claims_that_stay_wrong_are_left_out() -> None:
    """After the second answer, claims that fail are left out, and what was sound in the first is kept."""
    told = await writing(FakeModel(SOUND | {"result": INVENTED}, {"gist": GIST, "method": INVENTED}))
    assert told.summary is not None
    assert (told.summary.method, told.summary.result) == (METHOD["text"], "")
    assert len(told.attempts) == len(told.usages) == 2


@pytest.mark.parametrize(
    ("answer", "flaw"),
    [
        ("", Flaw.NO_ANSWER),
        ("x" * 100_000, Flaw.HUGE),
        ("I cannot help with that.", Flaw.REFUSAL),
        ("Teapots are counted.", Flaw.NOT_JSON),
        ({"gist": 7}, Flaw.SHAPE),
        ({"id": "2602.99999", "summary": "Teapots."}, Flaw.NOT_JSON),
        ({"gist": {"text": "", "quote": ""}}, Flaw.EMPTY),
        ({"gist": INVENTED}, Flaw.NUMBER),
        ({"gist": {"text": GIST["text"], "quote": ""}}, Flaw.QUOTE_MISSING),
        (GERMAN, Flaw.LANGUAGE),
        (
            {
                "gist": {
                    "text": "We align proteins by contrastive pretraining of graph models.",
                    "quote": "We align proteins.",
                }
            },
            Flaw.OTHER_PAPER,
        ),
        (Completion(text='{"gist": {"quote": "it rea', usage=Usage(model="m"), is_cut=True), Flaw.CUT),
    ],
)
async def test_the_next_model(answer: Answer, flaw: Flaw) -> None:
    """A model that stays without a sound gist is asked twice, then it is the next one's turn; all is on record."""
    bad, good = FakeModel(answer, name="fake/bad"), FakeModel(SOUND, name="fake/good")
    told = await writing(bad, good)
    assert told.summary is not None
    assert told.summary.made_by == "fake/good"
    assert [attempt.model for attempt in told.attempts] == ["fake/bad", "fake/bad", "fake/good"]
    assert all(flaw in each for each in flaws(told)[:2])
    assert len(told.usages) == 3


@pytest.mark.parametrize("error", [ModelThrottled("Wait."), ModelUnavailable("Down."), ModelRefused("Wrong key.")])
async def test_a_model_that_is_not_there(error: ModelError) -> None:
    """A model that throttles, is down or refuses is asked once, and the next one follows at once."""
    told = await writing(FakeModel(error, name="fake/down"), FakeModel(SOUND, name="fake/good"))
    assert told.summary is not None
    assert told.summary.made_by == "fake/good"
    assert [attempt.error for attempt in told.attempts] == [error, None]
    assert len(told.usages) == 1


async def test_an_answer_that_the_adapter_cannot_read() -> None:
    """An answer that is none to the adapter is asked for again, once."""
    told = await writing(FakeModel(BadAnswer("Nothing in it."), SOUND))
    assert told.summary is not None
    assert [attempt.is_repair for attempt in told.attempts] == [False, True]


async def test_a_repair_that_fails_keeps_what_was_sound() -> None:
    """Where the second question gets no answer, the sound claims of the first one are the summary."""
    told = await writing(FakeModel(SOUND | {"result": INVENTED}, ModelUnavailable("Down.")))
    assert told.summary is not None
    assert (told.summary.gist, told.summary.result) == (GIST["text"], "")


async def test_no_summary_at_last() -> None:
    """Without a model, and with none that gives a sound gist, there is no summary, and what was spent is told."""
    assert await writing() == Writing(summary=None)
    told = await writing(FakeModel("no"), FakeModel(ModelUnavailable("Down.")))
    assert told.summary is None
    assert len(told.attempts) == 3
    assert len(told.usages) == 2


async def test_nothing_to_summarise() -> None:
    """A paper without an abstract is not asked about; one whose full text is there is."""
    model = FakeModel(SOUND)
    bare = replace(PAPER, abstract=" ")
    assert (await writing(model, paper=bare)).attempts == ()
    assert model.prompts == []
    told = await writing(model, paper=bare, sections=[TextSection(title="1 Tea", paragraphs=(PAPER.abstract,))])
    assert told.summary is not None


async def test_another_language() -> None:
    """In another language than the paper's, a summary rests on the paper's own words."""
    told = await writing(FakeModel(GERMAN), language="de")
    assert told.summary is not None
    assert told.summary.language == "de"
    assert told.summary.evidence[0].quote == "it reaches an accuracy of 96.1%."


async def test_an_answer_that_was_cut() -> None:
    """Of an answer that stays cut off, the whole claims are the summary."""
    cut = Completion(text=str(SOUND).replace("'", '"')[:-20], usage=Usage(model="m"), is_cut=True)
    told = await writing(FakeModel(cut))
    assert told.summary is not None
    assert told.summary.parts == ()
    assert flaws(told) == [{Flaw.CUT}, {Flaw.CUT}]
