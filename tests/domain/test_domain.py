"""The trade's rules."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tipoff.domain import clock, ids, market, odds, pick, seasons, teams
from tipoff.errors import InputError


@pytest.mark.parametrize(
    ("day", "season"),
    [
        (date(2022, 10, 18), "2022-23"),
        (date(2023, 6, 12), "2022-23"),
        (date(2020, 9, 30), "2019-20"),
        (date(2020, 12, 22), "2020-21"),
        (date(2021, 7, 20), "2020-21"),
        (date(1999, 12, 31), "1999-00"),
    ],
)
def test_a_game_date_belongs_to_one_season(day: date, season: str) -> None:
    assert seasons.season_of(day) == season


def test_a_season_is_named_by_its_two_years() -> None:
    assert seasons.start_year("2022-23") == 2022
    assert seasons.previous_season("2000-01") == "1999-00"
    for wrong in ("2022-24", "2022-23\n", "٢٠٢٢-٢٣"):
        with pytest.raises(InputError, match="2022-23"):
            seasons.start_year(wrong)


def test_eastern_moments_know_daylight_saving() -> None:
    assert clock.assumed_tip_off(date(2024, 1, 15)) == datetime(2024, 1, 16, 0, tzinfo=UTC)
    assert clock.assumed_tip_off(date(2024, 4, 1)) == datetime(2024, 4, 1, 23, tzinfo=UTC)
    assert clock.eastern_date(datetime(2024, 1, 16, 3, 30, tzinfo=UTC)) == date(2024, 1, 15)


def test_an_untimed_line_is_known_at_noon_or_an_hour_before_an_early_game() -> None:
    day = date(2024, 1, 15)
    late = datetime(2024, 1, 16, 0, 30, tzinfo=UTC)
    early = datetime(2024, 1, 15, 17, 30, tzinfo=UTC)
    assert clock.assumed_daily_line_known(day, late) == datetime(2024, 1, 15, 17, tzinfo=UTC)
    assert clock.assumed_daily_line_known(day, early) == datetime(2024, 1, 15, 16, 30, tzinfo=UTC)


@pytest.mark.parametrize("spelling", ["BKN", "brk", "Brooklyn Nets", "nets", "1610612751"])
def test_every_spelling_of_a_team_gives_its_code(spelling: str) -> None:
    assert teams.team_code(spelling) == "BKN"


def test_there_are_thirty_teams_and_a_stranger_is_refused() -> None:
    assert len(teams.TEAM_CODES) == 30
    with pytest.raises(InputError, match="Harlem"):
        teams.team_code("Harlem Globetrotters")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Luka Dončić", "luka doncic"),
        ("P.J. Washington Jr.", "PJ Washington"),
        ("Doncic, Luka", "Luka Doncic"),
        ("Washington, PJ Jr.", "PJ Washington"),
        ("Karl-Anthony Towns", "karl anthony towns"),
        ("De'Aaron Fox", "DeAaron Fox"),
        ("Robert Williams III", "robert williams"),
        ("Alperen Şengün", "Alperen Sengun"),
    ],
)
def test_names_of_one_player_compare_equal(one: str, other: str) -> None:
    assert ids.name_key(one) == ids.name_key(other)


@given(st.text(max_size=40))
def test_a_name_key_is_its_own_key(name: str) -> None:
    key = ids.name_key(name)
    assert ids.name_key(key) == key


def test_game_ids_are_dated_in_eastern_time() -> None:
    assert ids.game_id(date(2024, 1, 5), "BOS", "NYK") == "20240105_BOS_NYK"


@pytest.mark.parametrize(
    ("price", "probability", "won"),
    [(-110, 110 / 210, 100 / 110), (100, 0.5, 1.0), (150, 0.4, 1.5), (-200, 2 / 3, 0.5)],
)
def test_american_odds(price: float, probability: float, won: float) -> None:
    assert odds.implied_probability(price) == pytest.approx(probability)
    assert odds.payout(price) == pytest.approx(won)
    # A bet at the break-even probability wins nothing on average.
    assert probability * won - (1 - probability) == pytest.approx(0)


def test_the_hold_of_two_even_sides_is_what_both_charge() -> None:
    assert odds.hold(-110, -110) == pytest.approx(220 / 210 - 1)
    with pytest.raises(InputError, match="at least"):
        odds.payout(50)


@pytest.mark.parametrize(
    ("side", "actual", "outcome"),
    [
        (pick.Side.OVER, 21, pick.Outcome.WIN),
        (pick.Side.UNDER, 21, pick.Outcome.LOSS),
        (pick.Side.OVER, 19, pick.Outcome.LOSS),
        (pick.Side.UNDER, 19, pick.Outcome.WIN),
        (pick.Side.OVER, 20, pick.Outcome.PUSH),
        (pick.Side.UNDER, None, pick.Outcome.VOID),
    ],
)
def test_picks_are_settled(side: pick.Side, actual: float | None, outcome: pick.Outcome) -> None:
    assert pick.settle(side, 20, actual) is outcome


def test_markets_have_one_name_each() -> None:
    assert market.market_named("player_points").name == "points"
    assert market.market_named("PRA").columns == ("points", "rebounds", "assists")
    with pytest.raises(InputError, match="double_double"):
        market.market_named("double_double")
