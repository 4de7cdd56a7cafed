"""Each condition of the audit on quotes made by hand, and what no condition may look at."""

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from scipy.stats import nbinom

from tipoff.backtest.line_audit import CONDITIONS, MISMATCH, audited
from tipoff.backtest.line_moves import VARIANCE_RATIOS
from tipoff.domain.market import MARKETS

POINTS, THREES = MARKETS["points"], MARKETS["threes"]
TIP = datetime(2023, 2, 1, 0, 30, tzinfo=UTC)
AS_OF = TIP - timedelta(minutes=30)
HOUR = timedelta(hours=1)
KEY = ["game_id", "player_id", "source", "book", "line", "observed_at"]
MARKS = ("is_alternate", "is_stale", "is_after_tip_off", "is_odd_date", "is_placeholder_price")
SCHEMA: dict[str, Any] = {
    "game_id": pl.String,
    "player_id": pl.Int64,
    "season": pl.String,
    "source": pl.String,
    "book": pl.String,
    "line": pl.Float64,
    "quote_number": pl.Int32,
    "over_price": pl.Int32,
    "under_price": pl.Int32,
    "observed_at": pl.Datetime("us", "UTC"),
    "as_of": pl.Datetime("us", "UTC"),
    "tip_off_at": pl.Datetime("us", "UTC"),
    **dict.fromkeys(MARKS, pl.Boolean),
}
OTHERS = ("betmgm", "caesars", "fanduel")


def quote(
    book: str = "draftkings",
    line: float = 20.5,
    prices: tuple[int | None, int | None] = (-110, -110),
    hours_before: float = 2.0,
    **fields: Any,
) -> dict[str, Any]:
    return {
        "game_id": "20230131_AAA_BBB",
        "player_id": 1,
        "season": "2022-23",
        "source": "odds_api",
        "book": book,
        "line": line,
        "quote_number": 1,
        "over_price": prices[0],
        "under_price": prices[1],
        "observed_at": AS_OF - hours_before * HOUR,
        "as_of": AS_OF,
        "tip_off_at": TIP,
        **dict.fromkeys(MARKS, False),
        **fields,
    }


def frame(*quotes: dict[str, Any]) -> pl.DataFrame:
    return pl.DataFrame(list(quotes), schema=SCHEMA, orient="row")


def market_of(line: float = 20.5, prices: tuple[int, int] = (-110, -110)) -> list[dict[str, Any]]:
    return [quote(book, line, prices) for book in OTHERS]


def verdict(own: dict[str, Any], *others: dict[str, Any], market: Any = POINTS) -> dict[str, Any]:
    rows = audited(frame(own, *others), market)
    found = rows.filter(pl.col(name) == own[name] for name in KEY)
    assert found.height == 1
    return found.row(0, named=True)


def test_a_sound_quote_passes_whatever_can_be_told() -> None:
    own = verdict(quote(), *market_of())
    assert own["fails"] == ""
    assert own["is_takeable"]
    assert [name for name in CONDITIONS if own[name] is None] == ["seen_before"]


@pytest.mark.parametrize(
    ("prices", "sound"),
    [
        ((-110, -110), True),
        ((-105, 105), True),
        ((-135, 140), False),
        ((125, 110), False),
        ((-174, -162), False),
        ((-110, None), None),
    ],
)
def test_two_prices_of_different_lines_hold_too_little_or_too_much(
    prices: tuple[int | None, int | None], sound: bool | None
) -> None:
    assert verdict(quote(prices=prices))["sound_hold"] is sound


def test_placeholder_prices_have_no_hold() -> None:
    board = verdict(quote(prices=(-137, -137), is_placeholder_price=True))
    assert board["sound_hold"] is None
    assert board["market_price"] is False


def test_of_a_ladder_only_the_line_nearest_to_even_is_main() -> None:
    ladder = [
        quote("betrivers", 19.5, (-150, 115)),
        quote("betrivers", 20.5, (-115, -115)),
        quote("betrivers", 21.5, (115, -150)),
    ]
    found = audited(frame(*ladder), POINTS)
    assert found.filter("main_line")["line"].to_list() == [20.5]


def test_a_lone_line_far_from_even_is_an_alternate_unless_there_is_none_below_it() -> None:
    assert not verdict(quote(line=1.5, prices=(400, -600)), market=THREES)["main_line"]
    assert not verdict(quote(line=0.5, prices=(-600, 400)), market=THREES)["main_line"]
    assert verdict(quote(line=0.5, prices=(400, -600)), market=THREES)["main_line"]


@pytest.mark.parametrize(("line", "near"), [(20.5, True), (23.5, True), (24.5, False)])
def test_a_line_far_from_the_others_is_nobodys(line: float, near: bool) -> None:
    assert verdict(quote(line=line), *market_of())["near_consensus"] is near


def test_a_single_other_feed_tells_nothing() -> None:
    kambi = [quote("betrivers", 25.5), quote("unibet", 25.5)]
    own = verdict(quote(), *kambi)
    assert own["near_consensus"] is own["price_fits_line"] is None
    assert own["is_takeable"]


def test_a_line_is_seen_before_and_at_the_first_moment_nobody_knows() -> None:
    early = quote(line=20.5, hours_before=5)
    assert verdict(quote(line=20.5), early)["seen_before"] is True
    assert verdict(quote(line=21.5), early)["seen_before"] is False
    later = quote(line=20.5, hours_before=-0.25)
    assert verdict(quote(line=20.5), later)["seen_before"] is None


def test_the_first_book_of_a_feed_is_the_first_that_can_be_taken() -> None:
    rivers, unibet = quote("betrivers"), quote("unibet")
    assert verdict(rivers, unibet)["first_of_feed"]
    assert not verdict(unibet, rivers)["first_of_feed"]
    assert verdict(unibet, quote("betrivers", hours_before=-0.25))["first_of_feed"]
    assert verdict(unibet, quote("betrivers", prices=(-110, None)))["first_of_feed"]


def _share(mean: float, line: float, market: str) -> float:
    """The fair probability of the over, by the library's negative binomial."""
    ratio = VARIANCE_RATIOS[market]
    return float(nbinom.sf(np.floor(line), mean / (ratio - 1), 1 / ratio))


def _american(share: float) -> int:
    return round(-100 * share / (1 - share) if share >= 0.5 else 100 * (1 - share) / share)


def _prices(mean: float, line: float, market: str) -> tuple[int, int]:
    share = _share(mean, line, market)
    return _american(share), _american(1 - share)


@given(st.floats(0.8, 4.0), st.sampled_from([0.5, 1.5, 2.5, 3.5]))
def test_what_the_others_say_of_another_line_is_read_from_the_negative_binomial(
    mean: float, line: float
) -> None:
    main = max(0.5, round(mean) - 0.5)
    assume(abs(_share(mean, main, "threes") - 0.5) < 0.24)
    others = [quote(book, main, _prices(mean, main, "threes")) for book in OTHERS]
    own = verdict(quote(line=line, prices=_prices(mean, line, "threes")), *others, market=THREES)
    assert own["fair_of_others"] == pytest.approx(_share(mean, line, "threes"), abs=0.01)
    assert own["price_fits_line"]


@pytest.mark.parametrize(
    ("mean", "rungs"), [(1.3, 1.0), (2.2, -1.0), (2.2, 1.0), (3.1, -1.0), (3.1, 1.0)]
)
def test_the_prices_of_the_next_line_of_threes_do_not_fit(mean: float, rungs: float) -> None:
    main = round(mean) - 0.5
    others = [quote(book, main, _prices(mean, main, "threes")) for book in OTHERS]
    wrong = quote("betrivers", main, _prices(mean, main + rungs, "threes"))
    own = verdict(wrong, *others, market=THREES)
    assert abs(own["fair_over"] - own["fair_of_others"]) > MISMATCH
    assert own["price_fits_line"] is False


times = st.integers(-48, 48).map(lambda quarters: AS_OF + quarters * HOUR / 4)
any_quote = st.builds(
    quote,
    book=st.sampled_from([*OTHERS, "draftkings", "betrivers", "unibet"]),
    line=st.sampled_from([18.5, 19.5, 20.5, 21.5, 27.5]),
    prices=st.sampled_from([(-110, -110), (-150, 120), (120, -150), (-110, None)]),
    observed_at=times,
)
several = st.lists(
    any_quote, max_size=12, unique_by=lambda q: (q["book"], q["line"], q["observed_at"])
)


@settings(max_examples=60)
@given(several, several)
def test_nothing_quoted_after_the_decision_changes_a_verdict(
    quotes: list[dict[str, Any]], later: list[dict[str, Any]]
) -> None:
    known = [q for q in quotes if q["observed_at"] <= AS_OF]
    late = [q for q in later if q["observed_at"] > AS_OF]
    alone = audited(frame(*known), POINTS)
    beside = audited(frame(*known, *late), POINTS).filter("in_time")
    assert_frame_equal(alone, beside)


@settings(max_examples=40)
@given(several, st.randoms(use_true_random=False))
def test_the_order_of_quotes_is_irrelevant(quotes: list[dict[str, Any]], random: Any) -> None:
    mixed = list(quotes)
    random.shuffle(mixed)
    assert_frame_equal(audited(frame(*mixed), POINTS), audited(frame(*quotes), POINTS))


def test_an_empty_table_is_audited() -> None:
    assert audited(frame(), POINTS).is_empty()
