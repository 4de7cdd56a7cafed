"""What became of predictions: settled, void or still waiting, each with its reason."""

import polars as pl

from tipoff.backtest.closing import LATEST_CLOSE, with_close
from tipoff.backtest.grading import graded
from tipoff.backtest.returns import settled
from tipoff.domain.market import Market
from tipoff.features.load import RULED_OUT as OUT
from tipoff.tables.predictions import SETTLED, VOID

WAITING = "waiting"
NO_BOX = "no box score yet"
PARTIAL_BOX = "box score incomplete"
UNKNOWN_PLAYER = "a player of the box score is not identified"
GONE = "game no longer on the schedule"
MOVED = "game moved to another date"
RULED_OUT = "did not play: was reported doubtful or out"
LATE_SCRATCH = "did not play: was questionable or probable"
DID_NOT_PLAY = "did not play"
VOID_REASONS = (GONE, MOVED, RULED_OUT, LATE_SCRATCH, DID_NOT_PLAY)
# A team has five on the floor for 48 minutes; less than this share of it is no whole game.
WHOLE_SHARE = 0.95
TEAM_SECONDS = 5 * 48 * 60
_KEY = ["game_id", "player_id"]
GRADED = (
    "outcome",
    "profit",
    "close_line",
    "close_over_price",
    "close_under_price",
    "close_at",
    "close_absent",
    "clv_line",
    "clv_probability",
    "clv_value",
)


def with_results(
    rows: pl.DataFrame, results: pl.DataFrame, boxes: pl.DataFrame, games: pl.DataFrame
) -> pl.DataFrame:
    """Say of each prediction what became of it.

    Args:
        rows: of ``predictions``.
        results: newest told version of each player-game: ``game_id, player_id, actual`` (null
            where he did not play) and ``known_at``.
        boxes: one row per game and team with a box score: ``game_id, team, seconds`` (of all its
            players; null where not stated) and ``has_unknown`` (a name that nobody knows).
        games: ``game_id`` of the schedule as it is known now, ``moved_to`` (a later date that the
            same game was put on; null) for games that were.

    Returns:
        The rows with ``state`` (settled, void, waiting), ``state_reason``, ``actual`` and
        ``result_known_at``.
    """
    told = results.select(*_KEY, "actual", result_known_at="known_at")
    listed = games.with_columns(_listed=pl.lit(value=True))
    both = (
        rows.join(told, on=_KEY, how="left", maintain_order="left")
        .join(boxes, on=["game_id", "team"], how="left", maintain_order="left")
        .join(listed, on="game_id", how="left", maintain_order="left")
    )
    off, waits, absent = _off(), _waits(), _absent()
    is_void = off.is_not_null() | (waits.is_null() & pl.col("actual").is_null())
    state = (
        pl.when(is_void)
        .then(pl.lit(VOID))
        .when(waits.is_not_null())
        .then(pl.lit(WAITING))
        .otherwise(pl.lit(SETTLED))
    )
    reason = pl.coalesce(off, waits, pl.when(pl.col("actual").is_null()).then(absent))
    return both.with_columns(state=state, state_reason=reason).drop(
        "seconds", "has_unknown", "moved_to", "_listed"
    )


def _has_box() -> pl.Expr:
    return pl.col("has_unknown").is_not_null()


def _off() -> pl.Expr:
    """Why a game is not played at its date; null where it is."""
    return (
        pl.when(pl.col("moved_to").is_not_null() & ~_has_box())
        .then(pl.lit(MOVED))
        .when(pl.col("_listed").is_null() & ~_has_box())
        .then(pl.lit(GONE))
    )


def _waits() -> pl.Expr:
    """Why nothing is sure yet; null where it is."""
    # Without minutes nobody is known to have played, and nobody not to have.
    whole = (pl.col("seconds") >= WHOLE_SHARE * TEAM_SECONDS).fill_null(value=False)
    return (
        pl.when(pl.col("actual").is_not_null() & whole)
        .then(None)
        .when(~_has_box())
        .then(pl.lit(NO_BOX))
        .when(~whole)
        .then(pl.lit(PARTIAL_BOX))
        # He may be the one whom nobody knows: that he did not play is not sure.
        .when(pl.col("has_unknown"))
        .then(pl.lit(UNKNOWN_PLAYER))
    )


def _absent() -> pl.Expr:
    """Why somebody who did not play was predicted to."""
    status = pl.col("injury_status")
    return (
        pl.when(status == OUT)
        .then(pl.lit(RULED_OUT))
        .when(status.is_in(["questionable", "probable"]))
        .then(pl.lit(LATE_SCRATCH))
        .otherwise(pl.lit(DID_NOT_PLAY))
    )


def with_grades(rows: pl.DataFrame, closing_quotes: pl.DataFrame, market: Market) -> pl.DataFrame:
    """Grade predictions at the line and price that they were made on.

    Args:
        rows: of ``with_results`` that are settled or void.
        closing_quotes: quotes of the market that counted at tip-off; they tell the closing line
            value and nothing else.
        market: the market.

    Returns:
        The rows with ``GRADED``; null where no side of a line was taken.
    """
    has_line = pl.col("line").is_not_null()
    stated = rows.drop(["side", "price", "break_even"]).with_columns(
        pl.col("is_placeholder").fill_null(value=False)
    )
    own = settled(graded(stated)).with_columns(profit=pl.when("is_taken").then("profit"))
    lined = with_close(
        own.filter(has_line), closing_quotes, market=market.name, within=LATEST_CLOSE
    )
    bare = own.filter(~has_line).with_columns(
        pl.lit(None, lined.schema[name]).alias(name) for name in GRADED if name not in own.columns
    )
    columns = [*rows.columns, *(name for name in GRADED if name not in rows.columns)]
    sides = rows.select("slate", *_KEY, "side", "price", "break_even")
    parts = [part.drop("side", "price", "break_even") for part in (lined, bare)]
    together = pl.concat(
        [part.select([c for c in columns if c in part.columns]) for part in parts], how="vertical"
    )
    both = together.join(sides, on=["slate", *_KEY], validate="1:1")
    return both.select(columns).sort("slate", *_KEY)
