"""Desks that stand before another desk: nothing that a platform brings gets lost in one of them."""

from __future__ import annotations

import pytest

from adapters.chat.slack.rights import RightsDesk
from bot.operation.wrappers import WrappedDesk
from core.converse.desk import FrontDesk
from core.converse.floods import LimitedDesk
from core.converse.ports import Desk
from tests.fakes.desk import Relay

VERBS = {name for name in vars(Desk) if not name.startswith("_")}


@pytest.mark.parametrize("kind", [FrontDesk, LimitedDesk, WrappedDesk, RightsDesk, Relay])
def test_every_verb_is_passed_on(kind: type[Desk]) -> None:
    """What a desk may leave out as a port, none that stands before another one may."""
    own = {name for one in kind.__mro__ if one not in (Desk, object) for name in vars(one)}
    assert own >= VERBS
