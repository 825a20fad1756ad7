"""The themes of a channel's last days, as the JSON that scripts rely on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.output.contract import Json
from core.deliver.themes import read_first

if TYPE_CHECKING:
    from core.deliver.briefings import ChannelBriefing


def briefing(briefing: ChannelBriefing) -> Json:
    """What `paperboy brief` prints."""
    items = {item.paper.id: item for item in briefing.recent.items}
    return {
        "days": briefing.days,
        "is_posted": briefing.recent.is_posted,
        "total": briefing.recent.total,
        "lack": briefing.briefing.lack.value if briefing.briefing.lack else None,
        "themes": [
            {
                "label": theme.label,
                "made_by": theme.made_by or None,
                "papers": [str(paper) for paper in theme.papers],
                "read_first": str(read_first([items[paper] for paper in theme.papers]).paper.id),
                "sentences": [
                    {
                        "tone": sentence.tone.value,
                        "text": sentence.text,
                        "papers": [str(paper) for paper in sentence.papers],
                    }
                    for sentence in theme.statements
                ],
            }
            for theme in briefing.briefing.themes
        ],
    }
