"""A rule that was tried, as the JSON that scripts rely on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.output.contract import Json

if TYPE_CHECKING:
    from bot.tasks import TriedRule


def tried_rule(trial: TriedRule) -> Json:
    """What `paperboy channels rule` prints."""
    lint = trial.lint
    return {
        "rule": trial.rule,
        "papers": lint.papers if lint else 0,
        "matched": lint.matches if lint else 0,
        "share": round(lint.share, 4) if lint else None,
        "too_wide": bool(lint and lint.is_wide),
        "remarks": list(trial.remarks),
    }
