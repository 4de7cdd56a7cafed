"""Speak the NBA's formats: rows of the raw tables as the answers that would have stated them."""

import json
import math
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import polars as pl
from tests.sources.providers.nba_reports import gamebook, injury_report

from tipoff.domain.clock import EASTERN
from tipoff.domain.teams import SPELLINGS
from tipoff.sources.nba_logs import COUNTS_OF_NBA
from tipoff.sources.shots import ZONE_NAMES

__all__ = [
    "box_score",
    "box_score_live",
    "box_score_old",
    "game_log",
    "gamebook",
    "injury_report",
    "play_by_play",
    "player_index",
    "roster_page",
    "schedule",
    "with_nba_ids",
]

TEAM_IDS = {code: int(s) for s, code in SPELLINGS.items() if s.isdigit()}
_NAMES = {zone: name for name, zone in ZONE_NAMES.items()}
_AREAS = {
    name: name.title().replace("-Ra)", "-RA)").replace("The Break", "the Break")
    for name in ZONE_NAMES
}
V3 = {
    "points": "points",
    "field_goals_made": "fieldGoalsMade",
    "field_goals_attempted": "fieldGoalsAttempted",
    "threes_made": "threePointersMade",
    "threes_attempted": "threePointersAttempted",
    "free_throws_made": "freeThrowsMade",
    "free_throws_attempted": "freeThrowsAttempted",
    "offensive_rebounds": "reboundsOffensive",
    "defensive_rebounds": "reboundsDefensive",
    "rebounds": "reboundsTotal",
    "assists": "assists",
    "steals": "steals",
    "blocks": "blocks",
    "turnovers": "turnovers",
    "fouls": "foulsPersonal",
    "plus_minus": "plusMinusPoints",
}


def with_nba_ids(frames: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """Give a made-up league's rows ids of the NBA's kind: of games by season, of players."""
    order = pl.int_range(1, pl.len() + 1).over("season").cast(pl.String).str.zfill(5)
    games = frames["games"].sort("game_id", "observed_at")
    ids = (
        games.select("game_id", "season")
        .unique(maintain_order=True)
        .select("game_id", nba=pl.lit("002") + pl.col("season").str.slice(2, 2) + order)
    )
    whole = {}
    for name, rows in frames.items():
        changed = rows
        if "nba_game_id" in rows.columns:
            changed = rows.join(ids, on="game_id", how="left", maintain_order="left")
            changed = changed.with_columns(nba_game_id="nba").select(rows.columns)
        people = [c for c in ("player_id", "assist_player_id") if c in rows.columns]
        number = pl.col(people).str.slice(1).cast(pl.Int64) + 1_600_000
        changed = changed.with_columns(number.cast(pl.String)) if people else changed
        whole[name] = changed
    return whole


def schedule(games: pl.DataFrame, made_at: datetime) -> bytes:
    """Return a season's schedule (CDN and statistics service)."""
    dates = [
        {
            "gameDate": f"{day:%m/%d/%Y} 00:00:00",
            "games": [_scheduled(game, made_at) for game in of_day.to_dicts()],
        }
        for (day,), of_day in games.group_by("game_date", maintain_order=True)
    ]
    return _json(
        {
            "meta": {"version": 1, "request": "schedule", "time": f"{made_at:%Y-%m-%dT%H:%M:%SZ}"},
            "leagueSchedule": {"seasonYear": games["season"][0], "leagueId": "00",
                               "gameDates": dates, "weeks": []},
        }
    )  # fmt: skip


def _scheduled(game: dict[str, Any], made_at: datetime) -> dict[str, Any]:
    tip = game["tip_off_at"]
    day = game["game_date"]
    local = tip.astimezone(EASTERN) if tip else None
    est = f"{local:%Y-%m-%dT%H:%M:%SZ}" if local else f"{day:%Y-%m-%d}T00:00:00Z"
    clock = f"{local:%I:%M} {local:%p} ET".lower().replace("et", "ET") if local else "TBD"
    is_over = tip is not None and tip + timedelta(hours=3) < made_at
    return {
        "gameId": game["nba_game_id"],
        "gameCode": f"{day:%Y%m%d}/{game['away_team']}{game['home_team']}",
        "gameStatus": 3 if is_over else 1,
        "gameStatusText": "Final" if is_over else clock,
        "gameDateEst": f"{day:%Y-%m-%d}T00:00:00Z",
        "gameTimeEst": f"1900-01-01{est[10:]}",
        "gameDateTimeEst": est,
        "gameDateTimeUTC": f"{tip:%Y-%m-%dT%H:%M:%SZ}" if tip else None,
        "ifNecessary": False,
        "gameLabel": "",
        "gameSubLabel": "",
        "postponedStatus": "N",
        "isNeutral": False,
        "homeTeam": {"teamId": TEAM_IDS[game["home_team"]], "teamTricode": game["home_team"]},
        "awayTeam": {"teamId": TEAM_IDS[game["away_team"]], "teamTricode": game["away_team"]},
        "pointsLeaders": [],
    }


def result_set(resource: str, sets: Mapping[str, tuple[list[str], list[list[Any]]]]) -> bytes:
    """Return an answer of the statistics service."""
    return _json(
        {
            "resource": resource,
            "parameters": {},
            "resultSets": [
                {"name": name, "headers": headers, "rowSet": rows}
                for name, (headers, rows) in sets.items()
            ],
        }
    )


def game_log(boxes: pl.DataFrame, *, of_players: bool) -> bytes:
    """Return the league's game log; minutes are whole.

    Args:
        boxes: rows of ``player_boxes`` or ``team_boxes``.
        of_players: which of both.
    """
    who = ["PLAYER_ID", "PLAYER_NAME"] if of_players else []
    headers = ["SEASON_ID", *who, "TEAM_ID", "TEAM_ABBREVIATION", "TEAM_NAME", "GAME_ID",
               "GAME_DATE", "MATCHUP", "WL", "MIN", *COUNTS_OF_NBA.values()]  # fmt: skip
    rows = []
    for box in boxes.to_dicts():
        mark = "vs." if box["is_home"] else "@"
        rows.append(
            [
                f"2{box['season'][:4]}",
                *([int(box["player_id"]), box["player_name"]] if of_players else []),
                TEAM_IDS[box["team"]],
                box["team"],
                box["team"],
                box["nba_game_id"],
                f"{box['game_date']:%Y-%m-%d}",
                f"{box['team']} {mark} {box['opponent']}",
                "W",
                round(box["seconds_played"] / 60) if of_players else 240,
                *[box[name] for name in COUNTS_OF_NBA],
            ]
        )
    return result_set("leaguegamelog", {"LeagueGameLog": (headers, rows)})


def box_score_old(players: pl.DataFrame, teams: pl.DataFrame, absent: pl.DataFrame) -> bytes:
    """Return a game's box score in the second form.

    Args:
        players, teams: the game's rows of both tables of boxes.
        absent: ``team, player_id, player_name, reason`` of who did not play.
    """
    counts = ["TO" if c == "TOV" else c for c in COUNTS_OF_NBA.values()]
    own = ["GAME_ID", "TEAM_ABBREVIATION", "MIN"]
    player = ["PLAYER_ID", "PLAYER_NAME", "START_POSITION", "COMMENT"]
    game = players["nba_game_id"][0]
    lines = [
        [game, b["team"], _clock(b["seconds_played"]), int(b["player_id"]), b["player_name"],
         "F" if b["is_starter"] else "", "", *[b[n] for n in COUNTS_OF_NBA]]
        for b in players.to_dicts()
    ]  # fmt: skip
    lines += [
        [game, a["team"], None, int(a["player_id"]), a["player_name"], "", a["reason"],
         *[None] * len(counts)]
        for a in absent.to_dicts()
    ]  # fmt: skip
    sums = [[game, t["team"], "240:00", *[t[n] for n in COUNTS_OF_NBA]] for t in teams.to_dicts()]
    sets = {
        "PlayerStats": ([*own, *player, *counts], lines),
        "TeamStats": ([*own, *counts], sums),
    }
    return result_set("boxscore", sets)


def box_score(players: pl.DataFrame, teams: pl.DataFrame, absent: pl.DataFrame) -> bytes:
    """Return a game's box score in the third form; arguments as ``box_score_old`` takes them."""
    game = {"gameId": players["nba_game_id"][0]}
    for team in teams.to_dicts():
        own = [
            {
                **_named(p),
                "position": "F" if p["is_starter"] else "",
                "comment": "",
                "statistics": {"minutes": _clock(p["seconds_played"]), **_counts(p)},
            }
            for p in players.filter(team=team["team"]).to_dicts()
        ]
        own += [
            {**_named(p), "position": "", "comment": p["reason"], "statistics": {"minutes": ""}}
            for p in absent.filter(team=team["team"]).to_dicts()
        ]
        side = "homeTeam" if team["is_home"] else "awayTeam"
        statistics = {"minutes": "240:00", **_counts(team)}
        game[side] = {"teamTricode": team["team"], "players": own, "statistics": statistics}
    meta = {"version": 1, "request": "", "time": "2026-01-01T00:00:00Z"}
    return _json({"meta": meta, "boxScoreTraditional": game})


def box_score_live(
    players: pl.DataFrame, teams: pl.DataFrame, absent: pl.DataFrame, status: int = 3
) -> bytes:
    """Return a game's live box score; arguments as ``box_score_old`` takes them."""
    game: dict[str, Any] = {"gameId": teams["nba_game_id"][0], "gameStatus": status}
    for team in teams.to_dicts():
        own = [
            {
                "status": "ACTIVE",
                "personId": int(p["player_id"]),
                "name": p["player_name"],
                "starter": str(int(p["is_starter"])),
                "played": "1",
                "statistics": {"minutes": _iso(p["seconds_played"]), **_counts(p)},
            }
            for p in players.filter(team=team["team"]).to_dicts()
        ]
        own += [
            {
                "status": "INACTIVE",
                "personId": int(p["player_id"]),
                "name": p["player_name"],
                "starter": "0",
                "played": "0",
                "notPlayingReason": "INACTIVE_INJURY",
                "notPlayingDescription": p["reason"],
                "statistics": {"minutes": "PT00M00.00S", **dict.fromkeys(V3.values(), 0)},
            }
            for p in absent.filter(team=team["team"]).to_dicts()
        ]
        side = "homeTeam" if team["is_home"] else "awayTeam"
        sums = _counts(team) | {"reboundsPersonal": team["rebounds"], "reboundsTotal": 99}
        game[side] = {
            "teamTricode": team["team"],
            "players": own,
            "statistics": {"minutes": "PT240M00.00S", **sums},
        }
    return _json({"meta": {"time": "2025-01-07 00:31:06.557478"}, "game": game})


def play_by_play(
    shots: pl.DataFrame, made: pl.DataFrame | None = None, on_floor: pl.DataFrame | None = None
) -> bytes:
    """Return a game's actions: attempts, some blocks and free throws, swaps of players, its end.

    Args:
        shots: the game's rows of ``shots``, with ``nba_game_id``.
        made: its rows of ``made_shots``, with who assisted.
        on_floor: its stints, as ``tipoff.sources.league.floor.stints`` gives them; without it
            nobody is swapped, and the actions come in the order of the shots.
    """
    passers = {} if made is None else _passers(shots, made)
    timed = [(_order(shot), _attempt(shot, passers)) for shot in shots.to_dicts()]
    actions: list[dict[str, Any]] = []
    for _, action in timed if on_floor is None else sorted([*timed, *_swaps(on_floor)], key=_first):
        actions.append(action)
        if action.get("shotResult") == "Missed" and len(actions) < 30:
            actions += _after_a_miss(action, on_floor)
    actions.append({"actionType": "game", "subType": "end", "period": 4, "clock": "PT00M00.00S"})
    for number, action in enumerate(actions):
        action |= {"actionNumber": number, "orderNumber": number * 10_000}
    meta = {"version": 1, "code": 200, "time": "2025-01-07 00:31:06.557478"}
    return _json({"meta": meta, "game": {"gameId": shots["nba_game_id"][0], "actions": actions}})


_Order = tuple[int, int, int]


def _first(timed: tuple[_Order, dict[str, Any]]) -> _Order:
    return timed[0]


def _order(shot: dict[str, Any]) -> _Order:
    """Shots come after the swaps of their second."""
    return shot["period"], -shot["seconds_left"], 1


def _passers(shots: pl.DataFrame, made: pl.DataFrame) -> dict[int, tuple[str, str]]:
    """Who assisted each shot, by its number; makes are numbered in the order of shots."""
    numbers = shots.filter("is_made").sort("shot_number")["shot_number"]
    rows = made.sort("shot_number").select("assist_player_id", "assist_player_name").rows()
    return {n: row for n, row in zip(numbers, rows, strict=True) if row[0] is not None}


def _attempt(shot: dict[str, Any], passers: Mapping[int, tuple[str, str]]) -> dict[str, Any]:
    edited = f"{shot['observed_at']:%Y-%m-%dT%H:%M:%SZ}"
    passer = passers.get(shot["shot_number"])
    assist = {} if passer is None else {
        "assistPersonId": int(passer[0]), "assistPlayerNameInitial": _initial(passer[1]),
    }  # fmt: skip
    return {
        "clock": _iso(shot["seconds_left"]),
        "timeActual": edited,
        "edited": edited,
        "period": shot["period"],
        "area": _AREAS[_NAMES[shot["zone"]]],
        "areaDetail": "24+ Center" if shot["is_three"] else "0-8 Center",
        "actionType": "3pt" if shot["is_three"] else "2pt",
        "teamTricode": shot["team"],
        "personId": int(shot["player_id"]),
        "playerName": shot["player_name"].split()[-1],
        "playerNameI": _initial(shot["player_name"]),
        "shotResult": "Made" if shot["is_made"] else "Missed",
        "shotDistance": round(math.hypot(shot["x_feet"], shot["y_feet"]), 2),
        "xLegacy": round(shot["x_feet"] * 10),
        "yLegacy": round(shot["y_feet"] * 10),
        "isFieldGoal": 1,
        **assist,
    }


def _after_a_miss(shot: dict[str, Any], on_floor: pl.DataFrame | None) -> list[dict[str, Any]]:
    """A block and a free throw at the same place; who is on the floor when that is told."""
    kept = ("clock", "timeActual", "edited", "period", "area", "areaDetail", "teamTricode")
    place = {name: shot[name] for name in kept} | {"isFieldGoal": 0}
    free = {**place, "actionType": "freethrow", "personId": shot["personId"], "shotResult": "Made"}
    if on_floor is None:
        return [free]
    left = int(shot["clock"][2:4]) * 60 + int(shot["clock"][5:7])
    others = on_floor.filter(
        pl.col("team") != shot["teamTricode"],
        pl.col("period") == shot["period"],
        (pl.col("came_at") >= left) & (pl.col("left_at") < left),
    )
    return [
        {**place, "actionType": "block", "teamTricode": others["team"][0],
         "personId": int(others["player_id"][0]), "xLegacy": None},
        free,
    ]  # fmt: skip


def _swaps(on_floor: pl.DataFrame) -> list[tuple[_Order, dict[str, Any]]]:
    """Substitutions within periods: who goes first, then who comes."""
    swaps = []
    for stint in on_floor.to_dicts():
        length = 720 if stint["period"] <= 4 else 300
        for kind, left in (("out", stint["left_at"]), ("in", stint["came_at"])):
            if 0 < left < length:
                action = {
                    "clock": _iso(left), "period": stint["period"], "actionType": "substitution",
                    "subType": kind, "teamTricode": stint["team"], "isFieldGoal": 0,
                    "personId": int(stint["player_id"]),
                    "playerNameI": _initial(stint["player_name"]),
                }  # fmt: skip
                swaps.append(((stint["period"], -left, -1 if kind == "out" else 0), action))
    return swaps


def player_index(players: pl.DataFrame) -> bytes:
    """Return the player index of ``player_id, player_name, team`` (and ``position``)."""
    headers = ["PERSON_ID", "PLAYER_LAST_NAME", "PLAYER_FIRST_NAME", "TEAM_ID", "POSITION"]
    rows = [
        [int(p["player_id"]), p["player_name"].partition(" ")[2],
         p["player_name"].partition(" ")[0], TEAM_IDS[p["team"]], "G"]
        for p in players.to_dicts()
    ]  # fmt: skip
    return result_set("playerindex", {"PlayerIndex": (headers, rows)})


def roster_page(players: pl.DataFrame, year: str) -> bytes:
    """Return a team's page with its roster of ``player_id, player_name, team``."""
    roster = [
        {"TeamID": TEAM_IDS[p["team"]], "SEASON": year, "PLAYER": p["player_name"],
         "PLAYER_ID": int(p["player_id"]), "POSITION": "G", "BIRTH_DATE": "DEC 24, 2002"}
        for p in players.to_dicts()
    ]  # fmt: skip
    data = json.dumps({"props": {"pageProps": {"team": {"roster": roster}}}}, ensure_ascii=False)
    return (
        '<!DOCTYPE html><html><head></head><body><script id="__NEXT_DATA__" '
        f'type="application/json">{data}</script></body></html>'
    ).encode()


def _json(found: Any) -> bytes:
    return json.dumps(found, ensure_ascii=False).encode()


def _clock(seconds: int) -> str:
    return f"{seconds // 60}:{seconds % 60:02d}"


def _iso(seconds: int) -> str:
    return f"PT{seconds // 60:02d}M{seconds % 60:02d}.00S"


def _named(player: dict[str, Any]) -> dict[str, Any]:
    first, _, family = player["player_name"].partition(" ")
    return {"personId": int(player["player_id"]), "firstName": first, "familyName": family}


def _counts(box: dict[str, Any]) -> dict[str, Any]:
    return {theirs: box[ours] for ours, theirs in V3.items()}


def _initial(name: str) -> str:
    first, _, family = name.partition(" ")
    return f"{first[0]}. {family}"
