"""Deployment drift: every declared service, as it runs, against the files that are here now."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from tipoff.errors import InputError
from tipoff.monitoring.deployment import (
    FINE,
    KNOWN,
    State,
    compared,
    libraries,
    read_report,
)
from tipoff.monitoring.packaged import PACKAGE, Files, content_hash, packaged
from tipoff.monitoring.services import SERVICES, Service, service_named
from tipoff.sources.manners import Manners
from tipoff.sources.running import MANNERS, Told, ask_versions, checked_address
from tipoff.store.location import Lake
from tipoff.workflows.service_reports import is_running, read_file, report_path
from tipoff.workflows.shipped import read_toml


class Deployed(BaseModel):
    """Where services run.

    Attributes:
        services: base address of each that speaks HTTP, by name.
        not_deployed: services that the operator says are not deployed.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    services: dict[str, str] = Field(default_factory=dict)
    not_deployed: tuple[str, ...] = ()


def read_deployed(path: Path | None) -> Deployed:
    """Read where services run; nothing is said where there is no file.

    Raises:
        InputError: it can not be read, or something in it is wrong.
    """
    if path is None:
        return Deployed()
    return read_toml(path, path.name, "list of services", Deployed.model_validate)


def deployment_drift(
    lake: Lake,
    addresses: Mapping[str, str] | None = None,
    *,
    not_deployed: Sequence[str] = (),
    live_models: Mapping[str, str] | None = None,
    root: Path = PACKAGE,
    services: Sequence[Service] = SERVICES,
    manners: Manners = MANNERS,
) -> dict[str, Any]:
    """Compare what every declared service runs with what is here now.

    Args:
        lake: in whose folder services without HTTP report.
        addresses: base address of each service that speaks HTTP, by name.
        not_deployed: services that are not to be missed; one that runs all the same is compared.
        live_models: ids of the live models, by what each is for; None: models are not compared.
        root: the package's folder.
        services: the declared services.
        manners: limits of asking.

    Returns:
        ``services[{service, state, sentence, from, version, started_at, hash_here, hash_running,
        files, libraries, models}]``, ``drifted``, ``unknown`` (names), ``compared`` (number),
        ``models_compared``.

    Raises:
        InputError: a mapped path or an entry of any service matches nothing, a service is not
            declared, an address makes no sense, or there is nothing to compare.
    """
    asked = {name: checked_address(name, url) for name, url in (addresses or {}).items()}
    _check(asked, not_deployed, services)
    # Of all, so that a map that matches nothing is found whatever runs.
    here = {service.name: packaged(service, root) for service in services}
    told = ask_versions(asked, manners)
    installed = libraries()
    rows = list[dict[str, Any]]()
    for service in services:
        name = service.name
        row, report = _reported(lake, name, asked.get(name), told.get(name), name in not_deployed)
        if report is not None:
            found = compared(
                service, here[name], report, live_models=live_models, installed=installed
            )
            row |= {**found, **_about(report)}
        rows.append({**_unknown(here[name]), **row})
    return {
        "services": rows,
        "drifted": _named(rows, (State.DRIFTED, State.MODEL_DRIFT)),
        "unknown": [r["service"] for r in rows if r["state"] not in (*KNOWN, *FINE)],
        "compared": sum(r["state"] in KNOWN for r in rows),
        "models_compared": live_models is not None,
    }


def not_fine(report: Mapping[str, Any]) -> str | None:
    """Return the sentence of a report with services that drifted or are unknown, or None."""
    drifted, unknown = report["drifted"], report["unknown"]
    parts = [f"drifted: {', '.join(drifted)}"] if drifted else []
    parts += [f"unknown: {', '.join(unknown)}"] if unknown else []
    return f"Services that are not fine: {'; '.join(parts)}." if parts else None


def _named(rows: Sequence[Mapping[str, Any]], states: Sequence[State]) -> list[str]:
    return [row["service"] for row in rows if row["state"] in states]


def _check(
    asked: Mapping[str, str], not_deployed: Sequence[str], services: Sequence[Service]
) -> None:
    for name in (*asked, *not_deployed):
        service_named(name, services)
    both = sorted(set(asked) & set(not_deployed))
    if both:
        raise InputError(
            f"Expected {', '.join(both)} to have an address or not to be deployed, got both."
        )
    if {service.name for service in services} <= set(not_deployed):
        raise InputError(
            "Expected a service that is deployed, got none: nothing would be compared."
        )


def _reported(
    lake: Lake, name: str, address: str | None, told: Told | None, is_excused: bool
) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """Return what is known of a service, and its report where it runs and told one."""
    row: dict[str, Any] = {"service": name, "from": address}
    if told is not None:
        if told.document is not None:
            return _read(row, told.document)
        state = State.NO_REPORT if told.is_reached else State.UNREACHABLE
        return {**row, "state": state.value, "sentence": f"{name}: {told.sentence}"}, None
    if is_excused and not is_running(lake, name):
        said = f"{name} is not deployed, as the operator says."
        return {**row, "state": State.NOT_DEPLOYED.value, "sentence": said}, None
    if not lake.is_local:
        said = (
            f"{name} says nothing: a lake on an object store takes no reports. State its address "
            f"as --service {name}=URL, or --not-deployed {name}."
        )
        return {**row, "state": State.NO_REPORT.value, "sentence": said}, None
    return _from_file(lake, {**row, "from": str(report_path(lake, name))})


def _from_file(lake: Lake, row: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any] | None]:
    name, path = row["service"], Path(row["from"])
    runs = is_running(lake, name)
    try:
        document = read_file(path)
    except InputError as error:
        return {**row, "state": State.NO_REPORT.value, "sentence": str(error)}, None
    if document is None:
        said = (
            f"{name} has said nothing: there is no {path}. Start it, state its address as "
            f"--service {name}=URL, or --not-deployed {name}."
        )
        return {**row, "state": State.NO_REPORT.value, "sentence": said}, None
    if not runs:
        said = (
            f"{name} is not running: whoever wrote {path} has ended. Start it, or say "
            f"--not-deployed {name}."
        )
        return {**row, "state": State.NOT_RUNNING.value, "sentence": said}, None
    return _read(row, document)


def _read(row: dict[str, Any], document: object) -> tuple[dict[str, Any], dict[str, Any] | None]:
    try:
        return row, read_report(document, row["service"])
    except InputError as error:
        return {**row, "state": State.NO_REPORT.value, "sentence": str(error)}, None


def _about(report: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "version": report["version"],
        "started_at": report["started_at"],
        "hash_running": report["content_hash"],
    }


def _unknown(here: Files) -> dict[str, Any]:
    """Return what stands for what a service did not say."""
    return {
        "hash_here": content_hash(here),
        "hash_running": None,
        "version": None,
        "started_at": None,
        "files": None,
        "libraries": None,
        "models": None,
    }
