"""Bodies are stored once, read in their order, and survive folding; several writers meet."""

import contextlib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from tests.sources.weather import ERROR_PAGE
from tests.store.answer_rows import answer_rows

from tipoff.store import archive
from tipoff.store.archive import Keeper, kept, with_bodies
from tipoff.store.lake import Lake, open_lake, read, table_hash
from tipoff.tables.answers import ANSWER_BODIES, ANSWERS


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return open_lake(str(tmp_path / "a lake"))


def test_a_body_is_stored_once_whoever_keeps_it(lake: Lake) -> None:
    early, keeper = Keeper(lake), Keeper(lake)
    keeper.keep(answer_rows(b"one", b"two", b"one"))
    Keeper(lake).keep(answer_rows(b"two", first=3))
    assert read(lake, ANSWER_BODIES).height == 2
    # A writer that did not know stores it again; it is read once.
    early.keep(answer_rows(b"one", first=4))
    bodies = pl.concat(with_bodies(lake, kept(lake)))["body"].to_list()
    assert bodies == [b"one", b"two", b"one", b"two", b"one"]


def test_keepers_that_meet_lose_nothing(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each goes on from a log that the others have gone on with, more often than it is retried."""
    monkeypatch.setattr(archive, "_RETRIES", 2)
    monkeypatch.setattr(archive, "MANY_FILES", 12)
    keepers = [Keeper(lake) for _ in range(3)]
    turns = [0, 1, 2, *[0] * 9, *[1] * 5, 2, 1, 0, 2]
    for number, turn in enumerate(turns):
        keepers[turn].keep(answer_rows(str(number).encode(), first=number))
        if number == 14:
            keepers[2].fold()
    bodies = pl.concat(with_bodies(lake, kept(lake)))["body"].to_list()
    assert bodies == [str(number).encode() for number in range(len(turns))]
    assert read(lake, ANSWERS).height == len(turns)


class Killed(BaseException):
    """Nothing catches it, as nothing catches a kill."""


@pytest.mark.parametrize("commits", range(5))
def test_an_answer_is_never_there_without_its_body(
    lake: Lake, monkeypatch: pytest.MonkeyPatch, commits: int
) -> None:
    """Wherever the keeper is killed between its commits."""
    left = [commits]

    def until_killed(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            if not left[0]:
                raise Killed
            done = function(*arguments, **named)
            left[0] -= 1
            return done

        return call

    with monkeypatch.context() as patch:
        for name in ("log", "committed"):
            patch.setattr(archive, name, until_killed(getattr(archive, name)))
        keeper = Keeper(lake)
        with contextlib.suppress(Killed):
            for number in range(2):
                keeper.keep(answer_rows(str(number).encode(), first=number))
    answers = kept(lake)
    assert answers.height == commits // 2
    for part in with_bodies(lake, answers):
        assert part["body"].null_count() == 0


def test_any_bytes_come_back_and_like_bodies_take_little_room(lake: Lake) -> None:
    bodies = [bytes(range(256)), b"", b"\x00", ERROR_PAGE]
    page = b'{"name": "LeBron James", "price": -115, "point": 25.5}' * 2000
    bodies += [page + str(n).encode() for n in range(10)]
    Keeper(lake).keep(answer_rows(*bodies))
    assert pl.concat(with_bodies(lake, kept(lake)))["body"].to_list() == bodies
    stored = sum(f.stat().st_size for f in (Path(lake.url) / "answer_bodies").glob("*.parquet"))
    assert stored < sum(map(len, bodies)) / 20


def test_answers_are_found_by_provider_endpoint_and_time(lake: Lake) -> None:
    Keeper(lake).keep(answer_rows(b"a", b"b"))
    Keeper(lake).keep(answer_rows(b"c", first=2, provider="joy", endpoint="odds"))
    assert kept(lake, provider="joy")["answer"].to_list() == ["answer 2"]
    assert kept(lake, endpoint="schedule").height == 2
    assert kept(lake, since=datetime(2024, 11, 1, 12, 1, tzinfo=UTC)).height == 2


def test_reading_is_cut_by_bytes(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    Keeper(lake).keep(answer_rows(*[bytes([n]) * 100 for n in range(10)]))
    monkeypatch.setattr(archive, "BATCH_BYTES", 300)
    parts = list(with_bodies(lake, kept(lake)))
    assert len(parts) == 4
    assert pl.concat(parts)["answer"].to_list() == [f"answer {n}" for n in range(10)]


def test_many_small_files_are_folded_and_say_the_same(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeper = Keeper(lake)
    for n in range(6):
        keeper.keep(answer_rows(str(n).encode(), first=n))
    before = [table_hash(lake, table) for table in (ANSWERS, ANSWER_BODIES)]
    monkeypatch.setattr(archive, "MANY_FILES", 4)
    keeper.fold()
    assert [table_hash(lake, table) for table in (ANSWERS, ANSWER_BODIES)] == before
    keeper.keep(answer_rows(b"later", first=6))
    assert kept(lake).height == 7
