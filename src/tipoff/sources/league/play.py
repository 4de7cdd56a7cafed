"""A season as it is played: for how long each of those present, and what each of them does.

Arrays are ``teams x 15 x games`` unless said otherwise; a game is numbered within its team's.
"""

from dataclasses import dataclass

import numpy as np

from tipoff.sources.league.beliefs import Beliefs, beliefs
from tipoff.sources.league.counts import expected_counts, other_counts, shooting
from tipoff.sources.league.minutes import OVERTIME_RATE, Bools, expected_minutes, minutes_played
from tipoff.sources.league.prospects import Prospects
from tipoff.sources.league.rosters import VALUES, Floats, Ints
from tipoff.sources.league.schedule import Schedule
from tipoff.sources.league.settings import LeagueSettings

Counts = tuple[Ints, Ints, Ints]


@dataclass(frozen=True)
class Played:
    """What chance brings: minutes, overtime per game of the season, and ``shooting``'s counts."""

    minutes: Floats
    overtime: Bools
    shot: Counts

    def seconds(self) -> Ints:
        """Seconds played; zero where he does not."""
        return np.round(self.minutes * 60).astype(np.int64)

    def points(self) -> Ints:
        """Points of each player."""
        return points_of(*self.shot[1:])


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
        believed: what the market takes for the two former.
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
    believed: Beliefs
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
        return points_of(self.makes, self.free_throws)


def play(
    rng: np.random.Generator, settings: LeagueSettings, plan: Schedule, ahead: Prospects
) -> Season:
    """Play a season."""
    is_out, is_sudden = ahead.absences.is_out, ahead.absences.is_sudden
    known_out = is_out & ~is_sudden
    expected, _ = ahead.expected(ahead.role, ~is_out)
    expected_early, _ = ahead.expected(ahead.role, ~known_out)
    done = played(rng, plan, ahead, is_out)
    early_weight = ahead.others * expected_minutes(ahead.role, ~known_out)[..., None]
    threes = expected_early / ahead.faced.points_per_attempt() * ahead.faced.threes_per_attempt()
    return Season(
        ahead.player, is_out, is_sudden,
        _doubtful(rng, is_out),
        expected, expected_early,
        ahead.deviation(expected),
        beliefs(settings, ahead, expected, expected_early),
        np.concatenate([expected_counts(early_weight), threes[..., None]], axis=-1),
        done.seconds(), *done.shot,
        others_counted(rng, plan, ahead, done),
        done.overtime, ahead.opponent, ahead.is_home,
    )  # fmt: skip


def played(rng: np.random.Generator, plan: Schedule, ahead: Prospects, is_out: Bools) -> Played:
    """Play a season's games once, with these absent."""
    _, lift = ahead.expected(ahead.role, ~is_out)
    overtime = rng.random(len(plan.home)) < OVERTIME_RATE
    minutes = minutes_played(rng, ahead.role, is_out, plan, overtime)
    # Attempts per minute: those of expected minutes bring the expected points.
    pace = ahead.rate * lift / ahead.faced.points_per_attempt()
    shot = shooting(rng, plan, ahead.is_home, ahead.faced, minutes * pace)
    return Played(minutes, overtime, shot)


def others_counted(
    rng: np.random.Generator, plan: Schedule, ahead: Prospects, done: Played
) -> Ints:
    """Return rebounds, assists and the rest of games that were played."""
    weight = ahead.others * done.minutes[..., None]
    return other_counts(rng, plan, ahead.is_home, weight, done.shot)


def points_of(makes: Ints, free_throws: Ints) -> Ints:
    """Return the points of makes by zone and of free throws."""
    shots: Ints = (makes * VALUES.astype(np.int64)).sum(axis=-1)
    return np.asarray(shots + free_throws[..., 1])


def tie_breakers(
    plan: Schedule, is_home: Bools, points: Ints, seconds: Ints
) -> tuple[Ints, Ints, Ints]:
    """Return team, place and game of those who break a tie: the home side's first man."""
    for_game = np.zeros((2, len(plan.home)), dtype=np.int64)
    for_game[is_home.astype(np.int64), plan.of_team] = points.sum(axis=1)
    tied = for_game[0] == for_game[1]
    team, game = np.nonzero(tied[plan.of_team] & is_home)
    return team, (seconds[team, :, game] > 0).argmax(axis=1), game


def _doubtful(rng: np.random.Generator, is_out: Bools) -> Bools:
    return np.asarray(~is_out & (rng.random(is_out.shape) < 0.03))
