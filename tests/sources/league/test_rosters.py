"""Two players of one name play for two teams, whatever the seed."""

import numpy as np

from tipoff.sources.league import LeagueSettings, generate
from tipoff.sources.league.rosters import Ints, first_rosters, new_players, next_season
from tipoff.sources.league.settings import ROSTER
from tipoff.store.lake import validated
from tipoff.tables.raw import PLAYER_BOXES

NAMESAKES = np.array([3, ROSTER + 4])
LITTLE = LeagueSettings(teams=4, games_per_team=4, seasons=1)
NOBODY = np.array([], dtype=np.int64)


def _seasons(seed: int, namesakes: Ints, seasons: int = 6) -> list[Ints]:
    rng = np.random.default_rng(seed)
    players = new_players(rng, np.tile(np.arange(ROSTER), LITTLE.teams))
    rosters = first_rosters(LITTLE)
    found = []
    for _ in range(seasons):
        players, rosters = next_season(rng, players, rosters, namesakes)
        found.append(rosters)
    return found


def _meet(rosters: Ints) -> bool:
    return bool((np.isin(rosters, NAMESAKES).sum(axis=1) > 1).any())


def test_namesakes_never_meet_and_nobody_is_lost() -> None:
    """Left alone they meet in some leagues; those in which they do not are the same."""
    met = 0
    for seed in range(150):
        apart, alone = _seasons(seed, NAMESAKES), _seasons(seed, NOBODY)
        assert not any(map(_meet, apart))
        for own, other in zip(apart, alone, strict=True):
            assert len(np.unique(own)) == own.size
            if _meet(other):
                met += 1
                assert set(own.ravel()) == set(other.ravel())
                break
            assert (own == other).all()
    assert met > 10


def test_a_league_whose_namesakes_would_have_met_keeps_its_keys() -> None:
    made = generate(LeagueSettings(seed=7, teams=12, games_per_team=4, seasons=4))
    boxes = validated(PLAYER_BOXES, made.frames["player_boxes"])
    assert boxes.height == boxes.unique(PLAYER_BOXES.key).height
