"""Prop lines of one day per file, without a time of day: wide lines only, and daily books."""

import polars as pl

from tipoff.sources.format import Content, Format, Parsed, Reference, Stage
from tipoff.sources.line_rows import daily_known, day, has_columns
from tipoff.sources.prop_quotes import prop_quotes

_WIDE_KEY = {"GAME_DATE", "Player_Name", "MATCHUP"}
_WIDE_SUFFIX = "_PROP"
_DAILY = {
    "file_date",
    "game",
    "home",
    "away",
    "player",
    "market",
    "line",
    "over_price",
    "under_price",
    "bookmaker",
}
DAILY_FLAG = "game_on_file_date"


def _is_wide(content: Content) -> bool:
    return has_columns(content, {*_WIDE_KEY, f"PTS{_WIDE_SUFFIX}"})


def _parse_wide(content: Content, reference: Reference) -> list[Parsed]:
    """One row per player-game, one column per market: no price, no book, no time."""
    rows = content.read("")
    # "PHX vs. PHI" is at home, "MIL @ POR" away; both name the player's own team first.
    first = pl.col("MATCHUP").str.extract(r"^\s*(\S+)\s+(?:@|vs\.?)\s+(\S+)\s*$", 1)
    second = pl.col("MATCHUP").str.extract(r"^\s*(\S+)\s+(?:@|vs\.?)\s+(\S+)\s*$", 2)
    is_away = pl.col("MATCHUP").str.contains("@", literal=True)
    markets = [c for c in rows.columns if c.endswith(_WIDE_SUFFIX)]
    stated = (
        rows.select(
            *[pl.col(c).cast(pl.String) for c in markets],
            player_name="Player_Name",
            stated_date=day("GAME_DATE"),
            home=pl.when(is_away).then(second).otherwise(first),
            away=pl.when(is_away).then(first).otherwise(second),
        )
        .unpivot(
            markets,
            index=["player_name", "stated_date", "home", "away"],
            variable_name="market",
            value_name="line",
        )
        .drop_nulls("line")
    )
    return [prop_quotes(stated, reference, LINES_ONLY_WIDE.name, daily_known())]


def _is_daily(content: Content) -> bool:
    return has_columns(content, _DAILY, {"commence_time", "side", "file_stamp"})


def _parse_daily(content: Content, reference: Reference) -> list[Parsed]:
    """One row per quote, both sides in it; short team codes, names in lower case."""
    rows = content.read("")
    stated = rows.select(
        "market",
        "line",
        "over_price",
        "under_price",
        "home",
        "away",
        player_name="player",
        book="bookmaker",
        stated_date=day("file_date"),
        file_date=day("file_date"),
        is_stale=stale_flag(rows),
    )
    return [prop_quotes(stated, reference, DAILY_BOOK.name, daily_known())]


def stale_flag(rows: pl.DataFrame) -> pl.Expr:
    """Return whether the file says that a row's game is not of the file's day."""
    if DAILY_FLAG not in rows.columns:
        return pl.lit(value=False)
    return pl.col(DAILY_FLAG).cast(pl.String).str.to_lowercase() == "false"


LINES_ONLY_WIDE = Format(
    name="lines_only_wide",
    about="Prop lines, one row per player-game and one column per market; no price, book, time.",
    stage=Stage.LINES,
    recognises=_is_wide,
    parse=_parse_wide,
)
DAILY_BOOK = Format(
    name="daily_book",
    about="Prop quotes of one day per file, both sides in a row, several books; no time of day.",
    stage=Stage.LINES,
    recognises=_is_daily,
    parse=_parse_daily,
)
FORMATS: tuple[Format, ...] = (LINES_ONLY_WIDE, DAILY_BOOK)
