"""Several processes: the compose file and the worker's unit, as far as they can be held without an engine."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from subprocess import run
from typing import Any

import pytest
import typer
import yaml

from bot import __version__
from bot.cli import cli
from bot.stop import LONGEST_S
from tests.deploy.test_example_settings import secret_variables

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.scaled.yaml").read_text("utf-8"))
SERVICES: dict[str, Any] = COMPOSE["services"]
ONE_PROCESS: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))["services"]["paperboy"]
OURS = ("migrate", "gateway", "worker")
UNIT = DEPLOY / "paperboy.service"
WORKER_UNIT = DEPLOY / "paperboy-worker@.service"


def _is_accepted(words: list[str]) -> bool:
    """True where the program's own parser takes the command."""
    group = typer.main.get_command(cli)
    context = group.make_context("paperboy", words)
    while hasattr(group, "resolve_command") and (rest := [*context._protected_args, *context.args]):
        name, group, arguments = group.resolve_command(context, rest)
        context = group.make_context(name, arguments, parent=context)
    return not hasattr(group, "resolve_command")


@pytest.mark.parametrize("name", OURS)
def test_each_runs_what_one_process_runs_as_safely(name: str) -> None:
    """The same image, locks and limits as in the compose file of one process; only the database lies elsewhere."""
    service = SERVICES[name]
    assert service["image"] == f"paperboy:{__version__}" == ONE_PROCESS["image"]
    for key in ("build", "init", "read_only", "cap_drop", "security_opt", "mem_limit", "pids_limit", "logging"):
        assert service[key] == ONE_PROCESS[key], key
    assert int(service["stop_grace_period"].removesuffix("s")) > LONGEST_S
    assert _is_accepted(service["command"])
    assert "volumes" not in service, "PostgreSQL keeps everything"


def test_the_schema_is_brought_up_once_before_all_others() -> None:
    """`migrate` ends, and gateways and workers start after it, with a probe of their own."""
    assert SERVICES["migrate"]["command"] == ["db", "upgrade"]
    assert SERVICES["migrate"]["restart"] == "no"
    for name in ("gateway", "worker"):
        assert SERVICES[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}
        assert SERVICES[name]["depends_on"]["postgresql"] == {"condition": "service_healthy"}
        assert SERVICES[name]["restart"] == "unless-stopped"
        assert SERVICES[name]["healthcheck"] == ONE_PROCESS["healthcheck"]
    assert SERVICES["gateway"]["scale"] == 2 and "--no-jobs" in SERVICES["gateway"]["command"]
    assert SERVICES["worker"]["command"] == ["worker"]


def test_secrets_are_files() -> None:
    """Each secret is a file that its service mounts; no value of one stands in the environment or in the repository."""
    known = {f"{name}_FILE" for name in secret_variables()}
    for name, service in SERVICES.items():
        assert set(service["secrets"]) <= set(COMPOSE["secrets"])
        for variable, value in service["environment"].items():
            if variable.endswith("_FILE"):
                assert variable in known or name == "postgresql", variable
                assert value.removeprefix("/run/secrets/") in service["secrets"]
            else:
                assert f"{variable}_FILE" not in known, f"{variable} is a secret"
    assert all(secret["file"].startswith("secrets/") for secret in COMPOSE["secrets"].values())
    assert "deploy/secrets/" in (ROOT / ".gitignore").read_text("utf-8").splitlines()


def test_postgresql_outlives_its_container() -> None:
    """It has a volume, a health check, and connections for fourteen processes."""
    service = SERVICES["postgresql"]
    assert service["volumes"] == ["postgresql:/var/lib/postgresql/data"] and "postgresql" in COMPOSE["volumes"]
    assert "pg_isready" in service["healthcheck"]["test"][1] and service["restart"] and service["mem_limit"]
    (connections,) = re.findall(r"max_connections=(\d+)", " ".join(service["command"]))
    assert int(connections) >= 14 * 14  # 8 to read and write, 4 for jobs, one for a token, one for general jobs
    assert f"at {connections} fourteen" in (ROOT / "docs" / "scaling.md").read_text("utf-8")


def _settings(unit: Path) -> list[str]:
    return re.findall(r"(?m)^\w+=.*$", unit.read_text("utf-8"))


def test_a_worker_may_what_the_service_may() -> None:
    """The worker's unit differs from the service's in what it is called, where it listens and what it runs."""
    service, worker = _settings(UNIT), _settings(WORKER_UNIT)
    assert {line.partition("=")[0] for line in {*service} ^ {*worker}} == {
        "Description",
        "Documentation",
        "Environment",
        "ExecStart",
    }
    assert "ExecStart=/opt/paperboy/.venv/bin/paperboy worker" in worker
    assert [line for line in worker if line not in service and line.startswith("Env")] == [
        "Environment=PAPERBOY_HTTP__PORT=%i"
    ]


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not here")
def test_systemd_takes_the_worker(tmp_path: Path) -> None:
    """`systemd-analyze verify` finds nothing in the worker's unit."""
    unit, program = tmp_path / "paperboy-worker@9101.service", tmp_path / "paperboy"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    text = WORKER_UNIT.read_text("utf-8").replace("/opt/paperboy/.venv/bin/paperboy", str(program))
    unit.write_text(text, "utf-8")
    ran = run(["systemd-analyze", "verify", "--man=no", str(unit)], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")
