"""What a digest says of models: who made its summaries, had a say in its order, what is wanting and why, what it cost.

Pure. `core.deliver.compose` puts it below digests, `core.deliver.pages` below pages, in a line each.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from core.deliver.content import Digest, Item
from core.ingest.traits import Sources
from core.posts.tree import Block, Note, text
from core.speech import N_, _, number, plural
from core.summarise.languages import is_same_language, spoken_language_name
from core.summarise.ports import MADE_BY, Spending
from core.summarise.requests import Lack
from core.summarise.summaries import PaperSummary
from core.text.readable import clip_text, some

#: why some summaries are not by a model
_WHY: Final[Mapping[Lack, str]] = MappingProxyType(
    {
        Lack.DEADLINE: N_("the model was not ready in time"),
        Lack.BUDGET: N_("the budget is used up"),
        Lack.FAILED: N_("the model did not answer as it should"),
        Lack.REFUSED: N_("the provider refused its key, model or question"),
    }
)
_WHY_OWN_ORDER: Final = N_("re-ranking needs a language model, and none is configured")
_NOTHING_TO_GO_BY: Final = N_("a model needs an interest, a rule, authors or bookmarks to go by")
#: characters of a name that somebody else wrote
_LONGEST_NAME: Final = 80
#: makers that are named
_MOST_MAKERS: Final = 4


def summary_notes(digest: Digest) -> tuple[Block, ...]:
    """One line on the summaries of a digest; none where it has no papers."""
    if not digest.items:
        return ()
    parts = (_makers(digest.items, digest.traits), _languages(digest.items, digest.subscription.language))
    details = "; ".join(part for part in parts if part)
    cost = f" · {price}" if (price := price_of(digest.spending)) else ""
    return (Note(spans=(text(f"{_('Summaries: {makers}', makers=details)}{cost}"),)),)


def order_notes(digest: Digest) -> tuple[Block, ...]:
    """One line on a model's say in the order of a digest; none where the channel did not ask for it."""
    reranking = digest.reranking
    if reranking is None or not digest.items:
        return ()
    count = len(reranking.grades.by_paper)
    why = _WHY_OWN_ORDER if reranking.lack is Lack.NO_MODEL else _WHY.get(reranking.lack, "") if reranking.lack else ""
    if not reranking.to_grade:
        why = _NOTHING_TO_GO_BY
    if not count:
        return (Note(spans=(text(_("Order: Paperboy's own") + _because(why)),)),)
    papers = plural("{count} paper", "{count} papers", count)
    if count < reranking.to_grade:
        papers = plural(
            "{graded} of {count} paper", "{graded} of {count} papers", reranking.to_grade, graded=number(count)
        )
    names = some([clip_text(name, _LONGEST_NAME) for name in reranking.made_by])
    line = _("Order: Paperboy's, with the opinion of {models} on {papers}", models=names, papers=papers)
    return (Note(spans=(text(f"{line}{_because(why)}"),)),)


def language_notes(paper_summary: PaperSummary, reader_language: str) -> tuple[Block, ...]:
    """A note where a summary is in another language than the reader's, with the reason; nothing elsewhere."""
    spoken = paper_summary.summary.language
    if is_same_language(spoken, reader_language):
        return ()
    why = _(_WHY.get(paper_summary.lack, "")) if paper_summary.lack else ""
    because = why or _("no model is configured for {language}", language=_language(reader_language))
    return (Note(spans=(text(_("Summary in {language}: {because}", language=_language(spoken), because=because)),)),)


def price_of(spending: Spending) -> str:
    """What calls cost, as people read it: `$0.0120`, or tokens where nobody knows the price; empty without calls."""
    if not spending.calls:
        return ""
    tokens = plural("{count} token", "{count} tokens", spending.input_tokens + spending.output_tokens)
    if spending.unpriced_calls == spending.calls:
        return _("{tokens}, price unknown", tokens=tokens)
    digits = 2 if spending.cost_usd >= 1 else 4
    price = f"${spending.cost_usd:,.{digits}f}"
    if count := spending.unpriced_calls:
        price = plural(
            "{price} and {count} call of unknown price",
            "{price} and {count} calls of unknown price",
            count,
            price=price,
        )
    return f"{price} ({tokens})"


def _makers(items: Sequence[Item], traits: Sources) -> str:
    """`openai/gpt-5-mini`, or several with how many each made, and why some are not by a model."""
    makers = Counter((item.summary.made_by, _why(item)) for item in items)
    if len(makers) == 1:
        ((made_by, why),) = makers
        parts = plural("sentences of the abstract", "sentences of the abstracts", len(items))
        return f"{parts if made_by == MADE_BY else _model(made_by, traits)}{_because(why)}"
    first = makers.most_common(_MOST_MAKERS)
    shares = [f"{_share(made_by, count, traits)}{_because(why)}" for (made_by, why), count in first]
    if more := len(items) - sum(count for _maker, count in first):
        shares.append(plural("{count} by others", "{count} by others", more))
    return ", ".join(shares)


def _share(made_by: str, count: int, traits: Sources) -> str:
    if made_by == MADE_BY:
        return plural("{count} from sentences of the abstract", "{count} from sentences of the abstracts", count)
    return plural("{count} by {model}", "{count} by {model}", count, model=_model(made_by, traits))


def _why(item: Item) -> str:
    """Why it is not by a model; what a model wrote by an earlier recipe is good enough to say nothing."""
    return _WHY.get(item.lack, "") if item.lack and not item.summary.recipe else ""


def _language(tag: str) -> str:
    """A language's name; a tag that somebody else wrote may be anything."""
    return clip_text(spoken_language_name(tag), _LONGEST_NAME)


def _model(made_by: str, traits: Sources) -> str:
    return clip_text(traits.name_of(made_by), _LONGEST_NAME)


def _because(why: str) -> str:
    return f" ({_(why)})" if why else ""


def _languages(items: Sequence[Item], reader_language: str) -> str:
    """Which are in another language than the channel reads, and why; empty where none is."""
    foreign_items = [item for item in items if not is_same_language(item.summary.language, reader_language)]
    if not foreign_items:
        return ""
    spoken = some(sorted({_language(item.summary.language) for item in foreign_items}))
    note = plural("{count} in {languages}", "{count} in {languages}", len(foreign_items), languages=spoken)
    if len(foreign_items) == len(items):
        note = _("in {languages}", languages=spoken)
    if all(item.lack is not Lack.NO_MODEL for item in foreign_items):
        return note
    return f"{note}: {_('no model is configured for {language}', language=_language(reader_language))}"
