import re
import time
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.text.readable import all_of, any_of, authors_line, quantity, readable, shorten, unicode_accents
from tests.shared import SHARED, needs_shared

any_text = st.text(max_size=300)
_HALVES = (
    r"\alpha \textbf{ \it {\rm } { $ _ ^ \% \$ \{ \} -- `` '' ~ \, a B 1 \footnote{ \href{ http://a.b/ \sqrt{ \frac{"
    r" \mathcal{ \cal \text{ \not \hat{ \' \b{eta} \color{ & é \( \) \textasciitilde . \u2019 \- \textsuperscript{"
)
#: whole commands and halves of them, in any order
tex = st.lists(st.sampled_from([*_HALVES.split(), " "]), max_size=30).map("".join)
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
        (r"\textbf{60\%} of \textcolor{blue}{\emph{all}} {\color{red}red} \rev{new} words", "60% of all red new words"),
        (r"said ``so.'' And ``thus\".", "said “so.” And “thus”."),
        (r"at 4.5{\deg} and 90\textdegree{} by 3 \textmu m, 3.1\times faster", "at 4.5° and 90° by 3 µm, 3.1× faster"),
        (r"{\alpha}-stable, \b{eta} and \r{ho}, \c{opyright} 2026", "α-stable, β and ρ, © 2026"),
        (r"fast (\eg, on phones), \ie here, \etc.", "fast (e.g., on phones), i.e. here, etc."),
        (r"code\footnote{At http://a.b/c--d\_e} is", "code (At http://a.b/c--d_e) is"),
        (r"\href{http://a.b/x}{\texttt{a.b/x}} \href{http://a.b/y}{http://a.b/y}", "a.b/x (http://a.b/x) http://a.b/y"),
        (r"A\textsuperscript{2}X\textsuperscript{\textregistered}, Y^{3}-Net at 10^{-4}", "A²X®, Y³-Net at 10⁻⁴"),
        (r"{M}ixed {C}ases of {\'e}tudes, sets {1, 2}", "Mixed Cases of études, sets {1, 2}"),
        (r"seven$\unicode{x2013}$eight, Bird\u2019s eye, 10$\,$m", "seven–eight, Bird’s eye, 10 m"),
        (r"$\texttt{Tool$^2$}$ and $\textbf{AB}$$^{2}$", "Tool² and AB²"),
        (r"\[ x_1 \ge 0 \] and $$y^2$$", "x₁ ≥ 0 and y²"),
    ],
)
def test_readable(raw: str, shown: str) -> None:
    """Simple TeX is shown as people would write it."""
    assert readable(raw) == shown


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        (r"A $\rm{Ca}_3$ crystal of $\it{Planck}$ size with $\tt{TOAST}$", "A Ca₃ crystal of Planck size with TOAST"),
        (r"$y_{\rm eff}$, $\bf{K^2}$, ${\sc Gamma}$, $\em{so}$", "y_eff, K², Gamma, so"),
        (r"${\mathrm{Sr}}_{2}{\mathrm{Ru}}{\mathrm{O}}_{4}$ at $30{\rm cm}$", "Sr₂RuO₄ at 30cm"),
        (r"$R_{\odot}$, $K^{\ast}$, $10^\circ$, $A^\top A$", "R_⊙, K*, 10°, Aᵀ A"),
        (r"$B^{+}\to\bar{\mu}\hat{x}$ and $\dot{\rm M}$", "B⁺→μ̄x̂ and Ṁ"),
        (r"${\cal O}(n\log n)$, $\mathcal{ALC}$, ${\mathbb R}^n$", "𝒪(n log n), 𝒜ℒ𝒞, ℝⁿ"),
        (r"$\sin\theta$, $\log_2 m$, $q\equiv 1 \pmod{4}$, $x\in X$", "sin θ, log₂ m, q≡1 (mod 4), x∈X"),
        (r"$\sqrt{n+1}$, $\sqrt{2}x$, $x_{<t}$, $40\,\mathrm{km}$, $7\times{7}$", "√(n+1), √(2)x, x_<t, 40 km, 7×7"),
        (r"$\left[0, \infty\right)$, $\not\in$, $\Bar{W}$, $5\,\AA$", "[0, ∞), ∉, W̄, 5 Å"),
    ],
)
def test_formulas_in_old_and_new_fonts(raw: str, shown: str) -> None:
    """Fonts, braces and sizes go, and letters, scripts and signs are what people would write."""
    assert readable(raw) == unicodedata.normalize("NFC", shown)


@pytest.mark.parametrize(
    "tex",
    [
        r"$\frac{1}{2}$",
        r"$n^{2/3}$",
        r"$\hat{xy}$",
        r"$x_{i,j}$",
        r"$\lVert x \rVert$",
        r"$\logit x$",
        r"\cite{a}",
        r"\frac{\alpha}{2}",
        r"$x_{i_j}$",
        r"$C_{effect}ive$",
        r"\method{}",
        r"{\ours}",
        r"\rho{x",
        r"$\mathcal{H}_{S,t}$",
        r"$10 for file_name and $5",
        r"$5 and the rest of it_all for me $",
    ],
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


@given(any_text | texish | tex)
@example(r"\$5-\$x")
@example(r"\{x\}b")
def test_what_is_readable_stays(text: str) -> None:
    """Readable text is not changed by making it readable again."""
    assert readable(readable(text)) == readable(text)


@given(st.text(alphabet=st.characters(exclude_characters="\\$~`{", exclude_categories=("C", "Z")), max_size=200))
def test_plain_text_is_untouched(text: str) -> None:
    """A text without TeX's characters is shown as it is."""
    plain = text.replace("--", "-")
    assert readable(plain) == plain


@needs_shared
def test_fonts_of_a_real_report() -> None:
    """The titles of the case read well: old fonts, elements in braces, solar masses."""
    feed = (SHARED / "data/cases/13-tex-old-fonts/api.xml").read_text()
    assert [readable(title) for title in re.findall("<title>(.*?)</title>", feed)[1:]] == [
        "A Fermi-like view of CO₂ and x_Bj with EMBER",
        "Quiet La₃Ni₂O₇ films of M_⊙ size, Lᵖ-L^q and π⁺νν̄",
    ]


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
    "hostile",
    [
        "\\(" * 5000,
        "$a" * 5000,
        "\\emph{" * 3000,
        "``" * 5000,
        "{" * 9999,
        "\\'" * 9999,
        "\\a{" * 5000,
        "\\footnote{x``" * 2000,
        "\\{\\b{\\(" * 3000,
        "${\\cal " * 3000,
        "$\\text{" * 3000,
    ],
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
    assert authors_line(["Andr\\'e\u202e", "B"], most=1) == "André et al."
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
    assert quantity(number, what) == expected


@pytest.mark.parametrize(
    ("names", "all_names", "any_name"),
    [
        ([], "", ""),
        (["a"], "a", "a"),
        (["a", "b"], "a and b", "a or b"),
        (["a", "b", "c"], "a, b and c", "a or b or c"),
    ],
)
def test_names_are_one_phrase(names: list[str], all_names: str, any_name: str) -> None:
    """Several names are put together in words."""
    assert (all_of(names), any_of(names)) == (all_names, any_name)
