"""The baseline: the straightforward way, one date at a time with pandas.

It computes processors 1, 2 and 4 for one game date from whole tables, as most projects of this
kind do: filter the season before the date, group, take the latest games, aggregate. Who is
listed is simply who played that season for one of the day's teams.
"""

from collections.abc import Mapping
from datetime import date, timedelta

import pandas as pd
import polars as pl

ZONES = ("paint", "mid_range", "three")


def tables(facts: Mapping[str, pl.DataFrame]) -> dict[str, pd.DataFrame]:
    """Fact tables as pandas frames: what such a project would have cached."""
    wanted = ("player_games", "team_games", "player_zone_games", "team_zone_games")
    frames = {name: pd.DataFrame(facts[name].to_dict(as_series=False)) for name in wanted}
    for frame in frames.values():
        frame["game_date"] = pd.to_datetime(frame["game_date"])
    return frames


def build_date(frames: Mapping[str, pd.DataFrame], day: date, season: str) -> pd.DataFrame:
    """Build the day's rows: one per player, with his team's and the opponent's columns."""
    before = {
        name: frame[(frame["season"] == season) & (frame["game_date"] < pd.Timestamp(day))]
        for name, frame in frames.items()
    }
    today = frames["team_games"][frames["team_games"]["game_date"] == pd.Timestamp(day)]
    cache = _cache(before, today, day)
    shots = _shots(before["player_zone_games"])
    defence = _defence(before, day)
    return cache.join(shots, on="player_id", suffixes=("", "_shots")).join(defence, on="opponent")


def _latest(frame: pd.DataFrame, key: str, games: int) -> pd.DataFrame:
    return frame.sort_values("game_date").groupby(key).tail(games)


def _cache(before: Mapping[str, pd.DataFrame], today: pd.DataFrame, day: date) -> pd.DataFrame:
    games = before["player_games"]
    games = games[games["seconds_played"] > 0]
    by_player = games.groupby("player_id")
    rows = pd.DataFrame({"games_played_season": by_player.size()})
    for n in (5, 10):
        latest = _latest(games, "player_id", n).groupby("player_id")
        for statistic in ("points", "rebounds", "assists", "threes_made"):
            rows[f"{statistic}_avg_last_{n}"] = latest[statistic].mean()
            if n == 10:
                rows[f"{statistic}_std_last_10"] = latest[statistic].std()
        rows[f"minutes_avg_last_{n}"] = latest["seconds_played"].mean() / 60
        rows[f"usage_rate_last_{n}"] = latest["usage_rate"].mean()
    for statistic in ("points", "rebounds", "assists", "threes_made", "usage_rate"):
        rows[f"{statistic}_avg_season"] = by_player[statistic].mean()
    for days in (7, 14):
        window = games[games["game_date"] >= pd.Timestamp(day - timedelta(days=days))]
        rows[f"games_in_last_{days}_days"] = window.groupby("player_id").size()
        rows[f"minutes_in_last_{days}_days"] = (
            window.groupby("player_id")["seconds_played"].sum() / 60
        )
    rows["team"] = games.sort_values("game_date").groupby("player_id")["team"].last()
    team = _latest(before["team_games"], "team", 10).groupby("team")
    rows = rows.join(team[["pace", "offensive_rating"]].mean(), on="team")
    opponents = today.set_index("team")["opponent"]
    return rows[rows["team"].isin(opponents.index)].join(opponents, on="team")


def _shots(games: pd.DataFrame) -> pd.DataFrame:
    sums = _latest(games, "player_id", 10).groupby("player_id").sum(numeric_only=True)
    attempts = sum(sums[f"{zone}_attempts"] for zone in ZONES)
    rows = pd.DataFrame(index=sums.index)
    for zone in ZONES:
        rows[f"{zone}_share"] = sums[f"{zone}_attempts"] / attempts
        rows[f"{zone}_made_share"] = sums[f"{zone}_makes"] / sums[f"{zone}_attempts"]
    return rows


def _defence(before: Mapping[str, pd.DataFrame], day: date) -> pd.DataFrame:
    box = _latest(before["team_games"], "team", 15).groupby("team")
    rows = box[["defensive_rating", "opponent_points", "opponent_pace"]].mean()
    zones = before["team_zone_games"]
    sums = _latest(zones, "opponent", 15).groupby("opponent").sum(numeric_only=True)
    month = zones[zones["game_date"] >= pd.Timestamp(day - timedelta(days=30))]
    league = month.groupby("opponent").sum(numeric_only=True)
    for zone in ZONES:
        own = sums[f"{zone}_makes"] / sums[f"{zone}_attempts"]
        rows[f"{zone}_allowed"] = own
        rows[f"{zone}_vs_league"] = (
            own - (league[f"{zone}_makes"] / league[f"{zone}_attempts"]).mean()
        ) * 100
    return rows.add_prefix("opponent_")
