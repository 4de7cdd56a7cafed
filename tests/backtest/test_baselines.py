from statistics import fmean

import polars as pl
import pytest
from polars.testing import assert_frame_equal
from tests.backtest.graded_rows import grades, row

from tipoff.backtest.baselines import baselines


@pytest.fixture
def rows() -> pl.DataFrame:
    return grades(
        [
            row(day=i % 5, prediction=10 + i % 11, line=15.5, actual=8 + i % 17, average=i % 23)
            for i in range(60)
        ]
    )


def test_the_blind_sides_are_graded_on_every_line(rows: pl.DataFrame) -> None:
    found = baselines(rows, "points")
    over = fmean(actual > 15.5 for actual in rows["actual"])
    assert found["blind_over"]["hr"]["rate"] == pytest.approx(over)
    assert found["blind_under"]["hr"]["rate"] == pytest.approx(1 - over)
    assert found["blind_over"]["hr"]["n"] == rows.height


def test_the_line_has_an_error_and_no_hit_rate(rows: pl.DataFrame) -> None:
    line = baselines(rows, "points")["line"]
    assert line["mae"]["mae"] == pytest.approx(fmean(abs(15.5 - a) for a in rows["actual"]))
    assert line["hr"] is None


def test_averages_are_graded_as_if_they_were_predictions(rows: pl.DataFrame) -> None:
    found = baselines(rows, "points")["season_average"]
    picked = [
        (average > 15.5) == (actual > 15.5)
        for average, actual in rows.select("season_average", "actual").rows()
        if abs(average - 15.5) >= 3
    ]
    assert found["hr"]["n"] == len(picked)
    assert found["hr"]["rate"] == pytest.approx(fmean(picked))


def test_a_player_without_an_average_is_left_out_of_it(rows: pl.DataFrame) -> None:
    some = rows.with_columns(
        season_average=pl.when(pl.col("player_id") < 10).then("season_average")
    )
    assert baselines(some, "points")["season_average"]["mae"]["n"] == 10


def test_averages_of_points_are_no_baseline_of_another_market(rows: pl.DataFrame) -> None:
    names = baselines(rows, "rebounds").keys()
    assert "season_average" not in names
    assert {"line", "blind_over", "blind_under", "shuffled_within_date"} <= set(names)


def test_predictions_are_shuffled_within_their_date_and_the_same_way_each_time(
    rows: pl.DataFrame,
) -> None:
    """With one prediction per date, a shuffle within dates changes nothing."""
    flat = rows.with_columns(prediction=pl.col("prediction").mean().over("game_date"))
    kept = baselines(flat, "points")["shuffled_within_date"]["mae"]
    expected = fmean(abs(p - a) for p, a in flat.select("prediction", "actual").rows())
    assert kept["mae"] == pytest.approx(expected)
    shuffled = baselines(rows, "points")
    assert baselines(rows.reverse(), "points") == shuffled
    own = fmean(abs(p - a) for p, a in rows.select("prediction", "actual").rows())
    assert shuffled["shuffled_within_date"]["mae"]["mae"] != pytest.approx(own)


def test_the_rows_are_left_as_they_were(rows: pl.DataFrame) -> None:
    before = rows.clone()
    baselines(rows, "points")
    assert_frame_equal(rows, before)
