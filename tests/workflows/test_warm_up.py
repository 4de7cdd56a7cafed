"""The warm-up map on the built-in league: what it finds, what it labels, and what it catches."""

import json
import shutil
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from typer.testing import CliRunner

from tipoff.cli.app import app
from tipoff.domain.market import MARKETS
from tipoff.features.sets import feature_set
from tipoff.features.warm_up import needed, row_warm_up
from tipoff.processors.catalogue import feature_store
from tipoff.store.door import SPINE_ID, history
from tipoff.store.lake import Lake, open_lake, scan
from tipoff.store.lake import replace as replace_rows
from tipoff.store.spine import player_spine, team_spine
from tipoff.tables.raw import GAMES
from tipoff.workflows.backfill import Request, backfill
from tipoff.workflows.dataset import dataset
from tipoff.workflows.ingest import ingest_files
from tipoff.workflows.known_games import stored_games
from tipoff.workflows.quality import quality
from tipoff.workflows.warm_up import Cut, needs_table, warm_up
from tipoff.workflows.warm_up_files import write
from tipoff.workflows.world import load, played_games

POINTS = MARKETS["points"]
SEASON = "2022-23"
# The league's season has 40 games, an NBA season twice as many.
SHORT = Cut(begins=0.4, dates=90, longer=10, least=25)


@pytest.fixture(scope="module")
def whole(raw_lake: Lake, tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """A lake whose last season is built from its first game on; not to be written to."""
    folder = tmp_path_factory.mktemp("whole") / "lake"
    shutil.copytree(raw_lake.url, folder)
    lake = open_lake(str(folder))
    games = scan(lake, GAMES).filter(pl.col("season") == SEASON).collect()["game_date"]
    markets = (POINTS, MARKETS["rebounds"])
    days = (games.min(), games.max())
    backfill(lake, Request(*days, markets=markets), lambda *_: None)  # type: ignore[arg-type]
    return lake


@pytest.fixture(scope="module")
def report(whole: Lake) -> dict[str, Any]:
    return warm_up(whole, feature_set_name="all", cut=SHORT)


def by_name(report: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {row["declared"]: row for row in report["features"]}


def test_what_needs_no_history_settles_from_the_start(report: dict[str, Any]) -> None:
    found = by_name(report)
    for name in ("home_away", "has_vegas_line", "vegas_points_line", "spread_magnitude"):
        assert (found[name]["state"], found[name]["games"]) == ("from the start", 0), name
        assert found[name]["n"] > 1_000
        assert max(found[name]["error"]) == 0
    assert found["games_vs_opponent"]["state"] == "runs on"


def test_windows_settle_within_their_length_and_in_order(report: dict[str, Any]) -> None:
    found = by_name(report)
    games = [found[f"points_avg_{window}"]["games"] for window in ("last_3", "last_5", "last_10")]
    assert games == sorted(games)
    for name, row in found.items():
        if name.endswith("_last_10") and row["state"] == "settles":
            assert 3 <= row["games"] <= 10, name
            assert set(row["error"][10:]) == {0.0}, name
    # Its window is ten games with makes in play-by-play; its name does not say so.
    assert found["self_creation_rate"]["state"] == "settles"
    assert set(found["self_creation_rate"]["error"][10:]) == {0.0}
    assert found["days_rest"]["games"] == found["back_to_back"]["games"] == 1
    season = found["points_avg_season"]
    assert season["games"] is None or season["games"] >= games[-1]


def test_the_map_follows_from_known_games_and_needs(whole: Lake, report: dict[str, Any]) -> None:
    found = by_name(report)["points_std_last_10"]
    cells = [cell for cell in report["map"] if cell["feature"] == "points_std_last_10"]
    played = played_games(whole, [SEASON]).select("game_id", "player_id")
    known = stored_games(whole, [SEASON], POINTS).join(played, on=["game_id", "player_id"])
    inside = known.select((pl.col("known_player_games") < found["games"]).mean()).item()
    n = sum(cell["n"] for cell in cells)
    assert n == known.height
    assert sum(cell["n"] * cell["share"] for cell in cells) / n == pytest.approx(inside)
    assert cells[0]["share"] == 1.0
    assert cells[-1]["share"] < 0.2
    assert cells[0]["off"] > cells[-1]["off"] >= 0
    assert all(cell["low"] <= cell["share"] <= cell["high"] for cell in cells)
    steady = [cell for cell in report["map"] if cell["feature"] == "home_away"]
    assert {(cell["share"], cell["off"], cell["off_by"]) for cell in steady} == {(0.0, 0.0, 0.0)}


def test_known_games_are_those_that_the_door_opens_onto(whole: Lake) -> None:
    """Counted again through the door, table by table."""
    loaded = load(whole, [SEASON], 30, [POINTS])
    days = loaded.games.filter(pl.col("season") == SEASON)["game_date"].unique().sort()
    teams = team_spine(loaded.games, [days[5], days[20], days[len(days) // 2]], 30)
    facts = loaded.world.facts
    spine = player_spine(teams, facts["player_games"], facts["quoted_players"])
    world = loaded.world_of(POINTS)

    def count(table: str, by: Any) -> pl.DataFrame:
        seconds = ["seconds_played"] if table == "player_games" else []
        rows = history(world, spine, table, by=by, columns=seconds, season_only=True)
        rows = rows.filter(pl.col("seconds_played") > 0) if seconds else rows
        return rows.group_by(SPINE_ID).agg(pl.len())

    asked = {
        "known_player_games": ("player_games", ["player_id"]),
        "known_team_games": ("team_games", ["team"]),
        "known_opponent_games": ("team_games", {"opponent": "team"}),
        "known_lined_games": ("lined_games", ["player_id"]),
        "known_player_shots": ("player_zone_games", ["player_id"]),
    }
    key = ["game_id", "player_id"]
    own = spine.select(SPINE_ID, *key).join(stored_games(whole, [SEASON], POINTS), on=key)
    assert own.height == spine.height > 100
    for column, (table, by) in asked.items():
        both = own.join(count(table, by), on=SPINE_ID, how="left").with_columns(
            pl.col("len").fill_null(0)
        )
        if column == "known_player_shots":
            # Beyond its window of ten games with shots it counts games.
            both = both.filter(pl.col("len") < 10)
        short = both["len"] - both[column]
        if column == "known_lined_games":
            # His first game has no row of its own where nobody could list him before it.
            stored = scan(whole, feature_store(POINTS).table).select(*key).collect()
            first = facts["player_games"].filter(season=SEASON).sort("game_date")
            listed = first.unique("player_id", keep="first", maintain_order=True).join(
                stored, on=key, how="semi"
            )
            is_listed = both["player_id"].is_in(listed["player_id"].implode())
            assert (short == 0).filter(is_listed).all()
            assert short.is_in([0, 1]).all()
            assert is_listed.mean() > 0.7  # type: ignore[operator]
        else:
            assert (short == 0).all(), column


def test_a_season_boundary_that_is_ignored_is_caught(whole: Lake, tmp_path: Path) -> None:
    """Planted in stored rows: the season's mean runs on into games of the season before."""
    lake = _run_on(whole, tmp_path)
    found = by_name(warm_up(lake, feature_set_name="v8", cut=SHORT))
    assert found["points_avg_season"]["state"] == "does not settle"
    assert min(found["points_avg_season"]["error"]) > 0.1
    assert found["points_avg_season"]["moved"]
    assert found["points_avg_last_5"]["state"] == "settles"


def _run_on(whole: Lake, tmp_path: Path) -> Lake:
    shutil.copytree(whole.url, tmp_path / "planted")
    lake = open_lake(str(tmp_path / "planted"))
    table = feature_store(POINTS).table
    rows = scan(lake, table).filter(pl.col("season") == SEASON).collect()
    # Another player's level is as far from his own as his last season's may be.
    other = pl.col("points_avg_season").mean().over("player_id")
    levels = rows.select("player_id", _other=other).unique("player_id").sort("player_id")
    turned = levels.with_columns(pl.col("_other").shift(1, fill_value=pl.col("_other").last()))
    planted = rows.join(turned, on="player_id").with_columns(
        points_avg_season=(pl.col("points_avg_season") + pl.col("_other")) / 2
    )
    replace_rows(lake, table, planted.drop("_other"), f"season = '{SEASON}'")
    return lake


def test_another_market_is_mapped_under_its_own_names(whole: Lake, tmp_path: Path) -> None:
    found = warm_up(whole, feature_set_name="v8", market="rebounds", cut=SHORT)
    names = [row["name"] for row in found["features"]]
    assert names[0] == "rebounds_avg_last_5"
    assert {cell["feature"] for cell in found["map"]} <= set(names)
    assert by_name(found)["points_avg_last_5"]["games"] <= 5
    written = write(found, tmp_path / "rebounds")
    assert [Path(path).name for path in written] == ["warm_up.csv", "warm_up.json", "warm_up.svg"]
    assert "rebounds_avg_last_5" in Path(written[2]).read_text()
    assert pl.read_csv(written[0])["market"].unique().to_list() == ["rebounds"]


def test_rows_are_labelled_where_they_are_read(whole: Lake) -> None:
    rows = dataset(whole, [SEASON]).rows
    known = stored_games(whole, [SEASON], POINTS)
    slow = known.with_columns(row_warm_up(feature_set("v12"), POINTS)).select(
        "game_id", "player_id", label="in_warm_up", count="warm_up_features"
    )
    both = rows.join(slow, on=["game_id", "player_id"])
    assert both.height == rows.height
    assert both["in_warm_up"].to_list() == both["label"].to_list()
    assert both["warm_up_features"].to_list() == both["count"].to_list()
    assert 0.1 < both["in_warm_up"].mean() < 0.9  # type: ignore[operator]
    (season,) = quality(whole)["rows"]
    assert season["in_warm_up"] == rows["in_warm_up"].sum()
    played = rows.filter("played")
    assert season["played"]["in_warm_up"] == played["in_warm_up"].sum()
    share = float(played["in_warm_up"].mean())  # type: ignore[arg-type]
    assert season["played"]["warm_up_pct"] == round(100 * share, 1)


def test_a_span_of_dates_is_labelled_as_within_its_season(whole: Lake) -> None:
    rows = dataset(whole, [SEASON]).rows
    start, end = rows["game_date"].unique().sort()[20], rows["game_date"].unique().sort()[24]
    (part,) = quality(whole, start=start, end=end)["rows"]
    inside = rows.filter(pl.col("game_date").is_between(start, end))
    assert part["in_warm_up"] == inside["in_warm_up"].sum()
    mapped = warm_up(whole, dates=(start, end), feature_set_name="v8", cut=SHORT)
    (season,) = mapped["seasons"]
    assert season["n"] == inside.height
    assert mapped["measured_on"] == [SEASON]


def test_the_command_keeps_the_contract(whole: Lake, tmp_path: Path) -> None:
    asked = ["features", "warm-up", "--lake", whole.url, "--feature-set", "v8"]
    shown = CliRunner().invoke(app, [*asked, "--season", SEASON, "--out", str(tmp_path / "map")])
    assert shown.exit_code == 0, shown.output
    assert "points_avg_last_5" in shown.stdout
    assert "played rows are inside the warm-up" in shown.stdout
    document = json.loads((tmp_path / "map" / "warm_up.json").read_text())
    assert {"features", "map", "weeks", "seasons", "measured_on", "tolerance"} <= document.keys()
    table = pl.read_csv(tmp_path / "map" / "warm_up.csv")
    assert table["feature"].to_list() == [f.name for f in feature_set("v8")]
    assert (tmp_path / "map" / "warm_up.svg").read_text().startswith("<svg")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--season", "2010-11"], "found none"),
        (["--season", "tomorrow"], "a season such as"),
        (["--market", "threes"], "--market threes"),
        (["--feature-set", "v99"], "a feature set out of"),
        (["--start-date", "soon"], "--start-date"),
    ],
)
def test_bad_input_is_said_in_a_sentence(whole: Lake, options: list[str], words: str) -> None:
    asked = ["features", "warm-up", "--lake", whole.url, "--json", *options]
    found = CliRunner().invoke(app, asked)
    assert found.exit_code == 2
    assert words in json.loads(found.stdout)["error"]


def test_json_is_one_document(whole: Lake, report: dict[str, Any]) -> None:
    asked = ["features", "warm-up", "--lake", whole.url, "--json", "--feature-set", "v8"]
    found = CliRunner().invoke(app, asked)
    assert found.exit_code == 0
    assert json.loads(found.stdout)["feature_set"] == "v8"
    assert needs_table(report).height == len(report["features"])


REAL_SEASON = "2023-24"
REAL_FILES = (
    "boxscores/nbaapi/player_logs_2022-23.csv.gz",
    "boxscores/nbaapi/player_logs_2023-24.csv.gz",
    "schedules/mxufc29_nbahxschedule_15-25.csv.gz",
    "team/hoopiq_game_logs_2022-23_2025-26.parquet",
)


@pytest.mark.real
def test_what_is_shipped_is_what_a_real_season_shows(
    real_data: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """One season of the five that it was measured on: within two games, or a third."""
    lake = open_lake(str(tmp_path_factory.mktemp("real warm-up") / "lake"))
    ingest_files(lake, [real_data / name for name in REAL_FILES])
    games = scan(lake, GAMES).filter(
        pl.col("season") == REAL_SEASON, pl.col("season_type") == "regular"
    )
    days = games.select("game_date").collect()["game_date"]
    backfill(lake, Request(days.min(), days.max()), lambda *_: None)  # type: ignore[arg-type]
    measured = warm_up(lake, seasons=[REAL_SEASON], feature_set_name="v12_no_lines")
    held = 0
    for row in measured["features"]:
        if not row["n"] or not row["inputs"]:
            continue
        shipped = needed(next(f for f in feature_set("all") if f.name == row["declared"]), POINTS)
        assert shipped is not None
        if row["games"] is None or shipped.games is None:
            # Slow ones may settle just before the end of what a season shows.
            assert (row["games"] or 99) > 20
            assert (shipped.games or 99) > 20
        else:
            assert abs(row["games"] - shipped.games) <= max(2, shipped.games / 3), row["name"]
        held += 1
    assert held > 25
