from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.sources.formulas import merge_formulas
from adapters.sources.indexes import plain_text
from adapters.sources.markup import visible

SUB = "<mml:msub><mml:mi>β</mml:mi><mml:mn>2</mml:mn></mml:msub>"
MATH = f'<mml:math xmlns:mml="http://www.w3.org/1998/Math/MathML">{SUB}</mml:math>'
HTML = MATH.replace("mml:", "")
TEX = r"<jats:tex-math>$$\beta _2$$</jats:tex-math>"
DOCUMENT = (
    r"<tex-math>\documentclass[12pt]{minimal} \usepackage{amsmath} \begin{document}$$\beta_2$$\end{document}</tex-math>"
)
ANNOTATED = rf'<semantics><mrow>{SUB}</mrow><annotation encoding="application/x-tex">\beta_2</annotation></semantics>'
PICTURE = r'<img class="mwe-math-fallback-image" src="x.svg" alt="{\displaystyle \beta _{2}}">'


@pytest.mark.parametrize(
    "formula",
    [
        MATH,
        HTML,
        TEX,
        PICTURE,
        f"<jats:inline-formula><jats:alternatives>{TEX}{MATH}</jats:alternatives></jats:inline-formula>",
        f"<jats:inline-formula>\n  <jats:alternatives>\n {MATH}\n {TEX}</jats:alternatives>\n</jats:inline-formula>",
        f"<inline-formula><alternatives>{DOCUMENT}{HTML}<inline-graphic href='x'/></alternatives></inline-formula>",
        f"<math>{ANNOTATED}</math>",
        f'<math alttext="\\beta_2">{SUB}</math>',
        f'<span class="katex"><span class="katex-mathml"><math>{ANNOTATED}</math></span><span class="katex-html"'
        ' aria-hidden="true"><span class="mord">β</span>2</span></span>',
        f'<span class="mwe-math-element"><span>{HTML}</span>{PICTURE}</span>',
        f"{TEX} {MATH}",
        f"{HTML}{PICTURE}",
        f"<tex-math>$\\beta_2$</tex-math><inline-graphic/>{HTML}",
        r'<script type="math/tex">\beta_2</script>',
        r"<tex-math><![CDATA[$\beta_2$]]></tex-math>",
    ],
)
def test_a_formula_is_told_once(formula: str) -> None:
    """TeX, MathML, a picture, or all of them: a reader sees one formula."""
    said = f"<p>Moths fly at rate {formula} in <i>light</i> (p&lt;0.05).</p>"
    assert " ".join(visible(merge_formulas(said)).split()) == "Moths fly at rate β₂ in light (p<0.05)."


def test_tex_in_the_text_counts_as_told() -> None:
    """MathML right after the same formula in dollars is the same formula."""
    assert merge_formulas(rf"rate $\beta_2$ {HTML} in light") == r"rate $\beta_2$  in light"


@pytest.mark.parametrize(
    ("marked", "text"),
    [
        ("Moths in<math><mi>N</mi></math>-Coupled Lamps", "Moths in N-Coupled Lamps"),
        ("Decay of<math><mi>B</mi></math>and<math><mi>D</mi></math>, light", "Decay of B and D, light"),
        ("(<math><mi>N</mi></math>)", "(N)"),
        ("the <math><mi>n</mi></math>th lamp", "the nth lamp"),
        (
            "Fe<math><msub><mi/><mn>2</mn></msub></math>O<math><msub><mrow/><mn>3</mn></msub></math> lamps",
            "Fe₂O₃ lamps",
        ),
        (
            "of<math><mmultiscripts><mi>C</mi><mprescripts/><none/><mn>14</mn></mmultiscripts></math>lamps",
            "of ¹⁴C lamps",
        ),
        ("E<sub><math><mi>F</mi></math></sub>of", "EFof"),
        ("a <inline-formula><i>x</i> of <math><mi>k</mi></math></inline-formula> b", "a x of k b"),
        ("<math><mfrac><mn>1</mn><mn>2</mn></mfrac></math>", "1/2"),
        ("<math><mfrac><mrow><mi>a</mi><mo>+</mo><mi>b</mi></mrow><mi>c</mi></mfrac></math>", r"$\frac{a+b}{c}$"),
        ("<math><msqrt><mi>s</mi></msqrt><mo>=</mo><mn>13</mn></math> TeV", "√s = 13 TeV"),
        ("<math><mi>x</mi><mo>&lt;</mo><mn>5</mn></math>", "x < 5"),
        ("<math><msup><mi>x</mi><mo>′</mo></msup></math>", "x′"),
        ("<math><munknown><mi>x</mi></munknown>", "x"),
        ('<img src="x.gif" alt="TOC Graphic">Moths', "Moths"),
        ("<math><mi>a</mi>", "a"),
    ],
)
def test_formulas_stand_in_their_sentence(marked: str, text: str) -> None:
    """Blanks that were lost around a formula come back, but none comes into a word; what is said stays."""
    assert " ".join(visible(merge_formulas(marked)).split()) == text
    assert plain_text(marked) == text


PIECES = [
    "<math>",
    "</math>",
    "<mi>",
    "</mi>",
    "<msub>",
    "</msub>",
    "<tex-math>",
    "</tex-math>",
    "x",
    "$",
    "<",
    "word ",
    TEX,
    MATH,
]


@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
def test_words_stay_and_reading_twice_changes_nothing(marked: str) -> None:
    """However broken the mark-up is, it is read, and what was read holds no formula any more."""
    found = merge_formulas(marked)
    assert merge_formulas(found) == found or "<math>" in marked or "<tex-math>" in marked
    assert merge_formulas(f"first {marked} last").startswith("first ")
    assert merge_formulas(f"first {marked} last").endswith(" last")


@pytest.mark.parametrize(
    "piece",
    [
        "<math>",
        "<math><mi>",
        "<math></math>",
        "<img alt='$",
        "<a \"'",
        "<inline-formula>",
        "<math><mi>x</mi></math>",
        "$x$ <math/>",
    ],
)
def test_hostile_formulas_take_linear_time(piece: str) -> None:
    """A hundred thousand characters of formulas, closed or not, are read in a second."""
    marked = piece * (100_000 // len(piece))
    began = time.process_time()
    merge_formulas(marked)
    merge_formulas(f"{marked[:50_000]}{'</inline-formula>' * 3_000}{'</math>' * 5_000}")
    assert time.process_time() - began < 1.5
