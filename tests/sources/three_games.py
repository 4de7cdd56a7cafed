"""Games that small files and answers are about."""

from datetime import UTC, datetime

import polars as pl

from tipoff.domain.ids import game_id
from tipoff.sources.format import Reference
from tipoff.sources.line_rows import eastern_day, season_expr


def three_games() -> Reference:
    """Return two games of 2024-10-22 and one of the day after, as a schedule states them."""
    games = [
        (datetime(2024, 10, 22, 23, 30, tzinfo=UTC), "NYK", "BOS"),
        (datetime(2024, 10, 23, 2, 0, tzinfo=UTC), "MIN", "LAL"),
        (datetime(2024, 10, 23, 23, 0, tzinfo=UTC), "IND", "DET"),
    ]
    frame = pl.DataFrame(
        {
            "tip_off_at": [g[0] for g in games],
            "away_team": [g[1] for g in games],
            "home_team": [g[2] for g in games],
        },
        schema_overrides={"tip_off_at": pl.Datetime("us", "UTC")},
    ).with_columns(game_date=eastern_day("tip_off_at"))
    rows = frame.select("game_date", "away_team", "home_team").rows()
    known = frame.with_columns(
        game_id=pl.Series([game_id(*row) for row in rows]),
        nba_game_id=pl.lit(None, pl.String),
        season=season_expr("game_date"),
        season_type=pl.lit("regular"),
    )
    return Reference(known, pl.DataFrame())
