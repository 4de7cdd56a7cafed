"""The page of coverage: what ``tipoff lines coverage`` counts, season by season."""

from datetime import date

import polars as pl
from tests.web.pages.showing import shown

from tipoff.store.lake import Lake
from tipoff.web.site.blocks import Grid
from tipoff.web.site.pages.coverage import PAGE
from tipoff.workflows.coverage import coverage


def test_it_counts_what_the_command_counts(lived: Lake) -> None:
    blocks = shown(PAGE, lived)
    rows = blocks["months"].frame
    season = coverage(lived, "points", "month")["rows"][0]["season"]
    told = coverage(
        lived, "points", "month", window=(date(int(season[:4]), 7, 1), date(2100, 1, 1))
    )["rows"]
    for name in ("month", "book", "games", "player_games", "usable", "quotes"):
        assert rows[name].to_list() == [row[name] for row in told]
    share = blocks["map"].frame["games_share"]
    assert share.is_between(0, 1).all()
    assert share.to_list() == [row["games"] / row["games_scheduled"] for row in told]


def test_another_measure_is_drawn(lived: Lake) -> None:
    drawn = shown(PAGE, lived, measure="priced_share")["map"]
    assert "priced_share" in drawn.frame.columns
    assert drawn.frame.select(pl.col("priced_share").is_between(0, 1).all()).item()


def test_a_market_without_lines_says_what_to_do(lived: Lake) -> None:
    block = shown(PAGE, lived, market="threes", season="2021-22")["months"]
    assert isinstance(block, Grid)
    assert "tipoff fetch" in block.empty
