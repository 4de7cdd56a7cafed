"""Several rows of one player-game in a file of predictions, settled into one.

How a row is chosen never looks at what happened. Exact copies count once; over and under in rows of
their own become one row; of several predictions the last one that was made before tip-off counts,
or their mean where nothing tells which was last; of several lines the one nearest their median.
"""

from typing import Any

import polars as pl

from tipoff.backtest.file_timing import AFTER
from tipoff.sources.loose_players import WHO

PLAYER_GAME = WHO
_PLACE = "row"
# A join that multiplies rows gives most of them the same number of copies.
_MULTIPLIED = 1.5


def settled_rows(rows: pl.DataFrame) -> tuple[pl.DataFrame, dict[str, Any]]:
    """Return one row per player-game, and how it came to that.

    Args:
        rows: typed predictions with ``predicted_when``.

    Returns:
        The rows, with ``consensus`` (median of the lines that the file itself has for the
        player-game), and the report: ``rows, player_games, copies, copies_each`` (what most rows
        are repeated to), ``is_multiplied, sides_joined, both_sides, may_be_two,
        several_predictions, several_lines`` and ``sentences``.
    """
    once, copies, each = _once(rows)
    joined, sides = _side_by_side(once)
    taken, both = _one_side(joined)
    told_apart, alike = _one_player(taken)
    of_one, several = _one_prediction(told_apart)
    settled, lines = _one_line(of_one)
    report = {
        "rows": rows.height,
        "player_games": settled.height,
        "copies": copies,
        "copies_each": each,
        "is_multiplied": once.height > 0 and rows.height / once.height >= _MULTIPLIED,
        "sides_joined": sides,
        "both_sides": both,
        "may_be_two": alike,
        "several_predictions": several,
        "several_lines": lines,
    }
    return settled, {**report, "sentences": _sentences(report)}


def _once(rows: pl.DataFrame) -> tuple[pl.DataFrame, int, int]:
    """Drop exact copies; return how many they are, and how often most rows stand there."""
    said = [c for c in rows.columns if c != _PLACE]
    counted = rows.group_by(said, maintain_order=True).agg(
        pl.col(_PLACE).min(), copies=pl.len().cast(pl.Int64)
    )
    usual = counted["copies"].mode().min()
    each = int(usual) if isinstance(usual, int) else 1
    return counted.drop("copies").select(rows.columns), rows.height - counted.height, each


def _side_by_side(rows: pl.DataFrame) -> tuple[pl.DataFrame, int]:
    """Put the over and the under of one prediction into one row with both prices."""
    key = [*PLAYER_GAME, "prediction", "line", "book"]
    is_pair = (
        pl.col("prediction").is_not_null()
        & (pl.len().over(key) == 2)
        & (pl.col("side").n_unique().over(key) == 2)
        & (pl.col("side").null_count().over(key) == 0)
    )
    marked = rows.with_columns(_pair=is_pair)
    pairs, rest = marked.filter("_pair").drop("_pair"), marked.filter(~pl.col("_pair"))
    if pairs.is_empty():
        return rows, 0

    def price(side: str) -> pl.Expr:
        own = pl.coalesce(f"{side}_price", "price").filter(pl.col("side") == side)
        return own.first().alias(f"{side}_price")

    others = [c for c in rows.columns if c not in (*key, "side", "price", "over_price",
                                                   "under_price", "stated_outcome")]  # fmt: skip
    one = pairs.group_by(key, maintain_order=True).agg(
        *[pl.col(c).first() for c in others], price("over"), price("under")
    )
    none = [pl.lit(None, rows.schema[c]).alias(c) for c in ("side", "price", "stated_outcome")]
    whole = one.with_columns(none).select(rows.columns)
    return pl.concat([rest.drop("_pair"), whole]).sort(_PLACE), pairs.height


def _one_side(rows: pl.DataFrame) -> tuple[pl.DataFrame, int]:
    """Drop player-games of which both sides are picked without a prediction: they say nothing."""
    bare = pl.col("prediction").is_null()
    both = (pl.col("side").filter(bare).n_unique().over(PLAYER_GAME) > 1) & bare
    kept = rows.filter(~both)
    return kept, rows.height - kept.height


def _one_player(rows: pl.DataFrame) -> tuple[pl.DataFrame, int]:
    """Drop initials with several predictions of a date: "j green" may be two players."""
    is_short = pl.col("name_key").str.contains(r"^\S ") & pl.col("player_id").is_null()
    several = pl.col("prediction").n_unique().over(PLAYER_GAME) > 1
    undated = pl.col("predicted_from").null_count().over(PLAYER_GAME) > 0
    kept = rows.filter(~(is_short & several & undated).fill_null(value=False))
    return kept, rows.height - kept.height


def _one_prediction(rows: pl.DataFrame) -> tuple[pl.DataFrame, int]:
    """Settle different predictions of one player-game: the last before tip-off, or their mean."""
    differ = pl.col("prediction").n_unique().over(PLAYER_GAME) > 1
    several = rows.filter(differ).select(PLAYER_GAME).n_unique()
    if not several:
        return rows, 0
    in_time = pl.col("predicted_when") != AFTER
    any_in_time = in_time.any().over(PLAYER_GAME)
    counting = rows.filter(in_time | ~any_in_time)
    moment = pl.col("predicted_from")
    all_dated = (moment.null_count() == 0).over(PLAYER_GAME)
    last = moment == moment.max().over(PLAYER_GAME)
    latest = counting.filter(~all_dated | last)
    mean = pl.col("prediction").drop_nulls().unique().sort().mean().over(PLAYER_GAME)
    still = pl.col("prediction").n_unique().over(PLAYER_GAME) > 1
    return latest.with_columns(
        prediction=pl.when(still).then(mean).otherwise("prediction")
    ), several


def _one_line(rows: pl.DataFrame) -> tuple[pl.DataFrame, int]:
    """Take the line nearest the median of those that the file has for a player-game."""
    lines = pl.col("line").drop_nulls().n_unique().over(PLAYER_GAME)
    several = rows.filter(lines > 1).select(PLAYER_GAME).n_unique()
    median = pl.col("line").median().over(PLAYER_GAME)
    away = (pl.col("line") - median).abs()
    priced = pl.any_horizontal(pl.col("over_price", "under_price", "price").is_not_null())
    ranked = rows.with_columns(
        consensus=pl.when(lines > 1).then(median), _away=away, _bare=~priced
    ).sort("_away", "_bare", "book", "line", _PLACE, nulls_last=True)
    settled = ranked.unique(PLAYER_GAME, keep="first", maintain_order=True)
    return settled.drop("_away", "_bare").sort(_PLACE), several


def _sentences(report: dict[str, Any]) -> list[str]:
    said = []
    if report["is_multiplied"]:
        said.append(
            f"Rows are multiplied: most stand there {report['copies_each']} times, as after a join "
            "on a key that is not unique. Each counts once here."
        )
    elif report["copies"]:
        said.append(f"{report['copies']:,} rows are exact copies of others and count once.")
    if report["sides_joined"]:
        said.append(f"{report['sides_joined']:,} rows are two sides of one quote, put together.")
    if report["both_sides"]:
        said.append(f"{report['both_sides']:,} rows pick both sides of a player-game: left out.")
    if report["may_be_two"]:
        said.append(
            f"{report['may_be_two']:,} rows of initials have several predictions of a date and may "
            "be of two players: left out."
        )
    if report["several_predictions"]:
        said.append(
            f"{report['several_predictions']:,} player-games have different predictions: the last "
            "one before tip-off counts, or their mean where no time tells which was last."
        )
    if report["several_lines"]:
        said.append(
            f"{report['several_lines']:,} player-games have several lines: the one nearest their "
            "median is taken."
        )
    return said
