"""How much of a load may be unknown: limits by kind, and the rule by which a load stops."""

from collections.abc import Sequence

import polars as pl
from scipy.special import bdtrc

from tipoff.errors import InputError
from tipoff.sources.reconcile import KINDS

LIMITS = {
    "players": 0.05,
    "listed": 0.35,
    "places": 0.20,
    "ids": 0.05,
    "teams": 0.05,
    "games": 0.10,
}
# A load within the limit is stopped by chance less often than this.
CHANCE = 0.001
# Refused rows come in lumps, an event's or a team's; fewer lumps than this prove nothing, and
# fewer still where most rows are refused: an all-star day has four teams of its own.
FEWEST_REFUSED = 10
FEWEST_OF_MOST = 5

PASSED, STOPPED, UNCHECKED = "passed", "stopped", "unchecked"
_BY = ["source", "table", "season", "kind"]


def limits_of(texts: Sequence[str]) -> dict[str, float]:
    """Return the limits with those of options: ``0.1`` for all kinds, ``games=0.1`` for one.

    Raises:
        InputError: no such kind, or no share between 0 and 1.
    """
    limits = dict(LIMITS)
    for text in texts:
        kind, sign, share = text.strip().rpartition("=")
        kinds = [kind.strip()] if sign else list(KINDS)
        try:
            limit = float(share)
        except ValueError:
            limit = -1.0
        if not set(kinds) <= set(KINDS) or not 0 <= limit <= 1:
            raise InputError(
                "Expected --max-unmatched as a share between 0 and 1, or KIND=SHARE with a kind "
                f"out of {', '.join(KINDS)}; got {text!r}."
            )
        limits |= dict.fromkeys(kinds, limit)
    return limits


def verdicts(
    items: pl.DataFrame, kept: dict[tuple[str, str], int], limits: dict[str, float]
) -> list[dict[str, object]]:
    """Judge the items of one or more loads.

    Things that rows name are drawn like from an urn: where the share of bad ones is above the
    limit, and so many would come up with a chance below ``CHANCE`` were the true share the limit
    (one-sided exact binomial test), the load stops. Of refused rows only counts are there: their
    share of all rows counts, and they must name ``FEWEST_REFUSED`` different things.

    Args:
        items: columns ``reconcile.ITEMS``; those without a season are of refused rows.
        kept: rows that were not refused, by source and table.
        limits: by kind.

    Returns:
        Per source, table, season and kind: ``n`` (items; of refused rows: rows), ``bad``,
        ``items`` (bad ones, also of refused rows),
        ``rate``, ``limit``, ``unchecked`` (items that could not be known) and ``verdict``.
    """
    found = []
    for (source, table, season, kind), group in items.group_by(_BY, maintain_order=True):
        checked = group.filter("is_checked")
        bad = checked.filter("is_bad")
        if season is None:
            n = kept.get((str(source), str(table)), 0) + int(bad["rows"].sum())
            number = int(bad["rows"].sum())
            fewest = FEWEST_OF_MOST if number * 2 >= n else FEWEST_REFUSED
            is_beyond = bad.height >= fewest
        else:
            n, number = checked.height, bad.height
            is_beyond = is_beyond_chance(number, n, limits[str(kind)])
        rate = number / n if n else None
        stops = rate is not None and rate > limits[str(kind)] and is_beyond
        found.append(
            {
                "source": source,
                "table": table,
                "season": season,
                "kind": kind,
                "n": n,
                "bad": number,
                "items": bad.height,
                "rate": rate,
                "limit": limits[str(kind)],
                "unchecked": group.height - checked.height,
                "verdict": STOPPED if stops else PASSED if n else UNCHECKED,
            }
        )
    return found


def is_beyond_chance(bad: int, n: int, limit: float) -> bool:
    """Return whether so many bad ones of n are too many for the limit (exact binomial test)."""
    if not bad or bad <= n * limit:
        return False
    return bool(bdtrc(bad - 1, n, limit) < CHANCE)
