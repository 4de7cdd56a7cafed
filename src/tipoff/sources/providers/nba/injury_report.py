"""The NBA's injury report (PDF), one list per quarter of an hour, as rows of ``availability``."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime

import polars as pl

from tipoff.domain.clock import EASTERN, RECORDED
from tipoff.errors import InputError
from tipoff.sources.answer import Answer, Endpoint
from tipoff.sources.format import Parsed, Reference, Stage
from tipoff.sources.game_rows import NO_PLAYER, in_game, parsed, refuse_unplaced
from tipoff.sources.line_rows import refuse, team, with_name_key
from tipoff.sources.providers.nba.fields import (
    ABSENT,
    NOT_IN_GAME,
    YEARS,
    counted,
    lawful,
    moment_lit,
    plausible,
)
from tipoff.sources.providers.nba.pdf import Line, first_text, lines_of
from tipoff.sources.providers.nba.report_table import Listed, listed
from tipoff.sources.team_lists import GAME, lists_of_games, reports, unnamed_games
from tipoff.tables.raw import AVAILABILITY, STATUSES

NOT_SUBMITTED = "teams that had not yet submitted a list, of which nothing is known"
NO_STATUS = "a status that tipoff does not know"
OUTSIDE = "text that belongs to no player"
_WAITING = "NOT YET SUBMITTED"
_TITLE = re.compile(r"Injury Report: (\d{1,2}/\d{1,2}/\d{2,4}) (\d{1,2}:\d{2}) ?([AP]M)")
_HOUR = re.compile(r"^(\d{1,2})(?:_(\d{2}))?([AP]M)$")
# Reports whose name states the hour alone are made at half past.
_HALF_PAST = "30"


def _parse(answer: Answer, reference: Reference) -> list[Parsed]:
    """One row per listed player, and one per team of a named game: what its list is."""
    lines = lines_of(answer)
    made_at = report_time(answer, lines)
    rows = _rows(listed(answer, lines))
    waiting, players = (rows.filter(holds) for holds in (pl.col("_waits"), ~pl.col("_waits")))
    found, outside = refuse(players, {OUTSIDE: (pl.col("player") == "") & (pl.col("status") == "")})
    stated = with_name_key(_stated(found)).with_row_index("_row")
    own = pl.col("team")
    reasons = {
        NOT_IN_GAME: own.is_null() | ((own != pl.col("home_team")) & (own != pl.col("away_team"))),
        NO_PLAYER: pl.col("name_key") == "",
        NO_STATUS: ~pl.col("status").is_in(STATUSES).fill_null(value=False),
    }
    kept, rejected = refuse_unplaced(stated, reasons)
    placed = in_game(kept, reference.games).with_columns(report_at=moment_lit(made_at))
    source = f"{answer.provider}_{answer.endpoint}"
    untold = {NOT_SUBMITTED: waiting.height} if waiting.height else {}
    report = parsed(
        AVAILABILITY,
        placed,
        source,
        moment_lit(made_at),
        counted(outside, rejected, untold),
        pl.lit(RECORDED),
    )
    everyone = stated.with_columns(is_kept=pl.col("_row").is_in(kept["_row"].implode()))
    silent = _stated(waiting).with_columns(is_kept=pl.lit(value=False))
    rows = pl.concat([everyone, silent], how="diagonal")
    return [lawful(report), lawful(_lists(rows, reference, source, made_at.astimezone(UTC)))]


def _lists(rows: pl.DataFrame, reference: Reference, source: str, made_at: datetime) -> Parsed:
    """Return one row per team of a named game, and of those that are left out."""
    named = in_game(lists_of_games(rows), reference.games)
    if rows.is_empty() or rows.drop_nulls(GAME).height < rows.height:
        return reports(named, source, made_at)
    unnamed = unnamed_games(named, reference.games, made_at)
    return reports(pl.concat([named, unnamed], how="diagonal"), source, made_at)


def _rows(found: Sequence[Listed]) -> pl.DataFrame:
    names = ("date", "matchup", "team", "player", "status", "reason")
    columns = [
        pl.Series(
            n, [getattr(row, n).encode("utf-8", "replace").decode() for row in found], pl.String
        )
        for n in names
    ]
    waits = (pl.col("player") == "") & pl.col("reason").str.starts_with(_WAITING)
    return pl.DataFrame(columns).with_columns(_waits=waits)


def _stated(rows: pl.DataFrame) -> pl.DataFrame:
    """Bring the cells to the names of the table; "Last, First" is turned round."""
    pair = r"^([A-Z]{2,4})@([A-Z]{2,4})$"
    return rows.select(
        game_date=plausible(pl.col("date").str.to_date("%m/%d/%Y", strict=False)),
        away_team=team(pl.col("matchup").str.extract(pair, 1)),
        home_team=team(pl.col("matchup").str.extract(pair, 2)),
        team=team("team"),
        player_name=pl.col("player").str.replace(r"^([^,]+), *([^,]+)$", "${2} ${1}"),
        status=pl.col("status").str.to_lowercase(),
        reason=pl.when(pl.col("reason") != "").then("reason"),
    )


def report_time(answer: Answer, lines: Sequence[Line]) -> datetime:
    """Return when a report was made: what its title states, else what its address states.

    Raises:
        InputError: neither states it, or it is not the report that was asked for.
    """
    asked = _asked(answer)
    told = _told("\n".join(line.text for line in lines))
    if told is None and asked is None:
        raise InputError(
            "Expected an injury report that says when it was made, got none such; ask for it by "
            "date and time (date=2024-01-04 time=12PM)."
        )
    if told and asked and not _is_same(told, asked):
        raise InputError(
            f"Expected the injury report of {asked:%Y-%m-%d %H:%M}, got that of "
            f"{told:%Y-%m-%d %H:%M} (US Eastern); nothing of it was read."
        )
    found = told or asked
    assert found is not None
    return found


def _told(text: str) -> datetime | None:
    """Return the moment that a report's title states."""
    title = _TITLE.search(text)
    return _moment(*title.groups()) if title else None


def _is_same(told: datetime, asked: datetime) -> bool:
    return (told.date(), told.hour) == (asked.date(), asked.hour)


def _asked(answer: Answer) -> datetime | None:
    """Return the moment of the report that was asked for."""
    clock = _HOUR.match(answer.params.get("time", ""))
    if clock is None:
        return None
    return _moment(answer.params.get("date", ""), f"{clock[1]}:{clock[2] or _HALF_PAST}", clock[3])


def _moment(day: str, clock: str, half: str) -> datetime | None:
    for form in ("%m/%d/%y", "%m/%d/%Y", "%Y-%m-%d"):
        try:
            found = datetime.strptime(f"{day} {clock} {half} +0000", f"{form} %I:%M %p %z")
        except ValueError:
            continue
        return found.replace(tzinfo=EASTERN) if found.year in YEARS else None
    return None


def is_report(body: bytes) -> bool:
    """Return whether a body is an injury report."""
    return "Injury Report" in first_text(body)


def is_asked_for(answer: Answer) -> bool:
    """Return whether a report is the one that was asked for, where its title says which it is."""
    told, asked = _told(" ".join(first_text(answer.body).split())), _asked(answer)
    return told is None or asked is None or _is_same(told, asked)


INJURY_REPORT = Endpoint(
    name="injury_report",
    about="Who is listed as out, doubtful, questionable, probable or available, from `date` "
    "(2024-01-04) and `time` (12PM; since 2025-12-23 06_15PM), US Eastern.",
    stage=Stage.EVENTS,
    path="https://ak-static.cms.nba.com/referee/injury/Injury-Report_{date}_{time}.pdf",
    recognises=is_report,
    parse=_parse,
    fits=is_asked_for,
    good_for=None,
    absent=ABSENT,
)
