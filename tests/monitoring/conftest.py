"""One lake on which all is well, for all tests of what watches."""

import pytest
from tests.monitoring.healthy import Healthy, healthy


@pytest.fixture(scope="session")
def well(tmp_path_factory: pytest.TempPathFactory) -> Healthy:
    """A lake in the morning after a date on which all went well; not to be written to."""
    return healthy(tmp_path_factory.mktemp("healthy"))
