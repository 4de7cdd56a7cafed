"""Arithmetic whose result does not depend on the order of rows, to the last bit.

A sum of floats depends on the order in which they are added, and that depends on how rows lie in
memory. Whole multiples of a small power of two add without any rounding, as long as the sum stays
under 2**53 of them, so figures of single games are put on such a grid.
"""

import polars as pl

_BITS = 20


def on_grid(value: pl.Expr, bits: int = _BITS) -> pl.Expr:
    """Round to the nearest multiple of ``2**-bits`` (about a millionth)."""
    return (value * float(2**bits)).round() / float(2**bits)


def sample_std(value: pl.Expr) -> pl.Expr:
    """Return the sample standard deviation of values on a grid of at most ``2**-10``.

    ``sqrt((sum x^2 - (sum x)^2 / n) / (n - 1))``; both sums are exact, so nothing is lost. Null
    under two values.
    """
    n = value.count().cast(pl.Float64)
    x = value.cast(pl.Float64)
    spread = (x * x).sum() - x.sum() * x.sum() / n
    return pl.when(n >= 2).then((spread.clip(lower_bound=0) / (n - 1)).sqrt())


def over(value: pl.Expr, constant: float) -> pl.Expr:
    """Divide by a constant, by multiplying with its reciprocal.

    The engine does so for columns, but divides truly where a frame has a single row; the last bit
    would depend on how many rows are computed together.
    """
    return value * (1.0 / constant)
