"""Where files beside the tables go."""

from pathlib import Path

from tipoff.domain.plant import Plant
from tipoff.store.location import Lake


def models_folder(lake: Lake, plant: Plant | None) -> Path:
    """Return the folder of saved models; those of a planted run are kept apart.

    In the lake's folder where it is local, else in the current one.
    """
    home = Path(lake.url) if lake.is_local else Path()
    own = home / "planted" / plant.name if plant else home
    return own / "models"
