"""Labels of the warm-up: one law over all features, sets and markets."""

from typing import Any

import polars as pl
import pytest

from tipoff.domain.market import FEATURE_MARKETS, Market
from tipoff.features.catalogue import FEATURES
from tipoff.features.declare import POINTS, Feature
from tipoff.features.history import KNOWN_GAMES, counted_inputs, runs_on
from tipoff.features.sets import SETS, feature_set
from tipoff.features.warm_up import (
    ROW_TOLERANCE,
    is_warming,
    needed,
    row_warm_up,
    shipped,
)

EVERYTHING = pytest.mark.parametrize("market", FEATURE_MARKETS, ids=lambda m: m.name)
MANY = 200


def rows(**known: int | None) -> pl.DataFrame:
    """One row with many known games of every input but those that are given."""
    values = {name: [known.get(name.removeprefix("known_"), MANY)] for name in KNOWN_GAMES}
    return pl.DataFrame(values, schema=dict.fromkeys(KNOWN_GAMES, pl.Int32))


def labels(row: pl.DataFrame, name: str, market: Market = POINTS) -> tuple[Any, Any]:
    found = row.select(row_warm_up(feature_set(name), market)).row(0, named=True)
    return found["warm_up_features"], found["in_warm_up"]


def games_of(feature: Feature, market: Market = POINTS) -> int:
    own = needed(feature, market)
    return 0 if own is None else own.games or 0


@EVERYTHING
def test_every_feature_is_shipped_in_order_of_index(market: Market) -> None:
    named = [feature for name, feature in shipped() if name == market.name]
    assert named == [f.name for f in FEATURES]
    for feature in FEATURES:
        own = needed(feature, market)
        assert own is not None
        if runs_on(feature):
            assert own.games is None
        elif not counted_inputs(feature):
            assert (own.state, own.games) == ("from the start", 0), feature.name
        if own.games is not None and own.low is not None:
            assert own.low <= own.games <= (MANY if own.high is None else own.high)


@EVERYTHING
def test_what_is_shipped_orders_windows_by_their_length(market: Market) -> None:
    """A table of another lake or of a wrong measurement would not."""
    by_name = {f.name: games_of(f, market) for f in FEATURES}
    ordered = ["last_3", "last_5", "last_10", "season"]
    games = [by_name[f"points_avg_{window}"] for window in ordered]
    assert games == sorted(games)
    assert games[0] < games[-1]
    for feature in FEATURES:
        if "last_10" in feature.name or feature.name.endswith("10g"):
            assert 3 <= by_name[feature.name] <= 10, feature.name
    assert by_name["days_rest"] == by_name["back_to_back"] == 1


@EVERYTHING
@pytest.mark.parametrize("name", sorted(SETS))
def test_a_row_with_much_history_is_settled_and_one_without_is_not(
    name: str, market: Market
) -> None:
    assert labels(rows(), name, market) == (0, False)
    warming = [f for f in feature_set(name) if games_of(f, market)]
    none = rows(**{n.removeprefix("known_"): 0 for n in KNOWN_GAMES})
    assert labels(none, name, market) == (len(warming), True)


@EVERYTHING
def test_a_value_settles_exactly_with_the_games_that_it_needs(market: Market) -> None:
    for feature in FEATURES:
        games = games_of(feature, market)
        warming = is_warming(feature, market)
        assert (warming is None) == (games == 0), feature.name
        for name in counted_inputs(feature) if warming is not None else ():
            assert rows(**{name: games - 1}).select(warming).item(), feature.name
            assert not rows(**{name: games}).select(warming).item(), feature.name


def test_more_games_never_make_more_values_warm_up() -> None:
    for name in KNOWN_GAMES:
        counts = [
            labels(rows(**{name.removeprefix("known_"): k}), "all")[0]
            for k in (0, 1, 2, 4, 8, 16, 32, 50)
        ]
        assert counts == sorted(counts, reverse=True)
        assert counts[-1] == 0


def test_one_slow_feature_alone_does_not_make_a_row_early() -> None:
    required = [f for f in feature_set("v12") if f.need == "required" and games_of(f)]
    for k in range(40):
        row = rows(player_games=k, team_games=k, opponent_games=k)
        warming = sum(k < games_of(f) for f in required)
        assert labels(row, "v12")[1] == (warming > ROW_TOLERANCE * len(required))
    slowest = max(games_of(f) for f in required)
    assert not labels(rows(opponent_games=slowest - 1), "v12")[1]
    assert labels(rows(opponent_games=slowest - 1), "v12")[0] > 0


def test_rows_whose_games_nobody_counted_have_no_label() -> None:
    row = rows(player_games=None)
    assert labels(row, "v12") == (None, None)
