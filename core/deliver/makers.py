"""What a digest says of models: who made its summaries, had a say in its order, what is wanting and why, what it cost.

Pure. `core.deliver.compose` puts it below digests, `core.deliver.pages` below pages, in a line each.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from core.deliver.content import Digest, Item
from core.deliver.footer import source_name
from core.posts.tree import Block, Note, text
from core.summarise.languages import is_same_language, language_name
from core.summarise.ports import MADE_BY, Spending
from core.summarise.requests import Lack
from core.summarise.summaries import PaperSummary
from core.text.readable import clip_text, counted, some

#: why some summaries are not by a model
_WHY: Final[Mapping[Lack, str]] = MappingProxyType(
    {
        Lack.DEADLINE: "the model was not ready in time",
        Lack.BUDGET: "the budget is used up",
        Lack.FAILED: "the model did not answer as it should",
        Lack.REFUSED: "the provider refused its key, model or question",
    }
)
_WHY_OWN_ORDER: Final = "re-ranking needs a language model, and none is configured"
_NOTHING_TO_GO_BY: Final = "a model needs an interest, a rule, authors or bookmarks to go by"
#: characters of a name that somebody else wrote
_LONGEST_NAME: Final = 80
#: makers that are named
_MOST_MAKERS: Final = 4


def summary_notes(digest: Digest) -> tuple[Block, ...]:
    """One line on the summaries of a digest; none where it has no papers."""
    if not digest.items:
        return ()
    parts = (_makers(digest.items), _languages(digest.items, digest.subscription.language))
    told = "; ".join(part for part in parts if part)
    cost = f" · {price}" if (price := price_of(digest.spending)) else ""
    return (Note(spans=(text(f"Summaries: {told}{cost}"),)),)


def order_notes(digest: Digest) -> tuple[Block, ...]:
    """One line on a model's say in the order of a digest; none where the channel did not ask for it."""
    found = digest.reranking
    if found is None or not digest.items:
        return ()
    graded = len(found.grades.by_paper)
    why = _WHY_OWN_ORDER if found.lack is Lack.NO_MODEL else _WHY.get(found.lack, "") if found.lack else ""
    if not found.wanted:
        why = _NOTHING_TO_GO_BY
    because = f" ({why})" if why else ""
    if not graded:
        return (Note(spans=(text(f"Order: Paperboy's own{because}"),)),)
    of = f"{graded:,} of {found.wanted:,}" if graded < found.wanted else f"{graded:,}"
    names = some([clip_text(name, _LONGEST_NAME) for name in found.made_by])
    papers = f"{of} paper{'' if found.wanted == 1 else 's'}"
    return (Note(spans=(text(f"Order: Paperboy's, with the opinion of {names} on {papers}{because}"),)),)


def language_notes(found: PaperSummary, wanted: str) -> tuple[Block, ...]:
    """That a paper's summary is in another language than the reader's, and why; nothing where it is not."""
    spoken = found.summary.language
    if is_same_language(spoken, wanted):
        return ()
    why = _WHY.get(found.lack, "") if found.lack else ""
    because = why or f"no model is configured for {_language(wanted)}"
    return (Note(spans=(text(f"Summary in {_language(spoken)}: {because}"),)),)


def price_of(spending: Spending) -> str:
    """What calls cost, as people read it: `$0.0120`, or tokens where nobody knows the price; empty without calls."""
    if not spending.calls:
        return ""
    tokens = f"{spending.input_tokens + spending.output_tokens:,} tokens"
    if spending.unpriced_calls == spending.calls:
        return f"{tokens}, price unknown"
    digits = 2 if spending.cost_usd >= 1 else 4
    unknown = f" and {counted(spending.unpriced_calls, 'call')} of unknown price" if spending.unpriced_calls else ""
    return f"${spending.cost_usd:,.{digits}f}{unknown} ({tokens})"


def _makers(items: Sequence[Item]) -> str:
    """`openai/gpt-5-mini`, or several with how many each made, and why some are not by a model."""
    makers = Counter((item.summary.made_by, _why(item)) for item in items)
    if len(makers) == 1:
        return _maker(*next(iter(makers)), count=len(items))
    first = makers.most_common(_MOST_MAKERS)
    named = [f"{count} {_maker(*maker, count=count, by='by ')}" for maker, count in first]
    others = len(items) - sum(count for _, count in first)
    return ", ".join([*named, *([f"{others} by others"] if others else [])])


def _why(item: Item) -> str:
    """Why it is not by a model; what a model wrote by an earlier recipe is good enough to say nothing."""
    return _WHY.get(item.lack, "") if item.lack and not item.summary.recipe else ""


def _language(tag: str) -> str:
    """A language's name; a tag that somebody else wrote may be anything."""
    return clip_text(language_name(tag), _LONGEST_NAME)


def _maker(made_by: str, why: str, *, count: int, by: str = "") -> str:
    because = f" ({why})" if why else ""
    if made_by == MADE_BY:
        return f"{by and 'from '}sentences of the abstract{'s' if count > 1 else ''}{because}"
    return f"{by}{clip_text(source_name(made_by), _LONGEST_NAME)}{because}"


def _languages(items: Sequence[Item], wanted: str) -> str:
    """Which are in another language than the channel reads, and why; empty where none is."""
    others = [item for item in items if not is_same_language(item.summary.language, wanted)]
    if not others:
        return ""
    spoken = some(sorted({_language(item.summary.language) for item in others}))
    many = "" if len(others) == len(items) else f"{len(others)} "
    lacks = [item.lack for item in others if item.lack]
    why = f"no model is configured for {_language(wanted)}" if Lack.NO_MODEL in lacks else ""
    return f"{many}in {spoken}{f': {why}' if why else ''}"
