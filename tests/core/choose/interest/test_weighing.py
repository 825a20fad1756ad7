import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.choose.interest.weighing import Interest, weigh
from core.papers.paper import Paper
from tests.fakes.papers import a_paper

NOTHING = a_paper(9, title="Of sealing wax", abstract="Cabbages and kings are compared.")


def about(interest: str, title: str = "Of sealing wax", abstract: str = "", **fields: object) -> Interest:
    (found,) = weigh(interest, [a_paper(1, title=title, abstract=abstract, **fields)])
    return found


def order(interest: str, *papers: Paper) -> list[int]:
    """The papers' numbers, best first."""
    found = weigh(interest, papers)
    places = sorted(range(len(papers)), key=lambda place: found[place].exclusion - found[place].value)
    return [int(papers[place].id.value[-5:]) for place in places]


def test_a_noun_is_no_verb() -> None:
    """`demonstrations` is met by a demonstration, and not by experiments that demonstrate."""
    assert about("demonstrations", abstract="Experiments demonstrate gains. We demonstrate more.") == Interest()
    assert about("demonstrations", abstract="A robot sees one demonstration.").words == ("demonstrations",)


def test_derived_words_that_mean_the_same_count() -> None:
    """`quantization` is met by quantized models, for papers with that word are about it."""
    assert about("quantization", title="Quantized networks").words == ("quantization",)


def test_phrases_are_phrases() -> None:
    """Small language models are met as such and by their abbreviation; other language models are no reason."""
    wanted = "small language models"
    assert about(wanted, title="What small language models know").words == (wanted,)
    assert about(wanted, title="What SLMs know").words == (wanted,)
    other = about(wanted, title="Large language models are small talkers", abstract="A language model is large.")
    assert other.words == ()
    assert other.value < 0.3 < 0.5 < about(wanted, title="Small language models").value


def test_a_word_of_several_is_no_reason_alone() -> None:
    """Where a clause has several words, one of them alone counts little; words near each other say it together."""
    wanted = "robot learning from demonstrations"
    alone = about(wanted, abstract="Prompts have demonstrations of arithmetic.")
    near = about(wanted, abstract="The robot is shown demonstrations of folding.")
    whole = about(wanted, title="Robot learning at home")
    assert alone.words == ()
    assert set(near.words) == {"demonstrations", "robot"}
    assert alone.value < 0.3 < near.value < whole.value


@pytest.mark.parametrize("common", ["efficient", "learning", "model", "novel", "experiments", "data"])
def test_common_words_hardly_count(common: str) -> None:
    """A word that every third abstract has is no reason, and next to nothing in the order."""
    found = about(common, title=f"A {common} thing", abstract=f"It is {common}. More {common}.")
    assert found.words == ()
    assert found.value < 0.35


@pytest.mark.parametrize(
    "interest",
    [
        "graphs, not vision",
        "graphs but not vision",
        "graphs without vision",
        "graphs, no vision",
        "graphs; except vision or speech",
        "graphs. Not speech, or vision",
        "not speech and vision, but graphs",
    ],
)
def test_what_is_not_wanted(interest: str) -> None:
    """A paper that has what is not wanted goes behind those with nothing, be it about the interest or not."""
    wanted, denied = a_paper(1, title="Graphs"), a_paper(2, title="Vision with graphs")
    assert order(interest, denied, NOTHING, wanted) == [1, 9, 2]
    assert weigh(interest, [denied])[0].exclusion == 1


def test_a_field_that_is_not_wanted() -> None:
    """`not vision` concerns papers whose category is computer vision, whatever words they use."""
    assert about("graphs, not vision", categories=("cs.CV",)).exclusion > 0.5
    assert about("graphs, not vision", categories=("cs.CL", "cs.CV")).exclusion > 0
    assert about("graphs, not vision", categories=("cs.CL",)).exclusion == 0
    assert about("computer vision, not robot vision", categories=("cs.CV",)).exclusion == 0


def test_what_only_looks_denied() -> None:
    """`no-regret`, `not only` and phrases of the field deny nothing, and `without labels` is not about labels."""
    assert about("no-regret learning", title="Regret").exclusion == 0
    assert about("not only turbulence", title="Turbulence").words == ("turbulence",)
    assert about("turbulence, not labels", abstract="It works without labels.").exclusion == 0
    assert about("turbulence, not labels", abstract="It works with labels.").exclusion > 0
    assert about("not natural images", title="Images of cells").exclusion == 0


def test_only_what_is_not_wanted() -> None:
    """An interest that only denies puts what it denies last, and tells no reason."""
    assert order("not vision", a_paper(1, title="Computer vision"), NOTHING) == [9, 1]
    assert about("not vision", title="Graphs") == Interest()


def test_related_terms_are_not_the_reader_s_own_words() -> None:
    """A paper with terms that go with the interest comes before others, and is never said to have its words."""
    wanted = "machine translation"
    found = about(wanted, abstract="Parallel data come from a parallel corpus.")
    assert found.words == ()
    assert set(found.related_terms) == {"parallel data", "parallel corpus"}
    assert 0 < found.value < about(wanted, abstract="Machine translation is cleaned.").value


def test_one_related_term_is_no_reason() -> None:
    """A single term that often goes with the interest, or an abbreviation, may mean something else."""
    assert about("machine translation", abstract="A parallel corpus is listed.").related_terms == ()
    assert about("speech recognition", abstract="The ASR of attacks is transcription.").related_terms == ()


def test_related_terms_of_the_store() -> None:
    """Terms that the stored papers join with the interest's own count as the known ones do."""
    learned = {"turbulence": ("eddy", "vortex sheet")}
    (found,) = weigh("turbulence", [a_paper(1, abstract="An eddy meets a vortex sheet.")], learned)
    assert (found.words, set(found.related_terms)) == ((), {"eddy", "vortex sheet"})


def test_spellings() -> None:
    """Plural, British spelling and hyphens make no difference."""
    assert about("tumours", title="A tumor").words == ("tumours",)
    assert about("tumor", title="Tumours").words == ("tumor",)
    assert about("fine-tuning", title="Finetuning").words == ("fine tuning",)
    assert about("C++", title="Memory in C++").words == ("c++",)


def test_words_that_nobody_knows_count_most() -> None:
    """A word that no abstract of the year had says what somebody wants."""
    assert about("xyzzymancy", title="Xyzzymancy").words == ("xyzzymancy",)
    assert about("xyzzymancy", title="Xyzzymancy").value > 0.5


BAD = [
    "",
    " ",
    "not",
    "but not",
    "no, without",
    "not not",
    "、。",
    "\u202e",
    "and or",
    "the of",
    "-",
    "?" * 500,
    "n" * 9_000,
]


@pytest.mark.parametrize("interest", BAD)
def test_interests_that_say_nothing(interest: str) -> None:
    """Whatever says nothing orders nothing."""
    assert weigh(interest, [NOTHING]) == (Interest(),)


def test_an_interest_of_ten_thousand_words() -> None:
    """Of an endless interest the beginning counts."""
    interest = "turbulence, " + " ".join(f"word{number}" for number in range(10_000)) + ", zebrafish"
    assert about(interest, title="Turbulence").words == ("turbulence",)
    assert about(interest, title="Zebrafish") == Interest()


def test_other_languages() -> None:
    """In other languages and scripts words are met as they stand, and denied as they are denied there."""
    assert about("Flüsse ohne Wasser", title="Flüsse").words == ("flusse",)
    assert about("Flüsse ohne Wasser", title="Wasser").exclusion == 1
    assert about("图神经网络，不要推荐系统", title="图神经网络").words == ("图神经网络",)
    assert about("图神经网络，不要推荐系统", title="推荐系统").exclusion == 1
    assert about("نماذج", title="نماذج لغوية").words == ("نماذج",)


@given(st.text(max_size=120), st.text(max_size=120), st.text(max_size=120))
def test_values_are_from_0_to_1(interest: str, title: str, abstract: str) -> None:
    """Whatever is wanted and whatever a paper says, values are from 0 to 1 and what is told is there."""
    found = about(interest, title, abstract)
    assert 0 <= found.value < 1
    assert 0 <= found.exclusion <= 1
    assert len(found.words) <= 3


def test_the_end_of_a_phrase_names_the_thing() -> None:
    """Who wants text-to-video generation sees other video generation, and not every other generation."""
    wanted = "text-to-video generation"
    assert about(wanted, title="Fast video generation").value > 0.35
    assert about(wanted, title="Fast text generation").value < 0.2


def test_what_an_abstract_comes_back_to() -> None:
    """A paper is more about what it names often and early than about what its last sentence mentions."""
    filler = "Cups are counted by hand in most kitchens. " * 4
    late = about("question answering", abstract=f"{filler}We also test question answering.")
    early = about("question answering", abstract=f"We study question answering. {filler}")
    often = about("question answering", abstract=f"We study question answering. {filler}Question answering gains.")
    assert late.value < early.value < often.value


def test_a_common_word_leans_on_its_sentence() -> None:
    """A common word after `and` is no reason without the rest of its sentence; as an item of a list it is."""
    plans = {"title": "Planning holidays", "abstract": "We study planning."}
    assert about("autonomous driving: trajectory prediction and planning", **plans).words == ()
    assert about("autonomous driving, planning", **plans).words == ("planning",)
    both = about("autonomous driving: trajectory prediction and planning", title="Planning for autonomous driving")
    assert set(both.words) == {"autonomous driving", "planning"}


def test_a_word_of_a_compound_is_no_reason() -> None:
    """`error-correcting codes` are not met by whoever corrects something."""
    assert about("error-correcting codes", title="Correcting pupils").words == ()
    assert about("error-correcting codes", title="Error-correcting codes").words


def test_clauses_share_their_last_word() -> None:
    """`satellite and aerial images` are satellite images too."""
    assert "satellite images" in about("satellite and aerial images", title="Clouds in satellite images").words
    assert about("satellite, aerial images", title="Images of cups").words == ()
