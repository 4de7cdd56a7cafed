"""The league's game log: a line per player or per team of every game of a season."""

from datetime import timedelta

import polars as pl

from tipoff.sources.answer import Answer, Endpoint
from tipoff.sources.format import Parsed, Reference, Stage
from tipoff.sources.game_rows import (
    NO_PLAYER,
    POINTS_DO_NOT_ADD_UP,
    count,
    in_game,
    kind_of_id,
    matchup_sides,
    nba_id,
    parsed,
    refuse_unplaced,
    stated_games,
)
from tipoff.sources.line_rows import day, refuse, team, with_name_key
from tipoff.sources.nba_logs import COUNTS_OF_NBA, counts, points_add_up
from tipoff.sources.providers.nba.fields import (
    NOT_OVER,
    after_game,
    came_too_soon,
    counted,
    has_no_rows,
    holds_set,
    lawful,
    plausible,
    player_id,
    result_rows,
    states,
    unread_sets,
)
from tipoff.tables.raw import PLAYER_BOXES, TEAM_BOXES
from tipoff.tables.table import Table

SET = "LeagueGameLog"
_GAME = ("TEAM_ABBREVIATION", "GAME_ID", "GAME_DATE", "MATCHUP", "WL", "MIN")
_COUNTS = tuple(COUNTS_OF_NBA.values())
_PLAYER = ("PLAYER_ID", "PLAYER_NAME")


def _stated(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.with_columns(nba_game_id=nba_id("GAME_ID")).select(
        "nba_game_id",
        "WL",
        *counts(COUNTS_OF_NBA, rows.columns),
        *(c for c in _PLAYER if c in rows.columns),
        game_date=plausible(day("GAME_DATE")),
        season_type=kind_of_id("nba_game_id"),
        minutes=count("MIN"),
        **matchup_sides(team("TEAM_ABBREVIATION"), "MATCHUP"),
    )


def _parse_players(answer: Answer, reference: Reference) -> list[Parsed]:
    """One row per player-game; minutes are whole, so seconds are full minutes."""
    rows, broken = result_rows(answer, SET, (*_GAME, *_PLAYER, "PTS"), _COUNTS)
    stated = with_name_key(
        _stated(rows).with_columns(
            player_name=pl.col("PLAYER_NAME").str.strip_chars(),
            player_id=player_id("PLAYER_ID"),
            seconds_played=pl.col("minutes") * 60,
        )
    )
    reasons = {
        NO_PLAYER: pl.col("name_key") == "",
        POINTS_DO_NOT_ADD_UP: ~points_add_up(),
    }
    return _boxes(PLAYER_BOXES, stated, answer, reference, broken, reasons)


def _parse_teams(answer: Answer, reference: Reference) -> list[Parsed]:
    """One row per team-game."""
    rows, broken = result_rows(answer, SET, (*_GAME, "PTS"), _COUNTS)
    reasons = {POINTS_DO_NOT_ADD_UP: ~points_add_up()}
    return _boxes(TEAM_BOXES, _stated(rows), answer, reference, broken, reasons)


def _boxes(
    table: Table,
    stated: pl.DataFrame,
    answer: Answer,
    reference: Reference,
    broken: dict[str, int],
    reasons: dict[str, pl.Expr],
) -> list[Parsed]:
    """Place the rows in their games; the log says only of a game that is over who won it."""
    running = pl.col("WL").fill_null("").str.strip_chars() == ""
    kept, rejected = refuse_unplaced(stated, {NOT_OVER: running, **reasons})
    placed = in_game(kept, reference.games)
    over, soon = refuse(placed, {NOT_OVER: came_too_soon(answer)})
    source = f"{answer.provider}_{answer.endpoint}"
    refused = counted(broken, rejected, soon, unread_sets(answer, {SET}))
    boxes = parsed(table, over, source, rejected=refused, **after_game(answer))
    return [lawful(boxes), lawful(stated_games(over, source))]


def _is_log(body: bytes, *, of_players: bool) -> bool:
    has_players = holds_set(body, SET, *_GAME, *_PLAYER)
    return has_players if of_players else holds_set(body, SET, *_GAME) and not has_players


_IS_ASKED = states(Season="parameters.Season", SeasonType="parameters.SeasonType")
_HOURS = timedelta(hours=6)
_FIXED = "Counter=0&Direction=ASC&LeagueID=00&Sorter=DATE"

GAME_LOG_PLAYERS = Endpoint(
    name="game_log_players",
    about="Lines of all players, from `Season`, `SeasonType` and, for a part, `DateFrom` and "
    "`DateTo`.",
    stage=Stage.BOX_WITH_IDS,
    path=f"/stats/leaguegamelog?{_FIXED}&PlayerOrTeam=P",
    recognises=lambda body: _is_log(body, of_players=True),
    parse=_parse_players,
    is_empty=lambda body: has_no_rows(body, SET),
    good_for=_HOURS,
    fits=_IS_ASKED,
)
GAME_LOG_TEAMS = Endpoint(
    name="game_log_teams",
    about="Lines of all teams, from `Season`, `SeasonType`, `DateFrom` and `DateTo`.",
    stage=Stage.BOX_WITH_IDS,
    path=f"/stats/leaguegamelog?{_FIXED}&PlayerOrTeam=T",
    recognises=lambda body: _is_log(body, of_players=False),
    parse=_parse_teams,
    is_empty=lambda body: has_no_rows(body, SET),
    good_for=_HOURS,
    fits=_IS_ASKED,
)
