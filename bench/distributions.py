"""Shapes around predictions on real lines: ``python -m bench.distributions [SEASON,...]``.

Needs a lake with feature rows, ``TIPOFF_BENCH_LAKE``; the windows are those of the shipped table.
"""

import json
import os
import sys

from tipoff.errors import InputError
from tipoff.store.lake import open_lake
from tipoff.workflows.distribution_study import distribution_study
from tipoff.workflows.table_config import read_config

_DECIDED_ON = "2021-22,2022-23,2023-24"


def main() -> None:
    """Print one line per window and shape."""
    words = [word for word in sys.argv[1:] if not word.startswith("-")]
    seasons = (words[0] if words else _DECIDED_ON).split(",")
    url = os.environ.get("TIPOFF_BENCH_LAKE")
    if url is None:
        raise InputError("Expected TIPOFF_BENCH_LAKE to name a lake with feature rows.")
    config = read_config(None)
    rows = [
        row for row in config.row if row.season in seasons and "points" in config.markets_of(row)
    ]
    spec = config.spec("shapes", "RMSE", "points")
    for found in distribution_study(open_lake(url, must_exist=True), spec, rows):
        if "--json" in sys.argv:
            print(json.dumps(found))
            continue
        parts = [
            f"{name} {own['value']:.4f} (n {own['n']:,})"
            for name, own in found.items()
            if isinstance(own, dict)
        ]
        print(f"{found['title']:28} {found['shape']:18} {', '.join(parts)}")


if __name__ == "__main__":
    main()
