"""However runners are killed and meet: the lake of one undisturbed run, every date once."""

from pathlib import Path

import pytest

from tests.faults.crash_laboratory import PLANTS, Laboratory

SCHEDULES = 24


@pytest.fixture(scope="module")
def laboratory(tmp_path_factory: pytest.TempPathFactory) -> Laboratory:
    return Laboratory(tmp_path_factory.mktemp("crash laboratory"))


@pytest.fixture(scope="module")
def expected(laboratory: Laboratory) -> dict[str, str]:
    return laboratory.undisturbed()


@pytest.mark.parametrize("part", range(2))
def test_killed_runners_lose_double_and_mix_nothing(
    laboratory: Laboratory, expected: dict[str, str], part: int
) -> None:
    kills = 0
    for seed in range(part, SCHEDULES, 2):
        outcome = laboratory.run(seed)
        assert outcome.failures == [], seed
        assert outcome.hashes == expected, seed
        assert outcome.repeated == {}, seed
        kills += outcome.kills
    assert kills > SCHEDULES // 4


@pytest.mark.parametrize("plant", sorted(PLANTS))
def test_the_laboratory_notices_a_planted_fault(plant: str, tmp_path: Path) -> None:
    laboratory = Laboratory(tmp_path, plant)
    expected = laboratory.undisturbed()
    for seed in range(SCHEDULES):
        outcome = laboratory.run(seed)
        if outcome.hashes != expected or outcome.repeated:
            return
    pytest.fail(f"the planted fault went unnoticed in {SCHEDULES} schedules")
