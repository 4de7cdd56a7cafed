"""Columns are recognised by name and content, whatever their case, order and company."""

import string
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tipoff.domain.market import MARKETS
from tipoff.errors import InputError
from tipoff.sources.loose_columns import (
    BOXES,
    LINES,
    PREDICTIONS,
    counts,
    market_apart,
    markets_predicted,
    recognised,
    words,
)

POINTS = MARKETS["points"]
ROWS: dict[str, list[Any]] = {
    "player_name": ["Luka Dončić", "J. Green"],
    "game_date": ["2023-01-05", "2023-01-06"],
    "prediction": ["24.6", "11.2"],
    "line": ["25.5", "10.5"],
    "over_price": ["-110", "105"],
    "under_price": ["-110", "-125"],
    "actual": ["31", "8"],
    "predicted_at": ["2023-01-05T15:00:00Z", "2023-01-06T15:00:00Z"],
}
SPELLED: dict[str, list[str]] = {
    "player_name": ["player_name", "player", "name", "full_name", "athlete"],
    "game_date": ["game_date", "date", "event_date"],
    "prediction": ["prediction", "pred", "proj", "predicted_points", "pts_projection", "yhat"],
    "line": ["line", "prop_line", "points_line", "sportsbook_line", "pts_prop"],
    "over_price": ["over_price", "over_odds", "odds_over", "pts_over_odds"],
    "under_price": ["under_price", "under_odds", "odds_under"],
    "actual": ["actual", "actual_points", "result", "pts", "points"],
    "predicted_at": ["predicted_at", "prediction_time", "created_at"],
}
NOISE = {"season_average": ["20.1", "9.0"], "notes": ["a", "b"], "pred_rebounds": ["8", "3"]}


def _written(name: str, style: str) -> str:
    parts = name.split("_")
    return {
        "snake": name,
        "upper": name.upper(),
        "title": " ".join(part.title() for part in parts),
        "camel": parts[0] + "".join(part.title() for part in parts[1:]),
        "kebab": "-".join(parts),
    }[style]


@st.composite
def headers(draw: st.DrawFn) -> dict[str, str]:
    """A spelling of each role in some style: role = column."""
    style = draw(st.sampled_from(["snake", "upper", "title", "camel", "kebab"]))
    return {role: _written(draw(st.sampled_from(names)), style) for role, names in SPELLED.items()}


@given(headers(), st.randoms(use_true_random=False))
def test_any_spelling_in_any_order_is_recognised(header: dict[str, str], chance: Any) -> None:
    columns = [(header[role], values) for role, values in ROWS.items()] + list(NOISE.items())
    chance.shuffle(columns)
    found = recognised(pl.DataFrame(dict(columns)), PREDICTIONS, POINTS, {})
    assert {role: found.get(role) for role in header} == header


@given(
    st.lists(st.text(string.ascii_letters + string.digits + " _-%./", max_size=20), unique=True),
    st.randoms(use_true_random=False),
)
def test_a_column_plays_one_role_whatever_it_is_called(names: list[str], chance: Any) -> None:
    values = list(ROWS.values())
    frame = pl.DataFrame({name: chance.choice(values) for name in names})
    for roles in (PREDICTIONS, LINES, BOXES):
        found = recognised(frame, roles, POINTS, {})
        assert len(set(found.values())) == len(found)
        assert set(found.values()) <= set(names)


def test_what_stands_in_a_column_decides_where_its_name_does_not() -> None:
    words_ = pl.DataFrame({**ROWS, "result": ["WIN", "LOSS"]}).drop("actual")
    assert recognised(words_, PREDICTIONS, POINTS, {})["stated_outcome"] == "result"
    number = words_.with_columns(result=pl.Series(["31", "8"]))
    assert recognised(number, PREDICTIONS, POINTS, {})["actual"] == "result"
    side = words_.with_columns(over_under=pl.Series(["OVER", "UNDER"]))
    assert recognised(side, PREDICTIONS, POINTS, {})["side"] == "over_under"
    line = words_.drop("line").with_columns(over_under=pl.Series(["25.5", "10.5"]))
    assert recognised(line, PREDICTIONS, POINTS, {})["line"] == "over_under"


def test_a_result_of_small_counts_is_no_outcome() -> None:
    threes = pl.DataFrame({"player": ["a"] * 9, "result": ["0", "1", "0", "1", "1", "0", "1", "0",
                                                           "3"]})  # fmt: skip
    assert recognised(threes, PREDICTIONS, MARKETS["threes"], {})["actual"] == "result"


def test_columns_of_other_markets_play_no_role() -> None:
    frame = pl.DataFrame({"player": ["a"], "pred_reb": [3.0], "pred_pts": [9.0], "pts": [8]})
    found = recognised(frame, PREDICTIONS, POINTS, {})
    assert (found["prediction"], found["actual"]) == ("pred_pts", "pts")
    assert recognised(frame, PREDICTIONS, MARKETS["rebounds"], {})["prediction"] == "pred_reb"
    assert markets_predicted(frame.columns) == ["rebounds", "points"]


def test_what_is_mapped_goes_before_what_is_recognised() -> None:
    frame = pl.DataFrame({**ROWS, "mine": ["1", "2"]})
    found = recognised(frame, PREDICTIONS, POINTS, {"prediction": "mine"})
    assert found["prediction"] == "mine"
    with pytest.raises(InputError, match="mina"):
        recognised(frame, PREDICTIONS, POINTS, {"prediction": "mina"})
    with pytest.raises(InputError, match="forecasts"):
        recognised(frame, PREDICTIONS, POINTS, {"forecasts": "mine"})


@pytest.mark.parametrize(
    ("name", "rest", "market"),
    [
        ("predictedPoints", "predicted", "points"),
        ("FG3M", "", "threes"),
        ("3P%", "%", "threes"),
        ("pts_reb_ast_line", "line", "points_rebounds_assists"),
        ("PTS_PROP", "prop", "points"),
        ("156", "156", None),
        ("season", "season", None),
    ],
)
def test_a_market_is_told_apart_from_a_name(name: str, rest: str, market: str | None) -> None:
    assert market_apart(name) == (rest, market)


def test_counts_of_a_box_score_are_no_shares_or_attempts() -> None:
    columns = ["PTS", "FG3M", "FG3A", "FG3_PCT", "REB", "OREB", "AST", "3P%", "STL", "TOV"]
    assert counts(columns) == {
        "points": "PTS", "threes_made": "FG3M", "rebounds": "REB", "assists": "AST",
        "steals": "STL", "turnovers": "TOV",
    }  # fmt: skip


def test_words_are_the_same_in_any_case() -> None:
    assert words("gameDate") == words("GAME_DATE") == words("game date") == ("game", "date")
