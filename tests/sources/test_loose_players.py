"""Players are found in other files by id, name, turned name and initials, or not at all."""

from datetime import date
from typing import Any

import polars as pl
import pytest

from tipoff.domain.ids import name_key
from tipoff.sources.loose_players import (
    NO_DATE,
    NOT_LISTED,
    UNKNOWN_NAME,
    matched,
    unmatched_names,
)

SCHEMA: dict[str, Any] = {
    "name_key": pl.String, "player_id": pl.String, "team": pl.String, "game_date": pl.Date
}  # fmt: skip
ONE, TWO = date(2023, 1, 5), date(2023, 1, 6)


def _rows(*rows: tuple[str | None, str | None, str | None, date]) -> pl.DataFrame:
    keyed = [(None if name is None else name_key(name), *rest) for name, *rest in rows]
    return pl.DataFrame(keyed, schema=SCHEMA, orient="row")


KNOWN = _rows(
    ("Luka Dončić", "77", "DAL", ONE),
    ("Jalen Green", "30", "HOU", ONE),
    ("JaMychal Green", "31", "GSW", ONE),
    ("Draymond Green", "32", "GSW", TWO),
    ("Tim Hardaway Jr.", "33", "DAL", TWO),
    ("Jaren Jackson Jr.", "34", "MEM", ONE),
    ("Al Horford", "35", "BOS", ONE),
)


@pytest.mark.parametrize(
    ("name", "day", "player"),
    [
        ("luka doncic", ONE, "luka doncic"),
        ("Doncic Luka", ONE, "luka doncic"),
        ("Doncic, Luka", ONE, "luka doncic"),
        ("L. Dončić", ONE, "luka doncic"),
        ("Tim Hardaway", TWO, "tim hardaway"),
        ("D. Green", TWO, "draymond green"),
        ("J. Green", ONE, None),
        ("J. Green", TWO, None),
        ("Jaren Jackson", ONE, "jaren jackson"),
        ("A. Horford", ONE, "al horford"),
        ("Nobody Here", ONE, None),
    ],
)
def test_a_name_is_found_however_it_is_written(name: str, day: date, player: str | None) -> None:
    found = matched(_rows((name, None, None, day)), KNOWN).found
    assert found["player"].to_list() == ([] if player is None else [player])


def test_a_team_tells_apart_who_has_the_same_initials() -> None:
    found = matched(_rows(("J. Green", None, "HOU", ONE)), KNOWN).found
    assert found["player"].to_list() == ["jalen green"]


def test_a_file_of_initials_is_found_as_well() -> None:
    known = _rows(("L. Doncic", None, None, ONE), ("T. Hardaway", None, None, TWO))
    found = matched(_rows(("Luka Dončić", None, None, ONE)), known).found
    assert found["player"].to_list() == ["l doncic"]


def test_ids_count_only_where_both_files_mean_the_same_by_them() -> None:
    same = _rows((None, "77", None, ONE), (None, "30", None, ONE))
    assert matched(same, KNOWN).found["player"].to_list() == ["luka doncic", "jalen green"]
    other = _rows(("Jalen Green", "77", None, ONE), ("Luka Doncic", "30", None, ONE))
    assert matched(other, KNOWN).found["player"].to_list() == ["jalen green", "luka doncic"]


def test_what_is_missing_says_why() -> None:
    wanted = _rows(
        ("Luka Doncic", None, None, TWO),
        ("Luca Doncic", None, None, ONE),
        ("Jalen Green", None, None, date(2023, 3, 1)),
        ("Jalen Green", None, None, ONE),
        ("Tim Hardaway", None, None, TWO),
    )
    match = matched(wanted, KNOWN)
    assert match.missing["reason"].to_list() == [NOT_LISTED, UNKNOWN_NAME, NO_DATE]
    names = unmatched_names(match, KNOWN)
    assert names == [{"name": "luca doncic", "player_games": 1, "nearest": ["luka doncic"]}]


@pytest.mark.parametrize("slip", [-1, 1])
def test_a_whole_file_that_is_a_day_off_is_noticed(slip: int) -> None:
    days = [date(2023, 1, d) for d in range(2, 26, 2)]
    known = _rows(*[("Luka Doncic", None, None, day) for day in days])
    moved = known.with_columns(pl.col("game_date").dt.offset_by(f"{-slip}d"))
    match = matched(moved, known)
    assert match.slip == slip
    assert match.found["known_date"].to_list() == days
    assert matched(known, known).slip == 0


def test_games_on_following_days_are_no_slip() -> None:
    days = [date(2023, 1, d) for d in range(2, 26)]
    known = _rows(*[("Luka Doncic", None, None, day) for day in days])
    assert matched(known, known).slip == 0
