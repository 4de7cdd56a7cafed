"""All checks: importing this declares them."""

from tipoff.monitoring import data_checks, model_checks, service_checks
from tipoff.monitoring.declare import CHECKS, Check

__all__ = ["CHECKS", "MODULES", "all_checks"]

MODULES = (data_checks, model_checks, service_checks)


def all_checks() -> list[Check]:
    """Return every check that is declared, by name."""
    return sorted(CHECKS.values(), key=lambda c: c.name)
