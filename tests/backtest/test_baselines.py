from statistics import fmean

import polars as pl
import pytest
from polars.testing import assert_frame_equal
from tests.backtest.graded_rows import grades, row

from tipoff.backtest.baselines import baselines
from tipoff.backtest.grading import line_with_prices
from tipoff.backtest.metrics import line_errors
from tipoff.domain.market import FEATURE_MARKETS, MARKETS, Market

POINTS = MARKETS["points"]


@pytest.fixture
def rows() -> pl.DataFrame:
    return grades(
        [
            row(day=i % 5, prediction=10 + i % 11, line=15.5, actual=8 + i % 17, average=i % 23)
            for i in range(60)
        ]
    )


def test_the_blind_sides_are_graded_on_every_line(rows: pl.DataFrame) -> None:
    found = baselines(rows, POINTS)
    over = fmean(actual > 15.5 for actual in rows["actual"])
    assert found["blind_over"]["hr"]["rate"] == pytest.approx(over)
    assert found["blind_under"]["hr"]["rate"] == pytest.approx(1 - over)
    assert found["blind_over"]["hr"]["n"] == rows.height


def test_the_line_has_an_error_and_no_hit_rate(rows: pl.DataFrame) -> None:
    line = baselines(rows, POINTS)["line"]
    assert line["mae"]["mae"] == pytest.approx(fmean(abs(15.5 - a) for a in rows["actual"]))
    assert line["hr"] is None


def test_the_line_with_its_prices_is_the_count_on_the_side_they_favour() -> None:
    lines = [(1.5, -160, 130), (1.5, 130, -160), (1.5, -110, -110), (2.0, -160, 130)]
    rows = grades([row(line=line, prices=(over, under)) for line, over, under in lines])
    bare = grades([row(line=1.5, prices=(None, None)), row(line=1.5, prices=(-160, None))])
    assert rows.select(line_with_prices()).to_series().to_list() == [2.0, 1.0, 1.5, 2.0]
    assert bare.select(line_with_prices()).to_series().to_list() == [1.5, 1.5]
    boards = rows.with_columns(is_placeholder=pl.lit(value=True))
    assert boards.select(line_with_prices()).to_series().to_list() == boards["line"].to_list()
    read = fmean(abs(count - 20) for count in [2.0, 1.0, 1.5, 2.0])
    assert baselines(rows, MARKETS["threes"])["line_with_prices"]["mae"]["mae"] == read
    assert line_errors(rows)["priced_line_mae"] == read


def test_averages_are_graded_as_if_they_were_predictions(rows: pl.DataFrame) -> None:
    found = baselines(rows, POINTS)["season_average"]
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
    assert baselines(some, POINTS)["season_average"]["mae"]["n"] == 10


@pytest.mark.parametrize("market", FEATURE_MARKETS, ids=lambda m: m.name)
def test_every_market_has_the_same_baselines_at_its_own_usual_edge(
    rows: pl.DataFrame, market: Market
) -> None:
    found = baselines(rows, market)
    assert list(found) == [
        "line",
        "line_with_prices",
        "season_average",
        "last_10_average",
        "shuffled_within_date",
        "earlier_prediction",
        "outlier_to_consensus",
        "blind_over",
        "blind_under",
        "leaked_oracle",
    ]
    wide = [average for average in rows["season_average"] if abs(average - 15.5) >= market.edges[1]]
    assert found["season_average"]["hr"]["n"] == len(wide)


def test_predictions_are_shuffled_within_their_date_and_the_same_way_each_time(
    rows: pl.DataFrame,
) -> None:
    """With one prediction per date, a shuffle within dates changes nothing."""
    flat = rows.with_columns(prediction=pl.col("prediction").mean().over("game_date"))
    kept = baselines(flat, POINTS)["shuffled_within_date"]["mae"]
    expected = fmean(abs(p - a) for p, a in flat.select("prediction", "actual").rows())
    assert kept["mae"] == pytest.approx(expected)
    shuffled = baselines(rows, POINTS)
    assert baselines(rows.reverse(), POINTS) == shuffled
    own = fmean(abs(p - a) for p, a in rows.select("prediction", "actual").rows())
    assert shuffled["shuffled_within_date"]["mae"]["mae"] != pytest.approx(own)


def test_the_rows_are_left_as_they_were(rows: pl.DataFrame) -> None:
    before = rows.clone()
    baselines(rows, POINTS)
    assert_frame_equal(rows, before)
