"""Generate a league, season by season."""

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
import polars as pl

from tipoff.domain.ids import name_key
from tipoff.sources.league.births import Births, roster_rows
from tipoff.sources.league.boxes import (
    break_ties,
    made_shots,
    player_boxes,
    player_periods,
    player_rows,
    shot_rows,
    shots,
    team_boxes,
)
from tipoff.sources.league.floor import ARC, arcs
from tipoff.sources.league.game_market import game_lines
from tipoff.sources.league.names import made_up_names
from tipoff.sources.league.news import availability, with_news
from tipoff.sources.league.play import Season, play
from tipoff.sources.league.prospects import Prospects, prospects
from tipoff.sources.league.quotes import lined, prop_quotes
from tipoff.sources.league.rosters import (
    first_rosters,
    new_players,
    next_season,
    traded,
)
from tipoff.sources.league.schedule import Schedule, schedule
from tipoff.sources.league.settings import ROSTER, LeagueSettings
from tipoff.sources.league.sheet import published, shaped, sheet
from tipoff.sources.league.truth import Replays, distributions, true_expectations
from tipoff.store.lake import Appended, Lake, append
from tipoff.tables.league import LEAGUE_DISTRIBUTIONS
from tipoff.tables.raw import GAMES, SOURCE_TABLES

# Two players of two teams who share one name.
_NAMESAKES = np.array([3, ROSTER + 4])
# Each part of a season draws from its own stream, so that one part can change alone.
_PARTS = (
    "schedule", "rosters", "play", "shots", "quotes", "games", "news", "changes", "truth",
    "floor",
)  # fmt: skip


@dataclass(frozen=True)
class League:
    """A generated league.

    Attributes:
        frames: rows of every raw table and of ``rosters``, by name.
        on_floor: who is on the floor when, as ``tipoff.sources.league.floor.arcs`` gives it.
        truth: rows of ``league_truth``: what was to be expected in each place of a roster and
            game, and what the market took it for.
        distributions: rows of ``league_distributions``: the true distribution of every
            player-game; none where they were not asked for.
        settings: the knobs.
    """

    frames: dict[str, pl.DataFrame]
    on_floor: pl.DataFrame
    truth: pl.DataFrame
    distributions: pl.DataFrame
    settings: LeagueSettings


def generate(settings: LeagueSettings | None = None, replays: Replays | None = None) -> League:
    """Generate a league; the same settings give the same league.

    Args:
        settings: its knobs.
        replays: how its true distributions are made; none are where None.
    """
    chosen = settings or LeagueSettings()
    parts: dict[str, list[pl.DataFrame]] = defaultdict(list)
    streams = np.random.SeedSequence(chosen.seed).spawn(chosen.seasons + 2)
    first, born = map(np.random.default_rng, streams[-2:])
    players = new_players(first, np.tile(np.arange(ROSTER), chosen.teams))
    rosters = first_rosters(chosen)
    names = made_up_names(first, chosen.teams * ROSTER * (2 + chosen.seasons))
    names[_NAMESAKES[1]] = names[_NAMESAKES[0]]
    births = Births(born)
    for number in range(chosen.seasons):
        draws = dict(
            zip(_PARTS, map(np.random.default_rng, streams[number].spawn(len(_PARTS))), strict=True)
        )
        if number:
            players, rosters = next_season(draws["rosters"], players, rosters, _NAMESAKES)
        after = traded(draws["rosters"], rosters, _NAMESAKES)
        plan = schedule(draws["schedule"], chosen, chosen.first_season + number)
        ahead = prospects(draws["play"], draws["changes"], chosen, plan, players, (rosters, after))
        season, told = _played(chosen, draws, plan, ahead, names[: len(players.rate)])
        rows = _raw(chosen, draws, plan, season, told)
        known = births.of(len(players.rate), chosen.first_season + number)
        rows["rosters"] = roster_rows(plan.season, rosters, _identities(names), known)
        rows["truth"] = true_expectations(ahead, told)
        if replays and number >= chosen.seasons - (replays.seasons or chosen.seasons):
            rows["drawn"] = distributions(draws["truth"], plan, ahead, told, replays)
        for name, frame in rows.items():
            parts[name].append(frame)
    frames = {name: pl.concat(found) for name, found in parts.items()}
    drawn = frames.get("drawn", LEAGUE_DISTRIBUTIONS.empty())
    own = {name: frames[name] for name in SOURCE_TABLES}
    return League(own, frames["on_floor"], frames["truth"], drawn, chosen)


def _played(
    settings: LeagueSettings,
    draws: dict[str, np.random.Generator],
    plan: Schedule,
    ahead: Prospects,
    names: list[str],
) -> tuple[Season, pl.DataFrame]:
    """Play a season: what happened, and its rows with the news."""
    season = play(draws["play"], settings, plan, ahead)
    break_ties(plan, season)
    everybody = sheet(plan, season, _identities(names)).sort("line")
    return season, with_news(draws["news"], everybody)


def _raw(
    settings: LeagueSettings,
    draws: dict[str, np.random.Generator],
    plan: Schedule,
    season: Season,
    told: pl.DataFrame,
) -> dict[str, pl.DataFrame]:
    """Rows of the raw tables of a season that was played."""
    played = arcs(player_rows(draws["play"], season, told))
    attempts = shots(draws["shots"], draws["floor"], season, played)
    year = int(plan.season[:4])
    return {
        "games": shaped(GAMES, plan.games, pl.lit(published(year))),
        "player_boxes": player_boxes(played),
        "team_boxes": team_boxes(played),
        "shots": shot_rows(attempts),
        "made_shots": made_shots(attempts),
        "player_periods": player_periods(played),
        "on_floor": played.select(*ARC),
        "game_lines": game_lines(draws["games"], settings, told),
        "prop_quotes": prop_quotes(draws["quotes"], settings, lined(told)),
        **availability(told),
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
    return {name: append(lake, SOURCE_TABLES[name], frame) for name, frame in league.frames.items()}
