"""Every real answer of ESPN, balldontlie and BigDataBall: exact rows, or the reason of refusal."""

import re
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from tipoff.sources.answer_rows import NO_NEXT_GAME, NO_TIME, NOT_PLAYED
from tipoff.sources.bigdataball import NO_SHOT
from tipoff.sources.court import zone_at
from tipoff.sources.format import Parsed, Reference
from tipoff.sources.line_rows import with_name_key
from tipoff.sources.payloads import open_file
from tipoff.sources.providers.balldontlie import NO_DATE_OF_LIST, NO_TABLE, SEASON_SO_FAR, TEAMS
from tipoff.sources.providers.bigdataball import NO_FILE
from tipoff.sources.providers.espn import NO_INJURY
from tipoff.sources.recognise import recognise
from tipoff.store.lake import validated

ZONES = {
    "Restricted Area": "restricted_area",
    "In The Paint (Non-RA)": "paint_non_ra",
    "Mid-Range": "mid_range",
    "Left Corner 3": "left_corner_three",
    "Right Corner 3": "right_corner_three",
    "Above the Break 3": "above_break_three",
    "Backcourt": "backcourt",
}
A_TEAM, ALL_TEAMS = "a team, which tipoff knows", "a list of teams, which tipoff knows"
# folder/file: (layout, rows by table, refused by reason)
EXPECTED: Mapping[str, tuple[str, dict[str, int], dict[str, int]]] = {
    "bdl_active_players/raw_ac3e7bd3.json": (
        "balldontlie_players", {"player_boxes": 0}, {NO_DATE_OF_LIST: 100}),
    "bdl_box_scores/raw_71b3c5b2.json": (
        "balldontlie_box_scores", {"player_boxes": 208, "games": 10}, {NOT_PLAYED: 139}),
    "bdl_box_scores/raw_d62cc934.json": ("balldontlie_games", {"games": 0}, {}),
    "bdl_game_adv_stats/raw_b3f29455.json": (
        "balldontlie_advanced_stats", {"player_boxes": 0}, {NO_TABLE: 29}),
    "bdl_game_detail/raw_67b124b3.json": ("balldontlie_game", {"games": 1}, {}),
    "bdl_games/raw_278cb9ed.json": ("balldontlie_games", {"games": 9}, {}),
    "bdl_injuries/raw_49fd60fb.json": (
        "balldontlie_player_injuries", {"availability": 0}, {NO_TIME: 100}),
    "bdl_leaders/raw_03e7b7a1.json": (
        "balldontlie_leaders", {"player_boxes": 0}, {SEASON_SO_FAR: 231}),
    "bdl_player_averages/raw_b3b52a03.json": (
        "balldontlie_season_averages", {"player_boxes": 0}, {SEASON_SO_FAR: 3}),
    "bdl_player_box_scores/raw_1db4c01e.json": (
        "balldontlie_stats", {"player_boxes": 24, "games": 1}, {NOT_PLAYED: 6}),
    "bdl_player_detail/raw_2e2e5189.json": (
        "balldontlie_player", {"player_boxes": 0}, {NO_DATE_OF_LIST: 1}),
    "bdl_players/raw_e640d907.json": (
        "balldontlie_players", {"player_boxes": 0}, {NO_DATE_OF_LIST: 49}),
    "bdl_standings/raw_395a0451.json": (
        "balldontlie_standings", {"games": 0}, {SEASON_SO_FAR: 30}),
    "bdl_team_detail/raw_0699ab13.json": ("balldontlie_team", {"games": 0}, {A_TEAM: 1}),
    "bdl_teams/raw_cf664c89.json": ("balldontlie_teams", {"games": 0}, {ALL_TEAMS: 45}),
    "bigdataball_discovery/raw_210c46f5.json": ("bigdataball_files", {"shots": 0}, {NO_FILE: 1}),
    "bigdataball_pbp/raw_746cfbef.csv": (
        "bigdataball_play_by_play",
        {"shots": 157, "games": 1, "made_shots": 64, "player_periods": 96}, {NO_SHOT: 353}),
    "espn_game_boxscore/raw_6f34c64b.html.gz": (
        "espn_pages_box_score", {"player_boxes": 23, "games": 1}, {NOT_PLAYED: 2}),
    "espn_game_boxscore/raw_da177814.html.gz": (
        "espn_pages_box_score", {"player_boxes": 23, "games": 1}, {NOT_PLAYED: 2}),
    "espn_roster/raw_bos.html.gz": ("espn_pages_roster", {"availability": 0}, {NO_INJURY: 17}),
    # Of two injuries one was stated a day before a game of the team, the other after its last.
    "espn_roster_api/raw_2.json": (
        "espn_roster", {"availability": 1}, {NO_INJURY: 15, NO_NEXT_GAME: 1}),
    "espn_scoreboard_api/raw_20250214.json": ("espn_scoreboard", {"games": 0}, {}),
    "espn_scoreboard_api/raw_92de7c9a.json": ("espn_scoreboard", {"games": 11}, {}),
}  # fmt: skip
_OURS = re.compile(r"^(espn|bdl|bigdataball)_")


def _parse(
    path: Path, reference: Reference, fetched_at: datetime | None = None
) -> tuple[str, list[Parsed]]:
    content, layout = open_file(path, fetched_at)
    layout = layout or recognise(content)
    assert layout is not None
    found = layout.parse(content, reference)
    for parsed in found:
        validated(parsed.table, parsed.frame)
    return layout.name, found


@pytest.mark.real
@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_payload_gives_its_rows_or_its_reason(
    name: str, real_data: Path, real_reference: Reference
) -> None:
    layout, found = _parse(real_data / "payloads" / name, real_reference)
    rejected = {reason: n for parsed in found for reason, n in parsed.rejected.items()}
    assert (layout, {p.table.name: p.frame.height for p in found}, rejected) == EXPECTED[name]


@pytest.mark.real
def test_no_payload_is_left_out(real_data: Path) -> None:
    folder = real_data / "payloads"
    there = {f"{p.parent.name}/{p.name}" for p in folder.glob("*/*") if _OURS.match(p.parent.name)}
    assert there == set(EXPECTED)


@pytest.mark.real
def test_espns_box_score_is_the_nbas(real_data: Path, real_reference: Reference) -> None:
    page = real_data / "payloads" / "espn_game_boxscore" / "raw_6f34c64b.html.gz"
    ours = _parse(page, real_reference)[1][0].frame
    theirs = with_name_key(
        pl.read_csv(
            real_data / "boxscores" / "nbaapi" / "player_logs_2023-24.csv.gz", infer_schema=False
        )
        .filter(
            pl.col("GAME_DATE") == "2024-01-15", pl.col("MATCHUP").str.contains("HOU.*PHI|PHI.*HOU")
        )
        .with_columns(player_name="PLAYER_NAME")
    )
    assert theirs.height == ours.height == 23
    both = ours.join(theirs, on="name_key", how="left")
    columns = {"points": "PTS", "rebounds": "REB", "assists": "AST", "turnovers": "TOV",
               "threes_attempted": "FG3A", "free_throws_made": "FTM", "plus_minus": "PLUS_MINUS",
               "field_goals_attempted": "FGA", "fouls": "PF"}  # fmt: skip
    for ours_name, theirs_name in columns.items():
        wrong = both.filter(pl.col(ours_name) != pl.col(theirs_name).cast(pl.Float64))
        assert wrong.is_empty(), (ours_name, wrong)


@pytest.mark.real
def test_a_list_of_injuries_with_a_time_is_of_the_next_game(
    real_data: Path, real_reference: Reference
) -> None:
    path = real_data / "payloads" / "bdl_injuries" / "raw_49fd60fb.json"
    in_season = datetime(2025, 1, 15, 17, tzinfo=UTC)
    found = _parse(path, real_reference, in_season)[1][0]
    assert found.frame.height + sum(found.rejected.values()) == 100
    assert found.frame.height > 90
    assert found.frame.filter(pl.col("game_date") < in_season.date()).is_empty()


@pytest.mark.real
def test_the_thirty_teams_are_balldontlies(real_data: Path) -> None:
    path = real_data / "payloads" / "bdl_teams" / "raw_cf664c89.json"
    listed = pl.read_json(path).explode("data").unnest("data")
    stated = dict(
        listed.filter(pl.col("id") <= 30)
        .select(pl.col("id").cast(pl.String), "abbreviation")
        .rows()
    )
    assert stated == TEAMS


@pytest.mark.real
def test_derived_zones_are_the_nbas(real_data: Path) -> None:
    with zipfile.ZipFile(real_data / "shots" / "NBA_2025_Shots.csv.zip") as archive:
        text = archive.read(archive.namelist()[0])
    chart = pl.read_csv(text, infer_schema=False, n_rows=40_000)
    # This file counts feet from the baseline, to the shooter's other side.
    x, y = -pl.col("LOC_X").cast(pl.Float64), pl.col("LOC_Y").cast(pl.Float64) - 5.25
    stated = pl.col("BASIC_ZONE").replace_strict(ZONES)
    wrong = chart.filter(zone_at(x, y, pl.col("SHOT_TYPE").str.starts_with("3")) != stated)
    assert wrong.height < 0.0005 * chart.height


@pytest.mark.real
def test_two_providers_tell_the_same_shots_of_one_game(
    real_data: Path, real_reference: Reference
) -> None:
    folder = real_data / "payloads"
    shots = _parse(folder / "bigdataball_pbp" / "raw_746cfbef.csv", real_reference)[1][0].frame
    lines = _parse(folder / "bdl_player_box_scores" / "raw_1db4c01e.json", real_reference)[1][0]
    counted = shots.group_by("game_id", "team", "name_key").agg(
        field_goals_attempted=pl.len().cast(pl.Int32),
        field_goals_made=pl.col("is_made").sum().cast(pl.Int32),
        threes_attempted=pl.col("is_three").sum().cast(pl.Int32),
    )
    stated = lines.frame.filter(pl.col("field_goals_attempted") > 0).select(counted.columns)
    order = ["team", "name_key"]
    assert counted.sort(order).equals(stated.sort(order))
    # A three is taken from beyond the arc, or its place is wrong.
    near = shots.filter("is_three", pl.col("x_feet") ** 2 + pl.col("y_feet") ** 2 < 22.0**2)
    assert near.is_empty()


@pytest.mark.real
def test_assists_and_time_on_the_floor_are_those_of_the_box_score(
    real_data: Path, real_reference: Reference
) -> None:
    folder = real_data / "payloads"
    _, _, made, periods = _parse(folder / "bigdataball_pbp" / "raw_746cfbef.csv", real_reference)[1]
    lines = _parse(folder / "bdl_player_box_scores" / "raw_1db4c01e.json", real_reference)[1][0]
    passers = made.frame.drop_nulls("assist_player_name").select(player_name="assist_player_name")
    given = with_name_key(passers).group_by("name_key").agg(assists=pl.len().cast(pl.Int32))
    stated = lines.frame.filter(pl.col("assists") > 0).select("name_key", "assists")
    assert given.sort("name_key").equals(stated.sort("name_key"))
    shared = periods.frame.group_by("team", "period").agg(pl.col("seconds").sum())
    assert shared["seconds"].to_list() == [3600] * 8
    whole = periods.frame.group_by("name_key").agg(pl.col("seconds").sum())
    both = whole.join(lines.frame, on="name_key", how="full", coalesce=True)
    assert both.height == 24
    off = (pl.col("seconds") - pl.col("seconds_played")).abs()
    assert both.filter(off.is_null() | (off > 60)).is_empty()
