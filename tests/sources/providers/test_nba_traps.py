"""Traps of NBA.com's answers: games that run, absences, reports, rosters, plans."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import polars as pl
import pytest
from polars.testing import assert_frame_equal
from tests.sources.providers import nba_payloads as nba
from tests.sources.providers.nba_league import NOTHING, known, one_game, parse, season_of
from tests.sources.providers.nba_site import moment_of
from tests.sources.providers.pdf_writer import Text, written

from tipoff.errors import InputError
from tipoff.sources.addresses import path_of
from tipoff.sources.answer import Answer
from tipoff.sources.format import Reference
from tipoff.sources.identity import resolved
from tipoff.sources.plans import KnownSoFar
from tipoff.sources.providers.nba import PROVIDER
from tipoff.sources.providers.nba.box_rows import NO_MINUTES, seconds
from tipoff.sources.providers.nba.fields import NO_NBA_GAME, NOT_IN_GAME, NOT_OVER
from tipoff.sources.providers.nba.gamebook import LAST_NAME_ONLY
from tipoff.sources.providers.nba.gamebook_lines import read
from tipoff.sources.providers.nba.injury_report import NO_STATUS
from tipoff.sources.providers.nba.planners import PLANNERS, report_params
from tipoff.sources.reference import reference
from tipoff.sources.shots import TWICE

Frames = dict[str, pl.DataFrame]


@pytest.fixture(scope="module")
def season(league_frames: Frames) -> Frames:
    return season_of(league_frames)


def test_minutes_in_every_form() -> None:
    forms = ["PT35M12.00S", "35:12", "35.000000:12", "35", "35.2", "PT00M00.00S", "", "DNP", None]
    found = pl.DataFrame({"m": forms}, schema={"m": pl.String}).select(s=seconds("m"))
    assert found["s"].to_list() == [2112, 2112, 2112, 2100, 2112, 0, None, None, None]


def test_a_fresh_box_score_was_recorded(season: Frames) -> None:
    game = one_game(season)
    tip = game["games"]["tip_off_at"][0]
    body = nba.box_score(
        game["player_boxes"],
        game["team_boxes"],
        game["others"].clear().with_columns(reason=pl.lit("")),
    )
    at = tip + timedelta(hours=9)
    boxes = parse("box_score", body, known(season), at)[0]
    assert set(boxes.frame.select("observed_at", "observed_basis").rows()) == {(at, "recorded")}


def test_a_game_that_runs_is_refused(season: Frames) -> None:
    game = one_game(season)
    absent = game["others"].head(1).with_columns(reason=pl.lit("INACTIVE_INJURY"))
    args = (game["player_boxes"], game["team_boxes"], absent)
    lines = game["player_boxes"].height
    tip = game["games"]["tip_off_at"][0]
    half = nba.box_score(*args).replace(b'"240:00"', b'"120:00"')
    cases = [
        ("box_score", half, None),
        ("box_score", nba.box_score(*args), tip + timedelta(minutes=80)),
        ("box_score_live", nba.box_score_live(*args, status=2), None),
        ("game_log_players", nba.game_log(args[0], of_players=True).replace(b'"W"', b"null"), None),
    ]  # fmt: skip
    for endpoint, body, at in cases:
        boxes = parse(endpoint, body, known(season), at)[0]
        assert (boxes.frame.height, boxes.rejected[NOT_OVER]) == (0, lines)


def test_inactives_before_the_tip_off_are_news(season: Frames) -> None:
    """The live box score lists them an hour before; that is the last word before a game."""
    game = one_game(season)
    tip = game["games"]["tip_off_at"][0]
    absent = game["others"].head(1).with_columns(reason=pl.lit("Left Ankle; Sprain"))
    body = nba.box_score_live(game["player_boxes"].clear(), game["team_boxes"], absent, status=1)
    before, after = tip - timedelta(minutes=40), tip + timedelta(days=30)
    for at, known_at, basis in (
        (before, before, "recorded"),
        (after, tip + timedelta(hours=4), "assumed"),
        (None, tip + timedelta(hours=4), "assumed"),
    ):
        away = parse("box_score_live", body, known(season), at)[1].frame.row(0, named=True)
        assert (away["observed_at"], away["observed_basis"]) == (known_at, basis)
        assert (away["status"], away["reason"]) == ("out", "INACTIVE INJURY - Left Ankle; Sprain")


def test_what_can_not_be_placed_is_refused(season: Frames) -> None:
    game = one_game(season)
    absent = game["others"].clear().with_columns(reason=pl.lit(""))
    body = nba.box_score(game["player_boxes"], game["team_boxes"], absent)
    lines = game["player_boxes"].height
    unknown = parse("box_score", body, NOTHING)
    assert [dict(f.rejected) for f in unknown] == [{NO_NBA_GAME: lines}, {}, {NO_NBA_GAME: 2}]
    side = json.loads(body)
    side["boxScoreTraditional"]["homeTeam"]["teamTricode"] = "ZZZ"
    odd = parse("box_score", json.dumps(side).encode(), known(season))
    assert odd[2].rejected == {NOT_IN_GAME: 1}
    silent = side["boxScoreTraditional"]["awayTeam"]["players"]
    silent[0]["statistics"]["minutes"] = ""
    assert parse("box_score", json.dumps(side).encode(), known(season))[0].rejected[NO_MINUTES] == 1


def test_shots_of_a_game_that_runs_are_refused(season: Frames) -> None:
    shots = one_game(season)["shots"]
    body = json.loads(nba.play_by_play(shots))
    del body["game"]["actions"][-1]
    found = parse("play_by_play", json.dumps(body).encode(), known(season))[0]
    assert (found.frame.height, found.rejected[NOT_OVER]) == (0, shots.height)
    assert parse("play_by_play", nba.play_by_play(shots), NOTHING)[0].frame.is_empty()


def test_actions_that_are_told_twice_count_once(season: Frames) -> None:
    """Two equal tips in one second are two; an action that repeats its own number is one."""
    body = json.loads(nba.play_by_play(one_game(season)["shots"]))
    once = parse("play_by_play", json.dumps(body).encode(), known(season))
    actions = body["game"]["actions"]
    body["game"]["actions"] = [*actions[:-1], *actions]
    twice = parse("play_by_play", json.dumps(body).encode(), known(season))
    for one, other in zip(once, twice, strict=True):
        assert_frame_equal(one.frame, other.frame)
    assert twice[0].rejected[TWICE] == len(actions) - 1
    attempt = next(action for action in actions if action["actionType"] == "2pt")
    body["game"]["actions"] = [{**attempt, "actionNumber": 9999}, *actions]
    more = parse("play_by_play", json.dumps(body).encode(), known(season))[0].frame
    assert more.height == once[0].frame.height + 1


def test_rows_of_a_report_that_say_nothing_usable(season: Frames) -> None:
    rows = (
        season["availability"].unique(["game_id", "team", "name_key"], maintain_order=True).head(8)
    )
    odd = rows.with_columns(
        status=pl.when(pl.int_range(pl.len()) == 2).then(pl.lit("game time")).otherwise("status"),
        team=pl.when(pl.int_range(pl.len()) == 5).then(pl.lit("SAS")).otherwise("team"),
    )
    assert "SAS" not in set(rows["team"])
    body = nba.injury_report(odd, season["games"], rows["observed_at"][0])
    found = parse("injury_report", body, NOTHING)[0]
    assert found.frame.height == 6
    assert dict(found.rejected) == {NO_STATUS: 1, NOT_IN_GAME: 1}


HEADINGS = ("Game Date", "Game Time", "Matchup", "Team", "Player Name", "Current Status", "Reason")


def _first_row(reason: str, down: int) -> list[Text]:
    """The headings of a report, and one row below them."""
    cells = (
        "01/04/2026",
        "07:30 (ET)",
        "MIL@SAS",
        "San Antonio Spurs",
        "Barlow, Dominick",
        "Out",
        reason,
    )
    lefts = (24, 121, 201, 265, 426, 587, 667)
    return [Text(left, place, text) for place, texts in ((100, HEADINGS), (down, cells))
            for left, text in zip(lefts, texts, strict=True)]  # fmt: skip


@pytest.mark.parametrize(
    ("params", "minute"),
    [({"date": "2024-01-04", "time": "06PM"}, 30), ({"date": "2026-01-04", "time": "06_15PM"}, 15)],
)
def test_when_a_report_without_a_title_was_made(params: dict[str, str], minute: int) -> None:
    page = _first_row("Rest", 130)
    found = parse("injury_report", written([page]), NOTHING, params=params)[0].frame
    year = int(params["date"][:4])
    assert found["observed_at"].to_list() == [datetime(year, 1, 4, 23, minute, tzinfo=UTC)]
    assert found.select("game_id", "player_name", "status", "reason").row(0) == (
        "20260104_MIL_SAS", "Dominick Barlow", "out", "Rest",
    )  # fmt: skip
    with pytest.raises(InputError, match="says when it was made"):
        parse("injury_report", written([page]), NOTHING)


def test_a_reason_goes_on_over_the_page() -> None:
    first = _first_row("Injury -", 500)
    title = Text(289, 60, "Injury Report: 01/04/26 06:15 PM", 22)
    rest = [Text(667, 80, "Sore Back"), Text(426, 105, "Green, Al"), Text(587, 105, "Probable")]
    found = parse("injury_report", written([[title, *first], rest]), NOTHING)[0]
    rows = found.frame.select("player_name", "team", "status", "reason").rows()
    assert sorted(rows) == [
        ("Al Green", "SAS", "probable", None),
        ("Dominick Barlow", "SAS", "out", "Injury - Sore Back"),
    ]  # fmt: skip
    assert not found.rejected


@pytest.mark.parametrize("name", PROVIDER.endpoints)
@pytest.mark.parametrize(
    "body",
    [b"", b"<html><body>Access Denied</body></html>", b"{", b"null", b"[]", b"{}", b"[" * 100_000,
     b"%PDF-1.4", b'{"resultSets": [{"name": "PlayerIndex"}]}', b'{"game": {}, "meta": 3}'],
)  # fmt: skip
def test_what_is_no_answer_is_a_sentence(name: str, body: bytes) -> None:
    assert not PROVIDER.endpoints[name].recognises(b"<html>")
    with pytest.raises(InputError, match=r"Expected .* nba"):
        parse(name, body, NOTHING)


def test_last_names_that_two_of_a_team_have_stay_open(season: Frames) -> None:
    game = one_game(season)
    team = game["team_boxes"]["team"][0]
    own = game["others"].filter(team=team).head(1).with_columns(reason=pl.lit("Rest"))
    body = nba.gamebook(game["player_boxes"], game["team_boxes"], own.clear(), own)
    looked_up = known(season)
    last = own["player_name"][0].partition(" ")[2]
    absent = parse("gamebook", body, looked_up)[1]
    assert (absent.frame["player_id"].to_list(), dict(absent.notes)) == (
        own["player_id"].to_list(),
        {},
    )
    twin = (
        looked_up.players.filter(player_id=own["player_id"][0], team=team)
        .head(1)
        .with_columns(
            player_id=pl.lit("9"),
            name_key=pl.lit("zz ") + pl.col("name_key").str.extract(r" (.+)$", 1),
        )
    )
    twins = Reference(looked_up.games, pl.concat([looked_up.players, twin]))
    torn = parse("gamebook", body, twins)[1]
    assert torn.frame.select("player_id", "player_name").row(0) == (None, last)
    assert dict(torn.notes) == {LAST_NAME_ONLY: 1}


@pytest.mark.parametrize(
    ("first", "following", "expected"),
    [
        (
            "Adams (Right",
            ["Knee; Surgery), Lee (Rest)", "MEMO"],
            ["Adams: Right Knee; Surgery", "Lee: Rest"],
        ),
        ("Bane (Low Back (L4), sore), Clarke", [], ["Bane: Low Back (L4), sore", "Clarke: "]),
        (
            "Jackson Jr. (Rest),",
            ["Smart (Rest)", "Points in the Paint: 3"],
            ["Jackson Jr.: Rest", "Smart: Rest"],
        ),
        ("None", [], []),
    ],
)
def test_inactives_in_every_form(first: str, following: list[str], expected: list[str]) -> None:
    lines = ["VISITOR: Memphis Grizzlies (1-2)", f"Inactive: Grizzlies - {first}", *following]
    told = [f"{e['player']}: {e['reason'][len('Inactive - ') :]}" for e in read(lines).inactive]
    assert told == expected


def test_a_players_line_that_can_not_be_read_is_counted() -> None:
    numbers = "10 18 8 11 4 5 1 6 7 1 1 0 5 0 -16 32"
    lines = ["HOME: MEMPHIS GRIZZLIES (1-2)", f"3 Jake LaRavia F 40:00 {numbers}", "0 JaVale",
             f"5 Al Green 12:00 {numbers} 4", "50.0% 35.1% 77.8%"]  # fmt: skip
    book = read(lines)
    assert ([p["player"] for p in book.played], book.broken) == (["Jake LaRavia"], 2)


def test_rosters_tell_who_a_rookie_is(season: Frames) -> None:
    """A player whom no box score knows yet is found by the roster of his team."""
    rookie = pl.DataFrame(
        {"player_id": ["1699999"], "player_name": ["Nikola Nový Jr."], "team": ["BOS"]}
    )
    rosters = parse(
        "player_index", nba.player_index(rookie), NOTHING, params={"Season": "2022-23"}
    )[0].frame
    names = pl.DataFrame(
        {"name_key": ["nikola novy"], "season": ["2022-23"], "game_id": ["20221018_BOS_PHI"],
         "player_id": [None], "team": ["BOS"]}, schema_overrides={"player_id": pl.String},
    )  # fmt: skip
    boxes = season["player_boxes"]
    with_rosters = reference(season["games"], boxes, rosters)
    assert resolved(names, with_rosters.players)["player_id"].to_list() == ["1699999"]
    without = reference(season["games"], boxes)
    assert resolved(names, without.players)["player_id"].to_list() == [None]


@pytest.mark.parametrize(
    ("moment", "date_", "time"),
    [
        (datetime(2024, 1, 4, 17, 30, tzinfo=UTC), "2024-01-04", "12PM"),
        (datetime(2024, 1, 4, 17, 29, tzinfo=UTC), "2024-01-04", "11AM"),
        (datetime(2024, 1, 5, 5, 10, tzinfo=UTC), "2024-01-04", "11PM"),
        (datetime(2025, 12, 24, 23, 29, tzinfo=UTC), "2025-12-24", "06_15PM"),
        (datetime(2026, 1, 1, 17, 0, tzinfo=UTC), "2026-01-01", "12_00PM"),
    ],
)
def test_the_report_at_a_moment(moment: datetime, date_: str, time: str) -> None:
    assert report_params(moment) == {"date": date_, "time": time}


def test_a_season_is_asked_for_in_rounds(season: Frames) -> None:
    """The schedule first; then what its games make known, and nothing of what is to come."""
    planner = PLANNERS[0]
    now = season["games"]["tip_off_at"][30]
    nothing = KnownSoFar(NOTHING, lambda _: [], now)
    first = list(planner.build(nothing, {"season": "2022-23"}))
    assert [r.endpoint for r in first].count("schedule_stats") == 1
    assert {r.endpoint for r in first} == {
        "schedule_stats", "player_index", "game_log_players", "game_log_teams",
    }  # fmt: skip
    body = nba.schedule(season["games"], season["games"]["observed_at"][0])
    kept = Answer("nba", "schedule_stats", {"Season": "2022-23"}, body)
    told = KnownSoFar(NOTHING, lambda name: [kept] if name == "schedule_stats" else [], now)
    whole = list(planner.build(told, {"season": "2022-23"}))
    assert [r.key for r in whole[: len(first)]] == [r.key for r in first]
    assert len({r.key for r in whole}) == len(whole)
    boxes = [r.params["GameID"] for r in whole if r.endpoint == "box_score"]
    over = season["games"].filter(pl.col("tip_off_at") + timedelta(hours=4) <= now)
    assert sorted(boxes) == sorted(over["nba_game_id"])
    made = [
        moment_of(r.params["date"], r.params["time"])
        for r in whole
        if r.endpoint == "injury_report"
    ]
    assert made
    assert all(at is not None and at <= now for at in made)
    day = str(over["game_date"][0])
    days = {"season": "2022-23", "from": day, "to": day, "parts": "shots"}
    some = [r for r in planner.build(told, days) if r.endpoint == "play_by_play"]
    assert 0 < len(some) < len(boxes)
    for wrong in ({"season": "22"}, {"season": "2022-23", "parts": "all"}, {**days, "to": "May"}):
        with pytest.raises(InputError, match="Expected"):
            list(planner.build(told, wrong))


def test_a_season_that_is_on_is_asked_for_again(season: Frames) -> None:
    """Schedule, players and logs change until the finals' last figures are settled."""
    games = season["games"].sort("tip_off_at")
    body = nba.schedule(games, games["observed_at"][0])
    kept = Answer("nba", "schedule_stats", {"Season": "2022-23"}, body)

    def ages(now: datetime, *, is_known: bool = True) -> set[timedelta | None]:
        lists = [kept] if is_known else []
        told = KnownSoFar(NOTHING, lambda name: lists if name == "schedule_stats" else [], now)
        whole = list(PLANNERS[0].build(told, {"season": "2022-23", "parts": "logs"}))
        assert len(whole) == 8
        return {request.good_for for request in whole}

    last = games["tip_off_at"][-1]
    summer = datetime(2023, 7, 1, 23, tzinfo=UTC)
    assert last < summer
    for now in (games["tip_off_at"][30], last + timedelta(days=1), summer):
        assert None not in ages(now)
    assert ages(summer + timedelta(days=1)) == {None}
    # While its schedule is not kept, nobody knows.
    assert None not in ages(summer + timedelta(days=1), is_known=False)
    # A last game in July (as in 2020) is waited for, and its figures for ten days more.
    late = games.with_columns(pl.col("tip_off_at", "game_date") + pl.duration(days=100))
    kept = replace(kept, body=nba.schedule(late, games["observed_at"][0]))
    ends = late["game_date"][-1]
    assert ends > summer.date()
    settled = datetime(ends.year, ends.month, ends.day, tzinfo=UTC) + timedelta(days=10)
    assert None not in ages(settled)
    assert ages(settled + timedelta(days=2)) == {None}


def test_today_asks_for_the_reports_before_games_to_come(season: Frames) -> None:
    """Again and again: the schedule when it is old, and each report once, when it is there."""
    (planner,) = [p for p in PLANNERS if p.name == "today"]
    game = season["games"].sort("tip_off_at")[30]
    tip, made = game["tip_off_at"][0], game["observed_at"][0]
    kept = Answer("nba", "schedule_stats", {"Season": "2022-23"}, nba.schedule(game, made))

    def asked(before: timedelta) -> list[tuple[str, datetime | None]]:
        told = KnownSoFar(NOTHING, lambda name: [kept], tip - before)
        whole = list(planner.build(told, {}))
        assert [r.endpoint for r in whole[:2]] == ["schedule_stats", "player_index"]
        assert all(r.good_for is not None for r in whole[:2])
        return [(r.endpoint, moment_of(r.params["date"], r.params["time"])) for r in whole[2:]]

    late = timedelta(minutes=20)
    assert {name for name, _ in asked(late)} == {"injury_report"}
    moments = [at for _, at in asked(late)]
    for lead in (timedelta(hours=24), timedelta(hours=2), timedelta(minutes=30)):
        last = moment_of(*report_params(tip - lead).values())
        assert last in moments
    assert max(at for at in moments if at) <= tip - late - timedelta(minutes=5)
    assert len(asked(timedelta(hours=20))) < len(moments)
    # Before tomorrow and after the start there is nothing to ask.
    assert asked(timedelta(days=3)) == asked(-timedelta(minutes=1)) == []


def test_the_addresses_are_the_nbas() -> None:
    for endpoint in PROVIDER.endpoints.values():
        names = re.findall(r"\{(\w+)\}", endpoint.path)
        url = urlsplit(path_of(PROVIDER, endpoint, dict.fromkeys(names, "x")))
        assert (url.scheme, url.hostname and url.hostname.rpartition(".nba.com")[1]) == (
            "https", ".nba.com",
        )  # fmt: skip
