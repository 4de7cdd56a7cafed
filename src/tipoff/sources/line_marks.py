"""Marks: why a quote can not be taken. Pure and set-based; a quote with no mark may be taken.

``is_stale``
    The file itself says that the game is not of its date. Such a row keeps the game as the
    file claims it (file date and teams), which may be a game that never was.
``is_after_tip_off``
    Quoted at or after tip-off, be that the row's own start time or the schedule's, whichever
    is earlier.
``is_placeholder_price``
    A pick'em board's price, or a price beyond ``PRICE_BOUND``: no market made it.
``is_odd_date``
    The game was found only by looking a day around the stated date, an untimed row stands in a
    file of another day (more than one away), a quote is older than ``OLDEST_QUOTE``, or the
    date lies in the months without NBA games.
``is_alternate``
    Not the main line of its book, or a main line far from what the other books say, or an
    alternate in the source's own words.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import polars as pl

from tipoff.sources.books import PICK_EM_BOOKS, feed_expr

PRICE_BOUND = 5_000
OLDEST_QUOTE = timedelta(days=14)
CONSENSUS_AGE = timedelta(hours=24)
CONSENSUS_FEEDS = 3
FAR_SHARE = 0.25

# (least, most) distance in units of the market that is not yet far from the consensus; between
# them a quarter of the consensus decides. Lines move in halves, so a distance of one is common.
FAR_BOUNDS: dict[str, tuple[float, float]] = {
    "points": (1.5, 3.5),
    "rebounds": (1.0, 2.5),
    "assists": (1.0, 2.5),
    "threes": (1.0, 1.5),
    "points_rebounds_assists": (2.0, 5.0),
    "points_rebounds": (2.0, 4.5),
    "points_assists": (2.0, 4.5),
    "rebounds_assists": (1.5, 3.0),
    "steals": (1.0, 1.0),
    "blocks": (1.0, 1.0),
    "turnovers": (1.0, 1.0),
    "spread": (3.0, 3.0),
    "total": (6.0, 6.0),
}


@dataclass(frozen=True)
class Sides:
    """The two price columns of a quote."""

    first: str
    second: str


PROP_SIDES = Sides("over_price", "under_price")
GAME_SIDES = Sides("home_or_over_price", "away_or_under_price")


def after_tip_off(quoted_at: str, *starts: str) -> pl.Expr:
    """Return whether a quote was made at or after the earliest known start; unknown is false."""
    return (pl.col(quoted_at) >= pl.min_horizontal(*starts)).fill_null(value=False)


def placeholder_price(book: str, sides: Sides = PROP_SIDES) -> pl.Expr:
    """Return whether a price stands for no market: a pick'em board's, or beyond the bound."""
    absurd = [(pl.col(c).abs() > PRICE_BOUND).fill_null(value=False) for c in _both(sides)]
    return pl.col(book).is_in(sorted(PICK_EM_BOOKS)) | absurd[0] | absurd[1]


def odd_date(game_date: str, stated_date: str, file_date: str, quoted_at: str) -> pl.Expr:
    """Return whether the dates of a quote do not fit together (see the module's docstring).

    Args:
        game_date: date of the game that the quote was matched with.
        stated_date: date on which the row itself says that the game is.
        file_date: date that the row's file is about; null where it has none.
        quoted_at: recorded time of the quote; null where there is none.
    """
    moved = pl.col(game_date) != pl.col(stated_date)
    days = (pl.col(game_date) - pl.col(file_date)).dt.total_days().abs()
    elsewhere = pl.col(quoted_at).is_null() & (days > 1).fill_null(value=False)
    start = pl.col(game_date).cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
    old = (start - pl.col(quoted_at) > OLDEST_QUOTE).fill_null(value=False)
    return moved | elsewhere | old | _out_of_season(pl.col(game_date))


def _out_of_season(day: pl.Expr) -> pl.Expr:
    """From the last week of July to September there is no NBA game, but for the bubble of 2020."""
    after_finals = ((day.dt.month() == 7) & (day.dt.day() > 24)) | day.dt.month().is_in([8, 9])
    return after_finals & (day.dt.year() != 2020)


def with_alternate_mark(
    quotes: pl.DataFrame, by: Sequence[str], sides: Sides = PROP_SIDES
) -> pl.DataFrame:
    """Add ``is_alternate``.

    The quotes that one book gives for one thing at one moment are a ladder. Its main line is the
    two-sided one whose prices are nearest even (least difference of the implied probabilities);
    among equals the one nearest to the consensus, then the higher (a promotion lowers a line).
    Every other line of the ladder is an alternate, and so is a one-sided quote in it. In a
    ladder without any price the consensus and the higher line decide alone; where all quotes are
    one-sided there is no main line.

    A main line is an alternate, too, where at least three other feeds have a consensus and it is
    far from that (``FAR_BOUNDS``).

    The consensus is the median over the other feeds of their newest main line that was known at
    the quote's own ``observed_at`` and at most ``CONSENSUS_AGE`` old, so that a mark never
    rests on what was quoted later.

    What the source itself calls an alternate is one, and takes no part in finding main lines.

    Args:
        quotes: rows with ``by``, ``market`` among them, ``book``, ``observed_at``, ``line``, both
            prices and ``is_alternate`` as the source has it.
        by: columns of the thing quoted, such as (game, player, market).
        sides: the price columns.
    """
    ladder = [*by, "book", "observed_at"]
    numbered = quotes.with_row_index("_row")
    called = numbered.filter("is_alternate")
    rows = numbered.filter(~pl.col("is_alternate")).with_columns(
        _uneven=_unevenness(sides), _priced=_priced_sides(sides)
    )
    standing = rows.filter(_stands(ladder))
    consensus = _consensus(rows.select(ladder).unique(), _certain(standing, ladder), list(by))
    main = _main_lines(standing, consensus, ladder)
    several = (pl.col("line").n_unique().over(ladder) > 1) | (pl.len().over(ladder) > 1)
    one_sided = (pl.col("_priced") == 1) & several
    marked = rows.join(main, on=ladder, how="left", nulls_equal=True).with_columns(
        is_alternate=(pl.col("line") != pl.col("_main")).fill_null(several)
        | one_sided
        | pl.col("_far").fill_null(value=False)
    )
    columns = ["_row", *quotes.columns]
    return pl.concat([marked.select(columns), called.select(columns)]).sort("_row").drop("_row")


def _main_lines(standing: pl.DataFrame, consensus: pl.DataFrame, ladder: list[str]) -> pl.DataFrame:
    """Return each ladder's main line, and whether it is far from what the other books say."""
    return (
        standing.join(consensus, on=ladder, how="left", nulls_equal=True)
        .with_columns(_away=(pl.col("line") - pl.col("_consensus")).abs())
        .sort(
            *ladder, "_uneven", "_away", "line",
            descending=[*[False] * (len(ladder) + 2), True],
            nulls_last=True,
        )
        .unique(ladder, keep="first", maintain_order=True)
        .select(*ladder, _main="line", _far=_far())
    )  # fmt: skip


def _both(sides: Sides) -> tuple[str, str]:
    return sides.first, sides.second


def _implied(price: str) -> pl.Expr:
    """The break-even probability of American odds (domain.odds.implied_probability)."""
    value = pl.col(price).cast(pl.Float64)
    return pl.when(value < 0).then(value / (value - 100)).otherwise(100 / (100 + value))


def _unevenness(sides: Sides) -> pl.Expr:
    # Rounded, so that equal prices compare equal whatever the engine's order of operations.
    return (_implied(sides.first) - _implied(sides.second)).abs().round(9)


def _priced_sides(sides: Sides) -> pl.Expr:
    return pl.sum_horizontal(pl.col(c).is_not_null().cast(pl.Int8) for c in _both(sides))


def _stands(ladder: list[str]) -> pl.Expr:
    """Rows that may be a main line: the two-sided; without these the unpriced; or a lone row."""
    best = pl.col("_priced").max().over(ladder)
    lone = pl.len().over(ladder) == 1
    return (pl.col("_priced") == 2) | (best == 0) | lone


def _certain(standing: pl.DataFrame, ladder: list[str]) -> pl.DataFrame:
    """The main line of each ladder in which the prices alone, or being alone, decide it."""
    least = (pl.col("_uneven") == pl.col("_uneven").min().over(ladder)).fill_null(value=True)
    return (
        standing.filter(least)
        .group_by(ladder)
        .agg(pl.col("line").min().alias("_low"), pl.col("line").max().alias("line"))
        .filter(pl.col("_low") == pl.col("line"))
        .drop("_low")
    )


def _consensus(ladders: pl.DataFrame, certain: pl.DataFrame, by: list[str]) -> pl.DataFrame:
    """Per ladder the median of the other feeds' main lines known at that moment."""
    # Numbers stand for the wide keys: every ladder of a thing meets every other book's lines.
    things = ladders.select(by).unique().with_row_index("_thing")
    numbered = ladders.join(things, on=by).with_row_index("_ladder")
    feed = feed_expr("book").cast(pl.Categorical)
    left = numbered.select("_ladder", "_thing", "observed_at", _own=feed)
    others = certain.join(things, on=by).select(
        "_thing",
        _feed=feed,
        _book=pl.col("book").cast(pl.Categorical),
        _at="observed_at",
        _line="line",
    )
    age = pl.col("observed_at") - pl.col("_at")
    known = left.join(others, on="_thing").filter(
        (pl.col("_feed") != pl.col("_own")) & age.is_between(timedelta(0), CONSENSUS_AGE)
    )
    newest = known.filter(pl.col("_at") == pl.col("_at").max().over("_ladder", "_book"))
    feeds = newest.group_by("_ladder", "_feed").agg(pl.col("_line").median())
    medians = feeds.group_by("_ladder").agg(_consensus=pl.col("_line").median(), _feeds=pl.len())
    return numbered.join(medians, on="_ladder").drop("_ladder", "_thing")


def _far() -> pl.Expr:
    low = pl.col("market").replace_strict(
        {k: v[0] for k, v in FAR_BOUNDS.items()}, default=None, return_dtype=pl.Float64
    )
    high = pl.col("market").replace_strict(
        {k: v[1] for k, v in FAR_BOUNDS.items()}, default=None, return_dtype=pl.Float64
    )
    allowed = (pl.col("_consensus").abs() * FAR_SHARE).clip(low, high)
    return ((pl.col("_feeds") >= CONSENSUS_FEEDS) & (pl.col("_away") > allowed)).fill_null(
        value=False
    )
