"""Who is listed at a decision: by the last list of each source, and by nothing that came later."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from tipoff.processors import availability as module
from tipoff.processors.availability import OFFICIAL, availability
from tipoff.store import door
from tipoff.store.door import SPINE_ID, World
from tipoff.tables.table import UTC_MOMENT

GAME, TEAM = "20240104_MIL_SAS", "SAS"
AS_OF = datetime(2024, 1, 5, 0, 30, tzinfo=UTC)
STAR, OTHER, SELF = "star", "other", "self"
REPORT = f"{OFFICIAL}injury_report"
Said = tuple[str, float, str, str]
Filed = tuple[str, float, bool]
WHOLE = {"is_first_page": True, "is_last_page": True}


def _at(hours: float) -> datetime:
    return AS_OF - timedelta(hours=hours)


def _world(said: Sequence[Said], filed: Sequence[Filed]) -> World:
    """Words ``(source, hours before, player, status)`` and lists ``(source, hours, filed)``.

    Who was told of at the moment of a list of the source stands on it.
    """
    moments = {(source, hours) for source, hours, _ in filed}
    rows = [
        _said(source, hours, hours if (source, hours) in moments else None)
        | {"player_id": player, "status": status}
        for source, hours, player, status in said
    ]
    lists = [
        _said(source, hours, hours) | WHOLE | {"is_submitted": is_filed}
        for source, hours, is_filed in filed
    ]
    return _world_of(rows, lists)


def _said(source: str, known: float, report: float | None) -> dict[str, Any]:
    at = None if report is None else _at(report)
    return {"game_id": GAME, "team": TEAM, "superseded_at": None, "source": source,
            "known_at": _at(known), "report_at": at}  # fmt: skip


def _world_of(rows: Sequence[dict[str, Any]], lists: Sequence[dict[str, Any]]) -> World:
    times = dict.fromkeys(("known_at", "report_at", "superseded_at"), UTC_MOMENT)
    texts = dict.fromkeys(("game_id", "team", "source"), pl.String())
    flags = dict.fromkeys((*WHOLE, "is_submitted"), pl.Boolean())
    names = dict.fromkeys(("player_id", "player_name", "status"), pl.String())
    of_players = {**texts, **times, **names}
    facts = {
        "availability": pl.DataFrame(rows, schema=of_players),
        "availability_reports": pl.DataFrame(lists, schema={**texts, **times, **flags}),
    }
    return World(facts, {})


def _of(said: Sequence[Said], filed: Sequence[Filed], hours: float = 0) -> dict[str, Any]:
    return _in(_world(said, filed), hours)


def _in(world: World, hours: float = 0) -> dict[str, Any]:
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
    found = availability(spine, world, statures)
    return found.filter(pl.col(SPINE_ID) == 0).drop(SPINE_ID).row(0, named=True)


def test_without_any_report_nothing_is_known() -> None:
    assert set(_of([], []).values()) == {None}


def test_a_list_of_nobody_says_that_everybody_plays() -> None:
    found = _of([], [("espn_injuries", 3, True)])
    assert found["injury_status"] == "available"
    assert (found["star_teammates_out"], found["teammate_usage_out"]) == (0, 0)
    assert found["last_report_at"] == _at(3)


def test_a_list_that_was_not_filed_says_nothing() -> None:
    assert set(_of([], [(REPORT, 3, False)]).values()) == {None}


def test_what_was_filed_before_counts_where_the_next_list_is_still_to_come() -> None:
    found = _of([(REPORT, 8, STAR, "out")], [(REPORT, 8, True), (REPORT, 3, False)])
    assert (found["star_teammates_out"], found["last_report_at"]) == (1, _at(8))


@pytest.mark.parametrize("source", [REPORT, "espn_injuries"])
def test_who_is_not_on_the_next_list_is_not_listed(source: str) -> None:
    said = [(source, 8, STAR, "out"), (source, 8, OTHER, "out"), (source, 3, OTHER, "out")]
    found = _of(said, [(source, 8, True), (source, 3, True)])
    assert (found["star_teammates_out"], found["teammate_usage_out"]) == (0, 10)
    # At an earlier decision the first list was the last.
    before = _of(said, [(source, 8, True), (source, 3, True)], hours=5)
    assert (before["star_teammates_out"], before["teammate_usage_out"]) == (1, 40)


def test_what_comes_after_the_decision_is_not_seen() -> None:
    said = [(REPORT, 8, STAR, "questionable"), (REPORT, -0.25, STAR, "out")]
    found = _of(said, [(REPORT, 8, True), (REPORT, -0.25, True)])
    assert (found["star_teammates_out"], found["last_report_at"]) == (0, _at(8))


def _page(known: float, *, first: bool, last: bool, is_filed: bool = True) -> dict[str, Any]:
    pages = {"is_first_page": first, "is_last_page": last, "is_submitted": is_filed}
    return _said("balldontlie", known, known) | pages


def _paged(*pages: dict[str, Any]) -> dict[str, Any]:
    """A day ago STAR was out; now he is on no page, SELF on the first and OTHER on the second."""
    told = [(20.0, STAR), (3.0, SELF), (2.9, OTHER)]
    rows = [
        _said("balldontlie", at, at) | {"player_id": player, "status": "out"} for at, player in told
    ]
    return _in(_world_of(rows, [_page(20, first=True, last=True), *pages]))


FIRST, SECOND = _page(3, first=True, last=False), _page(2.9, first=False, last=True)


def test_the_second_page_does_not_end_the_first() -> None:
    found = _paged(FIRST, SECOND)
    assert (found["injury_status"], found["teammate_usage_out"]) == ("out", 10)
    assert found["last_report_at"] == _at(2.9)


@pytest.mark.parametrize(
    "pages",
    [
        [FIRST],
        [SECOND],
        [FIRST, _page(2.9, first=False, last=True, is_filed=False)],
        [_page(3, first=True, last=False, is_filed=False), SECOND],
    ],
    ids=["no second", "no first", "a bad second", "a bad first"],
)
def test_a_list_of_which_a_page_is_missing_ends_nothing(pages: list[dict[str, Any]]) -> None:
    found = _paged(*pages)
    assert (found["injury_status"], found["teammate_usage_out"]) == ("out", 40)


def test_a_corrected_list_still_holds_who_stood_on_it() -> None:
    """A correction becomes known later than the list's players; they are on it all the same."""
    row = _said(REPORT, 8, 8) | {"player_id": STAR, "status": "out"}
    filed = _said(REPORT, 8, 8) | WHOLE
    first = filed | {"is_submitted": False}
    again = filed | {"is_submitted": True, "known_at": _at(3)}
    found = _in(_world_of([row], [first, again]))
    assert (found["star_teammates_out"], found["last_report_at"]) == (1, _at(8))
    unread = _in(_world_of([], [filed | {"is_submitted": True}, again | {"is_submitted": False}]))
    assert set(unread.values()) == {None}


def test_a_corrected_word_stays_on_its_own_list() -> None:
    """The first list is read better later; the second has dropped the player all the same."""
    late = _said(REPORT, 1, 8) | {"player_id": STAR, "status": "out"}
    filed = [_said(REPORT, at, at) | WHOLE | {"is_submitted": True} for at in (8, 3)]
    assert _in(_world_of([late], filed))["star_teammates_out"] == 0
    assert _in(_world_of([late], filed[:1]))["star_teammates_out"] == 1


@pytest.mark.parametrize("hours", [5, 2])
def test_an_official_list_ends_what_others_say(hours: float) -> None:
    """When a list was fetched tells nothing of when its news came."""
    said = [("espn_injuries", hours, STAR, "out")]
    assert _of(said, [(REPORT, 3, True)])["star_teammates_out"] == 0
    assert _of(said, [(REPORT, 3, False)])["star_teammates_out"] == 1


def test_other_lists_do_not_end_the_official_one() -> None:
    said = [(REPORT, 5, STAR, "out")]
    found = _of(said, [(REPORT, 5, True), ("espn_injuries", 2, True)])
    assert (found["star_teammates_out"], found["last_report_at"]) == (1, _at(5))


def test_official_words_after_the_official_list_count() -> None:
    """A box score that names the inactives before the game is later news than the report."""
    said = [(REPORT, 5, STAR, "questionable"), ("nba_box_score_live", 0.2, STAR, "out")]
    assert _of(said, [(REPORT, 5, True)])["star_teammates_out"] == 1
    assert _of([said[1]], [(REPORT, 0.1, True)])["star_teammates_out"] == 0


def test_among_the_others_the_newest_word_counts() -> None:
    said = [("balldontlie", 5, STAR, "questionable"), ("espn_injuries", 2, STAR, "out")]
    assert _of(said, [])["star_teammates_out"] == 1
    assert _of([("balldontlie", 1, STAR, "questionable"), said[1]], [])["star_teammates_out"] == 0


def test_reports_on_the_date_that_a_game_was_moved_from_do_not_count() -> None:
    """A game that is put off has another id: who was out then may be back."""
    moved = {"game_id": GAME.replace("20240104", "20240102")}
    row = _said(REPORT, 40, 40) | {"player_id": STAR, "status": "out"} | moved
    filed = _said(REPORT, 40, 40) | WHOLE | {"is_submitted": True} | moved
    assert set(_in(_world_of([row], [filed])).values()) == {None}


def test_he_is_no_teammate_of_his_own() -> None:
    found = _of([(REPORT, 5, SELF, "out")], [(REPORT, 5, True)])
    assert (found["injury_status"], found["teammate_usage_out"]) == ("out", 0)


def test_the_fault_of_lists_that_end_nothing_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The planted fault: a player's last word holds for ever, whatever list came later."""
    monkeypatch.setattr(module, "_still_listed", lambda said, _: said)
    with pytest.raises(AssertionError):
        test_who_is_not_on_the_next_list_is_not_listed("espn_injuries")


def test_the_fault_of_reports_after_the_decision_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "counts_at", lambda _: pl.lit(value=True))
    with pytest.raises(AssertionError):
        test_what_comes_after_the_decision_is_not_seen()
