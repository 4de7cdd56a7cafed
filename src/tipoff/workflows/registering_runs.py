"""Put the model of a graded run into the registry."""

from typing import Any

from tipoff.domain.plant import Plant
from tipoff.models.spec import ModelSpec, Windows
from tipoff.settings import DEFAULT_LEAD_MINUTES
from tipoff.store.lake import Lake
from tipoff.workflows.model_drift import reference
from tipoff.workflows.registering import Origin, register
from tipoff.workflows.train import Outcome


def register_run(
    lake: Lake,
    spec: ModelSpec,
    windows: Windows,
    line_source: str,
    outcome: Outcome,
    plant: Plant | None = None,
) -> dict[str, Any]:
    """Register the model of one experiment as a candidate.

    Args:
        lake: the lake with the registry.
        spec, windows, line_source, plant: what the experiment was asked for.
        outcome: what it gave.

    Returns:
        ``registered`` (false where the registry has this very model) and ``model_id``.
    """
    assert outcome.own is not None
    assert outcome.training is not None
    origin = Origin(
        (windows.train_start, windows.train_end),
        DEFAULT_LEAD_MINUTES,
        line_source,
        outcome.report["fingerprint"],
        plant.name if plant else "",
        outcome.report,
        reference(outcome.own, outcome.training),
    )
    found = register(lake, spec, outcome.own, origin)
    return {"registered": found["is_new"], "model_id": found["model_id"]}
