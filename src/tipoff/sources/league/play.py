"""A season as it is played: who is there, for how long, and what each of them does.

Arrays are ``teams x 15 x games`` unless said otherwise; a game is numbered within its team's.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tipoff.sources.league.rosters import MINUTES, VALUES, Floats, Ints, Players
from tipoff.sources.league.schedule import Schedule
from tipoff.sources.league.settings import ROTATION, LeagueSettings

Bools = npt.NDArray[np.bool_]

_MOST_MINUTES = 41.0
_TEAM_MINUTES = 240.0
_OVERTIME_MINUTES = 25.0
_OVERTIME_RATE = 0.06
_FORM_NOISE = 0.16
# Share of a team's chance surplus of attempts that its other players lose: the ball is shared.
_SHARED = 0.75
_MINUTES_NOISE = 0.13


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
    rate = players.rate[player] * form * _conditions(rng, settings, opponent, is_home, second_night)
    expected = _expected(role, rate, ~is_out)
    expected_early = _expected(role, rate, ~(is_out & ~is_sudden))
    overtime = rng.random(len(plan.home)) < _OVERTIME_RATE
    minutes = _minutes_played(rng, role, is_out, plan, overtime)
    lift = np.divide(
        expected, _allocated(role * ~is_out) * rate, out=np.ones_like(rate), where=expected > 0
    )
    scoring = rate / players.rate[player] * lift
    attempts, makes, free_throws = _shooting(rng, players, player, minutes, scoring)
    others = rng.poisson(players.others[player] * minutes[..., None])
    others[..., 6] = np.minimum(others[..., 6], 6)
    return Season(
        player, is_out, is_sudden,
        _doubtful(rng, is_out),
        expected, expected_early,
        np.round(minutes * 60).astype(np.int64),
        attempts, makes, free_throws, others, overtime, opponent, is_home,
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
    pace = rng.lognormal(0, 0.03, settings.teams)
    defence = rng.lognormal(0, 0.04, settings.teams)
    factor = (
        np.sqrt(pace[:, None] * pace[opponent])
        * defence[opponent]
        * np.where(is_home, 1.012, 0.988)
        * np.where(second_night, 0.975, 1.005)
    )
    return np.asarray(factor[:, None, :])


def _allocated(weight: Floats) -> Floats:
    """Share 240 minutes among the ten with most weight, nobody more than 41."""
    least = np.sort(weight, axis=1)[:, -ROTATION, :][:, None, :]
    kept = np.where((weight >= least) & (weight > 0), weight, 0)
    minutes = _TEAM_MINUTES * kept / kept.sum(axis=1, keepdims=True)
    for _ in range(3):
        over = np.maximum(minutes - _MOST_MINUTES, 0).sum(axis=1, keepdims=True)
        minutes = np.minimum(minutes, _MOST_MINUTES)
        room = np.where(minutes < _MOST_MINUTES, minutes, 0)
        minutes = minutes + over * room / np.maximum(room.sum(axis=1, keepdims=True), 1e-9)
    return np.asarray(minutes)


def _expected(role: Floats, rate: Floats, plays: Bools) -> Floats:
    """Expected points: minutes times rate, and part of what the absent would have scored."""
    full = (_allocated(role) * rate).sum(axis=1, keepdims=True)
    points = _allocated(role * plays) * rate
    lift = np.clip(full / np.maximum(points.sum(axis=1, keepdims=True), 1), 0.9, 1.4) ** 0.6
    return np.asarray(points * lift)


def _minutes_played(
    rng: np.random.Generator, role: Floats, is_out: Bools, plan: Schedule, overtime: Bools
) -> Floats:
    """Minutes of each player: role, chance, blow-outs that rest the starters, overtime."""
    blowout = rng.random(len(plan.home)) < 0.16
    starters = np.arange(role.shape[1])[None, :, None] < 5
    rested = blowout[plan.of_team][:, None, :]
    factor = np.where(rested, np.where(starters, 0.84, 1.35), 1.0)
    chance = np.exp(rng.normal(0, _MINUTES_NOISE, role.shape))
    minutes = _allocated(role * ~is_out * factor * chance)
    longer = 1 + overtime[plan.of_team][:, None, :] * _OVERTIME_MINUTES / _TEAM_MINUTES
    return np.asarray(np.where(minutes < 0.75, 0.0, minutes) * longer)


def _shooting(
    rng: np.random.Generator, players: Players, player: Ints, minutes: Floats, scoring: Floats
) -> tuple[Ints, Ints, Ints]:
    """Return attempts and makes by zone, and free throws attempted and made."""
    form = np.exp(rng.normal(-(_FORM_NOISE**2) / 2, _FORM_NOISE, player.shape))
    per_minute = (players.rate / players.points_per_attempt())[player]
    planned = minutes * per_minute * scoring
    surplus = (planned * form).sum(axis=1, keepdims=True) / planned.sum(axis=1, keepdims=True)
    wanted = planned * form / surplus**_SHARED
    total = rng.poisson(wanted)
    attempts = rng.multinomial(total, players.mix[player])
    makes = rng.binomial(attempts, players.makes[player])
    tried = rng.poisson(wanted * players.free_throws[player][..., 0])
    made = rng.binomial(tried, players.free_throws[player][..., 1])
    return attempts, makes, np.stack([tried, made], axis=-1)
