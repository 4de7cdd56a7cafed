"""How much of the surprise honest predictions may know, by market: measured, in one place.

``tipoff audit ceilings`` measures them again on the runs of a lake; what these rest on is in
docs/decisions/thermometer.md.
"""

from dataclasses import dataclass

from tipoff.domain.market import Market

# Predictions that know less are worth 54.5 % of every line at most: no ceiling is lower.
FLOOR = 0.02
# How often the surest honest reading fits under a ceiling.
MARGIN = 2.0


@dataclass(frozen=True)
class Ceiling:
    """The bound of a market, and what it was measured on.

    Attributes:
        share: share of the surprise that the lower end of an interval must not pass.
        honest: highest lower end of any honest reading: models, averages, prices, last quotes.
        leaked: lowest lower end of a run with the planted inclusive average.
        readings: honest readings that it rests on.
        lines: player-games with a line behind them, each counted once.
    """

    share: float
    honest: float
    leaked: float
    readings: int
    lines: int


CEILINGS = {
    "points": Ceiling(0.02, 0.0011, 0.477, 36, 16_419),
    "rebounds": Ceiling(0.02, 0.0052, 0.45, 34, 15_945),
    "assists": Ceiling(0.02, 0.0075, 0.39, 34, 13_270),
    "threes": Ceiling(0.05, 0.0219, 0.65, 35, 16_544),
    "points_rebounds_assists": Ceiling(0.02, 0.0002, 0.47, 30, 8_643),
}
# Of these no run was measured. Their lines are as coarse as those of threes.
COARSE = ("steals", "blocks", "turnovers")


def ceiling_of(market: Market) -> float:
    """Return the share of the surprise that honest predictions of a market do not surely know."""
    if market.name in COARSE:
        return CEILINGS["threes"].share
    return CEILINGS[market.name].share if market.name in CEILINGS else FLOOR
