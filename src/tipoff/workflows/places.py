"""Where files beside the tables go."""

from pathlib import Path

from tipoff.domain.plant import Plant
from tipoff.store.location import Lake


def models_folder(lake: Lake, plant: Plant | None, stated: Path | None = None) -> Path:
    """Return the folder of saved models; those of a planted run are kept apart.

    Args:
        lake: they lie in its folder where it is local, else in the current one.
        plant: the planted fault, if any.
        stated: where they are wanted instead.
    """
    if stated is not None:
        return stated / "planted" / plant.name if plant else stated
    home = Path(lake.url) if lake.is_local else Path()
    own = home / "planted" / plant.name if plant else home
    return own / "models"
