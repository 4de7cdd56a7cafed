"""When predictions and lines of a file were made: before tip-off, after it, or nobody can tell.

Moments come as the earliest and the latest that a text can mean, and so does tip-off. Where no
tip-off is stated, games start between noon and half past eleven at night, US Eastern. Only what is
certain either way counts as before or after.
"""

from typing import Any

import polars as pl

from tipoff.domain.clock import EASTERN

BEFORE, AFTER, UNTOLD, UNDATED = "before tip-off", "after tip-off", "can not be told", "undated"
_FIRST_START = pl.duration(hours=12)
_LAST_START = pl.duration(hours=23, minutes=30)
# A file whose predictions were mostly made on one day, while it spans many, was made afterwards.
_BATCH_SHARE = 0.3
_BATCH_DATES = 14


def with_tip_off(rows: pl.DataFrame, stated: pl.DataFrame | None) -> pl.DataFrame:
    """Add ``tip_off_from`` and ``tip_off_to`` where a row lacks them.

    Args:
        rows: ``game_date, tip_off_from, tip_off_to`` and the columns that ``stated`` is joined by.
        stated: what another file says of the same player-games: the columns to join by, and
            ``stated_from, stated_to``; None where no file says anything.
    """
    known = rows
    if stated is not None:
        by = [c for c in stated.columns if c not in ("stated_from", "stated_to")]
        known = rows.join(stated, on=by, how="left", nulls_equal=True, maintain_order="left")
    else:
        none = pl.lit(None, rows.schema["tip_off_from"])
        known = rows.with_columns(stated_from=none, stated_to=none)
    return known.with_columns(
        is_tip_off_stated=pl.coalesce("tip_off_from", "stated_from").is_not_null(),
        tip_off_from=pl.coalesce("tip_off_from", "stated_from", _eastern(_FIRST_START)),
        tip_off_to=pl.coalesce("tip_off_to", "stated_to", _eastern(_LAST_START)),
    ).drop("stated_from", "stated_to")


def _eastern(clock: pl.Expr) -> pl.Expr:
    local = pl.col("game_date").cast(pl.Datetime("us")) + clock
    return local.dt.replace_time_zone(EASTERN.key).dt.convert_time_zone("UTC")


def when(moment: str) -> pl.Expr:
    """Return whether a moment (``predicted``, ``quoted``) was before or after tip-off."""
    first, last = pl.col(f"{moment}_from"), pl.col(f"{moment}_to")
    return (
        pl.when(first.is_null())
        .then(pl.lit(UNDATED))
        .when(first >= pl.col("tip_off_to"))
        .then(pl.lit(AFTER))
        .when(last < pl.col("tip_off_from"))
        .then(pl.lit(BEFORE))
        .otherwise(pl.lit(UNTOLD))
    )


def timing(rows: pl.DataFrame, moment: str) -> dict[str, Any]:
    """Count the rows by when they were made.

    Args:
        rows: rows with ``{moment}_when``, ``{moment}_from`` and ``is_tip_off_stated``.
        moment: predicted or quoted.

    Returns:
        ``rows, before, after, untold, undated``, ``after_share`` (of the dated ones; null without),
        ``tip_off_stated_share``, ``batch`` (day, share of the dated rows; null where no day stands
        out) and ``sentence``.
    """
    tally = dict(rows.group_by(f"{moment}_when").len().iter_rows())
    before, after, untold, undated = (tally.get(k, 0) for k in (BEFORE, AFTER, UNTOLD, UNDATED))
    dated = before + after + untold
    found = {
        "rows": rows.height,
        "before": before,
        "after": after,
        "untold": untold,
        "undated": undated,
        "after_share": after / dated if dated else None,
        "tip_off_stated_share": float(rows["is_tip_off_stated"].cast(pl.Float64).mean() or 0.0),  # type: ignore[arg-type]
        "batch": _batch(rows, moment),
    }
    return {**found, "sentence": _sentence(found, moment)}


def _batch(rows: pl.DataFrame, moment: str) -> dict[str, Any] | None:
    """Return the day on which most of a long file was made, where one stands out."""
    dated = rows.drop_nulls(f"{moment}_from")
    if dated["game_date"].n_unique() <= _BATCH_DATES:
        return None
    days = dated.group_by(day=pl.col(f"{moment}_from").dt.date()).len().sort("len", "day")
    day, n = days.row(-1)
    share = n / dated.height
    return {"day": day, "share": share} if share > _BATCH_SHARE else None


def _sentence(found: dict[str, Any], moment: str) -> str:
    what = "prediction" if moment == "predicted" else "line"
    n = found["rows"]
    if found["undated"] == n:
        return f"No {what} says when it was made: that they came before tip-off is not proven."
    said = [f"{found['after']:,} of {n:,} {what}s were made after tip-off"]
    if found["undated"]:
        said.append(f"{found['undated']:,} say no time and prove nothing")
    if found["untold"]:
        said.append(f"of {found['untold']:,} the times are too vague to tell")
    if found["batch"]:
        batch = found["batch"]
        said.append(f"{batch['share']:.0%} were made on the one day {batch['day']}")
    return "; ".join(said) + "."
