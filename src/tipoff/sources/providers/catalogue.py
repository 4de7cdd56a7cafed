"""All providers by name, and the planners of those that have some.

A provider is added by its module and one line here (docs/add-a-provider.md).
"""

from tipoff.sources.answer import Provider
from tipoff.sources.line_downloads import (
    DAY_OPTIONS,
    HISTORY_OPTIONS,
    OFFERS_OPTIONS,
    odds_history,
    odds_history_later,
    odds_today,
    offers_history,
)
from tipoff.sources.plans import Planner
from tipoff.sources.providers import (
    balldontlie,
    betting_pros,
    bigdataball,
    espn,
    espn_pages,
    nba,
    the_odds_api,
)
from tipoff.sources.score_plans import BALLDONTLIE_PLANNERS, ESPN_PLANNERS

_ALL: tuple[Provider, ...] = (
    nba.PROVIDER,
    the_odds_api.PROVIDER,
    betting_pros.PROVIDER,
    espn.PROVIDER,
    espn_pages.PROVIDER,
    balldontlie.PROVIDER,
    bigdataball.PROVIDER,
)

PROVIDERS: dict[str, Provider] = {provider.name: provider for provider in _ALL}

# By provider, then by the planner's own name.
PLANNERS: dict[str, dict[str, Planner]] = {
    nba.PROVIDER.name: {planner.name: planner for planner in nba.PLANNERS},
    the_odds_api.PROVIDER.name: {
        planner.name: planner
        for planner in (
            Planner(
                "history",
                "lines of past games as they stood at several instants before tip-off",
                lambda known, asked: odds_history(known.reference, known.answers, known.now, asked),
                HISTORY_OPTIONS,
                lambda known, asked: odds_history_later(
                    known.reference, known.answers, known.now, asked
                ),
            ),
            Planner(
                "today",
                "lines of the games of today that have not started",
                lambda known, asked: odds_today(known.reference, known.answers, known.now, asked),
                DAY_OPTIONS,
            ),
        )
    },
    espn.PROVIDER.name: {planner.name: planner for planner in ESPN_PLANNERS},
    balldontlie.PROVIDER.name: {planner.name: planner for planner in BALLDONTLIE_PLANNERS},
    betting_pros.PROVIDER.name: {
        "offers": Planner(
            "offers",
            "opening and last lines of past games",
            lambda known, asked: offers_history(known.reference, known.answers, known.now, asked),
            OFFERS_OPTIONS,
        )
    },
}
