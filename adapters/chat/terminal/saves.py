"""How many people saved a paper, on its message in a terminal, where what is printed cannot be edited. Pure."""

from __future__ import annotations

from dataclasses import replace

from adapters.chat.terminal.render import WORDS
from core.deliver import card
from core.posts.tree import Note, Post


def with_saves(post: Post, saved: int) -> Post:
    """A message in the terminal's words that says how many people saved its paper by now."""
    (told,) = WORDS.localise(card.with_saves(Post(blocks=()), saved or 1)).blocks
    assert isinstance(told, Note)
    others = (block for block in post.blocks if not (isinstance(block, Note) and block.spans[:1] == told.spans[:1]))
    return replace(post, blocks=(*others, told) if saved else tuple(others))
