"""Audit a lake for leaks and write down what was found."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from tipoff.store.fingerprint import digest
from tipoff.store.lake import Lake, log, scan, table_hash, version
from tipoff.tables.experiments import CERTIFICATES
from tipoff.tables.raw import RAW_TABLES
from tipoff.workflows.certificates import audited_code
from tipoff.workflows.leak_audit import Asked, Step, audit_leaks

# What of an audit makes no two of the same code and data differ.
_ASKED = ("dates", "refits", "lead_minutes", "seed")


def certified(
    lake: Lake, asked: Asked, out: Path, *, workers: int = 1, step: Step
) -> dict[str, Any]:
    """Audit a lake for leaks, write the certificate down in it and beside it.

    Args:
        lake: a lake with raw rows.
        asked: what is audited.
        out: folder of ``certificate-ID.json``.
        workers: processes.
        step: called with what is being done and how far it is.

    Returns:
        What ``audit_leaks`` found, with ``certificate`` (its id), ``code``, ``data`` (hash of each
        raw table's content), ``asked`` and ``report`` (path). The same code, data and question
        give the same bytes.
    """
    found = audit_leaks(lake, asked, workers=workers, step=step)
    step("hashing the raw tables", 0, 0)
    content = {
        "code": audited_code(asked.spec),
        "data": {n: table_hash(lake, t) for n, t in RAW_TABLES.items() if _is_stored(lake, n)},
        "asked": {
            **{name: getattr(asked, name) for name in _ASKED},
            "markets": [market.name for market in asked.markets],
            "spec": asked.spec.model_dump(mode="json"),
            "models": [path.name for path in asked.models],
        },
        **found,
    }
    text = json.dumps(content, indent=1, default=str, sort_keys=True)
    certificate = digest([text])[:16]
    _keep(lake, certificate, content, text)
    out.mkdir(parents=True, exist_ok=True)
    path = out / f"certificate-{certificate}.json"
    path.write_text(text + "\n", encoding="utf-8")
    return {**content, "certificate": certificate, "report": str(path)}


def _is_stored(lake: Lake, name: str) -> bool:
    return version(lake, RAW_TABLES[name]) is not None


def _keep(lake: Lake, certificate: str, content: Mapping[str, Any], text: str) -> None:
    stored = scan(lake, CERTIFICATES).filter(pl.col("certificate_id") == certificate)
    if not stored.collect().is_empty():
        return
    row = {
        "certificate_id": certificate,
        "at": datetime.now(UTC),
        "code": content["code"],
        "plant": content["plant"] or "",
        "is_passed": content["passed"],
        "content": text,
    }
    log(lake, CERTIFICATES, pl.DataFrame([row], schema=CERTIFICATES.columns))
