"""Made-up rows of the archive."""

from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import polars as pl

from tipoff.tables.answers import ANSWERS

COLUMNS = {**ANSWERS.columns, "body": pl.Binary()}


def answer_rows(*bodies: bytes, first: int = 0, **more: Any) -> pl.DataFrame:
    """Return rows of the archive with these bodies, the first numbered as told."""
    rows = [
        {
            "answer": f"answer {n}", "request": f"request {n}", "provider": "toy",
            "endpoint": "schedule", "params": "{}", "plan": "plan",
            "fetched_at": datetime(2024, 11, 1, 12, n, tzinfo=UTC), "seconds": 0.1, "attempt": 1,
            "status": 200, "verdict": "good", "headers": "{}",
            "sha256": sha256(body).hexdigest(), "bytes": len(body), "credits": 1,
            "credits_used": None, "credits_left": None, "note": None, "is_alone": True,
            "body": body, **more,
        }
        for n, body in enumerate(bodies, first)
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=COLUMNS)
