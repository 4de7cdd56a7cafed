from dataclasses import replace
from statistics import mean

import polars as pl
import pytest

from tipoff.backtest.statistics import Interval
from tipoff.errors import InputError
from tipoff.sources.league import generate
from tipoff.workflows.coverage_study import (
    SETTINGS,
    STATISTICS,
    coverage,
    coverage_study,
    graded_season,
    methods_of,
)

TINY = replace(SETTINGS, teams=4, games_per_team=30)


def test_every_statistic_window_and_method_is_counted() -> None:
    study = coverage_study(3, TINY, windows=(5, 8))
    assert (study["seasons"], study["level"]) == (3, 0.95)
    found = [(row["statistic"], row["dates"], row["method"]) for row in study["rows"]]
    assert found == [(s, w, m) for s in STATISTICS for w in (5, 8) for m in methods_of(s)]
    for row in study["rows"]:
        assert row["covered"] + row["below"] + row["above"] == pytest.approx(1)


def test_processes_do_not_change_the_counts() -> None:
    assert coverage_study(2, TINY, windows=(6,), workers=2) == coverage_study(2, TINY, windows=(6,))


def test_the_truth_is_pooled_over_all_seasons() -> None:
    study = coverage_study(3, TINY, windows=(5,))
    values: list[float] = []
    for seed in range(TINY.seed, TINY.seed + 3):
        rows = graded_season(replace(TINY, seed=seed))
        first = sorted(set(rows["game_date"]))[:5]
        values += rows.filter(pl.col("game_date").is_in(first))["mae_difference"].to_list()
    row = next(row for row in study["rows"] if row["statistic"] == "mae_difference")
    assert row["truth"] == pytest.approx(mean(values))
    assert row["n"] == pytest.approx(len(values) / 3)


def test_the_forecaster_sees_ten_games_before_and_nothing_else() -> None:
    """His first ten games have no forecast; every later one rests on the ten before it."""
    boxes = generate(TINY).frames["player_boxes"].filter(pl.col("seconds_played") > 0)
    rows = graded_season(TINY)
    eleventh = (
        boxes.sort("player_id", "game_date")
        .group_by("player_id")
        .agg(pl.col("game_date").get(10, null_on_oob=True).alias("eleventh"))
    )
    assert rows.height > 100
    assert (
        rows.join(eleventh, on="player_id")
        .select((pl.col("game_date") >= pl.col("eleventh")).all())
        .item()
    )


def test_coverage_is_counted_on_both_sides() -> None:
    rows = [pl.DataFrame({"v": [float(v)]}) for v in (0, 1, 2, 3, 9)]

    def within_one(rows: pl.DataFrame, value: str) -> Interval:
        v = rows[value].item()
        return Interval(v, 1, 2, v - 1, v + 1) if v < 9 else Interval(v, 1, 1, None, None)

    (got,) = coverage(rows, "v", 0.5, {"within one": within_one})
    assert (got["replications"], got["covered"], got["below"], got["above"]) == (4, 0.5, 0.0, 0.5)
    assert got["error"] == 0.25
    assert got["width"] == 2


@pytest.mark.parametrize(
    ("seasons", "window", "said"),
    [(1, 5, "Expected at least two seasons"), (2, 200, "Expected windows of at most the")],
)
def test_too_little_is_refused(seasons: int, window: int, said: str) -> None:
    with pytest.raises(InputError, match=said):
        coverage_study(seasons, TINY, windows=(window,))
