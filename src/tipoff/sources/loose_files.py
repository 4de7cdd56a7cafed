"""Read what anybody wrote as predictions, lines or box scores, columns recognised by name.

It comes as a file or as a frame. Nothing is looked up and nothing is stored: rows come out typed,
with what was refused counted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from tipoff.domain.ids import name_key
from tipoff.domain.market import MARKET_SPELLINGS, Market, market_named
from tipoff.errors import InputError
from tipoff.sources import loose_values as values
from tipoff.sources.books import PICK_EM_BOOKS, book_expr
from tipoff.sources.identity import canonical
from tipoff.sources.json_rows import holds_json, json_rows
from tipoff.sources.line_rows import eastern_day, refuse, team
from tipoff.sources.loose_columns import (
    BOXES,
    LINES,
    PREDICTIONS,
    Role,
    counts,
    markets_predicted,
    recognised,
)

STATED, NAMED, ALONE, TAKEN_AS = "asked for", "named by a column", "the only one", "taken as"
File = Path | pl.DataFrame
"""A file, or its rows."""
_NO_PLAYER = "no player"
_NO_DATE = "no game date that can be read"
_TEXT = ("player_name", "player_id", "team", "book")
_PRICES = ("over_price", "under_price", "price")
_MOMENTS = ("tip_off", "predicted", "quoted")


@dataclass(frozen=True)
class Loose:
    """The typed rows of a file.

    Attributes:
        rows: one per row that was kept, with ``row`` (its place in the file, from 0).
        columns: role = column, as recognised or mapped.
        unused: columns that play no role.
        read: rows in the file.
        refused: rows that were not kept, by reason.
        market: the market that they are about.
        market_basis: how that is known.
        other_markets: rows of other markets, which were not kept.
        slip, matched_at: days that the dates were moved by, and player-games found at each offset.
    """

    rows: pl.DataFrame
    columns: Mapping[str, str]
    unused: Sequence[str]
    read: int
    refused: Mapping[str, int]
    market: Market
    market_basis: str
    other_markets: Mapping[str, int] = field(default_factory=dict)
    slip: int = 0
    matched_at: Mapping[int, int] = field(default_factory=dict)


def called(file: File) -> str:
    """Return what errors and reports call a file."""
    return "the given frame" if isinstance(file, pl.DataFrame) else str(file)


def read_rows(path: File) -> pl.DataFrame:
    """Return a file's only table: CSV (gzip, zip), Parquet, Excel, JSON lines or a JSON array.

    A frame is taken as it is.

    Raises:
        InputError: it is missing, broken, holds no rows or several tables.
    """
    from tipoff.sources.containers import open_content  # noqa: PLC0415 -- Excel's reader is slow

    if isinstance(path, pl.DataFrame):
        if path.is_empty():
            raise InputError("Expected rows in the given frame, found none.")
        return path
    if holds_json(path):
        return json_rows(path)
    content = open_content(path)
    if len(content.columns) != 1:
        raise InputError(
            f"Expected one table in {path}, found {', '.join(content.columns)}; export the one "
            "that is meant."
        )
    rows = content.read(next(iter(content.columns)))
    if rows.is_empty():
        raise InputError(f"Expected rows in {path}, found its header only.")
    return rows


def predictions(path: File, market: str | None, mapped: Mapping[str, str]) -> Loose:
    """Read predictions.

    Args:
        path: the file, or its rows.
        market: name or spelling of the market; told from the file where None.
        mapped: role = column, as stated by whoever asks.

    Returns:
        Rows with ``row, player_name, player_id, name_key, team, game_date, prediction, side, line,
        over_price, under_price, price, book, is_placeholder, actual, stated_outcome, minutes`` and
        ``tip_off_from, tip_off_to, predicted_from, predicted_to, quoted_from, quoted_to``: the
        earliest and the latest UTC moment that a text can mean. Null where the file says nothing.

    Raises:
        InputError: no player, date or prediction is recognised, or it is of several markets.
    """
    raw = read_rows(path)
    own, basis, of_market, others = _market(raw, market, mapped)
    found = recognised(of_market, PREDICTIONS, own, mapped)
    _need(path, raw, found, ("player_name", "player_id"), "player_name")
    _need(path, raw, found, ("game_date", "tip_off_at"), "game_date")
    _need(path, raw, found, ("prediction", "side"), "prediction")
    typed = _typed(of_market, found)
    kept, refused = refuse(
        typed,
        {
            _NO_PLAYER: _nobody(),
            _NO_DATE: pl.col("game_date").is_null(),
            "no prediction and no side": pl.col("prediction").is_null() & pl.col("side").is_null(),
        },
    )
    return _loose(raw, kept, found, refused, own, basis, others)


def lines(path: File, market: Market, mapped: Mapping[str, str]) -> Loose:
    """Read lines of one market; sides in rows of their own are put side by side.

    Returns:
        Rows as of ``predictions``, those of lines and who they are about.

    Raises:
        InputError: no player, date or line is recognised, or no row is of the market.
    """
    raw = read_rows(path)
    own, basis, of_market, others = _market(raw, market.name, mapped)
    if of_market.is_empty():
        raise InputError(
            f"Expected lines on {market.name} in {called(path)}, found {', '.join(others)} only."
        )
    found = recognised(of_market, LINES, own, mapped)
    _need(path, raw, found, ("player_name", "player_id"), "player_name")
    _need(path, raw, found, ("game_date", "tip_off_at"), "game_date")
    _need(path, raw, found, ("line",), "line")
    typed = _typed(of_market, found)
    kept, refused = refuse(
        typed,
        {
            _NO_PLAYER: _nobody(),
            _NO_DATE: pl.col("game_date").is_null(),
            "no line": pl.col("line").is_null(),
        },
    )
    return _loose(raw, _side_by_side(kept), found, refused, own, basis, others)


def boxes(path: File, market: Market, mapped: Mapping[str, str]) -> Loose:
    """Read what happened: box scores with the market's counts, or results of it.

    Returns:
        Rows with ``row``, who and when, ``minutes`` and ``actual``.

    Raises:
        InputError: no player or date is recognised, or a count of the market is missing.
    """
    raw = read_rows(path)
    found = recognised(raw, BOXES, market, mapped)
    _need(path, raw, found, ("player_name", "player_id"), "player_name")
    _need(path, raw, found, ("game_date", "tip_off_at"), "game_date")
    held = counts([column for column in raw.columns if column not in found.values()])
    missing = [name for name in market.columns if name not in held]
    if missing:
        raise InputError(
            f"Expected counts of {', '.join(market.columns)} in {called(path)}, found none of "
            f"{', '.join(missing)}; its columns are {', '.join(raw.columns)}."
        )
    parts = [values.number(raw[held[name]]) for name in market.columns]
    actual = sum(parts[1:], start=parts[0]).alias("actual")
    used = {name: held[name] for name in market.columns}
    typed = _typed(raw, found).with_columns(actual)
    kept, refused = refuse(typed, {_NO_PLAYER: _nobody(), _NO_DATE: pl.col("game_date").is_null()})
    return _loose(raw, kept, {**found, **used}, refused, market, STATED, {})


def _loose(
    raw: pl.DataFrame,
    kept: pl.DataFrame,
    found: Mapping[str, str],
    refused: Mapping[str, int],
    market: Market,
    basis: str,
    others: Mapping[str, int],
) -> Loose:
    unused = [column for column in raw.columns if column not in found.values()]
    return Loose(kept, found, unused, raw.height, refused, market, basis, others)


def _nobody() -> pl.Expr:
    return pl.col("name_key").is_null() & pl.col("player_id").is_null()


def _need(
    path: File, raw: pl.DataFrame, found: Mapping[str, str], either: Sequence[str], role: str
) -> None:
    if not any(name in found for name in either):
        raise InputError(
            f"Expected a column of {' or '.join(either)} in {called(path)}, recognised none of "
            f"{', '.join(raw.columns)}; name it with --map {role}=COLUMN."
        )


def _market(
    raw: pl.DataFrame, asked: str | None, mapped: Mapping[str, str]
) -> tuple[Market, str, pl.DataFrame, dict[str, int]]:
    """Return the market, how it is known, its rows, and how many rows are of others."""
    wanted = market_named(asked) if asked else None
    stated = {role: column for role, column in mapped.items() if role == "market"}
    column = recognised(raw, _MARKET_ROLE, wanted or market_named("points"), stated).get("market")
    if column is None:
        if wanted is not None:
            return wanted, STATED, raw, {}
        named = markets_predicted(raw.columns)
        return (
            (market_named(named[0]), NAMED, raw, {})
            if len(named) == 1
            else (market_named("points"), TAKEN_AS, raw, {})
        )
    label = values.by_unique(values.text(raw[column]), _market_names, pl.String())
    tally = dict(label.fill_null("unknown").value_counts(sort=True).iter_rows())
    if wanted is None:
        known = [name for name in tally if name != "unknown"]
        if len(known) != 1:
            told = ", ".join(f"{name} ({n:,} rows)" for name, n in tally.items())
            raise InputError(f"Expected one market, found {told}; choose one with --market.")
        wanted = market_named(known[0])
    basis = STATED if asked else ALONE
    others = {name: n for name, n in tally.items() if name != wanted.name}
    return wanted, basis, raw.filter((label == wanted.name).fill_null(value=False)), others


_MARKET_ROLE: tuple[Role, ...] = tuple(role for role in PREDICTIONS if role.name == "market")


def _market_names(known: pl.Series) -> pl.Series:
    plain = known.str.to_lowercase().str.replace_all(r"[\s_]*\+[\s_]*", "+")
    joined = plain.str.replace_all(r"[\s-]+", "_").str.replace(r"_?(prop|o/u|total)$", "")
    return joined.replace_strict(MARKET_SPELLINGS, default=None, return_dtype=pl.String)


def _typed(raw: pl.DataFrame, found: Mapping[str, str]) -> pl.DataFrame:
    """Return every role's typed column; null where the file has none."""
    n = raw.height

    def of(role: str) -> pl.Series:
        if role in found:
            return raw[found[role]]
        return pl.Series([None] * n, dtype=pl.String)

    columns = {"row": pl.Series(range(n), dtype=pl.Int64)}
    columns |= {role: values.text(of(role)) for role in _TEXT}
    for name in _MOMENTS:
        read = values.moments(of(f"{name}_at"))
        columns |= {f"{name}_from": read["earliest"], f"{name}_to": read["latest"]}
    for name in ("prediction", "line", "actual"):
        columns[name] = values.number(of(name))
    columns |= dict(zip(_PRICES, values.american([of(p) for p in _PRICES]), strict=True))
    columns["minutes"] = values.minutes(of("minutes"))
    columns["side"] = values.side(of("side"))
    columns["stated_outcome"] = values.outcome(of("stated_outcome"))
    columns |= _dates(of("game_date"), columns)
    frame = pl.DataFrame({name: column.alias(name) for name, column in columns.items()})
    return _named(frame)


def _dates(stated: pl.Series, columns: Mapping[str, pl.Series]) -> dict[str, pl.Series]:
    """Return the game date, US Eastern, and the tip-off where the date's column has its time.

    A start with a zone tells both, and goes before a date of its own: that may be the file's, or
    UTC. A start without one leaves a date as it is written.
    """
    read = values.moments(stated)
    frame = pl.DataFrame(
        {
            "day": values.day(stated),
            "from": read["earliest"],
            "to": read["latest"],
            "tip_off_from": columns["tip_off_from"],
            "tip_off_to": columns["tip_off_to"],
        }
    ).with_columns(
        is_exact=(pl.col("from") == pl.col("to")).fill_null(value=False),
        starts_exactly=(pl.col("tip_off_from") == pl.col("tip_off_to")).fill_null(value=False),
    )
    told = frame.select(
        game_date=pl.when("starts_exactly")
        .then(eastern_day("tip_off_from"))
        .when("is_exact")
        .then(eastern_day("from"))
        .otherwise(pl.coalesce("day", eastern_day("tip_off_to"))),
        tip_off_from=pl.coalesce("tip_off_from", pl.when("is_exact").then("from")),
        tip_off_to=pl.coalesce("tip_off_to", pl.when("is_exact").then("to")),
    )
    return {name: told[name] for name in told.columns}


def _named(rows: pl.DataFrame) -> pl.DataFrame:
    """Add the key that names are compared by, the team's code and what a book is."""
    keys = values.by_unique(
        rows["player_name"],
        lambda known: pl.Series([None if v is None else name_key(v) for v in known]),
        pl.String(),
    )
    id_ = pl.col("player_id").str.replace(r"\.0+$", "")
    book = book_expr("book")
    return rows.with_columns(name_key=keys).with_columns(
        name_key=pl.when(pl.col("name_key") != "").then(canonical("name_key")),
        player_id=id_,
        team=team("team"),
        book=book,
        is_placeholder=book.is_in(PICK_EM_BOOKS),
    )


def _side_by_side(rows: pl.DataFrame) -> pl.DataFrame:
    """Put the two sides of a quote, in rows of their own, into one row with two prices."""
    sided = rows["side"].is_not_null().any() and rows["price"].is_not_null().any()
    if not sided:
        return rows
    quote = [
        "player_name", "player_id", "name_key", "team", "game_date", "book", "line",
        "tip_off_from", "tip_off_to", "quoted_from", "quoted_to",
    ]  # fmt: skip
    first = [c for c in rows.columns if c not in (*quote, "over_price", "under_price")]

    def price(side: str) -> pl.Expr:
        return pl.col("price").filter(pl.col("side") == side).first()

    return (
        rows.group_by(quote, maintain_order=True)
        .agg(
            *[pl.col(c).first() for c in first],
            over_price=price("over"),
            under_price=price("under"),
        )
        .select(rows.columns)
    )
