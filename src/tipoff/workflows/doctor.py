"""Whether this machine, the project and its lake can work: one row a check, with what to do."""

import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tipoff.errors import TipoffError
from tipoff.sources.providers.catalogue import PROVIDERS
from tipoff.workflows.doctor_lake import lake_checks
from tipoff.workflows.doctor_rows import ABSENT, OK, WARNING, WRONG, Row
from tipoff.workflows.project_config import config_file, in_force, read_project

Read = Callable[[Path], Any]

_GIB = 1024**3
_LEAST_PYTHON = (3, 11)
_REQUIREMENT = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?\s*(?:>=\s*([0-9.]+))?")
_EXTRA = re.compile(r"""extra\s*==\s*['"]([^'"]+)['"]""")
# Extras of those who build tipoff, not of those who use it.
_OF_BUILDERS = ("dev",)
_SECRETS = (
    "TIPOFF_API_KEYS",
    "TIPOFF_WEBHOOK_URL",
    "TIPOFF_WEBHOOK_SECRET",
    "TIPOFF_SMTP_PASSWORD",
)


@dataclass(frozen=True)
class Machine:
    """What is measured of a machine, so that a test can say it.

    Attributes:
        python: version.
        free_disk, free_memory: bytes; None where it can not be told.
        cores: that this process may use.
        now: the instant (UTC).
    """

    python: tuple[int, ...]
    free_disk: int | None
    free_memory: int | None
    cores: int
    now: datetime


def machine(near: str) -> Machine:
    """Measure this machine.

    Args:
        near: a path whose disk is measured; a URL has none.
    """
    return Machine(
        sys.version_info[:3], _free_disk(near), _free_memory(), _cores(), datetime.now(UTC)
    )


def examine(lake: str, readers: Mapping[str, Read], measured: Machine) -> dict[str, Any]:
    """Return the checks, each with ``check``, ``state``, ``found`` and ``advice``.

    Args:
        lake: folder or URL.
        readers: reads the file of a key of ``tipoff.toml``, or raises an InputError.
        measured: the machine.

    Returns:
        ``checks`` and ``wrong``, the names of those whose state is wrong.
    """
    rows = [
        *_python(measured),
        *_libraries(),
        *_zones(),
        *_resources(measured),
        *_configs(readers, measured),
        *lake_checks(lake, measured.now),
        *_keys(),
    ]
    return {
        "checks": [row._asdict() for row in rows],
        "wrong": [row.check for row in rows if row.state == WRONG],
    }


def _python(measured: Machine) -> Iterator[Row]:
    found = ".".join(map(str, measured.python))
    if measured.python[:2] < _LEAST_PYTHON:
        least = ".".join(map(str, _LEAST_PYTHON))
        yield Row("python", WRONG, found, f"Install Python {least} or later.")
    else:
        yield Row("python", OK, found)


def _libraries() -> Iterator[Row]:
    """Required libraries, then optional parts, against what the installed package says it needs."""
    try:
        stated = requires("tipoff") or []
    except PackageNotFoundError:
        yield Row("libraries", WARNING, "tipoff is not installed", "Install it with pip.")
        return
    needed = [text for text in stated if "extra ==" not in text]
    faults = [fault for text in needed if (fault := lacking(text))]
    if faults:
        advice = "Run 'pip install --upgrade tipoff'."
        yield Row("libraries", WRONG, "; ".join(faults), advice)
    else:
        yield Row("libraries", OK, f"{len(needed)} as needed")
    extras: dict[str, list[str]] = {}
    for text in stated:
        if extra := _EXTRA.search(text):
            extras.setdefault(extra[1], []).append(text)
    for name, texts in sorted(extras.items()):
        if name in _OF_BUILDERS:
            continue
        faults = [fault for text in texts if (fault := lacking(text))]
        advice = f"Run 'pip install tipoff[{name}]' to use it." if faults else ""
        yield Row(f"extra {name}", ABSENT if faults else OK, "; ".join(faults) or "there", advice)


def lacking(requirement: str) -> str | None:
    """Return what a requirement such as ``polars>=2.1`` lacks here, or None."""
    if "win32" in requirement and sys.platform == "win32":
        return None
    match = _REQUIREMENT.match(requirement)
    if match is None:
        return f"{requirement} can not be read"
    name, least = match[1], match[2] or "0"
    try:
        found = version(name)
    except PackageNotFoundError:
        return f"{name} is not installed"
    return None if _numbers(found) >= _numbers(least) else f"{name} {found} is older than {least}"


def _numbers(text: str) -> tuple[int, ...]:
    numbers = [int(part) for part in re.findall(r"\d+", text.split("+", maxsplit=1)[0])[:4]]
    return tuple([*numbers, 0, 0, 0, 0][:4])


def _zones() -> Iterator[Row]:
    try:
        zone = ZoneInfo("America/New_York")
        offsets = [datetime(2025, month, 10, tzinfo=zone).utcoffset() for month in (1, 7)]
    except ZoneInfoNotFoundError:
        offsets = []
    if offsets == [timedelta(hours=-5), timedelta(hours=-4)]:
        yield Row("time zones", OK, "America/New_York, with summer time")
    else:
        advice = "Run 'pip install --upgrade tzdata'."
        yield Row("time zones", WRONG, "no true America/New_York", advice)


def _resources(measured: Machine) -> Iterator[Row]:
    disk = (measured.free_disk, 1, 5, "Free some, or move the lake: --lake, TIPOFF_LAKE.")
    memory = (measured.free_memory, 1, 2, "End other programs; five seasons take about 4 GiB.")
    for name, (free, wrong, few, advice) in {"disk": disk, "memory": memory}.items():
        if free is None:
            yield Row(name, ABSENT, "can not be told here")
            continue
        state = WRONG if free < wrong * _GIB else WARNING if free < few * _GIB else OK
        yield Row(name, state, f"{free / _GIB:.1f} GiB free", "" if state == OK else advice)


def _configs(readers: Mapping[str, Read], measured: Machine) -> Iterator[Row]:
    """The project's file, the files that it names, and whether its numbers suit the machine."""
    try:
        path = config_file()
        stated = read_project(path) if path else {}
        values = {row.key: row for row in in_force(path)}
    except TipoffError as error:
        yield Row("project file", WRONG, str(error), "Correct it; 'tipoff config schema' tells.")
        yield Row("cores", OK, str(measured.cores))
        return
    found = f"{path}, {len(stated)} keys" if path else "none"
    yield Row("project file", OK if path else ABSENT, found, "" if path else "Try 'tipoff init'.")
    for key, read in readers.items():
        if values[key].value:
            yield _file(key, Path(values[key].value), read)
    yield _threads(str(values["threads"].value), measured.cores)


def _file(key: str, path: Path, read: Read) -> Row:
    try:
        read(path)
    except TipoffError as error:
        return Row(key, WRONG, str(error), "Correct it, or state another file.")
    return Row(key, OK, str(path))


def _threads(stated: str, cores: int) -> Row:
    if not stated.isdigit() or int(stated) < 1:
        return Row("cores", WRONG, f"threads are {stated!r}", "State a whole number, at least 1.")
    if int(stated) > cores:
        return Row("cores", WARNING, f"{cores} for {stated} threads", f"State threads = {cores}.")
    return Row("cores", OK, f"{cores} for {stated} threads")


def _keys() -> Iterator[Row]:
    """Which secrets are set; what they are is never looked at."""
    names = {p.secret: f"Asking {p.name} needs it." for p in PROVIDERS.values() if p.secret}
    for name in (*names, *_SECRETS):
        is_set = bool(os.environ.get(name))
        advice = "" if is_set else names.get(name, "Services may need it: docs/services.md.")
        yield Row(f"key {name}", OK if is_set else ABSENT, "set" if is_set else "not set", advice)


def _free_disk(near: str) -> int | None:
    if "://" in near:
        return None
    path = Path(near).absolute()
    there = next(folder for folder in (path, *path.parents) if folder.exists())
    return shutil.disk_usage(there).free


def _free_memory() -> int | None:
    try:
        text = Path("/proc/meminfo").read_text(encoding="ascii")
    except OSError:
        return None
    found = re.search(r"^MemAvailable:\s+(\d+) kB", text, re.MULTILINE)
    return int(found[1]) * 1024 if found else None


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
