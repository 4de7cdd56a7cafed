"""``tipoff fetch`` keeps the contract of commands, and a provider is added in one module."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.sources.toy_provider import PAGES, PROVIDER, games
from tests.sources.weather import Asked, Reply, Server, ok, weather
from typer.testing import CliRunner, Result

from tipoff.cli.app import app
from tipoff.sources.providers import catalogue
from tipoff.store.lake import open_lake, read
from tipoff.tables.raw import GAMES

RUN = CliRunner()
DAYS = ("--param", "day=2024-11-01", "--param", "day=2024-11-02")


def _script(asked: Asked, number: int) -> Reply:
    if "blocked" in asked.path:
        return Reply(403)
    day = asked.path.rpartition("/")[2]
    used = 10 * number
    return ok(games(day, "NYK@BOS"), x_used=str(used), x_left=str(500 - used), x_cost="10")


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A toy provider that is in the catalogue, as one line there would put it."""
    monkeypatch.setitem(catalogue.PROVIDERS, "toy", PROVIDER)
    monkeypatch.setitem(catalogue.PLANNERS, "toy", {PAGES.name: PAGES})
    monkeypatch.setenv("TOY_KEY", "k3y")
    monkeypatch.setenv("NO_PROXY", "*")
    with weather(_script) as running:
        monkeypatch.setenv("TIPOFF_TOY_URL", running.address)
        yield running


def _call(lake: Path, *arguments: object, as_json: bool = True) -> Result:
    where = ["--lake", str(lake), *(["--json"] if as_json else [])]
    return RUN.invoke(app, ["fetch", *[str(a) for a in arguments], *where])


def _document(result: Result) -> dict[str, Any]:
    (line,) = result.stdout.strip().splitlines()
    found: dict[str, Any] = json.loads(line)
    return found


def test_a_plan_then_a_download_then_its_status(server: Server, tmp_path: Path) -> None:
    plan = _document(_call(tmp_path, "toy", "schedule", *DAYS, "--plan"))
    assert (plan["to_ask"], plan["credits"], len(plan["urls"])) == (2, 20, 2)
    assert not server.asked
    result = _call(tmp_path, "toy", "schedule", *DAYS, "--credits", 20)
    assert result.exit_code == 0, result.output
    report = _document(result)
    assert (report["credits"], report["left"]) == (20, 0)
    assert report["parsed"]["tables"]["games"]["rows"] == 2
    (row,) = _document(_call(tmp_path, "status"))["rows"]
    assert (row["provider"], row["asked"], row["credits"]) == ("toy", 2, 20)
    parsed = _document(_call(tmp_path, "parse", "--provider", "toy"))
    assert parsed["current"] == 2
    # For people, on the same archive.
    for words in (["toy", "schedule", *DAYS, "--plan"], ["status"], ["parse", "--again"]):
        shown = _call(tmp_path, *words, as_json=False)
        assert shown.exit_code == 0, shown.output
        assert "k3y" not in shown.output
    dry = _call(tmp_path, "toy", "schedule", *DAYS, "--param", "day=2024-11-03", "--dry-run")
    assert _document(dry)["urls"] == [f"{server.address}/schedule/2024-11-03"]


def test_plans_of_a_provider_are_asked_like_endpoints(server: Server, tmp_path: Path) -> None:
    result = _call(tmp_path, "toy", "pages", "--param", "day=2024-11-01", as_json=False)
    assert result.exit_code == 0, result.output
    assert "1 requests" in result.output
    listed = RUN.invoke(app, ["fetch", "providers", "--json"])
    names = [p["name"] for p in _document(listed)["providers"]]
    assert "toy" in names
    assert "pages" in RUN.invoke(app, ["fetch", "providers"]).output


def test_a_used_up_budget_is_exit_code_3(server: Server, tmp_path: Path) -> None:
    result = _call(tmp_path, "toy", "schedule", *DAYS, "--credits", 15)
    assert result.exit_code == 3
    assert _document(result)["left"] == 1
    assert "raise --credits" in result.stderr


def test_a_block_is_exit_code_1_in_clear_words(server: Server, tmp_path: Path) -> None:
    result = _call(tmp_path, "toy", "schedule", "--param", "day=blocked")
    assert result.exit_code == 1
    assert _document(result)["exit_code"] == 1
    assert "--proxy URL" in result.stderr


WRONG: dict[str, tuple[list[str], str]] = {
    "provider": (["joy", "schedule"], "Expected a provider"),
    "endpoint": (["toy", "odds"], "Expected something of toy out of"),
    "param": (["toy", "schedule", "--param", "day"], "NAME=VALUE"),
    "missing param": (["toy", "schedule"], "the param day"),
    "option of a plan": (["toy", "pages", "--param", "x=1"], "to be given day"),
    "plan without its day": (["toy", "pages"], "Expected the day"),
}


@pytest.mark.parametrize("fault", sorted(WRONG))
def test_wrong_input_is_a_sentence(server: Server, tmp_path: Path, fault: str) -> None:
    words, sentence = WRONG[fault]
    result = _call(tmp_path, *words)
    assert result.exit_code == 2, result.output
    assert sentence in result.stderr
    assert _document(result)["exit_code"] == 2
    assert not server.asked


def test_a_missing_key_is_exit_code_2(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TOY_KEY")
    result = _call(tmp_path, "toy", "schedule", *DAYS)
    assert result.exit_code == 2
    assert "TOY_KEY" in result.stderr
    assert not server.asked


def test_help_names_the_commands() -> None:
    result = RUN.invoke(app, ["fetch", "--help"])
    assert result.exit_code == 0
    for name in ("from", "parse", "status", "providers"):
        assert name in result.output


def test_only_a_copy_of_ones_own_is_asked_more_often(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick = ("toy", "schedule", *DAYS, "--per-minute", 1_000_000, "--timeout", 5)
    assert _call(tmp_path, *quick).exit_code == 0
    monkeypatch.delenv("TIPOFF_TOY_URL")
    for number in (1_000_000, 0, "inf", "nan"):
        refused = _call(tmp_path, "toy", "schedule", *DAYS, "--per-minute", number)
        assert refused.exit_code == 2
        assert "requests a minute" in _document(refused)["error"]
    slow = _call(tmp_path, "toy", "schedule", *DAYS, "--per-minute", 1, "--plan")
    assert _document(slow)["requests"] == 2


@pytest.mark.parametrize(("moment_param", "games_read"), [("", 1), ("day", 0)])
def test_history_with_a_gap_is_not_read_yet(
    server: Server,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    moment_param: str,
    games_read: int,
) -> None:
    """Quotes would be dated by the snapshots behind the gap; answers of now stand alone."""
    schedule = replace(PROVIDER.endpoints["schedule"], moment_param=moment_param)
    endpoints = {**PROVIDER.endpoints, "schedule": schedule}
    monkeypatch.setitem(catalogue.PROVIDERS, "toy", replace(PROVIDER, endpoints=endpoints))
    days = ("--param", "day=2024-11-01", "--param", "day=blocked")
    assert _call(tmp_path, "toy", "schedule", *days, "--concurrency", 1).exit_code == 1
    assert read(open_lake(str(tmp_path)), GAMES).height == games_read
    assert _call(tmp_path, "parse").exit_code == 0
    assert read(open_lake(str(tmp_path)), GAMES).height == 1
