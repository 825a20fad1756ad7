import gzip
import json
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from bot.cli import cli
from bot.evaluate.daily import Listings, measure, read_listings
from core.choose.profile.features import features_of
from core.errors import UsageError

FIRST_DAY = date(2031, 3, 3)
DAYS = 30
OF_A_DAY = 32
WORDS = ("kettle", "spout", "lid", "handle", "glaze", "clay", "oven", "steam", "cup", "saucer", "tray", "sugar", "milk")


def record(day: date, number: int) -> dict[str, Any]:
    """A paper of an invented day; every eighth is about robots, and those are picked."""
    words = [WORDS[(number * step + day.day) % len(WORDS)] for step in (1, 3, 5, 7)]
    subject = "Robot hands pour" if number % 8 == 0 else "Old recipes for"
    return {
        "id": f"{day:%y%m}.{day.day:02}{number:03}",
        "day": day.isoformat(),
        "title": f"{subject} {' '.join(words[:2])}",
        "summary": f"We study {' '.join(words)} and find {words[0]}.",
        "authors": [f"Author {number % 11}", f"Author {number % 7}"],
        "categories": ["cs.RO" if number % 5 == 0 else "cs.TE"],
        "comment": None,
    }


def year(folder: Path) -> Path:
    """Listings and labels in the shape of the daily protocol."""
    (folder / "arxiv").mkdir()
    labels = ["arxiv_id\tfirst_listed\tprimary\tin_hf\thf_day\thf_upvotes_at_crawl"]
    records = [record(FIRST_DAY + timedelta(days), number) for days in range(DAYS) for number in range(OF_A_DAY)]
    for one in records:
        is_picked = one["title"].startswith("Robot")
        picked_on = (date.fromisoformat(one["day"]) + timedelta(2)).isoformat() if is_picked else ""
        labels.append(f"{one['id']}\t{one['day']}\tcs.TE\t{int(is_picked)}\t{picked_on}\t")
    with gzip.open(folder / "arxiv/arxiv-2031-03.jsonl.gz", "wt", encoding="utf-8") as file:
        file.writelines(f"{json.dumps(one)}\n" for one in records)
    with gzip.open(folder / "labels.tsv.gz", "wt", encoding="utf-8") as file:
        file.write("\n".join(labels) + "\n")
    return folder


@pytest.fixture(scope="module")
def listings(tmp_path_factory: pytest.TempPathFactory) -> Listings:
    return read_listings(year(tmp_path_factory.mktemp("daily")))


def day(number: int) -> date:
    return FIRST_DAY + timedelta(number)


def test_picks_are_found(listings: Listings) -> None:
    """What people always pick comes out on top, and each variant of the ablation has its own figures."""
    measured = measure(listings, test_from=day(22), test_until=day(DAYS - 1), with_ablation=True)
    assert len(measured.days) == DAYS - 22
    means = measured.means()
    assert means["ndcg_at_10"][0] > 0.9
    assert means["auc"][0] > 0.9
    assert set(measured.ablation) >= {"without text", "without authors", "text alone"}


def test_nothing_leaks_from_the_future(listings: Listings) -> None:
    """Other papers and other picks from a day on change no score of that day or of one before it."""
    cut = day(25).toordinal()
    rng = np.random.RandomState(7)
    is_later = listings.shown > cut
    others = [
        replace(paper, title="Something else", abstract="Of another world.", authors=("Nobody",)) if later else paper
        for paper, later in zip(listings.papers, is_later, strict=True)
    ]
    # who was picked on the cut day or later is drawn anew, and what was shown later is picked at random
    invented = np.where(rng.rand(len(is_later)) < 0.5, np.maximum(listings.shown, cut) + 1, 0)
    changed = Listings(
        papers=tuple(others),
        shown=listings.shown,
        known=np.where((listings.known >= cut) | (listings.known == 0), invented, listings.known),
        features=features_of(others),
    )
    before, after = (measure(one, test_from=day(20), test_until=day(DAYS - 1)).scores for one in (listings, changed))
    asked = [paper.id.value for paper, later in zip(listings.papers, is_later, strict=True) if not later]
    known = [id for id in asked if id in before]
    assert len(known) == 6 * OF_A_DAY
    assert [after[id] for id in known] == [before[id] for id in known]
    assert before != after


def test_the_json_of_the_contract(tmp_path: Path) -> None:
    """`paperboy eval ranking --protocol daily --json` gives the days, the three figures and their intervals."""
    days = ["--test-from", day(24).isoformat(), "--test-until", day(26).isoformat()]
    asked = ["eval", "ranking", "--data", str(year(tmp_path)), "--protocol", "daily", *days]
    result = CliRunner().invoke(cli, [*asked, "--json"])
    assert result.exit_code == 0, result.output
    figures = json.loads(result.stdout)
    assert figures["days"] == 3
    for name in ("p_at_10", "ndcg_at_10", "auc"):
        low, high = figures["ci95"][name]
        assert 0 <= low <= figures[name] <= high <= 1
    table = CliRunner().invoke(cli, asked)
    assert table.exit_code == 0
    assert "ndcg_at_10" in table.stdout


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("labels.tsv.gz", b"no gzip"),
        ("labels.tsv.gz", gzip.compress(b"arxiv_id\thf_day\n2601.00001\tsoon\n", mtime=0)),
        ("labels.tsv.gz", gzip.compress(b"arxiv_id\thf_day\n2601.00001\n", mtime=0)),
        ("arxiv/arxiv-2031-03.jsonl.gz", gzip.compress(b'{"id": "2601.00001"}\n', mtime=0)),
        ("arxiv/arxiv-2031-03.jsonl.gz", gzip.compress(b"[1]\n", mtime=0)),
        ("arxiv/arxiv-2031-03.jsonl.gz", gzip.compress(b"nothing\n", mtime=0)),
        ("arxiv/arxiv-2031-03.jsonl.gz", b"no gzip"),
    ],
)
def test_other_data_are_refused(tmp_path: Path, name: str, content: bytes) -> None:
    """A folder with other content is refused with a sentence and a hint."""
    (year(tmp_path) / name).write_bytes(content)
    with pytest.raises(UsageError) as refused:
        read_listings(tmp_path)
    assert refused.value.hint


def test_days_that_cannot_be_measured(listings: Listings, tmp_path: Path) -> None:
    """A folder without listings, and days without papers, are errors that say what is needed."""
    with pytest.raises(UsageError, match="no listings"):
        read_listings(tmp_path)
    with pytest.raises(UsageError, match="can be measured"):
        measure(listings, test_from=date(2040, 1, 1), test_until=date(2040, 1, 2))
