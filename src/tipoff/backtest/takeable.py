"""The line of each player-game that could be taken, and the one taken without the audit."""

from dataclasses import replace

import polars as pl

from tipoff.backtest.line_audit import with_sound_prices
from tipoff.backtest.line_moves import Means
from tipoff.backtest.lines import LineChoice, takeable_lines
from tipoff.domain.market import Market

_GAME = ["game_id", "player_id"]
UNAUDITED = ("line", "over_price", "under_price")


def takeable(
    quotes: pl.DataFrame, choice: LineChoice, market: Market, means: Means | None = None
) -> pl.DataFrame:
    """Return the takeable line of each player-game, with the one that no audit would have taken.

    Args:
        quotes: rows of ``prop_quotes`` of one market with ``as_of`` and ``tip_off_at``.
        choice: which of them to look at.
        market: the market.
        means: what earlier calls for this market solved already.

    Returns:
        The columns of ``takeable_lines``, of quotes whose prices are of their own line; and
        ``unaudited_line``, ``unaudited_over_price``, ``unaudited_under_price``: the same choice
        among all quotes known in time, alternates, lines far from the others' and wrong prices
        included.
    """
    is_judged = choice.is_priced and choice.is_audited
    sound = with_sound_prices(quotes, market, means) if is_judged else quotes
    naive = takeable_lines(quotes, replace(choice, is_audited=False)).select(
        *_GAME, **{f"unaudited_{name}": pl.col(name) for name in UNAUDITED}
    )
    lines = takeable_lines(sound, choice)
    return lines.join(naive, on=_GAME, how="left", maintain_order="left")
