"""What a leak looks like from outside: predictions, lines and results of a file alone.

Each sign compares how well predictions are explained by two sets of numbers (least squares): the
line and averages of earlier games, which anybody may have had; and the same with the game's own
result, or with averages that count the game itself. How predictions were really made is not known,
so a sign names the likely kind and what to look for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import polars as pl

from tipoff.backtest.resampling import Floats
from tipoff.backtest.thermometer import QUARANTINED, Temperature, temperature
from tipoff.domain.market import Market

INCLUSIVE = "averages that count the game itself"
FINAL = "averages of the whole season"
CONSTANT = "a constant share of the result"
COPIED = "the result itself"
AFTERWARDS = "made after tip-off"
LINE_KNOWS = "lines that know the result"
CLIFF = "only some months know"
_EARLIER = ("last_5_average", "last_10_average", "season_average")
_WITH_OWN = ("with_last_5", "with_last_10", "with_season")
_WHOLE = "whole_season"
_FEWEST_ROWS = 200
# Teams play five games in eleven days: where a file has so many of a player's, it has them all, and
# averages of it are his real ones.
_DENSE_DAYS = 11
# Averages with the game explain honest predictions worse than those without, never this much
# better; beside the result they add 7 % at most, and 5 to 30 % where they were trained on
# (docs/decisions/thermometer.md).
_EXPLAINS = 0.8
_ADDS = 0.06
# What the average of the whole season explains of honest predictions beside earlier ones and the
# result: 12 % at most; of season-end averages, by half mixed with earlier ones, 65 %.
_FINAL_ADDS = 0.3
_ROUNDING = 1e-9
_SAME = 0.2
# Pre-game lines on points correlate with results at 0.66 to 0.70.
_LINE_CORRELATION = 0.8
_MONTH_ROWS = 200


@dataclass(frozen=True)
class Sign:
    """One sign of a leak.

    Attributes:
        kind: what it looks like.
        is_alarm: it is one by itself, whatever the thermometer says.
        sentence: what was seen, and what to look for.
    """

    kind: str
    is_alarm: bool
    sentence: str


def leak_signs(
    rows: pl.DataFrame,
    market: Market,
    heat: Temperature,
    timing: Mapping[str, Any],
    *,
    is_sided: bool,
) -> list[dict[str, Any]]:
    """Return what the file's predictions look like, if they know too much.

    Args:
        rows: graded rows with the columns of ``file_history.averages``.
        market: the market.
        heat: the thermometer's reading of all rows.
        timing: of the predictions.
        is_sided: predictions are sides only: nothing is known of their size.

    Returns:
        Signs as plain rows, the surest first; empty where nothing stands out.
    """
    hot, cold = _cliff(rows, market, is_sided=is_sided)
    found: list[Sign | None] = [_afterwards(timing), None if is_sided else _copied(rows)]
    final = None if is_sided or found[-1] else _final(rows)
    if final is not None:
        # They know most early in the season: that is no mixture of rows.
        found, hot = [*found, final], []
    elif not is_sided and found[-1] is None:
        # Rows of two makings are explained by neither: those that know are looked at alone.
        of_hot = rows.filter(_month().is_in(hot)) if hot and cold else rows
        found.append(_shape(of_hot, hot=heat.verdict == QUARANTINED or bool(hot and cold)))
    found += [_mixed(hot, cold), _knowing_lines(rows, market)]
    return [asdict(sign) for sign in found if sign is not None]


def _afterwards(timing: Mapping[str, Any]) -> Sign | None:
    share = timing["after_share"]
    if not share or share <= 0.01:
        return None
    return Sign(
        AFTERWARDS,
        is_alarm=True,
        sentence=f"{share:.1%} of the dated predictions were made after tip-off: what is filled in "
        "afterwards is no prediction. Keep the time at which each was first made.",
    )


def _copied(rows: pl.DataFrame) -> Sign | None:
    known = rows.drop_nulls(["prediction", "actual"])
    exact = known.filter((pl.col("prediction") - pl.col("actual")).abs() < 1e-9).height
    if known.height < _FEWEST_ROWS or exact < _SAME * known.height:
        return None
    return Sign(
        COPIED,
        is_alarm=True,
        sentence=f"{exact:,} of {known.height:,} predictions are the result to the last digit: the "
        "result's column was copied, or joined under the wrong name.",
    )


@dataclass(frozen=True)
class Shape:
    """How well predictions are explained: variance left over, and the result's own weight.

    Attributes:
        n: rows whose player's last five games are all there.
        earlier: left over by the line and averages of earlier games.
        result: by these and the result.
        inclusive: by the line and averages that count the game.
        both: by all of them.
        final: by the line, earlier averages, the result and the average of the whole season.
        weight: units of prediction per unit of result, all else equal.
    """

    n: int
    earlier: float
    result: float
    inclusive: float
    both: float
    final: float
    weight: float


def shape(rows: pl.DataFrame) -> Shape | None:
    """Return how predictions are explained.

    None for fewer than 200 rows with a whole history, or where line and averages explain them all.
    """
    columns = ["prediction", "line", "actual", *_EARLIER, *_WITH_OWN, _WHOLE]
    known = rows.filter(pl.col("days_of_last_5") <= _DENSE_DAYS).drop_nulls(columns)
    if known.height < _FEWEST_ROWS:
        return None
    of = {name: known[name].to_numpy().astype(np.float64) for name in columns}
    prediction, line, actual = of["prediction"], of["line"], of["actual"]
    earlier, with_own = [of[n] for n in _EARLIER], [of[n] for n in _WITH_OWN]
    left = _left(prediction, [line, *earlier])[0]
    if left <= _ROUNDING * prediction.var():
        return None
    after, weights = _left(prediction, [line, *earlier, actual])
    return Shape(
        n=known.height,
        earlier=left,
        result=after,
        inclusive=_left(prediction, [line, *with_own])[0],
        both=_left(prediction, [line, *earlier, actual, *with_own])[0],
        final=_left(prediction, [line, *earlier, actual, of[_WHOLE]])[0],
        weight=float(weights[-1]),
    )


def _left(target: Floats, columns: Sequence[Floats]) -> tuple[float, Floats]:
    """Return the variance that least squares leaves over, and the weights."""
    design = np.column_stack([np.ones(len(target)), *columns])
    weights, *_ = np.linalg.lstsq(design, target, rcond=None)
    return float(((target - design @ weights) ** 2).mean()), np.asarray(weights)


def _final(rows: pl.DataFrame) -> Sign | None:
    found = shape(rows)
    if found is None or found.final >= (1 - _FINAL_ADDS) * found.result:
        return None
    return Sign(
        FINAL,
        is_alarm=True,
        sentence="Beside averages of earlier games and the result, the average of the whole season "
        f"explains {1 - found.final / found.result:.0%} of the rest: games that came later are "
        "counted. Look for season tables that were fetched afterwards.",
    )


def _shape(rows: pl.DataFrame, *, hot: bool) -> Sign | None:
    found = shape(rows)
    if found is None:
        return None
    ratio = found.inclusive / found.earlier
    look = "Look for game_date <= D where < D is meant in rolling and season averages."
    if ratio < _EXPLAINS and found.inclusive <= found.result:
        return Sign(
            INCLUSIVE,
            is_alarm=True,
            sentence="Averages that count the game itself leave "
            f"{ratio:.0%} of what averages of earlier games leave unexplained. {look}",
        )
    if not hot:
        return None
    share = f"The prediction moves {found.weight:.2f} with each unit of the same game's result"
    if found.both < (1 - _ADDS) * found.result:
        return Sign(
            INCLUSIVE,
            is_alarm=False,
            sentence=f"{share}, and averages that count the game itself explain "
            f"{1 - found.both / found.result:.0%} of the rest: a model trained on them. {look}",
        )
    return Sign(
        CONSTANT,
        is_alarm=False,
        sentence=f"{share}, whatever the player's earlier games: the result is among what it was "
        "made from, or it was trained on the rows that it is judged by. Look for overlapping "
        "windows and for targets among the features.",
    )


def months(
    rows: pl.DataFrame, market: Market, *, is_sided: bool = False, is_whole: bool = False
) -> list[dict[str, Any]]:
    """Return the share of the surprise known by calendar month, for months with 200 rows."""
    parts = rows.with_columns(month=_month()).partition_by("month", as_dict=True)
    found = []
    for (month,), part in sorted(parts.items()):
        heat = temperature(part, market, is_sided=is_sided, is_whole=is_whole)
        if heat.share is not None and heat.n >= _MONTH_ROWS:
            kept = {"share": heat.share, "low": heat.low, "high": heat.high, "n": heat.n}
            found.append({"month": month, **kept, "verdict": heat.verdict})
    return found


def run_heat(on_lines: pl.DataFrame, market: Market) -> dict[str, Any]:
    """Return the temperature of a run of our own, of which every row is there.

    Returns:
        The fields of ``Temperature`` and ``months``.
    """
    heat = asdict(temperature(on_lines, market, is_whole=True))
    found = {**heat, "months": months(on_lines, market, is_whole=True)}
    return {name: _rounded(value) for name, value in found.items()}


def _rounded(value: Any) -> Any:
    """Without the last digits, which differ between machines."""
    if isinstance(value, list):
        return [{name: _rounded(own) for name, own in row.items()} for row in value]
    return round(value, 10) if isinstance(value, float) else value


def _month() -> pl.Expr:
    return pl.col("game_date").dt.strftime("%Y-%m")


def _cliff(rows: pl.DataFrame, market: Market, *, is_sided: bool) -> tuple[list[str], list[str]]:
    """Return the months that surely know too much, and those that surely know less than these."""
    by_month = months(rows, market, is_sided=is_sided)
    hot = [m for m in by_month if m["verdict"] == QUARANTINED]
    least = min((m["low"] for m in hot), default=None)
    cold = [m for m in by_month if least is not None and (m["high"] or 1.0) < least]
    return [m["month"] for m in hot], [m["month"] for m in cold]


def _mixed(hot: Sequence[str], cold: Sequence[str]) -> Sign | None:
    if not hot or not cold:
        return None
    return Sign(
        CLIFF,
        is_alarm=True,
        sentence=f"{', '.join(hot)} know too much, {', '.join(cold)} do not: rows of two makings "
        "are mixed, such as ones computed again afterwards beside ones computed in time.",
    )


def _knowing_lines(rows: pl.DataFrame, market: Market) -> Sign | None:
    known = rows.drop_nulls(["line", "actual"])
    if market.name != "points" or known.height < _FEWEST_ROWS:
        return None
    r = known.select(pl.corr("line", "actual")).item()
    # Without any spread the correlation is no number, which is not above the bound either.
    if r is None or not r > _LINE_CORRELATION:
        return None
    return Sign(
        LINE_KNOWS,
        is_alarm=True,
        sentence=f"The lines themselves correlate with the results at {r:.2f}, pre-game lines on "
        "points at 0.66 to 0.70: they were quoted during the games, or made from the results.",
    )
