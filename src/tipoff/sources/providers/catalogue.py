"""All providers by name, and the planners of those that have some.

A provider is added by its module and one line here (docs/add-a-provider.md).
"""

from tipoff.sources.answer import Provider
from tipoff.sources.plans import Planner
from tipoff.sources.providers import nba

_ALL: tuple[Provider, ...] = (nba.PROVIDER,)

PROVIDERS: dict[str, Provider] = {provider.name: provider for provider in _ALL}

# By provider, then by the planner's own name.
PLANNERS: dict[str, dict[str, Planner]] = {
    nba.PROVIDER.name: {planner.name: planner for planner in nba.PLANNERS},
}
