"""The door in time, against a slow reading of its definition."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tipoff.domain.guard import planted
from tipoff.domain.seasons import previous_season, season_of
from tipoff.errors import TipoffError
from tipoff.store.door import RECENCY, SPINE_ID, World, history, known, league_history
from tipoff.store.versions import KNOWN_AT, SUPERSEDED_AT

FIRST = date(2023, 3, 20)
MOMENT = pl.Datetime("us", "UTC")


def tip_off(day: date) -> datetime:
    return datetime.combine(day, datetime.min.time(), tzinfo=UTC) + timedelta(hours=24)


# Days around a change of season, so that both seasons occur.
days = st.one_of(st.integers(0, 12), st.integers(212, 224))
fact_rows = st.lists(
    st.tuples(
        days,
        st.sampled_from("ab"),  # player
        st.integers(0, 3),  # days until known
        st.integers(0, 1),  # version
        st.integers(0, 40),  # points
    ),
    max_size=25,
    unique_by=lambda r: (r[0], r[1], r[3]),
)
spine_rows = st.lists(st.tuples(days, st.sampled_from("ab")), min_size=1, max_size=6, unique=True)


def facts_of(drawn: list[Any]) -> pl.DataFrame:
    rows = []
    for day, player, delay, version, points in drawn:
        on = FIRST + timedelta(days=day)
        rows.append(
            {
                "game_id": f"g{day:03d}",
                "game_date": on,
                "season": season_of(on),
                "tip_off_at": tip_off(on),
                "player_id": player,
                KNOWN_AT: tip_off(on) + timedelta(hours=4 + 24 * delay + 6 * version),
                "points": points,
            }
        )
    return pl.DataFrame(
        rows,
        schema={
            "game_id": pl.String,
            "game_date": pl.Date,
            "season": pl.String,
            "tip_off_at": MOMENT,
            "player_id": pl.String,
            KNOWN_AT: MOMENT,
            "points": pl.Int32,
        },
    ).with_columns(
        pl.col(KNOWN_AT)
        .sort_by(KNOWN_AT)
        .shift(-1)
        .over("game_id", "player_id", order_by=KNOWN_AT)
        .alias(SUPERSEDED_AT)
    )


def spine_of(drawn: list[tuple[int, str]]) -> pl.DataFrame:
    rows = []
    for day, player in drawn:
        on = FIRST + timedelta(days=day)
        rows.append(
            {
                "game_id": f"g{day:03d}",
                "game_date": on,
                "season": season_of(on),
                "player_id": player,
                "as_of": tip_off(on) - timedelta(minutes=30),
            }
        )
    return pl.DataFrame(rows).with_row_index(SPINE_ID)


def slow_history(
    facts: pl.DataFrame,
    spine: pl.DataFrame,
    *,
    last: int | None,
    within: int | None,
    season_only: bool,
) -> list[tuple[Any, ...]]:
    found: list[tuple[Any, ...]] = []
    for row in spine.to_dicts():
        newest: dict[str, dict[str, Any]] = {}
        for fact in facts.to_dicts():
            seasons = [row["season"]] + ([] if season_only else [previous_season(row["season"])])
            if fact["player_id"] != row["player_id"] or fact["season"] not in seasons:
                continue
            if fact["game_id"] == row["game_id"] or fact[KNOWN_AT] > row["as_of"]:
                continue
            if within is not None and (row["game_date"] - fact["game_date"]).days > within:
                continue
            held = newest.get(fact["game_id"])
            if held is None or held[KNOWN_AT] < fact[KNOWN_AT]:
                newest[fact["game_id"]] = fact
        ordered = sorted(newest.values(), key=lambda f: f["game_date"], reverse=True)[:last]
        found += [
            (row[SPINE_ID], place, fact["game_date"], fact["game_id"], fact["points"])
            for place, fact in enumerate(ordered, 1)
        ]
    return found


@settings(max_examples=150, deadline=None)
@given(
    fact_rows,
    spine_rows,
    st.sampled_from([None, 1, 3]),
    st.sampled_from([None, 2, 230]),
    st.booleans(),
)
def test_history_is_what_was_known_of_other_games(
    facts_drawn: list[Any],
    spine_drawn: list[tuple[int, str]],
    last: int | None,
    within: int | None,
    season_only: bool,
) -> None:
    facts, spine = facts_of(facts_drawn), spine_of(spine_drawn)
    got = history(
        World({"player_games": facts}, {}),
        spine,
        "player_games",
        by=["player_id"],
        columns=["points"],
        last=last,
        within=within,
        season_only=season_only,
    )
    slow = slow_history(facts, spine, last=last, within=within, season_only=season_only)
    assert got.columns == [SPINE_ID, RECENCY, "game_date", "game_id", "points"]
    assert got.rows() == slow


@settings(max_examples=60, deadline=None)
@given(fact_rows, spine_rows, st.sampled_from([1, 5]))
def test_league_history_is_what_was_known_of_the_last_days(
    facts_drawn: list[Any], spine_drawn: list[tuple[int, str]], within: int
) -> None:
    facts = facts_of(facts_drawn)
    spine = spine_of(spine_drawn)
    got = league_history(
        World({"player_zone_games": facts}, {}),
        spine,
        "player_zone_games",
        within=within,
        columns=["player_id", "points"],
    )
    everyone = []
    for player in "ab":
        own = spine.with_columns(player_id=pl.lit(player))
        slow = slow_history(facts, own, last=None, within=within, season_only=False)
        everyone += [(r[0], r[2], r[3], player, r[4]) for r in slow]
    assert sorted(got.rows()) == sorted(everyone)


def test_the_planted_switch_lets_the_own_game_in() -> None:
    facts = facts_of([(1, "a", 0, 0, 10), (3, "a", 0, 0, 50)])
    spine = spine_of([(3, "a")])
    for name, expected in ((None, [10]), ("inclusive-date", [50, 10])):
        world = World({"player_games": facts}, {})
        with planted(name):
            got = history(world, spine, "player_games", by=["player_id"], columns=["points"])
        assert got["points"].to_list() == expected


def test_outcomes_are_not_to_be_had_about_the_own_game() -> None:
    world = World({"player_games": facts_of([(1, "a", 0, 0, 10)])}, {})
    with pytest.raises(TipoffError, match="no outcome"):
        known(world, spine_of([(1, "a")]), "player_games", by=["game_id"], columns=["points"])


def test_quotes_are_known_from_when_they_were_seen_until_they_are_withdrawn() -> None:
    instant, moment = tip_off(FIRST) - timedelta(minutes=30), timedelta(microseconds=1)
    quotes = pl.DataFrame(
        {
            "game_id": "g000",
            "player_id": "a",
            KNOWN_AT: [instant, instant + moment, instant - moment, instant - moment],
            SUPERSEDED_AT: [None, None, instant, instant + moment],
            "line": [20.5, 21.5, 22.5, 23.5],
        }
    )
    got = known(
        World({"prop_quotes": quotes}, {}),
        spine_of([(0, "a")]),
        "prop_quotes",
        by=["game_id", "player_id"],
        columns=["line"],
    )
    assert sorted(got["line"]) == [20.5, 23.5]
