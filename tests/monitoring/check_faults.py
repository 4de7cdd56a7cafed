"""For every check the faults that it must catch, planted in the frames of a day that is well.

A fault is an instant, the frame that it is planted in, and what it does to it. None in place of a
frame is what nobody gave.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl
from tests.monitoring.healthy import BEFORE, CHAMPION, DAY, EVENING, MORNING

from tipoff.monitoring.scene import SCHEMAS, Need

Change = Callable[[pl.DataFrame], pl.DataFrame]


@dataclass(frozen=True)
class Fault:
    """One planted fault.

    Attributes:
        name: what is wrong.
        now: when it is looked at.
        need: the frame that it is planted in.
        change: what it does.
        word: what the sentence must say.
    """

    name: str
    now: datetime
    need: Need
    change: Change | Callable[[pl.DataFrame], None]
    word: str


def _nothing(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.clear()


def _ungiven(frame: pl.DataFrame) -> None:
    """Nobody gave it."""


def _set(where: pl.Expr, **values: object) -> Change:
    """Write values into the rows that an expression selects."""

    def change(frame: pl.DataFrame) -> pl.DataFrame:
        cells = [
            pl.when(where)
            .then(v if isinstance(v, pl.Expr) else pl.lit(v, frame.schema[n]))
            .otherwise(n)
            .alias(n)
            for n, v in values.items()
        ]
        assert frame.filter(where).height
        return frame.with_columns(cells)

    return change


def _without(where: pl.Expr) -> Change:
    def change(frame: pl.DataFrame) -> pl.DataFrame:
        assert frame.filter(where).height
        return frame.filter(~where)

    return change


def _stopped(frame: pl.DataFrame) -> pl.DataFrame:
    where = (pl.col("table") == "player_boxes") & (pl.col("game_date") == BEFORE)
    return _set(where, state="MISSING")(frame)


def _wrong_clock(frame: pl.DataFrame) -> pl.DataFrame:
    row = ("player_boxes", "league", "observed in the future", 20, "20 rows of player_boxes …")
    return pl.DataFrame([row], schema=dict(SCHEMAS[Need.CLOCKS]), orient="row")


def _lost(frame: pl.DataFrame) -> pl.DataFrame:
    """Twelve requests that a provider refuses, after three that it had answered at first."""
    row = frame.sort("fetched_at").tail(1)
    times = [row["fetched_at"][0] + timedelta(seconds=n) for n in range(12)]
    lost = pl.concat([row] * 12).with_columns(
        verdict=pl.lit("blocked"),
        request=pl.Series([f"lost {n}" for n in range(12)]),
        fetched_at=pl.Series(times, dtype=frame.schema["fetched_at"]),
    )
    return pl.concat([frame, lost])


def _in_a_row(frame: pl.DataFrame) -> pl.DataFrame:
    where = (pl.col("step") == "predict") & (pl.col("event") == "done")
    last = pl.col("game_date") > DAY - timedelta(days=5)
    return _set(where & last, event="failed")(frame)


_today = pl.col("game_date") == DAY
_champion = pl.col("model_id") == CHAMPION

FAULTS: dict[str, list[Fault]] = {
    "processors_complete": [
        Fault(
            "a processor failed on the date",
            EVENING,
            Need.LEDGER,
            _set(_today & (pl.col("processor") == "ml_feature_store"), reason="failed"),
            "ml_feature_store 2021-12-30 failed",
        ),
        Fault("an empty ledger", EVENING, Need.LEDGER, _nothing, "No processor"),
    ],
    "history_complete": [
        Fault(
            "a game without a box score",
            MORNING,
            Need.BOXES,
            _without(pl.col("game_id") == pl.col("game_id").min()),
            "no box score",
        ),
        Fault("no box scores at all", MORNING, Need.BOXES, _nothing, "games have no box score"),
    ],
    "data_fresh": [
        Fault("the only source stopped", EVENING, Need.FRESHNESS, _stopped, "player_boxes"),
        Fault("nothing is known", EVENING, Need.FRESHNESS, _nothing, "Nothing is known"),
    ],
    "clocks_right": [Fault("an hour ahead", EVENING, Need.CLOCKS, _wrong_clock, "player_boxes")],
    "fetches_succeed": [
        Fault("a provider blocks", EVENING, Need.ANSWERS, _lost, "12 blocked by toy schedule"),
        Fault(
            "the scheduler is dead",
            EVENING,
            Need.ANSWERS,
            _without(pl.col("fetched_at") > EVENING - timedelta(hours=25)),
            "Nothing was asked for in 24 hours",
        ),
    ],
    "fetching_begun": [
        Fault(
            "nothing is fetched at night",
            MORNING,
            Need.ANSWERS,
            _without(pl.col("fetched_at") > EVENING),
            "Nothing was fetched",
        )
    ],
    "games_final": [
        Fault(
            "a box score of three quarters",
            MORNING,
            Need.BOXES,
            _set(pl.col("game_id").str.starts_with("20211230"), seconds=10_800),
            "Not final: 20211230",
        ),
        Fault(
            "a late box score",
            MORNING,
            Need.BOXES,
            _without(pl.col("game_id").str.starts_with("20211230")),
            "Not final: 20211230",
        ),
    ],
    "lines_usual": [
        Fault(
            "a source quotes one player",
            EVENING,
            Need.LINES,
            _without(_today & (pl.col("name_key") != pl.col("name_key").filter(_today).min())),
            "usually",
        ),
        Fault("no source quotes", EVENING, Need.LINES, _nothing, "No source quoted anybody"),
    ],
    "availability_known": [
        Fault("no report", EVENING, Need.NEWS, _nothing, "Nothing is known of"),
        Fault(
            "yesterday's report",
            EVENING,
            Need.NEWS,
            _set(pl.lit(value=True), newest_at=EVENING - timedelta(hours=30)),
            "Nothing is known of",
        ),
    ],
    "predictions_ready": [
        Fault(
            "the champion has no slate",
            EVENING,
            Need.PREDICTIONS,
            _without(_today & _champion),
            "the model has no slate that covers the game",
        ),
        Fault(
            "predictions without a value",
            EVENING,
            Need.PREDICTIONS,
            _set(_today & _champion, prediction=None, no_pick_reason="no features"),
            "his row has no prediction: no features",
        ),
        Fault("no model is live", EVENING, Need.MODELS, _nothing, "No model is live"),
    ],
    "features_ready": [
        Fault(
            "a required feature is missing",
            EVENING,
            Need.FEATURES,
            _set(pl.int_range(pl.len()) % 3 > 0, is_training_ready=False),
            "are ready",
        ),
        Fault("no features", EVENING, Need.FEATURES, _nothing, "0 of 29 players"),
    ],
    "model_bias": [
        Fault(
            "predictions two points too high",
            EVENING,
            Need.PREDICTIONS,
            _set(_champion, prediction=pl.col("prediction") + 2),
            "lion is off by +2",
        )
    ],
    "sides_balanced": [
        Fault("overs only", EVENING, Need.PREDICTIONS, _set(_champion, side="over"), "100 %"),
        Fault("unders only", EVENING, Need.PREDICTIONS, _set(_champion, side="under"), "0 %"),
    ],
    "grades_keep_up": [
        Fault(
            "grading stopped",
            MORNING,
            Need.GRADES,
            _without(_today),
            "have no grade, of 2021-12-30",
        )
    ],
    "ledgers_agree": [
        Fault(
            "one slate twice",
            MORNING,
            Need.PROBLEMS,
            _set(pl.col("problem") == "duplicates", n=3),
            "3 duplicates",
        ),
        Fault(
            "accounts that do not add up",
            MORNING,
            Need.PROBLEMS,
            _set(pl.col("problem") == "uneven_accounts", n=1),
            "uneven accounts",
        ),
        Fault("nothing was reconciled", MORNING, Need.PROBLEMS, _nothing, "Nothing was"),
    ],
    "outputs_on_time": [
        Fault("nobody planned", EVENING, Need.OUTPUTS, _nothing, "nobody planned it"),
        Fault(
            "an output failed",
            EVENING,
            Need.OUTPUTS,
            _set(_today & (pl.col("output") == "features"), state="FAILED", reason="killed"),
            "features 2021-12-30 (killed)",
        ),
        Fault(
            "nobody looks any more",
            MORNING,
            Need.OUTPUTS,
            _set(_today & (pl.col("output") == "features"), state="EXPECTED"),
            "features 2021-12-30",
        ),
    ],
    "services_healthy": [
        Fault("nobody reports", EVENING, Need.SERVICES, _ungiven, "No service"),
        Fault("an empty report", EVENING, Need.SERVICES, _nothing, "No service"),
        Fault(
            "a service is ill",
            EVENING,
            Need.SERVICES,
            _set(pl.lit(value=True), is_healthy=False, sentence="disk full"),
            "disk full",
        ),
        Fault(
            "an hour of silence",
            EVENING,
            Need.SERVICES,
            _set(pl.lit(value=True), at=EVENING - timedelta(hours=1)),
            "silent",
        ),
    ],
    "deployment_current": [
        Fault("nobody looked", EVENING, Need.DEPLOYED, _ungiven, "was not looked at"),
        Fault(
            "older code runs",
            EVENING,
            Need.DEPLOYED,
            _set(pl.lit(value=True), is_current=False, sentence="grading runs older code"),
            "older code",
        ),
        Fault(
            "nobody knows what runs",
            EVENING,
            Need.DEPLOYED,
            _set(pl.lit(value=True), is_current=None, sentence="no answer"),
            "no answer",
        ),
    ],
    "steps_end_well": [
        Fault(
            "a step failed",
            EVENING,
            Need.STEPS,
            _set(
                _today & (pl.col("step") == "predict") & (pl.col("event") == "done"),
                event="failed",
                report="no lines",
            ),
            "predict of 2021-12-30 failed: no lines",
        ),
        Fault(
            "a step was killed",
            EVENING,
            Need.STEPS,
            _without(_today & (pl.col("step") == "fetch") & (pl.col("event") == "done")),
            "fetch of 2021-12-30 began and never ended",
        ),
        Fault("no job runs", EVENING, Need.STEPS, _nothing, "No step of any job"),
    ],
    "no_failures_in_a_row": [
        Fault("a step fails daily", EVENING, Need.STEPS, _in_a_row, "predict failed 5 times"),
        Fault("an endpoint fails", EVENING, Need.ANSWERS, _lost, "toy schedule failed 12 times"),
    ],
}
