"""Settings: `paperboy.toml`, over it `.env` and `PAPERBOY_*` in the environment -> one frozen `Settings`.

The only reader of the environment. A key that nobody knows is an error that names the nearest one, because a typo in a
setting is otherwise found out weeks later. Secrets are `SecretStr`: they never print.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Self

from dotenv import dotenv_values
from platformdirs import user_data_path
from pydantic import (
    AnyHttpUrl,
    AnyWebsocketUrl,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)

from bot.embedding_settings import EmbeddingsSettings
from bot.source_settings import SourcesSettings
from core.channels import ChannelRef, require_shape
from core.errors import BadSetting, UsageError
from core.text.nearest import nearest

FILE: Final = "paperboy.toml"
PREFIX: Final = "PAPERBOY_"
LEVEL: Final = "__"
#: `PAPERBOY_SLACK__BOT_TOKEN_FILE` names the file that PAPERBOY_SLACK__BOT_TOKEN stands in, as secrets are often given
IN_FILE: Final = "_FILE"
#: `clock.now` lies between them: before arXiv there was nothing to replay, and the calendar ends some day
_FIRST_YEAR: Final = 1991
_LAST_YEAR: Final = 9000
#: what is wrong with a value, where pydantic's own words are about Python
_WRONG: Final[Mapping[str, str]] = {
    "model_type": "it is a section with settings of its own",
    "tuple_type": 'write it as a list, like [{"name": "nature", "url": "https://www.nature.com/nature.rss"}]',
    "missing": "it is missing",
}
#: documented names whose part of Paperboy is not in this version: accepted, without effect, and told by the doctor
LATER: Final = (
    "slack.signing_secret",
    "slack.client_id",
    "slack.client_secret",
    "telegram.webhook_url",
    "telegram.secret_token",
    "http.public_url",
    "secrets",
)


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ClockSettings(_Section):
    """The time Paperboy lives in."""

    #: start at this moment instead of now, and let time run on: for replayed days
    now: datetime | None = None

    @field_validator("now")
    @classmethod
    def _aware(cls, value: datetime | None) -> datetime | None:
        if value is not None and not _FIRST_YEAR <= value.year <= _LAST_YEAR:
            raise ValueError(f"write a moment between the years {_FIRST_YEAR} and {_LAST_YEAR}")
        return value if value is None or value.tzinfo else value.replace(tzinfo=UTC)


class SlackSettings(_Section):
    """The Slack app; connected where `bot_token` is set."""

    #: starts with xoxb-
    bot_token: SecretStr | None = None
    #: starts with xapp-; Socket Mode, which brings commands and reactions
    app_token: SecretStr | None = None
    api_base_url: AnyHttpUrl = AnyHttpUrl("https://slack.com/api/")
    #: seconds between two messages in one channel
    pace_s: float = Field(default=1.0, ge=0, le=60)


class DiscordSettings(_Section):
    """The Discord bot; connected where `token` is set."""

    token: SecretStr | None = None
    api_base_url: AnyHttpUrl = AnyHttpUrl("https://discord.com/api/v10")
    #: the gateway's address; Discord tells it unless set
    gateway_url: AnyWebsocketUrl | None = None
    #: connections to the gateway, which share the bot's servers; 0 is as many as Discord recommends
    shards: int = Field(default=0, ge=0, le=1_000)


class TelegramSettings(_Section):
    """The Telegram bot; connected where `token` is set."""

    token: SecretStr | None = None
    #: a self-hosted Bot API server can stand in
    api_base_url: AnyHttpUrl = AnyHttpUrl("https://api.telegram.org")
    #: seconds between two messages in one chat
    pace_s: float = Field(default=1.0, ge=0, le=60)


class ModelSettings(_Section):
    """The language model that writes summaries; used where `name` is set. What it costs is bounded by the budgets."""

    #: PROVIDER/MODEL in litellm's words: openai/gpt-5-mini, anthropic/claude-haiku-4-5, ollama/qwen3
    name: str | None = None
    #: a server of one's own, or a proxy, in the place of the provider's address; for its fallbacks too
    api_base: AnyHttpUrl | None = None
    #: the provider's, for its fallbacks too; those of other providers use the variables that litellm names
    api_key: SecretStr | None = None
    #: models that are asked where the first one fails, in this order
    fallbacks: tuple[str, ...] = ()
    #: US dollars in a calendar month and on a day, UTC; then summaries are made without a model
    monthly_budget_usd: float | None = Field(default=None, ge=0)
    daily_budget_usd: float | None = Field(default=None, ge=0)
    #: seconds that a digest waits for summaries; then sentences of the abstracts stand in, until better ones come
    digest_wait_s: float = Field(default=20.0, ge=0, le=300)
    #: seconds that one answer may take
    timeout_s: float = Field(default=60.0, gt=0, le=600)
    #: calls at the same time
    parallel: int = Field(default=8, ge=1, le=100)

    @field_validator("fallbacks", mode="before")
    @classmethod
    def _from_words(cls, value: object) -> object:
        """In the environment the names stand in a row, with commas between them."""
        return tuple(filter(None, map(str.strip, value.split(",")))) if isinstance(value, str) else value

    @model_validator(mode="after")
    def _first_choice(self) -> Self:
        if self.fallbacks and not self.name:
            raise ValueError("model.fallbacks are for model.name, which is not set")
        return self


class HttpSettings(_Section):
    """Health and metrics over HTTP; served where `port` is set."""

    #: this machine alone unless set
    host: str = "127.0.0.1"
    port: int | None = Field(default=None, ge=0, le=65_535)


class OperatorSettings(_Section):
    """Whoever runs Paperboy."""

    #: where it is told what is broken and what to do, and when it is well again: `slack:T123/C456`
    channel: str | None = None

    @field_validator("channel")
    @classmethod
    def _readable(cls, value: str | None) -> str | None:
        try:
            if not value:
                return None
            require_shape(channel := ChannelRef.parse(value))
            return str(channel)
        except UsageError as error:
            raise ValueError(error.sentence().rstrip(".")) from None


class Settings(_Section):
    """Everything that can be set."""

    #: a SQLite file under the user's data directory unless set
    database_url: SecretStr | None = None
    #: an address or e-mail for the User-Agent: sources write there before they block us
    contact: str = ""
    clock: ClockSettings = ClockSettings()
    sources: SourcesSettings = SourcesSettings()
    slack: SlackSettings = SlackSettings()
    discord: DiscordSettings = DiscordSettings()
    telegram: TelegramSettings = TelegramSettings()
    model: ModelSettings = ModelSettings()
    embeddings: EmbeddingsSettings = EmbeddingsSettings()
    http: HttpSettings = HttpSettings()
    operator: OperatorSettings = OperatorSettings()
    #: names that were set and have no effect in this version
    without_effect: tuple[str, ...] = Field(default=(), exclude=True)

    @property
    def database(self) -> str:
        """The database's URL, the default filled in."""
        if self.database_url:
            return self.database_url.get_secret_value()
        return f"sqlite:///{user_data_path('paperboy') / 'paperboy.db'}"


def load(file: Path | None = None) -> Settings:
    """Read the settings. Raises BadSetting with the place, the key and what to do."""
    path = file or Path(FILE)
    values = _from_file(path, is_required=file is not None)
    for name, value in _variables():
        _put(values, name.lower().split(LEVEL), value)
    later = tuple(name for name in LATER if _take(values, name.split(".")))
    try:
        return Settings.model_validate({**values, "without_effect": later})
    except ValidationError as error:
        raise _bad_setting(error) from None


def _from_file(path: Path, *, is_required: bool) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        if is_required:
            raise BadSetting(f"There is no settings file {path}.") from None
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise BadSetting(f"The settings file {path} cannot be read: {error}.") from None
    except tomllib.TOMLDecodeError as error:
        raise BadSetting(f"The settings file {path} is not valid TOML: {error}.") from None


def _variables() -> Iterator[tuple[str, str]]:
    """`.env` first, then the environment, which wins; in each, what stands in files wins over what does not."""
    dotenv: Mapping[str, str | None] = dotenv_values(".env")
    for source in (dotenv, os.environ):  # noqa: TID251 - this module is the one that reads it
        variables = {name.upper(): value for name, value in source.items() if name.upper().startswith(PREFIX) and value}
        for name, value in variables.items():
            if not name.endswith(IN_FILE):
                yield name[len(PREFIX) :], value
        for name, value in variables.items():
            if name.endswith(IN_FILE):
                yield name[len(PREFIX) :].removesuffix(IN_FILE), _content(name, Path(value))


def _content(variable: str, path: Path) -> str:
    """What stands in a file that a variable names."""
    try:
        return path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise BadSetting(f"The file {path} that {variable} names cannot be read: {error}.") from None


def _put(values: dict[str, Any], path: list[str], value: str) -> None:
    *sections, key = path
    for section in sections:
        inner = values.setdefault(section, {})
        if not isinstance(inner, dict):
            raise BadSetting(f"The setting {section} is not a section.")
        values = inner
    values[key] = value


def _take(values: dict[str, Any], path: list[str]) -> bool:
    *sections, key = path
    for section in sections:
        inner = values.get(section)
        if not isinstance(inner, dict):
            return False
        values = inner
    return values.pop(key, None) is not None


def _bad_setting(error: ValidationError) -> BadSetting:
    first = error.errors()[0]
    place = tuple(str(part) for part in first["loc"])
    name = ".".join(place)
    if first["type"] != "extra_forbidden":
        why = _WRONG.get(first["type"], first["msg"].removeprefix("Value error, "))
        return BadSetting(f"The setting {name} is wrong: {why}.")
    keys = known_keys()
    last = {key.rpartition(".")[2]: key for key in reversed(keys)}  # `bot_token` without its section
    near = nearest(name, keys) or last.get(nearest(place[-1], last), "")
    hint = f"Did you mean {near}?" if near else f"Known settings: {', '.join(keys)}."
    return BadSetting(f"There is no setting {name}.", hint=hint)


def known_keys(model: type[BaseModel] = Settings, prefix: str = "") -> tuple[str, ...]:
    """Every setting's full name, `sources.arxiv.base_url`."""
    keys: list[str] = []
    for name, field in model.model_fields.items():
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            keys += known_keys(inner, f"{prefix}{name}.")
        elif name != "without_effect":
            keys.append(f"{prefix}{name}")
    return tuple(keys)
