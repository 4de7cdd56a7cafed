"""Sources that name players and state no id of them.

Stored rows do not tell whether an id was stated or found by the name. Of these sources it was
found: their parsers read none. Rows of other sources may have stated theirs, and never lose them.
"""

from tipoff.sources.providers.catalogue import PROVIDERS

# Providers none of whose parsers reads an id.
NAMING_PROVIDERS = (
    "balldontlie",
    "betting_pros",
    "bigdataball",
    "espn",
    "espn_pages",
    "the_odds_api",
)
_LAYOUTS = (
    "realgm_log",
    "bigdataball_play_by_play",
    "lines_only_wide",
    "daily_book",
    "odds_api_sides",
    "odds_api_untimed",
    "odds_api_quotes",
    "odds_api_market_days",
    "odds_api_closing_pra",
    "nba_injury_report",
)
_STATING_LAYOUTS = ("nba_log", "nba_log_attempts", "shot_chart", "shot_detail", "league")
# A scorer's report names who played; whom it calls inactive by his last name its parser tells.
_NAMED_IN = {"player_boxes": ("nba_gamebook",)}


def named_sources(table: str) -> frozenset[str]:
    """Return the sources of which every player of a table was found by his name."""
    asked = {
        f"{provider}_{endpoint}"
        for provider in NAMING_PROVIDERS
        for endpoint in PROVIDERS[provider].endpoints
    }
    return frozenset({*asked, *_LAYOUTS, *_NAMED_IN.get(table, ())})


def stating_sources(table: str) -> frozenset[str]:
    """Return the sources that are known to state ids."""
    nba = {f"nba_{endpoint}" for endpoint in PROVIDERS["nba"].endpoints}
    return frozenset({*nba, *_STATING_LAYOUTS} - named_sources(table))
