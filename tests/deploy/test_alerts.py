"""The alert rules: each asks for what the program tells, and its page says what to do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import promql_parser
import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from bot.jobs.orders import GENERAL
from bot.operation.metrics import Metrics
from bot.operation.overview import Overview
from core.deliver.digest import DeliveryOutcome
from core.ingest.state import SourceState, State
from core.operate.jobs import JobState, QueueState
from core.operate.services import (
    LOST_AFTER,
    Claim,
    Health,
    Origin,
    PlatformState,
    Service,
    ServiceRole,
    ServiceState,
)
from tests.fakes.clock import NOON

ROOT = Path(__file__).parents[2]
RULES: list[dict[str, Any]] = [
    rule
    for group in yaml.safe_load((ROOT / "deploy" / "alerts.yaml").read_text("utf-8"))["groups"]
    for rule in group["rules"]
]
ORIGIN = Origin(id="a", host="attic", pid=1, machine="")
#: what the values of a label may be, where the program fixes them
VALUES = {
    "state": {*State, *JobState, *ServiceState},
    "role": {*ServiceRole},
    "outcome": {*DeliveryOutcome},
    "queue": {GENERAL},
}
_SELECTOR = re.compile(r"\b(paperboy_\w+)(?:\{([^}]*)\})?")
_MATCHER = re.compile(r'(\w+)=~?"([^"]*)"')


@pytest.fixture(scope="module")
def metrics() -> dict[str, set[str]]:
    """Each metric that a program tells that has everything, with its labels."""
    program = Metrics(version="0.1.0", tokens={"slack": 1})
    program.delivery("slack", "posted", 1.0)
    overview = Overview(
        at=NOON,
        services=(Service(origin=ORIGIN, version="0.1.0", started_at=NOON, seen_at=NOON),),
        claims=(Claim(installation="slack", origin=ORIGIN, since=NOON, until=NOON + LOST_AFTER),),
        sources=(SourceState(source="arxiv", scope="cs.CL", state=State.FRESH, checked_at=NOON),),
        jobs=(QueueState(queue=GENERAL, waiting=1),),
        late_digests=0,
        missed_digests=0,
    )
    platforms = {"slack": PlatformState(health=Health.CONNECTED, detail="", since=NOON)}
    text = program.render(platforms, overview, 0.0).decode()
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    return {sample.name: set(sample.labels) for sample in samples}


def test_a_process_that_was_replaced_raises_no_alarm() -> None:
    """What `PaperboyProcessLost` asks for is there for a worker that nobody has replaced, and for no other one."""
    (rule,) = [rule for rule in RULES if rule["alert"] == "PaperboyProcessLost"]
    ((name, matchers),) = _SELECTOR.findall(rule["expr"])
    wanted_labels = dict(_MATCHER.findall(matchers))
    worker = Service(origin=ORIGIN, version="0.1.0", started_at=NOON, seen_at=NOON, role=ServiceRole.WORKER)
    now = NOON + 2 * LOST_AFTER
    successor = replace(worker, origin=replace(ORIGIN, id="b", host="other"), started_at=now, seen_at=now)
    for successors, alarms in (((), 1), ((successor,), 0), ((replace(successor, role=ServiceRole.GATEWAY),), 1)):
        overview = Overview(
            at=now, services=(worker, *successors), claims=(), sources=(), jobs=(), late_digests=0, missed_digests=0
        )
        text = Metrics(version="0.1.0", tokens={}).render({}, overview, 0.0).decode()
        samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
        assert alarms == sum(
            sample.value > 0
            for sample in samples
            if sample.name == name and wanted_labels.items() <= sample.labels.items()
        )


def selectors() -> Iterator[tuple[str, str, str]]:
    """The alert, the metric and the matchers of each selector."""
    for rule in RULES:
        for name, matchers in _SELECTOR.findall(rule["expr"]):
            yield rule["alert"], name, matchers


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_a_rule_is_a_sentence_of_prometheus(rule: dict[str, Any]) -> None:
    """Its expression is PromQL, its patience a duration, and it has a severity and a summary."""
    promql_parser.parse(rule["expr"])
    assert re.fullmatch(r"\d+[mh]", rule.get("for", "0m"))
    assert rule["labels"]["severity"] in {"page", "warn"} and rule["annotations"]["summary"].endswith(".")


def test_rules_ask_for_what_the_program_tells(metrics: dict[str, set[str]]) -> None:
    """Each metric of a rule is one of the program's, with labels that it has and values that they can have."""
    for alert, name, matchers in selectors():
        assert name in metrics, f"{alert} asks for {name}"
        for label, pattern in _MATCHER.findall(matchers):
            assert label in metrics[name], f"{alert}: {name} has no {label}"
            assert set(pattern.split("|")) <= VALUES[label], f"{alert}: {label} is never {pattern}"


def test_rules_group_by_labels_that_exist(metrics: dict[str, set[str]]) -> None:
    """Whatever a rule groups by, and its summary names, is a label of one of its metrics."""
    for rule in RULES:
        labels = set[str]().union(*(metrics[name] for name, _ in _SELECTOR.findall(rule["expr"])))
        groups = {
            label for group in re.findall(r"\b(?:by|on) \(([\w, ]*)\)", rule["expr"]) for label in group.split(", ")
        }
        named = set(re.findall(r"\$labels\.(\w+)", rule["annotations"]["summary"]))
        assert groups - {""} <= labels and named <= groups, rule["alert"]


def test_the_page_names_every_gauge_of_all_processes(metrics: dict[str, set[str]]) -> None:
    """Each gauge that the page explains is told, with those labels."""
    page = (ROOT / "docs" / "scaling.md").read_text("utf-8")
    rows = re.findall(r"(?m)^\| (`paperboy_[^|]*) \|([^|]*)\|", page)
    gauges = {
        name: set(re.findall(r"`(\w+)`", labels)) for names, labels in rows for name in re.findall(r"`(\w+)`", names)
    }
    assert gauges and gauges.items() <= metrics.items()


def test_every_alert_has_its_row() -> None:
    """The page says of each alert what it means and what to do, and of no other."""
    page = (ROOT / "docs" / "scaling.md").read_text("utf-8")
    rows = re.findall(r"(?m)^\| `(Paperboy\w+)` \| [^|]{20,} \| [^|]{20,} \|$", page)
    assert sorted(rows) == sorted(rule["alert"] for rule in RULES)
