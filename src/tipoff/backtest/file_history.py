"""Averages of a player's results, before a game and with it, from a file's results alone.

The second kind is what a leak leaves behind: an average of the last five games that counts the game
that is to be predicted, or one of the whole season. It is computed only to be looked for.
"""

import polars as pl

from tipoff.sources.line_rows import season_expr

WINDOWS = (5, 10)
_PLAYER = ["player", "season"]


def averages(results: pl.DataFrame) -> pl.DataFrame:
    """Return averages of every player-game's earlier results of the season, and with its own.

    Args:
        results: ``player, game_date, actual``; nulls (he did not play) are left out, and a date
            on which a player has several results counts once.

    Returns:
        ``player, game_date, earlier_games``, ``days_of_last_5`` (since the fifth game before; null
        where there is none) and, null where there is no earlier game,
        ``last_5_average, last_10_average, season_average``; the same with the game itself,
        ``with_last_5, with_last_10, with_season``; and ``whole_season``: with all later ones too.
    """
    played = (
        results.select("player", "game_date", "actual")
        .drop_nulls()
        .sort("player", "game_date", "actual")
        .unique(["player", "game_date"], keep="first", maintain_order=True)
        .with_columns(season=season_expr("game_date"), _one=pl.lit(1.0))
    )
    # Counts are whole numbers: their running sums are exact in any order.
    with_own = {
        "season": (_own("actual").cum_sum(), _own("_one").cum_sum()),
        **{
            f"last_{k}": (
                _own("actual").rolling_sum(k, min_samples=1),
                _own("_one").rolling_sum(k, min_samples=1),
            )
            for k in WINDOWS
        },
    }
    return (
        played.with_columns(
            *[
                (total.over(_PLAYER) / n.over(_PLAYER)).alias(f"with_{name}")
                for name, (total, n) in with_own.items()
            ],
            whole_season=_own("actual").sum().over(_PLAYER) / pl.len().over(_PLAYER),
            earlier_games=pl.int_range(pl.len()).over(_PLAYER),
            days_of_last_5=(
                pl.col("game_date") - pl.col("game_date").shift(5).over(_PLAYER)
            ).dt.total_days(),
        )
        .with_columns(
            pl.col(f"with_{name}").shift(1).over(_PLAYER).alias(f"{name}_average")
            for name in with_own
        )
        .drop("season", "_one", "actual")
    )


def _own(column: str) -> pl.Expr:
    return pl.col(column).cast(pl.Float64)
