"""Who bears witness: sources that state the ids of all, rosters, and no source for itself."""

from datetime import UTC, datetime

import polars as pl

from tipoff.sources.format import Parsed
from tipoff.sources.league import League
from tipoff.tables.raw import GAMES, PLAYER_BOXES, ROSTERS
from tipoff.tables.table import UTC_MOMENT
from tipoff.workflows.identity_known import Seen, added

NOTHING = Seen(
    pl.DataFrame(
        schema={
            "source": pl.String, "season": pl.String, "team": pl.String, "player_id": pl.String,
            "name_key": pl.String, "since": pl.Date, "until": pl.Date,
        }
    ),
    pl.DataFrame(
        schema={
            "source": pl.String, "game_date": pl.Date, "home_team": pl.String,
            "away_team": pl.String,
        }
    ),
)  # fmt: skip


def _boxes(league: League, source: str) -> pl.DataFrame:
    boxes = league.frames["player_boxes"]
    day = boxes["game_date"].min()
    return boxes.filter(pl.col("game_date") == day).with_columns(source=pl.lit(source))


def test_a_source_that_lacks_an_id_or_names_players_only_makes_nobody_known(
    league: League,
) -> None:
    boxes = _boxes(league, "some")
    known = added(NOTHING, [Parsed(PLAYER_BOXES, boxes)]).known()
    assert set(known.players["player_id"]) == set(boxes["player_id"])
    assert set(known.teams["since"]) == {boxes["game_date"][0]}
    first = pl.int_range(pl.len()) == 0
    lacking = boxes.with_columns(player_id=pl.when(~first).then("player_id"))
    named = boxes.with_columns(source=pl.lit("realgm_log"))
    for other in (lacking, named):
        assert added(NOTHING, [Parsed(PLAYER_BOXES, other)]).known().players.is_empty()


def test_a_roster_makes_its_team_known_for_the_season() -> None:
    rosters = pl.DataFrame(
        {
            "season": ["2024-25"] * 2,
            "team": ["BOS"] * 2,
            "player_id": ["1", "2"],
            "player_name": ["Al Stone", "Bo Stone"],
            "position": [None, None],
            "birth_date": [None, None],
            "source": ["nba_player_index"] * 2,
            "observed_at": [datetime(2024, 10, 1, tzinfo=UTC)] * 2,
            "observed_basis": ["recorded"] * 2,
            "is_deleted": [False] * 2,
            "row_hash": [0] * 2,
        },
        schema_overrides={"position": pl.String, "birth_date": pl.Date},
    ).with_columns(pl.col("observed_at").cast(UTC_MOMENT))
    known = added(NOTHING, [Parsed(ROSTERS, rosters)]).known()
    assert sorted(known.players["name_key"]) == ["al stone", "bo stone"]
    assert known.teams.select("team", "players", "since", "until").rows() == [
        ("BOS", 2, None, None)
    ]


def test_no_source_bears_witness_for_itself(league: League) -> None:
    one, two = _boxes(league, "one"), _boxes(league, "two").head(3)
    games = league.frames["games"].head(5).with_columns(source=pl.lit("one"))
    seen = added(
        NOTHING,
        [Parsed(PLAYER_BOXES, one), Parsed(PLAYER_BOXES, two), Parsed(GAMES, games)],
    )
    without = seen.known(without="one")
    assert set(without.players["player_id"]) == set(two["player_id"])
    assert without.games.is_empty()
    assert seen.known().games.height == 5
    # Whom two sources show is one player.
    once = one.group_by("team").agg(players=pl.col("player_id").n_unique()).sort("team")
    assert seen.known().teams.select("team", "players").sort("team").rows() == once.rows()


def test_a_deleted_game_is_not_known(league: League) -> None:
    games = league.frames["games"].head(5).with_columns(is_deleted=pl.int_range(5) == 0)
    assert added(NOTHING, [Parsed(GAMES, games)]).known().games.height == 4
