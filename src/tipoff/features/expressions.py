"""Expressions over lists of recent games (the most recent first) that several features share."""

from collections.abc import Callable

import polars as pl

from tipoff.store.exact import over

MOST_GAMES = 10


def at_least(games: pl.Expr, count: int, value: pl.Expr) -> pl.Expr:
    """The value where the list holds enough games, else null."""
    return pl.when(games.list.len() >= count).then(value.cast(pl.Float64))


def steps(value: pl.Expr, small: float, large: float) -> pl.Expr:
    """Cut a change into steps: 0 for none, +-1 from ``small`` on, +-2 from ``large`` on."""
    return (
        pl.when(value >= large)
        .then(2)
        .when(value >= small)
        .then(1)
        .when(value <= -large)
        .then(-2)
        .when(value <= -small)
        .then(-1)
        .when(value.is_not_null())
        .then(0)
    )


def slope(column: str, games: int) -> pl.Expr:
    """Least-squares slope over the latest games of a list, per game, from old to new.

    With x = 0 .. n-1 from old to new: ``(sum xy - n mean(x) mean(y)) / (n (n^2 - 1) / 12)``.
    """
    values = [pl.col(column).list.get(i, null_on_oob=True) for i in range(games)]
    n = pl.col(column).list.len().clip(upper_bound=games).cast(pl.Float64)
    # The most recent game has place 0 in the list, so x = n - 1 - place.
    weighted = pl.sum_horizontal((n - 1 - i) * value for i, value in enumerate(values))
    total = pl.sum_horizontal(values)
    spread = over(n * (n * n - 1), 12)
    return pl.when(n >= 2).then((weighted - (n - 1) / 2 * total) / spread)


def run_length(
    column: str, holds: Callable[[pl.Expr], pl.Expr], games: int = MOST_GAMES
) -> pl.Expr:
    """How many of the latest games in a row keep a condition; null without games."""
    unbroken = pl.lit(value=True)
    run = pl.lit(0.0)
    for i in range(games):
        unbroken = unbroken & holds(pl.col(column).list.get(i, null_on_oob=True)).fill_null(
            value=False
        )
        run = run + unbroken.cast(pl.Float64)
    return pl.when(pl.col(column).list.len() > 0).then(run)


def made_share(made: str, attempted: str, games: int) -> pl.Expr:
    """Made over attempted in the latest games that state both; null without attempts."""
    pairs = [
        (
            pl.col(made).list.get(i, null_on_oob=True),
            pl.col(attempted).list.get(i, null_on_oob=True),
        )
        for i in range(games)
    ]
    tries = pl.sum_horizontal(pl.when(one.is_not_null()).then(all_) for one, all_ in pairs)
    makes = pl.sum_horizontal(pl.when(all_.is_not_null()).then(one) for one, all_ in pairs)
    return pl.when(tries > 0).then(makes / tries)
