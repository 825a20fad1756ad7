import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import BadIdentifier
from core.papers.identifiers import PaperId, Reference, arxiv_id
from core.papers.paper import AnnounceType, Summary
from tests.fakes.papers import a_paper

new_ids = st.from_regex(r"[0-9]{4}\.[0-9]{4,5}", fullmatch=True)
old_ids = st.builds(
    "{}/{:07d}".format,
    st.sampled_from(["astro-ph", "math", "hep-th", "cond-mat", "cs", "q-bio"]),
    st.integers(0, 9_999_999),
)
arxiv_values = new_ids | old_ids
versions = st.none() | st.integers(1, 999)
dois = st.from_regex(r"10\.[0-9]{4,9}/[a-z0-9][a-z0-9._;()/:-]{0,20}[a-z0-9]", fullmatch=True).filter(
    lambda doi: not doi.startswith(("10.48550/arxiv.", "10.1101/", "10.64898/"))
)
rxiv_dois = st.builds(
    "10.{}/2{:03d}.0{}.{:02d}.{:08d}".format,
    st.sampled_from(["1101", "64898"]),
    st.integers(0, 999),
    st.integers(1, 9),
    st.integers(1, 31),
    st.integers(0, 99_999_999),
)

#: every way in which services and people write an arXiv identifier; {} stands for the identifier with its version
ARXIV_SPELLINGS = [
    "{}",
    "arXiv:{}",
    "ARXIV: {}",
    "oai:arXiv.org:{}",
    "arXiv:{} [cs.CL] 21 Aug 2025",
    "arXiv:{} [astro-ph.GA]",
    "https://arxiv.org/abs/{}",
    "http://arxiv.org/abs/{}",
    "arxiv.org/abs/{}",
    "https://www.arxiv.org/abs/{}?context=cs.CL",
    "https://export.arxiv.org/abs/{}",
    "https://arxiv.org/pdf/{}",
    "https://arxiv.org/pdf/{}.pdf",
    "https://arxiv.org/pdf/{}.pdf#page=3",
    "https://arxiv.org/html/{}",
    "https://arxiv.org/html/{}#S2.F1",
    "https://arxiv.org/abs/{}/",
    "https://ar5iv.labs.arxiv.org/html/{}",
    "https://ar5iv.org/abs/{}",
    "https://www.alphaxiv.org/abs/{}",
    "10.48550/arXiv.{}",
    "doi:10.48550/arXiv.{}",
    "DOI 10.48550/ARXIV.{}",
    "https://doi.org/10.48550/arXiv.{}",
    "https://doi.org/10.48550%2FarXiv.{}",
    " {}\n",
    "<https://arxiv.org/abs/{}>",
    "(arXiv:{}).",
    "“{}”,",
]


@pytest.mark.parametrize("spelling", ARXIV_SPELLINGS)
@settings(max_examples=25)
@given(value=arxiv_values, version=versions)
def test_every_spelling_of_arxiv(spelling: str, value: str, version: int | None) -> None:
    """However it is written, it is the same identifier, and its version is kept apart."""
    written = spelling.format(value if version is None else f"{value}v{version}")
    assert Reference.parse(written) == Reference(PaperId("arxiv", value), version)


@given(new_ids, versions)
def test_papers_pages_of_hugging_face(value: str, version: int | None) -> None:
    """A page of Hugging Face Daily Papers is the arXiv paper."""
    shown = value if version is None else f"{value}v{version}"
    for page in (f"https://huggingface.co/papers/{shown}", f"hf.co/papers/{shown}?x=1"):
        assert Reference.parse(page) == Reference(PaperId("arxiv", value), version)


@given(rxiv_dois, versions)
def test_every_spelling_of_biorxiv_and_medrxiv(doi: str, version: int | None) -> None:
    """Their DOIs and addresses carry versions, which are kept apart."""
    written = doi if version is None else f"{doi}v{version}"
    spellings = [
        written,
        f"doi: {written}",
        f"https://doi.org/{written}",
        f"https://www.biorxiv.org/content/{written}",
        f"https://www.medrxiv.org/content/{written}.full",
        f"https://www.biorxiv.org/content/{written}.full.pdf+html",
        f"https://www.biorxiv.org/content/{written}.full-text#abstract",
        f"https://connect.biorxiv.org/content/{written}.abstract?rss=1",
    ]
    for spelling in spellings:
        assert Reference.parse(spelling) == Reference(PaperId("doi", doi), version)


@given(dois)
def test_every_spelling_of_a_doi(doi: str) -> None:
    """A DOI is one value in any letter case, bare, with a prefix, or as an address."""
    for spelling in (
        "{}",
        "doi:{}",
        "DOI: {}",
        "doi {}",
        "https://doi.org/{}",
        "http://dx.doi.org/{}",
        "doi.org/{}?x=1",
    ):
        for written in (doi, doi.upper()):
            assert Reference.parse(spelling.format(written)) == Reference(PaperId("doi", doi), None)


@given(
    st.one_of(
        st.builds(PaperId, st.just("arxiv"), arxiv_values),
        st.builds(PaperId, st.just("doi"), dois | rxiv_dois),
        st.builds(PaperId, st.just("sample"), st.integers(0, 9999).map(str)),
        st.builds(PaperId, st.just("url"), st.from_regex(r"https?://[a-z.]{3,9}/[!-~]{0,20}", fullmatch=True)),
    )
)
def test_an_identifier_reads_back(id: PaperId) -> None:
    """Written out, an identifier reads back as an equal one."""
    assert PaperId.parse(str(id)) == id


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("math.GT/0309136", "math/0309136"),
        ("MATH/0309136v2", "math/0309136"),
        ("cond-mat.stat-mech/0309136", "cond-mat/0309136"),
    ],
)
def test_subject_classes_of_old_identifiers_are_dropped(typed: str, value: str) -> None:
    """An old identifier is the same with and without its subject class, in any letter case."""
    assert PaperId.parse(typed) == arxiv_id(typed.partition("v")[0]) == PaperId("arxiv", value)


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("10.1101/gr.123456.110", "10.1101/gr.123456.110"),
        ("10.1016/S0140-6736(20)30183-5", "10.1016/s0140-6736(20)30183-5"),
        ("https://www.biorxiv.org/content/early/2018/01/01/241234", "10.1101/241234"),
        ("https://www.biorxiv.org/content/early/2018/01/01/10.1101/241234", "10.1101/241234"),
    ],
)
def test_odd_dois(typed: str, value: str) -> None:
    """DOIs that look like a preprint's, or end like a bracket, stay themselves."""
    assert PaperId.parse(typed) == PaperId("doi", value)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        " ",
        "attention is all you need",
        "2508.123",
        "2508.1342612",
        "250.13426",
        "２５０８.13426",
        "2508.13426v0",
        "2508.13426 2508.13427",
        "10.1038/",
        "10.10/x",
        "example.org/abs/2508.13426",
        "papers/2508134",
        "ftp://example.org/a",
        "https://example.org/a b",
        "sample:x",
        "url:ftp://a.b",
        "arXiv:",
        "\x00",
        "(" * 5000,
        "10.1101/" + "1" * 5000,
    ],
)
def test_anything_else_is_one_clear_sentence(typed: str) -> None:
    """What is no identifier is answered with a short sentence that shows how one looks."""
    with pytest.raises(BadIdentifier) as error:
        Reference.parse(typed)
    assert "is not an identifier of a paper. Write an arXiv id like 2601.15529" in error.value.sentence()
    assert len(error.value.sentence()) < 250


@given(st.text(max_size=80) | st.text(alphabet=string.digits + "./:v()<>10arxivdo", max_size=40))
def test_any_text_is_an_identifier_or_is_not(text: str) -> None:
    """Nothing but BadIdentifier comes out of parsing, and what was read reads back."""
    try:
        reference = Reference.parse(text)
    except BadIdentifier:
        return
    assert PaperId.parse(str(reference.id)) == reference.id


def test_announce_types() -> None:
    """New versions are replacements, whatever listing they stand in."""
    assert [type for type in AnnounceType if type.is_replacement] == [AnnounceType.REPLACE, AnnounceType.REPLACE_CROSS]


def test_primary_category() -> None:
    """The first category is the primary one; there may be none."""
    assert a_paper(categories=("cs.LG", "cs.CL")).primary_category == "cs.LG"
    assert a_paper(categories=()).primary_category == ""


def test_parts_of_a_summary() -> None:
    """Only the parts that are told are shown, in reading order."""
    summary = Summary(
        paper=a_paper().id, version=1, language="en", gist="g", conclusion="c", motivation="m", made_by="extract"
    )
    assert summary.parts == (("Motivation", "m"), ("Conclusion", "c"))
