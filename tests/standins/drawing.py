"""Messages that stand-ins hold, drawn as HTML in the manner of each platform: near enough to judge a layout by.

`tests.standins.gallery` makes a page of them. It draws what was sent, and judges nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape
from typing import Any

from tests.standins.telegram import Shown

Json = dict[str, Any]

STYLE = """
.slack{font:15px/1.47 Lato,"Noto Sans","Noto Color Emoji",sans-serif;color:#1d1c1d;background:#fff}
.slack .m{padding:6px 8px}.slack h1{font-size:18px;margin:4px 0}.slack .c{font-size:13px;color:#616061;margin:4px 0}
.slack .r,.slack blockquote{white-space:pre-wrap;margin:6px 0}.slack .private{background:#f8f8f8}
.slack blockquote,.discord blockquote{padding-left:12px;border-left:4px solid #ddd}
.slack a{color:#1264a3}.slack code{background:#f6f6f6;border:1px solid #ddd;color:#e01e5a;font-size:12px}
.slack button{border:1px solid #bbb;background:#fff;border-radius:8px;padding:4px 12px;margin:4px 8px 4px 0;
font:700 13px "Noto Sans",sans-serif}.slack ul,.slack ol{margin:4px 0}.slack .u{background:#e8f5fa;color:#1264a3}
.discord{background:#313338;color:#dbdee1;font:16px/1.375 "Noto Sans","Noto Color Emoji",sans-serif}
.discord .embed{background:#2b2d31;border-left:4px solid #3b6ea8;border-radius:4px;padding:10px 16px;margin:4px 0;
max-width:520px;font-size:14px}.discord h2{font-size:20px;margin:6px 0}.discord h3{font-size:16px;margin:6px 0}
.discord small{color:#949ba4;font-size:12px}.discord a{color:#00a8fc;text-decoration:none}
.discord blockquote{border-color:#4e5058;margin:4px 0}.discord code{background:#1e1f22}
.discord button{background:#4e5058;color:#fff;border:0;padding:8px 14px;border-radius:8px;margin:2px 6px 2px 0}
.discord p{margin:0;min-height:8px}.discord .private{background:#393c5e}
.telegram{background:#d3e2c6;font:15px/1.35 "Noto Sans","Noto Color Emoji",sans-serif}
.telegram .bubble{background:#fff;border-radius:12px;padding:8px 12px;margin:6px 0;max-width:480px;
white-space:pre-wrap}.telegram a{color:#2481cc;text-decoration:none}.telegram code{color:#b33}
.telegram blockquote{margin:4px 0;padding:4px 8px;border-left:3px solid #2481cc;background:#eef5fb;max-height:4em;
overflow:hidden}.telegram .row{display:flex;gap:4px;max-width:504px;margin:4px 0}
.telegram .button{background:#0003;color:#fff;border-radius:8px;flex:1;text-align:center;padding:6px 0}
.telegram .toast{background:#333;color:#fff;border-radius:8px;padding:6px 12px;max-width:400px}
.thread{margin-left:28px}.label{font:11px monospace;opacity:.6}
"""

# --- Slack ------------------------------------------------------------------------------------------------------------


def slack(text: str, blocks: Sequence[Json]) -> str:
    """A message, by its blocks or else by its text."""
    return f'<div class="m">{"".join(map(_block, blocks)) or escape(text)}</div>'


def _block(block: Json) -> str:
    match block["type"]:
        case "header":
            return f"<h1>{escape(block['text']['text'])}</h1>"
        case "context":
            return f"<div class=c>{' '.join(map(_small, block['elements']))}</div>"
        case "actions":
            return "".join(map(_slack_button, block["elements"]))
        case "divider":
            return "<hr>"
    return "".join(map(_rich, block["elements"]))


def _slack_button(element: Json) -> str:
    return f"<button>{escape(element['text']['text'])}{' ↗' if 'url' in element else ''}</button>"


def _small(element: Json) -> str:
    if element["type"] != "mrkdwn":
        return escape(str(element["text"]))
    linked = re.sub(r"<(https?:[^|>]+)\|([^>]*)>", r'<a href="\1">\2</a>', str(element["text"]))
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", linked)


def _rich(element: Json) -> str:
    if element["type"] == "rich_text_list":
        tag = "ol" if element["style"] == "ordered" else "ul"
        start = f' start="{element.get("offset", 0) + 1}"' if tag == "ol" else ""
        return f"<{tag}{start}>{''.join(f'<li>{_spans(item)}</li>' for item in element['elements'])}</{tag}>"
    if element["type"] == "rich_text_quote":
        return f"<blockquote>{_spans(element)}</blockquote>"
    indent = f' style="margin-left:{24 * element["indent"]}px"' if element.get("indent") else ""
    return f"<div class=r{indent}>{_spans(element)}</div>"


def _spans(section: Json) -> str:
    return "".join(map(_span, section["elements"]))


def _span(span: Json) -> str:
    if span["type"] == "user":
        return f"<span class=u>@{escape(span['user_id'])}</span>"
    shown = escape(span["text"])
    for name, tag in (("bold", "b"), ("italic", "i"), ("code", "code")):
        shown = f"<{tag}>{shown}</{tag}>" if span.get("style", {}).get(name) else shown
    return f'<a href="{escape(span["url"])}">{shown}</a>' if span["type"] == "link" else shown


# --- Discord ----------------------------------------------------------------------------------------------------------


def discord(message: Json) -> str:
    """A message with its embeds and buttons."""
    embeds = [
        f'<div class="embed">{_markdown(one["description"])}<small>{_footer(one)}</small></div>'
        for one in message["embeds"]
    ]
    rows = [f"<div>{''.join(map(_discord_button, row['components']))}</div>" for row in message["components"]]
    return f'<div class="m">{_markdown(message["content"])}{"".join(embeds + rows)}</div>'


def _footer(embed: Json) -> str:
    return escape(embed.get("footer", {}).get("text", ""))


def _discord_button(button: Json) -> str:
    return f"<button>{escape(button['label'])}{' ↗' if 'url' in button else ''}</button>"


def _markdown(markdown: str) -> str:
    return "".join(_line(line) for line in markdown.split("\n")) if markdown else ""


def _line(line: str) -> str:
    for mark, tag in (("### ", "h3"), ("## ", "h2"), ("-# ", "small"), ("> ", "blockquote"), ("- ", "li")):
        if line.startswith(mark):
            inner = _inline(line.removeprefix(mark))
            return f"<{tag}>{inner}</{tag}>" + ("<br>" if tag == "small" else "")
    return f"<p>{_inline(line)}</p>"


def _inline(line: str) -> str:
    kept: list[str] = []
    safe = re.sub(r"\\([^0-9A-Za-z\s])", lambda m: kept.append(m[1]) or f"\ue000{len(kept) - 1}\ue001", line)
    safe = re.sub(r"\[([^\]]*)\]\(([^)]*)\)", r'<a href="\2">\1</a>', escape(safe, quote=False))
    safe = re.sub(r"\*([^*]+)\*", r"<i>\1</i>", re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", safe))
    safe = re.sub("`([^`]+)`", r"<code>\1</code>", safe)
    return re.sub("\ue000(\\d+)\ue001", lambda m: escape(kept[int(m[1])]), safe)


# --- Telegram ---------------------------------------------------------------------------------------------------------


def telegram(shown: Shown, parent: str = "") -> str:
    """A message with its buttons, three in a row as the adapter sends them; `parent`: what it replies to."""
    reply = f"<div class=label>↪ {escape(parent)}</div>" if parent else ""
    labels = [f"<div class=button>{escape(one['text'])}{' ↗' if 'url' in one else ''}</div>" for one in shown.buttons]
    rows = ["".join(labels[first : first + 3]) for first in range(0, len(labels), 3)]
    return f"<div class=bubble>{reply}{shown.html}</div>" + "".join(f"<div class=row>{row}</div>" for row in rows)
