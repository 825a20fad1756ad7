"""`/paper`: one paper with its summary, by identifier, address, DOI or title."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from core.channels import Depth
from core.converse import completions, replies
from core.converse.command import Command
from core.converse.commands import ask, similar
from core.converse.options import Completion, Option
from core.converse.spec import CommandSpec, Services, is_for_everyone
from core.deliver import card
from core.deliver.makers import language_notes
from core.errors import BadIdentifier, BadSetting, NotFound, SeveralFound, UsageError
from core.papers.identifiers import PaperId, Reference
from core.posts.tree import Post
from core.speech import N_, _
from core.summarise.languages import LANGUAGES, parse_language

#: likeness of a first word to a command's name, of 100, from which the command may have been meant
_NEAR_COMMAND: Final = 80.0


async def answer(services: Services, command: Command) -> Post:
    """The card of the paper that was named, or of the thread's own. Raises UsageError, NotFound, BadSetting."""
    name, language = await _split_language(services, command.arguments)
    if not name and command.paper is None:
        raise UsageError(
            _("Which paper?"), hint=_("Write `/paper 2601.15529`, an address, a DOI, or words of its title.")
        )
    try:
        paper = await services.lookup.paper(name or str(command.paper))
    except SeveralFound as error:
        papers = await services.store.papers_by_id([PaperId.parse(id) for id in error.papers])
        return replies.which_paper(str(error), papers, f" in {language}" if language else "")
    except NotFound as error:
        raise _perhaps_a_command(error, name) from error
    reader = await services.reader(command.place)
    if language:
        reader = replace(reader, language=language)
    is_deep = reader.depth is Depth.FULL and services.summariser.calls is not None
    sections = (await services.read(paper)).sections if is_deep else ()
    result = await services.summariser.summarise_paper(
        paper, language=reader.language, depth=reader.depth, channel=command.place, sections=sections
    )
    post = card.paper(paper, result.summary, await services.store.dossier(paper.id), traits=services.store.traits)
    post = replace(
        post,
        blocks=(*post.blocks, *language_notes(result, reader.language)),
        actions=(*post.actions, similar.button(paper), ask.button(paper)),
    )
    return card.with_saves(post, await services.store.saved_by(command.place, paper.id))


def _perhaps_a_command(error: NotFound, name: str) -> NotFound:
    """The error with the command that the words may have been meant as: `serch graph nets`."""
    from core.converse import grammar  # it knows this file: it lists all commands

    first, _space, remainder = name.partition(" ")
    near = grammar.meant_command(first, least=_NEAR_COMMAND) if remainder and first.isalpha() else ""
    if not near:
        return error
    question = _("Did you mean {command}?", command=f"`/{near}`")
    return NotFound(str(error), hint=f"{question} {error.hint}".strip())


async def _split_language(services: Services, words: str) -> tuple[str, str]:
    """`2601.15529 in German` -> `("2601.15529", "de")`: what names a paper, and a language's tag or nothing.

    Titles end with languages as well, and such a title stays whole. Raises BadSetting where an identifier is followed
    by a language that there is none of.
    """
    name, _in, language = words.strip().rpartition("in ")
    if not language or not (name.endswith(" ") or not name):
        return words, ""
    try:
        tag = parse_language(language).tag
    except BadSetting:
        if _is_identifier(name):
            raise
        return words, ""
    if name and not _is_identifier(name) and await services.lookup.has_title(words):
        return words, ""
    return name.strip(), tag


async def _completions(services: Services, command: Command) -> tuple[Completion, ...]:
    name, _in, language = f" {command.arguments}".rpartition(" in ")
    if name.strip():
        before = f"{name.strip()} in "
        return completions.fitting(((choice.name, choice.name) for choice in LANGUAGES), language, before=before)
    return await completions.papers(services, command)


def _is_identifier(name: str) -> bool:
    try:
        Reference.parse(name)
    except BadIdentifier:
        return False
    return True


COMMAND: Final = CommandSpec(
    name="paper",
    usage="ID|URL|DOI|title [in LANGUAGE]",
    does=N_("one paper with its summary"),
    examples=("2601.15529", "attention is all you need", "2601.15529 in German"),
    settings=("language", "depth"),
    options=(
        Option(
            name="id", does=N_("arXiv id, DOI, address, or words of the title"), is_required=True, is_completed=True
        ),
        Option(name="in", does=N_("Language of the summary, like German"), lead="in ", is_completed=True),
    ),
    completions=_completions,
    answer=answer,
    audience=is_for_everyone,
)
