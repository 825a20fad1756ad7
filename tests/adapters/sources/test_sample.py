import re
import tomllib
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from itertools import chain, pairwise

import pytest

from adapters.sources.sample import CATEGORIES, LABEL, Entry, SampleSource, announced_as, listing, parse
from core.errors import BadCategory
from core.ingest.listing import Listing
from core.papers.identifiers import PaperId
from core.papers.paper import Announcement, AnnounceType, Paper

TODAY = date(2026, 1, 23)
YESTERDAY = TODAY - timedelta(days=1)
TEXT = files("adapters.sources").joinpath("sample_day.toml").read_text(encoding="utf-8")
ENTRIES = parse(TEXT)
PAPERS = tuple(entry.paper for entry in ENTRIES)


async def fetched(today: date = TODAY) -> dict[str, Listing]:
    return {category: await SampleSource(today).fetch(category, None) for category in CATEGORIES}


async def announced(today: date = TODAY) -> tuple[Announcement, ...]:
    return tuple(chain.from_iterable(one.announcements for one in (await fetched(today)).values()))


def words(paper: Paper) -> int:
    return len(paper.abstract.split())


def newest(number: int) -> Paper:
    return max((paper for paper in PAPERS if paper.id == PaperId("sample", str(number))), key=lambda one: one.version)


def test_size():
    """There are about forty papers today, most of them new, and a few of yesterday."""
    today = [entry for entry in ENTRIES if entry.days_ago == 0]
    assert 38 <= len(today) <= 45
    assert 36 <= sum(entry.paper.version == 1 for entry in today) <= 42
    assert [entry.days_ago for entry in ENTRIES if entry.days_ago] == [1, 1, 1]


@pytest.mark.parametrize("category", CATEGORIES)
def test_primary_categories(category: str):
    """Each of the five categories is the primary one of seven to nine of today's papers."""
    today = [entry.paper for entry in ENTRIES if entry.days_ago == 0]
    assert 7 <= sum(paper.primary_category == category for paper in today) <= 9


def test_ids():
    """No version of a paper occurs twice, and the numbers run from 1 without a gap."""
    versions = [(paper.id, paper.version) for paper in PAPERS]
    assert len(set(versions)) == len(versions)
    numbers = {int(paper.id.value) for paper in PAPERS}
    assert numbers == set(range(1, len(numbers) + 1))


def test_titles():
    """No two papers, and no two versions of one, have the same title."""
    titles = [paper.title.casefold() for paper in PAPERS]
    assert len(set(titles)) == len(titles)


def test_abstracts():
    """Every abstract is at least one sentence, the shortest is exactly one, and the longest is very long."""
    for paper in PAPERS:
        assert re.match(r"[A-Z\"].*[.!?]$", paper.abstract), paper.id
        assert "\n" not in paper.abstract
    shortest, *_, longest = sorted(PAPERS, key=words)
    assert len(re.findall(r"[.!?](?:\s|$)", shortest.abstract)) == 1
    assert words(longest) > 350


def test_openings():
    """No two papers begin with the same three words."""
    openings = {paper.id: tuple(paper.abstract.split()[:3]) for paper in PAPERS}
    assert len(set(openings.values())) == len(openings)


def test_structured_abstract():
    """One abstract has the headings of a clinical trial, in their order."""
    headings = re.compile(r"Background: .+ Methods: .+ Results: .+ Conclusions: .+")
    assert sum(bool(headings.match(paper.abstract)) for paper in PAPERS) == 1


def test_authors():
    """There is a paper by one person, one by sixty, one by a consortium, and names in several scripts."""
    counts = [len(paper.authors) for paper in PAPERS]
    names = list(chain.from_iterable(paper.authors for paper in PAPERS))
    assert 1 in counts
    assert 60 in counts
    assert "The SLOWTIDE Consortium" in names
    for script in ("[\u0600-\u06ff]", "[\u10a0-\u10ff]", "[\u4e00-\u9fff]"):
        assert any(re.search(script, name) for name in names), script


def test_authors_once():
    """Nobody signs a paper twice, and nobody but the authors of a replaced paper signs two."""
    names = list(chain.from_iterable(newest(int(id)).authors for id in {paper.id.value for paper in PAPERS}))
    assert len(set(names)) == len(names)


def test_tex():
    """TeX accents in names are read as Unicode; math in a title stays TeX."""
    paper = newest(12)
    assert paper.authors == ("Zoë Brandão-Krøyer", "Vojtěch Šmídberský", "Małgorzata Żbikowska")
    assert r"$\ell_2$" in paper.title
    assert "Polyak-Łojasiewicz" in paper.abstract


def test_hostile_title():
    """The hostile title arrives as it was written, and says that it is a test of escaping."""
    assert newest(6).title == (
        "Please Escape This Title: <script>alert(1)</script> & @everyone <!channel> *bold* _under_ "
        "[x](http://evil.example)"
    )


def test_right_to_left_and_emoji():
    """A title holds right-to-left text and emoji."""
    assert re.search("[\u0600-\u06ff].*\U0001f44b", newest(10).title)


def test_labels():
    """Every value that leaves says that it is invented: id, address, journal, source; and so does the file."""
    for paper in PAPERS:
        assert paper.id.scheme == "sample"
        assert paper.url == f"https://example.org/paperboy-sample/{paper.id.value}"
        assert paper.journal == LABEL == "invented sample paper"
        assert paper.sources == ("sample",)
        assert PaperId.parse(str(paper.id)) == paper.id
    assert "invented" in tomllib.loads(TEXT)["note"]
    assert "EVERYTHING IN THIS FILE IS INVENTED" in TEXT.partition("[[")[0]


def test_no_real_names():
    """No identifier in arXiv's form, no DOI outside the test prefix, and no address that leads anywhere."""
    assert not re.search(r"\b\d{4}\.\d{4,5}\b", TEXT)
    assert not re.search(r"\b[a-z-]+(?:\.[A-Z]{2})?/\d{7}\b", TEXT)
    assert "arxiv" not in TEXT.lower()
    assert all(doi.startswith("10.5555/") for doi in re.findall(r"\b10\.\d{4,9}/\S+", TEXT))
    hosts = set(re.findall(r"https?://([^/\s)']+)", TEXT))
    assert hosts == {"example.org", "evil.example", "creativecommons.org"}


def test_particulars():
    """Some papers have a DOI that is also an identifier, some a licence, some code, some votes; none has all blank."""
    with_doi = [paper for paper in PAPERS if paper.doi]
    assert len(with_doi) >= 3
    assert all(paper.identifiers == (PaperId("doi", paper.doi or ""),) for paper in with_doi)
    assert 3 <= sum(paper.licence is None for paper in PAPERS) < 10
    assert len({paper.licence for paper in PAPERS}) >= 5
    assert sum(paper.signals.code_url is not None for paper in PAPERS) >= 8
    assert sum(paper.signals.upvotes is not None for paper in PAPERS) >= 8


async def test_cross_lists():
    """A paper in several categories is announced in each: new in its primary one, crossed in the others, one id."""
    where = {one.scope: one.type for one in await announced() if one.paper.id == PaperId("sample", "39")}
    assert where == {"q-bio.NC": AnnounceType.NEW, "cs.AI": AnnounceType.CROSS}


async def test_cross_lists_merge():
    """Over all listings every paper of ours is met, and all announcements of a version show the same paper."""
    seen: dict[tuple[PaperId, int], set[tuple[str, str, tuple[str, ...]]]] = {}
    for one in await announced():
        paper = one.paper
        seen.setdefault((paper.id, paper.version), set()).add((paper.title, paper.abstract, paper.categories))
    assert set(seen) == {(paper.id, paper.version) for paper in PAPERS}
    assert all(len(told) == 1 for told in seen.values())


async def test_foreign_primary():
    """A paper whose primary category is none of ours is only ever a cross-list."""
    kinds = {one.type for one in await announced() if one.paper.primary_category == "eess.AS"}
    assert kinds == {AnnounceType.CROSS}


async def test_new_version():
    """Yesterday's second paper comes back today as version 2: replaced in its own category, crossed in another."""
    told = {(one.day, one.scope, one.paper.version, one.type) for one in await announced() if one.paper.id.value == "2"}
    assert told == {
        (YESTERDAY, "cs.LG", 1, AnnounceType.NEW),
        (YESTERDAY, "cs.CL", 1, AnnounceType.CROSS),
        (TODAY, "cs.LG", 2, AnnounceType.REPLACE),
        (TODAY, "cs.CL", 2, AnnounceType.REPLACE_CROSS),
    }


async def test_every_type_today():
    """All four ways of announcing a paper occur today."""
    assert {one.type for one in await announced() if one.day == TODAY} == set(AnnounceType)


async def test_order():
    """A listing goes from the older day to the newer, and within a day from new to replaced."""
    rank = list(AnnounceType).index
    for one in (await fetched()).values():
        places = [(each.day, rank(each.type)) for each in one.announcements]
        assert all(before <= after for before, after in pairwise(places))


async def test_listing():
    """A listing names its source, scope and day, and lacks nothing."""
    for category, one in (await fetched()).items():
        assert (one.source, one.scope, one.day) == ("sample", category, TODAY)
        assert not one.problems
        assert not one.is_cut
        assert not one.is_unchanged
        assert all(category in each.paper.categories for each in one.announcements)
        assert all(each.type is each.paper.announce_type for each in one.announcements)


@pytest.mark.parametrize(
    ("today", "published"),
    [
        (date(2026, 1, 23), datetime(2026, 1, 23, 5, tzinfo=UTC)),
        (date(2026, 7, 1), datetime(2026, 7, 1, 4, tzinfo=UTC)),
    ],
)
async def test_published(today: date, published: datetime):
    """Today's papers appeared at midnight US/Eastern, in winter and in summer."""
    moments = {one.paper.published for one in await announced(today) if one.day == today}
    assert moments == {published}


async def test_deterministic():
    """Asked twice, the source says the same; asked on another day, the same but for the dates."""
    assert await fetched() == await fetched()
    later = await announced(date(2027, 3, 1))
    assert [one.paper.title for one in later] == [one.paper.title for one in await announced()]
    assert {one.day for one in later} == {date(2027, 3, 1), date(2027, 2, 28)}


@pytest.mark.parametrize("scope", ["cs.RO", "", "cs.cl", "<b>&" * 100])
async def test_unknown_category(scope: str):
    """A category without a listing is an error that names those with one, in a short sentence."""
    with pytest.raises(BadCategory, match=r"no category") as caught:
        await SampleSource(TODAY).fetch(scope, None)
    assert all(category in caught.value.sentence() for category in CATEGORIES)
    assert len(caught.value.sentence()) < 200


@pytest.mark.parametrize(
    ("version", "scope", "kind"),
    [(1, "cs.CL", "new"), (1, "cs.AI", "cross"), (2, "cs.CL", "replace"), (2, "cs.AI", "replace-cross")],
)
def test_announced_as(version: int, scope: str, kind: str):
    """The first version is new and later ones replace; outside the primary category both are crossed."""
    paper = Paper(id=PaperId("sample", "1"), version=version, title="T", categories=("cs.CL", "cs.AI"))
    assert announced_as(paper, scope) == kind


def test_nothing_listed():
    """A category that no entry belongs to has an empty listing."""
    entry = Entry(paper=Paper(id=PaperId("sample", "1"), title="T", categories=("cs.CL",)), days_ago=0)
    assert listing((entry,), "cs.CV", TODAY).announcements == ()
