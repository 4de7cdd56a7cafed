"""A spelling of a name is that player's or nobody's, never another's."""

from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.sources.name_spellings import SPELLINGS, found, wrong

from tipoff.domain.ids import name_key, reread
from tipoff.sources.identity import resolved

# season, team, id, name as box scores have it.
KNOWN = [
    ("2024-25", "SAS", "1", "Victor Wembanyama"),
    ("2024-25", "POR", "2", "Robert Williams III"),
    ("2024-25", "GSW", "3", "Gary Payton II"),
    ("2024-25", "DET", "4", "Tim Hardaway Jr."),
    ("2024-25", "HOU", "5", "Jabari Smith Jr."),
    ("2024-25", "UTA", "6", "Kenyon Martin Jr."),
    ("2024-25", "LAL", "7", "Luka Dončić"),
    ("2024-25", "DAL", "7", "Luka Dončić"),
    ("2024-25", "HOU", "8", "Alperen Sengun"),
    ("2024-25", "DEN", "9", "Nikola Jokić"),
    ("2024-25", "DET", "10", "Dennis Schröder"),
    ("2024-25", "BOS", "11", "Kristaps Porziņģis"),
    ("2024-25", "SAC", "12", "Jonas Valančiūnas"),
    ("2024-25", "ATL", "13", "Bogdan Bogdanović"),
    ("2022-23", "DET", "14", "Bojan Bogdanović"),
    ("2024-25", "OKC", "15", "Jalen Williams"),
    ("2024-25", "OKC", "16", "Jaylin Williams"),
    ("2021-22", "LAC", "17", "Marcus Morris Sr."),
    ("2021-22", "MIA", "18", "Markieff Morris"),
    ("2024-25", "SAC", "19", "Keegan Murray"),
    ("2024-25", "POR", "20", "Kris Murray"),
    ("2024-25", "BOS", "21", "Jayson Tatum"),
    ("2024-25", "OKC", "22", "Shai Gilgeous-Alexander"),
    ("2024-25", "SAC", "23", "De'Aaron Fox"),
    ("2024-25", "SAS", "23", "De'Aaron Fox"),
    ("2024-25", "BKN", "24", "Day'Ron Sharpe"),
    ("2024-25", "BKN", "25", "Nic Claxton"),
    ("2024-25", "ORL", "26", "Moritz Wagner"),
    ("2024-25", "ORL", "27", "Franz Wagner"),
    ("2024-25", "WAS", "28", "Carlton Carrington"),
    ("2024-25", "HOU", "29", "Jalen Green"),
    ("2024-25", "HOU", "30", "Jeff Green"),
    ("2024-25", "GSW", "31", "Draymond Green"),
    ("2024-25", "NYK", "32", "Karl-Anthony Towns"),
    ("2024-25", "TOR", "33", "Jaylen Brown"),
    ("2024-25", "BOS", "34", "Jaylen Brown"),
    ("2024-25", "CLE", "35", "CJ McCollum"),
    ("2024-25", "CLE", "36", "Tristan Da Silva"),
    ("2024-25", "OKC", "37", "Isaiah Joe"),
    ("2024-25", "ORL", "38", "Joe Ingles"),
]
COLUMNS = ["season", "team", "player_id", "name"]
PLAYERS = pl.DataFrame(KNOWN, COLUMNS, orient="row")
LISTED = PLAYERS.with_columns(name_key=pl.col("name").map_elements(name_key, pl.String))

TABLE = [
    # suffixes
    ("Robert Williams", "POR", "2"),
    ("Williams III, Robert", "POR", "2"),
    ("Gary Payton", "GSW", "3"),
    ("GARY PAYTON ii", "GSW", "3"),
    ("Hardaway, Tim Jr.", "DET", "4"),
    ("Hardaway Jr. Tim", "DET", "4"),
    ("Jabari Smith, Jr.", "HOU", "5"),
    ("Smith, Jr., Jabari", "HOU", "5"),
    ("KJ Martin", "UTA", "6"),
    ("Kenyon Martin", "UTA", "6"),
    ("Marcus Morris", "LAC", "17"),  # of a season for which nobody is known yet
    # accents, and what became of them
    ("Luka Doncic", "LAL", "7"),
    ("Alperen Şengün", "HOU", "8"),
    ("Nikola JokiÄ\u0087", "DEN", "9"),
    ("Nikola JokiÄ‡", "DEN", "9"),
    ("Dennis Schroeder", "DET", "10"),
    ("Dennis SchrÃ¶der", "DET", "10"),
    ("Kristaps Porzingis", "BOS", "11"),
    ("Jonas Valanciunas", "SAC", "12"),
    ("Bogdan Bogdanovic", "ATL", "13"),
    ("Bojan Bogdanovic", "DET", "14"),
    ("B. Bogdanovic", "ATL", "13"),
    ("Nikola Joki?", "DEN", None),
    # near names on one roster
    ("Jalen Williams", "OKC", "15"),
    ("Jaylin Williams", "OKC", "16"),
    ("J. Williams", "OKC", None),
    ("Jalyn Williams", "OKC", None),
    ("Keegan Murray", "SAC", "19"),
    ("Kris Murray", "POR", "20"),
    ("K. Murray", "SAC", "19"),
    ("Murray", "SAC", None),
    # initials and turned names
    ("J. Tatum", "BOS", "21"),
    ("J.Tatum", "BOS", "21"),
    ("Tatum, Jayson", "BOS", "21"),
    ("Tatum Jayson", "BOS", "21"),
    ("Tatum, J.", "BOS", "21"),
    ("Tatum J", "BOS", "21"),
    ("J. Green", "HOU", None),
    ("Jal. Green", "HOU", None),
    ("Je. Green", "HOU", "30"),
    ("D. Green", "GSW", "31"),
    ("J. Tatum", "NYK", None),
    ("F. Wagner", "ORL", "27"),
    ("M. Wagner", "ORL", "26"),
    ("AJ Green", "HOU", None),
    # hyphens and apostrophes
    ("Shai Gilgeous Alexander", "OKC", "22"),
    ("Gilgeous-Alexander, Shai", "OKC", "22"),
    ("Gilgeous–Alexander Shai", "OKC", "22"),
    ("S. Gilgeous-Alexander", "OKC", "22"),
    ("Deaaron Fox", "SAS", "23"),
    ("De’Aaron Fox", "SAC", "23"),
    ("De Aaron Fox", "SAC", "23"),
    ("Day´Ron Sharpe", "BKN", "24"),
    ("Day'Ron  Sharpe", "BKN", "24"),
    ("Towns Karl-Anthony", "NYK", "32"),
    ("K. Towns", "NYK", "32"),
    ("C. J. McCollum", "CLE", "35"),
    ("C.J. McCollum", "CLE", "35"),
    # nicknames
    ("Nicolas Claxton", "BKN", "25"),
    ("Moe Wagner", "ORL", "26"),
    ("Bub Carrington", "WAS", "28"),
    # blanks, widths, cases
    ("Victor\u00a0Wembanyama", "SAS", "1"),
    ("Victor\tWembanyama ", "SAS", "1"),
    ("Ｖｉｃｔｏｒ　Ｗｅｍｂａｎｙａｍａ", "SAS", "1"),
    ("VICTOR WEMBANYAMA", "SAS", "1"),
    # players of one name are told apart by their team; elsewhere they are nobody
    ("Jaylen Brown", "TOR", "33"),
    ("Jaylen Brown", "BOS", "34"),
    ("Jaylen Brown", "MIA", None),
]


def _row(name: str, season: str, **place: str) -> list[str | None]:
    rows = pl.DataFrame({"name_key": [name_key(name)], "season": season, **place})
    asked = rows.with_columns(player_id=pl.lit(None, pl.String))
    if "game_id" not in asked.columns:
        asked = asked.with_columns(game_id=pl.lit(""))
    return resolved(asked, LISTED, own=())["player_id"].to_list()


@pytest.mark.parametrize(("name", "team", "player_id"), TABLE)
def test_names_find_their_player(name: str, team: str, player_id: str | None) -> None:
    seasons = {"14": "2022-23"}
    assert _row(name, seasons.get(player_id or "", "2024-25"), team=team) == [player_id]


def test_a_traded_player_is_found_at_both_teams_and_on_the_day_of_the_trade() -> None:
    for game in ("20250201_DAL_DET", "20250207_LAL_GSW", "20250202_DAL_LAL"):
        assert _row("L. Doncic", "2024-25", game_id=game) == ["7"]
    # A quote lists him for a team for which he has not played yet.
    assert _row("Luka Doncic", "2024-25", game_id="20250210_UTA_MIA") == ["7"]
    assert _row("L. Doncic", "2024-25", game_id="20250210_UTA_MIA") == [None]


def test_brothers_of_one_initial_are_told_apart_by_their_first_names_only() -> None:
    assert _row("Marcus Morris", "2021-22", team="LAC") == ["17"]
    assert _row("Markieff Morris", "2021-22", team="MIA") == ["18"]
    assert _row("M. Morris", "2021-22", team="MIA") == ["18"]
    assert _row("M. Morris", "2021-22", game_id="20220101_LAC_MIA") == [None]


def test_a_short_name_that_may_be_turned_is_nobody_where_both_are_about() -> None:
    assert _row("I. Joe", "2024-25", game_id="20250101_OKC_ORL") == [None]
    assert _row("I. Joe", "2024-25", game_id="20250101_OKC_BOS") == ["37"]
    assert _row("I. Joe", "2024-25", game_id="20250101_BOS_ORL") == [None]


@pytest.mark.parametrize(
    "name",
    ["Schröder", "Dončić", "Émile Ã", "Ã©é", "Jokić Ä‡", "Kristaps Porziņģis", "São", "İlkan"],
)
def test_what_was_read_right_is_not_read_again(name: str) -> None:
    assert reread(name) == name


@settings(max_examples=15)
@given(st.text(max_size=12), st.sampled_from(["latin-1", "cp1252"]))
def test_what_was_read_wrong_is_read_again(name: str, encoding: str) -> None:
    try:
        misread = name.encode().decode(encoding)
    except UnicodeDecodeError:
        return
    assert reread(misread) == reread(name)
    assert name_key(name_key(name)) == name_key(name)


compositions = st.lists(st.sampled_from(sorted(SPELLINGS)), min_size=1, max_size=4)


def _one_team_a_season(players: pl.DataFrame) -> pl.DataFrame:
    return players.select(*COLUMNS).unique().sort(COLUMNS)


@settings(max_examples=30)
@given(compositions)
def test_a_spelling_in_the_league_is_his_or_nobodys(
    league_frames: dict[str, pl.DataFrame], spellings: list[str]
) -> None:
    boxes = league_frames["player_boxes"].rename({"player_name": "name"})
    assert wrong(found(_one_team_a_season(boxes), *spellings)).is_empty()


@settings(max_examples=30)
@given(compositions)
def test_a_spelling_of_a_hard_name_is_his_or_nobodys(spellings: list[str]) -> None:
    assert wrong(found(PLAYERS, *spellings)).is_empty()


@pytest.fixture(scope="module")
def real_players(real_data: Path) -> pl.DataFrame:
    folder = real_data / "boxscores" / "with_playoffs"
    logs = [
        pl.read_csv(path, infer_schema=False).select(
            season=pl.lit(path.name[17:24]),
            team="TEAM_ABBREVIATION",
            player_id="PLAYER_ID",
            name="PLAYER_NAME",
        )
        for path in sorted(folder.glob("player_game_logs_*.csv.gz"))
    ]
    return _one_team_a_season(pl.concat(logs))


@settings(max_examples=30)
@given(compositions)
def test_a_spelling_of_a_real_name_is_his_or_nobodys(
    real_players: pl.DataFrame, spellings: list[str]
) -> None:
    assert wrong(found(real_players, *spellings)).is_empty()


@pytest.mark.parametrize("spelling", sorted(SPELLINGS))
def test_every_real_name_is_found_under_each_spelling(
    real_players: pl.DataFrame, spelling: str
) -> None:
    looked_up = found(real_players, spelling)
    assert wrong(looked_up).is_empty()
    share = looked_up.filter(pl.col("in_row").is_not_null()).height / looked_up.height
    assert share == 1 or (spelling.startswith("initial") and share > 0.98)
