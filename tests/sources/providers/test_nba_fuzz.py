"""No noise makes a parser of NBA.com fail, or lose a row without a word."""

import random

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.sources.providers import nba_fuzz
from tests.sources.providers.nba_fuzz import ROWS, Seeds, checked, checked_or_bare, fuzz
from tests.sources.providers.nba_league import parse

from tipoff.sources.format import Parsed
from tipoff.sources.providers.nba import PROVIDER
from tipoff.sources.providers.nba.fields import IMPOSSIBLE

_NAMES = list(PROVIDER.endpoints)
# The schedule reads the same, wherever it comes from.
_SCHEDULES = ["schedule", "schedule_stats"]
_FEW = settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture(scope="module")
def seeds(league_frames: dict[str, pl.DataFrame]) -> Seeds:
    return Seeds(league_frames)


@pytest.mark.parametrize("name", _NAMES)
def test_a_good_answer_gives_rows(name: str, seeds: Seeds) -> None:
    body = seeds.bodies[name]
    expected = "empty" if name in ("referees", "player_movement") else "rows"
    assert checked(seeds, name, body) == expected
    named = [e.name for e in PROVIDER.endpoints.values() if e.recognises(body)]
    assert named == (_SCHEDULES if name in _SCHEDULES else [name])


@pytest.mark.parametrize("name", _NAMES)
@_FEW
@given(draw=st.randoms(use_true_random=False))
def test_noise_of_bytes(name: str, seeds: Seeds, draw: random.Random) -> None:
    checked_or_bare(seeds, name, nba_fuzz.noisy(seeds.bodies[name], draw), whole=False)


@pytest.mark.parametrize("name", [n for n in _NAMES if n not in ("injury_report", "gamebook")])
@_FEW
@given(draw=st.randoms(use_true_random=False))
def test_noise_of_values(name: str, seeds: Seeds, draw: random.Random) -> None:
    checked(seeds, name, nba_fuzz.mutated(seeds.bodies[name], draw))


@pytest.mark.parametrize("name", _NAMES)
@_FEW
@given(body=st.binary(max_size=200))
def test_any_bytes(name: str, seeds: Seeds, body: bytes) -> None:
    checked_or_bare(seeds, name, body, whole=False)


def test_a_row_that_is_lost_is_found(seeds: Seeds, monkeypatch: pytest.MonkeyPatch) -> None:
    """The fuzz target's own guard: a parser that drops a row does not pass."""

    def leaky(found: Parsed) -> Parsed:
        return Parsed(found.table, found.frame.head(max(found.frame.height - 1, 0)), found.rejected)

    monkeypatch.setattr("tipoff.sources.providers.nba.box_rows.lawful", leaky)
    assert "box_score" in ROWS
    with pytest.raises(AssertionError):
        checked(seeds, "box_score", seeds.bodies["box_score"])


def test_a_value_that_no_table_allows_is_refused(seeds: Seeds) -> None:
    """Nobody plays nine hundred minutes."""
    body = seeds.bodies["game_log_players"].replace(b'"W", ', b'"W", 9')
    found = parse("game_log_players", body, seeds.looked_up)[0]
    assert found.frame.is_empty()
    assert dict(found.rejected) == {IMPOSSIBLE: 12}


def test_the_target_counts_what_came_out(seeds: Seeds) -> None:
    outcomes = fuzz("player_index", seeds, inputs=30, seed=1)
    assert sum(outcomes.values()) == 30
    assert outcomes["rows"] > 0
    assert outcomes == fuzz("player_index", seeds, inputs=30, seed=1)
