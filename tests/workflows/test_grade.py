"""Grades: at the line and price of the pick, by what had become known, corrected by versions."""

import json
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from tests.workflows.daily_league import DAY, SEASON, Daily, current, grades, predictions, rewritten
from typer.testing import CliRunner

from tipoff.backtest.account import STEPS, unbalanced
from tipoff.backtest.results import (
    DID_NOT_PLAY,
    GONE,
    LATE_SCRATCH,
    MOVED,
    NO_BOX,
    PARTIAL_BOX,
    RULED_OUT,
    UNKNOWN_PLAYER,
    with_grades,
)
from tipoff.cli.app import app
from tipoff.domain.market import MARKETS
from tipoff.domain.odds import payout
from tipoff.errors import InputError
from tipoff.store.lake import Lake, append, read, replace, scan, version
from tipoff.tables.predictions import COVERAGE, GRADES, SETTLED, VOID
from tipoff.tables.raw import GAMES, PLAYER_BOXES, PROP_QUOTES
from tipoff.workflows.grade import Span, grade
from tipoff.workflows.grade_versions import newest_account
from tipoff.workflows.outcomes import outcomes_of

RUN = CliRunner()
KEY = ["slate", "game_id", "player_id"]
MOMENT = pl.Datetime("us", "UTC")
SPAN = Span(DAY, DAY)
NBA_ID = "0022200800"


@pytest.fixture
def lake(daily: Daily, tmp_path: Path) -> Lake:
    return daily.copied(tmp_path)


def _boxes(lake: Lake) -> pl.DataFrame:
    return read(lake, PLAYER_BOXES, seasons=[SEASON])


def _stored(lake: Lake, boxes: pl.DataFrame) -> None:
    """Put other box scores in the place of the season's."""
    replace(lake, PLAYER_BOXES, boxes, f"season = '{SEASON}'")


def _seen(rows: pl.DataFrame, at: datetime, **values: Any) -> pl.DataFrame:
    """The rows as somebody says otherwise at an instant."""
    about = {"observed_at": pl.lit(at).cast(MOMENT), "observed_basis": pl.lit("recorded")}
    return rows.with_columns(**about, **values)


def _of(report: dict[str, Any]) -> tuple[int, int, int, int]:
    return report["settled"], report["void"], report["waiting"], report["new"]


def test_every_prediction_is_graded_by_hand_alike(lake: Lake, daily: Daily) -> None:
    report = grade(lake, SPAN, now=daily.after)
    made = current(lake)
    found = {tuple(row[k] for k in KEY): row for row in grades(lake).to_dicts()}
    assert len(found) == made.height == report["rows"] == report["new"]
    box = {
        (row["game_id"], row["player_id"]): row["points"]
        for row in _boxes(lake).filter(pl.col("seconds_played") > 0).to_dicts()
    }
    tally: dict[str | None, int] = {}
    for row in made.to_dicts():
        own = found[tuple(row[k] for k in KEY)]
        points = box.get((row["game_id"], row["player_id"]))
        assert own["actual"] == points
        assert own["state"] == (VOID if points is None else SETTLED)
        outcome = None
        if row["side"] is not None:
            over = row["side"] == "over"
            won = points is not None and (points > row["line"]) == over
            outcome = "void" if points is None else "win" if won else "loss"
            outcome = "push" if points == row["line"] else outcome
        assert own["outcome"] == outcome
        if row["is_pick"] and outcome in ("win", "loss"):
            expected = payout(row["price"]) if outcome == "win" else -1.0
            assert own["profit"] == pytest.approx(expected, abs=1e-8)
        tally[outcome] = tally.get(outcome, 0) + 1
    assert tally["win"] > 5 < tally["loss"]
    assert report["overdue"] == []
    assert set(report["voids"]) == {DID_NOT_PLAY, RULED_OUT}


def test_the_account_sums_to_nothing_lost(lake: Lake, daily: Daily) -> None:
    report = grade(lake, SPAN, now=daily.after)
    stored = scan(lake, COVERAGE).collect()
    assert unbalanced(stored) == []
    assert set(stored["step"]) == set(STEPS)
    kept = {row["step"]: row["n"] for row in report["account"] if row["reason"] == "kept"}
    made = current(lake)
    assert kept["listed"] == made.height
    assert kept["picked"] == made["is_pick"].sum()
    done = grades(lake).join(made.filter("is_pick"), on=KEY).filter(state=SETTLED)
    assert kept["graded"] == done.height
    # The guard is proven by the hole that it finds.
    hole = stored.filter((pl.col("step") != "picked") | (pl.col("reason") == "kept"))
    assert len(unbalanced(hole)) == 1


def test_grading_again_adds_nothing(lake: Lake, daily: Daily) -> None:
    grade(lake, SPAN, now=daily.after)
    before = version(lake, GRADES), version(lake, COVERAGE)
    report = grade(lake, SPAN, now=daily.after + timedelta(days=3))
    assert (report["new"], report["corrected"], report["corrections"]) == (0, 0, [])
    assert (version(lake, GRADES), version(lake, COVERAGE)) == before


def test_what_is_not_known_yet_waits(lake: Lake, daily: Daily) -> None:
    """A whole season of results is there; what is observed after the moment does not count."""
    report = grade(lake, SPAN, now=daily.tips[0] + timedelta(minutes=20))
    assert _of(report) == (0, 0, current(lake).height, 0)
    assert report["waits"] == {NO_BOX: report["rows"]}
    assert report["overdue"] == []
    boxes = _boxes(lake).filter(game_id=daily.games[0])
    known = boxes["observed_at"].max()
    assert isinstance(known, datetime)
    report = grade(lake, SPAN, now=known - timedelta(seconds=1))
    assert (report["settled"], report["new"]) == (0, 0)
    report = grade(lake, SPAN, now=known)
    own = current(lake).filter(game_id=daily.games[0]).height
    assert (report["new"], report["waiting"]) == (own, report["rows"] - own)
    rest = grade(lake, SPAN, now=daily.after)
    assert (rest["new"], rest["corrected"]) == (report["rows"] - own, 0)
    told = newest_account(scan(lake, COVERAGE).collect())
    assert unbalanced(told) == []
    assert told.filter(step="graded", reason="kept")["n"].item() > 0


def test_an_overdue_game_is_named_and_exits_3(lake: Lake, daily: Daily) -> None:
    late = daily.games[1]
    _stored(lake, _boxes(lake).filter(pl.col("game_id") != late))
    result = RUN.invoke(app, ["grade", "--date", str(DAY), "--lake", lake.url, "--json"])
    assert result.exit_code == 3, result.output
    (row,) = json.loads(result.stdout)["overdue"]
    assert (row["game_id"], row["state_reason"]) == (late, NO_BOX)
    assert late in result.stderr
    assert late not in grades(lake)["game_id"]


def _first_team(lake: Lake, daily: Daily) -> pl.Expr:
    own = current(lake).filter(game_id=daily.games[0])
    team = str(own["team"].sort()[0])
    return (pl.col("game_id") == daily.games[0]) & (pl.col("team") == team)


def test_a_part_of_a_box_score_waits_and_is_graded_when_it_is_whole(
    lake: Lake, daily: Daily
) -> None:
    boxes = _boxes(lake)
    is_team = _first_team(lake, daily)
    part = boxes.filter(is_team).sort("name_key").head(3)
    _stored(lake, pl.concat([boxes.filter(~is_team), part]))
    report = grade(lake, SPAN, now=daily.after)
    waiting = current(lake).filter(is_team).height
    assert report["waits"] == {PARTIAL_BOX: waiting}
    assert grades(lake).join(current(lake).filter(is_team), on=KEY).is_empty()
    append(lake, PLAYER_BOXES, boxes.filter(is_team))
    whole = grade(lake, SPAN, now=daily.after)
    assert (whole["new"], whole["waiting"], whole["corrected"]) == (waiting, 0, 0)


def test_a_box_score_without_minutes_voids_nobody(lake: Lake, daily: Daily) -> None:
    boxes = _boxes(lake)
    is_team = _first_team(lake, daily)
    bare = pl.when(~is_team).then("seconds_played").alias("seconds_played")
    _stored(lake, boxes.with_columns(bare))
    report = grade(lake, SPAN, now=daily.after)
    assert report["waits"] == {PARTIAL_BOX: current(lake).filter(is_team).height}


def test_who_is_absent_waits_while_somebody_is_unknown(lake: Lake, daily: Daily) -> None:
    boxes = _boxes(lake)
    is_team = _first_team(lake, daily)
    own = current(lake).filter(is_team)
    played = boxes.filter(is_team, pl.col("seconds_played") > 0)
    somebody = played.join(own.select("player_id"), on="player_id", how="semi").sort(
        "seconds_played"
    )["player_id"][0]
    is_he = is_team & (pl.col("player_id") == somebody)
    unnamed = pl.when(~is_he).then("player_id").alias("player_id")
    _stored(lake, boxes.with_columns(unnamed))
    absent = own.join(played.select("player_id"), on="player_id", how="anti").height + 1
    report = grade(lake, SPAN, now=daily.after)
    assert report["waits"] == {UNKNOWN_PLAYER: absent}
    # Whoever is in the box score is graded; he himself is not void.
    assert somebody not in grades(lake)["player_id"]
    # What was taken back names nobody any more.
    gone = _seen(
        _boxes(lake).filter(is_team, pl.col("player_id").is_null()),
        daily.after,
        is_deleted=pl.lit(value=True),
    )
    assert append(lake, PLAYER_BOXES, gone).added == 1
    later = grade(lake, SPAN, now=daily.after + timedelta(minutes=1))
    assert UNKNOWN_PLAYER not in later["waits"]


def test_a_box_score_that_was_taken_back_is_none(lake: Lake, daily: Daily) -> None:
    early = daily.after - timedelta(hours=1)
    own = _boxes(lake).filter(game_id=daily.games[0])
    append(lake, PLAYER_BOXES, _seen(own, early, is_deleted=pl.lit(value=True)))
    report = grade(lake, SPAN, now=daily.after)
    assert report["waits"] == {NO_BOX: current(lake).filter(game_id=daily.games[0]).height}


def _off(lake: Lake, daily: Daily, moved_to: date | None) -> int:
    """Take the last game off the schedule, or put it on another date; it is not played."""
    game = daily.games[-1]
    _stored(lake, _boxes(lake).filter(pl.col("game_id") != game))
    row = read(lake, GAMES, seasons=[SEASON]).filter(game_id=game)
    early = daily.tips[0] - timedelta(days=1)
    numbered = _seen(row, early, nba_game_id=pl.lit(NBA_ID))
    gone = _seen(numbered, daily.last, is_deleted=pl.lit(value=True))
    told = [numbered, gone]
    if moved_to is not None:
        # NBA.com gives a postponed game its number again on the new date.
        again = _seen(
            numbered,
            daily.last,
            game_id=pl.lit(f"{moved_to:%Y%m%d}{game[8:]}"),
            game_date=pl.lit(moved_to),
            tip_off_at=pl.col("tip_off_at") + (moved_to - DAY),
        )
        told.append(again)
    for rows in told:
        assert append(lake, GAMES, rows).added == 1
    return current(lake).filter(game_id=game).height


@pytest.mark.parametrize(
    ("moved_to", "reason"), [(None, GONE), (date(2023, 2, 12), MOVED)], ids=["gone", "moved"]
)
def test_a_game_that_is_off_is_void_with_its_reason(
    lake: Lake, daily: Daily, moved_to: date | None, reason: str
) -> None:
    n = _off(lake, daily, moved_to)
    report = grade(lake, SPAN, now=daily.after)
    assert report["voids"][reason] == n
    assert report["waiting"] == 0
    own = grades(lake).filter(game_id=daily.games[-1])
    assert set(own["void_reason"]) == {reason}
    assert set(own["outcome"].drop_nulls()) == {"void"}
    assert own["profit"].null_count() == own.height
    # Before anybody knew, it was a game like any other.
    before = grade(lake, SPAN, now=daily.last - timedelta(minutes=1))
    assert reason not in before["voids"]
    assert before["waits"][NO_BOX] >= n


def test_a_late_scratch_is_told_from_one_who_was_out(lake: Lake, daily: Daily) -> None:
    rows = predictions(lake)
    doubt = pl.when(pl.col("injury_status") == "available").then(pl.lit("questionable"))
    rewritten(lake, rows.with_columns(injury_status=doubt.otherwise("injury_status")))
    report = grade(lake, SPAN, now=daily.after)
    assert set(report["voids"]) == {RULED_OUT, LATE_SCRATCH}


def test_later_lines_change_the_close_and_nothing_else(lake: Lake, daily: Daily) -> None:
    grade(lake, SPAN, now=daily.after)
    before = grades(lake)
    picks = current(lake).filter("is_pick")
    quotes = read(lake, PROP_QUOTES, seasons=[SEASON]).filter(market="points")
    entry = ["game_id", "player_id", "book"]
    last = (
        quotes.join(picks.select(*entry, "tip_off_at"), on=entry)
        .sort("observed_at")
        .unique(entry, keep="last")
    )
    late = last.with_columns(
        line=pl.col("line") + 9,
        observed_at=pl.col("tip_off_at") - timedelta(minutes=1),
        quote_number=pl.lit(7, pl.Int32),
        is_alternate=pl.lit(value=False),
        is_after_tip_off=pl.lit(value=False),
    ).drop("tip_off_at")
    assert append(lake, PROP_QUOTES, late).added == picks.height
    report = grade(lake, SPAN, now=daily.after)
    after = grades(lake)
    assert report["corrected"] > 0
    own = ["state", "actual", "outcome", "profit"]
    assert after.select(*KEY, *own).equals(before.select(*KEY, *own))
    moved = after.join(picks.select(*KEY, "side", "line"), on=KEY)
    assert (moved["close_line"] - moved["line"]).min() > 3  # type: ignore[operator]
    over = moved["side"] == "over"
    assert (moved["clv_line"].sign() == over.cast(pl.Int8) * 2 - 1).all()


def test_grading_at_the_close_would_say_something_else(lake: Lake, daily: Daily) -> None:
    """The planted fault: the line and prices of the close in the place of the pick's."""
    grade(lake, SPAN, now=daily.after)
    made = current(lake).drop_nulls("line")
    told = grades(lake)
    closes = ["close_line", "close_over_price", "close_under_price"]
    both = made.join(told.select(*KEY, "state", "actual", "outcome", "profit", *closes), on=KEY)
    moved = both.drop_nulls(closes)
    planted = moved.with_columns(
        line="close_line", over_price="close_over_price", under_price="close_under_price"
    ).drop("outcome", "profit", *closes)
    known = outcomes_of(lake, [SEASON], made, daily.after)
    wrong = with_grades(planted, known.closing["points"], MARKETS["points"])
    right = moved.sort(KEY)
    assert (wrong["profit"] != right["profit"]).any()
    assert wrong["profit"].sum() != pytest.approx(right["profit"].sum(), abs=1e-6)


def test_a_stat_correction_is_a_version_and_the_old_one_stays(lake: Lake, daily: Daily) -> None:
    grade(lake, SPAN, now=daily.after)
    before = scan(lake, GRADES).collect()
    pick = current(lake).filter("is_pick").row(0, named=True)
    named = {name: pick[name] for name in ("game_id", "player_id")}
    box = _boxes(lake).filter(**named)
    arrives = daily.after + timedelta(days=1)
    better = _seen(box, arrives, points=pl.col("points") + 2)
    assert append(lake, PLAYER_BOXES, better).added == 1
    early = grade(lake, SPAN, now=arrives - timedelta(seconds=1))
    assert (early["new"], early["corrected"]) == (0, 0)
    report = grade(lake, SPAN, now=arrives)
    assert (report["new"], report["corrected"]) == (0, 1)
    points = float(box["points"][0])
    (sentence,) = report["corrections"]
    assert f"actual {points} → {points + 2}" in sentence
    assert sentence.endswith("version 2.")
    after = scan(lake, GRADES).collect()
    assert after.filter(version=1).sort(KEY).equals(before.sort(KEY))
    (own,) = after.filter(version=2).to_dicts()
    assert (own["actual"], own["result_known_at"]) == (points + 2, arrives)
    assert {name: own[name] for name in named} == named
    assert grades(lake).filter(**named)["version"].to_list() == [2]
    # Neither is it graded again as it was, by a clock that was set back.
    for now in (arrives + timedelta(days=1), arrives - timedelta(hours=1)):
        again = grade(lake, SPAN, now=now)
        assert (again["new"], again["corrected"]) == (0, 0)
    assert grades(lake).filter(**named)["version"].to_list() == [2]


def test_an_account_by_a_clock_that_was_set_back_is_the_newest(lake: Lake, daily: Daily) -> None:
    grade(lake, SPAN, now=daily.after)
    rows = predictions(lake)
    rewritten(lake, rows.filter(~((pl.col("game_id") == daily.games[0]) & pl.col("is_pick"))))
    report = grade(lake, SPAN, now=daily.after - timedelta(minutes=5))
    told = newest_account(scan(lake, COVERAGE).collect())
    assert unbalanced(told) == []
    columns = ["step", "reason", "n"]
    assert told.select(columns).sort(columns).rows() == sorted(
        tuple(row[c] for c in columns) for row in report["account"]
    )


def test_a_game_whose_sides_were_found_to_be_turned_is_graded(lake: Lake, daily: Daily) -> None:
    """The id that counts is another one by now; it is the same game, and not gone."""
    game = daily.games[-1]
    day, one, two = game.split("_")
    row = read(lake, GAMES, seasons=[SEASON]).filter(game_id=game)
    turned = {
        "game_id": pl.lit(f"{day}_{two}_{one}"),
        "home_team": pl.col("away_team"),
        "away_team": pl.col("home_team"),
    }
    for source in ("nba_schedule", "schedule_nba"):
        told = _seen(row, daily.last + timedelta(minutes=5), source=pl.lit(source), **turned)
        assert append(lake, GAMES, told).added == 1
    report = grade(lake, SPAN, now=daily.after)
    assert (report["voids"].get(GONE), report["waiting"]) == (None, 0)
    own = grades(lake).filter(game_id=game)
    assert own.height == current(lake).filter(game_id=game).height
    assert SETTLED in own["state"]
    assert own["close_line"].drop_nulls().len() > 0


def test_dates_in_the_wrong_order_are_a_sentence(lake: Lake) -> None:
    with pytest.raises(InputError, match="Expected dates in order"):
        grade(lake, Span(DAY, DAY - timedelta(days=1)))


def test_without_a_schedule_nothing_is_void(lake: Lake, daily: Daily) -> None:
    replace(lake, GAMES, GAMES.empty(), f"season = '{SEASON}'")
    before = grades(lake)
    with pytest.raises(InputError, match=f"Expected games of {SEASON}"):
        grade(lake, SPAN, now=daily.after)
    assert grades(lake).equals(before)


def test_nothing_predicted_is_nothing_graded(lake: Lake, daily: Daily) -> None:
    before = version(lake, GRADES)
    report = grade(lake, Span(date(2023, 3, 1), date(2023, 3, 5)), now=daily.after)
    assert _of(report) == (0, 0, 0, 0)
    assert report["account"] == []
    assert grade(lake, Span(DAY, DAY, "threes"), now=daily.after)["rows"] == 0
    assert version(lake, GRADES) == before
