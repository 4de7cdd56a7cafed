"""When the league's players were born, and the lists of teams that state it."""

from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
import polars as pl

from tipoff.domain.teams import TEAM_CODES
from tipoff.sources.league.rosters import Ints
from tipoff.sources.league.settings import SOURCE
from tipoff.sources.league.sheet import published
from tipoff.tables.raw import ROSTERS
from tipoff.tables.table import UTC_MOMENT

# Days: nobody is younger than nineteen; newcomers are at most four years older than that.
_YEAR = 365.25
_YOUNGEST, _NEWCOMERS = 19 * _YEAR, 4 * _YEAR
# Years that those who are there at first have been there, on average.
_CAREER = 6.0 * _YEAR
_OLDEST = 41 * _YEAR


@dataclass
class Births:
    """Birth dates by number of the player; who joins later is a newcomer."""

    rng: np.random.Generator
    _known: list[date] = field(default_factory=list)

    def of(self, count: int, year: int) -> list[date]:
        """Return the birth dates of the first ``count`` players, at the start of a season."""
        new = count - len(self._known)
        age = _YOUNGEST + self.rng.random(new) * _NEWCOMERS
        if not self._known:
            age = np.minimum(age + self.rng.exponential(_CAREER, new), _OLDEST)
        begins = date(year, 10, 20)
        self._known += [begins - timedelta(days=int(days)) for days in age]
        return self._known


def roster_rows(
    season: str, rosters: Ints, identities: pl.DataFrame, born: list[date]
) -> pl.DataFrame:
    """Return rows of ``rosters``: every team's list of before the season.

    Args:
        season: its name.
        rosters: numbers of the players, ``teams x 15``.
        identities: ``number, player_id, player_name``.
        born: birth dates by number.
    """
    teams, places = rosters.shape
    rows = pl.DataFrame(
        {
            "team": np.repeat(np.array(TEAM_CODES)[:teams], places),
            "number": rosters.ravel(),
            "birth_date": [born[number] for number in rosters.ravel()],
        }
    ).join(identities, on="number")
    listed = rows.select(
        "team",
        "player_id",
        "player_name",
        "birth_date",
        season=pl.lit(season),
        position=pl.lit(None, pl.String),
        source=pl.lit(SOURCE),
        observed_at=pl.lit(published(int(season[:4]))).cast(UTC_MOMENT),
        observed_basis=pl.lit("recorded"),
        is_deleted=pl.lit(value=False),
        row_hash=pl.lit(0, pl.Int64),
    )
    return listed.select(list(ROSTERS.columns)).sort(ROSTERS.key)
