"""Use case: a paper and models -> a summary that passed every check, or the reasons why there is none.

Each model in turn is asked, and asked once more where its answer is not sound, with what is wrong. Then claims that
fail are left out; without a sound gist it is the next model's turn. None of this raises: at last there is no summary,
and the caller uses the extractive one.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from core.channels import Depth
from core.errors import BadAnswer, ModelError
from core.papers.identifiers import PaperId
from core.papers.paper import Evidence, Paper, Summary
from core.summarise import prompts
from core.summarise.answers import read_answer
from core.summarise.checks import is_right_language, judge
from core.summarise.flaws import Failure, Flaw, explain
from core.summarise.fulltext import TextSection
from core.summarise.ports import Completion, LanguageModel, Prompt, Usage
from core.summarise.selection import PARTS
from core.summarise.source import Source, read_source

_log: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One call to a model, and what came of it."""

    #: the model's name
    model: str
    #: True for the second question, which names what was wrong with the first answer
    is_repair: bool = False
    #: what it consumed; None where the call failed
    usage: Usage | None = None
    #: claims in the answer
    claims: int = 0
    #: what was wrong with the answer; empty for a sound one
    failures: tuple[Failure, ...] = ()
    #: why there was no answer
    error: ModelError | None = None

    @property
    def is_sound(self) -> bool:
        """Was nothing wrong?"""
        return not self.failures and self.error is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Writing:
    """What asking models for a summary came to."""

    #: None where no model wrote a sound one
    summary: Summary | None
    #: every call, in order; none where there was nothing to summarise
    attempts: tuple[Attempt, ...] = ()

    @property
    def usages(self) -> tuple[Usage, ...]:
        """What all calls consumed, those whose answers were of no use as well."""
        return tuple(attempt.usage for attempt in self.attempts if attempt.usage)


async def write_summary(
    paper: Paper,
    *,
    language: str,
    depth: Depth,
    models: Sequence[LanguageModel],
    sections: Sequence[TextSection] = (),
) -> Writing:
    """Ask the models in their order for a summary in a language (IETF tag); never raises a ModelError.

    A paper without an abstract and without sections is not asked about: a model could only invent.
    """
    source = await asyncio.to_thread(read_source, paper, sections)
    if not source.letters:
        return Writing(summary=None)
    prompt = prompts.summary_prompt(paper, source.text, language=language, depth=depth)
    question = _Question(paper=paper.id, source=source, language=language, depth=depth)
    attempts: list[Attempt] = []
    for model in models:
        claims = await _ask(model, prompt, question, attempts)
        if "gist" in claims:
            return Writing(summary=_summary(paper, claims, language, depth, model.name), attempts=tuple(attempts))
    return Writing(summary=None, attempts=tuple(attempts))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Question:
    paper: PaperId
    source: Source
    #: IETF tag
    language: str
    depth: Depth


async def _ask(
    model: LanguageModel, prompt: Prompt, question: _Question, attempts: list[Attempt]
) -> Mapping[str, Evidence]:
    """The sound claims of one model after at most two questions; each call is added to the attempts."""
    claims: dict[str, Evidence] = {}
    request = prompt
    for is_repair in (False, True):
        try:
            answer = await model.complete(request)
        except ModelError as error:
            attempts.append(Attempt(model=model.name, is_repair=is_repair, error=error))
            if isinstance(error, BadAnswer) and not is_repair:
                continue
            break
        sound, attempt = await asyncio.to_thread(_review, answer, question)
        claims |= sound
        attempts.append(replace(attempt, model=model.name, is_repair=is_repair))
        if attempt.is_sound:
            break
        flaws = ", ".join(dict.fromkeys(failure.flaw.value for failure in attempt.failures))
        _log.info("The answer of %s about %s is not sound: %s.", model.name, question.paper, flaws)
        faults = list(dict.fromkeys(explain(failure, question.language) for failure in attempt.failures))
        request = prompts.repair_prompt(prompt, answer.text, faults)
    return claims if is_right_language([evidence.claim for evidence in claims.values()], question.language) else {}


def _review(answer: Completion, question: _Question) -> tuple[Mapping[str, Evidence], Attempt]:
    """The sound claims of an answer, and what came of the call."""
    draft = read_answer(answer.text, question.depth, is_cut=answer.is_cut)
    call = Attempt(model=answer.usage.model, usage=answer.usage)
    if isinstance(draft, Flaw):
        return {}, replace(call, failures=(Failure(flaw=Flaw.CUT if answer.is_cut else draft),))
    verdict = judge(draft, question.source, question.language)
    sound, failures = verdict.sound, verdict.failures
    if not is_right_language([claim.text for claim in draft.claims.values()], question.language):
        sound, failures = {}, (*failures, Failure(flaw=Flaw.LANGUAGE))
    if draft.is_cut:
        failures = (*failures, Failure(flaw=Flaw.CUT))
    return sound, replace(call, claims=len(draft.claims), failures=failures)


def _summary(paper: Paper, claims: Mapping[str, Evidence], language: str, depth: Depth, model: str) -> Summary:
    parts = [part for part in PARTS[depth] if part in claims]
    return Summary(
        paper=paper.id,
        version=paper.version,
        language=language,
        evidence=tuple(claims[part] for part in parts),
        made_by=model,
        depth=depth,
        recipe=prompts.recipe(depth),
        **{part: claims[part].claim for part in parts},
    )
