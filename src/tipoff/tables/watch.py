"""What the system knows of itself: outputs that are due, checks that ran, halts, states. Logs."""

import dataframely as dy

from tipoff.tables.table import Kind, Table, moment

EXPECTED, RUNNING, COMPLETE, EMPTY_OK, DEGRADED, FAILED = (
    "EXPECTED",
    "RUNNING",
    "COMPLETE",
    "EMPTY_OK",
    "DEGRADED",
    "FAILED",
)
OUTPUT_STATES = (EXPECTED, RUNNING, COMPLETE, EMPTY_OK, DEGRADED, FAILED)
PASS, WARN, FAIL, ERROR = "PASS", "WARN", "FAIL", "ERROR"
CHECK_STATES = (PASS, WARN, FAIL, ERROR)
SEVERITIES = ("P1", "P2", "P3")


class ExpectedOutput(dy.Schema):
    """One event of an output that is due for a game date; the newest event is its state."""

    game_date = dy.Date(primary_key=True)
    output = dy.String(primary_key=True, metadata={"doc": "such as predictions/points/<model>"})
    number = dy.Int64(primary_key=True, min=1)
    at = moment()
    due_at = moment()
    state = dy.String(check=lambda column: column.is_in(OUTPUT_STATES))
    n = dy.Int64(nullable=True, metadata={"doc": "rows there, where it has rows"})
    reason = dy.String(nullable=True)
    run_id = dy.String(nullable=True)


class CheckResult(dy.Schema):
    """What one check of one run of a schedule found."""

    run_id = dy.String(primary_key=True, min_length=1)
    check = dy.String(primary_key=True)
    schedule = dy.String()
    game_date = dy.Date()
    at = moment()
    severity = dy.String(check=lambda column: column.is_in(SEVERITIES))
    state = dy.String(check=lambda column: column.is_in(CHECK_STATES))
    observed = dy.String(nullable=True, metadata={"doc": "as JSON"})
    required = dy.String()
    sentence = dy.String()


class Halt(dy.Schema):
    """Picks are halted, or go on again; the newest event of a market and reason counts."""

    number = dy.Int64(primary_key=True, min=1)
    at = moment()
    market = dy.String()
    reason = dy.String(metadata={"doc": "manual, blocked, stale, off_season …"})
    is_on = dy.Bool()
    by = dy.String()
    sentence = dy.String()


class ModelState(dy.Schema):
    """How a recipe's picks are doing as of a game date, over all models it was fitted to."""

    market = dy.String(primary_key=True)
    model_name = dy.String(primary_key=True, metadata={"doc": "name of the recipe"})
    game_date = dy.Date(primary_key=True, metadata={"doc": "the last one that counts"})
    at = dy.Datetime(primary_key=True, time_zone="UTC", time_unit="us")
    state = dy.String()
    reason = dy.String()
    numbers = dy.String(metadata={"doc": "what it was judged from, as JSON"})


class JobStep(dy.Schema):
    """One event of a step of a day's job; a step that started and never ended was killed."""

    game_date = dy.Date(primary_key=True)
    step = dy.String(primary_key=True)
    run_id = dy.String(primary_key=True)
    event = dy.String(
        primary_key=True, check=lambda column: column.is_in(["started", "done", "failed"])
    )
    at = moment()
    report = dy.String(nullable=True, metadata={"doc": "the step's report or error, as JSON"})


class Notice(dy.Schema):
    """One try to tell somebody of a problem; who was told is not told again on the same day."""

    day = dy.Date(primary_key=True, metadata={"doc": "US Eastern"})
    problem = dy.String(primary_key=True, min_length=1)
    channel = dy.String(primary_key=True, metadata={"doc": "such as webhook or mail"})
    at = dy.Datetime(primary_key=True, time_zone="UTC", time_unit="us")
    state = dy.String(check=lambda column: column.is_in(["sent", "failed"]))
    tries = dy.Int64(min=1)
    sentence = dy.String(metadata={"doc": "what was told, or why it could not be"})


EXPECTED_OUTPUTS = Table("expected_outputs", ExpectedOutput, Kind.LOG)
CHECK_RESULTS = Table("check_results", CheckResult, Kind.LOG)
HALTS = Table("halts", Halt, Kind.LOG)
MODEL_STATES = Table("model_states", ModelState, Kind.LOG)
JOB_STEPS = Table("job_steps", JobStep, Kind.LOG)
NOTICES = Table("notices", Notice, Kind.LOG)
