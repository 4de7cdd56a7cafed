"""Names become players in one place."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tipoff.domain.ids import name_key
from tipoff.sources.identity import aliases, named_only, resolved

PLAYERS = pl.DataFrame(
    [
        ("2024-25", "BOS", "1", "Jayson Tatum"),
        ("2024-25", "NYK", "2", "Jalen Brunson"),
        ("2024-25", "BOS", "3", "Jaylen Brown"),
        ("2024-25", "LAL", "4", "Jaylen Brown"),
        ("2023-24", "BOS", "5", "Al Horford"),
        ("2024-25", "NYK", "6", "Nic Claxton"),
        ("2024-25", "DEN", "7", "Nikola Jokić"),
        ("2024-25", "BOS", "8", "Trent Williams Jr."),
    ],
    schema=["season", "team", "player_id", "name"],
    orient="row",
).with_columns(name_key=pl.col("name").map_elements(name_key, return_dtype=pl.String))


def _ids(*names: str, game: str = "20241022_NYK_BOS") -> list[str | None]:
    rows = pl.DataFrame(
        {
            "name_key": [name_key(n) for n in names],
            "season": "2024-25",
            "game_id": game,
            "player_id": pl.Series([None] * len(names), dtype=pl.String),
        }
    )
    return resolved(rows, PLAYERS)["player_id"].to_list()


@pytest.mark.parametrize(
    ("name", "player_id"),
    [
        ("jayson tatum", "1"),
        ("Tatum, Jayson", "1"),
        ("tatum jayson", "1"),
        ("J. Tatum", "1"),
        ("j brunson", "2"),
        ("Nicolas Claxton", "6"),
        ("NIKOLA JOKIC", "7"),
        ("Trent Williams", "8"),
        ("Al Horford", "5"),
        ("Jaylen Brown", "3"),
        ("Nobody Known", None),
        ("J. Nobody", None),
    ],
)
def test_a_name_finds_its_player(name: str, player_id: str | None) -> None:
    assert _ids(name) == [player_id]


def test_players_of_one_name_are_told_apart_by_the_team() -> None:
    assert _ids("Jaylen Brown", game="20241022_MIN_LAL") == ["4"]


def test_a_name_that_could_be_two_players_is_nobody() -> None:
    assert _ids("Jaylen Brown", game="20241022_MIN_DEN") == [None]
    # Both are at these teams: the game does not tell either.
    assert _ids("Jaylen Brown", game="20241022_BOS_LAL") == [None]


def test_who_is_known_stays_and_name_only_players_are_found_later() -> None:
    rows = pl.DataFrame(
        {
            "name_key": ["jayson tatum", "jayson tatum", "nobody known"],
            "season": "2024-25",
            "team": "BOS",
            "game_id": "20241022_NYK_BOS",
            "player_id": ["99", "name:jayson tatum", None],
        }
    )
    found = named_only(resolved(rows, PLAYERS))
    assert found["player_id"].to_list() == ["99", "1", "name:nobody known"]


def test_aliases_lead_to_names_that_are_no_aliases() -> None:
    assert not set(aliases()) & set(aliases().values())
    assert all(name_key(name) == name for pair in aliases().items() for name in pair)


@settings(max_examples=25)
@given(st.permutations(PLAYERS["name"].to_list()))
def test_the_order_of_rows_does_not_matter(names: list[str]) -> None:
    alone = {name: _ids(name)[0] for name in names}
    assert _ids(*names) == [alone[name] for name in names]
