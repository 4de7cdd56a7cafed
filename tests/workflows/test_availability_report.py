"""What was known of who would play, counted; and where sources say different things."""

from datetime import timedelta
from typing import Any

import polars as pl
import pytest

from tipoff.errors import InputError
from tipoff.store.lake import Lake, append, read
from tipoff.tables.raw import AVAILABILITY, AVAILABILITY_REPORTS, GAMES, PLAYER_BOXES
from tipoff.workflows.availability import NOT_LISTED, UNKNOWN, availability_report

SEASON = "2022-23"


def _statuses(report: dict[str, Any]) -> dict[str, tuple[int, int]]:
    return {row["status"]: (row["player_games"], row["played"]) for row in report["statuses"]}


def _of_season(report: dict[str, Any]) -> dict[str, Any]:
    return next(row for row in report["rows"] if row["season"] == SEASON)


def test_nobody_who_was_out_played(raw_lake: Lake) -> None:
    report = availability_report(raw_lake)
    told = _statuses(report)
    assert told["out"][0] > 0
    assert told["out"][1] == 0
    assert UNKNOWN not in told
    assert told[NOT_LISTED][1] > 0.5 * told[NOT_LISTED][0]
    of_season = _of_season(report)
    assert of_season["known"] == of_season["player_games"] > 0
    games = read(raw_lake, GAMES, seasons=[SEASON])["game_id"].n_unique()
    assert of_season["sources"] == {"league": 2 * games}
    assert sum(n for n, _ in told.values()) == sum(r["player_games"] for r in report["rows"])
    assert report["conflicts"] == {"compared": 0, "differing": 0, "rows": []}


def test_a_day_before_some_have_not_filed(raw_lake: Lake) -> None:
    early = availability_report(raw_lake, lead_minutes=24 * 60)
    told = _statuses(early)
    row = _of_season(early)
    assert 0 < row["known"] < row["player_games"]
    assert told["out"][0] < _statuses(availability_report(raw_lake))["out"][0]
    # Of those who were questionable some play and some do not.
    listed, played = told["questionable"]
    assert 0 < played < listed
    assert told[UNKNOWN][0] > 0


def _official(rows: pl.DataFrame, day: object) -> pl.DataFrame:
    """The league's words of a date as if the NBA had said them, an hour later."""
    moved = {c: pl.col(c) + timedelta(minutes=10) for c in ("observed_at", "report_at")}
    return rows.filter(game_date=day).with_columns(source=pl.lit("nba_injury_report"), **moved)


def test_conflicts_are_listed_and_the_official_list_counts(lake: Lake) -> None:
    rows = read(lake, AVAILABILITY, seasons=[SEASON])
    day = rows["game_date"].sort()[rows.height // 2]
    lists = _official(read(lake, AVAILABILITY_REPORTS, seasons=[SEASON]), day)
    said = _official(rows, day).filter(status="out").sort("name_key")
    other = said["name_key"][0]
    append(lake, AVAILABILITY_REPORTS, lists)
    append(lake, AVAILABILITY, said.filter(pl.col("name_key") != other))
    report = availability_report(lake, window=(day, day))
    conflicts = report["conflicts"]
    assert conflicts["compared"] > conflicts["differing"] > 0
    left_out = said.filter(name_key=other)["player_id"][0]
    (own,) = [row for row in conflicts["rows"] if row["player_id"] == left_out]
    assert own["statuses"] == {"league": "out", "nba_injury_report": NOT_LISTED}
    games = read(lake, GAMES).filter(game_date=day)["game_id"].n_unique()
    assert _of_season(report)["sources"] == {"nba_injury_report": 2 * games}
    played = read(lake, PLAYER_BOXES).filter(game_date=day, player_id=left_out)
    assert played.is_empty()


def test_a_window_that_ends_before_it_begins_is_refused(raw_lake: Lake) -> None:
    days = read(raw_lake, GAMES)["game_date"].sort()
    with pytest.raises(InputError, match="Expected a window that ends after it begins"):
        availability_report(raw_lake, window=(days[-1], days[0]))
