"""The alias file: what is suggested, refused and applied, and what becomes stale by it."""

import json
import shutil
import tomllib
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from tests.faults.crash_laboratory import LITTLE, SPAN
from typer.testing import CliRunner

import tipoff
from tipoff.cli.app import app
from tipoff.domain.ids import name_key
from tipoff.errors import InputError
from tipoff.processors.catalogue import PROCESSORS
from tipoff.sources.alias_file import Alias, alias_file, own_aliases, read_aliases
from tipoff.sources.format import Parsed
from tipoff.sources.identity import aliases, resolved
from tipoff.sources.league import append_to, generate
from tipoff.sources.named_sources import NAMING_PROVIDERS, named_sources, stating_sources
from tipoff.sources.providers.catalogue import PROVIDERS
from tipoff.store.fingerprint import known_by, summed
from tipoff.store.lake import Lake, append, open_lake, read
from tipoff.tables.raw import NAMED_TABLES, PLAYER_BOXES, PROP_QUOTES
from tipoff.tables.table import UTC_MOMENT
from tipoff.workflows.alias_apply import apply
from tipoff.workflows.alias_check import check, refuse_faults
from tipoff.workflows.alias_rows import unmatched_names
from tipoff.workflows.alias_suggestions import suggestions
from tipoff.workflows.backfill import Request, backfill
from tipoff.workflows.identities import resolve_pending
from tipoff.workflows.ingest import ingest_files
from tipoff.workflows.parse_answers import parse
from tipoff.workflows.parsed_rows import identified, lake_reference, store_parsed

LISTED = "Unheard Of"
LINES, LOG = "odds_api_quotes", "realgm_log"
RUN = CliRunner()
_READERS = {p.name for p in PROCESSORS if any(part.table == PROP_QUOTES.name for part in p.inputs)}


def _renamed(rows: pl.DataFrame, name: str, source: str) -> pl.DataFrame:
    return rows.with_columns(
        player_name=pl.lit(name),
        name_key=pl.lit(name_key(name)),
        source=pl.lit(source),
        player_id=pl.lit(None, pl.String),
    )


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """A small league in which a source lists a player under another name on one date."""
    lake = open_lake(str(tmp_path_factory.mktemp("aliases") / "lake"))
    append_to(lake, generate(LITTLE))
    quotes = read(lake, PROP_QUOTES).filter(pl.col("game_date").is_between(*SPAN))
    middle = quotes["game_date"].unique().sort()[10]
    day = quotes.filter(pl.col("game_date") == middle).sort("player_id")
    his = day.filter(pl.col("player_id") == day["player_id"][0])
    append(lake, PROP_QUOTES, _renamed(his, LISTED, LINES))
    backfill(lake, Request(*SPAN), lambda *_: None)
    return lake


@pytest.fixture
def lake(built: Lake, tmp_path: Path) -> Lake:
    shutil.copytree(built.url, tmp_path / "lake")
    return open_lake(str(tmp_path / "lake"))


def _player(lake: Lake) -> tuple[str, str, date]:
    """Name, id and date of who is listed under another name."""
    quotes = read(lake, PROP_QUOTES)
    listed = quotes.filter(pl.col("player_name") == LISTED)
    day = quotes.filter(
        (pl.col("game_date") == listed["game_date"][0]) & pl.col("player_id").is_not_null()
    ).sort("player_id", "player_name")
    return day["player_name"][0], day["player_id"][0], listed["game_date"][0]


def _stale(lake: Lake, first: date = SPAN[0], last: date = SPAN[1]) -> dict[str, dict[str, int]]:
    """What ``backfill --plan`` would build: counts by processor and reason."""
    plan = backfill(lake, Request(first, last), lambda *_: None, plan_only=True)["plan"]
    counts = {name: {why: n for why, n in by.items() if why != "done"} for name, by in plan.items()}
    return {name: by for name, by in counts.items() if by}


def test_an_alias_that_comes_and_goes_makes_its_dates_stale_and_no_others(lake: Lake) -> None:
    name, player_id, day = _player(lake)
    before = read(lake, PROP_QUOTES).sort(PROP_QUOTES.key)
    assert apply(lake, ())["rows"] == 0
    assert not _stale(lake)

    done = apply(lake, [Alias(LISTED, player=name)])
    listed = before.filter(pl.col("player_name") == LISTED)
    season = listed["season"][0]
    assert done["changed"] == [{"table": "prop_quotes", "season": season, "rows": listed.height}]
    now = read(lake, PROP_QUOTES).sort(PROP_QUOTES.key)
    assert set(now.filter(pl.col("player_name") == LISTED)["player_id"]) == {player_id}
    assert now.drop("player_id").equals(before.drop("player_id"))
    # Quotes are the fifth processor's, of the dates that look back on them.
    assert _stale(lake, day, day)["ml_feature_store"] == {"input changed": 1}
    assert not _stale(lake, SPAN[0], day - timedelta(days=1))
    assert set(_stale(lake)) <= _READERS
    assert apply(lake, [Alias(LISTED, player=name)])["rows"] == 0

    assert apply(lake, ())["rows"] == listed.height
    assert read(lake, PROP_QUOTES).sort(PROP_QUOTES.key).equals(before)
    assert not _stale(lake)


def test_ids_that_a_source_states_are_never_lost(lake: Lake) -> None:
    stated = read(lake, PROP_QUOTES).filter(pl.col("source") == "league")
    name, player_id, _ = _player(lake)
    mine = _renamed(stated.filter(pl.col("player_id") == player_id), "Home Made", "mine")
    append(lake, PROP_QUOTES, mine.with_columns(player_id=pl.lit(player_id)))
    report = apply(lake, ())
    assert report["rows"] == 0
    assert report["kept"] == [{"table": "prop_quotes", "source": "mine", "rows": mine.height}]
    # Where a person says that its files state none, they were found by an alias that is gone.
    assert apply(lake, (), ["mine"])["rows"] == mine.height
    assert apply(lake, [Alias("Home Made", player=name)], ["mine"])["rows"] == mine.height
    with pytest.raises(InputError, match="state theirs"):
        apply(lake, (), ["nba_log"])


def test_box_scores_by_name_do_not_keep_each_other_under_an_alias_that_is_gone(lake: Lake) -> None:
    boxes = read(lake, PLAYER_BOXES).sort("game_id", "player_id")
    name, player_id = boxes["player_name"][0], boxes["player_id"][0]
    own = boxes.filter(pl.col("player_id") == player_id).head(3)
    append(lake, PLAYER_BOXES, _renamed(own, "Boxed Else", LOG).with_columns(
        player_id=pl.lit("name:boxed else")
    ))  # fmt: skip
    assert apply(lake, [Alias("Boxed Else", player_id=player_id)])["rows"] == 3
    other = boxes.filter(pl.col("player_name") != name)["player_id"][0]
    # Another player may be meant after all: the rows that were found so are no hindrance.
    check(lake, [Alias("Boxed Else", player_id=other)])
    assert apply(lake, ())["rows"] == 3
    rows = read(lake, PLAYER_BOXES).filter(pl.col("source") == LOG)
    assert set(rows["player_id"]) == {"name:boxed else"}


def _store_boxes(lake: Lake, boxes: pl.DataFrame) -> list[str | None]:
    """Store box scores of a mapped source as a load does; return the ids that its rows got."""
    parsed = identified([Parsed(PLAYER_BOXES, boxes)], lake_reference(lake))
    store_parsed(lake, parsed, datetime.now(UTC))
    return parsed[0].frame.sort("name_key", "game_id")["player_id"].to_list()


def test_an_alias_that_was_used_is_no_fault_and_one_that_was_changed_says_the_way(
    lake: Lake, tmp_path: Path
) -> None:
    """Rows of a mapped source count as if they stated ids: its names are known players' then."""
    boxes = read(lake, PLAYER_BOXES).sort("game_id", "team", "player_id")
    name, player_id = boxes["player_name"][0], boxes["player_id"][0]
    path = tmp_path / "mine.toml"
    path.write_text(f'[aliases]\n"Boxed Else" = "{name}"\n', "utf-8")
    his = boxes.filter(pl.col("player_id") == player_id).head(2)
    with alias_file(path):
        assert _store_boxes(lake, _renamed(his, "Boxed Else", "mine")) == [player_id] * 2
        refuse_faults(lake)
        assert apply(lake, own_aliases())["rows"] == 0
    other = boxes.filter(pl.col("game_id") != his["game_id"][0], pl.col("player_id") != player_id)
    changed = [Alias("Boxed Else", player_id=other["player_id"][0])]
    with pytest.raises(InputError, match="identity apply --named-source mine"):
        check(lake, changed)
    assert apply(lake, changed, ["mine"])["rows"] == 2
    check(lake, changed)


def test_ids_made_of_a_name_do_not_outlive_their_alias(lake: Lake, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('[aliases]\n"Boxed Else" = "Nobody Known"\n', "utf-8")
    box = _renamed(read(lake, PLAYER_BOXES).head(1), "Boxed Else", "mine")
    with alias_file(path):
        assert _store_boxes(lake, box) == ["name:nobody known"]
    assert apply(lake, ())["rows"] == 1
    rows = read(lake, PLAYER_BOXES).filter(pl.col("source") == "mine")
    assert rows["player_id"].to_list() == ["name:boxed else"]


@pytest.mark.parametrize("target", ["his", "Nobody Known"])
def test_aliases_do_not_make_two_people_of_a_new_box_score_one(
    lake: Lake, tmp_path: Path, target: str
) -> None:
    boxes = read(lake, PLAYER_BOXES).sort("game_id", "team", "player_id")
    name, player_id = boxes["player_name"][0], boxes["player_id"][0]
    path = tmp_path / "mine.toml"
    his = name if target == "his" else target
    path.write_text(f'[aliases]\n"A One" = "{his}"\n"B Two" = "{his}"\n', "utf-8")
    games = boxes.filter(pl.col("player_id") == player_id).unique("game_id", maintain_order=True)
    apart = [_renamed(games[n : n + 1], who, "mine") for n, who in enumerate(("A One", "B Two"))]
    both = [_renamed(games[2:3], who, "mine") for who in ("A One", "B Two")]
    beside = [_renamed(games[3:4], who, "mine") for who in ("A One", his)]
    found = player_id if target == "his" else f"name:{name_key(his)}"
    alone, own = [f"name:{key}" for key in ("a one", "b two")], found
    with alias_file(path):
        ids = _store_boxes(lake, pl.concat([*apart, *both, *beside]))
        order = pl.concat([*apart, *both, *beside]).sort("name_key", "game_id")
        got = dict(zip(order.select("name_key", "game_id").rows(), ids, strict=True))
        wanted = [*zip(apart, [found, found], strict=True), *zip(both, alone, strict=True)]
        wanted += zip(beside, [alone[0], own], strict=True)
        for row, expected in wanted:
            assert got[row["name_key"][0], row["game_id"][0]] == expected
        before = read(lake, PLAYER_BOXES).sort(PLAYER_BOXES.key)
        resolve_pending(lake, lake_reference(lake).players)
        assert read(lake, PLAYER_BOXES).sort(PLAYER_BOXES.key).equals(before)
        with pytest.raises(InputError, match="box score of the same game"):
            refuse_faults(lake)


def test_an_alias_of_one_source_opens_its_stored_rows(lake: Lake, tmp_path: Path) -> None:
    name, player_id, _ = _player(lake)
    path = tmp_path / "mine.toml"
    for source in ("another", LINES):
        path.write_text(
            f'[[alias]]\nname = "{LISTED}"\nplayer = "{name}"\nsource = "{source}"\n', "utf-8"
        )
        with alias_file(path):
            changed = resolve_pending(lake, lake_reference(lake).players)
        rows = read(lake, PROP_QUOTES).filter(pl.col("player_name") == LISTED)
        assert changed == (rows.height if source == LINES else 0)
    assert set(rows["player_id"]) == {player_id}


def test_names_are_listed_with_their_evidence_and_suggestions_decide_nothing(lake: Lake) -> None:
    name, player_id, day = _player(lake)
    # The same quotes, misspelled.
    his = read(lake, PROP_QUOTES).filter(pl.col("player_name") == LISTED)
    append(lake, PROP_QUOTES, _renamed(his, name[:-1] + "x", LINES))
    (listed,) = (n for n in unmatched_names(lake) if n["name"] == LISTED)
    assert listed["rows"] == his.height
    assert (listed["first"], listed["last"], listed["games"]) == (day, day, 1)
    assert {t["team"] for t in listed["teams"]} == {
        his["game_id"][0][9:12],
        his["game_id"][0][13:],
    }
    found = suggestions(lake)
    assert tomllib.loads(found["toml"]) == {}
    (alike,) = (n for n in found["names"] if n["name"] == name[:-1] + "x")
    assert alike["candidates"][0]["player_id"] == player_id
    assert f'# player_id = "{player_id}"' in found["toml"]


def _two_of_a_game(lake: Lake) -> tuple[str, str]:
    box = read(lake, PLAYER_BOXES).sort("game_id", "team", "player_id")
    return box["player_name"][0], box["player_name"][1]


def test_aliases_that_would_be_wrong_are_refused_in_sentences(lake: Lake) -> None:
    one, two = _two_of_a_game(lake)
    boxes = read(lake, PLAYER_BOXES).sort("game_id", "team", "player_id").head(2)
    log = pl.concat(
        [_renamed(boxes[:1], "Rookie Unknown", LOG), boxes[1:].with_columns(source=pl.lit(LOG))]
    )
    append(lake, PLAYER_BOXES, log)
    season = read(lake, PLAYER_BOXES)["season"].max()
    wrong = {
        "no box score or roster": [Alias("X Y", player="Nobody Known")],
        "knows the id": [Alias("X Y", player_id="nobody")],
        "not in 1999-00": [Alias("X Y", player=one, season="1999-00")],
        "itself an alias": [Alias("A B", player="C D"), Alias("C D", player=one)],
        "leads to two players": [Alias("A B", player=one), Alias("a. b", player=two)],
        "the same as compared": [Alias(one.upper(), player=one)],
        "itself the name of a known player": [Alias(one, player=two)],
        # Turned round, and by its letters.
        "found to be a known player": [Alias(" ".join(one.split()[::-1]), player=two)],
        "player .* as it is; leave it out": [Alias(one.replace(" ", "", 1), player=two)],
        # A rookie whom no source with ids knows, listed beside the player in one box score.
        "box score of the same game": [Alias("Rookie Unknown", player=two)],
    }
    for sentence, lines in wrong.items():
        with pytest.raises(InputError, match=sentence):
            check(lake, lines)
        with pytest.raises(InputError, match=sentence):
            apply(lake, lines)
    assert check(lake, [Alias("Rookie Unknown", player=two, source=LINES)])["unused"]
    fine = [Alias("A B", player=one), Alias("A B", player=two, season=str(season))]
    assert len(check(lake, fine)["unused"]) == 2


def test_the_most_precise_alias_counts_and_none_takes_a_name_from_its_bearer() -> None:
    players = pl.DataFrame(
        [("2024-25", "BOS", "1", "jayson tatum"), ("2024-25", "BOS", "2", "sam hauser")],
        ["season", "team", "player_id", "name_key"],
        orient="row",
    )
    rows = pl.DataFrame(
        [
            ("jt", "2024-25", "20250101_NYK_BOS", "a"),
            ("jt", "2024-25", "20250101_NYK_BOS", "b"),
            ("jt", "2023-24", "20240101_NYK_BOS", "a"),
            ("sam hauser", "2024-25", "20250101_NYK_BOS", "a"),
        ],
        ["name_key", "season", "game_id", "source"],
        orient="row",
    ).with_columns(player_id=pl.lit(None, pl.String))

    def ids(*own: Alias) -> list[str | None]:
        return resolved(rows, players, own)["player_id"].to_list()

    everywhere = Alias("J.T.", player="Jayson Tatum")
    assert ids(everywhere) == ["1", "1", "1", "2"]
    assert ids(everywhere, Alias("JT", player_id="2", source="b")) == ["1", "2", "1", "2"]
    assert ids(Alias("JT", player_id="1", season="2023-24")) == [None, None, "1", "2"]
    assert ids(Alias("JT", player_id="1", team="NYK")) == ["1", "1", "1", "2"]
    assert ids(Alias("JT", player_id="1", team="MIA")) == [None, None, None, "2"]
    assert ids(everywhere, Alias("JT", player_id="2")) == [None, None, None, "2"]
    assert ids(Alias("Sam Hauser", player="Jayson Tatum")) == [None, None, None, "2"]


def test_no_alias_takes_a_spelling_from_whom_it_finds() -> None:
    players = pl.DataFrame(
        [
            ("2024-25", "BOS", "1", "jayson tatum"),
            ("2024-25", "SAC", "2", "de aaron fox"),
            ("2024-25", "GSW", "3", "draymond green"),
            ("2024-25", "HOU", "4", "jalen green"),
            ("2024-25", "HOU", "5", "jeff green"),
            ("2015-16", "BOS", "6", "old timer"),
        ],
        ["season", "team", "player_id", "name_key"],
        orient="row",
    )

    def found(name: str, game_id: str, alias: Alias | None = None) -> str | None:
        rows = pl.DataFrame({"name_key": [name], "season": ["2024-25"], "game_id": [game_id]})
        open_ = rows.with_columns(player_id=pl.lit(None, pl.String), source=pl.lit("a"))
        own = () if alias is None else (alias,)
        (player_id,) = resolved(open_, players, own)["player_id"].to_list()
        return None if player_id is None else str(player_id)

    for name, game_id, his in (
        ("deaaron fox", "20250101_SAC_ATL", "2"),
        ("tatum jayson", "20250101_BOS_CHA", "1"),
        ("d green", "20250101_GSW_BOS", "3"),
    ):
        assert found(name, game_id) == his
        for taker in (Alias(name, player_id="4"), Alias(name, player="Jalen Green")):
            assert found(name, game_id, taker) == his
    # Where two fit, or nobody of the season, it counts.
    assert found("j green", "20250101_HOU_BOS") is None
    assert found("j green", "20250101_HOU_BOS", Alias("J Green", player_id="5")) == "5"
    assert found("old timer", "20250101_HOU_BOS") == "6"
    assert found("old timer", "20250101_HOU_BOS", Alias("Old Timer", player_id="5")) == "5"


def test_the_file_in_force_is_read_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TIPOFF_ALIASES", raising=False)
    assert own_aliases() == ()
    Path("aliases.toml").write_text('[aliases]\n"A B" = "Bub Carrington"\n', "utf-8")
    assert own_aliases() == (Alias("A B", player="Bub Carrington"),)
    assert aliases()["a b"] == "carlton carrington"
    Path("aliases.toml").write_text('[aliases]\n"A C" = "Bub Carrington"\n', "utf-8")
    assert [a.name for a in own_aliases()] == ["A C"]
    other = tmp_path / "other.toml"
    other.write_text('[[alias]]\nname = "D"\nplayer_id = "7"\nteam = "BOS"\n', "utf-8")
    monkeypatch.setenv("TIPOFF_ALIASES", str(other))
    assert own_aliases() == (Alias("D", player_id="7", team="BOS"),)
    with alias_file(tmp_path / "aliases.toml"):
        assert [a.name for a in own_aliases()] == ["A C"]
    monkeypatch.setenv("TIPOFF_ALIASES", "")
    assert own_aliases() == ()
    monkeypatch.setenv("TIPOFF_ALIASES", "nowhere.toml")
    with pytest.raises(InputError, match=r"nowhere\.toml that TIPOFF_ALIASES names"):
        own_aliases()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("x = ", "Expected TOML"),
        ("[players]", "got players"),
        ('alias = ["x"]', "with a name"),
        ('[[alias]]\nplayer = "A B"', "name with letters"),
        ('[[alias]]\nname = "A"', "one of both"),
        ('[[alias]]\nname = "A"\nplayer = "B"\nplayer_id = "1"', "one of both"),
        ('[[alias]]\nname = "A"\nplayer_id = 1', "text for player_id"),
        ('[[alias]]\nname = "A"\nplayer_id = ""', "text for player_id"),
        ('[[alias]]\nname = "A"\nplayer = "B"\nteam = "Nets"', "tri-code"),
        ('[[alias]]\nname = "A"\nplayer = "B"\nseason = "2024"', "2024-25"),
        ('[[alias]]\nname = "A"\nplayer = "B"\nseason = "2024-26"', "2024-26"),
        ('[[alias]]\nname = "A"\nplayer = "B"\nseason = "2024-25 x"', "2024-25 x"),
        ('[[alias]]\nname = "A"\nplayer = "B"\nwhy = "x"', r"\['why'\]"),
    ],
)
def test_a_file_that_is_no_alias_file_costs_a_sentence(
    text: str, sentence: str, tmp_path: Path
) -> None:
    path = tmp_path / "aliases.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(InputError, match=sentence):
        read_aliases(path)


def test_parsers_of_naming_providers_read_no_ids() -> None:
    folder = Path(tipoff.__file__).parent / "sources"
    modules = [
        folder / "answer_rows.py",
        folder / "bigdataball.py",
        folder / "named_logs.py",
        folder / "providers" / "nba" / "injury_report.py",
        *(folder / "providers").glob("*.py"),
    ]
    assert {m.stem for m in modules} >= set(NAMING_PROVIDERS)
    for module in modules:
        text = module.read_text("utf-8").replace("player_id=pl.lit(None, pl.String)", "")
        assert "player_id" not in text, module.name
    for table in (table.name for table in NAMED_TABLES):
        assert not named_sources(table) & stating_sources(table)


def _call(*arguments: object) -> tuple[int, dict[str, Any]]:
    result = RUN.invoke(app, [*map(str, arguments), "--json"])
    (line,) = result.stdout.strip().splitlines()
    return result.exit_code, json.loads(line)


def test_the_commands_keep_the_contract(
    lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TIPOFF_ALIASES", "")
    name, *_ = _player(lake)
    at = ("--lake", lake.url)
    code, report = _call("identity", "unmatched", *at)
    assert (code, report["names"][0]["name"]) == (0, LISTED)
    out = tmp_path / "suggested.toml"
    assert _call("identity", "suggest", "--out", out, *at)[0] == 0
    assert read_aliases(out) == ()
    assert _call("identity", "suggest", "--out", out, *at)[0] == 2
    file = tmp_path / "own.toml"
    file.write_text(f'[aliases]\n"{LISTED}" = "{name}"\n"Not There" = "{name}"\n', "utf-8")
    code, report = _call("identity", "check", file, *at)
    assert (code, report["aliases"], len(report["unused"])) == (0, 2, 1)
    code, report = _call("identity", "apply", "--aliases", file, *at)
    assert (code, report["file"]) == (0, str(file))
    assert report["rows"] > 0
    for command in (("unmatched",), ("suggest",), ("check", file), ("apply",)):
        shown = RUN.invoke(app, ["identity", *map(str, command), *at])
        assert shown.exit_code == 0, shown.output
    one, two = _two_of_a_game(lake)
    file.write_text(f'[aliases]\n"{one}" = "{two}"\n', "utf-8")
    code, report = _call("identity", "apply", "--aliases", file, *at)
    assert (code, report["exit_code"]) == (2, 2)
    assert "same game" in report["error"]
    assert _call("identity", "check", tmp_path / "none.toml", *at)[0] == 2


def test_a_load_refuses_an_alias_file_with_a_fault(
    lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same as ``check``, but that players may be still to come."""
    one, two = _two_of_a_game(lake)
    path = tmp_path / "mine.toml"
    monkeypatch.setenv("TIPOFF_ALIASES", str(path))
    (tmp_path / "some.csv").write_text("a,b\n1,2\n")
    path.write_text(f'[aliases]\n"{one}" = "{two}"\n')
    with pytest.raises(InputError, match="itself the name of a known player"):
        ingest_files(lake, [tmp_path / "some.csv"])
    with pytest.raises(InputError, match="itself the name of a known player"):
        parse(lake, PROVIDERS)
    path.write_text('[aliases]\n"x y" = "Nobody Known"\n')
    assert parse(lake, PROVIDERS)["resolved"] == 0


def test_two_players_who_change_places_make_a_date_stale() -> None:
    """A sum over rows and one over players would not notice."""
    day = date(2025, 1, 1)
    at = datetime(2025, 1, 1, 12, tzinfo=UTC)
    moments = pl.DataFrame({"game_date": [day], "as_of": [at]}).cast({"as_of": UTC_MOMENT})

    def fingerprint(*players: str) -> int:
        rows = pl.DataFrame(
            {
                "game_date": [day, day],
                "observed_at": [at, at],
                "row_hash": [11, 22],
                "player_id": players,
            }
        ).cast({"observed_at": UTC_MOMENT})
        return int(known_by(moments, summed(rows.lazy()).collect(), 30)["hash"][0])

    assert fingerprint("1", "2") == fingerprint("1", "2")
    assert fingerprint("1", "2") != fingerprint("2", "1")
