"""What happened follows the true distributions, and a truth that leaves something out is caught."""

from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import pytest

from tipoff.backtest.known_truth import calibration, integrals, merged
from tipoff.errors import InputError
from tipoff.sources.league import League, LeagueSettings, Replays, generate
from tipoff.sources.league import truth as module
from tipoff.sources.league.minutes import Bools
from tipoff.sources.league.prospects import Absences
from tipoff.store.lake import validated
from tipoff.tables.league import (
    BATCHES,
    COUNTED,
    DECISION,
    EARLY,
    LEAGUE_DISTRIBUTIONS,
    LEAGUE_TRUTH,
    MOST,
)
from tipoff.workflows.league import LEVEL, actual_points

# Many are hurt, so that a truth which forgets them is far off.
HURT = LeagueSettings(
    seasons=1, teams=8, games_per_team=40, injury_rate=0.04, rest_rate=0.3, extra_markets=False
)
REPLAYS = Replays(28)
TIMES = [f"times_{points}" for points in range(MOST + 1)]


@pytest.fixture(scope="module")
def hurt() -> League:
    return generate(HURT, REPLAYS)


def held(league: League, knowledge: str) -> dict[str, Any]:
    boxes = league.frames["player_boxes"]
    return calibration(integrals(actual_points(boxes), merged(league.distributions, knowledge)))


def is_true(found: dict[str, Any]) -> bool:
    """As ``tipoff league truth`` judges, and the mean of all integrals is a half."""
    four_errors = 4 * (found["high"] - found["low"]) / (2 * 1.96)
    alike = min(found["chi_square_p"], found["kolmogorov_smirnov_p"]) >= LEVEL
    return bool(alike and abs(found["mean"] - 0.5) < four_errors)


@pytest.mark.parametrize("knowledge", [EARLY, DECISION])
def test_results_are_uniform_in_their_true_distributions(hurt: League, knowledge: str) -> None:
    found = held(hurt, knowledge)
    assert found["games"] == 160
    assert found["n"] > 2_800
    assert is_true(found)


def test_a_truth_made_without_the_absences_is_caught(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def nobody(rng: np.random.Generator, absences: Absences, knowledge: str) -> Bools:
        return np.zeros_like(absences.is_out)

    monkeypatch.setattr(module, "_absent", nobody)
    found = held(generate(HURT, replace(REPLAYS, knowledge=(DECISION,))), DECISION)
    assert not is_true(found)
    # Those who play have more to do than a truth with everybody there thinks.
    assert found["low"] > 0.51


def test_the_tables_keep_their_rules_and_have_every_player_game(hurt: League) -> None:
    validated(LEAGUE_TRUTH, hurt.truth)
    drawn = validated(LEAGUE_DISTRIBUTIONS, hurt.distributions)
    assert drawn.select(pl.sum_horizontal(TIMES) == pl.col("played")).to_series().all()
    assert drawn["played"].max() == REPLAYS.games // len(BATCHES)
    played = actual_points(hurt.frames["player_boxes"])
    key = ["game_id", "team", "player_id"]
    known = drawn.filter(pl.col("knowledge") == DECISION).select(key).unique()
    # Who is on the court for a minute now and then may not be in so few.
    assert played.join(known, on=key, how="anti").height < 0.01 * played.height
    assert (
        drawn.filter(pl.col("knowledge") == DECISION)
        .join(hurt.truth.filter("is_out"), on=key, how="semi")
        .is_empty()
    )


def test_means_of_all_counts_are_those_of_what_happened(hurt: League) -> None:
    boxes = hurt.frames["player_boxes"].with_columns(
        threes=pl.col("threes_made"),
        points_rebounds_assists=pl.sum_horizontal("points", "rebounds", "assists"),
    )
    drawn = hurt.distributions.filter(pl.col("knowledge") == DECISION, pl.col("counted") > 0)
    both = boxes.join(drawn, on=["game_id", "team", "player_id"])
    for name in COUNTED:
        ratio = both.select(pl.col(name).sum() / pl.col(f"{name}_mean").sum()).item()
        assert ratio == pytest.approx(1.0, abs=0.02), name


def test_truth_does_not_move_the_league(hurt: League) -> None:
    for name, rows in generate(HURT).frames.items():
        assert rows.equals(hurt.frames[name]), name


def test_the_two_batches_are_drawn_apart(hurt: League) -> None:
    first, second = (
        hurt.distributions.filter(pl.col("batch") == batch, pl.col("knowledge") == DECISION)
        for batch in BATCHES
    )
    both = first.join(second, on=["game_id", "team", "player_id"])
    assert not both["points_mean"].equals(both["points_mean_right"].alias("points_mean"))
    assert both.select(pl.corr("points_mean", "points_mean_right")).item() > 0.9


@pytest.mark.parametrize("games", [1, 100_000])
def test_games_that_could_not_be_counted_are_refused(games: int) -> None:
    with pytest.raises(InputError, match="Expected true distributions"):
        Replays(games)
