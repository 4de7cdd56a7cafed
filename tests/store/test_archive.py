"""Bodies are stored once, read in their order, and survive folding; several writers meet."""

from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
from tests.sources.weather import ERROR_PAGE
from tests.store.answer_rows import answer_rows

from tipoff.store import archive
from tipoff.store.archive import fold, keep, kept, stored_bodies, with_bodies
from tipoff.store.lake import Lake, open_lake, read, table_hash
from tipoff.tables.answers import ANSWER_BODIES, ANSWERS


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return open_lake(str(tmp_path / "a lake"))


def test_a_body_is_stored_once_whoever_keeps_it(lake: Lake) -> None:
    stored: set[str] = set()
    keep(lake, answer_rows(b"one", b"two", b"one"), stored)
    keep(lake, answer_rows(b"two", first=3), stored_bodies(lake))
    assert read(lake, ANSWER_BODIES).height == len(stored) == 2
    # A writer that did not know stores it again; it is read once.
    keep(lake, answer_rows(b"one", first=4), set())
    bodies = pl.concat(with_bodies(lake, kept(lake)))["body"].to_list()
    assert bodies == [b"one", b"two", b"one", b"two", b"one"]


def test_any_bytes_come_back_and_like_bodies_take_little_room(lake: Lake) -> None:
    bodies = [bytes(range(256)), b"", b"\x00", ERROR_PAGE]
    page = b'{"name": "LeBron James", "price": -115, "point": 25.5}' * 2000
    bodies += [page + str(n).encode() for n in range(10)]
    keep(lake, answer_rows(*bodies), set())
    assert pl.concat(with_bodies(lake, kept(lake)))["body"].to_list() == bodies
    stored = sum(f.stat().st_size for f in (Path(lake.url) / "answer_bodies").glob("*.parquet"))
    assert stored < sum(map(len, bodies)) / 20


def test_answers_are_found_by_provider_endpoint_and_time(lake: Lake) -> None:
    keep(lake, answer_rows(b"a", b"b"), set())
    keep(lake, answer_rows(b"c", first=2, provider="joy", endpoint="odds"), set())
    assert kept(lake, provider="joy")["answer"].to_list() == ["answer 2"]
    assert kept(lake, endpoint="schedule").height == 2
    assert kept(lake, since=datetime(2024, 11, 1, 12, 1, tzinfo=UTC)).height == 2


def test_reading_is_cut_by_bytes(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    keep(lake, answer_rows(*[bytes([n]) * 100 for n in range(10)]), set())
    monkeypatch.setattr(archive, "BATCH_BYTES", 300)
    parts = list(with_bodies(lake, kept(lake)))
    assert len(parts) == 4
    assert pl.concat(parts)["answer"].to_list() == [f"answer {n}" for n in range(10)]


def test_many_small_files_are_folded_and_say_the_same(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(6):
        keep(lake, answer_rows(str(n).encode(), first=n), set())
    before = [table_hash(lake, table) for table in (ANSWERS, ANSWER_BODIES)]
    monkeypatch.setattr(archive, "MANY_FILES", 4)
    fold(lake)
    assert [table_hash(lake, table) for table in (ANSWERS, ANSWER_BODIES)] == before
    keep(lake, answer_rows(b"later", first=6), stored_bodies(lake))
    assert kept(lake).height == 7
