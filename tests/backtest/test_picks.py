"""Picks: a pick or one reason for every row, caps, halts, and values only where they mean any."""

from collections import Counter
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from tipoff.backtest.picks import (
    DAY_FULL,
    GAME_FULL,
    NO_LINE,
    NO_SIDE,
    NOT_PREDICTED,
    NOT_READY,
    NOT_TAKEABLE,
    REASONS,
    RULED_OUT,
    SMALL_POINT_EDGE,
    SMALL_PROBABILITY_EDGE,
    TEAM_FULL,
    UNPRICED,
    PickPolicy,
    picked,
)
from tipoff.backtest.subsets import SUBSETS
from tipoff.domain.market import MARKETS
from tipoff.features.load import RULED_OUT as OUT

POINTS = MARKETS["points"]
CAPS = {TEAM_FULL, GAME_FULL, DAY_FULL}
SCHEMA: dict[str, Any] = {
    "game_id": pl.String,
    "player_id": pl.String,
    "team": pl.String,
    "prediction": pl.Float64,
    "is_training_ready": pl.Boolean,
    "injury_status": pl.String,
    "is_quoted": pl.Boolean,
    "line": pl.Float64,
    "over_price": pl.Int32,
    "under_price": pl.Int32,
    "is_placeholder": pl.Boolean,
    "over_probability": pl.Float64,
    "push_probability": pl.Float64,
    "under_probability": pl.Float64,
}

halves = st.integers(0, 80).map(lambda n: n / 2)
price = st.one_of(st.none(), st.sampled_from([-300, -130, -110, 100, 140]))
said = st.one_of(
    st.none(),
    # A push for sure leaves nothing to divide by.
    st.sampled_from([(0.0, 1.0, 0.0), (1.0, 0.0, 0.0), (0.0, 0.0, 1.0)]),
    st.tuples(st.integers(0, 8), st.integers(0, 2), st.integers(0, 8)).map(
        lambda n: tuple(x / (sum(n) or 1) for x in n)
    ),
)
drawn = st.tuples(
    st.integers(0, 2),
    st.booleans(),
    st.one_of(st.none(), halves, halves, halves),
    st.sampled_from([True, True, True, False]),
    st.sampled_from([None, "available", "questionable", OUT]),
    st.one_of(st.none(), halves, halves, halves),
    st.booleans(),
    st.tuples(price, price),
    st.sampled_from([False, False, False, True]),
    said,
)
# Rows that nothing but a cap keeps from being a pick; many of them are as good as each other.
able = st.tuples(
    st.integers(0, 2),
    st.booleans(),
    st.sampled_from([20.0, 21.0]),
    st.just(True),
    st.none(),
    st.just(15.5),
    st.just(True),
    st.just((-110, -110)),
    st.just(False),
    st.sampled_from([(0.7, 0.0, 0.3), (0.8, 0.0, 0.2)]),
)
several = st.one_of(st.lists(st.one_of(drawn, able), max_size=24), st.lists(able, max_size=24))
policies = st.builds(
    lambda caps, point, share: PickPolicy(
        per_team=caps[0],
        per_game=caps[1],
        per_day=caps[2],
        point_edge=point,
        probability_edge=share,
    ),
    st.lists(st.integers(0, 6), min_size=3, max_size=3).map(sorted),
    st.sampled_from([None, 0.0, 1.0]),
    st.sampled_from([0.0, 0.05]),
)


def _frame(rows: list[tuple[Any, ...]]) -> pl.DataFrame:
    told = []
    for number, one in enumerate(rows):
        game, is_home, prediction, is_ready, status, line, is_quoted, prices, placed, says = one
        teams = ("AAA", "BBB") if is_home else ("BBB", "AAA")
        lined = line is not None
        told.append(
            (
                f"2023020{game + 1}_AAA_BBB",
                f"p{number:02}",
                teams[0],
                prediction,
                is_ready,
                status,
                lined or is_quoted,
                line,
                *(prices if lined else (None, None)),
                placed if lined else None,
                *(says if says and lined and prediction is not None else (None, None, None)),
            )
        )
    return pl.DataFrame(told, schema=SCHEMA, orient="row")


def row(**changed: Any) -> tuple[Any, ...]:
    """A row that is a pick, with a difference."""
    usual = {
        "game": 0, "is_home": True, "prediction": 20.0, "is_ready": True, "status": None,
        "line": 15.5, "is_quoted": True, "prices": (-110, -110), "placed": False,
        "says": (0.7, 0.0, 0.3),
    }  # fmt: skip
    return tuple({**usual, **changed}.values())


def _best_first(one: dict[str, Any]) -> tuple[Any, ...]:
    edges = (round(one["probability_edge"], 9), round(abs(one["point_edge"]), 9))
    return (-edges[0], -edges[1], one["game_id"], one["player_id"])


def _greedy(rows: list[dict[str, Any]], policy: PickPolicy, left: int) -> set[str]:
    """Take the best that still fits, one after the other."""
    teams: Counter[tuple[str, str]] = Counter()
    games: Counter[str] = Counter()
    taken: set[str] = set()
    for one in sorted(rows, key=_best_first):
        team, game = (one["game_id"], one["team"]), one["game_id"]
        fits = teams[team] < policy.per_team and games[game] < policy.per_game
        if fits and len(taken) < left:
            teams[team] += 1
            games[game] += 1
            taken.add(one["player_id"])
    return taken


@given(rows=several, policy=policies, taken=st.integers(0, 4))
@settings(max_examples=80)
def test_every_row_is_a_pick_or_has_one_reason_and_caps_are_greedy(
    rows: list[tuple[Any, ...]], policy: PickPolicy, taken: int
) -> None:
    found = picked(_frame(rows), POINTS, policy, taken=taken)
    assert found.height == len(rows)
    told = found.to_dicts()
    for one in told:
        assert one["is_pick"] is (one["no_pick_reason"] is None)
        assert one["is_pick"] or one["no_pick_reason"] in REASONS
        _holds(one, policy)
    fit = [one for one in told if one["is_pick"] or one["no_pick_reason"] in CAPS]
    picks = [one for one in told if one["is_pick"]]
    left = max(policy.per_day - taken, 0)
    assert {one["player_id"] for one in picks} == _greedy(fit, policy, left)
    order = [one["player_id"] for one in sorted(picks, key=_best_first)]
    ranked = sorted(picks, key=lambda one: one["rank"])
    assert [one["player_id"] for one in ranked] == order
    assert [one["rank"] for one in ranked] == list(range(1, len(picks) + 1))


def _holds(one: dict[str, Any], policy: PickPolicy) -> None:
    """Values are there exactly where they mean something, and every pick is one by the policy."""
    lined = one["prediction"] is not None and one["line"] is not None
    assert (one["point_edge"] is not None) is lined
    sided = lined and one["prediction"] != one["line"]
    side = None if not sided else "over" if one["prediction"] > one["line"] else "under"
    assert one["side"] == side
    price = one[f"{side}_price"] if side and not one["is_placeholder"] else None
    assert one["price"] == price
    assert (one["break_even"] is not None) is (price is not None)
    if not side:
        assert one["probability_edge"] is None
    edge = one["probability_edge"]
    assert edge is None or -1 <= edge <= 1
    if not one["is_pick"]:
        assert (one["stake_share"], one["rank"], one["subsets"]) == (None, None, "")
        return
    assert one["is_training_ready"]
    assert one["injury_status"] != OUT
    assert price is not None
    assert one["over_probability"] is not None
    assert abs(one["point_edge"]) >= (3.0 if policy.point_edge is None else policy.point_edge)
    assert edge > policy.probability_edge
    assert 0 <= one["stake_share"] <= policy.most_staked
    _in_its_subsets(one)


def _in_its_subsets(one: dict[str, Any]) -> None:
    size, rank = abs(one["point_edge"]), one["rank"]
    band = "edge_small" if size < 3 else "edge_usual" if size < 5 else "edge_large"
    assert one["subsets"].split(",") == [
        name
        for name in SUBSETS
        if name in (one["side"], band)
        or (name.startswith("top_") and rank <= int(name.removeprefix("top_")))
    ]


@given(rows=several, policy=policies, seed=st.integers(0, 9))
@settings(max_examples=25)
def test_the_order_of_rows_does_not_matter(
    rows: list[tuple[Any, ...]], policy: PickPolicy, seed: int
) -> None:
    own = _frame(rows)
    shuffled = own.sample(fraction=1, shuffle=True, seed=seed)
    assert_frame_equal(
        picked(shuffled, POINTS, policy).sort("player_id"),
        picked(own, POINTS, policy),
        check_exact=True,
    )


@given(rows=several, policy=policies)
@settings(max_examples=25)
def test_a_halt_leaves_no_pick_and_says_why(
    rows: list[tuple[Any, ...]], policy: PickPolicy
) -> None:
    own = picked(_frame(rows), POINTS, policy)
    halted = picked(_frame(rows), POINTS, policy, halted="manual: lines are late")
    assert not halted["is_pick"].any()
    for before, after in zip(own.to_dicts(), halted.to_dicts(), strict=True):
        reason = before["no_pick_reason"]
        stays = reason is not None and reason not in CAPS
        assert after["no_pick_reason"] == (reason if stays else "halted: manual: lines are late")
        # What is said of the player-game is the same; only what is done about it is not.
        for name in ("side", "price", "point_edge", "probability_edge", "break_even"):
            assert before[name] == after[name]


REASON_OF: dict[str, dict[str, Any]] = {
    NOT_PREDICTED: {"prediction": None},
    NO_LINE: {"line": None, "is_quoted": False},
    NOT_TAKEABLE: {"line": None},
    NOT_READY: {"is_ready": False},
    RULED_OUT: {"status": OUT},
    UNPRICED: {"prices": (None, -110)},
    NO_SIDE: {"prediction": 15.5},
    SMALL_POINT_EDGE: {"prediction": 18.0},
    SMALL_PROBABILITY_EDGE: {"says": (0.5, 0.0, 0.5)},
}


@pytest.mark.parametrize("reason", sorted(REASON_OF))
def test_each_reason_is_given_for_its_fault(reason: str) -> None:
    told = picked(_frame([row(), row(**REASON_OF[reason])]), POINTS, PickPolicy())
    assert told["no_pick_reason"].to_list() == [None, reason]


def test_each_reason_has_a_fault() -> None:
    assert {*REASON_OF, *CAPS} == set(REASONS)


@pytest.mark.parametrize(
    "fault",
    [
        {"placed": True},
        {"says": None},
        {"prices": (-110, None)},
        {"says": (0.0, 1.0, 0.0)},
    ],
    ids=["placeholder", "no probability", "one price", "a push for sure"],
)
def test_what_says_nothing_of_the_price_is_no_pick(fault: dict[str, Any]) -> None:
    told = picked(_frame([row(**fault)]), POINTS, PickPolicy(point_edge=0)).row(0, named=True)
    assert not told["is_pick"]
    assert told["probability_edge"] is None


def test_caps_count_what_other_slates_took() -> None:
    rows = _frame([row(game=game, is_home=home) for game in range(3) for home in (True, False)])
    policy = PickPolicy(per_team=2, per_game=3, per_day=4)
    for taken, left in ((0, 4), (3, 1), (4, 0), (9, 0)):
        told = picked(rows, POINTS, policy, taken=taken)
        assert told["is_pick"].sum() == left
        assert (told["no_pick_reason"] == DAY_FULL).sum() == 6 - left


def test_caps_that_shrink_are_refused() -> None:
    with pytest.raises(ValueError, match="caps that grow from team to game to day"):
        PickPolicy(per_team=3, per_game=2)
