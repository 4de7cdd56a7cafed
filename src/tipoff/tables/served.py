"""What was served before tip-off, kept as it was, and what became of it. Logs.

A serving is all rows of one game date and market, kept in one commit; servings are numbered as
they come. Features stand under their names for points whatever the market: ``market`` says whose.
"""

from typing import Any

import dataframely as dy

from tipoff.tables.derived import Column
from tipoff.tables.table import GAME_ID_PATTERN, SEASON_PATTERN, Kind, Table, moment

NAME = "served_features"


class _Serving(dy.Schema):
    season = dy.String(regex=SEASON_PATTERN)
    serving = dy.Int64(primary_key=True, min=1)
    market = dy.String()
    served_at = moment()
    asked_at = moment(nullable=True)  # the instant asked for; null for tip-off minus the lead
    lead_minutes = dy.Int32(min=0)
    lake_version = dy.Int64(min=1)
    code_fingerprint = dy.String()
    input_fingerprint = dy.String(nullable=True)


class _Row(_Serving):
    game_date = dy.Date()
    game_id = dy.String(primary_key=True, regex=GAME_ID_PATTERN)
    player_id = dy.String(primary_key=True, min_length=1)
    player_name = dy.String()
    team = dy.String(regex=r"^[A-Z]{3}$")
    opponent = dy.String(regex=r"^[A-Z]{3}$")
    is_home = dy.Bool()
    season_type = dy.String(nullable=True)
    tip_off_at = moment()
    tip_off_basis = dy.String()
    as_of = moment()
    spine_basis = dy.String()
    state = dy.String()
    reason = dy.String(nullable=True)


# What a row says of itself beside its features and their ages.
ABOUT = tuple(
    name
    for name in _Row.column_names()
    if name not in {*_Serving.column_names(), "game_date", "game_id", "player_id"}
)


def served_table(columns: tuple[Column, ...]) -> Table:
    """Return the table of served rows, given the columns of the feature store for points."""
    body: dict[str, Any] = {column.name: column.schema() for column in columns}
    return Table(NAME, type("ServedFeatures", (_Row,), body), Kind.LOG)


class ParityAudit(dy.Schema):
    """One comparison of what was served with what was backfilled later."""

    audit_id = dy.String(primary_key=True, min_length=1, metadata={"doc": "hash of its content"})
    at = dy.Datetime(primary_key=True, time_zone="UTC", time_unit="us")
    start = dy.Date()
    end = dy.Date()
    market = dy.String()
    plant = dy.String(metadata={"doc": "the planted fault of the backfill, or empty"})
    verdict = dy.String()
    content = dy.String(metadata={"doc": "the whole report, as JSON"})


PARITY_AUDITS = Table("parity_audits", ParityAudit, Kind.LOG)
