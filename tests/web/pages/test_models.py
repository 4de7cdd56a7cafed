"""The models' pages say what the registry says, and change nothing."""

import json
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest
from tests.web.pages.showing import shown as looked_at
from tests.workflows.daily_league import Daily

from tipoff.errors import InputError, NegativeVerdictError
from tipoff.store.lake import log, open_lake, version
from tipoff.tables.models import MODEL_EVENTS, MODELS
from tipoff.tables.watch import MODEL_STATES
from tipoff.web.site.blocks import Words
from tipoff.web.site.pages.models import PAGE
from tipoff.workflows.models import listed, promoted, shown


def test_the_registry_is_the_command_s(daily: Daily) -> None:
    (row,) = looked_at(PAGE, daily.lake)["models"].frame.to_dicts()
    (told,) = listed(daily.lake)["models"]
    same = ("model_id", "name", "market", "stage", "since", "train_rows", "verdict", "run_id")
    assert {name: row[name] for name in same} == {name: told[name] for name in same}
    report = daily.outcome.report
    assert row["hit_rate"] == pytest.approx(report["lines"]["hr"]["3"]["rate"])
    assert (row["n"], row["edge"]) == (report["lines"]["hr"]["3"]["n"], "3")
    assert row["mae"] == pytest.approx(report["lines"]["mae"])
    assert row["mark"] is None


def test_conditions_are_those_that_a_promotion_meets(daily: Daily, tmp_path: Path) -> None:
    lake = daily.copied(tmp_path)
    before = version(lake, MODEL_EVENTS)
    blocks = looked_at(PAGE, lake, model=daily.model_id[:12])
    assert version(lake, MODEL_EVENTS) == before
    conditions = blocks["conditions"].frame
    failed = conditions.filter(state="failed")["name"].str.replace_all(" ", "_").to_list()
    assert failed
    with pytest.raises(NegativeVerdictError) as refused:
        promoted(lake, daily.model_id, by="tester")
    assert all(f"{name}: expected" in str(refused.value) for name in failed)
    assert blocks["commands"].frame["command"][0] == f"tipoff models promote {daily.model_id[:12]}"
    told = shown(lake, daily.model_id)
    assert blocks["features"].frame["feature"].sort().to_list() == sorted(told["features"])
    assert blocks["gates"].frame.height == len(told["report"]["honest_gates"])
    assert blocks["events"].frame["number"].to_list() == [
        one["number"] for one in told["events"][::-1]
    ]


def test_a_forced_champion_carries_its_mark(daily: Daily, tmp_path: Path) -> None:
    lake = daily.copied(tmp_path)
    promoted(lake, daily.model_id, by="tester", force=True)
    (row,) = looked_at(PAGE, lake)["models"].frame.to_dicts()
    assert (row["stage"], row["mark"]) == ("champion", "forced")
    blocks = looked_at(PAGE, lake, model=daily.model_id)
    assert blocks["model"].frame["mark"].item() == "forced"
    # It has no next stage: what it was promoted by is shown.
    assert (blocks["conditions"].frame["state"] == "failed").any()
    assert "became champion" in blocks["conditions"].about
    assert isinstance(blocks["challenge"], Words)
    assert "tipoff models rollback --market points" in blocks["commands"].frame["command"]


def test_states_are_the_newest_of_each_recipe_and_date(tmp_path: Path) -> None:
    lake = open_lake(str(tmp_path))

    def state(day: int, hour: int, rate: float | None, name: str = "small") -> dict[str, object]:
        numbers = {"hit_rate_30": rate, "n_30": 40, "low_30": 0.4, "high_30": 0.6,
                   "break_even_30": 0.52, "hit_rate_7": None, "days_in_state": 2}  # fmt: skip
        return {"market": "points", "model_name": name, "game_date": date(2024, 12, day),
                "at": datetime(2024, 12, day, hour, tzinfo=UTC), "state": "HEALTHY",
                "reason": "As expected.", "numbers": json.dumps(numbers)}  # fmt: skip

    rows = [state(1, 9, 0.9), state(1, 12, 0.5), state(2, 9, 0.55), state(2, 9, 0.45, "large")]
    log(lake, MODEL_STATES, pl.DataFrame(rows, schema=MODEL_STATES.columns))
    blocks = looked_at(PAGE, lake)
    newest = blocks["states"].frame.select("model_name", "hit_rate_30", "n_30", "hit_rate_7")
    assert set(newest.rows()) == {("small", 0.55, 40, None), ("large", 0.45, 40, None)}
    rolling = blocks["rolling"].frame.filter(recipe="points/small")
    # A judgement that was made again counts as it was made last.
    assert rolling["hit_rate_30"].to_list() == [0.5, 0.55]


def test_a_model_that_is_not_there_is_said(daily: Daily) -> None:
    with pytest.raises(InputError, match="tipoff models list"):
        looked_at(PAGE, daily.lake, model="nothing")


def test_a_lake_without_models_has_none(tmp_path: Path) -> None:
    blocks = looked_at(PAGE, open_lake(str(tmp_path)))
    assert all(block.frame.is_empty() for block in blocks.values())
    assert version(open_lake(str(tmp_path)), MODELS) is None
