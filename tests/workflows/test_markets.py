"""Every market from the raw rows to the document, on the built-in league."""

import shutil
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from tests.conftest import TEST, TRAIN

from tipoff.backtest.gates import LEAK_SUSPECTED
from tipoff.domain.market import FEATURE_MARKETS, Market
from tipoff.domain.plant import plant_named
from tipoff.errors import InputError
from tipoff.processors.catalogue import feature_store
from tipoff.store.lake import Lake, open_lake, read
from tipoff.tables.raw import PLAYER_BOXES
from tipoff.workflows.multiseason import multiseason
from tipoff.workflows.table_config import Row, TableConfig
from tipoff.workflows.train import Options

NAMES = tuple(market.name for market in FEATURE_MARKETS)
ROW = Row(
    title="2022-23, all",
    train_start=TRAIN[0],
    train_end=TRAIN[1],
    eval_start=TEST[0],
    eval_end=TEST[1],
    line_source="median",
    markets=NAMES,
)
CONFIG = TableConfig(
    losses=("RMSE",),
    auto=False,
    model={"no_vegas": True, "iterations": 80, "learning_rate": 0.1, "grow_policy": "Depthwise"},
    row=(ROW,),
)
each_market = pytest.mark.parametrize("market", FEATURE_MARKETS, ids=lambda m: m.name)
Tables = dict[str | None, dict[str, Any]]


@pytest.fixture(scope="module")
def lake(raw_lake: Lake, tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """A lake without any derived table: the table builds what it needs."""
    folder = tmp_path_factory.mktemp("markets") / "lake"
    shutil.copytree(raw_lake.url, folder)
    return open_lake(str(folder))


@pytest.fixture(scope="module")
def tables(lake: Lake, tmp_path_factory: pytest.TempPathFactory) -> Tables:
    """The table of all markets, clean and with the planted fault."""
    folder = tmp_path_factory.mktemp("tables")
    options = Options(folder / "models", min_train_rows=100, min_eval_rows=50, threads=1)
    return {
        name: multiseason(
            lake, CONFIG, folder / "reports", options, plant=plant_named(name) if name else None
        )
        for name in (None, "inclusive-date")
    }


def _run(tables: Tables, market: Market, plant: str | None = None) -> dict[str, Any]:
    (run,) = [run for run in tables[plant]["runs"] if run["market"] == market.name]
    return dict(run)


@each_market
def test_each_market_is_trained_on_its_own_features_and_judged_at_its_own_edges(
    tables: Tables, market: Market
) -> None:
    run = _run(tables, market)
    assert run["spec"]["market"] == market.name
    assert run["unit"] == market.unit
    assert run["lines"]["edges"]["usual"] == f"{market.edges[1]:g}"
    assert list(run["lines"]["hr"]) == [f"{edge:g}" for edge in market.edges]
    assert f"hit_rate_at_edge_{market.edges[1]:g}" in {gate["name"] for gate in run["gates"]}
    own = f"{market.name}_avg_last_10"
    assert own in run["importances"]
    others = {f"{name}_avg_last_10" for name in NAMES} - {own}
    assert not others & set(run["importances"])


@each_market
def test_an_honest_model_of_each_market_is_near_the_line_and_no_leak(
    tables: Tables, market: Market
) -> None:
    run = _run(tables, market)
    assert run["verdict"] != LEAK_SUSPECTED
    assert 0.95 < run["lines"]["mae"] / run["lines"]["line_mae"] < 1.15
    assert run["all"]["mae"] < run["all"]["constant_mae"]


@each_market
def test_the_planted_fault_raises_the_alarm_of_each_market_by_the_numbers_alone(
    tables: Tables, market: Market
) -> None:
    clean, planted = _run(tables, market), _run(tables, market, "inclusive-date")
    assert planted["verdict"] == LEAK_SUSPECTED
    raised = {condition["name"] for condition in planted["alarm"] if not condition["passed"]}
    assert "mae_to_line" in raised
    assert f"hit_rate_at_edge_{market.edges[0]:g}" in raised
    assert planted["lines"]["mae"] < 0.95 * clean["lines"]["mae"]


@each_market
def test_each_market_is_graded_on_what_its_box_score_columns_add_up_to(
    tables: Tables, lake: Lake, market: Market
) -> None:
    graded = pl.read_parquet(_run(tables, market)["artifact"]["predictions"])
    boxes = read(lake, PLAYER_BOXES).sort("observed_at")
    newest = boxes.unique(["game_id", "player_id"], keep="last")
    joined = graded.drop_nulls("actual").join(newest, on=["game_id", "player_id"], validate="1:1")
    assert joined.height > 50
    for row in joined.iter_rows(named=True):
        assert row["actual"] == sum(row[column] for column in market.columns)


def test_only_the_tables_of_markets_that_were_run_are_built(raw_lake: Lake, tmp_path: Path) -> None:
    shutil.copytree(raw_lake.url, tmp_path / "lake")
    lake = open_lake(str(tmp_path / "lake"))
    options = Options(tmp_path / "models", min_train_rows=100, min_eval_rows=50, threads=1)
    table = multiseason(lake, CONFIG, tmp_path, options, market="threes")
    assert [run["market"] for run in table["runs"]] == ["threes"]
    built = {
        m.name for m in FEATURE_MARKETS if (tmp_path / "lake" / feature_store(m).name).exists()
    }
    assert built == {"threes"}


def test_one_document_shows_all_markets(tables: Tables) -> None:
    markdown = Path(tables[None]["report"]["markdown"]).read_text()
    html = Path(tables[None]["report"]["html"]).read_text()
    for market in FEATURE_MARKETS:
        heading = market.name.replace("_", " ").capitalize()
        assert f"| {heading} | 2022-23, all |" in markdown
        assert f"<h2>{heading}: 2022-23, all</h2>" in html
        assert f"{market.edges[1]:g} {market.unit}" in markdown
    assert html.count("<svg") == len(FEATURE_MARKETS)


@pytest.mark.parametrize("asked", ["dunks", "steals", "points,dunks"])
def test_a_market_without_features_is_refused(lake: Lake, tmp_path: Path, asked: str) -> None:
    options = Options(tmp_path / "models")
    with pytest.raises(InputError, match="Expected"):
        multiseason(lake, CONFIG, tmp_path, options, market=asked)
