import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from bot.cli import cli
from bot.evaluate import learn_gist, rouge
from bot.evaluate.summaries import interval, is_shortened, read_examples
from core.errors import UsageError

PAPERS = [
    {
        "title": "Lids and Spouts",
        "source": ["Teapots have become essential.", "We present TeaNet, a counter of teapots that looks at lids."],
        "target": ["A counter of teapots that looks at their lids", "TeaNet counts"],
    },
    {
        "title": None,
        "source": ["We show that all teapots can be counted by hand."],
        "target": ["Teapots can be counted."],
    },
]


def data(folder: Path, *papers: object) -> Path:
    (folder / "tea.jsonl").write_text("".join(f"{json.dumps(paper)}\n" for paper in papers), encoding="utf-8")
    return folder


def test_the_json_of_the_contract(tmp_path: Path) -> None:
    """`paperboy eval summaries --json` gives n, the three ROUGE figures in percent, and their intervals."""
    asked = ["eval", "summaries", "--data", str(data(tmp_path, *PAPERS)), "--split", "tea", "--json"]
    told = CliRunner().invoke(cli, asked)
    assert told.exit_code == 0
    figures = json.loads(told.stdout)
    assert figures["n"] == 2
    for name in ("rouge1", "rouge2", "rougeL"):
        low, high = figures["ci95"][name]
        assert 0 <= low <= figures[name] <= high <= 100
    assert (figures["faithful"], figures["in_the_air"], figures["background"]) == (100.0, 0.0, 0.0)


def test_a_table_for_people(tmp_path: Path) -> None:
    """Without --json the figures come as a table."""
    told = CliRunner().invoke(cli, ["eval", "summaries", "--data", str(data(tmp_path, *PAPERS)), "--split", "tea"])
    assert told.exit_code == 0
    assert "rouge1" in told.stdout


@pytest.mark.parametrize("papers", [[{"source": ["We count."]}], [["We count."]], [], [{"source": [], "target": []}]])
def test_other_data_are_refused(tmp_path: Path, papers: list[object]) -> None:
    """A file of another shape, or one without papers, is an error that says what is expected."""
    with pytest.raises(UsageError) as refused:
        read_examples(data(tmp_path, *papers) / "tea.jsonl")
    assert refused.value.hint


def test_a_split_that_is_not_there(tmp_path: Path) -> None:
    """The error names the file that is missing."""
    with pytest.raises(UsageError, match=r"dev\.jsonl"):
        read_examples(tmp_path / "dev.jsonl")


def test_rouge_by_hand() -> None:
    """Figures that were worked out by hand: stems are compared, and the nearest reference by ROUGE-1 counts."""
    scores = rouge.score("The counted teapots shine", ["nothing alike", "the teapot counts"])
    # shared: the, count, teapot; pairs: none; longest common subsequence: the, count (or teapot)
    assert scores.rouge1 == pytest.approx(2 * 3 / (4 + 3))
    assert scores.rouge2 == 0
    assert scores.rouge_l == pytest.approx(2 * 2 / (4 + 3))
    assert rouge.score("", ["the teapot"]).rouge1 == 0


@given(st.text("ab ", max_size=20), st.text("ab ", max_size=20))
def test_rouge_is_a_share(one: str, other: str) -> None:
    """ROUGE lies between 0 and 1, the same both ways, and L is never more than 1."""
    there, back = rouge.score(one, [other]), rouge.score(other, [one])
    assert (there.rouge1, there.rouge2, there.rouge_l) == pytest.approx((back.rouge1, back.rouge2, back.rouge_l))
    assert 0 <= there.rouge_l <= there.rouge1 <= 1


def test_intervals_are_the_same_every_time() -> None:
    """A bootstrap by a fixed seed: around the mean, and no wider than the values."""
    values = [0.0, 0.5, 1.0] * 30
    low, high = interval(values)
    assert (low, high) == interval(values)
    assert 0 < low < 0.5 < high < 1


@pytest.mark.parametrize(
    ("claim", "is_one"),
    [
        ("We count teapots.", True),
        ("Teapots.", True),
        ("We sell teapots.", False),
        ("Teapots we count.", False),
    ],
)
def test_what_is_shortened(claim: str, is_one: bool) -> None:
    """A claim is its quote shortened where its words are those of the quote, in order."""
    assert is_shortened(claim, "In this paper, we (then) count teapots.") is is_one


def test_learning_finds_what_tldrs_take(tmp_path: Path) -> None:
    """From papers whose TL;DR is always the sentence with "we propose", the weights learn to take that one."""
    papers = [
        {
            "title": f"Number {number}",
            "source": [
                f"Pots {number} are old and round.",
                f"We propose counter {number} of lids.",
                "It is done today.",
            ],
            "target": [f"We propose counter {number} of lids."],
        }
        for number in range(40)
    ]
    forms = list(learn_gist.read_forms(data(tmp_path, *papers) / "tea.jsonl"))
    weights = learn_gist.learn(forms)
    assert weights == learn_gist.learn(forms)
    assert all(form.scores.rouge1 == 1 for form in learn_gist.choose(forms, weights))
