"""Shapes are compared on the same rows of the same model."""

import pytest
from tests.conftest import TEST, TRAIN

from tipoff.models.distribution import SHAPES
from tipoff.models.spec import ModelSpec
from tipoff.store.lake import Lake
from tipoff.workflows.distribution_study import MEASURES, distribution_study
from tipoff.workflows.table_config import Row


def test_every_shape_is_graded_on_the_same_rows_and_none_is_far_off(built_lake: Lake) -> None:
    spec = ModelSpec(name="shapes", no_vegas=True, iterations=60, learning_rate=0.1)
    row = Row(
        title="one",
        train_start=TRAIN[0],
        train_end=TRAIN[1],
        eval_start=TEST[0],
        eval_end=TEST[1],
        line_source="median",
    )
    found = distribution_study(built_lake, spec, [row], threads=1)
    assert [entry["shape"] for entry in found] == list(SHAPES)
    for name in MEASURES:
        assert len({entry[name]["n"] for entry in found}) == 1
    values = [entry["crps"]["value"] for entry in found]
    assert len(set(values)) == len(SHAPES)
    assert max(values) < 1.1 * min(values)
    for entry in found:
        expected = entry["expected_coverage_80"]["value"]
        # Spreads are learnt from two weeks of a small league: a few points off is chance.
        assert entry["coverage_80"]["value"] == pytest.approx(expected, abs=0.15)
