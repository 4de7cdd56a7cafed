"""ESPN's JSON: scoreboards, box scores, rosters and injuries; no key is needed."""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from tipoff.sources.answer import Answer, Endpoint, Provider, document, expect, holds_keys
from tipoff.sources.answer_rows import (
    NOT_FINAL,
    at,
    availability,
    frame,
    games,
    listed,
    refused,
    stated_moment,
    text,
)
from tipoff.sources.format import Parsed, Reference, Stage
from tipoff.sources.game_rows import refuse_unplaced
from tipoff.sources.line_rows import eastern_day, team
from tipoff.sources.providers.espn_boxes import Game, box_lines, season_type
from tipoff.tables.raw import PLAYER_BOXES

NAME = "espn"
CALLED_OFF = "a game that was called off or moved"
NO_INJURY = "no injury is stated, and a roster alone says nothing of a game"

_OFF = ["postponed", "canceled", "cancelled", "forfeit", "suspended"]
_GAME = ("date", "time_valid", "status", "kind", "home", "away")
_LISTED = ("player_name", "team", "status", "reason", "stated_at")


def _scoreboard(answer: Answer, _: Reference) -> list[Parsed]:
    """One row per event."""
    events = expect(answer, at(document(answer), "events"), list, "a list of events")
    stated = frame([_event(event) for event in events], _GAME)
    is_set = pl.col("time_valid") != "false"
    stated = stated.with_columns(_at=stated_moment("date")).with_columns(
        game_date=eastern_day("_at"),
        tip_off_at=pl.when(is_set.fill_null(value=True)).then("_at"),
        home_team=team("home"),
        away_team=team("away"),
        season_type=season_type("kind"),
    )
    is_off = pl.col("status").str.to_lowercase().str.contains_any(_OFF)
    kept, rejected = refuse_unplaced(stated, {CALLED_OFF: is_off})
    return games(kept, answer, rejected)


def _event(event: object) -> dict[str, object]:
    sides = {
        at(s, "homeAway"): s
        for s in listed(event, "competitions", 0, "competitors")[:2]
        if isinstance(at(s, "homeAway"), str)
    }
    return {
        "date": at(event, "competitions", 0, "date") or at(event, "date"),
        "time_valid": at(event, "competitions", 0, "timeValid"),
        "status": at(event, "status", "type", "name"),
        "kind": at(event, "season", "type"),
        "home": at(sides.get("home"), "team", "abbreviation"),
        "away": at(sides.get("away"), "team", "abbreviation"),
    }


def _summary(answer: Answer, reference: Reference) -> list[Parsed]:
    """One row per listed player."""
    found = document(answer)
    teams = expect(answer, at(found, "boxscore", "players"), list, "the players of a box score")
    held = at(found, "header", "competitions", 0)
    sides = {
        text(at(s, "homeAway")): text(at(s, "team", "abbreviation"))
        for s in listed(held, "competitors")
    }
    lines = [
        {
            "player_name": at(line, "athlete", "displayName"),
            "team": at(side, "team", "abbreviation"),
            "is_starter": at(line, "starter"),
            "labels": at(group, "labels") or at(group, "names"),
            "stats": at(line, "stats"),
            "is_absent": at(line, "didNotPlay") is True,
        }
        for side in teams
        for group in listed(side, "statistics")
        for line in listed(group, "athletes")
    ]
    if at(held, "status", "type", "state") != "post":
        return refused(PLAYER_BOXES, NOT_FINAL, len(lines))
    game = Game(
        at(held, "date"),
        sides.get("home"),
        sides.get("away"),
        at(found, "header", "season", "type"),
    )
    return box_lines(lines, game, reference, answer)


def _roster(answer: Answer, reference: Reference) -> list[Parsed]:
    """One row per injury, and one refused per athlete without any."""
    found = expect(answer, at(document(answer), "team"), dict, "a team")
    athletes = expect(answer, at(found, "athletes"), list, "a list of athletes")
    return roster_rows(athletes, at(found, "abbreviation"), "fullName", reference, answer)


def roster_rows(
    athletes: Sequence[object], code: object, name: str, reference: Reference, answer: Answer
) -> list[Parsed]:
    """Return the injuries of a team's athletes as reports on its next game.

    Args:
        athletes: each with ``injuries``.
        code: ESPN's code of the team.
        name: the field that holds an athlete's name.
    """
    rows = [
        _injury(injury, at(athlete, name), code)
        for athlete in athletes
        for injury in listed(athlete, "injuries")
    ]
    bare = sum(not listed(athlete, "injuries") for athlete in athletes)
    own = frame([{"team": code}], ["team"]).select(team("team")).drop_nulls()["team"].to_list()
    refused = {NO_INJURY: bare} if bare else {}
    # A list of nobody at all is no team's: it says nothing of who is hurt.
    return injury_rows(rows, reference, answer, refused, teams=own if athletes else [])


def _injury(injury: object, name: object, code: object) -> dict[str, object]:
    details = [text(at(injury, "details", part)) for part in ("side", "type", "detail")]
    words = [word for word in details if word and word != "Not Specified"]
    return {
        "player_name": name,
        "team": code,
        "status": at(injury, "status"),
        "reason": " ".join(words) or at(injury, "shortComment"),
        "stated_at": at(injury, "date"),
    }


def injury_rows(
    rows: Sequence[Mapping[str, object]],
    reference: Reference,
    answer: Answer,
    rejected: Mapping[str, int],
    teams: list[str] | None = None,
) -> list[Parsed]:
    """Return stated injuries as reports on each team's next game.

    Args:
        teams: of whom they are all; None for the whole league; empty for nobody.
    """
    stated = frame(rows, _LISTED).with_columns(
        team=team("team"), stated_at=stated_moment("stated_at")
    )
    return availability(stated, reference, answer, rejected, teams=teams)


def _injuries(answer: Answer, reference: Reference) -> list[Parsed]:
    """One row per injury of the league's list."""
    teams = expect(answer, at(document(answer), "injuries"), list, "the injuries of teams")
    rows = [
        _injury(injury, at(injury, "athlete", "displayName"), at(side, "displayName"))
        for side in teams
        for injury in listed(side, "injuries")
    ]
    return injury_rows(rows, reference, answer, {})


def _document(body: bytes) -> Any:
    return document(Answer(NAME, "", {}, body))


def _holds(body: bytes, *path: str) -> bool:
    """Whether a body is a JSON object with a list at a path."""
    return holds_keys(body, path[0]) and isinstance(at(_document(body), *path), list)


_ENDPOINTS = (
    Endpoint(
        "scoreboard",
        "Games of a date with their start and sides.",
        Stage.SCHEDULE,
        "scoreboard",  # dates=YYYYMMDD
        lambda body: holds_keys(body, "leagues") and _holds(body, "events"),
        _scoreboard,
        is_empty=lambda body: _holds(body, "events") and not listed(_document(body), "events"),
    ),
    Endpoint(
        "summary",
        "Box score of a finished game.",
        Stage.BOX_WITH_NAMES,
        "summary",  # event=ID
        lambda body: _holds(body, "boxscore", "players"),
        _summary,
    ),
    Endpoint(
        "roster",
        "Injuries of a team's players; with enable=roster.",
        Stage.EVENTS,
        "teams/{id}",  # enable=roster
        lambda body: _holds(body, "team", "athletes"),
        _roster,
    ),
    Endpoint(
        "injuries",
        "Injuries of the league, as stated now.",
        Stage.EVENTS,
        "injuries",
        lambda body: holds_keys(body, "timestamp") and _holds(body, "injuries"),
        _injuries,
        is_empty=lambda body: _holds(body, "injuries") and not listed(_document(body), "injuries"),
    ),
)

PROVIDER = Provider(
    name=NAME,
    about="ESPN's public JSON: schedule, box scores, injuries.",
    address="https://site.api.espn.com/apis/site/v2/sports/basketball/nba",
    endpoints={endpoint.name: endpoint for endpoint in _ENDPOINTS},
    per_minute=30.0,
)
