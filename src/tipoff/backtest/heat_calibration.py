"""Calibrate the ceilings: what honest and planted predictions knew, by market, season and lines.

Besides models, rules that can not have leaked are read on the very same rows: averages of earlier
games, the line with what its prices say, and a book's last quote against its first one. A ceiling
is ``MARGIN`` times the surest of all honest readings, in whole per cent, and at least ``FLOOR``.

Whether seasons differ is asked of each rule over the windows that it was read on (Cochran 1954,
"The combination of estimates from different experiments", Biometrics 10(1)), on Fisher's scale,
corrected by Holm for how often it is asked; the spread between windows is that of DerSimonian and
Laird (1986, Controlled Clinical Trials 7(3)).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import atanh, ceil, sqrt, tanh
from typing import Any

import numpy as np
import polars as pl
from scipy.stats import chi2, t

from tipoff.backtest.ceilings import FLOOR, MARGIN, ceiling_of
from tipoff.backtest.grading import line_with_prices
from tipoff.backtest.multiplicity import holm
from tipoff.backtest.statistics import LEVEL
from tipoff.backtest.thermometer import TOO_FEW, temperature
from tipoff.domain.market import Market, market_named

MODEL, PLANTED, LAST_QUOTE = "model", "planted model", "last quote against the first"
DIFFER = 0.05


@dataclass(frozen=True)
class Window:
    """What a reading is of.

    Attributes:
        market: name of the market.
        season: that was graded.
        lines: where the lines came from.
        dates: first and last game date.
        recipe: loss and learner of a model; empty of a rule.
    """

    market: str
    season: str
    lines: str
    dates: str
    recipe: str = ""


def readings(rows: pl.DataFrame, window: Window, *, plant: str) -> list[dict[str, Any]]:
    """Read a run's predictions and, unless it was planted, every rule on the same rows.

    Args:
        rows: graded rows of the run.
        window: what they are of.
        plant: name of the planted fault, or empty.
    """
    own = [reading(rows, window, PLANTED if plant else MODEL)]
    if plant:
        return [r for r in own if r is not None]
    rule = Window(window.market, window.season, window.lines, window.dates)
    rules = {
        "season average": pl.col("season_average"),
        "last 10 games": pl.col("last_10_average"),
        "line with its prices": line_with_prices(),
    }
    own += [
        reading(rows.with_columns(prediction=guess), rule, kind) for kind, guess in rules.items()
    ]
    return [r for r in own if r is not None]


def reading(rows: pl.DataFrame, window: Window, kind: str) -> dict[str, Any] | None:
    """Return what predictions knew; None for too few rows."""
    heat = temperature(rows, market_named(window.market), is_whole=True)
    if heat.verdict == TOO_FEW or heat.low is None:
        return None
    kept = ("share", "low", "high", "n", "dates", "by_mae", "ceiling", "verdict")
    return {
        "market": window.market,
        "season": window.season,
        "lines": window.lines,
        "window": window.dates,
        "recipe": window.recipe,
        "kind": kind,
        # ``dates`` is how many there are.
        **{name: getattr(heat, name) for name in kept},
    }


def markets_of(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the calibration of each market, from its readings.

    Returns:
        For each: ``market, readings, windows, lines, honest`` (``share`` from and to, ``low``: the
        highest lower end, and what it was), ``planted`` (the lowest lower end), ``seasons`` (the
        same per season, with the ceiling each would have), ``differences`` (one per rule),
        ``seasons_differ``, ``derived`` (the ceiling by the rule), ``ceiling`` (in use), ``above``
        (honest readings quarantined) and ``missed`` (planted ones not).
    """
    found = [_market(list(own)) for _, own in _by(rows, "market")]
    tests = [d for market in found for d in market["differences"]]
    adjusted = holm([d["p_value"] for d in tests])
    for test, p in zip(tests, adjusted, strict=True):
        test["holm"] = round(p, 10)
    for market in found:
        market["seasons_differ"] = [
            f"{d['kind']} {d['recipe']}".strip()
            for d in market["differences"]
            if d["holm"] <= DIFFER
        ]
    return found


def _by(rows: Iterable[Mapping[str, Any]], *names: str) -> Any:
    def key(row: Mapping[str, Any]) -> tuple[Any, ...]:
        return tuple(row[name] for name in names)

    return groupby(sorted(rows, key=key), key=key)


def _market(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    honest = [r for r in rows if r["kind"] != PLANTED]
    planted = [r for r in rows if r["kind"] == PLANTED]
    market: Market = market_named(rows[0]["market"])
    ceiling = ceiling_of(market)
    seasons = [{"season": season, **_surest(list(own))} for (season,), own in _by(honest, "season")]
    surest = _surest(honest)
    return {
        "market": market.name,
        "readings": len(honest),
        "windows": len({_place(r) for r in honest}),
        "lines": sum({_place(r): r["n"] for r in honest if r["kind"] == MODEL}.values()),
        "honest": surest,
        "planted": {
            "readings": len(planted),
            "share": min((r["share"] for r in planted), default=None),
            "low": min((r["low"] for r in planted), default=None),
        },
        "seasons": seasons,
        "differences": _differences(honest),
        "derived": surest["ceiling"],
        "ceiling": ceiling,
        "above": [_place(r) for r in honest if r["low"] > ceiling],
        "missed": [_place(r) for r in planted if r["low"] <= ceiling],
    }


def _place(row: Mapping[str, Any]) -> str:
    return f"{row['season']}, {row['lines']}, {row['window']}"


def _surest(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Say what is known at most, and the ceiling that follows."""
    if not rows:
        return {"share": None, "low": None, "of": None, "ceiling": FLOOR}
    top = max(rows, key=lambda r: (r["low"], r["kind"], r["recipe"]))
    return {
        "share": [min(r["share"] for r in rows), max(r["share"] for r in rows)],
        "low": top["low"],
        "of": f"{top['kind']} {top['recipe']}".strip() + f", {_place(top)}",
        "ceiling": derived(top["low"]),
    }


def derived(low: float) -> float:
    """Return the ceiling over the surest honest reading."""
    # What is a whole per cent but for rounding stays one.
    return max(FLOOR, ceil(round(100 * MARGIN * low, 9)) / 100)


def _differences(honest: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    found = []
    for (kind, recipe), own in _by(honest, "kind", "recipe"):
        test = between(list(own))
        if test is not None:
            found.append({"kind": kind, "recipe": recipe, **test})
    return found


def between(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """Ask whether readings of several windows are of one and the same share.

    Args:
        rows: readings of one rule; None for fewer than two windows.

    Returns:
        ``windows, q, p_value``, ``i2`` (share of the spread that chance does not explain),
        ``share`` (of all together) and ``next`` (where a further window's share would lie at most,
        with 95 % certainty; None for two windows).
    """
    if len(rows) < 2:
        return None
    z = np.array([_z(r["share"]) for r in rows])
    error = np.array([_error(r) for r in rows])
    weight, freedom = 1 / error**2, len(rows) - 1
    centre = float(weight @ z / weight.sum())
    q = float(weight @ (z - centre) ** 2)
    scale = float(weight.sum() - (weight**2).sum() / weight.sum())
    spread = max(0.0, (q - freedom) / scale)
    weight = 1 / (error**2 + spread)
    centre = float(weight @ z / weight.sum())
    reach = None
    if freedom > 1:
        further = float(t.ppf((1 + LEVEL) / 2, freedom - 1)) * sqrt(spread + 1 / weight.sum())
        reach = round(_share(centre + further), 10)
    return {
        "windows": len(rows),
        "q": round(q, 10),
        "p_value": float(chi2.sf(q, freedom)),
        "i2": round(max(0.0, (q - freedom) / q), 10) if q else 0.0,
        "share": round(_share(centre), 10),
        "next": reach,
    }


def _z(share: float) -> float:
    return atanh(max(-1 + 1e-9, min(1 - 1e-9, sqrt(abs(share)) * (1 if share >= 0 else -1))))


def _share(z: float) -> float:
    return tanh(z) * abs(tanh(z))


def _error(row: Mapping[str, Any]) -> float:
    width = _z(row["high"]) - _z(row["low"])
    return width / (2 * float(t.ppf((1 + LEVEL) / 2, row["dates"] - 1)))
