"""However a file is broken: read with every row counted, or refused in a sentence."""

from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from bench.fuzz import names, tried, tries
from tests.sources.file_cases import CASES, FileCase
from tests.sources.file_fuzz import fuzz_file
from tests.sources.three_games import three_games

from tipoff.errors import InputError
from tipoff.sources.containers import open_content
from tipoff.sources.format import Content, Format, Parsed, Reference
from tipoff.sources.line_rows import with_name_key
from tipoff.sources.reading import read_layout
from tipoff.sources.recognise import FORMATS, recognise

_BY_LAYOUT = {case.layout: case for case in CASES}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.layout)
def test_broken_files_cost_a_sentence_and_no_row(case: FileCase, tmp_path: Path) -> None:
    told = tried(case.layout, range(12), lambda n: fuzz_file(case, n, tmp_path, three_games()))
    assert not told.failures
    assert case.is_whole or told.outcomes["rows"] > 0
    assert not list(tmp_path.iterdir())


def test_every_parser_has_a_case() -> None:
    """Of endpoints and of layouts; one that is added without a case is named here."""
    assert sorted(tries()) == sorted(names())


def _lossy(layout: Format, content: Content, reference: Reference) -> list[Parsed]:
    return [replace(p, frame=p.frame.slice(1)) for p in layout.parse(content, reference)]


def _failing(layout: Format, content: Content, reference: Reference) -> list[Parsed]:
    raise KeyError(layout.name)


def _lawless(layout: Format, content: Content, reference: Reference) -> list[Parsed]:
    found = layout.parse(content, reference)
    return [replace(p, frame=p.frame.with_columns(season=pl.lit("x"))) for p in found]


@pytest.mark.parametrize("read", [_lossy, _failing, _lawless])
def test_a_parser_that_is_at_fault_is_caught(read: object, tmp_path: Path) -> None:
    case = _BY_LAYOUT["daily_book"]
    told = tried(
        "daily_book",
        range(30),
        lambda n: fuzz_file(case, n, tmp_path, three_games(), read),  # type: ignore[arg-type]
    )
    assert len(told.failures) > 8
    assert told.outcomes["failed"] == len(told.failures)


def _read(path: Path, name: str) -> list[Parsed]:
    content = open_content(path)
    layout = recognise(content)
    assert layout is not None
    assert layout.name == name
    return read_layout(layout, content, three_games())


def test_a_column_of_another_kind_is_named(tmp_path: Path) -> None:
    frame = _BY_LAYOUT["schedule_eastern"].tables[""]
    frame.with_columns(ettime=pl.lit(1930)).write_parquet(tmp_path / "games.parquet")
    with pytest.raises(InputError, match=r"Expected .* the columns of the layout .* --map"):
        _read(tmp_path / "games.parquet", "schedule_eastern")


def test_words_may_be_stored_as_categories(tmp_path: Path) -> None:
    frame = _BY_LAYOUT["daily_game_lines"].tables[""]
    frame.with_columns(pl.col("market").cast(pl.Categorical)).write_parquet(tmp_path / "x.parquet")
    (lines,) = _read(tmp_path / "x.parquet", "daily_game_lines")
    assert lines.frame.height == frame.height


def test_what_a_table_does_not_allow_is_refused_row_by_row(tmp_path: Path) -> None:
    frame = _BY_LAYOUT["nba_log"].tables[""]
    odd = frame.with_columns(REB=pl.Series(["4", "400"]))
    odd.write_csv(tmp_path / "logs.csv")
    boxes = _read(tmp_path / "logs.csv", "nba_log")[0]
    assert (boxes.frame.height, dict(boxes.rejected)) == (
        1,
        {"a value that rebounds can not have": 1},
    )


def test_sides_that_join_are_counted(tmp_path: Path) -> None:
    _BY_LAYOUT["odds_api_sides"].tables[""].write_csv(tmp_path / "sides.csv")
    (quotes,) = _read(tmp_path / "sides.csv", "odds_api_sides")
    assert quotes.frame.height + sum(quotes.notes.values()) == 3


def test_names_may_be_of_any_kind() -> None:
    rows = with_name_key(pl.DataFrame({"player_name": [1.5, None]}))
    assert rows["name_key"].to_list()[1] in ("", None)


def test_every_layout_is_recognised_by_its_own_case(tmp_path: Path) -> None:
    assert {layout.name for layout in FORMATS} == set(_BY_LAYOUT)
