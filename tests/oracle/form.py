"""The oracle's reading of what a player did in his games of the season."""

import statistics

from tests.oracle.arithmetic import clip, deviation, mean, minus, run, slope, steps, value_of
from tests.oracle.lines import Values
from tests.oracle.world import Row
from tipoff.domain.market import Market


def form(season: list[Row], market: Market) -> Values:
    all_values = [value_of(g, market) for g in season]
    values = [v for v in all_values if v is not None]
    enough = len(season) >= 3
    last_5 = mean([v for v in all_values[:5] if v is not None]) if enough else None
    ten = [v for v in all_values[:10] if v is not None]
    last_10, average = (mean(ten), mean(values)) if enough else (None, None)
    spread = deviation(ten) if enough else None
    recent = ten
    minutes = [g["seconds_played"] / 60 for g in season]
    usage = [g["usage"] for g in season[:10] if g["usage"] is not None]
    change = None
    if enough:
        base = sum(minutes) / len(minutes)
        change = (sum(minutes[:10]) / len(minutes[:10]) - base) / base
    trend = None
    if len(recent) >= 5:
        trend = sum(recent[:2]) / 2 - sum(recent[2:5]) / 3

    def scored(value: float | None, limit: float) -> float | None:
        return clip(value / spread, -limit, limit) if value is not None and spread else None

    last_3 = mean(recent[:3])
    median = statistics.median(recent) if recent else None
    skew = minus(last_10, median)
    return {
        "points_avg_last_5": last_5,
        "points_avg_last_10": last_10,
        "points_avg_season": average,
        "points_std_last_10": spread,
        "recent_trend": steps(trend, *market.trend),
        "minutes_change": steps(change, 0.1, 0.2),
        "minutes_avg_last_10": mean(minutes[:10]) if enough else None,
        "ppm_avg_last_10": sum(recent) / sum(minutes[:10]) if season else None,
        "pts_slope_10g": slope(recent) if len(recent) >= 5 else None,
        "pts_vs_season_zscore": scored(minus(last_5, average), 3),
        "breakout_flag": None
        if last_5 is None or average is None or spread is None
        else float(last_5 > average + 1.5 * spread),
        "points_avg_last_3": last_3 if len(recent) >= 2 else None,
        "scoring_trend_slope": slope(recent[:7]) if len(recent) >= 4 else None,
        "deviation_from_avg_last3": scored(minus(last_3, average), 10),
        "consecutive_games_below_avg": run([average is not None and v < average for v in recent]),
        "usage_rate_last_5": mean(usage[:5]) if len(usage) >= 3 else None,
        "minutes_volatility_last_10": deviation(minutes[:10]) if enough else None,
        "rolling_zscore_5v10": scored(minus(last_5, last_10), 10),
        "scoring_skewness_last_10": clip(3 * skew / spread, -3, 3)
        if skew is not None and spread
        else None,
    }


def shooting(season: list[Row]) -> Values:
    def share(made: str, tried: str, games: list[Row]) -> float | None:
        both = [(g[made], g[tried]) for g in games if None not in (g[made], g[tried])]
        total = sum(t for _, t in both)
        return sum(m for m, _ in both) / total if total else None

    ten = season[:10]
    stated = [g for g in season[:10] if g["field_goals_attempted"] is not None]
    field = ("field_goals_made", "field_goals_attempted")
    three = ("threes_made", "threes_attempted")
    of_season = share(*field, season) if len(season) >= 3 else None
    points = sum(g["points"] for g in ten)
    thrown = [g["free_throws_made"] for g in ten if g["free_throws_made"] is not None]
    free = sum(thrown) / points if points and len(thrown) == len(ten) >= 5 else None
    made = [
        g[field[0]] / g[field[1]] if g[field[0]] is not None and g[field[1]] else None for g in ten
    ]
    minutes = sum(g["seconds_played"] for g in ten) / 60
    shots = [g[field[1]] for g in stated]
    shooting = [g["true_shooting"] for g in ten if g["true_shooting"] is not None]
    return {
        "pct_free_throw": free,
        "fg_pct_last_3": share(*field, season[:3]),
        "fg_pct_last_5": share(*field, season[:5]),
        "fg_pct_vs_season_avg": minus(share(*field, season[:5]), of_season),
        "three_pct_last_3": share(*three, season[:3]),
        "three_pct_last_5": share(*three, season[:5]),
        "fg_cold_streak": run(
            [m is not None and of_season is not None and m < of_season for m in made]
        ),
        "true_shooting_last_10": mean(shooting) if len(season) >= 3 else None,
        "shots_per_minute_last_10": sum(shots) / minutes
        if minutes and len(shots) == len(ten)
        else None,
        "three_attempt_share_last_10": share(three[1], field[1], ten),
        "ft_rate_season": share("free_throws_attempted", field[1], season)
        if len(season) >= 3
        else None,
    }
