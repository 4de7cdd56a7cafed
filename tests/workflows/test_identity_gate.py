"""What a load names is laid beside what is known: too much that is unknown, and it stops."""

import json
import shutil
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from scipy.stats import binom
from tests.sources.hand_clock import QUICK, HandClock
from tests.sources.toy_provider import PROVIDER, games
from tests.sources.weather import Asked, Reply, ok, weather
from tests.workflows.faulty_lines import BOXES, LINES, SPELLINGS
from tests.workflows.league_files import box_log, daily_lines
from typer.testing import CliRunner

from tipoff.cli.app import app
from tipoff.errors import InputError
from tipoff.sources.game_rows import NO_TEAM
from tipoff.sources.league import League
from tipoff.sources.reconcile import refused_items
from tipoff.sources.refusals import Named
from tipoff.store.lake import Lake, append, open_lake, read, table_hash
from tipoff.tables.raw import GAMES, PLAYER_BOXES, PROP_QUOTES, RAW_TABLES, ROSTERS
from tipoff.tables.table import UTC_MOMENT
from tipoff.workflows.fetch import fetch
from tipoff.workflows.fetch_order import Order
from tipoff.workflows.identity_limits import (
    CHANCE,
    LIMITS,
    is_beyond_chance,
    limits_of,
    verdicts,
)
from tipoff.workflows.identity_stored import rates
from tipoff.workflows.ingest import ingest_files
from tipoff.workflows.parse_answers import parse

_UNTIL = pl.col("game_date") < pl.date(2021, 12, 1)


_LIST = """
[[file]]
match = "*_list.csv"
table = "availability"
source = "own_list"
[file.columns]
game_date = "day"
home = "home"
away = "away"
team = "team"
player_name = "who"
status = "state"
"""


@pytest.fixture(scope="module")
def boxes(league: League) -> pl.DataFrame:
    """A few weeks of box scores, as the NBA writes them."""
    return box_log(league.frames["player_boxes"].filter(_UNTIL))


@pytest.fixture(scope="module")
def lines(league: League) -> pl.DataFrame:
    """The same weeks' lines, by name."""
    return daily_lines(league.frames["prop_quotes"].filter(_UNTIL))


@pytest.fixture(scope="module")
def known(boxes: pl.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake that knows the players and games; not to be written to."""
    folder = tmp_path_factory.mktemp("known")
    boxes.write_csv(folder / "boxes.csv")
    ingest_files(open_lake(str(folder / "lake")), [folder / "boxes.csv"])
    return folder / "lake"


@pytest.fixture
def lake(known: Path, tmp_path: Path) -> Lake:
    """A copy to write to."""
    shutil.copytree(known, tmp_path / "lake")
    return open_lake(str(tmp_path / "lake"))


def _hashes(lake: Lake) -> dict[str, str]:
    return {table.name: table_hash(lake, table) for table in RAW_TABLES.values()}


def _stopped(report: Mapping[str, Any]) -> set[str]:
    return {entry["kind"] for entry in report["identity"]["stopped"]}


@pytest.mark.parametrize("fault", LINES)
def test_lines_of_others_are_stopped_and_others_go_on(
    lake: Lake, lines: pl.DataFrame, tmp_path: Path, fault: str
) -> None:
    spoilt, kind = LINES[fault]
    half = lines.height // 2
    spoilt(lines).write_parquet(tmp_path / "a spoilt.parquet")
    before = _hashes(lake)
    report = ingest_files(lake, [tmp_path / "a spoilt.parquet"])
    assert kind in _stopped(report)
    assert _hashes(lake) == before
    (entry, *_) = [e for e in report["identity"]["stopped"] if e["kind"] == kind]
    assert entry["rate"] > entry["limit"]
    assert entry["list"]
    assert all(row["what"] and row["rows"] for row in entry["list"])
    assert "Nothing of it was stored" in report["files"][0]["reason"]
    # The same command takes what is sound, and the stopped file is looked at again next time.
    lines.head(half).write_parquet(tmp_path / "b sound.parquet")
    both = ingest_files(lake, [tmp_path / "a spoilt.parquet", tmp_path / "b sound.parquet"])
    assert [file["is_stopped"] for file in both["files"]] == [True, False]
    assert both["files"][1]["rows"] > 0


@pytest.mark.parametrize("fault", BOXES)
def test_box_scores_that_contradict_what_is_known_are_stopped(
    lake: Lake, boxes: pl.DataFrame, tmp_path: Path, fault: str
) -> None:
    spoilt, kind = BOXES[fault]
    spoilt(boxes).write_csv(tmp_path / "spoilt.csv")
    before = _hashes(lake)
    report = ingest_files(lake, [tmp_path / "spoilt.csv"])
    assert kind in _stopped(report)
    assert _hashes(lake) == before


@pytest.mark.parametrize("fault", BOXES)
def test_within_one_command_a_file_is_judged_by_those_before_it(
    boxes: pl.DataFrame, tmp_path: Path, fault: str
) -> None:
    boxes.write_csv(tmp_path / "a.csv")
    BOXES[fault][0](boxes).write_csv(tmp_path / "b.csv")
    lake = open_lake(str(tmp_path / "lake"))
    report = ingest_files(lake, [tmp_path / "a.csv", tmp_path / "b.csv"])
    assert [file["is_stopped"] for file in report["files"]] == [False, True]
    first = {c["kind"]: c["verdict"] for c in report["identity"]["checks"]}
    assert first["ids"] == "unchecked"


@pytest.mark.parametrize("fault", BOXES)
def test_what_was_stopped_is_not_known_to_the_loads_after_it(
    lake: Lake, boxes: pl.DataFrame, tmp_path: Path, fault: str
) -> None:
    """The same once more, in another order of rows: it would agree with itself."""
    spoilt = BOXES[fault][0](boxes)
    spoilt.write_csv(tmp_path / "a.csv")
    spoilt.reverse().write_csv(tmp_path / "b.csv")
    report = ingest_files(lake, [tmp_path / "a.csv", tmp_path / "b.csv"])
    assert [file["is_stopped"] for file in report["files"]] == [True, True]


def test_refused_rows_are_counted_among_all_of_a_command(
    lake: Lake, lines: pl.DataFrame, tmp_path: Path
) -> None:
    halves = (lines.head(100), lines.slice(100, 100))
    for name, half in zip("ab", halves, strict=True):
        club = pl.when(pl.int_range(pl.len()) == 0).then(pl.lit("fc basel")).otherwise("home")
        half.with_columns(home=club).write_parquet(tmp_path / f"{name}.parquet")
    report = ingest_files(lake, [tmp_path / "a.parquet", tmp_path / "b.parquet"])
    (teams,) = [c for c in report["identity"]["checks"] if c["kind"] == "teams"]
    assert (teams["bad"], teams["n"]) == (2, 200)


def test_days_known_do_not_judge_the_rest_of_a_season(boxes: pl.DataFrame, tmp_path: Path) -> None:
    days = pl.col("GAME_DATE").str.to_date()
    early = days <= days.min() + pl.duration(days=3)
    boxes.filter(early).write_csv(tmp_path / "early.csv")
    boxes.write_csv(tmp_path / "all.csv")
    lake = open_lake(str(tmp_path / "lake"))
    for name in ("early.csv", "all.csv"):
        report = ingest_files(lake, [tmp_path / name])
        assert not report["identity"]["stopped"]
        assert not report["identity"]["stored"]


def test_stored_box_scores_are_judged_by_what_others_say(
    lake: Lake, boxes: pl.DataFrame, league: League
) -> None:
    """A fault that came in before the gate: what a source says is no witness for itself."""
    good = league.frames["player_boxes"].filter(_UNTIL).sort("game_id", "name_key")
    shifted = good.with_columns(pl.col("player_name", "name_key").shift(1).over("game_id"))
    once = shifted.drop_nulls("name_key").unique(["game_id", "team", "name_key"])
    append(lake, PLAYER_BOXES, once.with_columns(source=pl.lit("other")))
    above = rates(lake, LIMITS)["above"]
    assert {("other", "ids")} <= {(entry["source"], entry["kind"]) for entry in above}


def _refused(number: int, rows: int) -> pl.DataFrame:
    named: dict[Named, int] = {(None, (f"A{n}", f"B{n}")): rows for n in range(number)}
    return refused_items("some", "prop_quotes", {NO_TEAM: named})


@pytest.mark.parametrize(
    ("number", "rows", "kept", "stops"),
    [
        # Ten pairings, 5 % of the rows and just more.
        (10, 10, 1_900, False),
        (10, 10, 1_899, True),
        # Nine in the lesser part of the rows are a lump; five in the greater part are not.
        (9, 10, 200, False),
        (5, 10, 50, True),
        (4, 10, 0, False),
    ],
)
def test_refused_rows_stop_a_load_by_their_share_and_by_what_they_name(
    number: int, rows: int, kept: int, stops: bool
) -> None:
    found = verdicts(_refused(number, rows), {("some", "prop_quotes"): kept}, LIMITS)
    assert [v["verdict"] for v in found] == ["stopped" if stops else "passed"]
    assert (found[0]["bad"], found[0]["n"]) == (number * rows, number * rows + kept)


def test_a_list_of_others_is_stopped_and_one_of_a_few_unknown_is_not(
    lake: Lake, league: League, tmp_path: Path
) -> None:
    (tmp_path / "list.toml").write_text(_LIST)
    out = league.frames["availability"].filter(_UNTIL).unique(["game_id", "name_key"])
    listed = out.sort("game_id", "name_key").select(
        day=pl.col("game_date").cast(pl.String),
        home=pl.col("game_id").str.slice(13, 3),
        away=pl.col("game_id").str.slice(9, 3),
        team="team",
        who="player_name",
        state="status",
    )
    for name, rows in (
        ("others", listed.with_columns(pl.col("who").str.reverse())),
        ("sound", listed),
    ):
        rows.write_csv(tmp_path / f"{name}_list.csv")
        path = tmp_path / f"{name}_list.csv"
        report = ingest_files(lake, [path], mapping=tmp_path / "list.toml")
        assert report["files"][0]["is_stopped"] == (name == "others"), report["files"]
        assert _stopped(report) == ({"listed"} if name == "others" else set())


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_other_spellings_of_names_are_no_fault(
    lake: Lake, lines: pl.DataFrame, tmp_path: Path, spelling: str
) -> None:
    SPELLINGS[spelling](lines).write_parquet(tmp_path / "lines.parquet")
    report = ingest_files(lake, [tmp_path / "lines.parquet"])
    assert not report["identity"]["stopped"]
    quotes = read(lake, PROP_QUOTES)
    assert quotes["player_id"].count() > 0.9 * quotes.height


def test_many_small_files_are_judged_together(
    lake: Lake, lines: pl.DataFrame, tmp_path: Path
) -> None:
    """Each holds two unknown names of nine, which may be chance; all of them together are not."""
    names = lines["player"].unique().sort().to_list()
    for number in range(9):
        mine = lines.filter(pl.col("player").is_in(names[number * 9 : number * 9 + 9]))
        first = pl.col("player").is_in(names[number * 9 : number * 9 + 2])
        other = pl.when(first).then(pl.col("player").str.reverse())
        part = mine.with_columns(player=other.otherwise("player"))
        part.write_parquet(tmp_path / f"{number}.parquet")
    report = ingest_files(lake, [tmp_path / f"{number}.parquet" for number in range(9)])
    stopped = [file["is_stopped"] for file in report["files"]]
    assert not stopped[0]
    assert stopped[-1]
    assert "with all that came before" in report["identity"]["stopped"][-1]["sentence"]
    # Asking again does not open the gate: what is stored counts with it.
    again = ingest_files(lake, [tmp_path / f"{number}.parquet" for number in range(9)])
    assert [file["is_stopped"] for file in again["files"]] == stopped
    # Nor does it close it to a sound file.
    lines.head(50).write_parquet(tmp_path / "sound.parquet")
    (sound,) = ingest_files(lake, [tmp_path / "sound.parquet"])["files"]
    assert not sound["is_stopped"]


def test_an_unknown_rookie_among_few_names_is_no_fault(
    lake: Lake, lines: pl.DataFrame, tmp_path: Path
) -> None:
    few = lines.filter(pl.col("player").is_in(lines["player"].unique().sort().head(3).implode()))
    first = few["player"].sort()[0]
    rookie = pl.when(pl.col("player") == first).then(pl.lit("new rookie")).otherwise("player")
    few.with_columns(player=rookie).write_parquet(tmp_path / "few.parquet")
    report = ingest_files(lake, [tmp_path / "few.parquet"])
    assert not report["identity"]["stopped"]
    assert [n["name"] for n in report["unmatched"]] == ["new rookie"]


def test_what_nobody_can_know_yet_is_stored_and_judged_later(
    boxes: pl.DataFrame, lines: pl.DataFrame, tmp_path: Path
) -> None:
    spoilt = LINES["other league"][0](lines)
    spoilt.write_parquet(tmp_path / "lines.parquet")
    boxes.write_csv(tmp_path / "boxes.csv")
    lake = open_lake(str(tmp_path / "lake"))
    first = ingest_files(lake, [tmp_path / "lines.parquet"])
    assert first["files"][0]["rows"] > 0
    assert first["identity"]["unchecked"] > 0
    assert not first["identity"]["stopped"]
    then = ingest_files(lake, [tmp_path / "boxes.csv"])
    (judged,) = then["identity"]["stored"]
    assert (judged["kind"], judged["table"]) == ("players", "prop_quotes")
    assert judged["list"]


def test_a_roster_makes_those_known_who_have_not_played_yet(
    lake: Lake, lines: pl.DataFrame, tmp_path: Path
) -> None:
    """A stopped file passes once rosters name its players, with nothing else changed."""
    strangers = LINES["other league"][0](lines)
    strangers.write_parquet(tmp_path / "lines.parquet")
    assert _stopped(ingest_files(lake, [tmp_path / "lines.parquet"])) == {"players"}
    sides = strangers.unpivot(["home", "away"], index="player", value_name="team")
    his = sides.group_by("player").agg(pl.col("team").mode().sort().first())
    rosters = his.sort("player").select(
        season=pl.lit("2021-22"),
        team="team",
        player_id=pl.concat_str(pl.lit("R"), pl.int_range(pl.len()).cast(pl.String)),
        player_name="player",
        position=pl.lit(None, pl.String),
        birth_date=pl.lit(None, pl.Date),
        source=pl.lit("some_roster"),
        observed_at=pl.lit(datetime(2021, 10, 1, tzinfo=UTC)).cast(UTC_MOMENT),
        observed_basis=pl.lit("recorded"),
        is_deleted=pl.lit(value=False),
        row_hash=pl.lit(0, pl.Int64),
    )
    append(lake, ROSTERS, rosters)
    report = ingest_files(lake, [tmp_path / "lines.parquet"])
    assert not report["identity"]["stopped"]
    assert read(lake, PROP_QUOTES)["player_id"].str.starts_with("R").all()


def test_the_rates_of_what_is_stored_are_shown(
    lake: Lake, lines: pl.DataFrame, tmp_path: Path
) -> None:
    LINES["other league"][0](lines).write_parquet(tmp_path / "lines.parquet")
    ingest_files(lake, [tmp_path / "lines.parquet"], limits=limits_of(["1"]))
    command = ["identity", "rates", "--lake", lake.url, "--json"]
    told = CliRunner().invoke(app, command)
    assert told.exit_code == 3
    (above,) = json.loads(told.stdout)["above"]
    assert (above["source"], above["kind"]) == ("daily_book", "players")
    opened = CliRunner().invoke(app, [*command, "--max-unmatched", "1"])
    assert opened.exit_code == 0
    assert json.loads(opened.stdout)["above"] == []
    assert CliRunner().invoke(app, [*command, "--season", "2021-22"]).exit_code == 3
    assert CliRunner().invoke(app, [*command, "--season", "2019-20"]).exit_code == 0
    assert CliRunner().invoke(app, [*command, "--season", "next"]).exit_code == 2
    table = CliRunner().invoke(app, command[:-1])
    assert "names are nobody's" in table.stdout


def test_a_limit_may_be_raised_for_one_kind(
    lake: Lake, lines: pl.DataFrame, tmp_path: Path
) -> None:
    LINES["other league"][0](lines).write_parquet(tmp_path / "lines.parquet")
    limits = limits_of(["players=1"])
    assert {**limits, "players": LIMITS["players"]} == LIMITS
    report = ingest_files(lake, [tmp_path / "lines.parquet"], limits=limits)
    assert report["files"][0]["rows"] > 0
    (names,) = [c for c in report["identity"]["checks"] if c["kind"] == "players"]
    assert names["bad"] > 0.9 * names["n"]


@pytest.mark.parametrize("text", ["", "x", "1.5", "-0.1", "nan", "names=0.1", "players="])
def test_an_odd_limit_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="Expected --max-unmatched as a share"):
        limits_of([text])


def test_a_source_at_its_limit_is_seldom_stopped() -> None:
    """By chance, at each size of load, as often as stated at most."""
    for n in (1, 2, 5, 20, 100, 500):
        for limit in LIMITS.values():
            stops = [bad for bad in range(n + 1) if is_beyond_chance(bad, n, limit)]
            assert sum(binom.pmf(stops, n, limit)) < CHANCE
            assert is_beyond_chance(n, n, limit) == (limit**n < CHANCE)


def test_the_command_lists_them_and_leaves_with_three(
    lake: Lake, lines: pl.DataFrame, tmp_path: Path
) -> None:
    path = tmp_path / "lines.parquet"
    LINES["other league"][0](lines).write_parquet(path)
    command = ["ingest", "files", str(path), "--lake", lake.url]
    told = CliRunner().invoke(app, command)
    assert told.exit_code == 3
    assert "names are nobody's" in told.stdout
    assert "nothing of them was stored" in told.stderr
    as_json = CliRunner().invoke(app, [*command, "--json"])
    assert as_json.exit_code == 3
    assert json.loads(as_json.stdout)["identity"]["stopped"][0]["kind"] == "players"
    raised = CliRunner().invoke(app, [*command, "--max-unmatched", "players=1"])
    assert raised.exit_code == 0, raised.stderr
    assert CliRunner().invoke(app, [*command, "--max-unmatched", "2"]).exit_code == 2


def test_a_stopped_answer_is_kept_and_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOY_KEY", "k3y")
    monkeypatch.setenv("NO_PROXY", "*")
    lake = open_lake(str(tmp_path / "lake"))
    sound = ("NYK@BOS", "MIN@LAL", "DEN@PHX", "MIA@CHI", "ATL@DET")
    crossed = ("BOS@LAL", "MIN@PHX", "DEN@CHI", "MIA@DET", "ATL@NYK")

    def script(asked: Asked, _: int) -> Reply:
        return ok(games("2024-11-01", *(sound if asked.path.endswith("sound") else crossed)))

    with weather(script) as server:
        monkeypatch.setenv("TIPOFF_TOY_URL", server.address)
        for day in ("sound", "crossed"):
            order = Order(PROVIDER, "schedule", {"day": [day]}, concurrency=1)
            fetch(lake, order, manners=replace(QUICK), clock=HandClock().clock)
            report = parse(lake, {"toy": PROVIDER})
    assert _stopped(report) == {"games"}
    assert report["endpoints"][0]["stopped"] == 1
    assert read(lake, GAMES).height == 5
    # The gate stays closed until somebody acts; nothing is asked of the provider again.
    assert _stopped(parse(lake, {"toy": PROVIDER})) == {"games"}
    opened = parse(lake, {"toy": PROVIDER}, limits=limits_of(["games=1"]))
    assert opened["endpoints"][0]["read"] == 1
    assert read(lake, GAMES).height == 10
