"""All providers that tipoff can ask, by name."""

from tipoff.sources.answer import Provider
from tipoff.sources.providers import balldontlie, bigdataball, espn, espn_pages

PROVIDERS: dict[str, Provider] = {
    provider.name: provider
    for provider in (
        balldontlie.PROVIDER,
        bigdataball.PROVIDER,
        espn.PROVIDER,
        espn_pages.PROVIDER,
    )
}
