"""Freshness is of a table, source and game date; what came in about others changes nothing."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from tests.monitoring.healthy import BEFORE, DAY, EVENING, MORNING, Healthy, eastern
from tests.workflows.live_season import come_in

from tipoff.domain.guard import planted
from tipoff.errors import InputError
from tipoff.features.declare import POINTS
from tipoff.monitoring import freshness as rules
from tipoff.monitoring.clocks import AHEAD, EARLY
from tipoff.monitoring.freshness import CADENCES, Filled
from tipoff.monitoring.schedule import Day, game_day, schedule_at
from tipoff.processors.catalogue import feature_store, processors_for
from tipoff.store.lake import Lake, append, open_lake, read, replace
from tipoff.store.ledger import Prints, note
from tipoff.tables.raw import (
    AVAILABILITY_REPORTS,
    GAMES,
    PLAYER_BOXES,
    PROP_QUOTES,
    RAW_TABLES,
    TEAM_BOXES,
)
from tipoff.workflows.decisions import Decision
from tipoff.workflows.freshness import (
    Question,
    date_named,
    not_fresh,
    raw_freshness,
    validate_freshness,
)
from tipoff.workflows.plan import fingerprints
from tipoff.workflows.serve_features import Asked, serve
from tipoff.workflows.world import known_games

ALL_TABLES = [processor.table for processor in processors_for((POINTS,))]
NEWEST = "newest row of the table"


def _rows(
    lake: Lake, now: datetime = EVENING, day: date = DAY, **more: Any
) -> dict[tuple[str, str | None, date], dict[str, Any]]:
    found = raw_freshness(lake, Question(day, now, MORNING, **more))[0]
    return {(row["table"], row["source"], row["game_date"]): row for row in found}


def _lost(lake: Lake) -> None:
    """The box scores of the date before never came."""
    rows = read(lake, PLAYER_BOXES)
    replace(lake, PLAYER_BOXES, rows.filter(pl.col("game_date") != BEFORE), "true")


def _backfilled(lake: Lake) -> None:
    """Box scores of an old date are fetched again, from another provider too, an hour ago."""
    rows = read(lake, PLAYER_BOXES)
    old = rows.filter(pl.col("game_date") < BEFORE - timedelta(days=9))
    again = old.with_columns(
        points=pl.col("points") + 1, observed_at=pl.lit(EVENING - timedelta(hours=1))
    )
    assert append(lake, PLAYER_BOXES, again).added == old.height


@pytest.fixture
def naive() -> Iterator[None]:
    """The rule that failed elsewhere: a table is fresh where its newest row is."""

    def by_newest_row(due: pl.DataFrame, own: Filled, source: str) -> pl.DataFrame:
        newest = own.sources.filter(pl.col("source") == source)["newest_at"].max()
        assert isinstance(newest, datetime)
        is_new = EVENING - newest < timedelta(hours=24)
        held = {"source": source, "rows": 1, "newest_at": newest, "assumed": 0}
        cells = [pl.lit(v).alias(n) for n, v in held.items()]
        return due.with_columns(cells) if is_new else own.rows.clear()

    rules.there.faults[NEWEST] = by_newest_row
    yield
    del rules.there.faults[NEWEST]


def test_all_is_fresh_where_all_is_well(well: Healthy) -> None:
    report = validate_freshness(well.lake, Question(DAY, EVENING, MORNING))
    assert report["is_fresh"], [r for r in report["rows"] if r["state"] in ("LATE", "MISSING")]
    assert not_fresh(report) is None
    assert {row["table"] for row in report["rows"]} >= set(RAW_TABLES)
    fresh = {row["table"] for row in report["rows"] if row["state"] == "FRESH"}
    assert fresh >= set(RAW_TABLES) - {"availability"}
    assert report["counts"]["FRESH"] > 20
    assert all(row["sentence"].endswith(".") for row in report["rows"])


def test_a_backfill_of_old_dates_does_not_make_today_fresh(
    well: Healthy, tmp_path: Path, naive: None
) -> None:
    lake = well.copied(tmp_path).lake
    _lost(lake)
    key = (PLAYER_BOXES.name, "league", BEFORE)
    assert _rows(lake)[key]["state"] == "MISSING"
    _backfilled(lake)
    row = _rows(lake)[key]
    assert (row["state"], row["there"], row["due"]) == ("MISSING", 0, 1)
    assert "20211229" in row["missing"][0]
    with planted(NEWEST):
        assert _rows(lake)[key]["state"] == "FRESH"


def test_a_source_that_stopped_is_named_whoever_else_fills_the_table(
    well: Healthy, tmp_path: Path
) -> None:
    lake = well.copied(tmp_path).lake
    rows = read(lake, PLAYER_BOXES).with_columns(source=pl.lit("second"))
    append(lake, PLAYER_BOXES, rows.filter(pl.col("game_date") < BEFORE))
    found = _rows(lake)
    second = found[PLAYER_BOXES.name, "second", BEFORE]
    assert second["state"] == "MISSING"
    assert "player_boxes of second, 2021-12-29: none of 1 games" in second["sentence"]
    assert found[PLAYER_BOXES.name, "league", BEFORE]["state"] == "FRESH"
    assert not any(source == "second" for _, source, _ in _rows(lake, retired=("second",)))
    # A source that begins later owes nothing of the dates before.
    new = rows.with_columns(source=pl.lit("third")).filter(pl.col("game_date") == BEFORE)
    append(lake, PLAYER_BOXES, new)
    mine = {day: r["state"] for (_, source, day), r in _rows(lake).items() if source == "third"}
    assert mine == {BEFORE: "FRESH", DAY: "NOT_DUE"}


@pytest.mark.parametrize("now", [eastern(BEFORE, 22), eastern(DAY, 5), EVENING], ids=str)
def test_what_is_observed_later_changes_nothing(
    well: Healthy, tmp_path: Path, now: datetime
) -> None:
    lake = open_lake(str(tmp_path / "lake"))
    come_in(lake, well.frames, now)
    assert _rows(lake, now) == _rows(well.lake, now)


def test_states_follow_the_tip_offs(well: Healthy) -> None:
    """Box scores are due six hours after tip-off, quotes two hours before."""
    (tip,) = read(well.lake, GAMES).filter(pl.col("game_date") == BEFORE)["tip_off_at"]
    box = (PLAYER_BOXES.name, "league", BEFORE)
    quotes = (PROP_QUOTES.name, "league", BEFORE)
    moment = timedelta(microseconds=1)
    assert _rows(well.lake, tip + timedelta(hours=6) - moment, BEFORE)[box]["state"] == "NOT_DUE"
    assert _rows(well.lake, tip + timedelta(hours=6), BEFORE)[box]["state"] == "FRESH"
    assert _rows(well.lake, tip - timedelta(hours=2) - moment, BEFORE)[quotes]["state"] == "NOT_DUE"
    due = _rows(well.lake, tip - timedelta(hours=2), BEFORE)[quotes]
    assert due["state"] == "FRESH"
    assert due["age_hours"] < 24


def test_a_part_is_late_and_names_the_game(well: Healthy, tmp_path: Path) -> None:
    lake = well.copied(tmp_path).lake
    ids = read(lake, GAMES).filter(pl.col("game_date") == DAY)["game_id"].sort()
    for table in (TEAM_BOXES, PROP_QUOTES):
        rows = read(lake, table)
        replace(lake, table, rows.filter(pl.col("game_id") != ids[0]), "true")
    late = _rows(lake, MORNING)[TEAM_BOXES.name, "league", DAY]
    assert (late["state"], late["missing"]) == ("LATE", [ids[0]])
    assert _rows(lake)[PROP_QUOTES.name, "league", DAY]["state"] == "LATE"


def test_what_perishes_must_have_been_observed_lately(well: Healthy, tmp_path: Path) -> None:
    lake = well.copied(tmp_path).lake
    rows = read(lake, AVAILABILITY_REPORTS)
    old = (pl.col("game_date") == DAY) & (pl.col("observed_at") > eastern(BEFORE, 18))
    replace(lake, AVAILABILITY_REPORTS, rows.filter(~old), "true")
    key = (AVAILABILITY_REPORTS.name, "league", DAY)
    row = _rows(lake)[key]
    assert (row["state"], row["there"]) == ("LATE", 2)
    assert "h old, 24 h at most" in row["sentence"]
    assert _rows(lake, max_age_hours=48)[key]["state"] == "FRESH"
    assert _rows(well.lake)[key]["state"] == "FRESH"


def test_a_clock_an_hour_ahead_is_named_and_does_not_count(well: Healthy, tmp_path: Path) -> None:
    lake = open_lake(str(tmp_path / "lake"))
    come_in(lake, well.frames, eastern(DAY, 7))
    now = eastern(DAY, 1, 30)
    boxes = read(lake, PLAYER_BOXES)
    is_own = pl.col("game_date") == BEFORE
    came = boxes.filter(is_own)["observed_at"].max()
    assert isinstance(came, datetime)
    now = came + timedelta(minutes=30)
    ahead = pl.when(is_own).then(pl.col("observed_at") + timedelta(hours=1))
    shifted = boxes.with_columns(observed_at=ahead.otherwise("observed_at"))
    replace(lake, PLAYER_BOXES, shifted, "true")
    report = validate_freshness(lake, Question(BEFORE, now))
    (odd,) = [row for row in report["clocks"] if row["table"] == PLAYER_BOXES.name]
    assert (odd["kind"], odd["source"], odd["rows"]) == (
        AHEAD,
        "league",
        boxes.filter(is_own).height,
    )
    assert "by up to 30 minutes" in odd["sentence"]
    assert not report["is_fresh"]
    rows = {(r["table"], r["game_date"]): r for r in report["rows"]}
    assert rows[PLAYER_BOXES.name, BEFORE]["there"] == 0


def test_a_result_from_before_the_game_is_named(well: Healthy, tmp_path: Path) -> None:
    lake = well.copied(tmp_path).lake
    boxes = read(lake, PLAYER_BOXES)
    early = pl.when(pl.col("game_date") == BEFORE).then(pl.lit(eastern(BEFORE, 9)))
    moved = boxes.with_columns(
        observed_at=early.otherwise("observed_at").cast(boxes.schema["observed_at"])
    )
    replace(lake, PLAYER_BOXES, moved, "true")
    clocks = raw_freshness(lake, Question(DAY, EVENING, MORNING))[1]
    assert [(row["table"], row["kind"]) for row in clocks] == [(PLAYER_BOXES.name, EARLY)]


def test_an_off_day_is_due_nothing_and_a_date_beyond_the_schedule_is_not_known(
    well: Healthy, tmp_path: Path
) -> None:
    games = read(well.lake, GAMES)
    schedule = schedule_at(games, EVENING)
    dates = set(schedule["game_date"].to_list())
    off = next(d for n in range(1, 30) if (d := DAY + timedelta(days=n)) not in dates)
    for (_, _, day), row in _rows(well.lake, EVENING, off).items():
        if day == off:
            assert row["state"] == "NOT_DUE"
    last = max(dates)
    kinds = {
        DAY: Day.GAMES,
        off: Day.OFF,
        last + timedelta(days=1): Day.UNKNOWN,
        date(2022, 7, 15): Day.OFF_SEASON,
        date(2022, 11, 1): Day.UNKNOWN,
    }
    assert {day: game_day(schedule, day).kind for day in kinds} == kinds
    unknown = _rows(well.lake, EVENING, last + timedelta(days=1))
    row = unknown[GAMES.name, "league", last + timedelta(days=1)]
    assert row["state"] == "MISSING"
    assert f"ends on {last}" in row["sentence"]
    finals = schedule.with_columns(
        season_type=pl.lit("playoffs"), game_date=pl.lit(date(2022, 6, 16))
    )
    assert game_day(finals, date(2022, 6, 20)).kind is Day.OFF_SEASON


def test_a_moved_game_moves_what_is_due(well: Healthy, tmp_path: Path) -> None:
    lake = well.copied(tmp_path).lake
    games = read(lake, GAMES).filter(pl.col("game_date") == DAY)
    moved = games.with_columns(
        tip_off_at=pl.col("tip_off_at") + timedelta(hours=3),
        observed_at=pl.lit(eastern(DAY, 12)).cast(games.schema["observed_at"]),
    )
    assert append(lake, GAMES, moved).added == 2
    key = (PROP_QUOTES.name, "league", DAY)
    assert _rows(lake, eastern(DAY, 18))[key]["state"] == "NOT_DUE"
    assert _rows(well.lake, eastern(DAY, 18))[key]["state"] == "FRESH"


def test_a_game_that_is_told_of_later_is_not_due(well: Healthy, tmp_path: Path) -> None:
    lake = well.copied(tmp_path).lake
    games = read(lake, GAMES)
    other = games.filter(pl.col("game_date") != DAY).tail(1)
    told = eastern(DAY, 19, 50)
    new = other.with_columns(
        game_id=pl.lit(f"{DAY:%Y%m%d}_AAA_BBB"),
        home_team=pl.lit("BBB"),
        away_team=pl.lit("AAA"),
        game_date=pl.lit(DAY),
        tip_off_at=pl.lit(EVENING),
        observed_at=pl.lit(told),
    )
    append(lake, GAMES, new)
    key = (PROP_QUOTES.name, "league", DAY)
    assert _rows(lake)[key]["due"] == 2
    assert _rows(lake, told)[key]["due"] == 3


def test_deleted_rows_are_not_there(well: Healthy, tmp_path: Path) -> None:
    lake = well.copied(tmp_path).lake
    boxes = read(lake, PLAYER_BOXES).filter(pl.col("game_date") == BEFORE)
    later = pl.lit(eastern(DAY, 12)).cast(boxes.schema["observed_at"])
    gone = boxes.with_columns(is_deleted=pl.lit(value=True), observed_at=later)
    append(lake, PLAYER_BOXES, gone)
    key = (PLAYER_BOXES.name, "league", BEFORE)
    assert _rows(lake, eastern(DAY, 11))[key]["state"] == "FRESH"
    assert _rows(lake)[key]["state"] == "MISSING"


def test_rows_under_a_turned_id_are_of_the_game(well: Healthy, tmp_path: Path) -> None:
    """A source that has the sides wrong tells of the same game."""
    lake = well.copied(tmp_path).lake
    games = read(lake, GAMES).filter(pl.col("game_date") == BEFORE)
    _, away, home = games["game_id"].item().split("_")
    turned = f"{BEFORE:%Y%m%d}_{home}_{away}"
    wrong = games.with_columns(
        source=pl.lit("zz"),
        game_id=pl.lit(turned),
        home_team=pl.lit(away),
        away_team=pl.lit(home),
    )
    append(lake, GAMES, wrong)
    boxes = read(lake, PLAYER_BOXES)
    moved = pl.when(pl.col("game_date") == BEFORE).then(pl.lit(turned)).otherwise("game_id")
    replace(lake, PLAYER_BOXES, boxes.with_columns(game_id=moved), "true")
    assert _rows(lake)[PLAYER_BOXES.name, "league", BEFORE]["state"] == "FRESH"


def test_a_table_that_nobody_fills_is_missing_where_nothing_works_without(
    well: Healthy, tmp_path: Path
) -> None:
    lake = open_lake(str(tmp_path / "lake"))
    append(lake, GAMES, well.frames[GAMES.name])
    found = _rows(lake)
    states = {table: row["state"] for (table, source, _), row in found.items() if source is None}
    essential = {c.table.name for c in CADENCES if c.is_essential} - {GAMES.name}
    assert {t for t, s in states.items() if s == "MISSING"} == essential
    assert len(states) == len(RAW_TABLES) - 1


def test_processors_are_judged_by_the_ledger(well: Healthy, tmp_path: Path) -> None:
    lake = well.copied(tmp_path).lake
    table = feature_store(POINTS).table
    replace(lake, table, read(lake, table).filter(pl.col("game_date") != DAY), "true")
    question = Question(DAY, EVENING, MORNING)

    def state(at: Question) -> tuple[str, str]:
        rows = validate_freshness(lake, at)["rows"]
        (row,) = [r for r in rows if (r["table"], r["game_date"]) == (table.name, DAY)]
        return row["state"], row["sentence"]

    assert state(question)[0] == "MISSING"
    assert state(Question(DAY, eastern(DAY, 12), MORNING))[0] == "NOT_DUE"
    prints = fingerprints(lake, known_games(lake), [DAY], 30, None)[table.name]
    note(lake, table.name, "failed", [DAY], prints, "no room")
    told = state(question)
    assert told[0] == "MISSING"
    assert "failed" in told[1]
    note(lake, table.name, "empty", [DAY], Prints(prints.code, prints.inputs))
    assert state(question)[0] == "FRESH"
    box = read(lake, PLAYER_BOXES).filter(pl.col("game_date") == BEFORE).head(1)
    newer = box.with_columns(
        points=pl.col("points") + 1, observed_at=pl.col("observed_at") + timedelta(hours=1)
    )
    append(lake, PLAYER_BOXES, newer)
    rows = validate_freshness(lake, question)["rows"]
    late = {r["table"] for r in rows if r["game_date"] == DAY and r["state"] == "LATE"}
    assert late >= {"player_daily_cache"}


def test_what_was_served_is_built_the_day_after(well: Healthy, tmp_path: Path) -> None:
    """The day's job serves before tip-off and builds the morning after."""
    lake = well.copied(tmp_path).lake
    for table in ALL_TABLES:
        rows = read(lake, table)
        replace(lake, table, rows.filter(pl.col("game_date") != DAY), "true")

    def states(now: datetime) -> set[str]:
        rows = validate_freshness(lake, Question(DAY, now, MORNING))["rows"]
        own = [r for r in rows if r["source"] == "backfill" and r["game_date"] == DAY]
        return {row["state"] for row in own}

    assert states(EVENING) == {"MISSING"}
    assert serve(lake, Asked(Decision(DAY)), now=eastern(DAY, 18))["kept"]
    assert states(EVENING) == {"NOT_DUE"}
    assert states(eastern(DAY, 17)) == {"NOT_DUE"}
    assert states(MORNING) == {"MISSING"}


def test_dates_are_named() -> None:
    night = eastern(DAY, 23, 30)
    assert date_named("today", night) == DAY
    assert date_named("TOMORROW", night) == DAY + timedelta(days=1)
    assert date_named("YESTERDAY", night) == BEFORE
    assert date_named("2021-12-30", night) == DAY
    with pytest.raises(InputError, match="TODAY, TOMORROW, YESTERDAY, for --date; got 'soon'"):
        date_named("soon", night)


def test_an_empty_lake_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="Expected games of 2021-22 or the season before"):
        validate_freshness(Lake(str(tmp_path), {}), Question(DAY, EVENING))
