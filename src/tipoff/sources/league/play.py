"""A season as it is played: who is there, for how long, and what each of them does.

Arrays are ``teams x 15 x games`` unless said otherwise; a game is numbered within its team's.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tipoff.sources.league.counts import (
    FORM_NOISE,
    Matchup,
    centred,
    expected_counts,
    matchup,
    other_counts,
    shooting,
)
from tipoff.sources.league.rosters import MINUTES, TEAM_POINTS, VALUES, Floats, Ints, Players
from tipoff.sources.league.schedule import Schedule
from tipoff.sources.league.settings import ROTATION, LeagueSettings

Bools = npt.NDArray[np.bool_]

# In one game, and on average of the games that chance brings.
_MOST_MINUTES, _MOST_EXPECTED = 41.0, 39.0
_TEAM_MINUTES = 240.0
_OVERTIME_MINUTES = 25.0
_OVERTIME_RATE = 0.06
_MINUTES_NOISE = 0.13
# How far a team of better scorers falls back to the others: there is one ball.
_EVENNESS = 0.55
_BLOWOUT_RATE = 0.16
# Share of their minutes that starters and others play in a blow-out.
_RESTED, _RESTING = 0.84, 1.35


@dataclass(frozen=True)
class Season:
    """What is planned, known and done.

    Attributes:
        player: number of the player in each place.
        is_out: does not play.
        is_sudden: is out, and nobody knew before the day of the game.
        is_doubtful: plays, though reported as questionable on the day before.
        expected: expected points given who plays.
        expected_early: expected points given who was known to be out on the day before.
        deviation: standard deviation of points given who plays.
        early_counts: expected rebounds, assists and threes given who was known to be out on the
            day before, on a last axis of three.
        seconds: played; zero where he does not.
        attempts, makes: by zone, with a last axis of five.
        free_throws: attempts and makes, on a last axis of two.
        others: offensive and defensive rebounds, assists, steals, blocks, turnovers, fouls.
        overtime: per game of the season.
        opponent, is_home: ``teams x games``.
    """

    player: Ints
    is_out: Bools
    is_sudden: Bools
    is_doubtful: Bools
    expected: Floats
    expected_early: Floats
    deviation: Floats
    early_counts: Floats
    seconds: Ints
    attempts: Ints
    makes: Ints
    free_throws: Ints
    others: Ints
    overtime: Bools
    opponent: Ints
    is_home: Bools

    def points(self) -> Ints:
        """Points of each player."""
        shots: Ints = (self.makes * VALUES.astype(np.int64)).sum(axis=-1)
        return shots + self.free_throws[..., 1]


def play(
    rng: np.random.Generator,
    settings: LeagueSettings,
    plan: Schedule,
    players: Players,
    rosters: Ints,
    after_trades: Ints,
) -> Season:
    """Play a season."""
    games = settings.games_per_team
    is_home = plan.home[plan.of_team] == np.arange(settings.teams)[:, None]
    opponent = np.where(is_home, plan.away[plan.of_team], plan.home[plan.of_team])
    late = np.arange(games) >= round(games * 0.63)
    player = np.where(late, after_trades[:, :, None], rosters[:, :, None])
    second_night = _second_nights(plan)
    is_out, is_sudden = _absences(rng, settings, player.shape, second_night)
    drift = np.cumsum(rng.normal(0, 0.012, (len(players.rate), games)), axis=1)
    form = np.exp(np.take_along_axis(drift[player[..., 0]], np.arange(games)[None, None], axis=2))
    role = MINUTES[None, :, None] * np.exp(
        rng.normal(0, 0.10, (*player.shape[:2], 1))
        + np.cumsum(rng.normal(0, 0.015, player.shape), axis=2)
    )
    even = _evened(role, players.rate[player] * form)
    conditions = _conditions(rng, settings, opponent, is_home, second_night)
    faced = matchup(rng, players, player, opponent)
    efficiency = faced.points_per_attempt()
    rate = even * conditions * efficiency / players.points_per_attempt()[player]
    known_out = is_out & ~is_sudden
    expected, lift = _expected(role, rate, ~is_out)
    expected_early, _ = _expected(role, rate, ~known_out)
    overtime = rng.random(len(plan.home)) < _OVERTIME_RATE
    minutes = _minutes_played(rng, role, is_out, plan, overtime)
    # Attempts per minute: those of expected minutes bring the expected points.
    pace = rate * lift / efficiency
    shot = shooting(rng, plan, is_home, faced, minutes * pace)
    others = players.others[player]
    early_weight = others * _expected_minutes(role, ~known_out)[..., None]
    threes = expected_early / efficiency * faced.threes_per_attempt()
    return Season(
        player, is_out, is_sudden,
        _doubtful(rng, is_out),
        expected, expected_early,
        _deviation(faced, expected),
        np.concatenate([expected_counts(early_weight), threes[..., None]], axis=-1),
        np.round(minutes * 60).astype(np.int64),
        *shot,
        other_counts(rng, plan, is_home, others * minutes[..., None], shot),
        overtime, opponent, is_home,
    )  # fmt: skip


def _second_nights(plan: Schedule) -> Bools:
    """Whether a team also played on the day before, ``teams x games``."""
    days = plan.day[plan.of_team]
    before = np.concatenate([np.full((len(days), 1), -9), days[:, :-1]], axis=1)
    return np.asarray(days - before == 1)


def _absences(
    rng: np.random.Generator,
    settings: LeagueSettings,
    shape: tuple[int, ...],
    second_night: Bools,
) -> tuple[Bools, Bools]:
    """Return who is out, and for whom that came on the day itself (hurt just then, or rest)."""
    hurt = rng.random(shape) < settings.injury_rate
    length = rng.geometric(0.2, shape)
    index = np.arange(shape[2])
    until = np.maximum.accumulate(np.where(hurt, index + length, 0), axis=2)
    out = until > index
    stars = np.arange(shape[1])[None, :, None] < 3
    rest = stars & second_night[:, None, :] & (rng.random(shape) < 0.12)
    sudden = (hurt & (rng.random(shape) < 0.5)) | (rest & ~out)
    return out | rest, sudden


def _doubtful(rng: np.random.Generator, is_out: Bools) -> Bools:
    return np.asarray(~is_out & (rng.random(is_out.shape) < 0.03))


def _conditions(
    rng: np.random.Generator,
    settings: LeagueSettings,
    opponent: Ints,
    is_home: Bools,
    second_night: Bools,
) -> Floats:
    """Return the factor on scoring of pace, defence, place and fatigue, ``teams x 1 x games``."""
    pace = centred(rng, 0.03, settings.teams)
    defence = centred(rng, 0.02, settings.teams)
    factor = (
        np.sqrt(pace[:, None] * pace[opponent])
        * defence[opponent]
        * np.where(is_home, 1.012, 0.988)
        * np.where(second_night, 0.975, 1.005)
    )
    return np.asarray(factor[:, None, :])


def _allocated(weight: Floats, most: float = _MOST_MINUTES) -> Floats:
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


def _evened(role: Floats, rate: Floats) -> Floats:
    """Draw the teams' scoring together, each player of a team by the same factor."""
    full = (_allocated(role) * rate).sum(axis=1, keepdims=True)
    return np.asarray(
        rate * (TEAM_POINTS / full) ** _EVENNESS * (TEAM_POINTS / full.mean()) ** (1 - _EVENNESS)
    )


def _starters(role: Floats) -> Bools:
    return np.arange(role.shape[1])[None, :, None] < 5


def _expected_minutes(role: Floats, plays: Bools) -> Floats:
    """Expected minutes, with the average of blow-outs and overtime."""
    factor = 1 + _BLOWOUT_RATE * (np.where(_starters(role), _RESTED, _RESTING) - 1)
    longer = 1 + _OVERTIME_RATE * _OVERTIME_MINUTES / _TEAM_MINUTES
    return _allocated(role * plays * factor, _MOST_EXPECTED) * longer


def _expected(role: Floats, rate: Floats, plays: Bools) -> tuple[Floats, Floats]:
    """Expected points, and the factor by which those present make up for the absent.

    Points are minutes times rate times the factor; only the ten who are expected to play have any.
    """
    everybody = np.ones_like(plays)
    full = (_expected_minutes(role, everybody) * rate).sum(axis=1, keepdims=True)
    points = _expected_minutes(role, plays) * rate
    lift = np.clip(full / np.maximum(points.sum(axis=1, keepdims=True), 1), 0.9, 1.4) ** 0.6
    return points * lift, lift


def _deviation(faced: Matchup, expected: Floats) -> Floats:
    """Standard deviation of points: chance of each shot, and of form and minutes.

    An approximation: the attempts of a team are taken as fixed, shared by ability and form.
    """
    attempts = expected / faced.points_per_attempt()
    team = np.maximum(attempts.sum(axis=1, keepdims=True), 1e-9)
    share = attempts / team
    per_shot = (faced.mix * faced.makes * VALUES).sum(axis=-1)
    chance = attempts * (faced.spread_per_attempt() - per_shot**2 * share)
    swing = np.where(_starters(expected), _RESTED, _RESTING) - 1
    blowouts = _BLOWOUT_RATE * (1 - _BLOWOUT_RATE) * swing**2
    uneven = (FORM_NOISE**2 + _MINUTES_NOISE**2 + blowouts) * (1 - share) ** 2
    return np.asarray(np.sqrt(np.maximum(chance + expected**2 * uneven, 0)))


def _minutes_played(
    rng: np.random.Generator, role: Floats, is_out: Bools, plan: Schedule, overtime: Bools
) -> Floats:
    """Minutes of each player: role, chance, blow-outs that rest the starters, overtime."""
    blowout = rng.random(len(plan.home)) < _BLOWOUT_RATE
    rested = blowout[plan.of_team][:, None, :]
    factor = np.where(rested, np.where(_starters(role), _RESTED, _RESTING), 1.0)
    chance = np.exp(rng.normal(0, _MINUTES_NOISE, role.shape))
    minutes = _allocated(role * ~is_out * factor * chance)
    longer = 1 + overtime[plan.of_team][:, None, :] * _OVERTIME_MINUTES / _TEAM_MINUTES
    return np.asarray(np.where(minutes < 0.75, 0.0, minutes) * longer)
