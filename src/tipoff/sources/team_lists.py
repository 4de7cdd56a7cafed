"""What a list of players says of whole teams: who filed one, and how many players are on it.

A team of which a row was refused has no list that counts: whom the row was about is not known, and
he must not be taken for one who is not listed.
"""

from datetime import datetime
from typing import NamedTuple

import polars as pl

from tipoff.domain.clock import EASTERN, RECORDED
from tipoff.domain.teams import TEAM_CODES
from tipoff.sources.format import Parsed
from tipoff.sources.game_rows import parsed
from tipoff.tables.raw import AVAILABILITY_REPORTS
from tipoff.tables.table import UTC_MOMENT

GAME = ("game_date", "home_team", "away_team")


class Page(NamedTuple):
    """Which part of a list a document is."""

    is_first: bool
    is_last: bool


ONE_PAGE = Page(is_first=True, is_last=True)


def lists_of_games(rows: pl.DataFrame) -> pl.DataFrame:
    """Say of both teams of every game that a document names what it says of them.

    Args:
        rows: of the document, ``game_date, home_team, away_team, team`` and ``is_kept``: false
            for a row that was refused or says that no list was filed; nulls where unreadable.

    Returns:
        ``GAME``, ``team``, ``is_submitted, players_listed``. A team of which the document says
        nothing has submitted an empty list, unless a row could not be told its game or team.
    """
    named = rows.drop_nulls(GAME)
    is_placed = pl.lit(named.height == rows.height)
    games = named.group_by(GAME).agg(_is_clear=_is_a_side().all() & is_placed)
    both = games.with_columns(team=pl.concat_list("home_team", "away_team")).explode("team")
    return _with_counts(both, named, [*GAME, "team"])


def _is_a_side() -> pl.Expr:
    own = pl.col("team")
    return ((own == pl.col("home_team")) | (own == pl.col("away_team"))).fill_null(value=False)


def unnamed_games(told: pl.DataFrame, games: pl.DataFrame, made_at: datetime) -> pl.DataFrame:
    """Say that nobody is listed for games that a document leaves out on dates that it tells of.

    It tells of its own date at least. Who has not filed is named, so both teams of a game that is
    to come and is not named have filed empty lists.

    Args:
        told: of the teams of the named games.
        games: the known games.
        made_at: when the document was true.
    """
    days = {made_at.astimezone(EASTERN).date(), *told["game_date"]}
    silent = games.filter(
        pl.col("game_date").is_in(sorted(days))
        & (pl.col("tip_off_at") > made_at)
        & ~pl.col("game_id").is_in(told["game_id"].unique().implode())
    )
    sides = silent.select(
        "game_id", "game_date", "season", team=pl.concat_list("home_team", "away_team")
    )
    return sides.explode("team").with_columns(
        is_submitted=pl.lit(value=True), players_listed=pl.lit(0, pl.Int32)
    )


def lists_of_teams(rows: pl.DataFrame, teams: list[str] | None) -> pl.DataFrame:
    """Say the same of teams, whatever their game.

    Args:
        rows: ``team`` and ``is_kept``.
        teams: of whom the list tells everything; None for every team of the league.

    Returns:
        ``team, is_submitted, players_listed``.
    """
    is_clear = rows["team"].is_in(TEAM_CODES).fill_null(value=False).all()
    both = pl.DataFrame({"team": teams or list(TEAM_CODES)}, schema={"team": pl.String})
    return _with_counts(both.with_columns(_is_clear=pl.lit(is_clear)), rows, ["team"])


def _with_counts(both: pl.DataFrame, rows: pl.DataFrame, key: list[str]) -> pl.DataFrame:
    counts = rows.group_by(key).agg(
        _is_whole=pl.col("is_kept").all(), players_listed=pl.col("is_kept").sum().cast(pl.Int32)
    )
    joined = both.join(counts, on=key, how="left", maintain_order="left")
    return joined.select(
        *key,
        is_submitted=pl.coalesce("_is_whole", "_is_clear"),
        players_listed=pl.col("players_listed").fill_null(0),
    )


def reports(placed: pl.DataFrame, source: str, made_at: datetime, page: Page = ONE_PAGE) -> Parsed:
    """Return rows of ``availability_reports``.

    Args:
        placed: ``game_id, game_date, season, team, is_submitted, players_listed``.
        source: of the document.
        made_at: when it was true.
        page: which part of the list the document is.
    """
    moment = pl.lit(made_at, UTC_MOMENT)
    known = placed.with_columns(
        report_at=moment,
        is_first_page=pl.lit(page.is_first),
        is_last_page=pl.lit(page.is_last),
    )
    return parsed(AVAILABILITY_REPORTS, known, source, moment, {}, pl.lit(RECORDED))
