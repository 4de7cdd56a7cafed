"""A small season, downloaded from hostile providers and killed twice, is the season.

``python -m bench download`` does the same with a whole season and several seeds.
"""

from dataclasses import replace

import pytest

from tests.faults.season.download import COMPARED, GAMES_KNOWN, KILLS, Outcome, Season, differences
from tests.faults.season.plants import PLANTS
from tipoff.sources.league import LeagueSettings, generate

SEED = 3
STORMS = 5
LITTLE = LeagueSettings(first_season=2023, seasons=1, teams=4, games_per_team=4)
CAUGHT_BY = {
    "keep what is spoilt": "is not what a clean download gives",
    "pay twice": "for what it told",
    "forget what was lost": "are accounted for",
}


@pytest.fixture(scope="module")
def season(tmp_path_factory: pytest.TempPathFactory) -> Season:
    league, folder = generate(LITTLE), tmp_path_factory.mktemp("seasons")
    return Season(league.frames, folder, "-6h,-30m", on_floor=league.on_floor)


@pytest.fixture(scope="module")
def clean(season: Season) -> Outcome:
    return season.clean()


def test_a_season_is_that_season_in_spite_of_a_storm_and_two_kills(
    season: Season, clean: Outcome
) -> None:
    assert set(clean.hashes) == {*COMPARED}
    assert (clean.kills, clean.troubles, clean.late) == (0, {}, [])
    assert 0 < clean.spent == clean.charged <= clean.planned
    stormy = season.stormy(SEED, clean.requests)
    assert stormy.kills == KILLS
    assert sum(stormy.troubles.values()) > 5
    assert differences(clean, stormy) == []


@pytest.mark.parametrize("plant", PLANTS)
def test_a_planted_fault_is_caught(season: Season, clean: Outcome, plant: str) -> None:
    """In one storm of a few: whether a kill hits where the fault bites is chance."""
    start = season.folder / GAMES_KNOWN
    told: list[str] = []
    for seed in range(SEED, SEED + STORMS):
        folder = season.folder / f"{plant} {seed}"
        planted = replace(season, plant=plant, folder=folder, start=start)
        told = differences(clean, planted.stormy(seed, clean.requests))
        if any(CAUGHT_BY[plant] in sentence for sentence in told):
            return
    pytest.fail(f"{plant} was not caught: {told}")
