"""What deploy/ starts are commands that exist, with options that they take."""

import configparser
import re
import shlex
from pathlib import Path
from string import Template
from typing import Any

import pytest
from typer.main import get_command

from tipoff.cli.app import app
from tipoff.monitoring.declare import SCHEDULES
from tipoff.web.server import chosen

DEPLOY = Path(__file__).parents[2] / "deploy"
SERVICES = sorted((DEPLOY / "systemd").glob("*.service"))
TIMERS = sorted((DEPLOY / "systemd").glob("*.timer"))


def _unit(path: Path) -> configparser.ConfigParser:
    made = configparser.ConfigParser(interpolation=None, strict=True)
    made.optionxform = str  # type: ignore[assignment,method-assign]
    made.read_string(path.read_text())
    return made


def _parsed(line: str) -> tuple[str, dict[str, object]]:
    """Parse a command line as the command does, and run nothing."""
    words = shlex.split(line)
    assert Path(words[0]).name == "tipoff"
    words = words[1:]
    command: Any = get_command(app)
    names: list[str] = []
    while hasattr(command, "commands") and words and not words[0].startswith("-"):
        found = command.commands.get(words[0])
        assert found is not None, f"there is no {words[0]} in {line}"
        names.append(words.pop(0))
        command = found
    return " ".join(names), dict(command.make_context(names[-1], words).params)


def _cron() -> list[str]:
    """Lines of jobs, with the values of what they name."""
    lines = (DEPLOY / "crontab.example").read_text().splitlines()
    values = dict(line.split("=", 1) for line in lines if re.match(r"[A-Z_]+=", line))
    named = {name: value.strip('"') for name, value in values.items()}
    return [Template(line).substitute(named) for line in lines if re.match(r"[\d*]", line)]


@pytest.mark.parametrize("path", SERVICES, ids=lambda path: path.stem)
def test_units_start_commands_that_parse(path: Path) -> None:
    unit = _unit(path)
    name, params = _parsed(unit["Service"]["ExecStart"])
    if name == "services run":
        only = str(params["only"] or "")
        assert chosen([word for word in only.split(",") if word])
        assert unit["Service"]["Type"] == "exec"
        assert unit["Install"]["WantedBy"]
    else:
        assert unit["Service"]["Type"] == "oneshot"
        assert path.with_suffix(".timer") in TIMERS
    assert unit["Service"]["User"] == "tipoff"


@pytest.mark.parametrize("path", TIMERS, ids=lambda path: path.stem)
def test_timers_start_units_and_say_when(path: Path) -> None:
    unit = _unit(path)
    assert path.with_suffix(".service") in SERVICES
    when = unit["Timer"]["OnCalendar"]
    # Times of the day are the US East's; every so often needs no zone.
    assert when.endswith(" America/New_York") or "/" in when
    assert unit["Timer"]["Persistent"] in ("true", "false")


@pytest.mark.parametrize("line", _cron())
def test_lines_of_the_crontab_parse(line: str) -> None:
    *times, command = line.split(None, 5)
    assert len(times) == 5
    for field, most in zip(times, (59, 23, 31, 12, 7), strict=True):
        assert re.fullmatch(r"\*(/\d+)?|\d+(,\d+)*", field)
        assert all(int(number) <= most for number in re.findall(r"\d+", field))
    _parsed(command)


def test_units_and_crontab_run_the_same_jobs_and_all_schedules() -> None:
    units = {_parsed(_unit(p.with_suffix(".service"))["Service"]["ExecStart"])[0] for p in TIMERS}
    cron = {_parsed(line.split(None, 5)[5])[0] for line in _cron()}
    assert units == cron
    hours = {schedule.clock.hour for schedule in SCHEDULES.values()}
    line = next(line for line in _cron() if " validate " in line)
    assert {int(hour) for hour in line.split()[1].split(",")} == hours
    when = _unit(DEPLOY / "systemd/tipoff-validate.timer")["Timer"]["OnCalendar"]
    assert {int(hour) for hour in re.findall(r"(\d\d)[,:]", when)} == hours


def test_what_does_not_exist_does_not_parse() -> None:
    """The planted fault: a unit that starts what is not there."""
    with pytest.raises(AssertionError, match="there is no listen"):
        _parsed("/opt/tipoff/bin/tipoff listen --port 80")
    with pytest.raises(Exception, match="No such option"):
        _parsed("/opt/tipoff/bin/tipoff services run --prot 80")
