"""What a leak audit compares: everything that must not move when what comes later is changed.

Rows of all processors, their quality, the lines that could be taken, predictions of saved models
and, where a model is trained again on the weeks before the decision, its bytes and the picks that
it leads to: which player-games, sides, lines and prices, from which edge on.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from pathlib import Path

import polars as pl

from tipoff.backtest.evaluation import KEPT, with_edges, with_lines
from tipoff.backtest.lines import line_choice
from tipoff.backtest.metrics import tier
from tipoff.domain.guard import planted
from tipoff.domain.market import Market
from tipoff.domain.plant import Plant
from tipoff.domain.seasons import season_of
from tipoff.errors import InputError
from tipoff.features.quality import row_quality
from tipoff.features.sets import feature_set
from tipoff.models.artifact import load
from tipoff.models.learner import content_hash, predict
from tipoff.models.spec import ModelSpec, kept_features
from tipoff.processors.catalogue import feature_store
from tipoff.settings import DEFAULT_LEAD_MINUTES
from tipoff.tables.raw import RAW_TABLES
from tipoff.workflows.dataset import Dataset, dataset_of, lines_of, with_prior
from tipoff.workflows.fitting import Forecaster, forecast, forecaster
from tipoff.workflows.mutations import Moment
from tipoff.workflows.rebuild import rebuilt
from tipoff.workflows.training import training_rows

Frames = Mapping[str, pl.DataFrame]
Outputs = list[tuple[str, pl.DataFrame]]
_KEY = ("game_date", "game_id", "player_id")
QUALITY = (
    "missing_required",
    "missing_optional",
    "stale",
    "quality_score",
    "quality_tier",
    "alert_level",
    "is_training_ready",
    "is_quality_ready",
)
_TRAINING_DAYS = 75
_LEAST_TRAINING = 300
# Rows of so many later game dates are there as well when a model is trained: it must not look.
_LATER_DATES = 3
_CHOICE = line_choice("median")
# What of a graded row is known only when the game has been played.
_OUTCOMES = ("actual", "outcome", "unaudited_outcome", "unaudited_profit")
_DECISIONS = [name for name in KEPT if name not in _OUTCOMES]


@dataclass(frozen=True)
class Asked:
    """What is audited.

    Attributes:
        dates: how many game dates are sampled.
        refits: for how many of them a model is trained again.
        markets: whose features.
        spec: the recipe of the model that is trained again.
        models: files of saved models whose predictions are compared.
        lead_minutes: minutes before tip-off of the decision.
        seed: of the sample and the mutations.
        plant: a planted fault, to see that the audit finds it.
    """

    markets: tuple[Market, ...]
    spec: ModelSpec
    dates: int = 50
    refits: int = 2
    models: tuple[Path, ...] = ()
    lead_minutes: int = DEFAULT_LEAD_MINUTES
    seed: int = 1
    plant: Plant | None = None


def outputs(
    frames: Frames, asked: Asked, moment: Moment, *, has_refit: bool
) -> dict[str, pl.DataFrame]:
    """Return everything that must not move, by what it is called.

    Args:
        frames: rows of every raw table, by its name.
        asked: what is audited.
        moment: the decision.
        has_refit: train a model again, and pick with it.
    """
    day = moment.game_date
    before, after = _dates_around(frames, day) if has_refit else ([], [])
    dates = [*before, day, *after]
    built = rebuilt(frames, dates, asked.lead_minutes, asked.markets, asked.plant)
    found = {name: rows.filter(decided(moment)) for name, rows in built.items()}
    near = {name: _of_dates(frames[name], dates) for name in RAW_TABLES}
    with planted(asked.plant.name if asked.plant else None):
        for market in asked.markets:
            stored = built[feature_store(market).name]
            found |= dict(_of_market(stored, near, asked, market, moment))
            if before and asked.spec.market == market.name:
                found |= dict(_of_model(stored, near, asked, market, moment, before))
    return found


def refuse_foreign_models(asked: Asked) -> None:
    """Refuse saved models that nothing here would look at.

    Raises:
        InputError: a model is of a market that is not audited, or two have one name.
    """
    names = [path.name for path in asked.models]
    if len(set(names)) < len(names):
        raise InputError(f"Expected models of different names, got {', '.join(names)}.")
    audited = [market.name for market in asked.markets]
    for path in asked.models:
        market = load(path)[1]["spec"]["market"]
        if market not in audited:
            raise InputError(
                f"Expected models of {', '.join(audited)}, got {path}, which is of {market}; add "
                f"--market {market}."
            )


def decided(moment: Moment) -> pl.Expr:
    """Whether a row is of the decision."""
    return (pl.col("game_date") == moment.game_date) & (pl.col("as_of") == moment.instant)


def _of_dates(rows: pl.DataFrame, dates: Sequence[date]) -> pl.DataFrame:
    """What a dataset of some dates is made from: it asks for no other game's rows."""
    return rows.filter(pl.col("game_date").is_in(list(dates)))


def _of_market(
    stored: pl.DataFrame, frames: Frames, asked: Asked, market: Market, moment: Moment
) -> Outputs:
    """Quality, takeable lines and predictions of saved models of one market."""
    own = stored.filter(decided(moment))
    judged = own.with_columns(row_quality(feature_set(asked.spec.feature_set), market))
    found = [(f"quality of {market.name}", judged.select(*_KEY, *QUALITY))]
    data = _data(own, frames, asked.spec, market, asked)
    taken = lines_of(data, _CHOICE, market).sort("game_id", "player_id")
    found.append((f"lines of {market.name}", taken))
    for path in asked.models:
        fitted, record = load(path)
        spec = ModelSpec(**record["spec"])
        if spec.market == market.name:
            rows = _data(own, frames, spec, market, asked).rows
            predicted = rows.select(_KEY).with_columns(predict(fitted, rows))
            found.append((f"predictions of {path.name}", predicted))
    return found


def _data(
    stored: pl.DataFrame, frames: Frames, spec: ModelSpec, market: Market, asked: Asked
) -> Dataset:
    about = ("", asked.plant.name if asked.plant else None, asked.lead_minutes)
    quotes = frames["prop_quotes"].filter(pl.col("market") == market.name)
    data = dataset_of(
        stored,
        {**frames, "prop_quotes": quotes},
        market,
        spec.feature_set,
        with_market=not spec.no_vegas,
        about=about,
    )
    return with_prior(data, spec, _CHOICE)


def _of_model(
    stored: pl.DataFrame,
    frames: Frames,
    asked: Asked,
    market: Market,
    moment: Moment,
    before: Sequence[date],
) -> Outputs:
    """A model trained on the weeks before the decision, and what it picks."""
    data = _data(stored, frames, asked.spec, market, asked)
    lines = lines_of(data, _CHOICE, market)
    window = (before[0], before[-1])
    training = training_rows(data, asked.spec, window, moment.game_date, lines)
    features = kept_features(asked.spec, data.features)
    if training.height < _LEAST_TRAINING:
        return []
    own = forecaster(asked.spec, training, features, threads=1)
    shape = None if own.distribution is None else asdict(own.distribution)
    model = {
        "game_id": ["model"],
        "sha256": [content_hash(own.fitted)],
        "distribution": [json.dumps(shape)],
    }
    rows = data.rows.filter(decided(moment))
    return [("model bytes", pl.DataFrame(model)), ("picks", _picks(own, data, rows, lines, market))]


def _picks(
    own: Forecaster, data: Dataset, rows: pl.DataFrame, lines: pl.DataFrame, market: Market
) -> pl.DataFrame:
    """What is decided on the rows before anything of them is known, and from which edges on."""
    predicted = forecast(own, rows).with_columns(model=pl.lit(0), constant=pl.lit(own.mean))
    graded = with_lines(predicted, lines, {0: own.distribution}, market, data.closing_quotes)
    edges = json.dumps(with_edges(market, graded).edges)
    return graded.select(*_DECISIONS, tier=tier(market), edges=pl.lit(edges))


def _dates_around(frames: Frames, day: date) -> tuple[list[date], list[date]]:
    """The season's game dates of the last weeks before a date, and the next ones after it."""
    own = frames["games"].filter(pl.col("season") == season_of(day))
    days: list[date] = own["game_date"].unique().sort().to_list()
    before = [d for d in days if day - timedelta(days=_TRAINING_DAYS) <= d < day]
    return before, [d for d in days if d > day][:_LATER_DATES]
