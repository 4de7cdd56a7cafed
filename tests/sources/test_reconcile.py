"""What counts as known, and which items of rows are bad."""

from datetime import date

import polars as pl
import pytest

from tipoff.sources.reconcile import ITEMS, Known, merged, rows_items

DAY = date(2024, 11, 5)
GAME = "20241105_NYK_BOS"
NAMES = [f"{first} {last}" for last in ("stone", "rivers", "hale") for first in ("al", "bo", "cy")]


def _known(home: int = 8, away: int = 8, since: date | None = None) -> Known:
    rows = [
        ("2024-25", team, f"{team}{n}", NAMES[n] if team == "BOS" else f"x {NAMES[n]}")
        for team, count in (("BOS", home), ("NYK", away))
        for n in range(count)
    ]
    players = pl.DataFrame(rows, ["season", "team", "player_id", "name_key"], orient="row")
    teams = players.group_by("season", "team").agg(
        players=pl.col("player_id").n_unique(),
        since=pl.lit(since, pl.Date),
        until=pl.lit(since, pl.Date),
    )
    games = pl.DataFrame({"game_date": [DAY], "home_team": ["BOS"], "away_team": ["NYK"]})
    return Known(players, games, teams)


def _quotes(*names: str, ids: tuple[str | None, ...] = (), **columns: object) -> pl.DataFrame:
    told = [*ids, *[None] * (len(names) - len(ids))]
    return pl.DataFrame(
        {"player_name": list(names), "name_key": list(names), "player_id": told},
        schema_overrides={"player_id": pl.String},
    ).with_columns(
        source=pl.lit("some"),
        season=pl.lit("2024-25"),
        game_id=pl.lit(GAME),
        game_date=pl.lit(DAY),
        _has_id=pl.lit(value=False),
        **{name: pl.lit(value) for name, value in columns.items()},
    )


def _of(items: pl.DataFrame, kind: str) -> list[tuple[str, bool, bool]]:
    mine = items.filter(kind=kind).sort("item")
    return list(mine.select("item", "is_checked", "is_bad").iter_rows())


def test_a_name_counts_where_both_teams_are_known() -> None:
    rows = _quotes("al stone", "no body", ids=("BOS0",))
    good, bad = ("al stone", True, False), ("no body", True, True)
    assert _of(rows_items("prop_quotes", rows, _known()), "players") == [good, bad]
    for known in (_known(home=7), _known(away=7), _known(away=0)):
        found = _of(rows_items("prop_quotes", rows, known), "players")
        assert found == [("al stone", False, False), ("no body", False, False)]


@pytest.mark.parametrize(
    ("day", "is_checked"), [(1, True), (5, True), (9, True), (10, False), (31, False)]
)
def test_a_team_is_known_for_some_days_around_the_games_that_show_it(
    day: int, is_checked: bool
) -> None:
    known = _known(since=date(2024, 11, day) if day < 31 else date(2024, 10, day))
    found = _of(rows_items("prop_quotes", _quotes("no body"), known), "players")
    assert found == [("no body", is_checked, is_checked)]


def test_a_player_stands_at_a_team_where_somebody_saw_him() -> None:
    rows = _quotes("al stone", "elsewhere", ids=("BOS0", "LAL7"))
    assert _of(rows_items("prop_quotes", rows, _known()), "places") == [
        (f"BOS0 at {GAME}", True, False),
        (f"LAL7 at {GAME}", True, True),
    ]


@pytest.mark.parametrize(
    ("name", "player_id", "is_checked", "is_bad"),
    [
        ("al stone", "BOS0", True, False),
        # Part of a name may change.
        ("al newname", "BOS0", True, False),
        ("zed nobody", "BOS0", True, True),
        # Somebody known, by an id of another making.
        ("al stone", "BOS0.0", True, True),
        ("zed nobody", "999", False, False),
    ],
)
def test_an_id_belongs_to_its_name(
    name: str, player_id: str, is_checked: bool, is_bad: bool
) -> None:
    rows = _quotes(name, ids=(player_id,)).with_columns(_has_id=pl.lit(value=True))
    items = rows_items("player_boxes", rows, _known())
    assert _of(items, "ids") == [(f"{player_id} {name}", is_checked, is_bad)]
    assert _of(items, "players") == []


def test_one_id_for_everybody_is_bad_for_each_of_them() -> None:
    rows = _quotes(*NAMES, ids=("BOS0",) * len(NAMES)).with_columns(_has_id=pl.lit(value=True))
    bad = [is_bad for *_, is_bad in _of(rows_items("player_boxes", rows, _known()), "ids")]
    shared = sum(bool({"al", "stone"} & set(name.split())) for name in NAMES)
    assert (len(bad), sum(bad)) == (len(NAMES), len(NAMES) - shared)


def test_a_few_rows_without_an_id_stand_among_the_others_of_their_source() -> None:
    told = _quotes(*NAMES[:8], ids=tuple(f"BOS{n}" for n in range(8)))
    rows = pl.concat([told.with_columns(_has_id=pl.lit(value=True)), _quotes("no body")])
    found = _of(rows_items("player_boxes", rows, _known()), "players")
    assert (len(found), sum(is_bad for *_, is_bad in found)) == (9, 1)


def test_a_stale_row_counts_for_its_player_only_and_a_deleted_one_for_nothing() -> None:
    stale = rows_items("prop_quotes", _quotes("no body", is_stale=True), _known())
    assert stale["kind"].to_list() == ["players"]
    deleted = rows_items("prop_quotes", _quotes("no body", is_deleted=True), _known())
    assert deleted.is_empty()


@pytest.mark.parametrize(
    ("game", "is_checked", "is_bad"),
    [
        (GAME, True, False),
        # Sides are turned at neutral places.
        ("20241105_BOS_NYK", True, False),
        ("20241105_LAL_BOS", True, True),
        ("20241105_NYK_LAL", True, True),
        ("20241105_LAL_GSW", False, False),
    ],
)
def test_a_game_contradicts_another_of_its_teams_that_day(
    game: str, is_checked: bool, is_bad: bool
) -> None:
    rows = _quotes("al stone").with_columns(game_id=pl.lit(game))
    assert _of(rows_items("game_lines", rows, _known()), "games") == [(game, is_checked, is_bad)]


def test_a_roster_is_laid_beside_the_teams_that_games_show() -> None:
    rows = _quotes("al stone", "bo stone", "new face", ids=("BOS0", "BOS1", "N1")).drop(
        "game_id", "game_date", "_has_id", "name_key"
    )
    roster = rows.with_columns(team=pl.Series(["BOS", "NYK", "BOS"]))
    assert _of(rows_items("rosters", roster, _known()), "places") == [
        ("BOS0 at BOS", True, False),
        ("BOS1 at NYK", True, True),
        ("N1 at BOS", False, False),
    ]


def test_what_several_loads_say_of_one_item_is_weighed_by_rows() -> None:
    def item(rows: int, *, is_bad: bool) -> pl.DataFrame:
        values = {
            "source": "some", "table": "prop_quotes", "season": "2024-25", "kind": "players",
            "item": "al", "what": "al", "rows": rows, "is_checked": True, "is_bad": is_bad,
        }  # fmt: skip
        return pl.DataFrame([values], schema=ITEMS)

    few = merged([item(3, is_bad=False), item(1, is_bad=True)])
    assert few.select("rows", "is_bad").rows() == [(4, False)]
    most = merged([item(1, is_bad=False), item(3, is_bad=True)])
    assert most.select("rows", "is_bad").rows() == [(4, True)]
