"""Appending against a plain reading of its rules, one row after the other."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from tipoff.store.lake import append, open_lake, read
from tipoff.tables.raw import GAMES

MIDNIGHT = datetime(2024, 1, 4, tzinfo=UTC)
HOUR, TICK = timedelta(hours=1), timedelta(microseconds=1)
TEAMS = ("BOS", "CHI", "LAL")


class Row(NamedTuple):
    away: str
    source: str
    at: datetime
    value: int
    basis: str

    @property
    def about(self) -> tuple[str, str]:
        return self.away, self.source


class Answer(NamedTuple):
    added: int
    known: int
    corrections: int


def offered(stored: list[Row], rows: list[Row], now: datetime) -> tuple[list[Row], Answer]:
    """Return what is stored after rows were offered, by the rules as they are written down."""
    added, corrections = list[Row](), 0
    for about in sorted({row.about for row in rows}):
        old = [row for row in stored if row.about == about]
        new = [row for row in rows if row.about == about]
        versions = [*((row.at, False, row) for row in old), *((row.at, True, row) for row in new)]
        before: Row | None = None
        kept = list[tuple[Row, bool]]()
        for _, is_new, row in sorted(versions):
            last, before = before, row
            at_once = last is not None and last.at == row.at
            is_shifted = last is None and row.basis == "assumed"
            is_told = (at_once or is_shifted) and row.value in {one.value for one in old}
            if not is_new or is_told or (last is not None and last.value == row.value):
                continue
            kept.append((row, at_once and last in old))
        turn = 0
        newest = max(one.at for one in (*old, *(row for row, _ in kept)))
        for row, is_correction in kept:
            at = max(now, newest + TICK) + turn * TICK
            turn += is_correction
            moved = row._replace(at=at, basis="recorded")
            added.append(moved if is_correction else row)
        corrections += turn
    return [*stored, *added], Answer(len(added), len(rows) - len(added), corrections)


def frame(rows: list[Row]) -> pl.DataFrame:
    told = {
        "season": "2023-24",
        "game_date": date(2024, 1, 5),
        "source": [row.source for row in rows],
        "observed_at": [row.at for row in rows],
        "observed_basis": [row.basis for row in rows],
        "is_deleted": False,
        "game_id": [f"20240105_{row.away}_NYK" for row in rows],
        "nba_game_id": None,
        "season_type": "regular",
        "home_team": "NYK",
        "away_team": [row.away for row in rows],
        "tip_off_at": [MIDNIGHT + row.value * HOUR for row in rows],
    }
    moments = dict.fromkeys(("observed_at", "tip_off_at"), pl.Datetime("us", "UTC"))
    return pl.DataFrame(told, schema_overrides={**moments, "nba_game_id": pl.String})


a_row = st.builds(
    Row,
    st.sampled_from(TEAMS),
    st.sampled_from(["one", "other"]),
    st.integers(0, 4).map(lambda hour: MIDNIGHT + hour * HOUR),
    st.integers(0, 2),
    st.sampled_from(["recorded", "assumed"]),
)
some_rows = st.lists(a_row, min_size=1, max_size=12, unique_by=lambda r: (r.about, r.at))


@settings(max_examples=25, deadline=None)
@given(st.lists(some_rows, min_size=2, max_size=3), st.sampled_from([2, 2.5, 30]))
def test_what_is_stored_is_what_the_rules_say(parts: list[list[Row]], now_hour: float) -> None:
    now = MIDNIGHT + now_hour * HOUR
    stored = list[Row]()
    with TemporaryDirectory() as folder:
        lake = open_lake(folder)
        for rows in parts:
            stored, answer = offered(stored, rows, now)
            made = append(lake, GAMES, frame(rows), now=now)
            assert Answer(made.added, made.known, made.corrections) == answer
        told = read(lake, GAMES)
        files = [pl.read_parquet(path) for path in Path(folder, GAMES.name).rglob("*.parquet")]
    found = told.select("away_team", "source", "observed_at", "tip_off_at", "observed_basis")
    expected = [(*row[:3], MIDNIGHT + row.value * HOUR, row.basis) for row in stored]
    assert sorted(found.rows()) == sorted(expected)
    assert told.select(GAMES.key).is_unique().all()
    assert all(rows.equals(rows.sort(GAMES.key)) for rows in files)
