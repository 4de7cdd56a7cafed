"""Certificates of leak audits, as they are carried by what is printed of the same code."""

import json
from typing import Any

import polars as pl

from tipoff.models.learner import module_name
from tipoff.models.spec import ModelSpec
from tipoff.store.fingerprint import code_fingerprint, digest
from tipoff.store.lake import Lake, scan
from tipoff.tables.experiments import CERTIFICATES

# By name: what carries a certificate does not need the audit's code.
_AUDIT = "tipoff.workflows.leak_audit"


def audited_code(spec: ModelSpec) -> str:
    """Return the fingerprint of the code that features, datasets and models come from."""
    return code_fingerprint(_AUDIT, module_name(spec.learner))


def newest_certificate(lake: Lake, spec: ModelSpec, plant: str | None) -> dict[str, Any] | None:
    """Return what is certified of the code that a run was made with.

    Args:
        lake: the lake with the certificates.
        spec: the run's recipe; its market must have been audited.
        plant: the run's planted fault, if any.

    Returns:
        ``id, at, dates`` (how many), ``data`` (digest of the audited tables' hashes) and ``passed``
        of the newest certificate of this very code; None without one.
    """
    rows = (
        scan(lake, CERTIFICATES)
        .filter(pl.col("code") == audited_code(spec), pl.col("plant") == (plant or ""))
        .sort("at", descending=True)
        .collect()
    )
    for row in rows.iter_rows(named=True):
        content = json.loads(row["content"])
        if spec.market in content["asked"]["markets"]:
            return {
                "id": row["certificate_id"],
                "at": row["at"].isoformat(),
                "dates": len(content["dates"]),
                "data": digest(
                    f"{name}={content['data'][name]}" for name in sorted(content["data"])
                ),
                "passed": row["is_passed"],
            }
    return None
