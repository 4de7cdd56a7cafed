"""How much was known of who would play: by season, by source, and held against who played."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import polars as pl

from tipoff.errors import InputError
from tipoff.processors.availability import counting, last_words, words
from tipoff.settings import DEFAULT_LEAD_MINUTES
from tipoff.store.lake import Lake
from tipoff.store.spine import player_spine, team_spine
from tipoff.tables.raw import STATUSES
from tipoff.workflows.world import known_games, load, played_games

NOT_LISTED = "not listed"
UNKNOWN = "unknown"
_TEAM = ["game_id", "team"]
_LISTED = 200


def availability_report(
    lake: Lake,
    *,
    lead_minutes: int = DEFAULT_LEAD_MINUTES,
    window: tuple[date | None, date | None] = (None, None),
) -> dict[str, Any]:
    """Say what was known of availability at each decision, and what came of it.

    Rows are the players who could have been known to play, in games of which a box score is there.

    Args:
        lake: the lake.
        lead_minutes: minutes before tip-off of the decision instant.
        window: first and last game date; open where None.

    Returns:
        ``rows`` by season: ``season, player_games, known, share, team_games, sources`` (team-games
        by the source whose list counts); ``statuses``: ``status, player_games, played, share``;
        ``conflicts``: ``compared`` words of two sources on a player, ``differing``, and the first
        200 of these as ``rows``.

    Raises:
        InputError: the window ends before it begins.
    """
    start, end = window
    if start and end and end < start:
        raise InputError(f"Expected a window that ends after it begins, got {start} to {end}.")
    day = pl.col("game_date")
    games = known_games(lake).filter(
        day >= start if start else pl.lit(value=True), day <= end if end else pl.lit(value=True)
    )
    seasons = sorted(games["season"].unique())
    parts = [_season(lake, season, games.filter(season=season), lead_minutes) for season in seasons]
    told = pl.concat([part["told"] for part in parts]) if parts else _NOTHING
    conflicts = [row for part in parts for row in part["conflicts"]["rows"]]
    return {
        "lead_minutes": lead_minutes,
        "rows": [part["row"] for part in parts],
        "statuses": _statuses(told),
        "conflicts": {
            **{n: sum(p["conflicts"][n] for p in parts) for n in ("compared", "differing")},
            "rows": conflicts[:_LISTED],
        },
    }


_NOTHING = pl.DataFrame(schema={"status": pl.String, "has_played": pl.Boolean})


def _season(lake: Lake, season: str, games: pl.DataFrame, lead_minutes: int) -> dict[str, Any]:
    """What was known in one season, and what came of it."""
    played = played_games(lake, [season]).select("game_id", "player_id", has_played=True)
    loaded = load(lake, [season], lead_minutes, [])
    days = games["game_date"].unique().sort().to_list()
    teams = team_spine(loaded.games, days, lead_minutes).join(played, on="game_id", how="semi")
    facts = loaded.world.facts
    spine = player_spine(teams, facts["player_games"], facts["quoted_players"])
    lists, said = words(teams, loaded.world)
    of_lists, counted = (counting(part, lists) for part in (lists, said))
    known = pl.concat([part.select(_TEAM) for part in (of_lists, counted)]).unique()
    told = (
        spine.select(*_TEAM, "player_id")
        .join(last_words(counted), on=[*_TEAM, "player_id"], how="left")
        .join(known.with_columns(_known=True), on=_TEAM, how="left")
        .join(played, on=["game_id", "player_id"], how="left")
        .select(
            status=pl.when("_known").then(pl.col("status").fill_null(NOT_LISTED)),
            has_played=pl.col("has_played").fill_null(value=False),
        )
    )
    is_known = int(told["status"].is_not_null().sum())
    return {
        "row": {
            "season": season,
            "player_games": told.height,
            "known": is_known,
            "share": _share(is_known, told.height),
            "team_games": teams.height,
            "sources": dict(of_lists["source"].value_counts().sort("source").iter_rows()),
        },
        "told": told,
        "conflicts": _conflicts(lists, said),
    }


def _statuses(told: pl.DataFrame) -> list[dict[str, Any]]:
    """How many of those of each status played."""
    counts = told.group_by(pl.col("status").fill_null(UNKNOWN)).agg(
        player_games=pl.len(), played=pl.col("has_played").sum()
    )
    order = {status: place for place, status in enumerate([NOT_LISTED, *STATUSES, UNKNOWN])}
    rows = sorted(counts.to_dicts(), key=lambda row: order[row["status"]])
    return [{**row, "share": _share(row["played"], row["player_games"])} for row in rows]


def _conflicts(lists: pl.DataFrame, said: pl.DataFrame) -> Mapping[str, Any]:
    """Where two sources say different things of a player at the same decision.

    Who is not on the list of a source is not listed by it, which is a word too.
    """
    own = last_words(said, [*_TEAM, "player_id", "source"])
    sources = pl.concat([part.select(*_TEAM, "source") for part in (lists, said)]).unique()
    names = (
        said.drop_nulls("player_id").group_by(*_TEAM, "player_id").agg(pl.col("player_name").min())
    )
    whole = lists.select(*_TEAM, "source", _whole=True)
    key = [*_TEAM, "player_id", "source"]
    each = (
        names.join(sources, on=_TEAM)
        .join(own, on=key, how="left")
        .join(whole, on=[*_TEAM, "source"], how="left")
        .with_columns(status=pl.coalesce("status", pl.when("_whole").then(pl.lit(NOT_LISTED))))
        .drop_nulls("status")
        .sort(key)
    )
    both = (
        each.group_by(*_TEAM, "player_id", "player_name", maintain_order=True)
        .agg(pl.col("source"), pl.col("status"))
        .filter(pl.col("source").list.len() > 1)
    )
    differing = both.filter(pl.col("status").list.n_unique() > 1)
    rows = [
        {c: row[c] for c in (*_TEAM, "player_id", "player_name")}
        | {"statuses": dict(zip(row["source"], row["status"], strict=True))}
        for row in differing.head(_LISTED).to_dicts()
    ]
    return {"compared": both.height, "differing": differing.height, "rows": rows}


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None
