"""All pages, in the order of the menu."""

from tipoff.web.site.declare import Page
from tipoff.web.site.pages import backtests, models, players, quality, today

PAGES: tuple[Page, ...] = (today.PAGE, quality.PAGE, backtests.PAGE, players.PAGE, models.PAGE)
