"""The systemd unit."""

from __future__ import annotations

import re
import shutil
from collections import defaultdict
from pathlib import Path
from subprocess import run

import pytest

from bot.cli import cli

ROOT = Path(__file__).parents[2]
UNIT = ROOT / "deploy" / "paperboy.service"
WRAPPER = (ROOT / "deploy" / "as-service").read_text("utf-8")


def _values() -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for name, value in re.findall(r"(?m)^(\w+)=(.*)$", UNIT.read_text("utf-8")):
        found[name].append(value)
    return found


def test_the_unit_runs_a_command_that_exists() -> None:
    """ExecStart is the command that `make install` makes in /opt/paperboy, with options that `run` has."""
    (start,) = _values()["ExecStart"]
    program, command, *options = start.split()
    assert program == "/opt/paperboy/.venv/bin/paperboy"
    known = {each.callback.__name__ for each in cli.registered_commands if each.callback}
    assert command in known and options == ["--no-terminal"]


def test_the_unit_gives_time_to_stop() -> None:
    """`run` finishes or hands back within 30 s what it holds; systemd waits longer."""
    assert int(_values()["TimeoutStopSec"][0]) > 30


def test_the_unit_and_the_administrator_s_command_agree() -> None:
    """`paperboy` of the administrator runs the same program as the same user in the same place."""
    values = _values()
    assert f"cd {values['WorkingDirectory'][0]} " in WRAPPER
    assert f"-u {values['User'][0]} " in WRAPPER
    assert values["ExecStart"][0].split()[0] in WRAPPER
    (home,) = re.findall(r"HOME=\S+", " ".join(values["Environment"]))
    assert home in WRAPPER and home.endswith(values["StateDirectory"][0])
    assert values["EnvironmentFile"] == [f"{values['WorkingDirectory'][0]}/.env"], "which the program reads there, too"


def test_the_unit_is_hardened() -> None:
    """It writes to its own folder alone, gains no privilege, and speaks IP and local sockets."""
    values = _values()
    for name, value in {"ProtectSystem": "strict", "NoNewPrivileges": "yes", "MemoryDenyWriteExecute": "yes"}.items():
        assert values[name] == [value]
    assert values["CapabilityBoundingSet"] == [""]
    assert values["SystemCallFilter"] == ["@system-service", "~@privileged @resources", "setrlimit prlimit64"]
    assert "AF_INET" in values["RestrictAddressFamilies"][0].split()


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not here")
def test_systemd_takes_the_unit(tmp_path: Path) -> None:
    """`systemd-analyze verify` finds nothing in it."""
    unit = tmp_path / UNIT.name
    program = tmp_path / "paperboy"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    unit.write_text(UNIT.read_text("utf-8").replace("/opt/paperboy/.venv/bin/paperboy", str(program)), "utf-8")
    ran = run(["systemd-analyze", "verify", "--man=no", str(unit)], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")
