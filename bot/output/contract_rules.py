"""A rule that was tried, as the JSON that scripts rely on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.output.contract import Json

if TYPE_CHECKING:
    from bot.tasks import TriedRule


def tried_rule(tried: TriedRule) -> Json:
    """What `paperboy channels rule` prints."""
    found = tried.lint
    return {
        "rule": tried.rule,
        "papers": found.papers if found else 0,
        "matched": found.matched if found else 0,
        "share": round(found.share, 4) if found else None,
        "too_wide": bool(found and found.is_wide),
        "remarks": list(tried.remarks),
    }
