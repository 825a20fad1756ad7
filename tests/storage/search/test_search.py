"""The search box: what is found, in which order, and what no query can do."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from core.converse.ports import Store
from core.ingest.listing import Listing
from core.papers.identifiers import PaperId
from core.papers.paper import AnnounceType, Paper
from core.papers.search import Found, parse_query
from storage.search import matches
from tests.fakes.papers import AT, DAY, a_listing, a_paper

PAPERS = (
    a_paper(
        1,
        title="Diffusion models for image generation",
        abstract="We study optimization of generative models. Optimizing them is slow.",
        authors=("Ann Lee", "Bo Chen"),
        categories=("cs.CV", "cs.LG"),
    ),
    a_paper(
        2,
        title="In-context learning without context",
        abstract="Large language models learn in context. We quantize transformers and study their generalization.",
        authors=("Cy Müller", "Lee Bo"),
        categories=("cs.CL",),
    ),
    a_paper(
        3,
        title="Groups of small order",
        abstract="We classify them. Image of a homomorphism, learning nothing from context.",
        authors=("Dé Øre",),
        categories=("math.GR", "math-ph"),
        published=datetime(2024, 5, 1, tzinfo=UTC),
    ),
    a_paper(
        4,
        title="大规模语言模型的综述",
        abstract="Die Größe der Modelle wächst.",
        authors=("王 伟",),
        categories=("math-ph",),
        published=None,
    ),
)


@pytest.fixture
async def store(empty: Store) -> Store:
    for paper in PAPERS:
        await empty.add(a_listing([paper], scope=paper.categories[0]), at=AT)
    return empty


async def ask(store: Store, typed: str, **page: int) -> Found:
    return await store.search(parse_query(typed, today=DAY), **page)


def numbers(found: Found) -> list[int]:
    return [int(hit.id.value.partition(".")[2]) for hit in found.hits]


#: what is typed, and the numbers of the papers that it finds
WORDS = (
    ("diffusion", {1}),
    ("DIFFUSION Model", {1}),  # letter case and endings do not count
    ("image", {1, 3}),
    ("learning context", {2, 3}),  # all of the words
    ('"in context"', {2}),
    ('"context in"', set()),
    ('"language models"', {2}),
    ("lee", {1, 2}),  # names of authors count as words
    ("muller", {2}),  # and accents do not
    ("größe", {4}),
    ("grosse", {4}),
    ("大规模语言模型的综述", {4}),
    ("diffus*", {1}),
    ("optimiz*", {1}),  # the stem is shorter than what was typed
    ("generati*", {1, 2}),  # Porter gives general and generative one stem
    ("quantiz*", {2}),
    ("transf*", {2}),
    ('"language mod*"', {2}),
    ("di*", set()),  # too short for a beginning: the word "di"
    ("in-context", {2}),  # words joined by a hyphen are a phrase
)


async def test_words(store: Store) -> None:
    """Words, phrases and beginnings of words are looked for in titles, abstracts and names of authors."""
    for typed, expected in WORDS:
        found = await ask(store, typed)
        assert (set() if found.any_word else set(numbers(found))) == expected, typed


#: by number: papers in scripts with and without spaces, glued words, and words that are typed in other ways
SCRIPTS = {
    11: ("基于深度学习的脑电信号分类方法研究", "本文提出一种新的卷积网络，使用BERT模型。", "张三"),
    12: ("日本語文書における固有表現抽出", "ﾃﾞｰﾀを扱う。第3章。", "山田太郎"),
    13: ("การวิเคราะห์ความรู้สึกภาษาไทย", "หนึ่ง", "สมชาย ใจดี"),
    14: ("딥러닝을 이용한 감성 분석", "감성 분석을 다룬다.", "김영희"),
    15: ("ການວິເຄາະພາສາລາວ ភាសាខ្មែរដែល မြန်မာဘာသာစကား", "हिन्दी में", "J. Mueller"),
    16: ("Bridges of Schrödinger and H₂O on ℝ³", "A ﬁne α-helix, Li$_2$MnO$_3$, co\u00adoperating.", "Søren Müller"),
    17: ("Fuel cells", "An alpha helix, plain.", "Ann Ful"),
}


SOUGHT = {
    "脑电信号": {11},
    "深度学习 卷积网络": {11},
    "脑": {11},
    "究": {11},  # the last of a run
    '"信号 分类"': {11},
    "脑信": set(),
    "BERT": {11},
    "使用BERT模型": {11},
    "bert 模": {11},
    "固有表現": {12},
    "データ": {12},
    "テータ": set(),
    "3": {12},
    "分": {11},
    "วิเคราะห์": {13},
    "หนึ่ง": {13},
    "딥러닝": {14},
    "ພາສາ": {15},
    "ខ្មែរ": {15},
    "ဘာသာ": {15},
    "हिन्दी": {15},
    "हिन्द": set(),
    "Müller": {15, 16},
    "mueller": {15, 16},
    "muller": {16},
    '"soeren mueller"': {16},
    'author:"Søren Mueller"': {16},
    'author:"soeren mueller"': {16},
    "author:müller": {15, 16},
    "author:三": {11},
    "author:山田": {12},
    "schroedinger": {16},
    "schrodinger": {16},
    '"of schroedinger and"': {16},
    "H2O": {16},
    "Li2MnO3": {16},
    "Li₂MnO₃": {16},
    "fine": {16},
    "alpha": {16, 17},
    "α": {16, 17},
    "α-helix": {16, 17},
    "cooperat*": {16},
    "ful": {17},
    "fuel": {17},
}


async def test_words_of_every_script(empty: Store) -> None:
    """What people type finds what is shown, in scripts without spaces as well, and in any spelling."""
    papers = [
        a_paper(number, title=title, abstract=abstract, authors=(author,))
        for number, (title, abstract, author) in SCRIPTS.items()
    ]
    await empty.add(a_listing(papers), at=AT)
    found = {typed: await ask(empty, typed) for typed in SOUGHT}
    assert {typed: set() if one.any_word else set(numbers(one)) for typed, one in found.items()} == SOUGHT


async def test_parts_of_a_sentence_where_no_paper_has_it(empty: Store) -> None:
    """Where no paper has a run of characters, those with most of it come first, and it is said."""
    titles = {1: "脑电分类", 2: "图像分类", 3: "语音"}
    await empty.add(a_listing([a_paper(number, title=title) for number, title in titles.items()]), at=AT)
    found = await ask(empty, "脑电的分类")
    assert found.any_word and numbers(found) == [1, 2]


async def test_words_are_found_anew_after_a_change(empty: Store) -> None:
    """A paper whose words change is found by its new ones alone, and one that is gone by none."""
    await empty.add(a_listing([a_paper(1, title="脑电信号", abstract="Größe", authors=("Ö. Å",))]), at=AT)
    newer = a_paper(1, version=2, title="图像", abstract="Plain.", authors=("Bo Li",))
    await empty.add(a_listing([newer], type=AnnounceType.REPLACE), at=AT)
    for gone in ("脑电", "groesse", "脑", "author:oe"):
        assert (await ask(empty, gone)).total == 0
    assert numbers(await ask(empty, "图像 plain author:li")) == [1]


async def test_passage_of_a_text_without_spaces(store: Store) -> None:
    """The snippet of a long text without spaces is the part that matches."""
    await store.add(
        a_listing([a_paper(9, abstract=f"{'这是一个句子。' * 60}卷积网络在此。{'这是一个句子。' * 60}")]), at=AT
    )
    (hit,) = (await ask(store, "积网")).hits
    assert "卷积网络在此" in hit.snippet and hit.snippet.startswith("…") and len(hit.snippet) < 260


#: what is typed, and the numbers of the papers that it lists, in order
FILTERS = (
    ("in:cs.CL", [2]),
    ("in:cs", [2, 1]),
    ("in:math", [3]),
    ("in:math-ph", [4, 3]),
    ("in:cs.CL in:math.GR", [3, 2]),
    ('author:"ann lee"', [1]),
    ('author:"lee ann"', [1]),
    ('author:"Ann B. Lee"', [1]),
    ('author:"A. Lee"', []),  # an initial is looked for as it is written
    ('author:"mary lee"', []),
    ('author:"lee bo"', [2]),  # not Ann Lee and Bo Chen
    ("author:lee author:chen", [1]),
    ('author:"de øre"', [3]),
    ("author:王", [4]),
    ("from:arxiv", [4, 3, 2, 1]),
    ("from:huggingface", []),
    ("since:2026-01-01", [4, 2, 1]),  # nobody says when the fourth was published
    ("since:2024-05-01", [4, 3, 2, 1]),
    ("since:2030-01-01", []),
    ("since:2024-01-01 in:math", [3]),
    ("image in:cs", [1]),
    ("image since:2026-01-01", [1]),
    ("image author:lee since:2026-01-01 in:cs.LG from:arxiv", [1]),
)


async def test_filters(store: Store) -> None:
    """Filters narrow a search, and alone they list the papers, the newest first."""
    for typed, expected in FILTERS:
        found = await ask(store, typed)
        assert (numbers(found), found.total, found.any_word) == (expected, len(expected), False), typed


async def test_any_word_where_no_paper_has_all(store: Store) -> None:
    """Where no paper has all the words, those with the most telling of them come first, and it is said."""
    found = await ask(store, "diffusion image zebra")
    assert found.any_word and numbers(found) == [1, 3]
    found = await ask(store, "how do zebra groups")
    assert found.any_word and numbers(found) == [3]
    assert not (await ask(store, "zebra okapi")).any_word


async def test_any_word_keeps_to_the_filters(store: Store) -> None:
    """A filter holds for any word as well."""
    assert numbers(await ask(store, "diffusion image zebra in:math")) == [3]


async def test_long_questions(store: Store) -> None:
    """No word of a long question is left out, and what it repeats counts; both databases give one order."""
    small = "what do people who are interested in such things think about when they would like to have " * 4
    asked = f"{small} images of groups, image homomorphism, and quantized networks?"
    found = await ask(store, asked)
    assert found.any_word and found.partial == found.total == len(found.hits) == 3
    assert numbers(found) == [3, 1, 2]
    assert {"networks", "quantized"} <= set(found.hits[1].missing)


async def test_some_of_the_words_follow_all_of_them(empty: Store) -> None:
    """Where few papers have all of three words or more, others follow, on later pages too; two words are meant."""
    titles = {1: "Zebra graph whispers", 2: "Zebra graph", 3: "Whispers", 4: "Zebra whispers graph", 5: "Other"}
    await empty.add(a_listing([a_paper(n, title=title, abstract="") for n, title in titles.items()]), at=AT)
    found = await ask(empty, "zebra graph whispers", limit=9)
    assert numbers(found)[:3] == [1, 4, 2] and set(numbers(found)) == {1, 2, 3, 4}
    assert (found.total, found.partial, found.complete, found.any_word) == (4, 2, 2, False)
    assert [hit.missing for hit in found.hits[:3]] == [(), (), ("whispers",)]
    scores = [hit.score for hit in found.hits]
    assert scores == sorted(scores, reverse=True)
    pages = [await ask(empty, "zebra graph whispers", limit=1, offset=start) for start in range(5)]
    assert [n for page in pages for n in numbers(page)] == numbers(found)
    assert {(page.total, page.partial) for page in pages} == {(4, 2)}
    assert set(numbers(await ask(empty, "zebra graph"))) == {1, 2, 4}


async def test_rare_words_count_more(empty: Store) -> None:
    """With any word, a rare word in an old paper beats a common one in many new papers."""
    old = a_paper(0, title="Zebrafish", abstract="A fish.")
    common = [a_paper(n, title="Models", abstract="A model of models.") for n in range(1, matches.BOUND + 500)]
    await empty.add(a_listing([old, *common]), at=AT)
    found = await ask(empty, "zebrafish models okapi", limit=3)
    assert found.any_word and found.is_bounded and numbers(found)[0] == 0


async def test_title_counts_more(store: Store) -> None:
    """A word in the title weighs more than in the abstract."""
    assert numbers(await ask(store, "context")) == [2, 3]


async def test_newer_of_equals_first(store: Store) -> None:
    """Of equally good papers the newer comes first."""
    await store.add(a_listing([a_paper(n) for n in (7, 8, 9)]), at=AT)
    assert numbers(await ask(store, "invented")) == [9, 8, 7]


async def test_pages(store: Store) -> None:
    """Pages follow one another without a gap or a repetition, and each knows the total."""
    await store.add(a_listing([a_paper(n) for n in range(10, 35)]), at=AT)
    pages = [await ask(store, "invented paper", limit=10, offset=start) for start in (0, 10, 20, 30)]
    assert [page.total for page in pages] == [25] * 4
    assert sorted(n for page in pages for n in numbers(page)) == list(range(10, 35))


async def test_bounded(empty: Store) -> None:
    """Beyond the bound the total is a lower one and says so; an old paper with the words as title is found."""
    old = a_paper(0, title="Counting to one", abstract="Short.")
    many = [a_paper(n, title=f"On {n}", abstract="All of this is counting to one.") for n in range(1, 2_600)]
    await empty.add(a_listing([old, *many]), at=AT)
    exact = await ask(empty, "on in:cs.CL", limit=1)
    found = await ask(empty, "counting one", limit=5)
    assert exact.is_bounded and exact.total >= matches.BOUND
    assert found.is_bounded and found.total >= matches.BOUND and 0 in numbers(found)
    few = await ask(empty, "12 OR 13")
    assert not few.is_bounded


async def test_hits_are_complete(store: Store) -> None:
    """A hit says what a list needs: title, day, passage, address, authors and categories."""
    (hit,) = (await ask(store, "homomorphism")).hits
    assert (hit.id, hit.title, hit.published) == (PAPERS[2].id, PAPERS[2].title, date(2024, 5, 1))
    assert hit.snippet == PAPERS[2].abstract and hit.url == PAPERS[2].url and hit.score > 0
    assert (hit.authors, hit.categories) == (PAPERS[2].authors, PAPERS[2].categories)
    (undated,) = (await ask(store, "wächst")).hits
    assert undated.published is None


async def test_passage_is_around_the_match(store: Store) -> None:
    """The snippet of a long abstract is the part that matches, as plain text."""
    long = f"{'Nothing to see. ' * 40}Here the <b>okapi</b> grazes. {'Nothing more. ' * 40}"
    await store.add(a_listing([a_paper(9, abstract=long)]), at=AT)
    (hit,) = (await ask(store, "okapis")).hits
    assert "the <b>okapi</b> grazes" in hit.snippet and hit.snippet.startswith("…") and len(hit.snippet) < 260


async def test_index_follows_the_papers(store: Store) -> None:
    """New versions and merged papers are found by what they say now, and by nothing they said before."""
    newer = a_paper(1, version=2, title="Okapi", abstract="", authors=("Eve Roe",), categories=("q-bio.NC",))
    await store.add(a_listing([newer], type=AnnounceType.REPLACE), at=AT)
    assert numbers(await ask(store, "okapi author:roe in:q-bio")) == [1]
    assert numbers(await ask(store, "author:chen")) == [] == numbers(await ask(store, "in:cs.CV"))
    assert numbers(await ask(store, '"diffusion models"')) == []
    other = Paper(id=PaperId("doi", "10.1000/x"), title="Zebra", identifiers=(PAPERS[3].id,), sources=("crossref",))
    line = replace(a_listing([other]).announcements[0], source="crossref", is_news=False)
    await store.add(Listing(source="crossref", scope="", announcements=(line,)), at=AT)
    assert numbers(await ask(store, "from:crossref")) == [4]


HOSTILE = [
    "", " ", "*", '"', '""', '"""', "'", "'; DROP TABLE papers; --", "a AND", "OR", "NOT", "NOT a", "NEAR", "NEAR(a b)",
    "NEAR(a b, 2)", "title:diffusion", "title : x", "{title} : x", "-diffusion", "^diffusion", "diffusion +x", "(",
    ")", "a OR (b", "col:", ":", "author:", 'author:"', "from:*", "\x00", "a\x00b", "\ud800", "💥", "\u202eabc",
    "%", "_", "__", "\\", "`", "a*b", "**", "x*y*", '"a*b"', "1", "0x", "rowid:1", "papers_fts", "é" * 50, "a" * 10_000,
    "a " * 5_000, '"' + "a " * 5_000 + '"', "a* " * 200, " ".join(f"w{n}" for n in range(500)), "\n\t", "\ufb01", "İ",
    "ß", "diffusion'", 'author:"a" author:"b" author:"c"', "from:" + "x" * 10_000, 'author:"' + "a " * 5_000,
]  # fmt: skip


async def test_hostile_queries(store: Store) -> None:
    """Whatever is typed is words or nothing: no error, no injection, an answer at once."""
    for typed in HOSTILE:
        async with asyncio.timeout(20):
            found = await ask(store, typed)
        assert found.total >= len(found.hits), typed
        assert (await store.papers()).total == len(PAPERS), typed


async def test_nothing_asked_is_nothing_found(store: Store) -> None:
    """A query without a word and without a filter finds nothing."""
    assert (await ask(store, "!?")).total == 0
