"""Broken answers of the providers of odds cost sentences or counted refusals, and nothing else."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.sources.providers.fuzzing import fuzz
from tests.sources.providers.odds_cases import CASES

from tipoff.errors import InputError
from tipoff.sources.answer import Answer
from tipoff.sources.format import Parsed, Reference


@pytest.mark.parametrize("name", CASES)
def test_broken_answers_lose_nothing(name: str) -> None:
    @given(st.integers(0, 1 << 32))
    @settings(max_examples=25)
    def check(number: int) -> None:
        fuzz(CASES[name], number)

    check()


def test_a_parser_that_loses_a_row_is_caught() -> None:
    """The law sees a fault that is planted: the first row of every table goes."""
    case = CASES["the_odds_api event_odds"]
    endpoint = case.provider.endpoints[case.endpoint]

    def lossy(answer: Answer, reference: Reference) -> list[Parsed]:
        found = endpoint.parse(answer, reference)
        return [replace(part, frame=part.frame.slice(1)) for part in found]

    provider = replace(case.provider, endpoints={endpoint.name: replace(endpoint, parse=lossy)})
    caught = 0
    for number in range(20):
        try:
            fuzz(replace(case, provider=provider), number)
        except AssertionError:
            caught += 1
    assert caught > 5


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize(
    "body",
    [b"", b"<!DOCTYPE html><html>", b'{"message": "Invalid API key"}', b"[" * 100_000, b"null",
     b'{"data": [', b"\xff\xfe\x00"],
    ids=["nothing", "page", "message", "deep", "null", "cut off", "bytes"],
)  # fmt: skip
def test_what_is_no_answer_is_one_sentence(name: str, body: bytes) -> None:
    case = CASES[name]
    endpoint = case.provider.endpoints[case.endpoint]
    assert not endpoint.recognises(body)
    with pytest.raises(InputError, match="Expected"):
        endpoint.parse(
            Answer(case.provider.name, case.endpoint, {}, body),
            case.reference,  # type: ignore[arg-type]
        )
