"""How good predicted distributions are: proper scores, calibration and coverage.

All functions take ``below``, P(count <= k) for k = 0 ... K, one row per player-game.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
# No probability is taken for certain: one wrong certainty would outweigh everything.
LEAST_PROBABILITY = 1e-4


def ranked_probability_score(below: Floats, actual: Floats) -> Floats:
    """Return the CRPS of each row, in the market's unit; that of a sure prediction is its error.

    For counts the integral is a sum (Gneiting and Raftery 2007, equation 20):
    sum over k of (P(count <= k) - 1[actual <= k])^2.
    """
    counts = np.arange(below.shape[1])
    happened = (actual[:, None] <= counts[None, :]).astype(float)
    return np.asarray(((below - happened) ** 2).sum(axis=1))


def log_loss(probability: Floats, happened: npt.NDArray[np.bool_]) -> Floats:
    """Return minus the log of the probability given to what happened, in nats."""
    p = np.clip(probability, LEAST_PROBABILITY, 1 - LEAST_PROBABILITY)
    return np.asarray(-np.where(happened, np.log(p), np.log1p(-p)))


def brier(probability: Floats, happened: npt.NDArray[np.bool_]) -> Floats:
    """Return the squared error of a probability (Brier 1950, one of both outcomes)."""
    return np.asarray((probability - happened) ** 2)


def probability_integral(below: Floats, actual: Floats, bins: int = 10) -> list[float]:
    """Return the share of each bin of the probability integral transform; flat if calibrated.

    The mean histogram for counts (Czado, Gneiting and Held 2009): each row spreads its share evenly
    between P(count < actual) and P(count <= actual).
    """
    rows = np.arange(len(actual))
    at = np.clip(actual.astype(int), 0, below.shape[1] - 1)
    high = below[rows, at]
    low = np.where(at > 0, below[rows, np.maximum(at - 1, 0)], 0.0)
    edges = np.linspace(0, 1, bins + 1)
    width = np.maximum(high - low, 1e-12)
    reached = np.clip((edges[None, :] - low[:, None]) / width[:, None], 0, 1)
    return [round(float(share), 6) for share in np.diff(reached.mean(axis=0))]


def central_interval(below: Floats, level: float) -> tuple[Floats, Floats]:
    """Return the smallest and largest count of the central interval of a level, both included.

    It holds at least ``level`` of the predicted probability: counts can not be cut.
    """
    tail = (1 - level) / 2
    low = (below < tail).sum(axis=1)
    high = (below < 1 - tail).sum(axis=1)
    return low.astype(float), high.astype(float)


def coverage(below: Floats, actual: Floats, level: float) -> dict[str, Any]:
    """Return how often the central interval held what happened, and how often it should have.

    Returns:
        ``level``, ``expected`` (the mean probability that the intervals hold; at least the level,
        as counts can not be cut), ``observed``, ``n`` and ``width`` (mean, in counts).
    """
    low, high = central_interval(below, level)
    rows = np.arange(len(actual))
    before = np.where(low > 0, below[rows, np.maximum(low - 1, 0).astype(int)], 0.0)
    held = (actual >= low) & (actual <= high)
    return {
        "level": level,
        "expected": float(np.mean(below[rows, high.astype(int)] - before)),
        "observed": float(np.mean(held)),
        "n": len(actual),
        "width": float(np.mean(high - low + 1)),
    }


def reliability(
    probability: Floats, happened: npt.NDArray[np.bool_], bins: int = 10
) -> list[dict[str, Any]]:
    """Return predicted and observed shares by tenths of the predicted probability.

    Returns:
        One entry per bin that holds rows: ``from``, ``to``, ``n``, ``predicted``, ``observed``.
    """
    place = np.minimum((probability * bins).astype(int), bins - 1)
    return [
        {
            "from": b / bins,
            "to": (b + 1) / bins,
            "n": int((place == b).sum()),
            "predicted": float(probability[place == b].mean()),
            "observed": float(happened[place == b].mean()),
        }
        for b in range(bins)
        if (place == b).any()
    ]
