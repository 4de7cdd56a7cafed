from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from tests.backtest.oracles import takeable

from tipoff.backtest.lines import line_choice, takeable_lines
from tipoff.errors import InputError

TIP = datetime(2023, 2, 1, 0, 30, tzinfo=UTC)
AS_OF = TIP - timedelta(minutes=30)
MARKS = (
    "is_alternate",
    "is_stale",
    "is_after_tip_off",
    "is_odd_date",
    "is_placeholder_price",
)


def quote(**fields: Any) -> dict[str, Any]:
    return {
        "game_id": "20230131_AAA_BBB",
        "player_id": 1,
        "book": "draftkings",
        "source": "daily_book",
        "line": 20.5,
        "quote_number": 1,
        "over_price": -110,
        "under_price": -115,
        "observed_at": AS_OF - timedelta(hours=2),
        "observed_basis": "recorded",
        "as_of": AS_OF,
        "tip_off_at": TIP,
        **dict.fromkeys(MARKS, False),
        **fields,
    }


SCHEMA: dict[str, Any] = {
    "game_id": pl.String,
    "player_id": pl.Int64,
    "book": pl.String,
    "source": pl.String,
    "line": pl.Float64,
    "quote_number": pl.Int32,
    "over_price": pl.Int32,
    "under_price": pl.Int32,
    "observed_at": pl.Datetime("us", "UTC"),
    "observed_basis": pl.String,
    "as_of": pl.Datetime("us", "UTC"),
    "tip_off_at": pl.Datetime("us", "UTC"),
    **dict.fromkeys(MARKS, pl.Boolean),
}


def frame(*quotes: dict[str, Any]) -> pl.DataFrame:
    return pl.DataFrame(list(quotes), schema=SCHEMA, orient="row")


def taken(text: str, *quotes: dict[str, Any]) -> list[float]:
    return takeable_lines(frame(*quotes), line_choice(text))["line"].to_list()


@pytest.mark.parametrize(
    ("text", "source", "books", "median", "priced", "placeholders"),
    [
        ("draftkings", None, ("draftkings",), False, True, False),
        ("DK", None, ("draftkings",), False, True, False),
        ("daily_book:draftkings", "daily_book", ("draftkings",), False, True, False),
        ("daily_book:median", "daily_book", (), True, True, False),
        ("unpriced", None, (), False, False, False),
        ("lines_only_wide:unpriced", "lines_only_wide", (), False, False, False),
        ("prizepicks,underdog", None, ("prizepicks", "underdog"), True, True, True),
        ("prizepicks, fanduel", None, ("fanduel", "prizepicks"), True, True, False),
    ],
)
def test_the_grammar_of_line_choices(
    text: str, source: str | None, books: tuple[str, ...], median: bool, priced: bool,
    placeholders: bool,
) -> None:  # fmt: skip
    choice = line_choice(text)
    assert (choice.source, choice.books) == (source, books)
    assert (choice.takes_median, choice.is_priced) == (median, priced)
    assert choice.takes_placeholders == placeholders


@pytest.mark.parametrize("text", ["", " ", ",", "daily_book:"])
def test_a_choice_of_nothing_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="Expected a line source"):
        line_choice(text)


def test_the_last_quote_known_in_time_is_taken() -> None:
    minute = timedelta(minutes=1)
    quotes = [
        quote(line=19.5, observed_at=AS_OF - 60 * minute),
        quote(line=20.5, observed_at=AS_OF),
        quote(line=21.5, observed_at=AS_OF + minute),
        quote(line=22.5, observed_at=TIP),
    ]
    assert taken("draftkings", *quotes) == [20.5]


def test_a_quote_at_tip_off_is_not_taken_even_where_the_decision_is_at_tip_off() -> None:
    assert taken("draftkings", quote(observed_at=TIP, as_of=TIP)) == []


@pytest.mark.parametrize("mark", MARKS)
def test_nothing_takes_a_marked_quote(mark: str) -> None:
    older = quote(line=18.5, observed_at=AS_OF - timedelta(hours=5))
    marked = quote(line=25.5, **{mark: True})
    assert taken("draftkings", marked) == []
    assert taken("draftkings", older, marked) == [18.5]


def test_only_a_choice_of_pick_em_boards_takes_placeholder_prices() -> None:
    board = quote(book="prizepicks", is_placeholder_price=True)
    assert taken("prizepicks", board) == [20.5]
    assert taken("median", board) == []
    assert taken("prizepicks,draftkings", board) == []
    assert taken("prizepicks", {**board, "is_stale": True}) == []


@pytest.mark.parametrize("side", ["over_price", "under_price"])
def test_a_line_with_one_side_priced_is_taken_only_as_unpriced(side: str) -> None:
    half = quote(**{side: None})
    assert taken("draftkings", half) == []
    lines = takeable_lines(frame(half), line_choice("draftkings,unpriced"))
    assert lines["line"].to_list() == [20.5]
    assert lines["over_price"].to_list() == lines["under_price"].to_list() == [None]


def test_other_books_and_sources_are_not_taken() -> None:
    assert taken("fanduel", quote()) == []
    assert taken("odds_api_sides:draftkings", quote()) == []
    assert taken("daily_book:draftkings", quote()) == [20.5]


def test_books_of_one_feed_count_once() -> None:
    kambi = [quote(book=b, line=22.5) for b in ("betrivers", "unibet", "ballybet")]
    others = [quote(book=b, line=21.5) for b in ("draftkings", "fanduel")]
    lines = takeable_lines(frame(*kambi, *others), line_choice("median"))
    assert lines["line"].to_list() == [21.5]
    assert lines["books"].to_list() == [3]


def test_a_chosen_book_stands_for_its_feed() -> None:
    quotes = [quote(book="betrivers", line=22.5), quote(book="unibet", line=21.5)]
    assert taken("unibet", *quotes) == [21.5]


def test_a_line_far_from_the_consensus_of_three_is_nobodys() -> None:
    near = [quote(book=b, line=20.5) for b in ("betmgm", "fanduel")]
    assert taken("draftkings", quote(line=26.5), *near) == []
    assert taken("draftkings", quote(line=23.5), *near) == [23.5]
    assert taken("draftkings", quote(line=26.5), near[0]) == [26.5], "two are no consensus"


def test_the_median_is_a_posted_line_with_its_own_prices() -> None:
    quotes = [
        quote(book="betmgm", line=19.5, over_price=-101),
        quote(book="draftkings", line=20.5, over_price=-102),
        quote(book="fanduel", line=20.5, over_price=-103),
        quote(book="pinnacle", line=21.5, over_price=-104),
    ]
    lines = takeable_lines(frame(*quotes), line_choice("median"))
    assert lines.select("line", "book", "over_price").rows() == [(20.5, "draftkings", -102)]


_quotes = st.lists(
    st.builds(
        quote,
        player_id=st.integers(1, 2),
        book=st.sampled_from(["betmgm", "betrivers", "draftkings", "fanduel", "unibet"]),
        source=st.sampled_from(["a", "b"]),
        line=st.sampled_from([18.5, 19.5, 20.0, 20.5, 24.5]),
        over_price=st.sampled_from([None, -110, 100]),
        observed_at=st.integers(-3, 3).map(lambda m: AS_OF + timedelta(minutes=10 * m)),
        is_alternate=st.sampled_from([False, False, True]),
        is_placeholder_price=st.sampled_from([False, False, True]),
    ),
    max_size=14,
    unique_by=lambda q: (q["player_id"], q["book"], q["source"], q["line"], q["observed_at"]),
)


@given(
    quotes=_quotes,
    text=st.sampled_from(["median", "draftkings", "betmgm,unibet", "median,unpriced"]),
    order=st.randoms(use_true_random=False),
)
def test_lines_are_those_of_a_slow_reading_of_the_definition(
    quotes: list[dict[str, Any]], text: str, order: Any
) -> None:
    choice = line_choice(text)
    lines = takeable_lines(frame(*quotes), choice)
    expected = {}
    for player in (1, 2):
        own = [q for q in quotes if q["player_id"] == player]
        best = takeable(own, set(choice.books), priced=choice.is_priced)
        if best is not None:
            expected[player] = (best["line"], best["book"], best["observed_at"])
    got = {
        row["player_id"]: (row["line"], row["book"], row["observed_at"])
        for row in lines.iter_rows(named=True)
    }
    assert got == expected
    shuffled = order.sample(quotes, len(quotes))
    assert_frame_equal(takeable_lines(frame(*shuffled), choice), lines)
