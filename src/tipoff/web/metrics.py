"""What Prometheus is told: requests, jobs and their heartbeats, notices, the process."""

import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from tipoff.errors import TipoffError
from tipoff.web.heartbeats import Heartbeats
from tipoff.web.plans import Plan, next_due

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0)

# When a series began is of no use to anybody, and doubles them.
disable_created_metrics()  # type: ignore[no-untyped-call]


class Metrics:
    """The metrics of one process."""

    def __init__(self) -> None:
        self._all = CollectorRegistry()
        self._requests = Counter(
            "tipoff_requests",
            "Requests answered, by path template.",
            ["method", "path", "status"],
            registry=self._all,
        )
        self._seconds = Histogram(
            "tipoff_request_seconds",
            "Seconds until an answer was given.",
            ["path"],
            buckets=_SECONDS,
            registry=self._all,
        )
        self._jobs = Counter(
            "tipoff_jobs", "Jobs that ended, by state.", ["job", "state"], registry=self._all
        )
        self._notices = Counter(
            "tipoff_notices", "Notices, by what came of them.", ["channel", "state"],
            registry=self._all,
        )  # fmt: skip
        self._counts: dict[tuple[str, str, int], Counter] = {}
        self._times: dict[str, Histogram] = {}
        ProcessCollector(registry=self._all)
        PlatformCollector(registry=self._all)

    def request(self, method: str, path: str, status: int, seconds: float) -> None:
        """Count an answer; paths are templates, so that there are few."""
        key = (method, path, status)
        count = self._counts.get(key)
        if count is None:
            count = self._counts[key] = self._requests.labels(method, path, str(status))
            self._times.setdefault(path, self._seconds.labels(path))
        count.inc()
        self._times[path].observe(seconds)

    def job(self, name: str, state: str) -> None:
        """Count a job that ended."""
        self._jobs.labels(name, state).inc()

    def notice(self, channel: str, state: str) -> None:
        """Count a notice."""
        self._notices.labels(channel, state).inc()

    def watch(self, collector: Collector) -> None:
        """Ask something for more whenever metrics are asked for."""
        self._all.register(collector)

    def text(self) -> bytes:
        """Return all as Prometheus reads it."""
        return generate_latest(self._all)


class Beats(Collector):
    """The heartbeats of all planned jobs, whichever process runs them.

    Args:
        plans: all plans.
        beats: what became of each last.
        running: whether the service of a plan runs, on this lake.
        last_tick: when the scheduler of this process last looked; None where it has none.
    """

    def __init__(
        self,
        plans: Sequence[Plan],
        beats: Heartbeats,
        running: Callable[[str], bool],
        last_tick: Callable[[], datetime | None],
    ) -> None:
        self._plans = plans
        self._beats = beats
        self._running = running
        self._last_tick = last_tick

    def describe(self) -> Iterator[Metric]:
        """Ask for nothing when it is registered."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """Read the heartbeats."""
        now = datetime.fromtimestamp(time.time()).astimezone()
        last = GaugeMetricFamily(
            "tipoff_job_success_age_seconds", "Since a planned job last did its work.",
            labels=["plan"],
        )  # fmt: skip
        states = GaugeMetricFamily(
            "tipoff_job_last_state", "1 for the state of a planned job's last run.",
            labels=["plan", "state"],
        )  # fmt: skip
        due = GaugeMetricFamily(
            "tipoff_job_next_run_timestamp_seconds", "When a planned job is due.", labels=["plan"]
        )
        runs = GaugeMetricFamily(
            "tipoff_service_running", "1 where a service of the lake runs.", labels=["service"]
        )
        for plan in self._plans:
            due.add_metric([plan.name], next_due(plan, now).timestamp())
            try:
                beat = self._beats.get(plan.name)
            except TipoffError:
                states.add_metric([plan.name, "damaged"], 1)
                continue
            states.add_metric([plan.name, beat.state if beat else "never ran"], 1)
            if beat and beat.success_at:
                last.add_metric([plan.name], (now - beat.success_at).total_seconds())
        for service in sorted({plan.work.service for plan in self._plans}):
            runs.add_metric([service], self._running(service))
        yield from (last, states, due, runs)
        tick = self._last_tick()
        if tick is not None:
            looked = GaugeMetricFamily(
                "tipoff_scheduler_tick_age_seconds", "Since the scheduler last looked."
            )
            looked.add_metric([], (now - tick).total_seconds())
            yield looked
