"""Whatever is missing of predictions and grades, or should not be there, is named."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from tests.monitoring.healthy import CHAMPION, DAY, EVENING, MORNING, SHADOW, Healthy, eastern, put

from tipoff.backtest.current import current_predictions
from tipoff.errors import InputError
from tipoff.monitoring.missing import missing_grades, standing, uneven_accounts
from tipoff.store.lake import Lake, append, read, replace
from tipoff.tables.models import MODEL_EVENTS
from tipoff.tables.predictions import COVERAGE, GRADES, PREDICTIONS
from tipoff.tables.raw import AVAILABILITY, PROP_QUOTES
from tipoff.tables.table import Table
from tipoff.workflows.reconcile import PROBLEMS, reconcile, uneven

_IS_OURS = (pl.col("game_date") == DAY) & (pl.col("model_id") == CHAMPION)


@pytest.fixture
def lake(well: Healthy, tmp_path: Path) -> Lake:
    return well.copied(tmp_path).lake


def _lined(lake: Lake) -> dict[str, Any]:
    """A player with a line, whom the champion predicted and picked."""
    rows = read(lake, PREDICTIONS).filter(_IS_OURS, "is_pick").sort("game_id", "player_id")
    return rows.row(0, named=True)


def _rewrite(lake: Lake, table: Table, change: Callable[[pl.DataFrame], pl.DataFrame]) -> None:
    replace(lake, table, change(read(lake, table)), "true")


def _his(lake: Lake) -> pl.Expr:
    return _IS_OURS & pl.col("player_id").eq(_lined(lake)["player_id"])


def _only(report: dict[str, Any], problem: str) -> list[dict[str, Any]]:
    """The rows of a problem; there is no other one."""
    assert {name for name, n in report["counts"].items() if n} == {problem}
    assert not report["is_even"]
    assert problem.replace("_", " ") in str(uneven(report))
    found: list[dict[str, Any]] = report[problem]
    return found


def test_all_is_even_where_all_is_well_and_nothing_is_written(well: Healthy) -> None:
    files = {p for p in Path(well.lake.url).rglob("*") if p.is_file()}
    for now in (EVENING, MORNING):
        report = reconcile(well.lake, DAY, now)
        assert report["is_even"]
        assert report["counts"] == dict.fromkeys(PROBLEMS, 0)
        assert report["expected"] > 50
        assert uneven(report) is None
    assert {p for p in Path(well.lake.url).rglob("*") if p.is_file()} == files


def test_who_is_left_out_is_named_with_his_game_model_and_why(lake: Lake) -> None:
    him, is_he = _lined(lake), _his(lake)
    _rewrite(lake, PREDICTIONS, lambda rows: rows.filter(~is_he))
    _rewrite(
        lake,
        GRADES,
        lambda rows: rows.join(
            read(lake, PREDICTIONS), on=["slate", "game_id", "player_id"], how="semi"
        ),
    )
    (row,) = _only(reconcile(lake, DAY, EVENING), "missing_predictions")
    names = ("game_id", "player_id", "player_name", "market", "model_id", "model_name")
    assert {n: row[n] for n in names} == {n: him[n] for n in names}
    assert row["why"] == "the model's slate of the game leaves him out"


def test_a_row_without_a_prediction_and_a_game_without_a_slate_are_missing(lake: Lake) -> None:
    is_he = _his(lake)
    empty = pl.when(is_he).then(None).otherwise("prediction")
    _rewrite(lake, PREDICTIONS, lambda rows: rows.with_columns(prediction=empty))
    (row,) = _only(reconcile(lake, DAY, EVENING), "missing_predictions")
    assert row["why"] == "his row has no prediction: no reason is stated"
    gone = _IS_OURS & (pl.col("game_id") == pl.lit(_lined(lake)["game_id"]))
    _rewrite(lake, PREDICTIONS, lambda rows: rows.filter(~gone))
    rows = reconcile(lake, DAY, EVENING)["missing_predictions"]
    assert len(rows) > 5
    assert {r["why"] for r in rows} == {"the model has no slate that covers the game"}
    # Nobody is asked for before the decision of his game.
    assert reconcile(lake, DAY, eastern(DAY, 18))["expected"] == 0


def test_a_game_day_without_a_live_model_is_named(lake: Lake, tmp_path: Path) -> None:
    _rewrite(lake, MODEL_EVENTS, lambda rows: rows.with_columns(to_stage=pl.lit("retired")))
    (row,) = _only(reconcile(lake, DAY, EVENING), "missing_models")
    assert row["why"] == "no model is live, and 2 games are decided"
    assert reconcile(lake, DAY, eastern(DAY, 12))["is_even"]
    with pytest.raises(InputError, match="Expected games of 2021-22"):
        reconcile(Lake(str(tmp_path / "none"), {}), DAY, EVENING)


def test_who_is_out_is_not_asked_for(lake: Lake) -> None:
    him, is_he = _lined(lake), _his(lake)
    _rewrite(lake, PREDICTIONS, lambda rows: rows.filter(~is_he))
    like = read(lake, AVAILABILITY).filter(pl.col("game_id") == him["game_id"]).head(1)
    assert reconcile(lake, DAY, EVENING)["counts"]["missing_predictions"] == 1
    for side in him["game_id"].split("_")[1:]:
        told = like.with_columns(
            team=pl.lit(side),
            name_key=pl.lit("him"),
            player_name=pl.lit(him["player_name"]),
            player_id=pl.lit(him["player_id"]),
            status=pl.lit("out"),
            observed_at=pl.lit(him["as_of"] - timedelta(minutes=1)),
            report_at=pl.lit(him["as_of"] - timedelta(minutes=1)),
        )
        append(lake, AVAILABILITY, told)
    assert reconcile(lake, DAY, EVENING)["counts"]["missing_predictions"] == 0


def test_a_line_that_came_after_the_decision_asks_for_nobody(lake: Lake) -> None:
    him, is_he = _lined(lake), _his(lake)
    _rewrite(lake, PREDICTIONS, lambda rows: rows.filter(~is_he))
    quotes = read(lake, PROP_QUOTES)
    is_his = (pl.col("game_id") == him["game_id"]) & (pl.col("player_id") == him["player_id"])
    late = pl.lit(him["as_of"] + timedelta(minutes=1)).cast(quotes.schema["observed_at"])
    moved = pl.when(is_his).then(late).otherwise("observed_at")
    once = quotes.with_columns(observed_at=moved).unique(PROP_QUOTES.key, keep="any")
    replace(lake, PROP_QUOTES, once, "true")
    assert reconcile(lake, DAY, EVENING)["counts"]["missing_predictions"] == 0


def test_a_name_that_nobody_knows_is_listed_and_is_no_fault_of_a_slate(lake: Lake) -> None:
    quotes = read(lake, PROP_QUOTES)
    him = _lined(lake)
    one = quotes.filter(
        pl.col("game_id") == him["game_id"],
        pl.col("player_id") == him["player_id"],
        pl.col("market") == "points",
        pl.col("observed_at") < him["as_of"],
    ).head(1)
    odd = one.with_columns(
        player_id=pl.lit(None, pl.String), name_key=pl.lit("nobody"), player_name=pl.lit("Nobody")
    )
    append(lake, PROP_QUOTES, odd)
    report = reconcile(lake, DAY, EVENING)
    assert report["is_even"]
    (row,) = report["unlisted"]
    assert (row["player_name"], row["why"]) == ("Nobody", "nobody knows who that is")


def test_predictions_of_games_that_are_over_without_a_grade_are_named(lake: Lake) -> None:
    him = _lined(lake)
    is_his = (pl.col("slate") == him["slate"]) & (pl.col("player_id") == him["player_id"])
    _rewrite(lake, GRADES, lambda rows: rows.filter(~is_his))
    assert reconcile(lake, DAY, EVENING)["is_even"]
    (row,) = _only(reconcile(lake, DAY, MORNING), "missing_grades")
    assert (row["player_name"], row["slate"], row["is_pick"]) == (
        him["player_name"],
        him["slate"],
        True,
    )


def test_a_newer_slate_stands_and_the_older_owes_nothing(lake: Lake) -> None:
    rows = read(lake, PREDICTIONS).filter(_IS_OURS)
    number = read(lake, PREDICTIONS)["slate"].max()
    assert isinstance(number, int)
    newer = rows.with_columns(slate=pl.lit(number + 1), slate_hash=pl.lit("f" * 64))
    put(lake, PREDICTIONS, newer.to_dicts())
    assert set(standing(read(lake, PREDICTIONS).filter(_IS_OURS))["slate"]) == {number + 1}
    missing = _only(reconcile(lake, DAY, MORNING), "missing_grades")
    assert {row["slate"] for row in missing} == {number + 1}
    old = rows["slate"][0]
    _rewrite(
        lake,
        GRADES,
        lambda g: g.with_columns(slate=pl.when(slate=old).then(number + 1).otherwise("slate")),
    )
    assert reconcile(lake, DAY, MORNING)["is_even"]


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"state": "settled", "outcome": None}, "settled without an outcome"),
        ({"state": "settled", "profit": None}, "settled without a profit"),
        ({"state": "settled", "actual": None}, "settled without a result"),
        ({"state": "void", "void_reason": None}, "void without a reason"),
    ],
)
def test_a_pick_that_is_not_settled_is_named(lake: Lake, change: dict[str, Any], word: str) -> None:
    him = _lined(lake)
    whole = {"outcome": "win", "profit": 0.9, "actual": 11.0, "void_reason": "late scratch"}
    own = read(lake, GRADES).filter(
        pl.col("slate") == him["slate"], pl.col("player_id") == him["player_id"]
    )
    put(lake, GRADES, [{**own.row(0, named=True), **whole, **change, "version": 2}])
    (row,) = _only(reconcile(lake, DAY, MORNING), "unsettled_picks")
    assert (row["player_name"], row["version"], row["why"]) == (him["player_name"], 2, word)


def test_duplicates_are_named(lake: Lake) -> None:
    him = _lined(lake)
    put(lake, PREDICTIONS, [him])
    own = read(lake, GRADES).filter(slate=him["slate"], player_id=him["player_id"])
    put(lake, GRADES, own.to_dicts())
    rows = _only(reconcile(lake, DAY, MORNING), "duplicates")
    assert [(r["what"], r["n"]) for r in rows] == [("predictions", 2), ("grades", 2)]
    assert him["player_id"] in rows[0]["key"]


def test_slates_that_share_a_number_or_say_the_same_are_named(lake: Lake) -> None:
    theirs = (pl.col("game_date") == DAY) & (pl.col("model_id") == SHADOW)
    other, number = read(lake, PREDICTIONS).filter(theirs), _lined(lake)["slate"]
    _rewrite(lake, PREDICTIONS, lambda rows: rows.filter(~theirs))
    put(lake, PREDICTIONS, other.with_columns(slate=pl.lit(number)).to_dicts())
    rows = reconcile(lake, DAY, EVENING)["duplicates"]
    assert ("slates of one number", str(number), 2) in [(r["what"], r["key"], r["n"]) for r in rows]
    _rewrite(lake, PREDICTIONS, lambda rows: rows.filter(~theirs).unique(PREDICTIONS.key))
    put(lake, PREDICTIONS, other.to_dicts())
    again = read(lake, PREDICTIONS).filter(_IS_OURS)
    put(lake, PREDICTIONS, again.with_columns(slate=pl.lit(99)).to_dicts())
    (same,) = reconcile(lake, DAY, EVENING)["duplicates"]
    assert same["what"] == "slates that say the same"


def test_grades_of_nothing_and_predictions_after_tip_off_are_named(lake: Lake) -> None:
    him = _lined(lake)
    own = read(lake, GRADES).filter(slate=him["slate"], player_id=him["player_id"])
    put(lake, GRADES, own.with_columns(slate=pl.lit(77)).to_dicts())
    (row,) = _only(reconcile(lake, DAY, MORNING), "orphan_grades")
    assert (row["slate"], row["player_id"]) == (77, him["player_id"])
    _rewrite(lake, GRADES, lambda rows: rows.filter(pl.col("slate") != 77))
    late = pl.when(_IS_OURS).then(pl.col("tip_off_at") + timedelta(minutes=1)).otherwise("made_at")
    _rewrite(lake, PREDICTIONS, lambda rows: rows.with_columns(made_at=late))
    report = reconcile(lake, DAY, MORNING)
    assert {row["model_id"] for row in report["late_predictions"]} == {CHAMPION}
    # They predict nothing, so the games have no slate.
    why = "the model has no slate that covers the game"
    assert {row["why"] for row in report["missing_predictions"]} == {why}


def test_what_stands_is_what_is_graded(lake: Lake) -> None:
    rows = read(lake, PREDICTIONS)
    late = pl.when(pl.col("slate") == 2).then(pl.col("tip_off_at")).otherwise("made_at")
    moved = rows.with_columns(slate=pl.col("slate") + 100, made_at=late)
    both = pl.concat([rows, moved.filter(pl.col("slate") < 106)])
    key = ["slate", "game_id", "player_id"]
    assert standing(both).sort(key).equals(current_predictions(both).sort(key))


def test_accounts_that_do_not_add_up_are_named(lake: Lake) -> None:
    lost = pl.col("step") == "takeable", pl.col("reason") == "one-sided", pl.col("game_date") == DAY
    _rewrite(lake, COVERAGE, lambda rows: rows.filter(~pl.all_horizontal(lost)))
    rows = _only(reconcile(lake, DAY, MORNING), "uneven_accounts")
    assert {(r["step"], r["model_id"]) for r in rows} == {
        ("takeable", CHAMPION),
        ("takeable", SHADOW),
    }
    assert all(r["total"] == r["kept_before"] - 1 for r in rows)


def test_a_step_without_rows_counts_as_none() -> None:
    steps = [("listed", "kept", 9), ("predicted", "kept", 9), ("lined", "no line", 9)]
    about = {"game_date": DAY, "market": "points", "model_id": CHAMPION, "counted_at": MORNING}
    rows = [{**about, "step": s, "reason": r, "n": n} for s, r, n in steps]
    frame = pl.DataFrame(rows, schema=COVERAGE.columns)
    assert uneven_accounts(frame).is_empty()
    for step in ("listed", "predicted", "lined"):
        bad = uneven_accounts(frame.filter(pl.col("step") != step))
        assert step == "listed" or bad["step"][0] == step
        assert bad.height


def test_a_grade_that_was_given_later_is_not_known(well: Healthy) -> None:
    """At an instant between the deadline and the grade the grade is missing."""
    given = read(well.lake, GRADES).filter(pl.col("game_date") == DAY)["graded_at"].max()
    made = read(well.lake, PREDICTIONS).filter(pl.col("game_date") == DAY)
    rows = read(well.lake, GRADES).filter(pl.col("graded_at") <= given - timedelta(seconds=1))  # type: ignore[operator]
    assert missing_grades(made, rows, MORNING).height == made.height
