from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.settings import known_keys, load
from bot.source_settings import ArxivSettings
from core.errors import BadSetting


@pytest.fixture(autouse=True)
def _empty_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    for name in list(os.environ):  # noqa: TID251 - the environment is what is being tested
        if name.upper().startswith("PAPERBOY_"):
            monkeypatch.delenv(name)
    yield


def test_nothing_set_is_enough() -> None:
    """With no file and no variables, Paperboy knows where arXiv is and where to keep its database."""
    settings = load()
    assert str(settings.sources.arxiv.base_url).startswith("https://rss.arxiv.org")
    assert settings.database.startswith("sqlite:///")


def test_environment_wins_over_dotenv_over_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable wins over `.env`, which wins over `paperboy.toml`."""
    (tmp_path / "paperboy.toml").write_text(
        'contact = "file"\ndatabase_url = "sqlite:///file.db"\n[clock]\nnow = 2026-02-04T09:00:00Z\n'
    )
    (tmp_path / ".env").write_text("PAPERBOY_CONTACT=dotenv\nPAPERBOY_DATABASE_URL=sqlite:///dotenv.db\n")
    monkeypatch.setenv("PAPERBOY_CONTACT", "environment")
    settings = load()
    assert settings.contact == "environment"
    assert settings.database == "sqlite:///dotenv.db"
    assert settings.clock.now == datetime(2026, 2, 4, 9, tzinfo=UTC)


def test_levels_and_empty_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two underscores go down one level, an empty variable is not set, and a time without a zone is UTC."""
    monkeypatch.setenv("PAPERBOY_SOURCES__ARXIV__BASE_URL", "http://127.0.0.1:8099")
    monkeypatch.setenv("PAPERBOY_CLOCK__NOW", "2026-02-04T09:00")
    monkeypatch.setenv("PAPERBOY_CONTACT", "")
    settings = load()
    assert str(settings.sources.arxiv.base_url) == "http://127.0.0.1:8099/"
    assert settings.clock.now == datetime(2026, 2, 4, 9, tzinfo=UTC)
    assert settings.contact == ""


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("PAPERBOY_CONTCT", "x", "Did you mean contact"),
        ("PAPERBOY_SOURCES__ARXIV__BASE_ULR", "http://x", "Did you mean sources.arxiv.base_url"),
        ("PAPERBOY_CLOCK__NOW", "noonish", "clock.now is wrong"),
        ("PAPERBOY_SOURCES__ARXIV__BASE_URL", "ftp://x", "sources.arxiv.base_url is wrong"),
        ("PAPERBOY_SOURCES__ARXIV__PACE_S", "-1", "sources.arxiv.pace_s is wrong"),
        ("PAPERBOY_CLOCK", "now", "clock is wrong: it is a section"),
        ("PAPERBOY_CLOCK__NOW", "9999-12-31T23:59:59Z", "between the years 1991 and 9000"),
        ("PAPERBOY_CLOCK__NOW", "0001-01-01T00:00:00+14:00", "between the years 1991 and 9000"),
        ("PAPERBOY_SOURCES__FEEDS", "nature", "sources.feeds is wrong: write it as a list"),
        ("PAPERBOY_SOURCES__FEEDS", '[{"name": "a"}]', "sources.feeds.0.url is wrong: it is missing."),
    ],
)
def test_a_typo_is_one_sentence(monkeypatch: pytest.MonkeyPatch, variable: str, value: str, said: str) -> None:
    """A misspelt key names the nearest one, and a wrong value names its key."""
    monkeypatch.setenv(variable, value)
    with pytest.raises(BadSetting) as raised:
        load()
    assert said in raised.value.sentence()


@pytest.mark.parametrize(("text", "said"), [("contact = ", "not valid TOML"), ("kontact = 1", "Did you mean contact")])
def test_a_broken_file_is_one_sentence(tmp_path: Path, text: str, said: str) -> None:
    """A settings file that does not parse, or has an unknown key, is told with its name or the nearest key."""
    file = tmp_path / "other.toml"
    file.write_text(text)
    with pytest.raises(BadSetting) as raised:
        load(file)
    assert said in raised.value.sentence()


def test_a_missing_file_is_told_only_where_it_was_named(tmp_path: Path) -> None:
    """--config with a file that is not there is an error; no paperboy.toml is not."""
    load()
    with pytest.raises(BadSetting, match="no settings file"):
        load(tmp_path / "absent.toml")


def test_names_of_later_parts_are_accepted_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Documented settings whose part is not in this version do not stop a start, and are named."""
    monkeypatch.setenv("PAPERBOY_SECRETS__KEY", "a-key")
    assert load().without_effect == ("secrets",)


def test_fallbacks_are_a_list_in_a_file_and_words_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Models that stand in are named with commas between them; without a first choice they are an error."""
    monkeypatch.setenv("PAPERBOY_MODEL__FALLBACKS", "openai/b, ollama/c,")
    with pytest.raises(BadSetting, match="not set"):
        load()
    monkeypatch.setenv("PAPERBOY_MODEL__NAME", "openai/a")
    assert load().model.fallbacks == ("openai/b", "ollama/c")


def test_feeds_are_a_list_in_a_file_and_json_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Journals are named and addressed; their names become what channels write."""
    monkeypatch.setenv("PAPERBOY_SOURCES__FEEDS", '[{"name": "Nature Methods", "url": "https://example.org/rss"}]')
    (feed,) = load().sources.feeds
    assert (feed.name, str(feed.url)) == ("nature-methods", "https://example.org/rss")


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (
            '[{"name": "a", "url": "https://e.org/1"}, {"name": "A", "url": "https://e.org/2"}]',
            "is wrong: two feeds are named a",
        ),
        ('[{"name": "a", "url": "ftp://e.org/1"}]', "URL scheme"),
        ('[{"name": "…", "url": "https://e.org/1"}]', "letters or digits"),
        ("https://e.org/1", "sources.feeds"),
        ("[", "sources.feeds"),
    ],
)
def test_a_wrong_feed_is_told(monkeypatch: pytest.MonkeyPatch, value: str, told: str) -> None:
    """A feed that cannot be meant is an error of the setting, in a sentence."""
    monkeypatch.setenv("PAPERBOY_SOURCES__FEEDS", value)
    with pytest.raises(BadSetting, match=told):
        load()


def test_arxiv_s_services_move_together_unless_told_apart() -> None:
    """A stand-in for the feeds stands in for the API, the pages and the archive, too."""
    moved = ArxivSettings.model_validate({"base_url": "http://127.0.0.1:1", "oai_base_url": "http://127.0.0.1:2"})
    assert ArxivSettings().service(None, "https://export.arxiv.org") == "https://export.arxiv.org"
    assert moved.service(moved.api_base_url, "https://export.arxiv.org") == "http://127.0.0.1:1"
    assert moved.service(moved.oai_base_url, "https://oaipmh.arxiv.org") == "http://127.0.0.1:2"


def test_the_database_url_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """A password in the database's URL does not appear when the settings are printed."""
    monkeypatch.setenv("PAPERBOY_DATABASE_URL", "sqlite:///hunter2.db")
    assert "hunter2" not in repr(load())


def test_every_key_is_known_by_its_full_name() -> None:
    """The names used in error messages are the names one writes."""
    assert {"contact", "clock.now", "sources.arxiv.base_url"} <= set(known_keys())


def test_a_secret_in_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable that ends with _FILE names the file that the value stands in, and wins; a missing file is told."""
    (tmp_path / "slack").write_text("xoxb-1\n")
    monkeypatch.setenv("PAPERBOY_SLACK__BOT_TOKEN", "xoxb-2")
    monkeypatch.setenv("PAPERBOY_SLACK__BOT_TOKEN_FILE", str(tmp_path / "slack"))
    token = load().slack.bot_token
    assert token and token.get_secret_value() == "xoxb-1"
    monkeypatch.setenv("PAPERBOY_SLACK__BOT_TOKEN_FILE", str(tmp_path / "nowhere"))
    with pytest.raises(BadSetting, match="nowhere that PAPERBOY_SLACK__BOT_TOKEN_FILE names cannot be read"):
        load()
