"""A day's account: predicted → lined → takeable → picked → played → graded, each loss named."""

from itertools import pairwise

import polars as pl

from tipoff.backtest.picks import NO_LINE, NOT_PREDICTED, NOT_TAKEABLE
from tipoff.errors import TipoffError
from tipoff.tables.predictions import SETTLED, VOID

LISTED, PREDICTED, LINED, TAKEABLE, PICKED, PLAYED, GRADED = (
    "listed",
    "predicted",
    "lined",
    "takeable",
    "picked",
    "played",
    "graded",
)
STEPS = (LISTED, PREDICTED, LINED, TAKEABLE, PICKED, PLAYED, GRADED)
KEPT = "kept"
NO_OUTCOME = "no outcome"
OWNER = ["game_date", "market", "model_id"]


def account(rows: pl.DataFrame) -> pl.DataFrame:
    """Count how many predictions get how far.

    Args:
        rows: of ``with_results``, with ``outcome`` where they are graded; of any dates and models.

    Returns:
        ``game_date, market, model_id, step, reason, n``: of each step those that go on (``kept``)
        and those that are lost, by reason; the sum of a step is what the step before kept.

    Raises:
        TipoffError: it does not sum up.
    """
    lost = rows.with_columns(
        pl.when(pl.col("prediction").is_null()).then(pl.lit(NOT_PREDICTED)).alias(PREDICTED),
        pl.when(~pl.col("is_quoted")).then(pl.lit(NO_LINE)).alias(LINED),
        pl.when(pl.col("line").is_null()).then(pl.lit(NOT_TAKEABLE)).alias(TAKEABLE),
        pl.when(~pl.col("is_pick")).then("no_pick_reason").alias(PICKED),
        pl.when(pl.col("state") == VOID).then("state_reason").alias(PLAYED),
        pl.when(pl.col("state") != SETTLED)
        .then("state_reason")
        .when(pl.col("outcome").is_null())
        .then(pl.lit(NO_OUTCOME))
        .alias(GRADED),
    )
    parts = [_listed(rows)]
    going = lost
    for step in STEPS[1:]:
        parts.append(_counted(going, step))
        going = going.filter(pl.col(step).is_null())
    counted = pl.concat(parts)
    _check(counted)
    return counted


def _listed(rows: pl.DataFrame) -> pl.DataFrame:
    return _shaped(rows.group_by(OWNER).len("n"), LISTED, pl.lit(KEPT))


def _counted(going: pl.DataFrame, step: str) -> pl.DataFrame:
    counts = going.group_by(*OWNER, step).len("n").rename({step: "reason"})
    return _shaped(counts, step, pl.col("reason").fill_null(KEPT))


def _shaped(counts: pl.DataFrame, step: str, reason: pl.Expr) -> pl.DataFrame:
    named = counts.with_columns(step=pl.lit(step), reason=reason)
    return named.select(*OWNER, "step", "reason", pl.col("n").cast(pl.Int64)).sort(*OWNER, "reason")


def unbalanced(counted: pl.DataFrame) -> list[str]:
    """Return a sentence for each step whose parts are not what the step before kept.

    Args:
        counted: ``game_date, market, model_id, step, reason, n``.
    """
    found = []
    for (day, market, model), own in sorted(
        counted.partition_by(OWNER, as_dict=True).items(), key=str
    ):
        kept = dict(own.filter(pl.col("reason") == KEPT).select("step", "n").iter_rows())
        sums = dict(own.group_by("step").agg(pl.col("n").sum()).iter_rows())
        for before, step in pairwise(STEPS):
            went, came = kept.get(before, 0), sums.get(step, 0)
            if went != came:
                found.append(
                    f"{day} {market} {str(model)[:12]}: {went} were {before}, but the account of "
                    f"{step} holds {came}"
                )
    return found


def _check(counted: pl.DataFrame) -> None:
    wrong = unbalanced(counted)
    if wrong:
        raise TipoffError(f"Expected an account that sums up; {'; '.join(wrong)}.")
