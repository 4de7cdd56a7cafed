"""Where nothing is to be found nothing is; where a book is off, it is found."""

from pathlib import Path

import polars as pl
import pytest

from tipoff.backtest.book_bias import book_biases
from tipoff.domain.market import MARKETS
from tipoff.sources.league import LeagueSettings
from tipoff.store.lake import open_lake
from tipoff.workflows.null_study import built, mispriced, null_study

SMALL = {"teams": 10, "games_per_team": 40}


def _small(settings: LeagueSettings) -> LeagueSettings:
    return LeagueSettings(**{**vars(settings), **SMALL})


def test_null_experiments_are_not_called_discoveries(tmp_path: Path) -> None:
    lake = open_lake(str(tmp_path / "lake"))
    data = built(lake, _small(mispriced("", 0.0)))
    found = null_study(lake, data, 10, tmp_path / "models")
    assert found["experiments"] == 10
    assert found["picks"] > 0
    assert found["holm"] == found["promoted"] == 0.0


@pytest.mark.parametrize("points", [3.0, -3.0, 0.0])
def test_a_book_that_is_off_is_found_and_its_error_is_inside_the_interval(
    tmp_path: Path, points: float
) -> None:
    lake = open_lake(str(tmp_path / "lake"))
    data = built(lake, _small(mispriced("betmgm", points)))
    # Below, medians of skewed counts are nearer to their means, and no line is under a half.
    scorers = data.rows.filter(pl.col("season_average") >= 14)
    actuals = scorers.select("game_id", "player_id", "actual")
    quotes = data.quotes.join(actuals, on=["game_id", "player_id"], how="semi")
    found = book_biases(quotes, actuals, MARKETS["points"])
    off = [row["book"] for row in found if row["is_off"]]
    assert off == (["betmgm"] if points else [])
    own = next(row for row in found if row["book"] == "betmgm")
    assert own["against_others"]["low"] <= points <= own["against_others"]["high"]
    if points:
        others = pl.Series([abs(r["against_others"]["value"]) for r in found if r is not own])
        assert others.max() < 1.0  # type: ignore[operator]
