"""The lake: appends are repeatable, corrections are newer rows, writers do not lose rows."""

import multiprocessing
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from random import Random
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tipoff.errors import InputError, TipoffError
from tipoff.store.content import content_hash
from tipoff.store.lake import (
    Lake,
    _not_stored,
    append,
    log,
    open_lake,
    read,
    replace,
    scan,
    validated,
    version,
)
from tipoff.tables.experiments import EXPERIMENTS
from tipoff.tables.raw import GAMES

NOW = datetime(2024, 2, 1, tzinfo=UTC)


def games(*away: str, tip_hour: int = 0) -> pl.DataFrame:
    n = len(away)
    return pl.DataFrame(
        {
            "season": ["2023-24"] * n,
            "game_date": [date(2024, 1, 5)] * n,
            "source": ["test"] * n,
            "observed_at": [datetime(2024, 1, 4, 17, tzinfo=UTC)] * n,
            "observed_basis": ["assumed"] * n,
            "is_deleted": [False] * n,
            "game_id": [f"20240105_{team}_NYK" for team in away],
            "nba_game_id": pl.Series([None] * n, dtype=pl.String),
            "season_type": ["regular"] * n,
            "home_team": ["NYK"] * n,
            "away_team": list(away),
            "tip_off_at": [datetime(2024, 1, 6, tip_hour, tzinfo=UTC)] * n,
        },
        schema_overrides={"observed_at": pl.Datetime("us", "UTC")},
    )


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return open_lake(str(tmp_path / "a lake with spaces"))


def test_a_second_append_of_the_same_rows_adds_nothing(lake: Lake) -> None:
    first = append(lake, GAMES, games("BOS", "LAL"))
    assert (first.added, first.known, first.corrections) == (2, 0, 0)
    before = version(lake, GAMES)
    again = append(lake, GAMES, games("LAL", "BOS", "CHI"))
    assert (again.added, again.known) == (1, 2)
    append(lake, GAMES, games("BOS"))
    assert version(lake, GAMES) == (before or 0) + 1
    assert read(lake, GAMES).height == 3


def test_other_values_under_a_stored_key_are_a_correction_known_from_now_on(lake: Lake) -> None:
    append(lake, GAMES, games("BOS"))
    changed = append(lake, GAMES, games("BOS", tip_hour=1), now=NOW)
    assert (changed.added, changed.corrections) == (1, 1)
    rows = read(lake, GAMES).sort("observed_at")
    assert rows["observed_at"].to_list()[1] == NOW
    assert rows["observed_basis"].to_list() == ["assumed", "recorded"]
    assert rows["tip_off_at"].dt.hour().to_list() == [0, 1]


def test_what_comes_back_is_a_version_of_its_own(lake: Lake) -> None:
    """Out, then in, then out again: the last word counts, in one append or in several."""
    hours = {17: 0, 18: 1, 19: 0, 20: 0}
    parts = [
        games("BOS", tip_hour=tip).with_columns(pl.col("observed_at").dt.replace(hour=hour))
        for hour, tip in hours.items()
    ]
    counts = [append(lake, GAMES, part) for part in parts]
    assert [c.added for c in counts] == [1, 1, 1, 0]
    told = (
        read(lake, GAMES)
        .sort("observed_at")
        .select(pl.col("observed_at").dt.hour(), pl.col("tip_off_at").dt.hour())
    )
    assert told.rows() == [(17, 0), (18, 1), (19, 0)]
    assert append(lake, GAMES, pl.concat(parts[::-1])).added == 0
    other = open_lake(f"{lake.url} too")
    assert append(other, GAMES, pl.concat(parts[::-1])).added == 3
    assert content_hash(read(other, GAMES), GAMES.key) == content_hash(read(lake, GAMES), GAMES.key)


def test_a_file_that_was_corrected_may_be_read_again(lake: Lake) -> None:
    append(lake, GAMES, games("BOS"))
    append(lake, GAMES, games("BOS", tip_hour=1), now=NOW)
    for tip_hour in (0, 1):
        again = append(lake, GAMES, games("BOS", tip_hour=tip_hour))
        assert (again.added, again.corrections) == (0, 0)
    earlier = games("BOS", tip_hour=1).with_columns(pl.col("observed_at").dt.replace(hour=9))
    assert append(lake, GAMES, earlier).added == 0


def _sighting(hour: int, value: int) -> pl.DataFrame:
    at = pl.col("observed_at").dt.replace(hour=hour)
    seen = games("BOS", tip_hour=value).with_columns(at, observed_basis=pl.lit("recorded"))
    return validated(GAMES, seen)


def _told(parts: Sequence[pl.DataFrame]) -> tuple[pl.DataFrame, list[int | None]]:
    """Return what is stored of sightings that come one by one, and what each hour then reads."""
    stored = GAMES.empty()
    for part in parts:
        new, _ = _not_stored(GAMES, part, stored, NOW)
        stored = pl.concat([stored, new.select(stored.columns)])
    newest = stored.sort("observed_at")
    by_hour = [newest.filter(pl.col("observed_at").dt.hour() <= hour) for hour in range(14)]
    return stored, [part["tip_off_at"].dt.hour()[-1] if len(part) else None for part in by_hour]


@settings(max_examples=12, deadline=None)
@given(st.lists(st.integers(1, 3), min_size=2, max_size=3), st.randoms(use_true_random=False))
def test_recorded_sightings_tell_the_same_in_whatever_order_they_come(
    runs: list[int], random: Random
) -> None:
    """Each value is seen some times, then the next one. Reading all once more adds nothing."""
    values = [value for value, times in enumerate(runs) for _ in range(times)]
    parts = [_sighting(2 + hour, value) for hour, value in enumerate(values)]
    truth = [None, None, *values, *[values[-1]] * 14][:14]
    shuffled = random.sample(parts, len(parts))
    stored, told = _told(shuffled)
    assert told == truth
    assert _told([*shuffled, pl.concat(parts), shuffled[0]])[0].equals(stored)
    in_order, same = _told(parts)
    assert same == truth
    # In order, each value is one row; otherwise what was stored first stays beside it.
    assert in_order.height == len(runs) <= stored.height


def test_an_assumed_moment_that_shifts_is_no_earlier_sighting(lake: Lake) -> None:
    append(lake, GAMES, games("BOS"))
    earlier = games("BOS").with_columns(pl.col("observed_at").dt.replace(hour=9))
    assert append(lake, GAMES, earlier).added == 0
    seen = earlier.with_columns(observed_basis=pl.lit("recorded"))
    assert append(lake, GAMES, seen).added == 1
    assert append(lake, GAMES, seen).added == 0


def test_rows_that_break_the_rules_are_refused_and_nothing_is_written(lake: Lake) -> None:
    append(lake, GAMES, games("BOS"))
    bad = games("LAL").with_columns(game_id=pl.lit("tonight"))
    with pytest.raises(TipoffError, match="game_id"):
        append(lake, GAMES, bad)
    with pytest.raises(TipoffError, match="tip_off_at"):
        append(lake, GAMES, games("LAL").drop("tip_off_at"))
    assert read(lake, GAMES).height == 1


def test_a_predicate_replaces_just_its_rows(lake: Lake) -> None:
    append(lake, GAMES, games("BOS", "LAL"))
    fresh = validated(GAMES, games("LAL", tip_hour=2))
    replace(lake, GAMES, fresh, "season = '2023-24' AND game_id = '20240105_LAL_NYK'")
    rows = read(lake, GAMES).sort("game_id")
    assert rows["tip_off_at"].dt.hour().to_list() == [0, 2]


def test_the_content_hash_sees_content_and_nothing_else(lake: Lake) -> None:
    rows = validated(GAMES, games("BOS", "LAL", "CHI"))
    assert content_hash(rows, GAMES.key) == content_hash(rows.reverse(), GAMES.key)
    other = rows.with_columns(tip_off_at=pl.col("tip_off_at") + pl.duration(microseconds=1))
    assert content_hash(rows, GAMES.key) != content_hash(other, GAMES.key)


def test_a_missing_lake_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such folder"):
        open_lake(str(tmp_path / "nowhere"), must_exist=True)
    file = tmp_path / "file"
    file.write_text("x")
    with pytest.raises(InputError, match="is a file"):
        open_lake(str(file))


def _append_at_once(url: str, barrier: Any, teams: tuple[str, ...]) -> None:
    rows = games(*teams)
    barrier.wait()
    append(open_lake(url), GAMES, rows)


def test_writers_in_a_synchronised_race_add_each_row_once(lake: Lake) -> None:
    spawn = multiprocessing.get_context("spawn")
    barrier = spawn.Barrier(3)
    offers = [("BOS", "LAL"), ("LAL", "CHI"), ("CHI", "BOS", "MIA")]
    racers = [
        spawn.Process(target=_append_at_once, args=(lake.url, barrier, teams)) for teams in offers
    ]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    assert [racer.exitcode for racer in racers] == [0, 0, 0]
    assert sorted(read(lake, GAMES)["away_team"].to_list()) == ["BOS", "CHI", "LAL", "MIA"]


def test_texts_of_a_log_do_not_fill_the_log_of_the_table(tmp_path: Path) -> None:
    """As smallest and largest text of its file a report would stand twice in every entry."""
    lake = open_lake(str(tmp_path / "lake"))
    text = "a report " * 20_000
    at = datetime(2024, 1, 1, tzinfo=UTC)
    for number in range(3):
        row = {
            "run_id": f"run-{number}",
            "event": "finished",
            "attempt": at,
            "at": at,
            "name": "one",
            "spec": text,
            "plant": "",
            "report": text,
        }
        log(lake, EXPERIMENTS, pl.DataFrame([row], schema=EXPERIMENTS.columns))
    entries = list((tmp_path / "lake" / "experiments" / "_delta_log").glob("*.json"))
    assert len(entries) == 3
    assert max(entry.stat().st_size for entry in entries) < 8_000
    stored = scan(lake, EXPERIMENTS).filter(pl.col("report") == text, pl.col("run_id") > "run-0")
    assert stored.collect().height == 2
