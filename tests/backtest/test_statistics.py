from datetime import date, timedelta
from statistics import mean

import numpy as np
import polars as pl
import pytest
from scipy.stats import norm, ttest_1samp
from statsmodels.regression.linear_model import OLS
from statsmodels.stats import contingency_tables
from statsmodels.stats.proportion import proportion_confint

from tipoff.backtest.statistics import (
    BY_DATE,
    BY_DATE_AND_PLAYER,
    clustered_mean,
    design_effect,
    difference_interval,
    mcnemar,
    mean_interval,
    minus_best_placebo,
    ratio_interval,
    share_interval,
    spread,
    wilson,
)
from tipoff.errors import InputError


def _rows(values: list[float | None], clusters: list[int]) -> pl.DataFrame:
    days = [date(2023, 1, 1) + timedelta(days=c) for c in clusters]
    return pl.DataFrame({"game_date": days, "v": values}, schema_overrides={"v": pl.Float64})


def _slow_bounds(values: list[float], clusters: list[int]) -> tuple[float, float]:
    """Draw clusters with replacement, one resample at a time."""
    rng = np.random.default_rng(1)
    names = sorted(set(clusters))
    groups = [[v for v, c in zip(values, clusters, strict=True) if c == n] for n in names]
    means = []
    for _ in range(4000):
        drawn = [groups[i] for i in rng.integers(0, len(groups), len(groups))]
        means.append(sum(map(sum, drawn)) / sum(map(len, drawn)))
    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)


def test_the_interval_is_that_of_drawing_whole_dates() -> None:
    rng = np.random.default_rng(0)
    clusters = [int(c) for c in rng.integers(0, 30, 300)]
    effect = rng.normal(0, 1, 30)
    values = [float(effect[c] + rng.normal()) for c in clusters]
    got = clustered_mean(_rows(list(values), clusters), "v")
    low, high = _slow_bounds(values, clusters)
    assert got.low == pytest.approx(low, abs=0.05)
    assert got.high == pytest.approx(high, abs=0.05)
    assert got.value == pytest.approx(np.mean(values))


def test_rows_that_repeat_within_a_date_add_no_certainty() -> None:
    values: list[float | None] = [float(i % 2) for i in range(20)]
    once = clustered_mean(_rows(values, list(range(20))), "v")
    clusters = [c for c in range(20) for _ in range(50)]
    often = clustered_mean(_rows([values[c] for c in clusters], clusters), "v")
    assert (often.low, often.high) == pytest.approx((once.low, once.high))
    assert often.n == 50 * once.n


def test_the_interval_does_not_depend_on_the_order_of_rows() -> None:
    rows = _rows([float(i % 3) for i in range(60)], [i // 4 for i in range(60)])
    assert clustered_mean(rows, "v") == clustered_mean(rows.reverse(), "v")


def test_nulls_are_left_out_and_nothing_is_nothing() -> None:
    got = clustered_mean(_rows([1.0, None, 3.0], [0, 1, 2]), "v")
    assert (got.value, got.n, got.clusters) == (2.0, 2, 2)
    none = clustered_mean(_rows([None], [0]), "v")
    assert (none.value, none.n, none.low, none.high) == (None, 0, None, None)


def test_one_date_has_a_mean_but_no_interval() -> None:
    got = clustered_mean(_rows([1.0, 2.0], [0, 0]), "v")
    assert (got.value, got.low, got.high) == (1.5, None, None)


@pytest.mark.parametrize(
    ("wins", "n", "low", "high"),
    [(0, 10, 0.0, 0.2775), (5, 10, 0.2366, 0.7634), (60, 100, 0.5020, 0.6906)],
)
def test_wilson_against_known_values(wins: int, n: int, low: float, high: float) -> None:
    got = wilson(wins, n)
    assert got is not None
    assert got[0] == pytest.approx(low, abs=5e-5)
    assert got[1] == pytest.approx(high, abs=5e-5)


def test_wilson_of_nothing_is_nothing() -> None:
    assert wilson(0, 0) is None


# Intervals that leave clusters out.


def _picks(seed: int = 3, n: int = 240) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    dates, players = rng.integers(0, 25, n), rng.integers(0, 40, n)
    value = rng.normal(0, 1, 25)[dates] + rng.normal(0, 1, 40)[players] + rng.normal(0, 1, n)
    return pl.DataFrame(
        {
            "game_date": [date(2023, 1, 1) + timedelta(days=int(d)) for d in dates],
            "player_id": [f"p{p:02d}" for p in players],
            "v": value,
            "w": value + rng.normal(0.2, 1, n),
            "won": value > 0,
        }
    )


def _slow_variance(rows: pl.DataFrame, by: list[str]) -> float:
    """Leave out one cluster at a time, row by row."""
    whole = mean(rows["v"].to_list())
    groups = rows.partition_by(by)
    moves = [
        mean([v for other in groups if other is not group for v in other["v"].to_list()]) - whole
        for group in groups
    ]
    return float((len(groups) - 1) / len(groups) * sum(move**2 for move in moves))


def test_single_rows_as_clusters_give_students_interval() -> None:
    rows = _rows([float(v) for v in np.random.default_rng(0).normal(1, 2, 30)], list(range(30)))
    got = mean_interval(rows, "v", level=0.9)
    expected = ttest_1samp(rows["v"].to_numpy(), 0.0).confidence_interval(0.9)
    assert (got.low, got.high) == pytest.approx((expected.low, expected.high))


def test_the_error_is_that_of_leaving_out_one_cluster_at_a_time() -> None:
    rows = _picks()
    by_date, by_player = _slow_variance(rows, ["game_date"]), _slow_variance(rows, ["player_id"])
    both = _slow_variance(rows, ["game_date", "player_id"])
    assert spread(rows, "v").error == pytest.approx(by_date**0.5)
    two_way = spread(rows, "v", BY_DATE_AND_PLAYER)
    assert two_way.error == pytest.approx((by_date + by_player - both) ** 0.5)
    assert two_way.clusters == 25


def test_the_two_way_error_is_near_that_of_the_sandwich() -> None:
    rows = _picks(n=1_000)
    dates = rows["game_date"].rank("dense").to_numpy()
    players = rows["player_id"].rank("dense").to_numpy()
    fit = OLS(rows["v"].to_numpy(), np.ones(rows.height)).fit(
        cov_type="cluster", cov_kwds={"groups": np.column_stack([dates, players])}
    )
    assert spread(rows, "v", BY_DATE_AND_PLAYER).error == pytest.approx(fit.bse[0], rel=0.05)


def test_the_two_way_error_is_never_less_than_by_date() -> None:
    cut = 0
    for seed in range(20):
        rows = _picks(seed, 60).with_columns(v=pl.col("v").shuffle(seed))
        by_date, two_way = spread(rows, "v").error, spread(rows, "v", BY_DATE_AND_PLAYER).error
        assert by_date is not None
        assert two_way == pytest.approx(by_date) or (two_way or 0) > by_date
        cut += two_way == pytest.approx(by_date)
    assert 0 < cut < 20


@pytest.mark.parametrize("by", [BY_DATE, BY_DATE_AND_PLAYER])
def test_the_order_of_rows_changes_no_bit(by: tuple[str, ...]) -> None:
    rows = _picks()
    shuffled = rows.sample(fraction=1.0, shuffle=True, seed=1)
    assert mean_interval(rows, "v", by) == mean_interval(shuffled, "v", by)
    assert difference_interval(rows, "v", "w", by) == difference_interval(shuffled, "v", "w", by)


def test_rows_without_value_or_player_are_left_out() -> None:
    rows = _picks().with_row_index()
    holes = rows.with_columns(
        v=pl.when(pl.col("index") > 9).then("v"),
        player_id=pl.when(pl.col("index") < 230).then("player_id"),
    )
    whole = rows.filter(pl.col("index").is_between(10, 229))
    assert spread(holes, "v", BY_DATE_AND_PLAYER) == spread(whole, "v", BY_DATE_AND_PLAYER)


@pytest.mark.parametrize(("values", "value", "n"), [([], None, 0), ([1.0, 2.0], 1.5, 2)])
def test_nothing_and_one_date_have_no_bounds(
    values: list[float | None], value: float | None, n: int
) -> None:
    rows = _rows(values, [0] * n)
    for interval in (mean_interval, share_interval):
        got = interval(rows, "v")
        assert (got.value, got.n, got.low, got.high) == (value, n, None, None)
    assert design_effect(rows, "v").value is None


def test_three_ways_of_clusters_are_refused() -> None:
    with pytest.raises(InputError, match="one or two columns of clusters, got 3"):
        spread(_picks(), "v", ("game_date", "player_id", "won"))


def test_units_won_over_units_staked() -> None:
    rows = _picks().with_columns(stake=pl.col("v").abs() + 1)
    same = rows.with_columns(profit=pl.col("stake") * 0.07)
    got = ratio_interval(same, "profit", "stake")
    assert (got.value, got.low, got.high) == pytest.approx((0.07, 0.07, 0.07))
    flat = rows.with_columns(one=pl.lit(1.0))
    assert ratio_interval(flat, "v", "one") == mean_interval(flat, "v")


def test_the_interval_of_a_share_is_wilsons_on_the_rows_that_the_clusters_are_worth() -> None:
    rows = _picks()
    got, found = share_interval(rows, "won"), spread(rows, "won")
    assert found.value is not None
    assert found.error is not None
    worth = found.value * (1 - found.value) / found.error**2
    # Statsmodels takes the normal quantile of alpha: give it the one whose quantile is t's.
    low, high = proportion_confint(
        found.value * worth, worth, alpha=2 * norm.sf(2.0638986), method="wilson"
    )
    assert (got.low, got.high) == pytest.approx((low, high))


def test_dates_that_all_split_evenly_leave_room() -> None:
    rows = _rows([1.0, 0.0] * 4, [0, 0, 1, 1, 2, 2, 3, 3])
    got = share_interval(rows, "v")
    assert got.value == 0.5
    assert got.low is not None
    assert got.low < 0.15


def test_wins_only_leave_room_for_losses() -> None:
    rows = _picks().with_columns(won=pl.lit(value=True))
    got = share_interval(rows, "won")
    assert got.value == got.high == 1
    # As if each of the 25 dates were one pick: t² / (25 + t²) may have been lost.
    assert got.low == pytest.approx(1 - 2.0639**2 / (25 + 2.0639**2), abs=1e-4)


def test_the_design_effect_counts_repeated_rows() -> None:
    once = _rows([float(v) for v in np.random.default_rng(4).normal(size=50)], list(range(50)))
    often = pl.concat([once] * 8)
    assert design_effect(once, "v").value == pytest.approx(1)
    got = design_effect(often, "v")
    assert got.value == pytest.approx(8, rel=0.03)
    assert got.effective_n == pytest.approx(50, rel=0.03)


def test_the_difference_on_the_same_rows_is_the_mean_of_paired_differences() -> None:
    rows = _picks().with_columns(d=pl.col("v") - pl.col("w"))
    for by in (BY_DATE, BY_DATE_AND_PLAYER):
        got, expected = difference_interval(rows, "v", "w", by), mean_interval(rows, "d", by)
        assert (got.value, got.low, got.high) == pytest.approx(
            (expected.value, expected.low, expected.high)
        )


def test_the_difference_of_two_rules_that_take_other_picks_of_one_slate() -> None:
    rows = _picks()
    other = rows.with_columns(
        v=pl.when(pl.col("v").abs() > 0.5).then("v"), w=pl.when(pl.col("w") > 0).then("w")
    )
    got = difference_interval(other, "v", "w")
    groups = other.partition_by("game_date")

    def gap(parts: list[pl.DataFrame]) -> float:
        v, w = ([x for part in parts for x in part[c].drop_nulls().to_list()] for c in "vw")
        return float(mean(v) - mean(w))

    moves = [gap([g for g in groups if g is not left]) - gap(groups) for left in groups]
    half = 2.0639 * (24 / 25 * sum(move**2 for move in moves)) ** 0.5
    assert got.value == pytest.approx(gap(groups))
    assert got.high == pytest.approx(gap(groups) + half, abs=1e-4)


def test_a_difference_that_hangs_on_one_date_has_no_bounds() -> None:
    rows = _rows([1.0, 2.0, 3.0], [0, 1, 2]).with_columns(w=pl.Series([1.0, None, None]))
    got = difference_interval(rows, "v", "w")
    assert (got.value, got.low, got.high) == (1.0, None, None)


def test_the_model_is_held_against_the_best_placebo() -> None:
    rows = _picks().with_columns(
        always=pl.lit(value=True), never=pl.lit(value=False), none=pl.lit(None, pl.Boolean)
    )
    got = minus_best_placebo(rows, "won", ["never", "none", "always"])
    assert (got.placebo, got.theirs) == ("always", 1.0)
    assert got.difference.value == pytest.approx(mean(rows["won"]) - 1)
    assert got.flips == (~rows["won"]).sum()
    assert got.p_value == pytest.approx(0.5 ** (got.flips - 1))
    errors = minus_best_placebo(rows, "v", ["w", "never"], lower_is_better=True)
    assert errors.placebo == ("never" if mean(rows["w"]) > 0 else "w")
    assert errors.p_value is None


def test_no_placebo_is_refused() -> None:
    rows = _picks().with_columns(none=pl.lit(None, pl.Boolean))
    with pytest.raises(InputError, match="Expected a placebo with rows to compare won with"):
        minus_best_placebo(rows, "won", ["none"])


@pytest.mark.parametrize(("ours", "theirs"), [(0, 0), (5, 0), (12, 3), (40, 41)])
def test_mcnemar_is_that_of_statsmodels(ours: int, theirs: int) -> None:
    expected = contingency_tables.mcnemar([[7, ours], [theirs, 9]], exact=True).pvalue
    assert mcnemar(ours, theirs) == pytest.approx(expected)
