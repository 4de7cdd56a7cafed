"""Which game a mapped row is about: from home and away, a matchup, or a team and the schedule."""

import polars as pl

from tipoff.sources.format import Reference
from tipoff.sources.line_rows import team

NO_TEAM_GAME = "no known game of that team on that date"
_TEXTS = ("home", "away", "team", "opponent", "game", "matchup")


def with_teams(rows: pl.DataFrame, reference: Reference) -> pl.DataFrame:
    """Add ``home_team``, ``away_team``, ``team``, ``opponent``, ``is_home`` as tri-codes.

    Taken in this order from: ``home`` and ``away``; ``game`` ("AWY @ HOM", "HOM vs. AWY");
    ``matchup`` ("TEAM @ OPP" away, "TEAM vs. OPP" home); ``team``, ``opponent`` and ``is_home``;
    ``team`` alone with the schedule's only game of that team on ``game_date``.
    ``by_team_alone`` marks rows that had nothing but a team.
    """
    texts = [pl.lit(None, pl.String).alias(c) for c in _TEXTS if c not in rows.columns]
    if "is_home" not in rows.columns:
        texts.append(pl.lit(None, pl.Boolean).alias("is_home"))
    return _by_schedule(_by_row(rows.with_columns(texts)), reference).drop(
        "home", "away", "game", "matchup"
    )


def _by_row(rows: pl.DataFrame) -> pl.DataFrame:
    """Fill teams and sides from the row itself."""
    game, matchup = _pair("game"), _pair("matchup")
    coded = rows.with_columns(
        _own=pl.coalesce(team("team"), team(matchup[0])),
        _other=pl.coalesce(team("opponent"), team(matchup[1])),
        is_home=pl.coalesce("is_home", ~matchup[2]),
        _home=pl.coalesce(team("home"), team(pl.when(game[2]).then(game[1]).otherwise(game[0]))),
        _away=pl.coalesce(team("away"), team(pl.when(game[2]).then(game[0]).otherwise(game[1]))),
    )
    own_home = pl.when("is_home").then("_own").when(~pl.col("is_home")).then("_other")
    own_away = pl.when("is_home").then("_other").when(~pl.col("is_home")).then("_own")
    return coded.with_columns(
        home_team=pl.coalesce("_home", own_home), away_team=pl.coalesce("_away", own_away)
    ).drop("_home", "_away")


def _pair(column: str) -> tuple[pl.Expr, pl.Expr, pl.Expr]:
    """First team, second team, and whether the first is away."""
    form = r"(?i)^\s*(.+?)\s+(@|at|vs\.?|v\.?)\s+(.+?)\s*$"
    sign = pl.col(column).str.extract(form, 2).str.to_lowercase()
    return (
        pl.col(column).str.extract(form, 1),
        pl.col(column).str.extract(form, 3),
        sign.is_in(["@", "at"]),
    )


def _by_schedule(rows: pl.DataFrame, reference: Reference) -> pl.DataFrame:
    """Fill home and away of rows that state a team only."""
    games = reference.games.select("game_date", _h="home_team", _a="away_team")
    either = pl.concat(
        [
            games.with_columns(_own="_h"),
            games.with_columns(_own="_a"),
        ]
    ).unique(["game_date", "_own"], keep="none")
    joined = rows.join(either, on=["game_date", "_own"], how="left", maintain_order="left")
    fits = (
        pl.col("_other").is_null()
        | (pl.col("_other") == pl.col("_h"))
        | (pl.col("_other") == pl.col("_a"))
    )
    asked = pl.col("home_team").is_null() & pl.col("_own").is_not_null()
    filled = joined.with_columns(
        by_team_alone=asked,
        home_team=pl.when(asked & fits).then("_h").otherwise("home_team"),
        away_team=pl.when(asked & fits).then("_a").otherwise("away_team"),
    )
    is_home = pl.col("_own") == pl.col("home_team")
    return filled.with_columns(
        team=pl.col("_own"),
        is_home=is_home,
        opponent=pl.when(is_home).then("away_team").otherwise("home_team"),
    ).drop("_own", "_other", "_h", "_a")
