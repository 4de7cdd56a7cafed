"""The true distribution of every player-game, by playing each game many times over.

The games are played by the very code that plays the season, with all that is settled before
tip-off held fixed (``prospects``). Two states of knowledge are told apart:

* ``early``: who was known to be out on the day before is out; everybody else may be hurt or rested
  on the day, as often as the league's rates say;
* ``decision``: who plays is known, as it is from 50 minutes before tip-off on.

Every distribution is of a player who plays: where he does not, his lines are void.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl
from polars import selectors

from tipoff.errors import InputError
from tipoff.sources.league.minutes import Bools
from tipoff.sources.league.play import Played, others_counted, played, tie_breakers
from tipoff.sources.league.prospects import Absences, Prospects
from tipoff.sources.league.rosters import Floats, Ints
from tipoff.sources.league.schedule import Schedule
from tipoff.tables.league import (
    BATCHES,
    COUNTED,
    DECISION,
    EARLY,
    LEAGUE_DISTRIBUTIONS,
    LEAGUE_TRUTH,
    MOST,
)

# Counts beside points are counted in every fourth of the games played over.
OTHERS_EVERY = 4
_KEY = ("season", "game_date", "game_id", "team", "player_id")


@dataclass(frozen=True)
class Replays:
    """How true distributions are made.

    Attributes:
        games: how often each game is played over per state of knowledge, over both batches.
        seasons: of the last so many seasons; of all where None.
        knowledge: the states of knowledge.
    """

    games: int
    seasons: int | None = None
    knowledge: tuple[str, ...] = (EARLY, DECISION)

    def __post_init__(self) -> None:
        """Refuse what could not be counted."""
        least, most = 2 * len(BATCHES), len(BATCHES) * np.iinfo(np.int16).max
        if not least <= self.games <= most:
            raise InputError(
                f"Expected true distributions of {least} to {most:,} games played over, got "
                f"{self.games:,}."
            )


def distributions(
    rng: np.random.Generator,
    plan: Schedule,
    ahead: Prospects,
    sheet: pl.DataFrame,
    replays: Replays,
) -> pl.DataFrame:
    """Play a season's games many times and count what everybody scored.

    Args:
        rng: source of chance, not that of the season itself.
        plan: the schedule.
        ahead: what is settled before tip-off.
        sheet: rows of the season with ``line``, to name the player-games.
        replays: how often, and with whose knowledge.

    Returns:
        Rows of ``league_distributions``.
    """
    named = sheet.select("line", *_KEY)
    frames = []
    for knowledge in replays.knowledge:
        for batch in BATCHES:
            tally = _Tally(ahead.player.size)
            for number in range(replays.games // len(BATCHES)):
                is_out = _absent(rng, ahead.absences, knowledge)
                done = played(rng, plan, ahead, is_out)
                points, on_court = _scored(plan, ahead, done)
                tally.add(points, on_court)
                if number % OTHERS_EVERY == 0:
                    others = others_counted(rng, plan, ahead, done)
                    tally.add_others(points, on_court, done, others)
            frames.append(
                named.join(tally.frame(), on="line").with_columns(
                    knowledge=pl.lit(knowledge), batch=pl.lit(batch)
                )
            )
    columns = LEAGUE_DISTRIBUTIONS.columns
    told = pl.concat(frames).select(pl.col(c).cast(dtype) for c, dtype in columns.items())
    return told.sort(LEAGUE_DISTRIBUTIONS.key)


def true_expectations(ahead: Prospects, sheet: pl.DataFrame) -> pl.DataFrame:
    """Return rows of ``league_truth``.

    Args:
        ahead: what is settled before tip-off.
        sheet: rows of the season in order of ``line``.
    """
    tired = np.broadcast_to(ahead.is_second_night[:, None, :], ahead.player.shape)
    told = sheet.with_columns(
        is_second_night=pl.Series(tired.ravel()),
        form=pl.Series(ahead.form.ravel()),
        role_lag=pl.Series((ahead.lagging_role / ahead.role).ravel()),
    )
    columns = LEAGUE_TRUTH.columns
    rows = told.select(pl.col(c).cast(dtype) for c, dtype in columns.items())
    return rows.sort(LEAGUE_TRUTH.key)


def _absent(rng: np.random.Generator, absences: Absences, knowledge: str) -> Bools:
    """Who is out: as it turned out, or, where only the day before is known, as it may."""
    if knowledge == DECISION:
        return absences.is_out
    known = absences.is_out & (~absences.is_sudden | absences.is_ongoing)
    return np.asarray(known | (rng.random(known.shape) < absences.chance))


def _scored(plan: Schedule, ahead: Prospects, done: Played) -> tuple[Ints, Bools]:
    """Points of each player, ties broken, and who was on the court."""
    points, seconds = done.points(), done.seconds()
    points[tie_breakers(plan, ahead.is_home, points, seconds)] += 1
    return points.ravel(), (seconds > 0).ravel()


class _Tally:
    """What was counted so far, by line of the sheet."""

    def __init__(self, lines: int) -> None:
        self.times = np.zeros((lines, MOST + 1), dtype=np.int16)
        self.points = np.zeros((lines, 2))
        self.counted = np.zeros(lines, dtype=np.int64)
        self.others = np.zeros((lines, 2, len(COUNTED) - 1))

    def add(self, points: Ints, on_court: Bools) -> None:
        """Add the points of one playing of all games."""
        lines = np.flatnonzero(on_court)
        own = points[lines]
        self.times[lines, np.minimum(own, MOST)] += 1
        self.points[lines] += np.stack([own, own**2], axis=1)

    def add_others(self, points: Ints, on_court: Bools, done: Played, others: Ints) -> None:
        """Add the other counts of one playing."""
        lines = np.flatnonzero(on_court)
        counts = (others[..., :2].sum(axis=-1), others[..., 2], done.shot[1][..., 3:].sum(axis=-1))
        rebounds, assists, threes = (count.ravel()[lines] for count in counts)
        own = np.stack([rebounds, assists, threes, points[lines] + rebounds + assists], axis=1)
        self.counted[lines] += 1
        self.others[lines] += np.stack([own, own**2], axis=1)

    def frame(self) -> pl.DataFrame:
        """Return ``line, played, counted``, means and deviations, and the counts of points."""
        played_times = self.times.sum(axis=1, dtype=np.int64)
        lines = np.flatnonzero(played_times)
        n, counted = played_times[lines], self.counted[lines]
        moments = {"points": _moments(n, *self.points[lines].T)}
        for place, name in enumerate(COUNTED[1:]):
            moments[name] = _moments(counted, *self.others[lines, :, place].T)
        return pl.DataFrame(
            {
                "line": lines,
                "played": n,
                "counted": counted,
                **{f"{name}_mean": mean for name, (mean, _) in moments.items()},
                **{f"{name}_deviation": deviation for name, (_, deviation) in moments.items()},
                **{f"times_{k}": self.times[lines, k] for k in range(MOST + 1)},
            }
        ).with_columns(selectors.float().fill_nan(None))


def _moments(n: Ints, sums: Floats, squares: Floats) -> tuple[Floats, Floats]:
    """Return means and sample deviations; without games, or of a single one, not a number."""
    with np.errstate(invalid="ignore", divide="ignore"):
        means = sums / n
        variances = (squares - n * means**2) / (n - 1)
    return np.asarray(means), np.sqrt(np.maximum(variances, 0))
