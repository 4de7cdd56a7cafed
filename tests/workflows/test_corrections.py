"""A correction changes what comes after it and nothing before; the difference names every row."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from tests.conftest import TEST, TRAIN

from tipoff.errors import InputError, TipoffError
from tipoff.features.declare import POINTS
from tipoff.models.spec import ModelSpec, Windows
from tipoff.processors.catalogue import PROCESSORS, feature_store
from tipoff.store.lake import Lake, append, open_lake, read, table_hash, version
from tipoff.tables.raw import PLAYER_BOXES, RAW_TABLES, SOURCE_TABLES
from tipoff.workflows import backfill as backfill_module
from tipoff.workflows.backfill import Request, backfill
from tipoff.workflows.diff import diff
from tipoff.workflows.train import Options, train
from tipoff.workflows.versions import at_version, listed, mark

SPAN = (TRAIN[0], TEST[1])
STORE = feature_store(POINTS).table


@pytest.fixture
def built(built_lake: Lake, tmp_path: Path) -> Lake:
    shutil.copytree(built_lake.url, tmp_path / "lake")
    return open_lake(str(tmp_path / "lake"))


def corrected(lake: Lake, day: date, arrives: datetime) -> dict[str, Any]:
    """Give somebody who plays much two points more, from a moment on."""
    boxes = read(lake, PLAYER_BOXES, seasons=["2022-23"]).filter(pl.col("game_date") == day)
    row = boxes.sort("seconds_played", "player_id", descending=True).head(1)
    newer = row.with_columns(
        points=pl.col("points") + 2,
        observed_at=pl.lit(arrives).cast(pl.Datetime("us", "UTC")),
        observed_basis=pl.lit("recorded"),
    )
    assert append(lake, PLAYER_BOXES, newer).added == 1
    return row.row(0, named=True)


def game_days(lake: Lake) -> list[date]:
    days: list[date] = read(lake, STORE)["game_date"].unique().sort().to_list()
    return days


def rebuilt_from_nothing(lake: Lake) -> Lake:
    scratch = open_lake(f"{lake.url} from nothing")
    for name in SOURCE_TABLES:
        shutil.copytree(Path(lake.url) / name, Path(scratch.url) / name)
    report = backfill(scratch, Request(*SPAN), lambda *_: None)
    assert not report["failures"]
    return scratch


def holds_the_law(lake: Lake, arrives: date) -> None:
    """Rows as of before an arrival stay and are not stale; those after are built again, rightly."""
    days = game_days(lake)
    after_it = {day for day in days if day >= arrives}
    before = {p.name: read(lake, p.table).sort(p.table.key) for p in PROCESSORS}
    planned = backfill(lake, Request(*SPAN), lambda *_: None, plan_only=True)
    assert planned["plan"][STORE.name] == {
        "done": len(days) - len(after_it),
        "input changed": len(after_it),
    }
    report = backfill(lake, Request(*SPAN), lambda *_: None)
    assert report["written"] == report["planned"] == planned["planned"] > 0
    assert not report["failures"]
    untouched = pl.col("game_date") < arrives
    for processor in PROCESSORS:
        rows = read(lake, processor.table).sort(processor.table.key)
        assert rows.filter(untouched).equals(before[processor.name].filter(untouched))
    assert not read(lake, STORE).sort(STORE.key).equals(before[STORE.name])
    scratch = rebuilt_from_nothing(lake)
    for processor in PROCESSORS:
        assert table_hash(scratch, processor.table) == table_hash(lake, processor.table)


def test_rows_before_a_correction_stay_and_rows_after_are_built_again(built: Lake) -> None:
    days = game_days(built)
    corrected(built, days[-20], datetime.combine(days[-10], time(12), tzinfo=UTC))
    holds_the_law(built, days[-10])


@pytest.fixture
def without_a_box(raw_lake: Lake, tmp_path: Path) -> tuple[Lake, pl.DataFrame]:
    """A built lake that lacks one regular's box score of a date, and that box score."""
    lake = open_lake(str(tmp_path / "lake"))
    shutil.copytree(raw_lake.url, lake.url, dirs_exist_ok=True)
    boxes = read(lake, PLAYER_BOXES)
    days = boxes.filter(pl.col("game_date").is_between(*SPAN))["game_date"].unique().sort()
    own = boxes.filter(pl.col("game_date") == days[-20])
    late = own.sort("seconds_played", "player_id", descending=True).head(1)
    kept = boxes.join(late, on=PLAYER_BOXES.key, how="anti")
    shutil.rmtree(Path(lake.url) / PLAYER_BOXES.name)
    append(lake, PLAYER_BOXES, kept)
    backfill(lake, Request(*SPAN), lambda *_: None)
    return lake, late


def test_a_late_box_score_counts_from_its_arrival_on(
    without_a_box: tuple[Lake, pl.DataFrame],
) -> None:
    lake, late = without_a_box
    arrival = game_days(lake)[-10]
    arrives = pl.lit(datetime.combine(arrival, time(12), tzinfo=UTC))
    row = late.with_columns(
        observed_at=arrives.cast(pl.Datetime("us", "UTC")), observed_basis=pl.lit("recorded")
    )
    assert append(lake, PLAYER_BOXES, row).added == 1
    old, player = read(lake, STORE), late["player_id"].item()
    holds_the_law(lake, arrival)
    found = diff(lake, "latest~1", "latest")
    (boxes,) = (e for e in diff(lake, "1", "latest")["tables"]["player_boxes"]["examples"])
    assert (boxes["what"], boxes["name_key"]) == ("added", late["name_key"].item())
    assert found["tables"][STORE.name] == expected(old, read(lake, STORE))
    averages = pl.col("player_id") == player, pl.col("game_date") >= arrival
    moved = read(lake, STORE).filter(averages)["points_avg_season"]
    assert moved.ne_missing(old.filter(averages)["points_avg_season"]).all()


def expected(before: pl.DataFrame, after: pl.DataFrame) -> Any:
    """A table's entry of the difference, by plain loops: equal to it where it is right."""
    old = {tuple(row[c] for c in STORE.key): row for row in before.to_dicts()}
    new = {tuple(row[c] for c in STORE.key): row for row in after.to_dicts()}
    moved: dict[str, list[float | None]] = {}
    dates, changed = set(), {}
    for key in old.keys() & new.keys():
        own = {}
        for column in STORE.columns:
            was, now = old[key][column], new[key][column]
            if was == now or column.endswith("_fingerprint"):
                continue
            own[column] = [was, now]
            is_number = STORE.columns[column].is_numeric() and None not in (was, now)
            moved.setdefault(column, []).append(abs(now - was) if is_number else None)
        if own:
            changed[key] = own
    for key in (old.keys() ^ new.keys()) | changed.keys():
        dates.add(key[STORE.key.index("game_date")])
    most = sorted(changed, key=lambda k: (-len(changed[k]), k))
    rows = [("changed", k) for k in most[:5]]
    rows += [("added", k) for k in sorted(new.keys() - old.keys())[:5]]
    rows += [("removed", k) for k in sorted(old.keys() - new.keys())[:5]]
    return {
        "added": len(new.keys() - old.keys()),
        "removed": len(old.keys() - new.keys()),
        "changed": len(changed),
        "corrected": 0,
        "dates": sorted(dates),
        "columns": {
            column: {
                "rows": len(moved[column]),
                "largest_change": max((v for v in moved[column] if v is not None), default=None),
            }
            for column in STORE.columns
            if column in moved
        },
        "examples": [
            {
                "what": what,
                **dict(zip(STORE.key, key, strict=True)),
                "player_name": (new.get(key) or old[key])["player_name"],
                "changes": changed[key] if what == "changed" else {},
            }
            for what, key in rows
        ],
    }


def test_the_difference_names_rows_features_and_numbers(built: Lake, tmp_path: Path) -> None:
    spec = ModelSpec(name="tried", feature_set="v12", no_vegas=True, iterations=40)
    windows = Windows(
        train_start=TRAIN[0], train_end=TRAIN[1], eval_start=TEST[0], eval_end=TEST[1]
    )
    options = Options(tmp_path / "models", min_train_rows=200, min_eval_rows=20)
    run = train(built, spec, windows, "median", options).report
    days = game_days(built)
    row = corrected(built, days[-20], datetime.combine(days[-15], time(12), tzinfo=UTC))
    backfill(built, Request(*SPAN), lambda *_: None)
    found = diff(built, str(run["lake_version"]), "latest")
    assert (found["from"], found["to"]) == (run["lake_version"], len(listed(built)["versions"]))
    boxes = found["tables"]["player_boxes"]
    assert (boxes["added"], boxes["corrected"], boxes["changed"]) == (1, 1, 0)
    assert boxes["dates"] == [row["game_date"]]
    assert boxes["columns"] == {"points": {"rows": 1, "largest_change": 2}}
    (example,) = boxes["examples"]
    assert example["changes"] == {"points": [row["points"], row["points"] + 2]}
    assert example["player_name"] == row["player_name"]
    old, new = (
        read(at_version(built, named)[1], STORE) for named in (str(run["lake_version"]), "latest")
    )
    assert found["tables"][STORE.name] == expected(old, new)
    assert min(found["tables"][STORE.name]["dates"]) >= days[-15]
    # His own average moves by two points in five games, and nobody else's.
    by_average = old.join(new, on=STORE.key, suffix="_after").filter(
        pl.col("points_avg_last_5").ne_missing(pl.col("points_avg_last_5_after"))
    )
    assert set(by_average["player_id"]) == {row["player_id"]}
    columns = found["tables"][STORE.name]["columns"]
    assert columns["points_avg_last_5"]["largest_change"] == pytest.approx(0.4)
    (number,) = found["numbers"]
    assert number["run_id"] == run["run_id"]
    assert number["published"]["mae"] == run["lines"]["mae"]
    # The saved model and the old version give the published numbers again, to the last digit.
    assert number["before"] == number["published"]
    assert number["moved"]
    assert number["after"]["mae"] != number["before"]["mae"]
    days_moved = {*found["tables"][STORE.name]["dates"], row["game_date"]}
    assert number["changed_dates"] == {"train": 0, "eval": len(days_moved)}


def test_a_market_has_a_difference_of_its_own(built: Lake) -> None:
    days = game_days(built)
    quote = read(built, RAW_TABLES["prop_quotes"]).filter(
        pl.col("game_date") == days[-5], pl.col("market") == "rebounds"
    )
    newer = quote.sort("name_key", "book").head(1).with_columns(line=pl.col("line") + 1)
    append(built, RAW_TABLES["prop_quotes"], newer)
    mark(built, "a quote")
    assert diff(built, "latest~1", "latest")["tables"]["prop_quotes"]["added"] == 1
    rebounds = diff(built, "latest~1", "latest", market="rebounds")
    assert rebounds["tables"]["prop_quotes"]["added"] == 1
    assert diff(built, "latest~1", "latest", market="points")["tables"] == {}


def test_a_model_that_is_gone_costs_a_sentence(built: Lake, tmp_path: Path) -> None:
    spec = ModelSpec(name="tried", no_vegas=True, iterations=5)
    windows = Windows(
        train_start=TRAIN[0], train_end=TRAIN[1], eval_start=TEST[0], eval_end=TEST[1]
    )
    options = Options(tmp_path / "models", min_train_rows=200, min_eval_rows=20)
    report = train(built, spec, windows, "median", options).report
    corrected(built, game_days(built)[-20], datetime(2023, 2, 1, tzinfo=UTC))
    mark(built, "a correction")
    path = Path(report["artifact"]["path"])
    # In the lake's own folder of models it is found wherever the lake has moved to.
    home = Path(built.url) / "models"
    home.mkdir()
    for file in (path, path.with_suffix(".json")):
        file.rename(home / file.name)
    (number,) = diff(built, "latest~1", "latest")["numbers"]
    assert number["before"] == number["published"]
    shutil.rmtree(home)
    (number,) = diff(built, "latest~1", "latest")["numbers"]
    assert "Expected a saved model at" in number["error"]


def test_versions_that_do_not_exist_and_writing_to_old_ones_are_refused(built: Lake) -> None:
    with pytest.raises(InputError, match="got 'latest~9'"):
        diff(built, "latest~9", "latest")
    with pytest.raises(InputError, match="got 'newest'"):
        at_version(built, "newest")
    old = at_version(built, "1")[1]
    boxes = read(old, PLAYER_BOXES, seasons=["2022-23"]).head(1)
    with pytest.raises(TipoffError, match="Expected the newest lake"):
        append(old, PLAYER_BOXES, boxes.with_columns(points=pl.col("points") + 1))


def commands(lake: Lake) -> list[str]:
    return [v["command"] for v in listed(lake)["versions"]]


def test_a_command_that_changes_nothing_makes_no_version(built: Lake) -> None:
    backfill(built, Request(*SPAN), lambda *_: None)
    mark(built, "again")
    assert commands(built) == ["before backfill", "backfill"]
    assert diff(built, "latest", "latest")["tables"] == {}


def test_what_a_killed_run_left_becomes_a_version(
    built: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    days = game_days(built)
    corrected(built, days[-20], datetime.combine(days[-10], time(12), tzinfo=UTC))

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    # Everything is built, and the run ends before it could mark.
    with monkeypatch.context() as patched:
        patched.setattr(backfill_module, "_entry", killed)
        patched.setattr(backfill_module, "mark", lambda *_: None)
        with pytest.raises(KeyboardInterrupt):
            backfill(built, Request(*SPAN), lambda *_: None)
    known = len(commands(built))
    assert backfill(built, Request(*SPAN), lambda *_: None)["planned"] == 0
    assert len(commands(built)) == known + 1
    assert STORE.name in diff(built, "latest~1", "latest")["tables"]


def test_an_empty_lake_has_no_version(tmp_path: Path) -> None:
    empty = open_lake(str(tmp_path / "empty"))
    assert mark(empty, "nothing") is None
    with pytest.raises(InputError, match="none yet; ingest or backfill makes one"):
        at_version(empty, "latest")


def test_runners_that_meet_number_versions_once(built: Lake) -> None:
    boxes = read(built, PLAYER_BOXES, seasons=["2022-23"]).sort(PLAYER_BOXES.key)
    known = len(commands(built))

    def change(number: int) -> None:
        row = boxes[number : number + 1].with_columns(points=pl.col("points") + 1)
        append(built, PLAYER_BOXES, row)
        mark(built, f"change {number}")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(change, range(8)))
    mark(built, "the end")
    numbers = [v["number"] for v in listed(built)["versions"]]
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(numbers) > known
    newest = listed(built)["versions"][-1]["tables"]
    assert newest[PLAYER_BOXES.name] == version(built, PLAYER_BOXES)
