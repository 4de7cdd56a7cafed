"""Leaks made of a season's own games are named, honest predictions of them are not suspected."""

from pathlib import Path

import polars as pl
import pytest
from tests.workflows.prediction_files import season

from tipoff.backtest.file_verdict import ALARMS
from tipoff.backtest.leak_signs import FINAL
from tipoff.workflows.leak_kinds import MAKINGS, leak_kinds

# Those that a model is fitted for take long: ``python -m bench kinds`` makes them all.
FAST = [name for name in MAKINGS if "trained" not in name]


def _as_wanted(found: dict[str, object]) -> bool:
    if found["wanted"] is None:
        return found["kinds"] == [] and found["verdict"] not in ALARMS
    return found["verdict"] in ALARMS and found["wanted"] in found["kinds"]  # type: ignore[operator]


def test_every_kind_is_named(tmp_path: Path) -> None:
    rows = season(5)
    paths = [tmp_path / f"{name}.csv" for name in ("box", "lines")]
    rows.select("player", "game_date", points="actual").write_csv(paths[0])
    rows.select("player", "game_date", "line", "over_odds", "under_odds").write_csv(paths[1])
    for found in leak_kinds(*paths, tmp_path / "files", FAST):
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
