import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from bot.cli import cli
from bot.evaluate.libraries import measure
from core.errors import UsageError

PAPERS, PEOPLE, WORDS = 400, 40, 60


def folder_of(folder: Path) -> Path:
    """Two fields with words of their own; the people of each save papers of their field alone."""
    rng = np.random.RandomState(5)
    lines = []
    for paper in range(PAPERS):
        words = np.unique(rng.randint(0, WORDS, 12)) + WORDS * (paper % 2)
        lines.append(" ".join([str(len(words)), *(f"{word}:{1 + word % 2}" for word in words)]))
    (folder / "mult.dat").write_text("\n".join(lines) + "\n")
    libraries = [sorted({int(n) * 2 + person % 2 for n in rng.randint(0, PAPERS // 2, 14)}) for person in range(PEOPLE)]
    write(folder / "users.dat", libraries)
    write(folder / "cf-train-3-users.dat", [papers[:3] for papers in libraries])
    write(folder / "cf-test-3-users.dat", [papers[3:] for papers in libraries])
    return folder


def write(file: Path, libraries: list[list[int]]) -> None:
    file.write_text("".join(" ".join(map(str, [len(papers), *papers])) + "\n" for papers in libraries))


def test_papers_of_the_field_are_found(tmp_path: Path) -> None:
    """Of 400 papers the 200 of a person's field come first, so that half a list has all that the person saved."""
    measured = measure(folder_of(tmp_path), bookmarks=3, with_ablation=True)
    assert measured.users == PEOPLE
    assert measured.recall[200][0] == pytest.approx(1, abs=0.03)
    assert 0.3 < measured.recall[100][0] < 0.8
    assert measured.ablation["text alone"][200] > 0.9


def test_papers_that_nobody_saved(tmp_path: Path) -> None:
    """In the cold protocol the papers of each fifth are ranked by their words, for everybody who saved any others."""
    measured = measure(folder_of(tmp_path), bookmarks=None)
    assert measured.users > 2 * PEOPLE
    assert measured.recall[50][0] > 0.9
    assert measured.recall[300][0] == 1


@pytest.mark.parametrize(
    ("protocol", "users"),
    [(["library", "--bookmarks", "3"], PEOPLE), (["cold"], None)],
)
def test_the_json_of_the_contract(tmp_path: Path, protocol: list[str], users: int | None) -> None:
    """`--json` gives the people and the recall at six lengths in percent, each within its interval."""
    asked = ["eval", "ranking", "--data", str(folder_of(tmp_path)), "--protocol", *protocol]
    result = CliRunner().invoke(cli, [*asked, "--json"])
    assert result.exit_code == 0, result.output
    figures = json.loads(result.stdout)
    assert users is None or figures["users"] == users
    assert list(figures["recall"]) == ["50", "100", "150", "200", "250", "300"]
    for size, value in figures["recall"].items():
        low, high = figures["ci95"][size]
        assert 0 <= low <= value <= high <= 100
    assert "@300" in CliRunner().invoke(cli, asked).stdout


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("mult.dat", "1 word:3\n"),
        ("mult.dat", "1 ٣:3\n"),
        ("mult.dat", "1 3\n"),
        ("cf-train-3-users.dat", "1 9999\n"),
        ("cf-train-3-users.dat", "1 x\n"),
        ("cf-train-3-users.dat", "1 1\n"),
        ("cf-train-3-users.dat", "0\n" * PEOPLE),
    ],
)
def test_other_data_are_refused(tmp_path: Path, name: str, content: str) -> None:
    """Files of another shape are refused with a sentence and a hint."""
    (folder_of(tmp_path) / name).write_text(content)
    with pytest.raises(UsageError) as refused:
        measure(tmp_path, bookmarks=3)
    assert refused.value.hint


def test_a_number_of_bookmarks_that_is_not_there(tmp_path: Path) -> None:
    """The error names the file that is missing."""
    with pytest.raises(UsageError, match="cf-train-7-users"):
        measure(folder_of(tmp_path), bookmarks=7)
