"""A platform's own words: how a command is typed there, and which emoji people can react with.

Core writes commands and reaction signs as spans of their own; each platform puts its words in their place before it
renders a post. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from core.converse.grammar import render
from core.posts.signs import Signs, shown_signs, spelled_out
from core.posts.tree import Action, Block, Divider, Facts, ListBlock, Post, Quote, Span, Spans, spans_of
from core.speech import _


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """The words of one platform."""

    #: a command's name and its arguments, as people type them there
    command: Callable[[str, str], str] = render
    #: the same in a paper's thread, or in reply to its message; None where they are typed as anywhere
    command_at_paper: Callable[[str, str], str] | None = None
    #: whose usual signs are shown where the channel chose none
    platform: str = ""
    #: what people are called, by `UserRef` written out; the platform's own way of showing a person for all others
    names: Mapping[str, str] = field(default_factory=dict)
    #: whether a button can bring a text that would fill the screen; never where the platform folds such texts
    can_unfold: Callable[[Action], bool] = lambda _: False

    def localise(self, post: Post) -> Post:
        """The post and its replies in these words, with a fallback made from its text where it has none.

        All of them have the signs of the channel that the post is for.
        """
        unfold = {block: block.unfold for block in post.blocks if isinstance(block, Quote) and self._folds(block)}
        blocks = tuple(self._block(block, post.signs) for block in post.blocks if block not in unfold)
        commands = [action for action in (*post.actions, *unfold.values()) if action and not action.url]
        return replace(
            post,
            blocks=blocks,
            actions=(*commands, *(action for action in post.actions if action.url)),
            replies=tuple(self.localise(replace(reply, signs=post.signs)) for reply in post.replies),
            fallback=post.fallback or _first_line(blocks),
        )

    def _folds(self, block: Quote) -> bool:
        return block.unfold is not None and self.can_unfold(block.unfold)

    def _block(self, block: Block, signs: Signs) -> Block:
        if isinstance(block, Divider) or not any(map(self._needs_words, spans_of(block))):
            return block
        if isinstance(block, Facts):
            return replace(block, rows=tuple((name, self._spans(spans, signs)) for name, spans in block.rows))
        if isinstance(block, ListBlock):
            return replace(block, items=tuple(self._spans(spans, signs) for spans in block.items))
        return replace(block, spans=self._spans(block.spans, signs))

    def _spans(self, spans: Spans, signs: Signs) -> Spans:
        return tuple(self._span(span, signs) for span in spans)

    def _span(self, span: Span, signs: Signs) -> Span:
        if span.command:
            write_command = (span.at_paper and self.command_at_paper) or self.command
            return Span(text=write_command(span.command, span.text), code=True)
        if span.person in self.names:
            return Span(text=self.names[span.person], bold=span.bold)
        if span.feeling and not span.text:
            return replace(span, text=shown_signs(span.feeling, self.platform, signs)[0])
        return span

    def _needs_words(self, span: Span) -> bool:
        return bool(span.command or span.feeling or span.person in self.names)


def mention(name: str, arguments: str) -> str:
    """A command as words to the bot; a question in a paper's thread needs no command's name."""
    return f"@Paperboy {'' if name == 'ask' else f'{name} '}{arguments}".strip()


def part_of(number: int, parts: int) -> str:
    """The line below each message of a post that takes several: `2/3`, and that it continues below."""
    at = f"{number}/{parts}"
    return _("{page} · continues below", page=at) if number < parts else at


def _first_line(blocks: tuple[Block, ...]) -> str:
    """The text of the first block that has any; empty where none has."""
    lines = ("".join(map(plain_text, block.spans)) for block in blocks if hasattr(block, "spans"))
    return next((line for line in lines if line), "")


def plain_text(span: Span) -> str:
    """The text of a span where nothing but characters can be shown."""
    return spelled_out(span.text) if span.feeling else span.text
