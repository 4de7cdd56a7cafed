"""Honest and leaked made-up seasons: how many are quarantined, and what a season costs."""

import os
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench.measure import Result
from tipoff.domain.plant import plant_named
from tipoff.workflows.honest_study import honest_study

SEASONS = 200


def honest() -> tuple[Result, dict[str, Any]]:
    """Train and grade ``TIPOFF_HONEST_SEASONS`` (200 by default), clean and with a planted leak.

    Returns:
        Processor seconds of a clean season against those of a planted one, and both studies.
    """
    seeds = range(int(os.environ.get("TIPOFF_HONEST_SEASONS", SEASONS)))
    figures, spent = {}, {}
    with TemporaryDirectory() as folder:
        for name, plant in (("honest", None), ("planted", plant_named("inclusive-date"))):
            began = time.process_time()
            figures[name] = honest_study(seeds, Path(folder), plant)
            spent[name] = (time.process_time() - began) / len(seeds)
    return Result("an honest season", spent["honest"], "a planted one", spent["planted"]), figures
