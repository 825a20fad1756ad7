"""The example settings and the program agree."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from io import StringIO
from pathlib import Path
from typing import Any, get_args

from dotenv import dotenv_values
from pydantic import BaseModel, SecretStr

from bot.settings import LATER, Settings, known_keys, load

DEPLOY = Path(__file__).parents[2] / "deploy"
EXAMPLE = (DEPLOY / "paperboy.example.toml").read_text("utf-8")
#: the example with every setting switched on
SWITCHED_ON = re.sub(r"(?m)^#(?=[a-z\[])", "", EXAMPLE)


def _keys(values: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    for name, value in values.items():
        if isinstance(value, dict):
            yield from _keys(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}"


def secret_variables(model: type[BaseModel] = Settings, prefix: str = "PAPERBOY_") -> Iterator[str]:
    """The variable of every setting that is a secret."""
    for name, field in model.model_fields.items():
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            yield from secret_variables(inner, f"{prefix}{name.upper()}__")
        elif SecretStr in (inner, *get_args(inner)):
            yield f"{prefix}{name.upper()}"


def test_the_example_is_accepted(tmp_path: Path) -> None:
    """Paperboy takes the example as it is, and with every setting in it switched on."""
    (tmp_path / "paperboy.toml").write_text(EXAMPLE, "utf-8")
    assert load(tmp_path / "paperboy.toml").contact == "you@example.org"
    (tmp_path / "all.toml").write_text(SWITCHED_ON, "utf-8")
    load(tmp_path / "all.toml")


def test_every_setting_is_in_the_example() -> None:
    """Whatever can be set stands in deploy/paperboy.example.toml, and nothing else does."""
    told = set(_keys(tomllib.loads(SWITCHED_ON)))
    assert set(known_keys()) - told == set(), "add these to deploy/paperboy.example.toml"
    later = {key for key in told if key in LATER or key.partition(".")[0] in LATER}
    assert told - set(known_keys()) - later == set(), "no longer settings"


def test_the_example_shows_defaults() -> None:
    """A setting that has a default stands there with it."""
    shown = Settings.model_validate({k: v for k, v in tomllib.loads(SWITCHED_ON).items() if k in Settings.model_fields})
    examples = {"contact", "database_url", "clock.now", "sources.feeds"}
    for key in set(known_keys()) - examples:
        default, value = _at(Settings(), key), _at(shown, key)
        assert default in (None, value), f"{key} is {default} unless set, and the example says {value}"


def _at(value: Any, key: str) -> Any:
    for name in key.split("."):
        value = getattr(value, name)
    return value


def test_every_secret_has_its_variable_and_no_value() -> None:
    """deploy/paperboy.example.env names the variable of every secret, and holds none."""
    text = (DEPLOY / "paperboy.example.env").read_text("utf-8")
    assert not any(dotenv_values(stream=StringIO(text)).values())
    named = set(re.findall(r"(?m)^#?([A-Z][A-Z_]+)=", text))
    assert named == set(secret_variables())
