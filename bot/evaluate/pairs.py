"""Labelled pairs of papers, as ditto keeps the benchmarks of Magellan and of Köpcke, Thor and Rahm.

A line is two records and a label between tabs: `COL title VAL ... COL authors VAL ... <tab> COL title ... <tab> 1`.
A set is a folder with `train.txt`, `valid.txt` and `test.txt`, or a file of any name; folders may lie in an archive
(`.tar.gz`), which is read where it lies. `bot.evaluate.matching` asks, and so does the script that learns the weights.
"""

from __future__ import annotations

import re
import tarfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Final

from core.errors import UsageError
from core.papers.identifiers import PaperId
from core.papers.paper import Paper

#: the split that is measured, where there are several: never one that somebody may have learned from
SPLITS: Final = ("test", "valid", "train")
#: bytes of a file in an archive; more is no list of pairs
LARGEST: Final = 200_000_000

_ARCHIVES: Final = ("*.tar.gz", "*.tgz", "*.tar")
_COLUMN: Final = re.compile(r"\bCOL (\S+) VAL ?(.*?)(?=\s*\bCOL \S+ VAL|\s*$)", re.DOTALL)
_FIELDS: Final[Mapping[str, str]] = {
    "title": "title",
    "name": "title",
    "authors": "authors",
    "author": "authors",
    "venue": "journal",
    "journal": "journal",
    "conference": "journal",
    "booktitle": "journal",
    "year": "year",
    "doi": "doi",
}
_YEAR: Final = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_AUTHORS: Final = re.compile(r"\s*[,;]\s*|\s+and\s+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two records, and what people say of them."""

    first: Paper
    second: Paper
    is_same: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PairSet:
    """The labelled pairs of one file."""

    #: the folder below the one that was asked for, or the file
    name: str
    #: `test`, `valid` or `train`; empty for a file that is no split
    split: str
    pairs: tuple[Pair, ...]


def read_pairs(folder: Path, splits: Iterable[str] = SPLITS) -> Iterator[PairSet]:
    """The pair sets of a folder or an archive, each in the first of the splits that it has. Raises UsageError."""
    if folder.is_file():
        archives, files = ([], {folder.name: folder}) if folder.suffix == ".txt" else ([folder], {})
    else:
        archives = sorted(file for kind in _ARCHIVES for file in folder.rglob(kind))
        files = {file.relative_to(folder).as_posix(): file for file in folder.rglob("*.txt")}
    for path, split in _files_to_read(files, splits):
        if lines := _labelled_lines(files[path].read_bytes()):
            yield _set(path, split, lines, folder.name)
    for archive in archives:
        yield from _in_archive(archive, tuple(splits))


def paper_of(record: str, number: int = 0) -> Paper:
    """A record in ditto's notation. A year may have slipped into the title or the venue."""
    fields = {"title": "", "authors": "", "journal": "", "year": "", "doi": ""}
    for column, value in _COLUMN.findall(record):
        if field := _FIELDS.get(column.lower()):
            fields[field] = value.strip()
    year = _YEAR.search(fields["year"]) or _YEAR.search(f"{fields['journal']} {fields['title'][-6:]}")
    return Paper(
        id=PaperId("record", str(number)),
        title=fields["title"],
        authors=tuple(name for name in _AUTHORS.split(fields["authors"]) if name),
        published=datetime(int(year[0]), 1, 1, tzinfo=UTC) if year else None,
        journal=fields["journal"] or None,
        doi=fields["doi"] or None,
    )


def _files_to_read(paths: Iterable[str], splits: Iterable[str]) -> list[tuple[str, str]]:
    """The files to read, with their splits: one of each folder that has splits, else every file."""
    order, folders = tuple(splits), dict[str, list[PurePosixPath]]()
    for path in sorted(map(PurePosixPath, paths)):
        folders.setdefault(str(path.parent), []).append(path)
    choices: list[tuple[str, str]] = []
    for files in folders.values():
        stems = {path.stem.lower(): path for path in files}
        if not stems.keys().isdisjoint(SPLITS):
            choices += [(str(stems[split]), split) for split in order if split in stems][:1]
        else:
            choices += [(str(path), "") for path in files]
    return choices


def _in_archive(archive: Path, splits: tuple[str, ...]) -> Iterator[PairSet]:
    try:
        with tarfile.open(archive) as tar:
            members = {member.name: member for member in tar if member.isfile() and member.name.endswith(".txt")}
            for path, split in _files_to_read(members, splits):
                if lines := _labelled_lines(_member(tar, members[path])):
                    yield _set(path, split, lines, archive.name)
    except (tarfile.TarError, EOFError, OSError) as error:
        why = str(error).partition(":\n")[0]  # tarfile adds a line for each kind of archive that it is not
        raise UsageError(f"{archive.name} is no archive that can be read: {why}.") from error


def _member(tar: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    if member.size > LARGEST:
        raise UsageError(f"{member.name} is too large for a list of pairs: {member.size:,} bytes.")
    content = tar.extractfile(member)
    return content.read() if content else b""


def _labelled_lines(body: bytes) -> list[tuple[str, str, str]]:
    """The lines of a file of pairs; none where the file is something else."""
    lines = [tuple(line.split("\t")) for line in body.decode("utf-8-sig", "replace").split("\n") if line.strip()]
    if not lines or not (len(lines[0]) == 3 and "COL " in lines[0][0]):
        return []
    return [(line[0], line[1], line[2].strip()) for line in lines if len(line) == 3 and line[2].strip() in ("0", "1")]


def _set(path: str, split: str, lines: list[tuple[str, str, str]], root: str) -> PairSet:
    place = PurePosixPath(path)
    # archives keep their sets deep inside; two folders are name enough: Structured/DBLP-ACM
    name = "/".join((place.parent if split else place.with_suffix("")).parts[-2:]) or "."
    pairs = tuple(
        Pair(first=paper_of(first, 1), second=paper_of(second, 2), is_same=label == "1")
        for first, second, label in lines
    )
    return PairSet(name=root if name == "." else name, split=split, pairs=pairs)
