"""`paperboy run` as a service: two on one database, stops of every kind, health over HTTP."""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from queue import Queue
from threading import Thread
from time import monotonic

import httpx2
import pytest

from tests.journeys.paperboy import Paperboy, until
from tests.journeys.warm import Command
from tests.standins.telegram import TOKEN, Fault, TelegramStandin

GROUP = -1009
#: what a stop may take, in seconds; and some more on a busy machine
LONGEST_S = 30.0


@pytest.fixture
def telegram(paperboy: Paperboy) -> Iterator[TelegramStandin]:
    """The only platform of the place."""
    with TelegramStandin().running() as telegram:
        paperboy.variables |= {
            "PAPERBOY_TELEGRAM__TOKEN": TOKEN,
            "PAPERBOY_TELEGRAM__API_BASE_URL": telegram.url,
        }
        yield telegram


@contextmanager
def started(paperboy: Paperboy, *arguments: str, **variables: str) -> Iterator[Command]:
    """A service, which is killed at the end if it still runs."""
    process = paperboy.start(*(arguments or ("run",)), **variables)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def polls(telegram: TelegramStandin, process: Command) -> None:
    """Wait until the process is connected."""
    before = len(telegram.requests("getUpdates"))
    until(lambda: len(telegram.requests("getUpdates")) > before, process)


def read_event(process: Command, event: str) -> dict[str, object]:
    """Read the process's JSON lines until it says this."""
    assert process.stderr
    for line in process.stderr:
        assert line.startswith("{"), line + process.stderr.read()
        document: dict[str, object] = json.loads(line)
        if document["event"] == event:
            return document
    raise AssertionError(event)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_two_services_on_one_database(
    kind: str, paperboy: Paperboy, telegram: TelegramStandin, request: pytest.FixtureRequest
) -> None:
    """The second says who serves, serves nothing, and takes over when the first stops, or is killed."""
    if kind == "sqlite":
        _serve_in_turn(paperboy, telegram)
        return
    with request.getfixturevalue("postgres").empty() as url:
        paperboy.variables["PAPERBOY_DATABASE_URL"] = url
        _serve_in_turn(paperboy, telegram)


def _serve_in_turn(paperboy: Paperboy, telegram: TelegramStandin) -> None:
    json_lines = ("--log-format", "json", "run")
    with started(paperboy, *json_lines) as first:
        read_event(first, "platform connected")
        with started(paperboy, *json_lines) as second, started(paperboy, *json_lines) as third:
            for waiting in (second, third):
                told = read_event(waiting, "platform waiting")
                assert told["pid"] == first.pid
                assert str(told["sentence"]).startswith("telegram is served by another process (")
            telegram.types("/help", chat=GROUP)
            until(lambda: len(telegram.messages) == 1, first)
            first.send_signal(signal.SIGTERM)
            assert first.wait(LONGEST_S) == 0
            connected: Queue[Command] = Queue()
            for waiting in (second, third):
                Thread(target=_tell_when_connected, args=(waiting, connected), daemon=True).start()
            server = connected.get(timeout=180)
            until(lambda: _is_connected(paperboy, server.pid), server)
            server.kill()
            server.wait()
            last = connected.get(timeout=180)
            telegram.types("/help", chat=GROUP)
            until(lambda: len(telegram.messages) == 2, last)


def _tell_when_connected(process: Command, connected: Queue[Command]) -> None:
    read_event(process, "platform connected")
    connected.put(process)


def _is_connected(paperboy: Paperboy, pid: int) -> bool:
    services = paperboy("status", "--json").json["services"]
    return any(one["pid"] == pid and one["platforms"]["telegram"]["state"] == "connected" for one in services)


def test_sigterm_while_an_answer_hangs(paperboy: Paperboy, telegram: TelegramStandin) -> None:
    """An answer that the platform does not take does not keep the service from stopping, with 0 and within 30 s."""
    telegram.fails("sendMessage", *[Fault(silent_s=25.0)] * 9)
    with started(paperboy) as process:
        polls(telegram, process)
        telegram.types("/help", chat=GROUP)
        until(lambda: telegram.requests("sendMessage"), process)
        began = monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(LONGEST_S + 10) == 0
        assert monotonic() - began < LONGEST_S
        assert paperboy("status", "--json").json["services"] == []


def test_a_second_ctrl_c_ends_at_once(paperboy: Paperboy, telegram: TelegramStandin) -> None:
    """The first Ctrl-C stops in order, the second one does not wait for what hangs; both leave with 130."""
    telegram.fails("sendMessage", *[Fault(silent_s=25.0)] * 9)
    with started(paperboy, "--log-format", "json", "run") as process:
        polls(telegram, process)
        telegram.types("/help", chat=GROUP)
        until(lambda: telegram.requests("sendMessage"), process)
        process.send_signal(signal.SIGINT)
        read_event(process, "service stopping")
        process.send_signal(signal.SIGINT)
        assert process.wait(3) == 130
    with started(paperboy) as process:
        polls(telegram, process)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=LONGEST_S)
        assert process.returncode == 130
        assert "Stopped." in err


def test_a_suspended_service_finds_out_before_it_answers(paperboy: Paperboy, telegram: TelegramStandin) -> None:
    """A service that was suspended, and whose claim another one took, answers nothing when it wakes, and waits."""
    with started(paperboy, "--log-format", "json", "run") as first:
        polls(telegram, first)
        _suspend(first, paperboy)
        later = {"PAPERBOY_CLOCK__NOW": "2030-01-01T09:00:00Z"}  # by then the claim has run out
        with started(paperboy, "--log-format", "json", "run", **later) as second:
            read_event(second, "platform connected")
            telegram.types("/help", chat=GROUP)
            until(lambda: len(telegram.messages) == 1, second)
            os.kill(first.pid, signal.SIGCONT)
            assert read_event(first, "platform lost")["platform"] == "telegram"
            assert read_event(first, "platform waiting")["pid"] == second.pid
            telegram.types("/help", chat=GROUP)
            until(lambda: len(telegram.messages) == 2, second)
    assert len(telegram.messages) == 2


def _suspend(process: Command, paperboy: Paperboy) -> None:
    """Suspend the process between two writes: within one it would keep everybody from writing."""
    with closing(sqlite3.connect(paperboy.database, timeout=0)) as connection:
        while True:
            os.kill(process.pid, signal.SIGSTOP)
            try:
                connection.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError:
                os.kill(process.pid, signal.SIGCONT)
                continue
            connection.rollback()
            return


def test_health_of_a_running_service(paperboy: Paperboy, telegram: TelegramStandin) -> None:
    """Health, readiness and metrics are served beside the platforms, and the port is named in a line."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with started(paperboy, "--log-format", "json", "run", PAPERBOY_HTTP__PORT=str(port)) as process:
        assert str(port) in str(read_event(process, "web served")["sentence"])
        read_event(process, "platform connected")
        telegram.types("/help", chat=GROUP)
        until(lambda: telegram.messages, process)
        url = f"http://127.0.0.1:{port}"
        assert httpx2.get(f"{url}/healthz").status_code == 200
        assert httpx2.get(f"{url}/readyz").json()["platforms"] == {"telegram": "connected"}
        metrics = httpx2.get(f"{url}/metrics").text
        assert 'paperboy_command_seconds_count{command="help",platform="telegram"} 1.0' in metrics
        process.send_signal(signal.SIGTERM)
        assert process.wait(LONGEST_S) == 0


def test_service_without_a_platform(paperboy: Paperboy) -> None:
    """With `http.port` and no token, `run` says what is missing instead of ending as if it had nothing to do."""
    ran = paperboy("run", PAPERBOY_HTTP__PORT="8080")
    assert ran.code == 2
    assert "no platform has a token" in ran.err
