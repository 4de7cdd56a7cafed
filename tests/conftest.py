"""Fixtures that every test may use."""

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real research data; the test is skipped where it is absent."""
    stated = os.environ.get("TIPOFF_REAL_DATA")
    folder = Path(stated) if stated else Path(__file__).parents[2] / "shared" / "data"
    if not (folder / "boxscores").is_dir():
        pytest.skip(f"the real research data is not at {folder}")
    return folder
