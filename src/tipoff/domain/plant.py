"""Faults that can be planted on purpose, so that anyone can see what a leak looks like.

A planted run lives in a view of the lake of its own, carries its plant in every fingerprint and
is titled as suspect. Nothing of it is ever read by a clean run.
"""

from dataclasses import dataclass

from tipoff.errors import InputError


@dataclass(frozen=True)
class Plant:
    """One fault.

    Attributes:
        name: what it is called on the command line.
        about: what is wrong with it.
        processors: the processors whose door in time it breaks.
    """

    name: str
    about: str
    processors: tuple[str, ...]


PLANTS: dict[str, Plant] = {
    plant.name: plant
    for plant in (
        Plant(
            "inclusive-date",
            "recent-form averages use game_date <= D where < D is meant, so the game that is "
            "being predicted is part of its own averages",
            ("player_daily_cache",),
        ),
    )
}


def plant_named(name: str) -> Plant:
    """Return the plant of that name, or raise an InputError that lists them."""
    if name not in PLANTS:
        raise InputError(f"Expected a plant out of {', '.join(PLANTS)}; got {name!r}.")
    return PLANTS[name]
