"""Files that anybody wrote, read as predictions, lines and box scores."""

import gzip
import json
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest

from tipoff.domain.market import MARKETS
from tipoff.errors import InputError
from tipoff.sources.loose_files import boxes, lines, predictions

POINTS = MARKETS["points"]
TABLE = pl.DataFrame(
    {
        "Player": ["Luka Dončić", "Nikola Jokić", "", "Trae Young"],
        "Game Date": ["1/25/2023", "1/26/2023", "1/26/2023", "soon"],
        "Proj": [31.2, 24.0, 20.0, 25.0],
        "Line": [32.5, 24.5, 19.5, 26.5],
        "Result": [35.0, None, 18.0, 20.0],
    }
)


def _saved(folder: Path, kind: str) -> Path:
    path = folder / f"mine.{kind}"
    text = TABLE.write_csv()
    if kind == "csv":
        path.write_text(text, encoding="utf-8")
    elif kind == "csv.gz":
        path.write_bytes(gzip.compress(text.encode()))
    elif kind == "semicolons":
        path.write_text(TABLE.write_csv(separator=";"), encoding="cp1252", errors="replace")
    elif kind == "parquet":
        TABLE.write_parquet(path)
    elif kind == "jsonl":
        path.write_text(TABLE.write_ndjson(), encoding="utf-8")
    elif kind == "jsonl.gz":
        path.write_bytes(gzip.compress(TABLE.write_ndjson().encode()))
    else:
        path.write_text(json.dumps(TABLE.to_dicts()), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "kind", ["csv", "csv.gz", "semicolons", "parquet", "jsonl", "jsonl.gz", "json"]
)
def test_a_file_of_any_kind_gives_the_same_rows(tmp_path: Path, kind: str) -> None:
    found = predictions(_saved(tmp_path, kind), None, {})
    assert found.rows["game_date"].to_list() == [date(2023, 1, 25), date(2023, 1, 26)]
    assert found.rows["prediction"].to_list() == [31.2, 24.0]
    assert found.rows["actual"].to_list() == [35.0, None]
    assert found.refused == {"no player": 1, "no game date that can be read": 1}
    assert (found.read, found.market.name, found.market_basis) == (4, "points", "taken as")
    if kind != "semicolons":
        assert found.rows["name_key"].to_list() == ["luka doncic", "nikola jokic"]


def test_broken_json_costs_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "broken.jsonl"
    path.write_text('{"player": "a", "date"', encoding="utf-8")
    with pytest.raises(InputError, match="truncated"):
        predictions(path, None, {})
    path.write_text("[1, 2]", encoding="utf-8")
    with pytest.raises(InputError, match="JSON objects"):
        predictions(path, None, {})


def test_what_is_not_recognised_says_how_to_map_it(tmp_path: Path) -> None:
    path = tmp_path / "odd.csv"
    path.write_text("who,when,guess\nLuka Doncic,2023-01-25,30\n", encoding="utf-8")
    with pytest.raises(InputError, match="--map player_name=COLUMN"):
        predictions(path, None, {})
    mapped = {"player_name": "who", "game_date": "when", "prediction": "guess"}
    assert predictions(path, None, mapped).rows["prediction"].to_list() == [30.0]


def test_a_file_of_several_markets_asks_which(tmp_path: Path) -> None:
    path = tmp_path / "both.csv"
    path.write_text(
        "player,date,market,pred\nA B,2023-01-25,Player Points,30\nA B,2023-01-25,REB,9\n"
        "A B,2023-01-25,fantasy,40\n",
        encoding="utf-8",
    )
    with pytest.raises(InputError, match=r"points.*--market"):
        predictions(path, None, {})
    found = predictions(path, "reb", {})
    assert found.rows["prediction"].to_list() == [9.0]
    assert found.other_markets == {"points": 1, "unknown": 1}


def test_a_time_with_its_zone_tells_the_eastern_date_and_the_tip_off(tmp_path: Path) -> None:
    path = tmp_path / "utc.csv"
    path.write_text("player,date,pred\nA B,2023-01-26T00:30:00Z,30\n", encoding="utf-8")
    row = predictions(path, None, {}).rows.row(0, named=True)
    assert row["game_date"] == date(2023, 1, 25)
    assert row["tip_off_from"] == datetime(2023, 1, 26, 0, 30, tzinfo=UTC)


def test_sides_in_rows_of_their_own_become_one_quote(tmp_path: Path) -> None:
    path = tmp_path / "odds.csv"
    path.write_text(
        "file_date,description,commence_time,market,bookmaker,name,point,price\n"
        "2023-01-24,A B,2023-01-26T00:30:00Z,player_points,draftkings,Over,20.5,1.91\n"
        "2023-01-24,A B,2023-01-26T00:30:00Z,player_points,draftkings,Under,20.5,1.87\n"
        "2023-01-24,A B,2023-01-26T00:30:00Z,player_rebounds,draftkings,Under,4.5,1.87\n",
        encoding="utf-8",
    )
    found = lines(path, POINTS, {})
    row = found.rows.row(0, named=True)
    assert found.rows.height == 1
    assert (row["line"], row["over_price"], row["under_price"]) == (20.5, -110, -115)
    assert (row["book"], row["game_date"]) == ("draftkings", date(2023, 1, 25))


def test_wide_lines_and_box_scores_are_read_by_market(tmp_path: Path) -> None:
    wide = tmp_path / "wide.csv"
    wide.write_text("Player_Name,GAME_DATE,PTS_PROP,PRA_PROP\nA B,2023-01-25,20.5,33.5\n")
    assert lines(wide, POINTS, {}).rows["line"].to_list() == [20.5]
    pra = MARKETS["points_rebounds_assists"]
    assert lines(wide, pra, {}).rows["line"].to_list() == [33.5]
    box = tmp_path / "box.csv"
    box.write_text("PLAYER_NAME,GAME_DATE,MIN,PTS,REB,AST\nA B,2023-01-25,30,20,8,4\n")
    assert boxes(box, pra, {}).rows["actual"].to_list() == [32.0]
    with pytest.raises(InputError, match="threes_made"):
        boxes(box, MARKETS["threes"], {})
