"""The leak thermometer: how much of the outcome's surprise a set of predictions knew.

The surprise is what happened minus the line; what a prediction says of it is its distance from the
line. The share known is the square of their correlation, whatever the predictions are scaled by,
negative where they point the wrong way. Its interval leaves out one game date at a time, on
Fisher's scale; its lower end also on that scale up to half of the surprise, since leaving out the
one date on which a copy of the results was spoilt goes towards infinity. Above a ceiling that no
honest predictions have reached (``ceilings``) the result is quarantined
(docs/decisions/thermometer.md). What published numbers alone say is in ``number_heat``.
"""

from dataclasses import dataclass
from math import sqrt

import numpy as np
import polars as pl
from scipy.optimize import brentq
from scipy.stats import norm, t

from tipoff.backtest.ceilings import ceiling_of
from tipoff.backtest.resampling import Floats, cluster_sums, left_out_variance
from tipoff.backtest.statistics import LEVEL
from tipoff.domain.market import Market
from tipoff.errors import InputError

QUARANTINED, WARM, PLAUSIBLE, TOO_FEW = "quarantined", "warm", "plausible", "too few rows"
# Above this part of the ceiling, as surely, a result is remarkable but not beyond belief.
WARM_SHARE = 0.5
FEWEST_ROWS, FEWEST_DATES = 50, 5
# Half of the surprise is far beyond every ceiling: nothing turns on how much more was known.
_BEYOND = float(np.arctanh(sqrt(0.5)))


@dataclass(frozen=True)
class Temperature:
    """What predictions knew.

    Attributes:
        share: share of the surprise's variance known, negative where it points the wrong way.
        low, high: its 95 % interval; None for too few dates.
        slope: units that what happened lies off the line per unit of edge.
        n, dates: rows with a prediction, a line and a result, and their game dates.
        by_mae: least share known by the ratio of errors; None where it says nothing.
        at_least: the edge that every row has where only picks were kept, else 0.
        in_file: the share as the file's own rows show it, before that is allowed for.
        ceiling: the bound for ``low``.
        verdict: quarantined, warm, plausible or too few rows.
    """

    share: float | None
    low: float | None
    high: float | None
    slope: float | None
    n: int
    dates: int
    by_mae: float | None
    at_least: float
    in_file: float | None
    ceiling: float
    verdict: str


def temperature(
    rows: pl.DataFrame, market: Market, *, is_sided: bool = False, is_whole: bool = False
) -> Temperature:
    """Return how much of the surprise predictions knew.

    Args:
        rows: ``game_date, prediction, line, actual``; rows that lack one are left out.
        market: the market that was predicted.
        is_sided: predictions are sides only, so that all edges are of one size.
        is_whole: no row was left out for its edge.
    """
    ceiling = ceiling_of(market)
    known = rows.select(
        "game_date",
        edge=pl.col("prediction") - pl.col("line"),
        surprise=pl.col("actual") - pl.col("line"),
    ).drop_nulls()
    dates = known["game_date"].n_unique()
    codes = (known["game_date"].rank("dense").cast(pl.Int64) - 1).to_numpy()
    edge, surprise = (known[name].to_numpy().astype(np.float64) for name in ("edge", "surprise"))
    if not edge.size or not edge.std() or not surprise.std():
        return Temperature(
            None, None, None, None, known.height, dates, None, 0.0, None, ceiling, TOO_FEW
        )
    sums = cluster_sums(codes, _products(edge, surprise))
    r, low, high = _correlation(sums)
    at_least = 0.0 if is_sided or is_whole else _cut(edge, market)
    shrink = _population(edge, at_least) if at_least else 1.0
    found = [None if v is None else _thinned(v, shrink) for v in (r, low, high)]
    model, line = np.abs(surprise - edge).mean(), np.abs(surprise).mean()
    return Temperature(
        share=found[0],
        low=found[1],
        high=found[2],
        slope=float(_slope(sums.sum(axis=0))),
        n=known.height,
        dates=dates,
        by_mae=None if is_sided else share_by_mae(float(model), float(line)),
        at_least=at_least,
        in_file=_signed(r),
        ceiling=ceiling,
        verdict=_verdict(found[1], known.height, dates, ceiling),
    )


def _verdict(low: float | None, n: int, dates: int, ceiling: float) -> str:
    if low is None or n < FEWEST_ROWS or dates < FEWEST_DATES:
        return TOO_FEW
    if low > ceiling:
        return QUARANTINED
    return WARM if low > WARM_SHARE * ceiling else PLAUSIBLE


def _products(edge: Floats, surprise: Floats) -> Floats:
    one = np.ones_like(edge)
    columns = (one, edge, surprise, edge * edge, surprise * surprise, edge * surprise)
    return np.column_stack(columns)


def _fisher(sums: Floats) -> Floats:
    """Return Fisher's z of the correlation from sums of ``_products``."""
    n, x, y, xx, yy, xy = np.moveaxis(sums, -1, 0)
    spread = np.sqrt(np.maximum(xx - x * x / n, 0) * np.maximum(yy - y * y / n, 0))
    with np.errstate(divide="ignore", invalid="ignore"):
        r = (xy - x * y / n) / spread
    return np.asarray(np.arctanh(np.clip(r, -1 + 1e-12, 1 - 1e-12)))


def _slope(sums: Floats) -> float:
    n, x, y, xx, _, xy = sums
    return float((xy - x * y / n) / (xx - x * x / n))


def _correlation(sums: Floats) -> tuple[float, float | None, float | None]:
    z = float(_fisher(sums.sum(axis=0)))
    if len(sums) < FEWEST_DATES:
        return float(np.tanh(z)), None, None
    error = sqrt(left_out_variance(sums, _fisher))
    if not np.isfinite(error):
        return float(np.tanh(z)), None, None
    wide = float(t.ppf((1 + LEVEL) / 2, len(sums) - 1))
    half = wide * error
    # A lower bound of the lesser of a value and a constant is one of the value.
    low = max(z - half, min(z, _BEYOND) - wide * sqrt(left_out_variance(sums, _fisher_to_half)))
    return float(np.tanh(z)), float(np.tanh(low)), float(np.tanh(z + half))


def _fisher_to_half(sums: Floats) -> Floats:
    return np.minimum(_fisher(sums), _BEYOND)


def _signed(r: float) -> float:
    return r * abs(r)


def _cut(edge: Floats, market: Market) -> float:
    """Return the edge that every row has, where a file seems to keep its picks only."""
    least = float(np.abs(edge).min())
    return least if least >= market.edges[0] else 0.0


def _population(edge: Floats, least: float) -> float:
    """Return the variance of all edges over that of those kept, if all were normal around zero.

    Of a normal variable that is kept beyond a bound only, the mean square is
    ``s^2 (1 + z phi(z) / (1 - Phi(z)))`` with ``z = least / s`` (Johnson, Kotz and Balakrishnan
    1994, section 10.1): that is solved for ``s``.
    """
    kept = float((edge**2).mean())

    def excess(s: float) -> float:
        z = least / s
        return float(s * s * (1 + z * np.exp(norm.logpdf(z) - norm.logsf(z))) - kept)

    lowest = least / 30
    if excess(lowest) > 0:
        return lowest**2 / kept
    return float(brentq(excess, lowest, sqrt(kept) * 1.000001)) ** 2 / kept


def _thinned(r: float, shrink: float) -> float:
    """Return the signed share after the edges' variance is shrunk and all else is kept."""
    # An interval's end may be rounded to one where but a few rows are not the results.
    if r * r >= 1:
        return float(np.sign(r))
    odds = shrink * r * r / (1 - r * r)
    return float(np.sign(r) * odds / (1 + odds))


def share_by_mae(mae: float, line_mae: float) -> float | None:
    """Return the least share of the surprise known by predictions of this error.

    None where they err as much as the line: that says nothing.
    """
    if line_mae <= 0:
        raise InputError(f"Expected the line's error above zero, got {line_mae:g}.")
    ratio = mae / line_mae
    return 1 - ratio * ratio if ratio < 1 else None
