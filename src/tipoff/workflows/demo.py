"""The demonstration: a league from nothing to the document, clean and with the planted fault."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tipoff.backtest.gates import LEAK_SUSPECTED
from tipoff.domain.plant import plant_named
from tipoff.errors import TipoffError
from tipoff.sources.league import LeagueSettings, append_to, generate
from tipoff.store.lake import Lake, open_lake
from tipoff.workflows.league import refuse_mixture
from tipoff.workflows.multiseason import multiseason
from tipoff.workflows.places import models_folder
from tipoff.workflows.table_config import read_config
from tipoff.workflows.train import Options

Step = Callable[[str, int, int], None]

PLANT = "inclusive-date"
_STEPS = 4


def demo(
    out: Path,
    settings: LeagueSettings,
    *,
    lake: Lake | None = None,
    workers: int = 1,
    step: Step = lambda *_: None,
) -> dict[str, Any]:
    """Generate a league, store it, run the table clean and planted, and write both documents.

    Args:
        out: folder of the documents (``reports``).
        settings: size and seed of the league.
        lake: an empty lake, or one with this very league; ``out / "lake"`` by default.
        workers, step: as of the backfill.

    Returns:
        ``report`` (paths by document), ``runs`` (clean, then planted), ``league`` (rows by table)
        and ``seconds`` by step.

    Raises:
        InputError: the lake holds other games.
        TipoffError: a clean run looks like a leak, or the planted fault went unnoticed.
    """
    began = time.perf_counter()
    seconds: dict[str, float] = {}
    lake = lake or open_lake(str(out / "lake"))
    step("generating the league", 0, _STEPS)
    with _timed(seconds, "generate"):
        league = generate(settings)
    refuse_mixture(lake, league)
    step("storing it", 1, _STEPS)
    with _timed(seconds, "store"):
        stored = append_to(lake, league)
    # The shipped recipe and losses, on the rows that the league has lines for.
    config = read_config(None).model_copy(update={"row": ()})
    tables, reports = {}, out / "reports"
    for number, plant in enumerate((None, plant_named(PLANT))):
        name = "planted" if plant else "clean"
        step(f"the table, {name}", 2 + number, _STEPS)
        options = Options(models_folder(lake, plant), min_train_rows=500)
        with _timed(seconds, name):
            tables[name] = multiseason(lake, config, reports, options, plant=plant, workers=workers)
    _refuse_surprise(tables)
    return {
        "report": {name: table["report"] for name, table in tables.items()},
        "runs": [run for table in tables.values() for run in table["runs"]],
        "league": {name: added.added + added.known for name, added in stored.items()},
        "seconds": {"total": round(time.perf_counter() - began, 2), **seconds},
    }


@contextmanager
def _timed(seconds: dict[str, float], name: str) -> Iterator[None]:
    start = time.perf_counter()
    yield
    seconds[name] = round(time.perf_counter() - start, 2)


def _refuse_surprise(tables: dict[str, Any]) -> None:
    """The demonstration is a test of itself: only the planted fault may look like a leak."""
    suspected = [
        run["title"] for run in tables["clean"]["runs"] if run["verdict"] == LEAK_SUSPECTED
    ]
    if suspected:
        raise TipoffError(
            f"Expected no clean run to look like a leak, but {', '.join(suspected)} do; see "
            f"{tables['clean']['report']['html']}."
        )
    missed = [
        run["title"]
        for run in tables["planted"]["runs"]
        if all(condition["passed"] for condition in run["alarm"])
    ]
    if missed:
        raise TipoffError(
            f"Expected the alarm to notice the planted fault, but it stayed silent on "
            f"{', '.join(missed)}; see {tables['planted']['report']['html']}."
        )
