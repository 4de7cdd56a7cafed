"""How often 95 % intervals cover the truth on the built-in league.

``python -m bench.interval_coverage [SEASONS] [--json]``; 1,000 seasons take some minutes.
"""

import json
import sys

from tipoff.workflows.coverage_study import coverage_study

_SEASONS = 1_000
_WORKERS = 2


def main() -> None:
    """Print one line per statistic, window and method."""
    words = [word for word in sys.argv[1:] if not word.startswith("-")]
    study = coverage_study(int(words[0]) if words else _SEASONS, workers=_WORKERS)
    if "--json" in sys.argv:
        print(json.dumps(study))
        return
    for row in study["rows"]:
        print(
            f"{row['statistic']:15} {row['dates']:3} dates, {row['n']:6.1f} rows, design effect "
            f"{row['design_effect']:.2f}, truth {row['truth']:+.4f} | {row['method']:34} "
            f"{100 * row['covered']:5.1f} +- {100 * row['error']:.1f} % of "
            f"{row['replications']:,} (under {100 * row['below']:.1f}, over "
            f"{100 * row['above']:.1f}), width {row['width']:.4f}"
        )


if __name__ == "__main__":
    main()
