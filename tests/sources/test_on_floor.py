"""Who was on the floor: what is told is true, and what can not be told is left out and counted."""

from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from tipoff.sources import on_floor
from tipoff.sources.league import League
from tipoff.sources.league.floor import stints
from tipoff.sources.on_floor import from_fives, from_substitutions, period_length

_WHO = ["game_id", "team", "person", "period"]
_SIDE = ["game_id", "team", "period"]
_ACTS = {"person": pl.String, "period": pl.Int32, "seconds_left": pl.Int32, "step": pl.Int32}
_NO_BOX = pl.DataFrame(
    schema={"game_id": pl.String, "person": pl.String, "seconds_played": pl.Int32}
)
# In the first period all of five act, and f comes on for a; in the second only four act.
_FIRST = [*[(who, 1, 700, 0) for who in "abcde"], ("a", 1, 300, -1), ("f", 1, 300, 1)]
_SECOND = [(who, 2, 650, 0) for who in "bcdf"]


def _acts(*rows: tuple[Any, ...]) -> pl.DataFrame:
    found = pl.DataFrame(rows, schema=_ACTS, orient="row")
    return found.with_columns(
        game_id=pl.lit("g"), team=pl.lit("AAA"), place=pl.int_range(pl.len(), dtype=pl.Int64)
    )


def _boxes(**seconds: int) -> pl.DataFrame:
    rows = [("g", *line) for line in seconds.items()]
    return pl.DataFrame(rows, schema=_NO_BOX.schema, orient="row")


def _told(acts: pl.DataFrame, boxes: pl.DataFrame) -> tuple[dict[tuple[str, int], int], int]:
    found, refused = from_substitutions(acts, boxes)
    return {(p, n): s for p, n, s in found.select("person", "period", "seconds").rows()}, refused


def test_who_acts_before_he_comes_on_started() -> None:
    told, refused = _told(_acts(*_FIRST), _NO_BOX)
    times = {"a": 420, "f": 300, "b": 720, "c": 720, "d": 720, "e": 720}
    assert (told, refused) == ({(who, 1): n for who, n in times.items()}, 0)


def test_who_only_goes_off_started() -> None:
    told, refused = _told(_acts(*_FIRST[1:]), _NO_BOX)
    assert (told["a", 1], refused) == (420, 0)


def test_two_who_may_have_been_silent_are_told_apart_by_the_box_score() -> None:
    acts = _acts(*_FIRST, *_SECOND)
    told, refused = _told(acts, _NO_BOX)
    assert refused == 1
    assert {period for _, period in told} == {1}
    told, refused = _told(acts, _boxes(a=420, b=1440, c=1440, d=1440, e=1440, f=1020))
    assert (refused, told["e", 2], ("a", 2) in told) == (0, 720, False)


def test_one_who_may_have_been_silent_is_not_taken_against_the_box_score() -> None:
    # Without a there is but e to fill the five; the box score gives him the first period only.
    acts = _acts(*_FIRST, *_SECOND, ("a", 2, 600, 1), ("f", 2, 600, -1))
    assert _told(acts, _NO_BOX)[1] == 0
    told, refused = _told(acts, _boxes(a=1020, b=1440, c=1440, d=1440, e=720, f=420))
    assert (refused, {period for _, period in told}) == (1, {1})


@pytest.mark.parametrize(
    "odd",
    [
        ("a", 1, 200, 0),  # does something after he went off
        ("b", 1, 100, 1),  # comes on while he is on
        ("a", 1, 100, -1),  # goes off twice
        ("b", 1, 100, -1),  # goes off for nobody
    ],
)
def test_a_period_that_contradicts_itself_is_left_out(odd: tuple[Any, ...]) -> None:
    assert _told(_acts(*_FIRST, odd), _NO_BOX) == ({}, 1)


def _of_league(league: League, acting: float) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Substitutions of some games, what a share of players did, their box scores and the truth."""
    games = league.on_floor["game_id"].unique().sort().gather_every(25).implode()
    spells = stints(league.on_floor.filter(pl.col("game_id").is_in(games))).rename(
        {"player_id": "person"}
    )
    chance = pl.Series(range(spells.height)).hash(11) % 1000 < acting * 1000
    came, left, middle = "came_at", "left_at", (pl.col("came_at") + pl.col("left_at")) // 2
    parts = [
        (spells.filter(pl.col(came) < period_length(pl.col("period"))), pl.col(came), 1),
        (spells.filter(pl.col(left) > 0), pl.col(left), -1),
        (spells.filter(chance), middle, 0),
    ]
    acts = pl.concat(
        rows.select(*_WHO, seconds_left=at.cast(pl.Int32), step=pl.lit(step, pl.Int32))
        for rows, at, step in parts
    ).sort("period", "seconds_left", "step", descending=[False, True, False])
    truth = spells.group_by(_WHO).agg(seconds=(pl.col(came) - pl.col(left)).sum())
    boxes = truth.group_by("game_id", "person").agg(seconds_played=pl.col("seconds").sum())
    return acts.with_columns(place=pl.int_range(pl.len(), dtype=pl.Int64)), boxes, truth


@pytest.mark.parametrize("acting", [1.0, 0.5, 0.1])
def test_what_is_told_is_true_however_few_act(league: League, acting: float) -> None:
    acts, boxes, truth = _of_league(league, acting)
    sides = acts.select(_SIDE).unique()
    for known in (boxes, boxes.clear()):
        told, refused = from_substitutions(acts, known)
        assert told.select(_SIDE).unique().height + refused == sides.height
        wanted = truth.join(told, on=_SIDE, how="semi")
        assert_frame_equal(told.sort(_WHO), wanted.sort(_WHO), check_column_order=False)
        assert refused < 0.2 * sides.height
        assert refused == 0 or acting < 1


def test_a_guess_at_who_was_silent_would_be_wrong(
    league: League, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Planted: whoever was seen in another period fills the five, and the box score is not held."""
    acts, boxes, truth = _of_league(league, 0.1)

    def guessed(acts: pl.DataFrame, first: pl.DataFrame, short: pl.DataFrame, *_: Any) -> Any:
        others = short.join(acts.select(_WHO[:3]).unique(), on=_SIDE[:2])
        free = others.join(first.select(_WHO), on=_WHO, how="anti").sort(_WHO)
        return free.filter(pl.int_range(pl.len()).over(_SIDE) < pl.col("missing"))

    monkeypatch.setattr(on_floor, "_silent", guessed)
    monkeypatch.setattr(on_floor, "_within_box", lambda found, *_: found)
    told, _ = from_substitutions(acts, boxes)
    assert told.join(truth, on=[*_WHO, "seconds"], how="anti").height > 0


def _fives(*rows: tuple[int, str]) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "game_id": "g",
            "team": "AAA",
            "period": pl.Series([1] * len(rows), dtype=pl.Int32),
            "seconds_left": pl.Series([left for left, _ in rows], dtype=pl.Int32),
            "place": pl.Series(range(len(rows)), dtype=pl.Int64),
            "five": [list(five) for _, five in rows],
        }
    )


def test_stated_fives_share_the_time_since_the_row_before() -> None:
    found, refused = from_fives(
        _fives((720, "abcde"), (300, "abcde"), (300, "fbcde"), (0, "fbcde"))
    )
    assert dict(found.select("person", "seconds").rows()) == {
        "a": 420, "f": 300, "b": 720, "c": 720, "d": 720, "e": 720,
    }  # fmt: skip
    assert refused == 0


@pytest.mark.parametrize(
    "rows",
    [
        [(720, "abcde"), (300, "abcdd"), (0, "abcde")],  # four
        [(720, "abcde"), (300, "abcde"), (400, "abcde"), (0, "abcde")],  # the clock runs back
        [(720, "abcde"), (300, "abcde")],  # the end is missing
    ],
)
def test_fives_that_leave_a_doubt_are_left_out(rows: list[tuple[int, str]]) -> None:
    found, refused = from_fives(_fives(*rows))
    assert (found.height, refused) == (0, 1)
