"""Alarms that may be looked at every day: at most 5 % false ones in a whole season.

A gambler starts with one unit and bets, at odds that are fair if the model is as good as its
reference, that it is worse. What he owns is an e-value. If the model is as good as its reference
(or better), his wealth is a nonnegative supermartingale, and it ever reaches ``1 / alpha`` with a
probability of at most ``alpha`` (Ville 1939), however often and for whatever reason one looks.
Betting on bounded means: Waudby-Smith and Ramdas 2024, "Estimating means of bounded random
variables by betting", sections 4 and 5. Bets that begin at later dates, so that a good start does
not hide a later fall: Shin, Ramdas and Rinaldo 2024, "E-detectors"; here their weights add up to
one, which keeps the whole an e-value (a season's false alarms are bounded, not their spacing).

The unit is the game date, never the pick: a date's picks share its slate and may depend on each
other in any way. What is assumed is that, given all earlier dates, the picks of a date that are
decided win at least as often *on average* as their reference says. A model that runs hot for a
month and cold for another is at its reference in neither.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import polars as pl

from tipoff.backtest.resampling import Floats
from tipoff.errors import InputError
from tipoff.monitoring.days import Days, days_of

ALPHA = 0.05
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Betting:
    """How the gambler bets; the law holds for any, these are quick on falls of 3 to 12 points.

    Attributes:
        falls: sizes of fall, in shares of picks won, that are bet on side by side. Each stake is
            what Kelly (1956) would lay if picks were independent and the fall that large.
        most: the share of his money that he can lose on one date.
        first: share of the start that is bet from the first date on.
        later: share of what is left that joins on each later date.
    """

    falls: tuple[float, ...] = (0.03, 0.06, 0.12)
    most: float = 0.9
    first: float = 0.25
    later: float = 1 / 40

    def __post_init__(self) -> None:
        shares = (self.most, self.first, self.later)
        if not (self.falls and min(self.falls) > 0 and all(0 < s <= 1 for s in shares)):
            raise InputError(f"Expected positive falls and shares up to 1; got {self}.")
        if self.most >= 1:
            raise InputError(f"Expected that less than all can be lost on a date; got {self}.")


@dataclass(frozen=True)
class Wagers:
    """What one unit at stake wins on each date, ``models x dates``.

    Attributes:
        gain: sum over the date's picks; at most 0 on average if the model is at its reference.
        loss: the most that can be lost, known before the games.
        unit: stake per size of fall, known before the games; 0 where there is no pick.
    """

    gain: Floats
    loss: Floats
    unit: Floats


def against_hit_rate(days: Days) -> Wagers:
    """Bet that picks win less often than their reference: a pick won costs 1 - p, lost pays p."""
    n, wins, expected = (days.sums[name] for name in ("n", "wins", "expected"))
    return Wagers(expected - wins, n - expected, _over(n, days.sums["spread"]))


def on_hit_rate(days: Days) -> Wagers:
    """Bet that picks win more often than their reference: a pick won pays 1 - p, lost costs p."""
    n, wins, expected = (days.sums[name] for name in ("n", "wins", "expected"))
    return Wagers(wins - expected, expected, _over(n, days.sums["spread"]))


def against_errors(days: Days, gap: Floats) -> Wagers:
    """Bet that a model's error exceeds the line's by more than a reference gap.

    ``|prediction - actual| - |line - actual|`` is never below ``-|prediction - line|``, so that
    the most that can be lost is known before the game and nothing has to be clipped.

    Args:
        days: sums by model and date.
        gap: for each model the mean gap that it is held against, in the market's unit.
    """
    played, edge = days.sums["played"], days.sums["edge"]
    allowed = gap[:, None] * played
    gain = days.sums["model_error"] - days.sums["line_error"] - allowed
    # A pick that is lost instead of won moves the gap by about twice its edge.
    unit = 2 * _over(edge, days.sums["edge_squared"])
    return Wagers(gain, np.maximum(edge + allowed, 0.0), unit)


def _over(numerator: Floats, denominator: Floats) -> Floats:
    safe = np.where(denominator > 0, denominator, 1.0)
    return np.where(denominator > 0, numerator / safe, 0.0)


class Capital:
    """What the gamblers against several models own, one date after the other."""

    def __init__(self, models: int, betting: Betting) -> None:
        self._betting = betting
        self._falls = np.asarray(betting.falls)
        self._at_play = np.zeros((models, len(betting.falls)))
        self._held = np.ones(models)
        self._has_begun = np.zeros(models, dtype=np.bool_)

    @property
    def value(self) -> Floats:
        """The e-value of each model."""
        return np.asarray(self._held + self._at_play.sum(axis=1))

    def restart(self, which: Flags) -> None:
        """Let some begin anew with one unit."""
        self._at_play[which] = 0.0
        self._held[which] = 1.0
        self._has_begun[which] = False

    def bet(self, wagers: Wagers, place: int) -> None:
        """Settle the bets of one date; models without a pick stay as they are."""
        unit, gain, loss = (part[:, place] for part in (wagers.unit, wagers.gain, wagers.loss))
        has_bet = unit > 0
        share = np.where(self._has_begun, self._betting.later, self._betting.first)
        joins = np.where(has_bet, share * self._held, 0.0)
        self._held = self._held - joins
        self._has_begun = self._has_begun | has_bet
        bound = np.where(loss > 0, self._betting.most / np.where(loss > 0, loss, 1.0), np.inf)
        stake = np.minimum(unit[:, None] * self._falls, bound[:, None])
        at_play = self._at_play + joins[:, None] / len(self._falls)
        self._at_play = at_play * (1 + stake * np.where(has_bet, gain, 0.0)[:, None])


def e_values(wagers: Wagers, days: Days, betting: Betting | None = None) -> Floats:
    """Return the e-values after each date, ``models x dates``; they begin anew each season."""
    capital = Capital(len(days.models), betting or Betting())
    values = np.ones(wagers.gain.shape)
    everyone = np.ones(len(days.models), dtype=np.bool_)
    for place, season in enumerate(days.seasons):
        if place and season != days.seasons[place - 1]:
            capital.restart(everyone)
        capital.bet(wagers, place)
        values[:, place] = capital.value
    return values


def hit_rate_alarm(
    picks: pl.DataFrame,
    reference: str = "break_even",
    *,
    alpha: float = ALPHA,
    game_dates: Sequence[date] = (),
) -> pl.DataFrame:
    """Ask every day whether a model still wins as often as its reference says.

    Pushes, voids, picks not graded yet and picks without a reference are no part of it; which
    picks are decided counts as known before they are.

    Args:
        picks, reference, game_dates: as of ``days_of``.
        alpha: the chance that a model at its reference is ever called in a season.

    Returns:
        A row per model and game date: ``model_id, game_date, n`` (of the season so far),
        ``excess`` (hit rate minus reference, of the season so far; null without picks),
        ``e_value`` and ``is_alarm`` (it has reached ``1 / alpha`` this season).
    """
    days = days_of(picks, reference, game_dates)
    values = e_values(against_hit_rate(days), days)
    excess = days.sums["wins"] - days.sums["expected"]
    return _alarms(days, values, days.sums["n"], excess, alpha)


def error_alarm(
    picks: pl.DataFrame,
    gaps: Mapping[str, float],
    *,
    alpha: float = ALPHA,
    game_dates: Sequence[date] = (),
) -> pl.DataFrame:
    """Ask every day whether a model's error still exceeds the line's by no more than stated.

    Args:
        picks, game_dates: as of ``days_of``.
        gaps: by model the mean of |prediction - actual| - |line - actual| it is held against,
            such as that of its held-out rows.
        alpha: as of ``hit_rate_alarm``.

    Returns:
        As ``hit_rate_alarm``; ``excess`` is the mean gap minus the one held against.

    Raises:
        InputError: a model has no gap.
    """
    days = days_of(picks, game_dates=game_dates)
    missing = [name for name in days.models if name not in gaps]
    if missing:
        raise InputError(f"Expected a gap of errors to hold {missing[0]} against, got none.")
    wagers = against_errors(days, np.array([gaps[name] for name in days.models]))
    values = e_values(wagers, days)
    return _alarms(days, values, days.sums["played"], wagers.gain, alpha)


def _alarms(days: Days, values: Floats, n: Floats, excess: Floats, alpha: float) -> pl.DataFrame:
    if not 0 < alpha < 1:
        raise InputError(f"Expected an alpha between 0 and 1; got {alpha:g}.")
    shape = (len(days.models), len(days.dates))
    rows = pl.DataFrame(
        {
            "model_id": np.repeat(np.array(days.models, dtype=object), shape[1]).tolist(),
            "game_date": list(days.dates) * shape[0],
            "_season": np.tile(days.seasons, shape[0]),
            "_on": days.is_on.ravel(),
            "n": n.ravel(),
            "excess": excess.ravel(),
            "e_value": values.ravel(),
        },
        schema_overrides={"model_id": pl.String, "game_date": pl.Date},
    )
    own = ("model_id", "_season")
    so_far = pl.col("n").cum_sum().over(own)
    return (
        rows.with_columns(
            n=so_far.cast(pl.Int64),
            excess=pl.when(so_far > 0).then(pl.col("excess").cum_sum().over(own) / so_far),
            is_alarm=pl.col("e_value").cum_max().over(own) >= 1 / alpha,
        )
        .filter("_on")
        .drop("_season", "_on")
    )
