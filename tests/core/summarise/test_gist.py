import pytest

from core.summarise import gist, roles
from core.summarise.cues import CUES
from core.summarise.extract import summarise
from core.summarise.features import form_features, read_sentence, sentence_features, setting
from core.summarise.roles import ROLES, likeliest
from core.summarise.weights import load
from tests.fakes.papers import a_paper

HOPE = "Recent advances in teapots have opened new possibilities for kitchens everywhere."
GAP = "However, existing counters require expensive scales."
OURS = "We present TeaNet, a counter of teapots that looks at lids."
THEIRS = "The paper introduces LidNet, a training strategy that improves TC by weighing lids."
FINDING = "Experiments show that TeaNet counts 98.2% of all teapots in ten kitchens."
CODE = "Code is available at https://example.org/tea."


@pytest.mark.parametrize(
    ("sentences", "right"),
    [
        ((HOPE, GAP, OURS, FINDING, CODE), OURS),
        ((HOPE, GAP, f"To address this, {OURS[0].lower()}{OURS[1:]}", CODE), OURS),
        ((HOPE, "It is fast.", FINDING), FINDING),
        ((HOPE, "This approach counts teapots by lids and spouts.", f"Here, {OURS[0].lower()}{OURS[1:]}"), OURS),
        ((OURS, "Extensive experiments validate the effectiveness of our approach."), OURS),
        (("Our contributions include: (1) a counter, (2) a kitchen.", OURS, CODE), OURS),
        ((HOPE, "Can teapots be counted?", OURS), OURS),
        ((f"Tea counting aims to find the number of teapots in a kitchen. {THEIRS}",), THEIRS),
    ],
)
def test_the_gist_is_what_the_paper_does_or_finds(sentences: tuple[str, ...], right: str) -> None:
    """Neither background, nor a fragment, nor a promise of code is the gist where the paper says what it does."""
    assert summarise(a_paper(title="Lids and Spouts", abstract=" ".join(sentences))).gist == right


def test_the_gist_does_not_restate_the_title() -> None:
    """A sentence that is the title again is passed over."""
    title = "Counting Teapots by Their Lids"
    abstract = f"In this paper, we present counting teapots by their lids. {FINDING}"
    assert summarise(a_paper(title=title, abstract=abstract)).gist == FINDING


@pytest.mark.parametrize(
    "own",
    [
        "KETTLE-3K joins three thousand kettles of nine museums with the names of their makers and buyers.",
        "At a boil of one minute the lids of 43 kettles rattled twice as often as those of tin pots.",
        "A lid is carved here from cork, so that a kettle whistles at the pressure of a choir.",
    ],
)
def test_what_is_always_the_case_is_no_gist(own: str) -> None:
    """An abstract without "we" has its gist in what was done or made, and not in how the world is."""
    always = "Kitchens keep some millions of kettles, and many kettles whistle, beside the tune, a warning of steam."
    abstract = f"{always} {own} Whistles fade with age. No gain was found in tea."
    assert summarise(a_paper(title="Whistling in Kitchens", abstract=abstract)).gist == own


@pytest.mark.parametrize(
    ("title", "is_known"), [("When Soup Is Ready", False), ("The Ladle Does Not Work for Cold Soup", True)]
)
def test_a_thing_named_before_is_no_gist(title: str, is_known: bool) -> None:
    """A sentence about "the ladle", where another says which, is passed over; where the title says it, it is not."""
    first = "SCOOP is a ladle that learns from cooks when soup is ready, and tells them so by its handle."
    later = "The ladle does not work for cold soup, where there is nothing to wait for and nobody to tell."
    gist = summarise(a_paper(title=title, abstract=f"{first} {later}")).gist
    assert gist == (later if is_known else first)


def test_roles_keep_their_order() -> None:
    """A sentence that looks like a step back is read as what its neighbours are, unless it surely is one."""
    sure = [0.0 if role == "background" else -9.0 for role in ROLES]
    result = [0.0 if role == "result" else -9.0 for role in ROLES]
    unsure = [-0.9 if role == "background" else -1.0 if role == "result" else -9.0 for role in ROLES]
    names = [ROLES[role] for role in likeliest([sure, sure, result, unsure])]
    assert names == ["background", "background", "result", "result"]
    assert likeliest([]) == []


def test_parts_tell_what_they_are() -> None:
    """What existing methods do is the motivation and never the result; a part is empty rather than wrong."""
    summary = summarise(a_paper(title="Lids", abstract=" ".join((HOPE, GAP, OURS, FINDING, CODE))))
    assert summary.motivation == "Existing counters require expensive scales."
    assert summary.result == FINDING
    assert (summary.method, summary.conclusion) == ("", "")


def test_weights_are_of_features_that_exist() -> None:
    """Every weight of the file is one that a sentence can have, for each role one, and no part lacks its role."""
    weights = load()
    whole = setting("Lids", [read_sentence(one) for one in (HOPE, OURS, FINDING)])
    names = {name for place in range(3) for name in sentence_features(place, whole)}
    names |= form_features(OURS, whole.sentences[1].words, whole.sentences[1], whole).keys()
    names |= {f"{where}{cue}" for where in ("", "before: ", "after: ") for cue in CUES}
    assert weights.gist.numbers.keys() <= names
    assert weights.roles.roles == ROLES
    assert all(len(found) == len(ROLES) for found in weights.roles.features.values())
    assert {role for of_part in roles.PARTS.values() for role in of_part} == set(ROLES)
    assert gist.choose_gist(whole)[0] in (1, 2)
