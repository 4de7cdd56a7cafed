"""Build the world that processors may ask: facts of some seasons, from the lake's raw tables."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import polars as pl

from tipoff.domain.market import Market
from tipoff.domain.plant import Plant
from tipoff.domain.seasons import previous_season
from tipoff.settings import DEFAULT_LEAD_MINUTES
from tipoff.store.door import World
from tipoff.store.facts import (
    BOX_SOURCES,
    COUNTS,
    lined_games,
    player_games,
    quoted_players,
    scheduled_games,
    team_games,
    with_game,
    with_markets,
    with_rates,
    zone_games,
)
from tipoff.store.games import merged_games, turned_ids, with_canonical_ids
from tipoff.store.lake import Lake, read, scan
from tipoff.store.plays import birth_dates, creation_games, fourth_periods
from tipoff.store.versions import (
    KNOWN_AT,
    as_told,
    at_each_instant,
    by_precedence,
    with_withdrawals,
)
from tipoff.tables.raw import (
    AVAILABILITY,
    AVAILABILITY_REPORTS,
    GAME_LINES,
    GAMES,
    PLAYER_BOXES,
    PROP_QUOTES,
    RAW_TABLES,
    ROSTERS,
)
from tipoff.tables.table import Table

_OF_PLAYED = ("game_id", "player_id", "source", "observed_at", "is_deleted", "seconds_played")


@dataclass(frozen=True)
class Loaded:
    """What a span of game dates is built from.

    Attributes:
        games: one row per game of the seasons, merged over sources.
        world: the facts that do not differ between markets; its upstream is still empty.
        quotes: known quotes of the markets in use.
        lead_minutes: minutes before tip-off of the decision instant.
        spines: spines built so far, by kind and dates: several processors fill the same one.
        markets: worlds of single markets made so far.
    """

    games: pl.DataFrame
    world: World
    quotes: pl.DataFrame
    lead_minutes: int
    spines: dict[tuple[str, tuple[date, ...], int], pl.DataFrame] = field(default_factory=dict)
    markets: dict[str, World] = field(default_factory=dict)

    def world_of(self, market: Market | None) -> World:
        """The facts, with the quotes and lined games of a market where one is given."""
        if market is None:
            return self.world
        if market.name not in self.markets:
            quotes = self.quotes.filter(pl.col("market") == market.name)
            lined = lined_games(
                self.world.facts["player_games"],
                quotes,
                self.games,
                self.lead_minutes,
                market.name,
            )
            facts = {**self.world.facts, "prop_quotes": quotes, "lined_games": lined}
            self.markets[market.name] = replace(self.world, facts=facts)
        return self.markets[market.name]


def view_of(lake: Lake, plant: Plant | None, lead_minutes: int = DEFAULT_LEAD_MINUTES) -> Lake:
    """Return where derived rows are: the lake itself, or a view beside them.

    Rows with a planted fault, and rows that are decided at another moment than usual, are kept
    apart, so that neither replaces the others.
    """
    parts = ["planted", plant.name] if plant and plant.has_view else []
    parts += [] if lead_minutes == DEFAULT_LEAD_MINUTES else ["leads", f"{lead_minutes}"]
    if not parts:
        return lake
    home = (lake.base or lake.url).rstrip("/")
    return replace(lake, url="/".join([home, *parts]), base=None, versions=None)


def known_games(lake: Lake, seasons: Sequence[str] | None = None) -> pl.DataFrame:
    """Return one row per game, merged over the sources of the schedule."""
    return merged_games(read(lake, GAMES, seasons=seasons))


def played_games(lake: Lake, seasons: Sequence[str]) -> pl.DataFrame:
    """Return who played in which game, as the newest versions of the box scores say.

    For grading only: this is how it turned out, not what was known.

    Returns:
        ``game_id, player_id``, one row each.
    """
    of_seasons = pl.col("season").is_in(list(seasons))
    boxes, stated = pl.collect_all([
        scan(lake, PLAYER_BOXES).filter(of_seasons).select(_OF_PLAYED),
        scan(lake, GAMES).filter(of_seasons),
    ])  # fmt: skip
    return played_in(boxes, stated)


def played_in(boxes: pl.DataFrame, stated: pl.DataFrame) -> pl.DataFrame:
    """Return ``game_id, player_id`` of those who played, by the newest box score of each game.

    Args:
        boxes: rows of ``player_boxes``; of their columns the key, the time and the versions do.
        stated: rows of ``games`` of the same seasons.
    """
    told = with_canonical_ids(boxes, stated).filter(pl.col("player_id").is_not_null())
    newest = told.group_by("game_id").agg(pl.col("observed_at").max().alias(KNOWN_AT))
    key = ["game_id", "player_id", KNOWN_AT]
    versions = (
        at_each_instant(told, ["game_id"], ["game_id", "player_id", "source"])
        .select(*key, "source", "seconds_played")
        .join(newest, on=["game_id", KNOWN_AT], how="semi")
    )
    said = versions.select(*key, played=pl.col("seconds_played") > 0).drop_nulls().unique()
    # Which source counts matters only where they do not agree.
    torn = said.group_by(key).len().filter(pl.col("len") > 1)
    settled = by_precedence(versions.join(torn, on=key, how="semi"), key, BOX_SOURCES)
    played = pl.concat([
        said.filter("played").join(torn, on=key, how="anti").select(key),
        settled.filter(pl.col("seconds_played") > 0).select(key),
    ])  # fmt: skip
    return with_game(played, merged_games(stated)).select("game_id", "player_id")


def told_games(boxes: pl.DataFrame, games: pl.DataFrame) -> pl.DataFrame:
    """Return every version of what box scores told of each player's games.

    For grading, and for what a model learns from, which must have been told by then.

    Args:
        boxes: rows of ``player_boxes``.
        games: rows of ``games`` of the same seasons.
    """
    return player_games(with_canonical_ids(boxes, games), merged_games(games))


def raw_rows(
    lake: Lake,
    seasons: Sequence[str],
    markets: Sequence[Market],
    games: Collection[str] | None = None,
) -> dict[str, pl.DataFrame]:
    """Return the rows of every raw table of some seasons and of the season before each.

    ``rosters`` are there whole: they tell birth dates, whatever their season.

    Args:
        lake: the lake.
        seasons: season names.
        markets: whose quotes to read.
        games: ids of games; rows of others are left out, but for the schedule's.
    """
    wanted = sorted({*seasons, *map(previous_season, seasons)})
    names = [market.name for market in markets]
    rows = {ROSTERS.name: scan(lake, ROSTERS).drop("row_hash").collect()}
    for name, table in RAW_TABLES.items():
        own = scan(lake, table).filter(pl.col("season").is_in(wanted)).drop("row_hash")
        if name == PROP_QUOTES.name:
            own = own.filter(pl.col("market").is_in(names))
        if games is not None and table is not GAMES:
            own = own.filter(pl.col("game_id").is_in(list(games)))
        rows[name] = own.collect()
    return rows


def load(
    lake: Lake, seasons: Sequence[str], lead_minutes: int, markets: Sequence[Market]
) -> Loaded:
    """Load the facts of some seasons and of the season before each.

    Args:
        lake: the lake.
        seasons: season names.
        lead_minutes: minutes before tip-off of the decision instant.
        markets: whose quotes to load; of the others only who was quoted is looked at.
    """
    wanted = sorted({*seasons, *map(previous_season, seasons)})
    quotes = scan(lake, PROP_QUOTES).filter(pl.col("season").is_in(wanted))
    return assemble(
        raw_rows(lake, seasons, markets), lead_minutes, quoted_players(quotes).collect()
    )


@dataclass(frozen=True)
class Listing:
    """Who could have been known to play: what player spines are made from.

    Attributes:
        games: one row per game of the seasons, merged over sources.
        turned: the id that counts by each id of a game that does not.
        player_games: the facts that tell who played for whom, without what he did.
        quoted_players: who was quoted on any market.
    """

    games: pl.DataFrame
    turned: Mapping[str, str]
    player_games: pl.DataFrame
    quoted_players: pl.DataFrame


def listing(lake: Lake, season: str) -> Listing:
    """Return what player spines of a season are made from."""
    wanted = [previous_season(season), season]
    of_seasons = pl.col("season").is_in(wanted)
    stated = scan(lake, GAMES).filter(of_seasons)
    boxes = scan(lake, PLAYER_BOXES).filter(of_seasons).drop("row_hash", *COUNTS)
    quotes = quoted_players(scan(lake, PROP_QUOTES).filter(of_seasons))
    raw_games, played, quoted = pl.collect_all([stated, boxes, quotes])
    games, turned = merged_games(raw_games), turned_ids(raw_games)
    told = _told(with_canonical_ids(played, turned), PLAYER_BOXES)
    return Listing(games, turned, player_games(told, games), with_canonical_ids(quoted, turned))


def load_games(
    lake: Lake, season: str, lead_minutes: int, market: Market, games: Collection[str]
) -> Loaded:
    """Load the facts of some games only; facts of single games are the same whatever the others.

    Args:
        lake: the lake.
        season: of the games; they may be of the season before as well.
        lead_minutes: minutes before tip-off of the decision instant.
        market: whose quotes to load.
        games: ids, those that do not count among them.
    """
    return assemble(raw_rows(lake, [season], [market], games), lead_minutes)


def assemble(
    frames: Mapping[str, pl.DataFrame], lead_minutes: int, quoted: pl.DataFrame | None = None
) -> Loaded:
    """Turn raw rows into the world that processors may ask.

    Args:
        frames: rows of every raw table, and of ``rosters``, by name.
        lead_minutes: minutes before tip-off of the decision instant.
        quoted: who was quoted on any market; by default by the quotes among the frames.
    """
    games = merged_games(frames["games"])
    if quoted is None:
        quoted = quoted_players(frames["prop_quotes"].lazy()).collect()
    turned = turned_ids(frames["games"])
    born = birth_dates(frames[ROSTERS.name])
    frames = {
        name: _told(with_canonical_ids(frames[name], turned), table)
        for name, table in RAW_TABLES.items()
    }
    players = with_markets(player_games(frames["player_boxes"], games))
    teams = team_games(players, frames["team_boxes"], games)
    facts = {
        "player_games": with_rates(players, teams),
        "team_games": teams,
        "scheduled_games": scheduled_games(games),
        "player_zone_games": zone_games(frames["shots"], games, ("player_id",)),
        "team_zone_games": zone_games(frames["shots"], games, ("opponent",)),
        "creation_games": creation_games(frames["made_shots"], games),
        "fourth_periods": fourth_periods(frames["player_periods"], games),
        "birth_dates": born,
        "quoted_players": with_canonical_ids(quoted, turned),
        "game_lines": _events(frames, GAME_LINES),
        "availability": _events(frames, AVAILABILITY),
        "availability_reports": _events(frames, AVAILABILITY_REPORTS),
    }
    return Loaded(games, World(facts, {}), _events(frames, PROP_QUOTES), lead_minutes)


def _told(rows: pl.DataFrame, table: Table) -> pl.DataFrame:
    return as_told(rows, table.entity) if table.is_outcome else rows


def _events(frames: Mapping[str, pl.DataFrame], table: Table) -> pl.DataFrame:
    """Events of their own (quotes, reports): each counts from when it was seen."""
    return with_withdrawals(frames[table.name], table.entity)
