"""The image and the compose file, as far as they can be held without an engine."""

from __future__ import annotations

import json
import re
import shlex
import sys
import threading
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from subprocess import run
from typing import Any

import pytest
import yaml

from bot import __version__
from bot.cli import cli
from tests.deploy.test_example_settings import secret_variables

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
DOCKERFILE = re.sub(r"\\\n\s*", "", (DEPLOY / "Dockerfile").read_text("utf-8"))
IGNORED = (DEPLOY / "Dockerfile.dockerignore").read_text("utf-8").splitlines()
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def _instructions(name: str) -> list[str]:
    return re.findall(rf"(?m)^{name}\s+(.+)$", DOCKERFILE)


def _copied() -> list[str]:
    """What the build takes from the context."""
    lines = [line for line in _instructions("COPY") if not line.startswith("--from")]
    return [word.rstrip("/") for line in lines for word in shlex.split(line)[:-1]]


def test_the_image_has_what_the_package_needs() -> None:
    """The Dockerfile copies every package, the lock files and what the build reads; all of it exists and is let in."""
    needed = {*PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"], "pyproject.toml"}
    needed |= {PROJECT["project"]["readme"], *PROJECT["project"]["license-files"]}
    needed |= {f"requirements/{name}.txt" for name in ("build", "run", *PROJECT["project"]["optional-dependencies"])}
    copied = set(_copied())
    assert needed <= copied
    let_in = {line[1:].rstrip("/") for line in IGNORED if line.startswith("!")}
    for name in copied:
        assert (ROOT / name).exists()
        assert name in let_in or str(Path(name).parent) in let_in, f"{name} is not let in"
    assert IGNORED[1] == "*"


def test_everything_is_installed_by_hash() -> None:
    """The image takes nothing from an index that the lock files do not pin."""
    installs = [line for line in _instructions("RUN") if "pip install" in line]
    assert len(installs) == 5
    assert all("--require-hashes" in line or "--no-index" in line for line in installs)


def test_the_image_runs_as_an_ordinary_user_from_a_pinned_base() -> None:
    """Both stages start from one tag with a version of Python that the package allows; the user has a fixed number."""
    tag, *_ = _instructions("ARG")
    version = re.fullmatch(r"PYTHON=3\.(\d+)-slim-\w+", tag)
    assert version and int(version[1]) >= 11
    assert [line.split()[0] for line in _instructions("FROM")] == ["python:${PYTHON}"] * 2
    (user,) = _instructions("USER")
    assert user == "10001:10001" and "--uid 10001" in DOCKERFILE
    assert _instructions("VOLUME") == ["/var/lib/paperboy"]


def test_no_secret_is_in_the_image() -> None:
    """The Dockerfile sets no secret, and names no file that could hold one."""
    known = set(secret_variables()) - {"PAPERBOY_DATABASE_URL"}  # the path of a file, without a password
    assert not [name for name in known if name in DOCKERFILE]
    assert "sqlite:////var/lib/paperboy/paperboy.db" in DOCKERFILE
    assert not [name for name in _copied() if ".env" in name or name == "paperboy.toml"]


def test_commands_exist() -> None:
    """The image's and compose's commands are commands of paperboy."""
    known = {command.callback.__name__ for command in cli.registered_commands if command.callback}
    assert _instructions("ENTRYPOINT") == ['["paperboy"]']
    (command,) = _instructions("CMD")[-1:]
    assert json.loads(command)[0] in known
    assert COMPOSE["services"]["paperboy"]["command"][0] in known
    assert PROJECT["project"]["scripts"] == {"paperboy": "bot.__main__:main"}


def test_compose_locks_the_container() -> None:
    """Read-only, without capabilities, with limits, one volume, and more time to stop than `run` needs."""
    service = COMPOSE["services"]["paperboy"]
    assert service["read_only"] and service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["restart"] == "unless-stopped" and service["mem_limit"] and service["env_file"]
    assert service["volumes"] == ["data:/var/lib/paperboy"] and "data" in COMPOSE["volumes"]
    assert int(service["stop_grace_period"].removesuffix("s")) > 30
    assert service["build"]["dockerfile"] == "deploy/Dockerfile"
    assert (DEPLOY / service["build"]["context"] / service["build"]["dockerfile"]).exists()


def test_compose_and_image_check_health_alike() -> None:
    """Compose repeats the image's health check, word for word."""
    check = COMPOSE["services"]["paperboy"]["healthcheck"]
    (told,) = _instructions("HEALTHCHECK")
    options, _, command = told.partition("CMD ")
    assert check["test"] == ["CMD-SHELL", command.replace("$", "$$")]
    for name in ("interval", "timeout", "start_period", "retries"):
        assert f"--{name.replace('_', '-')}={check[name]}" in options


def test_versions_agree() -> None:
    """pyproject.toml, the program and compose's image name one version."""
    assert PROJECT["project"]["version"] == __version__
    assert COMPOSE["services"]["paperboy"]["image"] == f"paperboy:{__version__}"


@contextmanager
def _answering(status: int) -> Iterator[int]:
    """A server on loopback that answers everything with this status; its port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status if self.path == "/healthz" else 404)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize(("status", "code"), [(200, 0), (503, 1)])
def test_the_probe(status: int, code: int) -> None:
    """The health check passes where /healthz answers 200, through no proxy, and fails otherwise."""
    with _answering(status) as port:
        probe = [sys.executable, str(DEPLOY / "probe.py"), str(port)]
        ran = run(probe, env={"http_proxy": "http://127.0.0.1:9"}, capture_output=True, text=True, check=False)
    assert (ran.returncode, bool(ran.stderr)) == (code, bool(code))


def test_the_probe_without_a_service() -> None:
    """Where nobody listens the health check fails with a sentence."""
    ran = run([sys.executable, str(DEPLOY / "probe.py"), "9"], capture_output=True, text=True, check=False)
    assert ran.returncode == 1 and ran.stderr.startswith("Paperboy does not answer on port 9")
