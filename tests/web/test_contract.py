"""The API keeps what its own description promises, whatever is asked of it."""

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from tests.web.served import KEY, Served, with_key

from tipoff.web.work import CHECKS

# Every address of the description; one that is added without standing here fails a test below.
OPERATIONS = (
    *(f"GET /v1/{name}" for name in ("today", "history", "results", "index")),
    *("GET /v1/dates/{date}", "GET /v1/players/{player_id}"),
    *("GET /v1/schema/{name}", "GET /v1/tables/{name}"),
    *("GET /health", "GET /ready", "GET /version", "GET /metrics"),
    *(f"GET /checks/{name}" for name in CHECKS),
    *("POST /jobs/{name}", "GET /jobs/{id}", "GET /jobs"),
)
# Whatever way of stating a key it tries without, it takes both away.
BOTH = {**with_key(), "Authorization": f"Bearer {KEY}"}
FEW = settings(
    max_examples=10,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def _described(api: Served) -> Any:
    return schemathesis.openapi.from_asgi("/openapi.json", api.app)


def test_every_address_of_the_description_is_tested(api: Served) -> None:
    found = [operation.ok().label for operation in _described(api).get_all_operations()]
    assert sorted(found) == sorted(OPERATIONS)


@pytest.mark.parametrize("label", OPERATIONS)
def test_answers_are_as_described(api: Served, label: str) -> None:
    method, _, path = label.partition(" ")
    operation = _described(api)[path][method]
    right = operation.as_strategy(generation_mode=GenerationMode.POSITIVE)
    wrong = operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)
    takes_input = "{" in path or path.startswith("/checks")
    statuses = set[int]()

    @FEW
    @given(case=st.one_of(right, wrong) if takes_input else right)
    def hold(case: Any) -> None:
        statuses.add(case.call_and_validate(headers=BOTH).status_code)

    hold()
    assert statuses
    assert all(status < 500 or status == 503 for status in statuses)
