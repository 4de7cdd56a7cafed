"""Read the archive into the raw tables, without a network.

An answer is read again where its parser's code has changed since, and where it held rows that
were refused and more games or players are known by now. What is stored already is not stored
twice, so reading everything again changes nothing.
"""

import json
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from inspect import unwrap
from typing import Any

import polars as pl
from polars.exceptions import PolarsError

from tipoff.errors import InputError, not_among
from tipoff.sources.answer import Endpoint, Provider
from tipoff.sources.format import Parsed, Reference, Stage
from tipoff.sources.refusals import Named, witnessed
from tipoff.store.archive import kept, log_readings, readings, take_over, with_bodies
from tipoff.store.content import content_hash
from tipoff.store.fingerprint import LENGTH, code_fingerprint
from tipoff.store.lake import Lake
from tipoff.tables.answers import ANSWER_READINGS, READABLE
from tipoff.workflows.alias_check import refuse_faults
from tipoff.workflows.answers import as_answer
from tipoff.workflows.disagreements import disagreements
from tipoff.workflows.identities import resolve_pending, unmatched
from tipoff.workflows.identity_gate import Gate, Load
from tipoff.workflows.identity_limits import LIMITS
from tipoff.workflows.parsed_rows import Stored, identified, lake_reference, store_parsed
from tipoff.workflows.versions import mark

Step = Callable[[str, int, int], None]

READ, EMPTY, REFUSED, FAILED = "read", "empty", "refused", "failed"
# By the identity gate: it is judged anew with every run.
STOPPED = "stopped"
# What code at fault throws.
_FAULTS = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, PolarsError)


@dataclass
class _Endpoint:
    """What became of the answers of one endpoint."""

    provider: str
    endpoint: str
    answers: int = 0
    read: int = 0
    empty: int = 0
    refused: int = 0
    failed: int = 0
    stopped: int = 0
    rows: int = 0
    rejected: int = 0
    rejections: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    reasons: dict[str, int] = field(default_factory=lambda: defaultdict(int))


def parse(
    lake: Lake,
    providers: Mapping[str, Provider],
    *,
    provider: str | None = None,
    again: bool = False,
    limits: Mapping[str, float] = LIMITS,
    now: datetime | None = None,
    step: Step = lambda *_: None,
) -> dict[str, Any]:
    """Read kept answers into the raw tables.

    Args:
        lake: holds the archive and the tables.
        providers: by name; answers of others are left as they are.
        provider: read this one's only.
        again: read also what has been read by the same code before.
        limits: which share of names, places, ids, teams and games may be unknown
            (``identity_limits``); an answer above one of them is not stored.
        now: when corrections become known; the current time by default.
        step: called with what is being done and how far it is.

    Returns:
        ``endpoints`` (provider, endpoint, answers, read, empty, refused, failed, stopped, rows
        held, rejected, rejections, reasons), ``tables`` (rows added, known, corrections, rejected),
        ``current`` (answers that were left, read before), ``unknown`` (answers of endpoints that
        there are not), ``unmatched``, ``disagreements``, ``resolved``, ``identity``
        (``Gate.report``) and ``seconds``.

    Raises:
        InputError: there is no such provider, or the alias file is wrong.
    """
    if provider is not None and provider not in providers:
        raise not_among("a provider", sorted(providers), provider)
    began = time.perf_counter()
    moment = now or datetime.now(UTC)
    refuse_faults(lake)
    take_over(lake)
    mark(lake, "before fetch parse")
    known = lake_reference(lake)
    gate = Gate(lake, limits)
    reading = _Reading(lake, gate, moment, step)
    todo, current, unknown = _to_read(lake, providers, provider, known, again=again)
    reading.all(todo, providers)
    changed = resolve_pending(lake, lake_reference(lake).players) if todo.height else 0
    mark(lake, "fetch parse")
    return {
        **reading.report(),
        "current": current,
        "unknown": unknown,
        "unmatched": unmatched(lake),
        "disagreements": disagreements(lake),
        "resolved": changed,
        "identity": gate.report(),
        "seconds": round(time.perf_counter() - began, 2),
    }


def parser_fingerprint(endpoint: Endpoint) -> str:
    """Return the fingerprint of the code that reads an endpoint's answers."""
    functions = (endpoint.parse, endpoint.recognises, endpoint.is_empty, endpoint.fits)
    return code_fingerprint(*sorted({_module_of(f) for f in functions}))


def _module_of(function: Callable[..., Any]) -> str:
    while isinstance(function, partial):
        function = function.func
    return str(unwrap(function).__module__)


def _reference_fingerprint(known: Reference) -> str:
    games = content_hash(known.games, ["game_id"])
    players = content_hash(known.players, known.players.columns)
    return f"{games[:LENGTH]}{players[:LENGTH]}"


def _to_read(
    lake: Lake,
    providers: Mapping[str, Provider],
    provider: str | None,
    known: Reference,
    *,
    again: bool,
) -> tuple[pl.DataFrame, int, int]:
    """Return the answers to read, how many are left as read before, and how many as unknown."""
    answers = kept(lake, provider=provider).filter(
        pl.col("verdict").is_in([v.value for v in READABLE]), pl.col("status") < 300
    )
    code = pl.DataFrame(
        [
            (p.name, e.name, parser_fingerprint(e), int(e.stage), e.moment_param)
            for p in providers.values()
            for e in p.endpoints.values()
        ],
        schema={
            "provider": pl.String,
            "endpoint": pl.String,
            "code": pl.String,
            "stage": pl.Int32,
            "moment_param": pl.String,
        },
        orient="row",
    )
    mine = answers.join(code, on=["provider", "endpoint"], maintain_order="left")
    before = readings(lake).select("answer", "code", "reference", "rejected", "outcome")
    joined = mine.join(before, on="answer", how="left", suffix="_then", maintain_order="left")
    is_lacking = (pl.col("rejected") > 0) | pl.col("outcome").is_in([REFUSED, FAILED])
    knows_more = pl.col("reference") != _reference_fingerprint(known)
    is_stopped = (pl.col("outcome") == STOPPED).fill_null(value=False)
    is_same = pl.col("code_then").eq_missing(pl.col("code")) & ~is_stopped
    is_current = is_same & ~(is_lacking & knows_more)
    todo = joined if again else joined.filter(~is_current.fill_null(value=False))
    return (
        _in_order(todo).select(*answers.columns, "code", "stage"),
        mine.height - todo.height,
        answers.height - mine.height,
    )


def _in_order(answers: pl.DataFrame) -> pl.DataFrame:
    """Sort answers by the moments that they tell of; where that is now, by when they came.

    A quote is known from the first snapshot that shows it. An answer that came late, after others
    had failed, must not date it later.
    """
    at = pl.col("fetched_at")
    for name in filter(None, answers["moment_param"].unique().sort()):
        stated = (
            pl.col("params")
            .str.json_path_match(f"$.{name}")
            .str.to_datetime("%Y-%m-%dT%H:%M:%S%#z", time_unit="us", strict=False)
        )
        at = pl.when(pl.col("moment_param") == name).then(pl.coalesce(stated, at)).otherwise(at)
    return answers.sort(at, "fetched_at", "answer")


class _Reading:
    """One run of ``parse``: reads stage after stage and counts."""

    def __init__(self, lake: Lake, gate: Gate, moment: datetime, step: Step) -> None:
        self._lake = lake
        self._gate = gate
        self._moment = moment
        self._step = step
        self._done = 0
        self._total = 0
        self.stored = Stored()
        self.endpoints: dict[tuple[str, str], _Endpoint] = {}

    def report(self) -> dict[str, Any]:
        """Return ``endpoints`` and ``tables`` of ``parse``."""
        return {
            "endpoints": [
                {**vars(e), "rejections": dict(e.rejections), "reasons": dict(e.reasons)}
                for e in self.endpoints.values()
            ],
            "tables": {
                name: dict(zip(("rows", "known", "corrections", "rejected"), n, strict=True))
                for name, n in self.stored.tables.items()
            },
        }

    def all(self, todo: pl.DataFrame, providers: Mapping[str, Provider]) -> None:
        """Read answers, stage after stage."""
        self._total = todo.height
        for stage in Stage:
            self._stage(todo, providers, stage)

    def _stage(self, todo: pl.DataFrame, providers: Mapping[str, Provider], stage: Stage) -> None:
        """Read the answers of a stage, with what the stages before it have made known."""
        answers = todo.filter(pl.col("stage") == int(stage))
        if answers.is_empty():
            return
        known = lake_reference(self._lake)
        marked = _reference_fingerprint(known)
        for part in with_bodies(self._lake, answers):
            self._batch(part, providers, known, marked)

    def _batch(
        self, part: pl.DataFrame, providers: Mapping[str, Provider], known: Reference, marked: str
    ) -> None:
        """Read some answers, append what they hold, then write down that they were read."""
        rows = part.to_dicts()
        read: list[tuple[str, str | None, list[Parsed]]] = []
        refusals: list[Mapping[str, Mapping[Named, int]]] = []
        for row in rows:
            endpoint = providers[row["provider"]].endpoints[row["endpoint"]]
            with witnessed() as refused:
                read.append(_read(endpoint, row, known))
            refusals.append(refused.named if read[-1][0] == READ else {})
            self._done += 1
            self._step(f"reading {row['provider']} {row['endpoint']}", self._done, self._total)
        loads = _loads(rows, [stated for *_, stated in read], refusals, known)
        read = [
            (what, why, list(load.found)) for (what, why, _), load in zip(read, loads, strict=True)
        ]
        stopped = self._gate.passed(loads)
        for number, why in stopped.items():
            read[number] = (STOPPED, why, [])
        everything = [parsed for _, _, found in read for parsed in found]
        stored = store_parsed(self._lake, everything, self._moment)
        for name, counts in stored.tables.items():
            self.stored.count(name, counts)
        logged = [self._counted(row, *found, marked) for row, found in zip(rows, read, strict=True)]
        # Logged last: an answer whose rows were stored in part is read again.
        log_readings(self._lake, pl.DataFrame(logged, schema=ANSWER_READINGS.columns))

    def _counted(
        self,
        row: Mapping[str, Any],
        outcome: str,
        reason: str | None,
        parsed: list[Parsed],
        marked: str,
    ) -> dict[str, Any]:
        name = (row["provider"], row["endpoint"])
        own = self.endpoints.setdefault(name, _Endpoint(*name))
        rows = sum(p.frame.height for p in parsed)
        rejections: dict[str, int] = defaultdict(int)
        for p in parsed:
            for why, number in p.rejected.items():
                rejections[why] += number
                own.rejections[why] += number
        own.answers += 1
        own.read += outcome == READ
        own.empty += outcome == EMPTY
        own.refused += outcome == REFUSED
        own.failed += outcome == FAILED
        own.stopped += outcome == STOPPED
        own.rows += rows
        own.rejected += sum(rejections.values())
        # What was stopped is told in full by the gate.
        if reason and outcome != STOPPED:
            own.reasons[reason] += 1
        return {
            "answer": row["answer"],
            "code": row["code"],
            "read_at": datetime.now(UTC),
            "reference": marked,
            "outcome": outcome,
            "reason": reason,
            "rows": rows,
            "rejected": sum(rejections.values()),
            "rejections": json.dumps(dict(rejections), sort_keys=True),
        }


def _loads(
    rows: Sequence[Mapping[str, Any]],
    stated: Sequence[Sequence[Parsed]],
    refusals: Sequence[Mapping[str, Mapping[Named, int]]],
    known: Reference,
) -> list[Load]:
    """Return what answers gave, with the players of all of them looked up at once."""
    found = iter(identified([parsed for mine in stated for parsed in mine], known))
    return [
        Load(
            f"{row['provider']}_{row['endpoint']} {row['answer'][:12]}",
            f"{row['provider']}_{row['endpoint']}",
            mine,
            [next(found) for _ in mine],
            refused,
        )
        for row, mine, refused in zip(rows, stated, refusals, strict=True)
    ]


def _read(
    endpoint: Endpoint, row: Mapping[str, Any], known: Reference
) -> tuple[str, str | None, list[Parsed]]:
    """Return what became of an answer, why if it was refused, and its rows.

    It is judged anew by what it holds: a parser may have learned what it did not recognise.
    """
    if row["body"] is None:
        return REFUSED, "its body is missing from the archive", []
    answer = as_answer(row)
    is_empty = endpoint.is_empty(answer.body)
    if not (is_empty or endpoint.recognises(answer.body)) or not endpoint.fits(answer):
        return REFUSED, row["note"] or f"not what {endpoint.name} was asked for", []
    if is_empty:
        return EMPTY, None, []
    try:
        return READ, None, endpoint.parse(answer, known)
    except InputError as error:
        return REFUSED, str(error), []
    except _FAULTS as error:
        # One answer that a parser fails at must not keep the others from being read.
        return FAILED, f"the parser failed ({type(error).__name__}: {error}); tell its authors", []
