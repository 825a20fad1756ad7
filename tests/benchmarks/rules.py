"""CPU of judging a day's papers by the rules of ten thousand channels, no two of which are alike.

The papers are the last 1,200 of the recorded year; a rule has eight words, phrases and beginnings from titles of that
year, and excludes two. Each channel follows an author. The baseline is what a rule costs at least that reads each paper
by itself: one compiled alternative of its words, searched in each text; measured on some rules, and counted up.
`python -m tests.benchmarks.rules`
"""

from __future__ import annotations

import random
import re
import resource
from collections.abc import Iterator, Sequence
from typing import Final

from core.channels import ChannelRef, Subscription
from core.choose.rules import judging
from core.choose.rules.shelf import Shelf
from core.choose.verdicts import Candidate
from tests.benchmarks.choose import real_candidates
from tests.benchmarks.figures import Row, cpu_s, show

PAPERS = 1_200
CHANNELS = 10_000
#: rules that the baseline reads papers by
_SAMPLED: Final = 20
#: CPU seconds for all channels together
LIMIT_S = 60.0
_WORD: Final = re.compile(r"[a-z]{5,}")


def run(channels: int = CHANNELS) -> list[Row]:
    """Measure; needs ../shared. Ratios are to the first row, the baseline."""
    candidates = real_candidates(PAPERS)
    readers = list(subscriptions(candidates, channels))
    baseline = cpu_s(lambda: [read_all(candidates, one) for one in readers[:_SAMPLED]])[0] * channels / _SAMPLED
    before_mb = _peak_mb()
    shelf = Shelf()
    shelved_s, _ = cpu_s(lambda: judging.judge_all(candidates, readers[0], shelf=shelf))
    judged_s, counts = cpu_s(lambda: [judge(candidates, one, shelf) for one in readers])
    kept, dropped = sum(counts) / len(counts), judging.judge_all(candidates, readers[0], shelf=shelf).dropped
    told_s, _ = cpu_s(lambda: list(dropped))
    name = f"{channels:,} rules over {PAPERS:,} papers, {kept:.0f} kept on average"
    return [
        Row(f"an alternative of each rule's words, searched in {PAPERS:,} papers", baseline, "s CPU", None),
        Row(name, judged_s, "s CPU", judged_s / baseline),
        Row("of this, the day's papers on the shelf and the first rule", shelved_s, "s CPU", shelved_s / baseline),
        Row("why one paper was dropped, where it is asked", told_s / len(dropped) * 1e6, "µs CPU", None),
        Row("memory that it took", _peak_mb() - before_mb, "MB", None),
    ]


def subscriptions(candidates: Sequence[Candidate], count: int) -> Iterator[Subscription]:
    """Channels with rules that differ, the same ones each time."""
    chance = random.Random(0)
    titles = [words for one in candidates if len(words := _WORD.findall(one.paper.title.lower())) > 3]
    authors = [name for one in candidates for name in one.paper.authors[:1]]
    for number in range(count):
        words = [chance.choice(chance.choice(titles)) for _ in range(6)]
        phrases = [" ".join(title[:2]) for title in chance.choices(titles, k=3)]
        parts = [*words[:4], *(f'"{phrase}"' for phrase in phrases), f"{words[4][:5]}*"]
        yield Subscription(
            channel=ChannelRef("slack", "T1", f"C{number}"),
            rule=f'({" OR ".join(parts)}) AND NOT {words[5]} -"{words[0]} survey"',
            categories=(("cs",), ("cs.CL", "cs.LG"), ("cs.CV", "cs.RO"))[number % 3],
            authors=(chance.choice(authors),),
        )


def judge(candidates: Sequence[Candidate], reader: Subscription, shelf: Shelf) -> int:
    """How many papers a channel keeps, each with its reasons."""
    return len(judging.judge_all(candidates, reader, shelf=shelf).kept)


def read_all(candidates: Sequence[Candidate], reader: Subscription) -> int:
    """The baseline: search the rule's words in each text, without stems and without reasons."""
    words = re.findall(r"[a-z]{3,}(?: [a-z]{3,})?", reader.rule)
    pattern = re.compile("|".join(rf"\b{word}" for word in words))
    return sum(bool(pattern.search(f"{one.paper.title} {one.paper.abstract}".lower())) for one in candidates)


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Show the figures."""
    show(f"Rules of {CHANNELS:,} channels (limit: {LIMIT_S:.0f} s)", run())


if __name__ == "__main__":
    main()
