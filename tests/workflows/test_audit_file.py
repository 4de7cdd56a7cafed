"""Anybody's predictions: clean ones pass, each planted leak is found and named, joins are told."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from tests.workflows.prediction_files import LEAKS, season, written

from tipoff.backtest.file_verdict import ALARMS, EDGE_SHOWN, NO_EDGE
from tipoff.backtest.gates import LEAK_SUSPECTED, UNDERPOWERED
from tipoff.backtest.thermometer import PLAUSIBLE, QUARANTINED
from tipoff.errors import InputError
from tipoff.workflows.audit_file import Files, audit_file


@pytest.fixture(scope="module")
def rows() -> pl.DataFrame:
    return season()


def _kinds(report: dict[str, Any]) -> list[str]:
    return [sign["kind"] for sign in report["signs"]]


def _audited(path: Path, **more: Any) -> dict[str, Any]:
    return audit_file(Files(path, **more))


def test_clean_predictions_raise_no_alarm(tmp_path: Path, rows: pl.DataFrame) -> None:
    report = _audited(written(tmp_path, rows, "clean"))
    assert report["verdict"] in (NO_EDGE, UNDERPOWERED)
    assert report["signs"] == []
    assert {c["state"] for c in report["conditions"]} <= {"passed", "not judged"}
    assert report["thermometer"]["verdict"] == PLAUSIBLE
    assert report["joins"]["with_both"] == rows.height
    assert report["lines"]["hr"]["3"]["break_even"] > 0.524


@pytest.mark.parametrize("seed", range(2, 14))
def test_clean_predictions_of_other_seasons_raise_none_either(tmp_path: Path, seed: int) -> None:
    report = _audited(written(tmp_path, season(seed), "clean"))
    assert report["verdict"] not in ALARMS, report["sentences"]


@pytest.mark.parametrize("leak", sorted(LEAKS))
def test_a_planted_leak_is_found_and_named(tmp_path: Path, rows: pl.DataFrame, leak: str) -> None:
    report = _audited(written(tmp_path, rows, leak))
    assert report["verdict"] in ALARMS
    assert LEAKS[leak] in _kinds(report)
    assert report["sentences"][0].startswith(report["verdict"].capitalize())
    # What later games tell is little in any one of them: its sign is an alarm by itself.
    assert report["verdict"] == (LEAK_SUSPECTED if leak == "final" else QUARANTINED)
    also = [LEAKS["constant"]] if leak == "half" else []
    assert _kinds(report) == [*also, LEAKS[leak]]


def test_averages_that_count_the_game_are_seen_though_they_help_little(tmp_path: Path) -> None:
    rows = season()
    slight = rows.with_columns(inclusive=0.7 * pl.col("line") + 0.3 * pl.col("inclusive"))
    assert _kinds(_audited(written(tmp_path, slight, "inclusive"))) == [LEAKS["inclusive"]]


def test_skill_is_shown_and_is_no_leak(tmp_path: Path) -> None:
    report = _audited(written(tmp_path, season(3, days=500, skill=0.03), "clean"))
    assert report["thermometer"]["verdict"] != QUARANTINED
    assert report["verdict"] == EDGE_SHOWN
    assert report["headline"]["hit_rate"]["low"] > 0


def test_lines_and_results_of_other_files_give_the_same(tmp_path: Path, rows: pl.DataFrame) -> None:
    alone = _audited(written(tmp_path, rows, "clean"))
    bare = written(tmp_path, rows, "clean", line=None, over_odds=None, under_odds=None, actual=None)
    lines, box = tmp_path / "lines.csv", tmp_path / "box.csv"
    rows.select(
        PLAYER=pl.col("player").str.to_uppercase(), GAME_DATE="game_date", POINTS_LINE="line",
        over_price="over_odds", under_price="under_odds",
    ).write_csv(lines)  # fmt: skip
    rows.select(
        PLAYER_NAME="player", GAME_DATE=pl.col("game_date").dt.strftime("%m/%d/%Y"), MIN=pl.lit(30),
        PTS=pl.col("actual").cast(pl.Int64),
    ).write_csv(box)  # fmt: skip
    joined = _audited(bare, lines=lines, box=box)
    for part in ("lines", "baselines", "headline", "evidence", "returns", "thermometer", "verdict"):
        assert joined[part] == alone[part], part


def test_the_order_of_rows_is_irrelevant(tmp_path: Path, rows: pl.DataFrame) -> None:
    first = _audited(written(tmp_path, rows, "clean"))
    second = _audited(written(tmp_path, rows.sample(fraction=1, shuffle=True, seed=3), "clean"))
    assert second["lines"] == first["lines"]
    assert second["thermometer"]["verdict"] == first["thermometer"]["verdict"]
    assert second["thermometer"]["share"] == pytest.approx(first["thermometer"]["share"])


def test_multiplied_rows_change_no_number(tmp_path: Path, rows: pl.DataFrame) -> None:
    once = _audited(written(tmp_path, rows, "clean"))
    eight = _audited(written(tmp_path, pl.concat([rows] * 8), "clean"))
    assert eight["duplicates"]["copies_each"] == 8
    assert any("8 times" in sentence for sentence in eight["sentences"])
    assert eight["lines"] == once["lines"]


@pytest.mark.parametrize("slip", [-1, 1])
def test_dates_that_are_a_day_off_are_moved_and_said(
    tmp_path: Path, rows: pl.DataFrame, slip: int
) -> None:
    bare = rows.with_columns(pl.col("game_date").dt.offset_by(f"{slip}d"))
    path = written(tmp_path, bare, "clean", actual=None)
    box = tmp_path / "box.csv"
    rows.select("player", "game_date", points="actual").write_csv(box)
    report = _audited(path, box=box)
    assert report["joins"]["dates_moved_by"] == -slip
    assert report["joins"]["with_both"] == rows.height
    assert any("were moved" in sentence for sentence in report["sentences"])
    clean = _audited(written(tmp_path, rows, "clean", actual=None), box=box)
    assert clean["joins"]["dates_moved_by"] == 0
    assert clean["lines"]["hr"] == report["lines"]["hr"]


def test_what_was_made_after_tip_off_is_left_out_and_raises_the_alarm(
    tmp_path: Path, rows: pl.DataFrame
) -> None:
    tip = pl.col("game_date").cast(pl.Datetime("us", "UTC")) + timedelta(hours=24)
    stamped = rows.with_row_index().with_columns(
        commence_time=tip,
        created_at=pl.when(pl.col("index") % 10 == 0)
        .then(tip + timedelta(hours=3))
        .otherwise(tip - timedelta(hours=3)),
    )
    path = written(
        tmp_path, stamped, "clean", commence_time="commence_time", created_at="created_at"
    )
    report = _audited(path)
    assert report["timing"]["predictions"]["after_share"] == pytest.approx(0.1, abs=0.001)
    assert report["verdict"] in ALARMS
    assert "made after tip-off" in _kinds(report)
    assert report["late_left_out"] == report["timing"]["predictions"]["after"]
    in_time = stamped.filter(pl.col("index") % 10 != 0)
    clean = _audited(
        written(tmp_path, in_time, "clean", commence_time="commence_time", created_at="created_at")
    )
    assert clean["verdict"] not in ALARMS
    assert clean["lines"]["hr"] == report["lines"]["hr"]


def test_undated_predictions_are_said_to_prove_nothing(tmp_path: Path, rows: pl.DataFrame) -> None:
    report = _audited(written(tmp_path, rows, "clean"))
    assert any("not proven" in sentence for sentence in report["sentences"])


def test_sides_without_predictions_are_graded(tmp_path: Path, rows: pl.DataFrame) -> None:
    over = pl.col("clean") > pl.col("line")
    sided = rows.with_columns(
        pick=pl.when(over).then(pl.lit("Over")).otherwise(pl.lit("Under")),
        odds=pl.when(over).then("over_odds").otherwise("under_odds"),
    )
    path = written(
        tmp_path, sided, "clean", prediction=None, over_odds=None, under_odds=None, pick="pick",
        odds="odds",
    )  # fmt: skip
    report = _audited(path)
    whole = _audited(written(tmp_path, rows, "clean"))
    assert report["is_sided"]
    assert report["lines"]["mae"] is None
    assert report["lines"]["hr"]["3"]["n"] == whole["lines"]["n"]
    assert report["verdict"] not in ALARMS


def test_sides_that_know_the_result_are_quarantined(tmp_path: Path, rows: pl.DataFrame) -> None:
    over = pl.col("constant") > pl.col("line")
    sided = rows.with_columns(pick=pl.when(over).then(pl.lit("O")).otherwise(pl.lit("U")))
    report = _audited(written(tmp_path, sided, "constant", prediction=None, pick="pick"))
    assert report["verdict"] == QUARANTINED


def _few(rows: pl.DataFrame, case: str) -> pl.DataFrame:
    if case == "five rows":
        return rows.head(5)
    if case == "one date":
        return rows.filter(pl.col("game_date") == rows["game_date"][0])
    if case == "the line itself":
        return rows.with_columns(clean="line")
    if case == "one result":
        return rows.head(199).with_columns(actual=pl.lit(20.0))
    return rows.head(60).with_columns(clean=pl.col("line") + 4 * (pl.col("actual") > 15).cast(int))


@pytest.mark.parametrize(
    "case", ["five rows", "one date", "the line itself", "one result", "lucky few"]
)
def test_little_to_go_by_is_no_alarm(tmp_path: Path, rows: pl.DataFrame, case: str) -> None:
    report = audit_file(Files(written(tmp_path, _few(rows, case), "clean")), tmp_path)
    assert report["verdict"] == UNDERPOWERED, report["sentences"]
    assert all(Path(path).is_file() for path in report["card"].values())


def test_who_did_not_play_is_a_void_and_strangers_are_listed(
    tmp_path: Path, rows: pl.DataFrame
) -> None:
    box = tmp_path / "box.csv"
    gone = rows.filter(pl.col("player") != "Player Aeson")
    idle = pl.col("game_date") == rows["game_date"][0]
    gone.select(
        "player", "game_date", minutes=pl.when(idle).then(0).otherwise(31),
        points=pl.when(idle).then(0).otherwise("actual"),
    ).write_csv(box)  # fmt: skip
    report = _audited(written(tmp_path, rows, "clean", actual=None), box=box)
    joins = report["joins"]
    assert joins["did_not_play"] == gone.filter(idle).height
    unmatched = joins["results"]["unmatched"]
    assert [own["name"] for own in unmatched] == ["player aeson"]
    assert unmatched[0]["nearest"]
    assert joins["with_result"] == gone.height


def test_predictions_without_any_match_are_bad_input(tmp_path: Path, rows: pl.DataFrame) -> None:
    with pytest.raises(InputError, match="--lines and --box"):
        _audited(written(tmp_path, rows, "clean", actual=None))


def test_the_card_says_the_same_twice_and_names_are_no_markup(
    tmp_path: Path, rows: pl.DataFrame
) -> None:
    evil = rows.with_columns(pl.col("player").str.replace("Player A", "<b>| A"))
    path = written(tmp_path, evil, "clean", actual=None)
    box = tmp_path / "box.csv"
    rows.select("player", "game_date", points="actual").write_csv(box)
    files = Files(path, box=box)
    report = audit_file(files, tmp_path / "one")
    again = audit_file(files, tmp_path / "two")
    for kind in ("html", "md", "json"):
        text = Path(report["card"][kind]).read_bytes()
        assert text == Path(again["card"][kind]).read_bytes()
        assert b"<b>" not in text or kind == "json"
        assert report["verdict"].encode() in text


@pytest.mark.real
@pytest.mark.parametrize("making", ["clean", "inclusive"])
def test_real_lines_tell_a_leak_from_none(real_data: Path, tmp_path: Path, making: str) -> None:
    box = pl.read_csv(real_data / "boxscores" / "nbaapi" / "player_logs_2022-23.csv.gz")
    games = box.select(
        player="PLAYER_NAME", day=pl.col("GAME_DATE").str.to_date(), points=pl.col("PTS") * 1.0
    ).sort("player", "day")
    with_own = pl.col("points").rolling_mean(10, min_samples=1)
    average = with_own if making == "inclusive" else with_own.shift(1)
    predicted = games.with_columns(prediction=average.over("player")).drop_nulls()
    lines = pl.read_parquet(real_data / "props" / "2022-23_draftkings_zhecht.parquet")
    paths = [tmp_path / f"{name}.csv" for name in ("mine", "lines", "box")]
    predicted.drop("points").write_csv(paths[0])
    lines.filter("game_on_file_date").write_csv(paths[1])
    box.write_csv(paths[2])
    report = audit_file(Files(paths[0], paths[1], paths[2]))
    assert report["joins"]["with_both"] > 9_000
    if making == "clean":
        assert report["verdict"] not in ALARMS
        assert report["signs"] == []
    else:
        assert report["verdict"] == QUARANTINED
        assert _kinds(report) == [LEAKS["inclusive"]]


def test_a_moment_of_today_is_no_prediction_of_last_year(
    tmp_path: Path, rows: pl.DataFrame
) -> None:
    late = rows.with_columns(created_at=pl.lit(datetime(2023, 9, 1, tzinfo=UTC)))
    report = _audited(written(tmp_path, late, "clean", created_at="created_at"))
    assert report["verdict"] in ALARMS
    assert report["timing"]["predictions"]["batch"]["share"] == 1
    assert report["lines"]["n"] == rows.height


def test_results_that_are_all_the_same_are_no_lines_that_know(
    tmp_path: Path, rows: pl.DataFrame
) -> None:
    same = rows.with_columns(actual=pl.lit(20.0))
    assert "lines that know the result" not in _kinds(_audited(written(tmp_path, same, "clean")))


def test_lines_made_from_the_results_are_seen(tmp_path: Path, rows: pl.DataFrame) -> None:
    knowing = rows.with_columns(line=(pl.col("line") + 3 * pl.col("actual") + 0.5) / 4)
    assert "lines that know the result" in _kinds(_audited(written(tmp_path, knowing, "clean")))
