"""`/ask`: a question about a paper, in whose thread it needs no name; answered from the text with quoted passages."""

from __future__ import annotations

import re
from typing import Final

from core.converse import answers, completions
from core.converse.command import Command, Origin
from core.converse.options import Option
from core.converse.spec import CommandSpec, Services, is_for_everyone
from core.deliver import compose
from core.errors import BadIdentifier, UsageError
from core.papers.identifiers import Reference
from core.papers.paper import Paper
from core.posts.tree import Action, Post, prose
from core.posts.tree import command as command_span
from core.speech import N_, _
from core.summarise.answering import Answer, answer_question

NAME: Final = "ask"
#: a paper's number in a list of several
_NUMBER: Final = re.compile(r"[\[#]?([0-9]{1,2})[\].:,]?")


async def answer(services: Services, command: Command) -> Post:
    """The answer, or the question which of several papers is meant. Raises UsageError, NotFound."""
    name, question = read_question(command)
    if not question and name and command.origin is Origin.BUTTON:
        example = command_span(NAME, _("{paper} what data was used?", paper=name))
        return compose.say(prose(_("Ask in a reply to this paper, or write {example}"), example=example))
    if not question:
        raise UsageError(_("What do you want to know?"), hint=_("For example: `/ask 2601.15529 what data was used?`"))
    if not name:
        if not command.papers:
            raise UsageError(
                _("Which paper?"),
                hint=_("Ask in a paper's thread, or name the paper: `/ask 2601.15529 what data was used?`"),
            )
        return answers.which_paper(await services.store.papers_by_id(command.papers))
    return answers.answer_post(await ask(services, await services.lookup.paper(name), question, command))


async def ask(services: Services, paper: Paper, question: str, command: Command) -> Answer:
    """Read the paper and answer in the language of the channel."""
    reader = await services.reader(command.place)
    return await answer_question(
        question,
        await services.read(paper),
        language=reader.language,
        calls=services.summariser.calls,
        channel=command.place,
    )


def read_question(command: Command) -> tuple[str, str]:
    """Returns what names the paper, empty where nothing does, and the question.

    `2601.15529 what data?` names it; `2 what data?` does at a list of papers; otherwise it is the thread's own.
    """
    first, _space, question = command.arguments.partition(" ")
    number = _NUMBER.fullmatch(first)
    if number and len(command.papers) > 1 and 0 < int(number[1]) <= len(command.papers):
        return str(command.papers[int(number[1]) - 1]), question.strip()
    try:
        return str(Reference.parse(first).id), question.strip()
    except BadIdentifier:
        return str(command.paper or ""), command.arguments.strip()


def button(paper: Paper) -> Action:
    """The button that tells how to ask about a paper."""
    return Action(name=NAME, label=_("Ask"), arguments=str(paper.id))


COMMAND: Final = CommandSpec(
    name=NAME,
    usage="[ID] QUESTION",
    does=N_("a question about a paper, answered from its text; in its thread without ID"),
    examples=("2601.15529 what data was used?", "what does figure 2 show?"),
    settings=("language",),
    options=(
        Option(name="paper", does=N_("Which one; in a paper's thread that one unless given"), is_completed=True),
        Option(name="question", does=N_("What do you want to know? It is answered from the text"), is_required=True),
    ),
    completions=completions.papers,
    answer=answer,
    other_words={"question": "ask"},
    audience=is_for_everyone,
)
