"""The five processors in their order of work."""

from tipoff.errors import InputError
from tipoff.processors import (
    ml_feature_store,
    player_composite_factors,
    player_daily_cache,
    player_shot_zone,
    team_defense_zone,
)
from tipoff.processors.declare import Processor

PROCESSORS: tuple[Processor, ...] = (
    team_defense_zone.PROCESSOR,
    player_shot_zone.PROCESSOR,
    player_composite_factors.PROCESSOR,
    player_daily_cache.PROCESSOR,
    ml_feature_store.PROCESSOR,
)


def processor_named(name: str) -> Processor:
    """Return a processor by its name, or raise an InputError that lists them."""
    for processor in PROCESSORS:
        if processor.name == name:
            return processor
    names = ", ".join(p.name for p in PROCESSORS)
    raise InputError(f"Expected a processor out of {names}; got {name!r}.")
