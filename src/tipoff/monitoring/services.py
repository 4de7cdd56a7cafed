"""The services of tipoff: what code is behind each, and which files that code reads by name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tipoff.errors import InputError


@dataclass(frozen=True)
class Service:
    """One service.

    Attributes:
        name: as commands and reports call it.
        about: one line.
        entries: modules that it starts with; what they import, directly or not, is packaged too.
        paths: files that it needs besides, as globs below the package; ``configs/`` is the folder
            of shipped configurations.
        serves_models: whether it must say which models it serves.
    """

    name: str
    about: str
    entries: tuple[str, ...]
    paths: tuple[str, ...] = ()
    serves_models: bool = False


# What runs a job apart; what else jobs do is no part of the service.
_RUNNER = ("tipoff.web.schedule", "tipoff.web.jobs", "tipoff.web.heartbeats")

SERVICES = (
    Service(
        "api",
        "Serves published results, health, version and checks over HTTP.",
        ("tipoff.web.server",),
    ),
    Service(
        "scheduler",
        "Runs the daily jobs.",
        ("tipoff.web.server",),
        serves_models=True,
    ),
    Service("grading", "Grades picks.", ("tipoff.workflows.grade", *_RUNNER)),
    Service(
        "validate-freshness",
        "Tells how old each table is.",
        ("tipoff.workflows.freshness", *_RUNNER),
    ),
    Service(
        "reconcile",
        "Tells what should be there and is not.",
        ("tipoff.workflows.reconcile", *_RUNNER),
    ),
    Service(
        "validation-runner", "Runs the checks of the day.", ("tipoff.workflows.validate", *_RUNNER)
    ),
    Service("publisher", "Writes what is published.", ("tipoff.workflows.publish", *_RUNNER)),
)

# What a module reads or imports by a name that no import statement shows. A service that packages
# the module packages these files too. A module that may read by name stands here, if with nothing.
READ_BY_NAME: Mapping[str, tuple[str, ...]] = {
    # The Python API, which no service uses: it lies above them all.
    "tipoff.__init__": (),
    "tipoff.backtest.audit_card": ("backtest/templates/audit.*.j2",),
    "tipoff.backtest.report": ("backtest/templates/multiseason.*.j2",),
    "tipoff.features.warm_up": ("features/warm_up.csv",),
    "tipoff.models.learner": ("models/*_learner.py",),
    "tipoff.monitoring.packaged": (),
    "tipoff.sources.identity": ("sources/aliases.toml",),
    "tipoff.store.fingerprint": (),
    "tipoff.workflows.shipped": ("configs/*.toml",),
}


def service_named(name: str, services: Sequence[Service] = SERVICES) -> Service:
    """Return a declared service.

    Raises:
        InputError: there is none of that name.
    """
    for service in services:
        if service.name == name:
            return service
    known = ", ".join(service.name for service in services)
    raise InputError(f"Expected a service out of {known}; got {name!r}.")
