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
from core.speech import N_, _

_FOR_ONE: Final = N_(
    "`/subscribe cs.CL` brings you the best new papers of a subject every day; `/subscribe robotics` works too."
)
_FOR_CHANNEL: Final = N_(
    "`/subscribe cs.CL` brings this channel the best new papers of a subject every day; "
    "`/subscribe robotics` works too."
)
_STEPS: Final = (
    N_("`/digest preview` shows you what the next digest would bring."),
    N_("Put :bookmark: on a paper's message to keep it: `/bookmarks` is your reading list."),
)


def overview(commands: Sequence[CommandSpec], *, is_newcomer: bool, is_private: bool) -> Post:
    """All commands by their groups, each with an example; `is_newcomer`: after the three steps to begin with."""
    first = _FOR_ONE if is_private else _FOR_CHANNEL
    steps = tuple(prose(_(step)) for step in (first, *_STEPS))
    begin: tuple[Block, ...] = (
        Heading(level=2, spans=(text(_("Three steps to begin")),)),
        ListBlock(ordered=True, items=steps),
    )
    question = command_at_paper("ask", _("what data was used?"))
    react = _("React with :bookmark: on a paper to put it on your reading list.")
    more = _("More on one command, with examples: `/help search`")
    return Post(
        blocks=(
            *(begin if is_newcomer else ()),
            Heading(level=2, spans=(text(_("What Paperboy answers")),)),
            *(block for group in Group for block in _group(group, [spec for spec in commands if spec.group is group])),
            Note(spans=prose(_("At a paper's message: {question}"), question=question)),
            Note(spans=prose(f"{react} {more}")),
        ),
        audience=Audience.ASKER,
        fallback=_("Paperboy's commands"),
    )


def about(spec: CommandSpec) -> Post:
    """One command with examples, and the settings that it follows."""
    settings = (command("settings", name) for name in spec.settings)
    follows: Spans = tuple(span for setting in settings for span in (text(" · "), setting))[1:]
    return Post(
        blocks=(
            Heading(level=2, spans=(command(spec.name), text(f": {_(spec.does)}"))),
            Paragraph(spans=(command(spec.name, spec.usage),)),
            ListBlock(items=tuple((command(spec.name, example),) for example in spec.examples)),
            *((Note(spans=(text(_("Its settings:")), text(" "), *follows)),) if follows else ()),
        ),
        audience=Audience.ASKER,
    )


def _group(group: Group, commands: Sequence[CommandSpec]) -> tuple[Block, ...]:
    if not commands:
        return ()
    items = tuple(
        (command(spec.name, spec.examples[0] if spec.examples else ""), text(f"  {_(spec.does)}")) for spec in commands
    )
    return (Paragraph(spans=(bold(_(group.value)),)), ListBlock(items=items))
