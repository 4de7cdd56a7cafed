"""ESPN: what its answers and pages become, when it was known, what is refused."""

from datetime import UTC, date, datetime

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

from tipoff.errors import InputError
from tipoff.sources.answer import Answer
from tipoff.sources.answer_rows import NO_NEXT_GAME, NOT_PLAYED
from tipoff.sources.format import Reference
from tipoff.sources.game_rows import NO_TEAM
from tipoff.sources.providers import espn, espn_pages


def test_a_scoreboard_gives_games_and_refuses_what_is_none(reference: Reference) -> None:
    (games,) = parse(case_of("espn", "scoreboard"), reference)
    assert games.frame["game_id"].to_list() == ["20241022_MIN_LAL", "20241022_NYK_BOS"]
    assert games.frame["tip_off_at"].to_list()[1] == TIP_OFF
    assert games.rejected == {NO_TEAM: 1, espn.CALLED_OFF: 1}


@pytest.mark.parametrize(
    ("provider", "endpoint"), [("espn", "summary"), ("espn_pages", "box_score")]
)
def test_a_box_score_is_read_by_its_labels(
    provider: str, endpoint: str, reference: Reference
) -> None:
    boxes, games = parse(case_of(provider, endpoint), reference)
    tatum = boxes.frame.filter(pl.col("name_key") == "jayson tatum").row(0, named=True)
    assert (tatum["team"], tatum["opponent"], tatum["is_home"]) == ("BOS", "NYK", True)
    assert (tatum["points"], tatum["threes_attempted"], tatum["plus_minus"]) == (37, 11, 26)
    assert (tatum["seconds_played"], tatum["is_starter"]) == (39 * 60, True)
    assert boxes.rejected == {NOT_PLAYED: 1}
    assert games.frame["game_id"].to_list() == ["20241022_NYK_BOS"]
    assert set(boxes.frame["source"]) == {f"{provider}_{endpoint}"}


def test_columns_in_another_order_give_the_same_line(reference: Reference) -> None:
    case = case_of("espn", "summary")
    turned = case.fresh()
    for side in turned["boxscore"]["players"]:
        group = side["statistics"][0]
        group["labels"] = group["labels"][::-1]
        for line in group["athletes"]:
            line["stats"] = line["stats"][::-1]
    expected, found = parse(case, reference)[0], parse(case, reference, document=turned)[0]
    assert found.frame.equals(expected.frame)


def test_values_without_their_columns_are_refused(reference: Reference) -> None:
    changed = case_of("espn", "summary").fresh()
    group = changed["boxscore"]["players"][0]["statistics"][0]
    group["labels"] = group["labels"][1:]
    boxes = parse(case_of("espn", "summary"), reference, document=changed)[0]
    assert boxes.frame["player_name"].to_list() == ["Josh Hart"]
    assert sum(boxes.rejected.values()) == 3


def test_an_injury_is_of_the_next_game_from_the_moment_that_it_was_stated(
    reference: Reference,
) -> None:
    found = parse(case_of("espn", "roster"), reference, NOON)[0].frame
    assert found.select("game_id", "name_key", "status").rows() == [
        ("20241022_NYK_BOS", "al horford", "questionable"),
        ("20241022_NYK_BOS", "kristaps porzingis", "out"),
    ]
    assert set(found["observed_at"]) == {NOON}
    assert set(found["observed_basis"]) == {"recorded"}
    stamped = parse(case_of("espn", "roster"), reference)[0].frame
    assert set(stamped["observed_at"]) == {datetime(2024, 10, 22, 15, tzinfo=UTC)}


@pytest.mark.parametrize("fetched_at", [TIP_OFF, OVER, LATE])
def test_a_list_after_tip_off_says_nothing_of_the_game(
    fetched_at: datetime, reference: Reference
) -> None:
    found = parse(case_of("espn", "roster"), reference, fetched_at)[0]
    assert found.frame.is_empty()
    assert found.rejected[NO_NEXT_GAME] == 2


def test_a_page_says_when_it_was_made(reference: Reference) -> None:
    body = samples.page(samples.ROSTER_PAGE)
    made = datetime(2024, 10, 22, 16, 5, 36, tzinfo=UTC)
    assert espn_pages.made_at(body) == made
    found = parse(case_of("espn_pages", "roster"), reference)[0].frame
    assert found["observed_at"].to_list() == [made]
    assert espn_pages.made_at(b"<html>") is None


@pytest.mark.parametrize("body", [b"<html>blocked</html>", b"", samples.page({})[:180]])
def test_a_page_without_its_state_is_a_sentence(body: bytes, reference: Reference) -> None:
    endpoint = espn_pages.PROVIDER.endpoints["box_score"]
    with pytest.raises(InputError, match="Expected the state of a page"):
        endpoint.parse(Answer("espn_pages", "box_score", {}, body), reference)


def test_a_list_of_a_game_day_is_dated_in_the_east(reference: Reference) -> None:
    (games,) = parse(case_of("espn", "scoreboard"), reference)
    assert set(games.frame["game_date"]) == {date(2024, 10, 22)}


def test_a_day_without_games_is_empty() -> None:
    scoreboard = espn.PROVIDER.endpoints["scoreboard"]
    assert scoreboard.is_empty(b'{"leagues": [{"events": 1}], "events": []}')
    assert not scoreboard.is_empty(case_of("espn", "scoreboard").written(samples.SCOREBOARD))
    assert not scoreboard.is_empty(b"<html></html>")
