"""Where a value settles is found where it is known, and never where it does not."""

import numpy as np
import polars as pl
import pytest

from tipoff.backtest.settling import (
    FROM_START,
    NEVER,
    NOT_MEASURED,
    SETTLES,
    STAYS,
    Settling,
    settling,
)

PLAYERS, GAMES = 400, 30
# The variance between players over that within them: a mean of k games is off by NOISE / k of it.
NOISE = 1.0


def pairs(short: np.ndarray, whole: np.ndarray) -> pl.DataFrame:
    """Values of ``players x games``, each after so many games."""
    players, games = short.shape
    return pl.DataFrame(
        {
            "cluster": np.repeat(np.arange(players), games),
            "games": np.tile(np.arange(games), players),
            "short": short.ravel(),
            "whole": whole.ravel(),
        },
        nan_to_null=True,
    )


def played(seed: int = 1) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Levels of players, and figures of games before and after their season was cut short."""
    rng = np.random.default_rng(seed)
    drawn = rng.normal(0, 1, (PLAYERS, 1))
    level = (drawn - drawn.mean()) / drawn.std()
    before = level + rng.normal(0, NOISE**0.5, (PLAYERS, 40))
    return level, before, level + rng.normal(0, NOISE**0.5, (PLAYERS, GAMES))


def means(games: np.ndarray, window: int) -> np.ndarray:
    """Mean of the last games of a window before each game; not a number before the first."""
    found = np.full(games.shape, np.nan)
    for k in range(1, games.shape[1]):
        found[:, k] = games[:, max(0, k - window) : k].mean(axis=1)
    return found


def of_window(window: int) -> Settling:
    _, before, after = played()
    whole = means(np.hstack([before, after]), window)[:, before.shape[1] :]
    return settling(pairs(means(after, window), whole))


def test_a_mean_settles_where_its_error_is_a_tenth() -> None:
    level, _, after = played()
    found = settling(pairs(means(after, GAMES), np.repeat(level, GAMES, axis=1)))
    assert found.state == SETTLES
    assert found.low is not None
    assert found.high is not None
    # NOISE / k falls to 0.1 at 10.
    assert found.low <= 10 <= found.high
    assert found.high - found.low <= 5
    assert found.curve[0] == 1
    assert found.curve[5] == pytest.approx(NOISE / 5, rel=0.2)


def test_windows_settle_in_order_and_never_after_they_are_full() -> None:
    found = [of_window(w) for w in (3, 5, 10, 100)]
    games = [f.games for f in found]
    assert None not in games
    assert games == sorted(games)  # type: ignore[type-var]
    for window, own in zip((3, 5, 10), found, strict=False):
        assert own.games <= window  # type: ignore[operator]
        assert set(own.curve[window:]) == {0.0}


def test_noise_by_design_is_no_warm_up() -> None:
    noise = np.random.default_rng(2).normal(0, 9, (PLAYERS, GAMES))
    found = settling(pairs(noise, noise))
    assert (found.state, found.games, found.low, found.high) == (FROM_START, 0, 0, 0)


def test_a_value_that_is_not_there_yet_is_off_by_its_whole_variance() -> None:
    whole = np.random.default_rng(3).normal(0, 1, (PLAYERS, GAMES))
    short = whole.copy()
    short[:, :7] = np.nan
    found = settling(pairs(short, whole))
    assert found.games == found.low == found.high == 7
    assert found.curve[:8] == (*[1.0] * 7, 0.0)


def test_a_season_boundary_that_is_ignored_never_settles() -> None:
    """The whole value runs on into games of another season, of another level."""
    _, before, after = played()
    another = np.random.default_rng(4).normal(0, 1, (PLAYERS, 1)) + before
    ran_on = means(np.hstack([another, before, after]), 200)[:, 2 * before.shape[1] :]
    clean = means(np.hstack([before, after]), 200)[:, before.shape[1] :]
    short = means(after, 200)
    assert settling(pairs(short, clean)).state == SETTLES
    found = settling(pairs(short, ran_on))
    assert (found.state, found.games, found.high) == (NEVER, None, None)


def test_a_history_that_is_cut_off_never_settles() -> None:
    """The whole value, as stored, has forgotten all but the last two games."""
    _, before, after = played()
    forgetful = means(np.hstack([before, after]), 2)[:, before.shape[1] :]
    assert settling(pairs(means(after, 200), forgetful)).state == NEVER


def test_to_stay_settled_must_have_been_seen() -> None:
    whole = np.random.default_rng(5).normal(0, 1, (PLAYERS, GAMES))
    for lost, state in ((GAMES - STAYS, SETTLES), (GAMES - STAYS + 1, NEVER)):
        short = whole.copy()
        short[:, :lost] = np.nan
        assert settling(pairs(short, whole)).state == state


def test_a_flag_that_never_varies_is_off_where_it_differs() -> None:
    whole = np.zeros((PLAYERS, GAMES))
    short = whole.copy()
    short[:, :4] = 1
    assert settling(pairs(whole, whole)).state == FROM_START
    assert settling(pairs(short, whole)).games == 4


def test_too_few_pairs_are_not_measured() -> None:
    whole = np.random.default_rng(6).normal(0, 1, (20, GAMES))
    found = settling(pairs(whole, whole))
    assert (found.state, found.games, found.n) == (NOT_MEASURED, None, whole.size)
    assert settling(pairs(whole, whole), least=20).state == FROM_START
    nothing = pairs(whole, np.full(whole.shape, np.nan))
    assert settling(nothing).n == 0


def test_the_order_of_pairs_is_irrelevant() -> None:
    _, before, after = played()
    whole = means(np.hstack([before, after]), 100)[:, before.shape[1] :]
    own = pairs(means(after, 100), whole)
    one, other = settling(own), settling(own.sample(fraction=1, shuffle=True, seed=1))
    assert (one.games, one.low, one.high) == (other.games, other.low, other.high)
    assert one.curve == pytest.approx(other.curve)
