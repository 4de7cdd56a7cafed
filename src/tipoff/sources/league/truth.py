"""The true distribution of every player-game, by playing each game many times over.

The games are played by the very code that plays the season, with all that is settled before
tip-off held fixed (``prospects``). Two states of knowledge are told apart:

* ``early``: who was known to be out on the day before is out; everybody else may be hurt or rested
  on the day, as often as the league's rates say;
* ``decision``: who plays is known, as it is from 50 minutes before tip-off on.

Every distribution is of a player who plays: where he does not, his lines are void.
"""

from collections.abc import Iterator

import numpy as np
import polars as pl

from tipoff.sources.league.minutes import Bools
from tipoff.sources.league.play import others_counted, played, tie_breakers
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

_KEY = ("season", "game_date", "game_id", "team", "player_id")


def distributions(
    rng: np.random.Generator,
    plan: Schedule,
    ahead: Prospects,
    sheet: pl.DataFrame,
    games: int,
) -> pl.DataFrame:
    """Play a season's games many times and count what everybody scored.

    Args:
        rng: source of chance, not that of the season itself.
        plan: the schedule.
        ahead: what is settled before tip-off.
        sheet: rows of the season with ``line``, to name the player-games.
        games: how often each game is played per state of knowledge, over both batches.

    Returns:
        Rows of ``league_distributions``.
    """
    named = sheet.select("line", *_KEY)
    frames = []
    for knowledge, absences in ((EARLY, _early), (DECISION, _known)):
        for batch in BATCHES:
            tally = _Tally(ahead.player.size)
            for is_out in absences(rng, ahead.absences, games // len(BATCHES)):
                tally.add(*_once(rng, plan, ahead, is_out))
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


def _known(rng: np.random.Generator, absences: Absences, games: int) -> Iterator[Bools]:  # noqa: ARG001 -- as of _early
    """The absences as they are, so many times."""
    for _ in range(games):
        yield absences.is_out


def _early(rng: np.random.Generator, absences: Absences, games: int) -> Iterator[Bools]:
    """Draw who else will be out, beside those of whom it is known on the day before."""
    known = absences.is_out & (~absences.is_sudden | absences.is_ongoing)
    for _ in range(games):
        yield known | (rng.random(known.shape) < absences.chance)


def _once(
    rng: np.random.Generator, plan: Schedule, ahead: Prospects, is_out: Bools
) -> tuple[Bools, Ints]:
    """Play all games once: who was on the court, and points, rebounds, assists and threes."""
    done = played(rng, plan, ahead, is_out)
    others = others_counted(rng, plan, ahead, done)
    points, seconds = done.points(), done.seconds()
    points[tie_breakers(plan, ahead.is_home, points, seconds)] += 1
    threes = done.shot[1][..., 3:].sum(axis=-1)
    counts = (points, others[..., :2].sum(axis=-1), others[..., 2], threes)
    return seconds > 0, np.stack([count.ravel() for count in counts], axis=1)


class _Tally:
    """What was counted so far, by line of the sheet."""

    def __init__(self, lines: int) -> None:
        self.times = np.zeros((lines, MOST + 1), dtype=np.int16)
        self.sums = np.zeros((lines, len(COUNTED)))
        self.squares = np.zeros((lines, len(COUNTED)))

    def add(self, on_court: Bools, counts: Ints) -> None:
        """Add one playing of all games."""
        lines = np.flatnonzero(on_court.ravel())
        own = counts[lines]
        self.times[lines, np.minimum(own[:, 0], MOST)] += 1
        all_counts = np.column_stack([own, own[:, :3].sum(axis=1)])
        self.sums[lines] += all_counts
        self.squares[lines] += all_counts**2

    def frame(self) -> pl.DataFrame:
        """Return ``line, played``, means and deviations, and the counts of points."""
        played_times = self.times.sum(axis=1, dtype=np.int64)
        lines = np.flatnonzero(played_times)
        n = played_times[lines]
        means, deviations = _moments(n, self.sums[lines], self.squares[lines])
        return pl.DataFrame(
            {
                "line": lines,
                "played": n,
                **{f"{name}_mean": means[:, i] for i, name in enumerate(COUNTED)},
                **{f"{name}_deviation": deviations[:, i] for i, name in enumerate(COUNTED)},
                **{f"times_{k}": self.times[lines, k] for k in range(MOST + 1)},
            }
        )


def _moments(n: Ints, sums: Floats, squares: Floats) -> tuple[Floats, Floats]:
    """Return means and sample deviations; of a single game the latter is not a number."""
    times = n[:, None]
    means = sums / times
    with np.errstate(invalid="ignore", divide="ignore"):
        variances = (squares - times * means**2) / (times - 1)
    return means, np.sqrt(np.maximum(variances, 0))
