"""What the market expects, by the posted line and its prices."""

from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from tipoff.backtest.lines import line_choice
from tipoff.backtest.market_mean import with_market_mean
from tipoff.domain.market import MARKETS
from tipoff.tables.raw import PROP_QUOTES

TIP_OFF = datetime(2023, 2, 1, 0, 0, tzinfo=UTC)
POINTS = MARKETS["points"]


def _quote(player: int, line: float, over: int | None, under: int | None, **more: Any) -> Any:
    return {
        "player_id": str(player),
        "line": line,
        "over_price": over,
        "under_price": under,
        "book": "draftkings",
        "observed_at": TIP_OFF - timedelta(hours=3),
        **more,
    }


def _quotes(*quotes: dict[str, Any]) -> pl.DataFrame:
    schema = {**PROP_QUOTES.columns, "as_of": pl.Datetime("us", "UTC")}
    schema["tip_off_at"] = schema["as_of"]
    same = {
        "game_id": "g",
        "market": "points",
        "source": "s",
        "quote_number": 1,
        "observed_basis": "observed",
        "as_of": TIP_OFF - timedelta(minutes=30),
        "tip_off_at": TIP_OFF,
        **{name: False for name in schema if name.startswith("is_")},
    }
    return pl.DataFrame([{**same, **quote} for quote in quotes], schema=schema)


def _means(quotes: pl.DataFrame, text: str = "draftkings") -> list[float | None]:
    rows = pl.DataFrame({"game_id": "g", "player_id": ["3", "1", "2"]})
    found = with_market_mean(rows, quotes, line_choice(text), POINTS)
    assert found["player_id"].to_list() == ["3", "1", "2"]
    means: list[float | None] = found["market_mean"].to_list()
    return means


def test_an_even_line_stands_and_prices_move_it_as_they_move_the_mean() -> None:
    quotes = _quotes(_quote(1, 20.5, -110, -110), _quote(2, 20.5, -150, 120))
    none, even, leaning = _means(quotes)
    assert none is None
    assert even == pytest.approx(20.5)
    fair = (150 / 250) / (150 / 250 + 100 / 220)
    lean = 2 * (fair - 0.5) * 20.5
    assert leaning is not None
    assert 0.2 * lean < leaning - 20.5 < lean


def test_other_books_speak_where_the_chosen_one_is_silent() -> None:
    own = _quote(1, 20.5, -110, -110)
    other = [_quote(p, 25.5, -110, -110, book="fanduel") for p in (1, 2)]
    bare = _quote(3, 11.5, None, None, book="betmgm")
    found = _means(_quotes(own, *other, bare))
    alone = [_means(_quotes(_quote(1, line, -110, -110)))[1] for line in (11.5, 20.5, 25.5)]
    assert found == [alone[0], alone[1], alone[2]]


def test_what_is_posted_after_the_decision_is_not_looked_at() -> None:
    late = _quote(1, 20.5, -110, -110, observed_at=TIP_OFF - timedelta(minutes=10))
    assert _means(_quotes(late)) == [None, None, None]
