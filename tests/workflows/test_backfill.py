"""The backfill finishes what was begun, once, and keeps planted rows apart."""

import shutil
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

from tipoff.domain.plant import PLANTS
from tipoff.errors import InputError
from tipoff.processors.catalogue import PROCESSORS
from tipoff.sources.league import League
from tipoff.store.lake import Lake, append, open_lake, read, replace, table_hash
from tipoff.tables.raw import PLAYER_BOXES, PROP_QUOTES
from tipoff.workflows.backfill import Request, backfill, status
from tipoff.workflows.dataset import dataset
from tipoff.workflows.lake import hashes
from tipoff.workflows.world import view_of

SPAN = (date(2023, 1, 10), date(2023, 1, 30))
PLANTED_UNTIL = date(2023, 1, 14)
DERIVED = [processor.name for processor in PROCESSORS]


@pytest.fixture
def fresh(raw_lake: Lake, tmp_path: Path) -> Lake:
    folder = tmp_path / "fresh"
    shutil.copytree(raw_lake.url, folder)
    return open_lake(str(folder))


def _run(lake: Lake, start: date = SPAN[0], end: date = SPAN[1], **options: object) -> dict:  # type: ignore[type-arg]
    return backfill(lake, Request(start, end, **options), lambda *_: None)  # type: ignore[arg-type]


def _hashes(lake: Lake) -> dict[str, str]:
    tables = hashes(lake)["tables"]
    return {name: tables[name] for name in DERIVED}


def test_rows_wanted_are_rows_written_and_rows_explained(fresh: Lake) -> None:
    report = _run(fresh)
    assert report["failed"] == 0
    assert report["written"] == report["planned"] > 0
    for entry in report["processors"]:
        rows = read(fresh, next(p.table for p in PROCESSORS if p.name == entry["name"]))
        explained = rows["reason"].is_not_null().sum()
        assert entry["rows_written"] == rows.height - explained
        assert entry["rows_explained"] == explained


def test_twice_is_once(fresh: Lake) -> None:
    _run(fresh)
    before = _hashes(fresh)
    again = _run(fresh)
    assert (again["planned"], again["written"]) == (0, 0)
    assert _hashes(fresh) == before


def test_parts_in_any_order_give_the_same_lake_as_the_whole(
    fresh: Lake, raw_lake: Lake, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    shutil.copytree(raw_lake.url, other)
    parts = open_lake(str(other))
    middle = SPAN[0] + timedelta(days=9)
    _run(parts, start=middle)
    _run(parts, end=middle)
    _run(fresh)
    assert _hashes(parts) == _hashes(fresh)


def test_two_processes_give_the_same_lake_as_one(
    fresh: Lake, raw_lake: Lake, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    shutil.copytree(raw_lake.url, other)
    shared = open_lake(str(other))
    _run(shared, workers=2)
    _run(fresh)
    assert _hashes(shared) == _hashes(fresh)


def test_a_plan_does_nothing(fresh: Lake) -> None:
    report = backfill(fresh, Request(*SPAN), lambda *_: None, plan_only=True)
    assert report["planned"] > 0
    assert report["written"] == 0
    assert set(hashes(fresh)["tables"]).isdisjoint(DERIVED)


def test_a_correction_makes_later_dates_stale_and_changes_them(fresh: Lake) -> None:
    _run(fresh)
    before = _hashes(fresh)
    boxes = read(fresh, PLAYER_BOXES, seasons=["2022-23"])
    day = SPAN[0] + timedelta(days=3)
    row = boxes.filter(pl.col("game_date") == day, pl.col("points") > 10).head(1)
    corrected = row.with_columns(
        points=pl.col("points") + 1, free_throws_made=pl.col("free_throws_made") + 1
    ).with_columns(pl.col("observed_at") + timedelta(hours=5))
    append(fresh, PLAYER_BOXES, corrected)
    stale = {p["name"]: p["stale"] for p in status(fresh, *SPAN)["processors"]}
    assert stale["player_daily_cache"] > 0
    _run(fresh)
    assert _hashes(fresh)["player_daily_cache"] != before["player_daily_cache"]


def test_a_deleted_row_disappears_downstream(fresh: Lake) -> None:
    _run(fresh)
    quotes = read(fresh, PROP_QUOTES, seasons=["2022-23"])
    day = quotes.filter(pl.col("game_date") <= SPAN[1])["game_date"].max()
    player = quotes.filter(pl.col("game_date") == day)["player_id"].sort()[0]
    kept = quotes.filter((pl.col("game_date") != day) | (pl.col("player_id") != player))
    replace(fresh, PROP_QUOTES, kept, "season = '2022-23'")
    _run(fresh)
    table = next(p.table for p in PROCESSORS if p.name == "ml_feature_store")
    rows = read(fresh, table).filter(pl.col("game_date") == day, pl.col("player_id") == player)
    assert rows["vegas_points_line"].null_count() == rows.height


def test_planted_rows_live_in_a_view_of_their_own(fresh: Lake) -> None:
    _run(fresh, end=PLANTED_UNTIL)
    clean, hashes_seen = _hashes(fresh), set()
    for plant in PLANTS.values():
        if not plant.has_view:
            with pytest.raises(InputError, match="Expected a plant that breaks feature rows"):
                _run(fresh, end=PLANTED_UNTIL, plant=plant)
            continue
        assert not _run(fresh, end=PLANTED_UNTIL, plant=plant)["failed"]
        view = view_of(fresh, plant)
        planted = read(view, PROCESSORS[-1].table)
        assert planted["plant"].unique().to_list() == [plant.name]
        hashes_seen.add(table_hash(view, PROCESSORS[-1].table))
    assert _hashes(fresh) == clean
    assert read(fresh, PROCESSORS[-1].table)["plant"].unique().to_list() == [""]
    assert len(hashes_seen) == sum(plant.has_view for plant in PLANTS.values())


def test_rows_that_are_decided_earlier_live_in_a_view_of_their_own(fresh: Lake) -> None:
    _run(fresh)
    usual = _hashes(fresh)
    _run(fresh, lead_minutes=600)
    assert _hashes(fresh) == usual
    early = view_of(fresh, None, 600)
    rows = read(early, PROCESSORS[-1].table)
    assert (rows["tip_off_at"] - rows["as_of"]).unique().to_list() == [timedelta(minutes=600)]
    counts = {p["name"]: p["done"] for p in status(fresh, *SPAN, 600)["processors"]}
    assert counts["ml_feature_store"] > 0
    assert counts == {p["name"]: p["done"] for p in status(fresh, *SPAN)["processors"]}
    late = read(fresh, PROCESSORS[-1].table)
    assert not rows["vegas_points_line"].equals(late["vegas_points_line"])
    taken = dataset(fresh, ["2022-23"], lead_minutes=600).quotes
    assert (taken["observed_at"] <= taken["tip_off_at"] - timedelta(minutes=600)).all()


def test_dates_without_games_are_no_work(fresh: Lake) -> None:
    with pytest.raises(InputError, match="Expected"):
        _run(fresh, start=date(2019, 7, 1), end=date(2019, 7, 2))


def test_dates_the_wrong_way_round_are_refused(fresh: Lake) -> None:
    with pytest.raises(InputError, match="Expected"):
        _run(fresh, start=SPAN[1], end=SPAN[0])


def test_the_league_is_what_was_built(league: League) -> None:
    assert league.frames["games"]["season"].unique().sort().to_list() == ["2021-22", "2022-23"]
