"""From the fields of an answer to rows: what may be missing, what a table does not allow, when.

A provider may leave out a field, give it another type or nest it elsewhere: ``at`` and ``text``
never fail, and a row that lacks what it needs is refused and counted further down.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import polars as pl

from tipoff.domain.clock import ASSUMED, ASSUMED_TIP_OFF_CLOCK, BOX_SCORE_DELAY, RECORDED
from tipoff.sources.answer import Answer
from tipoff.sources.format import Parsed, Reference
from tipoff.sources.game_rows import (
    in_game,
    known_before_game,
    once,
    parsed,
    season_of_row,
    stated_games,
)
from tipoff.sources.line_rows import eastern_clock, moment, refuse, with_name_key
from tipoff.sources.team_lists import ONE_PAGE, Page, lists_of_teams, reports
from tipoff.tables.raw import AVAILABILITY, GAMES, PLAYER_BOXES
from tipoff.tables.table import UTC_MOMENT, Table

# Games outside these years are misread, and dates far outside them can not be reckoned with.
FIRST_DAY, LAST_DAY = date(1946, 11, 1), date(2100, 1, 1)
# A list of injuries speaks of the games to come soon; the longest break of a season is shorter.
NEXT_GAME_WITHIN = timedelta(days=10)
# An answer that came so long after the start is a download of history.
FRESH = timedelta(days=2)
# No game of 48 minutes is over sooner.
SHORTEST_GAME = timedelta(minutes=90)
NOT_FINAL = "the game was not over"
NOT_PLAYED = "a player who did not play has no line"
PLAYS_ITSELF = "a team that plays itself"
TOO_EARLY = "the answer is said to have come before the game can have been over"
NO_TIME = "a list that is true at a moment, of which the moment is not known"
NO_NEXT_GAME = f"no known game of the team in the {NEXT_GAME_WITHIN.days} days after it was stated"
NO_STATUS = "a status that tipoff does not know"

_STATUSES = {
    "out": "out",
    "out for season": "out",
    "out indefinitely": "out",
    "suspension": "out",
    "suspended": "out",
    "doubtful": "doubtful",
    "questionable": "questionable",
    "day-to-day": "questionable",
    "game time decision": "questionable",
    "probable": "probable",
    "active": "available",
    "available": "available",
}


def source_of(answer: Answer) -> str:
    """Return the name of the source of an answer's rows."""
    return f"{answer.provider}_{answer.endpoint}"


def at(found: object, *path: str | int) -> Any:
    """Return what lies at a path of keys and places; None where anything of it is missing."""
    for step in path:
        if isinstance(step, str) and isinstance(found, Mapping):
            found = found.get(step)
        elif isinstance(step, int) and isinstance(found, list) and step < len(found):
            found = found[step]
        else:
            return None
    return found


def listed(found: object, *path: str | int) -> list[Any]:
    """Return the list at a path; empty where there is none."""
    there = at(found, *path)
    return there if isinstance(there, list) else []


def text(found: object) -> str | None:
    """Return a string or number as text that can be stored; None for anything else."""
    if isinstance(found, bool) or not isinstance(found, str | int | float):
        return None
    return str(found).encode("utf-8", "replace").decode().replace("\0", "").strip() or None


def frame(rows: Sequence[Mapping[str, object]], columns: Iterable[str]) -> pl.DataFrame:
    """Return fields as a frame of text; booleans read "true" and "false"."""
    return pl.DataFrame(
        {name: [_field(row.get(name)) for row in rows] for name in columns},
        schema=dict.fromkeys(columns, pl.String),
    )


def _field(found: object) -> str | None:
    return str(found).lower() if isinstance(found, bool) else text(found)


def stated_moment(column: str) -> pl.Expr:
    """Return ISO text as a UTC moment; null outside the NBA's years."""
    found = moment(column)
    return pl.when(found.dt.date().is_between(FIRST_DAY, LAST_DAY)).then(found)


def stated_day(column: str) -> pl.Expr:
    """Return ISO text as a date; null outside the NBA's years."""
    found = pl.col(column).str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False)
    return pl.when(found.is_between(FIRST_DAY, LAST_DAY)).then(found)


def allowed(found: Parsed) -> Parsed:
    """Refuse rows with values that their table does not allow; each is counted under its column."""
    good, failure = found.table.schema.filter(found.frame, cast=True)
    if not len(failure):
        return found
    rejected = dict(found.rejected)
    # A row may break several rules and is refused once: under the first that it breaks.
    broken = failure.details().select(failure.counts().keys())
    rules = {f"a value that {name.partition('|')[0]} can not have": name for name in broken.columns}
    _, counts = refuse(
        broken,
        {reason: pl.col(name).cast(pl.String) == "invalid" for reason, name in rules.items()},
    )
    for reason, number in counts.items():
        rejected[reason] = rejected.get(reason, 0) + number
    return Parsed(found.table, pl.DataFrame(good), rejected, found.notes)


def refused(table: Table, reason: str, rows: int) -> list[Parsed]:
    """Return that all rows of an answer were refused for one reason."""
    return [Parsed(table, table.empty(), {reason: rows} if rows else {})]


def start() -> pl.Expr:
    """Return when a game starts: at its tip-off, or at seven where that is not known."""
    evening = eastern_clock("game_date", ASSUMED_TIP_OFF_CLOCK.hour)
    return pl.coalesce("tip_off_at", evening).cast(UTC_MOMENT)


def games(named: pl.DataFrame, answer: Answer, rejected: Mapping[str, int]) -> list[Parsed]:
    """Return games that a schedule states; recorded when it came.

    Args:
        named: ``game_date, home_team, away_team, tip_off_at, season_type``.
        rejected: counts of rows refused so far.
    """
    kept, itself = refuse(named, {PLAYS_ITSELF: pl.col("home_team") == pl.col("away_team")})
    placed = kept.with_columns(
        season=season_of_row(),
        game_id=pl.concat_str(
            pl.col("game_date").dt.strftime("%Y%m%d"), "away_team", "home_team", separator="_"
        ),
    )
    came = pl.lit(answer.fetched_at, UTC_MOMENT)
    known, basis = pl.coalesce(came, known_before_game()), _basis(came.is_not_null())
    counts = {**rejected, **itself}
    return [allowed(parsed(GAMES, placed, source_of(answer), known, counts, basis))]


def _basis(recorded: pl.Expr) -> pl.Expr:
    return pl.when(recorded).then(pl.lit(RECORDED)).otherwise(pl.lit(ASSUMED))


def told_after_game(
    fetched_at: datetime | None, delay: timedelta
) -> tuple[pl.Expr, pl.Expr, pl.Expr]:
    """Return when what tells of a finished game became known, how that is known, and nonsense.

    It was recorded when it came, where that was within two days of the start. What came later is
    a download of history, which is taken to be known some hours after the start. What came before
    the game can have been over is nonsense.

    Args:
        fetched_at: when it came, if that is known.
        delay: what is assumed where it is not.
    """
    came = pl.lit(fetched_at, UTC_MOMENT)
    fresh = (start() + FRESH >= came).fill_null(value=False)
    known = pl.when(fresh).then(came).otherwise(start() + delay)
    return known, _basis(fresh), start() + SHORTEST_GAME > came


def boxes(
    stated: pl.DataFrame,
    reference: Reference,
    answer: Answer,
    rejected: Mapping[str, int],
) -> list[Parsed]:
    """Return box-score lines that were kept, and the games they are of.

    Args:
        stated: columns of ``player_boxes`` with ``game_date, home_team, away_team`` and the
            start that the provider states, ``commence_at``, which counts where no other is known.
        rejected: counts of rows refused so far.
    """
    source = source_of(answer)
    started = in_game(stated, reference.games).with_columns(
        tip_off_at=pl.coalesce("tip_off_at", "commence_at")
    )
    known, basis, is_early = told_after_game(answer.fetched_at, BOX_SCORE_DELAY)
    reasons = {
        PLAYS_ITSELF: pl.col("home_team") == pl.col("away_team"),
        TOO_EARLY: is_early,
    }
    placed, too_early = refuse(started, reasons)
    found = parsed(PLAYER_BOXES, placed, source, known, {**rejected, **too_early}, basis)
    return [allowed(found), allowed(stated_games(placed, source))]


def availability(
    stated: pl.DataFrame,
    reference: Reference,
    answer: Answer,
    rejected: Mapping[str, int],
    *,
    teams: list[str] | None = None,
    page: Page = ONE_PAGE,
) -> list[Parsed]:
    """Return what a list says of the next game of each player's team, with counted refusals.

    Besides, what it says of whole teams: who is not on it is not listed.

    Args:
        stated: ``player_name, team, status, reason`` and ``stated_at``: the moment that the
            provider states for the row, null where it states none.
        answer: a list that was true when it came.
        rejected: counts of rows refused so far.
        teams: of whom it tells everything; None for the whole league; empty for nobody.
        page: which part of the list the answer is.
    """
    status = pl.col("status").str.to_lowercase().str.strip_chars()
    asked = pl.lit(answer.fetched_at, UTC_MOMENT)
    rows = with_name_key(stated).with_columns(
        _row=pl.int_range(pl.len()),
        status=status.replace_strict(_STATUSES, default=None, return_dtype=pl.String),
        # A row stamped after the answer came is as good as from the future: the later one counts.
        observed_at=pl.when(asked.is_not_null())
        .then(pl.max_horizontal(asked, "stated_at"))
        .otherwise("stated_at"),
    )
    kept, unreadable = refuse(
        rows,
        {
            "no player's name": pl.col("name_key").fill_null("") == "",
            "a team that is no NBA team": pl.col("team").is_null(),
            NO_STATUS: pl.col("status").is_null(),
            NO_TIME: pl.col("observed_at").is_null(),
        },
    )
    placed, no_game = refuse(
        _next_game(kept, reference.games), {NO_NEXT_GAME: pl.col("game_id").is_null()}
    )
    lists = rows.select("team", is_kept=pl.col("_row").is_in(placed["_row"].implode()))
    shaped = placed.with_columns(
        source=pl.lit(source_of(answer)),
        observed_basis=pl.lit(RECORDED),
        is_deleted=pl.lit(value=False),
        row_hash=pl.lit(0, pl.Int64),
        player_id=pl.lit(None, pl.String),
        report_at=asked if teams != [] else pl.lit(None, UTC_MOMENT),
    ).select(pl.col(name).cast(dtype) for name, dtype in AVAILABILITY.columns.items())
    kept, repeated = once(shaped, AVAILABILITY.key)
    counts = {**rejected, **unreadable, **no_game, **repeated}
    told = _lists(lists, reference, answer, teams, page)
    return [allowed(Parsed(AVAILABILITY, kept, counts)), *told]


def _lists(
    rows: pl.DataFrame, reference: Reference, answer: Answer, teams: list[str] | None, page: Page
) -> list[Parsed]:
    """Return what a list says of its teams' next games; nothing where its moment is not known."""
    # A list of the league with nobody on it is a fault of the provider.
    is_list = bool(teams) or (teams is None and rows.height > 0)
    if answer.fetched_at is None or not is_list:
        return []
    asked = pl.lit(answer.fetched_at, UTC_MOMENT)
    of_teams = lists_of_teams(rows, teams).with_columns(observed_at=asked)
    placed = _next_game(of_teams, reference.games).drop_nulls("game_id")
    return [reports(placed, source_of(answer), answer.fetched_at, page)] if placed.height else []


def _next_game(rows: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """Add ``game_id, game_date, season`` of the team's first game that starts after a moment."""
    each = [
        known.select("game_id", "game_date", "season", team=side, _starts=start())
        for side in ("home_team", "away_team")
    ]
    upcoming = pl.concat(each).sort("_starts", "game_id")
    return rows.sort("observed_at").join_asof(
        upcoming,
        left_on="observed_at",
        right_on="_starts",
        by="team",
        strategy="forward",
        allow_exact_matches=False,
        tolerance=NEXT_GAME_WITHIN,
        check_sortedness=False,
    )
