"""Where files beside the tables go."""

from pathlib import Path

from tipoff.domain.plant import Plant
from tipoff.store.location import Lake
from tipoff.workflows.world import view_of


def models_folder(lake: Lake, plant: Plant | None) -> Path:
    """Return the folder of saved models; those of a planted run are kept apart.

    In the lake's folder where it is local, else in the current one.
    """
    home = view_of(lake, plant)
    if home.is_local:
        return Path(home.url) / "models"
    return Path("models", "planted", plant.name) if plant else Path("models")
