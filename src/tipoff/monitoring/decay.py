"""How a model is doing: HEALTHY, WATCH, DEGRADING, BLOCKED, or INSUFFICIENT to say.

States are entered through evidence that may be looked at every day (``alarms``), never through
rolling numbers, which would call a good model sooner or later. In a season, a model that is at its
reference is ever in

* WATCH or worse with a chance of at most 20 %: it informs, nothing follows from it;
* DEGRADING or worse with at most 10 %: it informs, somebody should look;
* BLOCKED with at most 5 %: its picks are not to be published. This alone has consequences.

Rolling numbers decide the way back and whether there is enough to say anything. Method, formulas
and figures: docs/decisions/decay.md.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from tipoff.backtest.resampling import Codes, Floats
from tipoff.domain.seasons import season_of
from tipoff.monitoring.alarms import (
    Betting,
    Capital,
    Flags,
    against_errors,
    against_hit_rate,
    on_hit_rate,
)
from tipoff.monitoring.days import Days, days_of
from tipoff.monitoring.reasons import reason
from tipoff.monitoring.rolling import LONGEST, Windows, rolling, windows
from tipoff.monitoring.rules import (
    BLOCKED,
    DEGRADING,
    HEALTHY,
    INSUFFICIENT,
    STATES,
    WATCH,
    Rules,
)


@dataclass(frozen=True)
class Scan:
    """States and evidence of every model after every date, ``models x dates``.

    Attributes:
        state: place in ``STATES``.
        since: game dates in the state, this one included.
        below: game dates in a row whose 14-day hit rate is below its reference.
        hit, gap: e-values against the hit rate and against the error; the gap's is not a number
            where no gap was stated.
        evidence: the e-value that decides: that of the hit rate, or the mean of both.
        recovery: e-value that a blocked model wins more than its reference; else not a number.
    """

    state: Codes
    since: Codes
    below: Codes
    hit: Floats
    gap: Floats
    evidence: Floats
    recovery: Floats


def decay(
    picks: pl.DataFrame,
    gaps: Mapping[str, float] | None = None,
    *,
    reference: str = "break_even",
    game_dates: Sequence[date] = (),
    rules: Rules | None = None,
) -> pl.DataFrame:
    """Say of each model after each game date how it is doing.

    Args:
        picks, reference, game_dates: as of ``days.days_of``.
        gaps: by model the mean of |prediction - actual| - |line - actual| that its error is held
            against, such as that of its held-out rows. Half of the evidence then rests on errors;
            a model without one is judged by its hit rate alone.
        rules: when states change.

    Returns:
        A row per model and game date from the model's first pick on, sorted by both: ``model_id,
        season, game_date``, the numbers of ``rolling.rolling``, ``days_below``, ``hit_e_value,
        gap_e_value, e_value, recovery_e_value, state, days_in_state`` (game dates) and ``reason``,
        a sentence. E-values are of the season so far. A row depends on no later one.

    Raises:
        InputError: as of ``days_of``.
    """
    rules = rules or Rules()
    days = days_of(picks, reference, game_dates)
    found = windows(days)
    scanned = scan(found, gaps or {}, rules)
    shape = (len(days.models), len(days.dates))
    rows = pl.DataFrame(
        {
            "model_id": [name for name in days.models for _ in days.dates],
            "season": [season_of(day) for day in days.dates] * shape[0],
            "game_date": list(days.dates) * shape[0],
        },
        schema={"model_id": pl.String, "season": pl.String, "game_date": pl.Date},
    )
    judged = pl.DataFrame(
        {
            "days_below": scanned.below.ravel(),
            "hit_e_value": scanned.hit.ravel(),
            "gap_e_value": scanned.gap.ravel(),
            "e_value": scanned.evidence.ravel(),
            "recovery_e_value": scanned.recovery.ravel(),
            "state": np.array(STATES)[scanned.state.ravel()].tolist(),
            "days_in_state": scanned.since.ravel(),
            "_picks": found.total("picks", LONGEST).ravel(),
            "_dates": found.dates(LONGEST).ravel(),
            "_on": days.is_on.ravel(),
        },
        schema_overrides={"state": pl.String},
    ).with_columns(pl.col(pl.Float64).fill_nan(None))
    told = pl.concat([rows, rolling(found), judged], how="horizontal").filter("_on")
    return told.with_columns(reason=reason(rules)).drop("_picks", "_dates", "_on")


class _Evidence:
    """What is betted against and on every model while it is scanned."""

    def __init__(self, days: Days, gaps: Mapping[str, float]) -> None:
        stated = np.array([gaps.get(name, np.nan) for name in days.models], dtype=np.float64)
        self._has_gap = np.isfinite(stated)
        self._wagers = (
            against_hit_rate(days),
            against_errors(days, np.where(self._has_gap, stated, 0.0)),
            on_hit_rate(days),
        )
        self._fall, self._error, self._rise = (
            Capital(len(days.models), Betting()) for _ in self._wagers
        )

    def bet(self, place: int) -> None:
        capitals = (self._fall, self._error, self._rise)
        for capital, wagers in zip(capitals, self._wagers, strict=True):
            capital.bet(wagers, place)

    def accuse_anew(self, which: Flags) -> None:
        self._fall.restart(which)
        self._error.restart(which)

    def defend_anew(self, which: Flags) -> None:
        self._rise.restart(which)

    @property
    def hit(self) -> Floats:
        return self._fall.value

    @property
    def gap(self) -> Floats:
        return np.where(self._has_gap, self._error.value, np.nan)

    @property
    def against(self) -> Floats:
        """The mean of two e-values is one, however they depend on each other."""
        both = (self._fall.value + self._error.value) / 2
        return np.where(self._has_gap, both, self._fall.value)

    @property
    def recovery(self) -> Floats:
        return self._rise.value


def scan(found: Windows, gaps: Mapping[str, float], rules: Rules) -> Scan:
    """Go through the dates once, all models side by side.

    Args:
        found: sums of windows.
        gaps, rules: as of ``decay``.
    """
    days = found.days
    evidence = _Evidence(days, gaps)
    says = _rolling_says(found, rules)
    models = len(days.models)
    state, since, below = (np.zeros(models, dtype=np.int64) for _ in range(3))
    codes: list[tuple[Codes, Codes, Codes]] = []
    values: list[tuple[Floats, Floats, Floats, Floats]] = []
    for place, season in enumerate(days.seasons):
        if place and season != days.seasons[place - 1]:
            evidence.accuse_anew(np.ones(models, dtype=np.bool_))
            is_kept = state == BLOCKED
            state, since = np.where(is_kept, state, INSUFFICIENT), np.where(is_kept, since, 0)
            below = np.zeros_like(below)
        evidence.bet(place)
        is_enough, is_calm, is_below = (part[:, place] for part in says)
        after = _after(state, since, evidence.against, is_enough, is_calm, rules)
        is_cured = (state == BLOCKED) & (evidence.recovery >= 1 / rules.blocked)
        after = np.where(is_cured, WATCH, after)
        evidence.accuse_anew(is_cured)
        evidence.defend_anew((state != BLOCKED) | is_cured)
        since = np.where(days.is_on[:, place], np.where(after == state, since + 1, 1), 0)
        below = np.where(is_below, below + 1, 0)
        state = after
        recovery = np.where(state == BLOCKED, evidence.recovery, np.nan)
        codes.append((state, since, below))
        values.append((evidence.hit, evidence.gap, evidence.against, recovery))
    states = np.array(codes, dtype=np.int64).reshape(len(codes), 3, models)
    numbers = np.array(values, dtype=np.float64).reshape(len(values), 4, models)
    by_state = (states[:, 0].T, states[:, 1].T, states[:, 2].T)
    hit, gap, against, recovery = (numbers[:, i].T for i in range(4))
    return Scan(*by_state, hit, gap, against, recovery)


def _after(
    state: Codes, since: Codes, evidence: Floats, is_enough: Flags, is_calm: Flags, rules: Rules
) -> Codes:
    """The state after a date: up at once, down one step at a time, never out of BLOCKED."""
    reached = np.select(
        [evidence >= 1 / chance for chance in (rules.blocked, rules.degrading, rules.watch)],
        [BLOCKED, DEGRADING, WATCH],
        INSUFFICIENT,
    )
    has_stayed = since >= rules.stay
    is_warned = (state == WATCH) | (state == DEGRADING)
    is_quiet = is_warned & has_stayed & is_enough & is_calm & (evidence <= rules.calm)
    after = np.where(is_quiet, state - 1, state)
    after = np.where((state == HEALTHY) & ~is_enough, INSUFFICIENT, after)
    after = np.where((state == INSUFFICIENT) & has_stayed & is_enough, HEALTHY, after)
    return np.asarray(np.maximum(after, reached), dtype=np.int64)


def _rolling_says(found: Windows, rules: Rules) -> tuple[Flags, Flags, Flags]:
    """Whether there is enough to be healthy; whether the rate has reached its reference, or not."""
    picks = found.total("picks", LONGEST)
    missing = found.total("missing", LONGEST)
    is_enough = (
        (found.total("n", LONGEST) >= rules.fewest_picks)
        & (found.dates(LONGEST) >= rules.fewest_dates)
        & (found.total("n", rules.idle) > 0)
        & (missing <= rules.most_missing * picks)
    )
    n = found.total("n", rules.rate_window)
    ahead = found.total("wins", rules.rate_window) - found.total("expected", rules.rate_window)
    return is_enough, (n > 0) & (ahead >= 0), (n > 0) & (ahead < 0)
