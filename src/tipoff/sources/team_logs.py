"""Layouts of game logs of teams, and season totals, which are known and refused."""

import polars as pl

from tipoff.errors import InputError
from tipoff.sources.format import Content, Format, Parsed, Reference, Stage
from tipoff.sources.game_rows import (
    count,
    in_game,
    kind_of_id,
    kind_of_name,
    known_after_game,
    matchup_sides,
    nba_id,
    parsed,
    refuse_unplaced,
    sides,
    stated_games,
)
from tipoff.sources.line_rows import NO_GAME, day, has_columns, refuse, team
from tipoff.sources.nba_logs import COUNTS_OF_NBA, counts
from tipoff.tables.raw import TEAM_BOXES

_TEAM = {"TEAM_ID", "TEAM_ABBREVIATION", "GAME_DATE", "MATCHUP", "WL", "PTS"}
_SCORES = {"OPP_ABBR", "OPP_PTS", "IS_HOME", "GAME_ID", "FGA"}


def _parse_log(content: Content, reference: Reference) -> list[Parsed]:
    """One row per team-game; a matchup tells the opponent and who was at home."""
    rows = content.read("")
    stated = rows.select(
        *counts(COUNTS_OF_NBA, rows.columns),
        game_date=day("GAME_DATE"),
        season_type=kind_of_name("SEASON_TYPE"),
        **matchup_sides(team("TEAM_ABBREVIATION"), "MATCHUP"),
    )
    kept, rejected = refuse_unplaced(stated)
    placed = in_game(kept, reference.games)
    return [
        parsed(TEAM_BOXES, placed, TEAM_LOG.name, known_after_game(), rejected),
        stated_games(placed, TEAM_LOG.name),
    ]


def _parse_scores(content: Content, reference: Reference) -> list[Parsed]:
    """One row per team-game with the opponent's score.

    A row without field-goal attempts carries zeros where nothing was recorded: these counts are
    null. A game id that is not the NBA's is left out. Evening games carry the date in UTC, so the
    game is looked for a day around and the file is no witness of the schedule.
    """
    rows = content.read("")
    others = [
        ours
        for ours, theirs in COUNTS_OF_NBA.items()
        if theirs in rows.columns and ours not in ("points", "plus_minus")
    ]
    stated = (
        rows.with_columns(nba_game_id=nba_id("GAME_ID"))
        .select(
            "nba_game_id",
            *counts(COUNTS_OF_NBA, rows.columns),
            game_date=day("GAME_DATE"),
            season_type=kind_of_id("nba_game_id"),
            **sides(
                own=team("TEAM_ABBREVIATION"),
                other=team("OPP_ABBR"),
                is_home=count("IS_HOME") == 1
                if rows.schema["IS_HOME"] != pl.Boolean
                else pl.col("IS_HOME"),
            ),
        )
        .with_columns(
            pl.when(pl.col("field_goals_attempted") > 0).then(pl.col(c)).alias(c) for c in others
        )
    )
    kept, rejected = refuse_unplaced(stated)
    placed = in_game(kept, reference.games, within_days=1)
    unknown = ~pl.col("is_known_game") & pl.col("is_known_season")
    known, no_game = refuse(placed, {NO_GAME: unknown})
    source = TEAM_LOG_SCORES.name
    return [parsed(TEAM_BOXES, known, source, known_after_game(), {**rejected, **no_game})]


def _refuse_totals(content: Content, _: Reference) -> list[Parsed]:
    raise InputError(
        f"{content.path} holds totals of a whole season: within that season they tell the future, "
        "so they are not taken in; tipoff computes such figures from the games themselves."
    )


def _is_totals(content: Content) -> bool:
    columns = set(content.only())
    by_zone = {"RA_FGA", "MID_FGA", "PLAYER_ID"} <= columns
    return (by_zone or "GP" in columns) and "GAME_DATE" not in columns and "GAME_ID" not in columns


TEAM_LOG = Format(
    name="team_log",
    about="Team game logs of the NBA with season types, without attempts.",
    stage=Stage.BOX_WITH_IDS,
    recognises=lambda content: has_columns(
        content, {*_TEAM, "SEASON_TYPE"}, {"PLAYER_ID", "OPP_ABBR"}
    ),
    parse=_parse_log,
)
TEAM_LOG_SCORES = Format(
    name="team_log_scores",
    about="Team game logs with both scores and, where recorded, attempts and rebounds.",
    stage=Stage.BOX_WITH_IDS,
    recognises=lambda content: has_columns(content, {*_TEAM, *_SCORES}, {"PLAYER_ID"}),
    parse=_parse_scores,
)
SEASON_TOTALS = Format(
    name="season_totals",
    about="Totals and ratings of a whole season: known, and refused, for they tell the future.",
    stage=Stage.EVENTS,
    recognises=_is_totals,
    parse=_refuse_totals,
)
FORMATS: tuple[Format, ...] = (TEAM_LOG, TEAM_LOG_SCORES, SEASON_TOTALS)
