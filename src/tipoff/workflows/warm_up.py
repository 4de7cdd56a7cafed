"""The warm-up map: how many games each feature needs, and which rows have fewer."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import polars as pl

from tipoff.backtest.settling import (
    FROM_START,
    NOT_MEASURED,
    RUNS_ON,
    TOLERANCE,
    Settling,
    settling,
)
from tipoff.backtest.warm_up_map import cells, share_by
from tipoff.domain.market import Market, market_named
from tipoff.domain.seasons import STARTS, seasons_between, start_year
from tipoff.errors import InputError
from tipoff.features.declare import Feature
from tipoff.features.history import KNOWN_GAMES, counted_inputs, games_known, runs_on
from tipoff.features.sets import feature_set
from tipoff.features.warm_up import COLUMNS, ROW_TOLERANCE, Measured, needed, row_warm_up
from tipoff.processors.catalogue import feature_store
from tipoff.settings import DEFAULT_LEAD_MINUTES
from tipoff.store.lake import Lake, scan
from tipoff.tables.raw import GAMES, ROSTERS
from tipoff.workflows.known_games import KEY, counted_rows, stored_games
from tipoff.workflows.rebuild import rebuilt
from tipoff.workflows.world import played_games, raw_rows

Step = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Cut:
    """How history is shortened.

    Attributes:
        begins: share of a season's game dates after which the season is made to begin.
        dates: so many game dates from there on are computed again.
        longer: games that the whole history must have more than the short one.
        least: pairs of values that a number of games must have to be looked at.
    """

    begins: float = 0.4
    dates: int = 90
    longer: int = 15
    least: int = 100


USUAL = Cut()


def warm_up(
    lake: Lake,
    *,
    seasons: Sequence[str] = (),
    dates: tuple[date | None, date | None] = (None, None),
    feature_set_name: str = "v12",
    market: str = "points",
    cut: Cut = USUAL,
    step: Step = lambda *_: None,
) -> dict[str, Any]:
    """Measure how many games each feature of a set needs, and map the rows that have fewer.

    Args:
        lake: a lake with raw rows and stored feature rows; it is only read.
        seasons: season names; all that have feature rows where empty.
        dates: first and last game date of the rows that are mapped; needs are measured on the
            whole seasons that they touch.
        feature_set_name: the feature set.
        market: the market of the feature rows.
        cut: how history is shortened.
        step: progress callback.

    Returns:
        ``features`` (per feature its inputs, ``state``, ``games`` needed with ``low`` and
        ``high``, ``n``, the ``error`` by number of games, what is ``shipped`` and whether it
        ``moved``), ``map`` (as of ``cells``, over the rows that were played), ``weeks`` and
        ``seasons`` (as of ``share_by``, for the set's label).

    Raises:
        InputError: the set or market is unknown, or no feature rows are stored.
    """
    of = market_named(market)
    features = feature_set(feature_set_name)
    stored = _stored(lake, of, features, _asked(seasons, dates))
    pairs = _all_pairs(lake, stored, of, cut, step)
    found = {f: _settling(pairs, f, of, cut) for f in features}
    rows = _labelled(stored.filter(_inside(dates)), features, of)
    played = rows.filter("played")
    own = {row["season"]: row for row in share_by(played, "season")}
    return {
        "market": of.name,
        "feature_set": feature_set_name,
        "measured_on": stored["season"].unique().sort().to_list(),
        "tolerance": TOLERANCE,
        "row_tolerance": ROW_TOLERANCE,
        "features": [_described(f, found[f], of) for f in features],
        "map": cells(played, {f.column(of): (games_known(f), found[f]) for f in features}),
        "weeks": share_by(played, "week"),
        "seasons": [{**row, "played": own.get(row["season"])} for row in share_by(rows, "season")],
    }


def _asked(seasons: Sequence[str], dates: tuple[date | None, date | None]) -> pl.Expr:
    """Which rows belong to the seasons asked for, by name or by dates."""
    start, end = dates
    chosen = list(seasons)
    for season in chosen:
        start_year(season)
    if start is not None and end is not None:
        chosen = chosen or seasons_between(start, end)
    if chosen:
        return pl.col("season").is_in(chosen)
    return _inside(dates).any().over("season")


def _inside(dates: tuple[date | None, date | None]) -> pl.Expr:
    start, end = dates
    first = pl.lit(value=True) if start is None else pl.col("game_date") >= start
    return first if end is None else first & (pl.col("game_date") <= end)


def _stored(
    lake: Lake, market: Market, features: Sequence[Feature], asked: pl.Expr
) -> pl.DataFrame:
    """Stored rows with their known games, the week of the season and who ``played``."""
    key = ("season", "season_type", "game_date", *KEY, "team", "opponent")
    columns = [f.column(market) for f in features]
    rows = scan(lake, feature_store(market).table).select(*key, *columns).filter(asked).collect()
    if rows.is_empty():
        options = "" if market.name == "points" else f" --market {market.name}"
        raise InputError(
            f"Expected stored feature rows of {market.name} in these seasons, found none. "
            f"Run 'tipoff backfill{options}' over them first."
        )
    seasons = rows["season"].unique().to_list()
    played = played_games(lake, seasons).select(*KEY, played=pl.lit(value=True))
    first = {s: STARTS[y] for s in seasons if (y := start_year(s)) in STARTS}
    begins = pl.coalesce(
        pl.col("season").replace_strict(first, default=None, return_dtype=pl.Date),
        pl.col("game_date").min().over("season"),
    )
    return (
        rows.join(stored_games(lake, seasons, market), on=KEY, how="left")
        .join(played, on=KEY, how="left")
        .with_columns(
            pl.col("played").fill_null(value=False),
            week=((pl.col("game_date") - begins).dt.total_days() // 7 + 1).cast(pl.Int32),
        )
    )


def _labelled(rows: pl.DataFrame, features: Sequence[Feature], market: Market) -> pl.DataFrame:
    if rows.is_empty():
        raise InputError("Expected stored feature rows between these dates, found none.")
    return rows.with_columns(row_warm_up(features, market))


def _all_pairs(
    lake: Lake, stored: pl.DataFrame, market: Market, cut: Cut, step: Step
) -> pl.DataFrame:
    pairs = []
    parts = sorted(stored.partition_by("season", as_dict=True).items())
    for place, ((season,), rows) in enumerate(parts):
        step(f"computing {season} again", place, len(parts))
        pairs.append(_pairs(lake, str(season), rows, market, cut))
    return pl.concat(pairs)


def _pairs(lake: Lake, season: str, stored: pl.DataFrame, market: Market, cut: Cut) -> pl.DataFrame:
    """Played rows of a season twice: as stored, and as if the season had begun later."""
    days = stored["game_date"].unique().sort().to_list()
    begins = days[int(cut.begins * len(days))]
    again = [day for day in days if day >= begins][: cut.dates]
    earlier = (pl.col("season") == season) & (pl.col("game_date") < begins)
    frames = {
        # The schedule and birth dates are known beforehand, whatever has been played.
        name: rows if name in (GAMES.name, ROSTERS.name) else rows.filter(~earlier)
        for name, rows in raw_rows(lake, [season], [market]).items()
    }
    built = rebuilt(frames, again, DEFAULT_LEAD_MINUTES, [market])
    short = built[feature_store(market).name]
    columns = [c for c in stored.columns if c in short.columns and c not in _KEPT]
    counted = short.select(*KEY, "team", *[pl.col(c).alias(f"short {c}") for c in columns]).join(
        counted_rows(built, market).rename({c: f"short {c}" for c in KNOWN_GAMES}), on=KEY
    )
    # A row that is put into another team is not the same row.
    return stored.filter("played").join(counted, on=[*KEY, "team"])


_KEPT = ("season", "season_type", "game_date", *KEY, "team", "opponent")


def _settling(pairs: pl.DataFrame, feature: Feature, market: Market, cut: Cut) -> Settling:
    if runs_on(feature):
        return Settling(RUNS_ON)
    inputs = counted_inputs(feature)
    column = feature.column(market)
    longer = [
        pl.col(f"known_{name}") - pl.col(f"short known_{name}") >= cut.longer for name in inputs
    ]
    is_of_opponent = bool(inputs) and all(name.startswith("opponent") for name in inputs)
    own = pairs.filter(*longer).select(
        games=games_known(feature, "short known_"),
        short=pl.col(f"short {column}"),
        whole=pl.col(column),
        cluster=pl.concat_str("season", "opponent" if is_of_opponent else "team"),
    )
    found = settling(own, cut.least)
    if not inputs and found.state == NOT_MEASURED:
        # Nothing that it reads is history; there are too few values to see it.
        return replace(found, state=FROM_START, games=0)
    return found


def _described(feature: Feature, found: Settling, market: Market) -> dict[str, Any]:
    shipped = needed(feature, market)
    return {
        "index": feature.index,
        "name": feature.column(market),
        "declared": feature.name,
        "need": feature.need,
        "unit": feature.unit,
        "inputs": list(counted_inputs(feature)),
        "state": found.state,
        "games": found.games,
        "low": found.low,
        "high": found.high,
        "measured_to": found.measured_to,
        "n": found.n,
        "deviation": found.deviation,
        "error": list(found.curve),
        "shipped": None if shipped is None else shipped.games,
        "moved": shipped is not None and _moved(shipped, found),
    }


def _moved(shipped: Measured, found: Settling) -> bool:
    """Whether what is measured and what is shipped lie outside each other's intervals."""
    if not found.n or shipped.low is None or found.low is None:
        return False
    ends = [float("inf") if high is None else high for high in (shipped.high, found.high)]
    return bool(found.low > ends[0] or shipped.low > ends[1])


def needs_table(report: Mapping[str, Any]) -> pl.DataFrame:
    """Return what is shipped beside the features: one row per feature, in order of index."""
    rows = [
        {**row, "market": report["market"], "feature": row["declared"]}
        for row in report["features"]
    ]
    return pl.DataFrame(rows, schema=COLUMNS, strict=False)
