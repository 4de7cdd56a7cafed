"""The notebooks run in their order, and are kept without outputs."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat import from_dict

from tests.book.pages import ROOT, Reader

FOLDER = ROOT / "notebooks"
NAMES = sorted(path.name for path in FOLDER.glob("*.ipynb"))


def _read(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / name).read_text("utf-8"))
    return found


def _cells() -> Iterator[dict[str, Any]]:
    for number, name in enumerate(NAMES):
        cell = {"cell_type": "code", "id": f"reset-{number}", "source": "%reset -f"}
        yield cell | {"metadata": {}, "outputs": [], "execution_count": None}
        for own in _read(name)["cells"]:
            yield own | {"source": "".join(own["source"])}


def test_they_are_numbered_in_order_and_kept_without_outputs() -> None:
    assert [int(name[:2]) for name in NAMES] == list(range(1, len(NAMES) + 1))
    for name in NAMES:
        for cell in _read(name)["cells"]:
            assert not cell.get("outputs"), name
            assert not cell.get("execution_count"), name
        first = "".join(_read(name)["cells"][0]["source"])
        assert first.startswith(f"# {int(name[:2])}. "), name


def test_they_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One kernel for all, emptied between them, since a kernel takes longer than a notebook."""
    for name, value in Reader(tmp_path).env.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "runtime"))
    monkeypatch.delenv("TIPOFF_LAKE", raising=False)
    whole = from_dict(_read(NAMES[0]) | {"cells": list(_cells())})  # type: ignore[no-untyped-call]
    client = NotebookClient(whole, timeout=120, resources={"metadata": {"path": str(tmp_path)}})
    try:
        client.execute(env=dict(os.environ))
    except CellExecutionError as error:
        pytest.fail(str(error))
    printed = json.dumps(whole.cells)
    assert "quarantined" in printed
    assert "gates failed" in printed
