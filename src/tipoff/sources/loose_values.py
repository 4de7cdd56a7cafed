"""Values of files that anybody wrote: numbers, dates, moments, sides, outcomes and prices.

A moment without a zone may be UTC or US Eastern, and a date alone any hour of it. So a moment is
read as two: the earliest and the latest that it can be.
"""

from collections.abc import Callable, Sequence

import polars as pl

from tipoff.domain.clock import EASTERN
from tipoff.domain.pick import Outcome, Side
from tipoff.tables.table import UTC_MOMENT

_DAYS = (
    "%Y-%m-%d", "%m/%d/%Y", "%d/%m/%Y", "%Y%m%d", "%m/%d/%y", "%d.%m.%Y", "%Y/%m/%d", "%m-%d-%Y",
    "%b %d, %Y", "%B %d, %Y", "%d %b %Y", "%a, %b %d, %Y", "%a %b %d %Y",
)  # fmt: skip
_CLOCKS = ("T%H:%M:%S", "T%H:%M", "T%I:%M %p", "T%I:%M:%S %p", "T%I:%M%p")
_SIDES = {
    **dict.fromkeys(("over", "o", "more", "higher", "overs"), Side.OVER.value),
    **dict.fromkeys(("under", "u", "less", "lower", "unders"), Side.UNDER.value),
}
_OUTCOMES = {
    **dict.fromkeys(("win", "w", "won", "hit", "correct", "true", "1"), Outcome.WIN.value),
    **dict.fromkeys(("loss", "l", "lost", "lose", "miss", "missed", "incorrect", "false", "0"),
                    Outcome.LOSS.value),
    **dict.fromkeys(("push", "tie"), Outcome.PUSH.value),
    **dict.fromkeys(("void", "dnp", "cancelled", "canceled"), Outcome.VOID.value),
}  # fmt: skip
# Plain numbers of this size are seconds since 1970, a thousandfold of it milliseconds.
_EPOCH = (946_684_800, 4_102_444_800)


def text(column: pl.Series) -> pl.Series:
    """Return a column as trimmed text; blanks and usual words for nothing are null."""
    plain = column.cast(pl.String).str.strip_chars()
    nothing = ["", "nan", "none", "null", "na", "n/a", "-", "–", "nat", "<na>"]
    return plain.set(plain.str.to_lowercase().is_in(nothing).fill_null(value=False), None)


def number(column: pl.Series) -> pl.Series:
    """Return a column as finite floats: ``+110``, ``−110``, ``24,5`` and ``61 %`` are read."""
    if column.dtype.is_numeric():
        plain = column.cast(pl.Float64)
    else:
        marks = text(column).str.replace("−", "-").str.replace(r"\s*%$", "").str.strip_prefix("+")
        comma = marks.str.replace(r"^(-?\d+),(\d{1,2})$", "${1}.${2}")
        plain = comma.cast(pl.Float64, strict=False)
    return plain.set(~plain.is_finite().fill_null(value=False), None)


def by_unique(
    column: pl.Series, read: Callable[[pl.Series], pl.Series], dtype: pl.DataType
) -> pl.Series:
    """Read each different value once: a season has few dates, and many rows of each."""
    known = column.unique(maintain_order=True)
    values = read(known).cast(dtype)
    table = pl.DataFrame([known.alias("_from"), values.alias("_to")])
    rows = pl.DataFrame([column.alias("_from")])
    return rows.join(table, on="_from", how="left", maintain_order="left", nulls_equal=True)[
        "_to"
    ].alias(column.name)


def day(column: pl.Series) -> pl.Series:
    """Return a column's calendar date as it is written, whatever its form.

    The form that reads the most values is taken; 03/04/2023 is the 4th of March unless the file
    has days that only the other order can read.
    """
    if column.dtype == pl.Date:
        return column
    if isinstance(column.dtype, pl.Datetime):
        return column.dt.date()
    return by_unique(text(column), _days, pl.Date())


def _days(known: pl.Series) -> pl.Series:
    head = known.str.replace(r"[T ]\d{1,2}:\d{2}.*$", "")
    read = [head.str.to_date(form, strict=False) for form in _DAYS]
    return max(read, key=lambda dates: dates.len() - dates.null_count())


def moments(column: pl.Series) -> pl.DataFrame:
    """Return a column's moments as ``earliest`` and ``latest``, both UTC; null for no moment.

    With a zone both are the same; without one the first reads it as UTC, the second as US Eastern;
    a date alone is its first and its last instant, US Eastern.
    """
    zoned, naive, day_only = _kinds(column)
    start, end = _eastern(day_only), _eastern(day_only.dt.offset_by("1d"))
    as_utc = naive.dt.replace_time_zone("UTC").cast(UTC_MOMENT)
    frame = pl.DataFrame({"z": zoned, "u": as_utc, "e": _eastern(naive), "s": start, "t": end})
    return frame.select(earliest=pl.coalesce("z", "u", "s"), latest=pl.coalesce("z", "e", "t"))


def _eastern(local: pl.Series) -> pl.Series:
    placed = local.cast(pl.Datetime("us")).dt.replace_time_zone(
        EASTERN.key, ambiguous="earliest", non_existent="null"
    )
    return placed.dt.convert_time_zone("UTC").cast(UTC_MOMENT)


def _kinds(column: pl.Series) -> tuple[pl.Series, pl.Series, pl.Series]:
    """Return zoned moments, those without a zone, and dates alone; two of three are null."""
    none = pl.Series([None] * column.len(), dtype=pl.Datetime("us"))
    no_zone, no_day = none.cast(UTC_MOMENT), none.cast(pl.Date)
    if column.dtype == pl.Date:
        return no_zone, none, column
    if isinstance(column.dtype, pl.Datetime):
        if column.dtype.time_zone is not None:
            return column.dt.convert_time_zone("UTC").cast(UTC_MOMENT), none, no_day
        return no_zone, column.cast(pl.Datetime("us")), no_day
    texts = text(column)
    zoned = by_unique(texts, _zoned, UTC_MOMENT)
    naive = by_unique(texts, _naive, pl.Datetime("us"))
    dates = by_unique(texts, _days, pl.Date())
    has_clock = zoned.is_not_null() | naive.is_not_null()
    return zoned, naive.set(zoned.is_not_null(), None), dates.set(has_clock, None)


def _zoned(known: pl.Series) -> pl.Series:
    plain = known.str.replace(r"^(\S+) (\d)", "${1}T${2}").str.replace(r"\.\d+", "")
    marked = plain.str.replace(r"\s*(Z|UTC|GMT|\+00:?00)$", "+0000").str.replace(
        r"([+-]\d{2}):?(\d{2})$", "${1}${2}"
    )
    read = [
        marked.str.to_datetime(f"%Y-%m-%dT%H:%M{seconds}%z", strict=False, time_unit="us")
        for seconds in (":%S", "")
    ]
    both = pl.select(pl.coalesce(r.dt.convert_time_zone("UTC") for r in read)).to_series()
    return _or_epoch(known, both.cast(UTC_MOMENT))


def _or_epoch(known: pl.Series, moments_: pl.Series) -> pl.Series:
    plain = known.cast(pl.Float64, strict=False)
    low, high = _EPOCH
    scaled = pl.select(
        pl.when(plain.is_between(low, high))
        .then(plain)
        .when(plain.is_between(low * 1_000, high * 1_000))
        .then(plain * 0.001)
    ).to_series()
    epoch = (scaled * 1_000_000).cast(pl.Int64).cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
    return pl.select(pl.coalesce(moments_, epoch.cast(UTC_MOMENT))).to_series()


def _naive(known: pl.Series) -> pl.Series:
    plain = known.str.replace(r"\.\d+$", "").str.replace(r"^(.*\S)[ T](\d{1,2}:\d{2})", "${1}T${2}")
    read = [
        plain.str.to_datetime(form + clock, strict=False, time_unit="us")
        for form in _DAYS
        for clock in _CLOCKS
    ]
    return max(read, key=lambda found: found.len() - found.null_count())


def side(column: pl.Series) -> pl.Series:
    """Return over or under for texts that begin so (``Over 24.5``, ``U``); null for passes."""
    first = text(column).str.to_lowercase().str.extract(r"^([a-z]+)", 1)
    return first.replace_strict(_SIDES, default=None, return_dtype=pl.String)


def outcome(column: pl.Series) -> pl.Series:
    """Return win, loss, push or void for the usual words and for 1 and 0."""
    plain = text(column).str.to_lowercase().str.replace(r"^([01])\.0+$", "${1}")
    return plain.replace_strict(_OUTCOMES, default=None, return_dtype=pl.String)


def american(columns: Sequence[pl.Series]) -> list[pl.Series]:
    """Return prices as American odds, rounded to whole numbers; what is none is null.

    All columns are of one kind: decimal odds where most values lie above 1 and below 100.
    """
    plain = [number(column) for column in columns]
    every = pl.concat(plain).drop_nulls() if plain else pl.Series(dtype=pl.Float64)
    decimal = every.is_between(1, 100, closed="none").mean()
    is_decimal = isinstance(decimal, float) and decimal > 0.5
    return [_american(column, is_decimal=is_decimal) for column in plain]


def _american(column: pl.Series, *, is_decimal: bool) -> pl.Series:
    value = pl.col("v")
    if is_decimal:
        value = pl.when(value >= 2).then((value - 1) * 100).when(value > 1).then(-100 / (value - 1))
    rounded = value.round(mode="half_away_from_zero")
    priced = pl.when(rounded.abs().is_between(100, 2**31 - 1)).then(rounded).cast(pl.Int32)
    return pl.DataFrame({"v": column}).select(priced).to_series().alias(column.name)


def _share(known: pl.Series) -> float:
    return 1 - known.null_count() / known.len()


def text_share(sample: pl.Series) -> float:
    """Return the share of values that say anything."""
    return _share(text(sample))


def name_share(sample: pl.Series) -> float:
    """Return the share of values that can be a name: texts that are no side and no number."""
    own = text(sample)
    return 0.0 if sample.dtype.is_numeric() else _share(own.set(side(own).is_not_null(), None))


def number_share(sample: pl.Series) -> float:
    """Return the share of values that are numbers."""
    return 0.0 if sample.dtype == pl.Boolean else _share(number(sample))


def price_share(sample: pl.Series) -> float:
    """Return the share of values that can be a price, American or decimal."""
    if sample.dtype == pl.Boolean:
        return 0.0
    plain = number(sample)
    found = ((plain.abs() >= 100) | plain.is_between(1, 100, closed="none")).sum()
    return float(found) / sample.len()


def minutes_share(sample: pl.Series) -> float:
    """Return the share of values that can be minutes played: numbers or mm:ss."""
    return _share(minutes(sample))


def minutes(column: pl.Series) -> pl.Series:
    """Return minutes played of numbers or of mm:ss."""
    if column.dtype.is_numeric():
        return number(column)
    whole = text(column).str.replace(r"^(\d+):\d{2}(:\d{2})?$", "${1}")
    return number(whole)


def day_share(sample: pl.Series) -> float:
    """Return the share of values that are dates, or moments."""
    return _share(day(sample)) if _may_be_time(sample) else 0.0


def moment_share(sample: pl.Series) -> float:
    """Return the share of values that are moments, or dates."""
    return _share(moments(sample)["earliest"]) if _may_be_time(sample) else 0.0


def _may_be_time(sample: pl.Series) -> bool:
    return sample.dtype == pl.String or sample.dtype.is_temporal() or sample.dtype.is_integer()


def side_share(sample: pl.Series) -> float:
    """Return the share of values that are a side; passes count as one where sides are there."""
    found = side(sample)
    said = text(sample).str.to_lowercase().is_in(["pass", "hold", "no bet", "no_line", "no line"])
    return float((found.is_not_null() | said.fill_null(value=False)).sum()) / sample.len()


def outcome_share(sample: pl.Series) -> float:
    """Return the share of values that say how a pick ended; counts beyond 0 and 1 say none."""
    counted = number(sample) if sample.dtype != pl.Boolean else sample.cast(pl.Float64)
    return 0.0 if (~counted.is_in([0.0, 1.0])).any() else _share(outcome(sample))
