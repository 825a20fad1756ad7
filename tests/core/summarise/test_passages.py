from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.papers.identifiers import PaperId
from core.summarise.fulltext import FullText, TextForm, TextSection, licence_of, paragraphs_of
from core.summarise.passages import LONGEST_PASSAGE, Passage, find_figures, find_paragraphs, find_passages
from tests.fakes.fulltexts import ARXIV_ONLY, CC_BY, a_text
from tests.fakes.papers import a_paper

TEXT = a_text(PaperId("arxiv", "2602.00001"))


@pytest.mark.parametrize(
    ("question", "section", "begins"),
    [
        ("How many lanterns does the camera miss in heavy fog?", "3 Results", "The camera misses 3 of 100 lanterns."),
        ("how many nights were recorded?", "2 Method", "We recorded 412 nights in three harbours."),
        ("what are the limitations?", "4 Limitations", "All harbours are small"),
    ],
)
def test_the_best_passage_holds_the_answer(question: str, section: str, begins: str) -> None:
    """Words in any form find the paragraph, and those of a section's title count as well."""
    best = find_passages(question, TEXT)[0]
    assert best.section == section
    assert best.text.startswith(begins)


@pytest.mark.parametrize("question", ["What optimiser trained the transformer?", "what?", "", "??? \x00", "的"])
def test_a_question_that_the_text_does_not_answer(question: str) -> None:
    """Where no paragraph has half of the question's words, there is no passage."""
    assert find_passages(question, TEXT) == ()


def test_a_passage_is_the_best_sentences_of_its_paragraph() -> None:
    """Of a long paragraph the sentence that fits is taken, with as many neighbours as there is room for."""
    paragraph = (
        f"{'Nothing of interest stands here. ' * 60}Whales sing at dawn. {'More of nothing follows here. ' * 60}"
    )
    text = replace(TEXT, sections=(TextSection(title="", paragraphs=(paragraph.strip(),)),))
    (passage,) = find_passages("when do whales sing", text)
    assert "Whales sing at dawn." in passage.text
    assert len(passage.text) <= LONGEST_PASSAGE
    assert passage.text in paragraph


@given(st.text(max_size=300), st.lists(st.text(max_size=300), max_size=5))
def test_passages_are_the_papers_own_words(question: str, paragraphs: list[str]) -> None:
    """Whatever is asked of whatever text, a passage stands in it word for word."""
    section = TextSection(title="x", paragraphs=tuple(paragraphs))
    text = FullText(paper=TEXT.paper, version=1, form=TextForm.HTML, sections=(section,))
    for passage in find_passages(question, text):
        assert any(passage.text in paragraph for _, paragraph in paragraphs_of(text))
    assert len(find_paragraphs(question, text, most_characters=100_000)) == len(paragraphs)


def test_paragraphs_for_a_model_fit_its_room_and_keep_their_order() -> None:
    """What fits best comes first into the room there is, and what is chosen stands in the paper's order."""
    chosen = find_paragraphs("lanterns missed by the camera", TEXT, most_characters=200)
    assert [one.section for one in chosen] == ["2 Method", "3 Results"]


def test_figures_that_a_question_names() -> None:
    """Figures and tables are found by any spelling of their names, and those that are not there are named."""
    named = find_figures("what do fig. 1 and Table I or table 1 show, and Figure 9?", TEXT)
    assert [one.label for one in named.present] == ["Figure 1", "Table 1"]
    assert named.missing == ("Table I", "Figure 9")
    assert find_figures("what do the figures show?", TEXT).present == ()


def test_a_question_without_a_subject_is_about_the_whole() -> None:
    """Whoever asks what a paper is about reads how its abstract begins."""
    abstract = TextSection(title="Abstract", paragraphs=("We count lanterns. They are many.",))
    text = replace(TEXT, sections=(abstract, *TEXT.sections))
    assert find_passages("what is it about?", text) == (Passage(section="Abstract", text=abstract.paragraphs[0]),)
    assert find_passages("what is in table 7?", text) == ()


def test_where_the_text_speaks_of_a_figure() -> None:
    """A question for a figure alone is answered where the text speaks of it, and a model reads that first."""
    (passage,) = find_passages("what does fig. 1 show?", TEXT)
    assert "Figure 1 shows one of them." in passage.text
    assert find_paragraphs("what does fig. 1 show?", TEXT, most_characters=80) == (
        Passage(section="2 Method", text=TEXT.sections[1].paragraphs[1]),
    )


@pytest.mark.parametrize(
    ("address", "name", "is_open"),
    [
        (CC_BY, "CC BY 4.0", True),
        ("https://creativecommons.org/licenses/by-sa/4.0/", "CC BY-SA 4.0", True),
        ("https://creativecommons.org/licenses/by-nc-sa/4.0/", "CC BY-NC-SA 4.0", True),
        ("https://creativecommons.org/licenses/by-nc-nd/4.0/", "CC BY-NC-ND 4.0", False),
        ("http://creativecommons.org/publicdomain/zero/1.0/", "public domain (CC0)", True),
        (ARXIV_ONLY, "arXiv's non-exclusive licence", False),
        ("https://evil.example/creativecommons.org/licenses/by/4.0/", "another one", False),
        (None, "unknown", False),
    ],
)
def test_licences(address: str | None, name: str, is_open: bool) -> None:
    """Attribution, share-alike, non-commercial and the public domain are open; all else is not."""
    licence = licence_of(a_paper(licence=address))
    assert (licence.name, licence.is_open) == (name, is_open)
