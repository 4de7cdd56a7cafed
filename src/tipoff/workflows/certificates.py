"""Certificates of leak audits, as they are carried by what is printed of the same code."""

import json
from collections.abc import Mapping
from typing import Any

import polars as pl

from tipoff.models.learner import module_name
from tipoff.models.spec import ModelSpec
from tipoff.settings import DEFAULT_LEAD_MINUTES
from tipoff.store.fingerprint import code_fingerprint, digest
from tipoff.store.lake import Lake, scan
from tipoff.tables.experiments import CERTIFICATES

# By name: what carries a certificate does not need the audit's code.
_AUDIT = "tipoff.workflows.leak_audit"


def audited_code(spec: ModelSpec) -> str:
    """Return the fingerprint of the code that features, datasets and models come from."""
    return code_fingerprint(_AUDIT, module_name(spec.learner))


def newest_certificate(
    lake: Lake, spec: ModelSpec, plant: str | None, lead_minutes: int = DEFAULT_LEAD_MINUTES
) -> dict[str, Any] | None:
    """Return what is certified of the code that a run's features, lines and fits come from.

    Args:
        lake: the lake with the certificates.
        spec: the run's recipe; its market must have been audited.
        plant: the run's planted fault, if any.
        lead_minutes: minutes before tip-off of the run's decisions, as audited.

    Returns:
        ``id, at, dates`` (how many), ``data`` (digest of the audited tables' hashes) and ``passed``
        of the newest certificate of this very code; of those of the same data one that failed
        comes first. None without one.
    """
    rows = (
        scan(lake, CERTIFICATES)
        .filter(pl.col("code") == audited_code(spec), pl.col("plant") == (plant or ""))
        .sort("at", descending=True)
        .collect()
    )
    told = [
        _told(row, content)
        for row in rows.iter_rows(named=True)
        if spec.market in (content := json.loads(row["content"]))["asked"]["markets"]
        and content["asked"]["lead_minutes"] == lead_minutes
    ]
    if not told:
        return None
    same = [own for own in told if own["data"] == told[0]["data"]]
    return next((own for own in same if not own["passed"]), told[0])


def certificates(lake: Lake) -> list[dict[str, Any]]:
    """Return every certificate of a lake with its content, the newest first.

    Returns:
        ``id, at, code, is_passed, plant`` (empty where clean) and ``content``, as
        ``workflows.certifying.certified`` wrote it.
    """
    rows = scan(lake, CERTIFICATES).sort("at", descending=True).collect()
    return [
        {
            "id": row["certificate_id"],
            **{name: row[name] for name in ("at", "code", "is_passed", "plant")},
            "content": json.loads(row["content"]),
        }
        for row in rows.iter_rows(named=True)
    ]


def _told(row: Mapping[str, Any], content: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": row["certificate_id"],
        "at": row["at"].isoformat(),
        "dates": len(content["dates"]),
        "data": digest(f"{name}={of}" for name, of in sorted(content["data"].items())),
        "passed": row["is_passed"],
    }
