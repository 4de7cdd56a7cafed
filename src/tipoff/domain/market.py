"""Player markets: what is counted, and how providers name it."""

from dataclasses import dataclass

from tipoff.errors import InputError, not_among


@dataclass(frozen=True)
class Market:
    """One player market.

    Attributes:
        name: the market's name in tipoff.
        columns: box-score columns whose sum settles it.
        unit: what one of it is called.
        spellings: what providers call it, lower case; the first is its short name.
        edges: point edges that its reports look at: small, usual and large.
        trend: changes of form that count as one step and as two.
        tiers: season averages from which a player is a star, a starter and a role player.
    """

    name: str
    columns: tuple[str, ...]
    unit: str
    spellings: tuple[str, ...]
    edges: tuple[float, float, float] = (0.5, 1.0, 2.0)
    trend: tuple[float, float] = (1.0, 2.0)
    tiers: tuple[float, float, float] = (9.0, 6.0, 2.0)

    @property
    def short(self) -> str:
        """The short name that column names carry."""
        return self.spellings[0]


MARKETS: dict[str, Market] = {
    market.name: market
    for market in (
        Market(
            "points",
            ("points",),
            "points",
            ("pts", "player_points", "pts_prop", "156"),
            (1.0, 3.0, 5.0),
            (2.0, 5.0),
            (25.0, 15.0, 5.0),
        ),
        Market(
            "rebounds", ("rebounds",), "rebounds", ("reb", "player_rebounds", "reb_prop", "157")
        ),
        Market("assists", ("assists",), "assists", ("ast", "player_assists", "ast_prop", "151")),
        Market(
            "threes",
            ("threes_made",),
            "threes",
            ("threes", "3ptm", "player_threes", "3pts_prop", "3pt", "162"),
            (0.25, 0.5, 1.0),
            (0.5, 1.0),
            (3.0, 2.0, 1.0),
        ),
        Market(
            "points_rebounds_assists",
            ("points", "rebounds", "assists"),
            "points, rebounds and assists",
            ("pra", "pts+reb+ast", "pts+ast+reb", "player_points_rebounds_assists", "pra_prop"),
            (1.0, 3.0, 5.0),
            (3.0, 7.0),
            (38.0, 24.0, 9.0),
        ),
        Market(
            "points_rebounds",
            ("points", "rebounds"),
            "points and rebounds",
            ("pts+reb", "player_points_rebounds", "pr_prop"),
        ),
        Market(
            "points_assists",
            ("points", "assists"),
            "points and assists",
            ("pts+ast", "player_points_assists", "pa_prop"),
        ),
        Market(
            "rebounds_assists",
            ("rebounds", "assists"),
            "rebounds and assists",
            ("reb+ast", "player_rebounds_assists", "ra_prop"),
        ),
        Market("steals", ("steals",), "steals", ("stl", "player_steals", "stl_prop", "160")),
        Market("blocks", ("blocks",), "blocks", ("blk", "player_blocks", "blk_prop", "152")),
        Market("turnovers", ("turnovers",), "turnovers", ("to", "player_turnovers")),
    )
}

# The markets that features are built for; the others are stored and graded only.
FEATURE_MARKETS: tuple[Market, ...] = tuple(
    MARKETS[name] for name in ("points", "rebounds", "assists", "threes", "points_rebounds_assists")
)

MARKET_SPELLINGS: dict[str, str] = {
    spelling: market.name
    for market in MARKETS.values()
    for spelling in (market.name, *market.spellings)
}


def feature_markets(names: str) -> tuple[Market, ...]:
    """Return markets by their names, comma-separated; ``all`` gives those with features.

    Raises:
        InputError: a name is unknown, or features are not built for its market.
    """
    if names.strip().lower() == "all":
        return FEATURE_MARKETS
    chosen = tuple(market_named(name) for name in names.split(","))
    bare = [market.name for market in chosen if market not in FEATURE_MARKETS]
    if bare:
        known = ", ".join(m.name for m in FEATURE_MARKETS)
        raise InputError(f"Expected markets out of {known}; features of {bare[0]} are not built.")
    return chosen


def market_named(name: str) -> Market:
    """Return the market of that name or spelling, or raise an InputError that lists them."""
    known = MARKET_SPELLINGS.get(name.strip().lower())
    if known is None:
        raise not_among("a market", MARKETS, name)
    return MARKETS[known]
