"""Named parts of a day's picks; each is declared once, as a condition on a pick."""

from collections.abc import Callable, Mapping

import polars as pl

from tipoff.domain.market import Market

Condition = Callable[[Market], pl.Expr]
TOP = (1, 3, 5, 10)


def _size() -> pl.Expr:
    return pl.col("point_edge").abs()


def _top(n: int) -> Condition:
    return lambda _: pl.col("rank") <= n


SUBSETS: Mapping[str, Condition] = {
    "over": lambda _: pl.col("side") == "over",
    "under": lambda _: pl.col("side") == "under",
    "edge_small": lambda market: _size() < market.edges[1],
    "edge_usual": lambda market: _size().is_between(*market.edges[1:], closed="left"),
    "edge_large": lambda market: _size() >= market.edges[2],
    **{f"top_{n}": _top(n) for n in TOP},
}


def subset_names(market: Market) -> pl.Expr:
    """Return the names of the subsets that a pick is in, comma-separated; none of other rows.

    Args:
        market: whose edges tell bands apart.
    """
    parts = [
        pl.when((pl.col("is_pick") & condition(market)).fill_null(value=False)).then(pl.lit(name))
        for name, condition in SUBSETS.items()
    ]
    return pl.concat_str(parts, separator=",", ignore_nulls=True).fill_null("")
