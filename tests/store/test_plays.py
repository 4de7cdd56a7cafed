"""Facts of play-by-play and rosters: no make counts twice, birth dates are told through time."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from tipoff.store.door import SPINE_ID, World, born
from tipoff.store.plays import birth_dates, creation_games, fourth_periods
from tipoff.store.versions import KNOWN_AT

DAY = date(2024, 1, 5)
TOLD = datetime(2024, 1, 6, 4, tzinfo=UTC)
LATER = TOLD + timedelta(days=2)
NBA, BOUGHT = "nba_play_by_play", "bigdataball_play_by_play"
Schema = dict[str, pl.DataType | type[pl.DataType]]
MOMENT = pl.Datetime("us", "UTC")
GAMES = pl.DataFrame(
    {"game_id": ["g"], "game_date": [DAY], "season": ["2023-24"], "season_type": ["regular"]}
).with_columns(tip_off_at=pl.lit(TOLD - timedelta(hours=4)).cast(MOMENT))


def _made(*rows: tuple[int, str, bool | None, datetime], gone: bool = False) -> pl.DataFrame:
    schema: Schema = {"shot_number": pl.Int32, "source": pl.String, "is_assisted": pl.Boolean,
              "observed_at": MOMENT}  # fmt: skip
    found = pl.DataFrame(rows, schema=schema, orient="row")
    return found.with_columns(game_id=pl.lit("g"), player_id=pl.lit("p"), is_deleted=pl.lit(gone))


def _versions(rows: pl.DataFrame) -> list[Any]:
    found = creation_games(rows, GAMES).sort(KNOWN_AT)
    return found.select(KNOWN_AT, "makes", "assisted_makes").rows()


def test_a_make_that_two_sources_tell_counts_once() -> None:
    both = _made((1, BOUGHT, False, TOLD), (2, BOUGHT, True, TOLD), (1, NBA, True, LATER),
                 (2, NBA, True, LATER))  # fmt: skip
    assert _versions(both) == [(TOLD, 2, 1), (LATER, 2, 2)]


def test_a_source_that_does_not_tell_of_assists_gives_way_to_one_that_does() -> None:
    silent = _made((1, NBA, None, TOLD), (2, NBA, None, TOLD), (1, BOUGHT, True, LATER))
    assert [row for row in _versions(silent) if row[1]] == [(LATER, 1, 1)]
    assert not [row for row in _versions(silent) if row[0] == TOLD]


def test_a_make_that_is_taken_back_counts_no_more() -> None:
    rows = pl.concat(
        [
            _made((1, NBA, True, TOLD), (2, NBA, False, TOLD)),
            _made((2, NBA, False, LATER), gone=True),
        ]
    )
    assert _versions(rows) == [(TOLD, 2, 1), (LATER, 1, 1)]


def test_stated_fives_come_before_inferred_ones_and_only_the_fourth_counts() -> None:
    rows = pl.DataFrame(
        [(4, NBA, 300), (4, BOUGHT, 310), (3, BOUGHT, 720)],
        schema={"period": pl.Int32, "source": pl.String, "seconds": pl.Int32},
        orient="row",
    ).with_columns(
        game_id=pl.lit("g"),
        player_id=pl.lit("p"),
        observed_at=pl.lit(TOLD).cast(MOMENT),
        is_deleted=pl.lit(value=False),
    )
    assert fourth_periods(rows, GAMES)["seconds"].to_list() == [310]


def _lists(*rows: tuple[str, date | None, datetime]) -> pl.DataFrame:
    schema: Schema = {"player_id": pl.String, "birth_date": pl.Date, "observed_at": MOMENT}
    found = pl.DataFrame(rows, schema=schema, orient="row")
    return found.with_columns(source=pl.lit("list"), is_deleted=pl.lit(value=False))


ONE, OTHER = date(1999, 5, 1), date(1999, 1, 5)


@pytest.mark.parametrize(
    ("rows", "wanted"),
    [
        ([], None),
        ([("p", None, TOLD), ("q", ONE, TOLD)], None),
        ([("p", ONE, TOLD)], ONE),
        ([("p", ONE, LATER)], ONE),  # told later: he was born all the same
        ([("p", ONE, TOLD), ("p", OTHER, LATER)], ONE),
        ([("p", OTHER, TOLD), ("p", ONE, TOLD + timedelta(hours=1))], ONE),
        # Of what came later the first counts, so that what comes later still changes nothing.
        ([("p", ONE, LATER), ("p", OTHER, LATER + timedelta(days=9))], ONE),
    ],
)
def test_a_birth_date_is_what_was_last_said_by_then(rows: list[Any], wanted: date | None) -> None:
    asked = pl.DataFrame({SPINE_ID: [7], "player_id": ["p"]}).with_columns(
        as_of=pl.lit(TOLD + timedelta(days=1)).cast(MOMENT)
    )
    world = World({"birth_dates": birth_dates(_lists(*rows))}, {})
    assert born(world, asked).rows() == [(7, wanted)]
