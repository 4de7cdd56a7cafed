"""Schemas of what the ledger keeps beside the derived rows themselves."""

import dataframely as dy

from tipoff.tables.table import Kind, Table

FAILED = "failed"
EMPTY = "empty"


class LedgerNote(dy.Schema):
    """One game date of a processor that has no rows: it failed, or nobody could be listed."""

    processor = dy.String(primary_key=True)
    game_date = dy.Date(primary_key=True)
    noted_at = dy.Datetime(primary_key=True, time_zone="UTC", time_unit="us")
    state = dy.String(check=lambda column: column.is_in([FAILED, EMPTY]))
    code_fingerprint = dy.String()
    input_fingerprint = dy.String()
    error = dy.String(nullable=True)


class CodeUse(dy.Schema):
    """One code that built rows of a table; the highest number is the newest, whatever the clock."""

    processor = dy.String(primary_key=True)
    number = dy.Int64(primary_key=True, min=1)
    code_fingerprint = dy.String()
    used_at = dy.Datetime(time_zone="UTC", time_unit="us")


class Timing(dy.Schema):
    """How long a run took for a processor; it tells what a plan will take."""

    processor = dy.String(primary_key=True)
    finished_at = dy.Datetime(primary_key=True, time_zone="UTC", time_unit="us")
    dates = dy.Int64(min=1)
    seconds = dy.Float64(min=0)


class LakeVersion(dy.Schema):
    """The versions of all tables after a command that changed some; numbered as they come."""

    number = dy.Int64(primary_key=True, min=1)
    taken_at = dy.Datetime(time_zone="UTC", time_unit="us")
    command = dy.String()
    tables = dy.String(metadata={"doc": "version by table, as JSON"})


LAKE_VERSIONS = Table("lake_versions", LakeVersion, Kind.LOG)
LEDGER_NOTES = Table("ledger_notes", LedgerNote, Kind.LOG)
CODE_USES = Table("code_uses", CodeUse, Kind.LOG)
TIMINGS = Table("timings", Timing, Kind.LOG)
