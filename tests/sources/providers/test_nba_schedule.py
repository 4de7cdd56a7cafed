"""Traps of the NBA's schedules: zones, times and teams to come, moved games, kinds, clocks."""

import json
from datetime import UTC, date, datetime
from typing import Any

import polars as pl
import pytest
from tests.sources.providers import nba_payloads as nba
from tests.sources.providers.nba_league import NOTHING, parse

from tipoff.sources.format import Reference
from tipoff.sources.game_rows import NO_TEAM
from tipoff.sources.providers.nba.schedule import MOVED, NO_TEAMS_YET, OTHER_DAY
from tipoff.sources.reference import reference
from tipoff.store.games import merged_games

Frames = dict[str, pl.DataFrame]
MADE_AT = "2025-08-14T18:00:00.5Z"
GAME: dict[str, Any] = {
    "gameId": "0022500101", "gameCode": "20251104/MILSAS", "gameStatus": 1,
    "gameStatusText": "8:00 pm ET", "gameDateEst": "2025-11-04T00:00:00Z",
    "gameDateTimeEst": "2025-11-04T20:00:00Z", "gameDateTimeUTC": "2025-11-05T01:00:00Z",
    "gameLabel": "", "gameSubLabel": "", "postponedStatus": "N",
    "homeTeam": {"teamId": 1610612759, "teamTricode": "SAS"},
    "awayTeam": {"teamId": 1610612749, "teamTricode": "MIL"},
}  # fmt: skip


def _schedule(*changes: dict[str, Any], made_at: str | None = MADE_AT) -> bytes:
    games = [GAME | change for change in changes]
    dates = [{"gameDate": "11/04/2025 00:00:00", "games": games}]
    body = {"meta": {"time": made_at}, "leagueSchedule": {"gameDates": dates}}
    return json.dumps(body).encode()


def _games(*changes: dict[str, Any], looked_up: Reference = NOTHING) -> list[dict[str, Any]]:
    return parse("schedule", _schedule(*changes), looked_up)[0].frame.to_dicts()


def test_est_fields_are_eastern_in_spite_of_their_z() -> None:
    both, only_est = _games({}), _games({"gameDateTimeUTC": None})
    for games in (both, only_est):
        assert games[0]["tip_off_at"] == datetime(2025, 11, 5, 1, tzinfo=UTC)
        assert games[0]["game_id"] == "20251104_MIL_SAS"


def test_a_time_that_is_to_be_determined_is_null() -> None:
    midnight = {
        "gameDateTimeEst": "2025-11-04T00:00:00Z",
        "gameDateTimeUTC": "2025-11-04T05:00:00Z",
    }
    for change in (
        midnight,
        {"gameStatusText": "TBD"},
        {"gameDateTimeUTC": "?", "gameDateTimeEst": 7},
    ):
        game = _games(change)[0]
        assert (game["tip_off_at"], game["game_date"]) == (None, date(2025, 11, 4))


def test_a_tip_off_on_another_day_is_not_believed() -> None:
    body = _schedule({"gameDateTimeUTC": "2025-12-24T01:00:00Z"})
    found = parse("schedule", body, NOTHING)[0]
    assert found.frame["tip_off_at"].to_list() == [None]
    assert dict(found.notes) == {OTHER_DAY: 1}


def test_teams_that_are_not_known_yet_are_refused() -> None:
    nobody = {"teamId": 0, "teamTricode": "TBD"}
    guests = {"teamId": 12323, "teamTricode": "MEL"}
    body = _schedule({}, {"homeTeam": nobody}, {"homeTeam": None}, {"awayTeam": guests})
    found = parse("schedule", body, NOTHING)[0]
    assert found.frame.height == 1
    assert dict(found.rejected) == {NO_TEAMS_YET: 2, NO_TEAM: 1}


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"gameId": "0012500008"}, "preseason"),
        ({"gameId": "0042500101"}, "playoffs"),
        ({"gameId": "0052500101"}, "play_in"),
        ({"gameId": "0062500001"}, "cup_final"),
        ({"gameId": "0032500001"}, "all_star"),
        ({"gameId": "x", "gameLabel": "SoFi Play-In Tournament"}, "play_in"),
        (
            {"gameId": "", "gameLabel": "Emirates NBA Cup", "gameSubLabel": "Championship"},
            "cup_final",
        ),
        ({"gameId": None, "gameLabel": "West Conf. Finals"}, "playoffs"),
        ({"gameId": None, "gameLabel": "NBA Paris Games"}, None),
    ],
)
def test_season_types_by_id_and_label(change: dict[str, Any], kind: str | None) -> None:
    assert _games(change)[0]["season_type"] == kind


def test_a_postponed_game_is_taken_back() -> None:
    game = _games({"postponedStatus": "P", "gameStatusText": "PPD"})[0]
    assert (game["game_id"], game["is_deleted"]) == ("20251104_MIL_SAS", True)


def test_a_moved_game_is_taken_back_at_its_former_date() -> None:
    first = parse("schedule", _schedule({}), NOTHING)[0].frame
    moved = {
        "gameDateEst": "2025-11-06T00:00:00Z", "gameDateTimeEst": "2025-11-06T20:00:00Z",
        "gameDateTimeUTC": "2025-11-07T01:00:00Z",
    }  # fmt: skip
    body = _schedule(moved, made_at="2025-11-03T15:00:00Z")
    found = parse("schedule", body, reference(first, NOTHING.players))[0]
    assert dict(found.notes) == {MOVED: 1}
    assert sorted(found.frame.select("game_id", "is_deleted").rows()) == [
        ("20251104_MIL_SAS", True), ("20251106_MIL_SAS", False),
    ]  # fmt: skip
    assert merged_games(pl.concat([first, found.frame]))["game_id"].to_list() == [
        "20251106_MIL_SAS"
    ]


def test_when_a_schedule_was_known() -> None:
    stated = parse("schedule", _schedule({}), NOTHING)[0].frame
    assert stated["observed_at"].to_list() == [datetime(2025, 8, 14, 18, 0, 0, 500_000, tzinfo=UTC)]
    asked_at = datetime(2025, 9, 1, tzinfo=UTC)
    asked = parse("schedule", _schedule({}, made_at=None), NOTHING, asked_at)[0].frame
    assert asked.select("observed_at", "observed_basis").row(0) == (asked_at, "recorded")
    assumed = parse("schedule", _schedule({}, made_at="07:00"), NOTHING, None)[0].frame
    noon_before = datetime(2025, 11, 3, 17, tzinfo=UTC)
    assert assumed.select("observed_at", "observed_basis").row(0) == (noon_before, "assumed")


def test_a_scoreboard_states_tip_offs_of_games_to_come() -> None:
    headers = ["GAME_DATE_EST", "GAME_ID", "GAME_STATUS_TEXT", "HOME_TEAM_ID", "VISITOR_TEAM_ID"]
    row = ["2024-01-15T00:00:00", "0022300555", "7:30 pm ET", 1610612755, 1610612745]
    texts = ("7:30 pm ET", "Final", "PPD")
    rows = [[*row[:2], text, *row[3:]] for text in texts]
    sets: dict[str, tuple[list[str], list[list[Any]]]] = {
        "GameHeader": (headers, rows[:1]), "LineScore": (["PTS"], [[1], [2]]),
    }  # fmt: skip
    found = parse("scoreboard", nba.result_set("scoreboardV2", sets), NOTHING)[0]
    assert found.frame["tip_off_at"].to_list() == [datetime(2024, 1, 16, 0, 30, tzinfo=UTC)]
    assert sum(found.rejected.values()) == 2
    for status, is_deleted in zip(rows[1:], (False, True), strict=True):
        body = nba.result_set("scoreboardV2", {"GameHeader": (headers, [status])})
        game = parse("scoreboard", body, NOTHING)[0].frame.row(0, named=True)
        assert (game["tip_off_at"], game["is_deleted"]) == (None, is_deleted)
