"""Names that the shell completes: said here, in ``names.json``, so that none is imported for.

``make names`` writes the file from the declarations, and a test holds it against them. Models are
those of the lake that the line names, and have to be read.
"""

import json
from collections.abc import Callable, Iterable
from functools import cache
from importlib.resources import files
from typing import Any

Values = Callable[[Any], Iterable[str]]


@cache
def told() -> dict[str, Any]:
    """Return ``names.json``: lists of names by what they name."""
    found: dict[str, Any] = json.loads(files("tipoff.cli").joinpath("names.json").read_text())
    return found


def _listed(what: str) -> Values:
    return lambda _: told()[what]


def _asked(ctx: Any) -> Iterable[str]:
    """What the provider that the line names can be asked for."""
    asked: dict[str, list[str]] = told()["asked"]
    return asked.get(ctx.params.get("provider") or "", [])


def _models(ctx: Any) -> Iterable[str]:
    """The names of the models in the lake that the line, or the project, names."""
    from tipoff.settings import DEFAULT_LAKE
    from tipoff.store.lake import open_lake
    from tipoff.workflows.registered import records_of

    lake = open_lake(ctx.params.get("lake") or DEFAULT_LAKE, must_exist=True)
    return [record["name"] for record in records_of(lake)]


# By the name of the option; of some commands an option of that name is another thing.
_BY_OPTION: dict[str, Values] = {
    "market": _listed("markets"),
    "feature_set": _listed("feature_sets"),
    "table": _listed("tables"),
    "learner": _listed("learners"),
    "plant": _listed("plants"),
    "executor": _listed("executors"),
    "provider": _listed("providers"),
    "stage": _listed("stages"),
    "world": _listed("worlds"),
    "schedule": _listed("schedules"),
    "exclude_features": _listed("features"),
    "line_source": _listed("line_sources"),
}
_BY_COMMAND: dict[tuple[tuple[str, ...], str], Values] = {
    (("backfill",), "only"): _listed("processors"),
    (("daily",), "only"): _listed("steps"),
    (("daily",), "skip"): _listed("steps"),
    (("services", "run"), "only"): _listed("services"),
    (("features", "show"), "name"): _listed("features"),
    (("features", "why"), "name"): _listed("features"),
    (("fetch", "from"), "what"): _asked,
    (("predict",), "model"): _models,
    **{
        (("models", verb), "model"): _models
        for verb in ("show", "promote", "retire", "verify", "export")
    },
}


def values_of(path: tuple[str, ...], option: str) -> Values | None:
    """Return what gives the values of an option or argument, or None where any will do."""
    return _BY_COMMAND.get((path, option)) or _BY_OPTION.get(option)
