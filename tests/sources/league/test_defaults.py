"""The default league does not move: figures in documents and other tests rest on it."""

import polars as pl

from tipoff.sources.league import League
from tipoff.store.content import content_hash
from tipoff.tables.raw import SOURCE_TABLES

# Content of the small league of the tests, taken before the knobs came that plant edges; of shots
# since each lies in its shooter's time on the floor.
PINNED = {
    "games": "df8fc85b3c521f9a532660aa98c0624acb8d4b363bbe4c3b58d8c0ba8d65663e",
    "player_boxes": "7ee9be478c6db816a01d2225b26f916ee70c79832dcf1a6f9b8b6b951760ec9d",
    "team_boxes": "ae5ae6127bab4681892ef16c79600e41bca4ee5f793362ca3f48f2cc76fa9886",
    "shots": "4fca29c9af30a51e43d277f26d1147a446a24e1c8f9a628955372727eaa3d768",
    "made_shots": "c3270ba5047687013828594656f62fd561b59488225205487cdcbff5f65de9bf",
    "player_periods": "5a502b0d12b21b4d5fd820f174739711965c56cda0bf1d3a06d0512248864186",
    "game_lines": "58c5428e888e6cd7220bc9f329460f2332ebe35ab5e41586ea83ca4ab8d32913",
    "prop_quotes": "8a926f028af321cf0b1ad2004969811c181283e3c4c66ff61cc74570237aa272",
    "availability": "b8d5e2cc406ef4d3bfc0878728d416ca847a22a0fc1d8ec66675232da8c13bf4",
    "availability_reports": "7ceba720a84be465a3f224d05124bacc3a22283da0907ea27af66e5d828dcb9b",
    "rosters": "9493efa05ad8d11f1311d31f0b24b09018de3a9bb8c6cf7c83dfb6bf1293af75",
}
EXPECTATIONS = "b574070d9938da8b724d72374c7433e7354785637467d6adb398618135a1c161"


def test_the_rows_of_the_default_league_are_as_they_were(league: League) -> None:
    found = {
        name: content_hash(league.frames[name], table.key) for name, table in SOURCE_TABLES.items()
    }
    assert found == PINNED


def test_the_expectations_of_the_default_league_are_as_they_were(league: League) -> None:
    columns = ["season", "game_date", "game_id", "player_id"]
    numbers = ["expected", "expected_early", "deviation"]
    rounded = league.truth.select(*columns, "is_out", pl.col(numbers).round(6))
    assert content_hash(rounded, columns) == EXPECTATIONS
