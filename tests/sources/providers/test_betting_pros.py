"""BettingPros' answers: opening lines and last states, each known when the book set it."""

from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest
from tests.sources.providers import odds_payloads
from tests.sources.providers.odds_cases import (
    ABOUT,
    BETTING_PROS_EVENTS,
    OFFERS,
    TATUM,
    body,
    line,
    offers,
    opening,
    selection,
)

from tipoff.errors import InputError
from tipoff.sources.answer import Answer, Request
from tipoff.sources.format import Parsed, Reference
from tipoff.sources.line_rows import DUPLICATE
from tipoff.sources.providers.betting_pros import (
    NO_BOOK,
    NO_EVENT,
    NO_TIME,
    OFF_THE_BOARD,
    PROVIDER,
    PUT_OFF,
    UNTIMED_LINEUP,
    about_event,
    events_of,
    further_pages,
)
from tipoff.sources.quote_sides import JOINED, NO_SIDE, UNKNOWN_MARKET
from tipoff.store.lake import validated

FETCHED = datetime(2025, 8, 12, 21, 0, tzinfo=UTC)
Frames = dict[str, pl.DataFrame]


def _offers(
    found: Any,
    reference: Reference,
    about: dict[str, str] = ABOUT,
    fetched_at: datetime | None = FETCHED,
) -> Parsed:
    answer = Answer("betting_pros", "offers", {}, body(found), fetched_at, about=about)
    (parsed,) = PROVIDER.endpoints["offers"].parse(answer, reference)
    validated(parsed.table, parsed.frame)
    return parsed


def test_each_line_is_known_when_the_later_of_its_sides_was_set(reference: Reference) -> None:
    found = _offers(OFFERS, reference)
    rows = {(r["book"], r["line"]): r for r in found.frame.to_dicts()}
    first, last = rows["draftkings", 26.5], rows["draftkings", 27.5]
    assert (first["over_price"], first["under_price"]) == (-112, -108)
    assert first["observed_at"] == datetime(2024, 1, 25, 15, tzinfo=UTC)
    assert (last["over_price"], last["under_price"]) == (-115, -105)
    assert last["observed_at"] == datetime(2024, 1, 25, 22, 0, 4, tzinfo=UTC)
    assert (last["game_id"], last["player_name"]) == ("20240125_BOS_MIA", TATUM)
    assert last["player_id"] is None
    assert not last["is_after_tip_off"]
    assert found.notes == {JOINED: 2}
    assert found.rejected == {NO_BOOK: 1, OFF_THE_BOARD: 1}


def test_a_last_state_of_after_the_start_is_kept_and_marked(reference: Reference) -> None:
    rows = {r["book"]: r for r in _offers(OFFERS, reference).frame.to_dicts()}
    assert rows["fanduel"]["is_after_tip_off"]


def test_a_line_without_a_time_is_known_when_the_answer_came(reference: Reference) -> None:
    rung = next(r for r in _offers(OFFERS, reference).frame.to_dicts() if r["line"] == 33.5)
    assert rung["is_alternate"]
    assert (rung["quoted_at"], rung["is_after_tip_off"]) == (FETCHED, True)
    bare = _offers(OFFERS, reference, fetched_at=None)
    assert bare.rejected[NO_TIME] == 1


@pytest.mark.parametrize(
    ("found", "about", "reason"),
    [
        (offers(selection("over", opening(20.5, -110)), market_id=999), ABOUT, UNKNOWN_MARKET),
        (offers(selection("yes", opening(20.5, -110))), ABOUT, NO_SIDE),
        (offers(selection("over", opening(20.5, -110, book_id=0))), ABOUT, NO_BOOK),
        (offers(selection("over", opening(20.5, -110))), {}, NO_EVENT),
        (offers(selection("over", opening(20.5, -110))), {"30001": "anything"}, NO_EVENT),
        (
            offers(selection("over", None, (12, [line(1.5, 100, None, is_off=True)]))),
            ABOUT,
            OFF_THE_BOARD,
        ),
        (offers(selection("over", "26.5")), ABOUT, "an opening line that is no object"),
    ],
)
def test_what_is_no_quote_is_counted(
    reference: Reference, found: Any, about: dict[str, str], reason: str
) -> None:
    parsed = _offers(found, reference, about)
    assert parsed.rejected == {reason: 1}
    assert parsed.frame.is_empty()


def test_a_book_without_a_known_id_keeps_its_number(reference: Reference) -> None:
    found = _offers(offers(selection("over", opening(20.5, -110, book_id=77))), reference)
    assert found.frame["book"].to_list() == ["bettingpros77"]


def test_events_are_games_and_line_ups_are_refused(reference: Reference) -> None:
    answer = Answer("betting_pros", "events", {}, body(BETTING_PROS_EVENTS), FETCHED)
    games, availability = PROVIDER.endpoints["events"].parse(answer, reference)
    (game,) = games.frame.to_dicts()
    assert game["game_id"] == "20240125_BOS_MIA"
    assert game["tip_off_at"] == datetime(2024, 1, 26, 0, 10, tzinfo=UTC)
    assert (game["season_type"], game["observed_basis"]) == ("regular", "recorded")
    assert game["observed_at"] == datetime(2024, 1, 25, 23, 40, tzinfo=UTC)
    assert games.rejected == {PUT_OFF: 1}
    assert availability.rejected == {UNTIMED_LINEUP: 1}
    assert availability.frame.is_empty()
    assert events_of(answer, reference)["event_id"].to_list() == ["30001"]


def test_pages_follow_from_the_first() -> None:
    params = {"market_id": "156", "page": "1"}
    answer = Answer("betting_pros", "offers", params, body(OFFERS), about=ABOUT)
    assert further_pages(answer) == [
        Request("betting_pros", "offers", {"market_id": "156", "page": page}, about=ABOUT)
        for page in ("2", "3")
    ]
    many = {**OFFERS, "_pagination": {"total_pages": 10_000}}
    with pytest.raises(InputError, match="at most 50 pages"):
        further_pages(Answer("betting_pros", "offers", params, body(many)))
    none = Answer("betting_pros", "offers", params, body({"offers": []}))
    assert further_pages(none) == []
    with pytest.raises(InputError, match="HTML"):
        further_pages(Answer("betting_pros", "offers", params, b"<html>"))


def test_an_answer_with_nothing_is_told_apart() -> None:
    for endpoint, full in (("events", BETTING_PROS_EVENTS), ("offers", OFFERS)):
        known = PROVIDER.endpoints[endpoint]
        assert not known.is_empty(body(full))
        assert known.is_empty(body({**full, endpoint: []}))
        assert [n for n, e in PROVIDER.endpoints.items() if e.recognises(body(full))] == [endpoint]


def test_the_leagues_last_quotes_come_back(league_frames: Frames) -> None:
    """What the books had first and last, written as BettingPros does and paged, is what it was."""
    games = league_frames["games"]
    in_game = league_frames["prop_quotes"].filter("is_after_tip_off")
    day = in_game.select(pl.col("game_date").min()).item()
    games = games.filter(pl.col("game_date") == day)
    # BettingPros does not have the book that quotes ladders and in the game.
    quotes = league_frames["prop_quotes"].filter(pl.col("game_date") == day)
    quotes = quotes.with_columns(pl.col("book").replace("bovada", "bet365"))
    ids = {game_id: 20_000 + n for n, game_id in enumerate(games["game_id"].sort())}
    first, last = odds_payloads.opening(quotes), odds_payloads.final_state(quotes)
    listed = odds_payloads.betting_pros_events(games, ids, FETCHED)
    known = Reference(games, pl.DataFrame())
    events = events_of(Answer("betting_pros", "events", {}, body(listed)), known)
    about: dict[str, str] = {}
    for event_id, start, _, home, away in events.iter_rows():
        about |= about_event(event_id, away, home, start)
    pages, number = [], 1
    while True:
        page = odds_payloads.betting_pros_offers(first, last, ids, number, limit=25)
        pages.append(_offers(page, known, about))
        if number == page["_pagination"]["total_pages"]:
            break
        number += 1
    assert len(pages) > 2
    # Where a book never moved, its opening line is its last.
    wanted = pl.concat([first, last])
    repeated = wanted.height - wanted.unique().height
    assert sum(parsed.rejected.get(DUPLICATE, 0) for parsed in pages) == repeated > 0
    assert all(set(parsed.rejected) <= {DUPLICATE} for parsed in pages)
    found = pl.concat([parsed.frame for parsed in pages])
    columns = [
        "game_id", "player_name", "market", "book", "line", "over_price", "under_price",
        "quoted_at", "observed_at", "is_after_tip_off",
    ]  # fmt: skip
    wanted = wanted.unique()
    assert found.select(columns).sort(pl.all()).equals(wanted.select(columns).sort(pl.all()))
    # Ids of the games are the provider's own.
    assert set(found["event_id"]) == {str(number) for number in ids.values()}
    rungs = last.filter("is_alternate").select("name_key", "line", "quoted_at")
    assert rungs.height > 0
    marked = found.filter("is_alternate")
    assert rungs.join(marked, on=rungs.columns, how="anti").is_empty()
    assert found["is_after_tip_off"].any()
