"""Money: what one unit on each pick would have won, and what a bankroll would have become.

A win pays by its price, a loss costs the stake, a push and a void give it back; a push is a pick
taken, a void (he did not play) is none. Where a line carries no market price, or a pick'em
board's placeholder, ``ASSUMED_PRICE`` stands for it, and every figure says how often.
"""

from dataclasses import dataclass
from typing import Any

import polars as pl

from tipoff.backtest.grading import ASSUMED_PRICE
from tipoff.backtest.metrics import interval
from tipoff.backtest.statistics import mean_interval
from tipoff.store.exact import on_grid

TAKEN = "taken"
ASSUMED = "assumed"
START = 100.0
# Units are kept to a billionth, so that their sums do not depend on the order of rows.
_BITS = 30


def payout(price: pl.Expr) -> pl.Expr:
    """Return the units won on one unit at American odds (domain.odds, as expression)."""
    odds = price.cast(pl.Float64)
    return pl.when(odds < 0).then(-100.0 / odds).otherwise(odds / 100.0)


def kelly_share(win: pl.Expr, loss: pl.Expr, won: pl.Expr) -> pl.Expr:
    """Return the share of the bankroll that makes it grow fastest, 0 where nothing is to be won.

    (win x b - loss) / (b x (win + loss)) with b the units won per unit: the share at which the
    mean of log(1 + share x result) is greatest (Kelly 1956, "A new interpretation of information
    rate"; Thorp 2006, "The Kelly criterion in blackjack, sports betting and the stock market",
    section 2). A push or a void leaves the bankroll as it is and so adds log(1) = 0 whatever is
    staked: only the odds of winning to losing count, and ``win + loss`` may be less than one.

    Args:
        win: probability that the side wins.
        loss: probability that it loses; what is missing to one is a push.
        won: units won on one unit staked.
    """
    return ((win * won - loss) / (won * (win + loss))).clip(lower_bound=0.0)


def settled(rows: pl.DataFrame) -> pl.DataFrame:
    """Settle one unit on each pick.

    Args:
        rows: graded rows: ``side, outcome, over_price, under_price, is_placeholder``.

    Returns:
        The rows with ``payout`` (units won if it wins), ``price_basis`` (taken or assumed),
        ``profit`` (units; 0 for pushes and voids) and ``is_taken`` (not void). All are null
        where no side was taken, except ``is_taken``, which is false.
    """
    over = pl.col("side") == "over"
    has_side = pl.col("side").is_not_null()
    quoted = pl.when(over).then("over_price").otherwise("under_price")
    price = pl.when(has_side & ~pl.col("is_placeholder")).then(quoted)
    basis = pl.when(price.is_null()).then(pl.lit(ASSUMED)).otherwise(pl.lit(TAKEN))
    priced = rows.with_columns(
        payout=pl.when(has_side).then(
            on_grid(payout(price.fill_null(float(ASSUMED_PRICE))), _BITS)
        ),
        price_basis=pl.when(has_side).then(basis),
    )
    return priced.with_columns(
        profit=_profit(pl.col("payout")),
        is_taken=pl.col("outcome").is_in(["win", "loss", "push"]).fill_null(value=False),
    )


def _profit(won: pl.Expr) -> pl.Expr:
    outcome = pl.col("outcome")
    return (
        pl.when(outcome == "win")
        .then(won)
        .when(outcome == "loss")
        .then(-1.0)
        .when(outcome.is_in(["push", "void"]))
        .then(0.0)
    )


def flat_return(rows: pl.DataFrame) -> dict[str, Any]:
    """Return the return on one unit per pick.

    Args:
        rows: graded rows with ``game_date`` and what ``settled`` needs.

    Returns:
        ``roi`` (units won per unit staked), ``n`` (picks taken: wins, losses and pushes), ``low``
        and ``high`` (95 %, clustered by game date), ``units``, ``wins``, ``losses``, ``pushes``,
        ``voids``, ``assumed_prices`` (picks taken at ``ASSUMED_PRICE``), ``price_basis`` in words
        and ``at_assumed_price``: ``roi, n, low, high`` of the same picks, all at that price.
    """
    money = settled(rows)
    taken = money.filter("is_taken")
    own = mean_interval(taken, "profit")
    even = on_grid(payout(pl.lit(float(ASSUMED_PRICE))), _BITS)
    alike = mean_interval(taken.with_columns(profit=_profit(even)), "profit")
    counts = dict(money.group_by("outcome").len().drop_nulls().iter_rows())
    assumed = int((taken["price_basis"] == ASSUMED).sum())
    return {
        **interval(own, "roi"),
        "units": float(taken["profit"].sum()),
        "wins": counts.get("win", 0),
        "losses": counts.get("loss", 0),
        "pushes": counts.get("push", 0),
        "voids": counts.get("void", 0),
        "assumed_prices": assumed,
        "price_basis": price_basis(taken.height, assumed),
        "at_assumed_price": interval(alike, "roi"),
    }


def price_basis(n: int, assumed: int) -> str:
    """Say in words which prices a figure rests on."""
    if n == 0 or assumed == 0:
        return "prices taken"
    if assumed == n:
        return f"assumed {ASSUMED_PRICE}"
    return f"prices taken, assumed {ASSUMED_PRICE} for {assumed} of {n}"


@dataclass(frozen=True)
class Staking:
    """How much is laid on a pick, at the bankroll that stood when its game date began.

    Attributes:
        name: what it is called in reports.
        unit: share of the *first* bankroll laid on every pick; None for Kelly.
        kelly: share of ``kelly_share`` laid, of the *current* bankroll; None for flat.
        pick_cap: the most that is laid on one pick, as a share of the bankroll.
        date_cap: the most that is laid on one date; beyond it all its stakes shrink alike.
    """

    name: str
    unit: float | None
    kelly: float | None
    pick_cap: float
    date_cap: float


FLAT = Staking("flat", unit=0.01, kelly=None, pick_cap=1.0, date_cap=1.0)
# Picks of one date are staked side by side, which Kelly's formula does not know: hence the caps.
QUARTER_KELLY = Staking("quarter-kelly", unit=None, kelly=0.25, pick_cap=0.05, date_cap=0.5)


@dataclass(frozen=True)
class Bankroll:
    """A bankroll over time.

    Attributes:
        path: per game date with a stake ``picks`` (voids left out), ``staked`` (voids left
            out), ``profit``, ``bankroll`` (at the end of the date), ``drawdown`` (share lost
            since the highest bankroll so far, the first one among these) and ``is_cut`` (the
            date's cap shrank its stakes); in units, of which the first bankroll has ``START``.
        report: the figures of the whole.
    """

    path: pl.DataFrame
    report: dict[str, Any]


def staked(rows: pl.DataFrame, staking: Staking) -> Bankroll:
    """Follow a bankroll through all picks, date by date.

    Stakes are laid before anything of the date is known: on picks that turn out void too, and
    these then come back. Picks without a probability are not staked by Kelly.

    Args:
        rows: graded rows with ``game_date`` and what ``settled`` needs; for Kelly also
            ``over_probability`` and ``under_probability``, the model's at the line (what is
            missing to one is the push; null where unknown).
        staking: flat or Kelly.

    Returns:
        The path and the report: ``staking, start, final, profit, staked, yield`` (profit per
        unit staked, null where nothing was), ``max_drawdown`` (share), ``drawdown_from`` and
        ``drawdown_to`` (dates of the highest and lowest bankroll around it; from is null for
        the start), ``picks, dates, cut_dates, assumed_prices, price_basis`` and the caps.
    """
    money = settled(rows).drop_nulls("side")
    laid = money.with_columns(share=on_grid(_share(staking), _BITS)).filter(pl.col("share") > 0)
    days = (
        laid.group_by("game_date")
        .agg(
            picks=pl.col("is_taken").sum(),
            laid=pl.col("share").sum(),
            staked=pl.col("share").filter("is_taken").sum(),
            won=on_grid(pl.col("share") * pl.col("profit"), _BITS).sum(),
        )
        .sort("game_date")
    )
    path = _path(days, staking)
    taken = laid.filter("is_taken")
    assumed = int((taken["price_basis"] == ASSUMED).sum())
    return Bankroll(path, _report(path, staking, assumed))


def _share(staking: Staking) -> pl.Expr:
    """What is laid on one pick: units (flat), or a share of the current bankroll (Kelly)."""
    if staking.kelly is None:
        return pl.lit(1.0)
    over = pl.col("side") == "over"
    win = pl.when(over).then("over_probability").otherwise("under_probability")
    loss = pl.when(over).then("under_probability").otherwise("over_probability")
    best = kelly_share(win, loss, pl.col("payout"))
    return (staking.kelly * best).fill_nan(None).clip(upper_bound=staking.pick_cap)


def _path(days: pl.DataFrame, staking: Staking) -> pl.DataFrame:
    bankroll = peak = START
    rows = []
    for day, picks, laid, at_risk, won in days.select(
        "game_date", "picks", "laid", "staked", "won"
    ).iter_rows():
        base = bankroll if staking.unit is None else START * staking.unit
        most = staking.date_cap * bankroll
        is_cut = laid * base > most
        scale = most / laid if is_cut else base
        profit = won * scale
        bankroll += profit
        peak = max(peak, bankroll)
        rows.append((day, picks, at_risk * scale, profit, bankroll, 1 - bankroll / peak, is_cut))
    return pl.DataFrame(
        rows,
        schema={
            "game_date": pl.Date,
            "picks": pl.Int64,
            "staked": pl.Float64,
            "profit": pl.Float64,
            "bankroll": pl.Float64,
            "drawdown": pl.Float64,
            "is_cut": pl.Boolean,
        },
        orient="row",
    )


def _report(path: pl.DataFrame, staking: Staking, assumed: int) -> dict[str, Any]:
    picks = int(path["picks"].sum())
    laid = float(path["staked"].sum())
    final = path["bankroll"][-1] if path.height else START
    return {
        "staking": staking.name,
        "start": START,
        "final": final,
        "profit": final - START,
        "staked": laid,
        "yield": (final - START) / laid if laid else None,
        **_worst(path),
        "picks": picks,
        "dates": path.height,
        "cut_dates": int(path["is_cut"].sum()),
        "assumed_prices": assumed,
        "price_basis": price_basis(picks, assumed),
        "pick_cap": staking.pick_cap,
        "date_cap": staking.date_cap,
    }


def _worst(path: pl.DataFrame) -> dict[str, Any]:
    if path.is_empty() or path["drawdown"].max() == 0:
        return {"max_drawdown": 0.0, "drawdown_from": None, "drawdown_to": None}
    low = path["drawdown"].arg_max() or 0
    before = path.head(low)
    high = before["bankroll"].arg_max()
    at_start = high is None or before["bankroll"][high] <= START
    return {
        "max_drawdown": path["drawdown"][low],
        "drawdown_from": None if at_start or high is None else before["game_date"][high],
        "drawdown_to": path["game_date"][low],
    }
