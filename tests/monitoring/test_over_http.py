"""Checks over HTTP say what the commands say: a success where all is well, and nowhere else."""

from pathlib import Path

import pytest
from tests.monitoring.healthy import DAY, EVENING, MORNING, Healthy
from tests.web.asking import Answer
from tests.web.served import served, with_key

from tipoff.store.lake import Lake, replace
from tipoff.tables.predictions import PREDICTIONS
from tipoff.web.work import WORKS


def _ask(lake: Lake, name: str) -> Answer:
    # Freshness knows that rows of the future are odd; the lake holds those up to the morning after.
    now = MORNING if name == "freshness" else EVENING
    return served(lake, does=WORKS, now=now).get(f"/checks/{name}?date={DAY}", with_key())


@pytest.mark.parametrize("name", ["freshness", "reconcile", "validate", "outputs"])
def test_only_what_is_well_is_a_success(well: Healthy, name: str, tmp_path: Path) -> None:
    lake = well.copied(tmp_path).lake
    answer = _ask(lake, name)
    if name == "outputs":
        # Nothing was published, and a page is due.
        assert answer.status == 409
        assert "publish" in answer.json["sentence"]
        return
    assert answer.status == 200, answer.json["sentence"]
    assert answer.json["sentence"] is None
    replace(lake, PREDICTIONS, PREDICTIONS.empty(), "slate > 0")
    after = _ask(lake, name)
    if name == "freshness":
        # Predictions are no raw rows: it does not look at them, and says so by staying well.
        assert after.status == 200
        return
    assert after.status == 409
    assert after.json["sentence"]
    assert after.json["report"]["game_date"] == DAY.isoformat()
