"""ESPN, balldontlie and BigDataBall: what answers become, when it was known, what is refused."""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from tests.sources.providers import others_samples as samples
from tests.sources.providers.others_fuzz import rows_of
from tests.sources.providers.others_samples import CASES, Case

from tipoff.domain.clock import assumed_file_drop_known
from tipoff.domain.teams import TEAM_CODES
from tipoff.errors import InputError
from tipoff.sources.answer import Answer
from tipoff.sources.answer_rows import NO_NEXT_GAME, NO_TIME, NOT_FINAL, NOT_PLAYED, TOO_EARLY
from tipoff.sources.bigdataball import NO_SHOT
from tipoff.sources.format import Parsed, Reference
from tipoff.sources.game_rows import NO_TEAM, POINTS_DO_NOT_ADD_UP
from tipoff.sources.providers import balldontlie, bigdataball, espn, espn_pages
from tipoff.sources.providers.catalogue import PROVIDERS
from tipoff.store.lake import validated

TIP_OFF = datetime(2024, 10, 22, 23, 30, tzinfo=UTC)
NOON = datetime(2024, 10, 22, 16, 0, tzinfo=UTC)
AFTER = datetime(2024, 10, 23, 2, 10, tzinfo=UTC)
LATE = datetime(2026, 1, 1, tzinfo=UTC)
_NAMED = pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c.provider}-{c.endpoint}")


def _case(provider: str, endpoint: str) -> Case:
    return next(c for c in CASES if (c.provider, c.endpoint) == (provider, endpoint))


def _parse(
    case: Case, reference: Reference, fetched_at: datetime | None = None, document: Any = None
) -> list[Parsed]:
    body = case.written(case.document if document is None else document)
    answer = Answer(case.provider, case.endpoint, {}, body, fetched_at)
    found = PROVIDERS[case.provider].endpoints[case.endpoint].parse(answer, reference)
    for parsed in found:
        validated(parsed.table, parsed.frame)
    return found


@_NAMED
def test_an_answer_is_recognised_by_its_own_endpoint_alone(case: Case) -> None:
    body = case.written(case.document)
    found = [
        (provider.name, endpoint.name)
        for provider in PROVIDERS.values()
        for endpoint in provider.endpoints.values()
        if endpoint.recognises(body)
    ]
    assert found == [(case.provider, case.endpoint)]


@_NAMED
def test_every_row_is_given_or_counted(case: Case, reference: Reference) -> None:
    assert rows_of(_parse(case, reference)[0]) == case.rows(case.document)


def test_a_scoreboard_gives_games_and_refuses_what_is_none(reference: Reference) -> None:
    (games,) = _parse(_case("espn", "scoreboard"), reference)
    assert games.frame["game_id"].to_list() == ["20241022_MIN_LAL", "20241022_NYK_BOS"]
    assert games.frame["tip_off_at"].to_list()[1] == TIP_OFF
    assert games.rejected == {NO_TEAM: 1, espn.CALLED_OFF: 1}


@pytest.mark.parametrize(
    ("provider", "endpoint"), [("espn", "summary"), ("espn_pages", "box_score")]
)
def test_a_box_score_is_read_by_its_labels(
    provider: str, endpoint: str, reference: Reference
) -> None:
    boxes, games = _parse(_case(provider, endpoint), reference)
    tatum = boxes.frame.filter(pl.col("name_key") == "jayson tatum").row(0, named=True)
    assert (tatum["team"], tatum["opponent"], tatum["is_home"]) == ("BOS", "NYK", True)
    assert (tatum["points"], tatum["threes_attempted"], tatum["plus_minus"]) == (37, 11, 26)
    assert (tatum["seconds_played"], tatum["is_starter"]) == (39 * 60, True)
    assert boxes.rejected == {NOT_PLAYED: 1}
    assert games.frame["game_id"].to_list() == ["20241022_NYK_BOS"]
    assert set(boxes.frame["source"]) == {f"{provider}_{endpoint}"}


def test_columns_in_another_order_give_the_same_line(reference: Reference) -> None:
    case = _case("espn", "summary")
    turned = case.fresh()
    for side in turned["boxscore"]["players"]:
        group = side["statistics"][0]
        group["labels"] = group["labels"][::-1]
        for line in group["athletes"]:
            line["stats"] = line["stats"][::-1]
    expected, found = _parse(case, reference)[0], _parse(case, reference, document=turned)[0]
    assert found.frame.equals(expected.frame)


def test_values_without_their_columns_are_refused(reference: Reference) -> None:
    changed = _case("espn", "summary").fresh()
    group = changed["boxscore"]["players"][0]["statistics"][0]
    group["labels"] = group["labels"][1:]
    boxes = _parse(_case("espn", "summary"), reference, document=changed)[0]
    assert boxes.frame["player_name"].to_list() == ["Josh Hart"]
    assert sum(boxes.rejected.values()) == 3


def test_a_game_that_is_not_over_gives_no_box_score(reference: Reference) -> None:
    changed = _case("espn", "summary").fresh()
    changed["header"]["competitions"][0]["status"]["type"]["state"] = "in"
    (boxes,) = _parse(_case("espn", "summary"), reference, document=changed)
    assert boxes.rejected == {NOT_FINAL: 4}
    stats = _parse(_case("balldontlie", "stats"), reference)[0]
    assert stats.rejected == {NOT_FINAL: 1}


@pytest.mark.parametrize(
    ("fetched_at", "observed_at", "basis"),
    [
        (None, datetime(2024, 10, 23, 3, 30, tzinfo=UTC), "assumed"),
        (AFTER, AFTER, "recorded"),
        (TIP_OFF + timedelta(days=1), TIP_OFF + timedelta(days=1), "recorded"),
        (LATE, datetime(2024, 10, 23, 3, 30, tzinfo=UTC), "assumed"),
    ],
)
def test_a_box_score_that_came_fresh_is_known_from_then_and_a_late_one_proves_nothing(
    fetched_at: datetime | None, observed_at: datetime, basis: str, reference: Reference
) -> None:
    boxes = _parse(_case("balldontlie", "box_scores"), reference, fetched_at)[0]
    assert set(boxes.frame["observed_at"]) == {observed_at}
    assert set(boxes.frame["observed_basis"]) == {basis}


def test_a_box_score_that_came_before_the_end_is_refused(reference: Reference) -> None:
    case = _case("balldontlie", "box_scores")
    for minutes, rows in ((89, 0), (91, 2)):
        came = TIP_OFF + timedelta(minutes=minutes)
        assert _parse(case, reference, came)[0].frame.height == rows
    boxes = _parse(case, reference, NOON)[0]
    assert boxes.rejected == {NOT_PLAYED: 1, TOO_EARLY: 2}
    # The provider's own start counts where no other is known.
    bare = Reference(reference.games.clear(), pl.DataFrame())
    assert _parse(_case("balldontlie", "box_scores"), bare, NOON)[0].rejected[TOO_EARLY] == 2


def test_the_sum_of_points_is_checked(reference: Reference) -> None:
    changed = _case("balldontlie", "stats").fresh()
    changed["data"][0]["pts"] = 38
    boxes = _parse(_case("balldontlie", "stats"), reference, document=changed)[0]
    assert boxes.rejected == {POINTS_DO_NOT_ADD_UP: 1, NOT_FINAL: 1}


def test_a_count_that_no_table_allows_costs_its_row_alone(reference: Reference) -> None:
    changed = _case("balldontlie", "box_scores").fresh()
    changed["data"][0]["home_team"]["players"][0]["ast"] = 500
    boxes = _parse(_case("balldontlie", "box_scores"), reference, document=changed)[0]
    assert boxes.frame["player_name"].to_list() == ["Josh Hart"]
    assert boxes.rejected["a value that assists can not have"] == 1


def test_teams_long_gone_are_no_teams_of_today(reference: Reference) -> None:
    (games,) = _parse(_case("balldontlie", "games"), reference)
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


def test_an_injury_is_of_the_next_game_from_the_moment_that_it_was_stated(
    reference: Reference,
) -> None:
    found = _parse(_case("espn", "roster"), reference, NOON)[0].frame
    assert found.select("game_id", "name_key", "status").rows() == [
        ("20241022_NYK_BOS", "al horford", "questionable"),
        ("20241022_NYK_BOS", "kristaps porzingis", "out"),
    ]
    assert set(found["observed_at"]) == {NOON}
    assert set(found["observed_basis"]) == {"recorded"}
    stamped = _parse(_case("espn", "roster"), reference)[0].frame
    assert set(stamped["observed_at"]) == {datetime(2024, 10, 22, 15, tzinfo=UTC)}


@pytest.mark.parametrize("fetched_at", [TIP_OFF, AFTER, LATE])
def test_a_list_after_tip_off_says_nothing_of_the_game(
    fetched_at: datetime, reference: Reference
) -> None:
    found = _parse(_case("espn", "roster"), reference, fetched_at)[0]
    assert found.frame.is_empty()
    assert found.rejected[NO_NEXT_GAME] == 2


def test_a_list_without_a_time_is_refused(reference: Reference) -> None:
    found = _parse(_case("balldontlie", "player_injuries"), reference)[0]
    assert found.rejected == {NO_TEAM: 1, NO_TIME: 1}
    timed = _parse(_case("balldontlie", "player_injuries"), reference, NOON)[0]
    assert timed.frame["game_id"].to_list() == ["20241022_NYK_BOS"]


def test_a_page_says_when_it_was_made(reference: Reference) -> None:
    body = samples.page(samples.ROSTER_PAGE)
    made = datetime(2024, 10, 22, 16, 5, 36, tzinfo=UTC)
    assert espn_pages.made_at(body) == made
    found = _parse(_case("espn_pages", "roster"), reference)[0].frame
    assert found["observed_at"].to_list() == [made]
    assert espn_pages.made_at(b"<html>") is None


@pytest.mark.parametrize("body", [b"<html>blocked</html>", b"", samples.page({})[:180]])
def test_a_page_without_its_state_is_a_sentence(body: bytes, reference: Reference) -> None:
    endpoint = espn_pages.PROVIDER.endpoints["box_score"]
    with pytest.raises(InputError, match="Expected the state of a page"):
        endpoint.parse(Answer("espn_pages", "box_score", {}, body), reference)


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


def test_shots_are_placed_zoned_and_known_after_the_drop(reference: Reference) -> None:
    shots, games = _parse(_case("bigdataball", "play_by_play"), reference)
    rows = {row["name_key"]: row for row in shots.frame.iter_rows(named=True)}
    three, layup = rows["jayson tatum"], rows["josh hart"]
    assert (three["x_feet"], three["y_feet"], three["zone"]) == (-15.8, 18.0, "above_break_three")
    assert (three["is_three"], three["is_made"], three["seconds_left"]) == (True, True, 704)
    assert (layup["zone"], layup["is_made"]) == ("restricted_area", False)
    assert shots.rejected == {NO_SHOT: 2}
    assert set(shots.frame["observed_at"]) == {assumed_file_drop_known(TIP_OFF)}
    assert games.frame["nba_game_id"].to_list() == ["0022400061"]
    came = TIP_OFF + timedelta(hours=9)
    fresh = _parse(_case("bigdataball", "play_by_play"), reference, came)[0].frame
    assert set(fresh["observed_at"]) == {came}
    early = _parse(_case("bigdataball", "play_by_play"), reference, NOON)[0]
    assert early.rejected == {NO_SHOT: 2, TOO_EARLY: 2}


def test_sides_come_from_the_hoops_where_no_schedule_tells(reference: Reference) -> None:
    bare = Reference(reference.games.clear(), pl.DataFrame())
    shots = _parse(_case("bigdataball", "play_by_play"), bare)[0]
    assert set(shots.frame["game_id"]) == {"20241022_NYK_BOS"}


def test_the_whole_court_gives_the_place_where_the_nbas_is_missing(reference: Reference) -> None:
    case = _case("bigdataball", "play_by_play")
    bare = tuple({**event, "original_x": "", "original_y": ""} for event in case.document)
    with_both = _parse(case, reference)[0].frame
    found = _parse(case, reference, document=bare)[0].frame
    assert found["x_feet"].to_list() == pytest.approx(with_both["x_feet"].to_list())
    assert found["y_feet"].to_list() == pytest.approx(with_both["y_feet"].to_list())


def test_a_folder_lists_its_files() -> None:
    names = ["[2025-06-22]-0042400407-IND@OKC.csv", "[2025-06-22]-combined-stats.xlsx"]
    listed = {
        "kind": "drive#fileList",
        "files": [{"id": f"f{n}", "name": name} for n, name in enumerate(names)],
    }
    answer = Answer("bigdataball", "files", {}, json.dumps(listed).encode())
    assert bigdataball.play_by_play_files(answer) == {names[0]: "f0"}


def test_the_thirty_teams_are_numbered_in_the_order_of_their_codes() -> None:
    assert balldontlie.TEAMS["1"] == "ATL"
    assert balldontlie.TEAMS["30"] == "WAS"
    assert len(balldontlie.TEAMS) == len(TEAM_CODES) == 30


def test_a_list_of_a_game_day_is_dated_in_the_east(reference: Reference) -> None:
    (games,) = _parse(_case("espn", "scoreboard"), reference)
    assert set(games.frame["game_date"]) == {date(2024, 10, 22)}
