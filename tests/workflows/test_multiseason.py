"""The seasons x losses table on the built-in league."""

import html
import json
import random
import re
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from tests.conftest import TEST, TRAIN

from tipoff.backtest.cells import percent
from tipoff.backtest.gates import LEAK_SUSPECTED
from tipoff.backtest.heat_calibration import LAST_QUOTE, PLANTED
from tipoff.backtest.heat_calibration import MODEL as OWN
from tipoff.backtest.model_signs import INVERTED
from tipoff.backtest.thermometer import PLAUSIBLE, QUARANTINED
from tipoff.domain.plant import plant_named
from tipoff.errors import InputError
from tipoff.store.lake import Lake, log, open_lake
from tipoff.tables.experiments import POOLS
from tipoff.workflows.heat_calibration import calibration
from tipoff.workflows.multiseason import multiseason
from tipoff.workflows.table_config import Row, TableConfig
from tipoff.workflows.train import Options
from tipoff.workflows.why_number import why_number

MODEL = {"no_vegas": True, "iterations": 60, "learning_rate": 0.2, "grow_policy": "Depthwise"}


def _row(title: str, line_source: str) -> Row:
    return Row(
        title=title,
        train_start=TRAIN[0],
        train_end=TRAIN[1],
        eval_start=TEST[0],
        eval_end=TEST[1],
        line_source=line_source,
    )


CONFIG = TableConfig(
    losses=("MAE", "RMSE"),
    auto=False,
    model=MODEL,
    row=(_row("2022-23, all", "median"), _row("2022-23, none", "elsewhere:median")),
)


@pytest.fixture
def lake(built_lake: Lake, tmp_path: Path) -> Lake:
    folder = tmp_path / "lake"
    shutil.copytree(built_lake.url, folder)
    return open_lake(str(folder))


def _options(folder: Path) -> Options:
    return Options(folder / "models", min_train_rows=100, min_eval_rows=50, threads=1)


Table = dict[str, Any]


@pytest.fixture(scope="module")
def tables(built_lake: Lake, tmp_path_factory: pytest.TempPathFactory) -> tuple[Table, ...]:
    """The table on one lake: clean, with the planted fault, and clean again."""
    folder = tmp_path_factory.mktemp("tables")
    shutil.copytree(built_lake.url, folder / "lake")
    lake = open_lake(str(folder / "lake"))
    found = []
    for number, name in enumerate((None, "inclusive-date", None)):
        plant = plant_named(name) if name else None
        out = folder / str(number)
        found.append(multiseason(lake, CONFIG, out, _options(folder), plant=plant))
    return tuple(found)


def _texts(table: Table) -> list[str]:
    return [Path(table["report"][kind]).read_text() for kind in ("markdown", "html")]


def test_every_row_is_run_with_every_loss_or_listed_with_the_reason(
    tables: tuple[Table, ...],
) -> None:
    table = tables[0]
    assert [(r["title"], r["spec"]["loss"]) for r in table["runs"]] == [
        ("2022-23, all", "MAE"),
        ("2022-23, all", "RMSE"),
    ]
    assert [s["title"] for s in table["skipped"]] == ["2022-23, none"]
    assert "no such lines" in table["skipped"][0]["reason"]
    for run in table["runs"]:
        assert (run["season"], run["line_source"]) == ("2022-23", "median")
        assert {"run_id", "lines", "all", "gates", "verdict", "weekly"} <= run.keys()
        assert run["verdict"] != LEAK_SUSPECTED
    assert [r["experiments_so_far"] for r in table["runs"]] == [1, 2]
    stored = json.loads(Path(table["report"]["json"]).read_text())
    assert [r["run_id"] for r in stored["runs"]] == [r["run_id"] for r in table["runs"]]


def test_the_planted_fault_is_suspected(tables: tuple[Table, ...]) -> None:
    clean, planted, _ = tables
    assert {r["verdict"] for r in planted["runs"]} == {LEAK_SUSPECTED}
    for leaked, honest in zip(planted["runs"], clean["runs"], strict=True):
        assert not all(c["passed"] for c in leaked["alarm"]), "the numbers alone raise the alarm"
        assert leaked["lines"]["mae"] < 0.95 * honest["lines"]["mae"]
        assert leaked["run_id"] != honest["run_id"]
    assert _texts(planted)[0].startswith("# LEAK SUSPECTED")


def test_every_run_carries_its_temperature_and_a_hot_one_is_quarantined(
    tables: tuple[Table, ...],
) -> None:
    clean, planted, _ = tables
    for run in clean["runs"]:
        assert run["thermometer"]["verdict"] == PLAUSIBLE
        assert run["thermometer"]["n"] == run["lines"]["n"]
        assert run["model_signs"]["signs"] == []
    for run in planted["runs"]:
        assert run["thermometer"]["verdict"] == QUARANTINED
        raised = {c["name"] for c in run["alarm"] if not c["passed"]}
        assert {"thermometer", "model_signs"} <= raised
        assert INVERTED in [sign["kind"] for sign in run["model_signs"]["signs"]]
    assert all("leak suspected, quarantined" in text for text in _texts(planted))
    assert not any("suspected, quarantined" in text for text in _texts(clean))


def test_the_ceilings_are_measured_again_on_the_lakes_own_runs(tables: tuple[Table, ...]) -> None:
    lake = open_lake(str(Path(tables[0]["report"]["json"]).parents[1] / "lake"))
    found = calibration(lake)
    assert found["is_within"]
    (market,) = found["markets"]
    assert market["market"] == "points"
    assert market["planted"]["readings"] == 2
    assert market["planted"]["low"] > 0.2
    kinds = {row["kind"] for row in found["rows"]}
    assert {OWN, PLANTED, LAST_QUOTE, "season average"} <= kinds
    assert {r["recipe"] for r in found["rows"] if r["recipe"]} == {"catboost MAE", "catboost RMSE"}
    assert found == calibration(lake)


def test_the_table_again_is_the_same_document_even_after_a_planted_one(
    tables: tuple[Table, ...],
) -> None:
    clean, _, again = tables
    assert _texts(again) == _texts(clean)
    stored = [Path(table["report"]["json"]).read_text() for table in (again, clean)]
    assert stored[0] == stored[1]
    assert [r["artifact"]["sha256"] for r in again["runs"]] == [
        r["artifact"]["sha256"] for r in clean["runs"]
    ]


def test_thirty_random_numbers_of_the_document_are_computed_again_as_printed(
    tables: tuple[Table, ...],
) -> None:
    page = Path(tables[0]["report"]["html"])
    lake = open_lake(str(page.parents[1] / "lake"))
    printed = re.findall(r'<span id="([^"]+)" title="[^"]+">([^<]+)</span>', page.read_text())
    assert len({name for name, _ in printed}) > 100
    chosen = random.Random(5).sample(sorted(set(printed)), 30)
    assert any(name.startswith("pool-") for name, _ in chosen)
    for name, text in chosen:
        found = why_number(lake, html.unescape(name))
        assert found["agrees"] in (True, None), name
        value = found["again"]["value"]
        forms = {percent(value), f"{value:,}", *(f"{value:.{n}f}" for n in (1, 2, 3, 4))}
        assert html.unescape(text) in forms, name


def test_what_is_said_of_runs_among_others_and_of_books_agrees_too(
    tables: tuple[Table, ...],
) -> None:
    for table in tables[:2]:
        page = Path(table["report"]["html"])
        lake = open_lake(str(page.parents[1] / "lake"))
        names = re.findall(r'<span id="([^"]+)" title="[^"]+">[^<]+</span>', page.read_text())
        families = sorted({name for name in names if name.startswith("family-")})
        books = sorted({name for name in names if "/book_biases/" in name})
        assert {name.rpartition("/")[2] for name in families} >= {"holm", "tries", "luck"}
        assert len(books) > 8
        for name in [*families, *random.Random(6).sample(books, 4)]:
            found = why_number(lake, html.unescape(name))
            assert found["agrees"] is True, name
            assert found["rows"]["n"] > 0


def test_a_forged_statement_of_a_family_is_noticed(lake: Lake) -> None:
    with pytest.raises(InputError, match="Expected a family of runs"):
        why_number(lake, "family-0000000000000000/one/holm")
    stated = {"one": {"tries": 1, "holm": 0.01, "benjamini_hochberg": 0.01, "luck": None}}
    row = ("family-forged", datetime.now(UTC), "runs", "points", json.dumps(stated))
    log(lake, POOLS, pl.DataFrame([row], schema=POOLS.columns, orient="row"))
    with pytest.raises(InputError, match="Expected one of tries, holm"):
        why_number(lake, "family-forged/one/margin")
    with pytest.raises(InputError, match="Expected one finished run"):
        why_number(lake, "family-forged/one/holm")


def test_runs_of_a_market_are_judged_as_one_family(tables: tuple[Table, ...]) -> None:
    for run in tables[0]["runs"]:
        assert run["family"]["runs"] == 2
        assert run["family"]["holm"] >= run["evidence"]["p_value"]
        assert run["recommendation"].startswith("Do not promote")
        assert run["luck"]["tries"] == 2
    assert "was planted" in tables[1]["runs"][0]["recommendation"]


def test_a_document_says_what_moved_since_the_last_other_one(lake: Lake, tmp_path: Path) -> None:
    config = CONFIG.model_copy(update={"losses": ("RMSE",), "row": CONFIG.row[:1]})
    options = _options(tmp_path)
    first = multiseason(lake, config, tmp_path / "one", options)
    assert "Since the last document" not in _texts(first)[0]
    other = config.model_copy(update={"model": {**MODEL, "depth": 3}})
    second = multiseason(lake, other, tmp_path / "two", options)
    assert "Since the last document" in _texts(second)[0]
    assert "points: 2022-23, all, RMSE: " in _texts(second)[0]
    assert "(the same rows)" in _texts(second)[0]
    again = multiseason(lake, config, tmp_path / "three", options)
    assert _sections(again, "Since the last document") is None


def _sections(table: Table, title: str) -> str | None:
    text = _texts(table)[0]
    return text.partition(f"## {title}")[2] or None


def test_rows_are_derived_for_a_season_without_one(lake: Lake, tmp_path: Path) -> None:
    config = CONFIG.model_copy(
        update={"auto": True, "losses": ("RMSE",), "row": (_row("none", "elsewhere:median"),)}
    )
    table = multiseason(lake, config, tmp_path / "reports", _options(tmp_path))
    assert [r["title"] for r in table["runs"]] == ["2021-22, median"]
    assert table["runs"][0]["windows"]["eval_start"] == "2022-02-01"


def test_a_lake_without_lines_is_refused_with_the_reasons(lake: Lake, tmp_path: Path) -> None:
    config = CONFIG.model_copy(update={"row": CONFIG.row[1:]})
    with pytest.raises(InputError, match="2022-23, none: the lake holds no such lines"):
        multiseason(lake, config, tmp_path / "reports", _options(tmp_path))
