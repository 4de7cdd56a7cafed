"""Shots of all layouts lie in one coordinate system, in an order of their own."""

from collections.abc import Callable

import polars as pl
import pytest

from tipoff.errors import InputError
from tipoff.sources import shots
from tipoff.sources.format import Content, Reference

AsContent = Callable[..., Content]
# Left corner, right wing, at the rim: feet from the hoop and the stated distance.
PLACES = [(-22.1, 2.0, 22), (13.0, 21.0, 24), (0.5, 1.0, 1), (10.0, 10.0, 14)]


def _chart(places: list[tuple[float, float, int]]) -> pl.DataFrame:
    shared = {
        "TEAM_ID": "1610612738", "PLAYER_ID": "7", "PLAYER_NAME": "A B", "GAME_ID": "22400061",
        "GAME_DATE": "10-22-2024", "HOME_TEAM": "BOS", "AWAY_TEAM": "NYK", "SHOT_MADE": "TRUE",
        "SHOT_TYPE": "2PT Field Goal", "BASIC_ZONE": "Mid-Range", "QUARTER": "1", "MINS_LEFT": "3",
        "SECS_LEFT": "20",
    }  # fmt: skip
    return pl.DataFrame(
        [
            {**shared, "LOC_X": str(x), "LOC_Y": str(y), "SHOT_DISTANCE": str(d)}
            for x, y, d in places
        ]
    )


UNITS: dict[str, Callable[[float, float], tuple[float, float]]] = {
    "feet from the baseline": lambda x, y: (-x, y + 5.25),
    "scaled twice": lambda x, y: (x / 10, y / 10 + 5.775),
    "tenths of feet from the hoop": lambda x, y: (x * 10, y * 10),
}


@pytest.mark.parametrize("unit", sorted(UNITS))
def test_every_unit_gives_the_same_places(
    as_content: AsContent, reference: Reference, unit: str
) -> None:
    written = _chart([(*UNITS[unit](x, y), d) for x, y, d in PLACES])
    assert shots.unit_of(written) == unit
    frame = shots.SHOT_CHART.parse(as_content(written), reference)[0].frame
    found = sorted(frame.select("x_feet", "y_feet").iter_rows())
    for got, meant in zip(found, sorted((x, y) for x, y, _ in PLACES), strict=True):
        assert got == pytest.approx(meant)


def test_places_that_fit_no_unit_are_refused() -> None:
    with pytest.raises(InputError, match="none agrees"):
        shots.unit_of(_chart([(x * 3, y * 7 + 100, d) for x, y, d in PLACES]))


def test_numbers_do_not_depend_on_the_order_of_rows(
    as_content: AsContent, reference: Reference
) -> None:
    rows = _chart([(*UNITS["feet from the baseline"](x, y), d) for x, y, d in PLACES * 3])
    shuffled = rows.sample(fraction=1, shuffle=True, seed=1)
    one, other = (
        shots.SHOT_CHART.parse(as_content(frame), reference)[0] for frame in (rows, shuffled)
    )
    assert one.frame.equals(other.frame)
    # Equal rows are repeated events and stay.
    assert one.frame.height == 12
    assert one.frame["shot_number"].to_list() == list(range(1, 13))
