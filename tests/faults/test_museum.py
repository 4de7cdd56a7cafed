"""The fault museum: planted faults are found, clean code is not, and the page tells the truth."""

import importlib
import pkgutil

import pytest

import tipoff
from tests.faults.museum.detectors import DETECTORS
from tests.faults.museum.matrix import (
    BY_LEARNER,
    PAGE,
    SHIPPED,
    false_alarms,
    marks,
    page,
    said_of,
)
from tipoff.backtest.kill_matrix import kill_matrix
from tipoff.domain.guard import GUARDS, guard, planted
from tipoff.domain.plant import IN_RUNS, PLANTS, Part, plant_named
from tipoff.errors import InputError


@pytest.mark.parametrize("name", PLANTS)
def test_a_fault_is_found_by_the_detectors_that_the_page_names(name: str) -> None:
    marked = [detector for detector, is_marked in marks(name).items() if is_marked]
    assert marked, f"nothing finds {name}"
    # Models are trained for those faults only that nothing else finds: that takes longest.
    surely = [detector for detector in marked if detector not in BY_LEARNER]
    said = said_of(name, surely or marked)
    silent = [detector for detector in surely if not said[detector]]
    assert not silent, f"{silent} say nothing of {name}; run 'make museum'"
    assert any(said.values()), f"nothing finds {name}; run 'make museum'"


def test_the_page_knows_every_fault_and_detector() -> None:
    for name in PLANTS:
        assert marks(name).keys() == {d.name for d in DETECTORS}


def test_the_page_says_what_is_shipped() -> None:
    matrix = kill_matrix()
    assert PAGE.read_text(encoding="utf-8") == page(matrix)
    assert SHIPPED.read_text(encoding="utf-8") == matrix.as_json()
    assert matrix.detectors == {d.name: d.about for d in DETECTORS}
    assert [own.name for own in matrix.faults] == list(PLANTS)
    assert matrix.found == len(PLANTS)


def test_clean_code_raises_no_alarm() -> None:
    assert not false_alarms(7)


def test_every_plant_has_a_fault_beside_a_guard_and_every_fault_a_plant() -> None:
    for module in pkgutil.walk_packages(tipoff.__path__, "tipoff."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    assert set(GUARDS) == set(PLANTS)
    assert len(PLANTS) >= 24


def test_a_guard_runs_its_fault_only_while_it_is_planted() -> None:
    @guard
    def honest(value: int) -> int:
        """Return the value."""
        return value

    @honest.fault("a test's own")
    def _faulty(value: int) -> int:
        return value + 1

    GUARDS.pop("a test's own")
    assert (honest(1), honest.__doc__) == (1, "Return the value.")
    with planted("a test's own"):
        assert honest(1) == 2
        with planted(None):
            assert honest(1) == 1
        assert honest.honest(1) == 1
    with planted("another"):
        assert honest(1) == 1


def test_plants_are_named_where_they_are_of_use() -> None:
    assert all(plant_named(name).part in IN_RUNS for name in PLANTS if PLANTS[name].part in IN_RUNS)
    with pytest.raises(InputError, match="Expected a plant out of inclusive-date"):
        plant_named("utc-day-slip")
    with pytest.raises(InputError, match="got 'latest-line'"):
        plant_named("latest-line", (Part.FEATURES,))
