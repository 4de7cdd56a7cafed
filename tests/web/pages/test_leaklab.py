"""The leak lab shows what audits, runs and the museum say, and judges numbers that are stated."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest
from tests.web.pages.showing import said, shown

from tipoff.backtest.kill_matrix import kill_matrix
from tipoff.domain.market import MARKETS
from tipoff.domain.plant import PLANTS, plant_named
from tipoff.models.spec import ModelSpec
from tipoff.sources.league import LeagueSettings, append_to, generate
from tipoff.store.lake import Lake, open_lake
from tipoff.web.site.pages.leaklab import PAGE
from tipoff.workflows.certificates import certificates
from tipoff.workflows.certifying import certified
from tipoff.workflows.experiments import Run, counted
from tipoff.workflows.leak_audit import Asked
from tipoff.workflows.run_temperatures import run_temperatures

POINTS = MARKETS["points"]
TINY = LeagueSettings(seasons=1, teams=6, games_per_team=20, extra_markets=False)
FAULT = "inclusive-date"


def _report(share: float, mae: float, rate: float, market: str = "points") -> dict[str, Any]:
    edge = f"{MARKETS[market].edges[1]:g}"
    hits = {"rate": rate, "n": 200, "low": rate - 0.07, "high": rate + 0.07, "break_even": 0.52}
    heat: dict[str, Any] = {
        "share": share, "low": share - 0.01, "high": share + 0.01, "ceiling": 0.02, "n": 500,
        "dates": 20, "verdict": "quarantined" if share > 0.03 else "plausible", "months": [],
    }  # fmt: skip
    lines = {"mae": mae, "line_mae": 5.0, "hr": {edge: hits}, "edges": {"usual": edge}}
    verdict = "leak suspected" if share > 0.03 else "gates failed"
    return {"market": market, "thermometer": heat, "lines": lines, "verdict": verdict}


def _finished(lake: Lake, run_id: str, report: dict[str, Any], plant: str = "") -> None:
    with counted(lake, Run(run_id, f"run {run_id}", {"spec": {}}, plant, "rows")) as run:
        run.report = report


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """A tiny league, audited clean and planted, with the reports of three runs."""
    folder = tmp_path_factory.mktemp("lab")
    lake = open_lake(str(folder / "lake"))
    append_to(lake, generate(TINY))
    spec = ModelSpec(name="audited", feature_set="v12")
    for plant in (None, plant_named(FAULT)):
        asked = Asked((POINTS,), spec, dates=1, refits=0, plant=plant)
        certified(lake, asked, folder, step=lambda *_: None)
    _finished(lake, "a" * 16, _report(0.01, 5.3, 0.52))
    _finished(lake, "b" * 16, _report(0.002, 5.1, 0.5, "threes"))
    _finished(lake, "c" * 16, _report(0.5, 3.5, 0.9), FAULT)
    return lake


def test_readings_are_those_of_the_reports(lab: Lake) -> None:
    runs = run_temperatures(lab)
    assert runs["run_id"].to_list() == ["c" * 16, "b" * 16, "a" * 16]
    assert runs["mae_ratio"].to_list() == pytest.approx([0.7, 1.02, 1.06])
    assert runs["rate"].to_list() == [0.9, 0.5, 0.52]
    assert runs["edge"].to_list() == [3.0, MARKETS["threes"].edges[1], 3.0]
    assert runs["reading"].to_list() == ["quarantined", "plausible", "plausible"]
    assert run_temperatures(lab, most=1).height == 1
    blocks = shown(PAGE, lab)
    assert blocks["runs"].frame.height == 3
    assert blocks["readings"].frame["kind"].to_list() == [f"with {FAULT}", "clean", "clean"]


def test_one_sentence_holds_clean_runs_against_planted_ones(lab: Lake, tmp_path: Path) -> None:
    sentence = said(shown(PAGE, lab)["honest"])
    assert (
        "in 2 runs: an error of 1.02 to 1.06 times the line's (graded lines, all runs: 1,000)"
        in sentence
    )
    assert "50 to 52 % of picks won (at the usual edge, all runs: 400), 0 quarantined" in sentence
    assert "with a planted fault, in 1 run: an error of 0.70 times" in sentence
    lake = open_lake(str(tmp_path / "empty"))
    assert "tipoff multiseason" in said(shown(PAGE, lake)["honest"])
    _finished(lake, "d" * 16, _report(0.01, 5.3, 0.52))
    assert f"--plant {FAULT}' shows the same" in said(shown(PAGE, lake)["honest"])


def test_a_certificate_says_what_moved(lab: Lake) -> None:
    told = {one["plant"]: one for one in certificates(lab)}
    blocks = shown(PAGE, lab)
    rows = {row["plant"]: row for row in blocks["certificates"].frame.to_dicts()}
    assert (rows["none"]["verdict"], rows["none"]["moved"]) == ("clean", 0)
    assert (rows[FAULT]["verdict"], rows[FAULT]["is_current"]) == ("leak", True)
    assert "player_daily_cache" in rows[FAULT]["moved_by"]
    # The clean one is opened unless another is asked for.
    assert told[""]["id"] in blocks["moved"].about
    opened = shown(PAGE, lab, certificate=told[FAULT]["id"])["moved"]
    assert f"with {FAULT} planted" in opened.about
    for side, kinds in (
        (
            "the future changed",
            {k: m["outputs"] for k, m in told[FAULT]["content"]["mutations"].items()},
        ),
        ("the past changed", told[FAULT]["content"]["dual"]),
    ):
        shown_rows = opened.frame.filter(side=side)
        assert shown_rows.height == sum(map(len, kinds.values()))
        for row in shown_rows.to_dicts():
            own = kinds[row["kind"]][row["output"]]
            assert (row["moved"], row["compared"]) == (own["moved"], own["compared"])


def test_numbers_that_are_stated_are_judged(lab: Lake) -> None:
    hot = shown(PAGE, lab, hit_rate="0.85", n="878", line_mae="5.4")["thermometer"]
    row = hot.frame.row(0, named=True)
    assert row["verdict"] == "quarantined"
    assert hot.command.endswith("--hit-rate 0.85 --n 878 --line-mae 5.4 --market points")
    assert row["reason"] in hot.about
    for values, sentence in (
        ({"hit_rate": "0.6"}, "Expected Picks, Line's MAE as well"),
        ({"hit_rate": "high", "n": "9", "line_mae": "5"}, "Expected Hit rate as a number"),
        ({"hit_rate": "0.6", "n": "9.5", "line_mae": "5"}, "whole number of picks"),
        ({"hit_rate": "60", "n": "9", "line_mae": "5"}, "Expected a hit rate from 0 to 1"),
    ):
        blocks = shown(PAGE, lab, **values)
        assert sentence in said(blocks["thermometer"])
        assert blocks["faults"].frame.height == len(PLANTS)


def test_the_kill_matrix_is_the_shipped_one(lab: Lake) -> None:
    matrix, blocks = kill_matrix(), shown(PAGE, lab)
    frame = blocks["kill_matrix"].frame
    assert frame.height == len(matrix.faults) * len(matrix.detectors)
    found = frame.filter(mark="found").group_by("fault").agg("detector")
    for row in found.to_dicts():
        own = next(f for f in matrix.faults if f.name == row["fault"])
        assert sorted(row["detector"]) == sorted(own.found_by)
    assert found.height == matrix.found
    assert blocks["faults"].frame.filter(pl.col("found_by") == "none").is_empty()
