"""What was planted is found at its size, by an ordinary experiment; where nothing is, nothing."""

from dataclasses import replace
from typing import Any

import pytest

from tipoff.sources.league import WORLDS, LeagueSettings
from tipoff.workflows.edge_study import oracle_study, study, summarised
from tipoff.workflows.planted_size import SEGMENTS, SIZES

SIZE = {"seasons": 1, "teams": 8, "games_per_team": 72}


def small(world: str, **knobs: Any) -> LeagueSettings:
    return replace(WORLDS[world], **{**SIZE, **knobs})


def test_every_world_has_something_to_estimate() -> None:
    assert SIZES.keys() == WORLDS.keys()


def test_stars_that_are_dear_are_found_at_their_size_and_what_is_won_is_what_is_true() -> None:
    settings = small("stars-dear", segment_mispricing=0.2)
    found = study("stars-dear", [1], settings=settings, truth_games=40)
    (one,) = found["leagues"]
    size = one["sizes"]["stars"]
    assert size["inside"] > 500
    # A fifth of twenty points and more.
    assert size["planted"] < -3.5
    assert size["estimate"]["low"] <= size["planted"] <= size["estimate"]["high"]
    assert size["estimate"]["high"] < 0
    picks = one["picks"]["1"]
    assert picks["n"] > 200
    assert picks["excess"]["low"] > 0
    assert picks["expected_rate"] > picks["break_even"] + 0.03
    assert picks["rate_difference"]["low"] <= 0 <= picks["rate_difference"]["high"]
    oracle = one["oracle"]
    assert oracle["expected_roi"] > 0
    assert oracle["roi_difference"]["low"] <= 0 <= oracle["roi_difference"]["high"]
    assert found["summary"]["covered"]["size of stars"] == "1 of 1"


def test_in_the_efficient_world_nothing_is_found() -> None:
    found = study("efficient", [2], settings=small("efficient"), truth_games=40)
    (one,) = found["leagues"]
    assert one["run"]["verdict"] != "passed"
    assert one["picks"]["3"]["n"] > 50
    assert one["run"]["p_value"] > 0.01
    for name in SEGMENTS:
        size = one["sizes"][name]
        # The books' formula is off by up to half a point of the truth; nothing else is planted.
        assert abs(size["planted"]) < 0.6, name
    assert one["sizes"]["a book"]["estimate"]["value"] == pytest.approx(0, abs=0.05)


def test_who_knows_the_truth_wins_where_the_market_is_off() -> None:
    settings = small("stars-dear", segment_mispricing=0.3, teams=6, games_per_team=40)
    found = oracle_study([1, 2], settings, 20)
    assert found["picks"] > 500
    assert found["expected_roi"] > 0.05
    assert found["expected_roi"] + found["difference"] > 0.05
    assert found["error"] > 0
    assert oracle_study([1], settings, 20)["error"] is None


def league(p_value: float | None, verdict: str, low: float | None) -> dict[str, Any]:
    found = {"value": 0.1, "low": low, "high": 0.3}
    return {
        "run": {"p_value": p_value, "verdict": verdict},
        "picks": {"1": {"rate_difference": found, "roi_difference": found}},
        "sizes": {"stars": {"estimate": found, "planted": 0.2}},
        "oracle": {"roi_difference": found},
    }


def test_leagues_are_counted_as_they_are() -> None:
    found = summarised(
        [league(0.03, "passed", -0.1), league(0.5, "gates failed", 0.05), league(None, "x", None)]
    )
    assert found["judged"] == 2
    assert found["significant"] == {"before": 1, "holm": 0, "benjamini_hochberg": 0}
    assert found["passed"] == 1
    assert found["covered"] == {
        "hit rate at 1": "1 of 2",
        "return at 1": "1 of 2",
        "oracle's return": "1 of 2",
        "size of stars": "2 of 2",
    }
