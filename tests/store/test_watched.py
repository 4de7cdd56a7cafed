"""Tables that stay open: what is looked at is the newest, and nothing is written through them."""

import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from tipoff.errors import TipoffError
from tipoff.store.delta import found_in, opened
from tipoff.store.lake import Lake, log, open_lake, scan
from tipoff.store.watched import Watched
from tipoff.tables.ledger import TIMINGS


def _rows(name: str) -> pl.DataFrame:
    row = [(name, datetime.now(UTC), 1, 2.0)]
    return pl.DataFrame(row, schema=TIMINGS.columns, orient="row")


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return open_lake(str(tmp_path / "lake"))


def _names(lake: Lake) -> list[str]:
    return sorted(scan(lake, TIMINGS).collect()["processor"].to_list())


def test_what_is_committed_is_seen_at_once(lake: Lake) -> None:
    watched = Watched(lake)
    assert watched.version(TIMINGS) is None
    assert _names(watched.lake) == []
    log(lake, TIMINGS, _rows("one"))
    first = opened(watched.lake, TIMINGS)
    assert opened(watched.lake, TIMINGS) is first
    assert _names(watched.lake) == ["one"]
    log(lake, TIMINGS, _rows("two"))
    assert watched.versions([TIMINGS]) == {TIMINGS.name: 1}
    assert _names(watched.lake) == ["one", "two"]
    # Who holds the older one goes on with what it was.
    assert first is not None
    assert first.version() == 0


def test_a_folder_that_was_filled_anew_is_another_table(lake: Lake) -> None:
    watched = Watched(lake)
    log(lake, TIMINGS, _rows("old"))
    assert _names(watched.lake) == ["old"]
    shutil.rmtree(lake.table_url(TIMINGS))
    assert watched.version(TIMINGS) is None
    log(lake, TIMINGS, _rows("new"))
    assert _names(watched.lake) == ["new"]


def test_what_was_found_is_found_again_where_a_table_changed(lake: Lake) -> None:
    watched, finds = Watched(lake).lake, []

    def names() -> list[str]:
        finds.append(1)
        return _names(watched)

    def found() -> list[str]:
        return found_in(watched, [TIMINGS], "names", names)

    assert (found(), found(), len(finds)) == ([], [], 1)
    log(lake, TIMINGS, _rows("one"))
    assert (found(), found(), len(finds)) == (["one"], ["one"], 2)
    # A lake that is written to keeps nothing.
    assert found_in(lake, [TIMINGS], "names", names) == ["one"]
    assert len(finds) == 3
    # Nor are rows of one lake those of another at a version or an instant.
    pinned = replace(watched, versions={})
    assert found_in(pinned, [TIMINGS], "names", lambda: "pinned") == "pinned"
    cut = replace(watched, known_until=datetime.now(UTC))
    assert found_in(cut, [TIMINGS], "names", lambda: "cut") == "cut"


def test_nothing_is_written_through_tables_that_stay_open(lake: Lake) -> None:
    with pytest.raises(TipoffError, match="one that only looks at it"):
        log(Watched(lake).lake, TIMINGS, _rows("one"))
    assert _names(lake) == []
