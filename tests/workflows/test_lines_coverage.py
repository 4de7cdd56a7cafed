"""What lines there are: every number of the report counted by hand on a few quotes."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from tipoff.backtest.coverage_plot import coverage_figure
from tipoff.errors import InputError
from tipoff.store.lake import Lake
from tipoff.tables.raw import MARKS
from tipoff.workflows.coverage import coverage, summarise
from tipoff.workflows.coverage_files import plot_file, write

TIP_OFF = datetime(2024, 1, 26, 0, 0, tzinfo=UTC)
ONE, TWO, THREE = "20240125_AAA_BBB", "20240125_CCC_DDD", "20240126_AAA_CCC"


def _quote(game: str, player: str, hours: float, **changes: Any) -> dict[str, Any]:
    return {
        "season": "2023-24", "game_date": date(2024, 1, 25), "game_id": game, "name_key": player,
        "player_id": player, "source": "feed", "book": "dk", "market": "points", "line": 20.5,
        "over_price": -110, "under_price": -110, "observed_at": TIP_OFF - timedelta(hours=hours),
        "observed_basis": "recorded", **dict.fromkeys(MARKS, False), **changes,
    }  # fmt: skip


QUOTES = [
    _quote(ONE, "a", 30.0, line=21.0),
    _quote(ONE, "a", 1.0),
    _quote(ONE, "b", 2.0, under_price=None),  # one-sided, of a source that sells both sides
    _quote(ONE, "c", -0.5),  # after tip-off
    _quote(ONE, "d", 3.0, player_id=None),  # not identified
    _quote(TWO, "e", 4.0, observed_basis="assumed"),
    _quote(TWO, "f", 5.0, is_alternate=True),
    _quote(THREE, "g", 6.0, game_date=date(2024, 1, 26)),  # a game without a stated tip-off
]
GAMES = [(ONE, TIP_OFF, True), (TWO, TIP_OFF, True), (THREE, None, True), ("x", TIP_OFF, True),
         ("preseason", TIP_OFF, False)]  # fmt: skip
REGULARS = [(ONE, "a"), (ONE, "d"), (TWO, "e"), ("x", "z")]


def _games() -> pl.DataFrame:
    return pl.DataFrame(
        GAMES, schema={"game_id": pl.String, "tip_off_at": pl.Datetime("us", "UTC"),
                       "is_counted": pl.Boolean}, orient="row",
    ).with_columns(season=pl.lit("2023-24"), month=pl.lit("2024-01"))  # fmt: skip


def _rows(quotes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    regulars = pl.DataFrame(REGULARS, schema=["game_id", "player_id"], orient="row").with_columns(
        season=pl.lit("2023-24"), month=pl.lit("2024-01")
    )
    frame = pl.DataFrame(quotes, schema_overrides={"observed_at": pl.Datetime("us", "UTC")})
    return summarise(frame, _games(), regulars, "month", 30)


def test_every_number_is_that_of_a_count_by_hand() -> None:
    (row,) = _rows(QUOTES)
    assert row == {
        "season": "2023-24", "month": "2024-01", "source": "feed", "book": "dk",
        "market": "points", "games_scheduled": 4, "game_dates": 2, "games": 3,
        "player_games": 7, "median_players": 2.0, "regulars": 4, "regulars_covered": 2,
        "regulars_share": 0.5, "priced": 6, "known_time": 6, "usable": 4,
        "usable_for_evaluation": 2, "quotes": 8, "before_tip_off": 7, "two_sided": 7,
        "whole_line_share": 0.125, "known_tip_off_share": 0.875, "first_hours_before": 30.0,
        "last_hours_before": -0.5,
    }  # fmt: skip


@pytest.mark.parametrize("how", ["after tip-off", "assumed", "marked", "one-sided", "no tip-off"])
def test_what_spoils_a_quote_spoils_it_for_evaluation(how: str) -> None:
    spoiled: dict[str, Any] = {
        "after tip-off": {"observed_at": TIP_OFF + timedelta(minutes=1)},
        "assumed": {"observed_basis": "assumed"},
        "marked": {"is_stale": True},
        "one-sided": {"over_price": None},
        "no tip-off": {"game_id": THREE},
    }
    good, bad = _quote(ONE, "a", 1.0), _quote(ONE, "b", 1.0) | spoiled[how]
    (row,) = _rows([good, bad])
    assert (row["player_games"], row["usable_for_evaluation"]) == (2, 1)


def test_books_and_markets_stand_in_rows_of_their_own() -> None:
    others = [_quote(ONE, "a", 1.0, book="fd"), _quote(ONE, "a", 1.0, market="assists")]
    rows = _rows([*QUOTES, *others])
    assert [(r["book"], r["market"]) for r in rows] == [
        ("dk", "assists"), ("dk", "points"), ("fd", "points"),
    ]  # fmt: skip


def test_no_quotes_are_no_rows() -> None:
    frame = pl.DataFrame(QUOTES, schema_overrides={"observed_at": pl.Datetime("us", "UTC")})
    regulars = _games().select("season", "month", "game_id", player_id=pl.lit("a"))
    assert summarise(frame.clear(), _games(), regulars, "month", 30) == []


def test_a_window_holds_its_dates_and_names_months_without_lines(raw_lake: Lake) -> None:
    whole = coverage(raw_lake, by="month")
    start, end = date(2022, 12, 1), date(2022, 12, 31)
    part = coverage(raw_lake, by="month", window=(start, end))
    december = [row for row in whole["rows"] if row["month"] == "2022-12"]
    assert part["rows"] == december
    assert part["window"] == {"start_date": start, "end_date": end}
    assert [row["month"] for row in part["schedule"]] == ["2022-12"]
    assert all(0 < row["regulars_share"] <= 1 for row in december)
    with pytest.raises(InputError, match="ends after it begins"):
        coverage(raw_lake, window=(end, start))


def test_markets_may_be_several_or_all(raw_lake: Lake) -> None:
    both = coverage(raw_lake, "points,ast")
    assert {row["market"] for row in both["rows"]} == {"points", "assists"}
    one = coverage(raw_lake, "points")
    assert [row for row in both["rows"] if row["market"] == "points"] == one["rows"]
    assert coverage(raw_lake, "all")["market"] == "all"


def test_the_plot_is_the_same_bytes_each_time_and_is_svg(raw_lake: Lake, tmp_path: Any) -> None:
    report = coverage(raw_lake, by="month")
    svg = coverage_figure(report)
    assert svg == coverage_figure(report)
    assert svg.startswith("<svg")
    assert all(row["month"] in svg for row in report["rows"])
    names = [path.rsplit("/", 1)[-1] for path in write(report, tmp_path / "out")]
    assert names == ["coverage.csv", "coverage.json", "coverage.svg"]
    assert pl.read_csv(tmp_path / "out" / "coverage.csv").height == len(report["rows"])
    with pytest.raises(InputError, match=r"\.svg"):
        plot_file(report, tmp_path / "plot.png")


def test_a_lake_without_lines_still_names_its_games_and_draws_nothing() -> None:
    empty = {"rows": [], "schedule": [{"season": "2023-24", "month": None, "games": 3}],
             "market": "points", "window": {"start_date": None, "end_date": None}}  # fmt: skip
    assert coverage_figure(empty).startswith("<svg")
