"""Box scores of one game: the statistics service's second and third form, and the live one."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from tipoff.sources.answer import Answer, Endpoint, document, expect, holds_keys
from tipoff.sources.format import Parsed, Reference, Stage
from tipoff.sources.game_rows import nba_id
from tipoff.sources.providers.nba.box_rows import (
    COUNTS,
    player_rows,
    team_rows,
    whole_games,
)
from tipoff.sources.providers.nba.fields import (
    ABSENT,
    CDN,
    NO_OBJECT,
    counted,
    has_no_rows,
    holds_set,
    result_rows,
    rows_of,
    states,
    unread_sets,
)

_OLD = dict(
    zip(
        COUNTS,
        (
            "PTS", "FGM", "FGA", "FG3M", "FG3A", "FTM", "FTA", "OREB", "DREB", "REB", "AST",
            "STL", "BLK", "TO", "PF", "PLUS_MINUS",
        ),
        strict=True,
    )
)  # fmt: skip
_NEW = dict(
    zip(
        COUNTS,
        (
            "points", "fieldGoalsMade", "fieldGoalsAttempted", "threePointersMade",
            "threePointersAttempted", "freeThrowsMade", "freeThrowsAttempted",
            "reboundsOffensive", "reboundsDefensive", "reboundsTotal", "assists", "steals",
            "blocks", "turnovers", "foulsPersonal", "plusMinusPoints",
        ),
        strict=True,
    )
)  # fmt: skip
_TEAM = {"GAME_ID": "nba_game_id", "TEAM_ABBREVIATION": "team", "MIN": "minutes"}
_PLAYER = {
    **_TEAM,
    "PLAYER_ID": "player_id",
    "PLAYER_NAME": "player_name",
    "START_POSITION": "position",
    "COMMENT": "reason",
}
_SIDES = ("homeTeam", "awayTeam")
_OVER = "3"


def _parse_old(answer: Answer, reference: Reference) -> list[Parsed]:
    """One row per player and team; sums of starters and bench are left out."""
    theirs = {their: ours for ours, their in _OLD.items()}
    players, no_players = result_rows(answer, "PlayerStats", tuple(_PLAYER), tuple(theirs))
    teams, no_teams = result_rows(answer, "TeamStats", tuple(_TEAM), tuple(theirs))
    players = players.rename({**_PLAYER, **theirs}).with_columns(
        nba_game_id=nba_id("nba_game_id"), is_starter=_has_position()
    )
    teams = teams.rename({**_TEAM, **theirs}).with_columns(nba_game_id=nba_id("nba_game_id"))
    whole = whole_games(teams)
    unread = unread_sets(answer, {"PlayerStats", "TeamStats"})
    broken = counted(no_players, no_teams, unread)
    found = player_rows(players, answer, reference, broken, whole=whole)
    return [*found, team_rows(teams, answer, reference, whole=whole)]


def _has_position() -> pl.Expr:
    """Only those who started have a position."""
    return pl.col("position").fill_null("").str.strip_chars() != ""


def _parse_new(answer: Answer, reference: Reference) -> list[Parsed]:
    """One row per player and team of ``boxScoreTraditional``."""
    body = expect(answer, document(answer), dict, "an object")
    game = expect(answer, body.get("boxScoreTraditional"), dict, "a boxScoreTraditional")
    fields = {
        "first": "firstName",
        "family": "familyName",
        "player_id": "personId",
        "position": "position",
        "reason": "comment",
        "minutes": "statistics.minutes",
        **{ours: f"statistics.{theirs}" for ours, theirs in _NEW.items()},
    }
    players, broken = _players(answer, game, fields)
    players = players.with_columns(
        is_starter=_has_position(),
        player_name=pl.concat_str("first", "family", separator=" ", ignore_nulls=True),
    )
    teams = _teams(game, _NEW)
    whole = whole_games(teams)
    found = player_rows(players, answer, reference, broken, whole=whole)
    return [*found, team_rows(teams, answer, reference, whole=whole)]


def _parse_live(answer: Answer, reference: Reference) -> list[Parsed]:
    """One row per player and team of a live ``game``; its status says whether it is over."""
    body = expect(answer, document(answer), dict, "an object")
    game = expect(answer, body.get("game"), dict, "a game")
    fields = {
        "player_name": "name",
        "player_id": "personId",
        "starter": "starter",
        "status": "status",
        "played": "played",
        "code": "notPlayingReason",
        "words": "notPlayingDescription",
        "minutes": "statistics.minutes",
        **{ours: f"statistics.{theirs}" for ours, theirs in _NEW.items()},
    }
    players, broken = _players(answer, game, fields)
    code = pl.col("code").str.replace_all("_", " ")
    absent = pl.when(pl.col("status").str.to_uppercase() == "INACTIVE").then(pl.lit("Inactive"))
    players = players.with_columns(
        is_starter=pl.col("starter") == "1",
        reason=pl.concat_str(
            pl.coalesce(code, absent), "words", separator=" - ", ignore_nulls=True
        ),
        minutes=pl.when(pl.col("played").is_null() | (pl.col("played") == "1")).then("minutes"),
    )
    # Rebounds and turnovers that belong to no player are not in the sums of the players.
    teams = _teams(game, {**_NEW, "rebounds": "reboundsPersonal"})
    whole = pl.lit(str(game.get("gameStatus")) == _OVER) & whole_games(teams)
    found = player_rows(players, answer, reference, broken, whole=whole)
    return [*found, team_rows(teams, answer, reference, whole=whole)]


def _players(
    answer: Answer, game: dict[str, Any], fields: Mapping[str, str]
) -> tuple[pl.DataFrame, dict[str, int]]:
    """Return the players of both sides as rows of text."""
    frames, refused = [], 0
    for side in _SIDES:
        own = expect(answer, game.get(side), dict, f"a {side}")
        listed = expect(answer, own.get("players"), list, f"the players of the {side}")
        rows, broken = rows_of(listed, fields)
        refused += sum(broken.values())
        frames.append(rows.with_columns(team=_code(own)))
    return (
        pl.concat(frames).with_columns(_game_id(game)),
        {NO_OBJECT: refused} if refused else {},
    )


def _teams(game: dict[str, Any], names: Mapping[str, str]) -> pl.DataFrame:
    """Return the sums of both sides as rows of text."""
    fields = {
        "team": "teamTricode",
        "minutes": "statistics.minutes",
        **{ours: f"statistics.{theirs}" for ours, theirs in names.items()},
    }
    rows, _ = rows_of([game.get(side) for side in _SIDES], fields)
    return rows.with_columns(_game_id(game))


def _code(own: dict[str, Any]) -> pl.Expr:
    code = own.get("teamTricode")
    text = code.encode("utf-8", "replace").decode() if isinstance(code, str) else None
    return pl.lit(text, pl.String)


def _game_id(game: dict[str, Any]) -> pl.Expr:
    found = game.get("gameId")
    text = found.encode("utf-8", "replace").decode() if isinstance(found, str) else None
    lone = pl.DataFrame({"id": [text]}, schema={"id": pl.String}).select(nba_id("id")).item()
    return pl.lit(lone, pl.String).alias("nba_game_id")


_WHOLE_GAME = "StartPeriod=0&EndPeriod=0&StartRange=0&EndRange=0&RangeType=0"
_PARAMS = "`GameID` (0022400561)"
BOX_SCORE_V2 = Endpoint(
    name="box_score_v2",
    about=f"Box score in the form that is empty since 2025-26, from {_PARAMS}.",
    stage=Stage.BOX_WITH_IDS,
    path=f"/stats/boxscoretraditionalv2?{_WHOLE_GAME}",
    recognises=lambda body: holds_set(body, "PlayerStats", *_PLAYER),
    parse=_parse_old,
    is_empty=lambda body: has_no_rows(body, "PlayerStats"),
    fits=states(GameID="parameters.GameID"),
)
BOX_SCORE = Endpoint(
    name="box_score",
    about=f"Box score with seconds, starters and why others did not play, from {_PARAMS}.",
    stage=Stage.BOX_WITH_IDS,
    path=f"/stats/boxscoretraditionalv3?{_WHOLE_GAME}",
    recognises=lambda body: holds_keys(body, "boxScoreTraditional"),
    parse=_parse_new,
    fits=states(GameID="boxScoreTraditional.gameId"),
)
BOX_SCORE_LIVE = Endpoint(
    name="box_score_live",
    about="Box score as it grows, with inactives before the tip-off, from `game_id`.",
    stage=Stage.BOX_WITH_IDS,
    path=f"{CDN}/static/json/liveData/boxscore/boxscore_{{game_id}}.json",
    recognises=lambda body: holds_keys(body, "game", "meta") and b'"homeTeam"' in body,
    parse=_parse_live,
    fits=states(game_id="game.gameId"),
    absent=ABSENT,
)
