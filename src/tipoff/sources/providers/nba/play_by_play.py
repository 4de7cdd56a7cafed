"""Play by play: attempts with place and zone, who assisted the made ones, time on the floor.

Rows of ``shots``, ``made_shots`` and ``player_periods``.
"""

import polars as pl

from tipoff.domain.clock import RECORDED
from tipoff.sources.answer import Answer, Endpoint, document, expect, holds_keys
from tipoff.sources.format import Parsed, Reference, Stage
from tipoff.sources.game_rows import NO_PLAYER, count, kind_of_id, nba_id, parsed
from tipoff.sources.line_rows import moment, number, refuse, team, with_name_key
from tipoff.sources.providers.nba.fields import (
    ABSENT,
    CDN,
    GAME,
    NO_NBA_GAME,
    NOT_IN_GAME,
    NOT_OVER,
    YEARS,
    after_game,
    counted,
    lawful,
    player_id,
    rows_of,
    states,
    with_nba_games,
)
from tipoff.sources.providers.nba.on_floor import player_periods, seconds_left
from tipoff.sources.shots import NO_CLOCK, NO_ZONE, TWICE, numbered, told_twice, zone_of
from tipoff.tables.raw import MADE_SHOTS, SHOTS

_FIELDS = {
    "kind": "actionType",
    "action": "actionNumber",
    "order": "orderNumber",
    "sub_kind": "subType",
    "period_stated": "period",
    "clock": "clock",
    "at": "timeActual",
    "edited": "edited",
    "team_stated": "teamTricode",
    "person": "personId",
    "initial_name": "playerNameI",
    "name": "playerName",
    "assist_person": "assistPersonId",
    "assist_name": "assistPlayerNameInitial",
    "drawn_person": "foulDrawnPersonId",
    "area": "area",
    "result": "shotResult",
    "distance": "shotDistance",
    "x": "xLegacy",
    "y": "yLegacy",
}
NO_SHOT = "actions other than field-goal attempts"
NO_RESULT = "an attempt that was neither made nor missed"


def _parse(answer: Answer, reference: Reference) -> list[Parsed]:
    """One row per attempt, made shot, and player and period.

    A block repeats the attempt that it stopped and is none itself. Places are in tenths of feet
    from the hoop, with the sign of the NBA's charts. Distances are cut to whole feet, as the charts
    state them, so that sources agree on what is near.
    """
    body = expect(answer, document(answer), dict, "an object")
    game = expect(answer, body.get("game"), dict, "a game")
    actions = expect(answer, game.get("actions"), list, "a list of actions")
    stated_id = expect(answer, game.get("gameId"), str, "a gameId")
    stated_rows, broken = rows_of(actions, _FIELDS)
    rows, repeats = refuse(stated_rows, {TWICE: told_twice("action")})
    attempts, others = refuse(rows, {NO_SHOT: ~_is_attempt()})
    stated = _stated(
        attempts.with_columns(game=pl.lit(stated_id.encode("utf-8", "replace").decode()))
    )
    placed = with_nba_games(with_name_key(stated), reference.games)
    kept, rejected = refuse(placed, _reasons(is_over=_is_over(rows)))
    is_home = pl.col("team") == pl.col("home_team")
    shots = numbered(kept).with_columns(
        opponent=pl.when(is_home).then("away_team").otherwise("home_team"),
    )
    source, clock = f"{answer.provider}_{answer.endpoint}", _clock(rows, answer)
    refused = counted(broken, repeats, others, rejected)
    found = [
        lawful(parsed(SHOTS, shots, source, rejected=refused, **clock)),
        lawful(parsed(MADE_SHOTS, _made(shots), source, rejected={}, **clock)),
    ]
    # Of a game that is unknown or not over every shot is refused, with the reason.
    if shots.is_empty():
        return found
    game = shots.head(1).select("nba_game_id", *GAME)
    return [*found, player_periods(rows, game, reference, source, clock)]


def _made(shots: pl.DataFrame) -> pl.DataFrame:
    """Number the made shots and say who assisted; a game without one assist does not tell."""
    passer = player_id("assist_person")
    made = numbered(shots.filter("is_made")).with_columns(
        assist_player_id=passer,
        assist_player_name=pl.when(passer.is_not_null()).then(
            pl.col("assist_name").str.strip_chars()
        ),
    )
    tells = made["assist_player_id"].null_count() < made.height
    return made.with_columns(
        is_assisted=passer.is_not_null() if tells else pl.lit(None, pl.Boolean)
    )


def _is_attempt() -> pl.Expr:
    return pl.col("kind").is_in(["2pt", "3pt"]).fill_null(value=False)


def _stated(rows: pl.DataFrame) -> pl.DataFrame:
    """Bring the fields of attempts to the names and units of the table."""
    result = pl.col("result").str.to_lowercase()
    return rows.with_columns(nba_game_id=nba_id("game")).with_columns(
        season_type=kind_of_id("nba_game_id"),
        team=team("team_stated"),
        player_name=pl.coalesce("initial_name", "name").str.strip_chars(),
        player_id=player_id("person"),
        period=count("period_stated"),
        seconds_left=seconds_left("clock"),
        zone=zone_of("area"),
        is_three=pl.col("kind") == "3pt",
        is_made=pl.when(result.is_in(["made", "missed"])).then(result == "made"),
        distance_feet=number("distance").floor(),
        x_feet=(number("x") / 10).round(2),
        y_feet=(number("y") / 10).round(2),
    )


def _is_over(rows: pl.DataFrame) -> bool:
    """Whether the actions tell the end of the game."""
    last = rows.filter((pl.col("kind") == "game") & (pl.col("sub_kind") == "end"))
    return not last.is_empty()


def _reasons(*, is_over: bool) -> dict[str, pl.Expr]:
    own = pl.col("team")
    return {
        NOT_OVER: pl.lit(not is_over),
        NO_NBA_GAME: pl.col("game_id").is_null(),
        NOT_IN_GAME: own.is_null() | ((own != pl.col("home_team")) & (own != pl.col("away_team"))),
        NO_PLAYER: pl.col("name_key") == "",
        NO_ZONE: pl.col("zone").is_null(),
        NO_CLOCK: pl.any_horizontal(pl.col("period", "seconds_left").is_null()),
        NO_RESULT: pl.col("is_made").is_null(),
    }


def _clock(rows: pl.DataFrame, answer: Answer) -> dict[str, pl.Expr]:
    """Return when the game reads like this: since the last edit that the answer states."""
    told = rows.select(moment=pl.concat_list(moment("edited"), moment("at"))).explode("moment")
    year = pl.col("moment").dt.year()
    last = told.filter(year.is_between(YEARS[0], YEARS[-1]))["moment"].max()
    if last is None:
        return after_game(answer)
    return {"known_at": pl.lit(last), "basis": pl.lit(RECORDED)}


PLAY_BY_PLAY = Endpoint(
    name="play_by_play",
    about="Every action of one game, from `game_id` (0022400500).",
    stage=Stage.EVENTS,
    path=f"{CDN}/static/json/liveData/playbyplay/playbyplay_{{game_id}}.json",
    recognises=lambda body: holds_keys(body, "game", "meta") and b'"actions"' in body,
    parse=_parse,
    fits=states(game_id="game.gameId"),
    absent=ABSENT,
)
