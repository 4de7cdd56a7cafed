"""A saved model: the learner's file and beside it a JSON file that says what it is."""

import json
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from tipoff.errors import InputError
from tipoff.models.adjustment import Adjustment
from tipoff.models.fitted import Fitted
from tipoff.models.learner import content_hash, learner_named
from tipoff.models.spec import ModelSpec


@dataclass(frozen=True)
class Artifact:
    """Where a model was saved, the hash of its content, and the size of its file in bytes."""

    path: Path
    sha256: str
    bytes: int


def save(fitted: Fitted, spec: ModelSpec, folder: Path, about: dict[str, Any]) -> Artifact:
    """Save a model under its content's hash; the same model saved again is the same file name.

    Args:
        about: facts of the run that are kept beside the model (windows, fingerprint, plant).
    """
    digest = content_hash(fitted)
    folder.mkdir(parents=True, exist_ok=True)
    learner = learner_named(fitted.learner)
    path = folder / f"{spec.name}-{digest[:12]}{learner.SUFFIX}"
    learner.write(fitted, path)
    record = {
        "sha256": digest,
        "file_sha256": _file_hash(path),
        "learner": fitted.learner,
        "library": fitted.library,
        "features": list(fitted.features),
        "trees": fitted.trees,
        "adjustment": None if fitted.adjustment is None else asdict(fitted.adjustment),
        "spec": spec.model_dump(mode="json"),
        **about,
    }
    beside(path).write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    return Artifact(path, digest, path.stat().st_size)


def file_of(fitted: Fitted) -> tuple[bytes, str]:
    """Return the learner's file of a model, and how its name ends."""
    learner = learner_named(fitted.learner)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"model{learner.SUFFIX}"
        learner.write(fitted, path)
        return path.read_bytes(), learner.SUFFIX


def restored(body: bytes, learner_name: str, record: Mapping[str, Any]) -> Fitted:
    """Return a model from the learner's file and what was noted of it.

    Args:
        body: of ``file_of``.
        learner_name: whose file it is.
        record: ``file_sha256``, ``library``, ``features``, ``trees`` and ``adjustment``.

    Raises:
        InputError: the file was changed, or was made by another version of the learner.
    """
    if sha256(body).hexdigest() != record["file_sha256"]:
        raise InputError(
            "Expected the model's file to be as it was saved; its content has changed. Train it "
            "again."
        )
    learner = learner_named(learner_name)
    _refuse_other_library(learner.library(), record["library"])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"model{learner.SUFFIX}"
        path.write_bytes(body)
        model = learner.read(path)
    return _fitted(learner_name, model, record)


def _fitted(name: str, model: object, record: Mapping[str, Any]) -> Fitted:
    noted = record.get("adjustment")
    adjustment = None if noted is None else Adjustment(**noted)
    made = (record["library"], adjustment)
    return Fitted(name, model, tuple(record["features"]), record["trees"], 0, 0, "", *made)


def _refuse_other_library(own: str, noted: str) -> None:
    if noted != own:
        raise InputError(
            f"Expected a model of {own}, got one of {noted}: another version may predict something "
            "else. Train it again."
        )


def beside(path: Path) -> Path:
    """Return where it is said what a saved model is."""
    return path.with_name(path.name.split(".")[0] + ".json")


def load(path: Path) -> tuple[Fitted, dict[str, Any]]:
    """Return a saved model and what was noted beside it.

    Raises:
        InputError: a file is missing, was changed, or was made by another version of the learner.
    """
    about = beside(path)
    for file in (path, about):
        if not file.is_file():
            raise InputError(f"Expected a saved model at {file}, found none.")
    record = _record(about)
    if _file_hash(path) != record["file_sha256"]:
        raise InputError(
            f"Expected {path} to be as it was saved; its content has changed. Train it again."
        )
    # Models that were saved before there were other learners do not say whose they are.
    name = record.get("learner", "catboost")
    learner = learner_named(name)
    _refuse_other_library(learner.library(), record["library"])
    return _fitted(name, learner.read(path), record), record


def _record(beside: Path) -> dict[str, Any]:
    try:
        record = json.loads(beside.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, json.JSONDecodeError):
        record = None
    wanted = {"file_sha256", "library", "features", "trees"}
    if not isinstance(record, dict) or not wanted <= record.keys():
        raise InputError(f"Expected {beside} to say what the model is; it is damaged.")
    return record


def _file_hash(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()
