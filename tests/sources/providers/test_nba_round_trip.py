"""Rows, written as the NBA's answers and read again, are the same rows."""

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from polars.testing import assert_frame_equal
from tests.sources.providers import nba_payloads as nba
from tests.sources.providers.nba_league import (
    LONG_AFTER,
    NOTHING,
    known,
    one_game,
    parse,
    season_of,
)
from tests.sources.providers.nba_payloads import with_nba_ids

from tipoff.domain.ids import name_key
from tipoff.sources.game_rows import kind_of_id
from tipoff.sources.league import League
from tipoff.sources.league.floor import stints
from tipoff.sources.providers.nba.box_rows import COUNTS
from tipoff.sources.providers.nba.gamebook import LAST_NAME_ONLY
from tipoff.sources.providers.nba.injury_report import NOT_SUBMITTED
from tipoff.sources.providers.nba.play_by_play import NO_SHOT

Frames = dict[str, pl.DataFrame]
_BOOKKEEPING = ("source", "observed_at", "observed_basis", "row_hash")
_REASONS = ["DNP - Coach's Decision", "DND - Injury/Illness - Right Foot; Strain",
            "NWT - Injury/Illness - Left Knee; Injury Management"]  # fmt: skip


@pytest.fixture(scope="module")
def season(league_frames: Frames) -> Frames:
    return season_of(league_frames)


def _same(found: pl.DataFrame, wanted: pl.DataFrame, *, without: tuple[str, ...] = ()) -> None:
    left_out = [*_BOOKKEEPING, *without]
    wanted = wanted.select(found.columns)
    keys = ("game_id", "team", "player_id", "name_key", "shot_number")
    key = [c for c in keys if c in wanted.columns and c not in without]
    assert_frame_equal(found.drop(left_out).sort(key), wanted.drop(left_out).sort(key))


def test_a_schedule(season: Frames) -> None:
    made_at = datetime(2022, 8, 15, 16, tzinfo=UTC)
    games = parse("schedule", nba.schedule(season["games"], made_at), NOTHING)[0]
    _same(games.frame, season["games"])
    assert games.frame["observed_at"].unique().to_list() == [made_at]
    assert games.frame["observed_basis"].unique().to_list() == ["recorded"]
    assert not games.rejected


def test_game_logs(season: Frames) -> None:
    # A log states whole minutes.
    boxes = season["player_boxes"].with_columns(
        seconds_played=(pl.col("seconds_played") / 60).round(mode="half_to_even").cast(pl.Int32)
        * 60
    )
    of_players = nba.game_log(boxes, of_players=True)
    found, games = parse("game_log_players", of_players, known(season))
    _same(found.frame, boxes, without=("is_starter",))
    assert games.frame.height == season["games"].height
    of_teams = nba.game_log(season["team_boxes"], of_players=False)
    _same(parse("game_log_teams", of_teams, known(season))[0].frame, season["team_boxes"])


@pytest.mark.parametrize(
    ("endpoint", "write"),
    [
        ("box_score", nba.box_score),
        ("box_score_v2", nba.box_score_old),
        ("box_score_live", nba.box_score_live),
    ],
)
def test_box_scores(season: Frames, endpoint: str, write: object) -> None:
    game = one_game(season)
    reasons = pl.Series([_REASONS[i % 3] for i in range(game["others"].height)])
    absent = game["others"].with_columns(reason=reasons)
    assert callable(write)
    body = write(game["player_boxes"], game["team_boxes"], absent)
    boxes, away, teams = parse(endpoint, body, known(season))
    _same(boxes.frame, game["player_boxes"])
    _same(teams.frame, game["team_boxes"])
    assert away.frame.sort("player_id")["player_id"].to_list() == sorted(absent["player_id"])
    assert set(away.frame["status"]) <= {"available", "out"}
    tip = game["games"]["tip_off_at"][0]
    # Why somebody did not play is known after the game, like the box score itself.
    for found in (boxes, away, teams):
        assert found.frame["observed_at"].unique().to_list() == [tip + timedelta(hours=4)]
        assert found.frame["observed_basis"].unique().to_list() == ["assumed"]
        assert not found.rejected


def test_shots(season: Frames) -> None:
    shots = one_game(season)["shots"]
    stated = shots.with_columns(
        player_name=pl.col("player_name").str.replace(r"^(.)\S* ", "${1}. "),
        season_type=kind_of_id("nba_game_id"),
        distance_feet=(pl.col("x_feet") ** 2 + pl.col("y_feet") ** 2).sqrt().round(2).floor(),
    )
    body = nba.play_by_play(shots.sample(fraction=1.0, shuffle=True, seed=3))
    found = parse("play_by_play", body, known(season))[0]
    keys = {n: name_key(n) for n in stated["player_name"].unique()}
    wanted = stated.with_columns(name_key=pl.col("player_name").replace_strict(keys))
    _same(found.frame, wanted)
    assert found.frame["observed_at"].unique().to_list() == [shots["observed_at"].max()]
    assert set(found.rejected) == {NO_SHOT}


def test_who_assisted_and_who_was_on_the_floor(league: League, season: Frames) -> None:
    game = one_game(season)
    ids = with_nba_ids({**league.frames, "on_floor": league.on_floor})
    own = stints(ids["on_floor"].filter(game_id=game["games"]["game_id"][0]))
    body = nba.play_by_play(game["shots"], game["made_shots"], own)
    _, made, periods = parse("play_by_play", body, known(season))
    who = ["period", "seconds_left", "player_id", "is_assisted", "assist_player_id"]
    assert_frame_equal(made.frame.select(who).sort(who), game["made_shots"].select(who).sort(who))
    floor = ["team", "player_id", "period", "seconds"]
    assert_frame_equal(
        periods.frame.select(floor).sort(floor), game["player_periods"].select(floor).sort(floor)
    )
    assert not periods.rejected
    assert not made.rejected


def test_injury_reports(season: Frames) -> None:
    rows = season["availability"]
    evening = rows.filter(pl.col("observed_at") == pl.col("observed_at").mode().first())
    long = "Injury/Illness - Left Distal Tibiofibular Ligament; Sprain and later Soreness again"
    wordy = pl.when(pl.int_range(pl.len()) % 3 == 1).then(pl.lit(long)).otherwise("reason")
    listed = evening.with_columns(reason=wordy)
    made_at = listed["observed_at"][0]
    assert listed.height > 6
    others = season["games"].filter(game_date=listed["game_date"][0])
    teams = {
        f"{g['game_id']} {g[s]}" for g in others.to_dicts() for s in ("home_team", "away_team")
    }
    silent = sorted(teams - {f"{r['game_id']} {r['team']}" for r in listed.to_dicts()})[:2]
    body = nba.injury_report(listed, season["games"], made_at, silent)
    found, lists = parse("injury_report", body, known(season))
    _same(found.frame.drop("player_id"), listed)
    assert found.frame["observed_at"].unique().to_list() == [made_at]
    assert found.frame["observed_basis"].unique().to_list() == ["recorded"]
    assert set(lists.frame.filter(~pl.col("is_submitted"))["team"]) == {s[-3:] for s in silent}
    assert lists.frame["players_listed"].sum() == listed.height
    assert dict(found.rejected) == ({NOT_SUBMITTED: len(silent)} if silent else {})


def test_a_report_of_many_pages(season: Frames) -> None:
    rows = season["availability"].unique(["game_id", "team", "name_key"], maintain_order=True)
    listed = rows.head(90).with_columns(
        reason=pl.lit("Injury/Illness - Right Foot; Plantar Fasciitis")
    )
    body = nba.injury_report(listed, season["games"], rows["observed_at"][0])
    assert body.count(b"/Type /Page ") > 4
    found = parse("injury_report", body, NOTHING)[0]
    _same(found.frame.drop("player_id", "report_at"), listed)
    assert not found.rejected


def test_a_scorers_report(season: Frames) -> None:
    game = one_game(season)
    others = game["others"].with_columns(reason=pl.lit("DNP - Coach's Decision"))
    inactive = (
        others.group_by("team", maintain_order=True)
        .head(2)
        .with_columns(
            reason=pl.lit("Injury/Illness - Left Ankle; Sprain (second degree), out for weeks")
        )
    )
    absent = others.join(inactive, on="player_id", how="anti")
    body = nba.gamebook(game["player_boxes"], game["team_boxes"], absent, inactive)
    boxes, away, teams = parse("gamebook", body, known(season))
    _same(boxes.frame, game["player_boxes"], without=("player_id", "nba_game_id", "season_type"))
    _same(teams.frame, game["team_boxes"], without=("nba_game_id", "season_type"))
    out = away.frame.filter(status="out")
    assert away.frame.height == others.height
    assert out.height == inactive.height
    assert all(reason.startswith("Inactive - Injury/Illness") for reason in out["reason"])
    told = out.drop_nulls("player_id")
    assert set(told["player_id"]) <= set(inactive["player_id"])
    assert away.notes.get(LAST_NAME_ONLY, 0) == out.height - told.height
    tip = game["games"]["tip_off_at"][0]
    assert (away.frame["observed_at"] > tip).all()


def test_rosters(season: Frames) -> None:
    players = (
        season["player_boxes"]
        .unique(["player_id", "team"])
        .filter(team=season["team_boxes"]["team"][0])
    )
    for endpoint, body, params in (
        ("player_index", nba.player_index(players), {"Season": "2022-23"}),
        ("roster_page", nba.roster_page(players, "2022"), {}),
    ):
        found = parse(endpoint, body, NOTHING, params=params)[0]
        _same(found.frame.drop("position", "birth_date"), players)
        assert found.frame["observed_at"].unique().to_list() == [LONG_AFTER]


def test_counts_have_names_on_both_sides() -> None:
    assert tuple(nba.V3) == COUNTS
