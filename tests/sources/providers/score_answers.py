"""Small answers of ESPN, balldontlie and BigDataBall, and how many rows each holds."""

import copy
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tipoff.sources.answer import Answer
from tipoff.sources.format import Parsed, Reference
from tipoff.sources.providers.catalogue import PROVIDERS
from tipoff.store.lake import validated

LABELS = ["MIN", "FG", "3PT", "FT", "OREB", "DREB", "REB", "AST", "STL", "BLK", "TO", "PF", "+/-",
          "PTS"]  # fmt: skip
TATUM = ["39", "14-18", "8-11", "1-2", "0", "4", "4", "10", "1", "1", "1", "1", "+26", "37"]
BROWN = ["30:30", "7-18", "5-9", "4-4", "1", "6", "7", "1", "1", "0", "1", "1", "+25", "23"]
HART = ["31", "3-6", "1-3", "0-0", "1", "1", "2", "3", "1", "0", "2", "4", "-19", "7"]
STARTS = "2024-10-22T23:30Z"
AFTER = "Thu, 24 Oct 2024 05:30:16 GMT"
BEFORE = "Tue, 22 Oct 2024 16:05:36 GMT"


def _side(home_away: str, code: str) -> dict[str, Any]:
    return {"homeAway": home_away, "team": {"abbreviation": code}, "score": "0"}


def _event(
    home: str, away: str, date: str = STARTS, status: str = "STATUS_FINAL"
) -> dict[str, Any]:
    held = {
        "date": date,
        "timeValid": True,
        "competitors": [_side("home", home), _side("away", away)],
    }
    return {
        "id": "4017", "date": date, "season": {"year": 2025, "type": 2},
        "status": {"type": {"name": status, "state": "post"}}, "competitions": [held],
    }  # fmt: skip


SCOREBOARD: dict[str, Any] = {
    "leagues": [{"id": "46"}],
    "events": [
        _event("BOS", "NY"),
        _event("LAL", "MIN", "2024-10-23T02:00Z", "STATUS_SCHEDULED"),
        _event("SA", "UTAH", status="STATUS_POSTPONED"),
        _event("EAST", "WEST"),
    ],
}
SUMMARY: dict[str, Any] = {
    "header": {
        "id": "4017",
        "season": {"year": 2025, "type": 2},
        "competitions": [
            {
                "date": STARTS,
                "competitors": [_side("home", "BOS"), _side("away", "NY")],
                "status": {"type": {"state": "post", "completed": True}},
            }
        ],
    },
    "boxscore": {
        "players": [
            {
                "team": {"abbreviation": code},
                "statistics": [
                    {
                        "labels": LABELS,
                        "athletes": [
                            {
                                "athlete": {"displayName": name},
                                "starter": starter,
                                "didNotPlay": not stats,
                                "stats": stats,
                            }
                            for name, starter, stats in players
                        ],
                    }
                ],
            }
            for code, players in (
                ("BOS", [("Jayson Tatum", True, TATUM), ("Jaylen Brown", False, BROWN),
                         ("Kristaps Porzingis", False, [])]),
                ("NY", [("Josh Hart", True, HART)]),
            )
        ]
    },
}  # fmt: skip


def _injury(status: str, date: str = "2024-10-22T15:00Z") -> dict[str, Any]:
    return {
        "status": status,
        "date": date,
        "shortComment": "Out.",
        "details": {"type": "Ankle", "side": "Left"},
    }


ROSTER: dict[str, Any] = {
    "team": {
        "abbreviation": "BOS",
        "athletes": [
            {"fullName": "Kristaps Porzingis", "injuries": [_injury("Out")]},
            {"fullName": "Al Horford", "injuries": [_injury("Day-To-Day")]},
            {"fullName": "Sam Hauser", "injuries": [_injury("In good spirits")]},
            {"fullName": "Jayson Tatum", "injuries": []},
        ],
    }
}
INJURIES: dict[str, Any] = {
    "timestamp": "2024-10-22T16:00:00Z",
    "injuries": [
        {
            "displayName": name,
            "injuries": [
                {**_injury("Out"), "athlete": {"displayName": player}} for player in players
            ],
        }
        for name, players in (
            ("Boston Celtics", ["Kristaps Porzingis"]),
            ("LA Clippers", ["Kawhi Leonard"]),
        )
    ],
}


def page(content: dict[str, Any], made: str = BEFORE) -> bytes:
    """Return a page that carries a state and says when it was made."""
    state = json.dumps({"page": {"content": content}})
    build = f"<!-- ESPNFITT | 3fe947f90586 | 1 | 2 | www.espn.com | {made} -->"
    head = f"<!doctype html><html><head>{build}</head><body><script>"
    return f"{head}window['__espnfitt__']={state};</script></body></html>".encode()


BOX_PAGE: dict[str, Any] = {
    "gamepackage": {
        "gmStrp": {
            "dt": STARTS,
            "seasonType": 2,
            "statusState": "post",
            "tms": [{"abbrev": "BOS", "isHome": True}, {"abbrev": "NY", "isHome": False}],
        },
        "bxscr": [
            {
                "tm": {"abbrev": "BOS"},
                "stats": [
                    {"type": "starters", "lbls": LABELS,
                     "athlts": [{"athlt": {"dspNm": "Jayson Tatum"}, "stats": TATUM}]},
                    {"type": "bench", "lbls": LABELS,
                     "athlts": [{"athlt": {"dspNm": "Kristaps Porzingis"}, "stats": [],
                                 "dnpRsn": "DNP-LEFT ANKLE"}]},
                    {"type": "totals", "ttls": []},
                ],
            },
            {"tm": {"abbrev": "NY"}, "stats": [
                {"type": "starters", "lbls": LABELS,
                 "athlts": [{"athlt": {"dspNm": "Josh Hart"}, "stats": HART}]}]},
        ],
    }
}  # fmt: skip
ROSTER_PAGE: dict[str, Any] = {
    "roster": {
        "team": {"abbrev": "BOS"},
        "athletes": [
            {"name": "Kristaps Porzingis", "injuries": [{"status": "Out"}]},
            {"name": "Jayson Tatum"},
        ],
    }
}

_GAME = {"id": 1, "date": "2024-10-22", "datetime": "2024-10-22T23:30:00.000Z", "season": 2024,
         "status": "Final", "postseason": False}  # fmt: skip
_HOME = {"id": 2, "abbreviation": "BOS", "full_name": "Boston Celtics", "conference": "East"}
_AWAY = {"id": 20, "abbreviation": "NYK", "full_name": "New York Knicks", "conference": "East"}
_COUNTS = {"fgm": 14, "fga": 18, "fg3m": 8, "fg3a": 11, "ftm": 1, "fta": 2, "oreb": 0, "dreb": 4,
           "reb": 4, "ast": 10, "stl": 1, "blk": 1, "turnover": 1, "pf": 1, "pts": 37}  # fmt: skip
_PLAYER = {"id": 434, "first_name": "Jayson", "last_name": "Tatum", "draft_year": 2017,
           "team_id": 2}  # fmt: skip
_HURT = {**_PLAYER, "first_name": "Kristaps", "last_name": "Porzingis"}
_LINE = {"min": "30", "plus_minus": 26, **_COUNTS}
_IDLE = {"min": "00", **dict.fromkeys(_COUNTS, 0)}
GAMES: dict[str, Any] = {
    "data": [
        {**_GAME, "home_team": _HOME, "visitor_team": _AWAY},
        {**_GAME, "home_team": _HOME, "visitor_team": {"id": 42, "abbreviation": "WAS"}},
        {**_GAME, "home_team": _AWAY, "visitor_team": _HOME, "status": "Postponed"},
    ],
    "meta": {"next_cursor": 25, "per_page": 3},
}
BOX_SCORES: dict[str, Any] = {
    "data": [
        {
            **_GAME,
            "home_team": {**_HOME, "players": [{**_LINE, "player": _PLAYER},
                                               {**_IDLE, "player": _HURT}]},
            "visitor_team": {**_AWAY, "players": [
                {**_LINE, "player": {"first_name": "Josh", "last_name": "Hart"}}]},
        }
    ]
}  # fmt: skip
STATS: dict[str, Any] = {
    "data": [
        {**_LINE, "player": _PLAYER, "team": _HOME,
         "game": {**_GAME, "home_team_id": 2, "visitor_team_id": 20}},
        {**_LINE, "player": {"first_name": "Josh", "last_name": "Hart"}, "team": _AWAY,
         "game": {**_GAME, "home_team_id": 2, "visitor_team_id": 20, "status": "3rd Qtr"}},
    ],
    "meta": {"per_page": 2},
}  # fmt: skip
PLAYER_INJURIES: dict[str, Any] = {
    "data": [
        {"player": _HURT, "return_date": "Dec 1", "description": "Oct 20: ankle.", "status": "Out"},
        {
            "player": {**_HURT, "team_id": 51},
            "return_date": None,
            "description": "",
            "status": "Out",
        },
    ]
}
AVERAGES: dict[str, Any] = {
    "data": [{"player": _PLAYER, "season": 2024, "season_type": "regular", "stats": {"pts": 26.6}}]
}

_EVENT = {"game_id": "22400061", "data_set": "NBA 2024-25", "date": "2024-10-22", "period": "1",
          "remaining_time": "0:11:44", "team": "BOS", "event_type": "shot",
          "player": "Jayson Tatum", "result": "made", "type": "3pt jump shot",
          "shot_distance": "24", "original_x": "-158", "original_y": "180",
          "converted_x": "9.2", "converted_y": "71.0"}  # fmt: skip
EVENTS: tuple[dict[str, str], ...] = (
    {**_EVENT, "event_type": "start of period", "team": "", "player": "", "result": ""},
    _EVENT,
    {**_EVENT, "team": "NYK", "player": "Josh Hart", "result": "missed", "type": "layup",
     "shot_distance": "1", "original_x": "5", "original_y": "10", "converted_x": "24.5",
     "converted_y": "6.0"},
    {**_EVENT, "event_type": "rebound", "result": ""},
)  # fmt: skip


def csv_of(events: tuple[dict[str, str], ...]) -> bytes:
    """Return events as the file's text."""
    lines = [",".join(events[0]), *(",".join(event.values()) for event in events)]
    return ("\n".join(lines) + "\n").encode()


def _many(found: Any, *path: str | int) -> list[Any]:
    for step in path:
        try:
            found = found[step]
        except (KeyError, IndexError, TypeError):
            return []
    return found if isinstance(found, list) else []


def _data(found: Any) -> int:
    return 1 if isinstance(found.get("data"), dict) else len(found["data"])


def _injuries_and_fit(athletes: list[Any]) -> int:
    return sum(max(1, len(_many(athlete, "injuries"))) for athlete in athletes)


@dataclass(frozen=True)
class Case:
    """An endpoint, an answer of it, and how to count the rows of any answer like it.

    Attributes:
        document: what is written as the answer; mutations start from a copy.
        written: turns a document into an answer's body.
        rows: counts the rows of a document, on another way than the parser.
    """

    provider: str
    endpoint: str
    document: Any
    rows: Callable[[Any], int]
    written: Callable[[Any], bytes] = lambda found: json.dumps(found).encode()

    def fresh(self) -> Any:
        """Return a copy to change."""
        return copy.deepcopy(self.document)


CASES: tuple[Case, ...] = (
    Case("espn", "scoreboard", SCOREBOARD, lambda d: len(d["events"])),
    Case("espn", "summary", SUMMARY, lambda d: sum(
        len(_many(group, "athletes"))
        for side in d["boxscore"]["players"] for group in _many(side, "statistics"))),
    Case("espn", "roster", ROSTER, lambda d: _injuries_and_fit(d["team"]["athletes"])),
    Case("espn", "injuries", INJURIES,
         lambda d: sum(len(_many(side, "injuries")) for side in d["injuries"])),
    Case("espn_pages", "box_score", BOX_PAGE, lambda d: sum(
        len(_many(group, "athlts"))
        for side in d["gamepackage"]["bxscr"] for group in _many(side, "stats")),
        lambda d: page(d, AFTER)),
    Case("espn_pages", "roster", ROSTER_PAGE,
         lambda d: _injuries_and_fit(d["roster"]["athletes"]), page),
    Case("balldontlie", "games", GAMES, _data),
    Case("balldontlie", "game", {"data": GAMES["data"][0]}, _data),
    Case("balldontlie", "box_scores", BOX_SCORES, lambda d: sum(
        len(_many(game, side, "players"))
        for game in (d["data"] if isinstance(d["data"], list) else [d["data"]])
        for side in ("home_team", "visitor_team"))),
    Case("balldontlie", "stats", STATS, _data),
    Case("balldontlie", "player_injuries", PLAYER_INJURIES, _data),
    Case("balldontlie", "season_averages", AVERAGES, _data),
    Case("bigdataball", "files", {"discovery": "completed"},
         lambda d: len(_many(d, "files")) or 1),
    Case("bigdataball", "play_by_play", EVENTS, len, csv_of),
)  # fmt: skip

# Lists that are known and refused, row by row.
REFUSED_CASES: tuple[Case, ...] = tuple(
    Case("balldontlie", name, AVERAGES, _data)
    for name in ("advanced_stats", "leaders", "standings", "players", "active_players", "player",
                 "teams", "team")
)  # fmt: skip

TIP_OFF = datetime(2024, 10, 22, 23, 30, tzinfo=UTC)
NOON = datetime(2024, 10, 22, 16, 0, tzinfo=UTC)
OVER = datetime(2024, 10, 23, 2, 10, tzinfo=UTC)
LATE = datetime(2026, 1, 1, tzinfo=UTC)


def case_of(provider: str, endpoint: str) -> Case:
    """Return the answer of an endpoint."""
    return next(c for c in CASES if (c.provider, c.endpoint) == (provider, endpoint))


def parse(
    case: Case, reference: Reference, fetched_at: datetime | None = None, document: Any = None
) -> list[Parsed]:
    """Parse an answer, or another document in its place; what is given must be storable."""
    body = case.written(case.document if document is None else document)
    answer = Answer(case.provider, case.endpoint, {}, body, fetched_at)
    found = PROVIDERS[case.provider].endpoints[case.endpoint].parse(answer, reference)
    for parsed in found:
        validated(parsed.table, parsed.frame)
    return found
