"""The sample digest as Telegram shows it, to look at: `python -m tests.standins.preview_telegram > page.html`.

It shows what the renderer made, in Telegram's proportions; it sends nothing and judges nothing.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from html import escape

from adapters.chat.telegram.plan import planned
from bot.settings import Settings
from bot.wire import SAMPLE_SUBSCRIPTION, build_sample
from core.deliver import compose, digest
from core.ingest.refresh import refresh
from core.posts.messages import Outgoing

STYLE = """
body { background: #d3e2c6; font: 15px/1.35 system-ui, "Noto Sans", "Noto Color Emoji", sans-serif; margin: 8px; }
.message { background: #fff; border-radius: 12px; padding: 8px 12px; margin: 6px 0; max-width: 480px;
  white-space: pre-wrap; overflow-wrap: anywhere; }
a { color: #2481cc; text-decoration: none; } code { color: #b33; }
blockquote { margin: 4px 0; padding: 4px 8px; border-left: 3px solid #2481cc; background: #eef5fb; border-radius: 4px;
  max-height: 4em; overflow: hidden; }
.reply { border-left: 3px solid #4fae4e; color: #4fae4e; padding-left: 8px; margin-bottom: 4px; font-size: 13px;
  white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
.row { display: flex; gap: 4px; max-width: 504px; margin: 4px 0; }
.button { background: #0003; color: #fff; border-radius: 8px; flex: 1; text-align: center; padding: 6px 0; }
"""


def page(plan: Sequence[Outgoing], title: str) -> str:
    """The messages below one another, each reply with its parent's first line."""
    return f"<!doctype html><meta charset=utf-8><style>{STYLE}</style>" + "".join(_messages(plan, title))


def _messages(plan: Sequence[Outgoing], title: str) -> Iterator[str]:
    for outgoing in plan:
        reply = f"<div class=reply>{escape(title)}</div>" if outgoing.parent_key else ""
        yield f"<div class=message>{reply}{outgoing.payload['html']}</div>"
        buttons = [f"<div class=button>{_label(one)}</div>" for one in outgoing.payload["buttons"]]
        rows = ["".join(buttons[first : first + 3]) for first in range(0, len(buttons), 3)]
        yield from (f"<div class=row>{row}</div>" for row in rows)


def _label(button: dict[str, str]) -> str:
    return f"{escape(button['text'])}{' ↗' if 'url' in button else ''}"


async def sample_plan() -> tuple[tuple[Outgoing, ...], str]:
    """The sample day's digest as it would be sent, and its title."""
    async with build_sample(Settings()) as app:
        await refresh(app.wanted(SAMPLE_SUBSCRIPTION.categories), app.store, app.clock, tell=lambda _: None)
        day = datetime(2026, 2, 4, tzinfo=UTC).date()
        result = await digest.preview(SAMPLE_SUBSCRIPTION, day, store=app.store)
        return planned(compose.digest(result.digest), key="sample"), compose.digest_title(result.digest)


if __name__ == "__main__":
    sys.stdout.write(page(*asyncio.run(sample_plan())))
