"""Players: what each can do, where he plays, and how both change from season to season."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tipoff.sources.league.settings import ROSTER, LeagueSettings

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

# Minutes and points per minute by role, from the star to the last man of the bench.
MINUTES = np.array([35, 33.5, 31.5, 30, 28, 23, 20, 17, 14, 10, 6, 4, 3, 2, 1], dtype=float)
_RATES = np.array(
    [0.74, 0.63, 0.55, 0.50, 0.46, 0.45, 0.43, 0.42, 0.41, 0.39, 0.38, 0.37, 0.35, 0.34, 0.33]
)
# Brings a team to some 114 points.
_LEVEL = 0.86
TEAM_POINTS = _LEVEL * float((MINUTES * _RATES).sum())
# Points per minute that nobody passes: some 30 a game.
_MOST_RATE = 0.80
# Attempts by zone (restricted area, paint, mid-range, corner, above the break): guard, wing, big.
_MIXES = np.array(
    [[0.24, 0.16, 0.16, 0.08, 0.36], [0.28, 0.14, 0.12, 0.14, 0.32], [0.46, 0.24, 0.12, 0.05, 0.13]]
)
_MAKES = np.array([0.66, 0.44, 0.42, 0.385, 0.355])
VALUES = np.array([2, 2, 2, 3, 3], dtype=float)
# Per minute, by position: offensive and defensive rebounds, assists, steals, blocks, turnovers,
# fouls.
_OTHERS = np.array(
    [
        [0.016, 0.095, 0.165, 0.034, 0.008, 0.070, 0.070],
        [0.028, 0.125, 0.085, 0.030, 0.014, 0.050, 0.080],
        [0.075, 0.210, 0.065, 0.024, 0.040, 0.058, 0.110],
    ]
)


@dataclass
class Players:
    """One row per player of the league's whole history; rates are per minute.

    ``rate`` points, ``mix`` shares of attempts by zone, ``makes`` shares made by zone,
    ``free_throws`` attempts per field-goal attempt and share made, ``others`` as above.
    """

    rate: Floats
    mix: Floats
    makes: Floats
    free_throws: Floats
    others: Floats

    def points_per_attempt(self) -> Floats:
        """Expected points per field-goal attempt, with the free throws that come with it."""
        shots: Floats = (self.mix * self.makes * VALUES).sum(axis=-1)
        return shots + self.free_throws[:, 0] * self.free_throws[:, 1]


def new_players(rng: np.random.Generator, roles: Ints) -> Players:
    """Draw players for roles 0 (star) to 14."""
    count = len(roles)
    position = rng.integers(0, 3, count)
    concentration = 60
    mix = np.stack([rng.gamma(_MIXES[position][:, z] * concentration) for z in range(5)], axis=1)
    return Players(
        rate=np.minimum(_LEVEL * _RATES[roles] * rng.lognormal(0, 0.10, count), _MOST_RATE),
        mix=mix / mix.sum(axis=1, keepdims=True),
        makes=np.clip(_MAKES * rng.lognormal(0, 0.05, (count, 5)), 0.2, 0.8),
        free_throws=np.stack([rng.gamma(6, 0.045, count), rng.beta(40, 11, count)], axis=1),
        others=_OTHERS[position] * rng.lognormal(0, 0.18, (count, 7)),
    )


def joined(one: Players, other: Players) -> Players:
    """Return the players of both."""
    return Players(
        *(
            np.concatenate([getattr(one, name), getattr(other, name)])
            for name in ("rate", "mix", "makes", "free_throws", "others")
        )
    )


def first_rosters(settings: LeagueSettings) -> Ints:
    """Return ``teams x 15`` player numbers, by role."""
    return np.arange(settings.teams * ROSTER, dtype=np.int64).reshape(settings.teams, ROSTER)


def next_season(
    rng: np.random.Generator, players: Players, rosters: Ints, namesakes: Ints
) -> tuple[Players, Ints]:
    """Age everybody, let some change teams and some give way to rookies; roles follow ability.

    Args:
        rng: source of chance.
        players: everybody so far.
        rosters: numbers of the players, ``teams x 15``.
        namesakes: players of one name, who never meet in a team.
    """
    players.rate = players.rate * rng.lognormal(0, 0.06, len(players.rate))
    flat = rosters.reshape(-1).copy()
    leaving = np.flatnonzero(rng.random(flat.size) < 0.08)
    rookies = new_players(rng, rng.integers(2, ROSTER, leaving.size))
    flat[leaving] = len(players.rate) + np.arange(leaving.size)
    grown = joined(players, rookies)
    moving = np.flatnonzero(rng.random(flat.size) < 0.12)
    flat[moving] = flat[rng.permutation(moving)]
    moved = flat.reshape(rosters.shape)
    order = np.argsort(-grown.rate[moved] * rng.lognormal(0, 0.05, moved.shape), axis=1)
    sorted_by_role = np.take_along_axis(moved, order, axis=1)
    # Minutes go to the better scorers, so without this the league would score more every year.
    scored = float((MINUTES * grown.rate[sorted_by_role]).sum(axis=1).mean())
    grown.rate = np.minimum(grown.rate * TEAM_POINTS / scored, _MOST_RATE)
    return grown, _apart(sorted_by_role, namesakes)


def _apart(rosters: Ints, namesakes: Ints) -> Ints:
    """Let a player change places with one of the next team where his team has a namesake of his."""
    after = rosters.copy()
    for number in namesakes[1:]:
        team, place = np.nonzero(after == number)
        if len(team) and np.isin(after[team[0]], namesakes).sum() > 1:
            other = (team[0] + 1) % len(after)
            own = after[team[0], place[0]]
            after[team[0], place[0]], after[other, place[0]] = after[other, place[0]], own
    return after


def traded(rng: np.random.Generator, rosters: Ints, avoid: Ints) -> Ints:
    """Return the rosters after the season's trades: neighbours in a random order swap a player.

    Args:
        avoid: players who stay, for they share their name with another.
    """
    after = rosters.copy()
    teams = rng.permutation(len(rosters))[: len(rosters) // 4 * 2].reshape(-1, 2)
    slots = rng.integers(2, 8, len(teams))
    one, other = rosters[teams[:, 0], slots], rosters[teams[:, 1], slots]
    free = ~(np.isin(one, avoid) | np.isin(other, avoid))
    after[teams[free, 0], slots[free]] = other[free]
    after[teams[free, 1], slots[free]] = one[free]
    return after
