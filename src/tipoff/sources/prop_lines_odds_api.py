"""Prop lines in the shapes that exports of The Odds API take: per side, per quote, per market."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from tipoff.domain.clock import UNTIMED_LINE_LEAD
from tipoff.errors import InputError
from tipoff.sources.format import Content, Format, Parsed, Reference, Stage
from tipoff.sources.line_rows import (
    DUPLICATE,
    daily_known,
    day,
    eastern_day,
    has_columns,
    moment,
    number,
    start,
)
from tipoff.sources.prop_quotes import prop_quotes
from tipoff.sources.quote_sides import counted

_SIDES = {
    "event_id",
    "commence_time",
    "home_team",
    "away_team",
    "bookmaker",
    "market",
    "player",
    "side",
    "line",
    "price",
}
_QUOTES = {
    "event_id",
    "player",
    "market",
    "line",
    "bookmaker",
    "commence_time",
    "over_price",
    "under_price",
    "game",
    "file_stamp",
}
_MARKET_DAYS = {
    "player",
    "game",
    "commence_time",
    "market",
    "line",
    "bookmaker",
    "over_price",
    "under_price",
    "file_date",
    "market_last_update",
}
_CLOSING = {
    "player_name",
    "event_id",
    "event_date",
    "home_team",
    "away_team",
    "bookmaker",
    "line",
    "timestamp",
    "over_price",
    "under_price",
}
SNAPSHOT_CLOCK = pl.duration(hours=20)
LEAST_PRA_MEDIAN = 17.0
NO_SIDE = "a side that is neither over nor under"


@dataclass(frozen=True)
class Paired:
    """Quotes of sides: one row each, the sides refused by reason, and how many joined another."""

    rows: pl.DataFrame
    refused: Mapping[str, int]
    joined: int

    def counted(self, parsed: Parsed) -> Parsed:
        """Add the counts to what was made of the quotes, so that no side is lost."""
        return counted(parsed, self.refused, self.joined)


def pair_sides(rows: pl.DataFrame, key: Sequence[str]) -> Paired:
    """Join the over and the under row of one quote; a side without partner keeps a null price.

    Several prices of one side and key are paired in the order of their size.

    Args:
        rows: one row per side: ``side``, ``price`` and the key's columns.
        key: what both sides of one quote have in common, the line among it.

    Returns:
        One row per quote with ``over_price`` and ``under_price``.
    """
    side = pl.col("side").str.strip_chars().str.to_lowercase()
    stated = rows.select(*key, side.alias("side"), number("price").alias("price"))
    known = stated.filter(pl.col("side").is_in(["over", "under"]))
    distinct = known.unique()
    rank = pl.col("price").rank("ordinal").over([*key, "side"]).fill_null(1).alias("_nth")
    numbered = distinct.with_columns(rank)
    over, under = (
        numbered.filter(pl.col("side") == name).rename({"price": f"{name}_price"}).drop("side")
        for name in ("over", "under")
    )
    paired = over.join(under, on=[*key, "_nth"], how="full", coalesce=True, nulls_equal=True)
    counts = {NO_SIDE: stated.height - known.height, DUPLICATE: known.height - distinct.height}
    refused = {reason: n for reason, n in counts.items() if n}
    return Paired(paired.drop("_nth"), refused, distinct.height - paired.height)


def _is_sides(content: Content) -> bool:
    return has_columns(content, {*_SIDES, "market_last_update"})


def _is_untimed(content: Content) -> bool:
    return has_columns(content, {*_SIDES, "file_date"}, {"market_last_update"})


def _parse_sides(content: Content, reference: Reference) -> list[Parsed]:
    """One row per side with the book's last update: the time of the quote."""
    rows = content.read("").with_columns(quoted_at=moment("market_last_update"))
    return [_sides(rows, reference, ODDS_API_SIDES.name)]


def _parse_untimed(content: Content, reference: Reference) -> list[Parsed]:
    """One row per side without a time, as pick'em boards give them."""
    rows = content.read("").with_columns(quoted_at=pl.lit(None, pl.Datetime("us", "UTC")))
    return [_sides(rows, reference, ODDS_API_UNTIMED.name)]


def _sides(rows: pl.DataFrame, reference: Reference, source: str) -> Parsed:
    named = rows.with_columns(
        commence_at=moment("commence_time"),
        file_date=day("file_date") if "file_date" in rows.columns else pl.lit(None, pl.Date),
        line=number("line"),
    ).rename({"player": "player_name", "home_team": "home", "away_team": "away"})
    key = ["event_id", "commence_at", "home", "away", "bookmaker", "market", "player_name", "line"]
    paired = pair_sides(named, [*key, "quoted_at", "file_date"])
    stated = paired.rows.rename({"bookmaker": "book"}).with_columns(
        stated_date=eastern_day("commence_at")
    )
    return paired.counted(prop_quotes(stated, reference, source, daily_known()))


def _teams(game: str = "game") -> dict[str, pl.Expr]:
    """Home and away of "Away @ Home"."""
    return {
        "away": pl.col(game).str.extract(r"^(.*?)\s+@\s+(.*)$", 1),
        "home": pl.col(game).str.extract(r"^(.*?)\s+@\s+(.*)$", 2),
    }


def _is_quotes(content: Content) -> bool:
    return has_columns(content, _QUOTES)


def _parse_quotes(content: Content, reference: Reference) -> list[Parsed]:
    """One row per quote of a snapshot whose UTC time its stamp gives (YYYYMMDD_HHMMSS)."""
    stamp = pl.col("file_stamp").cast(pl.String)
    rows = content.read("").with_columns(
        commence_at=moment("commence_time"),
        quoted_at=stamp.str.to_datetime(
            "%Y%m%d_%H%M%S", strict=False, time_unit="us", time_zone="UTC"
        ),
        **_teams(),
    )
    stated = rows.rename({"player": "player_name", "bookmaker": "book"}).with_columns(
        stated_date=eastern_day("commence_at")
    )
    return [prop_quotes(stated, reference, ODDS_API_QUOTES.name, daily_known())]


def _is_market_days(content: Content) -> bool:
    return has_columns(content, _MARKET_DAYS, {"side", "event_id"})


def _parse_market_days(content: Content, reference: Reference) -> list[Parsed]:
    """One row per quote of a daily snapshot; where the book states no time, 20:00 UTC is assumed.

    Games that start at 20:00 UTC or earlier were in that snapshot before they started, so its
    assumed time is an hour before the start where that is earlier.
    """
    rows = content.read("").with_columns(
        commence_at=moment("commence_time"),
        quoted_at=moment("market_last_update"),
        file_date=day("file_date"),
        **_teams(),
    )
    stated = rows.rename({"player": "player_name", "bookmaker": "book"}).with_columns(
        stated_date=eastern_day("commence_at")
    )
    snapshot = pl.col("file_date").cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
    assumed = pl.min_horizontal(snapshot + SNAPSHOT_CLOCK, start() - UNTIMED_LINE_LEAD)
    return [prop_quotes(stated, reference, ODDS_API_MARKET_DAYS.name, assumed)]


def _is_closing(content: Content) -> bool:
    return has_columns(content, _CLOSING, {"market", "side"})


def _parse_closing(content: Content, reference: Reference) -> list[Parsed]:
    """One row per quote, the last before the game, with its time; of one market, not named.

    The layout is known for points + rebounds + assists only; the lines must be of that size.
    """
    rows = content.read("")
    median = rows.select(number("line").median()).item()
    if median is None or median < LEAST_PRA_MEDIAN:
        raise InputError(
            "Expected a closing-lines file without a market column to hold lines of points + "
            f"rebounds + assists (median at least {LEAST_PRA_MEDIAN:g}); the median line is "
            f"{median}. Name the market of this file in a mapping (--map)."
        )
    stated = rows.rename(
        {"home_team": "home", "away_team": "away", "bookmaker": "book"}
    ).with_columns(
        market=pl.lit("points_rebounds_assists"),
        stated_date=day("event_date"),
        quoted_at=moment("timestamp"),
    )
    return [prop_quotes(stated, reference, ODDS_API_CLOSING_PRA.name, daily_known())]


ODDS_API_SIDES = Format(
    name="odds_api_sides",
    about="Prop quotes, one row per side, with each book's last update as the quote's time.",
    stage=Stage.LINES,
    recognises=_is_sides,
    parse=_parse_sides,
)
ODDS_API_UNTIMED = Format(
    name="odds_api_untimed",
    about="Prop quotes, one row per side, without a time (pick'em boards).",
    stage=Stage.LINES,
    recognises=_is_untimed,
    parse=_parse_untimed,
)
ODDS_API_QUOTES = Format(
    name="odds_api_quotes",
    about="Prop quotes of timed snapshots, both sides in a row, several books and ladders.",
    stage=Stage.LINES,
    recognises=_is_quotes,
    parse=_parse_quotes,
)
ODDS_API_MARKET_DAYS = Format(
    name="odds_api_market_days",
    about="Prop quotes of one market, one snapshot a day, both sides in a row, partly timed.",
    stage=Stage.LINES,
    recognises=_is_market_days,
    parse=_parse_market_days,
)
ODDS_API_CLOSING_PRA = Format(
    name="odds_api_closing_pra",
    about="Closing quotes on points + rebounds + assists, both sides in a row, timed.",
    stage=Stage.LINES,
    recognises=_is_closing,
    parse=_parse_closing,
)
FORMATS: tuple[Format, ...] = (
    ODDS_API_SIDES,
    ODDS_API_UNTIMED,
    ODDS_API_QUOTES,
    ODDS_API_MARKET_DAYS,
    ODDS_API_CLOSING_PRA,
)
