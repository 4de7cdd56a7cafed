"""Feature drift: do today's rows look like those that a model was trained on?

The measure is the population stability index over tenths of the training rows, nulls being a bin of
their own: ``sum (q - p) ln(q / p)`` with p the shares of training and q those of today. Its fixed
thresholds of 0.1 and 0.25 know nothing of how many rows there are. For ``n`` independent rows and B
bins it is about ``chi-square(B - 1) / n`` without any drift (Yurdakul and Naranjo 2020,
"Statistical properties of the population stability index"). Rows are not independent: a player's
averages hardly change from date to date, a slate shares its teams, a season has its course. So the
training rows themselves say how much a stretch of ``block_dates`` game dates differs from the
whole: the index of each stretch gives what is expected on top of ``1 / n`` and how much it varies.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.stats import f, t

from tipoff.backtest.resampling import Codes, Floats, left_out_variance
from tipoff.backtest.statistics import LEVEL
from tipoff.errors import InputError
from tipoff.monitoring.verdicts import (
    ALPHA,
    DRIFTED,
    FEWEST_ROWS,
    INSUFFICIENT,
    SHIFTED,
    STABLE,
    corrected,
    refuse_without,
)

BINS = 10
BLOCK_DATES = 14
FEWEST_BLOCKS = 5
# The stretches that the first one which is compared has before it.
_AT_FIRST = 2
# An index beyond the expected one from which a shift is called drift: the usual "some change".
MATERIAL = 0.1
# So many rows with values that training has never seen are drift, whatever the bins say.
MOST_OUTSIDE = 0.05
_SCHEMA: dict[str, Any] = {
    "feature": pl.String,
    "n": pl.Int64,
    "dates": pl.Int64,
    "psi": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "expected_psi": pl.Float64,
    "p_value": pl.Float64,
    "corrected_p": pl.Float64,
    "null_share": pl.Float64,
    "reference_null_share": pl.Float64,
    "outside_share": pl.Float64,
    "state": pl.String,
    "sentence": pl.String,
}


def reference_of(
    rows: pl.DataFrame, features: Sequence[str], *, block_dates: int = BLOCK_DATES
) -> dict[str, Any]:
    """Sum up training rows, so that later rows can be held against them.

    Args:
        rows: the training rows, with ``game_date`` and the features (numbers or booleans).
        features: names of the columns.
        block_dates: game dates of a stretch; later windows should have about as many.

    Returns:
        What can be kept as JSON: ``rows, dates, block_dates`` and by feature ``edges`` (upper ends
        of all bins but the last), ``shares`` (of bins, that of nulls last), ``null_share``,
        ``lowest, highest``, ``between`` (index per degree of freedom that stretches have beyond
        1 / n) and ``freedom`` (degrees of freedom of an index).

    Raises:
        InputError: a column lacks, or there are fewer than five stretches.
    """
    refuse_without(rows, ["game_date", *features], "training rows")
    dates = rows["game_date"].n_unique()
    blocks = dates // block_dates if block_dates > 0 else 0
    if blocks < FEWEST_BLOCKS:
        raise InputError(
            f"Expected training rows of {FEWEST_BLOCKS} stretches of {block_dates} game dates or "
            f"more, got {dates} game dates; train on more or state shorter stretches."
        )
    block = np.minimum(_codes(rows) // block_dates, blocks - 1)
    return {
        "rows": rows.height,
        "dates": dates,
        "block_dates": block_dates,
        "features": {name: _kept(_values(rows, name), block) for name in features},
    }


def _codes(rows: pl.DataFrame) -> Codes:
    return (rows["game_date"].rank("dense").cast(pl.Int64) - 1).to_numpy()


def _values(rows: pl.DataFrame, name: str) -> Floats:
    """Values of a feature, not a number where it is null."""
    return rows[name].cast(pl.Float64).fill_null(float("nan")).to_numpy()


def _kept(values: Floats, block: Codes) -> dict[str, Any]:
    known = values[np.isfinite(values)]
    tenths = np.arange(1, BINS) / BINS
    cuts = np.quantile(known, tenths, method="inverted_cdf") if known.size else np.empty(0)
    edges = np.unique(cuts)
    counts = _counts(values, edges, block)
    whole = counts.sum(axis=0)
    shares = _smooth(whole, np.full(whole.size, 1 / whole.size))
    used = _degrees(shares, whole)
    before, after = np.cumsum(counts, axis=0)[_AT_FIRST - 1 : -1], counts[_AT_FIRST:]
    per_degree = index(_smooth(before, shares), after) / used
    by_chance = 1 / after.sum(axis=1) + 1 / before.sum(axis=1)
    between = max(0.0, float((per_degree - by_chance).mean()))
    ratios = per_degree / (by_chance + between)
    variance = float(ratios.var(ddof=1))
    return {
        "edges": edges.tolist(),
        "shares": shares.tolist(),
        "null_share": float(whole[-1] / whole.sum()),
        "lowest": float(known.min()) if known.size else None,
        "highest": float(known.max()) if known.size else None,
        "between": between,
        "freedom": float(np.clip(2 / variance if variance > 0 else used, 1.0, used)),
        "used": used,
        # What came before them is the same in part, so that they are worth one less.
        "stretches": len(after) - 1,
    }


def _counts(values: Floats, edges: npt.ArrayLike, codes: Codes) -> Floats:
    """Rows by cluster and bin; the last bin is that of nulls."""
    bins = np.asarray(edges).size + 2
    place = np.where(np.isnan(values), bins - 1, np.searchsorted(edges, values, side="left"))
    found = np.bincount(codes * bins + place, minlength=(int(codes.max(initial=-1)) + 1) * bins)
    return found.reshape(-1, bins).astype(np.float64)


def _smooth(counts: Floats, towards: Floats) -> Floats:
    """Shares with one row more, spread as ``towards``: an empty bin is no proof of nothing."""
    total = counts.sum(axis=-1, keepdims=True)
    return np.asarray((counts + towards) / (total + 1))


def _degrees(shares: Floats, whole: Floats) -> int:
    return max(1, int((whole > 0).sum()) - 1) if shares.size else 1


def index(shares: Floats, counts: Floats) -> Floats:
    """Return the population stability index of counts against shares (bins are the last axis)."""
    now = _smooth(counts, shares)
    return np.asarray(((now - shares) * np.log(now / shares)).sum(axis=-1))


def feature_drift(
    reference: Mapping[str, Any], rows: pl.DataFrame, *, looks: int = 1
) -> pl.DataFrame:
    """Hold rows against the training rows, feature by feature.

    Args:
        reference: what ``reference_of`` returned.
        rows: later rows with ``game_date``, of about ``block_dates`` game dates.
        looks: how often in a season this is asked; see ``verdicts``.

    Returns:
        A row per feature of the reference, in its order: ``feature, n, dates, psi`` with its 95 %
        interval ``low, high`` (game dates left out), ``expected_psi`` (without drift, for so many
        rows), ``p_value``, ``corrected_p`` (for all features and looks), ``null_share``,
        ``reference_null_share``, ``outside_share`` (of rows whose value is outside of training's),
        ``state`` and ``sentence``. STABLE; SHIFTED: beyond chance but small; DRIFTED: beyond
        chance and ``psi`` exceeds the expected one by 0.1, or 5 % lie outside of the range, or
        rows have no such column; INSUFFICIENT: fewer than 50 rows or half a stretch's dates.
    """
    refuse_without(rows, ["game_date"], "rows")
    codes = _codes(rows)
    dates = rows["game_date"].n_unique()
    is_enough = rows.height >= FEWEST_ROWS and 2 * dates >= int(reference["block_dates"])
    found = [
        _compared(name, kept, reference["rows"], _values(rows, name), codes)
        if name in rows.columns and rows.height
        else {"feature": name, "n": 0, "reference_null_share": kept["null_share"]}
        for name, kept in reference["features"].items()
    ]
    p_values = corrected([one.get("p_value") if is_enough else None for one in found], looks)
    told = []
    for one, corrected_p in zip(found, p_values, strict=True):
        whole = {**dict.fromkeys(_SCHEMA), **one, "dates": dates, "corrected_p": corrected_p}
        is_there = one["feature"] in rows.columns
        state = _state(whole, is_enough) if is_there else DRIFTED
        told.append({**whole, "state": state, "sentence": _sentence(whole, state, is_there)})
    return pl.DataFrame(told, schema=_SCHEMA)


def _compared(
    name: str, kept: Mapping[str, Any], rows: int, values: Floats, codes: Codes
) -> dict[str, Any]:
    shares = np.array(kept["shares"])
    counts = _counts(values, kept["edges"], codes)
    n, dates = values.size, len(counts)
    psi = float(index(shares, counts.sum(axis=0)))
    low = high = None
    if dates >= 2:
        variance = left_out_variance(counts, lambda sums: index(shares, sums))
        half = float(t.ppf((1 + LEVEL) / 2, dates - 1)) * variance**0.5
        low, high = max(0.0, psi - half), psi + half
    expected = float(kept["used"] * (1 / n + 1 / rows + kept["between"]))
    freedom, known = kept["freedom"], values[~np.isnan(values)]
    outside = (
        (known < kept["lowest"]) | (known > kept["highest"])
        if kept["lowest"] is not None
        else np.ones(known.size, dtype=np.bool_)
    )
    return {
        "feature": name,
        "n": n,
        "psi": psi,
        "low": low,
        "high": high,
        "expected_psi": expected,
        "p_value": float(f.sf(psi / expected, freedom, freedom * kept["stretches"])),
        "null_share": float(np.isnan(values).mean()),
        "reference_null_share": kept["null_share"],
        "outside_share": float(outside.sum() / n),
    }


def _state(one: Mapping[str, Any], is_enough: bool) -> str:
    if not is_enough:
        return INSUFFICIENT
    if (one["outside_share"] or 0.0) >= MOST_OUTSIDE:
        return DRIFTED
    if one["corrected_p"] > ALPHA:
        return STABLE
    return DRIFTED if one["psi"] - one["expected_psi"] >= MATERIAL else SHIFTED


def _sentence(one: Mapping[str, Any], state: str, is_there: bool) -> str:
    name = one["feature"]
    if not is_there:
        return f"{name}: the rows have no such column."
    if state == INSUFFICIENT:
        return (
            f"{name}: {one['n']} rows of {one['dates']} game dates are too few to say; at least "
            f"{FEWEST_ROWS} of half a stretch are needed."
        )
    nulls = f"{one['null_share']:.1%} null, {one['reference_null_share']:.1%} in training"
    outside = one["outside_share"] or 0.0
    beyond = f"; {outside:.1%} outside of training's range" if outside >= MOST_OUTSIDE else ""
    return (
        f"{name}: index {one['psi']:.3f} where {one['expected_psi']:.3f} is expected of {one['n']} "
        f"rows without drift (corrected p {one['corrected_p']:.2g}); {nulls}{beyond}."
    )
