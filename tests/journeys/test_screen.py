"""What people see of the command line: in narrow terminals, in pipes, and where nothing can be written."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from tempfile import TemporaryFile

import pytest

from tests.fakes.feeds import a_feed
from tests.journeys.paperboy import Paperboy
from tests.journeys.warm import start

FULL = Path("/dev/full")


def complaint_of(paperboy: Paperboy, *arguments: str, out: int) -> tuple[int, str]:
    """The exit code of a command whose output goes there, and what it printed on stderr."""
    with Path(os.devnull).open() as nothing, TemporaryFile() as errors:
        streams = (nothing.fileno(), out, errors.fileno())
        process = start(arguments, home=paperboy.home, environment=paperboy.environment(), streams=streams)
        code = process.wait(60)
        errors.seek(0)
        return code, errors.read().decode()


@pytest.mark.parametrize(("columns", "names"), [("60", 4), ("80", 6), ("120", 6)])
def test_a_refresh_fits_its_terminal(paperboy: Paperboy, columns: str, names: int) -> None:
    """No line is wider than the terminal and no count is cut off; with little room, counts of nothing go first."""
    file = a_feed(paperboy.home, 1_234)
    options = ("ingest", "--file", str(file), "--format", "arxiv-rss")
    shown = paperboy(*options, COLUMNS=columns).out
    assert [line for line in shown.splitlines() if len(line) > int(columns)] == []
    header, row, *_ = shown.splitlines()
    assert "…" not in shown
    assert len(header.split()) - len(("Source", "Scope", "State")) <= names
    assert row.split()[2:5] == ["fresh", "1,234", "1,234"]


def test_a_reader_that_has_seen_enough_is_no_failure(paperboy: Paperboy) -> None:
    """`| head -1` ends quietly and with 0, tables as well as JSON and digests."""
    assert paperboy("ingest", "--file", str(a_feed(paperboy.home, 900)), "--format", "arxiv-rss").code == 0
    for begin, *asked in (
        (paperboy.start_cold, "papers", "--limit", "0"),  # Python itself complains of a pipe as it ends
        (paperboy.start, "papers", "--limit", "0", "--json"),
        (paperboy.start, "demo"),
    ):
        listing = begin(*asked)
        head = subprocess.run(["head", "-1"], stdin=listing.stdout, capture_output=True, check=True)
        assert listing.stdout
        listing.stdout.close()
        assert listing.stderr
        with listing.stderr as stderr:
            assert stderr.read() == ""
        assert (listing.wait(timeout=60), bool(head.stdout)) == (0, True)


def test_a_digest_whose_reader_left_goes_on_at_once(paperboy: Paperboy) -> None:
    """After `digest | head -3` the next run posts the rest without waiting for anybody, on a replayed day as well."""
    paperboy.variables["PAPERBOY_CLOCK__NOW"] = "2026-02-04T14:00:00Z"
    assert paperboy("ingest", "--file", str(a_feed(paperboy.home, 40)), "--format", "arxiv-rss").code == 0
    assert paperboy("channels", "add", "terminal:main", "--category", "cs.CL", "--size", "30").code == 0
    reader, writer = os.pipe()
    os.close(reader)
    code, complaint = complaint_of(paperboy, "digest", "terminal:main", out=writer)
    os.close(writer)
    assert (code, complaint.count("\n")) == (0, 1), complaint
    after = paperboy("digest", "terminal:main")
    assert (after.code, "Another process" in after.err) == (0, False), after.err
    assert "An Invented Paper" in after.out


@pytest.mark.skipif(not FULL.exists(), reason="there is no /dev/full here")
def test_a_full_disk_under_the_output_is_told(paperboy: Paperboy) -> None:
    """What cannot be written ends with 1 and a sentence that does not call it a bug."""
    command = ("channels", "list")
    paperboy(*command)
    with FULL.open("w") as full:
        cold = subprocess.run(
            [*paperboy.command, *command],
            cwd=paperboy.home,
            env=paperboy.environment(),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
        as_json = complaint_of(paperboy, *command, "--json", out=full.fileno())
    for code, complaint in ((cold.returncode, cold.stderr), as_json):
        assert code == 1
        assert complaint.startswith("paperboy: The system refused: [Errno 28]")
        assert "a bug" not in complaint


def test_a_file_alone_feeds_a_digest(paperboy: Paperboy) -> None:
    """After a file alone: a digest, on the next day a quiet one, and an ingest that asks the sources as ever."""
    assert paperboy("channels", "add", "terminal:main", "--category", "cs.CL").code == 0
    assert paperboy("ingest", "--file", str(a_feed(paperboy.home, 2)), "--format", "arxiv-rss").code == 0
    assert paperboy("digest", "terminal:main", PAPERBOY_CLOCK__NOW="2026-02-04T14:00:00Z").code == 0
    quiet = paperboy("digest", "terminal:main", PAPERBOY_CLOCK__NOW="2026-02-05T14:00:00Z")
    assert (quiet.code, "Nothing new" in quiet.out) == (0, True), quiet.err
    (report,) = paperboy("ingest", "--json", PAPERBOY_CLOCK__NOW="2026-02-05T14:00:00Z").json["reports"]
    assert report["error"] == "127.0.0.1:9 cannot be reached. Check the network connection."
