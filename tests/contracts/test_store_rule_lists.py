"""The contract of `Store` for lists that rules name, over every store there is."""

from __future__ import annotations

from core.channels import ChannelMoved, ChannelRef
from core.choose.rules.lists import owner_of, save_list
from core.converse.ports import Store
from tests.fakes.papers import AT


async def test_lists_are_kept_by_name(store: Store) -> None:
    """A list is added, replaced and removed, and all are given in the order of their names."""
    await store.save_rule_list("slack:T1", "ours", "planning", at=AT)
    await store.save_rule_list("slack:T1", "many", "Ω OR 学习\0", at=AT)
    assert list((await store.rule_lists("slack:T1")).items()) == [("many", "Ω OR 学习\ufffd"), ("ours", "planning")]
    await store.save_rule_list("slack:T1", "ours", "swarm*", at=AT)
    await store.save_rule_list("slack:T1", "many", "", at=AT)
    assert await store.rule_lists("slack:T1") == {"ours": "swarm*"}
    await store.save_rule_list("slack:T1", "never", "", at=AT)


async def test_a_workspace_has_its_own(store: Store) -> None:
    """The channels of a workspace share its lists, and no other workspace or chat has them."""
    await save_list(ChannelRef("slack", "T1", "C1"), "Ours", "planning, swarm*", store=store, at=AT)
    assert await store.rule_lists(owner_of(ChannelRef("slack", "T1", "C2"))) == {"ours": "planning OR swarm*"}
    assert await store.rule_lists(owner_of(ChannelRef("slack", "T2", "C1"))) == {}
    assert await store.rule_lists(owner_of(ChannelRef("telegram", "", "-100"))) == {}


async def test_lists_of_a_chat_move_with_it(store: Store) -> None:
    """A chat without a workspace has lists of its own, with all its topics, and keeps them under a new reference."""
    old, new = ChannelRef("telegram", "", "-1"), ChannelRef("telegram", "", "-100")
    await save_list(ChannelRef("telegram", "", "-1/7"), "ours", "planning", store=store, at=AT)
    await store.move_channel(ChannelMoved(channel=old, to=new, keeps_messages=False))
    assert await store.rule_lists(owner_of(new)) == {"ours": "planning"}
    assert await store.rule_lists(owner_of(old)) == {}
