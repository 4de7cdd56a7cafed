"""Rows of a lake as frames: features, takeable lines, and both with what happened."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import polars as pl

from tipoff.api.given import AnyLake, Day, lake_at, span
from tipoff.api.results import Dataset
from tipoff.backtest.lines import line_choice
from tipoff.domain.ids import name_key
from tipoff.domain.market import market_named
from tipoff.domain.seasons import seasons_between
from tipoff.errors import InputError, nearest
from tipoff.features.quality import row_quality
from tipoff.features.sets import feature_names
from tipoff.features.sets import feature_set as features_of
from tipoff.models.matrix import in_order
from tipoff.processors.catalogue import feature_store
from tipoff.settings import DEFAULT_LEAD_MINUTES
from tipoff.sources.identity import aliases
from tipoff.store.lake import scan as scan_table
from tipoff.workflows import dataset as datasets
from tipoff.workflows.world import view_of

_GAME = ("game_id", "player_id")
_WHO = (
    *("season", "game_date", "game_id", "player_id", "player_name", "team", "opponent", "is_home"),
    *("tip_off_at", "as_of"),
)
_LINE = ("line", "over_price", "under_price", "book", "consensus")
_LINES = (*_LINE, "books", "source", "observed_at", "observed_basis", "is_placeholder")


def feature_rows(
    lake: AnyLake,
    start: Day,
    end: Day,
    *,
    players: str | Sequence[str] | None = None,
    feature_set: str = "v12",
    market: str = "points",
    lead_minutes: int = DEFAULT_LEAD_MINUTES,
) -> pl.DataFrame:
    """Return the stored feature rows of a span of game dates.

    Args:
        lake: a lake with feature rows (``backfill``).
        start, end: first and last game date, both included.
        players: names in any spelling, or ids; everybody where None.
        feature_set: which features, and what rows are judged for.
        market: whose features.
        lead_minutes: of the decision instant that rows were built for.

    Returns:
        One row per player-game, in order of game date, game and player: ``season, game_date,
        game_id, player_id, player_name, team, opponent, is_home``, ``tip_off_at`` and ``as_of``
        (UTC), ``quality_score`` (0 to 100), ``is_training_ready``, and a Float64 column per
        feature, null where it is not known. Units: ``tipoff features list``.

    Raises:
        InputError: no rows are stored for the span, or a player has none in it.
    """
    first, last = span(start, end)
    of, judged_for = market_named(market), features_of(feature_set)
    source = view_of(lake_at(lake), None, lead_minutes)
    stored = scan_table(source, feature_store(of).table).filter(
        pl.col("season").is_in(seasons_between(first, last)),
        pl.col("game_date").is_between(first, last),
    )
    judged = stored.with_columns(*row_quality(judged_for, of)).select(
        *_WHO,
        "quality_score",
        "is_training_ready",
        *feature_names(feature_set, market=of),
    )
    rows = judged.collect()
    if rows.is_empty():
        raise InputError(
            f"Expected feature rows of {of.name} between {first} and {last}, found none. Build "
            "them with backfill(lake, start, end) first."
        )
    return in_order(_of_players(rows, players))


def lines(
    lake: AnyLake,
    start: Day,
    end: Day,
    *,
    line_source: str = "draftkings",
    market: str = "points",
    lead_minutes: int = DEFAULT_LEAD_MINUTES,
) -> pl.DataFrame:
    """Return the line of each player-game that could be taken at its decision instant.

    The line is one that a book posted before ``as_of``, near the consensus, with both sides priced
    (unless ``line_source`` says ``unpriced``), never an alternate.

    Args:
        lake: a lake with feature rows (``backfill``): they say who could be known to play.
        start, end: first and last game date, both included.
        line_source: a book, several with commas, ``median`` or ``unpriced``; a source before a
            colon: ``daily_book:draftkings``.
        market: which count.
        lead_minutes: minutes before tip-off of the decision instant.

    Returns:
        One row per player-game with a takeable line: who and when as in ``feature_rows``,
        ``line``, ``over_price, under_price`` (American odds), ``book``, ``consensus`` (median of
        the feeds), ``books`` (feeds that quoted), ``source``, ``observed_at`` (UTC) and
        ``observed_basis`` (recorded or assumed), ``is_placeholder`` (prices that stand for none).

    Raises:
        InputError: the lake holds no feature rows of the seasons, or the source names nothing.
    """
    found = _loaded(lake, span(start, end), "v12", market, lead_minutes)
    taken = datasets.lines_of(found, line_choice(line_source), market_named(market))
    rows = found.rows.select(*_WHO).join(taken, on=_GAME, validate="1:1")
    return in_order(rows.select(*_WHO, *_LINES))


def dataset(
    lake: AnyLake,
    start: Day,
    end: Day,
    *,
    feature_set: str = "v12",
    market: str = "points",
    line_source: str = "draftkings",
    lead_minutes: int = DEFAULT_LEAD_MINUTES,
    all_rows: bool = False,
) -> Dataset:
    """Return what a model is trained and tested on: features, results and lines.

    Args:
        lake: a lake with feature rows (``backfill``).
        start, end: first and last game date, both included.
        feature_set: which features; ``v12_no_vegas`` leaves out those of the posted line.
        market: which count is predicted.
        line_source: as of ``lines``.
        lead_minutes: minutes before tip-off of the decision instant.
        all_rows: also rows that are not ready (a required feature is missing or stale), and those
            of players who did not play, whose ``y`` is null.

    Returns:
        The rows, with ``X``, ``y`` and ``groups`` (game dates) for scikit-learn. Results are in
        their newest version; ``train`` and ``walk_forward`` learn from what had been told by then.

    Raises:
        InputError: the lake holds no feature rows of the seasons, or none of the span is ready.
    """
    of = market_named(market)
    first, last = span(start, end)
    found = _loaded(lake, (first, last), feature_set, market, lead_minutes)
    rows = found.rows
    if not all_rows:
        rows = rows.filter("is_training_ready", pl.col("actual").is_not_null())
    if rows.is_empty():
        raise InputError(
            f"Expected rows to learn from between {first} and {last}, found none of "
            f"{found.rows.height:,} ready for {feature_set} and played. Backfill the span with "
            "backfill(lake, start, end), choose another, or ask for all_rows=True."
        )
    taken = datasets.lines_of(found, line_choice(line_source), of).select(*_GAME, *_LINE)
    lined = rows.join(taken, on=_GAME, how="left", validate="1:1")
    columns = (*_WHO, "is_training_ready", "played", "actual", *found.features, *_LINE)
    return Dataset(in_order(lined.select(columns)), found.features, of.name, found.fingerprint)


def _loaded(
    lake: AnyLake, days: tuple[date, date], feature_set: str, market: str, lead_minutes: int
) -> datasets.Dataset:
    """The workflows' dataset of the span's seasons, cut to its dates."""
    found = datasets.dataset(
        lake_at(lake),
        seasons_between(*days),
        market=market,
        feature_set_name=feature_set,
        lead_minutes=lead_minutes,
    )
    inside = pl.col("game_date").is_between(*days)
    return replace(found, rows=found.rows.filter(inside), quotes=found.quotes.filter(inside))


def _of_players(rows: pl.DataFrame, players: str | Sequence[str] | None) -> pl.DataFrame:
    """Return the rows of some players, each of whom must have one."""
    if players is None:
        return rows
    asked = [players] if isinstance(players, str) else list(players)
    known = aliases()
    ids = set(rows["player_id"].to_list())
    by_key: dict[str, list[str]] = {}
    for name in rows["player_name"].unique().sort():
        by_key.setdefault(known.get(name_key(name), name_key(name)), []).append(name)
    names: list[str] = []
    for one in asked:
        key = known.get(name_key(one), name_key(one))
        if one not in ids and key not in by_key:
            raise InputError(
                f"Expected players with feature rows in the span, got {one!r}, who has none."
                f"{nearest((own[0] for own in by_key.values()), one)}"
            )
        names += by_key.get(key, [])
    return rows.filter(pl.col("player_id").is_in(asked) | pl.col("player_name").is_in(names))
