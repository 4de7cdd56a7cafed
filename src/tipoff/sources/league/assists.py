"""Who assisted whom: each of a team's makes gets one of its assists, or none.

Nobody assists himself or somebody with whom he was never on the floor.
"""

import numpy as np
import polars as pl

from tipoff.sources.league.floor import joint
from tipoff.sources.league.rosters import Floats, Ints

_TRIES = 60
NOBODY = -1


def assisted(rng: np.random.Generator, makes: pl.DataFrame, played: pl.DataFrame) -> Ints:
    """Deal a team's assists to its makes.

    Args:
        rng: source of chance.
        makes: ``line`` of the shooter and ``side``, the number of the team's game, by side.
        played: ``line, side, arc, arc_seconds, game_seconds, assists`` of all who played.

    Returns:
        The line of who assisted each make; ``NOBODY`` where nobody did. An assist that no try
        places is left out; that is rarer than one game in a thousand.
    """
    arcs = _by_line(played)
    given = played.filter(pl.col("assists") > 0)
    tokens = given.select(pl.col("line", "side").repeat_by("assists").explode())
    side = makes["side"].to_numpy()
    order = np.lexsort((rng.random(len(side)), side))
    dealt = np.full(len(side), NOBODY, dtype=np.int64)
    # The assists of a side are its first tokens; the makes that they fall on come by chance.
    begins = np.searchsorted(side, tokens["side"].to_numpy())
    nth = tokens.select(pl.int_range(pl.len()).over("side")).to_series().to_numpy()
    dealt[order[begins + nth]] = tokens["line"].to_numpy()
    return _repaired(rng, makes["line"].to_numpy(), side, dealt, arcs)


def _by_line(played: pl.DataFrame) -> Ints:
    """Arc, its length and the circle's by line."""
    columns = ["arc", "arc_seconds", "game_seconds"]
    line = played["line"].to_numpy()
    arcs = np.zeros((line.max() + 1, len(columns)), dtype=np.int64)
    arcs[line] = played.select(columns).to_numpy()
    return arcs


def meets(shooter: Ints, passer: Ints, arcs: Ints) -> np.ndarray:
    """Whether one can assist the other; nobody can always."""
    one, other = arcs[shooter], arcs[np.maximum(passer, 0)]
    _, first, second = joint(one[:, 0], one[:, 1], other[:, 0], other[:, 1], one[:, 2])
    return np.asarray((passer == NOBODY) | ((passer != shooter) & (first + second > 0)))


def _repaired(rng: np.random.Generator, shooter: Ints, side: Ints, dealt: Ints, arcs: Ints) -> Ints:
    """Exchange what does not fit with other makes of the side, until all does."""
    begins = np.searchsorted(side, side)
    counts = np.searchsorted(side, side, side="right") - begins
    for _ in range(_TRIES):
        wrong = np.flatnonzero(~meets(shooter, dealt, arcs))
        if not len(wrong):
            return dealt
        other = begins[wrong] + (rng.random(len(wrong)) * counts[wrong]).astype(np.int64)
        fits = meets(shooter[wrong], dealt[other], arcs) & meets(shooter[other], dealt[wrong], arcs)
        one, two = wrong[fits], other[fits]
        # A make takes part in one exchange at a time.
        both = np.concatenate([one, two])
        _, first = np.unique(both, return_index=True)
        is_first = np.zeros(len(both), dtype=bool)
        is_first[first] = True
        free = is_first[: len(one)] & is_first[len(one) :]
        one, two = one[free], two[free]
        dealt[one], dealt[two] = dealt[two], dealt[one]
    return np.where(meets(shooter, dealt, arcs), dealt, NOBODY)


def moments(chance: Floats, shooter: Ints, passer: Ints, played: pl.DataFrame) -> Ints:
    """Return a second of the circle at which the shooter, and who assisted him, are on the floor.

    Args:
        chance: from 0 to 1, one per shot.
        shooter: lines.
        passer: lines, or ``NOBODY``.
        played: as for ``assisted``.
    """
    arcs = _by_line(played)
    one, other = arcs[shooter], arcs[np.maximum(passer, 0)]
    alone = passer == NOBODY
    after, first, second = joint(one[:, 0], one[:, 1], other[:, 0], other[:, 1], one[:, 2])
    whole = np.where(alone, one[:, 1], first + second)
    at = np.floor(chance * whole).astype(np.int64)
    since = np.where(alone | (at >= first), at - np.where(alone, 0, first), after + at)
    return np.asarray((one[:, 0] + since) % one[:, 2])
