"""From predictions to picks: side, edges, price, stake, and a reason where there is no pick.

All of it is decided from what is known before tip-off, by one function for history and live.
"""

from typing import Self

import polars as pl
from pydantic import BaseModel, ConfigDict, Field, model_validator

from tipoff.backtest.fair import USUAL, with_fair
from tipoff.backtest.grading import implied
from tipoff.backtest.probabilities import over_given_decided
from tipoff.backtest.returns import kelly_share, payout
from tipoff.backtest.subsets import subset_names
from tipoff.domain.market import Market
from tipoff.features.load import RULED_OUT as OUT

# In their order: the first that holds is the reason.
NOT_PREDICTED = "not predicted"
NOT_READY = "not ready: a required feature is missing"
NO_LINE = "no line"
NOT_TAKEABLE = "no takeable line"
RULED_OUT = "reported doubtful or out"
NO_SIDE = "prediction on the line"
UNPRICED = "line without prices"
SMALL_POINT_EDGE = "point edge too small"
SMALL_PROBABILITY_EDGE = "probability edge too small"
TEAM_FULL = "team cap"
GAME_FULL = "game cap"
DAY_FULL = "day cap"
REASONS = (
    *(NOT_PREDICTED, NO_LINE, NOT_TAKEABLE, NOT_READY, RULED_OUT, UNPRICED, NO_SIDE),
    *(SMALL_POINT_EDGE, SMALL_PROBABILITY_EDGE, TEAM_FULL, GAME_FULL, DAY_FULL),
)
_DIGITS = 12


class PickPolicy(BaseModel):
    """When a prediction is a pick, and how much is suggested on it.

    Attributes:
        point_edge: least distance of prediction and line; the market's usual edge where None.
        probability_edge: P(side) must exceed its fair probability by more than this.
        per_team, per_game, per_day: most picks of each, the best first.
        kelly: share of what Kelly's formula says that is suggested.
        most_staked: most of the bankroll on one pick.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    point_edge: float | None = Field(default=None, ge=0)
    probability_edge: float = Field(default=0.0, ge=0, lt=1)
    per_team: int = Field(default=2, ge=0)
    per_game: int = Field(default=3, ge=0)
    per_day: int = Field(default=15, ge=0)
    kelly: float = Field(default=0.25, ge=0, le=1)
    most_staked: float = Field(default=0.02, ge=0, le=1)

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if not self.per_team <= self.per_game <= self.per_day:
            raise ValueError(
                f"expected caps that grow from team to game to day, got {self.per_team}, "
                f"{self.per_game} and {self.per_day}"
            )
        return self


def picked(
    rows: pl.DataFrame,
    market: Market,
    policy: PickPolicy,
    *,
    taken: int = 0,
    halted: str | None = None,
) -> pl.DataFrame:
    """Decide which predictions are picks.

    Args:
        rows: player-games of one model and date: ``game_id, player_id, team, prediction,
            is_training_ready, injury_status, is_quoted, line, over_price, under_price,
            is_placeholder, over_probability, under_probability``.
        market: the market that was predicted.
        policy: when a prediction is a pick.
        taken: picks of the date in games that are not among the rows; they count for the day.
        halted: why nothing is picked at all; None where picks are made.

    Returns:
        The rows with ``fair_over, point_edge`` (market's unit), ``probability_edge``, ``side,
        price`` (American), ``break_even, stake_share, is_pick, no_pick_reason, rank`` and
        ``subsets``; values are null where there is nothing to tell.
    """
    valued = _valued(rows, policy)
    judged = valued.with_columns(no_pick_reason=_reason(market, policy, halted))
    capped = _capped(judged, policy, max(policy.per_day - taken, 0))
    is_pick = pl.col("no_pick_reason").is_null()
    ranked = capped.with_columns(
        is_pick=is_pick,
        rank=pl.when(is_pick).then(_place("is_pick_")).cast(pl.Int32),
        stake_share=pl.when(is_pick).then("stake_share"),
    )
    return ranked.drop("is_pick_").with_columns(subsets=subset_names(market))


def _valued(rows: pl.DataFrame, policy: PickPolicy) -> pl.DataFrame:
    edge = pl.col("prediction") - pl.col("line")
    over = pl.col("side") == "over"
    own = pl.when(over).then(over_given_decided()).otherwise(1 - over_given_decided())
    fair = pl.when(over).then("fair_over").otherwise(1 - pl.col("fair_over"))
    win = pl.when(over).then("over_probability").otherwise("under_probability")
    loss = pl.when(over).then("under_probability").otherwise("over_probability")
    sided = with_fair(rows, USUAL).with_columns(
        point_edge=edge,
        side=pl.when(edge > 0).then(pl.lit("over")).when(edge < 0).then(pl.lit("under")),
    )
    real = ~pl.col("is_placeholder")
    priced = sided.with_columns(
        price=pl.when(real & over).then("over_price").when(real & ~over).then("under_price")
    )
    stake = (policy.kelly * kelly_share(win, loss, payout(pl.col("price")))).fill_nan(None)
    return priced.with_columns(
        break_even=pl.when(pl.col("price").is_not_null()).then(implied("price")),
        # A push for sure leaves no side to speak of: not a number, which would pass for large.
        probability_edge=pl.when(pl.col("side").is_not_null()).then(
            (own - fair).fill_nan(None).round(_DIGITS)
        ),
        stake_share=pl.when(pl.col("price").is_not_null()).then(
            stake.clip(upper_bound=policy.most_staked).round(_DIGITS)
        ),
    )


def _reason(market: Market, policy: PickPolicy, halted: str | None) -> pl.Expr:
    least = market.edges[1] if policy.point_edge is None else policy.point_edge
    edge = pl.col("probability_edge")
    holds = {
        NOT_PREDICTED: pl.col("prediction").is_null(),
        NO_LINE: pl.col("line").is_null() & ~pl.col("is_quoted"),
        NOT_TAKEABLE: pl.col("line").is_null(),
        NOT_READY: ~pl.col("is_training_ready"),
        RULED_OUT: (pl.col("injury_status") == OUT).fill_null(value=False),
        UNPRICED: pl.col("side").is_not_null() & pl.col("price").is_null(),
        NO_SIDE: pl.col("side").is_null(),
        SMALL_POINT_EDGE: pl.col("point_edge").abs() < least,
        # Without a probability nothing says that the price is any good.
        SMALL_PROBABILITY_EDGE: ~(edge > policy.probability_edge).fill_null(value=False),
    }
    reason = pl.lit(None, pl.String) if halted is None else pl.lit(f"halted: {halted}")
    for name, condition in reversed(holds.items()):
        reason = pl.when(condition).then(pl.lit(name)).otherwise(reason)
    return reason


def _capped(rows: pl.DataFrame, policy: PickPolicy, left: int) -> pl.DataFrame:
    """Let the best of each team, then game, then day through: each cap counts what is left."""
    caps: list[tuple[str, int, list[str]]] = [
        (TEAM_FULL, policy.per_team, ["game_id", "team"]),
        (GAME_FULL, policy.per_game, ["game_id"]),
        (DAY_FULL, left, []),
    ]
    capped = rows
    for reason, most, group in caps:
        capped = capped.with_columns(is_pick_=pl.col("no_pick_reason").is_null())
        full = pl.col("is_pick_") & (_place("is_pick_", group) > most)
        capped = capped.with_columns(
            no_pick_reason=pl.when(full).then(pl.lit(reason)).otherwise("no_pick_reason")
        )
    return capped.with_columns(is_pick_=pl.col("no_pick_reason").is_null())


def _place(among: str, group: list[str] | None = None) -> pl.Expr:
    """Rank by probability edge, then point edge, then key, among rows that a column marks."""
    # Equal up to rounding is equal, so that no other order of sums changes a pick.
    order = pl.struct(
        ~pl.col(among),
        -pl.col("probability_edge").fill_null(-1.0).round(9),
        -pl.col("point_edge").abs().fill_null(0.0).round(9),
        "game_id",
        "player_id",
    ).rank("ordinal")
    return order.over(group) if group else order
