"""The examples of docs/mapping.md do what the page says."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tipoff.errors import InputError
from tipoff.sources.containers import open_content
from tipoff.sources.format import Parsed, Reference
from tipoff.sources.mapping import load
from tipoff.store.lake import validated

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "mapping.md").read_text(encoding="utf-8")


def _example(folder: Path, csv: str, toml: str, reference: Reference) -> list[Parsed]:
    """Write the page's files to a folder and parse them; the page's TOML is the shipped one."""
    text = re.search(rf"`{csv}`:\n\n```(?:csv|json)\n(.*?)```", PAGE, re.DOTALL)
    mapping = re.search(rf"`configs/mappings/{toml}`:\n\n```toml\n(.*?)```", PAGE, re.DOTALL)
    assert text is not None
    assert mapping is not None
    shipped = ROOT / "configs" / "mappings" / toml
    assert shipped.read_text(encoding="utf-8") == mapping[1]
    (folder / csv).write_text(text[1], encoding="utf-8")
    content = open_content(folder / csv)
    layout = next(known for known in load(shipped) if known.recognises(content))
    found = layout.parse(content, reference)
    for parsed in found:
        validated(parsed.table, parsed.frame)
    return found


def test_priced_sides_in_rows(tmp_path: Path, reference: Reference) -> None:
    quotes = _example(tmp_path, "corner_sides.csv", "prop_sides_local_times.toml", reference)[
        0
    ].frame
    rows = {(r["name_key"], r["market"]): r for r in quotes.to_dicts()}
    points = rows["jayson tatum", "points"]
    assert (points["over_price"], points["under_price"]) == (-110, -105)
    assert points["quoted_at"] == datetime(2024, 10, 22, 21, 15, tzinfo=UTC)
    assert rows["jayson tatum", "threes"]["under_price"] is None
    assert rows["jaylen brown", "points"]["is_after_tip_off"]
    assert len(rows) == 3


def test_a_wide_box_score(tmp_path: Path, reference: Reference) -> None:
    boxes, games = _example(tmp_path, "club_log.csv", "wide_box_scores.toml", reference)
    tatum = next(r for r in boxes.frame.to_dicts() if r["name_key"] == "jayson tatum")
    assert tatum["seconds_played"] == 1818
    assert (tatum["game_id"], tatum["observed_basis"]) == ("20241022_NYK_BOS", "assumed")
    assert boxes.frame.height == 3
    assert games.frame.height == 1


def test_a_pick_em_board(tmp_path: Path, reference: Reference) -> None:
    (quotes,) = _example(tmp_path, "board.json", "pick_em_board.toml", reference)
    rows = {r["line"]: r for r in quotes.frame.to_dicts()}
    tatum = rows[27.5]
    assert (tatum["game_id"], tatum["name_key"]) == ("20241022_NYK_BOS", "jayson tatum")
    assert (tatum["book"], tatum["over_price"], tatum["under_price"]) == ("prizepicks", None, None)
    assert tatum["quoted_at"] == datetime(2024, 10, 22, 17, 5, 10, tzinfo=UTC)
    assert {line: r["is_alternate"] for line, r in rows.items()} == {27.5: False, 32.5: True}
    assert quotes.frame["is_placeholder_price"].all()
    assert quotes.rejected == {"a market that tipoff does not know": 1}


def test_a_board_whose_lines_take_three_joins(tmp_path: Path, reference: Reference) -> None:
    stat = {"appearance_id": "a1", "stat": "pts_rebs_asts"}
    board = {
        "over_under_lines": [
            {
                "id": "l1",
                "stat_value": "41.5",
                "updated_at": "2024-10-22T16:00:00Z",
                "over_under": {"id": "o1", "appearance_stat": stat},
                "options": [{"choice": "higher"}, {"choice": "lower"}],
            }
        ],
        "appearances": [{"id": "a1", "player_id": "p1", "match_id": 9}],
        "players": [{"id": "p1", "first_name": "Jayson", "last_name": "Tatum"}],
        "games": [
            {"id": 9, "scheduled_at": "2024-10-22T23:30:00Z", "abbreviated_title": "NYK @ BOS"}
        ],
    }
    path = tmp_path / "underdog.json"
    path.write_text(json.dumps(board), encoding="utf-8")
    (layout,) = load(ROOT / "configs" / "mappings" / "pick_em_lines.toml")
    content = open_content(path)
    assert layout.recognises(content)
    (quotes,) = layout.parse(content, reference)
    (row,) = validated(quotes.table, quotes.frame).to_dicts()
    assert (row["player_name"], row["market"]) == ("Jayson Tatum", "points_rebounds_assists")
    assert (row["game_id"], row["book"], row["line"]) == ("20241022_NYK_BOS", "underdog", 41.5)
    assert row["is_placeholder_price"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"inner": "persons"}, "a table 'persons'"),
        ({"left": "nothing"}, "a column 'nothing'"),
        ({"right": "nothing"}, "a column 'nothing'"),
        ({"left": ["a", "b"]}, "as many columns"),
    ],
)
def test_a_wrong_join_is_one_sentence(
    tmp_path: Path, reference: Reference, change: dict[str, Any], words: str
) -> None:
    join = {"inner": "people", "left": "who", "right": "id", "prefix": "p.", **change}
    keys = "\n".join(f"{key} = {json.dumps(value)}" for key, value in join.items())
    (tmp_path / "map.toml").write_text(
        '[[file]]\nmatch = "*.json"\ntable = "prop_quotes"\nsource = "a"\ninner = "lines"\n'
        f"[[file.join]]\n{keys}\n"
        '[file.columns]\nplayer_name = "p.name"\nmarket = "m"\nline = "l"\ngame = "g"\n'
        'game_date = "d"\n',
        encoding="utf-8",
    )
    people = [{"id": 1, "name": "Jayson Tatum"}]
    file = tmp_path / "x.json"
    file.write_text(json.dumps({"lines": [{"who": 1}], "people": people}), encoding="utf-8")
    with pytest.raises(InputError, match=words):
        load(tmp_path / "map.toml")[0].parse(open_content(file), reference)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[[file]", "TOML"),
        ('[[file]]\nmatch="*"\ntable="nothing"\nsource="a"\n', "table"),
        ('[[file]]\nmatch="*"\ntable="games"\nsource="Not Lower"\n', "source"),
    ],
)
def test_a_wrong_mapping_is_one_sentence(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "map.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=words):
        load(path)
