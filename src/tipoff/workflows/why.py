"""Why a player's values of a date are what they are: the rows behind them, and what came later.

The processors are run again for the player's game with every question at the door written down,
so what is shown are the very rows that the values are made from.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from difflib import get_close_matches
from operator import itemgetter
from typing import Any

import polars as pl

from tipoff.domain.clock import RECORDED
from tipoff.domain.ids import name_key
from tipoff.domain.market import Market, market_named
from tipoff.domain.seasons import previous_season, season_of
from tipoff.errors import InputError
from tipoff.features.catalogue import FEATURES
from tipoff.features.declare import Feature, feature_named
from tipoff.features.quality import value_age, value_state, why_missing
from tipoff.processors.catalogue import feature_store, processors_for
from tipoff.processors.team_defense_zone import LEAGUE_DAYS
from tipoff.settings import DEFAULT_LEAD_MINUTES
from tipoff.sources.identity import aliases
from tipoff.store.delta import found_in
from tipoff.store.door import RECENCY, SPINE_ID, Seen
from tipoff.store.lake import Lake, scan
from tipoff.store.spine import player_spine, team_spine
from tipoff.store.versions import KNOWN_AT
from tipoff.tables.raw import GAMES, PLAYER_BOXES, PROP_QUOTES, RAW_TABLES
from tipoff.workflows.why_rows import Part, parts
from tipoff.workflows.why_trial import Trial
from tipoff.workflows.world import Listing, Loaded, listing, load_games, view_of

ALL = "all"
MOST_ROWS = 40

# (fact table, spine columns asked by): the input of features that it is, and its raw table.
_INPUTS = {
    ("player_games", ("player_id",)): ("player_games", "player_boxes"),
    ("player_games", ("player_id", "opponent")): ("player_games", "player_boxes"),
    ("team_games", ("team",)): ("team_games", "player_boxes"),
    ("team_games", ("opponent",)): ("opponent_games", "player_boxes"),
    ("scheduled_games", ("team",)): ("schedule", "games"),
    ("player_zone_games", ("player_id",)): ("player_shots", "shots"),
    ("team_zone_games", ("team",)): ("opponent_shots", "shots"),
    ("creation_games", ("player_id",)): ("play_by_play", "made_shots"),
    ("fourth_periods", ("player_id",)): ("player_periods", "player_periods"),
    ("lined_games", ("player_id",)): ("lined_games", "player_boxes"),
    ("prop_quotes", ("game_id", "player_id")): ("prop_quotes", "prop_quotes"),
    ("game_lines", ("game_id",)): ("game_lines", "game_lines"),
    ("availability", ("game_id", "team")): ("availability", "availability"),
    ("availability_reports", ("game_id", "team")): ("availability", "availability_reports"),
}
# What tells the rows of a game and moment apart, where there may be several.
_TOLD_APART = {
    "prop_quotes": ("book", "market", "line", "quote_number"),
    "game_lines": ("book", "market", "line", "quote_number"),
    "availability": ("team", "source", "player_id"),
    "availability_reports": ("team", "source"),
}


def why(
    lake: Lake,
    name: str,
    player: str,
    day: date,
    *,
    market: str = "points",
    lead_minutes: int = DEFAULT_LEAD_MINUTES,
) -> dict[str, Any]:
    """Explain a player's feature values of a game date.

    Args:
        lake: the lake.
        name: a feature, or ``all``; player: his name in any spelling, or his id.
        day: the game date.
        market: whose features.
        lead_minutes: minutes before tip-off of the decision instant.

    Returns:
        ``player, game, as_of``; ``features``: name, value, stored value, whether both agree, state,
        age, why missing, reads, doc and, of a single one, the ``rows`` it comes from with the value
        ``without`` each; ``inputs``: by name the rows used (newest known first) and those held
        back because they came later.

    Raises:
        InputError: he is not listed on the date, the name fits several, or no game is known.
    """
    of = market_named(market)
    chosen = FEATURES if name == ALL else (feature_named(name),)
    season = season_of(day)
    tables = [GAMES, PLAYER_BOXES, PROP_QUOTES]
    listed = found_in(lake, tables, ("listing", season), lambda: listing(lake, season))
    teams = team_spine(listed.games, [day], lead_minutes)
    everyone = player_spine(teams, listed.player_games, listed.quoted_players)
    row = _listed(everyone, player, day)
    of_game, of_player = (pl.col(c) == row[c] for c in ("game_id", "player_id"))
    both = teams.filter(of_game)
    near = _near(listed, both, everyone.filter(of_game), day)
    loaded = load_games(lake, row["season"], lead_minutes, of, near)
    built = _built(loaded, of, both, everyone.filter(of_game))
    seen = _seen(loaded, of, both, everyone, row, built)
    own = built[feature_store(of).name].filter(of_player)
    stored = _stored(view_of(lake, None, lead_minutes), of, row)
    comes_from = {}
    if name != ALL:
        column = chosen[0].column(of)
        # Who is out matters by what he averages, so his teammates are built with him.
        with_others = "availability" in chosen[0].reads
        tried = everyone.filter(of_game if with_others else of_game & of_player)
        trial = Trial(loaded.world_of(of), of, both, tried, row["player_id"], column)
        comes_from[column] = _comes_from(lake, trial, own[column].item(), seen, chosen[0], row)
    return {
        **_about(row),
        "market": of.name,
        "features": [_explained(feature, of, own, stored, comes_from) for feature in chosen],
        "inputs": _inputs(lake, seen, sorted({i for f in chosen for i in f.reads}), row),
    }


def _about(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "player": {"id": row["player_id"], "name": row["player_name"], "team": row["team"]},
        "game": {c: row[c] for c in ("game_id", "game_date", "opponent", "tip_off_at")},
        "as_of": row["as_of"],
    }


def _comes_from(
    lake: Lake,
    trial: Trial,
    value: float | None,
    seen: Sequence[Seen],
    feature: Feature,
    row: Mapping[str, Any],
) -> list[dict[str, Any]]:
    """The rows that a single feature's value comes from."""
    tried = _once([s for s in seen if _input_of(s) in feature.reads])
    return _parts(lake, parts(trial, value, seen, tried), row)


def _near(listed: Listing, teams: pl.DataFrame, players: pl.DataFrame, day: date) -> set[str]:
    """The games that processors may ask about for one game: ids of all sources.

    Those of both teams and of their players, wherever they played, and the league's of the days
    that its averages are taken over.
    """
    of_teams = pl.any_horizontal(
        pl.col(side).is_in(teams["team"].implode()) for side in ("home_team", "away_team")
    )
    is_recent = pl.col("game_date").is_between(day - timedelta(days=LEAGUE_DAYS), day)
    of_players = pl.col("player_id").is_in(players["player_id"].implode())
    own = listed.player_games.filter(of_players)["game_id"]
    near = {*listed.games.filter(of_teams | is_recent)["game_id"], *own}
    return near | {turned for turned, counts in listed.turned.items() if counts in near}


def _listed(spine: pl.DataFrame, player: str, day: date) -> dict[str, Any]:
    """The one spine row that a name or id means."""
    if spine.is_empty():
        raise InputError(f"Expected a game with known players on {day}, found none.")
    key = aliases().get(name_key(player), name_key(player))
    keys = {row["player_name"]: name_key(row["player_name"]) for row in spine.to_dicts()}
    names = [n for n, own in keys.items() if aliases().get(own, own) == key]
    found = spine.filter((pl.col("player_id") == player) | pl.col("player_name").is_in(names))
    if found.height == 1:
        return found.row(0, named=True)
    if found.is_empty():
        near = get_close_matches(key, list(keys.values()), n=3)
        close = [n for n, own in keys.items() if own in near]
        hint = f" Did you mean {', '.join(close)}?" if close else ""
        raise InputError(f"Expected a player who may play on {day}, got {player!r}.{hint}")
    fits = [f"{r['player_name']} of {r['team']} ({r['player_id']})" for r in found.to_dicts()]
    raise InputError(f"Expected one player, but {player!r} fits {', '.join(fits)}; give his id.")


def _built(
    loaded: Loaded, market: Market, teams: pl.DataFrame, players: pl.DataFrame
) -> dict[str, pl.DataFrame]:
    """Every processor's rows of one game."""
    built: dict[str, pl.DataFrame] = {}
    for processor in processors_for([market]):
        spine = teams if processor.spine == "team" else players
        world = loaded.world_of(processor.market).with_upstream(
            {name: built[name] for name in processor.needs}
        )
        built[processor.name] = spine.join(processor.build(spine, world), on=SPINE_ID)
    return built


def _seen(
    loaded: Loaded,
    market: Market,
    teams: pl.DataFrame,
    players: pl.DataFrame,
    row: Mapping[str, Any],
    built: Mapping[str, pl.DataFrame],
) -> list[Seen]:
    """Run the processors for his row and the opponent's alone, and keep what the door gave."""
    trace: list[Seen] = []
    own = players.filter(
        pl.col("player_id") == row["player_id"], pl.col("game_id") == row["game_id"]
    )
    opponent = teams.filter(pl.col("team") == row["opponent"])
    for processor in processors_for([market]):
        spine = opponent if processor.spine == "team" else own
        world = loaded.world_of(processor.market).with_upstream(
            {name: built[name] for name in processor.needs}
        )
        traced: list[Seen] = []
        processor.build(spine, replace(world, trace=traced))
        # The opponent's own games are an input of the opponent, not of his team.
        trace += [_of_opponent(s) for s in traced] if processor.spine == "team" else traced
    return trace


def _of_opponent(seen: Seen) -> Seen:
    if seen.table == "team_games":
        return replace(seen, by=("opponent",))
    return seen


def _stored(lake: Lake, market: Market, row: Mapping[str, Any]) -> dict[str, Any]:
    rows = (
        scan(lake, feature_store(market).table)
        .filter(
            pl.col("season") == row["season"],
            pl.col("game_id") == row["game_id"],
            pl.col("player_id") == row["player_id"],
        )
        .collect()
    )
    return {} if rows.is_empty() else rows.row(0, named=True)


def _explained(
    feature: Feature,
    market: Market,
    own: pl.DataFrame,
    stored: Mapping[str, Any],
    comes_from: Mapping[str, list[dict[str, Any]]],
) -> dict[str, Any]:
    about = own.select(
        value=feature.column(market),
        state=value_state(feature, market),
        age_days=value_age(feature),
        why_missing=why_missing(feature, market),
    ).row(0, named=True)
    column = feature.column(market)
    return {
        "name": column,
        **about,
        "stored": stored.get(column),
        "is_stored": bool(stored),
        "agrees": bool(stored) and stored.get(column) == about["value"],
        "unit": feature.unit,
        "doc": feature.about(market),
        "reads": list(feature.reads),
        "rows": comes_from.get(column),
    }


def _inputs(
    lake: Lake, seen: Sequence[Seen], wanted: Sequence[str], row: Mapping[str, Any]
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in wanted:
        own = [s for s in seen if _input_of(s) == name]
        used, later = [], []
        for raw in dict.fromkeys(map(_raw_of, own)):
            of_table = [s for s in own if _raw_of(s) == raw]
            used += _merged(lake, raw, [s.used for s in of_table], row)
            later += _merged(lake, raw, [s.held_back for s in of_table], row)
        for rows in (used, later):
            rows.sort(key=itemgetter(KNOWN_AT), reverse=True)
        found[name] = {
            "used": len(used),
            "rows": used[:MOST_ROWS],
            "came_later": len(later),
            "not_used": later[::-1][:MOST_ROWS],
        }
    return found


def _input_of(seen: Seen) -> str:
    return _INPUTS[seen.table, seen.by][0]


def _raw_of(seen: Seen) -> str:
    return _INPUTS[seen.table, seen.by][1]


def _once(seen: Sequence[Seen]) -> list[Seen]:
    """Questions about the same facts ask for the same games: each game of each input once."""
    held: dict[tuple[str, str], set[str]] = {}
    once = []
    for one in sorted(seen, key=lambda s: -s.used["game_id"].n_unique()):
        known = held.setdefault((_input_of(one), _raw_of(one)), set())
        new = one.used.filter(~pl.col("game_id").is_in(sorted(known)))
        known.update(new["game_id"].to_list())
        if not new.is_empty():
            once.append(replace(one, used=new))
    return once


def _parts(lake: Lake, found: Sequence[Part], row: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The rows that a value comes from, with their input and the value without each."""
    told = []
    for part in found:
        frame = part.seen.used.clear().vstack(
            pl.DataFrame([part.row], schema=part.seen.used.schema)
        )
        (one,) = _merged(lake, _raw_of(part.seen), [frame], row)
        told.append({"input": _input_of(part.seen), **one, "without": part.without})
    return told


def _merged(
    lake: Lake, raw: str, frames: Sequence[pl.DataFrame], row: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """The rows of several questions once each, the newest known first, with where they are from."""
    hidden = {SPINE_ID, RECENCY}
    plain = [f.select(c for c in f.columns if c[0] != "_" and c not in hidden) for f in frames]
    whole = pl.concat(plain, how="diagonal_relaxed")
    # A quote or a word on a player is one of several on its game; a fact is one.
    shared = [c for c in _TOLD_APART.get(raw, ()) if c in frames[0].columns]
    key = ["game_id", KNOWN_AT, *shared]
    once = whole.group_by(key, maintain_order=True).agg(pl.all().drop_nulls().first())
    told = (
        scan(lake, RAW_TABLES[raw])
        .filter(pl.col("season").is_in([previous_season(row["season"]), row["season"]]))
        .filter(pl.col("game_id").is_in(once["game_id"].unique().implode()))
        .group_by("game_id", pl.col("observed_at").alias(KNOWN_AT))
        .agg(
            sources=pl.col("source").unique().sort().str.join("+"),
            is_time_recorded=(pl.col("observed_basis") == RECORDED).all(),
        )
        .collect()
    )
    is_own = pl.col("game_id") == row["game_id"]
    rows = once.join(told, on=["game_id", KNOWN_AT], how="left").with_columns(is_this_game=is_own)
    return rows.sort(KNOWN_AT, "game_id", *shared, descending=True).to_dicts()
