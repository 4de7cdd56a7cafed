"""From the columns of an unknown layout to typed target columns, as a mapping says."""

from collections.abc import Sequence
from functools import reduce

import polars as pl

from tipoff.errors import InputError
from tipoff.sources.format import Content
from tipoff.sources.game_lines import STATED as GAME_LINE_STATED
from tipoff.sources.line_rows import american, day, moment, number
from tipoff.sources.mapping_spec import PRICES, FileMapping
from tipoff.sources.prop_quotes import STATED as PROP_STATED
from tipoff.tables.raw import RAW_TABLES

_FEET = {"feet": 1.0, "tenths_of_feet": 0.1, "inches": 1 / 12, "metres": 1 / 0.3048}
_TRUE = ["true", "t", "yes", "y", "1", "1.0", "made", "home", "vs", "vs."]
_FALSE = ["false", "f", "no", "n", "0", "0.0", "missed", "away", "@", "at"]


def stated_rows(spec: FileMapping, content: Content) -> pl.DataFrame:
    """Return one typed column per target that the mapping gives a value to.

    Raises:
        InputError: a named column or inner table is not in the file.
    """
    if spec.inner not in content.columns:
        raise InputError(
            f"Expected a table {spec.inner!r} inside {content.path.name} (key inner); it holds "
            f"{', '.join(map(repr, content.columns))}."
        )
    rows = _joined(spec, content)
    _check_columns(spec, content, rows.columns)
    if not spec.melt:
        return _typed(spec, rows, {}, None)
    parts = [_typed(spec, rows, entry.columns(), entry.market) for entry in spec.melt]
    melted = pl.concat(parts, how="diagonal")
    return melted.drop_nulls("line") if "line" in melted.columns else melted


def dtype_of(spec: FileMapping, target: str) -> pl.DataType:
    """Return the type of a target column."""
    if target == "game_date":
        return pl.Date()
    if target == "price":
        return pl.Float64()
    if target == "is_home":
        return pl.Boolean()
    stated = {"prop_quotes": PROP_STATED, "game_lines": GAME_LINE_STATED}
    known = stated.get(spec.table) or RAW_TABLES[spec.table].columns
    return known.get(target, pl.String())


def _joined(spec: FileMapping, content: Content) -> pl.DataFrame:
    """Return the rows of the inner table, each with the rows of other tables that it names."""
    rows = content.read(spec.inner)
    for join in spec.join:
        if join.inner not in content.columns:
            raise InputError(
                f"Expected a table {join.inner!r} inside {content.path.name} (key join.inner); it "
                f"holds {', '.join(map(repr, content.columns))}."
            )
        left, right = join.keys()
        for key, columns in ((left, rows.columns), (right, content.columns[join.inner])):
            if missing := [name for name in key if name not in columns]:
                raise InputError(
                    f"Expected a column {missing[0]!r} to join {join.inner!r} by in "
                    f"{content.path.name}; the columns are {', '.join(columns)}."
                )
        named = [f"{join.prefix}{name}" for name in right]
        other = content.read(join.inner).unique(right, keep="first", maintain_order=True)
        prefixed = other.rename({name: f"{join.prefix}{name}" for name in other.columns})
        rows = rows.join(prefixed, left_on=left, right_on=named, how="left", maintain_order="left")
    return rows


def _check_columns(spec: FileMapping, content: Content, there: Sequence[str]) -> None:
    melted = {t: c for entry in spec.melt for t, c in entry.columns().items()}
    for target, named in [*spec.columns.items(), *melted.items()]:
        for column in [named] if isinstance(named, str) else named:
            if column not in there:
                raise InputError(
                    f"Expected a column {column!r} in {content.path.name} (key columns.{target} "
                    f"of source {spec.source}); its columns are {', '.join(there)}."
                )


def _typed(
    spec: FileMapping, rows: pl.DataFrame, melted: dict[str, str], market: str | None
) -> pl.DataFrame:
    columns = {**spec.columns, **melted}
    texts = {target: _text(spec, target, named) for target, named in columns.items()}
    constants: dict[str, str | int | float | bool] = dict(spec.constants)
    if market is not None:
        constants["market"] = market
    texts |= {target: pl.lit(str(value)) for target, value in constants.items()}
    # Two steps: types are read off text columns that carry the target's own name.
    plain = rows.select(**texts) if texts else rows.select()
    return plain.select(**{target: _value(spec, target) for target in texts})


def _text(spec: FileMapping, target: str, named: str | list[str]) -> pl.Expr:
    """The source text of a target; several columns are joined by a blank."""
    columns = [named] if isinstance(named, str) else named
    text = (
        pl.concat_str([pl.col(c).cast(pl.String) for c in columns], separator=" ")
        if len(columns) > 1
        else pl.col(columns[0]).cast(pl.String)
    ).str.strip_chars()
    renamed = spec.values.get(target)
    if not renamed:
        return text
    meant = {key.strip().lower(): str(value) for key, value in renamed.items()}
    lower = text.str.to_lowercase()
    return lower.replace_strict(meant, default=text, return_dtype=pl.String)


def _value(spec: FileMapping, target: str) -> pl.Expr:
    dtype = dtype_of(spec, target)
    if dtype == pl.Date:
        return _date(target, spec.date_format)
    if isinstance(dtype, pl.Datetime):
        return _moment(target, spec)
    if dtype == pl.Boolean:
        lower = pl.col(target).str.to_lowercase()
        return pl.when(lower.is_in(_TRUE)).then(True).when(lower.is_in(_FALSE)).then(False)
    if target in PRICES:
        return _price(target, spec.units.get(target) or spec.units.get("prices", "american"))
    if dtype.is_numeric():
        value = _number(target, spec.units.get(target))
        return value.round().cast(dtype, strict=False) if dtype.is_integer() else value.cast(dtype)
    text = pl.col(target)
    return pl.when(text != "").then(text)


def _date(column: str, form: str | None) -> pl.Expr:
    return day(column) if form is None else pl.col(column).str.to_date(form, strict=False)


def _moment(column: str, spec: FileMapping) -> pl.Expr:
    """A UTC moment; local times are of the mapping's zone, and a time the clock skips is null."""
    text = pl.col(column)
    if spec.time_format is not None and "%z" in spec.time_format:
        return text.str.to_datetime(spec.time_format, strict=False, time_unit="us")
    if spec.time_format is None and spec.time_zone is None:
        return moment(column)
    forms = [spec.time_format] if spec.time_format else ["%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M"]
    source = text if spec.time_format else text.str.replace(" ", "T")
    local = pl.coalesce(source.str.to_datetime(f, strict=False, time_unit="us") for f in forms)
    placed = local.dt.replace_time_zone(
        spec.time_zone, ambiguous="earliest", non_existent="null"
    ).dt.convert_time_zone("UTC")
    # ISO text with its own offset keeps it, whatever the zone of local times.
    return placed if spec.time_format else pl.coalesce(moment(column), placed)


def _price(column: str, unit: str) -> pl.Expr:
    if unit == "american":
        return american(column).cast(pl.Float64)
    decimal = number(column)
    return (
        pl.when(decimal >= 2)
        .then((decimal - 1) * 100)
        .when(decimal > 1)
        .then(-100 / (decimal - 1))
        .round()
    )


def _number(column: str, unit: str | None) -> pl.Expr:
    if unit in _FEET:
        return number(column) * _FEET[unit]
    if unit == "minutes":
        return number(column) * 60
    if unit == "mm:ss":
        parts = pl.col(column).str.split(":").list.eval(pl.element().cast(pl.Float64, strict=False))
        places = [parts.list.get(i, null_on_oob=True) for i in range(2)]
        return reduce(lambda total, place: total * 60 + place, places)
    return number(column)
