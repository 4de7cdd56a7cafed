"""What several tests of the daily work share."""

import pytest
from tests.workflows.daily_league import Daily, lived

from tipoff.store.lake import Lake


@pytest.fixture(scope="session")
def daily(built_lake: Lake, tmp_path_factory: pytest.TempPathFactory) -> Daily:
    """A predicted game date of the small league; not to be written to."""
    return lived(built_lake, tmp_path_factory.mktemp("daily"))
