"""Forecasters on the same rows: paired differences, and the line among them."""

from typing import Any

import numpy as np
import polars as pl
import pytest
from tests.backtest.graded_rows import FIRST

from tipoff.backtest.comparison import LINE, compared
from tipoff.errors import InputError

N = 120


def _graded(error: float, over: float = 0.5) -> pl.DataFrame:
    """Graded rows whose predictions are off by so much, all on the same lines and results."""
    rng = np.random.default_rng(0)
    actual = rng.integers(5, 30, N).astype(float)
    number = np.arange(N)
    return pl.DataFrame(
        {
            "game_id": [f"g{i // 6}" for i in range(N)],
            "player_id": [str(i) for i in range(N)],
            "prediction": actual + np.where(number % 2 == 0, error, -error),
            "line": actual + np.array([-1.5, 0.0, 2.5])[number % 3],
            "actual": actual,
            "fair_over": pl.Series(np.full(N, 0.55)).set(pl.Series(number % 5 == 0), None),
            "over_probability": np.full(N, over),
            "under_probability": np.full(N, 1 - over),
            "crps": np.full(N, error / 2),
        }
    ).with_columns(game_date=pl.lit(FIRST) + pl.duration(days=pl.int_range(pl.len()) // 6))


def _by_name(frames: dict[str, pl.DataFrame], reference: str = "one") -> dict[str, Any]:
    return {row["name"]: row for row in compared(frames, reference)}


def test_errors_and_differences_are_those_of_hand_calculation() -> None:
    found = _by_name({"one": _graded(3.0), "two": _graded(5.0, over=0.7)})
    assert list(found) == ["one", "two", LINE]
    assert found["one"]["mae"]["value"] == 3
    assert found["two"]["mae_minus_reference"]["value"] == 2
    assert found["one"]["mae_minus_reference"] is None
    line_mae = (1.5 + 0 + 2.5) / 3
    assert found[LINE]["mae"]["value"] == pytest.approx(line_mae, abs=1e-6)
    assert found["two"]["mae_minus_line"]["value"] == pytest.approx(5 - line_mae, abs=1e-6)
    assert found[LINE]["mae_minus_line"] is None
    # Two of three lines were not hit exactly: half of these went over.
    assert found["two"]["log_loss"]["n"] == 80
    loss = -(np.log(0.7) + np.log(0.3)) / 2
    assert found["two"]["log_loss"]["value"] == pytest.approx(loss, abs=1e-6)
    assert found["one"]["log_loss"]["value"] == pytest.approx(np.log(2), abs=1e-6)
    fair = -(np.log(0.55) + np.log(0.45)) / 2
    market = 0.8 * fair + 0.2 * np.log(2)
    assert found[LINE]["log_loss"]["value"] == pytest.approx(market, abs=1e-3)
    assert found["two"]["crps"]["value"] == 2.5
    assert found[LINE]["crps"] is None


def test_paired_differences_are_surer_than_the_errors_themselves() -> None:
    rng = np.random.default_rng(1)
    noise = pl.Series(rng.normal(0, 6, N))
    one = _graded(0.0).with_columns(prediction=pl.col("actual") + noise)
    two = one.with_columns(prediction=pl.col("prediction") + noise.sign())
    found = _by_name({"one": one, "two": two})
    width = {
        name: found["two"][name]["high"] - found["two"][name]["low"]
        for name in ("mae", "mae_minus_reference")
    }
    assert found["two"]["mae_minus_reference"]["value"] == pytest.approx(1)
    assert width["mae_minus_reference"] < 0.01 * width["mae"]


def test_only_rows_that_all_were_graded_on_count() -> None:
    some = _graded(5.0).with_columns(
        prediction=pl.when(pl.int_range(pl.len()) >= 30).then("prediction")
    )
    absent = _graded(3.0).with_columns(actual=pl.when(pl.int_range(pl.len()) < 60).then("actual"))
    found = _by_name({"one": _graded(3.0), "two": some, "three": absent})
    assert {row["mae"]["n"] for row in found.values()} == {30}


def test_forecasters_of_other_lines_are_refused() -> None:
    moved = _graded(3.0).with_columns(pl.col("line") + 1)
    with pytest.raises(InputError, match="graded on, found none"):
        compared({"one": _graded(3.0), "two": moved}, "one")
