"""Windows over games that several processors share."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import polars as pl

from tipoff.store.door import RECENCY, SPINE_ID, World, history
from tipoff.store.exact import over


@dataclass(frozen=True)
class Window:
    """The days before the date, the date itself left out."""

    days: int

    @property
    def holds(self) -> pl.Expr:
        """Whether a game lies in the window."""
        return pl.col("days") <= self.days


def recounted(games: pl.DataFrame, spine: pl.DataFrame) -> pl.DataFrame:
    """Count recency anew over a choice of ``history`` rows, and add ``days`` before the date."""
    dated = games.join(
        spine.select(SPINE_ID, _spine_date="game_date"), on=SPINE_ID, maintain_order="left"
    )
    return dated.with_columns(
        pl.int_range(1, pl.len() + 1, dtype=pl.Int32).over(SPINE_ID).alias(RECENCY),
        days=(pl.col("_spine_date") - pl.col("game_date")).dt.total_days(),
    ).drop("_spine_date")


def back_to_backs(window: Window) -> pl.Expr:
    """Pairs of games on consecutive days, both inside the window; games from the most recent."""
    gap = (pl.col("game_date") - pl.col("game_date").shift(-1)).dt.total_days()
    return ((gap == 1) & (pl.col("days") + 1 <= window.days)).sum().cast(pl.Int32)


def window_loads(windows: Sequence[Window]) -> list[pl.Expr]:
    """Games and minutes in each window, the mean of the first, back-to-backs of the last."""
    seconds = pl.col("seconds_played")
    loads = []
    for window in windows:
        loads += [
            window.holds.sum().cast(pl.Int32).alias(f"games_in_last_{window.days}_days"),
            over(seconds.filter(window.holds).sum(), 60).alias(
                f"minutes_in_last_{window.days}_days"
            ),
        ]
    first, last = windows[0], windows[-1]
    return [
        *loads,
        over(seconds.filter(first.holds).mean(), 60).alias(f"minutes_avg_last_{first.days}_days"),
        back_to_backs(last).alias(f"back_to_backs_last_{last.days}_days"),
    ]


def of_team(spine: pl.DataFrame, compute: Callable[[pl.DataFrame], pl.DataFrame]) -> pl.DataFrame:
    """Compute once per (game, team) and give every spine row its team's values.

    Args:
        spine: rows with ``game_id`` and ``team``.
        compute: takes the spine reduced to one row per (game, team); gives rows by ``spine_id``.
    """
    teams = spine.unique(["game_id", "team"], maintain_order=True)
    computed = teams.select(SPINE_ID, "game_id", "team").join(
        compute(teams), on=SPINE_ID, how="left"
    )
    return (
        spine.select(SPINE_ID, "game_id", "team")
        .join(computed.drop(SPINE_ID), on=["game_id", "team"], how="left")
        .drop("game_id", "team")
    )


def expected_games(spine: pl.DataFrame, world: World, *, days: int) -> pl.DataFrame:
    """Count the team's scheduled games before the date, and those whose box scores were known.

    Returns:
        ``spine_id``, ``team_games_expected``, ``team_games_known``, both for the season, and the
        same with ``_last_<days>_days``.
    """
    window = Window(days)

    def counts(teams: pl.DataFrame) -> pl.DataFrame:
        parts = teams.select(SPINE_ID)
        for table, name in (("scheduled_games", "expected"), ("team_games", "known")):
            games = history(world, teams, table, by=["team"], columns=[], season_only=True)
            # A schedule knows later games too.
            counted = (
                recounted(games, teams)
                .filter(pl.col("days") > 0)
                .group_by(SPINE_ID)
                .agg(
                    pl.len().cast(pl.Int32).alias(f"team_games_{name}"),
                    window.holds.sum().cast(pl.Int32).alias(f"team_games_{name}_last_{days}_days"),
                )
            )
            parts = parts.join(counted, on=SPINE_ID, how="left")
        return parts.with_columns(pl.exclude(SPINE_ID).fill_null(0))

    return of_team(spine, counts)
