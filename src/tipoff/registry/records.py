"""What the registry knows of a model, and the hash that is its name."""

import json
import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from hashlib import sha256
from importlib.metadata import version
from typing import Any

from pydantic import ValidationError

from tipoff.errors import InputError
from tipoff.models.artifact import restored
from tipoff.models.distribution import Distribution
from tipoff.models.fitted import Fitted
from tipoff.models.learner import content_hash
from tipoff.models.spec import ModelSpec

SHORT = 12
_BESIDE = ("tipoff", "polars", "numpy", "scipy")


@dataclass(frozen=True)
class Registered:
    """A model out of the registry, ready to predict.

    Attributes:
        model_id: hash of its content.
        spec: the recipe.
        fitted: the model.
        distribution: what it says around its predictions; None where too few rows were left.
        record: its row of ``models``.
    """

    model_id: str
    spec: ModelSpec
    fitted: Fitted
    distribution: Distribution | None
    record: dict[str, Any]

    @property
    def short(self) -> str:
        """The beginning of its id, as it is printed."""
        return self.model_id[:SHORT]


def model_id(
    spec: ModelSpec,
    fitted: Fitted,
    distribution: Distribution | None,
    lead_minutes: int,
    line_source: str,
) -> str:
    """Return the SHA-256 of everything that decides what a model says of a row.

    That is the recipe but for its name, the learner's trees or coefficients, the features in order,
    the adjustment, the distribution, and for which decision and lines it was made. When it was
    fitted, and what its file looks like, is no part of it.
    """
    content = {
        "spec": spec.model_dump(mode="json", exclude={"name"}),
        "model": content_hash(fitted),
        "features": list(fitted.features),
        "distribution": _plain(distribution),
        "lead_minutes": lead_minutes,
        "line_source": line_source,
    }
    return sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def versions() -> dict[str, str]:
    """Return the versions of Python and of the libraries beside the learner's."""
    return {"python": platform.python_version(), **{name: version(name) for name in _BESIDE}}


def as_json(value: Distribution | None) -> str | None:
    """Return a distribution as the registry keeps it."""
    return None if value is None else json.dumps(_plain(value))


def spec_of(record: Mapping[str, Any]) -> ModelSpec:
    """Return the recipe of a row of ``models``.

    Raises:
        InputError: this version can not read it.
    """
    try:
        return ModelSpec(**json.loads(record["spec"]))
    except (ValidationError, json.JSONDecodeError) as error:
        raise InputError(
            f"Model {record['model_id'][:SHORT]} is refused. Expected a recipe that this version "
            "reads; it is another one's, or was changed. Train it again."
        ) from error


def read(record: dict[str, Any], body: bytes) -> Registered:
    """Return a model from its row of ``models`` and its file.

    Raises:
        InputError: the file or the row was changed, or another version of the learner made it.
    """
    spec = spec_of(record)
    noted = record["adjustment"]
    facts = {
        "file_sha256": record["file_sha256"],
        "library": record["library"],
        "features": json.loads(record["features"]),
        "trees": record["trees"],
        "adjustment": None if noted is None else json.loads(noted),
    }
    try:
        fitted = restored(body, spec.learner, facts)
    except InputError as error:
        raise InputError(f"Model {record['model_id'][:SHORT]} is refused. {error}") from error
    shape = distribution_of(record["distribution"])
    model = Registered(record["model_id"], spec, fitted, shape, record)
    found = id_again(model)
    if found != model.model_id:
        raise InputError(
            f"Model {model.short} is refused. Expected what is noted of it to be as it was "
            f"registered, but its content gives the id {found[:SHORT]}. Train it again."
        )
    return model


def distribution_of(text: str | None) -> Distribution | None:
    """Return a distribution from its JSON."""
    if text is None:
        return None
    found = json.loads(text)
    return Distribution(
        **{**found, "spread": tuple(found["spread"]), "residuals": tuple(found["residuals"])}
    )


def id_again(model: Registered) -> str:
    """Return the id that a model that was read has by its content."""
    lead, lines = model.record["lead_minutes"], model.record["line_source"]
    return model_id(model.spec, model.fitted, model.distribution, lead, lines)


def _plain(value: Distribution | None) -> dict[str, Any] | None:
    return None if value is None else asdict(value)
