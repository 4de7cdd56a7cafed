"""Suggestions for an alias file: who a name may be, with the evidence, for a person to decide."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any

import polars as pl

from tipoff.sources.identity import has_no_player
from tipoff.sources.line_rows import with_name_key
from tipoff.store.lake import Lake, read, scan
from tipoff.tables.raw import NAMED_TABLES, PLAYER_BOXES, ROSTERS
from tipoff.workflows.alias_rows import unmatched_names

CANDIDATES = 3
ALIKE = 0.6

_HEADER = """\
# Names without a player, and who they may be. Nothing counts until you take away the "# " before
# an entry: [[alias]], name, and player or player_id. Then: tipoff identity check FILE, and
# tipoff identity apply --aliases FILE. Likeness is between 0 and 1, of letters only. A candidate
# whom the same source names beside the name, in the same games, is another player in a box score;
# in lines he may be the same, spelled in two ways.
"""


def suggestions(lake: Lake) -> dict[str, Any]:
    """Return the names without a player, each with candidates, and the text of an alias file.

    Returns:
        ``names`` (as ``unmatched_names``, with ``candidates``: ``player, player_id, team,
        likeness, games`` of his for the name's teams and seasons, and ``named_beside``: games in
        which the same source names both) and ``toml``.
    """
    names = unmatched_names(lake)
    known = _players(lake)
    beside = _beside(lake)
    listed = [{**named, "candidates": _candidates(named, known, beside)} for named in names]
    return {"names": listed, "toml": _text(listed)}


def _players(lake: Lake) -> dict[tuple[str, str], list[dict[str, Any]]]:
    """Return who is known by an id, by season and team: ``player_id, player, key, games``."""
    shared = ["season", "team", "player_id", "name_key"]
    boxes = (
        scan(lake, PLAYER_BOXES)
        .filter(~has_no_player())
        .group_by(shared)
        .agg(player=pl.col("player_name").max(), games=pl.col("game_id").n_unique())
        .collect()
    )
    rosters = with_name_key(read(lake, ROSTERS)).select(
        *shared, player="player_name", games=pl.lit(0, pl.UInt32)
    )
    once = (
        pl.concat([boxes, rosters.unique()])
        .sort("games", "name_key", descending=[True, False])
        .unique(["season", "team", "player_id"], keep="first", maintain_order=True)
    )
    found: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for row in once.to_dicts():
        found[row["season"], row["team"]].append(row)
    return found


def _beside(lake: Lake) -> dict[tuple[str, str, str], dict[str, int]]:
    """Return in how many games a source names other players beside one without a player."""
    found: dict[tuple[str, str, str], dict[str, int]] = {}
    for table in NAMED_TABLES:
        rows = scan(lake, table).select("name_key", "source", "game_id", "player_id")
        open_ = rows.filter(has_no_player()).select("name_key", "source", "game_id").unique()
        others = rows.filter(~has_no_player()).select("source", "game_id", "player_id").unique()
        games = open_.join(others, on=["source", "game_id"])
        counted = games.group_by("name_key", "source", "player_id").agg(games=pl.len())
        for key, source, player_id, number in counted.collect().iter_rows():
            found.setdefault((table.name, source, key), {})[player_id] = number
    return found


def _candidates(
    named: Mapping[str, Any],
    known: Mapping[tuple[str, str], list[dict[str, Any]]],
    beside: Mapping[tuple[str, str, str], Mapping[str, int]],
) -> list[dict[str, Any]]:
    """Return who played for the name's teams in its seasons and is called alike, best first."""
    others = beside.get((named["table"], named["source"], named["name_key"]), {})
    found: dict[str, dict[str, Any]] = {}
    for season in named["seasons"]:
        for team in named["teams"]:
            for player in known.get((season, team["team"]), ()):
                alike = likeness(named["name_key"], player["name_key"])
                if alike < ALIKE:
                    continue
                entry = found.setdefault(
                    player["player_id"],
                    {
                        "player": player["player"],
                        "player_id": player["player_id"],
                        "team": player["team"],
                        "likeness": round(alike, 2),
                        "games": 0,
                        "named_beside": others.get(player["player_id"], 0),
                    },
                )
                entry["games"] += player["games"]
    ordered = sorted(found.values(), key=lambda c: (-c["likeness"], -c["games"], c["player_id"]))
    return ordered[:CANDIDATES]


def likeness(one: str, other: str) -> float:
    """Return how alike two name keys are, in any order of their words, from 0 to 1."""
    first, second = (" ".join(sorted(key.split())) for key in (one, other))
    in_order = SequenceMatcher(None, one, other).ratio()
    return float(max(in_order, SequenceMatcher(None, first, second).ratio()))


def _text(names: Sequence[Mapping[str, Any]]) -> str:
    """Return an alias file of which every entry is a comment."""
    by_key: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for named in names:
        by_key[named["name_key"]].append(named)
    entries = [_entry(places) for places in by_key.values()]
    return "\n".join([_HEADER, *entries])


def _entry(places: Sequence[Mapping[str, Any]]) -> str:
    lines = [f"# {_plain(places[0]['name'])}: {_evidence(places)}"]
    candidates = {c["player_id"]: c for place in places for c in place["candidates"]}
    best = sorted(candidates.values(), key=lambda c: (c["named_beside"] > 0, -c["likeness"]))
    for number, candidate in enumerate(best[:CANDIDATES], 1):
        said = f"{candidate['likeness']:.2f} alike, {candidate['games']} games for the team"
        if candidate["named_beside"]:
            said += f", named beside it in {candidate['named_beside']} games"
        about = f"{candidate['player']} ({candidate['player_id']}, {candidate['team']})"
        lines.append(f"#   {number}. {_plain(about)}: {said}")
    if not best:
        lines.append("#   nobody who is called alike is known for these teams and seasons")
    player_id = best[0]["player_id"] if best else ""
    lines += [
        "# [[alias]]",
        f"# name = {_quoted(places[0]['name'])}",
        f"# player_id = {_quoted(player_id)}",
        f"# comment = {_quoted(best[0]['player'] if best else '')}",
        "",
    ]
    return "\n".join(lines)


def _evidence(places: Sequence[Mapping[str, Any]]) -> str:
    said = []
    for place in places:
        teams = ", ".join(f"{t['team']} {t['games']}" for t in place["teams"][:4])
        said.append(
            f"{place['rows']:,} rows of {place['source']} in {place['table']}, "
            f"{place['first']} to {place['last']}, games by team: {teams}"
        )
    return _plain("; ".join(said))


def _plain(text: str) -> str:
    """Return text that is safe behind a comment's mark: one line."""
    return "".join(c if c.isprintable() else " " for c in text)


def _quoted(text: str) -> str:
    """Return a TOML string."""
    marked = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c.isprintable() else f"\\U{ord(c):08x}" for c in marked) + '"'
