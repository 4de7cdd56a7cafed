"""The page of quality: what ``tipoff quality`` counts, by season or month, game date, feature."""

import polars as pl
import pytest
from tests.web.pages.showing import shown

from tipoff.domain.market import MARKETS
from tipoff.errors import InputError
from tipoff.features.quality import why_missing
from tipoff.features.sets import feature_set
from tipoff.processors.catalogue import feature_store
from tipoff.store.lake import Lake, read
from tipoff.web.site.blocks import Grid, Plot
from tipoff.web.site.pages.quality import PAGE
from tipoff.workflows.quality import quality

POINTS = MARKETS["points"]
SEASON = "2022-23"


@pytest.fixture(scope="module")
def rows(built_lake: Lake) -> pl.DataFrame:
    return read(built_lake, feature_store(POINTS).table)


def test_seasons_are_counted_as_the_command_counts_them(built_lake: Lake) -> None:
    (told,) = quality(built_lake)["rows"]
    (row,) = shown(PAGE, built_lake)["seasons"].frame.to_dicts()
    assert (row["season"], row["total"]) == (told["season"], told["total"])
    assert row["training_ready"] == told["training_ready"]
    assert row["quality_ready"] == told["quality_ready"]
    assert round(100 * row["ready_share"], 1) == told["pct"]
    assert round(row["quality_score"], 2) == told["avg_quality"]


def test_months_of_a_chosen_season_say_who_then_played(built_lake: Lake) -> None:
    blocks = shown(PAGE, built_lake, season=SEASON, feature_set="v8")
    assert "seasons" not in blocks
    months = blocks["months"].frame.to_dicts()
    told = quality(built_lake, by="month", feature_set_name="v8")["rows"]
    assert [row["month"] for row in months] == [row["month"] for row in told]
    for row, report in zip(months, told, strict=True):
        assert row["played_training_ready"] == report["played"]["training_ready"]
        assert row["played"] == report["played"]["total"] > 0
        assert round(100 * row["warm_up_share"], 1) == report["warm_up_pct"]
    (season,) = quality(built_lake, feature_set_name="v8")["rows"]
    for name in ("total", "training_ready", "in_warm_up"):
        assert sum(row[name] for row in months) == season[name]


@pytest.mark.parametrize("chosen", [{}, {"season": SEASON}], ids=["newest", "chosen"])
def test_dates_are_those_of_a_season(built_lake: Lake, chosen: dict[str, str]) -> None:
    drawn = shown(PAGE, built_lake, **chosen)["dates"]
    told = quality(built_lake, by="date")["rows"]
    assert drawn.frame["date"].to_list() == [row["date"] for row in told]
    assert drawn.frame["total"].to_list() == [row["total"] for row in told]
    shares = [round(share, 1) for share in drawn.frame["ready_percent"]]
    assert shares == pytest.approx([row["pct"] for row in told], abs=0.05001)
    assert f"--start-date {told[0]['date']} --end-date {told[-1]['date']}" in drawn.command


def test_every_value_that_is_missing_stands_in_the_map(
    built_lake: Lake, rows: pl.DataFrame
) -> None:
    blocks = shown(PAGE, built_lake, feature_set="all")
    cells = {row["feature"]: row for row in blocks["features"].frame.to_dicts()}
    reasons = blocks["reasons"].frame
    for feature in feature_set("all"):
        why = rows.select(why=why_missing(feature, POINTS)).drop_nulls()["why"]
        if why.is_empty():
            assert feature.name not in cells
            continue
        cell = cells[feature.name]
        assert cell["rows"] == why.len()
        assert cell["share"] == pytest.approx(why.len() / rows.height)
        counted = dict(why.value_counts().iter_rows())
        assert dict(reasons.filter(feature=feature.name)["why", "rows"].iter_rows()) == counted
        assert all(f"{reason} ({n} rows)" in cell["why"] for reason, n in counted.items())
    months = shown(PAGE, built_lake, feature_set="all", season=SEASON)["features"].frame
    sums = dict(months.group_by("feature").agg(pl.col("rows").sum()).iter_rows())
    assert sums == {name: cell["rows"] for name, cell in cells.items()}


@pytest.mark.parametrize("chosen", [{}, {"season": SEASON}], ids=["seasons", "months"])
def test_every_block_says_how_to_get_it(built_lake: Lake, chosen: dict[str, str]) -> None:
    for block in shown(PAGE, built_lake, **chosen).values():
        assert block.command.startswith("tipoff quality --by ")
        assert isinstance(block, Grid | Plot)
        assert set(block.columns) <= set(block.frame.columns)
        numbers = [c for c in block.columns.values() if c.kind in ("number", "share", "integer")]
        assert all(column.doc for column in numbers)
        if isinstance(block, Plot):
            assert block.alt


def test_a_season_without_rows_says_what_to_do(built_lake: Lake) -> None:
    with pytest.raises(InputError, match="tipoff backfill"):
        shown(PAGE, built_lake, season="1999-00")
    with pytest.raises(InputError, match="features of steals are not built"):
        shown(PAGE, built_lake, market="steals")
