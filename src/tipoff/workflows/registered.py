"""The registry's tables: add a model and its events, and read them back whole."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import polars as pl

from tipoff.errors import InputError, nearest
from tipoff.registry.records import SHORT, Registered, read
from tipoff.registry.stages import standing
from tipoff.store.lake import Lake, appended_on_top, log, scan
from tipoff.tables.models import MODEL_EVENTS, MODEL_FILES, MODELS


def events_of(lake: Lake) -> pl.DataFrame:
    """Return the registry's events in order."""
    return scan(lake, MODEL_EVENTS).sort("number").collect()


def records_of(lake: Lake) -> list[dict[str, Any]]:
    """Return the row of every model, the oldest first, with ``stage``, ``is_forced``, ``since``."""
    stages = {row["model_id"]: row for row in standing(events_of(lake)).to_dicts()}
    rows = scan(lake, MODELS).sort("registered_at", "model_id").collect()
    # Two runs that registered one model at once have both stored it.
    once = rows.unique("model_id", keep="first", maintain_order=True).to_dicts()
    return [{**row, **_standing(row, stages)} for row in once if row["model_id"] in stages]


def _standing(row: Mapping[str, Any], stages: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    own = stages[row["model_id"]]
    report = row["report"]
    return {
        "stage": own["stage"],
        "is_forced": own["is_forced"],
        "since": own["since"],
        "report": None if report is None else json.loads(report),
    }


def record_named(lake: Lake, named: str) -> dict[str, Any]:
    """Return the record of the model whose id begins so, or of the newest of that name.

    Raises:
        InputError: there is none, or several.
    """
    records = records_of(lake)
    by_name = [row for row in records if row["name"] == named]
    found = by_name[-1:] or [row for row in records if row["model_id"].startswith(named)]
    if len(found) != 1:
        some = ", ".join(f"{row['name']} {row['model_id'][:SHORT]}" for row in found[:5])
        raise InputError(
            f"Expected one registered model by {named!r}, found {some or 'none'}. "
            f"'tipoff models list' shows them.{nearest([row['name'] for row in records], named)}"
        )
    return found[0]


def loaded(lake: Lake, record: dict[str, Any]) -> Registered:
    """Return a registered model, ready to predict.

    Raises:
        InputError: its file is gone or was changed, or another version of the learner made it.
    """
    rows = scan(lake, MODEL_FILES).filter(pl.col("model_id") == record["model_id"]).collect()
    if rows.is_empty():
        raise InputError(
            f"Expected the file of model {record['model_id'][:SHORT]} in the lake; it is gone. "
            "Train it again."
        )
    # Two runs that registered one model have both stored a file, with its own moment in it.
    bodies: list[bytes] = rows["body"].to_list()
    own = [body for body in bodies if sha256(body).hexdigest() == record["file_sha256"]]
    return read(record, (own or bodies)[0])


def stored(lake: Lake, row: Mapping[str, Any], body: bytes) -> bool:
    """Store a model and its file; False where the registry has it already."""
    known = scan(lake, MODELS).filter(pl.col("model_id") == row["model_id"])
    if known.select(pl.len()).collect().item():
        return False
    file = {"model_id": [row["model_id"]], "body": [body]}
    # The file first: a row without one would be a promise that is not kept.
    log(lake, MODEL_FILES, pl.DataFrame(file, schema=MODEL_FILES.columns))
    log(lake, MODELS, pl.DataFrame([dict(row)], schema=MODELS.columns))
    return True


def happened(
    lake: Lake, events: Sequence[Mapping[str, Any]], expected: int, *, now: datetime | None = None
) -> None:
    """Append events in one commit, unless others came in between.

    Args:
        lake: the lake.
        events: of ``registry.stages.event``.
        expected: the number of the newest event that they were decided on; 0 without one.
        now: their moment; the current time by default.

    Raises:
        InputError: somebody else changed the registry meanwhile.
    """
    at = now or datetime.now(UTC)
    numbered = [
        {"number": expected + place, "at": at, **one} for place, one in enumerate(events, start=1)
    ]
    rows = pl.DataFrame(numbered, schema=MODEL_EVENTS.columns)

    def decided(known: pl.LazyFrame) -> tuple[pl.DataFrame, None]:
        newest = known.select(pl.col("number").max()).collect().item() or 0
        if newest != expected:
            raise InputError(
                "Expected the registry as it was looked at, but somebody changed it meanwhile. "
                "Look again with 'tipoff models list', then repeat the command."
            )
        return rows, None

    appended_on_top(lake, MODEL_EVENTS, decided)


def entered(lake: Lake, event: Mapping[str, Any], *, now: datetime) -> bool:
    """Note the first event of a model; False where it has one already.

    It hangs on no other model's events, so whoever comes in between does not matter.
    """

    def decided(known: pl.LazyFrame) -> tuple[pl.DataFrame, bool]:
        held = known.select("number", "model_id").collect()
        if event["model_id"] in held["model_id"]:
            return MODEL_EVENTS.empty(), False
        number = int(held["number"].max() or 0) + 1  # type: ignore[arg-type]
        row = {"number": number, "at": now, **event}
        return pl.DataFrame([row], MODEL_EVENTS.columns), True

    return appended_on_top(lake, MODEL_EVENTS, decided)


def newest_number(lake: Lake) -> int:
    """Return the number of the newest event; 0 without one."""
    return int(scan(lake, MODEL_EVENTS).select(pl.col("number").max()).collect().item() or 0)
