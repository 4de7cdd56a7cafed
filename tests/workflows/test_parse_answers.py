"""The archive is read without a network: once, again where a parser has changed, never twice."""

import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType

import polars as pl
import pytest
from tests.sources import toy_provider
from tests.sources.hand_clock import QUICK, HandClock
from tests.sources.providers.odds_cases import EVENT, ODDS
from tests.sources.toy_provider import PROVIDER, games
from tests.sources.weather import ERROR_PAGE, Asked, Reply, ok, weather
from typer.testing import CliRunner

from tipoff.cli.app import app
from tipoff.errors import InputError
from tipoff.sources.answer import Provider
from tipoff.sources.providers import catalogue, the_odds_api
from tipoff.store import archive
from tipoff.store.archive import readings
from tipoff.store.fingerprint import _module
from tipoff.store.lake import Lake, open_lake, read, table_hash
from tipoff.tables.raw import GAMES, PROP_QUOTES
from tipoff.workflows.fetch import fetch
from tipoff.workflows.fetch_order import Order
from tipoff.workflows.parse_answers import parse

DAYS = ["2024-11-01", "2024-11-02", "2024-11-03"]
NOW = HandClock().begin


@pytest.fixture
def lake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lake:
    """An archive of three days: a good one, one with a bad row, and an error page."""
    monkeypatch.setenv("TOY_KEY", "k3y")
    monkeypatch.setenv("NO_PROXY", "*")
    opened = open_lake(str(tmp_path / "lake"))

    def script(asked: Asked, _: int) -> Reply:
        day = asked.path.rpartition("/")[2]
        if day == DAYS[2]:
            return Reply(200, ERROR_PAGE)
        document = games(day, "NYK@BOS", "MIN@LAL")
        if day == DAYS[1]:
            document["games"][1] = {"date": day, "guest": "MIN", "home": "LAL"}
        return ok(document)

    with weather(script) as server:
        monkeypatch.setenv("TIPOFF_TOY_URL", server.address)
        order = Order(PROVIDER, "schedule", {"day": DAYS}, concurrency=1)
        fetch(opened, order, manners=replace(QUICK, tries_unrecognised=1), clock=HandClock().clock)
    return opened


@pytest.fixture
def fixed(tmp_path: Path) -> Iterator[Provider]:
    """The toy with a parser that also understands what the other refuses."""
    with _changed(
        tmp_path,
        ('str(found["away"])', 'str(found.get("away", found.get("guest")))'),
        ('found["tip"]', 'found.get("tip", found["date"] + "T23:00:00+00:00")'),
    ) as provider:
        yield provider


@contextmanager
def _changed(tmp_path: Path, *changes: tuple[str, str]) -> Iterator[Provider]:
    """Give the toy out of a module that reads otherwise in some places."""
    source = Path(str(toy_provider.__file__)).read_text()
    for old, new in changes:
        assert old in source
        source = source.replace(old, new)
    path = tmp_path / "fixed_toy.py"
    path.write_text(source)
    spec = importlib.util.spec_from_file_location("fixed_toy", path)
    assert spec is not None
    assert spec.loader is not None
    module: ModuleType = importlib.util.module_from_spec(spec)
    sys.modules["fixed_toy"] = module
    spec.loader.exec_module(module)
    yield module.PROVIDER
    del sys.modules["fixed_toy"]
    _module.cache_clear()


def test_answers_are_read_once_and_counted(lake: Lake) -> None:
    report = parse(lake, {"toy": PROVIDER}, now=NOW)
    (counted,) = report["endpoints"]
    assert (counted["read"], counted["refused"], counted["rows"]) == (2, 1, 3)
    assert counted["rejections"] == {toy_provider.NO_GAME: 1}
    assert report["tables"]["games"]["rows"] == 3
    before = table_hash(lake, GAMES)
    # The games are known now, so what was refused is tried once more; then all is settled.
    assert parse(lake, {"toy": PROVIDER}, now=NOW)["current"] == 1
    again = parse(lake, {"toy": PROVIDER}, now=NOW)
    assert (again["current"], again["endpoints"], again["tables"]) == (3, [], {})
    anew = parse(lake, {"toy": PROVIDER}, again=True, now=NOW)
    assert anew["tables"]["games"]["rows"] == 0
    assert anew["tables"]["games"]["known"] == 3
    assert table_hash(lake, GAMES) == before


def test_a_parser_fix_reads_history_anew_without_the_network(lake: Lake, fixed: Provider) -> None:
    for _ in range(2):
        parse(lake, {"toy": PROVIDER}, now=NOW)
    report = parse(lake, {"toy": fixed}, now=NOW)
    (counted,) = report["endpoints"]
    assert (counted["answers"], counted["rows"], counted["rejected"]) == (3, 4, 0)
    assert report["tables"]["games"]["rows"] == 1
    assert read(lake, GAMES).height == 4
    assert readings(lake)["code"].n_unique() == 1


_RAISE = 'if b"2024-11-01" in answer.body:\n        {fault}\n    return _read_well(answer, _)\n'


@pytest.mark.parametrize(
    "fault", ["{}['games']", "pl.DataFrame({'a': [1]}).select('b')", "1 / 0", "None.games"]
)
def test_a_parser_at_fault_costs_one_answer_until_it_is_mended(
    lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    with _changed(
        tmp_path,
        ("def _parse(", "def _read_well("),
        (
            "_COLUMNS = (",
            f"def _parse(answer: Answer, _: Reference) -> list[Parsed]:\n    "
            f"{_RAISE.format(fault=fault)}\n\n_COLUMNS = (",
        ),
    ) as broken:
        report = parse(lake, {"toy": broken}, now=NOW)
        (counted,) = report["endpoints"]
        assert (counted["read"], counted["failed"], counted["refused"]) == (1, 1, 1)
        (reason,) = [why for why in counted["reasons"] if "the parser failed" in why]
        assert "tell its authors" in reason
        assert report["tables"]["games"]["rows"] == 1
        assert readings(lake)["outcome"].value_counts().sort("outcome").rows() == [
            ("failed", 1), ("read", 1), ("refused", 1),
        ]  # fmt: skip
        # The command says so, and that something is wanting.
        monkeypatch.setitem(catalogue.PROVIDERS, "toy", broken)
        words = ["fetch", "parse", "--again", "--lake", lake.url, "--json"]
        told = CliRunner().invoke(app, words)
        assert told.exit_code == 3, told.output
        assert "A parser failed" in told.stderr
    mended = parse(lake, {"toy": PROVIDER}, now=NOW)
    (counted,) = mended["endpoints"]
    assert (counted["answers"], counted["failed"]) == (3, 0)
    assert read(lake, GAMES).height == 3


def test_everything_can_be_rebuilt_from_the_archive(lake: Lake, tmp_path: Path) -> None:
    parse(lake, {"toy": PROVIDER}, now=NOW)
    copy = tmp_path / "copy"
    for name in ("answers", "answer_bodies"):
        (copy / name).parent.mkdir(exist_ok=True)
        (Path(lake.url) / name).rename(copy / name)
    rebuilt = open_lake(str(copy))
    parse(rebuilt, {"toy": PROVIDER}, now=NOW)
    assert table_hash(rebuilt, GAMES) == table_hash(lake, GAMES)


def test_an_answer_that_contradicts_an_earlier_one_corrects_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOY_KEY", "k3y")
    monkeypatch.setenv("NO_PROXY", "*")
    lake = open_lake(str(tmp_path / "corrected"))

    def script(asked: Asked, number: int) -> Reply:
        document = games(DAYS[0], "NYK@BOS", "MIN@LAL")
        if number > 1:
            document["games"][0]["tip"] = f"{DAYS[0]}T22:00:00+00:00"
        return ok(document)

    with weather(script) as server:
        monkeypatch.setenv("TIPOFF_TOY_URL", server.address)
        pages = {"day": DAYS[:1], "page": ["1", "2"]}
        order = Order(PROVIDER, "schedule", pages, concurrency=1)
        fetch(lake, order, manners=QUICK, clock=HandClock().clock)
    later = datetime(2024, 11, 20, tzinfo=UTC)
    counts = parse(lake, {"toy": PROVIDER}, now=later)["tables"]["games"]
    assert counts == {"rows": 3, "known": 1, "corrections": 1, "rejected": 0}
    corrected = read(lake, GAMES).filter(pl.col("observed_at") == later)
    assert corrected["tip_off_at"].dt.hour().to_list() == [22]


def test_other_providers_are_left_and_unknown_ones_refused(lake: Lake) -> None:
    report = parse(lake, {}, now=NOW)
    assert (report["unknown"], report["endpoints"]) == (3, [])
    with pytest.raises(InputError, match="Expected a provider"):
        parse(lake, {"toy": PROVIDER}, provider="joy")


def test_a_quote_is_known_from_the_first_snapshot_that_shows_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An early snapshot that came last, as after failures, is read first."""
    monkeypatch.setattr(archive, "BATCH_BYTES", 1)
    monkeypatch.setenv("THE_ODDS_API_KEY", "k3y")
    monkeypatch.setenv("NO_PROXY", "*")
    provider = the_odds_api.PROVIDER
    early, late = "2024-01-25T22:05:00Z", "2024-01-25T22:35:00Z"

    def script(asked: Asked, _: int) -> Reply:
        data = ODDS if asked.path.endswith("odds") else [EVENT]
        told = {"timestamp": asked.params["date"], "data": data}
        return ok({**told, "previous_timestamp": None, "next_timestamp": None})

    lake = open_lake(str(tmp_path / "snapshots"))
    with weather(script) as server:
        monkeypatch.setenv("TIPOFF_THE_ODDS_API_URL", server.address)
        params = {"event_id": [EVENT["id"]], "markets": ["player_points"], "date": [late, early]}
        odds = Order(provider, "historical_event_odds", params, concurrency=1)
        events = Order(provider, "historical_events", {"date": [early]})
        for order in (odds, events):
            fetch(lake, order, manners=QUICK, clock=HandClock().clock)
    parse(lake, {provider.name: provider}, now=NOW)
    known = read(lake, PROP_QUOTES)["observed_at"].dt.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert known.unique().to_list() == [early]
