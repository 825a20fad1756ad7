import pytest

from core.errors import BadSetting
from core.summarise.languages import LANGUAGES, is_same_language, language_name, parse_language, unserved_note


@pytest.mark.parametrize(
    ("typed", "tag"),
    [
        *(("German", "de"), ("deutsch", "de"), ("de", "de"), ("DE", "de"), ("de-AT", "de"), ("de_CH", "de")),
        *(("中文", "zh"), ("Chinese", "zh"), ("zh-CN", "zh"), ("zh-Hans", "zh"), ("zh-TW", "zh-Hant")),
        *(("繁體中文", "zh-Hant"), ("pt-br", "pt-BR"), ("Português", "pt"), ("francais", "fr"), ("no", "nb")),
        *(("日本語", "ja"), ("한국어", "ko"), ("Русский", "ru"), ("Farsi", "fa"), ("en-US", "en")),
    ],
)
def test_names_that_people_type(typed: str, tag: str) -> None:
    """A language is known by its tag, its names in English and its own, with and without accents and regions."""
    assert parse_language(f" {typed} ").tag == tag


@pytest.mark.parametrize(
    ("typed", "hint"),
    [("xx", "Write a name"), ("Germann", "German (de)"), ("klingonese!", "Write a name"), ("", "Write")],
)
def test_no_language(typed: str, hint: str) -> None:
    """What is no language of ours is refused, and the nearest is named where there is one."""
    with pytest.raises(BadSetting) as refusal:
        parse_language(typed)
    assert hint in refusal.value.hint


def test_every_language_is_its_own() -> None:
    """There are some sixty languages, and each is found by its tag, its name and its own name."""
    assert len(LANGUAGES) >= 60
    assert len({language.tag for language in LANGUAGES}) == len(LANGUAGES)
    for language in LANGUAGES:
        assert {parse_language(name) for name in (language.tag, language.name, language.own_name)} == {language}


def test_tags_of_one_language() -> None:
    """A region that is written alike makes no other language; one that is written otherwise does."""
    assert is_same_language("en-GB", "en")
    assert is_same_language("zh-TW", "zh-Hant")
    assert not is_same_language("zh", "en")
    assert not is_same_language("zh-TW", "zh")
    assert language_name("tlh") == "tlh"


def test_languages_that_need_a_model() -> None:
    """Without a model summaries stay in English, and whoever reads another language is told."""
    assert "Summaries in German need a language model" in unserved_note("de", has_model=False)
    assert unserved_note("de", has_model=True) == unserved_note("en-GB", has_model=False) == ""
