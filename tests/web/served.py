"""An application on a small published lake, with work that is told what to find."""

import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.web.asking import Answer, ask
from tests.workflows.published_world import DAY, NOON, grade, lake_of, no_pick, prediction

from tipoff.errors import InputError, TipoffError
from tipoff.monitoring.deployment import running_identity
from tipoff.store.lake import Lake
from tipoff.web.app import create_app
from tipoff.web.guard import App
from tipoff.web.heartbeats import Heartbeats
from tipoff.web.jobs import Jobs
from tipoff.web.keys import Keys, new_key, read_keys
from tipoff.web.limits import Rate
from tipoff.web.logs import logger_to
from tipoff.web.metrics import Metrics
from tipoff.web.plans import PLANS
from tipoff.web.published import Published
from tipoff.web.settings import Settings
from tipoff.web.state import State
from tipoff.web.work import CHECKS, JOBS, WORKS, Asked, Context, Work
from tipoff.workflows.publish import publish

KEY, STATED = new_key("tester")
NO_LIMIT = Rate(per_second=0, burst=1)
OPEN = Settings(reads=NO_LIMIT, writes=NO_LIMIT, refusals=NO_LIMIT)
NOW = datetime(2024, 12, 4, 17, tzinfo=UTC)
GOOD_DAY, BAD_DAY, BROKEN_DAY, EMPTY_DAY = "2024-12-03", "2024-12-04", "2024-12-05", "2024-12-06"


def published_lake(folder: Path) -> Lake:
    """Two players of one date, published."""
    first, second = prediction("1"), no_pick("2")
    lake = lake_of(folder / "lake", [first, second], [grade(first, "win")])
    publish(lake, DAY, now=NOON)
    return lake


def found(context: Context, asked: Asked) -> Mapping[str, Any]:
    """Find by the date that is asked for: well, something wrong, nothing at all, or an error."""
    day = asked.day(context.now()).isoformat()
    if day == BROKEN_DAY:
        raise TipoffError("The table can not be read.")
    if day == EMPTY_DAY:
        raise InputError("The lake holds no games.")
    return {"day": day, "at": context.now(), "wrong": day == BAD_DAY}


def is_wrong(report: Mapping[str, Any]) -> str | None:
    return "Something is wrong." if report["wrong"] else None


def works(run: Callable[[Context, Asked], Mapping[str, Any]] = found) -> dict[str, Work]:
    return {
        name: Work(name, f"Do {name}.", WORKS[name].service, run, is_wrong)
        for name in {*CHECKS, *JOBS}
    }


@dataclass
class Served:
    """An application under test, and what it logs."""

    state: State
    app: App
    logs: io.StringIO

    def ask(self, method: str, address: str, **more: Any) -> Answer:
        return ask(self.app, method, address, **more)

    def get(self, address: str, headers: Mapping[str, str] | None = None) -> Answer:
        return ask(self.app, "GET", address, headers=headers)

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.logs.getvalue().splitlines()]


def served(
    lake: Lake,
    settings: Settings = OPEN,
    keys: Keys | None = None,
    does: Mapping[str, Work] | None = None,
    now: datetime = NOW,
) -> Served:
    """Return an application on a lake; the key ``KEY`` opens it unless other keys are given."""
    logs = io.StringIO()
    home = settings.published or Path(lake.url) / "published"
    state = State(
        settings=settings,
        lake=lake,
        keys=read_keys(STATED) if keys is None else keys,
        context=Context(lake, home, now=lambda: now),
        published=Published(home),
        jobs=Jobs(),
        beats=Heartbeats(lake),
        plans=PLANS,
        metrics=Metrics(),
        logger=logger_to(logs),
        identity=running_identity("api"),
        started_at=NOW,
        works=works() if does is None else does,
    )
    return Served(state, create_app(state), logs)


def with_key(key: str = KEY) -> dict[str, str]:
    return {"X-API-Key": key}
