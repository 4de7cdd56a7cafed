"""Who is listed at a decision: by the last list of each source, and by nothing that came later."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from tipoff.processors.availability import OFFICIAL, availability
from tipoff.store.door import SPINE_ID, World
from tipoff.tables.table import UTC_MOMENT

GAME, TEAM = "20240104_MIL_SAS", "SAS"
AS_OF = datetime(2024, 1, 5, 0, 30, tzinfo=UTC)
STAR, OTHER, SELF = "star", "other", "self"
Said = tuple[str, float, str, str]
Filed = tuple[str, float, bool]


def _at(hours: float) -> datetime:
    return AS_OF - timedelta(hours=hours)


def _world(said: Sequence[Said], filed: Sequence[Filed]) -> World:
    """Statements ``(source, hours before, player, status)`` and lists ``(source, hours, filed)``."""
    shared = {"game_id": GAME, "team": TEAM, "superseded_at": None}
    rows = [
        shared | {"source": source, "known_at": _at(hours), "player_id": player, "status": status}
        for source, hours, player, status in said
    ]
    lists = [
        shared | {"source": source, "known_at": _at(hours), "is_submitted": is_filed}
        for source, hours, is_filed in filed
    ]
    times = {"known_at": UTC_MOMENT, "superseded_at": UTC_MOMENT}
    texts = dict.fromkeys(("game_id", "team", "source"), pl.String())
    of_players = {**texts, **times, "player_id": pl.String(), "status": pl.String()}
    facts = {
        "availability": pl.DataFrame(rows, schema=of_players),
        "availability_reports": pl.DataFrame(
            lists, schema={**texts, **times, "is_submitted": pl.Boolean()}
        ),
    }
    return World(facts, {})


def _of(said: Sequence[Said], filed: Sequence[Filed], hours: float = 0) -> dict[str, Any]:
    """What is known of the player himself and his teammates so long before the usual decision."""
    players = [SELF, STAR, OTHER]
    spine = pl.DataFrame(
        {
            SPINE_ID: range(3),
            "game_id": GAME,
            "game_date": date(2024, 1, 4),
            "season": "2023-24",
            "team": TEAM,
            "player_id": players,
            "as_of": pl.Series([_at(hours)] * 3, dtype=UTC_MOMENT),
        }
    )
    statures = pl.DataFrame(
        {
            "game_id": GAME,
            "player_id": players,
            "usage_rate_season": [20.0, 30.0, 10.0],
            "is_star": [False, True, False],
        }
    )
    found = availability(spine, _world(said, filed), statures)
    return found.filter(pl.col(SPINE_ID) == 0).drop(SPINE_ID).row(0, named=True)


def test_without_any_report_nothing_is_known() -> None:
    assert set(_of([], []).values()) == {None}


def test_a_list_of_nobody_says_that_everybody_plays() -> None:
    found = _of([], [("espn_injuries", 3, True)])
    assert found["injury_status"] == "available"
    assert (found["star_teammates_out"], found["teammate_usage_out"]) == (0, 0)
    assert found["last_report_at"] == _at(3)


def test_a_list_that_was_not_filed_says_nothing() -> None:
    assert set(_of([], [(OFFICIAL, 3, False)]).values()) == {None}


def test_what_was_filed_before_counts_where_the_next_list_is_still_to_come() -> None:
    found = _of([(OFFICIAL, 8, STAR, "out")], [(OFFICIAL, 8, True), (OFFICIAL, 3, False)])
    assert (found["star_teammates_out"], found["last_report_at"]) == (1, _at(8))


def test_who_is_not_on_the_next_list_is_not_listed() -> None:
    said = [(OFFICIAL, 8, STAR, "out"), (OFFICIAL, 8, OTHER, "out"), (OFFICIAL, 3, OTHER, "out")]
    found = _of(said, [(OFFICIAL, 8, True), (OFFICIAL, 3, True)])
    assert (found["star_teammates_out"], found["teammate_usage_out"]) == (0, 10)
    # At an earlier decision the first list was the last.
    before = _of(said, [(OFFICIAL, 8, True), (OFFICIAL, 3, True)], hours=5)
    assert (before["star_teammates_out"], before["teammate_usage_out"]) == (1, 40)


def test_what_comes_after_the_decision_is_not_seen() -> None:
    said = [(OFFICIAL, 8, STAR, "questionable"), (OFFICIAL, -0.25, STAR, "out")]
    found = _of(said, [(OFFICIAL, 8, True), (OFFICIAL, -0.25, True)])
    assert (found["star_teammates_out"], found["last_report_at"]) == (0, _at(8))


def test_pages_of_one_list_do_not_end_one_another() -> None:
    """Pages file no list: what each says stands."""
    said = [("balldontlie_player_injuries", 3.0, STAR, "out"),
            ("balldontlie_player_injuries", 2.99, OTHER, "out")]  # fmt: skip
    assert _of(said, [])["teammate_usage_out"] == 40


@pytest.mark.parametrize(("hours", "stars"), [(5, 0), (2, 1)])
def test_the_official_list_ends_what_others_said_before_it(hours: float, stars: int) -> None:
    found = _of([("espn_injuries", hours, STAR, "out")], [(OFFICIAL, 3, True)])
    assert found["star_teammates_out"] == stars


def test_other_lists_do_not_end_the_official_one() -> None:
    said = [(OFFICIAL, 5, STAR, "out")]
    found = _of(said, [(OFFICIAL, 5, True), ("espn_injuries", 2, True)])
    assert found["star_teammates_out"] == 1


def test_the_newest_statement_counts() -> None:
    said = [(OFFICIAL, 5, STAR, "questionable"), ("espn_injuries", 2, STAR, "out")]
    assert _of(said, [(OFFICIAL, 5, True)])["star_teammates_out"] == 1


def test_he_is_no_teammate_of_his_own() -> None:
    found = _of([(OFFICIAL, 5, SELF, "out")], [(OFFICIAL, 5, True)])
    assert (found["injury_status"], found["teammate_usage_out"]) == ("out", 0)


def test_without_lists_a_dropped_player_would_stay_out() -> None:
    """The fault that lists guard against: statements alone never end."""
    said = [(OFFICIAL, 8, STAR, "out"), (OFFICIAL, 3, OTHER, "out")]
    assert _of(said, [])["star_teammates_out"] == 1
    assert _of(said, [(OFFICIAL, 8, True), (OFFICIAL, 3, True)])["star_teammates_out"] == 0
