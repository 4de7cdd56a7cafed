"""Small files of every layout, and how many rows of each must be kept, joined or refused."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl
from tests.sources.providers.score_answers import EVENTS

Tables = Mapping[str, pl.DataFrame]


def _rows(tables: Tables) -> int:
    return sum(frame.height for frame in tables.values())


@dataclass(frozen=True)
class FileCase:
    """A file in fair weather.

    Attributes:
        layout: the name of its layout.
        tables: its inner tables; a file of one table calls it "".
        units: how many rows its tables hold, as its layout counts them.
        is_whole: whether it is refused as a whole, whatever it holds.
    """

    layout: str
    tables: Tables
    units: Callable[[Tables], int] = _rows
    is_whole: bool = False


def _case(layout: str, rows: Sequence[Mapping[str, Any]], **others: Any) -> FileCase:
    return FileCase(layout, {"": pl.DataFrame(rows)}, **others)


_BOX = {
    "PLAYER_ID": "1", "PLAYER_NAME": "Jayson Tatum", "TEAM_ABBREVIATION": "BOS",
    "GAME_ID": "0022400061", "GAME_DATE": "2024-10-22", "MATCHUP": "BOS vs. NYK", "MIN": "30",
    "PTS": "37", "FGM": "14", "FGA": "18", "FG3M": "8", "FG3A": "11", "FTM": "1", "FTA": "2",
    "OREB": "0", "DREB": "4", "REB": "4", "AST": "10", "STL": "1", "BLK": "1", "TOV": "1",
    "PF": "1", "PLUS_MINUS": "26",
}  # fmt: skip
_FEW = {
    k: v for k, v in _BOX.items()
    if k not in ("GAME_ID", "FGM", "FGA", "FG3M", "FG3A", "FTM", "FTA", "OREB", "DREB", "PF")
} | {"SEASON_TYPE": "Regular Season"}  # fmt: skip
_NAMED = {
    "Player": "Jayson Tatum", "Date": "10/22/2024", "Team": "Celtics", "Opponent": "Knicks",
    "Status": "Starter", "MIN": "30:18", "PTS": "37", "FGM": "14", "FGA": "18", "3PM": "8",
    "3PA": "11", "FTM": "1", "FTA": "2", "ORB": "0", "DRB": "4", "REB": "4", "AST": "10",
    "STL": "1", "BLK": "1", "TOV": "1", "PF": "1", "FIC": "30",
}  # fmt: skip
_TEAM = {
    "TEAM_ID": "2", "TEAM_ABBREVIATION": "BOS", "TEAM_NAME": "Boston Celtics",
    "GAME_DATE": "2024-10-22", "MATCHUP": "BOS vs. NYK", "WL": "W", "PTS": "132", "REB": "40",
    "AST": "33", "STL": "6", "BLK": "3", "TOV": "4", "PLUS_MINUS": "23",
}  # fmt: skip
_SCORES = _TEAM | {
    "IS_HOME": "1", "OPP_ABBR": "NYK", "OPP_PTS": "109", "GAME_ID": "401700000", "FGM": "48",
    "FGA": "95", "OREB": "11",
}  # fmt: skip
_CHART = {
    "TEAM_ID": "1610612738", "PLAYER_ID": "7", "PLAYER_NAME": "Jayson Tatum",
    "GAME_ID": "22400061", "GAME_DATE": "10-22-2024", "HOME_TEAM": "BOS", "AWAY_TEAM": "NYK",
    "SHOT_MADE": "TRUE", "SHOT_TYPE": "2PT Field Goal", "BASIC_ZONE": "Mid-Range", "QUARTER": "1",
    "MINS_LEFT": "3", "SECS_LEFT": "20", "LOC_X": "-13.0", "LOC_Y": "26.25", "SHOT_DISTANCE": "24",
}  # fmt: skip
_DETAIL = {
    "GRID_TYPE": "Shot Chart Detail", "GAME_ID": "0022400061", "GAME_EVENT_ID": "7",
    "PLAYER_ID": "7", "PLAYER_NAME": "Jayson Tatum", "TEAM_ID": "1610612738",
    "TEAM_NAME": "Boston Celtics", "PERIOD": "1", "MINUTES_REMAINING": "11",
    "SECONDS_REMAINING": "42", "EVENT_TYPE": "Missed Shot", "ACTION_TYPE": "Jump Shot",
    "SHOT_TYPE": "3PT Field Goal", "SHOT_ZONE_BASIC": "Above the Break 3",
    "SHOT_ZONE_AREA": "Left Side Center(LC)", "SHOT_ZONE_RANGE": "24+ ft.", "SHOT_DISTANCE": "26",
    "LOC_X": "-164", "LOC_Y": "210", "SHOT_ATTEMPTED_FLAG": "1", "SHOT_MADE_FLAG": "0",
    "GAME_DATE": "20241022", "HTM": "BOS", "VTM": "NYK",
}  # fmt: skip
_TIP_OFF = "2024-10-22 23:30:00+00:00"
_SIDE = {
    "event_id": "e1", "commence_time": _TIP_OFF, "home_team": "Boston Celtics",
    "away_team": "New York Knicks", "bookmaker": "draftkings", "market": "player_points",
    "player": "Jayson Tatum", "line": "28.5", "file_date": "2024-10-22", "side": "Over",
    "price": "-110",
}  # fmt: skip
_TIMED = _SIDE | {"market_last_update": "2024-10-22T17:05:00Z"}
_UNDER = {"side": "Under", "price": "-115"}
_QUOTE = {
    "event_id": "e1", "player": "Jayson Tatum", "market": "player_points", "line": "28.5",
    "bookmaker": "draftkings", "commence_time": _TIP_OFF, "over_price": "-110",
    "under_price": "-115", "game": "New York Knicks @ Boston Celtics",
}  # fmt: skip
_STAMPED = _QUOTE | {"file_stamp": "20241022_170500"}
_OF_MARKET = {k: v for k, v in _QUOTE.items() if k != "event_id"} | {
    "file_date": "2024-10-22", "bookmaker_last_update": "2024-10-22T17:05:00Z",
    "market_last_update": "2024-10-22T17:05:00Z",
}  # fmt: skip
_PRA = {
    "player_name": "Jayson Tatum", "event_id": "e1", "event_date": "2024-10-22",
    "home_team": "Boston Celtics", "away_team": "New York Knicks", "bookmaker": "DraftKings",
    "line": "38.5", "timestamp": "2024-10-22T23:05:39Z", "over_price": "-105",
    "under_price": "-125",
}  # fmt: skip
_WIDE = {
    "GAME_DATE": "2024-10-22", "Player_Name": "Jayson Tatum", "MATCHUP": "BOS vs. NYK",
    "PTS_PROP": "28.5", "REB_PROP": "8.5", "AST_PROP": None,
}  # fmt: skip
_DAILY = {
    "file_date": "2024-10-22", "game": "ny @ bos", "away": "ny", "home": "bos",
    "player": "jayson tatum", "market": "pts", "line": "28.5", "over_price": "-110",
    "under_price": "-115", "bookmaker": "dk", "game_on_file_date": "True",
}  # fmt: skip
_LINE = {
    "file_date": "2024-10-22", "game": "ny @ bos", "away": "ny", "home": "bos", "market": "spread",
    "line": "4.0", "price_1": "-115", "price_2": "-105", "game_on_file_date": "True",
}  # fmt: skip
_ODDS = {
    "Date": "2024-10-22", "Home": "Boston Celtics", "Away": "New York Knicks", "OU": "222.5",
    "Spread": "5.5", "ML_Home": "-220", "ML_Away": "180", "Points": "241", "Win_Margin": "23",
}  # fmt: skip
_CLOSING = {
    "event_id": "e1", "home_team": "Boston Celtics", "away_team": "New York Knicks",
    "commence_time": "2024-10-22T23:30:00Z", "home_ml": "-220.5", "away_ml": "181.25",
    "home_spread_price": "-109.5", "away_spread_price": "-110.5", "spread_point": "-5.5",
    "total_over_price": "-110", "total_under_price": "-110", "total_point": "222.5",
}  # fmt: skip
_SPREAD = {
    "season": "2025", "date": "2024-10-22", "regular": "True", "playoffs": "False", "home": "bos",
    "away": "ny", "whos_favored": "home", "spread": "5.5",
}  # fmt: skip
_LAKERS = {"away": "min", "home": "lal", "game": "min @ lal"}


def _stated_cells(tables: Tables) -> int:
    frame = tables[""]
    markets = [c for c in frame.columns if c.endswith("_PROP")]
    return sum(frame.height - frame[c].null_count() for c in markets)


def _three_each(tables: Tables) -> int:
    return 3 * _rows(tables)


CASES: tuple[FileCase, ...] = (
    _case("schedule_eastern", [
        {"gid": "0022400061", "etdate": "2024-10-22", "ettime": "19:30:00", "h.ta": "BOS",
         "v.ta": "NYK", "seas": "24-25"},
        {"gid": "0022400062", "etdate": "2024-10-22", "ettime": "22:00:00", "h.ta": "LAL",
         "v.ta": "MIN", "seas": "24-25"},
    ]),
    _case("schedule_utc", [
        {"Match Number": "1", "Date": "22/10/2024 23:30", "Home Team": "Boston Celtics",
         "Away Team": "New York Knicks", "Result": ""},
        {"Match Number": "2", "Date": "23/10/2024 02:00", "Home Team": "Los Angeles Lakers",
         "Away Team": "Minnesota Timberwolves", "Result": ""},
    ]),
    _case("schedule_nba", [
        {"game_id": "0022400061", "datetime_utc": _TIP_OFF, "home_tricode": "BOS",
         "away_tricode": "NYK"},
        {"game_id": "0012400062", "datetime_utc": "2024-10-23 02:00:00+00:00",
         "home_tricode": "LAL", "away_tricode": "MIN"},
    ]),
    _case("schedule_types", [
        {"season": "2024-25", "game_date": "2024-10-22", "season_type": "regular",
         "away_team": "New York Knicks", "home_team": "Boston Celtics", "matchup": "NYK@BOS"},
        {"season": "2024-25", "game_date": "2024-10-22", "season_type": "play_in",
         "away_team": "Minnesota Timberwolves", "home_team": "Los Angeles Lakers",
         "matchup": "MIN@LAL"},
    ]),
    _case("nba_log_attempts", [
        _BOX, _BOX | {"PLAYER_ID": "2", "PLAYER_NAME": "Josh Hart", "TEAM_ABBREVIATION": "NYK"},
    ]),
    _case("nba_log", [_FEW, _FEW | {"PLAYER_ID": "2", "PLAYER_NAME": "Jrue Holiday"}]),
    _case("realgm_log", [
        _NAMED, _NAMED | {"Date": "7/12/2024"}, _NAMED | {"Opponent": "Real Madrid"},
    ]),
    _case("team_log", [
        _TEAM | {"SEASON_TYPE": "Regular Season"},
        _TEAM | {"SEASON_TYPE": "Playoffs", "TEAM_ABBREVIATION": "NYK", "PTS": "109"},
    ]),
    _case("team_log_scores", [_SCORES, _SCORES | {"GAME_DATE": "2024-10-23 00:00:00"}]),
    _case("season_totals", [{"TEAM_ID": "2", "GP": "82", "E_PACE": "99"}], is_whole=True),
    _case("shot_chart", [
        _CHART, _CHART | {"LOC_X": "22.1", "LOC_Y": "7.25", "SHOT_DISTANCE": "22"},
        _CHART | {"SECS_LEFT": "2", "LOC_X": "-0.5", "LOC_Y": "6.25", "SHOT_DISTANCE": "1"},
    ]),
    _case("shot_detail", [
        _DETAIL,
        _DETAIL | {"GAME_EVENT_ID": "9", "LOC_X": "5", "LOC_Y": "12", "SHOT_DISTANCE": "1"},
    ]),
    _case("bigdataball_play_by_play", EVENTS),
    _case("lines_only_wide", [
        _WIDE, _WIDE | {"Player_Name": "Josh Hart", "AST_PROP": "4.5", "PTS_PROP": None},
    ], units=_stated_cells),
    _case("daily_book", [_DAILY, _DAILY | _LAKERS | {"player": "lebron james"}]),
    _case("odds_api_sides", [_TIMED, _TIMED | _UNDER, _TIMED | {"line": "29.5"}]),
    _case("odds_api_untimed", [_SIDE, _SIDE | _UNDER, _SIDE | {"bookmaker": "PrizePicks"}]),
    _case("odds_api_quotes", [_STAMPED, _STAMPED | {"line": "27.5", "over_price": "-150"}]),
    _case("odds_api_market_days", [_OF_MARKET, _OF_MARKET | {"market_last_update": None}]),
    _case("odds_api_closing_pra", [_PRA, _PRA | {"player_name": "Josh Hart", "line": "24.5"}]),
    _case("daily_game_lines", [
        _LINE, _LINE | {"market": "total", "line": "222.5"}, _LINE | _LAKERS,
    ]),
    FileCase("season_odds", {
        "odds_2024-25": pl.DataFrame([_ODDS, _ODDS | {"Date": "2024-25-1022", "Spread": "PK"}]),
        "odds_2023-24": pl.DataFrame([_ODDS | {"Home": "Los Angeles Lakers"}]),
    }, units=_three_each),
    _case("closing_consensus", [_CLOSING, _CLOSING | {"total_point": None}], units=_three_each),
    _case("favourite_spreads", [_SPREAD, _SPREAD | {"whos_favored": "away", "spread": "1.5"}]),
)  # fmt: skip
