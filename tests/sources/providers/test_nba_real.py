"""Every real answer of NBA.com: how many of its rows become rows, and why the others do not."""

import gzip
import zipfile
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest
from tests.sources.providers.nba_league import NOTHING, parse

from tipoff.errors import InputError
from tipoff.sources.format import Reference
from tipoff.sources.providers.nba import PROVIDER
from tipoff.sources.providers.nba.injury_report import NOT_SUBMITTED
from tipoff.sources.providers.nba.rosters import ONLY_NOW
from tipoff.sources.reference import reference
from tipoff.sources.shots import ZONE_NAMES

pytestmark = pytest.mark.real
# The schedule reads the same, wherever it comes from.
_SCHEDULES = ["schedule", "schedule_stats"]
SUMMER = datetime(2025, 7, 20, tzinfo=UTC)
# folder: (endpoint, rows by table, refused rows, asked at)
EXPECTED: dict[str, tuple[str, dict[str, int], int, datetime | None]] = {
    "nbac_schedule_api": ("schedule_stats", {"games": 1390}, 10, None),
    "nbac_schedule_cdn": ("schedule", {"games": 11}, 2, None),
    "nbac_scoreboard_v2": ("scoreboard", {"games": 11}, 107, None),
    "nbac_player_boxscore": ("game_log_players", {"player_boxes": 157, "games": 8}, 0, None),
    "nbac_team_boxscore": (
        "box_score_v2", {"player_boxes": 17, "availability": 8, "team_boxes": 2}, 4, None,
    ),
    "nbac_play_by_play": (
        "play_by_play", {"shots": 181, "made_shots": 78, "player_periods": 80}, 390, None,
    ),
    "nbac_injury_report": (
        "injury_report", {"availability": 14, "availability_reports": 32}, 29, None,
    ),
    "nbac_player_list": ("player_index", {"rosters": 594}, 0, SUMMER),
    "nbac_roster": ("roster_page", {"rosters": 18}, 0, SUMMER),
    "nbac_referee_assignments": ("referees", {"games": 0}, 20, None),
    "nbac_player_movement": ("player_movement", {"rosters": 0}, 8730, None),
}  # fmt: skip


def _bodies(folder: Path) -> list[bytes]:
    found = [path.read_bytes() for path in sorted(folder.iterdir())]
    return [gzip.decompress(b) if b[:2] == b"\x1f\x8b" else b for b in found]


@pytest.fixture(scope="module")
def payloads(real_data: Path) -> Path:
    return real_data / "payloads"


@pytest.fixture(scope="module")
def schedule(payloads: Path) -> Reference:
    body = _bodies(payloads / "nbac_schedule_api")[0]
    games = parse("schedule_stats", body, NOTHING)[0].frame
    return reference(games, NOTHING.players)


@pytest.mark.parametrize("folder", EXPECTED)
def test_rows_in_are_rows_out_and_refused(folder: str, payloads: Path, schedule: Reference) -> None:
    endpoint, rows, refused, asked_at = EXPECTED[folder]
    for body in _bodies(payloads / folder):
        named = [e.name for e in PROVIDER.endpoints.values() if e.recognises(body)]
        assert named == (_SCHEDULES if endpoint in _SCHEDULES else [endpoint])
        found = parse(endpoint, body, schedule, asked_at)
        assert {p.table.name: p.frame.height for p in found} == rows
        assert sum(n for p in found for n in p.rejected.values()) == refused


def test_every_folder_is_expected(payloads: Path) -> None:
    folders = {path.name for path in payloads.glob("nbac_*")}
    assert folders == {*EXPECTED, "nbac_gamebook_pdf"}


def test_a_damaged_scorers_report_is_refused(payloads: Path, schedule: Reference) -> None:
    body = _bodies(payloads / "nbac_gamebook_pdf")[0]
    with pytest.raises(InputError, match=r"got none that can be read; it is damaged"):
        parse("gamebook", body, schedule)


def test_a_roster_without_a_time_is_refused(payloads: Path) -> None:
    for folder, rows in (("nbac_player_list", 594), ("nbac_roster", 18)):
        endpoint = EXPECTED[folder][0]
        found = parse(endpoint, _bodies(payloads / folder)[0], NOTHING, None)[0]
        assert (found.frame.height, dict(found.rejected)) == (0, {ONLY_NOW: rows})


def test_season_types_of_a_schedule(schedule: Reference) -> None:
    kinds = dict(schedule.games["season_type"].value_counts().iter_rows())
    assert kinds == {
        "preseason": 69, "regular": 1230, "playoffs": 84, "play_in": 6, "cup_final": 1,
    }  # fmt: skip
    last = schedule.games.filter(season_type="cup_final").row(0, named=True)
    assert last["game_id"] == "20241217_MIL_OKC"
    # Half past eight in the evening of Las Vegas' night, US Eastern.
    assert last["tip_off_at"] == datetime(2024, 12, 18, 1, 30, tzinfo=UTC)


def test_the_injury_report_of_a_noon(payloads: Path, schedule: Reference) -> None:
    body = _bodies(payloads / "nbac_injury_report")[0]
    told = parse("injury_report", body, schedule, params={"date": "2024-01-04", "time": "12PM"})
    found, lists = told
    assert dict(found.rejected) == {NOT_SUBMITTED: 29}
    assert lists.frame.height == 32
    filed = lists.frame.filter("is_submitted")
    assert dict(filed.select("team", "players_listed").iter_rows()) == dict(
        found.frame["team"].value_counts().iter_rows()
    )
    assert set(found.frame["observed_at"]) == {datetime(2024, 1, 4, 17, 30, tzinfo=UTC)}
    assert set(found.frame["game_date"]) == {date(2024, 1, 4)}
    assert set(found.frame["team"]) == {"SAS", "DEN", "GSW"}
    words = {n: (s, r) for n, s, r in found.frame.select("player_name", "status", "reason").rows()}
    assert words["Doug McDermott"] == ("out", "Injury/Illness - Right Forearm; Contusion")
    assert words["David Duke Jr."] == ("out", "G League - Two-Way")
    assert words["Gary Payton II"] == ("out", "Injury/Illness - Left Hamstring; Strain")
    assert words["Malaki Branham"][0] == "doubtful"
    with pytest.raises(InputError, match=r"Expected the injury report of 2024-01-05 12:30"):
        parse("injury_report", body, schedule, params={"date": "2024-01-05", "time": "12PM"})


def test_shots_are_those_of_the_chart(payloads: Path, schedule: Reference, real_data: Path) -> None:
    body = _bodies(payloads / "nbac_play_by_play")[0]
    shots = parse("play_by_play", body, schedule)[0].frame
    assert set(shots["game_id"]) == {"20250106_LAC_MIN"}
    with zipfile.ZipFile(real_data / "shots" / "NBA_2025_Shots.csv.zip") as archive:
        name = next(n for n in archive.namelist() if n.endswith(".csv") and "MACOSX" not in n)
        chart = pl.read_csv(archive.read(name)).filter(GAME_ID=22400500)
    charted = chart.select(
        player_id=pl.col("PLAYER_ID").cast(pl.String),
        period=pl.col("QUARTER").cast(pl.Int32),
        seconds_left=(pl.col("MINS_LEFT") * 60 + pl.col("SECS_LEFT")).cast(pl.Int32),
        zone=pl.col("BASIC_ZONE").str.to_lowercase().replace_strict(ZONE_NAMES),
        distance="SHOT_DISTANCE",
        x=-pl.col("LOC_X"),
        y=pl.col("LOC_Y") - 5.25,
        made="SHOT_MADE",
    )
    both = shots.join(charted, on=["player_id", "period", "seconds_left"], suffix="_chart")
    assert both.height == charted.height == 181
    assert ((both["x_feet"] - both["x"]).abs() < 1e-9).all()
    assert ((both["y_feet"] - both["y"]).abs() < 1e-9).all()
    assert (both["is_made"] == both["made"]).all()
    # The NBA's own charts draw the line of a zone or foot otherwise for these few.
    assert (both["zone"] == both["zone_chart"]).sum() == 175
    assert (both["distance_feet"] == both["distance"]).sum() == 177


def test_assists_and_time_on_the_floor_are_those_of_the_log(
    payloads: Path, schedule: Reference, real_data: Path
) -> None:
    body = _bodies(payloads / "nbac_play_by_play")[0]
    _, made, periods = parse("play_by_play", body, schedule)
    assert not periods.rejected
    log = pl.read_csv(
        real_data / "boxscores" / "nbaapi" / "player_logs_2024-25.csv.gz",
        schema_overrides={"GAME_ID": pl.String, "PLAYER_ID": pl.String},
    ).filter(GAME_ID="0022400500")
    given = made.frame.drop_nulls("assist_player_id")["assist_player_id"].value_counts()
    stated = log.filter(pl.col("AST") > 0).select("PLAYER_ID", "AST")
    assert dict(given.iter_rows()) == dict(stated.iter_rows())
    assert made.frame["is_assisted"].sum() == log["AST"].sum() == 47
    shared = periods.frame.group_by("team", "period").agg(pl.col("seconds").sum())
    assert shared["seconds"].to_list() == [3600] * 8
    whole = dict(periods.frame.group_by("player_id").agg(pl.col("seconds").sum()).iter_rows())
    # The log is in whole minutes.
    minutes = dict(log.select("PLAYER_ID", "MIN").iter_rows())
    assert whole.keys() == minutes.keys()
    assert max(abs(whole[p] - 60 * minutes[p]) for p in whole) <= 30


def test_boxes_are_those_of_the_log(payloads: Path, schedule: Reference, real_data: Path) -> None:
    body = _bodies(payloads / "nbac_team_boxscore")[0]
    boxes, away, teams = parse("box_score_v2", body, schedule)
    log = pl.read_csv(
        real_data / "boxscores" / "nbaapi" / "player_logs_2024-25.csv.gz",
        schema_overrides={"GAME_ID": pl.String},
    ).filter(GAME_ID="0022400561")
    columns = ("points", "rebounds", "assists", "turnovers", "threes_attempted", "plus_minus")
    theirs = ("PTS", "REB", "AST", "TOV", "FG3A", "PLUS_MINUS")
    wanted = {str(row[0]): row[1:] for row in log.select("PLAYER_ID", *theirs).rows()}
    assert {row[0]: row[1:] for row in boxes.frame.select("player_id", *columns).rows()} == wanted
    assert teams.frame.sort("team")["points"].to_list() == [125, 119]
    assert boxes.frame.group_by("team").agg(pl.col("is_starter").sum())["is_starter"].to_list() == [
        5, 5,
    ]  # fmt: skip
    assert dict(away.frame["status"].value_counts().iter_rows()) == {"available": 7, "out": 1}
    assert (away.frame["observed_at"] > schedule.games["tip_off_at"].min()).all()
