"""The Odds API's answers become quotes, game lines and games with the right clocks."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.sources.providers import odds_payloads
from tests.sources.providers.odds_cases import (
    BUTLER,
    EVENT,
    ODDS,
    TATUM,
    body,
    market,
    odds,
    side,
    wrapped,
)

from tipoff.errors import InputError
from tipoff.sources.answer import Answer
from tipoff.sources.format import Parsed, Reference
from tipoff.sources.line_marks import with_alternate_mark
from tipoff.sources.line_rows import NO_PRICE
from tipoff.sources.providers.the_odds_api import (
    OTHER_SPORT,
    PROVIDER,
    events_of,
    odds_cost,
)
from tipoff.sources.quote_sides import JOINED, NO_SIDE, UNKNOWN_MARKET
from tipoff.store.lake import validated

NAME = "the_odds_api"
SNAPSHOT = datetime(2024, 1, 25, 22, 5, 38, tzinfo=UTC)
UPDATED = datetime(2024, 1, 25, 22, 0, 10, tzinfo=UTC)
FETCHED = datetime(2024, 1, 25, 23, 0, tzinfo=UTC)


def _parsed(
    endpoint: str,
    found: Any,
    reference: Reference,
    *,
    fetched_at: datetime | None = None,
    params: Mapping[str, str] | None = None,
) -> dict[str, Parsed]:
    answer = Answer(NAME, endpoint, params or {}, body(found), fetched_at)
    parts = PROVIDER.endpoints[endpoint].parse(answer, reference)
    for part in parts:
        validated(part.table, part.frame)
    return {part.table.name: part for part in parts}


def test_props_of_a_snapshot_are_known_when_it_was_taken(reference: Reference) -> None:
    found = _parsed("historical_event_odds", wrapped(ODDS), reference)["prop_quotes"]
    rows = {(r["player_name"], r["book"], r["line"]): r for r in found.frame.to_dicts()}
    tatum = rows[TATUM, "draftkings", 27.5]
    assert (tatum["over_price"], tatum["under_price"]) == (-115, -105)
    assert (tatum["quoted_at"], tatum["observed_at"]) == (UPDATED, SNAPSHOT)
    assert tatum["observed_basis"] == "recorded"
    assert (tatum["game_id"], tatum["event_id"]) == ("20240125_BOS_MIA", EVENT["id"])
    assert tatum["source"] == "the_odds_api_historical_event_odds"
    assert rows[BUTLER, "draftkings", 21.5]["under_price"] is None
    assert rows[TATUM, "draftkings", 34.5]["is_alternate"]
    assert not tatum["is_alternate"]
    assert rows[TATUM, "prizepicks", 27.5]["is_placeholder_price"]
    assert found.rejected == {UNKNOWN_MARKET: 1}
    assert found.notes == {JOINED: 1}


def test_game_lines_are_the_home_sides(reference: Reference) -> None:
    found = _parsed("historical_event_odds", wrapped(ODDS), reference)["game_lines"]
    rows = {
        r["market"]: (r["line"], r["home_or_over_price"], r["away_or_under_price"])
        for r in found.frame.to_dicts()
    }
    assert rows == {
        "spread": (5.5, -110, -110),
        "total": (226.5, -108, -112),
        "moneyline": (0.0, 180, -220),
    }
    assert found.notes == {JOINED: 3}


def test_without_a_snapshot_a_quote_is_known_when_the_answer_came(reference: Reference) -> None:
    found = _parsed("event_odds", ODDS, reference, fetched_at=FETCHED)["prop_quotes"].frame
    assert set(found["observed_at"]) == {FETCHED}
    bare = _parsed("event_odds", ODDS, reference)["prop_quotes"].frame
    assert set(bare["observed_at"]) == {UPDATED}
    assert set(bare["observed_basis"]) == {"recorded"}


def test_a_book_that_is_ahead_of_the_snapshot_is_believed(reference: Reference) -> None:
    late = market("player_points", side("Over", -110, 20.5, TATUM), at="2024-01-25T22:06:00Z")
    found = _parsed("historical_event_odds", wrapped(odds(("fanduel", [late]))), reference)
    assert found["prop_quotes"].frame["observed_at"].to_list() == [
        datetime(2024, 1, 25, 22, 6, tzinfo=UTC)
    ]


def test_without_any_time_a_quote_is_taken_for_a_daily_one(reference: Reference) -> None:
    bare = odds(("fanduel", [market("player_points", side("Over", -110, 20.5, TATUM), at="soon")]))
    bare["bookmakers"][0].pop("last_update")
    frame = _parsed("event_odds", bare, reference)["prop_quotes"].frame
    assert frame["observed_basis"].to_list() == ["assumed"]
    assert frame["observed_at"].to_list() == [datetime(2024, 1, 25, 17, tzinfo=UTC)]


def test_a_snapshot_of_the_game_is_kept_and_marked(reference: Reference) -> None:
    found = _parsed("historical_event_odds", wrapped(ODDS, at="2024-01-26T00:10:00Z"), reference)
    assert found["prop_quotes"].frame["is_after_tip_off"].all()
    assert found["game_lines"].frame["is_after_tip_off"].all()
    before = _parsed("historical_event_odds", wrapped(ODDS), reference)
    assert not before["prop_quotes"].frame["is_after_tip_off"].any()


@pytest.mark.parametrize("stated", [{}, {"oddsFormat": "decimal"}])
def test_decimal_odds_are_told_by_the_request_or_the_prices(
    reference: Reference, stated: dict[str, str]
) -> None:
    points = market(
        "player_points",
        side("Over", 1.87, 27.5, TATUM),
        side("Under", 1.95, 27.5, TATUM),
        side("Over", 151.0, 49.5, TATUM),
        side("Over", 0.98, 30.5, BUTLER),
        side("Over", 2.0, 31.5, BUTLER),
    )
    found = _parsed("event_odds", odds(("fanduel", [points])), reference, params=stated)[
        "prop_quotes"
    ]
    prices = {r["line"]: (r["over_price"], r["under_price"]) for r in found.frame.to_dicts()}
    assert prices == {
        27.5: (-115, -105),
        49.5: (15_000, None),
        30.5: (None, None),
        31.5: (100, None),
    }
    assert found.notes[NO_PRICE] == 1


def test_american_odds_of_a_request_for_these_are_never_read_as_decimal(
    reference: Reference,
) -> None:
    points = market("player_points", side("Over", 1.87, 27.5, TATUM))
    found = _parsed(
        "event_odds", odds(("fanduel", [points])), reference, params={"oddsFormat": "american"}
    )["prop_quotes"]
    assert found.frame["over_price"].to_list() == [None]
    assert found.notes == {NO_PRICE: 1}


def test_a_ladder_never_makes_a_main_line_of_its_rungs(reference: Reference) -> None:
    """The main line's prices are uneven, and those of a rung even: by prices it would be main."""
    points = market(
        "player_points", side("Over", -140, 24.5, TATUM), side("Under", 110, 24.5, TATUM)
    )
    ladder = market(
        "player_points_alternate",
        side("Over", -110, 25.5, TATUM),
        side("Under", -110, 25.5, TATUM),
        side("Over", -150, 24.5, TATUM),
    )
    found = _parsed("event_odds", odds(("fanduel", [ladder, points])), reference)["prop_quotes"]
    marks = {(r["line"], r["quote_number"]): r["is_alternate"] for r in found.frame.to_dicts()}
    assert marks == {(24.5, 1): False, (24.5, 2): True, (25.5, 1): True}


def test_two_players_of_one_name_keep_their_sides(reference: Reference) -> None:
    points = market(
        "player_points",
        side("Over", -120, 8.5, TATUM), side("Under", -102, 8.5, TATUM),
        side("Over", 105, 8.5, TATUM), side("Under", -130, 8.5, TATUM),
    )  # fmt: skip
    frame = _parsed("event_odds", odds(("fanduel", [points])), reference)["prop_quotes"].frame
    assert set(frame.select("over_price", "under_price").rows()) == {(-120, -102), (105, -130)}
    assert frame["quote_number"].to_list() == [1, 2]


@pytest.mark.parametrize(
    ("outcome", "reason"),
    [
        (side("Over", -110, None, TATUM), "no line"),
        (side("Over", -110, 12.5), "no player's name"),
        (side("Over", -110, 900.5, TATUM), "a line outside 0 to 200"),
        (side("Yes", -110, 0.5, TATUM), NO_SIDE),
        ("Over", "a side that is no object"),
    ],
)
def test_what_is_no_quote_is_counted(reference: Reference, outcome: Any, reason: str) -> None:
    found = _parsed("event_odds", odds(("fanduel", [market("player_points", outcome)])), reference)[
        "prop_quotes"
    ]
    assert found.rejected == {reason: 1}
    assert found.frame.is_empty()


def test_another_sport_is_refused(reference: Reference) -> None:
    college = {**ODDS, "sport_key": "basketball_ncaab"}
    found = _parsed("event_odds", college, reference)
    assert found["prop_quotes"].rejected == {OTHER_SPORT: 12}
    listed = _parsed("events", [{**EVENT, "sport_key": "basketball_wnba"}], reference)
    assert listed["games"].rejected == {OTHER_SPORT: 1}


def test_events_are_games(reference: Reference) -> None:
    summer = {**EVENT, "home_team": "Team LeBron"}
    early = {**EVENT, "sport_key": "basketball_nba_preseason", "commence_time": 1_696_550_400}
    found = _parsed("historical_events", wrapped([EVENT, summer, early, 3]), reference)["games"]
    rows = {r["game_id"]: r for r in found.frame.to_dicts()}
    game = rows["20240125_BOS_MIA"]
    assert (game["home_team"], game["away_team"], game["season"]) == ("MIA", "BOS", "2023-24")
    assert game["tip_off_at"] == datetime(2024, 1, 26, 0, 10, tzinfo=UTC)
    assert (game["observed_at"], game["observed_basis"]) == (SNAPSHOT, "recorded")
    assert rows["20231005_BOS_MIA"]["season_type"] == "preseason"
    assert found.rejected == {
        "a team that is no NBA team": 1,
        "an event that is no object": 1,
    }
    now = _parsed("events", [EVENT], reference)["games"].frame
    assert now["observed_basis"].to_list() == ["assumed"]


def test_events_name_the_games_to_ask_for(reference: Reference) -> None:
    answer = Answer(NAME, "historical_events", {}, body(wrapped([EVENT])))
    assert events_of(answer, reference).to_dicts() == [
        {
            "event_id": EVENT["id"],
            "commence_at": datetime(2024, 1, 26, 0, 10, tzinfo=UTC),
            "game_id": "20240125_BOS_MIA",
            "home_team": "MIA",
            "away_team": "BOS",
        }
    ]


@pytest.mark.parametrize(
    ("endpoint", "found", "words"),
    [
        ("event_odds", {"message": "Usage quota has been reached"}, "Usage quota"),
        ("event_odds", {"id": "x"}, "bookmakers"),
        ("historical_event_odds", {**wrapped(ODDS), "timestamp": 5e20}, "time of the snapshot"),
        (
            "historical_events",
            {"timestamp": "2024-01-25T22:05:38Z", "data": None},
            "list of events",
        ),
    ],
)
def test_what_is_no_answer_is_one_sentence(
    reference: Reference, endpoint: str, found: Any, words: str
) -> None:
    with pytest.raises(InputError, match=words):
        _parsed(endpoint, found, reference)


@pytest.mark.parametrize(
    ("params", "cost"),
    [
        ({"markets": "player_points", "regions": "us"}, 1),
        ({"markets": "player_points,player_assists,h2h", "regions": "us,us2"}, 6),
        ({"markets": "spreads,totals", "bookmakers": ",".join("abcdefghijk"), "regions": "us"}, 4),
        ({"regions": "us"}, 1),
    ],
)
def test_credits_are_markets_times_regions(params: dict[str, str], cost: int) -> None:
    assert odds_cost(params) == cost
    assert PROVIDER.endpoints["event_odds"].cost(params) == cost
    assert PROVIDER.endpoints["historical_event_odds"].cost(params) == 10 * cost
    assert PROVIDER.endpoints["historical_events"].cost({}) == 1
    assert PROVIDER.endpoints["events"].cost({}) == 0


def test_an_answer_with_nothing_is_told_apart() -> None:
    empty = {"event_odds": odds(), "historical_event_odds": wrapped(odds()), "events": [],
             "historical_events": wrapped([])}  # fmt: skip
    full = {"event_odds": ODDS, "historical_event_odds": wrapped(ODDS), "events": [EVENT],
            "historical_events": wrapped([EVENT])}  # fmt: skip
    for name, endpoint in PROVIDER.endpoints.items():
        assert endpoint.is_empty(body(empty[name]))
        assert not endpoint.is_empty(body(full[name]))
        assert [n for n, e in PROVIDER.endpoints.items() if e.recognises(body(full[name]))] == [
            name
        ]


def test_an_answer_without_a_byte_is_no_empty_day() -> None:
    for endpoint in PROVIDER.endpoints.values():
        for nothing in (b"", b" \n"):
            assert not endpoint.is_empty(nothing)
            assert not endpoint.recognises(nothing)


def test_an_answer_to_something_else_is_told_apart() -> None:
    """An old snapshot, one of later, and another event's odds do not fit what was asked for."""
    at, event = SNAPSHOT, str(ODDS["id"])
    own = {"date": f"{at:%Y-%m-%dT%H:%M:%SZ}", "event_id": event}
    early, late = ({**own, "date": f"{at + timedelta(minutes=m):%Y-%m-%dT%H:%M:%SZ}"}
                   for m in (-1, 11))  # fmt: skip
    for name, told in (("historical_events", [EVENT]), ("historical_event_odds", ODDS)):
        answer = partial(Answer, NAME, name, body=body(wrapped(told)))
        fits = PROVIDER.endpoints[name].fits
        assert [fits(answer(params=asked)) for asked in (own, {}, early, late)] == [
            True, True, False, False
        ]  # fmt: skip
    for name, told in (("event_odds", ODDS), ("historical_event_odds", wrapped(ODDS))):
        asked = {**own, "event_id": "another"}
        assert not PROVIDER.endpoints[name].fits(Answer(NAME, name, asked, body(told)))


def _unmarked(rows: pl.DataFrame) -> pl.DataFrame:
    """Leave out what the provider does not say: who the player is, and whose source it is."""
    left_out = ["source", "row_hash", "player_id", "quote_number"]
    return rows.drop([c for c in left_out if c in rows.columns]).sort(pl.all(), nulls_last=True)


def _one_sided(rows: pl.DataFrame, columns: tuple[str, str], number: int) -> pl.DataFrame:
    """Take a side from some rows."""
    place = pl.int_range(pl.len()) % number
    return rows.with_columns(
        pl.when(place == 0).then(None).otherwise(columns[0]).alias(columns[0]),
        pl.when(place == 1).then(None).otherwise(columns[1]).alias(columns[1]),
    )


Frames = dict[str, pl.DataFrame]


@pytest.mark.parametrize("odds_format", ["american", "decimal"])
def test_the_leagues_quotes_come_back(league_frames: Frames, odds_format: str) -> None:
    """Quotes written as the provider writes them, then parsed, are the quotes; so are the lines."""
    games = league_frames["games"]
    known = Reference(games, pl.DataFrame())
    dates = games["game_date"].unique().sort()

    @given(st.sampled_from(dates.to_list()), st.integers(2, 40))
    @settings(max_examples=6)
    def check(day: date, number: int) -> None:
        for game in games.filter(pl.col("game_date") == day).head(3).iter_rows(named=True):
            of_game = pl.col("game_id") == game["game_id"]
            quotes = _one_sided(
                league_frames["prop_quotes"].filter(of_game), ("over_price", "under_price"), number
            )
            lines = league_frames["game_lines"].filter(of_game)
            told = odds_payloads.event_odds(game, quotes, lines, odds_format)
            first = min(quotes["quoted_at"].min(), lines["quoted_at"].min())  # type: ignore[type-var]
            found = _parsed(
                "historical_event_odds",
                odds_payloads.historical(told, first),  # type: ignore[arg-type]
                known,
                params={"oddsFormat": odds_format},
            )
            # Decimal odds have one form for even money.
            even = pl.col("^.*_price$")
            even = even.replace(-100, 100) if odds_format == "decimal" else even
            wanted = with_alternate_mark(quotes, ["game_id", "name_key", "market"])
            assert _unmarked(found["prop_quotes"].frame).equals(
                _unmarked(wanted.with_columns(even))
            )
            assert _unmarked(found["game_lines"].frame).equals(_unmarked(lines.with_columns(even)))
            assert not found["prop_quotes"].rejected
            assert not found["game_lines"].rejected

    check()


def test_snapshots_before_tip_off_show_what_was_known_then(league_frames: Frames) -> None:
    games = league_frames["games"]
    known = Reference(games, pl.DataFrame())
    game = games.row(100, named=True)
    quotes = league_frames["prop_quotes"].filter(pl.col("game_id") == game["game_id"])
    times: list[datetime] = []
    for minutes in (1440, 360, 120, 30, 5):
        at = odds_payloads.snapshot_at(game["tip_off_at"] - timedelta(minutes=minutes))
        standing = odds_payloads.known_at(quotes, at)
        told = odds_payloads.event_odds(game, standing, league_frames["game_lines"].clear())
        frame = _parsed("historical_event_odds", odds_payloads.historical(told, at), known)[
            "prop_quotes"
        ].frame
        assert frame.height == standing.height
        assert (frame["observed_at"] == at).all()
        assert (frame["quoted_at"] <= at).all()
        assert not frame["is_after_tip_off"].any()
        times.append(frame.select(pl.col("quoted_at").max()).item())
    assert times == sorted(times)
    assert len(set(times)) > 2
