"""Where providers are asked: every address, as the provider has it."""

import re

import pytest

from tipoff.errors import InputError
from tipoff.sources.addresses import address_of, path_of, proxy_for
from tipoff.sources.providers.catalogue import PROVIDERS
from tipoff.workflows.fetch_order import refuse_keys

_ESPN = "https://site.api.espn.com/apis/site/v2/sports/basketball/nba"
_BALL = "https://api.balldontlie.io/v1"
_ODDS = "https://api.the-odds-api.com/v4"
_STATS = "https://stats.nba.com/stats"
# One endpoint of each kind of path of each provider, and what its address begins with.
EXPECTED = {
    ("espn", "scoreboard"): f"{_ESPN}/scoreboard",
    ("espn", "summary"): f"{_ESPN}/summary",
    ("espn", "roster"): f"{_ESPN}/teams/X",
    ("espn", "injuries"): f"{_ESPN}/injuries",
    ("espn_pages", "box_score"): "https://www.espn.com/nba/boxscore/_/gameId/X",
    ("espn_pages", "roster"): "https://www.espn.com/nba/team/roster/_/name/X",
    ("balldontlie", "games"): f"{_BALL}/games",
    ("balldontlie", "game"): f"{_BALL}/games/X",
    ("balldontlie", "box_scores"): f"{_BALL}/box_scores",
    ("balldontlie", "player_injuries"): f"{_BALL}/player_injuries",
    ("balldontlie", "active_players"): f"{_BALL}/players/active",
    ("bigdataball", "files"): "https://www.googleapis.com/drive/v3/files",
    ("bigdataball", "play_by_play"): "https://www.googleapis.com/drive/v3/files/X",
    ("the_odds_api", "events"): f"{_ODDS}/sports/basketball_nba/events",
    ("the_odds_api", "event_odds"): f"{_ODDS}/sports/basketball_nba/events/X/odds",
    ("the_odds_api", "historical_events"): f"{_ODDS}/historical/sports/basketball_nba/events",
    ("betting_pros", "events"): "https://api.bettingpros.com/v3/events",
    ("betting_pros", "offers"): "https://api.bettingpros.com/v3/offers",
    ("nba", "schedule"): ("https://cdn.nba.com/static/json/staticData/scheduleLeagueV2_1.json"),
    ("nba", "schedule_stats"): f"{_STATS}/scheduleleaguev2int?LeagueID=00",
    ("nba", "box_score"): f"{_STATS}/boxscoretraditionalv3?",
    ("nba", "play_by_play"): (
        "https://cdn.nba.com/static/json/liveData/playbyplay/playbyplay_X.json"
    ),
    ("nba", "injury_report"): (
        "https://ak-static.cms.nba.com/referee/injury/Injury-Report_X_X.pdf"
    ),
}


def _address(provider: str, endpoint: str) -> str:
    asked = PROVIDERS[provider].endpoints[endpoint]
    params = dict.fromkeys(re.findall(r"{(\w+)}", asked.path), "X")
    return path_of(PROVIDERS[provider], asked, params)


@pytest.fixture(autouse=True)
def _no_overrides(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in PROVIDERS:
        monkeypatch.delenv(f"TIPOFF_{name.upper()}_URL", raising=False)


@pytest.mark.parametrize(("provider", "endpoint"), EXPECTED)
def test_an_address_is_the_providers(provider: str, endpoint: str) -> None:
    assert _address(provider, endpoint).startswith(EXPECTED[provider, endpoint])


@pytest.mark.parametrize(
    ("provider", "endpoint"), [(p.name, e) for p in PROVIDERS.values() for e in p.endpoints]
)
@pytest.mark.parametrize("is_own", [False, True])
def test_every_address_is_of_whole_parts(
    provider: str, endpoint: str, is_own: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the provider's own address ends with and the path begins with do not run together."""
    if is_own:
        monkeypatch.setenv(f"TIPOFF_{provider.upper()}_URL", "http://127.0.0.1:9/x")
    address = _address(provider, endpoint)
    base = address_of(PROVIDERS[provider])
    assert "//" not in address.partition("://")[2]
    if PROVIDERS[provider].endpoints[endpoint].path.startswith("http") and not is_own:
        return
    assert address.startswith(f"{base}/")


@pytest.mark.parametrize(
    "proxy", ["http://u:hunter2#x@h:80", "http://u:hunter2/x@h:80", "http://h:hunter2", "hunter2"]
)
def test_a_proxy_that_is_none_is_refused_without_its_password(proxy: str) -> None:
    with pytest.raises(InputError, match="Expected the address of a proxy") as refused:
        proxy_for("https://api.the-odds-api.com", proxy)
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(
    ("provider", "name", "value"),
    [
        ("the_odds_api", "apiKey", "anything"),
        ("the_odds_api", "apikey", "anything"),
        ("the_odds_api", "x", "its-very-own-key"),
        ("the_odds_api", "x", "k=its-very-own-key"),
        ("balldontlie", "Authorization", "anything"),
        ("balldontlie", "authorization", "anything"),
    ],
)
def test_a_key_among_the_params_is_refused(
    provider: str, name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(PROVIDERS[provider].secret, "its-very-own-key")
    refuse_keys(PROVIDERS[provider], {"day": ["2024-10-22"]})
    with pytest.raises(InputError, match="Expected no key among the params") as refused:
        refuse_keys(PROVIDERS[provider], {name: [value]})
    assert "its-very-own-key" not in str(refused.value)
