from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.origins import Origins
from bot.settings import Settings
from core.channels import ChannelRef, Subscription
from core.errors import BadCategory, UsageError
from core.papers.identifiers import PaperId
from tests.fakes.clock import FakeClock
from tests.fakes.origins import open_origins
from tests.fakes.papers import a_paper
from tests.fakes.sources import FakeSource
from tests.standins.indexes import indexes

READER = Subscription(channel=ChannelRef("terminal", "", "main"), categories=("cs.CL", "biorxiv:neuroscience"))
OTHER = Subscription(channel=ChannelRef("terminal", "", "other"), categories=("cs.CL", "cs.LG"))
ALL = Origins(
    sources={name: FakeSource(name) for name in ("arxiv", "biorxiv", "feeds", "huggingface")},
    always=(("feeds", "feed:nature"), ("huggingface", "daily")),
)


def named(origins: Origins, *subscriptions: Subscription, names: tuple[str, ...] = ()) -> list[tuple[str, str]]:
    categories = [category for one in subscriptions for category in one.categories]
    return [(source.name, scope) for source, scope in origins.scopes(categories, names)]


def test_each_part_that_a_channel_wants_is_asked_for_once() -> None:
    """Wanted categories go to their sources, each once; feeds and signals are read whatever channels want."""
    assert named(ALL, READER, OTHER) == [
        ("arxiv", "cs.CL"),
        ("arxiv", "cs.LG"),
        ("biorxiv", "biorxiv:neuroscience"),
        ("feeds", "feed:nature"),
        ("huggingface", "daily"),
    ]


def test_a_named_source_is_asked_alone() -> None:
    """`--source` chooses; of a source that no channel wants anything of, everything is read."""
    assert named(ALL, READER, names=("arxiv",)) == [("arxiv", "cs.CL")]
    assert named(ALL, OTHER, names=("biorxiv", "arxiv")) == [
        ("arxiv", "cs.CL"),
        ("arxiv", "cs.LG"),
        ("biorxiv", "biorxiv"),
        ("biorxiv", "medrxiv"),
    ]


def test_an_unknown_source_is_told() -> None:
    """A source that there is not is an error that names those there are."""
    with pytest.raises(UsageError, match="no source 'medline'") as raised:
        ALL.scopes(READER.categories, ["medline"])
    assert "arxiv, biorxiv, feeds, huggingface" in raised.value.hint


@pytest.mark.parametrize(("name", "part"), [("arxiv", "--category cs.CL"), ("feeds", "--category feed:NAME")])
def test_a_named_source_that_nobody_wants_is_told(name: str, part: str) -> None:
    """Asking for a source of which no channel reads anything, and that has no whole, is no quiet day but a mistake."""
    origins = Origins(sources={name: FakeSource(name)})
    with pytest.raises(UsageError, match=f"No channel reads anything of {name}") as raised:
        origins.scopes([], [name])
    assert part in raised.value.hint


async def test_a_feed_that_the_settings_do_not_name_is_told() -> None:
    """A channel that wants a feed where none is set up hears of it at every refresh, instead of nothing for ever."""
    async for origins in opened():
        wanted = origins.scopes(["feed:nature"], ["feeds"])
        ((source, scope),) = wanted
        with pytest.raises(BadCategory, match="no feed 'nature'") as raised:
            await source.fetch(scope, None)
        assert "sources.feeds" in raised.value.hint


async def opened(**sources: object) -> AsyncIterator[Origins]:
    settings = Settings.model_validate({"sources": sources})
    async with open_origins(settings, FakeClock()) as origins:
        yield origins


@pytest.mark.parametrize(
    ("sources", "read"),
    [
        ({}, True),
        ({"huggingface": {"enabled": False}}, False),
        ({"arxiv": {"base_url": "http://127.0.0.1:1"}}, False),
        ({"arxiv": {"base_url": "http://127.0.0.1:1"}, "huggingface": {"base_url": "http://127.0.0.1:1/hf"}}, True),
        ({"arxiv": {"base_url": "http://127.0.0.1:1"}, "huggingface": {"enabled": True}}, True),
    ],
)
async def test_hugging_face_is_read_unless_something_stands_in_for_arxiv(
    sources: dict[str, object], read: bool
) -> None:
    """Whoever replays arXiv reaches no other service by accident; everybody else gets its votes."""
    async for origins in opened(**sources):
        assert (("huggingface", "daily") in origins.always) is read
        assert "huggingface" in origins.sources


async def test_other_lists_of_hugging_face_are_read_where_they_are_wanted() -> None:
    """The daily papers by themselves; of the week, of the month and the rising ones where the settings name them."""
    async for origins in opened(huggingface={"lists": "daily, trending"}):
        assert [scope for name, scope in origins.always if name == "huggingface"] == ["daily", "trending"]
    with pytest.raises(ValueError, match="trending"):
        Settings.model_validate({"sources": {"huggingface": {"lists": ["hourly"]}}})


async def test_hugging_face_is_asked_last_for_a_single_paper() -> None:
    """Where it is read at all; arXiv and bioRxiv know their papers better."""
    async for origins in opened():
        assert [finder.name for finder in origins.finders] == ["arxiv", "biorxiv", "huggingface"]
    async for origins in opened(huggingface={"enabled": False}):
        assert [finder.name for finder in origins.finders] == ["arxiv", "biorxiv"]


async def test_indexes_and_feeds_are_there_where_they_are_set_up() -> None:
    """Nothing is asked of an index that nobody switched on."""
    async for origins in opened():
        assert origins.enrichers == ()
        assert not any(name == "feeds" for name, _ in origins.always)
    feeds = [{"name": "Nature Methods", "url": "https://www.nature.com/nmeth.rss"}]
    chosen = {"openalex": {"enabled": True}, "crossref": {"base_url": "http://127.0.0.1:1"}, "semanticscholar": {}}
    async for origins in opened(feeds=feeds, **chosen):
        assert [index.name for index in origins.enrichers] == ["crossref", "openalex"]
        assert ("feeds", "feed:nature-methods") in origins.always


async def test_keys_of_indexes_reach_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key that the settings name is sent to its index."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    async with indexes() as running:
        keyed = {"base_url": running.url("openalex"), "api_key": "hush"}
        async for origins in opened(openalex=keyed):
            await origins.enrichers[0].describe([a_paper(1, id=PaperId("doi", "10.1234/x"))])
        assert running.server.header("Authorization") == "Bearer hush"
