"""What `/metrics` tells, in a registry of its own. Loads prometheus-client: only where `http.port` is set.

No label has unbounded values, and none carries a channel's name or a person's text.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info, ProcessCollector, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from bot.operation.overview import Overview
from bot.operation.shared_metrics import SharedMetrics
from bot.operation.wrappers import Meter
from core.operate.services import Health, PlatformState

#: seconds: a minute, 5, 15, an hour, 4 hours, a day
_LATENESS_S: Final = (60, 300, 900, 3_600, 14_400, 86_400)
_LATENCY_S: Final = (0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30)


class Metrics(Meter):
    """The program's counters and gauges."""

    content_type = CONTENT_TYPE_LATEST

    def __init__(self, *, version: str, tokens: Mapping[str, int] | None = None) -> None:
        """`tokens`: how many are set, by platform."""
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        info = Info("paperboy_build", "The version that runs", registry=self.registry)
        info.info({"version": version})
        self._deliveries = self._counter("deliveries", "Deliveries by how they ended", "platform", "outcome")
        self._lateness = Histogram(
            "paperboy_delivery_lateness_seconds",
            "Between the hour of a digest and its end",
            ["platform"],
            buckets=_LATENESS_S,
            registry=self.registry,
        )
        self._messages = self._counter("messages", "Messages that a platform accepted from a delivery", "platform")
        self._errors = self._counter("errors", "Calls of a platform that failed", "platform", "kind")
        self._refusals = self._counter("refused_commands", "Commands left because of a flood", "platform")
        self._latency = Histogram(
            "paperboy_command_seconds",
            "Time to work out an answer",
            ["platform", "command"],
            buckets=_LATENCY_S,
            registry=self.registry,
        )
        self._connected = self._gauge("platform_connected", "1 where the platform is connected", "platform")
        self._tick = self._gauge("tick_age_seconds", "Since the last tick of the clock")
        token_counts = self._gauge("tokens", "Tokens that are set for this process", "platform")
        for platform, count in (tokens or {}).items():
            token_counts.labels(platform).set(count)
        self._shared = SharedMetrics()
        self.registry.register(self._shared)

    def message(self, platform: str) -> None:
        """A message was sent."""
        self._messages.labels(platform).inc()

    def error(self, platform: str, kind: str) -> None:
        """A call failed."""
        self._errors.labels(platform, kind).inc()

    def answer(self, platform: str, command: str, seconds: float) -> None:
        """A command was answered."""
        self._latency.labels(platform, command).observe(seconds)

    def refusal(self, platform: str) -> None:
        """A command was not carried out, because too many were given at once."""
        self._refusals.labels(platform).inc()

    def delivery(self, platform: str, outcome: str, late_s: float | None) -> None:
        """A delivery ended; `late_s` where it had an hour and was posted."""
        self._deliveries.labels(platform, outcome).inc()
        if late_s is not None:
            self._lateness.labels(platform).observe(max(late_s, 0.0))

    def render(self, platforms: Mapping[str, PlatformState], overview: Overview | None, tick_age_s: float) -> bytes:
        """The text of `/metrics` as things stand; `overview` is None where the database does not tell."""
        self._tick.set(tick_age_s)
        for name, state in platforms.items():
            self._connected.labels(name).set(state.health is Health.CONNECTED)
        self._shared.overview = overview
        return generate_latest(self.registry)

    def _counter(self, name: str, about: str, *labels: str) -> Counter:
        return Counter(f"paperboy_{name}", about, labels, registry=self.registry)

    def _gauge(self, name: str, about: str, *labels: str) -> Gauge:
        return Gauge(f"paperboy_{name}", about, labels, registry=self.registry)
