"""Every feature: importing this module declares them all."""

from tipoff.features import (
    game_market,
    load,
    matchup,
    recent_form,
    shooting,
    team,
    vegas,
)
from tipoff.features.declare import Feature, all_declared

FAMILIES = (recent_form, load, matchup, shooting, team, vegas, game_market)

FEATURES: tuple[Feature, ...] = all_declared()


def family(name: str) -> frozenset[Feature]:
    """Return the features of one family."""
    return frozenset(f for f in FEATURES if f.family == name)
