"""How new the raw tables are: by source, or judged for a game date."""

from datetime import datetime
from typing import Any

import polars as pl

from tipoff.errors import InputError
from tipoff.web.site.blocks import Block, Column, Grid, Words
from tipoff.web.site.declare import Asked
from tipoff.workflows.freshness import Question, validate_freshness
from tipoff.workflows.table_ages import table_ages

_AGES = {
    "table": Column("table"),
    "source": Column("source"),
    "season": Column("newest season"),
    "rows": Column("rows", "integer", "Of that season, by this source."),
    "last_game_date": Column("last game date", "day", "That its rows are about."),
    "newest_at": Column("newest known at", "moment", "When its newest row became known."),
    "days": Column("days ago", "number", "From then to now.", 1),
    "assumed_share": Column(
        "assumed", "share", "Of these moments, by the table's policy rather than recorded.", 0
    ),
}
_JUDGED = {
    "table": Column("table"),
    "source": Column("source"),
    "game_date": Column("game date", "day"),
    "state": Column("state", "state"),
    "sentence": Column("in words", "sentence"),
    "due": Column("games due", "integer"),
    "there": Column("there", "integer"),
    "newest_at": Column("newest known at", "moment"),
    "age_hours": Column("hours old", "number", "Of what perishes, at the last tip-off or now.", 1),
}
_ORDER = ("MISSING", "LATE", "NOT_DUE", "FRESH")
_TITLE = "How new the data are"


def freshness_blocks(asked: Asked) -> list[Block]:
    """Return the table by source, or what is fresh, late and missing of a stated game date."""
    try:
        day = asked.day("date")
        judged = day and validate_freshness(asked.lake, Question(day, asked.now))
    except InputError as error:
        return [Words("freshness", _TITLE, text=(str(error),), state="error")]
    if judged:
        return [_judged(judged)]
    ages = table_ages(asked.lake).with_columns(days=_days(asked.now))
    return [
        Grid(
            "freshness", _TITLE, ages,
            "Each source of each raw table in its newest season. State a game date to have it "
            "judged: what is fresh, late and missing. That reads more, so it takes a second.",
            "tipoff freshness", columns=_AGES,
            empty="No raw table has rows. 'tipoff ingest files' takes files in.",
        )
    ]  # fmt: skip


def _days(now: datetime) -> pl.Expr:
    return (pl.lit(now) - pl.col("newest_at")).dt.total_hours() / 24


def _judged(report: dict[str, Any]) -> Block:
    place = {state: number for number, state in enumerate(_ORDER)}
    rows = sorted(report["rows"], key=lambda row: place[row["state"]])
    counts = ", ".join(f"{n} {s.lower().replace('_', ' ')}" for s, n in report["counts"].items())
    odd = f" {len(report['clocks'])} with moments that can not be." if report["clocks"] else ""
    frame = pl.DataFrame(rows, infer_schema_length=None)
    return Grid(
        "freshness", _TITLE, frame, f"{report['game_date']}: {counts}.{odd}",
        f"tipoff freshness --date {report['game_date']}", columns=_JUDGED if frame.width else {},
        empty="Nothing is expected. 'tipoff ingest files' takes files in.",
    )  # fmt: skip
