"""A registered model in MLflow's registry."""

import hashlib
from pathlib import Path

import pytest
from tests.workflows.test_replay import CONFIG, MODEL, START

from tipoff.domain.clock import eastern_moment
from tipoff.errors import InputError
from tipoff.store.lake import Lake
from tipoff.store.location import looking_at
from tipoff.workflows.model_export import exported
from tipoff.workflows.refit import How, refit
from tipoff.workflows.registered import record_named
from tipoff.workflows.replay import MORNING

mlflow = pytest.importorskip("mlflow.tracking")


def test_a_model_is_exported_once_with_its_file_and_its_stage(
    built_lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    day = START
    now = eastern_moment(day, MORNING)
    own = looking_at(built_lake, str(tmp_path / "own"), now)
    made = refit(own, CONFIG, MODEL, day, How(now, 1))
    uri = (tmp_path / "mlruns").as_uri()
    found = exported(own, made["model_id"], uri)
    assert (found["is_new"], found["alias"]) == (True, "candidate")
    assert exported(own, made["model_id"], uri) == found | {"is_new": False}
    client = mlflow.MlflowClient(tracking_uri=uri, registry_uri=uri)
    version = client.get_model_version_by_alias(found["registered_model"], "candidate")
    assert version.tags["tipoff.model_id"] == made["model_id"]
    files = {path.name: path for path in (tmp_path / "mlruns").rglob("model/*") if path.is_file()}
    record = record_named(own, made["model_id"])
    body = files[f"model{record['suffix']}"].read_bytes()
    assert hashlib.sha256(body).hexdigest() == record["file_sha256"]


def test_an_unknown_model_is_a_sentence(
    built_lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    own = looking_at(built_lake, str(tmp_path / "own"))
    with pytest.raises(InputError, match="Expected one registered model"):
        exported(own, "nobody", (tmp_path / "mlruns").as_uri())
