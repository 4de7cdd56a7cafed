"""The crash laboratory at length: ``TIPOFF_CRASH_SCHEDULES`` schedules (500 by default)."""

import os
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.faults.crash_laboratory import Laboratory

from bench.measure import Result

SCHEDULES = 500


def crash() -> tuple[Result, dict[str, Any]]:
    """Run schedules of killed and concurrent runners; every one must end in the same lake.

    Returns:
        Seconds of a schedule against those of an undisturbed run, and how many schedules were
        run, with how many kills, other hashes, repeated commits and failures.
    """
    wanted = int(os.environ.get("TIPOFF_CRASH_SCHEDULES", SCHEDULES))
    figures = {"schedules": wanted, "kills": 0, "other_hashes": 0, "repeated": 0, "failures": 0}
    with TemporaryDirectory() as folder:
        laboratory = Laboratory(Path(folder))
        began = time.perf_counter()
        expected = laboratory.undisturbed()
        alone = time.perf_counter() - began
        began = time.perf_counter()
        for seed in range(10_000, 10_000 + wanted):
            outcome = laboratory.run(seed)
            figures["kills"] += outcome.kills
            figures["other_hashes"] += outcome.hashes != expected
            figures["repeated"] += len(outcome.repeated)
            figures["failures"] += len(outcome.failures)
        spent = (time.perf_counter() - began) / max(wanted, 1)
    if figures["other_hashes"] or figures["repeated"] or figures["failures"]:
        raise SystemExit(f"Expected every schedule to end in the same lake, got {figures}.")
    return Result("a schedule of the crash laboratory", spent, "an undisturbed run", alone), figures
