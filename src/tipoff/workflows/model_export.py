"""Export a registered model to MLflow's registry, for those who keep theirs there.

The registry here stays the one that counts: what is exported is a copy, under its own id, and is
exported once.
"""

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

from tipoff.errors import InputError, TipoffError
from tipoff.store.lake import Lake, scan
from tipoff.tables.models import MODEL_FILES
from tipoff.workflows.registered import record_named

EXPERIMENT = "tipoff"
_ID = "tipoff.model_id"
_TAGS = (
    "model_id",
    "market",
    "stage",
    "is_forced",
    "train_start",
    "train_end",
    "data_fingerprint",
    "code_fingerprint",
    "library",
    "file_sha256",
    "run_id",
    "certificate_id",
    "verdict",
    "plant",
)


def exported(lake: Lake, named: str, uri: str) -> dict[str, Any]:
    """Export a model, its record and its numbers.

    Args:
        lake: the lake with the registry.
        named: beginning of its id, or its name.
        uri: of the MLflow server or store.

    Returns:
        ``model_id``, ``registered_model``, ``version``, ``is_new`` and ``alias`` (its stage).

    Raises:
        InputError: there is no such model, or MLflow is not installed.
        TipoffError: MLflow refuses it.
    """
    client, refusal = _client(uri)
    record = record_named(lake, named)
    name = f"{EXPERIMENT}-{record['market']}-{record['name']}"
    try:
        version, is_new = _version(client, name, record, lake)
        client.set_registered_model_alias(name, record["stage"], version)
    except refusal as error:
        raise TipoffError(
            f"Expected MLflow at {uri} to take {record['name']}, but {error}. Nothing changed here."
        ) from error
    return {
        "model_id": record["model_id"],
        "registered_model": name,
        "version": version,
        "is_new": is_new,
        "alias": record["stage"],
    }


def _client(uri: str) -> tuple[Any, type[Exception]]:
    try:
        from mlflow.exceptions import MlflowException  # noqa: PLC0415 -- an extra
        from mlflow.tracking import MlflowClient  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise InputError(
            "Expected MLflow to be installed; it is not. Install it with 'pip install "
            "tipoff[mlflow]'."
        ) from error
    try:
        return MlflowClient(tracking_uri=uri, registry_uri=uri), MlflowException
    except MlflowException as error:
        raise InputError(f"Expected an MLflow server or store at {uri}, but {error}") from error


def _version(client: Any, name: str, record: Mapping[str, Any], lake: Lake) -> tuple[str, bool]:
    known = {model.name for model in client.search_registered_models()}
    if name in known:
        for one in client.search_model_versions(f"name='{name}'"):
            if one.tags.get(_ID) == record["model_id"]:
                return str(one.version), False
    else:
        client.create_registered_model(name)
    run = _run(client, record, lake)
    source = f"{run.info.artifact_uri}/model"
    tags = {_ID: record["model_id"], **_tags(record)}
    made = client.create_model_version(name, source, run.info.run_id, tags=tags)
    return str(made.version), True


def _run(client: Any, record: Mapping[str, Any], lake: Lake) -> Any:
    """Log the model's file and record as a run of MLflow's own."""
    found = client.get_experiment_by_name(EXPERIMENT)
    experiment = client.create_experiment(EXPERIMENT) if found is None else found.experiment_id
    run = client.create_run(experiment, tags=_tags(record), run_name=record["name"])
    for key, value in json.loads(record["spec"]).items():
        client.log_param(run.info.run_id, key, value)
    for key, value in _metrics(record).items():
        client.log_metric(run.info.run_id, key, value)
    body = scan(lake, MODEL_FILES).filter(pl.col("model_id") == record["model_id"]).collect()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"model{record['suffix']}"
        path.write_bytes(body["body"][0])
        about = Path(folder) / "record.json"
        about.write_text(json.dumps(record, default=str, indent=1), encoding="utf-8")
        for file in (path, about):
            client.log_artifact(run.info.run_id, str(file), "model")
    client.set_terminated(run.info.run_id)
    return run


def _tags(record: Mapping[str, Any]) -> dict[str, str]:
    return {f"tipoff.{name}": str(record[name]) for name in _TAGS if record[name] is not None}


def _metrics(record: Mapping[str, Any]) -> dict[str, float]:
    lines = (record["report"] or {}).get("lines", {})
    found = {name: lines.get(name) for name in ("n", "mae", "line_mae")}
    found["train_rows"] = record["train_rows"]
    return {name: float(value) for name, value in found.items() if value is not None}
