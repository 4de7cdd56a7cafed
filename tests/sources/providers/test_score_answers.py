"""What holds of every answer of ESPN, balldontlie and BigDataBall."""

import pytest
from tests.sources.providers.score_answers import (
    CASES,
    Case,
    case_of,
    parse,
)
from tests.sources.providers.score_fuzz import rows_of

from tipoff.sources.answer_rows import NOT_FINAL
from tipoff.sources.format import Reference
from tipoff.sources.providers.catalogue import PROVIDERS

_NAMED = pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c.provider}-{c.endpoint}")


@_NAMED
def test_an_answer_is_recognised_by_its_own_endpoint_alone(case: Case) -> None:
    body = case.written(case.document)
    found = [
        (provider.name, endpoint.name)
        for provider in PROVIDERS.values()
        for endpoint in provider.endpoints.values()
        if endpoint.recognises(body)
    ]
    assert found == [(case.provider, case.endpoint)]


@_NAMED
def test_every_row_is_given_or_counted(case: Case, reference: Reference) -> None:
    assert rows_of(parse(case, reference)[0]) == case.rows(case.document)


def test_a_game_that_is_not_over_gives_no_box_score(reference: Reference) -> None:
    changed = case_of("espn", "summary").fresh()
    changed["header"]["competitions"][0]["status"]["type"]["state"] = "in"
    (boxes,) = parse(case_of("espn", "summary"), reference, document=changed)
    assert boxes.rejected == {NOT_FINAL: 4}
    stats = parse(case_of("balldontlie", "stats"), reference)[0]
    assert stats.rejected == {NOT_FINAL: 1}
