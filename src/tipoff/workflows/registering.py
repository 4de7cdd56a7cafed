"""Put a fitted model into the registry."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Any

from tipoff.models.artifact import file_of
from tipoff.models.spec import ModelSpec
from tipoff.registry.records import as_json, model_id, versions
from tipoff.registry.stages import event
from tipoff.store.lake import Lake
from tipoff.tables.models import CANDIDATE, REGISTERED
from tipoff.workflows.certificates import audited_code
from tipoff.workflows.fitting import Forecaster
from tipoff.workflows.registered import entered, stored


@dataclass(frozen=True)
class Origin:
    """Where a model comes from.

    Attributes:
        window: first and last game date of its training.
        lead_minutes, line_source: the decision and the lines that it was made for.
        data_fingerprint: of the rows that it learnt from.
        plant: the planted fault, or empty.
        report: of the run that graded it, with ``run_id``; None where none did.
        reference: what drift is told from.
    """

    window: tuple[date, date]
    lead_minutes: int
    line_source: str
    data_fingerprint: str
    plant: str = ""
    report: Mapping[str, Any] | None = None
    reference: Mapping[str, Any] | None = None


# What of a run's report stays with the model: metrics, gates and what they rest on.
_KEPT = (
    "run_id",
    "verdict",
    "windows",
    "lines",
    "all",
    "alarm",
    "gates",
    "honest_gates",
    "luck",
    "model_signs",
    "certificate",
    "preregistered",
    "rows_hash",
    "lake_version",
    "fingerprint",
    "code",
)


def register(
    lake: Lake,
    spec: ModelSpec,
    own: Forecaster,
    origin: Origin,
    *,
    by: str = "train",
    now: datetime | None = None,
) -> dict[str, Any]:
    """Register a model as a candidate; one that is there already stays as it is.

    Args:
        lake: the lake with the registry.
        spec: the recipe.
        own: the fitted model.
        origin: where it comes from.
        by: who did it.
        now: when; the current time by default.

    Returns:
        ``model_id``, ``is_new`` and ``stage`` of a new one.
    """
    at = now or datetime.now(UTC)
    body, suffix = file_of(own.fitted)
    row = _row(spec, own, origin, at) | {
        "suffix": suffix,
        "file_sha256": sha256(body).hexdigest(),
        "file_bytes": len(body),
    }
    stored(lake, row, body)
    about = {"model_id": row["model_id"], "market": spec.market, "stage": None}
    reason = f"Fitted on {origin.window[0]} to {origin.window[1]}."
    # A run that was killed in between has left a model that never came to be a candidate.
    if not entered(lake, event(about, REGISTERED, CANDIDATE, reason=reason, by=by), now=at):
        return {"model_id": row["model_id"], "is_new": False}
    return {"model_id": row["model_id"], "is_new": True, "stage": CANDIDATE}


def _row(spec: ModelSpec, own: Forecaster, origin: Origin, at: datetime) -> dict[str, Any]:
    report = origin.report or {}
    certificate = report.get("certificate")
    adjustment = own.fitted.adjustment
    kept = {name: report[name] for name in _KEPT if name in report}
    return {
        "model_id": model_id(
            spec, own.fitted, own.distribution, origin.lead_minutes, origin.line_source
        ),
        "registered_at": at,
        "name": spec.name,
        "market": spec.market,
        "spec": spec.model_dump_json(),
        "features": json.dumps(own.fitted.features),
        "lead_minutes": origin.lead_minutes,
        "line_source": origin.line_source,
        "train_start": origin.window[0],
        "train_end": origin.window[1],
        "train_rows": own.train_rows,
        "train_mean": own.mean,
        "trees": own.fitted.trees,
        "adjustment": None if adjustment is None else json.dumps(asdict(adjustment)),
        "distribution": as_json(own.distribution),
        "reference": None if origin.reference is None else json.dumps(origin.reference),
        "data_fingerprint": origin.data_fingerprint,
        "code_fingerprint": audited_code(spec),
        "plant": origin.plant,
        "library": own.fitted.library,
        "versions": json.dumps(versions()),
        "run_id": report.get("run_id"),
        "certificate_id": certificate["id"] if certificate else None,
        "verdict": report.get("verdict"),
        "report": json.dumps(kept, default=str) if kept else None,
    }
