"""Audits of files: a hundred thousand predictions from nothing to a verdict."""

import subprocess
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from bench.measure import Result, compared
from tipoff.workflows.audit_file import Files, audit_file

_ROWS = 100_000
_PLAYERS = 400
_NEGATIVE = 3


def file_() -> tuple[Result, dict[str, Any]]:
    """A verdict on a CSV against reading it with polars alone and counting wins."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "predictions.csv"
        _written(path)

        def plain() -> float:
            rows = pl.read_csv(path, try_parse_dates=True)
            over = pl.col("prediction") > pl.col("line")
            won = (pl.col("actual") > pl.col("line")) == over
            return float(rows.select(won.mean()).item())

        result = compared(
            f"verdict on {_ROWS:,} predictions",
            lambda: audit_file(Files(path), Path(folder)),
            "reading them with polars and counting wins",
            plain,
        )
        return result, {"seconds of the whole command": round(_command(path, folder), 2)}


def _written(path: Path) -> None:
    chance = np.random.default_rng(5)
    number = np.arange(_ROWS)
    line = np.floor(chance.uniform(7, 28, _ROWS)) + 0.5
    frame = pl.DataFrame(
        {
            "Player": [f"Player N{chr(97 + p // 20)}{chr(97 + p % 20)}" for p in number % _PLAYERS],
            "Game Date": [date(2022, 10, 1) + timedelta(days=int(d)) for d in number // _PLAYERS],
            "prediction": np.round(line + chance.normal(0, 2.5, _ROWS), 2),
            "line": line,
            "over_odds": chance.choice([-125, -115, -110, 100], _ROWS),
            "under_odds": chance.choice([-125, -118, -112, -105], _ROWS),
            "actual": np.clip(np.round(line + chance.normal(0, 6, _ROWS)), 0, None),
            "created_at": [
                f"{date(2022, 10, 1) + timedelta(days=int(d))}T15:00:00Z"
                for d in number // _PLAYERS
            ],
        }
    )
    frame.write_csv(path)


def _command(path: Path, folder: str) -> float:
    """Return the seconds of a new process, from its start to its end."""
    start = time.perf_counter()
    ended = subprocess.run(
        [sys.executable, "-m", "tipoff", "audit", "file", path, "--out", folder, "--json"],
        check=False,
        capture_output=True,
    )
    if ended.returncode not in (0, _NEGATIVE):
        raise SystemExit(ended.stderr.decode())
    return time.perf_counter() - start
