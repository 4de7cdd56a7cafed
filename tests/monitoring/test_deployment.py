"""What a service packages is found whole, and only its content counts."""

import ast
import json
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.monitoring.small_package import GRADING, PACKAGED, write_package

from tipoff.errors import InputError
from tipoff.monitoring.deployment import captured, compared, read_report, running_identity
from tipoff.monitoring.packaged import PACKAGE, content_hash, packaged
from tipoff.monitoring.services import READ_BY_NAME, SERVICES, Service, service_named

EACH = pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the checkout, elsewhere, with times of its own."""
    folder = tmp_path_factory.mktemp("checkout")
    without = shutil.ignore_patterns("__pycache__")
    shutil.copytree(PACKAGE, folder / "src" / "tipoff", ignore=without, copy_function=shutil.copy)
    shutil.copytree(PACKAGE.parents[1] / "configs", folder / "configs")
    return folder / "src" / "tipoff"


@EACH
def test_the_place_and_the_time_of_files_do_not_count(service: Service, checkout: Path) -> None:
    files = packaged(service)
    for path in checkout.rglob("*"):
        os.utime(path, (1, 1))
    assert packaged(service, checkout) == files
    shuffled = random.Random(1).sample(files, len(files))
    assert content_hash(shuffled) == content_hash(files)


def test_configs_within_an_installed_package_are_the_same(checkout: Path, tmp_path: Path) -> None:
    root = tmp_path / "site-packages" / "tipoff"
    shutil.copytree(checkout, root)
    shutil.copytree(checkout.parents[1] / "configs", root / "configs")
    service = Service("all", "", tuple(e for s in SERVICES for e in s.entries), ("configs/*.toml",))
    assert packaged(service, root) == packaged(service)


@EACH
def test_a_byte_in_any_file_of_a_service_counts_and_none_elsewhere(
    service: Service, checkout: Path
) -> None:
    files = packaged(service, checkout)
    hashes = {content_hash(files)}
    for place, (name, digest) in enumerate(files):
        other = digest[:-1] + ("0" if digest[-1] != "0" else "1")
        hashes.add(content_hash([*files[:place], (name, other), *files[place + 1 :]]))
    assert len(hashes) == len(files) + 1 > 1
    contents = {
        path: path.read_bytes() for path in checkout.parents[1].rglob("*.*") if path.is_file()
    }
    mine = {path for path in contents if _name(path, checkout) in dict(files)}
    try:
        for path in contents.keys() - mine:
            path.write_bytes(contents[path] + b"\n")
        assert packaged(service, checkout) == files
        for path in mine:
            path.write_bytes(contents[path] + b"\n")
        changed = packaged(service, checkout)
        assert dict(changed).keys() == dict(files).keys()
        assert not set(changed) & set(files)
    finally:
        for path, content in contents.items():
            path.write_bytes(content)


def _name(path: Path, root: Path) -> str:
    base = root if path.is_relative_to(root) else root.parents[1]
    return path.relative_to(base).as_posix()


def test_what_python_loads_for_a_service_is_packaged() -> None:
    # Third-party modules stay loaded between the services; only ours are imported anew.
    program = """
import importlib, json, sys
found = {}
for name, entries in json.load(sys.stdin).items():
    for module in [m for m in sys.modules if m.partition(".")[0] == "tipoff"]:
        del sys.modules[module]
    for entry in entries:
        importlib.import_module(entry)
    found[name] = [m.__file__ for n, m in sys.modules.items() if n.partition(".")[0] == "tipoff"]
print(json.dumps(found))
"""
    entries = json.dumps({service.name: service.entries for service in SERVICES})
    done = subprocess.run(
        [sys.executable, "-c", program], input=entries, capture_output=True, text=True, check=True
    )
    for name, loaded in json.loads(done.stdout).items():
        files = {path for path, _ in packaged(service_named(name))}
        assert loaded
        assert {Path(path).relative_to(PACKAGE).as_posix() for path in loaded} <= files


def _may_read_by_name(source: str) -> bool:
    """Whether a module imports or reads what no import statement of a tipoff module shows."""
    for node in ast.walk(ast.parse(source)):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        roots = {n.partition(".")[0] for n in names if n != "importlib.metadata"}
        if roots & {"importlib", "pkgutil", "runpy"}:
            return True
        word = getattr(node, "id", getattr(node, "attr", ""))
        if word in {"__file__", "__import__", "__path__", "PackageLoader"}:
            return True
    return False


def test_every_module_that_may_read_by_name_says_what() -> None:
    reading = {
        ".".join(("tipoff", *path.relative_to(PACKAGE).with_suffix("").parts))
        for path in PACKAGE.rglob("*.py")
        if _may_read_by_name(path.read_text("utf-8"))
    }
    assert reading == set(READ_BY_NAME)


@pytest.mark.parametrize(
    ("source", "is_found"),
    [
        ("from importlib.resources import files", True),
        ("def f(n):\n    import importlib\n    return importlib.import_module(n)", True),
        ("import pkgutil as p", True),
        ("HERE = __file__", True),
        ("import jinja2\nx = jinja2.PackageLoader('tipoff')", True),
        ("import json\nfrom tipoff.domain import odds", False),
        ("from importlib.metadata import version", False),
    ],
)
def test_reading_by_name_is_noticed(source: str, is_found: bool) -> None:
    assert _may_read_by_name(source) is is_found


def test_what_a_module_reads_by_name_goes_with_it_and_is_followed(tmp_path: Path) -> None:
    root = write_package(tmp_path)
    service = Service("odds", "", ("tipoff.domain.pick",))
    files = packaged(service, root, read_by_name={"tipoff.domain.pick": ("workflows/gr*.py",)})
    assert {"workflows/grade.py", "domain/clock.py"} <= {path for path, _ in files}


def test_every_learner_goes_with_the_code_that_loads_one_by_name() -> None:
    files = {path for path, _ in packaged(Service("train", "", ("tipoff.models.learner",)))}
    assert {f"models/{n}_learner.py" for n in ("catboost", "lightgbm", "xgboost", "ridge")} <= files


def test_imports_are_followed_wherever_they_stand(tmp_path: Path) -> None:
    assert [path for path, _ in packaged(GRADING, write_package(tmp_path))] == PACKAGED


def _nothing(_: Path) -> None:
    """Break nothing: the declaration is wrong."""


# What is done to the files, what is declared, and what the sentence says.
BROKEN: dict[str, tuple[Callable[[Path], object], Service, str]] = {
    "a folder that is not there": (
        _nothing,
        replace(GRADING, paths=("data_processors/phase2/*.py",)),
        r"mapped path data_processors/phase2/\*.py of the service grading to match a file",
    ),
    "a folder without such files": (
        _nothing,
        replace(GRADING, paths=("domain/*.toml",)),
        r"mapped path domain/\*.toml",
    ),
    "a folder instead of files": (
        _nothing,
        replace(GRADING, paths=("domain",)),
        "mapped path domain of",
    ),
    "configs that are gone": (
        lambda root: shutil.rmtree(root.parents[1] / "configs"),
        GRADING,
        r"mapped path configs/\*.toml",
    ),
    "an entry that is not there": (
        _nothing,
        replace(GRADING, entries=("tipoff.workflows.grades",)),
        "starts with tipoff.workflows.grades, but the package has no such module",
    ),
    "no entry": (_nothing, replace(GRADING, entries=()), "it names none"),
    "an import that is not there": (
        lambda root: (root / "domain" / "odds.py").unlink(),
        GRADING,
        "workflows/grade.py imports tipoff.domain.odds, but",
    ),
    "no Python": (
        lambda root: (root / "domain" / "odds.py").write_text("def"),
        GRADING,
        "Expected Python in .*odds.py",
    ),
    "an import from above the package": (
        lambda root: (root / "domain" / "odds.py").write_text("from ... import x"),
        GRADING,
        "Expected Python in .*odds.py",
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_what_matches_nothing_is_an_error(case: str, tmp_path: Path) -> None:
    root = write_package(tmp_path)
    happen, service, sentence = BROKEN[case]
    happen(root)
    with pytest.raises(InputError, match=sentence):
        packaged(service, root)


def _lenient(service: Service, root: Path) -> list[tuple[str, str]]:
    """Planted: the predecessor's map, which passes over what is not there."""
    there = tuple(pattern for pattern in service.paths if list(root.glob(pattern)))
    return packaged(replace(service, paths=there), root)


def test_a_map_that_passes_over_what_is_not_there_sees_no_drift(tmp_path: Path) -> None:
    root = write_package(tmp_path)
    # The map was written before the folder got its new name.
    (root / "pages").rename(root / "sheets")
    service = replace(GRADING, paths=("pages/*.j2",))
    before = _lenient(service, root)
    (root / "sheets" / "pick.j2").write_text("{{ another }}", encoding="utf-8")
    assert _lenient(service, root) == before
    with pytest.raises(InputError, match=r"mapped path pages/\*.j2"):
        packaged(service, root)


def test_what_a_process_runs_is_found_once() -> None:
    first = running_identity("publisher", {"points": "a1"})
    first["files"].clear()
    again = running_identity("publisher")
    assert again["files"] == dict(packaged(service_named("publisher")))
    assert again["content_hash"] == content_hash(again["files"].items())
    assert again["started_at"] == first["started_at"]
    assert (first["models"], again["models"]) == ({"points": "a1"}, {})
    assert again["libraries"]["polars"]
    assert read_report(json.loads(json.dumps(again)), "publisher") == again
    with pytest.raises(InputError, match="Expected a service out of api, scheduler"):
        running_identity("publisherr")


BAD_REPORTS: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "a list": (lambda report: [report], "got list"),
    "no hash": (lambda report: {**report, "content_hash": None}, "Expected content_hash"),
    "no start": (lambda r: {k: v for k, v in r.items() if k != "started_at"}, "started_at"),
    "another service's": (lambda r: {**r, "service": "api"}, "got one of api"),
    "numbers for hashes": (lambda r: {**r, "files": {"a.py": 1}}, "names and texts for files"),
    "no id of a model": (lambda r: {**r, "models": {"points": None}}, "got nothing"),
    "a file left out": (lambda r: {**r, "files": dict([*r["files"].items()][1:])}, "says another"),
    "half a character": (lambda r: {**r, "models": {"points": "\ud800"}}, "is not whole"),
}


@pytest.mark.parametrize("case", BAD_REPORTS)
def test_a_report_that_is_not_whole_is_refused(case: str, tmp_path: Path) -> None:
    spoil, sentence = BAD_REPORTS[case]
    report = captured(GRADING, write_package(tmp_path))
    assert read_report(report, "grading") == report
    with pytest.raises(InputError, match=sentence):
        read_report(spoil(report), "grading")


def test_another_library_is_drift(tmp_path: Path) -> None:
    root = write_package(tmp_path)
    report, files = captured(GRADING, root), packaged(GRADING, root)
    assert compared(GRADING, files, report)["state"] == "same"
    found = compared(GRADING, files, report, installed={**report["libraries"], "catboost": "0.1"})
    assert found["state"] == "drifted"
    assert [(row["name"], row["here"]) for row in found["libraries"]] == [("catboost", "0.1")]
    assert "for 0.1" in found["sentence"]
