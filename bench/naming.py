"""Who named players are, and whether a load names too many that nobody knows."""

from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from bench.measure import Result, compared
from tipoff.sources.format import Parsed
from tipoff.sources.identity import resolved
from tipoff.sources.league import League
from tipoff.sources.reference import reference
from tipoff.store.lake import append, open_lake
from tipoff.tables.raw import GAMES, PLAYER_BOXES, PROP_QUOTES
from tipoff.workflows.identity_gate import Gate, Load
from tipoff.workflows.identity_limits import LIMITS
from tipoff.workflows.parsed_rows import identified


def gate(league: League) -> Result:
    """Judge the quotes of a league before they are stored, against storing them."""
    boxes = league.frames["player_boxes"]
    known = reference(
        league.frames["games"], boxes.select("season", "team", "player_id", "name_key").unique()
    )
    quotes = league.frames["prop_quotes"].with_columns(player_id=pl.lit(None, pl.String))
    stated = [Parsed(PROP_QUOTES, quotes)]
    found = identified(stated, known)
    with TemporaryDirectory() as folder:
        lakes = iter(range(1_000))
        knowing = open_lake(str(Path(folder) / "knowing"))
        append(knowing, PLAYER_BOXES, boxes)
        append(knowing, GAMES, league.frames["games"])

        def store() -> None:
            append(open_lake(str(Path(folder) / str(next(lakes)))), PROP_QUOTES, found[0].frame)

        def judge() -> None:
            if Gate(knowing, LIMITS).passed([Load("lines", "league", stated, found)]):
                raise SystemExit("Expected the league's own quotes to be let through.")

        return compared(f"judging {quotes.height:,} quotes", judge, "storing them", store)


def names(league: League) -> Result:
    """Look up the players of a league's quotes at once, against one game date at a time."""
    boxes = league.frames[PLAYER_BOXES.name]
    players = boxes.select("season", "team", "player_id", "name_key").unique()
    quotes = league.frames["prop_quotes"].with_columns(player_id=pl.lit(None, pl.String))
    dates = quotes.partition_by("game_date")

    def by_date() -> None:
        for rows in dates:
            resolved(rows, players)

    name = f"whose {quotes.height:,} quotes are"
    return compared(name, lambda: resolved(quotes, players), "date by date", by_date)
