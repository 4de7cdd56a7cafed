"""Run services: the HTTP server, the scheduler, or both in one process, until told to stop."""

import logging
import os
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any, cast

import uvicorn

from tipoff.domain.seasons import season_of
from tipoff.errors import InputError, TipoffError, not_among
from tipoff.monitoring.deployment import running_identity
from tipoff.monitoring.services import SERVICES
from tipoff.store.location import Lake
from tipoff.web.app import create_app, is_loopback
from tipoff.web.connection import Connection
from tipoff.web.heartbeats import Heartbeats
from tipoff.web.jobs import Job, Jobs
from tipoff.web.keys import VARIABLE, Keys, read_keys
from tipoff.web.listening import Server, stopped_by_signals
from tipoff.web.logs import Forward, Logger
from tipoff.web.metrics import Beats, Metrics
from tipoff.web.notices import Notifier, notifier
from tipoff.web.plans import PLANS, Plan, plans_of
from tipoff.web.published import Published
from tipoff.web.schedule import Scheduler, game_days
from tipoff.web.settings import Settings
from tipoff.web.state import State, task_of
from tipoff.web.work import Context
from tipoff.workflows.publish import DEFAULT_OUT
from tipoff.workflows.service_reports import is_running, reporting, write_report
from tipoff.workflows.service_state import live_ids
from tipoff.workflows.world import known_games

API = "api"
NAMES = tuple(service.name for service in SERVICES)
_BACKLOG, _MOST_CONNECTIONS, _IDLE_SECONDS = 512, 1000, 15


@dataclass(frozen=True)
class Stopped:
    """What services did until they stopped.

    Attributes:
        services: that ran.
        jobs: that ended, by name and state.
        abandoned: jobs that were under way still; they are begun again.
        is_told: whether all notices were given.
        seconds: that they ran.
    """

    services: tuple[str, ...]
    jobs: Mapping[str, int]
    abandoned: tuple[str, ...]
    is_told: bool
    seconds: float


def chosen(only: Sequence[str]) -> tuple[str, ...]:
    """Return the services of a list of names, all of them where it is empty.

    Raises:
        InputError: one is not declared.
    """
    unknown = sorted(set(only) - set(NAMES))
    if unknown:
        raise not_among("services", NAMES, unknown[0])
    return tuple(name for name in NAMES if not only or name in only)


def checked_keys(settings: Settings) -> Keys:
    """Return the keys that open the API.

    Raises:
        InputError: they can not be read; or others could reach the API and there is no key.
    """
    keys = read_keys(os.environ.get(VARIABLE, ""), settings.keys_file)
    if not is_loopback(settings.host) and not keys:
        raise InputError(
            f"Expected an API key before serving at {settings.host}, where others may reach it; "
            f"there is none. Make one with 'tipoff services key NAME', and state its hash in "
            f"{VARIABLE}."
        )
    return keys


def run(lake: Lake, names: Sequence[str], settings: Settings, logger: Logger) -> Stopped:
    """Run services until SIGTERM or SIGINT comes; use it in the main thread.

    Raises:
        InputError: a setting makes no sense, or one of the services runs already on the lake.
        TipoffError: the address can not be listened at, or the scheduler can not go on.
    """
    keys = checked_keys(settings) if API in names else Keys({})
    plans = plans_of(names, settings.off)
    settings.notify.channels  # noqa: B018  An address that makes no sense is refused now.
    # First of all: files that change later are seen as drift.
    identities = {name: running_identity(name, _models(lake, name)) for name in names}
    began = time.monotonic()
    with ExitStack() as stack:
        for identity in identities.values():
            stack.enter_context(reporting(lake, identity))
        process = _Process(lake, tuple(names), settings, keys, logger, identities)
        stack.enter_context(process.excepthook())
        done = process.run(plans)
    return replace(done, seconds=round(time.monotonic() - began, 3))


def _models(lake: Lake, service: str) -> dict[str, str]:
    is_serving = next(s for s in SERVICES if s.name == service).serves_models
    return live_ids(lake, datetime.now(UTC)) if is_serving else {}


class _Process:
    """The running services of one process."""

    def __init__(
        self,
        lake: Lake,
        names: tuple[str, ...],
        settings: Settings,
        keys: Keys,
        logger: Logger,
        identities: Mapping[str, Mapping[str, Any]],
    ) -> None:
        self._lake, self._names, self._settings = lake, names, settings
        self._keys, self._logger, self._identities = keys, logger, identities
        self._metrics = Metrics()
        self._counts: dict[str, int] = {}
        self._jobs = Jobs(self._job_ended)
        self._beats = Heartbeats(lake)
        self._context = Context(lake, settings.published, settings.daily, settings.deployed)
        self._notices: Notifier | None = None
        self._scheduler: Scheduler | None = None
        self._stop = threading.Event()
        self._server: Server | None = None
        self._trouble: list[str] = []

    def run(self, plans: Sequence[Plan]) -> Stopped:
        """Run until told to stop."""
        self._notices = notifier(
            self._lake, self._settings.notify, self._logger, self._metrics.notice, _now
        )
        with stopped_by_signals(self._told_to_stop):
            if plans:
                self._begin_scheduler(plans)
            self._logger.info("services started", services=self._names)
            if API in self._names:
                self._serve()
            else:
                while not self._stop.wait(1.0):
                    pass
        return self._stopped()

    def _begin_scheduler(self, plans: Sequence[Plan]) -> None:
        tell = self._notices.tell if self._notices else _nobody
        self._scheduler = Scheduler(
            plans,
            self._jobs,
            lambda plan: task_of(self._context, plan.work, plan.asked, "scheduler"),
            self._beats,
            tell,
            game_days(self._has_games),
            _now(),
        )
        threading.Thread(target=self._schedule, name="scheduler", daemon=True).start()

    def _schedule(self) -> None:
        assert self._scheduler is not None
        try:
            self._scheduler.run(self._stop, _now)
        finally:
            # A process without its scheduler would look alive: it ends, and is started again.
            if not self._stop.is_set():
                self._trouble.append("The scheduler could not go on; the logs tell why.")
                self._told_to_stop("the scheduler failed")

    def _has_games(self, day: date) -> bool:
        return day in known_games(self._lake, [season_of(day)])["game_date"].to_list()

    def _serve(self) -> None:
        settings = self._settings
        scheduler = self._scheduler
        collector = Beats(
            PLANS, self._beats, lambda name: is_running(self._lake, name),
            lambda: scheduler.last_tick if scheduler else None,
        )  # fmt: skip
        self._metrics.watch(collector)
        state = State(
            settings=settings,
            lake=self._lake,
            keys=self._keys,
            context=self._context,
            published=Published(settings.published or Path(self._lake.url) / DEFAULT_OUT),
            jobs=self._jobs,
            beats=self._beats,
            plans=[plan for plan in PLANS if plan.name not in settings.off],
            metrics=self._metrics,
            logger=self._logger,
            identity=self._identities[API],
            started_at=_now(),
        )
        self._server = Server(_config(create_app(state), settings, self._logger), self._listening)
        if not self._stop.is_set():
            self._server.serve_until_stopped()

    def _listening(self, host: str, port: int) -> None:
        self._logger.info("listening", host=host, port=port)

    def _told_to_stop(self, why: str) -> None:
        self._logger.info("stopping", why=why)
        self._stop.set()
        if self._server is not None:
            self._server.should_exit = True

    def _stopped(self) -> Stopped:
        self._stop.set()
        abandoned = self._jobs.stop(self._settings.stop_seconds)
        for name in abandoned:
            self._logger.warning("job abandoned", job=name)
        is_told = self._notices.stop(self._settings.stop_seconds) if self._notices else True
        self._logger.info("services stopped", jobs=self._counts, abandoned=abandoned)
        if self._trouble:
            raise TipoffError(" ".join(self._trouble))
        return Stopped(self._names, dict(self._counts), tuple(abandoned), is_told, 0.0)

    def _job_ended(self, job: Job) -> None:
        key = f"{job.task.name} {job.state}"
        self._counts[key] = self._counts.get(key, 0) + 1
        self._metrics.job(job.task.name, job.state)
        told = job.told(with_report=False)
        self._logger.info("job ended", **{n: v for n, v in told.items() if n != "asked"})
        scheduler = self._identities.get("scheduler")
        if scheduler is not None and job.task.name in ("predict", "daily"):
            # Models are read anew by each job: what it served is what is live.
            models = live_ids(self._lake, _now())
            write_report(self._lake, {**scheduler, "models": models})

    @contextmanager
    def excepthook(self) -> Iterator[None]:
        """Write down what ends a thread unexpectedly."""
        before = threading.excepthook

        def hook(args: threading.ExceptHookArgs) -> None:
            name = args.thread.name if args.thread else None
            self._logger.error("thread failed", thread=name, exc_info=args.exc_value)

        threading.excepthook = hook
        try:
            yield
        finally:
            threading.excepthook = before


def _config(app: Any, settings: Settings, logger: Logger) -> uvicorn.Config:
    own = logging.getLogger("uvicorn")
    own.handlers, own.propagate = [Forward(logger)], False
    return uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        http=cast(Any, partial(Connection, head_seconds=settings.part_seconds)),
        log_config=None,
        access_log=False,
        server_header=False,
        # Who asks is who connects: what a proxy says of others is anybody's word.
        proxy_headers=False,
        lifespan="off",
        ws="none",
        backlog=_BACKLOG,
        limit_concurrency=_MOST_CONNECTIONS,
        timeout_keep_alive=_IDLE_SECONDS,
        timeout_graceful_shutdown=max(1, int(settings.stop_seconds)),
    )


def _now() -> datetime:
    return datetime.now(UTC)


def _nobody(*_: str) -> None:
    """Tell nobody."""
