"""Box scores, team logs and schedules: sides, clocks, refusals."""

from collections.abc import Callable
from datetime import UTC, date, datetime

import polars as pl
import pytest

from tipoff.errors import InputError
from tipoff.sources import named_logs, nba_logs, schedules, team_logs
from tipoff.sources.format import Content, Format, Parsed, Reference
from tipoff.sources.game_rows import CONFLICT, POINTS_DO_NOT_ADD_UP
from tipoff.sources.line_rows import DUPLICATE, NO_GAME
from tipoff.store.lake import validated

AsContent = Callable[..., Content]
ROW = {
    "PLAYER_ID": "1", "PLAYER_NAME": "Jayson Tatum", "TEAM_ABBREVIATION": "BOS",
    "GAME_ID": "0022400061", "GAME_DATE": "2024-10-22", "MATCHUP": "BOS vs. NYK", "MIN": "30",
    "PTS": "37", "FGM": "14", "FGA": "18", "FG3M": "8", "FG3A": "11", "FTM": "1", "FTA": "2",
    "OREB": "0", "DREB": "4", "REB": "4", "AST": "10", "STL": "1", "BLK": "1", "TOV": "1",
    "PF": "1", "PLUS_MINUS": "26",
}  # fmt: skip


def _parse(layout: Format, content: Content, reference: Reference) -> list[Parsed]:
    assert layout.recognises(content)
    found = layout.parse(content, reference)
    for parsed in found:
        validated(parsed.table, parsed.frame)
    return found


def _logs(as_content: AsContent, *changes: dict[str, str]) -> Content:
    return as_content(pl.DataFrame([{**ROW, **change} for change in changes]))


def test_a_box_score_is_known_four_hours_after_tip_off(
    as_content: AsContent, reference: Reference
) -> None:
    boxes, games = _parse(nba_logs.NBA_LOG_ATTEMPTS, _logs(as_content, {}), reference)
    row = boxes.frame.row(0, named=True)
    assert row["game_id"] == "20241022_NYK_BOS"
    assert (row["team"], row["opponent"], row["is_home"]) == ("BOS", "NYK", True)
    assert row["seconds_played"] == 1800
    assert row["observed_at"] == datetime(2024, 10, 23, 3, 30, tzinfo=UTC)
    assert row["observed_basis"] == "assumed"
    assert games.frame["season_type"].to_list() == ["regular"]


def test_without_a_schedule_seven_in_the_evening_is_assumed(
    as_content: AsContent, reference: Reference
) -> None:
    bare = Reference(reference.games.clear(), pl.DataFrame())
    boxes = _parse(nba_logs.NBA_LOG_ATTEMPTS, _logs(as_content, {}), bare)[0]
    assert boxes.frame["observed_at"].to_list() == [datetime(2024, 10, 23, 3, tzinfo=UTC)]


def test_the_known_game_says_who_is_at_home(as_content: AsContent, reference: Reference) -> None:
    turned = {"MATCHUP": "NYK vs. BOS"}
    both_at_home = {"TEAM_ABBREVIATION": "NYK", "MATCHUP": "NYK vs. BOS", "PLAYER_NAME": "J B"}
    boxes, games = _parse(
        nba_logs.NBA_LOG_ATTEMPTS, _logs(as_content, turned, both_at_home), reference
    )
    assert boxes.frame["game_id"].unique().to_list() == ["20241022_NYK_BOS"]
    assert dict(boxes.frame.select("team", "is_home").iter_rows()) == {"BOS": True, "NYK": False}
    assert games.frame.height == 1


def test_what_does_not_add_up_is_refused_and_counted(
    as_content: AsContent, reference: Reference
) -> None:
    content = _logs(as_content, {}, {}, {"PLAYER_NAME": "B", "PTS": "38"}, {"AST": "11"})
    boxes = _parse(nba_logs.NBA_LOG_ATTEMPTS, content, reference)[0]
    assert boxes.frame.height == 1
    assert dict(boxes.rejected) == {POINTS_DO_NOT_ADD_UP: 1, DUPLICATE: 1, CONFLICT: 1}


def test_logs_with_playoffs_state_the_season_type(
    as_content: AsContent, reference: Reference
) -> None:
    left_out = {"GAME_ID", "FGM", "FGA", "FG3M", "FG3A", "FTM", "FTA", "OREB", "DREB", "PF"}
    row = {k: v for k, v in ROW.items() if k not in left_out} | {"SEASON_TYPE": "Playoffs"}
    boxes = _parse(nba_logs.NBA_LOG, as_content(pl.DataFrame([row])), reference)[0]
    assert boxes.frame["season_type"].to_list() == ["playoffs"]
    assert boxes.frame["field_goals_attempted"].to_list() == [None]


NAMED = {
    "Player": "Jayson Tatum", "Date": "10/22/2024", "Team": "Celtics", "Opponent": "Knicks",
    "Status": "Starter", "MIN": "30:18", "PTS": "37", "FGM": "14", "FGA": "18", "3PM": "8",
    "3PA": "11", "FTM": "1", "FTA": "2", "ORB": "0", "DRB": "4", "REB": "4", "AST": "10",
    "STL": "1", "BLK": "1", "TOV": "1", "PF": "1", "FIC": "30",
}  # fmt: skip


def test_named_logs_take_the_side_from_the_schedule(
    as_content: AsContent, reference: Reference
) -> None:
    games = reference.games.with_columns(
        season_type=pl.lit("regular"), nba_game_id=pl.lit(None, pl.String)
    )
    rows = [NAMED, NAMED | {"Date": "7/12/2024"}, NAMED | {"Opponent": "Real Madrid"}]
    content = as_content(pl.DataFrame(rows))
    found = _parse(named_logs.NAMED_LOG, content, Reference(games, pl.DataFrame()))[0]
    row = found.frame.row(0, named=True)
    assert found.frame.height == 1
    assert (row["is_home"], row["is_starter"], row["seconds_played"]) == (True, True, 1818)
    assert row["player_id"] is None
    assert found.rejected[NO_GAME] == 1


def test_zeros_where_nothing_was_recorded_are_null(
    as_content: AsContent, reference: Reference
) -> None:
    row = {
        "TEAM_ID": "2", "TEAM_ABBREVIATION": "BOS", "GAME_DATE": "2024-10-23 00:00:00",
        "MATCHUP": "BOS vs. NYK", "IS_HOME": True, "OPP_ABBR": "NYK", "OPP_PTS": 109, "WL": "W",
        "PTS": 132, "PLUS_MINUS": 23, "GAME_ID": "401700000", "FGM": 0.0, "FGA": 0.0, "OREB": 0.0,
    }  # fmt: skip
    known, _ = team_logs.TEAM_LOG_SCORES, None
    found = _parse(known, as_content(pl.DataFrame([row])), reference)[0]
    stored = found.frame.row(0, named=True)
    # The date is that of UTC: the game is found on the evening before.
    assert stored["game_id"] == "20241022_NYK_BOS"
    assert stored["field_goals_attempted"] is None
    assert stored["offensive_rebounds"] is None
    assert (stored["points"], stored["nba_game_id"]) == (132, None)


def test_totals_of_a_season_are_known_and_refused(
    as_content: AsContent, reference: Reference
) -> None:
    content = as_content(pl.DataFrame({"TEAM_ID": ["2"], "GP": ["82"], "E_PACE": ["99"]}))
    assert team_logs.SEASON_TOTALS.recognises(content)
    with pytest.raises(InputError, match="tell the future"):
        team_logs.SEASON_TOTALS.parse(content, reference)


SCHEDULES: dict[str, tuple[Format, dict[str, str]]] = {
    "eastern": (
        schedules.SCHEDULE_EASTERN,
        {"gid": "0022400061", "etdate": "2024-10-22", "ettime": "19:30:00", "h.ta": "BOS",
         "v.ta": "NYK"},
    ),
    "utc": (
        schedules.SCHEDULE_UTC,
        {"Match Number": "1", "Date": "22/10/2024 23:30", "Home Team": "Boston Celtics",
         "Away Team": "New York Knicks"},
    ),
    "nba": (
        schedules.SCHEDULE_NBA,
        {"game_id": "0022400061", "datetime_utc": "2024-10-22 23:30:00+00:00",
         "home_tricode": "BOS", "away_tricode": "NYK"},
    ),
    "types": (
        schedules.SCHEDULE_TYPES,
        {"season": "2024-25", "game_date": "2024-10-22", "season_type": "regular",
         "away_team": "New York Knicks", "home_team": "Boston Celtics", "matchup": "NYK@BOS"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(SCHEDULES))
def test_every_schedule_layout_gives_the_same_game(
    as_content: AsContent, reference: Reference, name: str
) -> None:
    layout, row = SCHEDULES[name]
    found = _parse(layout, as_content(pl.DataFrame([row])), reference)[0].frame.row(0, named=True)
    assert found["game_id"] == "20241022_NYK_BOS"
    assert found["game_date"] == date(2024, 10, 22)
    assert found["season_type"] == "regular"
    tip_off = None if name == "types" else datetime(2024, 10, 22, 23, 30, tzinfo=UTC)
    assert found["tip_off_at"] == tip_off
    assert found["observed_at"] == datetime(2024, 10, 21, 16, 0, tzinfo=UTC)


def test_a_start_at_midnight_means_no_time_was_known(
    as_content: AsContent, reference: Reference
) -> None:
    layout, row = SCHEDULES["eastern"]
    content = as_content(pl.DataFrame([row | {"ettime": "00:00:00"}]))
    assert _parse(layout, content, reference)[0].frame["tip_off_at"].to_list() == [None]
