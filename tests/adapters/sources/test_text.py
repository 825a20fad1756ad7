from __future__ import annotations

import gzip
import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.sources.mojibake import repair
from adapters.sources.text import lines, one_line
from tests.shared import SHARED, needs_shared

ANYTHING = st.text(st.characters(exclude_categories=()))


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ("  two\n\t words \u2028 here ", "two words here"),
        ("red\x1b[31m bell\x07", "red[31m bell"),
        ("\u202eright\u202c to \u2066left\u2069", "right to left"),
        ("half \ud800 a pair", "half a pair"),
        ("\ufefftags\U000e0041\U000e007f", "tags"),
        ("می‌خواهم 👩‍🔬 עברית", "می‌خواهم 👩‍🔬 עברית"),
        ("$x < 2$ & <b>", "$x < 2$ & <b>"),
    ],
)
def test_keeps_what_can_be_seen(told: str, kept: str) -> None:
    """White space becomes one space, what misleads unseen is removed, and joiners that scripts need stay."""
    assert one_line(told) == kept


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        (
            "Caf&amp;eacute; &amp;lt;i&amp;gt;in vitro&amp;lt;/i&amp;gt; &amp;amp; NH&lt;sub&gt;3&lt;/sub&gt;",
            "Café in vitro & NH3",
        ),
        ("&#8220;Mu&ntilde;oz&#x201d; &ccaron;", "“Muñoz” č"),
        ("q &lt; 0.01 and r &gt; 2, AT&amp;amp;T", "q < 0.01 and r > 2, AT&T"),
        ("&lt;p&gt;One.&lt;/p&gt;&lt;p&gt;Two.&lt;/p&gt;", "One. Two."),
        ('<span class="x">5 &times; 10<sup>-6</sup></span> m<br/>long', "5 × 10⁻⁶ m long"),
        ("<jats:p>K<jats:sub>2</jats:sub></jats:p>", "K2"),
        ("Mu&Atilde;&plusmn;oz", "Muñoz"),
        (
            'Our page: <a href="https://a.example/page/" class="x">this https URL.</a>',
            "Our page: https://a.example/page/.",
        ),
    ],
)
def test_reads_once_more_what_was_escaped_too_often(told: str, kept: str) -> None:
    """Entities that HTML knows are letters, and formatting goes, however often they were escaped."""
    assert one_line(told) == kept


@pytest.mark.parametrize(
    "title",
    [
        "Please Escape This Title: <script>alert(1)</script> & @everyone <!channel> [x](http://evil.example)",
        "The <video> element, <b> and <strong>, <i> or </i>",
        "a < b > c, if x<y and y>z, List<String>, the <unk> token and </s>",
        "AT&T, R&D; Q&A; black&tan; S&P 500; Foo&Map; x&y=1",
        "<b>",
        "Why is <p> no <div>?",
        "<!-- a comment --> & <![CDATA[x]]>",
    ],
)
def test_a_title_about_mark_up_is_left_as_it_is(title: str) -> None:
    """Elements that are only mentioned, comparisons and ampersands of names are text."""
    assert one_line(title) == title


@pytest.mark.parametrize(
    ("mangled", "text"),
    [
        ("ZoÃ« and RenÃ©e", "Zoë and Renée"),
        ("didnâ€™t", "didn’t"),
        ("didnâ\x80\x99t", "didn’t"),
        ("didn\x92t", "didn’t"),
        ("GÃƒÂ¶del", "Gödel"),
        ("Å½ivkoviÄ‡, YÄ±ldÄ±z, ErdoÄŸan, HÃ¥kon", "Živković, Yıldız, Erdoğan, Håkon"),
        ("Î²-decay at 20 Â°C, 3 Â± 0.1 cmÂ²", "β-decay at 20 °C, 3 ± 0.1 cm²"),
        ("Ð¢ÐµÐºÑ\x81Ñ‚", "Текст"),
        ("Tráº§n vÄƒn", "Trần văn"),
        ("voilÃ\xa0: β and 漢字", "voilà: β and 漢字"),
        ("50 Å² near CafÃ©", "50 Å² near Café"),
    ],
)
def test_repairs_what_was_decoded_wrongly(mangled: str, text: str) -> None:
    """UTF-8 that was taken for Latin-1 or Windows-1252, once or twice, is what it was; real letters beside it stay."""
    assert one_line(mangled) == text


@pytest.mark.parametrize(
    "text",
    [
        "SÃO PAULO, NÃO e IRMÃ, AMANHÔ «CANÇÃO»",
        "CAFÉ” CAFÉ™ l’été… «où» À LA MANIÈRE…",
        "“Spaß” Straße“ ÜBERMUT…",
        "30 Å², 120 Å³, 2 Å± 0.1, 1.5Å, 5 Å… and PÅ”",
        "2×³He, ×², ⟨Â²⟩ = Î² − Â†, where Â is an operator and Ã another",
        "Nguyễn Văn Ân, Trần Đình Ưu, ĐÂY LÀ",
        "naïve façade “fiancé”—Ω ≤ √± ∑ 5°",
        "中文，标题（测试） “ﬁne” ｆｕｌｌ e\u0301",
        "Ã",
        "Â",
    ],
)
def test_real_letters_stay(text: str) -> None:
    """Accents in capitals before quotes, units with exponents, operators with hats, other scripts: nothing changes."""
    assert one_line(text) == text


@given(ANYTHING)
def test_nothing_raises_and_is_repaired_once(text: str) -> None:
    """Any text can be looked at for letters that were decoded wrongly, and what is repaired stays."""
    mangled = text.encode(errors="ignore").decode("latin-1")
    assert repair(repair(mangled)) == repair(mangled)


@pytest.mark.parametrize(
    "hostile",
    [
        *("<" * 50_000, "<b>" * 20_000, "&amp;" * 20_000, "<b><i></b></i>" * 5_000, "Ã" * 50_000, "â€" * 30_000),
        *("&" * 50_000, "<a " * 20_000, "<a x=" * 10_000, "1<sup>" * 10_000, "Ã\u0192Â" * 10_000),
        "&lt;b&gt; and " * 5_000,
    ],
)
def test_hostile_text_is_quick(hostile: str) -> None:
    """No text makes it slow."""
    began = time.process_time()
    one_line(hostile)
    assert time.process_time() - began < 1


@needs_shared
def test_a_year_of_real_text_was_decoded_rightly() -> None:
    """No title, abstract or name of two real months is taken for a text that was decoded wrongly."""
    for month in ("2025-06", "2026-01"):
        with gzip.open(SHARED / f"data/daily/arxiv/arxiv-{month}.jsonl.gz", "rt", encoding="utf-8") as file:
            for line in file:
                if not line.isascii() or "\\u" in line:
                    text = " ".join(str(part) for part in json.loads(line).values())
                    assert repair(text) == text


@given(ANYTHING)
def test_a_line_is_one_line_and_stays_so(text: str) -> None:
    """Any text becomes one line that can be stored as UTF-8, and cleaning it again changes nothing."""
    line = one_line(text)
    line.encode()
    assert len(line.splitlines()) <= 1
    assert one_line(line) == line


@given(ANYTHING)
def test_lines_are_lines_with_text(text: str) -> None:
    """Line breaks stay, empty lines do not, and cleaning again changes nothing."""
    kept = lines(text)
    assert all(line == one_line(line) != "" for line in kept.split("\n") if kept)
    assert lines(kept) == kept
