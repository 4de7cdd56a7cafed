"""Honest made-up seasons are never quarantined; the same with a planted leak always are."""

from pathlib import Path

from tipoff.domain.plant import plant_named
from tipoff.workflows.honest_study import RECIPES, honest_study


def test_honest_seasons_raise_no_alarm_and_planted_ones_do(tmp_path: Path) -> None:
    honest = honest_study(range(len(RECIPES)), tmp_path)
    assert honest["seasons"] == len(RECIPES)
    assert honest["quarantined"] == honest["alarms"] == honest["suspected"] == honest["signs"] == 0
    assert honest["lows"][1] < 0.02
    assert honest["lines"] > 1_000
    planted = honest_study([0, 1], tmp_path, plant_named("inclusive-date"))
    assert planted["quarantined"] == planted["alarms"] == planted["signs"] == 2
    assert planted["unseen"] == []
    assert planted["lows"][0] > 0.2
    assert planted["figures"]["inversion"][0] > 0.01 > honest["figures"]["inversion"][1]
