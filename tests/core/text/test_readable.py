import re
import time
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.text.readable import authors_line, counted, readable, shorten, unicode_accents

any_text = st.text(max_size=300)
#: made of what TeX is made of, so that odd corners are met
texish = st.text(alphabet="abcio \\{}$^_~'`\"-().,%1é\u202e\n", max_size=120)


@pytest.mark.parametrize(
    ("tex", "unicode"),
    [
        (r"Andr\'e", "André"),
        (r"H\"older", "Hölder"),
        (r"G\"{o}del", "Gödel"),
        (r"{\"O}zg{\"u}r", "Özgür"),
        (r"{\o}re and \O{}re", "øre and Øre"),
        (r"Fran\c{c}ois, Fran\c cois", "François, François"),
        (r"Nov\'ak, \v{C}apek, Ha\v sek", "Novák, Čapek, Hašek"),
        (r"{\L}ukasz, \L ukasz, Pawe\l", "Łukasz, Łukasz, Paweł"),
        (r"Stra\ss e, Wei{\ss}", "Straße, Weiß"),
        (r"Mart\'{\i}nez, Mart\'\inez", r"Martínez, Mart\'\inez"),
        (r"Garc\'\i a", "Garcí a"),
        (r"{Erd\H{o}s}", "{Erdős}"),
        (r"\AA ngstr\"om \ae sthetic", "Ångström æsthetic"),
        (r"\k{a} \u{g} \.z \=a \r{u} \d{s} \~n \^e \`e", "ą ğ ż ā ů ṣ ñ ê è"),
        (r"Peter St\ütz", "Peter Stütz"),
    ],
)
def test_accents_and_letters(tex: str, unicode: str) -> None:
    """TeX's accents and letters become Unicode, and the braces around them go."""
    assert unicode_accents(tex) == unicode


@pytest.mark.parametrize(
    "text", [r"$\'e$", r"the $\L$-space of $\o(n)$", r"don\'t", r"\beta", r"C:\users", r"\'", "\\"]
)
def test_what_is_no_accent_stays(text: str) -> None:
    """Mathematics, other commands and escaped apostrophes are left alone."""
    assert unicode_accents(text) == text


@given(any_text.filter(lambda text: "\\" not in text))
def test_accents_leave_plain_text_alone(text: str) -> None:
    """A text without a backslash is not touched."""
    assert unicode_accents(text) is text


def test_accents_are_fast() -> None:
    """A year of abstracts, nearly all without TeX, costs next to nothing: far over 30,000 texts a second."""
    text = "We propose nothing in particular, and it works. " * 30
    began = time.process_time()
    for _ in range(30_000):
        unicode_accents(text)
    assert time.process_time() - began < 1


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        (r"$\alpha$-divergence in $O(n \log n)$", "α-divergence in O(n log n)"),
        (r"$O(n^2)$ on $\mathbb{R}^d$ with $L_2$ and $x \leq 10^{-3}$", "O(n²) on ℝᵈ with L₂ and x ≤ 10⁻³"),
        (r"10$^3$, $\sim$10, ${\sim}20$, $n=40{,}000$, 90$^\circ$", "10³, ∼10, ∼20, n=40,000, 90°"),
        (r"\(\beta\) and $\tilde{O}(\sqrt{T})$ of $C_{detect}$", "β and Õ(√T) of C_detect"),
        (r"$\mathrm{SO}(3)$ and $\{0,1\}^n$ at $\mathbf{12.1\%}$", "SO(3) and {0,1}ⁿ at 12.1%"),
        (r"\textbf{A \emph{nested} $x_{1}$ thing}, {\it slanted}", "A nested x₁ thing, slanted"),
        (r"Fig.~3 --- pages 5--10, 5\% \& more", "Fig. 3 — pages 5–10, 5% & more"),
        (r"``quoted'' \href{http://a.b/c}{here} \url{http://q.org}", "“quoted” here (http://a.b/c) http://q.org"),
        (r"costs \$5, or $6 and $10", "costs $5, or $6 and $10"),
        ("https://x.org/~ann has ~10 --flags", "https://x.org/~ann has ~10 --flags"),
        ("two\n  lines\tand\xa0more", "two lines and more"),
    ],
)
def test_readable(raw: str, shown: str) -> None:
    """Simple TeX is shown as people would write it."""
    assert readable(raw) == shown


@pytest.mark.parametrize(
    "tex",
    [r"$\frac{1}{2}$", r"$n^{2/3}$", r"$\hat{xy}$", r"$x_{i,j}$", r"$\lVert x \rVert$", r"$\logit x$", r"\cite{a}"],
)
def test_complicated_tex_stays(tex: str) -> None:
    """What Unicode cannot say stays as its author wrote it."""
    assert readable(f"so {tex} is") == f"so {tex} is"


def test_nothing_reorders_or_hides() -> None:
    """Control characters, bidi overrides, invisible characters and lone surrogates are gone."""
    assert readable("a\u202eb\u2066c\x00d\x1b[31me\u200bf\ud800g\U000e0041h\ufeff") == "abcd[31mefgh"


@given(any_text | texish)
@example("$^$")
@example("$\\hat{$")
def test_readable_never_fails(text: str) -> None:
    """Any text is shown, on one line, and can be encoded."""
    shown = readable(text)
    assert shown == " ".join(shown.split())
    shown.encode()


@given(st.text(alphabet="abcXYZéß 123~$^_-`'\".{}()\u202e\x00", max_size=200))
def test_no_letter_is_lost(text: str) -> None:
    """Without commands in it, a text keeps every letter in its order, though some may become superscripts."""

    def letters(of: str) -> list[str]:
        return [char for char in unicodedata.normalize("NFKD", of) if char.isalpha()]

    assert letters(readable(text)) == letters(text)


@given(texish)
def test_accents_lose_no_letter(text: str) -> None:
    """Only the letters of commands may go: every other one is still there, in its order."""
    kept = iter(unicodedata.normalize("NFKD", unicode_accents(text)))
    outside_commands = unicodedata.normalize("NFKD", re.sub(r"\\[A-Za-z]+", "", text))
    assert all(char in kept for char in outside_commands if char.isalpha())


@pytest.mark.parametrize(
    "hostile", ["\\(" * 5000, "$a" * 5000, "\\emph{" * 3000, "``" * 5000, "{" * 9999, "\\'" * 9999]
)
def test_hostile_text_is_quick(hostile: str) -> None:
    """No text makes it slow."""
    began = time.process_time()
    readable(hostile)
    assert time.process_time() - began < 0.5


@pytest.mark.parametrize(
    ("text", "limit", "short"),
    [
        ("hello world", 11, "hello world"),
        ("hello brave world", 12, "hello brave…"),
        ("hello brave world", 14, "hello brave…"),
        ("hello, world of words", 7, "hello…"),
        ("abcdefghij", 5, "abcd…"),
        ("abc", 1, "…"),
        ("abcde\u0301fgh", 6, "abcd…"),
        ("abc\U0001f468\u200d\U0001f469 and", 6, "abc…"),
        ("abc\U0001f44d\U0001f3fd and", 5, "abc…"),
        ("abc\ud83d\ude00 and", 5, "abc…"),
    ],
)
def test_shorten(text: str, limit: int, short: str) -> None:
    """A text is cut at the end of a word where one is near."""
    assert shorten(text, limit) == short


@given(any_text, st.integers(0, 60))
def test_shorten_keeps_its_limit(text: str, limit: int) -> None:
    """The result is never longer than the limit, and begins as the text does."""
    short = shorten(text, limit)
    assert len(short) <= limit or short == text == ""
    assert text.startswith(short.removesuffix("…")) or text == short


def test_authors_line() -> None:
    """The first authors are named, the others counted."""
    assert authors_line(["Ann Lee"]) == "Ann Lee"
    assert authors_line(["A", "B", "C"]) == "A, B, C"
    assert authors_line(list("ABCDEFG")) == "A, B, C et al."
    assert authors_line(["Andr\\'e\u202e", "B"], shown=1) == "André et al."
    assert authors_line([]) == ""


@pytest.mark.parametrize(
    ("number", "what", "expected"),
    [
        (0, "paper", "0 papers"),
        (1, "paper", "1 paper"),
        (1200, "new paper", "1,200 new papers"),
        (1, "entry", "1 entry"),
        (2, "entry", "2 entries"),
        (2, "day", "2 days"),
    ],
)
def test_things_are_counted(number: int, what: str, expected: str) -> None:
    """One is one, and several have their plural."""
    assert counted(number, what) == expected
