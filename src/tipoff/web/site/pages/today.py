"""The picks of a date, the lines by book, their edges, and why others are none."""

from collections.abc import Sequence
from datetime import date

import polars as pl

from tipoff.backtest.current import current_grades, current_predictions
from tipoff.domain.clock import eastern_date
from tipoff.store.lake import scan
from tipoff.store.quotes import main_quotes
from tipoff.store.versions import KNOWN_AT, counts_at, with_withdrawals
from tipoff.tables.models import CHAMPION
from tipoff.tables.predictions import GRADES, PREDICTIONS
from tipoff.tables.raw import PROP_QUOTES
from tipoff.tables.watch import HALTS
from tipoff.web.site import charts, options
from tipoff.web.site.blocks import Block, Column, Grid, Plot, Row, Words
from tipoff.web.site.declare import Asked, Choice, Page
from tipoff.workflows.halts import active_halts


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
    "outcome": Column("result", "state"),
    "actual": Column("actual", "integer", "What he came to, in the market's unit."),
    "profit": Column("profit", "number", "Units won per unit, at the price of the pick.", 2),
}
_OTHERS = {**_SAID, "no_pick_reason": Column("why it is no pick")}
_LINES = {
    "player_name": Column("player", link=_player),
    "market": Column("market"),
    "book": Column("book"),
    "line": Column("line", "number", "The book's last main line that was known at the decision."),
    "over_price": Column("over", "odds", "American odds of the over."),
    "under_price": Column("under", "odds", "American odds of the under."),
    "observed_at": Column("seen", "moment", "When the quote became known."),
    "is_taken": Column("the line taken", "yes"),
    "prediction": _SAID["prediction"],
}
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
    others = ours.filter(~pl.col("is_pick"))
    reasons = (
        others.group_by("no_pick_reason").agg(players=pl.len()).sort("players", descending=True)
    )
    command = f"tipoff predict --date {day}"
    return [
        *_halts(asked),
        _picks(asked, ours, day, command),
        _edges(ours, command),
        Grid(
            "lines", "Lines by book", _lines(asked, ours),
            "Each book's last main line before the decision; picks come first.",
            columns=_LINES,
            empty="No line was known. 'tipoff fetch' or 'tipoff ingest files' bring lines in.",
        ),
        Grid(
            "reasons", "Why others are no picks", reasons, command=command, columns=_REASONS,
            empty="Nobody is left out. 'tipoff predict' makes predictions.",
        ),
        Grid(
            "others", "Players without a pick", others, "The reason is the first that holds.",
            command, columns=_OTHERS, empty="Nobody. 'tipoff predict' makes predictions.",
        ),
    ]  # fmt: skip


def _halts(asked: Asked) -> list[Block]:
    said = [f"{one['market']}: {one['sentence']}" for one in active_halts(asked.lake)]
    if not said:
        return []
    return [Words("halts", "Picks are halted", text=said, state="blocked")]


def _picks(asked: Asked, ours: pl.DataFrame, day: date | None, command: str) -> Grid:
    """The picks, with what became of those that are graded."""
    picks = ours.filter("is_pick")
    key = ["slate", "game_id", "player_id"]
    grades = scan(asked.lake, GRADES).filter(
        pl.col("game_date").is_in(picks["game_date"].unique().to_list())
    )
    results = current_grades(grades.collect()).select(*key, "outcome", "actual", "profit")
    shown = picks.join(results, on=key, how="left", maintain_order="left")
    about = "No date has predictions yet." if day is None else f"Game date {day}."
    return Grid(
        "picks", "Picks", shown, f"{about} {picks.height} picks of {ours.height} players.",
        command, columns=_PICKS,
        empty="No picks. The reasons below say why; 'tipoff predict' makes predictions.",
    )  # fmt: skip


def _edges(ours: pl.DataFrame, command: str) -> Plot:
    edges = ours.drop_nulls("point_edge").select(
        "player_id", "player_name", "point_edge", "probability_edge", "is_pick"
    )
    return Plot(
        "edges", "Edges", edges,
        "Each player with a line: how far the prediction is from it, and what that is worth. "
        "Picks are marked.",
        command,
        spec={
            "mark": {"type": "point"},
            "encoding": {
                "x": {"field": "point_edge", "type": "quantitative", "title": "point edge"},
                "y": {"field": "probability_edge", "type": "quantitative",
                      "title": "probability edge", "axis": {"format": "+.0%"}},
                "color": {"field": "is_pick", "type": "nominal", "legend": None, "scale": {
                    "domain": [True, False], "range": [charts.SECOND, charts.QUIET]}},
                "shape": {"field": "is_pick", "type": "nominal", "legend": None, "scale": {
                    "domain": [True, False], "range": ["diamond", "circle"]}},
            },
        },
        alt=f"Point edge against probability edge of {edges.height} players, picks marked.",
        columns={
            name: _PICKS[name] for name in ("player_name", "point_edge", "probability_edge")
        },
    )  # fmt: skip


def _lines(asked: Asked, ours: pl.DataFrame) -> pl.DataFrame:
    """What each book quoted on the players at the decision, beside the line that was taken."""
    key = ["game_id", "player_id", "market"]
    stored = scan(asked.lake, PROP_QUOTES).filter(
        pl.col("game_date").is_in(ours["game_date"].unique().to_list())
    )
    quotes = with_withdrawals(stored.collect(), PROP_QUOTES.entity)
    said = ours.select(
        *key, "player_name", "as_of", "prediction", "rank", taken="line", taken_book="book"
    )
    known = quotes.join(said, on=key).filter(counts_at(pl.col("as_of")))
    ordered = main_quotes(known).sort(KNOWN_AT, "line", "quote_number")
    last = ordered.unique([*key, "book"], keep="last").with_columns(observed_at=KNOWN_AT)
    is_taken = (pl.col("book") == pl.col("taken_book")) & (pl.col("line") == pl.col("taken"))
    return (
        last.with_columns(is_taken=is_taken.fill_null(value=False))
        .sort("rank", "player_name", "market", "book", nulls_last=True)
        .select("game_id", "player_id", *_LINES)
    )


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
    tables=(PREDICTIONS, GRADES, PROP_QUOTES, HALTS),
    choices=(
        Choice("date", "Game date", kind="date"),
        Choice("market", "Market", options.markets),
    ),
    keeps_seconds=600,
)
