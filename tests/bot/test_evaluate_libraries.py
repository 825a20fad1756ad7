import json
from pathlib import Path
from tempfile import TemporaryDirectory
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from bot.cli import cli
from bot.evaluate.libraries import measure, resampled_means
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
    assert measured.users == PEOPLE
    assert measured.recall[50][0] > 0.9
    assert measured.recall[300][0] == 1


@pytest.mark.parametrize("protocol", [["library", "--bookmarks", "3"], ["cold"]])
def test_the_json_of_the_contract(tmp_path: Path, protocol: list[str]) -> None:
    """`--json` gives the people and the recall at six lengths in percent, each within its interval."""
    asked = ["eval", "ranking", "--data", str(folder_of(tmp_path)), "--protocol", *protocol]
    result = CliRunner().invoke(cli, [*asked, "--json"])
    assert result.exit_code == 0, result.output
    figures = json.loads(result.stdout)
    assert figures["users"] == PEOPLE
    assert list(figures["recall"]) == ["50", "100", "150", "200", "250", "300"]
    for size, value in figures["recall"].items():
        low, high = figures["ci95"][size]
        assert 0 <= low <= value <= high <= 100
    assert figures["cpu_s"] >= 0
    picture = tmp_path / "recall.svg"
    shown = CliRunner().invoke(cli, [*asked, "--ablate", "--plot", str(picture)])
    assert "without text" in shown.stdout
    assert "█" in shown.stdout
    assert ElementTree.fromstring(picture.read_text()).findall("{*}polyline")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("mult.dat", "1 word:3\n"),
        ("mult.dat", "1 ٣:3\n"),
        ("mult.dat", "1 3\n"),
        ("mult.dat", "1 5:1e9\n"),
        ("mult.dat", f"1 {10**12}:1\n"),
        ("mult.dat", ""),
        ("mult.dat", "0\n"),
        ("cf-train-3-users.dat", "1 -1\n"),
        ("cf-train-3-users.dat", f"1 {10**30}\n"),
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


@given(
    st.lists(st.dictionaries(st.integers(0, 30), st.integers(0, 9), max_size=5), min_size=1, max_size=12),
    st.data(),
)
@settings(max_examples=6, deadline=None)
def test_any_data_of_that_shape(words: list[dict[int, int]], data: st.DataObject) -> None:
    """One paper or few, texts without words, empty libraries, one person: figures from 0 to 1, or a sentence."""
    some = st.lists(st.integers(0, len(words) - 1), max_size=6)
    libraries = data.draw(st.lists(some, min_size=1, max_size=5))
    known = data.draw(st.lists(some, min_size=len(libraries), max_size=len(libraries)))
    with TemporaryDirectory() as name:
        folder = Path(name)
        texts = [" ".join(f"{word}:{count}" for word, count in paper.items()) for paper in words]
        (folder / "mult.dat").write_text("".join(f"{len(text)} {text}\n" for text in texts))
        for file, saved in (("users", libraries), ("cf-train-1-users", known), ("cf-test-1-users", libraries)):
            write(folder / f"{file}.dat", saved)
        for bookmarks in (None, 1):
            try:
                measured = measure(folder, bookmarks=bookmarks, with_ablation=True)
            except UsageError as error:
                assert error.hint
            else:
                assert 1 <= measured.users <= len(libraries)
                assert all(0 <= value <= 1 for estimate in measured.recall.values() for value in estimate)


def test_people_count_once() -> None:
    """A person who is measured in each of five parts makes the interval no narrower than one who is measured once."""
    people = np.repeat(np.arange(30), 5)
    recalled = np.repeat(np.random.RandomState(1).rand(30), 5)[:, None]
    mean, resampled = resampled_means(people, recalled)
    once, alone = resampled_means(np.arange(30), recalled[::5])
    assert mean == pytest.approx(once)
    assert np.std(resampled) == pytest.approx(np.std(alone))


def test_options_of_another_protocol(tmp_path: Path) -> None:
    """Test days are refused where there are none, and a plot that cannot be written is an error in a sentence."""
    asked = ["eval", "ranking", "--data", str(folder_of(tmp_path)), "--protocol", "cold"]
    for more in (["--test-from", "2031-01-01"], ["--plot", str(tmp_path / "no" / "file.svg")]):
        result = CliRunner().invoke(cli, [*asked, *more])
        assert isinstance(result.exception, UsageError), result.output


def test_a_number_of_bookmarks_that_is_not_there(tmp_path: Path) -> None:
    """The error names the file that is missing."""
    with pytest.raises(UsageError, match="cf-train-7-users"):
        measure(folder_of(tmp_path), bookmarks=7)
