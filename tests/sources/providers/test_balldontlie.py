"""balldontlie: what its answers become, when it was known, what is refused."""

import json
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from tests.sources.providers import score_answers as samples
from tests.sources.providers.score_answers import (
    LATE,
    NOON,
    OVER,
    TIP_OFF,
    case_of,
    parse,
)

from tipoff.domain.teams import TEAM_CODES
from tipoff.sources.answer import Answer
from tipoff.sources.answer_rows import NO_TIME, NOT_FINAL, NOT_PLAYED, PLAYS_ITSELF, TOO_EARLY
from tipoff.sources.format import Reference
from tipoff.sources.game_rows import NO_TEAM, POINTS_DO_NOT_ADD_UP
from tipoff.sources.providers import balldontlie


@pytest.mark.parametrize(
    ("fetched_at", "observed_at", "basis"),
    [
        (None, datetime(2024, 10, 23, 3, 30, tzinfo=UTC), "assumed"),
        (OVER, OVER, "recorded"),
        (TIP_OFF + timedelta(days=1), TIP_OFF + timedelta(days=1), "recorded"),
        (LATE, datetime(2024, 10, 23, 3, 30, tzinfo=UTC), "assumed"),
    ],
)
def test_a_box_score_that_came_fresh_is_known_from_then_and_a_late_one_proves_nothing(
    fetched_at: datetime | None, observed_at: datetime, basis: str, reference: Reference
) -> None:
    boxes = parse(case_of("balldontlie", "box_scores"), reference, fetched_at)[0]
    assert set(boxes.frame["observed_at"]) == {observed_at}
    assert set(boxes.frame["observed_basis"]) == {basis}


def test_a_box_score_that_came_before_the_end_is_refused(reference: Reference) -> None:
    case = case_of("balldontlie", "box_scores")
    for minutes, rows in ((89, 0), (91, 2)):
        came = TIP_OFF + timedelta(minutes=minutes)
        assert parse(case, reference, came)[0].frame.height == rows
    boxes = parse(case, reference, NOON)[0]
    assert boxes.rejected == {NOT_PLAYED: 1, TOO_EARLY: 2}
    # The provider's own start counts where no other is known.
    bare = Reference(reference.games.clear(), pl.DataFrame())
    assert parse(case_of("balldontlie", "box_scores"), bare, NOON)[0].rejected[TOO_EARLY] == 2


def test_the_sum_of_points_is_checked(reference: Reference) -> None:
    changed = case_of("balldontlie", "stats").fresh()
    changed["data"][0]["pts"] = 38
    boxes = parse(case_of("balldontlie", "stats"), reference, document=changed)[0]
    assert boxes.rejected == {POINTS_DO_NOT_ADD_UP: 1, NOT_FINAL: 1}


def test_a_count_that_no_table_allows_costs_its_row_alone(reference: Reference) -> None:
    changed = case_of("balldontlie", "box_scores").fresh()
    changed["data"][0]["home_team"]["players"][0]["ast"] = 500
    boxes = parse(case_of("balldontlie", "box_scores"), reference, document=changed)[0]
    assert boxes.frame["player_name"].to_list() == ["Josh Hart"]
    assert boxes.rejected["a value that assists can not have"] == 1


def test_teams_long_gone_are_no_teams_of_today(reference: Reference) -> None:
    (games,) = parse(case_of("balldontlie", "games"), reference)
    assert games.frame["game_id"].to_list() == ["20241022_NYK_BOS"]
    assert games.rejected == {NO_TEAM: 1, balldontlie.CALLED_OFF: 1}


def test_the_next_page_is_asked_for_until_there_is_none() -> None:
    body = json.dumps(samples.GAMES).encode()
    first = Answer("balldontlie", "games", {"dates[]": "2024-10-22"}, body)
    assert balldontlie.next_page(first) == {"dates[]": "2024-10-22", "cursor": "25"}
    stuck = Answer("balldontlie", "games", {"cursor": "25"}, body)
    assert balldontlie.next_page(stuck) is None
    last = Answer("balldontlie", "games", {}, b'{"data": [], "meta": {"per_page": 25}}')
    assert balldontlie.next_page(last) is None


def test_a_list_without_a_time_is_refused(reference: Reference) -> None:
    found = parse(case_of("balldontlie", "player_injuries"), reference)[0]
    assert found.rejected == {NO_TEAM: 1, NO_TIME: 1}
    timed = parse(case_of("balldontlie", "player_injuries"), reference, NOON)[0]
    assert timed.frame["game_id"].to_list() == ["20241022_NYK_BOS"]


@pytest.mark.parametrize(
    ("endpoint", "reason"),
    [("season_averages", balldontlie.SEASON_SO_FAR), ("leaders", balldontlie.SEASON_SO_FAR),
     ("standings", balldontlie.SEASON_SO_FAR), ("advanced_stats", balldontlie.NO_TABLE),
     ("players", balldontlie.NO_DATE_OF_LIST)],
)  # fmt: skip
def test_what_is_true_of_a_season_so_far_is_refused_by_name(
    endpoint: str, reason: str, reference: Reference
) -> None:
    answer = Answer("balldontlie", endpoint, {}, b'{"data": [{}, {}]}', NOON)
    (found,) = balldontlie.PROVIDER.endpoints[endpoint].parse(answer, reference)
    assert found.rejected == {reason: 2}


def test_the_thirty_teams_are_numbered_in_the_order_of_their_codes() -> None:
    assert balldontlie.TEAMS["1"] == "ATL"
    assert balldontlie.TEAMS["30"] == "WAS"
    assert len(balldontlie.TEAMS) == len(TEAM_CODES) == 30


def test_no_team_plays_itself(reference: Reference) -> None:
    changed = case_of("balldontlie", "box_scores").fresh()
    changed["data"][0]["visitor_team"]["id"] = 2
    boxes, games = parse(case_of("balldontlie", "box_scores"), reference, document=changed)
    assert (boxes.rejected[PLAYS_ITSELF], games.rejected) == (2, {PLAYS_ITSELF: 1})


def test_an_empty_list_is_nothing_and_another_providers_is_not_ours() -> None:
    games = balldontlie.PROVIDER.endpoints["games"]
    assert games.recognises(b'{"data": [], "meta": {"per_page": 25}}')
    assert games.is_empty(b'{"data":[]}')
    assert not games.recognises(b'{"timestamp": "2024-01-25T03:55:40Z", "data": []}')
    assert not games.is_empty(b'{"data": [1]}')
