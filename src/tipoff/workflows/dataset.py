"""What a model is trained and graded on: feature rows, what came of them, and the known quotes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import polars as pl

from tipoff.backtest.book_bias import book_biases
from tipoff.backtest.lines import LineChoice
from tipoff.backtest.market_mean import with_market_mean
from tipoff.backtest.takeable import takeable
from tipoff.domain.guard import guard, planted
from tipoff.domain.market import Market, market_named
from tipoff.domain.plant import Plant
from tipoff.errors import InputError
from tipoff.features.history import KNOWN_GAMES
from tipoff.features.quality import row_quality
from tipoff.features.recent_form import points_avg_last_10, points_avg_season, points_std_last_10
from tipoff.features.sets import feature_names, feature_set
from tipoff.features.warm_up import UNLABELLED, row_warm_up
from tipoff.models.spec import ModelSpec
from tipoff.processors.catalogue import feature_store
from tipoff.settings import DEFAULT_LEAD_MINUTES
from tipoff.store.facts import sum_of
from tipoff.store.fingerprint import digest
from tipoff.store.games import with_canonical_ids
from tipoff.store.lake import Lake, read, scan
from tipoff.store.versions import KNOWN_AT, SUPERSEDED_AT, counts_at, with_withdrawals
from tipoff.tables.raw import GAMES, PLAYER_BOXES, PROP_QUOTES
from tipoff.workflows.known_games import KEY, stored_games
from tipoff.workflows.world import told_games, view_of

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
        rows: one per spine row: the key, ``is_training_ready``, ``in_warm_up`` and
            ``warm_up_features`` (as of ``row_warm_up``), ``played``, ``actual`` (null where he did
            not play), ``actual_known_at`` (when that was first told) and one Float64 column per
            declared feature.
        corrections: every version of results that were told more than once: ``game_id, player_id,
            actual, known_at, superseded_at``.
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
    corrections: pl.DataFrame
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
    known = stored_games(view_of(lake, plant, lead_minutes), seasons, of)
    games = read(lake, GAMES, seasons=seasons)
    boxes = read(lake, PLAYER_BOXES, seasons=seasons)
    said = scan(lake, PROP_QUOTES).filter(
        pl.col("season").is_in(list(seasons)), pl.col("market") == market
    )
    name = plant.name if plant else None
    with planted(name):
        return dataset_of(
            stored.join(known, on=list(KEY), how="left"),
            {"games": games, "player_boxes": boxes, "prop_quotes": said.drop("row_hash").collect()},
            of,
            feature_set_name,
            with_market=with_market,
            about=(_fingerprint(stored, market, name, lead_minutes), name, lead_minutes),
        )


def dataset_of(
    stored: pl.DataFrame,
    frames: Mapping[str, pl.DataFrame],
    market: Market,
    feature_set_name: str,
    *,
    with_market: bool,
    about: tuple[str, str | None, int],
) -> Dataset:
    """Make a dataset of feature rows and raw rows.

    Args:
        stored: rows of the market's feature store; with their known games they are labelled.
        frames: rows of ``games``, ``player_boxes`` and ``prop_quotes`` of the same seasons.
        market: the market that is predicted.
        feature_set_name, with_market: as of ``dataset``.
        about: the dataset's fingerprint, plant and lead in minutes.
    """
    features = feature_set(feature_set_name)
    labels = (
        row_warm_up(features, market) if set(KNOWN_GAMES) <= set(stored.columns) else UNLABELLED
    )
    judged = stored.with_columns(*row_quality(features, market), *labels)
    told = told_results(told_games(frames["player_boxes"], frames["games"]), market)
    rows = _with_actual(judged, told).select(
        *_KEY,
        "is_training_ready",
        "in_warm_up",
        "warm_up_features",
        "played",
        "actual",
        "actual_known_at",
        *feature_names("all", market=market),
        season_average=points_avg_season.column(market),
        last_10_average=points_avg_last_10.column(market),
        own_spread=points_std_last_10.column(market),
    )
    quotes = _quotes(frames["prop_quotes"], frames["games"], stored)
    names = feature_names(feature_set_name, with_market=with_market, market=market)
    return Dataset(
        _as_they_are(rows, names).sort("game_date", "game_id", "player_id"),
        told.filter(pl.len().over("game_id", "player_id") > 1),
        _counting_at(quotes, "as_of"),
        _counting_at(quotes, "tip_off_at"),
        names,
        *about,
    )


@guard
def _as_they_are(rows: pl.DataFrame, features: Sequence[str]) -> pl.DataFrame:  # noqa: ARG001
    """Values are not scaled here: learners scale by their own training rows."""
    return rows


@_as_they_are.fault("global-scaler")
def _scaled_by_all(rows: pl.DataFrame, features: Sequence[str]) -> pl.DataFrame:
    """Mean and deviation of all seasons' rows, training and test alike."""
    return rows.with_columns(
        ((pl.col(name) - pl.col(name).mean()) / pl.col(name).std()).alias(name) for name in features
    )


def _fingerprint(stored: pl.DataFrame, market: str, plant: str | None, lead_minutes: int) -> str:
    prints = stored.select("code_fingerprint", "input_fingerprint").unique().sort(pl.all())
    return digest([market, plant or "", str(lead_minutes), *map(str, prints.rows())])


def _stored(
    lake: Lake, seasons: Sequence[str], market: Market, plant: Plant | None, lead_minutes: int
) -> pl.DataFrame:
    """Read the feature rows of one view; rows that are not marked as its own are refused."""
    source = view_of(lake, plant, lead_minutes)
    table = feature_store(market).table
    stored = scan(source, table).filter(pl.col("season").is_in(list(seasons))).collect()
    marked = plant.name if plant and plant.has_view else ""
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


def told_results(games: pl.DataFrame, market: Market) -> pl.DataFrame:
    """Return every version of what box scores told of each player-game.

    Args:
        games: of ``told_games``.
        market: what is counted.

    Returns:
        ``game_id, player_id``, when it was known and superseded, ``actual`` (null where he did not
        play) and ``played``.
    """
    total = sum_of(market.columns).cast(pl.Float64)
    # A feed may tell the same thing twice at once.
    once = games.unique(["game_id", "player_id", KNOWN_AT], keep="first", maintain_order=True)
    return once.select(
        "game_id",
        "player_id",
        KNOWN_AT,
        SUPERSEDED_AT,
        actual=pl.when(pl.col("seconds_played") > 0).then(total),
        played=(pl.col("seconds_played") > 0).fill_null(value=False),
    )


def _with_actual(stored: pl.DataFrame, told: pl.DataFrame) -> pl.DataFrame:
    """Join what happened, as the newest version of the box score says."""
    key = ["game_id", "player_id"]
    first = told.group_by(key).agg(actual_known_at=pl.col(KNOWN_AT).min())
    newest = told.filter(pl.col(SUPERSEDED_AT).is_null(), "played").select(*key, "played", "actual")
    return (
        stored.join(newest, on=key, how="left")
        .join(first, on=key, how="left")
        .with_columns(pl.col("played").fill_null(value=False))
    )


def _quotes(quotes: pl.DataFrame, games: pl.DataFrame, stored: pl.DataFrame) -> pl.DataFrame:
    """Quotes on stored rows, with ``known_at``, ``superseded_at``, ``as_of`` and ``tip_off_at``."""
    said = with_withdrawals(quotes.filter(pl.col("player_id").is_not_null()), PROP_QUOTES.entity)
    spine = stored.select("game_id", "player_id", "as_of", "tip_off_at")
    return with_canonical_ids(said, games).join(spine, on=["game_id", "player_id"])


def _counting_at(quotes: pl.DataFrame, instant: str) -> pl.DataFrame:
    """Quotes that were known at an instant of their game and had not been withdrawn."""
    counting = quotes.filter(counts_at(pl.col(instant))).drop(SUPERSEDED_AT)
    return counting.rename({KNOWN_AT: "observed_at"}).sort(
        "game_id", "player_id", "observed_at", "book", "source", "line", "quote_number"
    )


@guard
def lines_of(data: Dataset, choice: LineChoice, market: Market) -> pl.DataFrame:
    """Return the takeable lines of a choice (see ``takeable``); runs on one dataset share them."""
    found: pl.DataFrame = _once(
        data, ("lines", choice), [data.quotes], lambda: takeable(data.quotes, choice, market)
    )
    return found


@lines_of.fault("opening-price-from-the-close")
def _at_closing_prices(data: Dataset, choice: LineChoice, market: Market) -> pl.DataFrame:
    """The line of the decision with the last price that its book had on it before tip-off."""
    key = ["game_id", "player_id", "book", "line"]
    last = data.closing_quotes.sort("observed_at").unique(key, keep="last")
    lines = lines_of.honest(data, choice, market)
    both = lines.join(
        last.select(*key, _over="over_price", _under="under_price"),
        on=key,
        how="left",
        maintain_order="left",
    )
    return both.with_columns(
        over_price=pl.coalesce("_over", "over_price"),
        under_price=pl.coalesce("_under", "under_price"),
    ).drop("_over", "_under")


@lines_of.fault("latest-line")
def _at_tip_off(data: Dataset, choice: LineChoice, market: Market) -> pl.DataFrame:
    return takeable(data.closing_quotes.with_columns(as_of="tip_off_at"), choice, market)


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
