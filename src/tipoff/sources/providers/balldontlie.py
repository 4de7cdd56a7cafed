"""balldontlie: games, box scores and injuries. What is true of a season so far is refused."""

import json
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import polars as pl

from tipoff.domain.teams import TEAM_CODES
from tipoff.sources.answer import Answer, Endpoint, Provider, document, expect
from tipoff.sources.answer_rows import (
    NOT_FINAL,
    NOT_PLAYED,
    at,
    availability,
    boxes,
    frame,
    games,
    listed,
    refused,
    stated_day,
    stated_moment,
    text,
)
from tipoff.sources.format import Parsed, Reference, Stage
from tipoff.sources.game_rows import (
    NO_PLAYER,
    POINTS_DO_NOT_ADD_UP,
    count,
    refuse_unplaced,
    sides,
)
from tipoff.sources.line_rows import with_name_key
from tipoff.sources.nba_logs import points_add_up
from tipoff.sources.team_lists import Page
from tipoff.tables.raw import GAMES, PLAYER_BOXES
from tipoff.tables.table import Table

NAME = "balldontlie"
CALLED_OFF = "a game that was called off or moved"
SEASON_SO_FAR = (
    "a figure of a season as of the moment it was asked for: within that season it holds games "
    "that were still to come; tipoff computes its own from box scores"
)
NO_TABLE = "advanced figures are computed from box scores; no table holds a provider's"
NO_DATE_OF_LIST = "a list of names without a date; who plays where is told by box scores"

# The ids of the thirty teams follow their codes in order; higher ones are of teams long gone.
TEAMS = {str(number): code for number, code in enumerate(TEAM_CODES, 1)}
_COUNTS = {
    "points": "pts",
    "field_goals_made": "fgm",
    "field_goals_attempted": "fga",
    "threes_made": "fg3m",
    "threes_attempted": "fg3a",
    "free_throws_made": "ftm",
    "free_throws_attempted": "fta",
    "offensive_rebounds": "oreb",
    "defensive_rebounds": "dreb",
    "rebounds": "reb",
    "assists": "ast",
    "steals": "stl",
    "blocks": "blk",
    "turnovers": "turnover",
    "fouls": "pf",
    "plus_minus": "plus_minus",
}
_GAME = ("date", "datetime", "status", "postseason", "home", "away")
_LINE = ("player_name", "team_id", "min", *_COUNTS.values(), *_GAME)
_LISTED = ("player_name", "team", "status", "reason", "stated_at")


def next_page(answer: Answer) -> dict[str, str] | None:
    """Return what to ask for next: the same and the cursor that the answer names; None at the end.

    Raises:
        InputError: the answer is no JSON.
    """
    cursor = text(at(document(answer), "meta", "next_cursor"))
    if cursor is None or cursor == answer.params.get("cursor"):
        return None
    return {**answer.params, "cursor": cursor}


def _rows(answer: Answer) -> list[Any]:
    """Return what an answer lists; an answer about one thing lists it."""
    found = at(document(answer), "data")
    if isinstance(found, dict):
        return [found]
    return list(expect(answer, found, list, '"data" to be a list'))


def _code(column: str) -> pl.Expr:
    return pl.col(column).replace_strict(TEAMS, default=None, return_dtype=pl.String)


def _game_of(game: object, home: object, away: object) -> dict[str, object]:
    return {
        **{name: at(game, name) for name in ("date", "datetime", "status", "postseason")},
        "home": home,
        "away": away,
    }


def _placed() -> dict[str, pl.Expr]:
    """Date, sides and part of the season; play-in games are not told from playoffs, so neither."""
    return {
        "game_date": stated_day("date"),
        "season_type": pl.when(pl.col("postseason") == "false").then(pl.lit("regular")),
    }


def _games(answer: Answer, _: Reference) -> list[Parsed]:
    """One row per game."""
    listed_games = [
        _game_of(game, at(game, "home_team", "id"), at(game, "visitor_team", "id"))
        for game in _rows(answer)
    ]
    return _game_rows(frame(listed_games, _GAME), answer)


def _game_rows(stated: pl.DataFrame, answer: Answer) -> list[Parsed]:
    is_off = pl.col("status").str.to_lowercase().str.contains_any(["postponed", "cancel"])
    placed = stated.with_columns(
        **_placed(),
        tip_off_at=stated_moment("datetime"),
        home_team=_code("home"),
        away_team=_code("away"),
    )
    kept, rejected = refuse_unplaced(placed, {CALLED_OFF: is_off})
    return games(kept, answer, rejected)


def _box_scores(answer: Answer, reference: Reference) -> list[Parsed]:
    """One row per listed player; the games of the answer besides, with their start."""
    lines, stated = [], []
    for game in _rows(answer):
        pair = (at(game, "home_team", "id"), at(game, "visitor_team", "id"))
        stated.append(_game_of(game, *pair))
        lines += [
            _line(player, at(game, side, "id"), stated[-1])
            for side in ("home_team", "visitor_team")
            for player in listed(game, side, "players")
        ]
    lines_and_games = _box_lines(lines, answer, reference)
    return [lines_and_games[0], *_game_rows(frame(stated, _GAME), answer)]


def _stats(answer: Answer, reference: Reference) -> list[Parsed]:
    """One row per player-game."""
    lines = []
    for row in _rows(answer):
        game = at(row, "game")
        pair = (at(game, "home_team_id"), at(game, "visitor_team_id"))
        lines.append(_line(row, at(row, "team", "id"), _game_of(game, *pair)))
    return _box_lines(lines, answer, reference)


def _line(row: object, team_id: object, game: Mapping[str, object]) -> dict[str, object]:
    return {
        "player_name": _name(at(row, "player")),
        "team_id": team_id,
        "min": at(row, "min"),
        **{theirs: at(row, theirs) for theirs in _COUNTS.values()},
        **game,
    }


def _name(player: object) -> str | None:
    parts = (text(at(player, "first_name")), text(at(player, "last_name")))
    return " ".join(part for part in parts if part) or None


def _box_lines(
    lines: list[dict[str, object]], answer: Answer, reference: Reference
) -> list[Parsed]:
    """Minutes are whole; a player with no minute and nothing counted is taken not to have played.

    He may have played some seconds in which nothing happened: the provider does not tell.
    """
    own, home, away = _code("team_id"), _code("home"), _code("away")
    other = pl.when(own == home).then(away).when(own == away).then(home)
    rows = frame(lines, _LINE).select(
        "player_name",
        "status",
        *[count(theirs).alias(ours) for ours, theirs in _COUNTS.items()],
        **_placed(),
        commence_at=stated_moment("datetime"),
        seconds_played=_seconds(),
        **sides(own, other, own == home),
    )
    counted = [pl.col(name) for name in _COUNTS if name != "plus_minus"]
    kept, rejected = refuse_unplaced(
        with_name_key(rows),
        {
            NO_PLAYER: pl.col("name_key").fill_null("") == "",
            NOT_FINAL: pl.col("status").fill_null("") != "Final",
            NOT_PLAYED: (pl.col("seconds_played").fill_null(0) == 0)
            & (pl.sum_horizontal(counted) == 0),
            "no minutes or points": pl.any_horizontal(pl.col("seconds_played", "points").is_null()),
            POINTS_DO_NOT_ADD_UP: ~points_add_up(),
        },
    )
    return boxes(kept, reference, answer, rejected)


def _seconds() -> pl.Expr:
    """Return "31" (whole minutes) or "31:12" as seconds."""
    minutes = pl.col("min").str.extract(r"^\s*(\d{1,3})(?::\d{2})?\s*$", 1).cast(pl.Int32)
    rest = pl.col("min").str.extract(r":(\d{2})\s*$", 1).cast(pl.Int32).fill_null(0)
    return minutes * 60 + rest


_PAGING = {"per_page", "cursor"}


def _injuries(answer: Answer, reference: Reference) -> list[Parsed]:
    """One row per player; dates are stated without a year, so only the answer's own time counts."""
    rows: list[dict[str, object]] = [
        {
            "player_name": _name(at(row, "player")),
            "team": at(row, "player", "team_id"),
            "status": at(row, "status"),
            "reason": at(row, "description"),
        }
        for row in _rows(answer)
    ]
    stated = frame(rows, _LISTED).with_columns(
        team=_code("team"), stated_at=stated_moment("stated_at")
    )
    # A choice of teams or players is no list of the league.
    teams: list[str] | None = None if set(answer.params) <= _PAGING else []
    return availability(stated, reference, answer, {}, teams=teams, page=_page(answer))


def _page(answer: Answer) -> Page:
    """The first page is asked for without a cursor; the last one gives none to go on with."""
    following = at(document(answer), "meta", "next_cursor")
    return Page("cursor" not in answer.params, following is None)


def _refuse(table: Table, reason: str) -> Callable[[Answer, Reference], list[Parsed]]:
    def parse(answer: Answer, _: Reference) -> list[Parsed]:
        return refused(table, reason, len(_rows(answer)))

    return parse


@lru_cache(maxsize=2)
def _first(body: bytes) -> frozenset[str] | None:
    """Return the fields of the first thing listed; none of an empty list; None for another body.

    Teams that carry players and things inside others are named with a dot.
    """
    if body.lstrip()[:1] != b"{":
        return None
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    data = at(found, "data")
    if data == []:
        # Other providers wrap their answers in "data" too, with more beside it.
        return frozenset() if set(found) <= {"data", "meta"} else None
    first = at(data, 0) if isinstance(data, list) else data
    if not isinstance(first, dict):
        return None
    inner = {
        f"{name}.{key}" for name, part in first.items() if isinstance(part, dict) for key in part
    }
    alone = {"alone"} if isinstance(data, dict) else set()
    return frozenset({*first, *inner, *alone})


def _is_like(*fields: str, without: tuple[str, ...] = ()) -> Callable[[bytes], bool]:
    def recognises(body: bytes) -> bool:
        found = _first(body)
        return found is not None and found >= set(fields) and not found & set(without)

    return recognises


def _is_nothing(body: bytes) -> bool:
    return _first(body) == frozenset()


_IS_GAME = _is_like("home_team", "visitor_team", "status", without=("home_team.players", "alone"))
_KNOWN: tuple[tuple[str, str, Stage, str, Callable[[bytes], bool], Any], ...] = (
    # An empty list is of any kind; it is read as games, of which there are none.
    ("games", "Games with their start.", Stage.SCHEDULE, "games",
     lambda body: _IS_GAME(body) or _is_nothing(body), _games),
    ("game", "One game.", Stage.SCHEDULE, "games/{id}",
     _is_like("home_team", "visitor_team", "status", "alone"), _games),
    ("box_scores", "Box scores of a date.", Stage.BOX_WITH_NAMES, "box_scores",
     _is_like("home_team.players", "visitor_team.players"), _box_scores),
    ("stats", "Box-score lines of players.", Stage.BOX_WITH_NAMES, "stats",
     _is_like("min", "player.last_name", "game.home_team_id"), _stats),
    ("player_injuries", "Injuries, as stated now.", Stage.EVENTS, "player_injuries",
     _is_like("player.team_id", "return_date", "status"), _injuries),
    ("advanced_stats", "Refused: computed from box scores instead.", Stage.EVENTS,
     "stats/advanced", _is_like("pie", "pace"), _refuse(PLAYER_BOXES, NO_TABLE)),
    ("season_averages", "Refused: of a season so far.", Stage.EVENTS,
     "season_averages/{category}", _is_like("stats", "season_type"),
     _refuse(PLAYER_BOXES, SEASON_SO_FAR)),
    ("leaders", "Refused: of a season so far.", Stage.EVENTS, "leaders",
     _is_like("stat_type", "rank"), _refuse(PLAYER_BOXES, SEASON_SO_FAR)),
    ("standings", "Refused: of a season so far.", Stage.EVENTS, "standings",
     _is_like("conference_record", "wins"), _refuse(GAMES, SEASON_SO_FAR)),
    ("players", "Refused: no date.", Stage.EVENTS, "players",
     _is_like("first_name", "draft_year", "team.id", without=("alone",)),
     _refuse(PLAYER_BOXES, NO_DATE_OF_LIST)),
    ("active_players", "Refused: no date.", Stage.EVENTS, "players/active",
     lambda _: False, _refuse(PLAYER_BOXES, NO_DATE_OF_LIST)),
    ("player", "Refused: no date.", Stage.EVENTS, "players/{id}",
     _is_like("first_name", "draft_year", "alone"), _refuse(PLAYER_BOXES, NO_DATE_OF_LIST)),
    ("teams", "Refused: tipoff knows the teams.", Stage.EVENTS, "teams",
     _is_like("full_name", "abbreviation", "conference", without=("alone",)),
     _refuse(GAMES, "a list of teams, which tipoff knows")),
    ("team", "Refused: tipoff knows the teams.", Stage.EVENTS, "teams/{id}",
     _is_like("full_name", "abbreviation", "conference", "alone"),
     _refuse(GAMES, "a team, which tipoff knows")),
)  # fmt: skip

PROVIDER = Provider(
    name=NAME,
    about="balldontlie: games, box scores and injuries, by pages with a cursor.",
    address="https://api.balldontlie.io/v1",
    endpoints={
        name: Endpoint(name, about, stage, path, recognises, parse, is_empty=_is_nothing)
        for name, about, stage, path, recognises, parse in _KNOWN
    },
    secret="BALLDONTLIE_API_KEY",
    key_header="Authorization",
    per_minute=5.0,
)
