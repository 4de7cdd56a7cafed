"""The takeable-line audit: what is wrong with a quote that looks as if it could be taken.

Each condition is true where the quote passes, false where it fails, null where nothing can tell:

``in_time``          known at the decision, not later
``two_sided``        both sides are priced
``market_price``     no pick'em board's placeholder
``sound_hold``       its hold is from nothing to ``MOST_HOLD``: no two prices of different lines
``main_line``        not marked as alternate, stale, in-game or oddly dated, and priced like a main
                     line: the over's fair probability within ``MAIN_SHARE`` of one half (or below
                     it on the lowest line that there is), and none of the book's other lines of
                     that moment nearer to it
``near_consensus``   within ``CONSENSUS_SHARE`` (or one) of the median of two other feeds or more
``seen_before``      the book had quoted the line earlier; null at its first moment
``first_of_feed``    no other book of its feed, in time and priced, comes before it: one feed is one
                     opinion
``price_fits_line``  its fair probability is within ``MISMATCH`` of what two other feeds or more say
                     of that very line: a price that belongs to another line gives itself away

Other feeds are heard as they stood at the decision; nothing that is quoted later has a say. What
they say of a line is the negative binomial of ``line_moves`` at the median of their means. What
this finds on real lines, and what it misses: docs/decisions/line-audit.md.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl

from tipoff.backtest.fair import USUAL, holds, with_fair
from tipoff.backtest.line_moves import (
    LEAST_LINE,
    Floats,
    Means,
    line_probabilities,
    variance_ratio,
)
from tipoff.backtest.lines import CONSENSUS_LEAST, CONSENSUS_SHARE, UNTAKEABLE, feed
from tipoff.domain.market import Market

CONDITIONS = (
    "in_time",
    "two_sided",
    "market_price",
    "sound_hold",
    "main_line",
    "near_consensus",
    "seen_before",
    "first_of_feed",
    "price_fits_line",
)
# Coarse lines (threes) lean far: their main lines are fair at 0.25 as well.
MAIN_SHARE = 0.25
# Neighbouring lines of threes are 0.2 apart, books on one line 0.01 to 0.03: on threes any bound
# from 0.06 to 0.12 finds the same quotes.
MISMATCH = 0.08
# One real quote in a hundred thousand holds more.
MOST_HOLD = 0.15
FEWEST_FEEDS = 2
_HALVINGS = 32
_GAME = ["game_id", "player_id"]
_BOOK = [*_GAME, "source", "book"]
_ORDER = ["observed_at", "quote_number", "line"]


def means_of(market: Market) -> Means:
    """Return a place for the means that an audit solves, for several audits of one market."""
    return Means(variance_ratio(market.name), _HALVINGS)


def audited(quotes: pl.DataFrame, market: Market, means: Means | None = None) -> pl.DataFrame:
    """Audit the last quote of each book, and what the book had beside it at that moment.

    Args:
        quotes: quotes of one market up to tip-off with ``as_of`` and ``tip_off_at``.
        market: the market.
        means: what earlier audits of this market solved already.

    Returns:
        One row per quote of each book's last moment before the decision (after it, where there is
        none before): the quote's columns, ``fair_over``, the ``CONDITIONS``, ``is_takeable`` (no
        condition is false) and ``fails`` (the names of those that are, joined by a comma).
    """
    marked = _last_moments(quotes).with_columns(
        feed=feed(),
        in_time=pl.col("observed_at") <= pl.col("as_of"),
        two_sided=pl.col("over_price").is_not_null() & pl.col("under_price").is_not_null(),
        market_price=~pl.col("is_placeholder_price"),
    )
    fair = with_fair(marked, USUAL, placeholder="is_placeholder_price")
    judged = _with_consensus(fair, market, means or means_of(market)).with_columns(
        sound_hold=_hold_is_sound(fair),
        main_line=_is_main(),
        first_of_feed=_is_first_of_feed(),
    )
    failing = [pl.when(~pl.col(name)).then(pl.lit(name)) for name in CONDITIONS]
    return judged.with_columns(
        fails=pl.concat_str(failing, separator=",", ignore_nulls=True),
    ).with_columns(is_takeable=pl.col("fails") == "")


PASSES = "passes"


def with_sound_prices(
    quotes: pl.DataFrame, market: Market, means: Means | None = None
) -> pl.DataFrame:
    """Leave out lines whose prices are of another line: nobody could take them at these.

    Args:
        quotes, market, means: as of ``audited``.

    Returns:
        The quotes without a book's every quote of a line whose last one before the decision fails
        ``sound_hold`` or ``price_fits_line``.
    """
    judged = audited(quotes.filter(pl.col("observed_at") <= pl.col("as_of")), market, means)
    wrong = judged.filter(~pl.col("sound_hold") | ~pl.col("price_fits_line"))
    return quotes.join(wrong, on=[*_BOOK, "line"], how="anti", maintain_order="left")


def with_audit(rows: pl.DataFrame, quotes: pl.DataFrame, market: Market) -> pl.DataFrame:
    """Say of each graded row whether its line passes the audit.

    Whether one feed counts once and the decision came first is settled when lines are taken, so
    what is told here are the other conditions.

    Args:
        rows: graded rows with ``game_id, player_id, book, source, line, observed_at``.
        quotes: as of ``audited``.
        market: the market.

    Returns:
        The rows with ``audit``: ``passes``, or the conditions that it fails.
    """
    games = rows.select(_GAME).unique()
    judged = audited(quotes.join(games, on=_GAME, how="semi"), market)
    told = [name for name in CONDITIONS if name not in ("in_time", "first_of_feed")]
    failing = [pl.when(~pl.col(name)).then(pl.lit(name)) for name in told]
    key = [*_GAME, "book", "source", "line", "observed_at"]
    found = judged.select(
        *key, audit=pl.concat_str(failing, separator=",", ignore_nulls=True)
    ).unique(key, keep="first", maintain_order=True)
    joined = rows.join(found, on=key, how="left", maintain_order="left")
    return joined.with_columns(audit=pl.col("audit").replace("", PASSES))


def _last_moments(quotes: pl.DataFrame) -> pl.DataFrame:
    """Quotes of each book's last moment before the decision, with whether the line is older."""
    moment = pl.col("observed_at")
    timed = quotes.with_columns(
        seen_before=pl.when(moment > moment.min().over(_BOOK)).then(
            moment > moment.min().over(*_BOOK, "line")
        ),
        _late=moment > pl.col("as_of"),
    )
    # Before the decision where there is anything, the last of it.
    has_early = (~pl.col("_late")).any().over(_BOOK)
    own = timed.filter(~pl.col("_late") | ~has_early)
    last = own.filter(pl.col("observed_at") == pl.col("observed_at").max().over(_BOOK))
    return last.drop("_late").sort(*_BOOK, *_ORDER)


def _floats(values: pl.Series) -> Floats:
    found: Floats = values.cast(pl.Float64).fill_null(float("nan")).to_numpy()
    return found


def _hold_is_sound(rows: pl.DataFrame) -> pl.Series:
    hold = holds(rows["over_price"], rows["under_price"])
    sound = (hold >= 0) & (hold <= MOST_HOLD)
    return rows.select(pl.when("market_price").then(sound)).to_series()


def _is_first_of_feed() -> pl.Expr:
    """Whether no book of its feed that can be taken comes before it."""
    able = pl.all_horizontal("in_time", "two_sided", "market_price")
    first = pl.col("book").filter(able).min().over(*_GAME, "source", "feed")
    return (pl.col("book") <= first).fill_null(value=True)


def _is_main() -> pl.Expr:
    lean = (pl.col("fair_over") - 0.5).abs()
    best = lean.min().over(*_BOOK, "observed_at")
    lowest = (pl.col("line") <= LEAST_LINE) & (pl.col("fair_over") < 0.5)
    priced_so = ((lean <= MAIN_SHARE) | lowest) & (lean <= best + 1e-9)
    return ~pl.any_horizontal(UNTAKEABLE) & priced_so.fill_null(value=True)


def _with_consensus(rows: pl.DataFrame, market: Market, means: Means) -> pl.DataFrame:
    """Add ``near_consensus`` and ``price_fits_line`` by the other feeds' main quotes then."""
    own = rows.with_row_index("_row")
    main = own.filter(_is_main(), "in_time", "market_price")
    of_feed = (
        main.with_columns(_mean=means.of(main))
        .group_by([*_GAME, "feed"])
        .agg(_line=pl.col("line").median(), _of=pl.col("_mean").median())
    )
    others = (
        own.select("_row", *_GAME, own_feed="feed")
        .join(of_feed, on=_GAME)
        .filter(pl.col("feed") != pl.col("own_feed"))
        .group_by("_row")
        .agg(
            others=pl.len().cast(pl.Int32),
            consensus=pl.col("_line").median(),
            _mean_of_others=pl.col("_of").median(),
        )
    )
    joined = own.join(others, on="_row", how="left", maintain_order="left").drop("_row")
    expected = _fair_at(joined, market)
    enough = pl.col("others") >= FEWEST_FEEDS
    allowed = pl.max_horizontal(pl.col("consensus") * CONSENSUS_SHARE, CONSENSUS_LEAST)
    return (
        joined.with_columns(pl.Series("fair_of_others", expected, nan_to_null=True).round(9))
        .with_columns(
            near_consensus=pl.when(enough).then(
                (pl.col("line") - pl.col("consensus")).abs() <= allowed
            ),
            price_fits_line=pl.when(enough).then(
                (pl.col("fair_over") - pl.col("fair_of_others")).abs() <= MISMATCH
            ),
        )
        .drop("_mean_of_others")
    )


def _fair_at(rows: pl.DataFrame, market: Market) -> Floats:
    """What the other feeds say of the quote's own line."""
    mean, line = _floats(rows["_mean_of_others"]), _floats(rows["line"])
    known = np.isfinite(mean) & (line >= LEAST_LINE)
    found = np.full(len(mean), np.nan)
    if known.any():
        own = line_probabilities(mean[known], line[known], variance_ratio(market.name))
        found[known] = own.fair_over
    return found


def audit_summary(
    rows: pl.DataFrame, by: Sequence[str] = ("season", "source", "book")
) -> list[dict[str, Any]]:
    """Return the share of quotes that fail each condition.

    Args:
        rows: of ``audited``.
        by: what to tell apart.

    Returns:
        One entry per group: the group's columns, ``quotes``, ``player_games``, ``takeable`` (share)
        and per condition ``fails`` (share of those that can be told; null where none can) and
        ``unknown`` (share that can not).
    """
    groups = (
        rows.group_by(list(by))
        .agg(
            quotes=pl.len(),
            player_games=pl.struct(_GAME).n_unique(),
            takeable=pl.col("is_takeable").mean(),
            **{f"fails_{name}": (~pl.col(name)).mean() for name in CONDITIONS},
            **{f"unknown_{name}": pl.col(name).is_null().mean() for name in CONDITIONS},
        )
        .sort(list(by))
    )
    return [
        {
            **{name: row[name] for name in (*by, "quotes", "player_games")},
            "takeable": round(row["takeable"], 6),
            "fails": {name: _rounded(row[f"fails_{name}"]) for name in CONDITIONS},
            "unknown": {name: _rounded(row[f"unknown_{name}"]) for name in CONDITIONS},
        }
        for row in groups.to_dicts()
    ]


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 6)
