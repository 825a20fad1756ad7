"""A digest as Slack shows it, as a page to be looked at: `python -m tests.standins.preview_slack FILE`.

It draws the planned payloads themselves, in Slack's proportions and colours; a picture of our work, not a proof.
"""

from __future__ import annotations

import sys
from html import escape
from pathlib import Path
from typing import Any

from adapters.chat.slack.plan import plan
from core.posts.tree import Post

Json = dict[str, Any]

STYLE = """body{font:15px/1.47 Lato,"Helvetica Neue",Arial,"Noto Sans CJK SC",sans-serif;color:#1d1c1d;max-width:760px;
margin:8px;overflow-wrap:anywhere}
.m{display:flex;gap:8px;padding:8px 8px}.m>div+div{min-width:0}.t{border-top:1px solid #eee}
.p{width:36px;height:36px;border-radius:6px;background:#26324a;color:#fff;text-align:center;line-height:36px;flex:none}
h1{font-size:18px;margin:4px 0}.c{font-size:13px;color:#616061;margin:4px 0}.r{margin:6px 0;white-space:pre-wrap}
blockquote{margin:4px 0;padding-left:12px;border-left:4px solid #ddd;white-space:pre-wrap}a{color:#1264a3}
code{background:#f6f6f6;border:1px solid #ddd;color:#e01e5a;font-size:12px;padding:1px 3px;border-radius:3px}
button{border:1px solid #bbb;background:#fff;border-radius:8px;padding:4px 12px;margin:4px 8px 4px 0;
font:700 13px Lato,sans-serif}ul{margin:4px 0}"""


def page(post: Post) -> str:
    """The post and its thread as HTML."""
    planned = plan(post, key="1")
    shown = "".join(_message(one.payload["blocks"], in_thread=one.parent_key is not None) for one in planned)
    return f"<!doctype html><meta charset=utf-8><style>{STYLE}</style>{shown}"


def _message(blocks: list[Json], *, in_thread: bool) -> str:
    body = "".join(map(_block, blocks))
    return f'<div class="m{" t" if in_thread else ""}"><div class=p>P</div><div><b>Paperboy</b>{body}</div></div>'


def _block(block: Json) -> str:
    match block["type"]:
        case "header":
            return f"<h1>{block['text']['text']}</h1>"
        case "context":
            return f"<div class=c>{' '.join(map(_small, block['elements']))}</div>"
        case "actions":
            return "".join(map(_button, block["elements"]))
        case "divider":
            return "<hr>"
    return "".join(map(_rich, block["elements"]))


def _button(element: Json) -> str:
    shown = f"<button>{element['text']['text']}</button>"
    return f'<a href="{escape(element["url"])}">{shown}</a>' if "url" in element else shown


def _small(element: Json) -> str:
    address, bar, label = str(element["text"]).strip("<>").partition("|")
    if element["type"] == "mrkdwn" and bar:
        return f'<a href="{address}">{label}</a>'
    return str(element["text"])


def _rich(element: Json) -> str:
    if element["type"] == "rich_text_list":
        return f"<ul>{''.join(f'<li>{_spans(item)}</li>' for item in element['elements'])}</ul>"
    if element["type"] == "rich_text_quote":
        return f"<blockquote>{_spans(element)}</blockquote>"
    return f"<div class=r>{_spans(element)}</div>"


def _spans(section: Json) -> str:
    return "".join(map(_span, section["elements"]))


def _span(span: Json) -> str:
    shown = escape(span["text"])
    for name, tag in (("bold", "b"), ("italic", "i"), ("code", "code")):
        shown = f"<{tag}>{shown}</{tag}>" if span.get("style", {}).get(name) else shown
    return f'<a href="{escape(span["url"])}">{shown}</a>' if span["type"] == "link" else shown


if __name__ == "__main__":
    from tests.fakes.posts import a_digest

    Path(sys.argv[1]).write_text(page(a_digest()), encoding="utf-8")
