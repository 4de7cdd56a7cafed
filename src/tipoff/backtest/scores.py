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


def integral_borders(below: Floats, actual: Floats) -> tuple[Floats, Floats]:
    """Return P(count < actual) and P(count <= actual) of each row."""
    rows = np.arange(len(actual))
    at = np.clip(actual.astype(int), 0, below.shape[1] - 1)
    before = np.where(at > 0, below[rows, np.maximum(at - 1, 0)], 0.0)
    return before, below[rows, at]


def probability_integral(low: Floats, high: Floats, bins: int = 10) -> list[float]:
    """Return the share of each bin of the probability integral transform; flat if calibrated.

    The mean histogram for counts (Czado, Gneiting and Held 2009): each row spreads its share evenly
    between its borders, P(count < actual) and P(count <= actual).
    """
    edges = np.linspace(0, 1, bins + 1)
    width = np.maximum(high - low, 1e-12)
    reached = np.clip((edges[None, :] - low[:, None]) / width[:, None], 0, 1)
    return [round(float(share), 6) for share in np.diff(reached.mean(axis=0))]


def central_interval(below: Floats, level: float) -> tuple[Floats, Floats, Floats]:
    """Return the central interval of each row: its first and last count, both included.

    Returns:
        First counts, last counts, and the predicted probability that lies between them: at least
        the level, as counts can not be cut.
    """
    tail = (1 - level) / 2
    rows = np.arange(len(below))
    low = (below < tail).sum(axis=1)
    high = (below < 1 - tail).sum(axis=1)
    before = np.where(low > 0, below[rows, np.maximum(low - 1, 0)], 0.0)
    return low.astype(float), high.astype(float), below[rows, high] - before


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
