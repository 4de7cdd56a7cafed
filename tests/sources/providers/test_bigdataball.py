"""BigDataBall: its shots, where they were taken and when they were known."""

import json
from datetime import timedelta

import polars as pl
import pytest
from tests.sources.providers.score_answers import (
    NOON,
    TIP_OFF,
    case_of,
    parse,
)

from tipoff.domain.clock import assumed_file_drop_known
from tipoff.sources.answer import Answer
from tipoff.sources.answer_rows import TOO_EARLY
from tipoff.sources.bigdataball import NO_SHOT
from tipoff.sources.format import Reference
from tipoff.sources.providers import bigdataball
from tipoff.sources.shots import TWICE


def test_shots_are_placed_zoned_and_known_after_the_drop(reference: Reference) -> None:
    shots, games, *_ = parse(case_of("bigdataball", "play_by_play"), reference)
    rows = {row["name_key"]: row for row in shots.frame.iter_rows(named=True)}
    three, layup = rows["jayson tatum"], rows["josh hart"]
    assert (three["x_feet"], three["y_feet"], three["zone"]) == (-15.8, 18.0, "above_break_three")
    assert (three["is_three"], three["is_made"], three["seconds_left"]) == (True, True, 704)
    assert (layup["zone"], layup["is_made"]) == ("restricted_area", False)
    assert shots.rejected == {NO_SHOT: 2}
    assert set(shots.frame["observed_at"]) == {assumed_file_drop_known(TIP_OFF)}
    assert games.frame["nba_game_id"].to_list() == ["0022400061"]
    came = TIP_OFF + timedelta(hours=9)
    fresh = parse(case_of("bigdataball", "play_by_play"), reference, came)[0].frame
    assert set(fresh["observed_at"]) == {came}
    early = parse(case_of("bigdataball", "play_by_play"), reference, NOON)[0]
    assert early.rejected == {NO_SHOT: 2, TOO_EARLY: 2}


def test_sides_come_from_the_hoops_where_no_schedule_tells(reference: Reference) -> None:
    bare = Reference(reference.games.clear(), pl.DataFrame())
    shots = parse(case_of("bigdataball", "play_by_play"), bare)[0]
    assert set(shots.frame["game_id"]) == {"20241022_NYK_BOS"}


def test_the_whole_court_gives_the_place_where_the_nbas_is_missing(reference: Reference) -> None:
    case = case_of("bigdataball", "play_by_play")
    bare = tuple({**event, "original_x": "", "original_y": ""} for event in case.document)
    with_both = parse(case, reference)[0].frame
    found = parse(case, reference, document=bare)[0].frame
    assert found["x_feet"].to_list() == pytest.approx(with_both["x_feet"].to_list())
    assert found["y_feet"].to_list() == pytest.approx(with_both["y_feet"].to_list())


def test_events_that_are_told_twice_count_once(reference: Reference) -> None:
    case = case_of("bigdataball", "play_by_play")
    events = tuple({**event, "play_id": str(n)} for n, event in enumerate(case.document))
    once = parse(case, reference, document=events)
    twice = parse(case, reference, document=(*events, *events))
    for one, other in zip(once, twice, strict=True):
        assert one.frame.equals(other.frame)
    assert twice[0].rejected[TWICE] == len(events)


def test_a_folder_lists_its_files() -> None:
    names = ["[2025-06-22]-0042400407-IND@OKC.csv", "[2025-06-22]-combined-stats.xlsx"]
    listed = {
        "kind": "drive#fileList",
        "files": [{"id": f"f{n}", "name": name} for n, name in enumerate(names)],
    }
    answer = Answer("bigdataball", "files", {}, json.dumps(listed).encode())
    assert bigdataball.play_by_play_files(answer) == {names[0]: "f0"}
