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


class Pool(dy.Schema):
    """Runs whose graded rows are looked at together, such as one loss over all seasons."""

    pool_id = dy.String(primary_key=True, min_length=1, metadata={"doc": "hash of its runs"})
    at = dy.Datetime(primary_key=True, time_zone="UTC", time_unit="us")
    name = dy.String()
    market = dy.String()
    members = dy.String(metadata={"doc": "rows_hash of each run, as JSON"})


class Document(dy.Schema):
    """A document that was written; what its numbers were, so that the next says what moved."""

    name = dy.String(primary_key=True)
    content = dy.String(primary_key=True, metadata={"doc": "hash of its numbers"})
    at = dy.Datetime(primary_key=True, time_zone="UTC", time_unit="us")
    numbers = dy.String(metadata={"doc": "main numbers by run, as JSON"})


POOLS = Table("pools", Pool, Kind.LOG)
DOCUMENTS = Table("documents", Document, Kind.LOG)


class Certificate(dy.Schema):
    """One audit for leaks: what was changed, what was compared, and what moved."""

    certificate_id = dy.String(primary_key=True, min_length=1)
    at = dy.Datetime(primary_key=True, time_zone="UTC", time_unit="us")
    code = dy.String(metadata={"doc": "fingerprint of the code that was audited"})
    plant = dy.String(metadata={"doc": "the planted fault, or empty"})
    is_passed = dy.Bool()
    content = dy.String(metadata={"doc": "the whole certificate, as JSON"})


CERTIFICATES = Table("certificates", Certificate, Kind.LOG)
