"""All pages, in the order of the menu."""

from tipoff.web.site.declare import Page
from tipoff.web.site.pages import (
    backfill,
    backtests,
    coverage,
    features,
    health,
    leaklab,
    models,
    players,
    quality,
    today,
)

PAGES: tuple[Page, ...] = (
    today.PAGE,
    backfill.PAGE,
    coverage.PAGE,
    quality.PAGE,
    backtests.PAGE,
    leaklab.PAGE,
    features.PAGE,
    players.PAGE,
    models.PAGE,
    health.PAGE,
)
