"""What was last written down of the day's work: checks, outputs, steps, models, notices.

Nothing is judged anew: what is shown is what was found, and when.
"""

from dataclasses import dataclass
from datetime import timedelta

import polars as pl

from tipoff.monitoring.expected import newest
from tipoff.store.delta import newest_rows
from tipoff.store.lake import Lake, scan
from tipoff.tables.watch import (
    CHECK_RESULTS,
    EXPECTED_OUTPUTS,
    JOB_STEPS,
    MODEL_STATES,
    NOTICES,
)

STEP_DAYS = timedelta(days=14)
CHECK_DAYS = timedelta(days=30)
OUTPUT_DATES = 3
# Game dates with outputs may be so far apart that three of them are still among the newest.
_OUTPUT_DAYS = timedelta(days=10)
_NOTICES = 50
_RUN = ("game_date", "step", "run_id")


@dataclass(frozen=True)
class WatchLogs:
    """The newest of each log.

    Attributes:
        checks: the newest result of each check of each schedule in the last 30 days.
        outputs: the newest event of each output of the last game dates.
        steps: one row per run of a step in the last days: ``game_date, step, run_id, began_at,
            ended_at, state`` (done, failed, or started: runs or was killed), ``seconds``,
            ``sentence`` (what was wrong, if anything).
        models: the newest state of each recipe of each market.
        notices: the newest.
    """

    checks: pl.DataFrame
    outputs: pl.DataFrame
    steps: pl.DataFrame
    models: pl.DataFrame
    notices: pl.DataFrame


def watch_logs(lake: Lake) -> WatchLogs:
    """Read the newest of each log of a lake."""
    told = ("seconds", "error", "negative")
    steps = newest_rows(lake, JOB_STEPS, "at", STEP_DAYS).with_columns(
        pl.col("report").str.json_path_match(f"$.{name}").alias(name) for name in told
    )
    checks, outputs, events, models, notices = pl.collect_all([
        newest_rows(lake, CHECK_RESULTS, "at", CHECK_DAYS),
        newest_rows(lake, EXPECTED_OUTPUTS, "game_date", _OUTPUT_DAYS),
        steps.drop("report"),
        scan(lake, MODEL_STATES),
        scan(lake, NOTICES),
    ])  # fmt: skip
    dates = outputs["game_date"].unique().sort().tail(OUTPUT_DATES)
    return WatchLogs(
        checks=checks.sort("at").unique(["check", "schedule"], keep="last", maintain_order=True),
        outputs=newest(outputs.filter(pl.col("game_date").is_in(dates.implode()))),
        steps=_runs_of_steps(events),
        models=models.sort("game_date", "at").unique(
            ["market", "model_name"], keep="last", maintain_order=True
        ),
        notices=notices.sort("at", descending=True).head(_NOTICES),
    )


def _runs_of_steps(events: pl.DataFrame) -> pl.DataFrame:
    """One row per run of a step; one that failed and was done when gone on with is done."""
    ended, done = pl.col("event") != "started", pl.col("event") == "done"
    end = pl.coalesce(pl.col("event").filter(done).last(), pl.col("event").filter(ended).last())
    return (
        events.sort("at")
        .group_by(_RUN)
        .agg(
            began_at=pl.col("at").min(),
            ended_at=pl.col("at").filter(ended).last(),
            state=end.fill_null("started"),
            seconds=pl.col("seconds").cast(pl.Float64, strict=False).filter(ended).last(),
            sentence=pl.coalesce(
                pl.col("error").filter(ended).last(), pl.col("negative").filter(ended).last()
            ),
        )
        .sort("began_at", "step")
    )
