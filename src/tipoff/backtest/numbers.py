"""Every number of a run under an id of its own: which rows, and what is measured on them.

An id is ``RUN/SEGMENT/MEASURE``, such as ``3f0c9a12d0e1b2c3/all/hit_rate@3`` or
``3f0c9a12d0e1b2c3/book=draftkings,side=over/roi@3``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from tipoff.backtest.measures import Measure, measures
from tipoff.backtest.metrics import tier
from tipoff.backtest.statistics import share_of, spreads
from tipoff.domain.market import Market
from tipoff.errors import InputError, not_among

ALL = "all"
Number = Mapping[str, Any]


def segments(market: Market) -> Mapping[str, pl.Expr]:
    """Return what rows can be told apart by: a name and the expression of a row's label."""
    small, usual, large = market.edges
    size = pl.col("edge").abs()
    bucket = (
        pl.when(size >= large)
        .then(pl.lit(f"{large:g}-"))
        .when(size >= usual)
        .then(pl.lit(f"{usual:g}-{large:g}"))
        .when(size >= small)
        .then(pl.lit(f"{small:g}-{usual:g}"))
        .otherwise(pl.lit(f"0-{small:g}"))
    )
    return {
        "season": pl.col("season"),
        "month": pl.col("game_date").dt.strftime("%Y-%m"),
        "side": pl.col("side"),
        "edge": bucket,
        "book": pl.col("book"),
        "tier": tier(market),
        "audit": pl.when(pl.col("audit") == "passes")
        .then(pl.lit("passes"))
        .when(pl.col("audit").is_not_null())
        .then(pl.lit("fails"))
        .otherwise(pl.lit("not audited")),
        "warm_up": pl.when("in_warm_up")
        .then(pl.lit("inside"))
        .when(~pl.col("in_warm_up"))
        .then(pl.lit("settled")),
    }


def numbers(
    rows: pl.DataFrame, market: Market, by: Sequence[str] = (), wanted: Sequence[str] = ()
) -> dict[str, Number]:
    """Return the measures of all rows and of each segment.

    Args:
        rows: graded player-games.
        market: the market that was predicted.
        by: segments to tell apart, one at a time; ``season,side`` tells both apart at once.
        wanted: names of measures; all where empty.

    Returns:
        By ``SEGMENT/MEASURE``: ``value, n, low, high, unit`` (95 % interval that leaves out one
        game date at a time; null for fewer than two). Measures without rows are left out.
    """
    chosen = _chosen(market, wanted)
    values = _values(rows, market, by, chosen)
    found = _measured(ALL, _sums(values, [], chosen), chosen)
    for name in by:
        own = name.split(",")
        sums = _sums(values.drop_nulls(own), own, chosen)
        parts = sums.partition_by(own, as_dict=True, include_key=False, maintain_order=True)
        for labels in sorted(parts, key=lambda part: tuple(map(str, part))):
            told = ",".join(f"{n}={v}" for n, v in zip(own, labels, strict=True))
            found |= _measured(told, parts[labels], chosen)
    return found


def _values(
    rows: pl.DataFrame, market: Market, by: Sequence[str], chosen: Sequence[Measure]
) -> pl.DataFrame:
    """Each row's part in every measure, with the labels of its segments."""
    known = segments(market)
    names = list(dict.fromkeys(part for name in by for part in name.split(",")))
    _refuse_unknown(names, known)
    return rows.select(
        "game_date",
        *[known[name].alias(name) for name in names],
        *[m.value.cast(pl.Float64).alias(f"{m.name}|value") for m in chosen],
    )


def _sums(values: pl.DataFrame, by: list[str], chosen: Sequence[Measure]) -> pl.DataFrame:
    """Sums and counts by segment and game date, in order of the latter."""
    summed = values.group_by(*by, "game_date").agg(
        *[pl.col(f"{m.name}|value").sum().alias(f"{m.name}|total") for m in chosen],
        *[
            pl.col(f"{m.name}|value").count().cast(pl.Float64).alias(f"{m.name}|rows")
            for m in chosen
        ],
    )
    return summed.sort("game_date")


def _chosen(market: Market, wanted: Sequence[str]) -> list[Measure]:
    known = measures(market)
    if not wanted:
        return list(known.values())
    unknown = sorted(set(wanted) - known.keys())
    if unknown:
        raise not_among("measures", known, unknown[0])
    needed = dict.fromkeys(wanted)
    needed |= dict.fromkeys(m for w in wanted if (m := known[w].minus) is not None)
    return [known[name] for name in needed]


def _split(rows: pl.DataFrame, by: str, market: Market) -> dict[str, pl.DataFrame]:
    known = segments(market)
    names = by.split(",")
    _refuse_unknown(names, known)
    labelled = rows.with_columns(known[name].alias(f"_by_{name}") for name in names)
    parts = labelled.drop_nulls([f"_by_{n}" for n in names]).partition_by(
        [f"_by_{n}" for n in names], as_dict=True, include_key=False
    )
    ordered = sorted(parts.items(), key=lambda part: tuple(map(str, part[0])))
    return {
        ",".join(f"{n}={v}" for n, v in zip(names, values, strict=True)): part
        for values, part in ordered
    }


def _refuse_unknown(names: Sequence[str], known: Mapping[str, pl.Expr]) -> None:
    unknown = [name for name in names if name not in known]
    if unknown:
        raise not_among("segments", known, unknown[0])


def _measured(label: str, sums: pl.DataFrame, chosen: Sequence[Measure]) -> dict[str, Number]:
    totals = sums.select(f"{m.name}|total" for m in chosen).to_numpy()
    counts = sums.select(f"{m.name}|rows" for m in chosen).to_numpy()
    places = {m.name: i for i, m in enumerate(chosen)}
    minus = [places[m.minus] if m.minus else -1 for m in chosen]
    found: dict[str, Number] = {}
    for measure, spread in zip(chosen, spreads(totals, counts, minus), strict=True):
        if spread.n:
            own = share_of(spread) if measure.is_share else spread.interval()
            found[f"{label}/{measure.name}"] = {
                "value": _plain(own.value),
                "n": own.n,
                "low": _plain(own.low),
                "high": _plain(own.high),
                "unit": measure.unit,
            }
    return found


def _plain(value: float | None) -> float | None:
    """Without the last bits, in which sums over another layout of memory may differ."""
    return None if value is None else round(value, 10)


@dataclass(frozen=True)
class NumberId:
    """A parsed id."""

    run_id: str
    segment: str
    measure: str

    def __str__(self) -> str:
        return f"{self.run_id}/{self.segment}/{self.measure}"


def number_id(text: str) -> NumberId:
    """Read an id.

    Raises:
        InputError: it is none.
    """
    parts = text.strip().split("/")
    if len(parts) != 3 or not all(parts):
        raise InputError(
            f"Expected an id such as 3f0c9a12d0e1b2c3/all/hit_rate@3 as documents show them, got "
            f"{text!r}."
        )
    return NumberId(*parts)


def rows_of(rows: pl.DataFrame, segment: str, market: Market) -> pl.DataFrame:
    """Return the rows of a segment, as written in an id.

    Raises:
        InputError: there is no such segment.
    """
    if segment == ALL:
        return rows
    wanted = dict(part.partition("=")[::2] for part in segment.split(","))
    parts = _split(rows, ",".join(wanted), market)
    if segment not in parts:
        raise InputError(f"Expected one of {', '.join(parts)}; the run has no rows of {segment!r}.")
    return parts[segment]
