"""The history of results, kept in the repository: one line of JSON a run in ``results.jsonl``."""

import json
import os
import platform
import subprocess
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

FILE = Path(__file__).parent / "history" / "results.jsonl"
# A ratio this far below the median of the runs before it is told.
DROP = 0.25
LOOKED_AT = 5


def record(results: Sequence[Mapping[str, Any]], path: Path = FILE) -> None:
    """Append a run's results with the moment, the commit and the machine."""
    path.parent.mkdir(exist_ok=True)
    row = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": _commit(),
        "machine": machine(),
        "load": round(os.getloadavg()[0], 2),
        "results": [
            {
                "bench": r["bench"],
                "name": r["name"],
                "baseline": r["baseline"],
                "ours": round(r["ours"], 4),
                "theirs": round(r["theirs"], 4),
                "ratio": round(r["ratio"], 3),
            }
            for r in results
        ],
    }
    with path.open("a") as file:
        file.write(json.dumps(row) + "\n")


def machine() -> dict[str, Any]:
    """Describe the machine without naming it."""
    cpu = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        named = [line for line in info.read_text().splitlines() if line.startswith("model name")]
        cpu = named[0].partition(":")[2].strip() if named else cpu
    return {
        "cpu": cpu,
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        **{name: version(name) for name in ("polars", "deltalake", "catboost", "pandas")},
    }


def _commit() -> str:
    told = ["git", "describe", "--always", "--dirty", "--abbrev=10", "--exclude=*"]
    done = subprocess.run(
        told, cwd=Path(__file__).parent, capture_output=True, text=True, check=False
    )
    return done.stdout.strip() or "unknown"


def development(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Say of each benchmark how its ratio went.

    Args:
        rows: of the file, oldest first.

    Returns:
        By benchmark ``bench, baseline, ratios`` (oldest first), ``before`` (median of up to five
        runs before the last; None for the first) and ``has_dropped``: the last ratio is more than
        a quarter below it.
    """
    ratios: dict[tuple[str, str], list[float]] = {}
    for row in rows:
        for result in row["results"]:
            ratios.setdefault((result["bench"], result["baseline"]), []).append(result["ratio"])
    found = []
    for (bench, baseline), own in ratios.items():
        before = median(own[-1 - LOOKED_AT : -1]) if len(own) > 1 else None
        dropped = before is not None and own[-1] < (1 - DROP) * before
        found.append(
            {"bench": bench, "baseline": baseline, "ratios": own, "before": before,
             "has_dropped": dropped}
        )  # fmt: skip
    return found


def show(path: Path = FILE) -> bool:
    """Print the development of every benchmark; return whether one has dropped."""
    lines = path.read_text().splitlines() if path.exists() else []
    found = development([json.loads(line) for line in lines])
    for row in found:
        ratios = " ".join(f"{ratio:.2f}" for ratio in row["ratios"][-10:])
        mark = f"  DROPPED below the median {row['before']:.2f}" if row["has_dropped"] else ""
        print(f"{row['bench']:<12} {row['baseline']:<40} {ratios}{mark}")
    if not found:
        print(f"No results in {path} yet; make some with: python -m bench --record")
    return any(row["has_dropped"] for row in found)
