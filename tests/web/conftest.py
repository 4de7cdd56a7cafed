"""One published lake for all tests of the services."""

from pathlib import Path

import pytest
from tests.web.served import Served, published_lake, served

from tipoff.store.lake import Lake


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """A small published lake; not to be written to."""
    folder: Path = tmp_path_factory.mktemp("published")
    return published_lake(folder)


@pytest.fixture
def api(published: Lake) -> Served:
    """An application on it that a key opens, without limits."""
    return served(published)
