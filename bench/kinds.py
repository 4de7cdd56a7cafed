"""Files with known leaks, made of real seasons: what the audit calls each."""

import os
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench.measure import Result
from tipoff.workflows.leak_kinds import leak_kinds

# Lines of a real season, beside its box scores.
SEASONS = {
    "2022-23": "2022-23_draftkings_zhecht.parquet",
    "2023-24": "2023-24_multibook_oddsapi_btam.parquet",
    "2024-25": "2024-25_multibook_zhecht.parquet",
}


def kinds() -> tuple[Result, dict[str, Any]]:
    """Audit every making alone and with box scores, of the seasons in ``TIPOFF_REAL_DATA``.

    Returns:
        Seconds of a file with box scores against those of one alone; and by season and making the
        verdict, the kinds named, shares and hit rates.
    """
    data = Path(os.environ["TIPOFF_REAL_DATA"])
    figures: dict[str, Any] = {}
    spent = {True: 0.0, False: 0.0}
    with TemporaryDirectory() as folder:
        for season, lines in SEASONS.items():
            box = data / "boxscores" / "nbaapi" / f"player_logs_{season}.csv.gz"
            for is_alone in (True, False):
                began = time.perf_counter()
                found = leak_kinds(box, data / "props" / lines, Path(folder), is_alone=is_alone)
                spent[is_alone] += time.perf_counter() - began
                how = "alone" if is_alone else "with box scores"
                for own in found:
                    del own["path"]
                    figures[f"{season}, {how}, {own.pop('making')}"] = own
    return Result("files with box scores", spent[False], "alone", spent[True]), figures
