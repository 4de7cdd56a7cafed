"""The NBA's schedule (CDN and statistics service) and its scoreboard, as rows of ``games``."""

from datetime import timedelta
from typing import Any

import polars as pl

from tipoff.domain.clock import EASTERN
from tipoff.sources.answer import Answer, Endpoint, document, expect, holds_keys
from tipoff.sources.format import Parsed, Reference, Stage
from tipoff.sources.game_rows import (
    NO_DATE,
    NO_TEAM,
    kind_of_id,
    known_before_game,
    nba_id,
    parsed,
)
from tipoff.sources.line_rows import day, eastern_day, moment, refuse, season_expr, team
from tipoff.sources.providers.nba.fields import (
    CDN,
    NO_OBJECT,
    basis,
    counted,
    has_no_rows,
    holds_set,
    lawful,
    moment_lit,
    plausible,
    result_rows,
    rows_of,
    stated_moment,
    states,
    unread_sets,
)
from tipoff.tables.raw import GAMES
from tipoff.tables.table import UTC_MOMENT

NO_TEAMS_YET = "teams that are still to be determined"
OTHER_DAY = "a tip-off on another day than the game's, set to null (the row is kept)"
MOVED = "rows that take back a game at its former date (added to the payload's rows)"
_FIELDS = {
    "id": "gameId",
    "code": "gameCode",
    "status": "gameStatusText",
    "date_est": "gameDateEst",
    "start_est": "gameDateTimeEst",
    "start_utc": "gameDateTimeUTC",
    "label": "gameLabel",
    "sub_label": "gameSubLabel",
    "postponed": "postponedStatus",
    "home": "homeTeam.teamTricode",
    "away": "awayTeam.teamTricode",
}
_HEADER = ("GAME_DATE_EST", "GAME_ID", "GAME_STATUS_TEXT", "HOME_TEAM_ID", "VISITOR_TEAM_ID")
_UNKNOWN_TEAMS = ("", "TBD", "0")
_DAYS_WORK = timedelta(hours=6)
_CLOCK = r"^\s*(\d{1,2}:\d{2}) ([ap]m) ET\s*$"


def _parse_schedule(answer: Answer, reference: Reference) -> list[Parsed]:
    """One row per game.

    The *Est fields carry a Z although they are US Eastern: the tip-off is read from the UTC
    field, and from the Eastern one as what it is where that is missing.
    """
    body = expect(answer, document(answer), dict, "an object")
    league = expect(answer, body.get("leagueSchedule"), dict, "a leagueSchedule")
    dates = expect(answer, league.get("gameDates"), list, "a list of gameDates")
    of_dates = [d.get("games") if isinstance(d, dict) else None for d in dates]
    lists = [games for games in of_dates if isinstance(games, list)]
    rows, refused = rows_of([game for games in lists for game in games], _FIELDS)
    if broken := len(of_dates) - len(lists):
        refused = counted(refused, {NO_OBJECT: broken})
    start = pl.coalesce(moment("start_utc"), _eastern("start_est"))
    stated = rows.with_columns(nba_game_id=nba_id("id"), tip_off_at=start).with_columns(
        game_date=plausible(
            pl.coalesce(
                day("date_est"),
                pl.col("code").str.slice(0, 8).str.to_date("%Y%m%d", strict=False),
                eastern_day("tip_off_at"),
            )
        ),
        tip_off_at=pl.when(~_is_open()).then("tip_off_at"),
        season_type=pl.coalesce(kind_of_id("nba_game_id"), _kind_of_label()),
        is_deleted=pl.col("postponed")
        .str.strip_chars()
        .str.to_uppercase()
        .eq("P")
        .fill_null(value=False),
        home_team=team("home"),
        away_team=team("away"),
    )
    meta = body.get("meta")
    made_at = stated_moment(meta.get("time")) if isinstance(meta, dict) else None
    return _games(stated, answer, reference, refused, made_at)


def _eastern(column: str) -> pl.Expr:
    """Return the UTC moment of an Eastern wall clock that may be marked with a Z."""
    local = pl.col(column).str.slice(0, 19).str.to_datetime("%Y-%m-%dT%H:%M:%S", strict=False)
    zoned = local.dt.replace_time_zone(EASTERN.key, ambiguous="earliest", non_existent="null")
    return zoned.dt.convert_time_zone("UTC").cast(UTC_MOMENT)


def _is_open() -> pl.Expr:
    """Whether no time is known yet: midnight stands for that."""
    local = pl.col("tip_off_at").dt.convert_time_zone(EASTERN.key)
    is_midnight = (local.dt.hour() == 0) & (local.dt.minute() == 0)
    says_so = pl.col("status").str.to_uppercase().str.contains("TBD", literal=True)
    return is_midnight.fill_null(value=False) | says_so.fill_null(value=False)


def _kind_of_label() -> pl.Expr:
    """Return the season type that a label tells, for games whose id does not."""
    label = pl.col("label").str.to_lowercase()
    last = pl.col("sub_label").str.to_lowercase() == "championship"
    kinds = [
        (label.str.contains("preseason"), "preseason"),
        (label.str.contains("all-star|rising stars"), "all_star"),
        (label.str.contains("play-in"), "play_in"),
        (label.str.contains("cup") & last, "cup_final"),
        (label.str.contains("first round|conf. |nba finals"), "playoffs"),
    ]
    return pl.coalesce(pl.when(holds).then(pl.lit(kind)) for holds, kind in kinds)


def _games(
    stated: pl.DataFrame,
    answer: Answer,
    reference: Reference,
    refused: dict[str, int],
    made_at: Any = None,
) -> list[Parsed]:
    """Return the stated games, and those they take back."""
    sides = [pl.col(c).str.strip_chars().str.to_uppercase() for c in ("home", "away")]
    open_sides = [side.is_null() | side.is_in(_UNKNOWN_TEAMS) for side in sides]
    reasons = {
        NO_TEAMS_YET: pl.any_horizontal(open_sides),
        NO_DATE: pl.col("game_date").is_null(),
        NO_TEAM: pl.any_horizontal(pl.col("home_team", "away_team").is_null()),
        "a team that plays itself": pl.col("home_team") == pl.col("away_team"),
    }
    kept, rejected = refuse(stated, reasons)
    other_day = (eastern_day("tip_off_at") != pl.col("game_date")).fill_null(value=False)
    notes = {OTHER_DAY: kept.filter(other_day).height}
    games = kept.with_columns(
        tip_off_at=pl.when(~other_day).then("tip_off_at"),
        season=season_expr("game_date"),
        game_id=pl.concat_str(
            pl.col("game_date").dt.strftime("%Y%m%d"), "away_team", "home_team", separator="_"
        ),
    )
    former = _moved(games, reference.games)
    notes[MOVED] = former.height
    every = pl.concat([games.select(former.columns), former])
    recorded = made_at or answer.fetched_at
    found = parsed(
        GAMES,
        every,
        f"{answer.provider}_{answer.endpoint}",
        pl.coalesce(moment_lit(recorded), known_before_game()),
        counted(refused, rejected),
        basis(pl.lit(recorded is not None)),
    )
    return [
        lawful(Parsed(GAMES, found.frame, found.rejected, {k: n for k, n in notes.items() if n}))
    ]


def _moved(games: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """Return tombstones for what is known of these games under other dates or sides.

    A list that leaves a game out says nothing of it; one that states it elsewhere takes it back.
    """
    columns = [
        "nba_game_id", "game_id", "game_date", "season", "season_type", "home_team", "away_team",
        "tip_off_at", "is_deleted",
    ]  # fmt: skip
    if "nba_game_id" not in known.columns:
        return games.select(columns).clear()
    stated = games.drop_nulls("nba_game_id")
    elsewhere = known.join(
        stated.select("nba_game_id").unique(), on="nba_game_id", how="semi"
    ).join(stated, on="game_id", how="anti")
    return elsewhere.with_columns(
        is_deleted=pl.lit(value=True), season_type=kind_of_id("nba_game_id")
    ).select(pl.col(c).cast(games.schema[c]) for c in columns)


def _parse_scoreboard(answer: Answer, reference: Reference) -> list[Parsed]:
    """One row per game of a date; the tip-off only where the status still states it."""
    rows, refused = result_rows(answer, "GameHeader", _HEADER)
    status = pl.col("GAME_STATUS_TEXT")
    clock = pl.concat_str(
        day("GAME_DATE_EST").dt.strftime("%Y-%m-%d"),
        status.str.extract(_CLOCK, 1),
        status.str.extract(_CLOCK, 2).str.to_uppercase(),
        separator=" ",
    )
    local = clock.str.to_datetime("%Y-%m-%d %I:%M %p", strict=False)
    zoned = local.dt.replace_time_zone(EASTERN.key, ambiguous="earliest", non_existent="null")
    stated = rows.with_columns(
        home=pl.col("HOME_TEAM_ID").str.replace(r"\.0+$", ""),
        away=pl.col("VISITOR_TEAM_ID").str.replace(r"\.0+$", ""),
        nba_game_id=nba_id("GAME_ID"),
        game_date=plausible(day("GAME_DATE_EST")),
        tip_off_at=zoned.dt.convert_time_zone("UTC").cast(UTC_MOMENT),
        is_deleted=status.str.strip_chars()
        .str.to_uppercase()
        .is_in(["PPD", "POSTPONED"])
        .fill_null(value=False),
    ).with_columns(
        home_team=team("home"), away_team=team("away"), season_type=kind_of_id("nba_game_id")
    )
    refused = counted(refused, unread_sets(answer, {"GameHeader"}))
    return _games(stated, answer, reference, refused)


def _is_schedule(body: bytes) -> bool:
    return holds_keys(body, "leagueSchedule", "meta")


SCHEDULE = Endpoint(
    name="schedule",
    about="Schedule of the season that is on, with moved and postponed games (CDN).",
    stage=Stage.SCHEDULE,
    path=f"{CDN}/static/json/staticData/scheduleLeagueV2_1.json",
    recognises=_is_schedule,
    parse=_parse_schedule,
    good_for=_DAYS_WORK,
)
SCHEDULE_STATS = Endpoint(
    name="schedule_stats",
    about="Schedule of any season, from `Season` (2024-25).",
    stage=Stage.SCHEDULE,
    path="/stats/scheduleleaguev2int?LeagueID=00",
    recognises=_is_schedule,
    parse=_parse_schedule,
    fits=states(Season="leagueSchedule.seasonYear"),
    good_for=_DAYS_WORK,
)
SCOREBOARD = Endpoint(
    name="scoreboard",
    about="Games of one date, from `GameDate` (2024-01-15).",
    stage=Stage.SCHEDULE,
    path="/stats/scoreboardV2?LeagueID=00&DayOffset=0",
    recognises=lambda body: holds_set(body, "GameHeader", *_HEADER),
    parse=_parse_scoreboard,
    fits=states(GameDate="parameters.GameDate"),
    is_empty=lambda body: has_no_rows(body, "GameHeader"),
)
