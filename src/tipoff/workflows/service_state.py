"""What services are like now, as checks of the day look at it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from tipoff.monitoring.deployment import FINE, KNOWN, State
from tipoff.store.lake import Lake
from tipoff.workflows.deployment import Deployed, deployment_drift
from tipoff.workflows.standing import live_models
from tipoff.workflows.validate import Given, given_frames


def live_ids(lake: Lake, at: datetime) -> dict[str, str]:
    """Return the ids of the models that are live at an instant, by market and name."""
    rows = live_models(lake, at).to_dicts()
    return {f"{row['market']}/{row['name']}": row["model_id"] for row in rows}


def given_now(lake: Lake, deployed: Deployed, now: datetime) -> Given:
    """Ask every service what it runs, and return what the checks of the day want to know.

    A service that answers, or holds its lock, is well. What it runs is known where it says so.

    Raises:
        InputError: as ``deployment_drift``.
    """
    told = deployment_drift(
        lake,
        deployed.services,
        not_deployed=deployed.not_deployed,
        live_models=live_ids(lake, now),
    )
    rows = [row for row in told["services"] if row["state"] != State.NOT_DEPLOYED]
    services = [_well(row, now) for row in rows]
    current = [
        {
            "service": row["service"],
            "is_current": row["state"] in FINE if row["state"] in KNOWN else None,
            "sentence": row["sentence"],
        }
        for row in rows
    ]
    return Given(*given_frames(services, current))


def _well(row: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    is_healthy = row["state"] in KNOWN
    sentence = "It runs." if is_healthy else row["sentence"]
    return {"service": row["service"], "is_healthy": is_healthy, "at": now, "sentence": sentence}
