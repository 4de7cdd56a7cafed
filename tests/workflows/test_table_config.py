import tomllib
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

from tipoff.domain.market import FEATURE_MARKETS, Market
from tipoff.errors import InputError
from tipoff.features.sets import feature_names
from tipoff.models.spec import kept_features
from tipoff.workflows.shipped import shipped_text
from tipoff.workflows.table_config import (
    Row,
    TableConfig,
    automatic_rows,
    planned_rows,
    read_config,
)

ROW = """
[[row]]
title = "2022-23"
train_start = 2022-11-01
train_end = 2023-01-31
eval_start = 2023-02-01
eval_end = 2023-02-28
line_source = "draftkings"
"""


NONE = pl.DataFrame(schema={"market": pl.String, "season": pl.String, "game_date": pl.Date})


def _written(folder: Path, text: str) -> Path:
    path = folder / "table.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_shipped_table_is_the_file_in_configs() -> None:
    file = Path(__file__).parents[2] / "configs" / "multiseason.toml"
    assert shipped_text("multiseason.toml") == file.read_text(encoding="utf-8")


def test_the_shipped_table_has_every_season_with_lines_and_the_three_losses() -> None:
    config = read_config(None)
    planned = planned_rows(config, NONE)
    assert {market.name for market, _ in planned} == {"points"}
    assert [row.season for _, row in planned] == [
        "2021-22",
        "2022-23",
        "2023-24",
        "2024-25",
        "2024-25",
        "2025-26",
    ]
    assert config.losses == ("Huber:delta=5", "MAE", "RMSE")
    assert config.auto


@pytest.mark.parametrize("market", FEATURE_MARKETS, ids=lambda m: m.name)
def test_the_shipped_table_has_every_season_of_every_market(market: Market) -> None:
    config = read_config(None)
    planned = planned_rows(config, NONE, market.name)
    lined = {"2022-23", "2023-24", "2024-25", "2025-26"}
    early = set() if market.name == "points_rebounds_assists" else {"2021-22"}
    assert {row.season for _, row in planned} == lined | early
    huber, *others = config.losses_for(market.name)
    assert huber == f"Huber:delta={market.edges[2]:g}"
    assert others == ["MAE", "RMSE"]


@pytest.mark.parametrize("market", FEATURE_MARKETS, ids=lambda m: m.name)
def test_the_shipped_recipe_names_features_that_exist(market: Market) -> None:
    spec = read_config(None).spec("m", "RMSE", market.name)
    names = feature_names(spec.feature_set, with_market=not spec.no_vegas, market=market)
    assert set(kept_features(spec, names)) == set(names) - set(spec.exclude_features)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("losses = [", "Expected TOML"),
        ("losses = []", "losses"),
        ('losses = ["MAPE"]', "expected a loss out of"),
        ('losses = ["MAE"]\nlosess = 1', "losess"),
        ('losses = ["MAE"]\n[model]\nrsm = 2.0', "rsm"),
        ('losses = ["MAE"]\n[model]\nloss = "MAE"', "said once and where they belong"),
        ('losses = ["MAE"]\n' + ROW.replace("2023-01-31", "2023-02-01"), "overlap"),
        ('losses = ["MAE"]\n' + ROW.replace('"draftkings"', '""'), "Expected a line source"),
        ('losses = ["MAE"]\n' + ROW.replace("2022-11-01", '"soon"'), "train_start"),
        ('losses = ["MAE"]\n' + ROW + 'markets = ["dunks"]', "Expected a market out of"),
        ('losses = ["MAE"]\n' + ROW + 'markets = ["steals"]', "features of steals are not built"),
        ('losses = ["MAE"]\nmarkets = ["dunks"]', "Expected a market out of"),
        ('losses = ["MAE"]\n[losses_of]\ndunks = ["MAE"]', "Expected a market out of"),
        ('losses = ["MAE"]\n[losses_of]\npoints = ["MAPE"]', "expected a loss out of"),
        ('losses = ["MAE"]\n[losses_of]\nthrees = ["MAPE"]', "expected a loss out of"),
        ('losses = ["MAE"]\n[losses_of]\nthrees = []', "losses_of"),
        ('losses = ["MAE"]\n' + ROW.replace('title = "2022-23"', ""), "title"),
    ],
)
def test_faults_are_told_in_a_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(InputError) as caught:
        read_config(_written(tmp_path, text))
    assert sentence in str(caught.value)


def test_a_file_that_is_not_text_is_told_in_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "table.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="Expected TOML"):
        read_config(path)


def test_a_missing_file_is_told_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="found none"):
        read_config(tmp_path / "none.toml")


def _lined(season: str, first: date, days: int, market: str = "points") -> pl.DataFrame:
    dates = [first + timedelta(days=i) for i in range(days)]
    return pl.DataFrame({"market": market, "season": season, "game_date": dates})


AUTO = TableConfig(losses=("MAE",))


def test_a_season_with_lines_in_february_is_evaluated_there() -> None:
    (row,) = automatic_rows(AUTO, _lined("2023-24", date(2023, 10, 25), 160), set())
    assert (row.train_start, row.train_end) == (date(2023, 11, 1), date(2024, 1, 31))
    assert (row.eval_start, row.eval_end) == (date(2024, 2, 1), date(2024, 2, 29))
    assert row.line_source == "median"


def test_a_season_without_lines_in_february_is_evaluated_at_their_end() -> None:
    (row,) = automatic_rows(AUTO, _lined("2025-26", date(2025, 10, 22), 60), set())
    assert row.eval_end == date(2025, 12, 20)
    assert row.eval_start == date(2025, 11, 23)
    assert row.train_end == date(2025, 11, 22)
    assert row.train_start < row.train_end


def test_seasons_with_a_row_of_their_own_get_no_automatic_one(tmp_path: Path) -> None:
    config = read_config(_written(tmp_path, 'losses = ["MAE"]\n' + ROW))
    lined = pl.concat(
        [
            _lined("2023-24", date(2023, 10, 25), 160),
            _lined("2022-23", date(2022, 10, 25), 160),
            _lined("2021-22", date(2021, 10, 25), 160),
        ]
    )
    assert _planned(config, lined) == [
        ("points", "2022-23"),
        ("points", "2021-22"),
        ("points", "2023-24"),
    ]
    silent = config.model_copy(update={"auto": False})
    assert _planned(silent, lined) == [("points", "2022-23")]


def test_a_market_runs_the_rows_that_name_it_and_the_seasons_that_none_covers(
    tmp_path: Path,
) -> None:
    config = read_config(
        _written(tmp_path, 'losses = ["MAE"]\n' + ROW + 'markets = ["3pt", "ast"]')
    )
    lined = pl.concat(
        [
            _lined("2022-23", date(2022, 10, 25), 160, "threes"),
            _lined("2023-24", date(2023, 10, 25), 160, "threes"),
            _lined("2022-23", date(2022, 10, 25), 160, "rebounds"),
        ]
    )
    threes = [("threes", "2022-23"), ("threes", "2023-24")]
    assert _planned(config, lined) == [*threes, ("assists", "2022-23")]
    assert _planned(config, lined, "reb,threes,reb") == [("rebounds", "2022-23"), *threes]
    assert _planned(config, lined, "points") == []


def test_the_recipe_may_name_the_market_of_rows_that_do_not() -> None:
    config = TableConfig(losses=("MAE",), model={"market": "reb"}, row=(_row(),))
    assert _planned(config, NONE) == [("rebounds", "2022-23")]
    assert _planned(TableConfig(losses=("MAE",)), _lined("2023-24", date(2023, 10, 25), 160)) == [
        ("points", "2023-24")
    ]


def _row() -> Row:
    return Row.model_validate(tomllib.loads(ROW)["row"][0])


def _planned(
    config: TableConfig, lined: pl.DataFrame, asked: str | None = None
) -> list[tuple[str, str]]:
    return [(market.name, row.season) for market, row in planned_rows(config, lined, asked)]
