"""Nothing that was published is lost: emptiness is refused, a kill leaves whole files."""

import json
import os
import shutil
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from tests.workflows.published_world import (
    DAY,
    MORNING_AFTER,
    NEXT,
    NOON,
    add,
    grade,
    halt,
    lake_of,
    no_pick,
    prediction,
)

from tipoff.errors import StoreError
from tipoff.store.lake import Lake, replace
from tipoff.tables.predictions import PREDICTIONS
from tipoff.workflows import published_files
from tipoff.workflows.publish import publish

LOSING = {
    "v1/dates/2024-12-03.json",
    "v1/players/1.json",
    "v1/players/2.json",
    "v1/history.json",
    "v1/results.json",
    "v1/today.json",
    "v1/picks.csv",
    "v1/picks.parquet",
    "v1/predictions.parquet",
}


def _lake(tmp_path: Path) -> Lake:
    first, second = prediction("1"), no_pick("2")
    return lake_of(tmp_path / "lake", [first, second], [grade(first, "win")])


def _files(lake: Lake) -> dict[str, bytes]:
    return _content(Path(lake.url) / "published")


def _refused(report: dict[str, Any]) -> dict[str, str]:
    return {f["path"]: f["reason"] for f in report["files"] if f["state"] == "refused"}


def _gone(lake: Lake, predicate: str = "slate > 0") -> None:
    replace(lake, PREDICTIONS, PREDICTIONS.empty(), predicate)


def test_emptiness_never_replaces_content(tmp_path: Path) -> None:
    lake = _lake(tmp_path)
    publish(lake, DAY, now=NOON)
    before = _files(lake)
    _gone(lake)
    report = publish(lake, DAY, now=NOON)
    refused = _refused(report)
    # A player of whom no row is left is not written at all; the others say why not.
    assert set(refused) == LOSING - {"v1/players/1.json", "v1/players/2.json"}
    assert all(reason.endswith("find what became of the rows.") for reason in refused.values())
    after = _files(lake)
    assert {path: after[path] for path in LOSING} == {path: before[path] for path in LOSING}
    index = json.loads(after["v1/index.json"])
    assert {entry["path"] for entry in index["refused"]} == {p.removeprefix("v1/") for p in refused}
    # It is tried again, and said again, until the rows are back; then it is as it was.
    assert _refused(publish(lake, DAY, now=NOON)) == refused
    add(lake, [prediction("1"), no_pick("2")])
    assert not publish(lake, DAY, now=NOON)["refused"]
    assert {path: _files(lake)[path] for path in LOSING} == {path: before[path] for path in LOSING}


def test_the_planted_fault_loses_it_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the guard the same run overwrites every one of them."""
    lake = _lake(tmp_path)
    publish(lake, DAY, now=NOON)
    before = _files(lake)
    _gone(lake)
    monkeypatch.setattr(published_files, "loss", lambda *_: None)
    monkeypatch.setattr(published_files, "lost_rows", lambda *_: None)
    assert publish(lake, DAY, now=NOON)["refused"] == 0
    after = _files(lake)
    changed = {path for path in before if before[path] != after[path]}
    assert LOSING - changed == {"v1/players/1.json", "v1/players/2.json"}


def test_a_published_pick_never_vanishes(tmp_path: Path) -> None:
    lake = _lake(tmp_path)
    add(lake, [prediction("3")])
    publish(lake, DAY, now=NOON)
    _gone(lake, "player_id = '3'")
    refused = _refused(publish(lake, DAY, now=NOON))
    assert set(refused) == {"v1/dates/2024-12-03.json", "v1/today.json"}
    assert "1 would be gone, the first (1, 20241203_NYK_BOS, 3)" in refused["v1/today.json"]


def test_a_date_never_vanishes_from_the_history(tmp_path: Path) -> None:
    lake = _lake(tmp_path)
    add(lake, [prediction("1", 2, NEXT)])
    publish(lake, DAY, now=NOON)
    _gone(lake, "slate = 2")
    refused = _refused(publish(lake, DAY, now=NOON))
    assert set(refused) == {"v1/history.json", "v1/players/1.json"}


def test_an_emptiness_with_a_reason_replaces_today(tmp_path: Path) -> None:
    lake = _lake(tmp_path)
    publish(lake, DAY, now=NOON)
    add(lake, halts=[halt(1, NOON, is_on=True)])
    report = publish(lake, DAY, now=NOON)
    assert (report["state"], report["refused"]) == ("halted", 0)
    assert json.loads(_files(lake)["v1/today.json"])["picks"] == []
    # The next day has not been predicted, and says so; the day before keeps its document.
    report = publish(lake, NEXT, now=MORNING_AFTER)
    assert (report["state"], report["refused"]) == ("halted", 0)
    off = publish(lake, NEXT.replace(day=5), now=MORNING_AFTER.replace(day=5))
    assert off["refused"] == 0


def test_what_can_not_be_read_is_not_overwritten(tmp_path: Path) -> None:
    lake = _lake(tmp_path)
    publish(lake, DAY, now=NOON)
    folder = Path(lake.url) / "published/v1"
    torn = ["dates/2024-12-03.json", "picks.parquet"]
    for path in torn:
        (folder / path).write_bytes((folder / path).read_bytes()[:40])
    refused = _refused(publish(lake, DAY, now=NOON))
    assert set(refused) == {f"v1/{path}" for path in torn}
    for path in torn:
        (folder / path).unlink()
    assert not publish(lake, DAY, now=NOON)["refused"]


class _KilledError(BaseException):
    """Stands for a kill: nothing catches it."""


def test_a_kill_between_or_within_files_leaves_whole_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = _lake(tmp_path)
    publish(lake, DAY, now=NOON)
    old = _files(lake)
    add(lake, [prediction("1", 2, line=21.5, made_at=NOON)])
    # A flush of the file, a rename and a flush of the folder: the run may die at each.
    number, is_done = 0, False
    seen = set()
    while not is_done:
        out = tmp_path / f"out {number}"
        shutil.copytree(Path(lake.url) / "published", out)
        with monkeypatch.context() as patch:
            _kill_at(patch, number)
            try:
                publish(lake, DAY, out, now=MORNING_AFTER)
                is_done = True
            except _KilledError:
                pass
        seen.add(tuple(sorted(_content(out).items())))
        if not is_done:
            assert _content(out).items() <= {*old.items(), *_new(lake, tmp_path).items()}
        publish(lake, DAY, out, now=MORNING_AFTER)
        assert _content(out) == _new(lake, tmp_path)
        assert not list(out.rglob(".*.part"))
        number += 7
    assert len(seen) > 3


def _content(root: Path) -> dict[str, bytes]:
    """The files that a reader sees: those under their own name."""
    paths = (path for path in (root / "v1").rglob("*.*") if not path.name.startswith("."))
    return {str(path.relative_to(root)): path.read_bytes() for path in paths}


def _new(lake: Lake, tmp_path: Path) -> dict[str, bytes]:
    """What a run leaves that nobody kills."""
    whole = tmp_path / "whole"
    if not whole.exists():
        shutil.copytree(Path(lake.url) / "published", whole)
        publish(lake, DAY, whole, now=MORNING_AFTER)
    return _content(whole)


def _kill_at(patch: pytest.MonkeyPatch, number: int) -> None:
    """Let the process die at a flush or a rename, with its part file left behind."""
    seen: list[int] = []
    flush, rename = os.fsync, Path.replace

    def step() -> None:
        seen.append(len(seen))
        if len(seen) > number:
            raise _KilledError

    def fsync(descriptor: int) -> None:
        step()
        flush(descriptor)

    def move(path: Path, target: Path) -> Path:
        step()
        return rename(path, target)

    patch.setattr(os, "fsync", fsync)
    patch.setattr(Path, "replace", move)


def test_a_full_disk_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lake = _lake(tmp_path)
    publish(lake, DAY, now=NOON)
    before = _files(lake)
    add(lake, [prediction("1", 2, made_at=NOON)])

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreError, match="No space left"):
        publish(lake, DAY, now=MORNING_AFTER)
    assert _files(lake) == before


def test_the_index_has_the_hash_of_every_file(tmp_path: Path) -> None:
    lake = _lake(tmp_path)
    report = publish(lake, DAY, now=NOON)
    files = _files(lake)
    index = json.loads(files.pop("v1/index.json"))
    listed = {f"v1/{entry['path']}": entry["sha256"] for entry in index["files"]}
    assert set(listed) == set(files)
    stated = {file["path"]: file["sha256"] for file in report["files"]}
    assert report["files"][-1]["path"] == "v1/index.json"
    assert {path: stated[path] for path in listed} == listed
    # A file that somebody changed is noticed by its hash and, of a date, made anew.
    path = Path(lake.url) / "published/v1/players/1.json"
    left = path.with_name(".9.json.part")
    left.write_text("half of")
    path.write_text(path.read_text().replace("Player 1", "Nobody"))
    states = {file["path"]: file["state"] for file in publish(lake, NEXT, now=NOON)["files"]}
    assert states["v1/players/1.json"] == "written"
    assert not left.exists()
    assert pl.read_csv(files["v1/picks.csv"]).height == 1
