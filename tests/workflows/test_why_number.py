"""Every printed number is computed again from the rows that it came from."""

import json
import random
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from tests.conftest import TEST, TRAIN
from typer.testing import CliRunner

from tipoff.backtest.findings import FINDINGS, findings
from tipoff.backtest.lines import line_choice
from tipoff.cli.app import app
from tipoff.domain.market import market_named
from tipoff.errors import InputError
from tipoff.models.spec import ModelSpec, Windows
from tipoff.store.lake import Lake, open_lake, scan
from tipoff.store.lake import replace as replace_rows
from tipoff.tables.graded import GRADED_ROWS
from tipoff.workflows.dataset import dataset
from tipoff.workflows.graded import kept
from tipoff.workflows.train import Options, run_on
from tipoff.workflows.why_number import why_number

SPEC = ModelSpec(name="small", no_vegas=True, iterations=40, learning_rate=0.2)
WINDOWS = Windows(train_start=TRAIN[0], train_end=TRAIN[1], eval_start=TEST[0], eval_end=TEST[1])


@pytest.fixture(scope="module")
def ran(built_lake: Lake, tmp_path_factory: pytest.TempPathFactory) -> tuple[Lake, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("why") / "lake"
    shutil.copytree(built_lake.url, folder)
    lake = open_lake(str(folder))
    data = dataset(lake, ["2022-23"], with_market=False)
    options = Options(folder / "models", min_train_rows=100, threads=1)
    outcome = run_on(lake, data, SPEC, WINDOWS, line_choice("median"), options)
    again = run_on(lake, data, SPEC, WINDOWS, line_choice("median"), replace(options, force=True))
    assert again.report["numbers"] == outcome.report["numbers"]
    return lake, outcome.report


def test_thirty_random_numbers_agree(ran: tuple[Lake, dict[str, Any]]) -> None:
    lake, report = ran
    names = random.Random(3).sample(sorted(report["numbers"]), 30)
    for name in names:
        found = why_number(lake, f"{report['run_id']}/{name}")
        assert found["agrees"] is True, name
        assert found["again"] == report["numbers"][name]
        assert found["rows"]["n"] >= found["again"]["n"]
        assert found["what"]


@pytest.mark.parametrize(
    "name",
    [
        "evidence/p_value",
        "evidence/power.needed",
        "headline/hit_rate.value",
        "returns/quarter-kelly.max_drawdown",
        "closing/with_close",
        "probabilities/reliability.0.observed",
        "tiers/star.bias",
    ],
)
def test_figures_of_findings_agree(ran: tuple[Lake, dict[str, Any]], name: str) -> None:
    lake, report = ran
    found = why_number(lake, f"{report['run_id']}/{name}")
    assert found["agrees"] is True
    shown = CliRunner().invoke(app, ["why", found["id"], "--lake", lake.url])
    assert shown.exit_code == 0, shown.output


def test_every_finding_agrees_in_every_figure(ran: tuple[Lake, dict[str, Any]]) -> None:
    lake, report = ran
    stored = kept(lake, report["rows_hash"])
    again = findings(stored, market_named("points"))
    assert again.keys() == FINDINGS.keys()
    for name in again.keys() & report.keys():
        found = again[name]
        assert json.dumps(found, default=str) == json.dumps(report[name], default=str), name


def test_a_path_that_is_none_is_said(ran: tuple[Lake, dict[str, Any]]) -> None:
    lake, report = ran
    with pytest.raises(InputError, match="Expected one of edge, n, dates"):
        why_number(lake, f"{report['run_id']}/evidence/luck")
    with pytest.raises(InputError, match="holds several"):
        why_number(lake, f"{report['run_id']}/evidence/power")


def test_what_was_not_stated_can_be_asked_for(ran: tuple[Lake, dict[str, Any]]) -> None:
    lake, report = ran
    found = why_number(lake, f"{report['run_id'][:8]}/side=over,edge=1-3/hit_rate@1")
    assert found["agrees"] is None
    assert found["again"]["n"] > 0
    assert found["versions"]["tables"]["player_boxes"] >= 0
    assert found["run"]["spec"]["name"] == "small"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("000000/all/mae", "found none"),
        ("{run}/all/accuracy", "Expected a measure out of mae, line_mae"),
        ("{run}/referee=x/mae", "Expected segments out of season"),
        ("{run}/side=sideways/mae", "side=over"),
        ("{run}", "Expected an id such as"),
    ],
)
def test_what_is_not_there_is_said(ran: tuple[Lake, dict[str, Any]], text: str, words: str) -> None:
    lake, report = ran
    with pytest.raises(InputError, match=words):
        why_number(lake, text.format(run=report["run_id"]))


def test_changed_rows_are_noticed(ran: tuple[Lake, dict[str, Any]], tmp_path: Path) -> None:
    lake, report = ran
    shutil.copytree(lake.url, tmp_path / "forged")
    forged = open_lake(str(tmp_path / "forged"))
    rows = scan(forged, GRADED_ROWS).collect()
    better = rows.with_columns(
        outcome=pl.when(pl.int_range(pl.len()) == 0).then(pl.lit("win")).otherwise("outcome"),
        prediction=pl.col("prediction") + 0.5,
    )
    replace_rows(forged, GRADED_ROWS, better, "season = '2022-23'")
    with pytest.raises(InputError, match="as they were stored"):
        why_number(forged, f"{report['run_id']}/all/mae")


def test_the_command_prints_and_gives_one_document(ran: tuple[Lake, dict[str, Any]]) -> None:
    lake, report = ran
    asked = ["why", f"{report['run_id']}/all/mae", "--lake", lake.url]
    shown = CliRunner().invoke(app, asked)
    assert shown.exit_code == 0
    assert "mean absolute error of the prediction" in shown.stdout
    document = json.loads(CliRunner().invoke(app, [*asked, "--json"]).stdout)
    assert document["agrees"] is True
    missing = CliRunner().invoke(app, ["why", "nothing", "--lake", lake.url])
    assert missing.exit_code == 2
