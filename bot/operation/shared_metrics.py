"""The gauges that are the same in every process: what the database knows of all of them. Pure.

Where the database does not answer there are none of them but the one that says so. A label is a platform, a role, a
version or a source: no channel's name and no person's text.
"""

from __future__ import annotations

from collections import Counter as Count
from collections.abc import Iterable, Iterator

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from bot.jobs.orders import platform_of_queue
from bot.operation.overview import Overview
from core.ingest.state import State
from core.operate.jobs import JobState
from core.operate.services import states_of


class SharedMetrics(Collector):
    """Hands the registry what was read last."""

    overview: Overview | None = None

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """The gauges as things stand."""
        is_up = float(self.overview is not None)
        yield _gauge(
            "database_up", "1 where the database answers; 0, and no gauge of all processes, where not", [((), is_up)]
        )
        if self.overview:
            yield from _gauges(self.overview)

    def describe(self) -> Iterable[GaugeMetricFamily]:
        """Nothing: no other metric has such names."""
        return ()


def _gauges(overview: Overview) -> Iterator[GaugeMetricFamily]:
    outcomes = Count((source_state.source, source_state.state) for source_state in overview.sources)
    scopes = {(name, state.value): outcomes[name, state] for name in {name for name, _ in outcomes} for state in State}
    yield _gauge("source_scopes", "Scopes of a source by their last outcome", scopes.items(), "source", "state")

    states = states_of(overview.services, overview.at)
    processes = Count(
        (service.role.value, service.version, states[service.origin.id].value) for service in overview.services
    )
    yield _gauge("processes", "Processes on record", processes.items(), "role", "version", "state")

    held_tokens = Count[tuple[str, ...]]()
    for claim in overview.claims:
        held_tokens[(claim.installation.partition(":")[0],)] += claim.is_held(overview.at)
    yield _gauge("tokens_held", "Tokens that a process serves", held_tokens.items(), "platform")

    jobs, oldest_s = Count[tuple[str, ...]](), dict[tuple[str, ...], float]()
    for queue in overview.jobs:
        name = platform_of_queue(queue.queue)
        jobs[name, JobState.WAITING.value] += queue.waiting
        jobs[name, JobState.RUNNING.value] += queue.running
        jobs[name, JobState.GIVEN_UP.value] += queue.given_up
        oldest_s[(name,)] = max(queue.oldest_s or 0.0, oldest_s.get((name,), 0.0))
    yield _gauge("jobs", "Jobs that processes share", jobs.items(), "queue", "state")
    yield _gauge("oldest_job_seconds", "How long the oldest job waits that could run", oldest_s.items(), "queue")

    yield _gauge("digests_late", "Digests that are late now", [((), overview.late_digests)])
    yield _gauge("digests_missed", "Digests that were missed in the last day", [((), overview.missed_digests)])


def _gauge(name: str, about: str, samples: Iterable[tuple[tuple[str, ...], float]], *labels: str) -> GaugeMetricFamily:
    gauge = GaugeMetricFamily(f"paperboy_{name}", about, labels=labels)
    for values, value in samples:
        gauge.add_metric(values, value)
    return gauge
