"""Run the whole museum and write the page: ``python -m tests.faults.museum [SEEDS]``."""

import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from rich.progress import track

from tests.faults.museum.matrix import PAGE, false_alarms, page, row_of
from tipoff.domain.plant import PLANTS

SEEDS = 20


def main() -> None:
    """Plant every fault, look at clean code over the seeds, write the page, complain."""
    seeds = int(sys.argv[1]) if len(sys.argv) > 1 else SEEDS
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        found = pool.map(row_of, PLANTS)
        clean = pool.map(false_alarms, range(100, 100 + seeds))
        rows = list(track(found, "faults", total=len(PLANTS)))
        alarms = list(track(clean, "clean code", total=seeds))
    PAGE.write_text(page(rows, seeds, sum(map(len, alarms))), encoding="utf-8")
    missed = [row.plant.name for row in rows if not row.killed_by]
    false = [f"seed {100 + n}: {said}" for n, said in enumerate(alarms) if said]
    if missed or false:
        raise SystemExit(f"Expected every fault found and no false alarm; {missed=}, {false=}.")


if __name__ == "__main__":
    main()
