"""tipoff: an honest laboratory and daily pipeline for NBA player props.

The names in ``__all__`` are the Python API (docs/python-api.md). Each is imported when it is first
asked for, so that ``import tipoff`` costs nothing.
"""

import importlib

__version__ = "0.1.0"

_PLACES = {
    "InputError": "tipoff.errors",
    "Lake": "tipoff.store.location",
    "PropRegressor": "tipoff.api.regressor",
    "TipoffError": "tipoff.errors",
    "WalkForwardSplit": "tipoff.api.splitter",
    "audit": "tipoff.api.audits",
    "backfill": "tipoff.api.lakes",
    "dataset": "tipoff.api.rows",
    "feature_rows": "tipoff.api.rows",
    "ingest": "tipoff.api.lakes",
    "league": "tipoff.api.lakes",
    "lines": "tipoff.api.rows",
    "open_lake": "tipoff.api.lakes",
    "predict": "tipoff.api.experiments",
    "scan": "tipoff.api.lakes",
    "table_files": "tipoff.api.lakes",
    "train": "tipoff.api.experiments",
    "walk_forward": "tipoff.api.experiments",
    "why": "tipoff.api.audits",
}

__all__ = [*_PLACES]  # noqa: PLE0604 -- a list of texts


def __getattr__(name: str) -> object:
    """Import a public name when it is first asked for."""
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        found = getattr(importlib.import_module(_PLACES[name]), name)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "sklearn":
            raise
        # Imports that stand in this file would make the API a part of every service.
        missing = importlib.import_module("tipoff.api.missing")
        raise missing.MissingExtraError(
            f"Expected scikit-learn for tipoff.{name}, but it is not installed. Install it with "
            "'pip install tipoff[sklearn]'."
        ) from error
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *_PLACES})
