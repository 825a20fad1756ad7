"""What `/help` says: three steps for who begins, all commands by what they are for, and one command in full. Pure.

Commands are spans, so that each platform shows them, and their examples, as one types them there.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from core.converse.spec import CommandSpec, Group
from core.posts.tree import (
    Audience,
    Block,
    Heading,
    ListBlock,
    Note,
    Paragraph,
    Post,
    Spans,
    bold,
    command,
    command_at_paper,
    prose,
    text,
)

_QUESTION: Final = "what data was used?"
_MORE: Final = "More on one, with examples: `/help search`"
_STEPS: Final = (
    "`/subscribe cs.CL` brings {whom} the best new papers of a subject every day; `/subscribe robotics` works too.",
    "`/digest preview` shows you what the next digest would bring.",
    "Put :bookmark: on a paper's message to keep it: `/bookmarks` is your reading list.",
)


def overview(commands: Sequence[CommandSpec], *, is_newcomer: bool, is_private: bool) -> Post:
    """All commands by their groups, each with an example; `is_newcomer`: after the three steps to begin with."""
    whom = "you" if is_private else "this channel"
    steps = tuple(prose(step.format(whom=whom)) for step in _STEPS)
    begin: tuple[Block, ...] = (
        Heading(level=2, spans=(text("Three steps to begin"),)),
        ListBlock(ordered=True, items=steps),
    )
    return Post(
        blocks=(
            *(begin if is_newcomer else ()),
            Heading(level=2, spans=(text("What Paperboy answers"),)),
            *(block for group in Group for block in _group(group, [one for one in commands if one.group is group])),
            Note(spans=(text("At a paper's message: "), command_at_paper("ask", _QUESTION))),
            Note(spans=prose(f"React with :bookmark: on a paper to put it on your reading list. {_MORE}")),
        ),
        audience=Audience.ASKER,
        fallback="Paperboy's commands",
    )


def about(spec: CommandSpec) -> Post:
    """One command with examples, and the settings that it follows."""
    settings = (command("settings", name) for name in spec.settings)
    follows: Spans = tuple(span for one in settings for span in (text(" "), one))
    return Post(
        blocks=(
            Heading(level=2, spans=(command(spec.name), text(f": {spec.does}"))),
            Paragraph(spans=(command(spec.name, spec.usage),)),
            ListBlock(items=tuple((command(spec.name, example),) for example in spec.examples)),
            *((Note(spans=(text("Its settings:"), *follows)),) if follows else ()),
        ),
        audience=Audience.ASKER,
    )


def _group(group: Group, commands: Sequence[CommandSpec]) -> tuple[Block, ...]:
    if not commands:
        return ()
    items = tuple(
        (command(one.name, one.examples[0] if one.examples else ""), text(f"  {one.does}")) for one in commands
    )
    return (Paragraph(spans=(bold(group.value),)), ListBlock(items=items))
