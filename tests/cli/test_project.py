"""The project's file: who has the last word, and what a wrong file costs."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from tipoff.cli.app import app
from tipoff.cli.commands import COMMANDS
from tipoff.cli.lazy import loaded
from tipoff.cli.values import CONFIGS, KEYS, commands_of, defaults, key_of
from tipoff.cli.values import stated as read_stated
from tipoff.settings import DEFAULT_LAKE
from tipoff.store.lake import Lake
from tipoff.workflows.project_config import (
    ProjectConfig,
    commented,
    json_schema,
    key_table,
    schema_text,
)

ROOT = Path(__file__).parents[2]
Call = Callable[..., Result]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder below a project's, to be in; no variable is set."""
    for key in (*ProjectConfig.model_fields, "config"):
        monkeypatch.delenv(f"TIPOFF_{key.upper()}", raising=False)
    (tmp_path / "below" / "deep").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "below" / "deep")
    return tmp_path


def _call(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def _values(*arguments: str) -> dict[str, Any]:
    result = _call("config", "show", "--json", *arguments)
    assert result.exit_code == 0, result.output
    return {row["key"]: row for row in json.loads(result.stdout)["keys"]}


def test_an_option_comes_before_the_environment_the_file_and_the_default(
    project: Path, built_lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    def sentence(*arguments: str) -> str:
        return _call("backfill", "status", *arguments).stderr

    assert "a lake at lake," in sentence()
    (project / "tipoff.toml").write_text('lake = "of the file"\n')
    assert f"a lake at {project / 'of the file'}," in sentence()
    monkeypatch.setenv("TIPOFF_LAKE", "of-environment")
    assert "a lake at of-environment," in sentence()
    assert "a lake at of-option," in sentence("--lake", "of-option")
    (project / "tipoff.toml").write_text(f'lake = "{built_lake.url}"\n')
    monkeypatch.delenv("TIPOFF_LAKE")
    assert _call("backfill", "status").exit_code == 0


def test_each_key_reaches_the_options_that_it_governs(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stated = {"lake": "x", "market": "rebounds", "feature_set": "v9", "line_source": "median",
              "threads": 3, "workers": 5}  # fmt: skip
    text = "\n".join(f"{key} = {json.dumps(value)}" for key, value in stated.items())
    (project / "tipoff.toml").write_text(text)
    for entry in COMMANDS:
        command = loaded(entry)

        found = defaults(command, entry.name, read_stated())
        for path, one in commands_of(command, (entry.name,)):
            own = found
            for step in path[1:]:
                own = own.get(step, {})
            for option in one.params:
                if option.name in KEYS and key_of(path, option):
                    usual = str(project / "x") if option.name == "lake" else stated[option.name]
                    assert own[option.name] == usual, (path, option.name)


def test_every_lake_but_the_demonstrations_own_is_the_projects() -> None:
    other = []
    for entry in COMMANDS:
        for path, one in commands_of(loaded(entry), (entry.name,)):
            for option in one.params:
                if option.name == "lake":
                    other += [] if option.envvar == "TIPOFF_LAKE" else [path]
    assert set(other) == {("doctor",), ("demo",)}


def test_the_governing_defaults_are_the_built_in_ones() -> None:
    fields = ProjectConfig.model_fields
    assert {key: fields[key].default for key in KEYS} == KEYS
    assert KEYS["lake"] == DEFAULT_LAKE
    assert set(KEYS) | set(CONFIGS.values()) | {"verbosity"} == set(fields)
    there = {path for e in COMMANDS for path, _ in commands_of(loaded(e), (e.name,))}
    assert set(CONFIGS) <= there


def test_show_says_where_each_value_comes_from(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = project / "tipoff.toml"
    path.write_text('market = "assists"\nthreads = 3\ndaily_config = "day.toml"\n')
    monkeypatch.setenv("TIPOFF_THREADS", "4")
    values = _values()
    assert (values["market"]["value"], values["market"]["source"]) == ("assists", "file")
    assert (values["threads"]["value"], values["threads"]["source"]) == ("4", "environment")
    assert values["workers"]["source"] == "default"
    assert values["daily_config"]["value"] == str(project / "day.toml")
    assert str(path) in " ".join(_call("config", "show").stdout.split())


def test_the_environment_names_another_file(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "tipoff.toml").write_text("threads = 3\n")
    (project / "other.toml").write_text("threads = 7\n")
    monkeypatch.setenv("TIPOFF_CONFIG", str(project / "other.toml"))
    assert _values()["threads"]["value"] == 7
    monkeypatch.setenv("TIPOFF_CONFIG", str(project / "none.toml"))
    result = _call("lake", "hash")
    assert result.exit_code == 2
    assert "TIPOFF_CONFIG" in result.stderr


WRONG = {
    "no TOML": ("threads = ", "Expected TOML"),
    "unknown key": ("thread = 2", "Did you mean 'threads'?"),
    "wrong kind": ('threads = "many"', "fits threads"),
    "too few": ("threads = 0", "fits threads"),
    "unknown market": ('market = "dunks"', "out of points"),
    "unknown word": ('verbosity = "loud"', "verbosity"),
}


@pytest.mark.parametrize("fault", WRONG)
def test_a_wrong_file_is_a_sentence_and_exit_code_2(project: Path, fault: str) -> None:
    text, said = WRONG[fault]
    (project / "tipoff.toml").write_text(text)
    result = _call("lake", "hash", "--json")
    assert result.exit_code == 2
    assert said in result.stderr
    assert "tipoff.toml" in result.stderr
    assert json.loads(result.stdout)["exit_code"] == 2
    assert _call("--help").exit_code == 0
    assert _call("doctor", "--json").exit_code == 3


def test_verbosity_is_that_of_the_flag_the_environment_or_the_file(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = [f"--knob={knob}" for knob in ("seasons=1", "teams=4", "games_per_team=4")]

    def told(lake: str, *flags: str) -> str:
        result = _call(*flags, "league", "generate", "--lake", lake, *small)
        assert result.exit_code == 0, result.output
        return result.stderr

    (project / "tipoff.toml").write_text('verbosity = "verbose"\n')
    assert " UTC  " in told("a")
    monkeypatch.setenv("TIPOFF_VERBOSITY", "quiet")
    assert told("b") == ""
    assert " UTC  " in told("c", "-v")
    monkeypatch.setenv("TIPOFF_VERBOSITY", "loud")
    assert _call("lake", "hash").exit_code == 2


def test_init_makes_a_project_and_writes_over_nothing(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = project / "mine"
    report = json.loads(_call("init", str(folder), "--json").stdout)
    assert report["written"] == ["tipoff.toml", ".gitignore", "README.md"]
    assert (folder / "lake").is_dir()
    assert (folder / "tipoff.toml").read_text() == commented()
    (folder / "README.md").write_text("mine")
    again = json.loads(_call("init", str(folder), "--json").stdout)
    assert (again["written"], again["kept"]) == ([], report["written"])
    assert (folder / "README.md").read_text() == "mine"
    (folder / "below").mkdir()
    monkeypatch.chdir(folder / "below")
    assert _values()["lake"]["value"] == str(folder / "lake")
    assert _call("init", str(folder / "README.md")).exit_code == 2


def test_the_next_commands_of_a_new_project_work(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All commands that its README names are there, with the options that it gives them."""
    _call("init", str(project / "mine"))
    text = (project / "mine" / "README.md").read_text()
    named = [part.split() for part in text.split("`")[1::2] if part.startswith("tipoff ")]
    assert len(named) >= 3
    for command in named:
        words = [word for word in command[1:] if not word.isupper()]
        options = [word for word in words if word.startswith("--")]
        verbs = [w for w in words if w.islower() and not w.startswith("--") and w.isalpha()]
        shown = _call(*verbs, "--help")
        assert shown.exit_code == 0, command
        assert all(option in shown.stdout for option in options), command


def test_every_key_is_in_the_new_file_once_uncommented(project: Path) -> None:
    import tomllib  # noqa: PLC0415

    lines = [line.removeprefix("# ") for line in commented().splitlines() if " = " in line]
    assert list(tomllib.loads("\n".join(lines))) == list(ProjectConfig.model_fields)


def test_the_shipped_schema_and_the_documented_keys_are_those_of_the_file() -> None:
    shipped = (ROOT / "configs" / "tipoff.schema.json").read_text()
    assert shipped == schema_text(), "run 'make names'"
    assert key_table() in (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    assert json.loads(_call("config", "schema", "--json").stdout) == json_schema()
