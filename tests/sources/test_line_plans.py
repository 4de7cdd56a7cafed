"""Plans ask before tip-off only, on the provider's grid, and say what they cost."""

from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tipoff.errors import InputError
from tipoff.sources.line_plans import (
    NO_EVENT,
    NO_TIP_OFF,
    TO_COME,
    TOO_EARLY,
    UNDER_WAY,
    Plan,
    Scope,
    plan_dates,
    plan_day,
    plan_history,
    plan_odds,
    plan_offers,
)

POINTS = Scope(("points",))
UTC_MOMENT = pl.Datetime("us", "UTC")


def _games(*tips: datetime | None) -> pl.DataFrame:
    days = [(tip or datetime(2024, 1, 25, 23, tzinfo=UTC)) - timedelta(hours=5) for tip in tips]
    return pl.DataFrame(
        {
            "game_id": [f"game {n}" for n in range(len(tips))],
            "game_date": [day.date() for day in days],
            "tip_off_at": list(tips),
        },
        schema_overrides={"tip_off_at": UTC_MOMENT},
    )


def _events(games: pl.DataFrame) -> pl.DataFrame:
    return games.drop_nulls("tip_off_at").select(
        "game_id", event_id=pl.col("game_id") + " id", commence_at="tip_off_at"
    )


def _dates(plan: Plan) -> list[str]:
    return [request.params["date"] for request in plan.requests]


EARLY, LATE = datetime(2024, 1, 26, 0, 12, tzinfo=UTC), datetime(2024, 1, 26, 3, 0, tzinfo=UTC)


def test_the_first_step_asks_for_the_events_of_each_date_and_tells_the_cost_of_all() -> None:
    games = _games(EARLY, LATE, EARLY + timedelta(days=1), None)
    plan = plan_history(games, POINTS)
    assert _dates(plan) == ["2024-01-26T00:00:00Z", "2024-01-27T00:00:00Z"]
    assert {request.endpoint for request in plan.requests} == {"historical_events"}
    assert (plan.cost, plan.later_cost) == (2, 3 * 5 * 10)
    assert plan.left_out == {NO_TIP_OFF: 1}


def test_the_second_step_asks_at_several_instants() -> None:
    games = _games(EARLY)
    plan = plan_history(games, Scope(("points", "spread", "moneyline")), events=_events(games))
    assert _dates(plan) == [
        "2024-01-25T00:10:00Z",
        "2024-01-25T18:10:00Z",
        "2024-01-25T22:10:00Z",
        "2024-01-25T23:40:00Z",
        "2024-01-26T00:05:00Z",
    ]
    assert plan.requests[0].params == {
        "markets": "player_points,spreads,h2h",
        "regions": "us",
        "oddsFormat": "american",
        "dateFormat": "iso",
        "event_id": "game 0 id",
        "date": "2024-01-25T00:10:00Z",
    }
    assert plan.cost == 5 * 10 * 3
    assert plan.later_cost == 0


def test_the_earlier_of_two_starts_counts() -> None:
    games = _games(EARLY)
    moved = _events(games).with_columns(commence_at=pl.col("commence_at") - timedelta(minutes=30))
    assert _dates(plan_history(games, POINTS, ["-5m"], moved)) == ["2024-01-25T23:35:00Z"]


def test_games_without_an_event_and_instants_to_come_are_counted() -> None:
    games = _games(EARLY, LATE)
    plan = plan_history(games, POINTS, events=_events(games).head(1), now=EARLY)
    assert plan.left_out == {NO_EVENT: 1}
    assert len(plan.requests) == 5
    earlier = plan_history(
        games, POINTS, events=_events(games).head(1), now=EARLY - timedelta(hours=3)
    )
    assert earlier.left_out == {NO_EVENT: 1, TO_COME: 3}
    assert earlier.cost == 20


def test_instants_that_meet_on_the_grid_are_asked_for_once() -> None:
    games = _games(LATE)
    assert len(plan_history(games, POINTS, ["-6m", "-10m", "-8m"], _events(games)).requests) == 1


@pytest.mark.parametrize("instant", ["5m", "+5m", "-0m", "0", "-5", "-5s", "", "tip"])
def test_nothing_is_asked_for_after_tip_off(instant: str) -> None:
    with pytest.raises(InputError, match="before tip-off"):
        plan_history(_games(EARLY), POINTS, [instant])


@given(
    st.integers(0, 1_600 * 24 * 60),
    st.lists(st.sampled_from(["-1m", "-5m", "-7m", "-30m", "-2h", "-24h", "-3d"]), min_size=1),
)
@settings(max_examples=40)
def test_every_instant_is_on_the_grid_and_before_tip_off(minutes: int, instants: list[str]) -> None:
    tip = datetime(2021, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes, seconds=minutes % 60)
    games = _games(tip)
    plan = plan_history(games, Scope(("total",)), instants, _events(games))
    assert plan.requests
    for text in _dates(plan):
        at = datetime.fromisoformat(text)
        assert at < tip
        assert at.minute % (10 if at < datetime(2022, 9, 1, tzinfo=UTC) else 5) == 0
        assert at.second == 0
    lookup = plan_history(games, Scope(("total",)), instants)
    assert all(datetime.fromisoformat(t) < tip for t in _dates(lookup))
    assert lookup.later_cost == plan.cost


def test_props_of_before_their_history_are_refused_in_a_sentence() -> None:
    old = _games(datetime(2023, 4, 2, 0, 10, tzinfo=UTC))
    with pytest.raises(InputError, match="from 2023-05-03 on"):
        plan_history(old, POINTS)
    with pytest.raises(InputError, match="from 2023-05-03 on"):
        plan_history(old, Scope(("total",), alternates=True))
    assert plan_history(old, Scope(("total",))).cost == 1
    with pytest.raises(InputError, match="from 2020-06-06 on"):
        plan_history(_games(datetime(2019, 4, 2, 0, 10, tzinfo=UTC)), Scope(("total",)))


def test_instants_of_before_the_history_are_left_out() -> None:
    first = _games(datetime(2023, 5, 4, 0, 10, tzinfo=UTC))
    plan = plan_history(first, POINTS, ["-24h", "-6h"], _events(first))
    assert _dates(plan) == ["2023-05-03T18:10:00Z"]
    assert plan.left_out == {TOO_EARLY: 1}


def test_ladders_are_markets_of_their_own() -> None:
    params = Scope(("threes", "totals", "ml"), books=("fanduel",), alternates=True).params()
    assert params["markets"] == (
        "player_threes,player_threes_alternate,totals,alternate_totals,h2h"
    )
    assert params["bookmakers"] == "fanduel"
    assert "regions" not in params
    with pytest.raises(InputError, match="at least one market"):
        Scope(()).params()
    with pytest.raises(InputError, match="Expected a market"):
        Scope(("goals",)).params()


def test_a_day_is_eastern_and_odds_are_of_games_ahead() -> None:
    plan = plan_day(date(2024, 1, 25))
    assert plan.requests[0].params == {
        "commenceTimeFrom": "2024-01-25T05:00:00Z",
        "commenceTimeTo": "2024-01-26T04:59:59Z",
        "dateFormat": "iso",
    }
    assert plan.cost == 0
    odds = plan_odds(_events(_games(LATE, EARLY)), POINTS, EARLY)
    assert [request.params["event_id"] for request in odds.requests] == ["game 0 id"]
    assert (odds.cost, odds.left_out) == (1, {UNDER_WAY: 1})


def test_betting_pros_is_asked_per_event() -> None:
    assert plan_dates([date(2024, 1, 25)]).requests[0].params == {
        "sport": "NBA",
        "date": "2024-01-25",
    }
    events = _events(_games(EARLY)).with_columns(home_team=pl.lit("MIA"), away_team=pl.lit("BOS"))
    (request,) = plan_offers(events, ["points", "blocks"]).requests
    assert (request.params["market_id"], request.params["event_id"]) == ("156:152", "game 0 id")
    assert request.about == {"game 0 id": "BOS@MIA 2024-01-26T00:12:00Z"}
    with pytest.raises(InputError, match="BettingPros has"):
        plan_offers(events, ["turnovers"])
