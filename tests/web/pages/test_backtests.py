"""Backtests say what the ledger says; every number that has an id is computed again by it."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest
from tests.web.pages.showing import shown
from tests.workflows.daily_league import SPEC, WINDOWS, Daily
from typer.testing import CliRunner

from tipoff.backtest.comparison import compared
from tipoff.cli.app import app
from tipoff.errors import InputError
from tipoff.store.lake import Lake, open_lake
from tipoff.web.site.blocks import Grid, Plot
from tipoff.web.site.pages.backtests import PAGE, _cells
from tipoff.workflows.experiments import Run, counted, listed
from tipoff.workflows.graded import kept
from tipoff.workflows.runs import finished_runs
from tipoff.workflows.train import Options, train
from tipoff.workflows.why_number import why_number

Ran = tuple[Lake, dict[str, Any], dict[str, Any]]
CLOSE = 1e-9


@pytest.fixture(scope="module")
def ran(daily: Daily, tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """A lake with two finished runs, one that failed and one that was aborted."""
    folder = tmp_path_factory.mktemp("backtests")
    lake = daily.copied(folder)
    options = Options(folder / "models", min_train_rows=100, threads=1)
    other = SPEC.model_copy(update={"name": "other", "seed": 7, "iterations": 5})
    second = train(lake, other, WINDOWS, "median", options).report
    spec = {"spec": {"market": "points"}}
    with pytest.raises(InputError), counted(lake, Run("f" * 16, "failed", spec, "", "print")):
        raise InputError("Expected more rows.")
    with pytest.raises(KeyboardInterrupt), counted(lake, Run("a" * 16, "gone", spec, "", "print")):
        raise KeyboardInterrupt
    return lake, daily.outcome.report, second


def test_the_table_says_what_the_runs_reported(ran: Ran) -> None:
    lake, *reports = ran
    rows = {row["run_id"]: row for row in shown(PAGE, lake)["runs"].frame.to_dicts()}
    assert len(rows) == 2
    for report in reports:
        row, lines = rows[report["run_id"]], report["lines"]
        usual = lines["hr"]["3"]
        assert row["hit_rate"] == pytest.approx(usual["rate"], abs=CLOSE)
        assert (row["low"], row["high"]) == pytest.approx((usual["low"], usual["high"]), abs=CLOSE)
        assert (row["n"], row["lines"]) == (usual["n"], lines["n"])
        assert row["break_even"] == pytest.approx(usual["break_even"], abs=CLOSE)
        assert (row["mae"], row["line_mae"]) == pytest.approx((lines["mae"], lines["line_mae"]))
        told = (row["season"], row["loss"], row["line_source"], row["verdict"], row["plant"])
        assert told == ("2022-23", report["spec"]["loss"], "median", report["verdict"], None)
        failed = [one["name"] for one in report["alarm"] + report["gates"] if not one["passed"]]
        assert row["failed"] == ", ".join(failed)


def test_seasons_and_losses_stand_in_one_table(ran: Ran) -> None:
    lake, first, second = ran
    table = shown(PAGE, lake)["table"]
    assert isinstance(table, Plot)
    losses = {report["spec"]["loss"] for report in (first, second)}
    assert sorted(table.frame["loss"]) == sorted(losses)
    row = table.frame.to_dicts()[0]
    assert row["row"].startswith("2022-23 · points · median")
    told = {r["run_id"]: r["lines"]["hr"]["3"] for r in (first, second)}[row["run_id"]]
    assert (row["hit_rate"], row["n"]) == (pytest.approx(told["rate"], abs=CLOSE), told["n"])
    expected = ("above" if told["low"] > told["break_even"] else
                "below" if told["high"] < told["break_even"] else "around")  # fmt: skip
    assert row["stands"] == f"{expected} break-even"


def test_a_leak_is_no_success_in_the_table(ran: Ran) -> None:
    runs = finished_runs(ran[0]).with_columns(
        hit_rate=0.88,
        low=0.86,
        high=0.9,
        plant=pl.Series(["inclusive-date", None], dtype=pl.String),
    )
    assert _cells(runs.with_columns(verdict=pl.lit("quarantined")))["stands"].to_list() == [
        "leak", "leak",
    ]  # fmt: skip
    clean = _cells(runs.with_columns(verdict=pl.lit("gates failed")))
    assert sorted(clean["stands"].to_list()) == ["above break-even", "leak"]


def test_every_try_is_in_the_ledger(ran: Ran) -> None:
    lake, *_ = ran
    ledger = shown(PAGE, lake)["ledger"]
    assert isinstance(ledger, Grid)
    assert ledger.frame["state"].to_list() == ["aborted", "failed", "finished", "finished"]
    assert ledger.frame["run_id"].to_list()[::-1] == [
        one["run_id"] for one in listed(lake)["experiments"]
    ]
    link = ledger.columns["name"].link
    assert link is not None
    # What did not end has nothing to look at.
    assert [link(row) is not None for row in ledger.frame.to_dicts()] == [False, False, True, True]


def test_what_has_an_id_is_computed_again(ran: Ran) -> None:
    lake, first, _ = ran
    blocks = shown(PAGE, lake, run=first["run_id"][:8])
    seen = 0
    for block in blocks.values():
        assert isinstance(block, Grid | Plot)
        with_ids = {name: c for name, c in block.columns.items() if c.why is not None}
        # The first and the last row of a table stand for the others.
        for row in block.frame.to_dicts()[:: max(1, block.frame.height - 1)]:
            for name, column in with_ids.items():
                if row[name] is None:
                    continue
                assert column.why is not None
                told = why_number(lake, str(column.why(row)))["again"]["value"]
                assert row[name] == pytest.approx(told, abs=1e-8), (block.name, name)
                seen += 1
    assert seen > 20


def test_placebos_and_gates_are_those_of_the_run(ran: Ran) -> None:
    lake, first, _ = ran
    blocks = shown(PAGE, lake, run=first["run_id"])
    rules = dict(blocks["placebos"].frame.select("rule", "hit_rate").iter_rows())
    told = {name.replace("_", " "): found["hr"]["rate"]
            for name, found in first["baselines"].items() if found["hr"]}  # fmt: skip
    assert rules == pytest.approx({**told, "the model": first["lines"]["hr"]["3"]["rate"]})
    kinds = dict(blocks["placebos"].frame.select("rule", "what").iter_rows())
    assert kinds["leaked oracle"] == "told the result"
    judged = len(first["alarm"]) + len(first["gates"]) + len(first["honest_gates"])
    assert blocks["gates"].frame.height == judged
    assert blocks["edges"].frame["n"].sum() == sum(one["n"] for one in first["edge_buckets"])
    # Weeks that were not reported are found in the rows: together they are all picks.
    assert blocks["weeks"].frame["n"].sum() == first["lines"]["hr"]["3"]["n"]


def test_two_runs_are_compared_on_the_same_rows(ran: Ran) -> None:
    lake, first, second = ran
    blocks = shown(PAGE, lake, run=first["run_id"], other=second["run_id"])
    frames = {"a": kept(lake, first["rows_hash"]), "b": kept(lake, second["rows_hash"])}
    told = {row["name"]: row for row in compared(frames, "b")}["a"]["mae_minus_reference"]
    rows = {row["measure"]: row for row in blocks["pair"].frame.to_dicts()}
    mae = rows["mae"]
    assert {n: mae[n] for n in ("low", "high", "n")} == {n: told[n] for n in ("low", "high", "n")}
    assert mae["difference"] == told["value"]
    assert rows["hit_rate@3"]["n"] > 0
    for row in rows.values():
        found = why_number(lake, row["id"])
        assert {n: found["again"][n] for n in ("low", "high", "n")} == {
            n: row[n] for n in ("low", "high", "n")
        }
        assert found["again"]["value"] == row["difference"]
    assert CliRunner().invoke(app, ["why", rows["mae"]["id"], "--lake", lake.url]).exit_code == 0
    with pytest.raises(InputError, match="a measure of both runs out of"):
        why_number(lake, f"{first['run_id']}/vs={second['run_id']}/crps")
    beside = {row["measure"]: row for row in blocks["beside"].frame.to_dicts()}
    assert beside["mae"]["value"] == first["numbers"]["all/mae"]["value"]
    assert beside["mae"]["other"] == second["numbers"]["all/mae"]["value"]
    itself = shown(PAGE, lake, run=first["run_id"], other=first["run_id"])["pair"].frame
    assert itself["difference"].to_list() == pytest.approx([0.0] * itself.height)


def test_a_run_that_is_not_there_is_said(ran: Ran) -> None:
    with pytest.raises(InputError, match="found none"):
        shown(PAGE, ran[0], run="nothing")


def test_another_market_has_no_runs(ran: Ran) -> None:
    blocks = shown(PAGE, ran[0], market="assists")
    assert blocks["runs"].frame.is_empty()
    assert blocks["ledger"].frame.is_empty()


def test_a_lake_without_runs_has_none(tmp_path: Path) -> None:
    lake = open_lake(str(tmp_path))
    assert finished_runs(lake).schema["hit_rate"] == pl.Float64
    assert shown(PAGE, lake)["runs"].frame.is_empty()
