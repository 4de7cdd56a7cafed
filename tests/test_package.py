"""The wheel and the sdist: what is in them, the same bytes each time, and the licences."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest
from release.licences import components, fault, licence, page, shipped

import tipoff

ROOT = Path(__file__).parents[1]
EPOCH = "1767225600"
SOURCES = ("src", "configs", "pyproject.toml", "LICENSE", "README.md", "CHANGELOG.md",
           "CONTRIBUTING.md", ".gitignore")  # fmt: skip


def _built(folder: Path, out: Path, *targets: str) -> dict[str, Path]:
    """Build a folder's packages; the files by how they end."""
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-d", str(out), *targets], cwd=folder,
        env={**os.environ, "SOURCE_DATE_EPOCH": EPOCH}, capture_output=True, check=True, timeout=99,
    )  # fmt: skip
    return {path.suffix: path for path in out.iterdir()}


def _copied(to: Path) -> Path:
    to.mkdir()
    for name in SOURCES:
        if (ROOT / name).is_dir():
            left_out = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / name, to / name, ignore=left_out)
        else:
            shutil.copy(ROOT / name, to / name)
    return to


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    home = tmp_path_factory.mktemp("package")
    return _built(_copied(home / "source"), home / "dist")


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_the_wheel_holds_every_file_of_the_package_and_nothing_else(
    packages: dict[str, Path],
) -> None:
    held = _names(packages[".whl"])
    info = f"tipoff-{tipoff.__version__}.dist-info"
    own = {
        str(Path("tipoff") / path.relative_to(ROOT / "src" / "tipoff"))
        for path in (ROOT / "src" / "tipoff").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    configs = {f"tipoff/configs/{p.name}" for p in (ROOT / "configs").iterdir() if p.is_file()}
    about = {f"{info}/{n}" for n in ("METADATA", "WHEEL", "RECORD", "entry_points.txt")}
    assert held == own | configs | about | {f"{info}/licenses/LICENSE"}
    for name in ("py.typed", "features/warm_up.csv", "sources/aliases.toml", "cli/names.json"):
        assert f"tipoff/{name}" in held
    assert any(name.endswith(".html.j2") for name in held)


def test_the_version_is_said_once_and_the_extras_are_named(packages: dict[str, Path]) -> None:
    with zipfile.ZipFile(packages[".whl"]) as archive:
        info = f"tipoff-{tipoff.__version__}.dist-info"
        about = Parser().parsestr(archive.read(f"{info}/METADATA").decode())
        assert b"tipoff = tipoff.cli.app:main" in archive.read(f"{info}/entry_points.txt")
        assert archive.read(f"{info}/licenses/LICENSE") == (ROOT / "LICENSE").read_bytes()
    assert about["Version"] == tipoff.__version__
    assert about["License-Expression"] == "MIT"
    assert {"dask", "lightgbm", "mlflow", "sklearn", "xgboost"} <= set(
        about.get_all("Provides-Extra") or ()
    )
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert "version" not in project
    assert project["dynamic"] == ["version"]


def test_the_sdist_builds_the_same_wheel_in_another_place(
    packages: dict[str, Path], tmp_path: Path
) -> None:
    with tarfile.open(packages[".gz"]) as archive:
        archive.extractall(tmp_path / "un packed", filter="data")
    (folder,) = (tmp_path / "un packed").iterdir()
    again = _built(folder, tmp_path / "dist", "-t", "wheel")
    assert _sha256(again[".whl"]) == _sha256(packages[".whl"])


def test_other_times_and_rights_of_files_give_the_same_bytes(
    packages: dict[str, Path], tmp_path: Path
) -> None:
    copy = _copied(tmp_path / "copy")
    for path in copy.rglob("*"):
        os.utime(path, (1_000_000_000, 1_000_000_000))
        path.chmod(0o700 if path.is_dir() else 0o600)
    again = _built(copy, tmp_path / "dist")
    assert {k: _sha256(p) for k, p in again.items()} == {k: _sha256(p) for k, p in packages.items()}


def test_other_content_gives_other_bytes(packages: dict[str, Path], tmp_path: Path) -> None:
    copy = _copied(tmp_path / "copy")
    changed = copy / "src" / "tipoff" / "errors.py"
    changed.write_text(changed.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    again = _built(copy, tmp_path / "dist", "-t", "wheel")
    assert _sha256(again[".whl"]) != _sha256(packages[".whl"])


def test_what_is_shipped_goes_with_the_licence_and_is_listed() -> None:
    names = shipped()
    assert {"polars", "catboost", "typer"} <= set(names)
    assert not {"pytest", "hypothesis"} & set(names)
    assert {name: why for name in names if (why := fault(licence(name)))} == {}
    told = (ROOT / "docs" / "licences.md").read_text(encoding="utf-8")
    assert page(names) == told, "run 'make licences'"


@pytest.mark.parametrize(
    ("stated", "goes"),
    [
        ("MIT", True), ("BSD-3-Clause AND Zlib", True), ("GPL-3.0-only OR MIT", True),
        ("LGPL-2.1", True), ("Mozilla Public License 2.0 (MPL 2.0)", True), ("", False),
        ("GPL-3.0-only", False), ("MIT AND AGPL-3.0", False), ("Proprietary", False),
        ("GNU General Public License v3 (GPLv3)", False),
        ("GNU Lesser General Public License v3 (LGPLv3)", True),
    ],
)  # fmt: skip
def test_a_licence_that_does_not_go_is_found(stated: str, goes: bool) -> None:
    assert (fault(stated) is None) == goes


def test_a_bill_of_materials_says_licences(tmp_path: Path) -> None:
    bill = tmp_path / "bill.json"
    bill.write_text(
        '{"components": [{"name": "a", "licenses": [{"license": {"id": "MIT"}}]}, {"name": "b"},'
        ' {"name": "c", "licenses": [{"expression": "MIT OR ISC"}]}]}'
    )
    assert components(bill) == {"a": "MIT", "b": "", "c": "MIT OR ISC"}


LOCK = "a==1.0 \\\n    --hash=sha256:00\nb==2.0 \\\n    --hash=sha256:00\n"
CLEAN = '{"name": "a", "version": "1.0", "vulns": []}'
BAD = '{"name": "b", "version": "2.0", "vulns": [{"id": "X-1", "fix_versions": ["2.1"]}]}'
AUDITS = {
    "all clean": (0, f'{{"dependencies": [{CLEAN}, {CLEAN}]}}', 0, "No known faults in 2"),
    "a fault": (1, f'{{"dependencies": [{CLEAN}, {BAD}]}}', 3, "b 2.0: X-1, mended in 2.1"),
    "out of reach": (1, None, 1, "Nothing was audited."),
    "a report of one only": (0, f'{{"dependencies": [{CLEAN}]}}', 1, "Nothing was audited."),
    "one was skipped": (
        0, f'{{"dependencies": [{CLEAN}, {{"name": "b", "skip_reason": "?"}}]}}', 1, "1 of 2",
    ),
    "no report though all is said to be well": (0, None, 1, "Nothing was audited."),
    "a broken report": (0, "{", 1, "Nothing was audited."),
    "failed at the end": (2, f'{{"dependencies": [{CLEAN}, {CLEAN}]}}', 1, "Nothing was audited."),
}  # fmt: skip


@pytest.mark.parametrize("case", AUDITS)
def test_the_audit_fails_closed(tmp_path: Path, case: str) -> None:
    code, report, expected, said = AUDITS[case]
    lock, tool = tmp_path / "lock.txt", tmp_path / "pip-audit"
    lock.write_text(LOCK)
    (tmp_path / "report.json").write_text(report or "")
    give = f'cp "{tmp_path}/report.json" "$out"' if report is not None else "true"
    tool.write_text(
        '#!/usr/bin/env bash\nwhile [ $# -gt 0 ]; do [ "$1" = --output ] && out=$2; shift; done\n'
        f"{give}\nexit {code}\n"
    )
    tool.chmod(0o755)
    done = subprocess.run(
        [ROOT / "release" / "audit.sh", sys.executable, lock, tool],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == expected, done
    assert said in done.stdout + done.stderr


def test_every_library_of_the_lock_is_counted() -> None:
    lock = (ROOT / "requirements.lock").read_text()
    counted = re.findall(r"^[A-Za-z0-9._-]+(?:\[[^\]]*\])?==", lock, re.MULTILINE)
    assert len(counted) == len(re.findall(r"^\S+==", lock, re.MULTILINE)) > 100
