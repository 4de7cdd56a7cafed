"""One player: his games, lines by book, predictions and picks, and whose names are his."""

from collections.abc import Sequence

import polars as pl

from tipoff.domain.market import MARKETS, Market
from tipoff.errors import InputError
from tipoff.tables.predictions import GRADES, PREDICTIONS
from tipoff.tables.raw import GAMES, PLAYER_BOXES, PROP_QUOTES
from tipoff.web.site import charts, options
from tipoff.web.site.blocks import Block, Column, Grid, Plot
from tipoff.web.site.declare import Asked, Choice, Page
from tipoff.workflows.players import (
    STATISTICS,
    book_lines,
    named,
    names_of,
    newest_season,
    pick_rates,
    predictions_of,
    rolling,
    season_games,
    season_players,
)

# Markets that the shown statistics settle.
_SHOWN = [market for market in MARKETS.values() if set(market.columns) <= set(STATISTICS)]
_DRAWN_BOOKS = 4
_LABELS = {"points": "points", "rebounds": "rebounds", "assists": "assists",
           "threes_made": "threes"}  # fmt: skip
_PLAYERS = {
    "player_name": Column("player", link=lambda row: f"/players?player={row['player_id']}"),
    "team": Column("team", doc="Of his last game."),
    "games": Column("games", "integer", "That he played."),
    "minutes": Column("minutes", "number", "Mean a game that he played."),
    **{name: Column(label, "number", f"Mean {label} a game that he played.")
       for name, label in _LABELS.items()},
    "last_game": Column("last game", "day"),
}  # fmt: skip
_BEFORE = {
    "last_5": Column("last 5 before", "number", "Mean of his last 5 games before this one."),
    "last_10": Column("last 10 before", "number", "Mean of his last 10 games before this one."),
    "season_average": Column("season before", "number", "Mean of the season before this one."),
}
_GAMES = {
    "game_date": Column("date", "day", link=lambda row: f"/today?date={row['game_date']}"),
    "place": Column("opponent"),
    "team": Column("team"),
    "is_starter": Column("started", "yes"),
    "minutes": Column("minutes", "number", "Minutes played."),
    **{name: Column(label, "integer") for name, label in _LABELS.items()},
    "line": Column("line", "number", "Median of the books' last lines before tip-off."),
    "books": Column("books", "integer", "Books with a main line."),
    **_BEFORE,
}
_PREDICTED = {
    "game_date": Column("date", "day", link=lambda row: f"/today?date={row['game_date']}"),
    "opponent": Column("against"),
    "market": Column("market"),
    "prediction": Column("prediction", "number", "What the model expected, in the market's unit."),
    "line": Column("line", "number", "The takeable line at the decision."),
    "point_edge": Column("point edge", "number", "Prediction minus line."),
    "probability_edge": Column("probability edge", "share", "P(side) minus its fair probability."),
    "side": Column("side"),
    "price": Column("price", "odds", "American odds of the side."),
    "book": Column("book"),
    "is_pick": Column("pick", "yes"),
    "no_pick_reason": Column("why no pick"),
    "actual": Column("result", "number", "What he made of it.", 0),
    "outcome": Column("outcome", "state"),
    "profit": Column("profit", "number", "Units per unit staked, of picks.", 2),
    "model_name": Column("model", link=lambda row: f"/models?model={row['model_id']}"),
}
_RATES = {
    "market": Column("market"),
    "picks": Column("picks", "integer", "All, also those that were not decided."),
    "rate": Column("hit rate", "share", "Wins among wins and losses."),
    "n": Column("n", "integer", "Wins and losses."),
    "low": Column("from", "share", "Low end of the 95 % interval, clustered by game date."),
    "high": Column("to", "share", "High end of the 95 % interval."),
    "break_even": Column("break-even", "share", "Mean hit rate that the prices ask for."),
    "pushes": Column("pushes", "integer"),
    "voids": Column("voids", "integer"),
}
_NAMES = {
    "player_name": Column("name, as written"),
    "table": Column("table", "code"),
    "source": Column("source"),
    "rows": Column("rows", "integer", "Rows of the source that were found to be his."),
    "first_date": Column("first", "day"),
    "last_date": Column("last", "day"),
    "name_key": Column("as compared", "code", "Accents, case, suffixes and punctuation aside."),
    "basis": Column("how it is his"),
}
_LINES = {
    "game_date": Column("date", "day"),
    "what": Column("what"),
    "value": Column("value", "number", "Line or result, in the market's unit."),
    "over_price": Column("over", "odds", "American odds."),
    "under_price": Column("under", "odds", "American odds."),
    "book": Column("book"),
    "source": Column("source"),
}


def _view(asked: Asked) -> Sequence[Block]:
    # A name that is typed while a player is shown means another one.
    player = None if "name" in asked.values else asked.values.get("player")
    season = asked.values.get("season") or newest_season(asked.lake, player)
    if player is None:
        found = _search(asked, season)
        if "name" not in asked.values or found.frame.height != 1:
            return [found]
        player = str(found.frame["player_id"][0])
    if season is None:
        raise InputError(
            f"Expected a player with box scores by the id {player!r}, found none. The page without "
            "a player lists them; 'tipoff ingest files' brings in box scores."
        )
    market = MARKETS[asked.get("market", "points")]
    games = season_games(asked.lake, season, player)
    lines = book_lines(asked.lake, season, player, market)
    predicted = predictions_of(asked.lake, season, player)
    who = _called(games, predicted, player)
    return [
        _about(games, season, who),
        _lines(games, lines, market, f"{who}, {season}"),
        _picks(predicted, who),
        _predicted(predicted, market, who),
        _games(games, lines, market),
        Grid(
            "names", "Where his identity comes from", names_of(asked.lake, player),
            f"Names under which sources tell of {player}. What no rule finds has no player and "
            "is reported.",
            "tipoff identity unmatched", columns=_NAMES,
            empty="No source tells of him. 'tipoff identity unmatched' names what nobody knows.",
        ),
    ]  # fmt: skip


def _called(games: pl.DataFrame, predicted: pl.DataFrame, player: str) -> str:
    """The newest name that is told of him; his id where there is none."""
    names = [*games["player_name"].tail(1), *predicted["player_name"].head(1), player]
    return str(names[0])


def _search(asked: Asked, season: str | None) -> Grid:
    text = asked.values.get("name")
    games = None if season is None else season_games(asked.lake, season)
    players = pl.DataFrame() if games is None else season_players(games)
    about = "Who played most comes first."
    if text is not None and players.height:
        players = named(players, text)
        about = f"{players.height} players are called so, or nearly so: {text}."
    return Grid(
        "players", f"Players of {season}" if season else "Players", players,
        f"{about} Means are of games that were played.",
        columns=_PLAYERS,
        empty="No player is found. 'tipoff ingest files' brings in box scores; another season or "
        "a shorter part of the name may find him.",
    )  # fmt: skip


def _about(games: pl.DataFrame, season: str, who: str) -> Grid:
    return Grid(
        "player", f"{who}, {season}", season_players(games),
        columns=_PLAYERS, is_card=True,
        empty="He played no game of this season; choose another one. 'tipoff ingest files' brings "
        "in box scores.",
    )  # fmt: skip


def _lines(games: pl.DataFrame, lines: pl.DataFrame, market: Market, of: str) -> Plot:
    """Results beside the lines of the books that quote him most."""
    most = lines["book"].value_counts(sort=True)["book"].head(_DRAWN_BOOKS)
    told = lines.select(
        "game_date", "over_price", "under_price", "book", "source", value="line",
        what=pl.when(pl.col("book").is_in(most.implode())).then("book").otherwise(
            pl.lit("other books")
        ),
    )  # fmt: skip
    results = rolling(games, market).select("game_date", value="result", what=pl.lit("result"))
    both = pl.concat([results, told], how="diagonal_relaxed").sort("game_date", "what")
    last = told.group_by("game_date").agg(line=pl.col("value").median())
    over = results.join(last, on="game_date")
    above, n = (over["value"] > over["line"]).sum(), over.height
    series = [*most, *(["other books"] if (told["what"] == "other books").any() else [])]
    colours = [charts.FIRST, charts.SECOND, charts.THIRD, charts.GOOD, charts.QUIET]
    return Plot(
        "lines", f"Lines by book and results, {market.name.replace('_', ' ')}", both,
        f"The last main line of each book before tip-off, and the result as a ring. {above} of {n} "
        "results with a line were over the median line. Quotes alone say nothing of picks.",
        "tipoff lines coverage",
        spec={
            "layer": [
                {"transform": [{"filter": "datum.what != 'result'"}],
                 "mark": {"type": "tick", "thickness": 2, "size": 9, "orient": "horizontal"},
                 "encoding": {**_place(market), "color": {
                     "field": "what", "type": "nominal", "scale": {
                         "domain": series, "range": colours[: len(series)]}}}},
                {"transform": [{"filter": "datum.what == 'result'"}],
                 "mark": {"type": "point", "filled": False, "color": charts.INK, "size": 45},
                 "encoding": _place(market)},
            ],
        },
        alt=f"{of}: {n} results with lines, {above} of them over the median line.",
        columns=_LINES,
    )  # fmt: skip


def _place(market: Market) -> dict[str, object]:
    return {
        "x": {"field": "game_date", "type": "temporal", "title": None},
        "y": {"field": "value", "type": "quantitative", "title": market.unit},
    }


def _picks(predicted: pl.DataFrame, who: str) -> Grid:
    return Grid(
        "picks", f"Picks on {who}", pl.DataFrame(pick_rates(predicted)),
        "Of the champions of their day. So few picks on one player prove nothing: look at n.",
        "tipoff grade", columns=_RATES,
        empty="No pick was made on him. 'tipoff predict' makes picks, 'tipoff grade' grades them.",
    )  # fmt: skip


def _predicted(predicted: pl.DataFrame, market: Market, who: str) -> Grid:
    rows = predicted.filter(pl.col("market") == market.name)
    return Grid(
        "predictions", f"Predictions of {market.name.replace('_', ' ')}", rows,
        f"{rows.height} predictions of {who} as they were made before tip-off.",
        "tipoff predict", columns=_PREDICTED,
        empty="No prediction of him on this market. 'tipoff predict' makes them.",
    )  # fmt: skip


def _games(games: pl.DataFrame, lines: pl.DataFrame, market: Market) -> Grid:
    middle = lines.group_by("game_id").agg(line=pl.col("line").median(), books=pl.len())
    before = rolling(games, market).select("game_id", *_BEFORE)
    rows = (
        games.join(middle, on="game_id", how="left")
        .join(before, on="game_id", how="left")
        .with_columns(
            place=pl.when("is_home").then(pl.lit("vs ")).otherwise(pl.lit("at "))
            + pl.col("opponent")
        )
        .sort("game_date", descending=True)
    )
    return Grid(
        "games", "Games", rows,
        f"{rows.height} games, the newest first; averages are of {market.unit}, before each game.",
        columns=_GAMES,
        empty="No box score of him in this season. 'tipoff ingest files' brings in box scores.",
    )  # fmt: skip


def _markets(_: object) -> list[str]:
    return [market.name for market in _SHOWN]


PAGE = Page(
    "players",
    "Players",
    "A player's games, lines by book against results, predictions and picks.",
    _view,
    tables=(PLAYER_BOXES, GAMES, PROP_QUOTES, PREDICTIONS, GRADES),
    choices=(
        Choice("name", "Name", kind="text"),
        Choice("season", "Season", options.seasons),
        Choice("market", "Market", _markets),
        Choice("player", "Player (id)", kind="text"),
    ),
)
