"""What goes wrong around a backfill costs a sentence and nothing that is stored."""

import multiprocessing
import resource
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from tipoff.errors import InputError, StoreError
from tipoff.processors import player_shot_zone
from tipoff.processors.catalogue import PROCESSORS
from tipoff.store import lake as lake_module
from tipoff.store import ledger
from tipoff.store.door import World
from tipoff.store.fingerprint import code_fingerprint
from tipoff.store.lake import Lake, append, open_lake, read, replace, table_hash
from tipoff.tables.raw import GAMES, PLAYER_BOXES
from tipoff.workflows import plan as plan_module
from tipoff.workflows import unit as unit_module
from tipoff.workflows.backfill import Request, backfill, status
from tipoff.workflows.executors import open_executor

SPAN = (date(2022, 11, 21), date(2022, 12, 10))


@pytest.fixture
def fresh(raw_lake: Lake, tmp_path: Path) -> Lake:
    return copied(raw_lake, tmp_path / "fresh")


@pytest.fixture(scope="module")
def expected(raw_lake: Lake, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    lake = copied(raw_lake, tmp_path_factory.mktemp("expected") / "lake")
    run(lake)
    return hashes(lake)


def copied(raw: Lake, folder: Path) -> Lake:
    shutil.copytree(raw.url, folder)
    return open_lake(str(folder))


def run(lake: Lake, **options: object) -> dict:  # type: ignore[type-arg]
    return backfill(lake, Request(*SPAN, **options), lambda *_: None)  # type: ignore[arg-type]


def hashes(lake: Lake) -> dict[str, str]:
    return {p.name: table_hash(lake, p.table) for p in PROCESSORS}


def _on_a_small_disk(url: str, most: int) -> str:
    """Run where no file may grow beyond a size, as a full disk does to writers."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
    try:
        run(open_lake(url))
    except StoreError as error:
        return str(error)
    return "it fitted"


def test_a_full_disk_costs_a_sentence_and_the_next_run_finishes(
    fresh: Lake, expected: dict[str, str]
) -> None:
    # Limits can only be lowered: each gets a process of its own.
    with multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
        for most in (4_000, 40_000):
            said = pool.apply(_on_a_small_disk, (fresh.url, most))
            assert said.startswith("Expected to write"), said
            assert "What was stored before is as it was" in said
    assert run(fresh)["failed"] == 0
    assert hashes(fresh) == expected


@contextmanager
def broken(day: date) -> Iterator[None]:
    """A processor that fails on one date, whatever others it is asked for besides."""
    processor = next(p for p in PROCESSORS if p.name == "player_shot_zone")
    real = processor.build

    def build(spine: pl.DataFrame, world: World) -> pl.DataFrame:
        if day in spine["game_date"].to_list():
            raise pl.exceptions.ComputeError("the shots of this date can not be read")
        return real(spine, world)

    build.__module__ = player_shot_zone.__name__
    object.__setattr__(processor, "build", build)
    try:
        yield
    finally:
        object.__setattr__(processor, "build", real)


def test_one_bad_date_fails_alone_and_is_tried_again(fresh: Lake, expected: dict[str, str]) -> None:
    games = read(fresh, GAMES).filter(pl.col("game_date").is_between(*SPAN))
    day = games["game_date"].unique().sort()[5]
    with broken(day):
        report = run(fresh)
        own = [f for f in report["failures"] if f["processor"] == "player_shot_zone"]
        assert [f["game_date"] for f in own] == [day.isoformat()]
        assert "can not be read" in own[0]["error"]
        # What builds on it fails on this date only, too.
        assert {f["game_date"] for f in report["failures"]} == {day.isoformat()}
        counts = {p["name"]: p for p in status(fresh, *SPAN)["processors"]}
        assert (counts["player_shot_zone"]["failed"], counts["player_shot_zone"]["missing"]) == (
            1,
            0,
        )
        assert run(fresh)["plan"]["player_shot_zone"]["failed"] == 1
    assert run(fresh)["failed"] == 0
    assert hashes(fresh) == expected


def test_a_runner_with_older_code_is_refused(
    fresh: Lake, monkeypatch: pytest.MonkeyPatch, expected: dict[str, str]
) -> None:
    run(fresh)
    real = code_fingerprint
    monkeypatch.setattr(plan_module, "code_fingerprint", lambda *m: "newer" + real(*m))
    newer = run(fresh)
    assert newer["plan"]["player_daily_cache"] == {"code changed": newer["game_dates"]}
    after = hashes(fresh)
    monkeypatch.setattr(plan_module, "code_fingerprint", real)
    with pytest.raises(InputError, match="this is the older"):
        run(fresh)
    assert hashes(fresh) == after
    assert run(fresh, allow_older_code=True)["failed"] == 0
    assert hashes(fresh) == expected
    assert run(fresh)["planned"] == 0


def test_newer_code_that_arrives_on_the_way_stops_the_older_runner(
    fresh: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = ledger.left_to_do

    def overtaken(*arguments: object) -> list[date]:
        ledger.take_into_use(fresh, {"player_shot_zone": "another"})
        return real(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(unit_module, "left_to_do", overtaken)
    with pytest.raises(InputError, match="was taken into use since; nothing more is written"):
        run(fresh)
    assert read(fresh, PROCESSORS[1].table).is_empty()


def test_a_clock_that_is_set_back_changes_nothing(
    fresh: Lake, monkeypatch: pytest.MonkeyPatch, expected: dict[str, str]
) -> None:
    class Clock(datetime):
        year_now = 2030

        @classmethod
        def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
            cls.year_now -= 1
            return datetime(cls.year_now, 1, 1, tzinfo=UTC)

    monkeypatch.setattr(ledger, "datetime", Clock)
    monkeypatch.setattr(lake_module, "datetime", Clock)
    middle = SPAN[0] + timedelta(days=9)
    backfill(fresh, Request(middle, SPAN[1]), lambda *_: None)
    backfill(fresh, Request(SPAN[0], middle), lambda *_: None)
    assert run(fresh)["planned"] == 0
    assert hashes(fresh) == expected


def test_a_correction_is_newer_than_what_it_corrects_whatever_the_clock(fresh: Lake) -> None:
    boxes = read(fresh, PLAYER_BOXES, seasons=["2022-23"]).sort(PLAYER_BOXES.key).head(1)
    before = boxes["observed_at"][0]
    corrected = boxes.with_columns(points=pl.col("points") + 1)
    append(fresh, PLAYER_BOXES, corrected, now=datetime(1999, 1, 1, tzinfo=UTC))
    key = [c for c in PLAYER_BOXES.key if c != "observed_at"]
    stored = read(fresh, PLAYER_BOXES, seasons=["2022-23"]).join(boxes, on=key, how="semi")
    assert stored.height == 2
    newest = stored.sort("observed_at").tail(1)
    assert newest["points"][0] == corrected["points"][0]
    assert newest["observed_at"][0] > before


def test_a_date_whose_games_vanish_loses_its_rows(fresh: Lake) -> None:
    run(fresh)
    day = read(fresh, PROCESSORS[0].table)["game_date"].max()
    assert isinstance(day, date)
    games = read(fresh, GAMES, seasons=["2022-23"])
    replace(fresh, GAMES, games.filter(pl.col("game_date") != day), "season = '2022-23'")
    report = run(fresh)
    assert report["plan"]["team_defense_zone"]["gone"] == 1
    for processor in PROCESSORS:
        assert day not in read(fresh, processor.table)["game_date"].to_list()
    assert run(fresh)["planned"] == 0


def test_a_plan_knows_what_it_will_take_once_something_was_built(fresh: Lake) -> None:
    before = backfill(fresh, Request(*SPAN), lambda *_: None, plan_only=True)
    assert before["estimate_seconds"] is None
    middle = SPAN[0] + timedelta(days=9)
    backfill(fresh, Request(SPAN[0], middle), lambda *_: None)
    after = backfill(fresh, Request(*SPAN), lambda *_: None, plan_only=True)
    assert 0 < after["estimate_seconds"] < 600


@pytest.mark.parametrize("runners", [2, 8])
def test_runners_side_by_side_build_every_unit_once(
    fresh: Lake, expected: dict[str, str], runners: int
) -> None:
    with open_executor("local", runners) as executor:
        reports = list(executor.map(_report, [(fresh.url,)] * runners))
    assert sum(r["written"] for r in reports) == reports[0]["game_dates"] * len(PROCESSORS)
    assert all(r["failed"] == 0 for r in reports)
    assert hashes(fresh) == expected


def _report(url: str) -> dict:  # type: ignore[type-arg]
    return run(open_lake(url))
