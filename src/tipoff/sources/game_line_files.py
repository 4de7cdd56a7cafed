"""Layouts of game lines: daily books, season tables of odds, closing consensus, spreads only."""

import polars as pl

from tipoff.domain.seasons import STARTS
from tipoff.sources.books import CONSENSUS, UNSTATED
from tipoff.sources.format import Content, Format, Parsed, Reference, Stage
from tipoff.sources.game_lines import game_lines
from tipoff.sources.line_rows import (
    closing_known,
    daily_known,
    day,
    eastern_day,
    has_columns,
    moment,
    number,
    refuse,
)
from tipoff.sources.prop_lines_daily import stale_flag

_DAILY = {"file_date", "game", "away", "home", "market", "line", "price_1", "price_2"}
_SEASONS = {"Date", "Home", "Away", "OU", "Spread", "ML_Home", "ML_Away"}
_CLOSING = {
    "home_team",
    "away_team",
    "commence_time",
    "home_ml",
    "away_ml",
    "home_spread_price",
    "away_spread_price",
    "spread_point",
    "total_over_price",
    "total_under_price",
    "total_point",
}
_FAVOURITES = {"season", "date", "home", "away", "whos_favored", "spread"}
# A table with more negative spreads than this states them signed.
_SIGNED_SHARE = 0.05
NOT_PRICED = "a market of which neither side has a price"
OTHER_TABLE = "a market of a table that lacks columns of odds"
NO_FAVOURITE = "an unsigned spread without a favourite (even or missing moneylines)"


def _parse_daily(content: Content, reference: Reference) -> list[Parsed]:
    """One row per quote of a day; a file without a book column leaves the book unstated.

    The line of a spread is the away side's; the first price is the away or over side's.
    """
    rows = content.read("")
    is_total = pl.col("market").str.to_lowercase() == "total"
    stated = rows.select(
        "market",
        "home",
        "away",
        book=pl.col("bookmaker") if "bookmaker" in rows.columns else pl.lit(UNSTATED),
        line=pl.when(is_total).then(number("line")).otherwise(-number("line")),
        home_or_over_price=pl.when(is_total).then("price_1").otherwise("price_2"),
        away_or_under_price=pl.when(is_total).then("price_2").otherwise("price_1"),
        stated_date=day("file_date"),
        file_date=day("file_date"),
        is_stale=stale_flag(rows),
    )
    return [game_lines(stated, reference, DAILY_GAME_LINES.name, daily_known())]


def _is_seasons(content: Content) -> bool:
    return any(set(columns) >= _SEASONS for columns in content.columns.values())


def _parse_seasons(content: Content, reference: Reference) -> list[Parsed]:
    """One table per season, one row per game: total, spread and both moneylines.

    Dates read "2021-22-1019" (season, month, day) or ISO. A spread is how much the home side is
    favoured by; older seasons give it unsigned, then the moneylines tell who is favoured.
    """
    tables = [name for name, columns in content.columns.items() if set(columns) >= _SEASONS]
    games = pl.concat([_season_table(content.read(name)) for name in sorted(tables)])
    teams = ("home", "away", "stated_date")
    spread = games.select(*teams, line="spread", market=pl.lit("spread"))
    total = games.select(*teams, line="total", market=pl.lit("total"))
    moneyline = games.select(
        *teams,
        line=pl.lit(0.0),
        market=pl.lit("moneyline"),
        home_or_over_price="home_price",
        away_or_under_price="away_price",
    )
    stated = pl.concat([spread, total, moneyline], how="diagonal").with_columns(
        book=pl.lit(UNSTATED)
    )
    others = sum(content.read(name).height for name in content.columns if name not in tables)
    refused = {NO_FAVOURITE: games["spread"].null_count(), OTHER_TABLE: 3 * others}
    stated = stated.filter(~((pl.col("market") == "spread") & pl.col("line").is_null()))
    return [
        game_lines(
            stated,
            reference,
            SEASON_ODDS.name,
            daily_known(),
            {reason: n for reason, n in refused.items() if n},
        )
    ]


def _season_table(rows: pl.DataFrame) -> pl.DataFrame:
    bare = rows.select(
        home="Home",
        away="Away",
        stated_date=season_day("Date"),
        total=number("OU"),
        # "PK" (pick) is a spread of zero.
        _spread=pl.when(pl.col("Spread").cast(pl.String).str.to_uppercase() == "PK")
        .then(0.0)
        .otherwise(number("Spread")),
        home_price=number("ML_Home"),
        away_price=number("ML_Away"),
    )
    is_signed = (bare["_spread"] < 0).sum() > _SIGNED_SHARE * bare.height
    size = pl.col("_spread").abs()
    by_moneyline = (
        pl.when((size == 0) | (pl.col("home_price") < pl.col("away_price")))
        .then(-size)
        .when(pl.col("home_price") > pl.col("away_price"))
        .then(size)
    )
    return bare.with_columns(spread=-pl.col("_spread") if is_signed else by_moneyline).drop(
        "_spread"
    )


def season_day(column: str) -> pl.Expr:
    """Return the date of ISO text or of "2019-20-0115" (season, month, day).

    Months from August belong to the season's first year, but for the bubble: a day of August to
    October that precedes the season's first day is of the second year.
    """
    text = pl.col(column).cast(pl.String)
    year = text.str.extract(r"^(\d{4})-\d{2}-\d{4}$", 1).cast(pl.Int32)
    month_day = text.str.extract(r"^\d{4}-\d{2}-(\d{4})$", 1)
    first = pl.concat_str(year.cast(pl.String), month_day).str.to_date("%Y%m%d", strict=False)
    second = pl.concat_str((year + 1).cast(pl.String), month_day).str.to_date(
        "%Y%m%d", strict=False
    )
    begins = year.replace_strict(STARTS, default=None, return_dtype=pl.Date).fill_null(
        pl.date(year, 8, 1)
    )
    return pl.coalesce(pl.when(first >= begins).then(first), second, day(column))


def _parse_closing(content: Content, reference: Reference) -> list[Parsed]:
    """One row per game: the books' average just before the start, so prices are no book's."""
    rows = content.read("").with_columns(commence_at=moment("commence_time"))
    shared = {
        "home": pl.col("home_team"),
        "away": pl.col("away_team"),
        "commence_at": pl.col("commence_at"),
        "stated_date": eastern_day("commence_at"),
        "book": pl.lit(CONSENSUS),
    }
    markets = {
        "spread": ("spread_point", "home_spread_price", "away_spread_price"),
        "total": ("total_point", "total_over_price", "total_under_price"),
        "moneyline": (None, "home_ml", "away_ml"),
    }
    stated = pl.concat(
        [
            rows.select(
                **shared,
                market=pl.lit(market),
                line=pl.lit(0.0) if line is None else number(line),
                home_or_over_price=number(first),
                away_or_under_price=number(second),
            )
            for market, (line, first, second) in markets.items()
        ]
    )
    priced, refused = refuse(
        stated,
        {
            NOT_PRICED: pl.all_horizontal(
                pl.col("home_or_over_price", "away_or_under_price").is_null()
            )
        },
    )
    return [game_lines(priced, reference, CLOSING_CONSENSUS.name, closing_known(), refused)]


def _parse_favourites(content: Content, reference: Reference) -> list[Parsed]:
    """One row per game with an unsigned spread and whether home or away is favoured."""
    rows = content.read("")
    favoured = pl.col("whos_favored").cast(pl.String).str.to_lowercase()
    size = number("spread").abs()
    stated = rows.select(
        "home",
        "away",
        stated_date=day("date"),
        book=pl.lit(UNSTATED),
        market=pl.lit("spread"),
        line=pl.when(favoured == "home").then(-size).when(favoured == "away").then(size),
    )
    return [game_lines(stated, reference, FAVOURITE_SPREADS.name, daily_known())]


DAILY_GAME_LINES = Format(
    name="daily_game_lines",
    about="Spreads, totals and moneylines of one day per file, with ladders; no time of day.",
    stage=Stage.LINES,
    recognises=lambda content: has_columns(content, _DAILY),
    parse=_parse_daily,
)
SEASON_ODDS = Format(
    name="season_odds",
    about="One table per season with total, spread and moneylines of each game; no book, no time.",
    stage=Stage.LINES,
    recognises=_is_seasons,
    parse=_parse_seasons,
)
CLOSING_CONSENSUS = Format(
    name="closing_consensus",
    about="Closing spread, total and moneylines of each game, averaged over books.",
    stage=Stage.LINES,
    recognises=lambda content: has_columns(content, _CLOSING),
    parse=_parse_closing,
)
FAVOURITE_SPREADS = Format(
    name="favourite_spreads",
    about="One unsigned spread per game and who is favoured; no book, no price, no time.",
    stage=Stage.LINES,
    recognises=lambda content: has_columns(content, _FAVOURITES),
    parse=_parse_favourites,
)
FORMATS: tuple[Format, ...] = (
    DAILY_GAME_LINES,
    SEASON_ODDS,
    CLOSING_CONSENSUS,
    FAVOURITE_SPREADS,
)
