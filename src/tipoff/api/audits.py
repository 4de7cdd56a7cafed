"""Judge numbers: audit anybody's predictions, and say where a number comes from."""

import re
from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import Any

from tipoff.api.given import AnyLake, ArrowFrame, Day, day, lake_at, table_or_path
from tipoff.api.results import Audit
from tipoff.errors import InputError
from tipoff.settings import DEFAULT_LEAD_MINUTES
from tipoff.workflows.audit_file import Files, audit_file
from tipoff.workflows.why import ALL
from tipoff.workflows.why import why as why_values
from tipoff.workflows.why_number import why_number

_PLACES = ("", "lines", "box")


def audit(
    predictions: ArrowFrame | str | PathLike[str],
    *,
    lines: ArrowFrame | str | PathLike[str] | None = None,
    box: ArrowFrame | str | PathLike[str] | None = None,
    market: str | None = None,
    columns: Mapping[str, str] | None = None,
    out: str | PathLike[str] | None = None,
) -> Audit:
    """Grade anybody's predictions against lines and results; no lake is needed.

    Columns are recognised by name, whatever their case and separators: ``player`` or
    ``player_id``, ``date``, ``prediction`` (or a ``side``), ``line``, ``over_odds``,
    ``under_odds``, ``actual`` and so on (docs/audit-file.md lists them).

    Args:
        predictions: a table of any library that hands out Arrow, or the path of a file.
        lines: posted lines, where the predictions do not hold them.
        box: box scores or results, where the predictions do not hold them.
        market: name or spelling; what the table says, or points, where None.
        columns: role = column where names are others: ``{"prediction": "MyPred",
            "lines.line": "Handicap", "box.minutes": "MP"}``.
        out: folder to write the verdict card into (HTML, Markdown, JSON); none where None.

    Raises:
        InputError: no player, date or prediction is recognised, or no prediction has both a line
            and a result.
    """
    mapped = _mapped(columns or {})
    files = Files(
        table_or_path(predictions, "predictions"),
        None if lines is None else table_or_path(lines, "lines"),
        None if box is None else table_or_path(box, "box"),
        market,
        *(mapped[place] for place in _PLACES),
    )
    try:
        return Audit(audit_file(files, None if out is None else Path(out)))
    except InputError as error:
        raise InputError(_in_python(str(error))) from None


def _mapped(columns: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Return role = column by table, the predictions' own under an empty name."""
    found: dict[str, dict[str, str]] = {place: {} for place in _PLACES}
    for role, column in columns.items():
        place, _, name = role.strip().rpartition(".")
        if place not in found or not name:
            raise InputError(
                f"Expected columns by role, lines.role or box.role, got {role!r}: {column!r}."
            )
        found[place][name] = column
    return found


def _in_python(sentence: str) -> str:
    """Say what to do in Python where the sentence names an option of the command."""
    told = re.sub(r"--map (\w+)=COLUMN", r"columns={'\1': 'COLUMN'}", sentence)
    return re.sub(r"--(lines|box|market)\b", r"\1=", told)


def why(
    lake: AnyLake,
    number: str | None = None,
    *,
    player: str | None = None,
    game_date: Day | None = None,
    feature: str = ALL,
    market: str = "points",
    lead_minutes: int = DEFAULT_LEAD_MINUTES,
) -> dict[str, Any]:
    """Say where a number comes from, and compute it again.

    Either of a run's number, or of a player's feature values of a game date.

    Args:
        lake: the lake.
        number: ``RUN/SEGMENT/MEASURE``, such as ``3f0c9a12/all/hit_rate@3``; the run may be cut to
            six characters.
        player: his name in any spelling, or his id.
        game_date: of his game, US Eastern.
        feature: one feature, or ``all``.
        market: whose features.
        lead_minutes: minutes before tip-off of the decision instant.

    Returns:
        Of a number: ``what``, ``unit``, ``stated`` and ``again`` (value, n, low, high),
        ``agrees``, ``query``, ``run``, ``versions``, ``code``, ``seed`` and ``rows``. Of values:
        ``player, game, as_of``, ``features`` (each with value, stored, agrees, state, age_days,
        why_missing, doc and, of a single one, the rows it comes from) and ``inputs``: the rows used
        and those held back because they became known later.

    Raises:
        InputError: neither or both are asked for, or there is no such run, number, player or game.
    """
    of_values = player is not None and game_date is not None
    if (number is not None) == of_values or (player is None) != (game_date is None):
        raise InputError(
            "Expected either a number such as '3f0c9a12/all/hit_rate@3', or both player= and "
            "game_date=."
        )
    opened = lake_at(lake)
    if number is not None:
        return why_number(opened, number)
    assert player is not None
    assert game_date is not None
    return why_values(
        opened,
        feature,
        player,
        day(game_date, "game_date"),
        market=market,
        lead_minutes=lead_minutes,
    )
