"""What all parsers of the NBA's answers share: JSON as rows, known games, clocks, lawful rows."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl

from tipoff.domain.clock import ASSUMED, ASSUMED_TIP_OFF_CLOCK, RECORDED
from tipoff.errors import InputError
from tipoff.sources.answer import Answer, document, expect
from tipoff.sources.format import Parsed
from tipoff.sources.game_rows import known_after_game
from tipoff.sources.line_rows import eastern_clock
from tipoff.tables.table import UTC_MOMENT

CDN = "https://cdn.nba.com"
# The NBA's file stores answer 403 for what is not there.
ABSENT = (204, 403, 404)
NO_OBJECT = "no object with fields"
NOT_WHOLE = "a row without a value per column"
IMPOSSIBLE = "a value that the table does not allow, such as a count out of bounds"
NO_NBA_GAME = "a game that no schedule knows by the NBA's id"
NOT_IN_GAME = "a team that did not play in the game"
NOT_OVER = "a game that was not over"
# An answer that came so long after the tip-off is a download of history.
FRESH = timedelta(days=2)
# No game of 48 minutes is over sooner.
SHORTEST_GAME = timedelta(minutes=90)
YEARS = range(1946, 2101)
GAME = ("game_id", "game_date", "season", "home_team", "away_team", "tip_off_at")


def _text(value: object) -> str | None:
    """Return a plain JSON value as text; what is nested is null."""
    if value is None or isinstance(value, dict | list):
        return None
    if isinstance(value, bool):
        return str(value).lower()
    return str(value).encode("utf-8", "replace").decode()


def _at(found: object, path: str) -> object:
    for name in path.split("."):
        found = found.get(name) if isinstance(found, dict) else None
    return found


def rows_of(
    items: Iterable[object], fields: Mapping[str, str]
) -> tuple[pl.DataFrame, dict[str, int]]:
    """Return JSON objects as rows of text, with a count of what is no object.

    Args:
        items: the objects.
        fields: the dotted path of each column; a missing or nested value is null.
    """
    every = list(items)
    objects = [item for item in every if isinstance(item, dict)]
    columns = [
        pl.Series(name, [_text(_at(item, path)) for item in objects], pl.String)
        for name, path in fields.items()
    ]
    refused = len(every) - len(objects)
    return pl.DataFrame(columns), {NO_OBJECT: refused} if refused else {}


def result_sets(answer: Answer) -> dict[str, dict[str, Any]]:
    """Return the named tables of an answer of the statistics service.

    Raises:
        InputError: it holds none.
    """
    body = expect(answer, document(answer), dict, "an object")
    sets = expect(answer, body.get("resultSets"), list, "a list of resultSets")
    return {s["name"]: s for s in sets if isinstance(s, dict) and isinstance(s.get("name"), str)}


def result_rows(
    answer: Answer, name: str, needed: Sequence[str], others: Sequence[str] = ()
) -> tuple[pl.DataFrame, dict[str, int]]:
    """Return the rows of one named table as text, with a count of broken ones.

    Args:
        answer: of the statistics service.
        name: of the table.
        needed: columns that it must have.
        others: columns that are null where it has them not.

    Raises:
        InputError: there is no such table, or a needed column is not there.
    """
    sets = result_sets(answer)
    found = expect(answer, sets.get(name), dict, f"a result set {name}")
    headers = expect(answer, found.get("headers"), list, f"headers of {name}")
    rows = expect(answer, found.get("rowSet"), list, f"rows of {name}")
    places = {header: i for i, header in enumerate(headers) if isinstance(header, str)}
    if missing := [column for column in needed if column not in places]:
        raise InputError(
            f"Expected the columns {', '.join(missing)} in {name} of {answer.provider} "
            f"{answer.endpoint}, found none; the provider may have changed its format."
        )
    whole = [row for row in rows if isinstance(row, list) and len(row) == len(headers)]
    columns = [
        pl.Series(
            column,
            [_text(row[places[column]]) for row in whole]
            if column in places
            else [None] * len(whole),
            pl.String,
        )
        for column in dict.fromkeys((*needed, *others))
    ]
    refused = len(rows) - len(whole)
    return pl.DataFrame(columns), {NOT_WHOLE: refused} if refused else {}


def unread_sets(answer: Answer, read: Iterable[str]) -> dict[str, int]:
    """Count the rows of an answer's tables that nothing reads."""
    known = set(read)
    return {
        f"rows of {name}, which nothing in tipoff reads": len(found["rowSet"])
        for name, found in sorted(result_sets(answer).items())
        if name not in known and isinstance(found.get("rowSet"), list) and found["rowSet"]
    }


def holds_set(body: bytes, name: str, *columns: str) -> bool:
    """Return whether a bare body has a named table with these columns."""
    try:
        sets = result_sets(Answer("", "", {}, body))
    except InputError:
        return False
    headers = sets.get(name, {}).get("headers")
    return isinstance(headers, list) and all(column in headers for column in columns)


def has_no_rows(body: bytes, name: str) -> bool:
    """Return whether a bare body has a named table without rows."""
    try:
        found = result_sets(Answer("", "", {}, body)).get(name, {})
    except InputError:
        return False
    return found.get("rowSet") == []


def states(**places: str) -> Callable[[Answer], bool]:
    """Return a check that an answer, where it states them, states the params that were asked for.

    Args:
        places: the dotted path at which an answer states each param; signs, case and leading
            zeros may differ.
    """

    def fits(answer: Answer) -> bool:
        try:
            body = json.loads(answer.body)
        except (ValueError, RecursionError):
            return True
        pairs = [(answer.params.get(name), _text(_at(body, path))) for name, path in places.items()]
        return all(_plain(one) == _plain(other) for one, other in pairs if one and other)

    return fits


def _plain(text: str) -> str:
    return "".join(filter(str.isalnum, text)).lower().lstrip("0")


def counted(*counts: Mapping[str, int]) -> dict[str, int]:
    """Add up counts of refused rows."""
    total: dict[str, int] = {}
    for part in counts:
        for reason, number in part.items():
            total[reason] = total.get(reason, 0) + number
    return total


def player_id(column: str) -> pl.Expr:
    """Return an id of the NBA as text; zero stands for nobody."""
    text = pl.col(column).str.strip_chars().str.replace(r"\.0+$", "")
    return pl.when(text.str.contains(r"^[1-9]\d{0,11}$")).then(text)


def plausible(day: pl.Expr) -> pl.Expr:
    """Return a date where it lies in the years of the league; null elsewhere."""
    return pl.when(day.dt.year().is_between(YEARS[0], YEARS[-1])).then(day)


def stated_moment(text: object) -> datetime | None:
    """Return an ISO moment with its zone as UTC; None for anything else."""
    try:
        found = datetime.fromisoformat(text) if isinstance(text, str) else None
        moment = found.astimezone(UTC) if found and found.tzinfo else None
    except (ValueError, OverflowError):
        return None
    return moment if moment and moment.year in YEARS else None


def moment_lit(moment: datetime | None) -> pl.Expr:
    """Return a moment as a column of UTC moments; null for None."""
    return pl.lit(moment.astimezone(UTC) if moment else None, UTC_MOMENT)


def basis(recorded: pl.Expr) -> pl.Expr:
    """Return the word for whether a time was recorded."""
    return pl.when(recorded).then(pl.lit(RECORDED)).otherwise(pl.lit(ASSUMED))


def start() -> pl.Expr:
    """Return the tip-off, or seven in the evening where it is not known."""
    evening = eastern_clock("game_date", ASSUMED_TIP_OFF_CLOCK.hour)
    return pl.coalesce("tip_off_at", evening).cast(UTC_MOMENT)


def after_game(answer: Answer) -> dict[str, pl.Expr]:
    """Return ``known_at`` and ``basis`` of what an answer states about a game that is over.

    It was recorded when the answer came where that was within two days of the tip-off. What
    comes later is a download of history: it is taken to be known as any box score without a time.
    """
    fetched = moment_lit(answer.fetched_at)
    fresh = ((start() <= fetched) & (start() + FRESH >= fetched)).fill_null(value=False)
    return {
        "known_at": pl.when(fresh).then(fetched).otherwise(known_after_game()),
        "basis": basis(fresh),
    }


def as_seen(answer: Answer) -> dict[str, pl.Expr]:
    """Return ``known_at`` and ``basis`` of what an answer states about a game before or after it.

    As ``after_game``, but an answer of the two days before the tip-off was recorded as well.
    """
    fetched = moment_lit(answer.fetched_at)
    soon = ((start() - FRESH <= fetched) & (start() + FRESH >= fetched)).fill_null(value=False)
    return {
        "known_at": pl.when(soon).then(fetched).otherwise(known_after_game()),
        "basis": basis(soon),
    }


def came_too_soon(answer: Answer) -> pl.Expr:
    """Whether the answer came before the game can have been over."""
    # The column comes first: a literal before it can lose the column's length in Polars 2.1.
    return start() + SHORTEST_GAME > moment_lit(answer.fetched_at)


def with_nba_games(rows: pl.DataFrame, games: pl.DataFrame) -> pl.DataFrame:
    """Add ``game_id, game_date, season, home_team, away_team, tip_off_at`` by ``nba_game_id``.

    A game that was moved is the one on its last date; all are null for an unknown id.
    """
    if "nba_game_id" not in games.columns:
        known = pl.DataFrame(schema={"nba_game_id": pl.String, **dict.fromkeys(GAME, pl.String)})
        known = known.with_columns(
            pl.col("game_date").cast(pl.Date), pl.col("tip_off_at").cast(UTC_MOMENT)
        )
    else:
        known = games.drop_nulls("nba_game_id").sort("game_date", "game_id")
        known = known.unique("nba_game_id", keep="last", maintain_order=True)
    return rows.join(
        known.select("nba_game_id", *GAME), on="nba_game_id", how="left", maintain_order="left"
    )


def lawful(found: Parsed) -> Parsed:
    """Refuse the rows that their table does not allow."""
    kept, _ = found.table.schema.filter(found.frame)
    if lost := found.frame.height - kept.height:
        refused = counted(found.rejected, {IMPOSSIBLE: lost})
        return Parsed(found.table, kept, refused, found.notes)
    return found
