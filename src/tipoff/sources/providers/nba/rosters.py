"""Who is on which team: the player index and a team's roster page, as rows of ``rosters``."""

import json
import re
from datetime import timedelta
from typing import Any

import polars as pl

from tipoff.domain.clock import RECORDED
from tipoff.errors import InputError
from tipoff.sources.answer import Answer, Endpoint, expect
from tipoff.sources.format import Parsed, Reference, Stage
from tipoff.sources.game_rows import NO_PLAYER, NO_TEAM, parsed
from tipoff.sources.line_rows import refuse, team, with_name_key
from tipoff.sources.providers.nba.fields import (
    counted,
    holds_set,
    lawful,
    moment_lit,
    plausible,
    player_id,
    result_rows,
    result_sets,
    rows_of,
    states,
    unread_sets,
)
from tipoff.tables.raw import ROSTERS
from tipoff.tables.table import SEASON_PATTERN

ONLY_NOW = "a roster is true only when it is read, and when that was is not known"
NO_SEASON = "no season"
NO_ID = "no player's id"
_INDEX = ("PERSON_ID", "PLAYER_LAST_NAME", "PLAYER_FIRST_NAME", "TEAM_ID")
_PAGE = re.compile(
    rb'<script id="__NEXT_DATA__" type="application/json"[^>]*>(.*?)</script>', re.DOTALL
)
_ON_PAGE = {
    "team_id": "TeamID",
    "year": "SEASON",
    "player": "PLAYER",
    "id": "PLAYER_ID",
    "position": "POSITION",
    "born": "BIRTH_DATE",
}
_DAY = timedelta(hours=20)
_YEAR = r"^(\d{4})$"


def _parse_index(answer: Answer, _: Reference) -> list[Parsed]:
    """One row per player; the season is the one that was asked for."""
    rows, broken = result_rows(answer, "PlayerIndex", _INDEX, ("POSITION",))
    season = answer.params.get("Season") or _echoed(answer)
    stated = rows.select(
        season=pl.lit(season, pl.String),
        team_id="TEAM_ID",
        id="PERSON_ID",
        player=pl.concat_str(
            "PLAYER_FIRST_NAME", "PLAYER_LAST_NAME", separator=" ", ignore_nulls=True
        ),
        position="POSITION",
        birth_date=pl.lit(None, pl.Date),
    )
    return _rosters(stated, answer, counted(broken, unread_sets(answer, {"PlayerIndex"})))


def _echoed(answer: Answer) -> str | None:
    """Return the season that an answer says it was asked for."""
    result_sets(answer)
    found = json.loads(answer.body.decode("utf-8", errors="replace").removeprefix("\ufeff"))
    asked = found.get("parameters")
    season = asked.get("Season") if isinstance(asked, dict) else None
    return season.encode("utf-8", "replace").decode() if isinstance(season, str) else None


def _parse_page(answer: Answer, _: Reference) -> list[Parsed]:
    """One row per player of the team, with his birthday; seasons go by their first year."""
    listed = expect(answer, _team(answer).get("roster"), list, "a roster")
    rows, broken = rows_of(listed, _ON_PAGE)
    year = pl.col("year").str.extract(_YEAR, 1)
    end = ((year.cast(pl.Int32) + 1) % 100).cast(pl.String).str.zfill(2)
    stated = rows.with_columns(
        season=pl.concat_str(year, end, separator="-"),
        birth_date=plausible(
            pl.col("born").str.to_titlecase().str.to_date("%b %d, %Y", strict=False)
        ),
    )
    return _rosters(stated, answer, broken)


def _team(answer: Answer) -> dict[str, Any]:
    """Return what a page of a team holds as data.

    Raises:
        InputError: it is another page, or cut off.
    """
    data = _PAGE.search(answer.body)
    try:
        found = json.loads(data[1].decode("utf-8", errors="replace")) if data else None
    except (ValueError, RecursionError):
        found = None
    for name in ("props", "pageProps", "team"):
        found = found.get(name) if isinstance(found, dict) else None
    if not isinstance(found, dict):
        raise InputError(
            f"Expected the page of a team from {answer.provider} {answer.endpoint}, got one "
            "without its data; it may be an error page or cut off. The answer is kept."
        )
    return found


def _rosters(stated: pl.DataFrame, answer: Answer, broken: dict[str, int]) -> list[Parsed]:
    rows = with_name_key(
        stated.with_columns(
            team=team(pl.col("team_id").str.replace(r"\.0+$", "")),
            player_id=player_id("id"),
            player_name=pl.col("player").str.strip_chars(),
            position=pl.col("position").str.strip_chars(),
        )
    )
    reasons = {
        ONLY_NOW: pl.lit(answer.fetched_at is None),
        NO_SEASON: ~pl.col("season").str.contains(SEASON_PATTERN).fill_null(value=False),
        NO_TEAM: pl.col("team").is_null(),
        NO_ID: pl.col("player_id").is_null(),
        NO_PLAYER: pl.col("name_key") == "",
    }
    kept, rejected = refuse(rows, reasons)
    source = f"{answer.provider}_{answer.endpoint}"
    at = moment_lit(answer.fetched_at)
    found = parsed(ROSTERS, kept, source, at, counted(broken, rejected), pl.lit(RECORDED))
    return [lawful(found)]


PLAYER_INDEX = Endpoint(
    name="player_index",
    about="Players of a season by team, with the NBA's ids, from `Season`.",
    stage=Stage.BOX_WITH_IDS,
    path="/stats/playerindex?LeagueID=00&Historical=0",
    recognises=lambda body: holds_set(body, "PlayerIndex", *_INDEX),
    parse=_parse_index,
    fits=states(Season="parameters.Season"),
    good_for=_DAY,
)
ROSTER_PAGE = Endpoint(
    name="roster_page",
    about="A team's players of today with birthdays, from `team_id` (1610612744) and `slug`.",
    stage=Stage.BOX_WITH_IDS,
    path="https://www.nba.com/team/{team_id}/{slug}",
    recognises=lambda body: b"__NEXT_DATA__" in body and b'"roster"' in body,
    parse=_parse_page,
    good_for=_DAY,
)
