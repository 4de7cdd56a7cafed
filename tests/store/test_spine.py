"""Who could have been known to play, against a slow reading of the same definition."""

from datetime import UTC, date, datetime, time, timedelta

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from tipoff.store.spine import ROSTER_DAYS, player_spine, team_spine
from tipoff.store.versions import KNOWN_AT

FIRST = date(2022, 11, 1)
TEAMS = ("AAA", "BBB")
DAYS = 60

# (player, team, day of the game, days until its box score was known)
boxes = st.lists(
    st.tuples(
        st.sampled_from("pqr"),
        st.sampled_from(TEAMS),
        st.integers(0, DAYS - 1),
        st.sampled_from([0, 0, 0, 1, 5, 20, 50]),
    ),
    max_size=25,
    unique_by=lambda box: (box[0], box[2]),
)


def _games() -> pl.DataFrame:
    days = [FIRST + timedelta(days=n) for n in range(DAYS + 1)]
    return pl.DataFrame(
        {
            "game_id": [f"{day:%Y%m%d}_BBB_AAA" for day in days],
            "game_date": days,
            "season": "2022-23",
            "season_type": "regular",
            "home_team": "AAA",
            "away_team": "BBB",
            "tip_off_at": [datetime.combine(day, time(23), tzinfo=UTC) for day in days],
            "nba_game_id": None,
        },
        schema_overrides={"tip_off_at": pl.Datetime("us", "UTC")},
    )


def _player_games(drawn: list[tuple[str, str, int, int]]) -> pl.DataFrame:
    rows = []
    for player, team, number, late in drawn:
        day = FIRST + timedelta(days=number)
        known = datetime.combine(day + timedelta(days=late + 1), time(3), tzinfo=UTC)
        game = f"{day:%Y%m%d}_BBB_AAA"
        rows.append((player, f"Mr {player}", team, "2022-23", day, game, known))
    names = ("player_id", "player_name", "team", "season", "game_date", "game_id", KNOWN_AT)
    types: list[pl.DataType] = [pl.String()] * 4
    types += [pl.Date(), pl.String(), pl.Datetime("us", "UTC")]
    return pl.DataFrame(rows, schema=dict(zip(names, types, strict=True)), orient="row")


def _slowly(
    drawn: list[tuple[str, str, int, int]], day: date, as_of: datetime
) -> set[tuple[str, str]]:
    """The players of each team by what was known: their latest game was for it, not long ago."""
    known = [row for row in _player_games(drawn).to_dicts() if row[KNOWN_AT] <= as_of]
    listed = set()
    for team in TEAMS:
        last = max((row["game_date"] for row in known if row["team"] == team), default=None)
        for player in {row["player_id"] for row in known}:
            own = [row for row in known if row["player_id"] == player]
            latest = max(own, key=lambda row: row["game_date"])
            if latest["team"] == team and (last - latest["game_date"]).days <= ROSTER_DAYS:
                listed.add((player, team))
    return listed


@given(boxes)
def test_players_are_listed_once_by_their_latest_known_game(
    drawn: list[tuple[str, str, int, int]],
) -> None:
    """Box scores may come in any order: days late, and after those of later games."""
    games = _games()
    nobody = pl.DataFrame(
        schema={"game_id": pl.String, "player_id": pl.String, KNOWN_AT: pl.Datetime("us", "UTC")}
    )
    days = games["game_date"].to_list()
    teams = team_spine(games, days, 30)
    spine = player_spine(teams, _player_games(drawn), nobody)
    for day, as_of in teams.select("game_date", "as_of").unique().iter_rows():
        rows = spine.filter(pl.col("game_date") == day).select("player_id", "team").rows()
        assert sorted(rows) == sorted(_slowly(drawn, day, as_of)), day
