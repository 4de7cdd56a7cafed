"""What a season holds before its games are played: who is there, in which role and form.

Arrays are ``teams x 15 x games`` unless said otherwise; a game is numbered within its team's.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from tipoff.sources.league.counts import FORM_NOISE, Matchup, centred, matchup
from tipoff.sources.league.minutes import (
    BLOWOUT_RATE,
    MINUTES_NOISE,
    RESTED,
    RESTING,
    Bools,
    allocated,
    expected_minutes,
    starters,
)
from tipoff.sources.league.rosters import MINUTES, TEAM_POINTS, VALUES, Floats, Ints, Players
from tipoff.sources.league.schedule import Schedule
from tipoff.sources.league.settings import LeagueSettings

# How far a team of better scorers falls back to the others: there is one ball.
_EVENNESS = 0.55
# Places whose players are rested on second nights.
_STARS = 3
# Factor on scoring of second nights and of others.
_TIRED, _FRESH = 0.975, 1.005
# A role is never more than so many changes away from where it began.
_MOST_CHANGES = 2


class Absences(NamedTuple):
    """Who does not play.

    Attributes:
        is_out: does not play.
        is_sudden: is out, and nobody knew before the day of the game.
        is_ongoing: was hurt in an earlier game and is not back.
        chance: that a healthy player of whom nothing is known on the day before will be out.
    """

    is_out: Bools
    is_sudden: Bools
    is_ongoing: Bools
    chance: Floats


@dataclass(frozen=True)
class Prospects:
    """All that is settled before tip-off; what is left is chance.

    Attributes:
        player: number of the player in each place.
        opponent, is_home, is_second_night: ``teams x games``.
        absences: who does not play.
        role: weights of minutes.
        lagging_role: the same as far as the market has learned of changes.
        rate: points per minute where everybody plays.
        others: other counts per minute, with a last axis of seven.
        faced: each player against the opponent.
        form, fatigue, meeting: factors of ``rate``: of the player's drift in form, of second
            nights, of opponent and place.
    """

    player: Ints
    opponent: Ints
    is_home: Bools
    is_second_night: Bools
    absences: Absences
    role: Floats
    lagging_role: Floats
    rate: Floats
    others: Floats
    faced: Matchup
    form: Floats
    fatigue: Floats
    meeting: Floats

    def expected(self, role: Floats, plays: Bools) -> tuple[Floats, Floats]:
        """Return expected points, and by how much those present make up for the absent.

        Points are minutes times rate times the factor; only the ten who are expected to play have
        any.
        """
        everybody = np.ones_like(plays)
        full = (expected_minutes(role, everybody) * self.rate).sum(axis=1, keepdims=True)
        points = expected_minutes(role, plays) * self.rate
        lift = np.clip(full / np.maximum(points.sum(axis=1, keepdims=True), 1), 0.9, 1.4) ** 0.6
        return points * lift, lift

    def deviation(self, expected: Floats) -> Floats:
        """Return the standard deviation of points: chance of each shot, and of form and minutes.

        An approximation: the attempts of a team are taken as fixed, shared by ability and form.
        """
        attempts = expected / self.faced.points_per_attempt()
        team = np.maximum(attempts.sum(axis=1, keepdims=True), 1e-9)
        share = attempts / team
        per_shot = (self.faced.mix * self.faced.makes * VALUES).sum(axis=-1)
        chance = attempts * (self.faced.spread_per_attempt() - per_shot**2 * share)
        swing = np.where(starters(expected), RESTED, RESTING) - 1
        blowouts = BLOWOUT_RATE * (1 - BLOWOUT_RATE) * swing**2
        uneven = (FORM_NOISE**2 + MINUTES_NOISE**2 + blowouts) * (1 - share) ** 2
        return np.asarray(np.sqrt(np.maximum(chance + expected**2 * uneven, 0)))


def prospects(
    rng: np.random.Generator,
    changes: np.random.Generator,
    settings: LeagueSettings,
    plan: Schedule,
    players: Players,
    rosters: tuple[Ints, Ints],
) -> Prospects:
    """Settle a season's games but for chance.

    Args:
        rng: source of chance.
        changes: another one, of changes of role.
        settings: the league's.
        plan: the schedule.
        players: what each can do.
        rosters: before and after the season's trades.
    """
    games = settings.games_per_team
    is_home = plan.home[plan.of_team] == np.arange(settings.teams)[:, None]
    opponent = np.where(is_home, plan.away[plan.of_team], plan.home[plan.of_team])
    late = np.arange(games) >= round(games * 0.63)
    player = np.where(late, rosters[1][:, :, None], rosters[0][:, :, None])
    second_night = _second_nights(plan)
    absences = _absences(rng, settings, player.shape, second_night)
    drift = np.cumsum(rng.normal(0, settings.form_drift, (len(players.rate), games)), axis=1)
    form = np.exp(np.take_along_axis(drift[player[..., 0]], np.arange(games)[None, None], axis=2))
    role, lagging_role = _roles(rng, changes, settings, player.shape)
    even = _evened(role, players.rate[player] * form)
    fatigue = _fatigue(settings, second_night)
    place = _conditions(rng, settings, opponent, is_home)
    faced = matchup(rng, players, player, opponent)
    own = players.points_per_attempt()[player]
    efficiency = faced.points_per_attempt()
    rate = even * (place * fatigue) * efficiency / own
    meeting = place * efficiency / own
    return Prospects(
        player, opponent, is_home, second_night, absences, role, lagging_role, rate,
        players.others[player], faced, form, np.broadcast_to(fatigue, form.shape), meeting,
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
) -> Absences:
    """Draw who is out, and for whom that came on the day itself (hurt just then, or rest)."""
    hurt = rng.random(shape) < settings.injury_rate
    length = rng.geometric(1 / settings.injury_games, shape)
    index = np.arange(shape[2])
    until = np.maximum.accumulate(np.where(hurt, index + length, 0), axis=2)
    out = until > index
    before = np.concatenate([np.zeros((*shape[:2], 1), dtype=until.dtype), until[..., :-1]], axis=2)
    may_rest = (np.arange(shape[1])[None, :, None] < _STARS) & second_night[:, None, :]
    rest = may_rest & (rng.random(shape) < settings.rest_rate)
    sudden = (hurt & (rng.random(shape) < settings.sudden_share)) | (rest & ~out)
    return Absences(out | rest, sudden, before > index, _chance_of_absence(settings, may_rest))


def _chance_of_absence(settings: LeagueSettings, may_rest: Bools) -> Floats:
    """Chance that somebody who was not reported on the day before is out on the day."""
    sudden = settings.injury_rate * settings.sudden_share
    told = settings.injury_rate - sudden
    rested = (1 - settings.injury_rate) * settings.rest_rate * may_rest
    return np.asarray((sudden + rested) / (1 - told))


def _roles(
    rng: np.random.Generator,
    changes: np.random.Generator,
    settings: LeagueSettings,
    shape: tuple[int, ...],
) -> tuple[Floats, Floats]:
    """Return weights of minutes, and the same as far as the market has learned of changes."""
    role = MINUTES[None, :, None] * np.exp(
        rng.normal(0, 0.10, (*shape[:2], 1)) + np.cumsum(rng.normal(0, 0.015, shape), axis=2)
    )
    if not settings.role_change_rate:
        return role, role
    changed = changes.random(shape) < settings.role_change_rate
    direction = np.where(changes.random(shape) < 0.5, -1, 1)
    steps = np.clip(np.cumsum(changed * direction, axis=2), -_MOST_CHANGES, _MOST_CHANGES)
    learned = np.zeros_like(steps)
    delay = min(settings.role_change_delay, shape[2])
    learned[..., delay:] = steps[..., : shape[2] - delay]
    size = 1 + settings.role_change_size
    return role * size**steps, role * size**learned


def _fatigue(settings: LeagueSettings, second_night: Bools) -> Floats:
    """Return the factor on scoring of second nights, ``teams x 1 x games``."""
    usual = np.where(second_night, _TIRED, _FRESH)[:, None, :]
    return np.asarray(usual if settings.fatigue == 1 else usual**settings.fatigue)


def _conditions(
    rng: np.random.Generator, settings: LeagueSettings, opponent: Ints, is_home: Bools
) -> Floats:
    """Return the factor on scoring of pace, defence and place, ``teams x 1 x games``."""
    pace = centred(rng, 0.03, settings.teams)
    defence = centred(rng, 0.02, settings.teams)
    factor = (
        np.sqrt(pace[:, None] * pace[opponent])
        * defence[opponent]
        * np.where(is_home, 1.012, 0.988)
    )
    return np.asarray(factor[:, None, :])


def _evened(role: Floats, rate: Floats) -> Floats:
    """Draw the teams' scoring together, each player of a team by the same factor."""
    full = (allocated(role) * rate).sum(axis=1, keepdims=True)
    return np.asarray(
        rate * (TEAM_POINTS / full) ** _EVENNESS * (TEAM_POINTS / full.mean()) ** (1 - _EVENNESS)
    )
