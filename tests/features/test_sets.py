"""The sets are pinned by a golden file, and every declaration is complete."""

from pathlib import Path

import polars as pl
import pytest

from tipoff.domain.market import FEATURE_MARKETS, MARKETS
from tipoff.errors import InputError, TipoffError
from tipoff.features.catalogue import FAMILIES, FEATURES
from tipoff.features.declare import feature, feature_named
from tipoff.features.expressions import run_length, slope
from tipoff.features.sets import MARKET_LINE, OF_LINES, SETS, feature_names, feature_set
from tipoff.workflows.catalogue import page

GOLDEN = Path(__file__).parents[1] / "golden" / "feature_sets.txt"


def described() -> str:
    lines = []
    for name in SETS:
        features = feature_set(name)
        listed = " ".join(f"{f.index}:{f.name}" for f in features)
        lines.append(f"{name} {len(features)} {listed}")
    return "\n".join(lines) + "\n"


def test_sets_are_what_the_golden_file_says() -> None:
    assert described() == GOLDEN.read_text(), "if meant, write described() to the golden file"


def test_the_counts_are_those_of_the_predecessor() -> None:
    counts = {name: len(SETS[name]) for name in SETS}
    assert [counts[n] for n in ("v8", "v9", "v10", "v11", "v12")] == [33, 33, 37, 39, 54]
    assert counts["v12_no_vegas"] == 50
    assert {f.index for f in MARKET_LINE} == {25, 26, 27, 28}
    assert feature_names("v12", with_market=False) == feature_names("v12_no_vegas")

    later = ("v13", "v14", "v15", "v16", "v17", "v18", "v19")
    assert [counts[n] for n in later] == [60, 65, 56, 56, 59, 60, 55]
    assert [counts[f"{n}_no_vegas"] for n in later] == [56, 61, 52, 52, 55, 56, 51]


def test_a_set_without_lines_reads_no_quote_of_any_day() -> None:
    for name in (n for n in SETS if n.endswith("_no_lines")):
        assert not SETS[name] & MARKET_LINE
        read = {source for f in SETS[name] for source in f.reads}
        assert not read & {"prop_quotes", "lined_games"}
    # Dropping the four leaves six of today's line in the largest set, and four of earlier lines.
    kept = {f.name for f in SETS["all_no_vegas"] & OF_LINES}
    assert {"line_vs_season_avg", "prop_line_delta", "prop_over_streak"} <= kept
    assert len(kept) == 10


def test_indexes_have_no_holes() -> None:
    assert [f.index for f in FEATURES] == list(range(len(FEATURES)))


def test_a_market_has_names_of_its_own_where_the_name_speaks_of_points() -> None:
    for declared in FEATURES:
        names = {declared.column(market) for market in FEATURE_MARKETS}
        says_points = bool({"points", "pts", "ppm"} & set(declared.name.split("_")))
        assert len(names) == (len(FEATURE_MARKETS) if says_points else 1), declared.name
        assert declared.is_of_market or not says_points, declared.name
    assert feature_names("v8", market=MARKETS["rebounds"])[:2] == (
        "rebounds_avg_last_5",
        "rebounds_avg_last_10",
    )


def test_every_feature_is_documented_bounded_and_of_a_family() -> None:
    families = {module.__name__.rsplit(".", 1)[-1] for module in FAMILIES}
    for declared in FEATURES:
        assert declared.doc.endswith("."), declared.name
        assert declared.low < declared.high, declared.name
        assert declared.unit, declared.name
        assert declared.family in families, declared.name


def test_an_index_or_name_can_not_be_taken_twice() -> None:
    with pytest.raises(TipoffError, match="points_avg_last_5"):

        @feature(index=0, unit="points", bounds=(0, 1), since="v8", reads=("schedule",))
        def another() -> pl.Expr:
            """Something else."""
            return pl.lit(0)


def test_a_misspelt_name_gets_a_suggestion() -> None:
    with pytest.raises(InputError, match="points_avg_last_5"):
        feature_named("points_avg_last5")
    with pytest.raises(InputError, match="v12_no_vegas"):
        feature_set("v31")


def test_the_slope_is_that_of_least_squares() -> None:
    lists = pl.DataFrame({"points": [[9.0, 4.0, 4.0, 1.0], [5.0], [3.0, 1.0]]})
    got = lists.select(slope("points", 10)).to_series().to_list()
    # From old to new: 1, 4, 4, 9 rises by 2.4 a game.
    assert got[0] == pytest.approx(2.4)
    assert got[1] is None
    assert got[2] == pytest.approx(2.0)


def test_a_run_ends_at_the_first_game_that_breaks_it() -> None:
    lists = pl.DataFrame({"margin": [[1.0, 2.0, -1.0, 3.0], [-1.0, 5.0], [], None]})
    got = lists.select(run_length("margin", lambda m: m > 0)).to_series().to_list()
    assert got == [2.0, 0.0, None, None]


def test_the_catalogue_page_is_what_the_declarations_say() -> None:
    stored = Path(__file__).parents[2] / "docs" / "features.md"
    assert stored.read_text() == page(), "run tipoff features list --markdown > docs/features.md"
