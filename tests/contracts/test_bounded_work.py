"""No text of a paper or a person costs work without a bound: eight times the text is nowhere near 64 times the work.

The functions are found, not listed: every public one that begins with a text takes part, and those that take papers,
posts or terms are named below. Sizes are compared with one another, never with a clock on the wall.
"""

from __future__ import annotations

import inspect
import io
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from time import thread_time
from types import ModuleType
from typing import Any, Final

import pytest
from rich.console import Console

from adapters.chat.discord.render import plan as plan_for_discord
from adapters.chat.slack.plan import plan as plan_for_slack
from adapters.chat.telegram.plan import plan as plan_for_telegram
from adapters.chat.terminal.render import render as render_in_terminal
from adapters.sources.entries import Unreadable
from adapters.sources.fulltext.parts import NotAPaper, NoText
from bot.origins import SOURCES
from core.channels import ChannelRef, Subscription
from core.choose.interest import weighing
from core.choose.rules import judging
from core.converse import replies
from core.deliver import card, pages
from core.errors import PaperboyError
from core.papers import events
from core.papers.identity import likeness, matching, recognition
from core.papers.paper import Paper
from core.papers.passages import passage
from core.papers.search import Term, parse_query
from core.posts.tree import Facts, Heading, ListBlock, Note, Paragraph, Post, Quote, bold, code, link, text
from core.summarise import extract
from core.text import formulas
from storage.search.expressions import filter_expression, usable, words_expression
from tests.fakes.papers import DAY, a_paper
from tests.soak import IS_SOAK

Work = Callable[[str], object]

#: characters of the longer text; longer ones than those of soak are cut at the store's door
LONG: Final = 8_000 if IS_SOAK else 4_000
TIMES: Final = 8
#: work that grows with the square of the text would be 64 times as much
MOST_TIMES: Final = 4 * TIMES
#: whoever seems to do no more than this needs no second look: busy machines err by far less than the rest
SURELY_TIMES: Final = 2 * TIMES
#: seconds of CPU that no work on the longer text needs which grows with its square
SHORT_WORK_S: Final = 0.03 if IS_SOAK else 0.01

#: each is repeated to the length
PATTERNS: Final = (
    *(
        "word ",
        "a b c d ",
        "a",
        "A",
        "Ab ",
        "Z. ",
        "a,",
        "1",
        "1. ",
        " ",
        "\n",
        " \n",
        "a\n",
        "\r\n",
        "\t",
        "\\",
        "\\a",
    ),
    *("$", "$a", "$x$ ", "\\(", "{", "}", "\\textbf{", "\\' ", "^\\circ ", "(", "[", "[a](", "<", "<p", "<a href='"),
    *("<!--", "&amp;", '"', "`", "``", "*", "_", "~", "-", "---", "> ", "http://a.b/", "10.1/", "in:", "to this "),
    *("\u0301", "a\u0301", "语", "。", "\U0001f600", "\u202e", "\x1b[31m", "\ud800", "ﷺ"),
)
NESTED: Final = ("{}", "()", "[]")

#: parameters that no text of others reaches
OURS: Final = {"encoding": "ascii", "charset": "utf-8", "base": "", "name": "paperboy", "date": "", "limit": 300}
#: public functions on texts that are no texts of others, or are short
EXEMPT: Final = {
    "core.text.patterns.exact": "`judging.parse` takes no word or phrase of more than 2,000 characters",
    "core.text.patterns.phrase": "`judging.parse` takes no word or phrase of more than 2,000 characters",
    "core.text.patterns.any_form": "`judging.parse` takes no word or phrase of more than 2,000 characters",
    "core.deliver.due.day_end": "takes the name of a time zone, which `parse_zone` has checked",
    "storage.search.expressions.completions": "`usable` takes no word of more than 64 letters",
    "storage.deliveries.decision_rows.reasons_of": "reads what `reasons_text` wrote",
    "storage.rows.strings": "reads what `list_text` wrote",
    "storage.rows.ids": "reads what `ids_text` wrote",
    "core.speech.plural": "takes sentences of ours",
    "adapters.sources.sample.parse": "reads our own file",
}

PAPER: Final = a_paper()
READER: Final = Subscription(
    channel=ChannelRef("slack", "T1", "C1"), rule='"a b" OR word* OR title:graph OR author:"A B"', authors=("Ann Lee",)
)
TERMS: Final = (Term(words=("a",)), Term(words=("word",)), Term(words=("b", "c")), Term(words=("w",), prefix=True))


def _paper(said: str) -> Paper:
    return replace(PAPER, title=said, abstract=said, authors=(said,), comment=said, journal=said, categories=(said,))


def _post(long: str) -> Post:
    said = long[: len(long) // 4]  # it stands in the post a dozen times
    spans = (text(said), bold(said), code(said), link(said, f"https://a.b/{said}"))
    return Post(
        blocks=(
            Heading(spans=(text(said),)),
            Paragraph(spans=spans),
            Quote(spans=(text(said),)),
            Note(spans=spans),
            Facts(rows=((said, (text(said),)),)),
            ListBlock(items=((text(said),),)),
        ),
        fallback=said,
    )


def _search(said: str) -> object:
    query = parse_query(said, today=DAY)
    return words_expression(usable(query.terms)), filter_expression(query)


def _composed(said: str) -> Post:
    paper = _paper(said)
    return card.paper(paper, replace(extract.summarise(PAPER), gist=said, motivation=said), traits=SOURCES)


WORK: Final[dict[str, Work]] = {
    "core.text.formulas.script": lambda said: formulas.script("^", said),
    "passage": lambda said: passage(said, TERMS),
    "search": _search,
    "summarise": lambda said: extract.summarise(_paper(said)),
    "judge": lambda said: judging.judge_for(READER)(_paper(said)),
    "interest of a paper": lambda said: weighing.weigh("word graph a b c d", [_paper(said)]),
    "title_key": lambda said: matching.title_key(_paper(said)),
    "is_same": lambda said: matching.is_same(_paper(said), _paper(f"{said}x")),
    "recognise": lambda said: recognition.recognise(said, [_paper(said), PAPER]),
    "likelihood": lambda said: likeness.likelihood(_paper(said), _paper(f"{said}x")),
    "is_withdrawn": lambda said: events.is_withdrawn(_paper(said)),
    "compose.paper": _composed,
    "replies.why": lambda said: replies.why(said, [(said, True, said)], is_posted=True),
    "read_note": lambda said: pages.read_note(said, "paperboy"),
    "slack": lambda said: plan_for_slack(_post(said), key="k"),
    "discord": lambda said: plan_for_discord(ChannelRef("discord", "1", "2"), _post(said), key="k"),
    "telegram": lambda said: plan_for_telegram(_post(said), key="k"),
    "terminal": lambda said: render_in_terminal(_post(said), Console(file=io.StringIO(), width=80)),
}


def _modules() -> Iterator[ModuleType]:
    root = Path(__file__).parents[2]
    for folder in ("core", "storage", "adapters"):
        for file in sorted((root / folder).rglob("*.py")):
            if "migrations" not in file.parts and file.stem != "__init__":
                yield import_module(".".join(file.relative_to(root).with_suffix("").parts))


def _work_on_text(function: Callable[..., Any]) -> Work | None:
    """Calls a function with a text in every place for a text; None for one that begins with something else."""
    wanted = [
        one
        for one in inspect.signature(function).parameters.values()
        if one.default is one.empty and one.kind not in (one.VAR_POSITIONAL, one.VAR_KEYWORD)
    ]
    kinds = [str(one.annotation) for one in wanted]
    if not kinds or kinds[0] not in ("str", "object", "bytes") or not {*kinds} <= _VALUES.keys():
        return None

    def work(said: str) -> object:
        values = {one.name: OURS.get(one.name, _VALUES[str(one.annotation)](said)) for one in wanted}
        keywords = {one.name: values.pop(one.name) for one in wanted if one.kind is one.KEYWORD_ONLY}
        found = function(*values.values(), **keywords)
        return list(found) if inspect.isgenerator(found) else found

    return work


_VALUES: Final[dict[str, Callable[[str], object]]] = {
    "str": lambda said: said,
    "object": lambda said: said,
    "bytes": lambda said: said.encode("utf-8", "replace"),
    "date": lambda _: DAY,
    "date | None": lambda _: DAY,
    "int": lambda _: 300,
    "bool": lambda _: True,
    "Sequence[str]": lambda said: (said,),
    "Iterable[str]": lambda said: (said,),
}


def _found() -> dict[str, Work]:
    found: dict[str, Work] = {}
    for module in _modules():
        for name, value in vars(module).items():
            full = f"{module.__name__}.{name}"
            if name.startswith("_") or full in EXEMPT or getattr(value, "__module__", "") != module.__name__:
                continue
            function = inspect.unwrap(value) if callable(value) else value
            if inspect.isfunction(function) and not inspect.iscoroutinefunction(function):
                found |= {full: work} if (work := _work_on_text(function)) else {}
    return found


FUNCTIONS: Final = _found() | WORK


def _texts(size: int) -> Iterator[tuple[str, str]]:
    for pattern in PATTERNS:
        yield pattern, (pattern * (size // len(pattern) + 1))[:size]
    for left, right in NESTED:
        yield f"{left}{left}{right}{right}", left * (size // 2) + right * (size // 2)


def _cpu_s(work: Work, said: str) -> float:
    began = thread_time()
    with suppress(PaperboyError, ValueError, Unreadable, NotAPaper, NoText):
        work(said)
    return thread_time() - began


@pytest.mark.parametrize("name", FUNCTIONS)
def test_work_grows_with_the_text(name: str) -> None:
    """Eight times the text is nowhere near 64 times the work, whatever the text is made of."""
    work = FUNCTIONS[name]
    shorter = dict(_texts(LONG // TIMES))
    for pattern, longer in _texts(LONG):
        took_s = _cpu_s(work, longer)
        if took_s <= SHORT_WORK_S or took_s <= SURELY_TIMES * _cpu_s(work, shorter[pattern]):
            continue
        # Another text each time, so that no cache answers; the best of each, so that no busy machine does.
        least_s = min(_cpu_s(work, f"{shorter[pattern]}{mark}") for mark in "xyz")
        took_s = min(took_s, *(_cpu_s(work, f"{longer}{mark}") for mark in "xy"))
        assert took_s <= MOST_TIMES * least_s, f"{name} on {pattern!r}: {took_s / least_s:.0f} times the work"


def test_the_sweep_sees_the_functions_on_texts() -> None:
    """The sweep finds functions in every layer, and its exemptions are functions that exist."""
    assert {
        "core.text.readable.readable",
        "adapters.sources.markup.visible",
        "core.papers.passages.stem",
    } <= FUNCTIONS.keys()
    for full in EXEMPT:
        module, _, name = full.rpartition(".")
        assert callable(getattr(import_module(module), name))
