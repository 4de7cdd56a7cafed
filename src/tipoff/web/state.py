"""What the parts of a running process share."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tipoff.store.location import Lake
from tipoff.web.heartbeats import Heartbeats
from tipoff.web.jobs import Jobs, Task
from tipoff.web.keys import Keys
from tipoff.web.logs import Logger
from tipoff.web.metrics import Metrics
from tipoff.web.plans import Plan
from tipoff.web.published import Published
from tipoff.web.settings import Settings
from tipoff.web.work import WORKS, Asked, Context, Work


@dataclass(frozen=True)
class State:
    """What the parts of a running process share.

    Attributes:
        settings: limits and places.
        lake: the lake.
        keys: that open the API.
        context: what jobs work on.
        published: the published files.
        jobs: under way.
        beats: of all planned jobs.
        plans: all planned jobs, whichever process runs them.
        works: what jobs and checks do, by name.
        metrics: of this process.
        logger: of this process.
        identity: what this process runs as the service ``api``.
        started_at: when it started.
    """

    settings: Settings
    lake: Lake
    keys: Keys
    context: Context
    published: Published
    jobs: Jobs
    beats: Heartbeats
    plans: Sequence[Plan]
    metrics: Metrics
    logger: Logger
    identity: Mapping[str, Any]
    started_at: datetime
    works: Mapping[str, Work] = field(default_factory=lambda: WORKS)


def task_of(context: Context, work: Work, asked: Asked, by: str) -> Task:
    """Return a job as it is begun."""
    return Task(work.name, lambda: work.run(context, asked), work.negative, vars(asked), by)
