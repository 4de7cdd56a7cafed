"""The picks of a date, the lines by book, their edges, and why others are none."""

from collections.abc import Sequence
from datetime import date

import polars as pl

from tipoff.backtest.current import current_predictions
from tipoff.domain.clock import eastern_date
from tipoff.store.lake import scan
from tipoff.tables.models import CHAMPION
from tipoff.tables.predictions import PREDICTIONS
from tipoff.tables.watch import HALTS
from tipoff.web.site import charts, options
from tipoff.web.site.blocks import Block, Column, Grid, Plot, Row
from tipoff.web.site.declare import Asked, Choice, Page


def _player(row: Row) -> str:
    return f"/players?player={row['player_id']}"


_SAID = {
    "player_name": Column("player", link=_player),
    "team": Column("team"),
    "opponent": Column("against"),
    "market": Column("market"),
    "prediction": Column("prediction", "number", "What the model expects, in the market's unit."),
    "line": Column("line", "number", "The takeable line at the decision."),
    "point_edge": Column("point edge", "number", "Prediction minus line, in the market's unit."),
    "probability_edge": Column(
        "probability edge", "share", "P(side) minus its fair probability, pushes left out."
    ),
}
_PICKS = {
    **_SAID,
    "side": Column("side"),
    "price": Column("price", "odds", "American odds of the side."),
    "break_even": Column("break-even", "share", "Hit rate that the price asks for."),
    "book": Column("book"),
    "stake_share": Column("stake", "share", "Suggested share of the bankroll.", 2),
    "rank": Column("rank", "integer", "Among the slate's picks, best first."),
    "model_name": Column("model", link=lambda row: f"/models?model={row['model_id']}"),
    "as_of": Column("decided", "moment", "What was known by then."),
}
_OTHERS = {**_SAID, "no_pick_reason": Column("why it is no pick")}
_REASONS = {
    "no_pick_reason": Column("why"),
    "players": Column("players", "integer", "Player-games of the date without a pick."),
}


def _view(asked: Asked) -> Sequence[Block]:
    rows = current_predictions(_of_date(asked))
    day: date | None = rows["game_date"][0] if rows.height else asked.day("date")
    market = asked.values.get("market")
    if market is not None:
        rows = rows.filter(pl.col("market") == market)
    ours = rows.filter(pl.col("stage") == CHAMPION).sort("rank", "player_name", nulls_last=True)
    picks, others = ours.filter("is_pick"), ours.filter(~pl.col("is_pick"))
    reasons = (
        others.group_by("no_pick_reason").agg(players=pl.len()).sort("players", descending=True)
    )
    command = f"tipoff predict --date {day}"
    edges = ours.drop_nulls("point_edge").select(
        "player_id", "player_name", "point_edge", "probability_edge", "is_pick"
    )
    shown = "No date has predictions yet." if day is None else f"Game date {day}."
    return [
        Grid(
            "picks", "Picks", picks, f"{shown} {picks.height} picks of {ours.height} players.",
            command, columns=_PICKS,
            empty="No picks. The reasons below say why; 'tipoff predict' makes predictions.",
        ),
        Plot(
            "edges", "Edges", edges,
            "Each player with a line: how far the prediction is from it, and what that is worth.",
            command,
            spec={
                "mark": {"type": "point"},
                "encoding": {
                    "x": {"field": "point_edge", "type": "quantitative", "title": "point edge"},
                    "y": {"field": "probability_edge", "type": "quantitative",
                          "title": "probability edge", "axis": {"format": "+.0%"}},
                    "color": {"field": "is_pick", "type": "nominal", "legend": None, "scale": {
                        "domain": [True, False], "range": [charts.SECOND, charts.QUIET]}},
                },
            },
            alt=f"Point edge against probability edge of {edges.height} players, picks marked.",
            columns={name: _PICKS.get(name, Column(name)) for name in
                     ("player_name", "point_edge", "probability_edge")},
        ),
        Grid("reasons", "Why others are no picks", reasons, columns=_REASONS, command=command),
        Grid(
            "others", "Players without a pick", others, "The reason is the first that holds.",
            command, columns=_OTHERS,
        ),
    ]  # fmt: skip


def _of_date(asked: Asked) -> pl.DataFrame:
    """Predictions of the date asked for; by default of today, else of the newest date."""
    rows = scan(asked.lake, PREDICTIONS)
    day = asked.day("date")
    if day is None:
        known = rows.select("game_date").unique().collect()["game_date"]
        now = eastern_date(asked.now)
        day = now if now in known.to_list() else known.max()  # type: ignore[assignment]
    if day is None:
        return PREDICTIONS.empty()
    return rows.filter(pl.col("game_date") == day).collect()


PAGE = Page(
    "today",
    "Today",
    "What is picked, at which line and price, and why the others are not.",
    _view,
    tables=(PREDICTIONS, HALTS),
    choices=(
        Choice("date", "Game date", kind="date"),
        Choice("market", "Market", options.markets),
    ),
    keeps_seconds=600,
)
