from dataclasses import replace

import pytest

from core.channels import ChannelRef, Subscription
from core.deliver import digest
from core.deliver.related import related_in_store
from core.papers.paper import Paper
from tests.fakes.papers import AT, DAY, a_listing, a_paper
from tests.fakes.stores import SqlStore

READER = Subscription(channel=ChannelRef("terminal", "", "main"), categories=("cs.CL",), interest="zebrafish")
MANY = 520


class CountingStore(SqlStore):
    """A store that counts how often its newest papers are read."""

    samples = 0

    async def newest_papers(self, limit: int) -> tuple[Paper, ...]:
        self.samples += 1
        return await super().newest_papers(limit)


def stored(number: int) -> Paper:
    words = "Zebrafish larvae glow in a light sheet." if number % 30 == 1 else "Nothing glows."
    return a_paper(number, abstract=words)


async def test_what_goes_with_an_interest_is_learned_from_the_store() -> None:
    """A paper with what stored papers join with the interest is told as related, and the sample is read once."""
    async with CountingStore("sqlite://").open() as store:
        await store.save_subscription(READER, at=AT)
        await store.add(a_listing([stored(number) for number in range(MANY)], scope="cs.AI"), at=AT)
        about = a_paper(9_001, title="Larvae glow in a light sheet", abstract="Larvae are kept in the light sheet.")
        await store.add(a_listing([a_paper(9_000), about], day=DAY), at=AT)
        found = (await digest.preview(READER, DAY, store=store)).digest.items
        assert found[0].paper.id == about.id
        assert any(reason.text.startswith("related to your interest: ") for reason in found[0].reasons)
        await digest.preview(replace(READER, interest="larvae"), DAY, store=store)
        assert store.samples == 1


@pytest.mark.parametrize(("interest", "until"), [("", 10_000), ("zebrafish", 10)])
async def test_nothing_is_read_for_nothing(interest: str, until: int) -> None:
    """Without an interest, or with few papers, the store is not read."""
    async with CountingStore("sqlite://").open() as store:
        assert await related_in_store(replace(READER, interest=interest), store=store, until=until) == {}
        assert store.samples == 0
