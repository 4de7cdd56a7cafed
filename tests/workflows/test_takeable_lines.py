"""Takeable lines some games at a time: the same as all at once, however the games are cut."""

from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest

from tipoff.backtest.lines import line_choice
from tipoff.backtest.takeable import takeable
from tipoff.domain.market import MARKETS, market_named
from tipoff.errors import InputError
from tipoff.store.lake import Lake, append, open_lake, read
from tipoff.store.spine import game_spine
from tipoff.store.versions import KNOWN_AT, SUPERSEDED_AT, counts_at, with_withdrawals
from tipoff.tables.raw import GAMES, PROP_QUOTES
from tipoff.workflows.takeable_lines import _cut, takeable_between, takeable_in_spans
from tipoff.workflows.world import known_games

_WINDOW = (date(2022, 11, 20), date(2022, 12, 15))


@pytest.fixture(scope="module")
def lake(raw_lake: Lake, tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """Some weeks of the small league, with quotes that were withdrawn before the decision."""
    lake = open_lake(str(tmp_path_factory.mktemp("takeable") / "lake"))
    inside = pl.col("game_date").is_between(*_WINDOW)
    append(lake, GAMES, read(raw_lake, GAMES).filter(inside))
    quotes = read(raw_lake, PROP_QUOTES).filter(inside)
    append(lake, PROP_QUOTES, quotes)
    gone = quotes.filter(pl.col("book") == "fanduel", pl.col("line") > 15)
    last = pl.col("observed_at") + pl.duration(seconds=1)
    append(lake, PROP_QUOTES, gone.with_columns(observed_at=last, is_deleted=pl.lit(value=True)))
    return lake


def _spine(lake: Lake) -> pl.DataFrame:
    games = known_games(lake)
    return game_spine(games, games["game_date"].unique().to_list(), 30)


def _whole(lake: Lake, spine: pl.DataFrame, market: str, choice: str) -> pl.DataFrame:
    """All quotes of the lake at once, as a dataset holds them."""
    quotes = read(lake, PROP_QUOTES).filter(pl.col("market") == market)
    said = with_withdrawals(quotes, PROP_QUOTES.entity).filter(pl.col("player_id").is_not_null())
    on_games = said.join(spine.select("game_id", "as_of", "tip_off_at"), on="game_id")
    in_time = on_games.filter(counts_at(pl.col("as_of"))).drop(SUPERSEDED_AT)
    lines = takeable(
        in_time.rename({KNOWN_AT: "observed_at"}), line_choice(choice), MARKETS[market]
    )
    return lines.sort("game_id", "player_id")


@pytest.mark.parametrize("choice", ["median", "draftkings", "unpriced"])
def test_lines_of_spans_are_those_of_all_quotes_at_once(lake: Lake, choice: str) -> None:
    spine = _spine(lake)
    markets = [market_named("points"), market_named("rebounds")]
    cut = takeable_in_spans(lake, spine, markets, line_choice(choice), at_once=1)
    half = takeable_in_spans(lake, spine, markets, line_choice(choice), at_once=20_000)
    assert cut.equals(half)
    for market in markets:
        own = cut.filter(pl.col("market") == market.name).drop("market")
        assert own.height > 100
        assert own.equals(_whole(lake, spine, market.name, choice))


def test_a_quote_that_is_withdrawn_before_the_decision_is_nobodys_line(lake: Lake) -> None:
    lines = takeable_in_spans(lake, _spine(lake), [market_named("points")], line_choice("fanduel"))
    assert lines.filter(pl.col("line") > 15).is_empty()
    assert lines.height > 20


def test_only_games_between_the_dates_are_looked_at(lake: Lake) -> None:
    points, choice = [market_named("points")], line_choice("median")
    every = takeable_between(lake, points, choice)
    day = date(2022, 12, 1)
    one = takeable_between(lake, points, choice, (day, day))
    assert not one.is_empty()
    assert one.equals(every.filter(pl.col("game_date") == day))
    with pytest.raises(InputError, match="knows none"):
        takeable_between(lake, points, choice, (date(2030, 1, 1), None))


def test_days_are_cut_into_spans_of_so_many_rows() -> None:
    sizes = [("1", 5), ("2", 5), ("3", 20), ("4", 1), ("5", 9)]
    assert _cut(sizes, 10) == [("1", "2"), ("3", "3"), ("4", "5")]
    assert _cut(sizes, 1) == [(day, day) for day, _ in sizes]
    assert _cut([], 1) == []


def test_an_append_looks_at_the_games_in_question_only(tmp_path: Path, lake: Lake) -> None:
    """Rows of other games are passed over; those of the same game are found, whatever its file."""
    quotes = read(lake, PROP_QUOTES).sort(PROP_QUOTES.key)
    target = open_lake(str(tmp_path / "lake"))
    days = quotes["game_date"].unique().sort()
    for day in days[:6]:
        append(target, PROP_QUOTES, quotes.filter(pl.col("game_date") == day))
    again = append(target, PROP_QUOTES, quotes.filter(pl.col("game_date").is_in(days[:6])))
    assert again.added == 0
    moved = quotes.filter(pl.col("game_date") == days[0], ~pl.col("is_deleted")).head(3)
    corrected = append(
        target,
        PROP_QUOTES,
        moved.with_columns(over_price=pl.lit(-333, pl.Int32)),
        now=datetime(2024, 1, 1, tzinfo=UTC),
    )
    assert corrected.corrections == 3
