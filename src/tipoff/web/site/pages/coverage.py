"""Which lines there are: by source, book and month."""

from collections.abc import Sequence

import polars as pl

from tipoff.domain.market import market_named
from tipoff.errors import InputError
from tipoff.store.watched import Watched
from tipoff.tables.raw import GAMES, PLAYER_BOXES, PROP_QUOTES
from tipoff.web.site import charts, options
from tipoff.web.site.blocks import Block, Column, Grid, Plot
from tipoff.web.site.declare import Asked, Choice, Page
from tipoff.workflows.coverage import coverage

_SHARES = {
    "games_share": "share of scheduled games with a line",
    "usable_share": "share of player-games with a line that can be used",
    "priced_share": "share of player-games with both prices",
    "known_share": "share of player-games whose moment is known",
    "regulars_share": "share of players of 15 minutes or more with a line",
}
_COLUMNS = {
    "month": Column("month"),
    "source": Column("source"),
    "book": Column("book"),
    "games_scheduled": Column("scheduled", "integer", "Games of the month that count."),
    "games": Column("games", "integer", "Games with a line."),
    "games_share": Column("of them", "share", "Games with a line, of those scheduled.", 0),
    "player_games": Column("player-games", "integer", "Player-games with a line."),
    "priced": Column("priced", "integer", "Player-games with both prices."),
    "known_time": Column("timed", "integer", "Player-games with a quote of known moment."),
    "usable": Column("usable", "integer", "Player-games with a line that could be taken."),
    "usable_share": Column("of them", "share", "Usable, of the player-games with a line.", 0),
    "usable_for_evaluation": Column(
        "for evaluation", "integer", "Usable, of known moment and tip-off."
    ),
    "regulars_share": Column(
        "regulars", "share", "Players of 15 minutes or more with a line, of all of them.", 0
    ),
    "quotes": Column("quotes", "integer", "Rows of quotes."),
    "last_hours_before": Column(
        "last, h before", "number", "Hours before tip-off of the last quote."
    ),
}


def _measures(_: Watched) -> list[str]:
    return list(_SHARES)


def _view(asked: Asked) -> Sequence[Block]:
    season = asked.values.get("season") or options.newest_season(asked.lake, PROP_QUOTES)
    if season is None:
        raise InputError("The lake knows no lines yet. Fill it with 'tipoff ingest files PATH'.")
    market = market_named(asked.get("market", "points")).name
    measure = asked.get("measure", "games_share")
    report = coverage(asked.lake, market, "month", window=options.season_dates(asked.lake, season))
    command = f"tipoff lines coverage --by month --market {market}"
    rows = pl.DataFrame(report["rows"], infer_schema_length=None)
    if rows.is_empty():
        none = (
            f"No lines of {market} in {season}. 'tipoff ingest files' or 'tipoff fetch' bring some."
        )
        return [Grid("months", "By month", command=command, columns=_COLUMNS, empty=none)]
    per = pl.col("player_games")
    rows = rows.with_columns(
        games_share=pl.col("games") / pl.col("games_scheduled"),
        usable_share=pl.col("usable") / per,
        priced_share=pl.col("priced") / per,
        known_share=pl.col("known_time") / per,
        place=pl.concat_str("source", "book", separator=" · "),
    )
    return [
        _map(rows, measure, command),
        Grid(
            "months", "By month", rows.select(list(_COLUMNS)),
            f"Lines of {market} in {season}. A usable one was known before the decision, on a "
            "main line, and priced where its source gives prices.",
            command, columns=_COLUMNS,
        ),
    ]  # fmt: skip


def _map(rows: pl.DataFrame, measure: str, command: str) -> Plot:
    frame = rows.select("month", "place", measure, "games", "player_games")
    places = sorted(frame["place"].unique().to_list())
    meant = Column(_SHARES[measure], "share", f"The {_SHARES[measure]}.", 0)
    months = frame["month"].n_unique()
    return Plot(
        "map", "Where lines are", frame,
        f"Of each source, book and month the {_SHARES[measure]}; an empty cell has none.",
        command,
        spec={
            "width": 60 * max(months, 4), "height": 22 * len(places),
            "encoding": {
                "x": {"field": "month", "type": "ordinal", "title": None,
                      "axis": {"labelAngle": 0}},
                "y": {"field": "place", "type": "nominal", "title": None,
                      "axis": {"labelLimit": 260}},
            },
            "layer": [
                {"mark": {"type": "rect", "color": charts.FIRST},
                 "encoding": {"opacity": {
                     "field": measure, "type": "quantitative", "legend": None,
                     "scale": {"domain": [0, 1], "range": [0.05, 0.6]}}}},
                {"mark": {"type": "text", "color": charts.INK, "fontSize": 10},
                 "encoding": {"text": {"field": measure, "type": "quantitative",
                                       "format": ".0%"}}},
            ],
        },
        alt=f"{_SHARES[measure]} of {len(places)} sources and books over {months} months.",
        columns={
            "month": Column("month"), "place": Column("source and book"), measure: meant,
            "games": _COLUMNS["games"], "player_games": _COLUMNS["player_games"],
        },
    )  # fmt: skip


PAGE = Page(
    "coverage",
    "Coverage",
    "Which lines there are, by source, book and month, and how many of them can be used.",
    _view,
    tables=(GAMES, PLAYER_BOXES, PROP_QUOTES),
    choices=(
        Choice("season", "Season", options.seasons),
        Choice("market", "Market", options.markets),
        Choice("measure", "Measure", _measures),
    ),
)
