"""All pages, in the order of the menu."""

from tipoff.web.site.declare import Page
from tipoff.web.site.pages import features, health, leaklab, quality, today

PAGES: tuple[Page, ...] = (today.PAGE, quality.PAGE, leaklab.PAGE, features.PAGE, health.PAGE)
