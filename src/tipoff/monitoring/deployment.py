"""Deployment drift: whether a running service runs the files that are here now.

A service reads what it packages once, when it starts, and says so for as long as it runs. What it
says is compared with the same files now. A label decides nothing: old code under a new version is
drift.
"""

import json
import platform
from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from tipoff import __version__
from tipoff.errors import InputError
from tipoff.monitoring.packaged import PACKAGE, Files, content_hash, packaged
from tipoff.monitoring.services import SERVICES, Service, service_named

# A model fitted by one version of these may predict something else by another.
LIBRARIES = ("catboost", "lightgbm", "numpy", "polars", "scipy", "xgboost", "xgboost-cpu")
_SHOWN = 3


class State(StrEnum):
    """What is known of a service; only the first two are fine."""

    SAME = "same"
    NOT_DEPLOYED = "not deployed"
    DRIFTED = "drifted"
    MODEL_DRIFT = "model drift"
    NOT_RUNNING = "not running"
    UNREACHABLE = "unreachable"
    NO_REPORT = "no report"


FINE = (State.SAME, State.NOT_DEPLOYED)
KNOWN = (State.SAME, State.DRIFTED, State.MODEL_DRIFT)


def libraries() -> dict[str, str | None]:
    """Return the installed version of each library that predictions depend on; None: not there."""
    return {name: _version(name) for name in LIBRARIES}


def _version(library: str) -> str | None:
    try:
        return version(library)
    except PackageNotFoundError:
        return None


def captured(
    service: Service, root: Path = PACKAGE, models: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Return what a service that starts now is, as JSON.

    Returns:
        ``service``, ``content_hash``, ``files`` (path: SHA-256), ``version`` of tipoff, ``python``,
        ``libraries`` (name: version or None), ``started_at`` (UTC), ``models``.
    """
    files = packaged(service, root)
    return {
        "service": service.name,
        "content_hash": content_hash(files),
        "files": dict(files),
        "version": __version__,
        "python": platform.python_version(),
        "libraries": libraries(),
        "started_at": datetime.now(UTC).isoformat(),
        "models": dict(models or {}),
    }


def running_identity(service: str, models: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Return what this process runs as a service, as it was when this was first called.

    Call it first of all when a service starts: files that change later are then seen as drift.

    Args:
        service: its name.
        models: the ids of the models that it serves now, by what each is for.

    Raises:
        InputError: there is no such service, or something that it packages is missing.
    """
    return {**deepcopy(_at_start(service)), "models": dict(models or {})}


@cache
def _at_start(service: str) -> dict[str, Any]:
    return captured(service_named(service, SERVICES))


def read_report(document: object, service: str) -> dict[str, Any]:
    """Return what a running service reports, where it is whole.

    Raises:
        InputError: something is missing, is of another kind, contradicts itself, or is of another
            service.
    """
    if not isinstance(document, dict):
        raise InputError(f"Expected a report of {service}, got {type(document).__name__}.")
    is_text = _is_text(document)
    for key, kind in _KINDS.items():
        if not (is_text and isinstance(document.get(key), kind)):
            raise InputError(f"Expected {key} in the report of {service}; it is not whole.")
    if document["service"] != service:
        raise InputError(
            f"Expected a report of {service}, got one of {document['service']}; its address may be "
            "another service's."
        )
    for key in ("files", "models", "libraries"):
        if not all(isinstance(value, str | None) for value in document[key].values()):
            raise InputError(f"Expected names and texts for {key} in the report of {service}.")
    if None in [*document["files"].values(), *document["models"].values()]:
        raise InputError(f"Expected hashes and ids in the report of {service}, got nothing.")
    if content_hash(document["files"].items()) != document["content_hash"]:
        raise InputError(
            f"Expected the report of {service} to say the hash of the files that it lists; it "
            "says another. It is not to be believed."
        )
    return document


def _is_text(document: object) -> bool:
    """Whether everything in it can be written again; JSON may hold halves of characters."""
    try:
        json.dumps(document, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


_KINDS: Mapping[str, type] = {
    "service": str,
    "content_hash": str,
    "files": dict,
    "version": str,
    "python": str,
    "libraries": dict,
    "started_at": str,
    "models": dict,
}


def compared(
    service: Service,
    here: Files,
    report: Mapping[str, Any],
    *,
    live_models: Mapping[str, str] | None = None,
    installed: Mapping[str, str | None] | None = None,
) -> dict[str, Any]:
    """Compare what a running service reports with what is here now.

    Args:
        service: the service.
        here: the files that it would package now.
        report: what it says, whole.
        live_models: ids of the models that are to be served, by what each is for; None: models are
            not compared.
        installed: the libraries that are here.

    Returns:
        ``state``, ``sentence``, ``files{differ, added, gone}`` (added since, gone since),
        ``libraries[{name, running, here}]``, ``models[{name, running, live}]``.
    """
    files = _files(dict(here), report["files"])
    others = _pairs(report["libraries"], libraries() if installed is None else installed, "here")
    models = []
    if live_models is not None and (service.serves_models or report["models"]):
        models = _pairs(report["models"], live_models, "live")
    state, sentences = State.SAME, list[str]()
    if any(files.values()) or others:
        state = State.DRIFTED
        sentences = [_drift_words(service.name, report, files, others)]
    elif models:
        state = State.MODEL_DRIFT
    if models:
        sentences.append(_model_words(service.name, models))
    sentence = " ".join(sentences) or f"{service.name} runs what is here."
    return {
        "state": state.value,
        "sentence": sentence,
        "files": files,
        "libraries": others,
        "models": models,
    }


def _files(here: Mapping[str, str], running: Mapping[str, str]) -> dict[str, list[str]]:
    both = here.keys() & running.keys()
    return {
        "differ": sorted(path for path in both if here[path] != running[path]),
        "added": sorted(here.keys() - running.keys()),
        "gone": sorted(running.keys() - here.keys()),
    }


def _pairs(
    running: Mapping[str, str | None], wanted: Mapping[str, str | None], what: str
) -> list[dict[str, str | None]]:
    return [
        {"name": name, "running": running.get(name), what: wanted.get(name)}
        for name in sorted(running.keys() | wanted.keys())
        if running.get(name) != wanted.get(name)
    ]


def _drift_words(
    name: str,
    report: Mapping[str, Any],
    files: Mapping[str, Sequence[str]],
    others: Sequence[Mapping[str, str | None]],
) -> str:
    parts = [
        f"{len(paths):,} {_KIND_OF[kind]} ({_some(paths)})"
        for kind, paths in files.items()
        if paths
    ]
    if others:
        words = (f"{o['name']} {o['running'] or 'none'} for {o['here'] or 'none'}" for o in others)
        parts.append(f"other libraries ({_some(words)})")
    label = f", though both call themselves {__version__}" * (report["version"] == __version__)
    return (
        f"{name}, started at {report['started_at']}, does not run what is here{label}: "
        f"{'; '.join(parts)}. Start it again from what is here."
    )


_KIND_OF = {"differ": "files differ", "added": "files are new", "gone": "files are gone"}


def _model_words(name: str, models: Sequence[Mapping[str, str | None]]) -> str:
    words = (
        f"{m['name']}: {m['running'] or 'none'}, where {m['live'] or 'none'} is live"
        for m in models
    )
    return f"{name} serves other models than the live ones ({_some(words)}). Start it again."


def _some(words: Iterable[str]) -> str:
    found = list(words)
    more = f" and {len(found) - _SHOWN:,} more" if len(found) > _SHOWN else ""
    return ", ".join(found[:_SHOWN]) + more
