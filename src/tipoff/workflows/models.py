"""The registry's commands: list, show, promote, roll back, retire, verify."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from tipoff.domain.market import market_named
from tipoff.errors import InputError, NegativeVerdictError, not_among
from tipoff.registry.conditions import conditions, refused
from tipoff.registry.records import SHORT, spec_of
from tipoff.registry.stages import before_last, champion, event, next_stage, refuse_step
from tipoff.store.lake import Lake
from tipoff.tables.models import (
    CHAMPION,
    DEMOTED,
    PROMOTED,
    RETIRED,
    RETIRED_EVENT,
    ROLLED_BACK,
    STAGES,
)
from tipoff.tables.models import SHADOW as SHADOW_STAGE
from tipoff.workflows.certificates import audited_code, newest_certificate
from tipoff.workflows.challenge import against
from tipoff.workflows.registered import (
    events_of,
    happened,
    loaded,
    newest_number,
    record_named,
    records_of,
)

_LISTED = (
    "model_id",
    "name",
    "market",
    "stage",
    "is_forced",
    "since",
    "registered_at",
    "train_start",
    "train_end",
    "train_rows",
    "library",
    "plant",
    "run_id",
    "certificate_id",
    "verdict",
)


def listed(lake: Lake, *, market: str | None = None, stage: str | None = None) -> dict[str, Any]:
    """Return ``models``: every model with where it stands, the oldest first.

    Raises:
        InputError: there is no such market or stage.
    """
    if stage is not None and stage not in STAGES:
        raise not_among("a stage", STAGES, stage)
    market = None if market is None else market_named(market).name
    rows = [
        {name: row[name] for name in _LISTED}
        for row in records_of(lake)
        if market in (None, row["market"]) and stage in (None, row["stage"])
    ]
    return {"models": rows}


def shown(lake: Lake, named: str) -> dict[str, Any]:
    """Return all that is known of a model, with its ``events``."""
    record = record_named(lake, named)
    told = {name: value for name, value in record.items() if name != "reference"}
    for name in ("spec", "features", "distribution", "adjustment", "versions"):
        told[name] = None if told[name] is None else json.loads(told[name])
    events = events_of(lake).filter(model_id=record["model_id"]).to_dicts()
    for one in events:
        one["evidence"] = None if one["evidence"] is None else json.loads(one["evidence"])
    return {**told, "events": events}


def promoted(
    lake: Lake,
    named: str,
    *,
    by: str,
    to: str | None = None,
    force: bool = False,
    now: datetime | None = None,
) -> dict[str, Any]:
    """Promote a model to the next stage, or to a stated one.

    A champion that it replaces goes on in the shadow.

    Args:
        lake: the lake with the registry.
        named: beginning of its id, or its name.
        by: who does it.
        to: the stage; the next one by default.
        force: go against conditions that can be forced; every later number carries the mark.
        now: when; the current time by default.

    Returns:
        ``model_id``, ``from``, ``to``, ``conditions``, ``against``, ``is_forced`` and
        ``replaces`` (the former champion's id).

    Raises:
        NegativeVerdictError: a condition is not met.
    """
    number = newest_number(lake)
    record = record_named(lake, named)
    stage = to or next_stage(record["stage"])
    refuse_step(record["stage"], stage)
    # A champion that were promoted down to the shadow would lose the mark of force by it.
    if stage not in (SHADOW_STAGE, CHAMPION) or record["stage"] in (CHAMPION, RETIRED):
        raise InputError(
            f"Expected a promotion to {SHADOW_STAGE} or {CHAMPION} of a candidate or a shadow; "
            f"{record['name']} is {record['stage']}. Use 'tipoff models rollback' or 'retire'."
        )
    held = champion(events_of(lake), record["market"])
    compared = None
    if stage == CHAMPION and held is not None:
        compared = against(lake, record, record_named(lake, held))
    judged = _judged(lake, record, stage, compared)
    reasons = refused(judged, force=force)
    if reasons:
        hint = "" if force else " What can be forced needs --force, which leaves a mark."
        raise NegativeVerdictError(
            f"{record['name']} {record['model_id'][:SHORT]} stays {record['stage']}. "
            f"{'; '.join(reasons)}.{hint}"
        )
    is_forced = any(not one["passed"] for one in judged)
    replaces = held if stage == CHAMPION else None
    steps = [_promotion(record, stage, judged, compared, by=by, is_forced=is_forced)]
    if replaces is not None:
        former = {"model_id": replaces, "market": record["market"], "stage": CHAMPION}
        reason = f"{record['name']} {record['model_id'][:SHORT]} took its place."
        steps.insert(0, event(former, DEMOTED, SHADOW_STAGE, reason=reason, by=by))
    happened(lake, steps, number, now=now)
    return {
        "model_id": record["model_id"],
        "from": record["stage"],
        "to": stage,
        "conditions": judged,
        "against": compared,
        "is_forced": is_forced,
        "replaces": replaces,
    }


def judged_now(lake: Lake, named: str) -> dict[str, Any]:
    """Judge a model's next promotion without promoting it.

    Returns:
        ``to`` (None where there is no next stage), ``conditions`` and ``against``: how it compares
        with the champion of its market on the same player-games, None without another champion.
    """
    record = record_named(lake, named)
    held = champion(events_of(lake), record["market"])
    compared = None
    if held is not None and held != record["model_id"]:
        compared = against(lake, record, record_named(lake, held))
    if record["stage"] in (CHAMPION, RETIRED):
        return {"to": None, "conditions": [], "against": compared}
    to = next_stage(record["stage"])
    judged = _judged(lake, record, to, compared if to == CHAMPION else None)
    return {"to": to, "conditions": judged, "against": compared}


def _promotion(
    record: Mapping[str, Any],
    stage: str,
    judged: list[dict[str, Any]],
    compared: Mapping[str, Any] | None,
    *,
    by: str,
    is_forced: bool,
) -> dict[str, Any]:
    evidence = json.dumps({"conditions": judged, "against": compared}, default=str)
    failed = [one["name"] for one in judged if not one["passed"]]
    reason = f"Forced against {', '.join(failed)}." if is_forced else "All conditions are met."
    return event(
        record, PROMOTED, stage, reason=reason, by=by, is_forced=is_forced, evidence=evidence
    )


def _judged(
    lake: Lake, record: dict[str, Any], stage: str, compared: Mapping[str, Any] | None
) -> list[dict[str, Any]]:
    spec = spec_of(record)
    return conditions(
        record,
        stage,
        intact=_broken(lake, record),
        code=audited_code(spec),
        certificate=newest_certificate(lake, spec, None, record["lead_minutes"]),
        against=compared,
    )


def _broken(lake: Lake, record: dict[str, Any]) -> str | None:
    """Why a model can not be trusted to be what its id says; None where it can."""
    try:
        loaded(lake, record)
    except InputError as error:
        return str(error)
    return None


def rolled_back(
    lake: Lake, market: str, *, by: str, reason: str, now: datetime | None = None
) -> dict[str, Any]:
    """Put the champion before the last one back, also where the last one was retired.

    Raises:
        InputError: there is no other former champion that is still in service.
        NegativeVerdictError: the former one can not be read any more.
    """
    number = newest_number(lake)
    events = events_of(lake)
    held, former = champion(events, market), before_last(events, market)
    if former is None:
        raise InputError(
            f"Expected another champion of {market} so far that was not retired, so that there is "
            "one to go back to."
        )
    record = record_named(lake, former)
    broken = _broken(lake, record)
    if broken is not None:
        raise NegativeVerdictError(f"{record['name']} {former[:SHORT]} stays as it is: {broken}.")
    steps = [
        event(record, ROLLED_BACK, CHAMPION, reason=reason, by=by, is_forced=record["is_forced"])
    ]
    if held is not None:
        current = {"model_id": held, "market": market, "stage": CHAMPION}
        steps.insert(0, event(current, DEMOTED, SHADOW_STAGE, reason=reason, by=by))
    happened(lake, steps, number, now=now)
    return {"market": market, "champion": former, "demoted": held, "is_forced": record["is_forced"]}


def retired(
    lake: Lake, named: str, *, by: str, reason: str, now: datetime | None = None
) -> dict[str, Any]:
    """Take a model out of service; its predictions and grades stay."""
    number = newest_number(lake)
    record = record_named(lake, named)
    refuse_step(record["stage"], RETIRED)
    happened(lake, [event(record, RETIRED_EVENT, RETIRED, reason=reason, by=by)], number, now=now)
    return {"model_id": record["model_id"], "from": record["stage"], "to": RETIRED}


def verified(lake: Lake, named: str | None = None) -> dict[str, Any]:
    """Read models back and compute their ids again.

    Returns:
        ``models``: ``model_id, name, stage, intact``, ``reason`` where it is not, and
        ``code_changed``: whether features, datasets and fitting are other code since; and
        ``passed``.
    """
    records = [record_named(lake, named)] if named else records_of(lake)
    rows = []
    for record in records:
        reason = _broken(lake, record)
        rows.append(
            {
                **{name: record[name] for name in ("model_id", "name", "stage")},
                "intact": reason is None,
                "reason": reason,
                "code_changed": _code_changed(record),
            }
        )
    return {"models": rows, "passed": all(row["intact"] for row in rows)}


def _code_changed(record: Mapping[str, Any]) -> bool:
    try:
        return bool(record["code_fingerprint"] != audited_code(spec_of(record)))
    except InputError:
        # Its recipe can not be read by the code of now.
        return True
