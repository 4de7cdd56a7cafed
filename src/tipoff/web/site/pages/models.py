"""The registry: which models there are, where they stand, how their picks are doing."""

from collections.abc import Sequence
from typing import Any

import polars as pl

from tipoff.backtest.edges import at_edge
from tipoff.registry.records import SHORT
from tipoff.tables.experiments import CERTIFICATES
from tipoff.tables.models import CHAMPION, MODEL_EVENTS, MODELS
from tipoff.tables.predictions import GRADES, PREDICTIONS
from tipoff.tables.watch import MODEL_STATES
from tipoff.web.site import charts, options
from tipoff.web.site.blocks import Block, Column, Grid, Plot, Row
from tipoff.web.site.declare import Asked, Choice, Page
from tipoff.web.site.pages import model_view
from tipoff.workflows.model_states import noted_states
from tipoff.workflows.registered import events_of, records_of

_LONGEST = 30


def _model(row: Row) -> str:
    return f"/models?model={row['model_id']}"


def _run(row: Row) -> str | None:
    return f"/backtests?run={row['run_id']}" if row["run_id"] else None


def _measure(row: Row, measure: str) -> str | None:
    return f"{row['run_id']}/all/{measure}" if row["run_id"] else None


_MODELS = {
    "short": Column("model", "code", link=_model),
    "name": Column("recipe"),
    "market": Column("market"),
    "stage": Column("stage", "state"),
    "mark": Column("mark", "state", "Forced: promoted against its conditions."),
    "since": Column("since", "moment"),
    "trained": Column("trained on"),
    "train_rows": Column("rows", "integer", "Rows that it learnt from."),
    "hit_rate": Column("hit rate", "share", "Of its run, at the usual edge.",
                       why=lambda row: _measure(row, f"hit_rate@{row['edge']}")),
    "n": Column("picks", "integer", "Wins and losses of its run."),
    "interval": Column("95 % interval", doc="Of the hit rate, clustered by game date."),
    "mae": Column("MAE", "number", "Of its run, on rows with a line.", 2,
                  why=lambda row: _measure(row, "mae")),
    "line_mae": Column("MAE of the line", "number", "On the same rows.", 2,
                       why=lambda row: _measure(row, "line_mae")),
    "verdict": Column("verdict", "state"),
    "run": Column("run", "code", "Its entry in the experiment ledger.", link=_run),
    "certificate_id": Column("leak certificate", "code"),
    "library": Column("learner"),
}  # fmt: skip
_RATE = "Wins among wins and losses of the picks of the last {} days."
_STATES = {
    "model_name": Column("recipe"),
    "market": Column("market"),
    "game_date": Column("as of", "day"),
    "state": Column("state", "state", "HEALTHY, WATCH, DEGRADING, BLOCKED or INSUFFICIENT."),
    "days_in_state": Column("days in it", "integer", "Game dates in this state."),
    **{name: column for days in (7, 14, _LONGEST) for name, column in {
        f"hit_rate_{days}": Column(f"{days} days", "share", _RATE.format(days)),
        f"n_{days}": Column(f"n, {days} days", "integer", "Wins and losses."),
    }.items()},
    "low_30": Column("from, 30 days", "share", "Low end of the 95 % interval by game date."),
    "high_30": Column("to, 30 days", "share", "High end of the 95 % interval."),
    "break_even_30": Column("break-even", "share", "Of the prices taken in 30 days."),
    "mae_gap": Column("MAE minus the one of the line", "number",
                      "Over 30 days; below nought is better.", 2),
    "reason": Column("because"),
}  # fmt: skip
_ROLLING = {
    "recipe": Column("recipe"),
    "game_date": Column("as of", "day"),
    "hit_rate_30": Column("hit rate", "share", _RATE.format(_LONGEST)),
    "low_30": _STATES["low_30"], "high_30": _STATES["high_30"], "n_30": _STATES["n_30"],
    "break_even_30": _STATES["break_even_30"], "state": Column("state", "state"),
}  # fmt: skip
EVENTS = {
    "number": Column("event", "integer", "In the order of the registry."),
    "at": Column("when", "moment"),
    "short": Column("model", "code", link=_model),
    "market": Column("market"),
    "event": Column("what"),
    "from_stage": Column("from"),
    "to_stage": Column("to", "state"),
    "mark": Column("mark", "state", "Forced: against the conditions."),
    "by": Column("by"),
    "reason": Column("because"),
}


def _view(asked: Asked) -> Sequence[Block]:
    model = asked.values.get("model")
    events = _events(asked)
    if model is not None:
        return model_view.blocks(asked.lake, model, events, EVENTS)
    market = asked.values.get("market")
    models, states = _models(asked), noted_states(asked.lake)
    if market is not None:
        models, events, states = (
            frame.filter(pl.col("market") == market) for frame in (models, events, states)
        )
    return [_registry(models), _newest(states), _rolling(states), _timeline(events)]


def _models(asked: Asked) -> pl.DataFrame:
    """One row per model, those that predict first, then the newest."""
    rows = []
    for record in records_of(asked.lake):
        report = record["report"] or {}
        lines = report.get("lines")
        usual: Row = at_edge(report) if lines else {}
        rate, low, high = (usual.get(name) for name in ("rate", "low", "high"))
        rows.append({
            **{name: record[name] for name in (
                "model_id", "name", "market", "stage", "since", "registered_at", "train_rows",
                "verdict", "run_id", "certificate_id", "library", "plant")},
            "short": record["model_id"][:SHORT],
            "mark": "forced" if record["is_forced"] else None,
            "trained": f"{record['train_start']} to {record['train_end']}",
            "hit_rate": rate, "n": usual.get("n"),
            "interval": None if low is None or high is None else f"{low:.1%} to {high:.1%}",
            "mae": lines["mae"] if lines else None,
            "line_mae": lines["line_mae"] if lines else None,
            "edge": lines["edges"]["usual"] if lines else None,
            "run": None if record["run_id"] is None else record["run_id"][:8],
        })  # fmt: skip
    frame = pl.DataFrame(rows, _SCHEMA)
    order = {stage: place for place, stage in enumerate(("champion", "shadow", "candidate"))}
    rank = pl.col("stage").replace_strict(order, default=len(order), return_dtype=pl.Int64)
    return frame.sort(rank, pl.col("registered_at"), "model_id", descending=[False, True, False])


_MOMENT = pl.Datetime("us", "UTC")
_SCHEMA: dict[str, Any] = {
    "model_id": pl.String, "name": pl.String, "market": pl.String, "stage": pl.String,
    "since": _MOMENT, "registered_at": _MOMENT, "train_rows": pl.Int64, "verdict": pl.String,
    "run_id": pl.String, "certificate_id": pl.String, "library": pl.String, "plant": pl.String,
    "short": pl.String, "mark": pl.String, "trained": pl.String, "hit_rate": pl.Float64,
    "n": pl.Int64, "interval": pl.String, "mae": pl.Float64, "line_mae": pl.Float64,
    "edge": pl.String, "run": pl.String,
}  # fmt: skip


def _events(asked: Asked) -> pl.DataFrame:
    return (
        events_of(asked.lake)
        .sort("number", descending=True)
        .with_columns(
            short=pl.col("model_id").str.head(SHORT),
            mark=pl.when("is_forced").then(pl.lit("forced")),
        )
    )


def _registry(models: pl.DataFrame) -> Grid:
    champions = models.filter(pl.col("stage") == CHAMPION)
    told = ", ".join(f"{r['market']}: {r['name']} {r['short']}" for r in champions.to_dicts())
    return Grid(
        "models", "Registry", models,
        f"{models.height} models. Champions: {told or 'none'}. This page changes nothing: each "
        "model's page names the commands.",
        "tipoff models list", columns=_MODELS,
        empty="No model is registered. 'tipoff train --name NAME ...' registers one; 'tipoff "
        "models promote NAME' lets it predict.",
    )  # fmt: skip


def _newest(states: pl.DataFrame) -> Grid:
    newest = states.sort("game_date").unique(
        ["market", "model_name"], keep="last", maintain_order=True
    )
    return Grid(
        "states", "How recipes are doing", newest,
        "Judged over all models that a recipe was fitted to, against the break-even of the prices "
        "taken. Whoever is blocked makes no picks until it recovers.",
        "tipoff drift decay", columns=_STATES,
        empty="No recipe was judged yet. 'tipoff drift decay' judges them, 'tipoff daily' as well.",
    )  # fmt: skip


def _rolling(states: pl.DataFrame) -> Plot:
    drawn = states.drop_nulls("hit_rate_30").select(
        "game_date", "hit_rate_30", "low_30", "high_30", "n_30", "break_even_30", "state",
        recipe=pl.concat_str("market", "model_name", separator="/"),
    )  # fmt: skip
    last = drawn.sort("game_date").tail(1).to_dicts()
    said = "".join(f" The last, as of {r['game_date']}, is {r['hit_rate_30']:.1%} of {r['n_30']} "
                   f"picks of {r['recipe']}." for r in last)  # fmt: skip
    base = charts.line_with_band(
        "game_date", "hit_rate_30", "low_30", "high_30", mark="break_even_30", y_title="hit rate"
    )
    many = drawn["recipe"].n_unique() > 1
    spec: dict[str, Any] = dict(base)
    if many:
        spec = {"facet": {"row": {"field": "recipe", "title": None}},
                "spec": {"width": 600, "height": 120, **base}}  # fmt: skip
    return Plot(
        "rolling", "Hit rate over 30 days", drawn,
        "As of each game date, with 95 % intervals; dashed: the break-even of the prices taken.",
        "tipoff drift decay", spec=spec, alt=f"Rolling hit rate on {drawn.height} dates.{said}",
        columns=_ROLLING,
    )  # fmt: skip


def _timeline(events: pl.DataFrame) -> Grid:
    return Grid(
        "events", "What happened", events.drop("evidence"),
        f"{events.height} events, the newest first. Nothing is ever taken out.",
        "tipoff models show MODEL", columns=EVENTS,
        empty="Nothing happened yet. 'tipoff models promote' is noted here.",
    )  # fmt: skip


PAGE = Page(
    "models",
    "Models",
    "The registry: where models stand, what they showed, how their picks are doing.",
    _view,
    tables=(MODELS, MODEL_EVENTS, MODEL_STATES, CERTIFICATES, PREDICTIONS, GRADES),
    choices=(
        Choice("market", "Market", options.markets),
        Choice("model", "Model (beginning of its id, or name)", kind="text"),
    ),
)
