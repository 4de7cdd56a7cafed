"""What all parsers of lines share: numbers and moments, the game a row is about, the two clocks.

A parser states, per quote, what its file says (teams, dates, prices); here that becomes a game,
a moment at which it was known, and counted refusals. Nothing is looked up but the reference.
"""

from collections.abc import Mapping
from datetime import timedelta

import polars as pl

from tipoff.domain.clock import (
    ASSUMED,
    ASSUMED_TIP_OFF_CLOCK,
    EASTERN,
    RECORDED,
    UNTIMED_LINE_CLOCK,
    UNTIMED_LINE_LEAD,
)
from tipoff.domain.guard import guard
from tipoff.domain.ids import name_key
from tipoff.domain.teams import SPELLINGS
from tipoff.sources.format import Content
from tipoff.sources.refusals import note
from tipoff.tables.table import UTC_MOMENT

# A closing quote is taken to be known five minutes before the start: for grading, not for picks.
CLOSING_LINE_LEAD = timedelta(minutes=5)
NO_GAME = "no NBA game of these teams on that date"
DUPLICATE = "exact duplicate of another row"
NO_PRICE = "prices between -100 and +100 or not finite, set to null (the row is kept)"


def has_columns(content: Content, needed: set[str], without: set[str] | None = None) -> bool:
    """Return whether a file of one table has these columns and none of the others."""
    columns = set(content.only())
    return needed <= columns and not columns & (without or set())


def number(column: str) -> pl.Expr:
    """Return a column as finite floats; what is no number is null."""
    value = pl.col(column).cast(pl.String).str.strip_chars().str.strip_prefix("+")
    parsed = value.cast(pl.Float64, strict=False)
    return pl.when(parsed.is_finite()).then(parsed)


def american(column: str) -> pl.Expr:
    """Return American odds as whole numbers; what is none (a magnitude under 100) is null."""
    price = number(column).round(mode="half_away_from_zero")
    return pl.when(price.abs().is_between(100, 2**31 - 1)).then(price).cast(pl.Int32)


def refused_prices(rows: pl.DataFrame, *columns: str) -> int:
    """Return how many stated prices are no American odds."""
    return sum(rows.filter(pl.col(c).is_not_null() & american(c).is_null()).height for c in columns)


def moment(column: str) -> pl.Expr:
    """Return ISO 8601 text (with Z or an offset) or a zoned datetime as a UTC moment."""
    text = pl.col(column).cast(pl.String).str.strip_chars().str.replace(" ", "T")
    whole = text.str.replace(r"T(\d\d:\d\d)(Z|[+-])", "T${1}:00${2}")
    zoned = whole.str.replace(r"(\.\d+)", "").str.replace(r"(Z|\+00:?00|UTC)$", "+0000")
    return (
        zoned.str.to_datetime("%Y-%m-%dT%H:%M:%S%z", strict=False, time_unit="us")
        .dt.convert_time_zone("UTC")
        .cast(UTC_MOMENT)
    )


def day(column: str) -> pl.Expr:
    """Return ISO text as a date."""
    return pl.col(column).cast(pl.String).str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False)


@guard
def eastern_day(moment_column: str) -> pl.Expr:
    """Return the US Eastern date of a UTC moment."""
    return pl.col(moment_column).dt.convert_time_zone(EASTERN.key).dt.date()


@eastern_day.fault("utc-day-slip")
def _utc_day(moment_column: str) -> pl.Expr:
    return pl.col(moment_column).dt.date()


def team(column: str | pl.Expr) -> pl.Expr:
    """Return the tri-code for a column of team spellings; null for no NBA team."""
    spelling = pl.col(column) if isinstance(column, str) else column
    text = spelling.cast(pl.String).str.strip_chars().str.to_lowercase()
    return text.replace_strict(SPELLINGS, default=None, return_dtype=pl.String)


def with_name_key(rows: pl.DataFrame) -> pl.DataFrame:
    """Add ``name_key`` to rows with ``player_name``."""
    spelled = pl.col("player_name").cast(pl.String)
    names = rows.select(spelled.drop_nulls().unique()).to_series().to_list()
    keys = {name: name_key(name) for name in names}
    return rows.with_columns(
        name_key=spelled.replace_strict(keys, default="", return_dtype=pl.String)
    )


def season_expr(day_column: str) -> pl.Expr:
    """Return the season of a game date (domain.seasons.season_of, as an expression)."""
    date = pl.col(day_column)
    bubble = date.is_between(pl.date(2020, 7, 1), pl.date(2020, 10, 31))
    autumn = pl.when(date.dt.month() >= 8).then(date.dt.year()).otherwise(date.dt.year() - 1)
    start = pl.when(bubble).then(2019).otherwise(autumn).cast(pl.Int32)
    end = ((start + 1) % 100).cast(pl.String).str.zfill(2)
    return pl.concat_str(start.cast(pl.String), end, separator="-")


def refuse(
    rows: pl.DataFrame, reasons: Mapping[str, pl.Expr]
) -> tuple[pl.DataFrame, dict[str, int]]:
    """Split off the rows that a reason refuses; the first reason that holds is counted."""
    first = pl.coalesce(
        pl.when(holds.fill_null(value=False)).then(pl.lit(reason))
        for reason, holds in reasons.items()
    )
    judged = rows.with_columns(_reason=first)
    note(judged)
    counts = judged.drop_nulls("_reason").group_by("_reason").len()
    return judged.filter(pl.col("_reason").is_null()).drop("_reason"), dict(
        sorted(counts.iter_rows())
    )


def with_games(rows: pl.DataFrame, games: pl.DataFrame, *, within_days: int = 1) -> pl.DataFrame:
    """Add ``game_id``, ``game_date``, ``tip_off_at`` and whether the game and season are known.

    A game is looked for on its stated date, then some days around it; last, on its stated date
    with the sides turned round, for files differ on who is at home at a neutral place. A stale row
    keeps its stated date: the file lists a game of another day, so finding one would be a guess.
    A game that is not known gets the canonical id of its stated date.

    Args:
        rows: ``home_team``, ``away_team`` (tri-codes), ``stated_date``, ``is_stale``.
        games: the reference's games.
        within_days: how far from the stated date a game is still taken to be the one meant.

    Returns:
        The rows with the found game's own ``home_team`` and ``away_team``; ``is_turned`` where
        these are not the stated ones.
    """
    key = ["home_team", "away_team", "stated_date", "is_stale"]
    found = _found_games(rows.select(key).unique(), games, within_days)
    seasons = games["season"].unique().implode()
    turned = pl.col("is_turned").fill_null(value=False)
    return (
        rows.join(found, on=key, how="left", maintain_order="left")
        .with_columns(
            is_turned=turned,
            home_team=pl.when(turned).then("away_team").otherwise("home_team"),
            away_team=pl.when(turned).then("home_team").otherwise("away_team"),
            is_known_game=pl.col("_found").is_not_null(),
            is_known_season=season_expr("stated_date").is_in(seasons),
            game_date=pl.coalesce("_found", "stated_date"),
        )
        .with_columns(
            season=season_expr("game_date"),
            game_id=pl.concat_str(
                pl.col("game_date").dt.strftime("%Y%m%d"), "away_team", "home_team", separator="_"
            ),
        )
        .drop("_found")
    )


def _found_games(wanted: pl.DataFrame, games: pl.DataFrame, within_days: int) -> pl.DataFrame:
    """Return the game meant by each stated pairing, where there is one."""
    as_stated = games.select(
        "home_team",
        "away_team",
        pl.col("game_date").alias("_found"),
        pl.col("tip_off_at").cast(UTC_MOMENT),
        is_turned=pl.lit(value=False),
    )
    turned = as_stated.with_columns(
        home_team="away_team", away_team="home_team", is_turned=pl.lit(value=True)
    )
    key = wanted.columns
    days = (pl.col("_found") - pl.col("stated_date")).dt.total_days()
    near = (days.abs() <= within_days) & ~pl.col("is_stale") & ~pl.col("is_turned")
    return (
        wanted.join(pl.concat([as_stated, turned]), on=["home_team", "away_team"])
        .filter((days == 0) | near)
        .sort("is_turned", days.abs(), "_found")
        .unique(key, keep="first")
    )


def start() -> pl.Expr:
    """Return the earliest stated start: schedule or row, else the assumed tip-off."""
    stated = pl.min_horizontal("tip_off_at", "commence_at")
    return stated.fill_null(eastern_clock("game_date", ASSUMED_TIP_OFF_CLOCK.hour))


def eastern_clock(day_column: str, hour: int) -> pl.Expr:
    """Return the UTC moment of a full hour of the US Eastern wall clock."""
    local = pl.col(day_column).cast(pl.Datetime("us")) + pl.duration(hours=hour)
    return local.dt.replace_time_zone(EASTERN.key).dt.convert_time_zone("UTC")


def daily_known() -> pl.Expr:
    """When an untimed daily line is taken to be known (domain.clock.assumed_daily_line_known).

    A line in a file of an earlier day was known by the end of that day.
    """
    noon = eastern_clock("game_date", UNTIMED_LINE_CLOCK.hour)
    file_end = pl.when(pl.col("file_date") < pl.col("game_date")).then(
        eastern_clock("file_date", 24)
    )
    return pl.min_horizontal(noon, start() - UNTIMED_LINE_LEAD, file_end)


def closing_known() -> pl.Expr:
    """When a closing line without a time is taken to be known: just before the start."""
    return start() - CLOSING_LINE_LEAD


def with_clock(rows: pl.DataFrame, assumed: pl.Expr) -> pl.DataFrame:
    """Add ``observed_at`` and ``observed_basis``: recorded where the row states a time.

    Of the time at which the book said it and that of the snapshot which shows it, the later one
    proves that it was known.
    """
    stated = pl.max_horizontal("quoted_at", "snapshot_at")
    return rows.with_columns(
        observed_at=pl.coalesce(stated, assumed).cast(UTC_MOMENT),
        observed_basis=pl.when(stated.is_not_null())
        .then(pl.lit(RECORDED))
        .otherwise(pl.lit(ASSUMED)),
    )


def with_quote_number(rows: pl.DataFrame, key: list[str], order: list[str]) -> pl.DataFrame:
    """Number the rows of one key from 1 in a stated order, and sort by key and number."""
    ordered = rows.sort([*key, *order], nulls_last=True)
    return ordered.with_columns(
        quote_number=pl.int_range(1, pl.len() + 1, dtype=pl.Int32).over(key)
    )
