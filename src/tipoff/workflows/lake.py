"""Questions about the lake as a whole."""

from typing import Any

from tipoff.errors import InputError, not_among
from tipoff.processors.catalogue import ALL_PROCESSORS
from tipoff.store.files import active_files
from tipoff.store.lake import Lake, table_hash, version
from tipoff.tables.answers import ANSWER_BODIES, ANSWER_READINGS, ANSWERS
from tipoff.tables.experiments import (
    CERTIFICATES,
    DOCUMENTS,
    EXPERIMENTS,
    POOLS,
    REGISTRATIONS,
    SEALS,
)
from tipoff.tables.graded import GRADED_ROWS
from tipoff.tables.league import LEAGUE_DISTRIBUTIONS, LEAGUE_SETTINGS, LEAGUE_TRUTH
from tipoff.tables.ledger import CODE_USES, LAKE_VERSIONS, LEDGER_NOTES, TIMINGS
from tipoff.tables.models import MODEL_EVENTS, MODEL_FILES, MODELS
from tipoff.tables.predictions import COVERAGE, GRADES, PREDICTIONS
from tipoff.tables.raw import INGESTED_FILES, SOURCE_TABLES
from tipoff.tables.served import PARITY_AUDITS
from tipoff.tables.table import Kind, Table
from tipoff.tables.walks import FOLD_MODELS, FOLD_PREDICTIONS
from tipoff.tables.watch import (
    CHECK_RESULTS,
    EXPECTED_OUTPUTS,
    HALTS,
    JOB_STEPS,
    MODEL_STATES,
    NOTICES,
)
from tipoff.workflows.decisions import SERVED

TABLES: dict[str, Table] = {
    **SOURCE_TABLES,
    **{p.name: p.table for p in ALL_PROCESSORS},
    INGESTED_FILES.name: INGESTED_FILES,
    ANSWERS.name: ANSWERS,
    ANSWER_BODIES.name: ANSWER_BODIES,
    ANSWER_READINGS.name: ANSWER_READINGS,
    LEDGER_NOTES.name: LEDGER_NOTES,
    CODE_USES.name: CODE_USES,
    TIMINGS.name: TIMINGS,
    LAKE_VERSIONS.name: LAKE_VERSIONS,
    EXPERIMENTS.name: EXPERIMENTS,
    REGISTRATIONS.name: REGISTRATIONS,
    POOLS.name: POOLS,
    DOCUMENTS.name: DOCUMENTS,
    SEALS.name: SEALS,
    CERTIFICATES.name: CERTIFICATES,
    GRADED_ROWS.name: GRADED_ROWS,
    FOLD_MODELS.name: FOLD_MODELS,
    FOLD_PREDICTIONS.name: FOLD_PREDICTIONS,
    LEAGUE_TRUTH.name: LEAGUE_TRUTH,
    LEAGUE_DISTRIBUTIONS.name: LEAGUE_DISTRIBUTIONS,
    LEAGUE_SETTINGS.name: LEAGUE_SETTINGS,
    SERVED.name: SERVED,
    PARITY_AUDITS.name: PARITY_AUDITS,
    **{
        table.name: table
        for table in (
            *(MODELS, MODEL_FILES, MODEL_EVENTS),
            *(PREDICTIONS, GRADES, COVERAGE),
            *(EXPECTED_OUTPUTS, CHECK_RESULTS, HALTS, MODEL_STATES, JOB_STEPS, NOTICES),
        )
    },
}


def hashes(lake: Lake, table: str | None = None) -> dict[str, Any]:
    """Return the hash of the logical content of each stored table, or of one.

    Logs of what was run when are left out unless asked for: they differ between runs that left
    the same data.

    Raises:
        InputError: there is no table of that name.
    """
    wanted = (
        [table_named(table)] if table else [t for t in TABLES.values() if t.kind is not Kind.LOG]
    )
    stored = {t.name: t for t in wanted if version(lake, t) is not None}
    if table and table not in stored:
        raise InputError(f"Expected table {table} in the lake at {lake.url}; it holds none yet.")
    return {"tables": {name: table_hash(lake, t) for name, t in stored.items()}}


def table_named(name: str) -> Table:
    """Return a table by its name.

    Raises:
        InputError: there is none of that name.
    """
    if name not in TABLES:
        raise not_among("a table", TABLES, name)
    return TABLES[name]


def files(lake: Lake, name: str, at: int | None = None) -> dict[str, Any]:
    """Return the Parquet files that hold a table's rows, for engines that do not read its log.

    Args:
        lake: the lake.
        name: the table.
        at: a version of the table; the newest by default.

    Returns:
        ``table``, ``version``, and ``files``: ``path`` (absolute, or a URL), ``rows``, ``bytes``.

    Raises:
        InputError: there is no such table, or the lake holds none of it yet.
    """
    table = table_named(name)
    newest = version(lake, table)
    if newest is None:
        raise InputError(f"Expected table {name} in the lake at {lake.url}; it holds none yet.")
    number = newest if at is None else at
    return {
        "table": name,
        "version": number,
        "files": active_files(lake, table, at=number).to_dicts(),
    }
