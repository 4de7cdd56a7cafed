"""What the services do: each job calls the workflow that its command calls, and says what it found.

A job's verdict is the command's exit code: done (0), negative (3), failed (1), refused (2).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from datetime import date as calendar_date
from pathlib import Path
from typing import Any

from tipoff.errors import TipoffError
from tipoff.store.lake import Lake
from tipoff.workflows.daily import DayFailedError, run_day, wrong_day
from tipoff.workflows.daily_config import Daily, read_daily
from tipoff.workflows.day import Day
from tipoff.workflows.day_steps import predict_due, unpredicted
from tipoff.workflows.deployment import Deployed, deployment_drift, not_fine
from tipoff.workflows.expected import follow, not_complete
from tipoff.workflows.freshness import Question as Freshness
from tipoff.workflows.freshness import date_named, not_fresh, validate_freshness
from tipoff.workflows.grade import Span, grade, ungraded
from tipoff.workflows.model_drift import model_drift, models_drifted
from tipoff.workflows.predict import Question, predict
from tipoff.workflows.publish import DEFAULT_OUT, publish, refused
from tipoff.workflows.published_files import document_at
from tipoff.workflows.published_index import FOLDER
from tipoff.workflows.reconcile import reconcile, uneven
from tipoff.workflows.service_state import given_now, live_ids
from tipoff.workflows.validate import not_passed, validate

Report = Mapping[str, Any]


@dataclass(frozen=True)
class Context:
    """What jobs work on.

    Attributes:
        lake: the lake.
        published: where it is published to; ``published`` in the lake where None.
        daily: the configuration of the daily job; the shipped one where None.
        deployed: where services run.
        running: services that run in this process.
        now: the present (UTC).
    """

    lake: Lake
    published: Path | None = None
    daily: Path | None = None
    deployed: Deployed = field(default_factory=Deployed)
    running: tuple[str, ...] = ()
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    def config(self) -> Daily:
        """What the daily job does, as it is written now."""
        return read_daily(self.daily)


@dataclass(frozen=True)
class Asked:
    """What a job is asked for.

    Attributes:
        date: a game date: ISO, TODAY, TOMORROW or YESTERDAY (US Eastern).
        schedule: of a validation.
        due: predict only games whose decision has come.
    """

    date: str = "TODAY"
    schedule: str = "auto"
    due: bool = False

    def day(self, now: datetime) -> calendar_date:
        """The game date.

        Raises:
            InputError: it is none.
        """
        return date_named(self.date, now)


@dataclass(frozen=True)
class Work:
    """A job.

    Attributes:
        name: as it is called in addresses.
        about: what it does, in a sentence.
        service: the declared service that it belongs to.
        run: does it and returns the workflow's report.
        negative: the sentence of a negative verdict in the report, or None.
    """

    name: str
    about: str
    service: str
    run: Callable[[Context, Asked], Report]
    negative: Callable[[Report], str | None]


def _daily(context: Context, asked: Asked) -> Report:
    now = context.now()
    report = run_day(Day(context.lake, context.config(), asked.day(now), now))
    if any(row["state"] != "done" for row in report["steps"]):
        raise DayFailedError(report)
    return report


def _predict(context: Context, asked: Asked) -> Report:
    now = context.now()
    day, config = asked.day(now), context.config()
    if asked.due:
        return predict_due(Day(context.lake, config, day, now))
    markets = sorted({model.market for model in config.model})
    questions = [Question(day, market, now, policy=config.picks) for market in markets]
    return {"markets": [predict(context.lake, question, now=now) for question in questions]}


def _grade(context: Context, asked: Asked) -> Report:
    now = context.now()
    end = asked.day(now)
    start = end - timedelta(days=context.config().regrade_days)
    return grade(context.lake, Span(start, end), now=now)


def _publish(context: Context, asked: Asked) -> Report:
    now = context.now()
    report = publish(context.lake, asked.day(now), context.published, now=now)
    wrong = refused(report)
    if wrong is not None:
        raise TipoffError(wrong)
    return report


def _freshness(context: Context, asked: Asked) -> Report:
    now = context.now()
    return validate_freshness(context.lake, Freshness(asked.day(now), now))


def _reconcile(context: Context, asked: Asked) -> Report:
    now = context.now()
    return reconcile(context.lake, asked.day(now), now)


def _drift(context: Context, _: Asked) -> Report:
    return deployment_drift(
        context.lake,
        context.deployed.services,
        not_deployed=context.deployed.not_deployed,
        live_models=live_ids(context.lake, context.now()),
    )


def _validate(context: Context, asked: Asked) -> Report:
    now = context.now()
    given = given_now(context.lake, context.deployed, now)
    day = None if asked.date == "TODAY" else asked.day(now)
    return validate(context.lake, asked.schedule, now, day=day, given=given)


def _outputs(context: Context, asked: Asked) -> Report:
    now = context.now()
    day = asked.day(now)
    return follow(context.lake, day, now, published=_published(context, day))


def _published(context: Context, day: calendar_date) -> dict[calendar_date, tuple[datetime, int]]:
    """When a date's page was published, and with how many predictions; empty where it is not."""
    home = context.published or Path(context.lake.url) / DEFAULT_OUT
    found = document_at(home / FOLDER / f"dates/{day}.json")
    if found is None:
        return {}
    return {day: (datetime.fromisoformat(found["made_at"]), found["totals"]["predictions"])}


def _model_drift(context: Context, asked: Asked) -> Report:
    day = asked.day(context.now())
    markets = sorted({model.market for model in context.config().model})
    return {"markets": [model_drift(context.lake, day, market) for market in markets]}


def _models_drifted(report: Report) -> str | None:
    return " ".join(filter(None, map(models_drifted, report["markets"]))) or None


def _none(_: Report) -> str | None:
    return None


_ALL: Sequence[Work] = (
    Work("daily", "Run the day's job: its steps in order.", "scheduler", _daily, wrong_day),
    Work("predict", "Predict a game date with all live models.", "scheduler", _predict,
         unpredicted),
    Work("drift", "Compare what each service runs with what is here.", "scheduler", _drift,
         not_fine),
    Work("grade", "Grade what was predicted up to a date.", "grading", _grade, ungraded),
    Work("publish", "Write what is published.", "publisher", _publish, _none),
    Work("freshness", "Tell what of a date is late or missing.", "validate-freshness", _freshness,
         not_fresh),
    Work("reconcile", "Name missing predictions and grades.", "reconcile", _reconcile, uneven),
    Work("outputs", "Follow what is due of a date.", "reconcile", _outputs, not_complete),
    Work("model-drift", "Hold what live models see, and how they err, against their training.",
         "validation-runner", _model_drift, _models_drifted),
    Work("validate", "Run the checks of a schedule.", "validation-runner", _validate, not_passed),
)  # fmt: skip
WORKS: Mapping[str, Work] = {work.name: work for work in _ALL}
CHECKS = ("freshness", "reconcile", "validate", "drift", "outputs", "model-drift")
JOBS = ("predict", "grade", "publish", "validate", "reconcile", "outputs", "daily")
