"""A platform's own words: how a command is typed there, and which emoji people can react with.

Core writes commands and reaction signs as spans of their own; each platform puts its words in their place before it
renders a post. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Final

from core.converse.grammar import render
from core.posts.reactions import Feeling
from core.posts.tree import Action, Block, Divider, Facts, ListBlock, Post, Quote, Span, Spans

#: what people react with wherever the platform lets them choose any emoji
SIGNS: Final[Mapping[Feeling, str]] = {
    Feeling.BOOKMARK: "🔖",
    Feeling.MORE: "👍",
    Feeling.LESS: "👎",
    Feeling.DONE: "✅",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """The words of one platform."""

    #: a command's name and its arguments, as people type them there
    command: Callable[[str, str], str] = render
    #: the same in a paper's thread, or in reply to its message; None where they are typed as anywhere
    command_at_paper: Callable[[str, str], str] | None = None
    signs: Mapping[Feeling, str] = field(default_factory=lambda: SIGNS)
    #: what people are called, by `UserRef` written out; the platform's own way of showing a person for all others
    names: Mapping[str, str] = field(default_factory=dict)
    #: whether a button can bring a text that would fill the screen; never where the platform folds such texts
    can_unfold: Callable[[Action], bool] = lambda _: False

    def localise(self, post: Post) -> Post:
        """The post and its replies in these words, with a fallback made from its text where it has none."""
        unfold = {block: block.unfold for block in post.blocks if isinstance(block, Quote) and self._folds(block)}
        blocks = tuple(self._block(block) for block in post.blocks if block not in unfold)
        commands = [action for action in (*post.actions, *unfold.values()) if action and not action.url]
        return replace(
            post,
            blocks=blocks,
            actions=(*commands, *(action for action in post.actions if action.url)),
            replies=tuple(self.localise(reply) for reply in post.replies),
            fallback=post.fallback or _first_line(blocks),
        )

    def text(self, spans: Spans) -> str:
        """The text of the spans in these words, without any style."""
        return "".join(span.text for span in self._spans(spans))

    def _folds(self, block: Quote) -> bool:
        return block.unfold is not None and self.can_unfold(block.unfold)

    def _block(self, block: Block) -> Block:
        if isinstance(block, Divider) or not any(map(self._needs_words, spans_of(block))):
            return block
        if isinstance(block, Facts):
            return replace(block, rows=tuple((name, self._spans(spans)) for name, spans in block.rows))
        if isinstance(block, ListBlock):
            return replace(block, items=tuple(self._spans(spans) for spans in block.items))
        return replace(block, spans=self._spans(block.spans))

    def _spans(self, spans: Spans) -> Spans:
        return tuple(self._span(span) for span in spans)

    def _span(self, span: Span) -> Span:
        if span.command:
            typed = (span.at_paper and self.command_at_paper) or self.command
            return Span(text=typed(span.command, span.text), code=True)
        if span.person in self.names:
            return Span(text=self.names[span.person], bold=span.bold)
        return Span(text=self.signs[span.feeling]) if span.feeling else span

    def _needs_words(self, span: Span) -> bool:
        return bool(span.command or span.feeling or span.person in self.names)


def mention(name: str, arguments: str) -> str:
    """A command as words to the bot; a question in a paper's thread needs no command's name."""
    return f"@Paperboy {'' if name == 'ask' else f'{name} '}{arguments}".strip()


def spans_of(block: Block) -> Iterable[Span]:
    """All spans of a block, in order."""
    if isinstance(block, Facts):
        return chain.from_iterable(spans for _, spans in block.rows)
    if isinstance(block, ListBlock):
        return chain.from_iterable(block.items)
    return () if isinstance(block, Divider) else block.spans


def part_of(number: int, parts: int) -> str:
    """What stands below a message that goes on in the next one, and below the last of them."""
    return f"{number}/{parts} · continues below" if number < parts else f"{number}/{parts}"


def _first_line(blocks: tuple[Block, ...]) -> str:
    """The text of the first block that has any; empty where none has."""
    lines = ("".join(span.text for span in block.spans) for block in blocks if hasattr(block, "spans"))
    return next((line for line in lines if line), "")
