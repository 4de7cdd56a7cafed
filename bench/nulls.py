"""Null experiments on the built-in league with an efficient market: what is called a discovery."""

import os
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench.measure import Result
from tipoff.store.lake import open_lake
from tipoff.workflows.null_study import built, null_study

EXPERIMENTS = 200


def nulls() -> tuple[Result, dict[str, Any]]:
    """Run ``TIPOFF_NULL_EXPERIMENTS`` (200 by default) experiments where nothing is to be found.

    Returns:
        Seconds of an experiment against those of its bare fit, and the study's figures.
    """
    wanted = int(os.environ.get("TIPOFF_NULL_EXPERIMENTS", EXPERIMENTS))
    with TemporaryDirectory() as folder:
        lake = open_lake(str(Path(folder) / "lake"))
        data = built(lake)
        began = time.perf_counter()
        figures = null_study(lake, data, wanted, Path(folder) / "models")
        spent = (time.perf_counter() - began) / wanted
    return Result("a null experiment", spent, "its bare fit", figures["fit_seconds"]), figures
