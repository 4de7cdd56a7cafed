"""The shells' completion protocol, in processes of their own: what they get, and what it costs."""

import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

import polars as pl
import pytest
from tests.cli.names_declared import declared
from tests.cli.test_listing import HEAVY, PROBE

from tipoff.cli.commands import COMMANDS
from tipoff.cli.lazy import loaded
from tipoff.cli.names import values_of
from tipoff.cli.values import commands_of
from tipoff.store.lake import log, open_lake
from tipoff.tables.models import CANDIDATE, EVENTS, MODEL_EVENTS, MODELS


def _asked(shell: str, line: str) -> dict[str, str]:
    """What a shell sets to have the last word of a line completed."""
    instruction = {"_TIPOFF_COMPLETE": f"complete_{shell}"}
    if shell == "bash":
        return instruction | {"COMP_WORDS": line, "COMP_CWORD": str(len(line.split(" ")) - 1)}
    fish = {"_TYPER_COMPLETE_FISH_ACTION": "get-args"} if shell == "fish" else {}
    return instruction | fish | {"_TYPER_COMPLETE_ARGS": line}


def _completed(line: str, shell: str = "bash", **variables: str) -> tuple[str, set[str]]:
    """What a shell is given for a line, and what was imported for it."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("TIPOFF_")}
    done = subprocess.run(
        [sys.executable, "-c", PROBE], env={**kept, **_asked(shell, line), **variables},
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    return done.stdout, set(done.stderr.split())


LINES = {
    "tipoff backfill --market reb": "rebounds",
    "tipoff backfill --market points,ass": "points,assists",
    "tipoff train --feature-set v12_no_v": "v12_no_vegas",
    "tipoff lake hash --table player_comp": "player_composite_factors",
    "tipoff backfill --only team_": "team_defense_zone",
    "tipoff fetch from ball": "balldontlie",
    "tipoff fetch from espn roster --param x=1 --": "--param",
    "tipoff features show points_avg_season": "points_avg_season",
    "tipoff train --learner lightg": "lightgbm",
    "tipoff daily --skip publ": "publish",
    "tipoff train --plant inclusive": "inclusive-date",
    "tipoff models promote --for": "--force",
    "tipoff --verb": "--verbose",
}


@pytest.mark.parametrize("line", LINES)
def test_bash_is_given_names_and_nothing_heavy_is_imported(line: str) -> None:
    said, imported = _completed(line)
    assert LINES[line] in said.split()
    assert all(word.startswith(line.rsplit(" ", maxsplit=1)[-1]) for word in said.split())
    assert not imported & set(HEAVY)


def test_zsh_and_fish_are_given_them_too() -> None:
    assert '"rebounds"' in _completed("tipoff backfill --market reb", "zsh")[0]
    assert _completed("tipoff backfill --market reb", "fish")[0].split()[0] == "rebounds"
    helped, imported = _completed("tipoff fresh", "fish")
    assert helped.startswith("freshness\tSay of each table")
    assert not imported & set(HEAVY)


def test_what_a_provider_gives_depends_on_the_provider() -> None:
    assert _completed("tipoff fetch from espn sum")[0].split() == ["summary"]
    assert _completed("tipoff fetch from nba sum")[0].split() == []


def test_models_are_those_of_the_lake(tmp_path: Path) -> None:
    lake = open_lake(str(tmp_path / "lake"))
    row = {
        name: {
            pl.String: "a" * 64, pl.Int64: 1, pl.Int32: 1, pl.Boolean: False,
            pl.Date: datetime(2024, 1, 1, tzinfo=UTC).date(),
        }.get(type(dtype), datetime(2024, 1, 1, tzinfo=UTC))
        for name, dtype in MODELS.columns.items()
    }  # fmt: skip
    row |= {"name": "the-model", "model_id": "b" * 64}
    log(lake, MODELS, pl.DataFrame([row | {"report": None}], schema=MODELS.columns, strict=False))
    event = dict.fromkeys(MODEL_EVENTS.columns) | {
        "number": 1, "at": row["registered_at"], "model_id": row["model_id"], "market": "points",
        "event": EVENTS[0], "to_stage": CANDIDATE, "is_forced": False, "by": "x", "reason": "x",
    }  # fmt: skip
    log(lake, MODEL_EVENTS, pl.DataFrame([event], schema=MODEL_EVENTS.columns))
    line = f"tipoff models show --lake {lake.url} the-"
    assert _completed(line)[0].split() == ["the-model"]
    assert _completed("tipoff models show the-", TIPOFF_LAKE=lake.url)[0].split() == ["the-model"]


def test_without_a_lake_no_model_is_offered(tmp_path: Path) -> None:
    assert _completed(f"tipoff models show --lake {tmp_path / 'none'} the-")[0].split() == []


def test_the_shell_itself_completes(tmp_path: Path) -> None:
    """A true bash takes the script that is installed, and asks for completions itself."""
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("there is no bash on this machine")
    program = tmp_path / "tipoff"
    program.write_text(
        f"#!{sys.executable}\nfrom tipoff.cli.app import main\n\nmain()\n", encoding="utf-8"
    )
    program.chmod(0o755)
    script = """
_TIPOFF_COMPLETE=source_bash tipoff > "$0.sh" && . "$0.sh"
complete -p tipoff
COMP_WORDS=(tipoff lake ha) COMP_CWORD=2
_tipoff_completion tipoff
echo "${COMPREPLY[@]}"
"""
    done = subprocess.run(
        [bash, "--norc", "-c", script, str(program)],
        env={**os.environ, "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"},
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    registered, completed = done.stdout.splitlines()
    assert registered == "complete -o default -F _tipoff_completion tipoff"
    assert completed == "hash"


def test_installing_writes_where_the_shell_looks(tmp_path: Path) -> None:
    code = 'import sys; sys.argv = ["tipoff", "--install-completion", "bash"]\n'
    done = subprocess.run(
        [sys.executable, "-c", code + "from tipoff.cli.app import main\nmain()"],
        env={
            **os.environ, "HOME": str(tmp_path),
            "_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1",
        },
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    assert "bash completion installed" in done.stdout
    assert "source" in (tmp_path / ".bashrc").read_text()
    installed = tmp_path / ".bash_completions" / "tipoff.sh"
    assert "_TIPOFF_COMPLETE=complete_bash" in installed.read_text()


def test_the_names_are_those_that_are_declared() -> None:
    told = files("tipoff.cli").joinpath("names.json").read_text()
    assert told == declared(), "run 'make names'"


def test_every_option_with_names_of_its_own_is_completed() -> None:
    """An option of a name that is completed somewhere is completed everywhere."""
    named = {"market", "feature_set", "learner", "plant", "provider", "stage", "table"}
    for entry in COMMANDS:
        for path, command in commands_of(loaded(entry), (entry.name,)):
            for option in command.params:
                if option.name in named:
                    assert values_of(path, option.name), (path, option.name)
                    assert "shell_complete" in vars(option), (path, option.name)
