import json
import tarfile
from pathlib import Path
from xml.sax.saxutils import escape

import pytest
from typer.testing import CliRunner

from bot.cli import cli
from bot.evaluate import report
from bot.evaluate.endnote import read_library
from bot.evaluate.matching import Measurement, measure
from bot.evaluate.pairs import paper_of, read_pairs
from core.errors import UsageError
from tests.shared import SHARED, needs_shared

PLANES = "Folding paper planes for long flights in still air"
BOATS = "Cutting paper boats for short journeys on calm lakes"
KITES = "Flying paper kites in strong winds over open fields"


def record(title: str, mark: str = "", *, field: str = "caption", styled: bool = True, **told: str) -> str:
    def text(value: str) -> str:
        return f'<style face="normal" size="100%">{escape(value)}</style>' if styled else escape(value)

    year = f"<dates><year>{text(told['year'])}</year></dates>" if "year" in told else "<dates/>"
    simple = {"volume": "volume", "pages": "pages", "doi": "electronic-resource-num"}
    parts = "".join(f"<{tag}>{text(told[name])}</{tag}>" for name, tag in simple.items() if name in told)
    marked = f"<{field}>{text(mark)}</{field}>" if mark else ""
    author = (
        f"<contributors><authors><author>{text(told.get('author', 'Example, A.'))}</author></authors></contributors>"
    )
    return f"<record>{author}<titles><title>{text(title)}</title></titles>{year}{parts}{marked}</record>"


def library(folder: Path, *records: str, name: str = "planes.xml") -> Path:
    file = folder / name
    file.write_text(f'<?xml version="1.0" encoding="UTF-8" ?><xml><records>{"".join(records)}</records></xml>')
    return file


def ditto(*pairs: tuple[str, str, int]) -> str:
    def line_of(title: str) -> str:
        return (
            f"COL title VAL {title.lower()} COL authors VAL ada example , bo sample COL venue VAL  COL year VAL 2001 "
        )

    return "".join(f"{line_of(one)}\t{line_of(other)}\t{label}\n" for one, other, label in pairs)


def only(measured: tuple[Measurement, ...]) -> Measurement:
    assert len(measured) == 1
    return measured[0]


def test_every_copy_marked(tmp_path: Path) -> None:
    """Where all copies are marked every record of a group counts; a marked one that stands alone is missed."""
    library(
        tmp_path,
        record(PLANES, "Duplicate", year="2020"),
        record(PLANES.upper(), "Duplicate", year="2021"),
        record(PLANES + ".", "Duplicate"),
        record(BOATS, "Duplicate", year="2020"),
        record(KITES),
        record(KITES, year="2019", styled=False),
    )
    told = only(measure(tmp_path))
    assert (told.name, told.unit, told.records) == ("planes", "records", 6)
    counts = told.matcher
    assert (counts.true_positives, counts.false_positives, counts.false_negatives) == (3, 2, 1)


def test_one_copy_kept(tmp_path: Path) -> None:
    """Where one copy is left unmarked, whichever, all but one of a group count."""
    library(
        tmp_path,
        record(PLANES, "duplicate", field="label", year="2020"),
        record(PLANES, year="2020"),
        record(BOATS, "Unique", field="label"),
        record(BOATS, "Dupe", field="label"),
        record(BOATS, "DUP", field="label"),
        record(KITES, "not a duplicate", field="label"),
    )
    counts = only(measure(tmp_path)).matcher
    assert (counts.true_positives, counts.false_positives, counts.false_negatives) == (3, 0, 0)
    assert (counts.precision, counts.recall, counts.f1) == (100, 100, 100)


def test_fields(tmp_path: Path) -> None:
    """Styles, line breaks, addresses of DOIs and short pages are read; what is missing is unknown."""
    marked, bare = read_library(
        library(
            tmp_path,
            record(
                "Folding\rpaper  planes",
                "Duplicate",
                year="2019/05/01",
                volume="7",
                pages="s53-60",
                doi="https://doi.org/10.1000%2FABC.",
            ),
            record("Boats", author=""),
        )
    )
    assert marked.is_marked
    assert marked.paper.title == "Folding paper planes"
    assert marked.paper.published
    assert marked.paper.published.year == 2019
    assert (marked.paper.journal, marked.paper.doi) == ("7 53", "10.1000/abc")
    assert (bare.paper.authors, bare.paper.published, bare.paper.journal, bare.paper.doi) == ((), None, None, None)


def test_splits(tmp_path: Path) -> None:
    """Of a folder with splits the test split alone is measured, in a folder as in an archive."""
    planes = tmp_path / "Planes"
    planes.mkdir()
    (planes / "train.txt").write_text(ditto((PLANES, BOATS, 1)))
    (planes / "valid.txt").write_text(ditto((PLANES, BOATS, 1)))
    (planes / "test.txt").write_text(ditto((PLANES, PLANES, 1), (PLANES, BOATS, 0), (KITES, PLANES, 1)))
    (tmp_path / "notes.txt").write_text("These are notes.\n")
    with tarfile.open(tmp_path / "sets.tar.gz", "w:gz") as tar:
        tar.add(planes, "deep/inside/Structured/Planes")
    unpacked, packed = measure(tmp_path)
    assert (unpacked.name, packed.name, unpacked.split) == ("Planes", "Structured/Planes", "test")
    assert unpacked.matcher == packed.matcher
    assert (unpacked.matcher.precision, unpacked.matcher.recall) == (100, 50)
    assert measure(planes)[0].name == "Planes"
    assert measure(planes / "train.txt")[0].split == "train"
    assert len(next(iter(read_pairs(planes, ["train"]))).pairs) == 1


def test_slipped_year() -> None:
    """A year that slipped into the title is found, and an empty record is an empty paper."""
    slipped = paper_of("COL title VAL folding planes 1999 COL authors VAL a b ; c d COL venue VAL  COL year VAL ")
    assert slipped.published
    assert (slipped.published.year, slipped.authors) == (1999, ("a b", "c d"))
    assert paper_of("").title == ""


def test_report(tmp_path: Path) -> None:
    """The JSON has the pooled figures in percent, and those of every set."""
    library(tmp_path, record(PLANES, "Duplicate"), record(PLANES, "Duplicate"), record(BOATS))
    (tmp_path / "some.txt").write_text(ditto((PLANES, PLANES, 1), (PLANES, BOATS, 1)))
    told = json.loads(json.dumps(report.matching(measure(tmp_path))))
    assert (told["precision"], told["recall"], told["f1"]) == (100.0, 75.0, 85.7)
    assert [(one["name"], one["counted"], one["f1"]) for one in told["sets"]] == [
        ("planes", "records", 100.0),
        ("some", "pairs", 66.7),
    ]
    assert told["pairs"] == sum(one["pairs"] for one in told["sets"])
    assert report.matching_table(measure(tmp_path)).row_count == 3


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("cut.xml", "<xml><records><record><titles>"),
        ("empty.xml", ""),
        ("unmarked.xml", f"<xml><records>{record(PLANES)}</records></xml>"),
        ("bomb.xml", '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><xml><record>&b;</record></xml>'),
        ("other.xml", "<rss><channel/></rss>"),
        ("encoding.xml", '<?xml version="1.0" encoding="klingon"?><xml/>'),
        ("sets.tar.gz", "no archive"),
        ("notes.txt", "no pairs"),
    ],
)
def test_bad_data(tmp_path: Path, name: str, body: str) -> None:
    """What cannot be measured is told in a sentence."""
    (tmp_path / name).write_text(body)
    with pytest.raises(UsageError, match=rf"{name}|holds no EndNote XML"):
        measure(tmp_path)


def test_nothing_there(tmp_path: Path) -> None:
    """A folder without a set is a wrong request."""
    with pytest.raises(UsageError, match="holds no EndNote XML and no labelled pairs"):
        measure(tmp_path)


@needs_shared
def test_floors() -> None:
    """Real libraries and pairs: the floors of the issue are held, and the store's rule holds those of the libraries."""
    told = {one.name: one for one in measure(SHARED / "data/dedupe")}
    assert told["copper"].matcher.f1 >= 99.5
    assert told["tafenoquine"].matcher.f1 >= 99.6
    assert told["copper"].store.f1 >= 99.5
    assert told["tafenoquine"].store.f1 >= 99.6
    assert told["Structured/DBLP-ACM"].matcher.f1 >= 97.4
    assert told["Structured/DBLP-GoogleScholar"].matcher.f1 >= 91.5
    assert told["Dirty/DBLP-ACM"].matcher.f1 >= 92


def test_command(tmp_path: Path) -> None:
    """`paperboy eval matching` prints a table for people, and one JSON document with `--json`."""
    library(tmp_path, record(PLANES, "Duplicate"), record(PLANES, "Duplicate"), record(BOATS))
    command = ["eval", "matching", "--data", str(tmp_path)]
    shown, told = CliRunner().invoke(cli, command), CliRunner().invoke(cli, [*command, "--json"])
    assert (shown.exit_code, told.exit_code) == (0, 0)
    assert "planes" in shown.output
    assert json.loads(told.stdout)["f1"] == 100.0
