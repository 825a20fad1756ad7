"""The sample digest as Discord shows it, as a page: `python -m tests.standins.preview_discord > page.html`."""

from __future__ import annotations

import html
import re
import sys
from typing import Any

from adapters.chat.discord.render import plan
from core.channels import ChannelRef
from tests.fakes.posts import a_digest

STYLE = """body{background:#313338;color:#dbdee1;font:16px/1.375 'Noto Sans',Arial,sans-serif;
max-width:760px;margin:8px;overflow-wrap:anywhere}
.embed{background:#2b2d31;border-left:4px solid #3b6ea8;border-radius:4px;padding:10px 16px;margin:4px 0;
max-width:520px;font-size:14px} h2{font-size:20px;margin:6px 0} h3{font-size:16px;margin:6px 0}
small{color:#949ba4;font-size:12px}
a{color:#00a8fc;text-decoration:none} blockquote{border-left:4px solid #4e5058;margin:4px 0;padding-left:10px}
.thread{margin-top:10px} .name{color:#fff;font-weight:600} button{background:#4e5058;color:#fff;border:0;
padding:8px 14px;border-radius:8px;margin:2px 6px 2px 0;font-size:14px} p{margin:0;min-height:8px}"""


def as_html(markdown: str) -> str:
    """Discord's Markdown as HTML, near enough to judge a layout by."""
    return "".join(_line(line) for line in markdown.split("\n"))


def _line(line: str) -> str:
    for mark, tag in (("### ", "h3"), ("## ", "h2"), ("-# ", "small"), ("> ", "blockquote")):
        if line.startswith(mark):
            inner = _inline(line.removeprefix(mark))
            return f"<{tag}>{inner}</{tag}>" + ("<br>" if tag == "small" else "")
    return f"<p>{_inline(line)}</p>"


def _inline(line: str) -> str:
    kept: list[str] = []
    safe = re.sub(r"\\([^0-9A-Za-z\s])", lambda m: kept.append(m[1]) or f"\ue000{len(kept) - 1}\ue001", line)
    safe = re.sub(r"\[([^\]]*)\]\(([^)]*)\)", r'<a href="\2">\1</a>', html.escape(safe, quote=False))
    safe = re.sub(r"\*([^*]+)\*", r"<i>\1</i>", re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", safe))
    return re.sub(
        "\ue000(\\d+)\ue001", lambda m: html.escape(kept[int(m[1])]), re.sub("`([^`]+)`", r"<code>\1</code>", safe)
    )


def _button(button: dict[str, Any]) -> str:
    return f"<button>{html.escape(button['label'])}{' ↗' if 'url' in button else ''}</button>"


def message(payload: dict[str, Any]) -> str:
    """One message with its embeds and buttons."""
    embeds = [
        f'<div class="embed">{as_html(one["description"])}<small>{one.get("footer", {}).get("text", "")}</small></div>'
        for one in payload["body"]["embeds"]
    ]
    buttons = [
        f"<div>{''.join(_button(button) for button in row['components'])}</div>"
        for row in payload["body"]["components"]
    ]
    return f'<div><span class="name">Paperboy</span>{"".join(embeds + buttons)}</div>'


def main() -> None:
    """Write the page."""
    parts = [
        f'<div class="{"thread" if one.parent_key else "channel"}">{message(dict(one.payload))}</div>'
        for one in plan(ChannelRef("discord", "1", "2"), a_digest(), key="1")
    ]
    sys.stdout.write(f"<!doctype html><meta charset=utf-8><style>{STYLE}</style>{''.join(parts)}")


if __name__ == "__main__":
    main()
