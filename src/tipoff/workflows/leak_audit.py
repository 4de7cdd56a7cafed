"""Prove from outside that nothing comes from the future: change it, and see that nothing moves.

For sampled game dates everything that became known after a decision is changed in six ways, the
processors' rows of the date are built again, and must be the same bytes; so must quality,
predictions and, for some dates, the bytes of a model trained on what came before. The dual: where
the past is changed, something must move, or the audit looked at nothing.
"""

import json
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import polars as pl

from tipoff.backtest.lines import line_choice
from tipoff.backtest.takeable import takeable
from tipoff.domain.market import Market
from tipoff.domain.plant import Plant
from tipoff.domain.seasons import season_of
from tipoff.errors import InputError
from tipoff.features.quality import row_quality
from tipoff.features.sets import feature_set
from tipoff.models.artifact import load
from tipoff.models.learner import content_hash, predict
from tipoff.models.spec import ModelSpec, kept_features
from tipoff.processors.catalogue import feature_store, processors_for
from tipoff.settings import DEFAULT_LEAD_MINUTES
from tipoff.store.content import content_hash as frame_hash
from tipoff.store.games import merged_games
from tipoff.store.lake import Lake, scan
from tipoff.store.spine import game_spine
from tipoff.tables.raw import PLAYER_BOXES
from tipoff.workflows.dataset import Dataset, dataset_of, with_prior
from tipoff.workflows.executors import open_executor
from tipoff.workflows.fitting import forecaster
from tipoff.workflows.mutations import MUTATIONS, Moment, future_changed, past_changed
from tipoff.workflows.rebuild import rebuilt
from tipoff.workflows.training import training_rows
from tipoff.workflows.world import known_games, raw_rows

Step = Callable[[str, int, int], None]
Frames = Mapping[str, pl.DataFrame]
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
_PAST = ("player_boxes", "team_boxes", "shots", "prop_quotes", "game_lines", "availability")
# Dates before this many of a season have too little history to be changed.
_SETTLED = 12
_TRAINING_DAYS = 75
_LEAST_TRAINING = 300


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


def audit_leaks(
    lake: Lake, asked: Asked, *, workers: int = 1, step: Step = lambda *_: None
) -> dict[str, Any]:
    """Audit a lake's features and models for leaks.

    Args:
        lake: a lake with raw rows; nothing is written to it.
        asked: what is audited.
        workers: processes.
        step: called with what is being done and how far it is.

    Returns:
        ``dates`` (of each: the instant, the rows' hashes and what was changed), ``mutations``
        (by kind: rows changed by table, and for every output how often it was compared and how
        often it moved), ``dual`` (by kind and processor: how often it moved, of how many),
        ``differences`` (each with date, kind, output, columns and rows) and ``passed``.

    Raises:
        InputError: there are too few dates to sample, or a model can not be read.
    """
    days = _sampled(lake, asked)
    refits = set(random.Random(asked.seed).sample(days, min(asked.refits, len(days))))
    jobs = [(lake, asked, day, day in refits) for day in days]
    found = []
    with open_executor("local", workers) as executor:
        for place, one in enumerate(executor.map(audit_date, jobs)):
            step(f"changing the future of {days[place]}", place + 1, len(days))
            found.append(one)
    return _summed(found, asked)


def _sampled(lake: Lake, asked: Asked) -> list[date]:
    """Game dates with history, spread evenly over all seasons of the lake."""
    told = scan(lake, PLAYER_BOXES).select("game_date").unique().collect().to_series()
    spine = game_spine(known_games(lake), told.to_list(), asked.lead_minutes)
    listed = sorted(spine["game_date"].unique().to_list())
    by_season: dict[str, list[date]] = {}
    for day in listed:
        by_season.setdefault(season_of(day), []).append(day)
    open_ = [day for own in by_season.values() for day in own[_SETTLED:]]
    if len(open_) < asked.dates:
        raise InputError(
            f"Expected at least {asked.dates} game dates with {_SETTLED} earlier ones in their "
            f"season, found {len(open_)}. Audit fewer dates, or ingest more games."
        )
    chance = random.Random(asked.seed)
    width = len(open_) / asked.dates
    return [open_[int(width * (n + chance.random()))] for n in range(asked.dates)]


@lru_cache(maxsize=1)
def _frames(lake: Lake, season: str, markets: tuple[Market, ...]) -> dict[str, pl.DataFrame]:
    return raw_rows(lake, [season], markets)


def audit_date(lake: Lake, asked: Asked, day: date, has_refit: bool) -> dict[str, Any]:
    """Audit one game date; see ``audit_leaks``."""
    frames = _frames(lake, season_of(day), asked.markets)
    moment = _moment(frames, asked, day)
    clean = _outputs(frames, asked, moment, has_refit=has_refit)
    compared, differences, changed = [], [], {}
    for mutation in MUTATIONS.values():
        other, counts = future_changed(frames, moment, mutation, asked.seed)
        again = _outputs(other, asked, moment, has_refit=has_refit)
        changed[mutation.name] = counts
        for name, rows in clean.items():
            moved = _moved(rows, again.get(name))
            compared.append((mutation.name, name, moved is not None))
            if moved is not None:
                differences.append(
                    {"game_date": day, "mutation": mutation.name, "output": name, **moved}
                )
    return {
        "game_date": day,
        "instant": moment.instant,
        "hashes": {name: frame_hash(rows, _key_of(rows)) for name, rows in clean.items()},
        "changed": changed,
        "compared": compared,
        "differences": differences,
        "dual": _dual(frames, asked, moment, clean),
    }


def _moment(frames: Frames, asked: Asked, day: date) -> Moment:
    """The decision on some of the date's games, drawn by chance from its moments."""
    games = frames["games"].filter(pl.col("game_date") == day)
    own = game_spine(merged_games(games), [day], asked.lead_minutes)
    instants = sorted(own["as_of"].unique().to_list())
    chosen = random.Random(f"{asked.seed} {day}").choice(instants)
    return Moment(chosen, tuple(sorted(own["game_id"])), day)


def _outputs(
    frames: Frames, asked: Asked, moment: Moment, *, has_refit: bool
) -> dict[str, pl.DataFrame]:
    """Everything that must not move: rows, quality, predictions and a model's bytes."""
    day = moment.game_date
    days = _training_days(frames, day) if has_refit else []
    built = rebuilt(frames, [*days, day], asked.lead_minutes, asked.markets, asked.plant)
    own = pl.col("game_date") == day
    decided = own & (pl.col("as_of") == moment.instant)
    found = {name: rows.filter(decided) for name, rows in built.items()}
    for market in asked.markets:
        stored = built[feature_store(market).name]
        found |= dict(_of_market(stored, frames, asked, market, moment, days))
    return found


def _of_market(
    stored: pl.DataFrame,
    frames: Frames,
    asked: Asked,
    market: Market,
    moment: Moment,
    days: Sequence[date],
) -> list[tuple[str, pl.DataFrame]]:
    """Quality, predictions and a model's bytes of one market."""
    found = []
    decided = (pl.col("game_date") == moment.game_date) & (pl.col("as_of") == moment.instant)
    judged = stored.filter(decided).with_columns(
        row_quality(feature_set(asked.spec.feature_set), market)
    )
    found.append((f"quality of {market.name}", judged.select(*_KEY, *QUALITY)))
    for path in asked.models:
        fitted, record = load(path)
        spec = ModelSpec(**record["spec"])
        if spec.market == market.name:
            data = _data(stored.filter(decided), frames, spec, market, asked)
            rows = data.rows.select(_KEY).with_columns(predict(fitted, data.rows))
            found.append((f"predictions of {path.name}", rows))
    if days and asked.spec.market == market.name:
        found.append(("model bytes", _trained(stored, frames, asked, market, moment, days)))
    return found


def _data(
    stored: pl.DataFrame, frames: Frames, spec: ModelSpec, market: Market, asked: Asked
) -> Dataset:
    about = ("", asked.plant.name if asked.plant else None, asked.lead_minutes)
    data = dataset_of(
        stored, frames, market, spec.feature_set, with_market=not spec.no_vegas, about=about
    )
    return with_prior(data, spec, line_choice("median"))


def _trained(
    stored: pl.DataFrame,
    frames: Frames,
    asked: Asked,
    market: Market,
    moment: Moment,
    days: Sequence[date],
) -> pl.DataFrame:
    """The bytes of a model, and of its distribution, trained on the weeks before the decision."""
    data = _data(stored, frames, asked.spec, market, asked)
    lines = takeable(data.quotes, line_choice("median"), market)
    window = (days[0], days[-1])
    training = training_rows(data, asked.spec, window, moment.game_date, lines)
    features = kept_features(asked.spec, data.features)
    if training.height < _LEAST_TRAINING:
        return pl.DataFrame({"game_id": ["too few rows"], "sha256": [""], "distribution": [""]})
    own = forecaster(asked.spec, training, features, threads=1)
    shape = None if own.distribution is None else asdict(own.distribution)
    return pl.DataFrame(
        {
            "game_id": ["model"],
            "sha256": [content_hash(own.fitted)],
            "distribution": [json.dumps(shape)],
        }
    )


def _training_days(frames: Frames, day: date) -> list[date]:
    """The game dates of the last weeks before a date, in its season."""
    days = frames["games"].filter(
        pl.col("season") == season_of(day),
        pl.col("game_date") < day,
        pl.col("game_date") >= day - timedelta(days=_TRAINING_DAYS),
    )
    found: list[date] = days["game_date"].unique().sort().to_list()
    return found


def _dual(
    frames: Frames, asked: Asked, moment: Moment, clean: Mapping[str, pl.DataFrame]
) -> list[tuple[str, str, bool]]:
    """Whether each processor's rows move where the past is changed."""
    found = []
    names = [processor.name for processor in processors_for(asked.markets)]
    decided = pl.col("as_of") == moment.instant
    for mutation in MUTATIONS.values():
        if mutation.is_idle:
            continue
        other = past_changed(frames, moment, mutation, asked.seed, _PAST)
        built = rebuilt(other, [moment.game_date], asked.lead_minutes, asked.markets, asked.plant)
        for name in names:
            moved = _moved(clean[name], built[name].filter(decided)) is not None
            found.append((mutation.name, name, moved))
    return found


def _moved(rows: pl.DataFrame, again: pl.DataFrame | None) -> dict[str, Any] | None:
    """Say what differs, to the last bit; None where nothing does."""
    if again is None or again.height != rows.height or again.columns != rows.columns:
        return {"columns": [], "rows": abs(rows.height - (0 if again is None else again.height))}
    if rows.equals(again):
        return None
    differs = {c: int(rows[c].ne_missing(again[c]).sum()) for c in rows.columns}
    return {"columns": [c for c, n in differs.items() if n], "rows": max(differs.values())}


def _key_of(rows: pl.DataFrame) -> list[str]:
    return [c for c in ("game_date", "game_id", "team", "player_id") if c in rows.columns]


def _summed(found: Sequence[Mapping[str, Any]], asked: Asked) -> dict[str, Any]:
    """Put the dates together."""
    mutations: dict[str, Any] = {}
    for name, mutation in MUTATIONS.items():
        changed: dict[str, int] = {}
        for one in found:
            for table, n in one["changed"][name].items():
                changed[table] = changed.get(table, 0) + n
        outputs: dict[str, dict[str, int]] = {}
        for one in found:
            for kind, output, moved in one["compared"]:
                if kind == name:
                    own = outputs.setdefault(output, {"compared": 0, "moved": 0})
                    own["compared"] += 1
                    own["moved"] += moved
        mutations[name] = {"about": mutation.about, "changed": changed, "outputs": outputs}
    dual: dict[str, dict[str, dict[str, int]]] = {}
    for one in found:
        for kind, output, moved in one["dual"]:
            own = dual.setdefault(kind, {}).setdefault(output, {"compared": 0, "moved": 0})
            own["compared"] += 1
            own["moved"] += moved
    differences = [difference for one in found for difference in one["differences"]]
    blind = [
        f"{kind}: {output}"
        for kind, outputs in dual.items()
        for output, own in outputs.items()
        if not own["moved"]
    ]
    return {
        "dates": [
            {name: one[name] for name in ("game_date", "instant", "hashes")} for one in found
        ],
        "mutations": mutations,
        "dual": dual,
        "differences": differences,
        "blind": blind,
        "plant": asked.plant.name if asked.plant else None,
        "passed": not differences and not blind,
    }
