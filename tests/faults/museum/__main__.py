"""Run the museum, write the page and what is shipped: ``python -m tests.faults.museum [SEEDS]``."""

import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from rich.progress import track

from tests.faults.museum.matrix import PAGE, SHIPPED, false_alarms, matrix_of, page, row_of
from tipoff.domain.plant import PLANTS

SEEDS = 20


def main() -> None:
    """Plant every fault, look at clean code over the seeds, write what was found, complain."""
    seeds = int(sys.argv[1]) if len(sys.argv) > 1 else SEEDS
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        found = pool.map(row_of, PLANTS)
        clean = pool.map(false_alarms, range(100, 100 + seeds))
        rows = list(track(found, "faults", total=len(PLANTS)))
        alarms = list(track(clean, "clean code", total=seeds))
    matrix = matrix_of(rows, seeds, sum(map(len, alarms)))
    PAGE.write_text(page(matrix), encoding="utf-8")
    SHIPPED.write_text(matrix.as_json(), encoding="utf-8")
    missed = [own.name for own in matrix.faults if not own.found_by]
    false = [f"seed {100 + n}: {said}" for n, said in enumerate(alarms) if said]
    if missed or false:
        raise SystemExit(f"Expected every fault found and no false alarm; {missed=}, {false=}.")


if __name__ == "__main__":
    main()
