"""What there is to choose from on several pages."""

from tipoff.domain.market import FEATURE_MARKETS, MARKETS
from tipoff.features.sets import SETS
from tipoff.store.watched import Watched
from tipoff.tables.raw import GAMES


def markets(_: Watched) -> list[str]:
    """Return the markets' names."""
    return list(MARKETS)


def feature_markets(_: Watched) -> list[str]:
    """Return the names of the markets that features are built for."""
    return [market.name for market in FEATURE_MARKETS]


def feature_sets(_: Watched) -> list[str]:
    """Return the names of the feature sets."""
    return list(SETS)


def seasons(watched: Watched) -> list[str]:
    """Return the seasons of which games are known, the newest first."""
    return watched.seasons(GAMES)
