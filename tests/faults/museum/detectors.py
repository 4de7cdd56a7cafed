"""The detectors: each looks at a case and says in sentences what is wrong, if anything is.

None of them knows which fault is planted, or that one is.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import polars as pl

from tests.faults.museum.cases import SPEC, Case
from tests.faults.museum.stored import dates_of_files, lake_of, older_rows
from tests.oracle.compare import differences
from tipoff.backtest.thermometer import QUARANTINED, temperature
from tipoff.domain.guard import planted
from tipoff.errors import TipoffError
from tipoff.features.declare import POINTS
from tipoff.settings import DEFAULT_LEAD_MINUTES
from tipoff.workflows.leak_audit import Asked, audit_leaks
from tipoff.workflows.rebuild import rebuilt

# One false alarm in a million, where chance has a say.
_SURELY = 4.9
_DEALS = 8
REFUSED = "refused: "


@dataclass(frozen=True)
class Detector:
    """One way to find a fault.

    Attributes:
        name: the column's head in the kill matrix.
        about: what it does, in a sentence.
        look: says what is wrong.
    """

    name: str
    about: str
    look: Callable[[Case], list[str]]

    def find(self, case: Case) -> list[str]:
        """Say what is wrong, or that the code itself refuses to go on."""
        try:
            return self.look(case)
        except TipoffError as error:
            return [f"{REFUSED}{error}"]


def _audited(case: Case) -> dict[str, Any]:
    """The differences that the audit of leaks finds; its outputs are three detectors."""
    if "audit" not in case.kept:
        with TemporaryDirectory() as folder:
            lake = lake_of(folder, case.frames)
            asked = Asked(
                (POINTS,), SPEC, dates=1, refits=case.refits, seed=case.seed, plant=case.plant
            )
            case.kept["audit"] = audit_leaks(lake, asked)
    found: dict[str, Any] = case.kept["audit"]
    return found


def _moved(case: Case, *, model: bool, picks: bool) -> list[str]:
    found = []
    for difference in _audited(case)["differences"]:
        output = difference["output"]
        if (output == "model bytes", output == "picks") == (model, picks):
            columns = ", ".join(difference["columns"][:3]) or "its rows"
            found.append(f"{difference['mutation']}: {output} moved ({columns})")
    return found


def future_rows(case: Case) -> list[str]:
    """``tipoff audit leaks``: rows, quality and lines do not move with what comes later."""
    return _moved(case, model=False, picks=False)


def future_model(case: Case) -> list[str]:
    """The same of a model that is trained again."""
    return _moved(case, model=True, picks=False)


def future_picks(case: Case) -> list[str]:
    """The same of what is picked, and from which edge on."""
    return _moved(case, model=False, picks=True)


def alarm(case: Case) -> list[str]:
    """The run's own numbers: the leak alarm and the thermometer."""
    found = [f"{c['name']}: {c['observed']}" for c in case.report["alarm"] if not c["passed"]]
    heat = temperature(case.graded, POINTS)
    return [*found, *([f"{heat.share:.1%} known"] if heat.verdict == QUARANTINED else [])]


def oracle(case: Case) -> list[str]:
    """Feature values equal those of an independent slow computation."""
    days = [case.dates[3], case.dates[len(case.dates) // 2], case.dates[-5]]
    plant = case.plant if case.plant and case.plant.has_view else None
    name = plant.name if plant else None
    found = []
    for day in days:
        found += differences(case.frames, [day], [POINTS], sample=8, seed=case.seed, plant=name)[1]
    return found


def laws(case: Case) -> list[str]:
    """The order of rows does not matter, one date alone is as in a span, keys are unique."""
    day = case.dates[-5]
    shuffled = {
        name: rows.sample(fraction=1, shuffle=True, seed=case.seed)
        for name, rows in case.frames.items()
    }
    found = []
    for what, frames in (("one date alone", case.frames), ("the order of rows", shuffled)):
        again = rebuilt(frames, [day], DEFAULT_LEAD_MINUTES, [POINTS], case.plant)
        found += [
            f"{what} changes {name}"
            for name, rows in again.items()
            if not rows.equals(case.built[name].filter(pl.col("game_date") == day))
        ]
    for name, rows, key in (
        ("feature rows", case.store, ["game_id", "player_id"]),
        ("graded rows", case.graded, ["game_id", "player_id"]),
    ):
        repeated = rows.height - rows.select(key).n_unique()
        found += [f"{repeated} {name} repeat a key"] * bool(repeated)
    return found


def quotes(case: Case) -> list[str]:
    """Graded lines are quotes word by word, known in time, and on neither side of the others."""
    said = ["game_id", "player_id", "book", "source", "line", "over_price", "under_price"]
    posted = case.frames["prop_quotes"].select(*said, "observed_at")
    strangers = case.graded.join(
        posted, on=[*said, "observed_at"], how="anti", nulls_equal=True
    ).height
    moments = case.store.select("game_id", "player_id", "as_of")
    late = case.graded.join(moments, on=["game_id", "player_id"]).filter(
        pl.col("observed_at") > pl.col("as_of")
    )
    off = case.graded.filter(pl.col("line") != pl.col("consensus"))
    above = int((off["line"] > off["consensus"]).sum())
    lean = (2 * above - off.height) / math.sqrt(max(off.height, 1))
    return [
        *[f"{strangers} graded lines were never quoted like that"] * bool(strangers),
        *[f"{late.height} graded lines came after the decision"] * bool(late.height),
        *[f"{above} of {off.height} lines lie above the others'"] * (abs(lean) > _SURELY),
    ]


def training(case: Case) -> list[str]:
    """Folds train before they test, the latest dates stop training, and noise teaches nothing."""
    fold = case.fold
    if fold.train_end >= fold.test_start:
        return [f"trains up to {fold.train_end} and tests from {fold.test_start}"]
    own, found = case.model.fitted, []
    dated = case.training["game_date"].cast(pl.String)
    late = int((dated >= own.validation_start).sum())
    if (late, case.training.height - late) != (own.validation_rows, own.fit_rows):
        found.append(f"{own.validation_rows} rows stop training, {late} are as late as the first")
    strength, r = _noise_learnt(case)
    if strength > _SURELY:
        found.append(f"noise is predicted with a correlation of {r:.2f}")
    return found


def _noise_learnt(case: Case) -> tuple[float, float]:
    """Train on results that are dealt out anew, several times, and see what is held out.

    Returns:
        The mean correlation of prediction and result on rows that the model says it was not grown
        on, in standard errors, and as it is.
    """
    chance = np.random.default_rng(case.seed)
    correlations = []
    for _ in range(_DEALS):
        dealt = pl.Series(chance.permutation(case.training["actual"].to_numpy()))
        held = case.fitted(case.training.with_columns(actual=dealt)).held_out
        r = held.select(pl.corr("prediction", "actual")).item()
        # Predictions without any spread know nothing either.
        correlations.append(0.0 if r is None or math.isnan(r) else r)
    mean = sum(correlations) / _DEALS
    return mean * math.sqrt(held.height * _DEALS), mean


def ledger(case: Case) -> list[str]:
    """What older code made is built again, and nothing of it is left."""
    with planted(case.name):
        left = older_rows(case.frames)
    return [f"{left} rows of older code are left after a backfill"] * bool(left)


def dates(case: Case) -> list[str]:
    """Quotes that are read from a file with times in UTC find the games that they are about."""
    with planted(case.name):
        lost, moved = dates_of_files(case.frames)
    return [
        *[f"{lost} quotes found no game"] * bool(lost),
        *[f"{moved} quotes are about another game"] * bool(moved),
    ]


DETECTORS: tuple[Detector, ...] = (
    Detector("future: rows", "changing the future moves no row, quality or line", future_rows),
    Detector("future: model", "nor the bytes of a model that is trained again", future_model),
    Detector("future: picks", "nor what is picked, or from which edge on", future_picks),
    Detector("alarm", "the run's numbers: leak alarm and thermometer", alarm),
    Detector("oracle", "values equal an independent slow computation", oracle),
    Detector("laws", "order of rows, one date alone, unique keys", laws),
    Detector("quotes", "graded lines are quotes word by word, in time, on neither side", quotes),
    Detector("training", "folds and stopping rows lie in time; noise teaches nothing", training),
    Detector("ledger", "nothing that older code made is left after a backfill", ledger),
    Detector("dates", "quotes from files find the games that they are about", dates),
)
