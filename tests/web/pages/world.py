"""A lake on which every page has something to show: days of the daily job on a little league, runs
of its season, clean and with a planted fault, and what an audit certifies."""

from collections.abc import Sequence
from datetime import date, time
from pathlib import Path

from tests.faults.week.life import RECIPE, Week, begun

from tipoff.domain.clock import eastern_moment
from tipoff.domain.market import MARKETS
from tipoff.domain.plant import Plant, plant_named
from tipoff.models.spec import ModelSpec
from tipoff.store.games import merged_games
from tipoff.store.lake import Lake
from tipoff.tables.models import SHADOW
from tipoff.tables.raw import GAMES
from tipoff.workflows.certifying import certified
from tipoff.workflows.leak_audit import Asked
from tipoff.workflows.models import promoted
from tipoff.workflows.multiseason import multiseason
from tipoff.workflows.places import models_folder
from tipoff.workflows.registering import Origin, register
from tipoff.workflows.table_config import Row, TableConfig
from tipoff.workflows.train import Options, train

FAULT = "inclusive-date"
# So many rows are held out that probabilities can be told, few as they are.
LEARNT = {**RECIPE, "validation_share": 0.3}
# A season's first game dates are history only.
_HISTORY = 12


def lived_lake(folder: Path) -> Lake:
    """Two mornings and a day's decisions of a little league, after what led to its models."""
    week = begun(folder)
    row = _row(week)
    _audited(week.lake, folder)
    _tabled(week.lake, folder, row, ("RMSE", "MAE"), None)
    _tabled(week.lake, folder, row, ("RMSE",), plant_named(FAULT))
    _challenged(week, folder, row)
    first, second = week.days[:2]
    week.quiet_morning(first)
    week.decisions(first)
    week.quiet_morning(second)
    return week.lake


def _row(week: Week) -> Row:
    """The season up to the eve of the week: the first half to learn from, the second to grade."""
    listed = merged_games(week.stored(GAMES.name))["game_date"].unique().sort().to_list()
    days: Sequence[date] = [day for day in listed if day < week.days[0]]
    half = len(days) // 2
    return Row(
        title="2021-22, median line",
        train_start=days[_HISTORY],
        train_end=days[half],
        eval_start=days[half + 1],
        eval_end=days[-1],
        line_source="median",
    )


def _audited(lake: Lake, folder: Path) -> None:
    """Change the future of one date, and its past."""
    spec = ModelSpec(name="audited", feature_set="v12")
    asked = Asked((MARKETS["points"],), spec, dates=1, refits=0)
    certified(lake, asked, folder / "certificates", step=lambda *_: None)


def _tabled(
    lake: Lake, folder: Path, row: Row, losses: tuple[str, ...], plant: Plant | None
) -> None:
    config = TableConfig(losses=losses, auto=False, row=(row,), model=LEARNT)
    options = _options(models_folder(lake, plant))
    multiseason(lake, config, folder / "reports", options, plant=plant)


def _challenged(week: Week, folder: Path, row: Row) -> None:
    """A model with the run that graded it predicts beside the one in service."""
    lake, at = week.lake, eastern_moment(week.days[0], time(7, 0))
    spec = ModelSpec.model_validate({**LEARNT, "name": "challenger", "rsm": 0.5})
    outcome = train(lake, spec, row.windows(), row.line_source, _options(folder / "models"))
    assert outcome.own is not None
    window, data = (row.train_start, row.train_end), outcome.report["fingerprint"]
    origin = Origin(window, 30, row.line_source, data, report=outcome.report)
    own = register(lake, spec, outcome.own, origin, now=at)
    promoted(lake, own["model_id"], by="operator", to=SHADOW, now=at)


def _options(folder: Path) -> Options:
    return Options(folder, min_train_rows=100, threads=1)
