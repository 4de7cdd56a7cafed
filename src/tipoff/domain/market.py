"""Player markets: what is counted, and how providers name it."""

from dataclasses import dataclass

from tipoff.errors import InputError


@dataclass(frozen=True)
class Market:
    """One player market.

    Attributes:
        name: the market's name in tipoff.
        columns: box-score columns whose sum settles it.
        unit: what one of it is called.
        spellings: what providers call it, lower case.
    """

    name: str
    columns: tuple[str, ...]
    unit: str
    spellings: tuple[str, ...]


MARKETS: dict[str, Market] = {
    market.name: market
    for market in (
        Market("points", ("points",), "points", ("pts", "player_points", "pts_prop", "156")),
        Market(
            "rebounds", ("rebounds",), "rebounds", ("reb", "player_rebounds", "reb_prop", "157")
        ),
        Market("assists", ("assists",), "assists", ("ast", "player_assists", "ast_prop", "151")),
        Market(
            "threes",
            ("threes_made",),
            "threes",
            ("3ptm", "player_threes", "3pts_prop", "3pt", "162"),
        ),
        Market(
            "points_rebounds_assists",
            ("points", "rebounds", "assists"),
            "points, rebounds and assists",
            ("pts+reb+ast", "pts+ast+reb", "player_points_rebounds_assists", "pra_prop", "pra"),
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

MARKET_SPELLINGS: dict[str, str] = {
    spelling: market.name
    for market in MARKETS.values()
    for spelling in (market.name, *market.spellings)
}


def market_named(name: str) -> Market:
    """Return the market of that name or spelling, or raise an InputError that lists them."""
    known = MARKET_SPELLINGS.get(name.strip().lower())
    if known is None:
        raise InputError(f"Expected a market out of {', '.join(MARKETS)}; got {name!r}.")
    return MARKETS[known]
