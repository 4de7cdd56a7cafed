"""What is counted in a game: attempts and makes by zone, free throws, rebounds and the rest.

Arrays are ``teams x 15 x games`` unless said otherwise. What a team has in common is drawn for
the team and dealt to its players, so that no team grabs more rebounds than there were misses.
"""

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from tipoff.sources.league.rosters import VALUES, Floats, Ints, Players
from tipoff.sources.league.schedule import Schedule

Bools = npt.NDArray[np.bool_]
Number = TypeVar("Number", bound=np.number)

THREES = slice(3, 5)
FORM_NOISE = 0.20
# Part of a team's surplus of attempts, from players in form, that becomes more attempts.
_SURPLUS_KEPT = 0.15
# Relative noise of a game's attempts: of both teams alike, and of each.
_TEMPO_NOISE = 0.035
_OWN_NOISE = 0.01
# Share of its makes that a side loses in the second half per point of a lead that was not
# expected: who leads eases up. Without it games would end far apart.
_EASING = 0.004
_ZONE_MAKES = 0.035
_ZONE_SHARES = 0.06
# Missed free throws that are live, rebounds of own and of the opponent's misses, makes that were
# assisted, turnovers that were stolen.
_LIVE = 0.45
_OWN_MISSES = 0.22
_THEIR_MISSES = 0.93
_ASSISTED = 0.61
_STOLEN = 0.5
_OTHERS_NOISE = 0.15
# A team's offensive rebounds, defensive rebounds and assists, on average.
_TEAM_COUNTS = (10.6, 35.1, 26.0)


@dataclass(frozen=True)
class Matchup:
    """A player against an opponent: ``mix`` and ``makes`` by zone, with a last axis of five.

    ``free_throws`` attempts per field-goal attempt and share made.
    """

    mix: Floats
    makes: Floats
    free_throws: Floats

    def points_per_attempt(self) -> Floats:
        """Expected points per field-goal attempt, with the free throws that come with it."""
        shots: Floats = (self.mix * self.makes * VALUES).sum(axis=-1)
        return np.asarray(shots + self.free_throws.prod(axis=-1))

    def threes_per_attempt(self) -> Floats:
        """Expected threes made per field-goal attempt."""
        return np.asarray((self.mix * self.makes)[..., THREES].sum(axis=-1))

    def spread_per_attempt(self) -> Floats:
        """Expected square of the points of one attempt, and the variance of free throws."""
        squares: Floats = (self.mix * self.makes * VALUES**2).sum(axis=-1)
        return np.asarray(squares + self.free_throws.prod(axis=-1))


def centred(rng: np.random.Generator, deviation: float, size: int | tuple[int, ...]) -> Floats:
    """Draw a factor per team (first axis) whose mean over the teams is one."""
    factor = rng.lognormal(0, deviation, size)
    return np.asarray(factor / factor.mean(axis=0))


def matchup(rng: np.random.Generator, players: Players, player: Ints, opponent: Ints) -> Matchup:
    """Return what each player does against each opponent: teams defend zones unequally well."""
    size = (len(opponent), len(VALUES))
    allowed = centred(rng, _ZONE_MAKES, size)[opponent][:, None]
    steered = centred(rng, _ZONE_SHARES, size)[opponent][:, None]
    mix = players.mix[player] * steered
    return Matchup(
        mix / mix.sum(axis=-1, keepdims=True),
        np.clip(players.makes[player] * allowed, 0.1, 0.9),
        players.free_throws[player],
    )


def shooting(
    rng: np.random.Generator, plan: Schedule, is_home: Bools, faced: Matchup, planned: Floats
) -> tuple[Ints, Ints, Ints]:
    """Return attempts and makes by zone, and free throws attempted and made.

    Args:
        rng: source of chance.
        plan: the schedule.
        is_home: ``teams x games``.
        faced: each player against the opponent.
        planned: field-goal attempts to be expected.
    """
    wanted = planned * np.exp(rng.normal(-(FORM_NOISE**2) / 2, FORM_NOISE, planned.shape))
    surplus = wanted.sum(axis=1) / planned.sum(axis=1)
    tempo = rng.lognormal(0, _TEMPO_NOISE, len(plan.home))[plan.of_team]
    own = rng.lognormal(0, _OWN_NOISE, tempo.shape)
    team = planned.sum(axis=1) * surplus**_SURPLUS_KEPT * tempo * own
    total = _dealt(rng, np.rint(team).astype(np.int64), wanted)
    attempts = rng.multinomial(total, faced.mix)
    scale = (team / wanted.sum(axis=1))[:, None, :]
    tried = rng.poisson(wanted * scale * faced.free_throws[..., 0])
    made = rng.binomial(tried, faced.free_throws[..., 1])
    return attempts, _makes(rng, plan, is_home, faced, attempts), np.stack([tried, made], axis=-1)


def _makes(
    rng: np.random.Generator, plan: Schedule, is_home: Bools, faced: Matchup, attempts: Ints
) -> Ints:
    """Draw the makes of both halves; a lead that chance brought shrinks in the second."""
    early = rng.binomial(attempts, 0.5)
    makes = rng.binomial(early, faced.makes)
    luck = ((makes - early * faced.makes) * VALUES).sum(axis=(1, 3))
    lead = luck - of_opponent(plan, is_home, luck)
    eased = faced.makes * (1 - _EASING * lead)[:, None, :, None]
    later = rng.binomial(attempts - early, np.clip(eased, 0.0, 0.97))
    return np.asarray(makes + later)


def other_counts(
    rng: np.random.Generator,
    plan: Schedule,
    is_home: Bools,
    weight: Floats,
    shot: tuple[Ints, Ints, Ints],
) -> Ints:
    """Return rebounds, assists, steals, blocks, turnovers and fouls, on a last axis of seven.

    Args:
        rng: source of chance.
        plan: the schedule.
        is_home: ``teams x games``.
        weight: each count to be expected from minutes alone, with a last axis of seven.
        shot: what ``shooting`` returned.
    """
    attempts, makes, free_throws = shot
    made = makes.sum(axis=(1, 3))
    missed_free = (free_throws[..., 0] - free_throws[..., 1]).sum(axis=1)
    missed = attempts.sum(axis=(1, 3)) - made + rng.binomial(missed_free, _LIVE)
    own = rng.binomial(missed, _OWN_MISSES)
    theirs = rng.binomial(of_opponent(plan, is_home, missed - own), _THEIR_MISSES)
    uneven = weight * rng.lognormal(0, _OTHERS_NOISE, weight.shape)
    counts = rng.poisson(weight)
    lost = of_opponent(plan, is_home, counts[..., 5].sum(axis=1))
    team = {
        0: own,
        1: theirs,
        2: rng.binomial(made, _ASSISTED),
        3: rng.binomial(lost, _STOLEN),
    }
    for column, total in team.items():
        counts[..., column] = _dealt(rng, total, uneven[..., column])
    counts[..., 6] = np.minimum(counts[..., 6], 6)
    return counts


def expected_counts(weight: Floats) -> Floats:
    """Return expected rebounds and assists, on a last axis of two, from the same weights."""
    total = weight[..., :3].sum(axis=1, keepdims=True)
    dealt = weight[..., :3] / np.maximum(total, 1e-9) * np.array(_TEAM_COUNTS)
    return np.stack([dealt[..., :2].sum(axis=-1), dealt[..., 2]], axis=-1)


def _dealt(rng: np.random.Generator, total: Ints, weight: Floats) -> Ints:
    """Deal a team's total (``teams x games``) to its players in proportion to their weights."""
    by_game = np.moveaxis(weight, 1, -1)
    shares = by_game / by_game.sum(axis=-1, keepdims=True)
    return np.moveaxis(rng.multinomial(total, shares), -1, 1)


def of_opponent(plan: Schedule, is_home: Bools, values: npt.NDArray[Number]) -> npt.NDArray[Number]:
    """Return the opponent's value of the same game, ``teams x games``."""
    side = is_home.astype(np.int64)
    by_game = np.zeros((2, len(plan.home)), dtype=values.dtype)
    by_game[side, plan.of_team] = values
    return by_game[1 - side, plan.of_team]
