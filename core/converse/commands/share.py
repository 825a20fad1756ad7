"""The share button under a card that one person alone sees: shows the paper to everybody in the channel."""

from __future__ import annotations

from typing import Final

from core.converse.commands import paper
from core.converse.commands.summary import SHARE
from core.converse.spec import CommandSpec, is_for_everyone

COMMAND: Final = CommandSpec(name=SHARE, answer=paper.answer, audience=is_for_everyone, is_typed=False)
