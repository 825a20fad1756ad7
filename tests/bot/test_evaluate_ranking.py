import gzip
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from bot.cli import cli
from bot.evaluate.daily import CHANNEL_MEMORY, Listings, figures_of, judge_days, measure, read_listings
from core.choose.profile.examples import examples_of
from core.choose.profile.features import background_of, features_of, weigh_terms
from core.choose.profile.field import field_of
from core.choose.profile.learn import learn
from core.choose.profile.opinions import Lessons, form_opinions
from core.choose.profile.profile import read_profile, write_profile
from core.choose.profile.score import score
from core.choose.profile.signs import Sign, SignKind
from core.errors import UsageError

FIRST_DAY = date(2031, 3, 3)
DAYS = 30
OF_A_DAY = 32
WEEK = timedelta(7)
WRONG_TYPES = (
    b'{"id": "1", "day": "2031-03-03", "title": "A", "summary": "B", "authors": "C, D", "categories": ["cs.TE"]}'
)
WORDS = ("kettle", "spout", "lid", "handle", "glaze", "clay", "oven", "steam", "cup", "saucer", "tray", "sugar", "milk")


def packed(content: bytes) -> bytes:
    """Gzip without the hour, which would be in the name of the test."""
    return gzip.compress(content, mtime=0)


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


def year(folder: Path, until: date = date.max) -> Path:
    """Listings and labels in the shape of the daily protocol, as far as they are known on some day."""
    labels = []
    records = [record(FIRST_DAY + timedelta(days), number) for days in range(DAYS) for number in range(OF_A_DAY)]
    records = [one for one in records if one["day"] <= until.isoformat()]
    for one in records:
        picked_on = (date.fromisoformat(one["day"]) + timedelta(2)).isoformat()
        is_known = one["title"].startswith("Robot") and picked_on < until.isoformat()
        labels.append(f"{one['id']}\t{one['day']}\tcs.TE\t{int(is_known)}\t{picked_on if is_known else ''}\t")
    return write(folder, records, labels)


def write(folder: Path, records: Sequence[dict[str, Any]], labels: Sequence[str], **form: str) -> Path:
    """The files; `columns` and `end` of the labels' lines can be others."""
    (folder / "arxiv").mkdir()
    columns = form.get("columns", "arxiv_id\tfirst_listed\tprimary\tin_hf\thf_day\thf_upvotes_at_crawl")
    with gzip.open(folder / "arxiv/arxiv-2031-03.jsonl.gz", "wt", encoding="utf-8") as file:
        file.writelines(f"{json.dumps(one)}\n" for one in records)
    with gzip.open(folder / "labels.tsv.gz", "wt", encoding="utf-8", newline="") as file:
        file.write("".join(f"{line}{form.get('end', chr(10))}" for line in (columns, *labels)))
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
    assert set(measured.ablation) >= {"without text", "without authors", "text alone", CHANNEL_MEMORY}


def scores(listings: Listings, first: date, last: date) -> dict[str, bytes]:
    """What each paper of some days got, exactly."""
    return {
        listings.papers[row].id.value: value.tobytes()
        for judged in judge_days(listings, test_from=first, test_until=last)
        for row, value in zip(judged.rows, judged.scores[""], strict=True)
    }


def test_nothing_leaks_from_the_future(listings: Listings) -> None:
    """Other papers and other picks from a day on change no score of that day or of one before it."""
    cut = day(25).toordinal()
    rng = np.random.RandomState(7)
    is_later = listings.listing_days > cut
    others = [
        replace(paper, title="Something else", abstract="Of another world.", authors=("Nobody",)) if later else paper
        for paper, later in zip(listings.papers, is_later, strict=True)
    ]
    # who was picked on the cut day or later is drawn anew, and what was shown later is picked at random
    invented = np.where(rng.rand(len(is_later)) < 0.5, np.maximum(listings.listing_days, cut) + 1, 0)
    changed = Listings(
        papers=tuple(others),
        listing_days=listings.listing_days,
        pick_days=np.where((listings.pick_days >= cut) | (listings.pick_days == 0), invented, listings.pick_days),
        features=features_of(others),
    )
    before, after = (scores(one, day(20), day(DAYS - 1)) for one in (listings, changed))
    asked = [paper.id.value for paper, later in zip(listings.papers, is_later, strict=True) if not later]
    known = [id for id in asked if id in before]
    assert len(known) == 6 * OF_A_DAY
    assert [after[id] for id in known] == [before[id] for id in known]
    assert before != after


@pytest.mark.parametrize("number", [0, 3, 24])
def test_the_past_alone_decides(listings: Listings, tmp_path: Path, number: int) -> None:
    """A folder that ends with a test day, and has no label that became known on it, gives the same scores."""
    cut = day(number)
    folder = year(tmp_path, until=cut)
    found = scores(listings, cut, cut)
    assert len(found) == OF_A_DAY
    assert scores(read_listings(folder), cut, cut) == found


def test_the_service_learns_the_same(listings: Listings) -> None:
    """The profile that a channel's signs make is the one that the evaluation's `learn` and `score` make of them."""
    rows = np.flatnonzero(listings.listing_days <= day(4).toordinal())
    papers = [listings.papers[row] for row in rows]
    new = [listings.papers[row] for row in np.flatnonzero(listings.listing_days == day(5).toordinal())]
    now = datetime(2031, 3, 12, 9, tzinfo=UTC)
    saved, posted = (SignKind.SAVED, "U", now), (SignKind.POSTED, "", now - WEEK)
    signs = [
        Sign(paper=paper.id, kind=kind, person=person, at=at)
        for paper, known in zip(papers, listings.pick_days[rows].tolist(), strict=True)
        for kind, person, at in (saved if known else posted,)
    ]
    lesson = form_opinions(Lessons(signs=signs, examples=papers), new, None)
    field, features = field_of(new, papers), features_of(papers)
    examples = examples_of(signs, [paper.id for paper in papers], at=now)
    texts = weigh_terms(features, background_of(features, np.arange(len(papers))))
    profile = learn(examples, features, texts, until=now.date())
    stored = read_profile(lesson.profile.value)
    assert stored
    assert write_profile(replace(stored, liked_terms=(), disliked_terms=())) == write_profile(profile)
    expected = score(profile, field.features, field.texts).total
    values = [lesson.opinions[paper.id].value for paper in new]
    assert np.argsort(values, kind="stable").tolist() == np.argsort(expected, kind="stable").tolist()


def test_the_figures_are_those_of_the_books() -> None:
    """Area under the curve and nDCG are as scikit-learn has them, on lists of any length."""
    from sklearn.metrics import ndcg_score, roc_auc_score  # here, because every worker reads this file

    rng = np.random.RandomState(3)
    for count in (30, 31, 200):
        values = rng.permutation(count).astype(np.float32)
        picked = (rng.rand(count) < 0.1).astype(int)
        picked[rng.randint(count)] = 1
        precision, ndcg, auc = figures_of(values, picked)
        assert precision == picked[np.argsort(-values)[:10]].mean()
        assert ndcg == pytest.approx(ndcg_score([picked], [values], k=10))
        assert auc == pytest.approx(roc_auc_score(picked, values))


def test_days_that_are_left_out(tmp_path: Path) -> None:
    """Days with 29 papers or without a pick are left out; the first day of all is measured, and so is one of 30."""
    records = [record(day(it), number) for it, size in enumerate((32, 29, 30, 31)) for number in range(size)]
    picks = [one for one in records if one["title"].startswith("Robot") and one["day"] != day(3).isoformat()]
    write(tmp_path, records, [f"{one['id']}\t1\t{one['day']}" for one in picks], columns="arxiv_id\tin_hf\thf_day")
    measured = measure(read_listings(tmp_path), test_from=day(0), test_until=day(9))
    assert measured.days == (day(0), day(2))


def test_odd_data_are_measured(tmp_path: Path) -> None:
    """Labels that lack or come twice, unknown days, papers listed twice, nulls, blank lines: all are read."""
    records = [record(day(it), number) for it in range(4) for number in range(OF_A_DAY)]
    first, second = (dict(records[n]) for n in (0, 1))
    odd = [
        first | {"day": day(2).isoformat(), "title": "Listed again"},
        second | {"id": "x", "comment": None, "summary": None, "authors": [], "categories": []},
        second | {"id": "y", "title": "标题 \ud800", "authors": ["A"] * 3_000, "more": {}},
    ]
    labels = [
        f"{records[0]['id']}\t1\t",
        f"{records[40]['id']}\t1\t{day(1)}",
        f"{records[40]['id']}\t1\t{day(2)}",
        "z\t0\t",
    ]
    write(tmp_path, [*records, *odd], [*labels, ""], columns="arxiv_id\tin_hf\thf_day", end="\r\n")
    found = read_listings(tmp_path)
    assert len(found.papers) == 4 * OF_A_DAY + 2
    assert (found.pick_days > 0).sum() == 2
    assert found.pick_days.max() == date.max.toordinal()
    assert measure(found, test_from=day(0), test_until=day(3)).days == (day(0), day(1))


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
        ("labels.tsv.gz", packed(b"arxiv_id\thf_day\n2601.00001\tsoon\n")),
        ("labels.tsv.gz", packed(b"arxiv_id\thf_day\n2601.00001\n")),
        ("arxiv/arxiv-2031-03.jsonl.gz", packed(b'{"id": "2601.00001"}\n')),
        ("arxiv/arxiv-2031-03.jsonl.gz", packed(b"[1]\n")),
        ("arxiv/arxiv-2031-03.jsonl.gz", packed(b"nothing\n")),
        ("arxiv/arxiv-2031-03.jsonl.gz", b"no gzip"),
        ("arxiv/arxiv-2031-03.jsonl.gz", packed(b"\n" * 9_999)[:20]),
        ("arxiv/arxiv-2031-03.jsonl.gz", packed(b"\xff\n")),
        ("arxiv/arxiv-2031-03.jsonl.gz", packed(b"\n")),
        ("arxiv/arxiv-2031-03.jsonl.gz", packed(b"[" * 99_999)),
        ("arxiv/arxiv-2031-03.jsonl.gz", packed(WRONG_TYPES)),
        ("labels.tsv.gz", packed(b"")),
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
