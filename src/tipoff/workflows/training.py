"""Which rows a model is trained on, and what results it is told."""

from datetime import date, datetime

import polars as pl

from tipoff.domain.guard import guard
from tipoff.models.spec import ModelSpec
from tipoff.store.versions import counts_at
from tipoff.workflows.dataset import Dataset

# Beyond all tests, so that nothing holds back what has been told since.
_NEVER = date(9000, 1, 1)


@guard
def training_rows(
    data: Dataset,
    spec: ModelSpec,
    window: tuple[date, date],
    tested_from: date,
    lines: pl.DataFrame,
) -> pl.DataFrame:
    """Return rows of a window that are ready and were played, within the recipe's bounds.

    Results count as they were told by the first decision that is tested: a correction that came
    later is nothing to learn from.

    Args:
        data: the dataset.
        spec: the recipe.
        window: first and last game date, both included.
        tested_from: the first game date that the model is tested on.
        lines: takeable lines, for recipes that train on lined rows only.
    """
    rows = data.rows.filter(pl.col("game_date").is_between(*window), pl.col("is_training_ready"))
    first = data.rows.filter(pl.col("game_date") >= tested_from)["as_of"].min()
    if isinstance(first, datetime):
        rows = _as_told_by(rows, data.corrections, first)
    rows = rows.filter(pl.col("actual").is_not_null())
    average = pl.col("season_average")
    if spec.min_ppg is not None:
        rows = rows.filter(average >= spec.min_ppg)
    if spec.max_ppg is not None:
        rows = rows.filter(average <= spec.max_ppg)
    if spec.lines_only_train:
        rows = rows.join(lines, on=["game_id", "player_id"], how="semi")
    return rows


@training_rows.fault("train-test-overlap")
def _on_into_the_test(
    data: Dataset,
    spec: ModelSpec,
    window: tuple[date, date],
    tested_from: date,  # noqa: ARG001
    lines: pl.DataFrame,
) -> pl.DataFrame:
    return training_rows.honest(data, spec, (window[0], _last_date(data)), _NEVER, lines)


@training_rows.fault("early-stopping-on-evaluation")
def _with_the_test_to_stop(
    data: Dataset,
    spec: ModelSpec,
    window: tuple[date, date],
    tested_from: date,
    lines: pl.DataFrame,
) -> pl.DataFrame:
    """Add so many tested rows that they are the latest part, which stops training."""
    early = training_rows.honest(data, spec, window, tested_from, lines)
    late = training_rows.honest(data, spec, (tested_from, _last_date(data)), _NEVER, lines)
    wanted = early.height * spec.validation_share / (1 - spec.validation_share)
    return pl.concat([early, late.sort("game_date").head(int(wanted) + 1)])


def _last_date(data: Dataset) -> date:
    last = data.rows["game_date"].max()
    assert isinstance(last, date)
    return last


def _as_told_by(rows: pl.DataFrame, corrections: pl.DataFrame, instant: datetime) -> pl.DataFrame:
    """Take the results that had been told by an instant, in the version of then."""
    known = rows.filter(pl.col("actual_known_at") <= instant)
    then = corrections.filter(counts_at(pl.lit(instant))).select(
        "game_id", "player_id", _then="actual"
    )
    key = ["game_id", "player_id"]
    torn = corrections.select(key).unique().with_columns(_torn=pl.lit(value=True))
    both = known.join(torn, on=key, how="left", maintain_order="left").join(
        then, on=key, how="left", maintain_order="left"
    )
    actual = pl.when("_torn").then("_then").otherwise("actual")
    return both.with_columns(actual=actual).drop("_torn", "_then")
