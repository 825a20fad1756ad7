"""A language model whose answers a test lays out beforehand."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import replace

from core.summarise.ports import Completion, LanguageModel, Prompt, Usage

#: what it answers: a text, JSON to write out, a whole completion, an error to raise, or a function of the prompt
Answer = str | Mapping[str, object] | Completion | Exception | Callable[[Prompt], "str | Mapping[str, object]"]
#: what a call costs, unless a test says otherwise
USAGE = Usage(model="", input_tokens=400, cached_tokens=0, output_tokens=100, cost_usd=0.001)


class FakeModel(LanguageModel):
    """Gives the answers of its script one after another, the last one for ever; `{}` where there are none."""

    def __init__(
        self, *answers: Answer, name: str = "fake/scripted", usage: Usage = USAGE, takes_s: float = 0.0
    ) -> None:
        self._name = name
        self._answers: list[Answer] = list(answers)
        self._usage = replace(usage, model=name)
        #: seconds before every answer
        self.takes_s = takes_s
        #: every prompt, in the order asked
        self.prompts: list[Prompt] = []
        #: calls under way, and the most there ever were at once
        self.in_flight = 0
        self.most_in_flight = 0

    @property
    def name(self) -> str:
        return self._name

    def answers(self, *answers: Answer) -> None:
        """From now on, these."""
        self._answers = list(answers)

    def fails_with(self, error: Exception) -> None:
        """From now on, nothing but this."""
        self._answers = [error]

    async def complete(self, prompt: Prompt) -> Completion:
        self.prompts.append(prompt)
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            await asyncio.sleep(self.takes_s)
            return self._completion(prompt)
        finally:
            self.in_flight -= 1

    def _completion(self, prompt: Prompt) -> Completion:
        answer: Answer = {}
        if self._answers:
            answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, Completion):
            return answer
        text = answer(prompt) if callable(answer) else answer
        return Completion(text=text if isinstance(text, str) else json.dumps(text), usage=self._usage)
