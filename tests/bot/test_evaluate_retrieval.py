"""`paperboy eval search`: reads collections of BEIR's shape, asks the product's search, and measures as trec_eval."""

from __future__ import annotations

import gzip
import json
import math
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli import cli
from bot.evaluate import retrieval_report as report
from bot.evaluate.retrieval import judge_ranking, measure, read_collection
from core.deliver.meanings import Meanings
from core.errors import ModelUnavailable, UsageError
from tests.fakes.clock import FakeClock
from tests.fakes.embedding import FakeEmbedder
from tests.fakes.papers import AT
from tests.fakes.stores import SqlStore

PAPERS = (
    {"_id": "d1", "title": "Zebra gardens", "text": "Gardens of zebras."},
    {"_id": "d2", "title": "Same title of two papers, which stay two papers", "text": "On lanterns."},
    {"_id": "d3", "title": "Same title of two papers, which stay two papers", "text": "On lanterns in fog."},
    {"_id": "d4", "text": "A text without a title, on violins.", "metadata": {}},
)
QUERIES = (
    {"_id": 1, "text": "What is known about zebras?"},
    {"_id": "2", "text": "lanterns in:fog"},
    {"_id": "3", "text": "violins"},
    {"_id": "4", "text": "nobody has judged this"},
)
QRELS = "query-id\tcorpus-id\tscore\n1\td1\t2\n1\td4\t0\n2\td2\t1\n3\td4\t1\n4\tgone\t1\n"


def folder_of(folder: Path, **files: str) -> Path:
    texts = {
        "corpus.jsonl": "\n".join(map(json.dumps, PAPERS)),
        "queries.jsonl": "\n".join(map(json.dumps, QUERIES)),
        "qrels.tsv": QRELS,
    } | {name.replace("_", "."): text for name, text in files.items()}
    for name, body in texts.items():
        (folder / name).write_text(body)
    return folder


async def test_the_products_search_is_asked(tmp_path: Path) -> None:
    """Papers of one title stay apart, questions without an answer are left out, one that is refused finds nothing."""
    measured = await measure(read_collection(folder_of(tmp_path)))
    assert (measured.papers, measured.queries) == (4, 3)
    assert measured.figures["ndcg_at_10"] == (1.0, 0.0, 1.0)
    assert measured.means()["recall_at_100"][0] == pytest.approx(2 / 3)


def test_packed_files(tmp_path: Path) -> None:
    """Each file may be packed with gzip, the judgements may lie in a folder or have trec_eval's columns."""
    folder_of(tmp_path)
    for name in ("corpus.jsonl", "queries.jsonl"):
        (tmp_path / f"{name}.gz").write_bytes(gzip.compress((tmp_path / name).read_bytes()))
        (tmp_path / name).unlink()
    (tmp_path / "qrels").mkdir()
    (tmp_path / "qrels.tsv").unlink()
    (tmp_path / "qrels/test.tsv").write_text("1 0 d1 2\n2 0 d2 1\n")
    assert read_collection(tmp_path).relevant == {"1": {"d1": 2}, "2": {"d2": 1}}


def test_figures() -> None:
    """nDCG has linear gains, recall counts a hundred, average precision the places of all that are relevant."""
    relevant = {"a": 2, "b": 1, "c": 1}
    ndcg, recall, precision = judge_ranking(["x", "b", "a"], relevant)
    best = 2 + 1 / math.log2(3) + 1 / 2
    assert ndcg == pytest.approx((1 / math.log2(3) + 2 / 2) / best)
    assert (recall, precision) == (pytest.approx(2 / 3), pytest.approx((1 / 2 + 2 / 3) / 3))
    assert judge_ranking([], relevant) == (0, 0, 0)
    assert judge_ranking(["a", "b", "c"], relevant) == (1, 1, 1)


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ({"corpus_jsonl": '{"_id": "d1"}\n{"_id": '}, "line 2 of corpus.jsonl is no JSON object with an _id"),
        ({"corpus_jsonl": "[]"}, "line 1 of corpus.jsonl is no JSON object"),
        ({"corpus_jsonl": '{"_id": "d1", "title": 7}'}, "title in line 1 of corpus.jsonl is no text"),
        ({"queries_jsonl": '{"text": "x"}'}, "line 1 of queries.jsonl"),
        ({"qrels_tsv": "a\tb\tc\n1\td1\tmany\n"}, "line 2 of qrels.tsv is no judgement"),
        ({"qrels_tsv": "a\tb\tc\n1\td1\n"}, "line 2 of qrels.tsv is no judgement"),
        ({"qrels_tsv": "a\tb\tc\n1\td1\tinf\n"}, "line 2 of qrels.tsv is no judgement"),
        ({"qrels_tsv": ""}, "no question in"),
    ],
)
def test_damage_is_a_sentence(tmp_path: Path, files: dict[str, str], sentence: str) -> None:
    """A line that cannot be read is named with its file."""
    with pytest.raises(UsageError, match=sentence):
        read_collection(folder_of(tmp_path, **files))


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    """A missing file and one that is no text are sentences as well."""
    with pytest.raises(UsageError, match=r"there is no corpus\.jsonl"):
        read_collection(tmp_path)
    (folder_of(tmp_path) / "corpus.jsonl").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match=r"corpus\.jsonl cannot be read"):
        read_collection(tmp_path)
    (tmp_path / "corpus.jsonl").unlink()
    (tmp_path / "corpus.jsonl.gz").write_bytes(b"no gzip")
    with pytest.raises(UsageError, match=r"corpus\.jsonl\.gz cannot be read"):
        read_collection(tmp_path)


def test_what_scripts_and_people_read(tmp_path: Path) -> None:
    """The contract's JSON has figures from 0 to 1 with their intervals; people see a table."""
    ran = CliRunner().invoke(cli, ["eval", "search", "--data", str(folder_of(tmp_path)), "--json"])
    told = json.loads(ran.stdout)
    assert (told["queries"], told["papers"], told["recall_at_100"]) == (3, 4, 0.6667)
    assert set(told["ci95"]) == {"ndcg_at_10", "recall_at_100", "map"}
    assert "ndcg_at_10" in CliRunner().invoke(cli, ["eval", "search", "--data", str(tmp_path)]).stdout


async def test_meanings_are_searched_where_a_model_embeds(tmp_path: Path) -> None:
    """Where a model embeds, papers that have no word of a question are found as well; where it fails, so does this."""
    embedder = FakeEmbedder()
    clock = FakeClock(AT)

    def meanings_of(store: SqlStore) -> Meanings:
        return Meanings(embedder, store=store, spending=store, clock=clock)

    collection = read_collection(folder_of(tmp_path))
    measured = await measure(collection, meanings_of=meanings_of)
    assert measured.model == "fake/words" and measured.figures["recall_at_100"] == (1.0, 0.0, 1.0)
    assert report.figures(measured)["embeddings"] == "fake/words"
    assert max(map(len, embedder.batches)) == len(collection.papers)
    embedder.fails_with(ModelUnavailable("It is down."))
    with pytest.raises(ModelUnavailable):
        await measure(collection, meanings_of=meanings_of)
