"""Published numbers bound what was known from below; the predecessor's are past the ceiling."""

import numpy as np
import polars as pl
import pytest
from scipy.stats import norm
from tests.backtest.test_thermometer import season

from tipoff.backtest.ceilings import FLOOR
from tipoff.backtest.number_heat import (
    Numbers,
    _expected_rate,
    heat_of_numbers,
    share_by_hit_rate,
)
from tipoff.backtest.thermometer import PLAUSIBLE, QUARANTINED, share_by_mae
from tipoff.domain.market import MARKETS
from tipoff.errors import InputError
from tipoff.workflows.audit_numbers import ASSUMED_LINE_MAES, own_numbers, published_numbers

POINTS = MARKETS["points"]
LINE_MAE = 5.0


@pytest.mark.parametrize("known", [0.1, 0.3, 0.6])
def test_published_numbers_bound_the_share_from_below(known: float) -> None:
    rows = season(8, known, days=200)
    surprise = (pl.col("actual") - pl.col("line")).abs()
    edge = pl.col("prediction") - pl.col("line")
    picks = rows.filter(edge.abs() >= 3, pl.col("actual") != pl.col("line"))
    rate = picks.select(((pl.col("actual") > pl.col("line")) == (edge > 0)).mean()).item()
    error = rows.select((pl.col("prediction") - pl.col("actual")).abs().mean()).item()
    line_mae = rows.select(surprise.mean()).item()
    by_mae, by_rate = share_by_mae(error, line_mae), share_by_hit_rate(rate, 3, line_mae)
    assert by_mae == pytest.approx(known, rel=0.15)
    # Pushes, which are no picks, and shocks of dates take some of it away.
    assert 0.75 * known < by_rate < 1.05 * known
    # Bolder predictions win less often: the bound must not rise above what is known.
    assert share_by_hit_rate(rate - 0.1, 3, line_mae) < known


def test_more_wins_need_more_knowledge() -> None:
    shares = [share_by_hit_rate(rate, 3, LINE_MAE) for rate in (0.55, 0.7, 0.8, 0.9, 0.99)]
    assert shares[0] == 0
    assert shares == sorted(shares)
    assert share_by_hit_rate(1.0, 3, LINE_MAE) == pytest.approx(1)
    assert share_by_mae(5.2, 5.0) is None


@pytest.mark.parametrize(("spread", "rest"), [(0.7, 6.0), (2.5, 6.0), (4.0, 5.0), (6.0, 0.01)])
def test_the_expected_rate_is_the_mean_over_all_edges(spread: float, rest: float) -> None:
    for edge in (0.0, 0.5, 3.0, 5.5):
        z = np.linspace(edge / spread, edge / spread + 12, 100_001)
        weight = norm.pdf(z)
        rate = (weight * norm.cdf(z * spread / rest)).sum() / weight.sum()
        assert _expected_rate(spread, rest, edge) == pytest.approx(rate, abs=1e-4)


def test_the_published_rows_before_the_leak_was_found_are_quarantined() -> None:
    report = published_numbers()
    hot = [(row["label"], row["loss"]) for row in report["rows"] if row["verdict"] == QUARANTINED]
    assert hot == [("FEB23", "Huber:delta=5"), ("FEB23", "MAE"), ("FEB24", "Huber:delta=5"),
                   ("FEB24", "MAE")]  # fmt: skip
    assert report["quarantined"] == 4
    for row in report["rows"]:
        is_hot = row["verdict"] == QUARANTINED
        assert (row["share"] > 10 * FLOOR) == is_hot
        assert ("at least" in row["reason"]) == is_hot
        assert (row["also"] is not None) == is_hot, "only these err more than a constant"
        assert not row["depends"], "whatever the lines erred"
        assert set(row["if_line_mae"]) == {f"{mae:g}" for mae in ASSUMED_LINE_MAES}


def test_own_numbers_that_hang_on_the_lines_error_say_so() -> None:
    near = own_numbers(Numbers(0.6, 5_000, 3, 4.85), 5.0, POINTS)["rows"][0]
    assert near["depends"]
    assert {PLAUSIBLE, QUARANTINED} <= set(near["if_line_mae"].values())
    far = own_numbers(Numbers(0.85, 878, 3, 3.68), 5.0, POINTS)["rows"][0]
    assert far["verdict"] == QUARANTINED
    assert not far["depends"]


def test_coarse_lines_are_won_more_often_without_knowing_more() -> None:
    numbers = Numbers(0.70, 2_000, 0.5)
    threes, points = (heat_of_numbers(numbers, 1.0, MARKETS[name]) for name in ("threes", "points"))
    assert threes.by_hit_rate < points.by_hit_rate
    assert threes.ceiling > points.ceiling


@pytest.mark.parametrize(
    "numbers",
    [{"hit_rate": 85.0}, {"n": 0}, {"edge": -1.0}, {"mae": -1.0}, {"hit_rate": float("nan")}],
)
def test_numbers_that_are_none_are_refused(numbers: dict[str, float]) -> None:
    with pytest.raises(InputError, match="Expected"):
        Numbers(**{"hit_rate": 0.6, "n": 100, "edge": 3.0, **numbers})  # type: ignore[arg-type]
