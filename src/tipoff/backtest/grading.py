"""Grade predictions against lines: the side taken, what became of it, and what it cost."""

import polars as pl

ASSUMED_PRICE = -110
ASSUMED_BREAK_EVEN = 110 / 210


def implied(price: str | pl.Expr) -> pl.Expr:
    """Return the probability at which American odds break even (domain.odds, as expression)."""
    odds = pl.col(price) if isinstance(price, str) else price
    return pl.when(odds < 0).then(-odds / (100 - odds)).otherwise(100 / (100 + odds))


def line_with_prices() -> pl.Expr:
    """Return the count next to the line on the side that its prices favour.

    A line of 1.5 with the over at -160 says two rather than one: on coarse lines the prices carry
    what the line can not. The line itself where they say nothing: none, equal, a placeholder's, or
    a line that is a count already.
    """
    lean = (implied("over_price") - implied("under_price")).sign()
    says = (pl.col("line") % 1 == 0.5) & ~pl.col("is_placeholder")
    return pl.col("line") + pl.when(says).then(lean * 0.5).fill_null(0.0)


def graded(rows: pl.DataFrame) -> pl.DataFrame:
    """Grade every player-game with a line.

    Args:
        rows: ``prediction, line, actual`` (null where he did not play), ``over_price,
            under_price`` (null where not priced).

    Returns:
        The rows with ``edge`` (prediction minus line, in the market's unit), ``side`` (over,
        under; null where the prediction is the line), ``outcome`` (win, loss, push, void),
        ``price`` and ``break_even`` of the side taken (null where not priced).
    """
    edge = pl.col("prediction") - pl.col("line")
    side = pl.when(edge > 0).then(pl.lit("over")).when(edge < 0).then(pl.lit("under"))
    sided = rows.with_columns(edge=edge, side=side)
    over = pl.col("side") == "over"
    outcome = (
        pl.when(pl.col("actual").is_null())
        .then(pl.lit("void"))
        .when(pl.col("actual") == pl.col("line"))
        .then(pl.lit("push"))
        .when((pl.col("actual") > pl.col("line")) == over)
        .then(pl.lit("win"))
        .otherwise(pl.lit("loss"))
    )
    price = pl.when(over).then("over_price").when(~over).then("under_price")
    return sided.with_columns(
        outcome=pl.when(pl.col("side").is_not_null()).then(outcome), price=price
    ).with_columns(break_even=pl.when(pl.col("price").is_not_null()).then(implied("price")))
