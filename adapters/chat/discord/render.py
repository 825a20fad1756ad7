"""A post as the JSON of Discord messages: embeds with Markdown in them, buttons, and threads. Pure, knows no SDK.

`client` sends what comes out of here. Everything lies in the descriptions of embeds: Markdown with
headings and links works there, no link grows a preview, and 6,000 characters fit where plain content has room for
2,000. A post that is longer becomes several messages, split between blocks, or between words where one block alone is
too long; nothing is cut away.

The last embed's `url` carries a mark made from the message's key, as the fragment of a link to the channel itself,
`https://discord.com/channels/1/2#paperboy-3fa9c1d2e4-3`: Discord gives a nonce back to nobody, so the mark tells a
later process that a message was sent. Discord keeps an embed's `url` and shows it nowhere while the embed has no
title; no paper's address has to carry anything, and messages without any link have a mark as well. Older messages
carry it as a footer, `ref 3fa9c1d2e4-3`, and are still found. See `mark_of`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from itertools import groupby
from typing import Any, Final

from adapters.chat.discord.markdown import one_line, pieces, size
from adapters.chat.files import MIB, content_of
from adapters.chat.hostile import page_address
from adapters.chat.vocabulary import Vocabulary, mention, part_of
from core.channels import ChannelRef
from core.posts.messages import Outgoing
from core.posts.tree import Action, Attachment, Block, Heading, Note, Paragraph, Post
from core.speech import _

Json = dict[str, Any]

#: characters of an embed's description, as Discord counts them
DESCRIPTION: Final = 4_096
#: characters of all embeds of one message, room for the footer left
MESSAGE: Final = 5_900
EMBEDS: Final = 10
#: buttons in a row, and rows in a message
ROW: Final = 5
ROWS: Final = 5
CUSTOM_ID: Final = 100
LABEL: Final = 80
THREAD_NAME: Final = 100
URL: Final = 512
#: bytes of a file in a server without boosts
MOST_OF_FILE: Final = 10 * MIB
#: an embed with nothing in it is refused
_NOTHING: Final = "\u200b"
_PLAIN: Final = 0x3B6EA8
_WARNING: Final = 0xC77700
_MARK: Final = re.compile(r"^(?:ref |https://discord\.com/channels/\S{1,50}#paperboy-)([0-9a-f]{10}-\d{1,6})$")
_BUTTON: Final = re.compile(r"^pb:([a-z][a-z_-]{0,30}):(.*)$", re.DOTALL)
#: Discord's numbers for kinds of components, and for a button's look
_ACTION_ROW: Final = 1
_BUTTON_KIND: Final = 2
_GREY: Final = 2
_LINK: Final = 5


def plan(channel: ChannelRef, post: Post, *, key: str) -> tuple[Outgoing, ...]:
    """The post's messages, then those of its replies; every reply hangs in the thread of the post's last message."""
    post = WORDS.localise(post)
    bodies: list[tuple[str | None, Post, Json]] = [(None, post, body) for body in _bodies(post)]
    parent = f"{key}/{len(bodies) - 1}"
    bodies += [(parent, reply, body) for reply in _all_replies(post) for body in _bodies(reply)]
    thread = thread_name(post)
    return tuple(
        Outgoing(
            key=f"{key}/{number}",
            parent_key=parent_key,
            papers=part.papers,
            payload={"thread": thread if parent_key else "", "body": _with_identity(body, channel, f"{key}/{number}")},
        )
        for number, (parent_key, part, body) in enumerate(bodies)
    )


def message_bodies(post: Post) -> list[Json]:
    """The post without its replies as bodies of one or more messages, within every limit."""
    return _bodies(WORDS.localise(post))


def file_body(file: Attachment) -> Json:
    """The body of a message that is a file and nothing else."""
    return {"attachments": [{"id": "0", "filename": file.name}], "allowed_mentions": {"parse": []}}


def form_of(body: Json, file: Attachment) -> list[Json]:
    """Body and file as the fields of a form, as Discord takes them."""
    content = content_of(file, platform="Discord", most=MOST_OF_FILE)
    return [
        {"name": "payload_json", "value": json.dumps(body)},
        {"name": "files[0]", "value": content, "filename": file.name, "content_type": file.mime},
    ]


def _bodies(post: Post) -> list[Json]:
    stacks = _messages(_descriptions(post.blocks) or [one_line(post.fallback) or _NOTHING])
    rows = [row for group in _button_groups(post.actions) for row in _buttons(group)]
    stacks += [[_NOTHING]] * (-(-len(rows) // ROWS) - 1)
    colour = _WARNING if any(isinstance(block, Note) and block.warning for block in post.blocks) else _PLAIN
    bodies = [_body(stack, colour) for stack in stacks]
    if len(bodies) > 1:
        for n, body in enumerate(bodies, 1):
            body["embeds"][-1]["footer"] = {"text": part_of(n, len(bodies))}
    first = len(stacks) - max(1, -(-len(rows) // ROWS))
    for n, body in enumerate(bodies[first:]):
        body["components"] = rows[n * ROWS : (n + 1) * ROWS]
    return bodies


def mark_of(key: str) -> str:
    """The mark of the message with this key: a hash of the post's key, and the message's position in its plan."""
    post_key, _, position = key.rpartition("/")
    return f"{sha256(post_key.encode()).hexdigest()[:10]}-{position}"


def mark_in(message: Mapping[str, Any]) -> str | None:
    """The mark that a message of ours carries; None where there is none."""
    embeds = message.get("embeds") or []
    places = [place for embed in embeds for place in (embed.get("url"), (embed.get("footer") or {}).get("text"))]
    marks = [match[1] for place in places if (match := _MARK.match(place or ""))]
    return marks[-1] if marks else None


def with_mark(body: Json, mark: str | None, channel: ChannelRef) -> Json:
    """The body with this mark behind a link to the channel, where nobody sees it; as it is without a mark."""
    if not mark:
        return body
    *embeds_before, last = body["embeds"]
    link = f"https://discord.com/channels/{channel.workspace}/{channel.place}#paperboy-{mark}"
    return {**body, "embeds": [*embeds_before, {**last, "url": link}]}


def without_mark(body: Json) -> Json:
    """The body without a mark: nobody looks for it."""
    return {**body, "embeds": [{name: embed[name] for name in embed if name != "url"} for embed in body["embeds"]]}


def nonce_of(channel: ChannelRef, key: str) -> str:
    """25 characters, the same for the same message: Discord drops a second one with it for some minutes."""
    return sha256(f"{channel} {key}".encode()).hexdigest()[:25]


def read_button(custom_id: str) -> tuple[str, str] | None:
    """The name and the arguments of one of our buttons, whichever process sent it; None for any other button."""
    match = _BUTTON.match(custom_id)
    return (match[1], match[2]) if match else None


def thread_name(post: Post) -> str:
    """What the post's thread is called: its title in one line, at most 100 characters."""
    headings = (block.spans for block in post.blocks if isinstance(block, Heading))
    title = "".join(span.text for span in next(headings, ())) or post.fallback
    name = " ".join(one_line(title, is_escaped=False).split()) or _("Papers")
    return name if size(name) <= THREAD_NAME else f"{_first_characters(name, THREAD_NAME - 1)}…"


def _with_identity(body: Json, channel: ChannelRef, key: str) -> Json:
    return with_mark(body, mark_of(key), channel) | {"nonce": nonce_of(channel, key), "enforce_nonce": True}


def _all_replies(post: Post) -> Iterator[Post]:
    for reply in post.replies:
        yield reply
        yield from _all_replies(reply)


def _body(descriptions: Sequence[str], colour: int) -> Json:
    embeds = [{"description": description, "color": colour} for description in descriptions]
    return {"embeds": embeds, "components": [], "allowed_mentions": {"parse": []}}


def _descriptions(blocks: Sequence[Block]) -> list[str]:
    """Texts that each fit an embed; an entry's paragraphs stay together where they fit."""
    descriptions: list[str] = []
    for entry in _entries(blocks):
        for text in _entry_texts(entry):
            if descriptions and size(descriptions[-1]) + 2 + size(text) <= DESCRIPTION:
                descriptions[-1] += _gap(descriptions[-1]) + text
            else:
                descriptions.append(text)
    return descriptions


def _entries(blocks: Sequence[Block]) -> Iterator[list[Block]]:
    """Each block with those that are set in below it."""
    entry: list[Block] = []
    for block in blocks:
        if entry and not (isinstance(block, Paragraph | Note) and block.indented):
            yield entry
            entry = []
        entry.append(block)
    if entry:
        yield entry


def _entry_texts(entry: Sequence[Block]) -> Iterator[str]:
    """One text where the entry fits an embed, or one after another."""
    texts = [text for block in entry for text in pieces(block, DESCRIPTION)]
    whole = "\n".join(texts)
    yield from ([whole] if whole and size(whole) <= DESCRIPTION else texts)


def _gap(above: str) -> str:
    """The line breaks below a text: one after a heading, two after anything else."""
    return "\n" if above.rpartition("\n")[2].startswith("#") else "\n\n"


def _messages(descriptions: Sequence[str]) -> list[list[str]]:
    stacks: list[list[str]] = []
    for description in descriptions:
        fits = stacks and len(stacks[-1]) < EMBEDS and sum(map(size, [*stacks[-1], description])) <= MESSAGE
        if fits:
            stacks[-1].append(description)
        else:
            stacks.append([description])
    return stacks


def _buttons(actions: Sequence[Action]) -> Iterator[Json]:
    """Rows of buttons, without those whose arguments are too long: nothing else in a message can carry them."""
    buttons = [button for action in actions if (button := _button(action))]
    for first in range(0, len(buttons), ROW):
        yield {"type": _ACTION_ROW, "components": buttons[first : first + ROW]}


def _button_groups(actions: Sequence[Action]) -> Iterator[tuple[Action, ...]]:
    """All buttons as one group where they fit a row; otherwise links apart from commands."""
    if len(actions) <= ROW:
        yield tuple(actions)
    else:
        yield from (tuple(group) for _, group in groupby(actions, lambda action: bool(action.url)))


def _button(action: Action) -> Json | None:
    label = _first_characters(one_line(action.label, is_escaped=False), LABEL) or action.name
    if action.url:
        where = page_address(action.url, URL)
        return {"type": _BUTTON_KIND, "style": _LINK, "label": label, "url": where} if where else None
    custom_id = _custom_id(action)
    return {"type": _BUTTON_KIND, "style": _GREY, "label": label, "custom_id": custom_id} if custom_id else None


def _custom_id(action: Action) -> str:
    """The value that a press of the button brings back; empty where it is too long for Discord."""
    custom_id = f"pb:{action.name}:{action.arguments}"
    return custom_id if size(custom_id) <= CUSTOM_ID and read_button(custom_id) else ""


#: commands are typed as `/search ...`, and people react with any emoji
WORDS: Final = Vocabulary(
    platform="discord", command_at_paper=mention, can_unfold=lambda action: bool(_custom_id(action))
)


def _first_characters(text: str, most: int) -> str:
    """The first characters, by Discord's count."""
    return text.encode("utf-16-le")[: 2 * most].decode("utf-16-le", "ignore")
