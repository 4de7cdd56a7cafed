"""Worlds by name: an efficient market, and markets that are wrong in one known way each."""

from collections.abc import Mapping
from dataclasses import replace

from tipoff.sources.league.settings import LeagueSettings

# Books know every player's true mean, make no errors of their own and take no hold, so that every
# side is worth half.
EFFICIENT = LeagueSettings(
    seasons=2,
    teams=16,
    games_per_team=60,
    hold=0.0,
    market_error=0.0,
    book_error=0.0,
    book_lag=0.0,
    extra_markets=False,
)
# Second nights are rare where seasons are short.
_PRICED = replace(EFFICIENT, teams=12, games_per_team=82, hold=0.05)

WORLDS: Mapping[str, LeagueSettings] = {
    "efficient": EFFICIENT,
    "book-off": replace(_PRICED, mispriced_book="betmgm", mispricing=2.0),
    "fatigue-ignored": replace(_PRICED, fatigue=4.0, fatigue_priced=0.0),
    "form-ignored": replace(_PRICED, form_drift=0.03, form_priced=0.0),
    "form-overdone": replace(_PRICED, form_drift=0.03, form_priced=2.0),
    "news-late": replace(_PRICED, book_lag=1.0, rest_rate=0.3, injury_rate=0.03),
    "stars-dear": replace(_PRICED, mispriced_segment="stars", segment_mispricing=0.12),
    "bench-cheap": replace(_PRICED, mispriced_segment="bench", segment_mispricing=-0.15),
    "roles-late": replace(_PRICED, role_change_rate=0.03, role_change_delay=12),
}
