"""The five processors in their order of work; the fifth has one table per market."""

from collections.abc import Iterable

from tipoff.domain.market import FEATURE_MARKETS, Market
from tipoff.errors import not_among
from tipoff.features.declare import POINTS
from tipoff.processors import (
    ml_feature_store,
    player_composite_factors,
    player_daily_cache,
    player_shot_zone,
    team_defense_zone,
)
from tipoff.processors.declare import Processor

_SHARED: tuple[Processor, ...] = (
    team_defense_zone.PROCESSOR,
    player_shot_zone.PROCESSOR,
    player_composite_factors.PROCESSOR,
    player_daily_cache.PROCESSOR,
)
_STORES: dict[str, Processor] = {m.name: ml_feature_store.for_market(m) for m in FEATURE_MARKETS}

PROCESSORS: tuple[Processor, ...] = (*_SHARED, _STORES[POINTS.name])
ALL_PROCESSORS: tuple[Processor, ...] = (*_SHARED, *_STORES.values())


def processors_for(markets: Iterable[Market]) -> tuple[Processor, ...]:
    """The five processors, the fifth once for each market."""
    return (*_SHARED, *[feature_store(market) for market in markets])


def feature_store(market: Market) -> Processor:
    """The fifth processor of a market, or an InputError where features are not built for it."""
    return _STORES.get(market.name) or ml_feature_store.for_market(market)


def processor_named(name: str) -> Processor:
    """Return a processor by its name, or raise an InputError that lists them."""
    for processor in ALL_PROCESSORS:
        if processor.name == name:
            return processor
    raise not_among("a processor", [p.name for p in ALL_PROCESSORS], name)
