"""Availability reports: on the afternoon before a game, and as late news on its day."""

import numpy as np
import polars as pl

from tipoff.domain.clock import EASTERN
from tipoff.sources.league.sheet import shaped
from tipoff.tables.raw import AVAILABILITY, AVAILABILITY_REPORTS
from tipoff.tables.table import UTC_MOMENT

_REPORT_MINUTES = 17 * 60 + 30
_NOON = 12 * 60
_TEAM = ["game_id", "team"]
_DECIDED = pl.duration(minutes=75)


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


def availability(sheet: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Return rows of ``availability`` and of ``availability_reports``.

    Every team files a list on the evening before, one at 75 minutes before the game, and one at
    each late scratch; a team that plays on that evening files its first at noon of the day, or
    five hours before an early game, and is told of as not having filed before. Who is known to be
    out is on all lists. Who is doubtful is on the first as questionable; once it is decided that
    he plays, some are listed as available and the others are on the list no more.
    """
    filed = _filed(sheet)
    at = pl.col("report_at")
    decided = pl.col("tip_off_at") - _DECIDED
    is_late = pl.col("is_out") & pl.col("is_sudden")
    status = (
        pl.when(~pl.col("is_submitted"))
        .then(None)
        .when(pl.col("is_out") & ~pl.col("is_sudden"))
        .then(pl.lit("out"))
        .when(is_late & (at >= pl.col("out_at")))
        .then(pl.lit("out"))
        .when(is_late | (pl.col("is_doubtful") & (at < decided)))
        .then(pl.lit("questionable"))
        .when(pl.col("is_doubtful") & (pl.col("number") % 2 == 0))
        .then(pl.lit("available"))
    )
    reason = pl.when(pl.col("status") != "available").then(pl.lit("Injury/Illness"))
    told = filed.join(sheet, on=_TEAM, how="left").with_columns(status=status)
    lists = told.group_by(*_TEAM, "game_date", "season", "report_at", "is_submitted").agg(
        is_first_page=pl.lit(value=True),
        is_last_page=pl.lit(value=True),
        players_listed=pl.col("status").count(),
    )
    listed = told.drop_nulls("status").with_columns(reason=reason)
    return {
        AVAILABILITY.name: shaped(AVAILABILITY, listed, at),
        AVAILABILITY_REPORTS.name: shaped(AVAILABILITY_REPORTS, lists, at),
    }


def _filed(sheet: pl.DataFrame) -> pl.DataFrame:
    """Return what each team files for each game: ``game_id, team, report_at, is_submitted``."""
    games = sheet.select(*_TEAM, "game_date", "tip_off_at").unique()
    days = games.select("team", game_date=pl.col("game_date").dt.offset_by("1d"))
    second = games.join(days, on=["team", "game_date"], how="semi")
    first = games.join(days, on=["team", "game_date"], how="anti")
    late = sheet.filter(pl.col("is_out") & pl.col("is_sudden"))
    evening = eastern(pl.col("game_date").dt.offset_by("-1d"), _REPORT_MINUTES)
    early = pl.col("tip_off_at") - pl.duration(hours=5)
    morning = pl.min_horizontal(eastern(pl.col("game_date"), _NOON), early)
    parts = [
        first.select(*_TEAM, report_at=evening, is_submitted=pl.lit(value=True)),
        second.select(*_TEAM, report_at=evening, is_submitted=pl.lit(value=False)),
        second.select(*_TEAM, report_at=morning, is_submitted=pl.lit(value=True)),
        games.select(
            *_TEAM, report_at=pl.col("tip_off_at") - _DECIDED, is_submitted=pl.lit(value=True)
        ),
        late.select(*_TEAM, report_at="out_at", is_submitted=pl.lit(value=True)),
    ]
    return pl.concat(part.cast({"report_at": UTC_MOMENT}) for part in parts).unique()
