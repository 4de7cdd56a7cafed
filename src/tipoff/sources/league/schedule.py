"""The schedule: every team plays in every round, rounds are spread over days, some back to back."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt
import polars as pl

from tipoff.domain.clock import EASTERN
from tipoff.domain.seasons import STARTS, season_name
from tipoff.domain.teams import TEAM_CODES
from tipoff.sources.league.settings import LeagueSettings

Ints = npt.NDArray[np.int64]

_SEASON_DAYS = 172
# Minutes after noon, Eastern, and how often a game starts then.
_STARTS = np.array([420, 450, 480, 510, 600, 630, 60, 210])
_OFTEN = np.array([0.26, 0.26, 0.16, 0.08, 0.10, 0.06, 0.03, 0.05])


@dataclass(frozen=True)
class Schedule:
    """A season's games, in order of date.

    Attributes:
        games: ``game_id, game_date, season, home_team, away_team, tip_off_at``.
        home, away: numbers of the teams, per game.
        day: days since the season's start, per game.
        of_team: ``teams x games_per_team`` numbers of games, in order.
    """

    season: str
    games: pl.DataFrame
    home: Ints
    away: Ints
    day: Ints
    of_team: Ints


def schedule(rng: np.random.Generator, settings: LeagueSettings, year: int) -> Schedule:
    """Draw a season's schedule."""
    home, away, round_of = _pairings(rng, settings)
    gap = _SEASON_DAYS / settings.games_per_team
    offset = np.floor(rng.random(len(home)) * max(1.0, np.floor(gap))).astype(np.int64)
    day = np.floor(round_of * gap).astype(np.int64) + offset
    minutes = rng.choice(_STARTS, size=len(home), p=_OFTEN)
    order = np.lexsort((home, minutes, day))
    home, away, day, minutes = home[order], away[order], day[order], minutes[order]
    start = STARTS.get(year, date(year, 10, 21))
    season = season_name(year)
    return Schedule(
        season, _games(season, start, day, minutes, home, away), home, away, day,
        _of_team(home, away, settings),
    )  # fmt: skip


def _pairings(rng: np.random.Generator, settings: LeagueSettings) -> tuple[Ints, Ints, Ints]:
    """Return home, away and round of all games by the circle method.

    Teams are shuffled every two cycles; the second of them repeats the first with the venues
    exchanged. Within a cycle a team moves one pair on in every round, so that venues which
    alternate by pair also alternate for the team.
    """
    teams, rounds = settings.teams, settings.games_per_team
    cycle = teams - 1
    homes, aways, numbers = [], [], []
    labels = rng.permutation(teams)
    pair = np.arange(teams // 2)
    for number in range(rounds):
        if number and number % (2 * cycle) == 0:
            labels = rng.permutation(teams)
        turn = number % cycle
        ring = np.concatenate([[0], 1 + (np.arange(cycle) + turn) % cycle])
        one, other = ring[: teams // 2], ring[: teams // 2 - 1 : -1]
        swap = (np.where(pair == 0, turn, pair) + number // cycle) % 2 == 1
        homes.append(labels[np.where(swap, other, one)])
        aways.append(labels[np.where(swap, one, other)])
        numbers.append(np.full(teams // 2, number))
    return np.concatenate(homes), np.concatenate(aways), np.concatenate(numbers)


def _games(
    season: str, start: date, day: Ints, minutes: Ints, home: Ints, away: Ints
) -> pl.DataFrame:
    codes = np.array(TEAM_CODES)
    frame = pl.DataFrame(
        {
            "game_date": [start + timedelta(days=int(d)) for d in day],
            "home_team": codes[home],
            "away_team": codes[away],
            "minutes": minutes,
        }
    )
    local = pl.col("game_date").cast(pl.Datetime("us")) + pl.duration(
        minutes=pl.col("minutes") + 12 * 60
    )
    return frame.select(
        pl.concat_str(
            pl.col("game_date").dt.strftime("%Y%m%d"), "away_team", "home_team", separator="_"
        ).alias("game_id"),
        "game_date",
        pl.lit(season).alias("season"),
        "home_team",
        "away_team",
        local.dt.replace_time_zone(EASTERN.key).dt.convert_time_zone("UTC").alias("tip_off_at"),
    )


def _of_team(home: Ints, away: Ints, settings: LeagueSettings) -> Ints:
    """Number the games of each team in order of date."""
    team = np.concatenate([home, away])
    game = np.tile(np.arange(len(home)), 2)
    order = np.lexsort((game, team))
    return game[order].reshape(settings.teams, settings.games_per_team)
