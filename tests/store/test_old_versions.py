"""Old versions stay readable, however old; one that is gone is never taken for an empty table."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from deltalake import DeltaTable, PostCommitHookProperties, write_deltalake

from tipoff.errors import StoreError
from tipoff.store import delta
from tipoff.store.lake import Lake, log, open_lake, scan
from tipoff.tables.ledger import TIMINGS

COMMITS = 12
# Everything is past its time at once, and every third commit looks for what is.
IMPATIENT = {"delta.checkpointInterval": "3", "delta.logRetentionDuration": "interval 0 seconds"}


def _timing(number: int) -> pl.DataFrame:
    at = datetime(2024, 1, 1, tzinfo=UTC) + timedelta(days=number)
    return pl.DataFrame([("p", at, 1, 1.0)], schema=TIMINGS.columns, orient="row")


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    lake = open_lake(str(tmp_path / "lake"))
    write_deltalake(lake.table_url(TIMINGS), _timing(0), configuration=IMPATIENT)
    return lake


def _written_again(lake: Lake) -> None:
    for number in range(1, COMMITS):
        log(lake, TIMINGS, _timing(number))


def test_every_version_stays_readable(lake: Lake) -> None:
    _written_again(lake)
    for number in range(COMMITS):
        assert scan(lake, TIMINGS, at=number).collect().height == number + 1


def test_without_the_guard_old_versions_go_and_that_is_an_error(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    tidy = PostCommitHookProperties(create_checkpoint=True, cleanup_expired_logs=True)
    monkeypatch.setattr(delta, "PostCommitHookProperties", lambda **_: tidy)
    _written_again(lake)
    assert DeltaTable(lake.table_url(TIMINGS)).version() == COMMITS - 1
    with pytest.raises(StoreError, match=r"Expected version 1 of .*choose a newer version"):
        scan(lake, TIMINGS, at=1)
    with pytest.raises(StoreError, match="Expected version 1 of"):
        scan(replace(lake, versions={TIMINGS.name: 1}), TIMINGS)


def test_a_version_that_never_was_is_an_error(lake: Lake) -> None:
    with pytest.raises(StoreError, match="Expected version 99 of"):
        scan(lake, TIMINGS, at=99)


def test_a_table_that_a_version_did_not_have_is_empty(lake: Lake) -> None:
    assert scan(replace(lake, versions={}), TIMINGS).collect().is_empty()


def test_a_log_is_opened_without_reading_all_of_its_entries(tmp_path: Path) -> None:
    """What is noted by the step is opened by the step: every ten commits stand in one file."""
    lake = open_lake(str(tmp_path / "lake"))
    for number in range(COMMITS):
        log(lake, TIMINGS, _timing(number))
    entries = Path(lake.table_url(TIMINGS), "_delta_log")
    assert [path.name for path in entries.glob("*.checkpoint.parquet")] == [
        f"{10:020}.checkpoint.parquet"
    ]
    for number in range(10):
        (entries / f"{number:020}.json").unlink()
    assert scan(lake, TIMINGS).collect().height == COMMITS
