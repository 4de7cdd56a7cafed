"""Generate a league, season by season."""

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
import polars as pl

from tipoff.domain.ids import name_key
from tipoff.sources.league.boxes import break_ties, player_boxes, player_rows, shots, team_boxes
from tipoff.sources.league.game_market import game_lines
from tipoff.sources.league.names import made_up_names
from tipoff.sources.league.news import availability, with_news
from tipoff.sources.league.play import play
from tipoff.sources.league.quotes import lined, prop_quotes
from tipoff.sources.league.rosters import (
    Ints,
    Players,
    first_rosters,
    new_players,
    next_season,
    traded,
)
from tipoff.sources.league.schedule import schedule
from tipoff.sources.league.settings import ROSTER, LeagueSettings
from tipoff.sources.league.sheet import published, shaped, sheet
from tipoff.store.lake import Appended, Lake, append
from tipoff.tables.raw import GAMES, RAW_TABLES

# Two players of two teams who share one name.
_NAMESAKES = (3, ROSTER + 4)
# Each part of a season draws from its own stream, so that one part can change alone.
_PARTS = ("schedule", "rosters", "play", "shots", "quotes", "games", "news")


@dataclass(frozen=True)
class League:
    """A generated league.

    Attributes:
        frames: rows of every raw table, by its name.
        truth: one row per place in a roster and game: ``game_id, player_id, expected`` (expected
            points given who plays), ``expected_early`` (given who was known to be out on the day
            before), ``deviation`` (of points, given who plays), ``is_out``.
    """

    frames: dict[str, pl.DataFrame]
    truth: pl.DataFrame


def generate(settings: LeagueSettings | None = None) -> League:
    """Generate a league; the same settings give the same league."""
    chosen = settings or LeagueSettings()
    parts: dict[str, list[pl.DataFrame]] = defaultdict(list)
    streams = np.random.SeedSequence(chosen.seed).spawn(chosen.seasons + 1)
    first = np.random.default_rng(streams[-1])
    players = new_players(first, np.tile(np.arange(ROSTER), chosen.teams))
    rosters = first_rosters(chosen)
    names = made_up_names(first, chosen.teams * ROSTER * (2 + chosen.seasons))
    names[_NAMESAKES[1]] = names[_NAMESAKES[0]]
    for number in range(chosen.seasons):
        draws = dict(
            zip(_PARTS, map(np.random.default_rng, streams[number].spawn(len(_PARTS))), strict=True)
        )
        if number:
            players, rosters = next_season(draws["rosters"], players, rosters)
        rows = _season(chosen, number, draws, players, rosters, names)
        for name, frame in rows.items():
            parts[name].append(frame)
    frames = {name: pl.concat(found) for name, found in parts.items()}
    return League({name: frames[name] for name in RAW_TABLES}, frames["truth"])


def _season(
    settings: LeagueSettings,
    number: int,
    draws: dict[str, np.random.Generator],
    players: Players,
    rosters: Ints,
    names: list[str],
) -> dict[str, pl.DataFrame]:
    plan = schedule(draws["schedule"], settings, settings.first_season + number)
    after = traded(draws["rosters"], rosters, np.array(_NAMESAKES))
    season = play(draws["play"], settings, plan, players, rosters, after)
    break_ties(plan, season)
    everybody = sheet(plan, season, _identities(names[: len(players.rate)])).sort("line")
    told = with_news(draws["news"], everybody)
    played = player_rows(draws["play"], season, told)
    quoted = lined(told)
    announced = pl.lit(published(settings.first_season + number))
    return {
        "games": shaped(GAMES, plan.games, announced),
        "player_boxes": player_boxes(played),
        "team_boxes": team_boxes(played),
        "shots": shots(draws["shots"], season, told),
        "game_lines": game_lines(draws["games"], settings, told),
        "prop_quotes": prop_quotes(draws["quotes"], settings, quoted),
        "availability": availability(told),
        "truth": told.select(
            "season",
            "game_date",
            "game_id",
            "player_id",
            "expected",
            "expected_early",
            "deviation",
            "is_out",
        ),
    }


def _identities(names: list[str]) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "number": np.arange(len(names)),
            "player_id": [f"L{n + 1:05d}" for n in range(len(names))],
            "player_name": names,
            "name_key": [name_key(name) for name in names],
        }
    )


def append_to(lake: Lake, league: League) -> dict[str, Appended]:
    """Append a league to a lake; what the lake holds already is not stored twice."""
    return {name: append(lake, RAW_TABLES[name], frame) for name, frame in league.frames.items()}
