"""Every knob does what it says, and nothing else; wrong ones are refused with a sentence."""

from dataclasses import replace
from typing import Any

import polars as pl
import pytest

from tipoff.errors import InputError
from tipoff.sources.league import WORLDS, League, LeagueSettings, generate

TINY = LeagueSettings(seasons=1, teams=6, games_per_team=60, extra_markets=False)
OUTCOMES = ("player_boxes", "shots", "team_boxes", "availability", "game_lines", "games")


@pytest.fixture(scope="module")
def usual() -> League:
    return generate(TINY)


def turned(**knobs: Any) -> League:
    return generate(replace(TINY, **knobs))


@pytest.mark.parametrize(
    "knobs",
    [
        {"form_priced": 0.0},
        {"matchup_priced": 2.0},
        {"fatigue_priced": 0.5},
        {"mispriced_segment": "bench", "segment_mispricing": -0.1},
        {"hold": 0.02},
        {"book_lag": 1.0},
    ],
    ids=lambda knobs: next(iter(knobs)),
)
def test_knobs_of_the_market_move_quotes_only(usual: League, knobs: dict[str, Any]) -> None:
    other = turned(**knobs)
    for name in OUTCOMES:
        if name == "game_lines" and "hold" in knobs:
            continue
        assert other.frames[name].equals(usual.frames[name]), name
    assert other.truth["expected"].equals(usual.truth["expected"])
    assert not other.frames["prop_quotes"].equals(usual.frames["prop_quotes"])


def error(league: League) -> pl.DataFrame:
    """By how much of what is true the market is off."""
    told = league.truth.filter(pl.col("expected") > 0)
    return told.with_columns(error=pl.col("believed") / pl.col("expected"))


def test_the_usual_market_believes_the_truth(usual: League) -> None:
    assert usual.truth["believed"].equals(usual.truth["expected"].alias("believed"))
    assert usual.truth["believed_early"].equals(
        usual.truth["expected_early"].alias("believed_early")
    )


def test_fatigue_is_as_large_and_as_little_priced_as_stated() -> None:
    off = error(turned(fatigue=4.0, fatigue_priced=0.25))
    second, first = off.filter("is_second_night"), off.filter(~pl.col("is_second_night"))
    assert second.height >= 50
    assert second["error"].to_numpy() == pytest.approx(0.975 ** (4.0 * -0.75))
    assert first["error"].to_numpy() == pytest.approx(1.005 ** (4.0 * -0.75))


@pytest.mark.parametrize("priced", [0.0, 1.5])
def test_form_is_priced_as_stated(priced: float) -> None:
    off = error(turned(form_priced=priced))
    assert off["error"].to_numpy() == pytest.approx(off["form"].to_numpy() ** (priced - 1))


def test_more_drift_is_more_drift(usual: League) -> None:
    assert turned(form_drift=0.03).truth["form"].std() > 2 * usual.truth["form"].std()  # type: ignore[operator]


def test_a_segment_is_off_by_the_stated_share() -> None:
    off = error(turned(mispriced_segment="stars", segment_mispricing=0.12))
    assert off.filter("in_segment")["place"].max() == 2
    assert off.filter("in_segment")["error"].to_numpy() == pytest.approx(1.12)
    assert (off.filter(~pl.col("in_segment"))["error"] == 1).all()


def test_the_market_learns_of_roles_with_the_stated_delay() -> None:
    at_once = turned(role_change_rate=0.05)
    late = turned(role_change_rate=0.05, role_change_delay=6)
    assert (at_once.truth["role_lag"] == 1).all()
    assert late.frames["player_boxes"].equals(at_once.frames["player_boxes"])
    factors = set(late.truth["role_lag"].round(6).unique().to_list())
    assert factors >= {1.0, 1.5, round(1 / 1.5, 6)}
    # A change is not known for six games: of 60 games at 0.05, 1 - 0.95^6 = 26 % lie behind one.
    assert (late.truth["role_lag"] != 1).mean() == pytest.approx(0.24, abs=0.05)
    lagging = error(late).filter(pl.col("expected") > 8)
    assert lagging.select(pl.corr("role_lag", "error")).item() > 0.5


def test_injuries_are_as_frequent_long_and_sudden_as_stated(usual: League) -> None:
    nobody = turned(injury_rate=0.0, rest_rate=0.0).truth
    assert not nobody["is_out"].any()
    long = turned(injury_games=15.0).truth["is_out"].mean()
    assert long > 1.8 * usual.truth["is_out"].mean()  # type: ignore[operator]
    assert not turned(sudden_share=0.0, rest_rate=0.0).truth["is_sudden"].any()
    told = turned(sudden_share=1.0, rest_rate=0.0).truth
    fresh = told.filter("is_out").filter("is_sudden").height / told.height
    assert fresh == pytest.approx(0.018, abs=0.005)


@pytest.mark.parametrize(
    "knobs",
    [
        {"book_lag": 1.5},
        {"hold": -0.1},
        {"fatigue": 20.0},
        {"injury_games": 0.5},
        {"mispriced_book": "nobody", "mispricing": 1.0},
        {"mispriced_segment": "wings", "segment_mispricing": 0.1},
        {"mispricing": 1.0},
        {"segment_mispricing": 0.1},
        {"role_change_delay": 5},
        {"form_priced": float("nan")},
    ],
)
def test_knobs_out_of_bounds_or_without_their_other_half_are_refused(
    knobs: dict[str, Any],
) -> None:
    with pytest.raises(InputError, match=r"Expected .* got"):
        replace(TINY, **knobs)


def test_every_world_but_the_efficient_one_is_wrong_in_its_way() -> None:
    sizes = {"seasons": 1, "teams": 4, "games_per_team": 30}
    for name, settings in WORLDS.items():
        league = generate(replace(settings, **sizes))  # type: ignore[arg-type]
        believed = league.truth["believed"].equals(league.truth["expected"].alias("believed"))
        assert believed == (name in ("efficient", "book-off", "news-late")), name
