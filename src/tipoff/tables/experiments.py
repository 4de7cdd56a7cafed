"""The experiment ledger: every run that was started, and what became of it. Append-only."""

import dataframely as dy

from tipoff.tables.table import Kind, Table, moment

STARTED = "started"
FINISHED = "finished"
FAILED = "failed"
EVENTS = [STARTED, FINISHED, FAILED]


class Experiment(dy.Schema):
    """One event of one run; a run that was started and never ended was aborted."""

    run_id = dy.String(primary_key=True, min_length=1)
    event = dy.String(primary_key=True, check=lambda column: column.is_in(EVENTS))
    attempt = dy.Datetime(primary_key=True, time_zone="UTC", time_unit="us")
    at = moment()
    name = dy.String()
    spec = dy.String(metadata={"doc": "the model's specification and windows, as JSON"})
    plant = dy.String(metadata={"doc": "the planted fault, or empty"})
    fingerprint = dy.String(nullable=True, metadata={"doc": "of the rows and code it used"})
    verdict = dy.String(nullable=True)
    report = dy.String(nullable=True, metadata={"doc": "the run's whole report, as JSON"})


EXPERIMENTS = Table("experiments", Experiment, Kind.LOG)

SEALED = "sealed"
OPENED = "opened"
PEEKED = "peeked"
SEAL_EVENTS = [SEALED, OPENED, PEEKED]


class Registration(dy.Schema):
    """A plan written down before it is run; its hash is of everything that it will do."""

    plan_hash = dy.String(primary_key=True, min_length=1)
    at = dy.Datetime(primary_key=True, time_zone="UTC", time_unit="us")
    name = dy.String()
    window_opens = dy.Date(metadata={"doc": "the first game date that it will be graded on"})
    plan = dy.String(metadata={"doc": "as JSON"})


class SealEvent(dy.Schema):
    """A season that is sealed, opened once, or looked at again."""

    season = dy.String(primary_key=True)
    event = dy.String(primary_key=True, check=lambda column: column.is_in(SEAL_EVENTS))
    at = dy.Datetime(primary_key=True, time_zone="UTC", time_unit="us")
    run_id = dy.String(nullable=True, metadata={"doc": "the run that opened or peeked"})


REGISTRATIONS = Table("registrations", Registration, Kind.LOG)
SEALS = Table("seals", SealEvent, Kind.LOG)
