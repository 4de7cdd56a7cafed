"""Ceilings follow from honest readings; windows that differ are told from chance."""

import polars as pl
import pytest
from tests.backtest.test_thermometer import season

from tipoff.backtest.ceilings import CEILINGS, FLOOR, MARGIN, ceiling_of
from tipoff.backtest.heat_calibration import (
    MODEL,
    PLANTED,
    Window,
    between,
    derived,
    markets_of,
    reading,
    readings,
)
from tipoff.domain.market import FEATURE_MARKETS, MARKETS


def _window(season_name: str, recipe: str = "catboost RMSE") -> Window:
    return Window("points", season_name, "draftkings", "a month", recipe)


def _rows(seed: int, known: float) -> pl.DataFrame:
    return season(seed, known, days=60, per_day=25)


def _read(seed: int, known: float, kind: str = MODEL) -> dict[str, object]:
    found = reading(_rows(seed, known), _window(f"20{seed:02d}"), kind)
    assert found is not None
    return found


def test_every_ceiling_rests_on_what_was_measured() -> None:
    assert set(CEILINGS) == {market.name for market in FEATURE_MARKETS}
    for name, own in CEILINGS.items():
        assert own.share == derived(own.honest), name
        assert own.honest < own.share < own.leaked
        assert own.readings > 20
        assert own.lines > 5_000
    assert ceiling_of(MARKETS["steals"]) == CEILINGS["threes"].share
    assert ceiling_of(MARKETS["points_assists"]) == FLOOR


@pytest.mark.parametrize(
    ("low", "ceiling"), [(-0.05, FLOOR), (0.0, FLOOR), (0.01, FLOOR), (0.012, 0.03), (0.025, 0.05)]
)
def test_a_ceiling_is_twice_the_surest_honest_reading(low: float, ceiling: float) -> None:
    assert MARGIN == 2
    assert derived(low) == pytest.approx(ceiling)


def test_windows_that_know_alike_do_not_differ_and_others_do() -> None:
    alike = [between([_read(seed, 0.01) for seed in range(10 * k, 10 * k + 6)]) for k in range(6)]
    assert all(found is not None for found in alike)
    assert sum(found["p_value"] < 0.05 for found in alike if found) <= 1
    other = between([_read(seed, 0.005 if seed % 2 else 0.1) for seed in range(6)])
    assert other is not None
    assert other["p_value"] < 1e-6
    assert other["i2"] > 0.8
    assert other["next"] > 0.1, "a further window may lie beyond these"
    assert between([_read(1, 0.01)]) is None


def test_the_share_of_windows_together_is_theirs() -> None:
    found = between([_read(seed, 0.2) for seed in range(8)])
    assert found is not None
    shares = pl.Series([_read(seed, 0.2)["share"] for seed in range(8)], dtype=pl.Float64)
    assert found["share"] == pytest.approx(shares.mean(), 0.05)


def test_a_market_says_what_is_above_and_what_is_missed() -> None:
    honest = [_read(seed, 0.004) for seed in range(4)]
    planted = [_read(seed, 0.4, PLANTED) for seed in range(4)]
    (good,) = markets_of([*honest, *planted])
    assert (good["above"], good["missed"]) == ([], [])
    assert good["derived"] == good["ceiling"] == FLOOR
    assert good["planted"]["low"] > 0.3
    assert [own["season"] for own in good["seasons"]] == ["2000", "2001", "2002", "2003"]
    (bad,) = markets_of([*honest, _read(9, 0.3), *planted, _read(8, 0.0, PLANTED)])
    assert bad["above"] == ["2009, draftkings, a month"]
    assert bad["missed"] == ["2008, draftkings, a month"]
    assert bad["derived"] > 0.3
    assert bad["seasons_differ"] == ["model catboost RMSE"]


def test_a_run_is_read_with_the_rules_on_its_rows_and_a_planted_one_alone() -> None:
    rows = _rows(1, 0.0).with_columns(
        season_average=pl.col("line") + 1.0 * pl.int_range(pl.len()).mod(5),
        last_10_average=pl.col("line") - 1.0 * pl.int_range(pl.len()).mod(7),
        over_price=pl.lit(-110) - pl.int_range(pl.len()).mod(30).cast(pl.Int32),
        under_price=pl.lit(-110),
        is_placeholder=pl.lit(value=False),
    )
    kinds = [own["kind"] for own in readings(rows, _window("2001"), plant="")]
    assert kinds == [MODEL, "season average", "last 10 games", "line with its prices"]
    planted = readings(rows, _window("2001"), plant="inclusive-date")
    assert [own["kind"] for own in planted] == [PLANTED]
    assert readings(rows.head(20), _window("2001"), plant="") == []
