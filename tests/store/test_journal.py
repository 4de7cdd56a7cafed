"""What a run has written down is there whenever it is killed, once, and only when it is gone."""

import fcntl
import os
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from tests.store.answer_rows import answer_rows

from tipoff.errors import StoreError
from tipoff.store.archive import Keeper, kept, take_over, with_bodies
from tipoff.store.journal import FOLDER, Journal, Left
from tipoff.store.lake import Lake, open_lake, read
from tipoff.tables.answers import ANSWERS

BODIES = (b"one", bytes(range(256)), b"")


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return open_lake(str(tmp_path / "a lake"))


def _rows(*bodies: bytes) -> list[dict[str, Any]]:
    return answer_rows(*bodies).to_dicts()


def _files(lake: Lake) -> list[Path]:
    return list((Path(lake.url) / FOLDER).glob("*"))


def _killed(lake: Lake, *bodies: bytes) -> Path:
    """Leave what a run leaves that is killed with these answers written down."""
    with Journal(lake) as journal:
        for row in _rows(*bodies):
            assert journal.write(row)
    (path,) = _files(lake)
    return path


def test_what_a_killed_run_wrote_down_is_kept_once(lake: Lake) -> None:
    path = _killed(lake, *BODIES)
    with path.open("ab") as file:
        file.write(b'{"answer": "the one that was being writ')
    # The run had committed the first of them, too.
    Keeper(lake).keep(answer_rows(BODIES[0]))
    for _ in range(2):
        take_over(lake)
        assert pl.concat(with_bodies(lake, kept(lake)))["body"].to_list() == list(BODIES)
        assert read(lake, ANSWERS).height == len(BODIES)
    assert not _files(lake)


def test_what_is_written_down_comes_back_as_it_was(lake: Lake) -> None:
    _killed(lake, *BODIES)
    with Left(lake) as left:
        assert left.rows == _rows(*BODIES)
    # Not removed: it is not committed.
    assert len(_files(lake)) == 1


def test_a_run_that_goes_on_keeps_its_own(lake: Lake) -> None:
    with Journal(lake) as journal:
        for row in _rows(*BODIES):
            journal.write(row)
        with Left(lake) as left:
            assert not left.rows
            left.remove()
        assert len(_files(lake)) == 1
        journal.clear()
    assert not _files(lake)


def test_a_file_that_is_removed_before_it_is_locked_is_opened_anew(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another run finds it unlocked and takes it for left."""
    lock, times = fcntl.flock, []

    def slow(descriptor: int, how: int) -> None:
        times.append(how)
        if len(times) == 1:
            take_over(lake)
        lock(descriptor, how)

    monkeypatch.setattr(fcntl, "flock", slow)
    _killed(lake, *BODIES)
    take_over(lake)
    assert kept(lake).height == len(BODIES)


def test_an_answer_without_room_leaves_what_was_written(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = os.write

    def full(descriptor: int, data: Any) -> int:
        write(descriptor, data[: len(data) // 2])
        raise OSError(28, "No space left on device")

    first, second = _rows(b"one", b"two")
    with Journal(lake) as journal:
        journal.write(first)
        with monkeypatch.context() as patched:
            patched.setattr(os, "write", full)
            with pytest.raises(StoreError, match="make room"):
                journal.write(second)
        journal.write(second)
    with Left(lake) as left:
        assert left.rows == [first, second]


def test_a_damaged_file_is_told_and_left(lake: Lake) -> None:
    path = _killed(lake, *BODIES)
    path.write_bytes(b"no answer\n" + path.read_bytes())
    with pytest.raises(StoreError, match="Move it away"):
        take_over(lake)
    assert _files(lake) == [path]


def test_an_object_store_has_none() -> None:
    with Journal(Lake("s3://bucket/lake")) as journal:
        assert not journal.write(_rows(b"one")[0])
        journal.clear()
