"""The features page shows the declarations, the stored values, and where one comes from."""

import random
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from tests.conftest import TEST
from tests.web.pages.showing import said, shown

from tipoff.domain.market import MARKETS
from tipoff.errors import InputError
from tipoff.features.catalogue import FEATURES
from tipoff.features.declare import feature_named
from tipoff.features.quality import why_missing
from tipoff.features.sets import SETS
from tipoff.processors.catalogue import feature_store
from tipoff.store.lake import Lake, open_lake, read
from tipoff.web.site.blocks import Grid
from tipoff.web.site.pages import feature_provenance
from tipoff.web.site.pages.features import PAGE
from tipoff.workflows.feature_values import drift_of_values
from tipoff.workflows.why import why

NAME = "points_avg_last_5"
POINTS = MARKETS["points"]
SEASON = "2024-25"


@pytest.fixture(scope="module")
def rows(built_lake: Lake) -> pl.DataFrame:
    return read(built_lake, feature_store(POINTS).table)


def test_the_catalogue_lists_what_is_asked_for(built_lake: Lake, rows: pl.DataFrame) -> None:
    frame = shown(PAGE, built_lake)["catalogue"].frame
    assert frame["name"].to_list() == [feature.name for feature in FEATURES]
    missing = dict(frame.select("name", "missing").iter_rows())
    assert missing[NAME] == pytest.approx(rows[NAME].is_null().mean())
    chosen = shown(PAGE, built_lake, feature_set="v12_no_vegas", family="vegas")["catalogue"]
    assert chosen.frame["name"].to_list() == [
        feature.name for feature in sorted(SETS["v12_no_vegas"]) if feature.family == "vegas"
    ]
    assert isinstance(chosen, Grid)
    assert "tipoff features list" in chosen.empty


def test_sets_are_summed_up_truly(built_lake: Lake) -> None:
    frame = shown(PAGE, built_lake)["catalogue"].frame
    whole = [name for name in SETS if "_" not in name and name != "all"]
    for row in frame.to_dicts():
        first = row["within"].split("; ")[0].split(", ")
        named = [name for name in first if name != "all"]
        if len(named) == 1 and " to " in named[0]:
            start, end = map(whole.index, named[0].split(" to "))
            named = whole[start : end + 1]
        own = row["sets"].split(", ")
        assert named == [name for name in whole if name in own], row["name"]


def test_a_features_values_are_those_that_are_stored(built_lake: Lake, rows: pl.DataFrame) -> None:
    blocks = shown(PAGE, built_lake, feature=NAME)
    (spread,) = blocks["spread"].frame.to_dicts()
    assert (spread["rows"], spread["known"]) == (rows.height, rows[NAME].count())
    assert spread["median"] == pytest.approx(rows[NAME].quantile(0.5))
    reasons = blocks["reasons"].frame
    counted = rows.filter(pl.col(NAME).is_null()).select(
        why_missing(feature_named(NAME), POINTS).alias("why")
    )
    assert dict(reasons.select("why", "rows").iter_rows()) == dict(
        counted["why"].value_counts().iter_rows()
    )
    assert reasons["share"].sum() == pytest.approx(spread["missing_share"])
    newest = blocks["newest"].frame
    of_day = rows.filter(pl.col("game_date") == rows["game_date"].max())
    assert newest.height == of_day.height
    assert (
        newest["value"].drop_nulls().sort().to_list() == of_day[NAME].drop_nulls().sort().to_list()
    )


def test_drift_holds_the_last_dates_against_those_before() -> None:
    chance, days = random.Random(1), [date(2024, 11, 1) + timedelta(days=n) for n in range(100)]
    values = pl.DataFrame(
        [(SEASON, day, chance.gauss(0, 1)) for day in days for _ in range(20)],
        schema=["season", "game_date", "value"],
        orient="row",
    )
    told = drift_of_values(values)
    assert told is not None
    assert (told["first_date"], told["last_date"]) == (days[-14], days[-1])
    assert (told["n"], told["reference_rows"]) == (14 * 20, 86 * 20)
    assert told["state"] == "STABLE"
    # What lies beyond all that was seen is drift, whatever is usual.
    moved = values.with_columns(
        value=pl.when(pl.col("game_date") >= days[-14]).then(1000.0).otherwise("value")
    )
    again = drift_of_values(moved)
    assert again is not None
    assert again["state"] == "DRIFTED"
    assert drift_of_values(values.filter(pl.col("game_date") > days[-60])) is None
    assert drift_of_values(values.clear()) is None


def test_one_value_is_explained_as_the_command_does(
    built_lake: Lake, rows: pl.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    reports = list[dict[str, Any]]()

    def kept(*asked: Any, **more: Any) -> dict[str, Any]:
        reports.append(why(*asked, **more))
        return reports[-1]

    # It takes long, so it is asked once.
    monkeypatch.setattr(feature_provenance, "why", kept)
    row = rows.drop_nulls(NAME).sort("game_date", "player_id").row(0, named=True)
    day: date = row["game_date"]
    blocks = shown(PAGE, built_lake, feature=NAME, player=row["player_id"], date=day.isoformat())
    (report,) = reports
    (own,) = report["features"]
    (value,) = blocks["provenance"].frame.to_dicts()
    assert (value["value"], value["stored"], value["agrees"]) == (own["value"], row[NAME], True)
    told = blocks["rows"].frame
    assert told["without"].to_list() == [part["without"] for part in own["rows"]]
    late = blocks["late"].frame
    assert late.height == sum(len(part["not_used"]) for part in report["inputs"].values())
    assert (late["known_at"] > row["as_of"]).all()
    assert (told["known_at"] <= row["as_of"]).all()


def test_what_can_not_be_explained_is_said_in_its_place(built_lake: Lake) -> None:
    for values in ({"player": "Nobody", "date": TEST[1].isoformat()}, {"date": "yesterday"}):
        blocks = shown(PAGE, built_lake, feature=NAME, **values)
        assert said(blocks["provenance"]).startswith("Expected ")
        assert blocks["spread"].frame.height == 1
    with pytest.raises(InputError, match="Expected the name of a feature"):
        shown(PAGE, built_lake, feature="points_avg_last_55")


def test_what_was_never_built_says_how_to(built_lake: Lake, tmp_path: Path) -> None:
    blocks = shown(PAGE, built_lake, feature=NAME, market="rebounds")
    assert "tipoff backfill" in said(blocks["spread"])
    assert blocks["feature"].frame["column"].to_list() == ["rebounds_avg_last_5"]
    nothing = shown(PAGE, open_lake(str(tmp_path / "lake")))
    assert nothing["catalogue"].frame["missing"].null_count() == len(FEATURES)
    assert "tipoff backfill" in nothing["catalogue"].about
