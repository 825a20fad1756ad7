"""Slash commands with options, and what is offered to a person who is still typing one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.chat.discord import commands
from core.converse import guide
from core.converse.command import Origin
from core.converse.options import Completion
from core.converse.table import BY_NAME, TYPED_COMMANDS
from core.errors import StoreLocked
from tests.fakes.desk import FakeDesk
from tests.fakes.discord_driver import answered, connected
from tests.standins.discord import DiscordStandIn

TEXT = st.text(max_size=120)


def given_options(name: str, /, **values: str) -> dict[str, object]:
    return {"name": name, "options": [{"type": 3, "name": one, "value": value} for one, value in values.items()]}


@pytest.mark.parametrize(
    ("name", "values", "arguments"),
    [
        (
            "search",
            {"from": "arxiv", "query": "graph nets", "author": "Ann Lee"},
            'graph nets author:"Ann Lee" from:arxiv',
        ),
        ("search", {"since": "last week", "in": "machine learning"}, 'since:"last week" in:"machine learning"'),
        ("search", {"query": '"a phrase"', "in": "cs.CL"}, '"a phrase" in:cs.CL'),
        ("paper", {"id": "2601.15529", "in": "German"}, "2601.15529 in German"),
        ("settings", {"name": "zone", "value": "Europe/Berlin"}, "zone Europe/Berlin"),
        ("authors", {"do": "follow", "who": "Ann Lee, Bob Ray"}, "follow Ann Lee, Bob Ray"),
        ("subscribe", {"rule": '"world model" OR robot*', "to": "cs.RO"}, 'cs.RO rule: "world model" OR robot*'),
        ("trending", {"days": "14", "where": "all"}, "14 all"),
        ("digest", {"when": "catchup 7d"}, "catchup 7d"),
        ("bookmarks", {}, ""),
        ("bookmarks", {"with": "3 see section 4", "do": "note", "list": "team"}, "team note 3 see section 4"),
        ("privacy", {"what": "export"}, "export"),
    ],
)
def test_options_make_the_one_line(name: str, values: dict[str, str], arguments: str) -> None:
    """In whichever order they come, options make the line that people type elsewhere."""
    assert commands.arguments_of(given_options(name, **values)) == arguments


@given(st.data())
def test_any_values_are_arguments(data: st.DataObject) -> None:
    """Whatever is written into options, a line comes out, and what is offered keeps to Discord's limits."""
    name = data.draw(st.sampled_from([one.name for one in TYPED_COMMANDS]))
    options = [one.name for one in BY_NAME[name].options] or ["what"]
    values = data.draw(st.dictionaries(st.sampled_from(options), TEXT))
    given_data = given_options(name, **values)
    assert isinstance(commands.arguments_of(given_data), str)
    focused = data.draw(st.sampled_from(options))
    typed = [*given_data["options"], {"type": 3, "name": focused, "value": data.draw(TEXT), "focused": True}]
    unfinished = given_data | {"options": typed}
    before = commands.unfinished_arguments(unfinished)
    label = data.draw(TEXT)
    offered = [Completion(label=label, arguments=f"{before}{number}") for number in range(40)]
    found = commands.choices(unfinished, offered)
    assert len(found) <= 25
    assert all(0 < len(one["name"].encode("utf-16-le")) // 2 <= 100 for one in found)
    assert all(0 < len(one["value"].encode("utf-16-le")) // 2 <= 100 for one in found)


def test_the_words_of_a_search_are_completed() -> None:
    """Discord asks for them at every key, and the whole line so far takes the place of what was typed."""
    search = next(one for one in commands.registration() if one["name"] == "search")
    query = search["options"][0]
    assert (query["name"], query["autocomplete"]) == ("query", True)
    typing = {"name": "search", "options": [{"type": 3, "name": "query", "value": "graph whisp", "focused": True}]}
    assert commands.unfinished_arguments(typing) == "graph whisp"
    offered = [Completion(label="graph whispers", arguments="graph whispers")]
    assert commands.choices(typing, offered) == [{"name": "graph whispers", "value": "graph whispers"}]


def test_a_changed_completion_is_registered_anew() -> None:
    """Discord is told of a command again when an option begins to be completed."""
    known = [one | {"id": "1", "version": "2"} for one in commands.registration()]
    assert commands.is_current(known)
    (first, *others) = known
    plain = [{key: value for key, value in one.items() if key != "autocomplete"} for one in first["options"]]
    assert not commands.is_current([first | {"options": plain}, *others])


async def test_who_is_typing_is_offered_what_fits(discord: DiscordStandIn) -> None:
    """The desk hears the line so far, and its completions become values of the option; the choice is a command."""
    desk = FakeDesk()
    desk.completes_with(
        Completion(label="cs.RO (Robotics)", arguments="touch in:cs.RO"),
        Completion(label="another line", arguments="other in:cs.RO"),
        Completion(label="x" * 300, arguments='touch in:"cell biology"'),
        Completion(label="too long", arguments="touch in:" + "y" * 101),
    )
    async with connected(discord) as chat, discord.listened_to(chat, desk):
        asked = discord.interactions[discord.typing("search", "in", "robo", query="touch", since="7d")]
        await discord.wait_until_settled(lambda: asked.choices is not None)
        asked = discord.interactions[discord.typing("search", "in", "robo", query="touch")]
        await discord.wait_until_settled(lambda: asked.choices is not None)
        await answered(discord, discord.picks("search", query="touch", **{"in": "cs.RO"}))
    assert asked.choices == [
        {"name": "cs.RO (Robotics)", "value": "cs.RO"},
        {"name": "x" * 99 + "…", "value": "cell biology"},
    ]
    assert [(one.origin, one.name, one.arguments) for one in desk.commands] == [
        (Origin.COMPLETION, "search", "touch since:7d in:robo"),
        (Origin.COMPLETION, "search", "touch in:robo"),
        (Origin.TYPED, "search", "touch in:cs.RO"),
    ]


@pytest.mark.parametrize("is_slow", [True, False])
async def test_a_desk_in_trouble_offers_nothing(discord: DiscordStandIn, *, is_slow: bool) -> None:
    """What cannot be looked up in time is offered as nothing, within three seconds."""
    desk = FakeDesk()
    desk.takes(3600) if is_slow else desk.fails_with(StoreLocked("busy"))
    async with connected(discord, suggest_s=0.05) as chat, discord.listened_to(chat, desk):
        asked = discord.interactions[discord.typing("paper", "id", "robo")]
        await discord.wait_until_settled(lambda: asked.choices is not None)
    assert asked.choices == []


async def test_help_shows_commands_as_they_are_typed(discord: DiscordStandIn) -> None:
    """Help names every command as one types it on Discord."""
    async with (
        connected(discord) as chat,
        discord.listened_to(chat, FakeDesk(guide.overview(TYPED_COMMANDS, is_newcomer=True, is_private=False))),
    ):
        asked = await answered(discord, discord.command("help"))
    assert asked.message
    shown = "".join(one["description"] for one in asked.message["embeds"])
    assert all(f"`/{f'{spec.name} {spec.examples[0]}'.strip()}`" in shown for spec in TYPED_COMMANDS)
    assert "`@Paperboy what data was used?`" in shown
