"""Noise for the parsers of NBA.com, and what no noise may bring about.

``fuzz`` is for a bench target too: ``fuzz("box_score", seeds(frames), inputs=10_000)``.
"""

import copy
import json
import random
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import polars as pl
from tests.sources.providers import nba_payloads as nba
from tests.sources.providers.nba_league import known, one_game, season_of

from tipoff.errors import InputError
from tipoff.sources.answer import Answer
from tipoff.sources.format import Parsed, Reference
from tipoff.sources.providers.nba import PROVIDER
from tipoff.sources.providers.nba.schedule import MOVED
from tipoff.store.lake import validated

FETCHED_AT = datetime(2026, 6, 1, tzinfo=UTC)
_JUNK: tuple[Any, ...] = (
    None, True, 0, -1, 10**12, 1.5, float("nan"), float("inf"), "", " ", "x", "TBD", "9999-12-31",
    "0001-01-01T00:00:00Z", "PT99M99.99S", "\ud800", "\x00", "ž" * 50, [], {}, [[]], {"a": {}},
    ["x"], "0022299999", "1610612737", "-5", "1e999", "MIL@SAS",
)  # fmt: skip


class Seeds:
    """A good answer of every endpoint, and what may be looked up."""

    def __init__(self, frames: Mapping[str, pl.DataFrame]) -> None:
        season = season_of(frames)
        game = one_game(season)
        few = season["player_boxes"].head(12)
        absent = game["others"].head(3).with_columns(reason=pl.lit("DND - Injury/Illness"))
        boxes = (game["player_boxes"], game["team_boxes"], absent)
        listed = season["availability"].unique(["game_id", "team", "name_key"]).head(6)
        games = season["games"]
        made_at = listed["observed_at"][0]
        moves = [{"PLAYER_ID": 1.0}, {"PLAYER_ID": 2.0}]
        officials = {"Table": {"rows": [{"official1": "A"}]}, "Table1": {"rows": []}}
        days = games.select("game_id", day=pl.col("game_date").dt.strftime("%Y-%m-%dT00:00:00"))
        self.looked_up: Reference = known(season)
        self.params = {"player_index": {"Season": "2022-23"}}
        self.bodies: dict[str, bytes] = {
            "schedule": nba.schedule(games.head(8), made_at),
            "schedule_stats": nba.schedule(games.head(4), made_at),
            "scoreboard": _scoreboard(games.head(5).join(days, on="game_id")),
            "game_log_players": nba.game_log(few, of_players=True),
            "game_log_teams": nba.game_log(season["team_boxes"].head(8), of_players=False),
            "box_score": nba.box_score(*boxes),
            "box_score_v2": nba.box_score_old(*boxes),
            "box_score_live": nba.box_score_live(*boxes),
            "play_by_play": nba.play_by_play(game["shots"].head(12)),
            "injury_report": nba.injury_report(listed, games, made_at),
            "gamebook": nba.gamebook(*boxes, absent.head(1)),
            "player_index": nba.player_index(few),
            "roster_page": nba.roster_page(few, "2022"),
            "referees": json.dumps(dict.fromkeys(("nba", "gl", "wnba"), officials)).encode(),
            "player_movement": json.dumps({"NBA_Player_Movement": {"rows": moves}}).encode(),
        }


def _scoreboard(games: pl.DataFrame) -> bytes:
    headers = ["GAME_DATE_EST", "GAME_ID", "GAME_STATUS_TEXT", "HOME_TEAM_ID", "VISITOR_TEAM_ID"]
    rows = [
        [g["day"], g["nba_game_id"], "7:30 pm ET", nba.TEAM_IDS[g["home_team"]],
         nba.TEAM_IDS[g["away_team"]]]
        for g in games.to_dicts()
    ]  # fmt: skip
    return nba.result_set(
        "scoreboardV2", {"GameHeader": (headers, rows), "Available": (["A"], [[1]])}
    )


def noisy(body: bytes, draw: random.Random) -> bytes:
    """Return a body with bytes changed, cut out, repeated, or cut off."""
    changed = bytearray(body)
    for _ in range(draw.choice((1, 1, 1, 2, 4, 8))):
        at = draw.randrange(len(changed) or 1)
        kind = draw.randrange(5)
        if kind == 0:
            changed[at : at + 1] = bytes([draw.randrange(256)])
        elif kind == 1:
            del changed[at : at + draw.randint(1, 40)]
        elif kind == 2:
            changed[at:at] = changed[at : at + draw.randint(1, 40)]
        elif kind == 3:
            changed[at:at] = draw.randbytes(draw.randint(1, 8))
        elif draw.random() < 0.2:
            del changed[at:]
    return bytes(changed)


def mutated(body: bytes, draw: random.Random) -> bytes:
    """Return a JSON body with values changed, taken away, repeated or of another type."""
    if body[:1] == b"<":
        head, rest = body.split(b'json">', 1)
        data, end = rest.rsplit(b"</script>", 1)
        return head + b'json">' + _mutated(data, draw) + b"</script>" + end
    return _mutated(body, draw)


def _mutated(body: bytes, draw: random.Random) -> bytes:
    found = json.loads(body)
    for _ in range(draw.randint(1, 4)):
        holder = _place(found, draw)
        if not holder:
            continue
        if isinstance(holder, dict):
            key = draw.choice(list(holder))
            if draw.random() < 0.4:
                del holder[key]
            else:
                holder[key] = copy.deepcopy(draw.choice(_JUNK))
        else:
            at = draw.randrange(len(holder))
            kind = draw.random()
            if kind < 0.3:
                del holder[at]
            elif kind < 0.5:
                holder.append(holder[at])
            else:
                holder[at] = copy.deepcopy(draw.choice(_JUNK))
    return json.dumps(found).encode()


def _place(found: Any, draw: random.Random) -> Any:
    """Walk down to some object or list."""
    here = found
    while True:
        inner = here.values() if isinstance(here, dict) else here
        deeper = [v for v in inner if isinstance(v, dict | list) and v]
        if not deeper or draw.random() < 0.06:
            return here
        here = draw.choice(deeper)


def checked(seeds: Seeds, endpoint: str, body: bytes) -> str:
    """Parse a body and hold what comes out against the contract.

    Returns:
        ``refused``, ``empty`` or ``rows``.
    """
    answer = Answer("nba", endpoint, seeds.params.get(endpoint, {}), body, FETCHED_AT)
    try:
        found = PROVIDER.endpoints[endpoint].parse(answer, seeds.looked_up)
    except InputError:
        return "refused"
    for each in found:
        validated(each.table, each.frame)
        assert all(n > 0 for n in each.rejected.values())
    count = ROWS.get(endpoint)
    if count is not None:
        assert count(body) == _told(endpoint, found)
    return "rows" if any(each.frame.height for each in found) else "empty"


def _told(endpoint: str, found: list[Parsed]) -> int:
    """Return the payload's rows that the parsed ones stand for; stated games come on top."""
    # What a play tells besides stands in tables of its own.
    is_first = endpoint.startswith("game_log") or endpoint == "play_by_play"
    own = found[:1] if is_first else found
    added = sum(each.notes.get(MOVED, 0) for each in found)
    return sum(e.frame.height + sum(e.rejected.values()) for e in own) - added


def _of_sets(body: bytes) -> int:
    """Return the rows of named result sets; of sets of one name the last counts."""
    sets = {
        s["name"]: s["rowSet"]
        for s in json.loads(body)["resultSets"]
        if isinstance(s, dict) and isinstance(s.get("name"), str) and "rowSet" in s
    }
    return sum(len(rows) for rows in sets.values() if isinstance(rows, list))


def _of_schedule(body: bytes) -> int:
    dates = json.loads(body)["leagueSchedule"]["gameDates"]
    lists = [d.get("games") if isinstance(d, dict) else None for d in dates]
    return sum(len(games) if isinstance(games, list) else 1 for games in lists)


def _of_sides(body: bytes) -> int:
    document = json.loads(body)
    game = document.get("boxScoreTraditional") or document["game"]
    return 2 + sum(len(game[side]["players"]) for side in ("homeTeam", "awayTeam"))


def _of_page(body: bytes) -> int:
    data = body.split(b'json">', 1)[1].rsplit(b"</script>", 1)[0]
    return len(json.loads(data)["props"]["pageProps"]["team"]["roster"])


ROWS: dict[str, Callable[[bytes], int]] = {
    "schedule": _of_schedule,
    "schedule_stats": _of_schedule,
    "scoreboard": _of_sets,
    "game_log_players": _of_sets,
    "game_log_teams": _of_sets,
    "box_score": _of_sides,
    "box_score_v2": _of_sets,
    "box_score_live": _of_sides,
    "play_by_play": lambda body: len(json.loads(body)["game"]["actions"]),
    "player_index": _of_sets,
    "roster_page": _of_page,
    "player_movement": lambda body: len(json.loads(body)["NBA_Player_Movement"]["rows"]),
}


def fuzz(endpoint: str, seeds: Seeds, inputs: int, seed: int = 0) -> Counter[str]:
    """Parse a good answer with noise of bytes and of values; count what came out.

    Raises:
        AssertionError: a parser lost a row without a word, or gave one that no table allows.
        Exception: a parser failed otherwise than with an InputError.
    """
    draw = random.Random(seed)
    outcomes: Counter[str] = Counter()
    body = seeds.bodies[endpoint]
    is_json = body[:5] != b"%PDF-"
    for number in range(inputs):
        change = mutated if is_json and number % 2 else noisy
        changed = change(body, draw)
        # Bytes that are no UTF-8 are read with marks in their place: only whole JSON is counted.
        outcomes[checked_or_bare(seeds, endpoint, changed, whole=change is mutated)] += 1
    return outcomes


def checked_or_bare(seeds: Seeds, endpoint: str, body: bytes, *, whole: bool) -> str:
    """Check a body; its rows are counted only where its JSON is whole."""
    if whole:
        return checked(seeds, endpoint, body)
    answer = Answer("nba", endpoint, seeds.params.get(endpoint, {}), body, FETCHED_AT)
    PROVIDER.endpoints[endpoint].recognises(body)
    PROVIDER.endpoints[endpoint].fits(answer)
    try:
        found = PROVIDER.endpoints[endpoint].parse(answer, seeds.looked_up)
    except InputError:
        return "refused"
    for each in found:
        validated(each.table, each.frame)
    return "rows" if any(each.frame.height for each in found) else "empty"
