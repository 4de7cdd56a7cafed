"""What documents say of whole teams: who filed a list, and whose list can not be read in whole."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from tests.sources.providers import score_answers as score
from tests.sources.providers.nba_payloads import injury_report
from tests.sources.three_games import three_games

from tipoff.domain.teams import TEAM_CODES
from tipoff.sources.answer import Answer
from tipoff.sources.format import Parsed
from tipoff.sources.providers import balldontlie
from tipoff.sources.providers.nba import PROVIDER
from tipoff.sources.team_lists import lists_of_games, lists_of_teams
from tipoff.store.lake import append, open_lake, read
from tipoff.tables.raw import AVAILABILITY, AVAILABILITY_REPORTS

MADE_AT = datetime(2024, 10, 22, 20, 30, tzinfo=UTC)
_GAME = {"game_date": date(2024, 10, 22), "home_team": "BOS", "away_team": "NYK"}
Listed = tuple[str | None, bool]


def _of_game(*listed: Listed) -> dict[str, tuple[bool, int]]:
    rows = pl.DataFrame([_GAME | {"team": team, "is_kept": kept} for team, kept in listed])
    return {
        row["team"]: (row["is_submitted"], row["players_listed"])
        for row in lists_of_games(rows.cast({"team": pl.String})).to_dicts()
    }


@pytest.mark.parametrize(
    ("listed", "boston", "new_york"),
    [
        ([("BOS", True), ("BOS", True)], (True, 2), (True, 0)),
        ([("BOS", True), ("BOS", False)], (False, 1), (True, 0)),
        ([("BOS", True), ("NYK", False)], (True, 1), (False, 0)),
        ([("BOS", True), (None, False)], (True, 1), (False, 0)),
        ([("BOS", True), ("LAL", False)], (True, 1), (False, 0)),
    ],
    ids=["nobody of one", "a row refused", "not filed", "no team", "a team of another game"],
)
def test_a_team_of_a_named_game_has_a_list_or_none(
    listed: list[Listed], boston: tuple[bool, int], new_york: tuple[bool, int]
) -> None:
    assert _of_game(*listed) == {"BOS": boston, "NYK": new_york}


def test_a_list_of_the_league_tells_of_every_team() -> None:
    rows = pl.DataFrame({"team": ["BOS", "BOS", "NYK"], "is_kept": [True, True, False]})
    told = {r["team"]: r["is_submitted"] for r in lists_of_teams(rows, None).to_dicts()}
    assert set(told) == set(TEAM_CODES)
    assert [team for team, is_submitted in told.items() if not is_submitted] == ["NYK"]
    unclear = pl.concat(
        [rows, pl.DataFrame({"team": [None], "is_kept": [False]})], how="vertical_relaxed"
    )
    told = {r["team"]: r["is_submitted"] for r in lists_of_teams(unclear, None).to_dicts()}
    assert [team for team, is_submitted in told.items() if is_submitted] == ["BOS"]


def _lists(found: list[Parsed]) -> dict[str, tuple[bool, int]]:
    lists = [part.frame for part in found if part.table is AVAILABILITY_REPORTS]
    rows = [row for frame in lists for row in frame.to_dicts()]
    return {r["team"]: (r["is_submitted"], r["players_listed"]) for r in rows}


def _score(
    provider: str, endpoint: str, at: datetime | None, document: Any = None
) -> dict[str, tuple[bool, int]]:
    case = score.case_of(provider, endpoint)
    return _lists(score.parse(case, three_games(), at, document))


def test_a_leagues_list_of_now_is_of_each_teams_next_game() -> None:
    """ESPN's list names whoever is hurt; the other teams of the three games have filed nobody."""
    told = _score("espn", "injuries", score.NOON)
    assert set(told) == {"BOS", "NYK", "LAL", "MIN", "DET", "IND"}
    assert any(is_submitted and not listed for is_submitted, listed in told.values())


def test_a_list_without_a_time_files_nothing() -> None:
    assert _score("espn", "injuries", None) == {}


@pytest.mark.parametrize(
    ("params", "following", "pages"),
    [
        ({"per_page": "100"}, None, {(True, True)}),
        ({}, 7, {(True, False)}),
        ({"cursor": "7"}, 9, {(False, False)}),
        ({"cursor": "9"}, None, {(False, True)}),
        ({"team_ids[]": "2"}, None, set()),
    ],
    ids=["one", "first", "middle", "last", "a choice of teams"],
)
def test_a_page_says_which_it_is(
    params: dict[str, str], following: int | None, pages: set[tuple[bool, bool]]
) -> None:
    body = json.dumps({**score.PLAYER_INJURIES, "meta": {"next_cursor": following}}).encode()
    answer = Answer("balldontlie", "player_injuries", params, body, score.NOON)
    found = balldontlie.PROVIDER.endpoints["player_injuries"].parse(answer, three_games())
    lists = [p.frame for p in found if p.table is AVAILABILITY_REPORTS]
    told = {row for rows in lists for row in rows.select("is_first_page", "is_last_page").rows()}
    assert told == pages
    assert found[0].frame["report_at"].to_list() == [score.NOON if pages else None]


def test_a_roster_files_its_own_teams_list_alone() -> None:
    told = _score("espn", "roster", score.NOON)
    assert len(told) == 1


def _report(rows: pl.DataFrame, waiting: list[str], made_at: datetime = MADE_AT) -> list[Parsed]:
    body = injury_report(rows, three_games().games, made_at, waiting)
    answer = Answer("nba", "injury_report", {}, body, None)
    return PROVIDER.endpoints["injury_report"].parse(answer, three_games())


def _rows(*names: str, status: str = "out") -> pl.DataFrame:
    game = three_games().games["game_id"][0]
    return pl.DataFrame(
        {"game_id": game, "team": "BOS", "player_name": names, "status": status, "reason": "Knee"}
    )


def test_the_leagues_report_says_who_filed() -> None:
    second = three_games().games["game_id"][1]
    told = _lists(_report(_rows("Jayson Tatum"), [f"{second} LAL", f"{second} MIN"]))
    assert told == {"BOS": (True, 1), "NYK": (True, 0), "LAL": (False, 0), "MIN": (False, 0)}


def test_a_status_that_nobody_knows_leaves_the_team_unknown() -> None:
    assert _lists(_report(_rows("Jayson Tatum", status="resting"), []))["BOS"] == (False, 0)


def test_what_is_said_again_is_kept(tmp_path: Any) -> None:
    """Else who is on the second list could not be told from who is on the first alone."""
    lake = open_lake(str(tmp_path / "lake"))
    first = _report(_rows("Jayson Tatum", "Jrue Holiday"), [])
    second = _report(_rows("Jayson Tatum"), [], MADE_AT + timedelta(hours=1))
    for part in (*first, *second):
        append(lake, part.table, part.frame)
    assert read(lake, AVAILABILITY).height == 3
    # Each names one of the two games of the date.
    assert read(lake, AVAILABILITY_REPORTS).height == 8
    for part in (*first, *second):
        assert append(lake, part.table, part.frame).added == 0


def test_a_corrected_statement_is_kept_once(tmp_path: Any) -> None:
    lake = open_lake(str(tmp_path / "lake"))
    told = _report(_rows("Jayson Tatum"), [])[0]
    other = replace(told, frame=told.frame.with_columns(status=pl.lit("doubtful")))
    assert append(lake, AVAILABILITY, told.frame).added == 1
    assert append(lake, AVAILABILITY, other.frame).corrections == 1
    for part in (told, other):
        assert append(lake, AVAILABILITY, part.frame).added == 0


def test_corrections_of_several_lists_come_one_after_the_other(tmp_path: Any) -> None:
    """Reading all documents better at once: each version of the player is corrected by its own."""
    lake = open_lake(str(tmp_path / "lake"))
    told = [
        _report(_rows("Jayson Tatum"), [], MADE_AT + timedelta(hours=hours))[0].frame
        for hours in range(3)
    ]
    first = pl.concat(told)
    better = first.with_columns(reason=pl.lit("Injury/Illness - Knee"))
    append(lake, AVAILABILITY, first)
    assert append(lake, AVAILABILITY, better).corrections == 3
    stored = read(lake, AVAILABILITY)
    assert stored.height == 6 == stored.select(AVAILABILITY.key).n_unique()
    again = stored.filter(pl.col("reason") != "Knee").sort("observed_at")
    assert again["report_at"].to_list() == sorted(first["observed_at"])
    assert append(lake, AVAILABILITY, better).added == 0
