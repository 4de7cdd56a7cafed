"""Minutes: what a team's 240 are shared by, to be expected and as chance brings them.

Arrays are ``teams x 15 x games``; a game is numbered within its team's.
"""

import numpy as np
import numpy.typing as npt

from tipoff.sources.league.rosters import Floats
from tipoff.sources.league.schedule import Schedule
from tipoff.sources.league.settings import ROTATION

Bools = npt.NDArray[np.bool_]

# In one game, and on average of the games that chance brings.
_MOST_MINUTES, _MOST_EXPECTED = 41.0, 39.0
_TEAM_MINUTES = 240.0
_OVERTIME_MINUTES = 25.0
OVERTIME_RATE = 0.06
MINUTES_NOISE = 0.13
BLOWOUT_RATE = 0.16
# Share of their minutes that starters and others play in a blow-out.
RESTED, RESTING = 0.84, 1.35


def allocated(weight: Floats, most: float = _MOST_MINUTES) -> Floats:
    """Share 240 minutes among the ten with most weight, nobody getting more than ``most``."""
    least = np.sort(weight, axis=1)[:, -ROTATION, :][:, None, :]
    kept = np.where((weight >= least) & (weight > 0), weight, 0)
    minutes = _TEAM_MINUTES * kept / kept.sum(axis=1, keepdims=True)
    for _ in range(3):
        over = np.maximum(minutes - most, 0).sum(axis=1, keepdims=True)
        minutes = np.minimum(minutes, most)
        room = np.where(minutes < most, minutes, 0)
        minutes = minutes + over * room / np.maximum(room.sum(axis=1, keepdims=True), 1e-9)
    return np.asarray(minutes)


def starters(role: Floats) -> Bools:
    """Whether a place is one of the first five."""
    return np.arange(role.shape[1])[None, :, None] < 5


def expected_minutes(role: Floats, plays: Bools) -> Floats:
    """Expected minutes, with the average of blow-outs and overtime."""
    factor = 1 + BLOWOUT_RATE * (np.where(starters(role), RESTED, RESTING) - 1)
    longer = 1 + OVERTIME_RATE * _OVERTIME_MINUTES / _TEAM_MINUTES
    return allocated(role * plays * factor, _MOST_EXPECTED) * longer


def minutes_played(
    rng: np.random.Generator, role: Floats, is_out: Bools, plan: Schedule, overtime: Bools
) -> Floats:
    """Minutes of each player: role, chance, blow-outs that rest the starters, overtime."""
    blowout = rng.random(len(plan.home)) < BLOWOUT_RATE
    rested = blowout[plan.of_team][:, None, :]
    factor = np.where(rested, np.where(starters(role), RESTED, RESTING), 1.0)
    chance = np.exp(rng.normal(0, MINUTES_NOISE, role.shape))
    minutes = allocated(role * ~is_out * factor * chance)
    longer = 1 + overtime[plan.of_team][:, None, :] * _OVERTIME_MINUTES / _TEAM_MINUTES
    return np.asarray(np.where(minutes < 0.75, 0.0, minutes) * longer)
