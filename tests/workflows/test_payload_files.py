"""Bare answers of providers are taken in as files; what is not known of them stays unknown."""

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.sources.providers import score_answers as samples

from tipoff.errors import InputError
from tipoff.sources.payloads import bare_answer
from tipoff.store.lake import Lake, open_lake, read
from tipoff.tables.raw import AVAILABILITY, GAMES, PLAYER_BOXES, SHOTS
from tipoff.workflows.ingest import ingest_files

NOW = datetime(2026, 1, 1, tzinfo=UTC)
NOON = datetime(2024, 10, 22, 16, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Answers under names that say nothing, plain and gzipped, beside what is none."""
    inside = tmp_path / "answers"
    inside.mkdir()
    bodies = {
        "a": json.dumps(samples.SCOREBOARD).encode(),
        "b.html": samples.page(samples.BOX_PAGE, samples.AFTER),
        "c.bin": gzip.compress(json.dumps(samples.PLAYER_INJURIES).encode()),
        "d.csv": samples.csv_of(samples.EVENTS),
        "e.json": b'{"message": "Unauthorized"}',
        "f.html": b"<html><body>Just a moment...</body></html>",
        "g.json": json.dumps(samples.SCOREBOARD).encode()[:-20],
        "h.pdf": b"%PDF-1.7 ...",
        "i.gz": gzip.compress(b"{}")[:10],
    }
    for name, body in bodies.items():
        (inside / name).write_bytes(body)
    return inside


@pytest.fixture
def empty(tmp_path: Path) -> Lake:
    """A lake without anything."""
    return open_lake(str(tmp_path / "lake"))


def test_answers_are_told_by_content_and_the_rest_costs_a_sentence(
    empty: Lake, folder: Path
) -> None:
    report = ingest_files(empty, [folder], now=NOW)
    found = {Path(f["path"]).name: f for f in report["files"]}
    assert {name: f["format"] for name, f in found.items()} == {
        "a": "espn_scoreboard",
        "b.html": "espn_pages_box_score",
        "c.bin": "balldontlie_player_injuries",
        "d.csv": "bigdataball_play_by_play",
        **dict.fromkeys(["e.json", "f.html", "g.json", "i.gz"]),
        "h.pdf": "nba_gamebook",
    }
    assert all(f["reason"] for f in found.values() if f["format"] is None)
    assert read(empty, PLAYER_BOXES)["player_name"].sort().to_list() == [
        "Jayson Tatum",
        "Josh Hart",
    ]
    assert read(empty, SHOTS).height == 2
    assert set(read(empty, GAMES)["source"]) == {
        "espn_scoreboard",
        "espn_pages_box_score",
        "bigdataball_play_by_play",
    }
    # Nobody said when the list was true.
    assert read(empty, AVAILABILITY).is_empty()
    assert "of which the moment is not known" in found["c.bin"]["reason"]


def test_a_stated_time_makes_a_list_of_injuries_usable(empty: Lake, folder: Path) -> None:
    ingest_files(empty, [folder / "a"], now=NOW)
    ingest_files(empty, [folder / "c.bin"], fetched_at=NOON, now=NOW)
    (row,) = read(empty, AVAILABILITY).iter_rows(named=True)
    assert (row["game_id"], row["status"]) == ("20241022_NYK_BOS", "out")
    assert (row["observed_at"], row["observed_basis"]) == (NOON, "recorded")


def test_an_answer_from_the_future_is_refused(empty: Lake, folder: Path) -> None:
    with pytest.raises(InputError, match="before now"):
        ingest_files(empty, [folder], fetched_at=datetime(2030, 1, 1, tzinfo=UTC), now=NOW)


def test_taken_in_twice_is_taken_in_once(empty: Lake, folder: Path) -> None:
    ingest_files(empty, [folder], now=NOW)
    rows = read(empty, GAMES).height
    again = ingest_files(empty, [folder], again=True, now=NOW)
    assert all(counts["rows"] == 0 for counts in again["tables"].values())
    assert read(empty, GAMES).height == rows


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"[[[[", b"\x1f\x8bno gzip", b"[" * 99_999])
def test_what_is_no_answer_is_none(tmp_path: Path, body: bytes) -> None:
    path = tmp_path / "file"
    path.write_bytes(body)
    assert bare_answer(path) is None
    assert bare_answer(tmp_path / "missing") is None
