"""Schemas of the archive of raw answers, and of what was read out of each. Logs.

An answer is a row of its own even where its body is not: bodies are stored once per content.
"""

from enum import StrEnum

import dataframely as dy

from tipoff.tables.table import Kind, Table, moment


class Verdict(StrEnum):
    """What came of one try to ask."""

    GOOD = "good"
    EMPTY = "empty"
    ABSENT = "absent"
    UNRECOGNISED = "unrecognised"
    CUT_OFF = "cut off"
    LIMITED = "limited"
    FAILED = "failed"
    SILENT = "silent"
    UNREACHABLE = "unreachable"
    REFUSED = "refused"
    BLOCKED = "blocked"
    REDIRECTED = "redirected"


# What may become of an answer that is read.
OUTCOMES = ["read", "empty", "refused", "failed", "stopped"]
# The provider has said what there is to say.
HELD = (Verdict.GOOD, Verdict.EMPTY, Verdict.ABSENT)
# The body is whole and came as an answer, whatever was made of it then.
READABLE = (Verdict.GOOD, Verdict.EMPTY, Verdict.UNRECOGNISED)


class AnswerRow(dy.Schema):
    """One try to ask a provider, and what came of it."""

    answer = dy.String(primary_key=True, min_length=1, metadata={"doc": "hash of the other values"})
    request = dy.String(min_length=1, metadata={"doc": "hash of provider, endpoint and params"})
    provider = dy.String(min_length=1)
    endpoint = dy.String(min_length=1)
    params = dy.String(metadata={"doc": "as JSON; never a secret"})
    about = dy.String(
        nullable=True, metadata={"doc": "what was known of it beforehand, as JSON; never sent"}
    )
    plan = dy.String(metadata={"doc": "the download that it was asked for"})
    fetched_at = moment()
    seconds = dy.Float64(min=0)
    attempt = dy.Int32(min=1)
    status = dy.Int32(nullable=True, metadata={"doc": "of HTTP; null where none came"})
    verdict = dy.String(check=lambda column: column.is_in([v.value for v in Verdict]))
    note = dy.String(nullable=True)
    headers = dy.String(metadata={"doc": "as JSON; secrets removed"})
    sha256 = dy.String(min_length=64, max_length=64)
    bytes = dy.Int64(min=0)
    credits = dy.Int64(
        metadata={"doc": "what it is taken to have cost, less what was counted too much for others"}
    )
    credits_used = dy.Int64(nullable=True, metadata={"doc": "in all, as the provider states"})
    credits_left = dy.Int64(nullable=True, metadata={"doc": "as the provider states"})
    is_alone = dy.Bool(
        nullable=True, metadata={"doc": "nothing else was under way: the totals are of all before"}
    )


class AnswerBody(dy.Schema):
    """One body, once per content. Parquet compresses it (zstd), like with like."""

    sha256 = dy.String(primary_key=True, min_length=64, max_length=64)
    body = dy.Binary()


class AnswerReading(dy.Schema):
    """One answer as one parser read it; the newest counts."""

    answer = dy.String(primary_key=True, min_length=1)
    code = dy.String(primary_key=True, metadata={"doc": "fingerprint of the parser's code"})
    read_at = dy.Datetime(primary_key=True, time_zone="UTC", time_unit="us")
    reference = dy.String(metadata={"doc": "fingerprint of the games and players known then"})
    outcome = dy.String(check=lambda column: column.is_in(OUTCOMES))
    reason = dy.String(nullable=True)
    rows = dy.Int64(min=0, metadata={"doc": "that it holds, stored before or not"})
    rejected = dy.Int64(min=0)
    rejections = dy.String(metadata={"doc": "count by reason, as JSON"})


ANSWERS = Table("answers", AnswerRow, Kind.LOG)
ANSWER_BODIES = Table("answer_bodies", AnswerBody, Kind.LOG)
ANSWER_READINGS = Table("answer_readings", AnswerReading, Kind.LOG)
