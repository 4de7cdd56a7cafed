"""What a model is trained and graded on: feature rows, what came of them, and the known quotes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import polars as pl

from tipoff.backtest.book_bias import book_biases
from tipoff.backtest.lines import LineChoice
from tipoff.backtest.market_mean import with_market_mean
from tipoff.backtest.takeable import takeable
from tipoff.domain.market import Market, market_named
from tipoff.domain.plant import Plant
from tipoff.errors import InputError
from tipoff.features.quality import row_quality
from tipoff.features.recent_form import points_avg_last_10, points_avg_season, points_std_last_10
from tipoff.features.sets import feature_names, feature_set
from tipoff.models.spec import ModelSpec
from tipoff.processors.catalogue import feature_store
from tipoff.settings import DEFAULT_LEAD_MINUTES
from tipoff.store.facts import sum_of
from tipoff.store.fingerprint import digest
from tipoff.store.games import with_canonical_ids
from tipoff.store.lake import Lake, read, scan
from tipoff.store.versions import KNOWN_AT, SUPERSEDED_AT, counts_at, with_withdrawals
from tipoff.tables.raw import GAMES, PROP_QUOTES
from tipoff.workflows.world import played_games, view_of

_KEY = (
    "season",
    "game_date",
    "game_id",
    "player_id",
    "player_name",
    "team",
    "opponent",
    "is_home",
    "season_type",
    "tip_off_at",
    "as_of",
    "spine_basis",
)


@dataclass(frozen=True)
class Dataset:
    """Rows of some seasons, for one market and feature set.

    Attributes:
        rows: one per spine row: the key, ``is_training_ready``, ``played``, ``actual`` (null
            where he did not play) and one Float64 column per declared feature.
        quotes: quotes of the market known at the row's ``as_of``, with their marks, ``as_of`` and
            ``tip_off_at``.
        closing_quotes: those that counted at tip-off; for grading only.
        features: names of the feature set's features, in order.
        fingerprint: of the rows' code and inputs.
        plant: name of the planted fault, or None.
        lead_minutes: minutes before tip-off of the decision instant.
        found: what was asked of rows and quotes before, with the frames it was asked of.
    """

    rows: pl.DataFrame
    quotes: pl.DataFrame
    closing_quotes: pl.DataFrame
    features: tuple[str, ...]
    fingerprint: str
    plant: str | None
    lead_minutes: int = DEFAULT_LEAD_MINUTES
    found: dict[Any, tuple[Sequence[pl.DataFrame], Any]] = field(
        default_factory=dict, compare=False
    )


def dataset(
    lake: Lake,
    seasons: Sequence[str],
    *,
    market: str = "points",
    feature_set_name: str = "v12",
    with_market: bool = True,
    plant: Plant | None = None,
    lead_minutes: int = DEFAULT_LEAD_MINUTES,
) -> Dataset:
    """Load what the lake holds of some seasons.

    Args:
        lake: the lake; with a plant, features are read from its planted view.
        seasons: season names.
        market: name of the market that is predicted.
        feature_set_name: the feature set; a row is training-ready when none of its required
            features is null.
        with_market: keep the set's four market-line features.
        plant: the planted fault whose rows to read.
        lead_minutes: minutes before tip-off of the decision instant.

    Raises:
        InputError: no feature rows are stored for these seasons.
    """
    of = market_named(market)
    stored = _stored(lake, seasons, of, plant, lead_minutes)
    names = feature_names(feature_set_name, with_market=with_market, market=of)
    judged = stored.with_columns(row_quality(feature_set(feature_set_name), of))
    rows = _with_actual(judged, lake, seasons, market).select(
        *_KEY,
        "is_training_ready",
        "played",
        "actual",
        *feature_names("all", market=of),
        season_average=points_avg_season.column(of),
        last_10_average=points_avg_last_10.column(of),
        own_spread=points_std_last_10.column(of),
    )
    quotes = _quotes(lake, seasons, market, stored)
    planted = plant.name if plant else None
    return Dataset(
        rows=rows.sort("game_date", "game_id", "player_id"),
        quotes=_counting_at(quotes, "as_of"),
        closing_quotes=_counting_at(quotes, "tip_off_at"),
        features=names,
        fingerprint=_fingerprint(stored, market, planted, lead_minutes),
        plant=planted,
        lead_minutes=lead_minutes,
    )


def _fingerprint(stored: pl.DataFrame, market: str, planted: str | None, lead_minutes: int) -> str:
    prints = stored.select("code_fingerprint", "input_fingerprint").unique().sort(pl.all())
    return digest([market, planted or "", str(lead_minutes), *map(str, prints.rows())])


def _stored(
    lake: Lake, seasons: Sequence[str], market: Market, plant: Plant | None, lead_minutes: int
) -> pl.DataFrame:
    """Read the feature rows of one view; rows that are not marked as its own are refused."""
    source = view_of(lake, plant, lead_minutes)
    table = feature_store(market).table
    stored = scan(source, table).filter(pl.col("season").is_in(list(seasons))).collect()
    marked = plant.name if plant else ""
    strangers = stored.filter(pl.col("plant") != marked)
    if not strangers.is_empty():
        raise InputError(
            f"Expected feature rows planted with {marked or 'nothing'!r} only, found "
            f"{strangers.height} of {strangers['plant'].unique().to_list()}; refusing to read them."
        )
    if stored.is_empty():
        options = f" --plant {marked}" if marked else ""
        options += "" if market.name == "points" else f" --market {market.name}"
        options += "" if lead_minutes == DEFAULT_LEAD_MINUTES else f" --lead-minutes {lead_minutes}"
        raise InputError(
            f"Expected feature rows of {', '.join(seasons)} in the lake, found none. "
            f"Run 'tipoff backfill{options}' over these dates first."
        )
    return stored


def _with_actual(
    stored: pl.DataFrame, lake: Lake, seasons: Sequence[str], market: str
) -> pl.DataFrame:
    """Join what happened, as the newest version of the box score says."""
    happened = played_games(lake, seasons).select(
        "game_id",
        "player_id",
        played=pl.lit(value=True),
        actual=sum_of(market_named(market).columns).cast(pl.Float64),
    )
    return stored.join(happened, on=["game_id", "player_id"], how="left").with_columns(
        pl.col("played").fill_null(value=False)
    )


def _quotes(lake: Lake, seasons: Sequence[str], market: str, stored: pl.DataFrame) -> pl.DataFrame:
    """Quotes on stored rows, with ``known_at``, ``superseded_at``, ``as_of`` and ``tip_off_at``."""
    quotes = (
        scan(lake, PROP_QUOTES)
        .filter(
            pl.col("season").is_in(list(seasons)),
            pl.col("market") == market,
            pl.col("player_id").is_not_null(),
        )
        .drop("row_hash")
        .collect()
    )
    quotes = with_withdrawals(quotes, PROP_QUOTES.entity)
    spine = stored.select("game_id", "player_id", "as_of", "tip_off_at")
    placed = with_canonical_ids(quotes, read(lake, GAMES, seasons=seasons))
    return placed.join(spine, on=["game_id", "player_id"])


def _counting_at(quotes: pl.DataFrame, instant: str) -> pl.DataFrame:
    """Quotes that were known at an instant of their game and had not been withdrawn."""
    counting = quotes.filter(counts_at(pl.col(instant))).drop(SUPERSEDED_AT)
    return counting.rename({KNOWN_AT: "observed_at"}).sort(
        "game_id", "player_id", "observed_at", "book", "source", "line", "quote_number"
    )


def lines_of(data: Dataset, choice: LineChoice, market: Market) -> pl.DataFrame:
    """Return the takeable lines of a choice (see ``takeable``); runs on one dataset share them."""
    found: pl.DataFrame = _once(
        data, ("lines", choice), [data.quotes], lambda: takeable(data.quotes, choice, market)
    )
    return found


def biases_of(data: Dataset, start: date, end: date, market: Market) -> list[dict[str, Any]]:
    """Return how far books are off in a span (see ``book_biases``), found once as well."""
    of = [data.quotes, data.rows]
    found: list[dict[str, Any]] = _once(
        data, ("biases", start, end), of, lambda: book_biases(*quoted(data, start, end), market)
    )
    return found


def _once(data: Dataset, asked: Any, of: Sequence[pl.DataFrame], find: Callable[[], Any]) -> Any:
    """What was found before of the very same frames, or is found now."""
    known = data.found.get(asked)
    if known is None or any(a is not b for a, b in zip(known[0], of, strict=True)):
        known = data.found[asked] = (of, find())
    return known[1]


def quoted(data: Dataset, start: date, end: date) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the quotes of a span of game dates, and what became of its player-games."""
    inside = pl.col("game_date").is_between(start, end)
    return data.quotes.filter(inside), data.rows.filter(inside).select(
        "game_id", "player_id", "actual"
    )


def with_prior(data: Dataset, spec: ModelSpec, choice: LineChoice) -> Dataset:
    """Return the dataset with what the market expects in each row, where a recipe looks at it."""
    if spec.prior == "none":
        return data
    rows = with_market_mean(data.rows, data.quotes, choice, market_named(spec.market))
    return replace(data, rows=rows)


def training_rows(
    data: Dataset, spec: ModelSpec, start: date, end: date, lines: pl.DataFrame
) -> pl.DataFrame:
    """Return rows of a window that are ready and were played, within the recipe's bounds.

    Args:
        data: the dataset.
        spec: the recipe.
        start, end: game dates, both included.
        lines: takeable lines, for recipes that train on lined rows only.
    """
    rows = data.rows.filter(
        pl.col("game_date").is_between(start, end),
        pl.col("is_training_ready"),
        pl.col("actual").is_not_null(),
    )
    average = pl.col("season_average")
    if spec.min_ppg is not None:
        rows = rows.filter(average >= spec.min_ppg)
    if spec.max_ppg is not None:
        rows = rows.filter(average <= spec.max_ppg)
    if spec.lines_only_train:
        rows = rows.join(lines, on=["game_id", "player_id"], how="semi")
    return rows
