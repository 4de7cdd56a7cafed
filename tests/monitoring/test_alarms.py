"""At most 5 % false alarms in a season looked at daily; a real fall is found."""

from collections.abc import Callable
from functools import cache

import numpy as np
import polars as pl
import pytest
from tests.monitoring.seasons import (
    BREAK_EVEN,
    day,
    fixed_threshold,
    naive_alarm,
    rates,
    seasons,
)

from tipoff.errors import InputError
from tipoff.monitoring.alarms import (
    Betting,
    Capital,
    Wagers,
    against_hit_rate,
    e_values,
    error_alarm,
    hit_rate_alarm,
    on_hit_rate,
)
from tipoff.monitoring.days import Days, days_of
from tipoff.monitoring.rolling import windows

SEASONS = 500


@cache
def _null(shared: float) -> Days:
    return days_of(seasons(np.random.default_rng(5), SEASONS, rates(BREAK_EVEN), shared=shared))


def _ever(values: np.ndarray, bound: float = 20.0) -> float:
    return float((values >= bound).any(axis=1).mean())


@pytest.mark.parametrize("shared", [0.05, 0.3])
@pytest.mark.parametrize("wagers", [against_hit_rate, on_hit_rate])
def test_chance_alone_calls_in_at_most_a_twentieth_of_seasons(
    shared: float, wagers: Callable[[Days], Wagers]
) -> None:
    days = _null(shared)
    values = e_values(wagers(days), days)
    assert _ever(values) <= 0.05 + 2 * (0.05 * 0.95 / SEASONS) ** 0.5
    assert _ever(values, 5.0) <= 0.2 + 2 * (0.2 * 0.8 / SEASONS) ** 0.5
    assert values.min() > 0


def test_looking_daily_at_a_test_that_is_made_for_one_look_calls_far_too_often() -> None:
    days = _null(0.05)
    assert naive_alarm(days).any(axis=1).mean() > 0.25
    assert fixed_threshold(windows(days)).any(axis=1).mean() > 0.99


def test_a_fall_is_found_though_the_season_began_well() -> None:
    fallen = days_of(seasons(np.random.default_rng(6), 200, rates(0.535, 0.45, 60)))
    values = e_values(against_hit_rate(fallen), fallen)
    called = values >= 20
    delay = np.where(called.any(axis=1), called.argmax(axis=1) - 60 + 1, 10**6)
    assert called.any(axis=1).mean() > 0.7
    assert 20 < np.median(delay) < 90
    # Betting from the first date on only finds it far less often: what later dates add is needed.
    at_once = Betting(first=1.0, later=1.0)
    assert _ever(e_values(against_hit_rate(fallen), fallen, at_once)) < 0.6


def test_the_wealth_is_that_of_a_gambler_reckoned_by_hand() -> None:
    betting = Betting(falls=(0.1,), most=0.5, first=0.5, later=0.25)
    # Two dates: one pick lost at evens; then three won, of which the stake's bound is half.
    wagers = Wagers(
        gain=np.array([[0.5, 0.0, -1.5]]),
        loss=np.array([[0.5, 0.0, 1.5]]),
        unit=np.array([[4.0, 0.0, 4.0]]),
    )
    capital = Capital(1, betting)
    capital.bet(wagers, 0)
    assert capital.value[0] == pytest.approx(0.5 + 0.5 * (1 + 0.4 * 0.5))
    capital.bet(wagers, 1)
    assert capital.value[0] == pytest.approx(1.1)
    capital.bet(wagers, 2)
    assert capital.value[0] == pytest.approx(0.375 + (0.6 + 0.125) * (1 - 1.5 / 3))
    capital.restart(np.array([True]))
    assert capital.value[0] == 1.0


def _few(outcomes: list[str | None], p: list[float | None]) -> pl.DataFrame:
    base = seasons(np.random.default_rng(1), 1, rates(0.5)).head(1).drop("outcome", "break_even")
    rows = pl.concat([base] * len(outcomes))
    return rows.with_columns(
        game_date=pl.lit(day(3)),
        outcome=pl.Series(outcomes, dtype=pl.String),
        break_even=pl.Series(p, dtype=pl.Float64),
    )


def test_pushes_voids_and_unknown_picks_are_no_part_of_it() -> None:
    decided = _few(["win", "loss"], [0.5, 0.6])
    others = _few(["push", "void", None, "loss"], [0.5, 0.5, 0.5, None])
    found = hit_rate_alarm(pl.concat([decided, others]))
    assert found.equals(hit_rate_alarm(decided))
    assert found["n"].to_list() == [2]
    assert found["excess"][0] == pytest.approx((1 - 1.1) / 2, abs=1e-6)


def test_each_pick_is_held_against_its_own_price() -> None:
    fair = hit_rate_alarm(_few(["loss"] * 4, [0.5] * 4))["e_value"][0]
    dear = hit_rate_alarm(_few(["loss"] * 4, [0.7] * 4))["e_value"][0]
    assert dear > fair > 1


def test_evidence_begins_anew_with_a_season() -> None:
    bad = seasons(np.random.default_rng(3), 1, rates(0.2))
    later = bad.with_columns(pl.col("game_date").dt.offset_by("1y"))
    found = hit_rate_alarm(pl.concat([bad, later]))
    alone = hit_rate_alarm(later)
    assert found.tail(alone.height).equals(alone)
    assert found["is_alarm"].sum() < found.height


def test_errors_are_called_where_they_grow_and_not_where_they_are_as_stated() -> None:
    rng = np.random.default_rng(9)
    same = seasons(rng, 200, rates(0.5))
    gap = (
        same.select(
            (pl.col("prediction") - pl.col("actual")).abs()
            - (pl.col("line") - pl.col("actual")).abs()
        )
        .mean()
        .item()
    )
    names = same["model_id"].unique()
    as_stated = error_alarm(same, dict.fromkeys(names, gap))
    assert _called(as_stated) <= 0.08
    worse = error_alarm(same, dict.fromkeys(names, gap - 0.6))
    assert _called(worse) > 0.9
    # A gap below nothing cannot make the gambler lose more than he has.
    assert (error_alarm(same, dict.fromkeys(names, -2.0))["e_value"] > 0).all()


def _called(found: pl.DataFrame) -> float:
    models = found.group_by("model_id").agg(pl.col("is_alarm").any())["is_alarm"]
    return float(models.sum()) / models.len()


def test_bad_input_is_a_sentence() -> None:
    rows = _few(["win"], [0.5])
    for wrong, words in (
        (rows.drop("line"), "line"),
        (rows.with_columns(outcome=pl.lit("won")), "'won'"),
        (rows.with_columns(side=pl.lit("yes")), "'yes'"),
        (rows.with_columns(break_even=pl.lit(52.4)), "break_even"),
        (rows.with_columns(actual=pl.lit(float("nan"))), "actual"),
        (rows.with_columns(over_probability=pl.lit(1.2)), "over_probability"),
        (rows.with_columns(model_id=pl.lit(None, pl.String)), "1 lack"),
    ):
        with pytest.raises(InputError, match=words):
            hit_rate_alarm(wrong)
    twice = pl.concat([rows, rows]).with_columns(game_id=pl.lit("g"), player_id=pl.lit(1))
    with pytest.raises(InputError, match="twice"):
        hit_rate_alarm(twice)
    with pytest.raises(InputError, match="alpha"):
        hit_rate_alarm(rows, alpha=1.0)
    with pytest.raises(InputError, match="gap"):
        error_alarm(rows, {})
    with pytest.raises(InputError, match="falls"):
        Betting(falls=())
    with pytest.raises(InputError, match="less than all"):
        Betting(most=1.0)
