"""Files are taken in once, in the right order, and broken ones cost a sentence."""

from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
from tests.workflows.faulty_lines import names_one_row_off
from tests.workflows.league_files import box_log, daily_lines

from tipoff.errors import InputError
from tipoff.sources.league import League
from tipoff.store.lake import Lake, open_lake, read
from tipoff.tables.raw import PLAYER_BOXES, PROP_QUOTES, SHOTS, TEAM_BOXES
from tipoff.workflows.ingest import ALREADY, UNKNOWN, ingest_files

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def folder(league: League, tmp_path: Path) -> Path:
    """Box scores, lines, a broken file and one of something else."""
    first = pl.col("game_date") < pl.date(2021, 12, 1)
    inside = tmp_path / "some data"
    (inside / "deep").mkdir(parents=True)
    boxes = box_log(league.frames["player_boxes"].filter(first))
    boxes.write_csv(inside / "deep" / "anything.txt")
    daily_lines(league.frames["prop_quotes"].filter(first)).write_parquet(inside / "a.parquet")
    (inside / "broken.csv").write_bytes(boxes.write_csv().encode()[:5_000])
    (inside / "other.csv").write_text("height,weight\n1,2\n")
    (inside / ".hidden").write_text("a,b\n1,2\n")
    return inside


@pytest.fixture
def empty(tmp_path: Path) -> Lake:
    return open_lake(str(tmp_path / "lake"))


def test_a_folder_is_taken_in(folder: Path, empty: Lake, league: League) -> None:
    report = ingest_files(empty, [folder], now=NOW)
    by_name = {Path(f["path"]).name: f for f in report["files"]}
    assert set(by_name) == {"anything.txt", "a.parquet", "broken.csv", "other.csv"}
    assert by_name["anything.txt"]["format"] == "nba_log_attempts"
    assert by_name["a.parquet"]["format"] == "daily_book"
    assert by_name["other.csv"]["reason"] == UNKNOWN
    assert "half-written" in by_name["broken.csv"]["reason"]
    expected = league.frames["player_boxes"].filter(pl.col("game_date") < pl.date(2021, 12, 1))
    assert report["tables"]["player_boxes"]["rows"] == expected.height
    # Lines are read after box scores, whatever their names: players are known by then.
    quotes = read(empty, PROP_QUOTES)
    assert quotes.height == by_name["a.parquet"]["rows"] > 500
    ids = set(expected["player_id"])
    found = quotes.filter(pl.col("player_id").is_not_null())
    assert set(found["player_id"]) <= ids
    assert found.height > 0.97 * quotes.height


def test_a_second_run_adds_nothing_and_says_so(folder: Path, empty: Lake) -> None:
    ingest_files(empty, [folder], now=NOW)
    again = ingest_files(empty, [folder], now=NOW)
    reasons = {Path(f["path"]).name: f["reason"] for f in again["files"]}
    assert reasons["anything.txt"] == reasons["a.parquet"] == ALREADY
    assert again["tables"] == {}
    anew = ingest_files(empty, [folder], again=True, now=NOW)
    assert all(counts["rows"] == 0 for counts in anew["tables"].values())


def test_a_corrected_box_score_becomes_known_now(folder: Path, empty: Lake) -> None:
    ingest_files(empty, [folder], now=NOW)
    path = folder / "deep" / "anything.txt"
    log = pl.read_csv(path)
    changed = log.with_columns(AST=pl.col("AST") + (pl.int_range(pl.len()) == 0).cast(pl.Int64))
    changed.write_csv(folder / "corrected.csv")
    report = ingest_files(empty, [folder / "corrected.csv"], now=NOW)
    assert report["files"][0]["corrections"] == 1
    boxes = read(empty, PLAYER_BOXES)
    assert boxes.filter(pl.col("observed_at") == NOW).height == 1


def test_names_wait_for_the_players_they_belong_to(folder: Path, empty: Lake) -> None:
    lines, boxes = folder / "a.parquet", folder / "deep" / "anything.txt"
    first = ingest_files(empty, [lines], now=NOW)
    assert len(first["unmatched"]) > 50
    before = read(empty, PROP_QUOTES)
    assert before["player_id"].null_count() == before.height
    then = ingest_files(empty, [boxes], now=NOW)
    after = read(empty, PROP_QUOTES)
    assert then["resolved"] == after["player_id"].count() > 0.97 * after.height
    assert (
        after.drop("player_id").sort("row_hash").equals(before.drop("player_id").sort("row_hash"))
    )


def test_sources_that_disagree_are_both_kept_and_listed(folder: Path, empty: Lake) -> None:
    ingest_files(empty, [folder], now=NOW)
    log = pl.read_csv(folder / "deep" / "anything.txt").head(30)
    other = log.select(
        "PLAYER_ID", "PLAYER_NAME", "TEAM_ABBREVIATION", "GAME_DATE", "MATCHUP", "MIN",
        pl.col("PTS") + (pl.int_range(pl.len()) == 3), "REB", "AST", "STL", "BLK", "TOV",
        SEASON_TYPE=pl.lit("Regular Season"),
    )  # fmt: skip
    other.write_csv(folder / "plain.csv")
    report = ingest_files(empty, [folder / "plain.csv"], now=NOW)
    assert report["disagreements"]["counts"] == {"points": 1}
    listed = report["disagreements"]["rows"][0]
    assert listed["column"] == "points"
    assert set(listed["values"]) == {"nba_log", "nba_log_attempts"}
    assert read(empty, PLAYER_BOXES)["source"].n_unique() == 2


def test_a_mapping_brings_in_what_tipoff_has_never_seen(folder: Path, empty: Lake) -> None:
    mapping = folder / "map.toml"
    mapping.write_text(
        '[[file]]\nmatch = ["height", "weight"]\ntable = "games"\nsource = "odd"\n'
        '[file.columns]\nhome = "home"\naway = "away"\ngame_date = "day"\n'
    )
    (folder / "other.csv").write_text("height,weight,home,away,day\n1,2,BOS,NYK,2021-10-20\n")
    report = ingest_files(empty, [folder / "other.csv"], mapping=mapping, now=NOW)
    assert report["files"][0]["format"] == "odd"
    assert report["tables"]["games"]["rows"] == 1


def test_nothing_to_take_in_is_an_error(tmp_path: Path, empty: Lake) -> None:
    with pytest.raises(InputError, match="found none"):
        ingest_files(empty, [tmp_path / "nowhere"], now=NOW)
    bad = tmp_path / "bad.csv"
    bad.write_bytes(b"")
    with pytest.raises(InputError, match="None of the 1 files"):
        ingest_files(empty, [bad], now=NOW)


@pytest.mark.real
def test_the_real_data_is_taken_in_whole(real_data: Path, tmp_path: Path) -> None:
    lake = open_lake(str(tmp_path / "real lake"))
    # The answers of providers hold single days; their rows are counted with their parsers.
    folders = sorted(path for path in real_data.iterdir() if path.name != "payloads")
    report = ingest_files(lake, folders, now=NOW)
    boxes = read(lake, PLAYER_BOXES)
    regular = boxes.filter(pl.col("season_type") == "regular")
    for source in ("nba_log_attempts", "nba_log"):
        rows = regular.filter(pl.col("source") == source).group_by("season").len()
        counted = dict(rows.iter_rows())
        assert [counted[f"20{y}-{y + 1}"] for y in range(20, 25)] == [
            23_054, 26_039, 25_895, 26_401, 26_306,
        ]  # fmt: skip
    assert boxes.height == boxes.unique(["game_id", "player_id", "source"]).height
    assert boxes["player_id"].null_count() == 0
    # The identity gate lets all of it through, and stops it with names beside the ids of others.
    assert not report["identity"]["stopped"]
    assert not report["identity"]["stored"]
    log = next(Path(f["path"]) for f in report["files"] if f["format"] == "nba_log")
    shifted = names_one_row_off(pl.read_csv(log, infer_schema=False))
    shifted.write_csv(tmp_path / "shifted.csv")
    (spoilt,) = ingest_files(lake, [tmp_path / "shifted.csv"], now=NOW)["files"]
    assert spoilt["is_stopped"]
    # Team logs and the sums of the players agree on every team-game that both hold.
    sums = (
        regular.filter(pl.col("source") == "nba_log")
        .group_by("game_id", "team")
        .agg(total=pl.col("points").sum())
    )
    teams = read(lake, TEAM_BOXES).filter(pl.col("source") == "team_log")
    both = teams.join(sums, on=["game_id", "team"])
    assert both.height > 12_000
    assert (both["points"] == both["total"]).all()
    shots = read(lake, SHOTS)
    assert shots.group_by("source").len().height == 2
    quotes = read(lake, PROP_QUOTES).filter(pl.col("market") == "points")
    assert quotes["player_id"].is_not_null().mean() > 0.999  # type: ignore[operator]
    assert report["disagreements"]["counts"] == {"blocks": 1}
