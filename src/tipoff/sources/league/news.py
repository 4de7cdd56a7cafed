"""Availability reports: on the afternoon before a game, and as late news on its day."""

import numpy as np
import polars as pl

from tipoff.domain.clock import EASTERN
from tipoff.sources.league.sheet import shaped
from tipoff.tables.raw import AVAILABILITY

_REPORT_MINUTES = 17 * 60 + 30


def eastern(day: pl.Expr, minutes: pl.Expr | int) -> pl.Expr:
    """Return the UTC moment of so many minutes after midnight of an Eastern date."""
    local = day.cast(pl.Datetime("us")) + pl.duration(minutes=minutes)
    return local.dt.replace_time_zone(EASTERN.key).dt.convert_time_zone("UTC")


def with_news(rng: np.random.Generator, sheet: pl.DataFrame) -> pl.DataFrame:
    """Add ``out_at``: when it became known that he would not play; null where he does."""
    lead = pl.lit(pl.Series(rng.integers(50, 150, sheet.height)))
    evening = eastern(pl.col("game_date").dt.offset_by("-1d"), _REPORT_MINUTES)
    return sheet.with_columns(
        out_at=pl.when(pl.col("is_out") & pl.col("is_sudden"))
        .then(pl.col("tip_off_at") - pl.duration(minutes=lead))
        .when("is_out")
        .then(evening)
    )


def availability(sheet: pl.DataFrame) -> pl.DataFrame:
    """Return rows of ``availability``.

    Who is known to be out is reported on the evening before; who is doubtful then is reported as
    questionable, and again when it is decided.
    """
    evening = eastern(pl.col("game_date").dt.offset_by("-1d"), _REPORT_MINUTES)
    decided = pl.col("tip_off_at") - pl.duration(minutes=75)
    known = sheet.filter(pl.col("is_out") & ~pl.col("is_sudden"))
    late = sheet.filter(pl.col("is_out") & pl.col("is_sudden"))
    plays = sheet.filter(pl.col("is_doubtful"))
    reports = [
        _reported(known, "out", "Injury/Illness", pl.col("out_at")),
        _reported(late, "questionable", "Injury/Illness", evening),
        _reported(late, "out", "Injury/Illness", pl.col("out_at")),
        _reported(plays, "questionable", "Injury/Illness", evening),
        _reported(plays, "available", None, decided),
    ]
    return pl.concat(reports).sort(AVAILABILITY.key)


def _reported(rows: pl.DataFrame, status: str, reason: str | None, at: pl.Expr) -> pl.DataFrame:
    stated = rows.with_columns(status=pl.lit(status), reason=pl.lit(reason, pl.String))
    return shaped(AVAILABILITY, stated, at)
