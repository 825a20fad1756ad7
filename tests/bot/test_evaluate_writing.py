import json

import pytest

from bot.evaluate.writing import count, figures, measure, table
from core.errors import ModelUnavailable
from core.summarise.ports import LanguageModel, Prompt
from tests.fakes.model import FakeModel
from tests.fakes.papers import a_paper

PAPERS = [
    a_paper(
        number,
        title=f"Teapots, part {number}",
        abstract=f"Teapots are many. We count {number} lids of teapots by hand and by eye. It works in all kitchens.",
    )
    for number in range(10, 14)
]
SOUND = {"text": "All lids of teapots are counted by hand and by eye.", "quote": "lids of teapots by hand and by eye"}
INVENTED = {"text": "All 99 lids of teapots are counted by hand.", "quote": "lids of teapots by hand and by eye"}
UNQUOTED = {"text": "It works well in all kitchens.", "quote": "it fails in every single kitchen"}


def by_paper(prompt: Prompt) -> dict[str, object]:
    """Sound of papers 10 and 11; of 12 only when asked again; of 13 never."""
    if "part 13" in prompt.user:
        return {"gist": INVENTED, "result": UNQUOTED}
    if "part 12" in prompt.user and "previous answer" not in prompt.user:
        return {"gist": SOUND, "result": INVENTED}
    return {"gist": SOUND}


async def rates(*models: LanguageModel) -> dict[str, object]:
    measured = await measure(PAPERS, models)
    assert table(measured).row_count >= 11
    return json.loads(json.dumps(figures(measured)))


async def test_rates_of_a_model() -> None:
    """The shares that are sound at once, after a repair and never, with quotes and numbers, and their tokens."""
    told = await rates(FakeModel(by_paper))
    assert (told["papers"], told["calls"]) == (4, 6)
    assert (told["valid_at_first"], told["valid_after_repair"]) == (50, 75)
    assert (told["by_first_model"], told["by_fallback"], told["extractive"]) == (75, 0, 25)
    # six claims in first answers: two with a number that is invented, one with a quote that is
    assert (told["quotes_found"], told["numbers_found"], told["right_language"]) == (83.3, 66.7, 100)
    assert told["flaws"] == {"number": 3, "quote not found": 2}
    assert told["tokens_per_summary"] == {"input": 800, "cached": 0, "output": 200}
    assert told["cost_usd"] == pytest.approx(0.006)


async def test_rates_with_a_fallback() -> None:
    """What a fallback wrote is told apart, and errors are counted by their kind."""
    told = await rates(FakeModel(ModelUnavailable("Down."), name="fake/down"), FakeModel(by_paper))
    assert (told["by_first_model"], told["by_fallback"], told["extractive"]) == (0, 75, 25)
    assert told["flaws"] == {"ModelUnavailable": 4, "number": 3, "quote not found": 2}


async def test_nothing_to_count() -> None:
    """Without papers and without models every share is zero."""
    assert count([]).valid_at_first == 0
    assert (await rates())["extractive"] == 100
