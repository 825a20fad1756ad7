"""What a command changed about a channel's digest: what was, what is, and the way back. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from core.channels import Subscription
from core.converse.subscribing import shown
from core.posts.tree import Action, Block, Note, bold, command, is_carried, text

#: characters of a value that are shown
_LONGEST_VALUE: Final = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One setting that has another value now; values as `/settings` reads them."""

    name: str
    before: str
    after: str

    @property
    def way_back(self) -> str:
        """What `/settings` restores the value from."""
        return f"{self.name} {self.before}"


def changes_between(before: Subscription, after: Subscription) -> tuple[Change, ...]:
    """The settings that differ, in the order in which they are shown."""
    old, new = shown(before), shown(after)
    return tuple(Change(name=name, before=old[name], after=new[name]) for name in new if old[name] != new[name])


def buttons_back(changes: Sequence[Change]) -> tuple[Action, ...]:
    """A button for each change that every platform can carry back."""
    return tuple(
        Action(name="settings", label=f"Restore {change.name}", arguments=change.way_back)
        for change in changes
        if is_carried(change.way_back)
    )


def change_blocks(changes: Sequence[Change]) -> Iterator[Block]:
    """What was and what is, a line for each change; with what to type where no button can take it back."""
    for change in changes:
        before, after = _short(change.before), _short(change.after)
        yield Note(spans=(bold(f"{change.name}: "), text(f"{before} → {after}")))
        if not is_carried(change.way_back):
            yield Note(indented=True, spans=(text("To restore it: "), command("settings", change.way_back)))


def _short(value: str) -> str:
    return value if len(value) <= _LONGEST_VALUE else f"{value[: _LONGEST_VALUE - 1]}…"
