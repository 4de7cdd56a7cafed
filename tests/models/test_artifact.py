import json
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_series_equal
from tests.models.synthetic import FEATURES, feature_rows

from tipoff.errors import InputError
from tipoff.models.artifact import Artifact, load, save
from tipoff.models.fitted import Fitted
from tipoff.models.learner import content_hash, fit, predict
from tipoff.models.spec import ModelSpec

SPEC = ModelSpec(name="small", iterations=15, depth=3, loss="Huber:delta=5")


@pytest.fixture(scope="module")
def rows() -> pl.DataFrame:
    return feature_rows().drop_nulls("actual")


@pytest.fixture(scope="module")
def fitted(rows: pl.DataFrame) -> Fitted:
    return fit(SPEC, rows, FEATURES)


@pytest.fixture
def saved(fitted: Fitted, tmp_path: Path) -> Artifact:
    return save(fitted, SPEC, tmp_path / "a folder", {"run_id": "r"})


def test_a_model_comes_back_as_it_was_saved(
    fitted: Fitted, saved: Artifact, rows: pl.DataFrame
) -> None:
    back, record = load(saved.path)
    assert_series_equal(predict(back, rows), predict(fitted, rows), check_exact=True)
    assert content_hash(back) == saved.sha256 == record["sha256"]
    assert record["run_id"] == "r"
    assert record["spec"]["loss"] == "Huber:delta=5"
    assert saved.bytes == saved.path.stat().st_size


def test_saving_a_retrained_model_names_the_same_file(
    saved: Artifact, rows: pl.DataFrame, tmp_path: Path
) -> None:
    again = save(fit(SPEC, rows, FEATURES), SPEC, tmp_path / "b", {})
    assert (again.sha256, again.path.name) == (saved.sha256, saved.path.name)


def test_a_changed_file_is_refused(saved: Artifact) -> None:
    content = bytearray(saved.path.read_bytes())
    content[len(content) // 2] ^= 1
    saved.path.write_bytes(bytes(content))
    with pytest.raises(InputError, match="content has changed"):
        load(saved.path)


def test_a_model_of_another_version_is_refused(saved: Artifact) -> None:
    beside = saved.path.with_suffix(".json")
    record = json.loads(beside.read_text())
    beside.write_text(json.dumps({**record, "library": "catboost 0.1"}))
    with pytest.raises(InputError, match=r"catboost 0\.1"):
        load(saved.path)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"sha256": '])
def test_a_damaged_note_beside_it_is_refused(saved: Artifact, text: str) -> None:
    saved.path.with_suffix(".json").write_text(text)
    with pytest.raises(InputError, match="damaged"):
        load(saved.path)


def test_a_missing_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="found none"):
        load(tmp_path / "none.cbm")
