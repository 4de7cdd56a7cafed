"""A player's page says what his box scores, quotes, predictions and grades say."""

from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest
from tests.web.pages.showing import shown
from tests.workflows.published_world import DAY, NEXT, grade, lake_of, no_pick, prediction

from tipoff.domain.market import market_named
from tipoff.errors import InputError
from tipoff.store.lake import Lake, open_lake, read, scan
from tipoff.tables.raw import GAMES, PLAYER_BOXES, PROP_QUOTES
from tipoff.web.site.pages.players import PAGE
from tipoff.workflows.players import book_lines, named, names_of, pick_rates, predictions_of
from tipoff.workflows.world import told_games

SEASON = "2022-23"


@pytest.fixture(scope="module")
def played(raw_lake: Lake) -> pl.DataFrame:
    boxes, games = (read(raw_lake, t, seasons=[SEASON]) for t in (PLAYER_BOXES, GAMES))
    told = told_games(boxes, games).filter(pl.col("superseded_at").is_null())
    return told.filter(pl.col("seconds_played") > 0).sort("game_date")


@pytest.fixture(scope="module")
def player(raw_lake: Lake, played: pl.DataFrame) -> str:
    """Whom books quote most."""
    quotes = scan(raw_lake, PROP_QUOTES).filter(pl.col("season") == SEASON)
    return str(quotes.collect()["player_id"].drop_nulls().mode().sort()[0])


def test_players_are_listed_with_what_they_average(raw_lake: Lake, played: pl.DataFrame) -> None:
    rows = shown(PAGE, raw_lake)["players"].frame
    assert rows["player_id"].n_unique() == rows.height == played["player_id"].n_unique()
    first = rows.row(0, named=True)
    own = played.filter(player_id=first["player_id"])
    assert first["games"] == own.height
    assert first["points"] == pytest.approx(own["points"].mean())
    assert first["minutes"] == pytest.approx(own["seconds_played"].mean() / 60)  # type: ignore[operator]


def test_a_player_is_found_by_a_part_of_his_name(raw_lake: Lake) -> None:
    everybody = shown(PAGE, raw_lake)["players"].frame
    who = everybody.row(5, named=True)
    last = who["player_name"].split()[-1].upper()
    found = named(everybody, last)
    assert who["player_id"] in found["player_id"].to_list()
    assert found.height < everybody.height
    # A slip of the pen finds who is meant.
    wrong = who["player_name"][:-1] + "q"
    assert who["player_id"] in named(everybody, wrong)["player_id"].to_list()
    # Whom a name means alone is shown, whoever was shown before.
    only = shown(PAGE, raw_lake, name=who["player_name"], player=everybody["player_id"][0])
    assert only["player"].frame["player_id"].to_list() == [who["player_id"]]
    assert shown(PAGE, raw_lake, name="xxxxxxxx")["players"].frame.is_empty()


def test_games_stand_beside_what_was_averaged_before(
    raw_lake: Lake, played: pl.DataFrame, player: str
) -> None:
    blocks = shown(PAGE, raw_lake, player=player)
    rows = blocks["games"].frame.sort("game_date").filter(pl.col("minutes") > 0)
    own = played.filter(player_id=player)
    assert rows["points"].to_list() == own["points"].to_list()
    points = own["points"].to_list()
    assert rows["last_5"][0] is None
    assert rows["last_5"][7] == pytest.approx(sum(points[2:7]) / 5)
    assert rows["season_average"][7] == pytest.approx(sum(points[:7]) / 7)
    assert blocks["player"].frame["games"].item() == own.height


def test_lines_are_the_last_before_tip_off(raw_lake: Lake, player: str) -> None:
    lines = book_lines(raw_lake, SEASON, player, market_named("points"))
    quotes = (
        scan(raw_lake, PROP_QUOTES)
        .filter(pl.col("player_id") == player, pl.col("market") == "points")
        .filter(pl.col("season") == SEASON)
        .filter(~pl.any_horizontal("is_alternate", "is_stale", "is_after_tip_off", "is_odd_date"))
        .collect()
    )
    # What a book took back was its line no more.
    withdrawn = pl.col("is_deleted").any().over(PROP_QUOTES.entity)
    quotes = quotes.filter(~withdrawn)
    assert lines.select("game_id", "book").is_unique().all()
    assert lines.height == quotes.select("game_id", "book").n_unique()
    newest = quotes.group_by("game_id", "book").agg(pl.col("observed_at").max())
    both = lines.join(newest, on=["game_id", "book"])
    assert (both["known_at"] == both["observed_at"]).all()
    drawn = shown(PAGE, raw_lake, player=player)["lines"].frame
    assert drawn.filter(pl.col("what") != "result").height == lines.height


def test_names_say_where_they_come_from(raw_lake: Lake, player: str) -> None:
    names = names_of(raw_lake, player)
    assert set(names["table"]) == {"player_boxes", "prop_quotes"}
    boxes = names.filter(table="player_boxes")
    assert (boxes["basis"] == "the name of his box scores").all()


def test_an_unknown_player_is_said(raw_lake: Lake) -> None:
    with pytest.raises(InputError, match="found none"):
        shown(PAGE, raw_lake, player="nobody")


def test_picks_count_as_they_were_last_made(tmp_path: Path) -> None:
    """Early and late slates, a slate that left him out, two dates, a shadow."""
    early = prediction("1", slate=1)
    late = prediction("1", slate=2, prediction=25.0, made_at=early["made_at"] + timedelta(hours=1))
    dropped = prediction("2", slate=1)
    shadow = prediction("1", slate=3, stage="shadow", model_id="b" * 64)
    following = prediction("1", slate=4, day=NEXT)
    aside = no_pick("3", slate=2, made_at=late["made_at"])
    said = [early, late, dropped, shadow, following, aside]
    grades = [grade(early, "loss"), grade(late, "win"), grade(following, "loss")]
    lake = lake_of(tmp_path / "lake", said, grades)

    rows = predictions_of(lake, "2024-25", "1")
    assert rows["slate"].to_list() == [4, 2]
    assert rows["outcome"].to_list() == ["loss", "win"]
    (rate,) = pick_rates(rows)
    assert (rate["n"], rate["rate"], rate["market"]) == (2, 0.5, "points")
    assert predictions_of(lake, "2024-25", "2").is_empty()
    assert pick_rates(predictions_of(lake, "2024-25", "3")) == []

    # Who has no box score yet is shown by what was predicted of him.
    blocks = shown(PAGE, lake, player="1")
    assert blocks["predictions"].frame["game_date"].to_list() == [NEXT, DAY]
    assert blocks["picks"].frame["picks"].to_list() == [2]
    assert blocks["games"].frame.is_empty()


def test_a_lake_without_players_says_what_to_do(tmp_path: Path) -> None:
    block = shown(PAGE, open_lake(str(tmp_path)))["players"]
    assert block.frame.is_empty()
    assert "tipoff ingest files" in block.empty  # type: ignore[attr-defined]
