"""What the market expects of a player: the mean that a posted line and its prices stand for."""

import numpy as np
import polars as pl

from tipoff.backtest.fair import USUAL, fair_over
from tipoff.backtest.line_moves import LEAST_LINE, VARIANCE_RATIOS, mean_at
from tipoff.backtest.lines import LineChoice, line_choice
from tipoff.backtest.takeable import takeable
from tipoff.domain.market import Market
from tipoff.models.adjustment import MARKET_MEAN

# A line without prices is taken to stand where over and under are as likely.
_EVEN = 0.5
# Where the chosen books post no line, others do: any priced one, or else any.
_OTHERS = ("median", "unpriced")
_GAME = ["game_id", "player_id"]


def with_market_mean(
    rows: pl.DataFrame, quotes: pl.DataFrame, choice: LineChoice, market: Market
) -> pl.DataFrame:
    """Add ``market_mean`` to rows, in their order; null where no line is posted in time.

    The mean is that of the negative binomial whose over, given no push, is as likely as the fair
    prices say (see ``line_moves``). It is known when the line is, at the decision instant.

    Args:
        rows: ``game_id, player_id``.
        quotes: quotes of the market with ``as_of`` and ``tip_off_at``.
        choice: the books that are looked at first.
        market: the market.
    """
    found = _means(quotes, choice, market)
    for text in _OTHERS:
        posted = _means(quotes, line_choice(text), market)
        found = pl.concat([found, posted.join(found, on=_GAME, how="anti")])
    return rows.join(found, on=_GAME, how="left", maintain_order="left")


def _means(quotes: pl.DataFrame, choice: LineChoice, market: Market) -> pl.DataFrame:
    lines = takeable(quotes, choice, market)
    fair = fair_over(lines["over_price"], lines["under_price"], USUAL)
    over = fair.fill_null(_EVEN).to_numpy()
    line = lines["line"].cast(pl.Float64).to_numpy()
    known = line >= LEAST_LINE
    mean = np.full(len(line), np.nan)
    mean[known] = mean_at(line[known], over[known], VARIANCE_RATIOS[market.name])
    means = pl.Series(MARKET_MEAN, mean, dtype=pl.Float64).fill_nan(None)
    return lines.select(_GAME).with_columns(means)
