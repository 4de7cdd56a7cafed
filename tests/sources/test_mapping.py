"""The examples of docs/mapping.md do what the page says."""

import re
from datetime import UTC, datetime
from pathlib import Path

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
    text = re.search(rf"`{csv}`:\n\n```csv\n(.*?)```", PAGE, re.DOTALL)
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
