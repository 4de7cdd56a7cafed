"""Leaks made of a season's own games are named, honest predictions of them are not suspected."""

from pathlib import Path

import polars as pl
import pytest
from tests.workflows.prediction_files import season

from tipoff.backtest.ceilings import ceiling_of
from tipoff.backtest.file_verdict import ALARMS
from tipoff.backtest.heat_calibration import Window, readings
from tipoff.backtest.leak_signs import FINAL
from tipoff.domain.market import FEATURE_MARKETS, Market
from tipoff.workflows.leak_kinds import MAKINGS, leak_kinds, season_rows

LINED = (
    ("2022-23", "2022-23_draftkings_zhecht.parquet"),
    ("2023-24", "2023-24_multibook_oddsapi_btam.parquet"),
    ("2024-25", "2024-25_multibook_zhecht.parquet"),
)
# Those that a model is fitted for take long: ``python -m bench kinds`` makes them all.
FAST = [name for name in MAKINGS if "trained" not in name]


def _as_wanted(found: dict[str, object]) -> bool:
    if found["wanted"] is None:
        return found["kinds"] == [] and found["verdict"] not in ALARMS
    return found["verdict"] in ALARMS and found["wanted"] in found["kinds"]  # type: ignore[operator]


def test_every_kind_is_named(tmp_path: Path) -> None:
    rows = season(5)
    box, lines = tmp_path / "box.csv", tmp_path / "lines.csv"
    rows.select("player", "game_date", points="actual").write_csv(box)
    rows.select("player", "game_date", "line", "over_odds", "under_odds").write_csv(lines)
    for found in leak_kinds(box, lines, tmp_path / "files", FAST):
        assert _as_wanted(found), found


@pytest.mark.real
def test_every_kind_is_named_on_a_real_season(real_data: Path, tmp_path: Path) -> None:
    box = real_data / "boxscores" / "nbaapi" / "player_logs_2022-23.csv.gz"
    lines = real_data / "props" / "2022-23_draftkings_zhecht.parquet"
    for found in leak_kinds(box, lines, tmp_path, FAST):
        assert _as_wanted(found), found
        assert found["n"] > 9_000
        written = pl.read_csv(found["path"])
        assert written.height == found["n"], "the file alone tells it"


@pytest.mark.real
def test_season_averages_are_told_from_few_weeks_with_box_scores(
    real_data: Path, tmp_path: Path
) -> None:
    box = real_data / "boxscores" / "nbaapi" / "player_logs_2023-24.csv.gz"
    lines = real_data / "props" / "2023-24_multibook_oddsapi_btam.parquet"
    named = ["averages of earlier games", "averages of the whole season"]
    honest, leaked = leak_kinds(box, lines, tmp_path, named, is_alone=False)
    assert honest["kinds"] == []
    assert leaked["kinds"] == [FINAL]


@pytest.mark.real
@pytest.mark.parametrize("market", FEATURE_MARKETS, ids=lambda market: market.name)
@pytest.mark.parametrize("lined", LINED, ids=lambda lined: lined[0])
def test_honest_readings_of_real_lines_are_under_the_ceiling_and_leaked_ones_above(
    real_data: Path, lined: tuple[str, str], market: Market
) -> None:
    season_name, file = lined
    box = real_data / "boxscores" / "nbaapi" / f"player_logs_{season_name}.csv.gz"
    rows = season_rows(box, real_data / "props" / file, market)
    window = Window(market.name, season_name, file, "the season")
    known = rows.with_columns(
        prediction=(pl.col("last_5_average") + pl.col("season_average")) / 2,
        is_placeholder=pl.lit(value=False),
    )
    honest = readings(known, window, plant="")
    assert len(honest) >= 3
    assert rows.height > 1_000
    for own in honest:
        assert own["low"] <= ceiling_of(market), own
    leaked = known.with_columns(prediction=(pl.col("with_last_5") + pl.col("with_season")) / 2)
    (own,) = readings(leaked, window, plant="inclusive-date")
    assert own["low"] > ceiling_of(market), own
