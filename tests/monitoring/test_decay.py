"""The states of a model: entered through evidence, left for good reasons, closed in doubt."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from tests.monitoring.seasons import BREAK_EVEN, DATES, day, rates, seasons

from tipoff.backtest.statistics import mean_interval, share_interval
from tipoff.errors import InputError
from tipoff.monitoring.days import days_of
from tipoff.monitoring.decay import Scan, decay, scan
from tipoff.monitoring.rolling import windows
from tipoff.monitoring.rules import BLOCKED, DEGRADING, HEALTHY, INSUFFICIENT, STATES, WATCH, Rules


def _scan(picks: pl.DataFrame, rules: Rules | None = None) -> Scan:
    return scan(windows(days_of(picks)), {}, rules or Rules())


def _entries(states: np.ndarray, state: int) -> np.ndarray:
    """How often each model came into a state or worse."""
    worse = states >= state
    return np.asarray((worse[:, 1:] & ~worse[:, :-1]).sum(axis=1))


def test_a_model_at_its_reference_rarely_leaves_healthy_and_hardly_ever_again() -> None:
    found = _scan(seasons(np.random.default_rng(15), 500, rates(BREAK_EVEN)))
    for state, chance in ((WATCH, 0.2), (DEGRADING, 0.1), (BLOCKED, 0.05)):
        ever = (found.state >= state).any(axis=1).mean()
        assert ever <= chance + 2 * (chance * (1 - chance) / 500) ** 0.5, STATES[state]
    # Dubins: a second false WATCH in at most 20 % x 40 % of seasons.
    assert (_entries(found.state, WATCH) >= 2).mean() <= 0.08
    assert (found.state[:, 20:] == HEALTHY).mean() > 0.85


def test_a_model_that_falls_goes_through_the_warnings_to_blocked() -> None:
    found = _scan(seasons(np.random.default_rng(16), 100, rates(0.535, 0.43, 50)))
    first = {
        state: np.where(
            (found.state >= state).any(axis=1), (found.state >= state).argmax(axis=1), DATES
        )
        for state in (WATCH, DEGRADING, BLOCKED)
    }
    assert np.mean(first[BLOCKED] < DATES) > 0.85
    assert np.median(first[WATCH]) < np.median(first[DEGRADING]) < np.median(first[BLOCKED])
    # Nothing but proof of the contrary lifts a block.
    last = found.state[:, -1]
    assert (last[first[BLOCKED] < DATES] == BLOCKED).all()


def test_blocked_is_reached_through_evidence_alone_and_lifted_by_evidence_alone() -> None:
    found = _scan(seasons(np.random.default_rng(17), 60, [*rates(0.35)[:60], *rates(0.75)[60:]]))
    before = np.roll(found.state, 1, axis=1)
    before[:, 0] = INSUFFICIENT
    enters = (found.state == BLOCKED) & (before != BLOCKED)
    assert enters.any()
    assert (found.evidence[enters] >= 20).all()
    leaves = (found.state != BLOCKED) & (before == BLOCKED)
    assert leaves.any()
    assert (found.state[leaves] == WATCH).all()
    assert (found.evidence[leaves] == 1.0).all()


def test_states_get_better_one_step_at_a_time_and_never_within_a_week_of_dates() -> None:
    picks = seasons(np.random.default_rng(18), 300, [*rates(0.42)[:30], *rates(0.6)[30:]])
    found = _scan(picks)
    after, before, since = found.state[:, 1:], found.state[:, :-1], found.since[:, :-1]
    is_better = (after < before) & (after >= HEALTHY)
    assert is_better.sum() > 50
    assert (before[is_better] - after[is_better] <= 2).all()
    is_step = is_better & (before != BLOCKED)
    assert (before[is_step] - after[is_step] == 1).all()
    assert (since[is_step] >= 7).all()
    assert (found.evidence[:, 1:][is_step] <= 2).all()


def _one(rate: float = 0.54, seed: int = 2) -> pl.DataFrame:
    return seasons(np.random.default_rng(seed), 1, rates(rate))


def test_what_is_missing_is_never_healthy() -> None:
    whole = _one()
    assert decay(whole)["state"][-1] == "HEALTHY"
    late = pl.col("game_date") >= day(DATES - 8)
    for column, words in (
        ("outcome", "lack"),
        ("break_even", "lack"),
        ("prediction", "lack"),
        ("actual", "lack"),
    ):
        gone = whole.with_columns(pl.when(~late).then(column).alias(column))
        last = decay(gone).row(-1, named=True)
        assert last["state"] == "INSUFFICIENT", column
        assert words in last["reason"]
    silent = decay(whole.filter(~late), game_dates=[day(DATES - 1)]).row(-1, named=True)
    assert silent["game_date"] == day(DATES - 1)
    assert (silent["state"], silent["hit_rate_7"]) == ("INSUFFICIENT", None)
    assert "No pick" in silent["reason"]
    few = decay(whole.filter(pl.col("game_date") < day(3))).row(-1, named=True)
    assert few["state"] == "INSUFFICIENT"
    assert "at least 30" in few["reason"]


def test_a_worse_state_is_not_left_by_leaving_rows_out() -> None:
    bad = decay(_one(0.3))
    assert bad["state"][-1] == "BLOCKED"
    blank = _one(0.3).with_columns(outcome=pl.when(pl.col("game_date") < day(100)).then("outcome"))
    found = decay(blank)
    assert found.filter(pl.col("game_date") == day(99))["state"].item() == "BLOCKED"
    assert set(found.filter(pl.col("game_date") > day(100))["state"]) == {"BLOCKED"}


def test_a_block_outlasts_the_season_and_a_warning_does_not() -> None:
    year = timedelta(days=365)
    for rate, after in ((0.3, "BLOCKED"), (0.54, "INSUFFICIENT")):
        one = _one(rate)
        both = pl.concat([one, one.with_columns(pl.col("game_date") + year)])
        new = decay(both).filter(pl.col("game_date") >= date(2025, 9, 1))
        assert new["state"][0] == after
        assert new["season"].unique().to_list() == ["2025-26"]
        assert new["n_30"][0] < 30


def test_rolling_numbers_are_those_of_the_rows_themselves() -> None:
    picks = seasons(np.random.default_rng(8), 3, rates(0.5), per_date=3)
    found = decay(picks)
    for length, place in ((7, 400), (14, 211), (30, 37)):
        row = found.row(place, named=True)
        first = row["game_date"] - timedelta(days=length - 1)
        own = picks.filter(
            pl.col("model_id") == row["model_id"],
            pl.col("game_date").is_between(first, row["game_date"]),
        ).with_columns(won=pl.col("outcome") == "win")
        rate = share_interval(own, "won")
        assert row[f"n_{length}"] == rate.n
        got = [row[f"{name}_{length}"] for name in ("hit_rate", "low", "high", "break_even")]
        assert got == pytest.approx([rate.value, rate.low, rate.high, BREAK_EVEN], abs=1e-6)
    error = (pl.col("prediction") - pl.col("actual")).abs()
    line = (pl.col("line") - pl.col("actual")).abs()
    over = pl.col("over_probability") - (pl.col("actual") > pl.col("line"))
    gap = mean_interval(own.with_columns(d=error - line), "d")
    expected = own.select(
        model_mae=error.mean(),
        line_mae=line.mean(),
        bias=(pl.col("prediction") - pl.col("actual")).mean(),
        brier=(over**2).mean(),
    ).row(0, named=True)
    expected |= {"mae_gap": gap.value, "mae_gap_low": gap.low, "mae_gap_high": gap.high}
    assert {name: row[name] for name in expected} == pytest.approx(expected, abs=1e-5)
    assert (row["played"], row["stated"], row["missing"]) == (own.height, own.height, 0)


def test_days_below_count_game_dates_in_a_row() -> None:
    found = decay(_one(0.5))
    is_below = (found["hit_rate_14"] < found["break_even_14"]).to_list()
    expected, run = [], 0
    for below in is_below:
        run = run + 1 if below else 0
        expected.append(run)
    assert found["days_below"].to_list() == expected


def test_half_of_the_evidence_rests_on_errors_where_a_gap_was_stated() -> None:
    picks = seasons(np.random.default_rng(4), 2, rates(0.5))
    found = decay(picks, {"00000": -1.0})
    stated, bare = found.partition_by("model_id")
    mean = (stated["hit_e_value"] + stated["gap_e_value"]) / 2
    assert stated["e_value"].to_list() == pytest.approx(mean.to_list())
    assert bare["gap_e_value"].null_count() == bare.height
    assert bare["e_value"].equals(bare["hit_e_value"].alias("e_value"))
    assert stated["state"][-1] == "BLOCKED"


def test_a_row_depends_on_no_later_one_nor_on_order_nor_on_being_asked_again() -> None:
    picks = seasons(np.random.default_rng(21), 4, rates(0.5, 0.4, 40), per_date=3)
    found = decay(picks, {"00001": 0.1})
    assert decay(picks, {"00001": 0.1}).equals(found)
    assert decay(picks.sample(fraction=1, shuffle=True, seed=3), {"00001": 0.1}).equals(found)
    early = decay(picks.filter(pl.col("game_date") <= day(70)), {"00001": 0.1})
    assert early.equals(found.filter(pl.col("game_date") <= day(70)))
    alone = decay(picks.filter(pl.col("model_id") == "00002"))
    shown = alone.join(found, on=["model_id", "game_date"], how="semi")
    same = found.join(alone, on=["model_id", "game_date"], how="semi")
    states = ["hit_rate_14", "low_14", "e_value", "recovery_e_value"]
    assert shown.select(states).equals(same.select(states))


def test_nothing_gives_nothing() -> None:
    none = decay(_one().clear())
    assert none.height == 0
    assert none.schema == decay(_one()).schema


def test_rules_that_contradict_each_other_are_refused() -> None:
    for watch, calm, blocked in ((0.01, 2.0, 0.05), (0.2, 6.0, 0.05), (0.2, 2.0, 0.0)):
        with pytest.raises(InputError, match="order"):
            Rules(watch=watch, calm=calm, blocked=blocked)
